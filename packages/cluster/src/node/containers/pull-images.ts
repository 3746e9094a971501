import { must, type Clock, type JsonObject } from '@argosy/std';
import { ContainerRefusal, type ImageFound, type ImageRequest } from '../contract.ts';
import { imageAnswer, type ImageAnswer } from './engine-answers.ts';
import { EngineError, hasStatus, type EngineClient } from './engine-client.ts';
import { defaultPullPolicy, parseImageName, type ImageName } from './image-name.ts';
import { authHeader, usersFor, type RegistryUser } from './registry-auth.ts';

/** Makes images available on an engine: one pull for everybody who wants the same image as the same user. */
export class ImagePuller {
  readonly #client: EngineClient;
  readonly #clock: Clock;
  readonly #pulls = new Map<string, Promise<void>>();
  readonly #waiting: (() => void)[] = [];
  #busy = 0;

  constructor(client: EngineClient, clock: Clock) {
    this.#client = client;
    this.#clock = clock;
  }

  /**
   * Finds an image by its policy, or pulls it.
   * @throws ContainerRefusal InvalidImageName, ErrImageNeverPull or ErrImagePull with the registry's words.
   */
  async ensure(request: ImageRequest): Promise<ImageFound> {
    const parsed = parseImageName(request.image);
    if (!parsed.ok) {
      const message = `Failed to apply default image tag "${request.image}": ${parsed.error}`;
      throw new ContainerRefusal('InvalidImageName', message);
    }
    const name = parsed.value;
    const policy = request.policy ?? defaultPullPolicy(name);
    const present = policy === 'Always' ? undefined : await this.find(name.full);
    if (present !== undefined) return { id: present.id };
    if (policy === 'Never') {
      const message = `Container image "${request.image}" is not present with pull policy of Never`;
      throw new ContainerRefusal('ErrImageNeverPull', message);
    }
    const began = this.#clock.now();
    request.onPulling();
    await this.#pullAs(name, request);
    const image = await this.find(name.full);
    if (image === undefined) throw failed(request.image, 'the engine does not show the image after pulling it');
    return { id: image.id, pulled: { tookMs: this.#clock.now() - began, bytes: image.bytes } };
  }

  /** An image that the engine has; `undefined` when it has none of that name. */
  async find(name: string): Promise<ImageAnswer | undefined> {
    try {
      return imageAnswer(await this.#client.call({ method: 'GET', path: `/images/${encodeURI(name)}/json` }));
    } catch (error) {
      if (hasStatus(error, 404)) return undefined;
      throw error;
    }
  }

  /** Tries every user that the secrets offer, then nobody, and tells the last refusal. */
  async #pullAs(name: ImageName, request: ImageRequest): Promise<void> {
    const users: readonly (RegistryUser | undefined)[] = usersFor(name, request.pullSecrets);
    let last: unknown;
    for (const user of users.length === 0 ? [undefined] : users) {
      try {
        await this.#shared(name, user, request.signal);
        return;
      } catch (error) {
        last = error;
      }
    }
    const words = last instanceof Error ? last.message : String(last);
    throw failed(request.image, words);
  }

  /** Joins a pull that is under way, or begins one. Who stops waiting does not stop it for the others. */
  #shared(name: ImageName, user: RegistryUser | undefined, signal: AbortSignal): Promise<void> {
    const auth = user === undefined ? '' : authHeader(user, name.registry);
    const key = `${name.full} ${auth}`;
    const pull =
      this.#pulls.get(key) ??
      this.#inTurn(() => this.#pull(name, auth)).finally(() => {
        this.#pulls.delete(key);
      });
    this.#pulls.set(key, pull);
    return new Promise((resolve, reject) => {
      const leave = (): void => reject(new Error('the pull is not waited for any more'));
      if (signal.aborted) leave();
      signal.addEventListener('abort', leave, { once: true });
      void pull.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave));
    });
  }

  async #inTurn(work: () => Promise<void>): Promise<void> {
    if (this.#busy >= this.#client.limits.pulls) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#busy += 1;
    try {
      await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#busy -= 1;
      else next();
    }
  }

  async #pull(name: ImageName, auth: string): Promise<void> {
    let fault: string | undefined;
    const onValue = (value: JsonObject): void => {
      const text = value['error'];
      if (typeof text === 'string' && text !== '') fault = text;
    };
    const tag = name.digest ?? must(name.tag, 'a tag or a digest');
    const query = { fromImage: `${name.registry}/${name.repository}`, tag };
    const headers = auth === '' ? {} : { 'X-Registry-Auth': auth };
    await this.#client.values({ method: 'POST', path: '/images/create', query, headers }, onValue);
    if (fault !== undefined) throw new EngineError(200, fault);
  }
}

function failed(image: string, words: string): ContainerRefusal {
  return new ContainerRefusal('ErrImagePull', `failed to pull image "${image}": ${words}`);
}
