import { AssertionError, unreachable, type Logger } from '@argosy/std';
import { hasReason, keyOf, keyText, parseKey, type ObjectKey } from '../meta/index.ts';
import type { Next } from '../plan/index.ts';
import { aborted, expectManyListeners } from './delay.ts';
import type { Change, ControllerContext, Informer, Reconciler, RunningController } from './contract.ts';
import { reconcileOnce, seedForKey } from './reconcile.ts';
import { createWorkQueue, type WorkQueue, type WorkQueueMetrics } from './work-queue.ts';

/** Keys worked on at once by default; each key alone is always in order. */
export const DEFAULT_WORKERS = 4;

/** An informer whose changes wake keys. */
export interface ControllerSource {
  readonly informer: Informer;
  /** The keys that one change wakes; pure and quick. */
  keysOf(change: Change): readonly ObjectKey[];
}

/** What a controller did since it started. `bugs` counts broken invariants of ours: it must stay 0. */
export interface ControllerMetrics {
  readonly rounds: number;
  readonly errors: number;
  readonly conflicts: number;
  readonly bugs: number;
  readonly stalled: number;
  readonly resyncs: number;
  readonly queue: WorkQueueMetrics;
}

/** A running controller with its counters. */
export interface MeasuredController extends RunningController {
  metrics(): ControllerMetrics;
}

/** What `startController` is given. */
export interface ControllerOptions<Observed, Action extends { readonly kind: string }, Status> {
  readonly context: ControllerContext;
  readonly reconciler: Reconciler<Observed, Action, Status>;
  readonly sources: readonly ControllerSource[];
  /** @default DEFAULT_WORKERS */
  readonly workers?: number;
  /** Distinct keys that may wait. @default MAX_QUEUE_LENGTH */
  readonly maxQueueLength?: number;
}

interface Counters {
  rounds: number;
  errors: number;
  conflicts: number;
  bugs: number;
  stalled: number;
  resyncs: number;
}

/** A source that wakes the changed object itself. */
export function ownKeys(informer: Informer): ControllerSource {
  return { informer, keysOf: (change) => [change.key] };
}

/** A source that wakes the controller owner of the changed object, before and after, when it is of `kind` and `group`. */
export function ownerKeys(
  informer: Informer,
  owner: { readonly group: string; readonly kind: string },
): ControllerSource {
  return { informer, keysOf: (change) => controllerKeys(change, owner) };
}

function controllerKeys(change: Change, owner: { readonly group: string; readonly kind: string }): ObjectKey[] {
  const names = new Set<string>();
  for (const object of [change.before, change.after]) {
    for (const reference of object?.metadata.ownerReferences ?? []) {
      const group = reference.apiVersion.includes('/') ? reference.apiVersion.split('/')[0] : '';
      if (reference.controller === true && reference.kind === owner.kind && group === owner.group) {
        names.add(reference.name);
      }
    }
  }
  return [...names].map((name) => ({ namespace: change.key.namespace, name }));
}

/** One controller: a queue fed by sources and worked off by `workers` loops. */
class Controller<Observed, Action extends { readonly kind: string }, Status> implements MeasuredController {
  readonly name: string;
  readonly #options: ControllerOptions<Observed, Action, Status>;
  readonly #queue: WorkQueue;
  readonly #logger: Logger;
  readonly #counters: Counters = { rounds: 0, errors: 0, conflicts: 0, bugs: 0, stalled: 0, resyncs: 0 };
  readonly #stopped: Promise<void>;
  #overflowed = false;
  /** Keys of a resync that have not been queued yet, and the one that did not fit. */
  #backlog: Generator<string, undefined> | undefined;
  #refused: string | undefined;

