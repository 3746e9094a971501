import { useEffect, useReducer, useState } from 'react';
import {
  appendLog,
  EMPTY_LOG,
  NOTHING_YET,
  reduceLive,
  textAt,
  type ApiObject,
  type LiveState,
  type LogBuffer,
} from '../model/index.ts';
import { objectsAt } from '../model/index.ts';
import { ApiError, type ApiClient, type Query } from './api-client.ts';
import { BATCH_MS, followLive, type LiveSource } from './follow-live.ts';

/** The time, again each second. */
export function useNow(): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return now;
}

/** A live list; `makeSource` is asked again when `key` changes. */
export function useLive(key: string, makeSource: () => LiveSource): LiveState {
  const [state, tell] = useReducer(reduceLive, NOTHING_YET);
  useEffect(() => {
    const ending = new AbortController();
    void followLive(makeSource(), tell, ending.signal);
    return () => ending.abort();
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- the key stands for all that the source depends on
  }, [key]);
  return state;
}

/** The applications that a query selects; `{}` for all. Their stream knows no versions. */
export function applicationSource(api: ApiClient, query: Query): LiveSource {
  return {
    opensFirst: true,
    list: (signal) => readList(api, '/api/v1/applications', { query, signal }),
    watch: (_version, signal) => api.stream('/api/v1/stream/applications', { ...query, resourceVersion: '0' }, signal),
  };
}

/** The workflows of a namespace; `` for all namespaces. */
export function workflowSource(api: ApiClient, namespace: string): LiveSource {
  const place = encodeURIComponent(namespace);
  return {
    opensFirst: false,
    list: (signal) => readList(api, `/api/v1/workflows/${place}`, { query: {}, signal }),
    watch: (version, signal) =>
      api.stream(`/api/v1/workflow-events/${place}`, { 'listOptions.resourceVersion': version }, signal),
  };
}

async function readList(
  api: ApiClient,
  path: string,
  how: { readonly query: Query; readonly signal: AbortSignal },
): Promise<{ readonly items: readonly ApiObject[]; readonly version: string }> {
  const answer = await api.get(path, how.query, how.signal);
  return { items: objectsAt(answer, 'items'), version: textAt(answer, 'metadata', 'resourceVersion') };
}

/** Something that is being read: not there yet, there, or refused. */
export type Loaded<T> =
  | { readonly kind: 'loading' }
  | { readonly kind: 'ready'; readonly value: T }
  | { readonly kind: 'failed'; readonly status: number; readonly message: string };

const LOADING = { kind: 'loading' } as const;

/** Reads something, again when `key` changes; keeps what it has while it reads anew under the same `subject`. */
export function useLoaded<T>(key: string, subject: string, load: (signal: AbortSignal) => Promise<T>): Loaded<T> {
  const [held, setHeld] = useState<{ readonly subject: string; readonly loaded: Loaded<T> }>({
    subject,
    loaded: LOADING,
  });
  useEffect(() => {
    const ending = new AbortController();
    const hold = (loaded: Loaded<T>): void => {
      if (!ending.signal.aborted) setHeld({ subject, loaded });
    };
    load(ending.signal).then(
      (value) => hold({ kind: 'ready', value }),
      (error: unknown) =>
        hold({
          kind: 'failed',
          status: error instanceof ApiError ? error.status : 0,
          message: error instanceof Error ? error.message : String(error),
        }),
    );
    return () => ending.abort();
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- the key stands for all that the reading depends on
  }, [key, subject]);
  return held.subject === subject ? held.loaded : LOADING;
}

/** A log as it grows. `note` says whether more may come. */
export interface LiveLog {
  readonly log: LogBuffer;
  readonly note: string;
}

/** Follows a log stream of `{content}` entries. */
export function useLog(api: ApiClient, path: string, query: Query): LiveLog {
  const [state, setState] = useState<LiveLog>({ log: EMPTY_LOG, note: 'Loading…' });
  const key = `${path} ${JSON.stringify(query)}`;
  useEffect(() => {
    const ending = new AbortController();
    setState({ log: EMPTY_LOG, note: 'Loading…' });
    void followLog(api.stream(path, query, ending.signal), setState, ending.signal);
    return () => ending.abort();
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- the key holds path and query
  }, [api, key]);
  return state;
}

async function followLog(
  entries: AsyncIterable<unknown>,
  setState: (change: (state: LiveLog) => LiveLog) => void,
  signal: AbortSignal,
): Promise<void> {
  let batch: string[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  const flush = (note: string): void => {
    clearTimeout(timer);
    timer = undefined;
    const lines = batch;
    batch = [];
    if (!signal.aborted) setState((state) => ({ log: appendLog(state.log, lines), note }));
  };
  try {
    for await (const entry of entries) {
      if (entry === undefined || (entry as ApiObject)['last'] === true) continue;
      batch.push(textAt(entry, 'content'));
      timer ??= setTimeout(() => flush('Live.'), BATCH_MS);
    }
    flush('End of log.');
  } catch (error) {
    flush(error instanceof Error ? `Log not available: ${error.message}` : 'Log not available.');
  }
}
