import type { Clock, Logger } from '@argosy/std';
import type { KubeObject, LabelSelector, ObjectKey, ResourceRef } from '../meta/index.ts';
import type { Plan, PlanEnv, KubeEventRecord } from '../plan/index.ts';
import type { ClusterApi } from '../port/index.ts';

/** A local, eventually current copy of a resource. Objects are shared: treat them as frozen. */
export interface Lister<T extends KubeObject = KubeObject> {
  get(key: ObjectKey): T | undefined;
  /** All objects of a namespace (`''`: all), in key order, that match. */
  list(namespace?: string, selector?: LabelSelector): readonly T[];
  /** Objects that the named index files under `value`, in key order. */
  byIndex(index: string, value: string): readonly T[];
}

/** What happened to one object of the local copy; exactly one side is missing for additions and removals. */
export interface Change<T extends KubeObject = KubeObject> {
  readonly key: ObjectKey;
  readonly before?: T;
  readonly after?: T;
}

/** A shared list-and-watch of one resource, with relist on 410 and resume by bookmarks. */
export interface Informer<T extends KubeObject = KubeObject> {
  readonly resource: ResourceRef;
  readonly lister: Lister<T>;
  /** Resolves after the first complete list has been filed. */
  synced(): Promise<void>;
  /** Calls `handler` after each change has been filed; existing objects are announced first. Returns the way out. */
  onChange(handler: (change: Change<T>) => void): () => void;
  /** Adds an index; cheap, and also files what is already there. Same name, same function: no effect. */
  addIndex(name: string, valuesOf: (object: T) => readonly string[]): void;
}

/** One informer a resource, shared by all who ask; started on first use, ended with the context's signal. */
export interface InformerFactory {
  informer<T extends KubeObject>(
    resource: ResourceRef,
    options?: { readonly namespace?: string; readonly labelSelector?: string },
  ): Informer<T>;
}

/** Keeps the last plans of each key, for `explain` and replay. */
export interface Journal {
  append(entry: JournalEntry): void;
}

/** All that a replay needs. */
export interface JournalEntry {
  readonly reconciler: string;
  readonly key: ObjectKey;
  readonly observed: unknown;
  readonly env: PlanEnv;
  readonly plan: Plan<{ readonly kind: string }, unknown>;
}

/** Writes core/v1 Events; identical ones are counted up instead of repeated. Never throws: events are best effort. */
export interface EventRecorder {
  record(about: KubeObject, event: KubeEventRecord): void;
}

/** What a controller is given by the composition root: everything it may touch. */
export interface ControllerContext {
  readonly api: ClusterApi;
  readonly informers: InformerFactory;
  readonly clock: Clock;
  readonly journal: Journal;
  readonly events: EventRecorder;
  readonly logger: Logger;
  /** Aborted when the controller must stop. */
  readonly signal: AbortSignal;
  /** Seeds planners; the same for the whole life of a controller. */
  readonly seed: number;
}

/** A controller: reads, decides (pure), writes, publishes. */
export interface Reconciler<Observed, Action extends { readonly kind: string }, Status> {
  readonly name: string;
  /** Reads only; `undefined` when the object is gone. Best served from informers. */
  observe(key: ObjectKey): Promise<Observed | undefined> | Observed | undefined;
  /** Pure, synchronous, total. */
  plan(observed: Observed, env: PlanEnv): Plan<Action, Status>;
  /** One idempotent write. A failure ends the round; the key is planned again after backoff. */
  apply(action: Action, observed: Observed): Promise<void>;
  /** Writes the status, only if it differs from what was observed. */
  publish(observed: Observed, status: Status): Promise<void>;
}

/** A running controller. */
export interface RunningController {
  readonly name: string;
  /** Wakes a key. */
  enqueue(key: ObjectKey): void;
  /** Wakes a key after `delayMs`; the earliest wake-up wins. */
  enqueueAfter(key: ObjectKey, delayMs: number): void;
  /** Resolves when workers have finished after the context's signal aborted. */
  stopped(): Promise<void>;
}
