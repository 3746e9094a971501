import { kubeError } from '@argosy/kube/meta';
import type { ContainerSession, DialOrder, ExecOrder, PodStream, SessionOrder } from '../apiserver/index.ts';
import { ContainerRefusal, type InstanceRef, type PodPlace, type PodRuntime } from './contract.ts';
import { chooseContainer } from './node-logs.ts';
import type { Pod } from './pod-types.ts';
import { rolesOf } from './pod-types.ts';
import type { PodWorker } from './pod-worker.ts';

/** What streams into pods are opened from. */
export interface PodSessionParts {
  readonly runtime: PodRuntime;
  /** Streams open at one time. */
  readonly limit: number;
  readonly workerOf: (podUid: string) => PodWorker | undefined;
}

/** The error of a refusal: what the caller asked for cannot be, or the container is not there. */
function errorOf(error: unknown): unknown {
  if (!(error instanceof ContainerRefusal)) return error;
  return kubeError(error.reason === 'Terminal' ? 'BadRequest' : 'InternalError', error.message);
}

/** The open streams into the pods of a node: which instance is meant, how many there are, and their end with the agent. */
export class PodSessions {
  readonly #parts: PodSessionParts;
  readonly #open = new Set<PodStream>();
  #opening = 0;

  constructor(parts: PodSessionParts) {
    this.#parts = parts;
  }

  exec(pod: Pod, container: string, order: ExecOrder): Promise<ContainerSession> {
    if (order.command.length === 0) {
      return Promise.reject(kubeError('BadRequest', 'you must specify at least one command for the container'));
    }
    return this.#keep(async () => this.#parts.runtime.openExec(this.#instance(pod, container), order));
  }

  attach(pod: Pod, container: string, order: SessionOrder): Promise<ContainerSession> {
    return this.#keep(async () => this.#parts.runtime.attach(this.#instance(pod, container), order));
  }

  dial(pod: Pod, order: DialOrder): Promise<PodStream> {
    return this.#keep(async () => this.#parts.runtime.dial(this.#place(pod), order));
  }

  /** Ends every stream. */
  close(): void {
    for (const stream of this.#open) stream.cancel();
    this.#open.clear();
  }

  async #keep<Stream extends PodStream>(open: () => Promise<Stream>): Promise<Stream> {
    const { limit } = this.#parts;
    if (this.#open.size + this.#opening >= limit) {
      throw kubeError('TooManyRequests', `this node has ${limit} streams into its pods open; that is the limit`);
    }
    this.#opening += 1;
    try {
      const stream = await open();
      this.#open.add(stream);
      void stream.ended.then(() => this.#open.delete(stream));
      return stream;
    } catch (error) {
      throw errorOf(error);
    } finally {
      this.#opening -= 1;
    }
  }

  #instance(pod: Pod, asked: string): InstanceRef {
    const podUid = pod.metadata.uid ?? '';
    const worker = this.#parts.workerOf(podUid);
    const container = chooseContainer(worker?.pod ?? pod, asked);
    const current = worker?.seen(container)?.current;
    if (current?.state !== 'running')
      throw kubeError('InternalError', `container not found (${JSON.stringify(container)})`);
    return { podUid, container, attempt: current.attempt };
  }

  #place(pod: Pod): PodPlace {
    const podUid = pod.metadata.uid ?? '';
    const worker = this.#parts.workerOf(podUid);
    const running = rolesOf(pod.spec)
      .map((item) => ({ podUid, container: item.spec.name, seen: worker?.seen(item.spec.name)?.current }))
      .find((item) => item.seen?.state === 'running');
    const podIp = worker?.podIp;
    if (running?.seen === undefined || podIp === undefined) {
      throw kubeError('InternalError', `pod ${pod.metadata.name} is not running`);
    }
    return { podUid, podIp, instance: { podUid, container: running.container, attempt: running.seen.attempt } };
  }
}
