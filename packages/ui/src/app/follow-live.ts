import { retryWaitMs, watchItemOf, type ApiObject, type LiveEvent, type WatchItem } from '../model/index.ts';
import { ApiError } from './api-client.ts';

/** Changes that come within this time are shown together. */
export const BATCH_MS = 100;

/** Where a live list comes from. */
export interface LiveSource {
  /** Reads the whole list and the version to watch from. */
  readonly list: (signal: AbortSignal) => Promise<{ readonly items: readonly ApiObject[]; readonly version: string }>;
  /** The changes after a version; `` for all from the opening on. The first item comes when the stream is open. */
  readonly watch: (version: string, signal: AbortSignal) => AsyncIterable<unknown>;
  /**
   * True for streams that know no versions: the stream is opened first and the list read then, so that nothing that
   * happens in between is missed.
   */
  readonly opensFirst: boolean;
}

/** Lists and watches until `signal` aborts; lists again after each break, with growing waits. */
export async function followLive(
  source: LiveSource,
  tell: (event: LiveEvent) => void,
  signal: AbortSignal,
): Promise<void> {
  let failures = 0;
  const tellAll = (event: LiveEvent): void => {
    if (event.kind === 'listed') failures = 0;
    if (!signal.aborted) tell(event);
  };
  while (!signal.aborted) {
    const reason = await followOnce(source, tellAll, signal);
    if (signal.aborted || reason === undefined) return;
    failures += 1;
    tell({ kind: 'broken', nowMs: Date.now(), reason });
    await pause(retryWaitMs(failures), signal);
  }
}

/** Follows until it breaks and gives the reason; undefined when nobody is logged in any more. */
async function followOnce(
  source: LiveSource,
  tell: (event: LiveEvent) => void,
  signal: AbortSignal,
): Promise<string | undefined> {
  const round = new AbortController();
  const both = AbortSignal.any([signal, round.signal]);
  try {
    if (source.opensFirst) {
      const results = source.watch('', both)[Symbol.asyncIterator]();
      await results.next();
      tell({ kind: 'listed', items: (await source.list(both)).items });
      await pumpChanges({ [Symbol.asyncIterator]: () => results }, tell);
    } else {
      const { items, version } = await source.list(both);
      tell({ kind: 'listed', items });
      await pumpChanges(source.watch(version, both), tell);
    }
    return 'the server ended the stream';
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) return undefined;
    return error instanceof Error ? error.message : String(error);
  } finally {
    round.abort();
  }
}

/** Hands changes on in batches, so that a burst is drawn once. */
async function pumpChanges(results: AsyncIterable<unknown>, tell: (event: LiveEvent) => void): Promise<void> {
  let batch: WatchItem[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (batch.length > 0) tell({ kind: 'changed', changes: batch });
    batch = [];
  };
  try {
    for await (const result of results) {
      const item = watchItemOf(result);
      if (item === undefined) continue;
      batch.push(item);
      timer ??= setTimeout(flush, BATCH_MS);
    }
  } finally {
    flush();
  }
}

/** Waits; ends early when `signal` aborts. */
export function pause(spanMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const finish = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', finish);
      resolve();
    };
    const timer = setTimeout(finish, spanMs);
    signal.addEventListener('abort', finish);
  });
}
