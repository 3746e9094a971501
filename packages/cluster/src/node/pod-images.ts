import { must } from '@argosy/std';
import { ContainerRefusal, type ImageFound, type PodRuntime } from './contract.ts';
import type { PodObjects } from './environment.ts';
import type { Container, Pod } from './pod-types.ts';

/** What a pod's images need of its worker. */
export interface PodImagesHost {
  readonly runtime: PodRuntime;
  readonly pod: () => Pod;
  readonly objects: () => Promise<PodObjects>;
  readonly note: (type: 'Normal' | 'Warning', reason: string, message: string) => void;
  readonly refuse: (container: string, error: unknown) => void;
  readonly wake: () => void;
}

interface Held {
  readonly attempt: number;
  readonly image?: ImageFound;
}

/** Made once: an abort without a reason makes a costly one for each pod. */
const STOPPED = new Error('the pod ends');

/** The images of one pod's containers: looked for beside the rounds, because a pull may take minutes. */
export class PodImages {
  readonly #host: PodImagesHost;
  readonly #held = new Map<string, Held>();
  readonly #leaving = new AbortController();

  constructor(host: PodImagesHost) {
    this.#host = host;
  }

  /** The image for a start, or `pending`: then a wake follows when it is there or has been refused. */
  take(container: Container, attempt: number): ImageFound | 'pending' | 'none' {
    if (this.#host.runtime.ensureImage === undefined) return 'none';
    const held = this.#held.get(container.name);
    if (held?.attempt === attempt) return held.image ?? 'pending';
    this.#held.set(container.name, { attempt });
    void this.#ensure(container, attempt);
    return 'pending';
  }

  /** Forgets what was found: the next start looks again. */
  forget(container: string): void {
    this.#held.delete(container);
  }

  /** Ends waiting for pulls. */
  stop(): void {
    this.#leaving.abort(STOPPED);
  }

  async #ensure(container: Container, attempt: number): Promise<void> {
    const { runtime, note, refuse, wake, objects, pod } = this.#host;
    const { name, image = '' } = container;
    try {
      const ensure = must(runtime.ensureImage?.bind(runtime), 'a runtime with images');
      const found = await ensure({
        image,
        policy: policyOf(container),
        pullSecrets: pullSecretsOf(pod(), await objects()),
        onPulling: () => note('Normal', 'Pulling', `Pulling image "${image}"`),
        signal: this.#leaving.signal,
      });
      note('Normal', 'Pulled', foundWords(image, found));
      this.#held.set(name, { attempt, image: found });
    } catch (error) {
      if (this.#leaving.signal.aborted) return;
      this.#held.delete(name);
      refuse(name, error);
    }
    wake();
  }
}

function policyOf(container: Container): 'Always' | 'IfNotPresent' | 'Never' | undefined {
  const policy = container.imagePullPolicy;
  return policy === 'Always' || policy === 'IfNotPresent' || policy === 'Never' ? policy : undefined;
}

/** The contents of the pod's pull secrets; a missing one offers nothing, as upstream. */
function pullSecretsOf(pod: Pod, objects: PodObjects): readonly string[] {
  return (pod.spec.imagePullSecrets ?? []).flatMap(({ name = '' }) => {
    const data = objects.secrets.get(name);
    const content = data?.get('.dockerconfigjson') ?? data?.get('.dockercfg');
    return content === undefined ? [] : [content.toString('utf8')];
  });
}

function foundWords(image: string, found: ImageFound): string {
  if (found.pulled === undefined) return `Container image "${image}" already present on machine`;
  const took = `${(found.pulled.tookMs / 1000).toFixed(3)}s`;
  return (
    `Successfully pulled image "${image}" in ${took} (${took} including waiting). ` +
    `Image size: ${found.pulled.bytes} bytes.`
  );
}

/** What an event says of a refused start, beside the waiting reason: upstream's two events for images, one otherwise. */
export function refusalEvents(error: unknown, image: string): readonly (readonly [reason: string, message: string])[] {
  const message = error instanceof Error ? error.message : String(error);
  const reason = error instanceof ContainerRefusal ? error.reason : '';
  switch (reason) {
    case 'ErrImagePull':
      return [
        ['Failed', message.replace(/^failed/, 'Failed')],
        ['Failed', 'Error: ErrImagePull'],
      ];
    case 'ErrImageNeverPull':
      return [
        ['ErrImageNeverPull', `Container image "${image}" is not present with pull policy of Never`],
        ['Failed', 'Error: ErrImageNeverPull'],
      ];
    case 'InvalidImageName':
      return [
        ['InspectFailed', message],
        ['Failed', 'Error: InvalidImageName'],
      ];
    default:
      return [['Failed', `Error: ${message}`]];
  }
}
