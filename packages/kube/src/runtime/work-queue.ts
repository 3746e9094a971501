import { after, createRandom, milliseconds, type Clock, type Timer } from '@argosy/std';
import { backoffMs, QUEUE_BACKOFF, type BackoffPolicy } from './backoff.ts';

/** Keys that may wait at once by default, queued and delayed together. */
export const MAX_QUEUE_LENGTH = 1_000_000;

/** Counters of a queue since it was made; durations in milliseconds. */
export interface WorkQueueMetrics {
  readonly depth: number;
  readonly delayed: number;
  readonly processing: number;
  readonly adds: number;
  readonly retries: number;
  /** Adds that were refused because the queue was full. */
  readonly overflows: number;
  /** Time between being queued and being taken. */
  readonly waiting: { readonly count: number; readonly sumMs: number; readonly maxMs: number };
  /** Time between being taken and done. */
  readonly working: { readonly count: number; readonly sumMs: number; readonly maxMs: number };
}

/** What a queue needs. */
export interface WorkQueueOptions {
  readonly clock: Clock;
  /** Seeds the jitter of retries. */
  readonly seed: number;
  /** @default QUEUE_BACKOFF */
  readonly backoff?: BackoffPolicy;
  /** @default MAX_QUEUE_LENGTH */
  readonly maxLength?: number;
}

/**
 * Distinct keys in order of arrival. A key is never handed out twice at once: added while it is worked on, it comes
 * again after `done`. Every method but `next` is synchronous; adds after `shutDown` have no effect.
 */
export interface WorkQueue {
  /** False when the queue was full and the key was dropped: the caller must find it again by a resync. */
  add(key: string): boolean;
  /** Adds after a wait; of several waits for a key the earliest wins. */
  addAfter(key: string, delayMs: number): boolean;
  /** Adds after the key's own growing backoff. */
  addRateLimited(key: string): boolean;
  /** Ends the key's backoff. */
  forget(key: string): void;
  /** Failures in a row. */
  failures(key: string): number;
  /** The next key; `undefined` once the queue is shut down. Keys still queued then are left. */
  next(): Promise<string | undefined>;
  /** Must be called once for every key handed out. */
  done(key: string): void;
  shutDown(): void;
  metrics(): WorkQueueMetrics;
}

interface Tally {
  count: number;
  sumMs: number;
  maxMs: number;
}

function record(tally: Tally, spanMs: number): void {
  tally.count += 1;
  tally.sumMs += spanMs;
  tally.maxMs = Math.max(tally.maxMs, spanMs);
}

interface Delayed {
  readonly dueAt: number;
  readonly timer: Timer;
}

class Queue implements WorkQueue {
  readonly #options: WorkQueueOptions;
  readonly #random;
  /** Waiting keys in order, with the time they were queued: a Map keeps insertion order. */
  readonly #queued = new Map<string, number>();
  readonly #delayed = new Map<string, Delayed>();
  /** Keys handed out, with the time; `again` when they were added meanwhile. */
  readonly #processing = new Map<string, { readonly since: number; again: boolean }>();
  readonly #failures = new Map<string, number>();
  readonly #takers: ((key: string | undefined) => void)[] = [];
  readonly #waiting: Tally = { count: 0, sumMs: 0, maxMs: 0 };
  readonly #working: Tally = { count: 0, sumMs: 0, maxMs: 0 };
  #adds = 0;
  #retries = 0;
  #overflows = 0;
  #closed = false;

  constructor(options: WorkQueueOptions) {
    this.#options = options;
    this.#random = createRandom(options.seed);
  }

  add(key: string): boolean {
    if (this.#closed || this.#queued.has(key)) return true;
    const busy = this.#processing.get(key);
    if (busy !== undefined) {
      if (!busy.again) this.#adds += 1;
      busy.again = true;
      return true;
    }
    if (!this.#delayed.has(key) && this.#isFull()) return this.#refuse();
    this.#adds += 1;
    this.#enqueue(key);
    return true;
  }

  addAfter(key: string, delayMs: number): boolean {
    if (this.#closed) return true;
    if (delayMs <= 0) return this.add(key);
    const clock = this.#options.clock;
    const at = after(clock.now(), milliseconds(delayMs));
    const waiting = this.#delayed.get(key);
    if (waiting !== undefined && waiting.dueAt <= at) return true;
    if (waiting === undefined && !this.#queued.has(key) && this.#isFull()) return this.#refuse();
    waiting?.timer.cancel();
    const timer = clock.schedule(at, () => {
      // Leaves the waiting room only after the add, so that the key keeps its place when the queue is full.
      this.add(key);
      this.#delayed.delete(key);
    });
    this.#delayed.set(key, { dueAt: at, timer });
    return true;
  }

  addRateLimited(key: string): boolean {
    const failures = this.failures(key);
    this.#failures.set(key, failures + 1);
    this.#retries += 1;
    return this.addAfter(key, backoffMs(this.#options.backoff ?? QUEUE_BACKOFF, failures, this.#random));
  }

  forget(key: string): void {
    this.#failures.delete(key);
  }

  failures(key: string): number {
    return this.#failures.get(key) ?? 0;
  }

  next(): Promise<string | undefined> {
    if (this.#closed) return Promise.resolve(undefined);
    for (const key of this.#queued.keys()) {
      this.#take(key);
      return Promise.resolve(key);
    }
    return new Promise((resolve) => {
      this.#takers.push(resolve);
    });
  }

  done(key: string): void {
    const busy = this.#processing.get(key);
    if (busy === undefined) return;
    this.#processing.delete(key);
    record(this.#working, this.#options.clock.now() - busy.since);
    if (busy.again && !this.#closed) this.#enqueue(key);
  }

  shutDown(): void {
    this.#closed = true;
    for (const { timer } of this.#delayed.values()) timer.cancel();
    this.#delayed.clear();
    this.#queued.clear();
    for (const taker of this.#takers.splice(0)) taker(undefined);
  }

  metrics(): WorkQueueMetrics {
    return {
      depth: this.#queued.size,
      delayed: this.#delayed.size,
      processing: this.#processing.size,
      adds: this.#adds,
      retries: this.#retries,
      overflows: this.#overflows,
      waiting: { ...this.#waiting },
      working: { ...this.#working },
    };
  }

  #isFull(): boolean {
    return this.#queued.size + this.#delayed.size >= (this.#options.maxLength ?? MAX_QUEUE_LENGTH);
  }

  #refuse(): false {
    this.#overflows += 1;
    return false;
  }

  #enqueue(key: string): void {
    this.#queued.set(key, this.#options.clock.now());
    const taker = this.#takers.shift();
    if (taker === undefined) return;
    this.#take(key);
    taker(key);
  }

  #take(key: string): void {
    const now = this.#options.clock.now();
    record(this.#waiting, now - (this.#queued.get(key) ?? now));
    this.#queued.delete(key);
    this.#processing.set(key, { since: now, again: false });
  }
}

/** Creates an empty queue with client-go's semantics. */
export function createWorkQueue(options: WorkQueueOptions): WorkQueue {
  return new Queue(options);
}
