import type { Clock, Instant } from '@argosy/std';
import type { KubeObject } from '@argosy/kube/meta';

/** How long a write is believed without having been seen in a watch. */
const BELIEVED_MS = 10_000;

const version = (object: KubeObject): number => Number(object.metadata.resourceVersion ?? 0);

/**
 * Objects as our own writes returned them, until the informer has caught up: so that a round never plans from what was
 * true before the round before it.
 */
export class WrittenObjects {
  readonly #clock: Clock;
  readonly #objects = new Map<string, { readonly object: KubeObject; readonly at: Instant }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Remembers what a write returned. */
  remember(key: string, object: KubeObject): void {
    this.#objects.set(key, { object, at: this.#clock.now() });
  }

  /** The informer has seen `object`, or the removal of the object. */
  seen(key: string, object: KubeObject | undefined): void {
    const written = this.#objects.get(key);
    if (written === undefined) return;
    if (object === undefined || version(object) >= version(written.object)) this.#objects.delete(key);
  }

  /** The newer of the informer's object and the written one. */
  newest<T extends KubeObject>(key: string, found: T | undefined): T | undefined {
    const written = this.#objects.get(key);
    if (written === undefined) return found;
    const outdated = found !== undefined && version(found) >= version(written.object);
    if (outdated || this.#clock.now() - written.at > BELIEVED_MS) {
      this.#objects.delete(key);
      return found;
    }
    return written.object as T;
  }
}
