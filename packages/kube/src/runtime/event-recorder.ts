import { fnv32a, formatTime, type Clock, type Instant, type Logger } from '@argosy/std';
import { hasReason, keyText, type KubeObject, type ObjectKey } from '../meta/index.ts';
import type { KubeEventRecord } from '../plan/index.ts';
import { createObject, patchObject, type ClusterApi } from '../port/index.ts';
import type { EventRecorder } from './contract.ts';

/** Events that may wait to be written; further ones are dropped and counted. */
export const MAX_PENDING_EVENTS = 1000;

/** Distinct events whose count is remembered; the one recorded longest ago is forgotten first. */
export const MAX_REMEMBERED_EVENTS = 4096;

/** Events about one object that may come at once; afterwards one every `SPAM_REFILL_MS`. */
export const SPAM_BURST = 25;

/** Milliseconds until an object that spent its burst may have one more event. */
export const SPAM_REFILL_MS = 300_000;

/** Longest message, in characters; the API server refuses longer ones. */
export const MAX_EVENT_MESSAGE = 1024;

const EVENTS = Object.freeze({ group: '', version: 'v1', resource: 'events' });
const NANOSECONDS_PER_MS = 1_000_000;

/** What a recorder needs. */
export interface EventRecorderOptions {
  readonly api: ClusterApi;
  readonly clock: Clock;
  /** The controller's name: source.component and reportingComponent. */
  readonly component: string;
  /** source.host and reportingInstance. */
  readonly host: string;
  readonly logger?: Logger;
}

/** A recorder that can be waited for. */
export interface BufferedEventRecorder extends EventRecorder {
  /** Resolves when all that was recorded so far has been written or given up. */
  flushed(): Promise<void>;
  /** Events that were not written: queue full, spam, or refused. */
  readonly dropped: number;
}

interface Remembered {
  readonly key: ObjectKey;
  readonly firstTimestamp: string;
  count: number;
}

interface Pending {
  readonly id: string;
  readonly about: KubeObject;
  readonly event: KubeEventRecord;
  readonly at: Instant;
}

/** A map that forgets what was touched longest ago. */
class Recent<V> {
  readonly #entries = new Map<string, V>();
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get(id: string): V | undefined {
    return this.#entries.get(id);
  }

  set(id: string, value: V): void {
    this.#entries.delete(id);
    this.#entries.set(id, value);
    if (this.#entries.size <= this.#limit) return;
    for (const oldest of this.#entries.keys()) {
      this.#entries.delete(oldest);
      return;
    }
  }

  delete(id: string): void {
    this.#entries.delete(id);
  }
}

class Recorder implements BufferedEventRecorder {
  readonly #options: EventRecorderOptions;
  readonly #remembered = new Recent<Remembered>(MAX_REMEMBERED_EVENTS);
  readonly #tokens = new Recent<{ readonly left: number; readonly at: number }>(MAX_REMEMBERED_EVENTS);
  readonly #pending: Pending[] = [];
  #draining: Promise<void> | undefined;
  #serial = 0;
  #dropped = 0;

  constructor(options: EventRecorderOptions) {
    this.#options = options;
  }

  get dropped(): number {
    return this.#dropped;
  }

  record(about: KubeObject, event: KubeEventRecord): void {
    const at = this.#options.clock.now();
    if (this.#pending.length >= MAX_PENDING_EVENTS || !this.#permit(about, at)) {
      this.#dropped += 1;
      return;
    }
    const id = [about.metadata.uid ?? keyText(nameOf(about)), event.type, event.reason, event.message].join('|');
    this.#pending.push({ id, about, event, at });
    this.#draining ??= this.#drain();
  }

  flushed(): Promise<void> {
    return this.#draining ?? Promise.resolve();
  }