  constructor(options: ControllerOptions<Observed, Action, Status>) {
    const { context, reconciler, maxQueueLength } = options;
    this.name = reconciler.name;
    this.#options = options;
    this.#logger = context.logger.with({ controller: reconciler.name });
    this.#queue = createWorkQueue({
      clock: context.clock,
      seed: context.seed,
      ...(maxQueueLength === undefined ? {} : { maxLength: maxQueueLength }),
    });
    this.#stopped = this.#run();
  }

  enqueue(key: ObjectKey): void {
    if (!this.#queue.add(keyText(key))) this.#overflowed = true;
  }

  enqueueAfter(key: ObjectKey, delayMs: number): void {
    if (!this.#queue.addAfter(keyText(key), delayMs)) this.#overflowed = true;
  }

  stopped(): Promise<void> {
    return this.#stopped;
  }

  metrics(): ControllerMetrics {
    return { ...this.#counters, queue: this.#queue.metrics() };
  }

  async #run(): Promise<void> {
    const { context, sources, workers } = this.#options;
    const { signal } = context;
    const close = (): void => this.#queue.shutDown();
    expectManyListeners(signal);
    signal.addEventListener('abort', close);
    if (signal.aborted) close();
    const leave = sources.map((source) => source.informer.onChange((change) => this.#wake(source, change)));
    // Planning from half a cache would create what already exists, so no worker starts before all copies are complete.
    await Promise.race([Promise.all(sources.map((source) => source.informer.synced())), aborted(signal)]);
    await Promise.all(Array.from({ length: workers ?? DEFAULT_WORKERS }, () => this.#work()));
    for (const end of leave) end();
    signal.removeEventListener('abort', close);
  }

  #wake(source: ControllerSource, change: Change): void {
    for (const key of source.keysOf(change)) this.enqueue(key);
  }

  async #work(): Promise<void> {
    for (;;) {
      const text = await this.#queue.next();
      if (text === undefined) return;
      await this.#round(text);
      this.#queue.done(text);
      if (this.#overflowed || this.#backlog !== undefined) this.#refill();
    }
  }

  /**
   * After an overflow keys were dropped: all keys of all sources are walked through once, as many at a time as fit. The
   * walk goes on where it stopped; beginning anew each time would plan the first keys for ever.
   */
  #refill(): void {
    if (this.#backlog === undefined && this.#overflowed) {
      this.#overflowed = false;
      this.#counters.resyncs += 1;
      this.#backlog = this.#allKeys();
    }
    while (this.#backlog !== undefined) {
      this.#refused ??= this.#backlog.next().value;
      if (this.#refused === undefined) this.#backlog = undefined;
      else if (!this.#queue.add(this.#refused)) return;
      this.#refused = undefined;
    }
  }

  *#allKeys(): Generator<string, undefined> {
    for (const source of this.#options.sources) {
      for (const after of source.informer.lister.list()) {
        for (const key of source.keysOf({ key: keyOf(after), after })) yield keyText(key);
      }
    }
    return undefined;
  }

  async #round(text: string): Promise<void> {
    const { context, reconciler } = this.#options;
    const key = parseKey(text);
    this.#counters.rounds += 1;
    try {
      const next = await reconcileOnce(reconciler, key, {
        clock: context.clock,
        journal: context.journal,
        seedFor: (each) => seedForKey(context.seed, reconciler.name, each),
      });
      this.#queue.forget(text);
      this.#follow(key, next);
    } catch (error) {
      if (context.signal.aborted) return;
      this.#count(error, text);
      if (!this.#queue.addRateLimited(text)) this.#overflowed = true;
    }
  }

  #follow(key: ObjectKey, next: Next): void {
    switch (next.kind) {
      case 'settled':
        return;
      case 'requeue':
        return this.enqueueAfter(key, next.after);
      case 'stalled':
        this.#counters.stalled += 1;
        this.#logger.debug('stalled', { key: keyText(key), reason: next.reason, message: next.message });
        return;
      default:
        return unreachable(next);
    }
  }

  #count(error: unknown, key: string): void {
    const failures = this.#queue.failures(key) + 1;
    if (error instanceof AssertionError) {
      this.#counters.bugs += 1;
      this.#logger.error('invariant broken', { key, error, failures });
    } else if (hasReason(error, 'Conflict')) {
      // The cache was behind; the change that made the conflict is on its way and the retry is quick.
      this.#counters.conflicts += 1;
      this.#logger.debug('conflict, planning again', { key });
    } else {
      this.#counters.errors += 1;
      this.#logger.warn('round failed', { key, error, failures });
    }
  }
}

/**
 * Starts a controller: waits until all sources have a complete copy, then plans each woken key, never one key twice at
 * once. Failures are retried with the key's own backoff. Ends when the context's signal aborts.
 */
export function startController<Observed, Action extends { readonly kind: string }, Status>(
  options: ControllerOptions<Observed, Action, Status>,
): MeasuredController {
  return new Controller(options);
}
