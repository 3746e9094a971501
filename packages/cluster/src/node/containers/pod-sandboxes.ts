import { isObject, must } from '@argosy/std';
import { ContainerRefusal, type PodSandbox } from '../contract.ts';
import { NETWORK_NAME, sandboxBody, sandboxName, type PodNetwork } from './create-body.ts';
import { containerAnswer, textField, type EngineVersion } from './engine-answers.ts';
import { EngineError, hasStatus, type EngineClient } from './engine-client.ts';
import { PAUSE_IMAGE, pauseImage } from './pause-image.ts';

/** A sandbox that runs. */
export interface SandboxFound {
  readonly id: string;
  /** Empty when the engine gave none. */
  readonly address: string;
}

/** Makes, finds and removes the containers that hold the namespaces of pods. */
export class PodSandboxes {
  readonly #client: EngineClient;
  readonly #engine: EngineVersion;
  readonly #place: { readonly node: string; readonly network: PodNetwork };
  readonly #making = new Map<string, Promise<SandboxFound>>();
  #image: Promise<string> | undefined;

  constructor(
    client: EngineClient,
    engine: EngineVersion,
    place: { readonly node: string; readonly network: PodNetwork },
  ) {
    this.#client = client;
    this.#engine = engine;
    this.#place = place;
  }

  /** Makes the network that pods get addresses from, where they have one. @throws EngineError */
  async open(): Promise<void> {
    if (this.#place.network !== 'engine') return;
    try {
      await this.#client.call({ method: 'GET', path: `/networks/${NETWORK_NAME}` });
    } catch (error) {
      if (!hasStatus(error, 404)) throw error;
      const body = { Name: NETWORK_NAME, Driver: 'bridge' };
      await this.#client.call({ method: 'POST', path: '/networks/create', body });
    }
  }

  /** The running sandbox of a pod; calls at the same moment share one. @throws ContainerRefusal CreatePodSandboxError */
  ensure(sandbox: PodSandbox): Promise<SandboxFound> {
    const { podUid } = sandbox;
    const making =
      this.#making.get(podUid) ??
      this.#find(sandbox).finally(() => {
        this.#making.delete(podUid);
      });
    this.#making.set(podUid, making);
    return making;
  }

  /** Ends and removes a pod's sandbox. */
  async remove(podUid: string): Promise<void> {
    await removeContainer(this.#client, sandboxName(podUid));
  }

  async #find(sandbox: PodSandbox): Promise<SandboxFound> {
    try {
      const known = await this.#inspect(sandbox.podUid);
      if (known?.isRunning === true) return known;
      // Ended (the engine was restarted): started again, because dead containers of the pod still refer to it.
      return await this.#begin(sandbox, known?.id ?? (await this.#make(sandbox)));
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      throw new ContainerRefusal('CreatePodSandboxError', `failed to create the sandbox of the pod: ${error.message}`);
    }
  }

  async #inspect(podUid: string): Promise<(SandboxFound & { readonly isRunning: boolean }) | undefined> {
    try {
      const path = `/containers/${sandboxName(podUid)}/json`;
      const { id, address, isRunning } = containerAnswer(await this.#client.call({ method: 'GET', path }));
      return { id, address, isRunning };
    } catch (error) {
      if (hasStatus(error, 404)) return undefined;
      throw error;
    }
  }

  async #make(sandbox: PodSandbox): Promise<string> {
    const body = sandboxBody(sandbox, { ...this.#place, imageId: await this.#pause() });
    const query = { name: sandboxName(sandbox.podUid) };
    const made = await this.#client.call({ method: 'POST', path: '/containers/create', query, body });
    return textField(made, 'Id');
  }

  async #begin(sandbox: PodSandbox, id: string): Promise<SandboxFound> {
    await this.#client.call({ method: 'POST', path: `/containers/${id}/start` });
    if (this.#place.network !== 'engine' || sandbox.spaces.hostNetwork) return { id, address: '' };
    const { address } = must(await this.#inspect(sandbox.podUid), 'the sandbox just made');
    return { id, address };
  }

  /** The sandbox image's id; made on the engine when it is not there. */
  #pause(): Promise<string> {
    this.#image ??= this.#loadPause().catch((error: unknown) => {
      this.#image = undefined;
      throw error;
    });
    return this.#image;
  }

  async #loadPause(): Promise<string> {
    try {
      return textField(await this.#client.call({ method: 'GET', path: `/images/${PAUSE_IMAGE}/json` }), 'Id');
    } catch (error) {
      if (!hasStatus(error, 404)) throw error;
    }
    const archive = pauseImage(this.#engine.architecture);
    if (archive === undefined) {
      throw new EngineError(
        0,
        `no sandbox image for the architecture ${this.#engine.architecture}; known: amd64, arm64`,
      );
    }
    let id = '';
    const call = {
      method: 'POST',
      path: '/images/create',
      query: { fromSrc: '-', repo: PAUSE_IMAGE },
      body: archive,
    } as const;
    await this.#client.values(call, (value) => {
      if (isObject(value) && typeof value['status'] === 'string') id = value['status'];
    });
    return id;
  }
}

/** Ends a container at once; one that does not run is success. */
export async function killContainer(client: EngineClient, name: string): Promise<void> {
  try {
    await client.call({ method: 'POST', path: `/containers/${name}/kill`, query: { signal: 'SIGKILL' } });
  } catch (error) {
    // Podman says 500 of a container that was created and never started.
    if (!hasStatus(error, 404, 409, 500)) throw error;
  }
}

/** Kills and removes a container; one that is gone is success. */
export async function removeContainer(client: EngineClient, name: string): Promise<void> {
  // Killed first: some engines ask a container that they remove to end by itself, and wait for it.
  await killContainer(client, name);
  try {
    await client.call({ method: 'DELETE', path: `/containers/${name}`, query: { force: 'true', v: 'true' } });
  } catch (error) {
    if (!hasStatus(error, 404)) throw error;
  }
}