  /** A bucket of tokens for each object keeps one broken object from flooding the cluster. */
  #permit(about: KubeObject, at: Instant): boolean {
    const id = about.metadata.uid ?? keyText(nameOf(about));
    const old = this.#tokens.get(id) ?? { left: SPAM_BURST, at };
    const refilled = Math.floor((at - old.at) / SPAM_REFILL_MS);
    const left = Math.min(SPAM_BURST, old.left + refilled);
    if (left <= 0) return false;
    this.#tokens.set(id, { left: left - 1, at: refilled > 0 || old.left === SPAM_BURST ? at : old.at });
    return true;
  }

  async #drain(): Promise<void> {
    // Starts in a later turn, so that recording never runs adapter code inside a planner's round.
    await Promise.resolve();
    for (let next = this.#pending.shift(); next !== undefined; next = this.#pending.shift()) {
      try {
        await this.#write(next);
      } catch (error) {
        this.#dropped += 1;
        this.#options.logger?.debug('event not written', { reason: next.event.reason, error });
      }
    }
    this.#draining = undefined;
  }

  async #write(pending: Pending): Promise<void> {
    const known = this.#remembered.get(pending.id);
    if (known !== undefined && (await this.#countUp(known, pending))) return;
    const key = this.#freshName(pending);
    const firstTimestamp = formatTime(pending.at);
    await createObject(this.#options.api, {
      resource: EVENTS,
      namespace: key.namespace,
      object: this.#eventObject(pending, key),
    });
    this.#remembered.set(pending.id, { key, firstTimestamp, count: 1 });
  }

  /** False when the event has expired meanwhile and must be created anew. */
  async #countUp(known: Remembered, pending: Pending): Promise<boolean> {
    try {
      await patchObject(this.#options.api, {
        resource: EVENTS,
        key: known.key,
        patchType: 'merge',
        patch: { count: known.count + 1, lastTimestamp: formatTime(pending.at) },
      });
    } catch (error) {
      if (!hasReason(error, 'NotFound')) throw error;
      this.#remembered.delete(pending.id);
      return false;
    }
    known.count += 1;
    this.#remembered.set(pending.id, known);
    return true;
  }

  /** Names are `<object>.<hex of nanoseconds>`; the part below a millisecond keeps writers and repeats apart. */
  #freshName(pending: Pending): ObjectKey {
    this.#serial += 1;
    const below = fnv32a(`${this.#options.component}|${this.#options.host}|${this.#serial}|${pending.id}`);
    const stamp = BigInt(pending.at) * BigInt(NANOSECONDS_PER_MS) + BigInt(below % NANOSECONDS_PER_MS);
    const { namespace, name } = nameOf(pending.about);
    // An event's name must stay a valid object name whatever the length of the object's own.
    return { namespace, name: `${name.slice(0, 220)}.${stamp.toString(16)}` };
  }

  #eventObject({ about, event, at }: Pending, key: ObjectKey): KubeObject {
    const { component, host } = this.#options;
    const { name, namespace, uid, resourceVersion } = about.metadata;
    const time = formatTime(at);
    return {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: key.name, namespace: key.namespace },
      involvedObject: {
        apiVersion: about.apiVersion,
        kind: about.kind,
        name,
        ...(namespace === undefined ? {} : { namespace }),
        ...(uid === undefined ? {} : { uid }),
        ...(resourceVersion === undefined ? {} : { resourceVersion }),
      },
      reason: event.reason,
      message: event.message.slice(0, MAX_EVENT_MESSAGE),
      type: event.type,
      source: { component, host },
      reportingComponent: component,
      reportingInstance: host,
      firstTimestamp: time,
      lastTimestamp: time,
      count: 1,
    };
  }
}

/** Events about cluster-scoped objects live in `default`. */
function nameOf(about: KubeObject): ObjectKey {
  return { namespace: about.metadata.namespace ?? 'default', name: about.metadata.name };
}

/** Creates a recorder: identical events are counted up, writing is best effort and never blocks the caller. */
export function createEventRecorder(options: EventRecorderOptions): BufferedEventRecorder {
  return new Recorder(options);
}
