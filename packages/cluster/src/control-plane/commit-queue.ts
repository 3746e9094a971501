import type { CommitLog, CommitRecord } from '../apiserver/index.ts';
import { storedKey, type Store, type StoreChange } from '../store/index.ts';

/** The log refused what a caller waits for; the writes were taken back. */
export class CommitRefused extends Error {
  override readonly name = 'CommitRefused';
}

/** Carries the store's writes to the log, one batch at a time: the batch is what came while the last one ran. */
export interface CommitQueue {
  /** Sees to it that everything uncommitted goes to the log. */
  flush(): void;
  /** True when everything up to `version` is durable. */
  isDurable(version: number): boolean;
  /** Resolves when everything up to `version` is durable. Rejects with CommitRefused when it never will be. */
  durable(version: number): Promise<void>;
  /** The sentence of the last refusal; empty while the log accepts. */
  refusal(): string;
  /** Resolves when nothing is under way. */
  idle(): Promise<void>;
}

/** What a queue works on. */
export interface CommitQueueOptions {
  readonly store: Store;
  readonly log: CommitLog;
  /** Called with each durable batch, in version order, before anybody who waits for it goes on. */
  readonly publish: (changes: readonly StoreChange[]) => void;
  /** Called after a batch was refused and its writes were taken back. */
  readonly refused: (error: Error) => void;
}

interface Waiter {
  readonly version: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

function recordOf(change: StoreChange): CommitRecord {
  const { current, removed, resourceVersion } = change;
  if (current !== undefined) return { resourceVersion, key: storedKey(current), bytes: current.bytes };
  return { resourceVersion, key: removed === undefined ? '' : storedKey(removed) };
}

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));

interface QueueState {
  readonly options: CommitQueueOptions;
  waiters: Waiter[];
  running: Promise<void> | undefined;
  refusal: string;
}

function isDurable(queue: QueueState, version: number): boolean {
  const oldest = queue.options.store.uncommitted()[0];
  return oldest === undefined || version < oldest.resourceVersion;
}

function wake(queue: QueueState): void {
  const waiting: Waiter[] = [];
  for (const waiter of queue.waiters) {
    if (isDurable(queue, waiter.version)) waiter.resolve();
    else waiting.push(waiter);
  }
  queue.waiters = waiting;
}

function refuse(queue: QueueState, error: Error): void {
  const { store, refused } = queue.options;
  store.rollback(0);
  queue.refusal = error.message;
  const waiters = queue.waiters;
  queue.waiters = [];
  refused(error);
  for (const waiter of waiters) waiter.reject(new CommitRefused(error.message));
}

async function commitOnce(queue: QueueState): Promise<void> {
  const { store, log, publish } = queue.options;
  const batch = store.uncommitted().map(recordOf);
  try {
    await log.append(batch);
  } catch (error) {
    refuse(queue, asError(error));
    return;
  }
  queue.refusal = '';
  publish(store.commit(batch.length));
  wake(queue);
}

async function run(queue: QueueState): Promise<void> {
  // One turn of the microtask queue lets writes of the same moment share the first batch.
  await Promise.resolve();
  while (queue.options.store.uncommitted().length > 0) await commitOnce(queue);
  queue.running = undefined;
}

/** Builds a queue over a store and a log. */
export function createCommitQueue(options: CommitQueueOptions): CommitQueue {
  const queue: QueueState = { options, waiters: [], running: undefined, refusal: '' };
  const flush = (): void => {
    if (queue.running === undefined && options.store.uncommitted().length > 0) queue.running = run(queue);
  };
  return {
    flush,
    isDurable: (version) => isDurable(queue, version),
    durable: (version) =>
      isDurable(queue, version)
        ? Promise.resolve()
        : new Promise((resolve, reject) => {
            queue.waiters.push({ version, resolve, reject });
            flush();
          }),
    refusal: () => queue.refusal,
    idle: async () => {
      while (queue.running !== undefined) await queue.running;
    },
  };
}
