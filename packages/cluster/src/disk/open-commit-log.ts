import { Worker } from 'node:worker_threads';
import type { CommitLog, CommitRecord } from '../apiserver/index.ts';
import type { CommitDatabaseOptions } from './commit-database.ts';
import { CommitError, DataDirectoryLocked } from './commit-error.ts';
import { packRows, unpackRows, type CommitOrder, type CommitReport } from './commit-messages.ts';

/** How a log on disk is opened; see `CommitDatabaseOptions` for the members. */
export type CommitLogOptions = Omit<CommitDatabaseOptions, 'directory'>;

interface Deferred<T> {
  readonly resolve: (value: T) => void;
  readonly reject: (error: Error) => void;
}

type Page = Extract<CommitReport, { kind: 'page' }>;

interface LogState {
  readonly directory: string;
  readonly worker: Worker;
  readonly appends: Map<number, Deferred<void>>;
  opening: Deferred<void> | undefined;
  page: Deferred<Page> | undefined;
  closing: Deferred<void> | undefined;
  nextId: number;
  broken: Error | undefined;
}

/** Runs the worker from TypeScript source: a worker does not inherit the loader of its parent on Node 20. */
function sourceLoader(file: URL): string {
  const loader = import.meta.resolve?.('tsx/esm/api') ?? 'tsx/esm/api';
  return `import(${JSON.stringify(loader)}).then((tsx) => { tsx.register(); return import(${JSON.stringify(file.href)}); })`;
}

function startWorker(directory: string, options: CommitLogOptions): Worker {
  const workerData: CommitDatabaseOptions = { ...options, directory };
  if (!import.meta.url.endsWith('.ts')) {
    return new Worker(new URL('./commit-log-worker.js', import.meta.url), { workerData });
  }
  const file = new URL('./commit-log-worker.ts', import.meta.url);
  return new Worker(sourceLoader(file), { workerData, eval: true, execArgv: [] });
}

/** The worker is gone: whoever waits hears why, and so does everybody later. */
function breakLog(state: LogState, error: Error): void {
  state.broken ??= error;
  const { opening, page, closing } = state;
  state.opening = undefined;
  state.page = undefined;
  state.closing = undefined;
  opening?.reject(state.broken);
  page?.reject(state.broken);
  closing?.resolve();
  for (const append of state.appends.values()) append.reject(state.broken);
  state.appends.clear();
}

function settleAppends(state: LogState, ids: readonly number[], error?: Error): void {
  for (const id of ids) {
    const append = state.appends.get(id);
    state.appends.delete(id);
    if (error === undefined) append?.resolve();
    else append?.reject(error);
  }
}

function hear(state: LogState, report: CommitReport): void {
  switch (report.kind) {
    case 'opened':
      state.opening?.resolve();
      state.opening = undefined;
      return;
    case 'locked':
      breakLog(state, new DataDirectoryLocked(state.directory, report.pid));
      return;
    case 'failed':
      breakLog(state, new CommitError(report.failure, report.message));
      return;
    case 'appended':
      settleAppends(state, report.ids);
      return;
    case 'refused':
      settleAppends(state, report.ids, new CommitError(report.failure, report.message));
      return;
    case 'page':
      state.page?.resolve(report);
      return;
    default:
      breakLog(state, new CommitError('closed', 'the log is closed'));
  }
}

function order(state: LogState, message: CommitOrder, transfer: ArrayBuffer[] = []): void {
  state.worker.postMessage(message, transfer);
}

function append(state: LogState, records: readonly CommitRecord[]): Promise<void> {
  if (state.broken !== undefined) return Promise.reject(state.broken);
  const rows = packRows(records.map(({ key, resourceVersion, bytes }) => ({ key, version: resourceVersion, bytes })));
  const id = (state.nextId += 1);
  return new Promise((resolve, reject) => {
    state.appends.set(id, { resolve, reject });
    order(state, { kind: 'append', id, rows }, [rows.bytes.buffer]);
  });
}

function loadPage(state: LogState, after: string): Promise<Page> {
  if (state.broken !== undefined) return Promise.reject(state.broken);
  return new Promise((resolve, reject) => {
    state.page = { resolve, reject };
    order(state, { kind: 'load', after });
  });
}

async function load(state: LogState): Promise<{ resourceVersion: number; records: readonly CommitRecord[] }> {
  const records: CommitRecord[] = [];
  for (let after = ''; ;) {
    const page = await loadPage(state, after);
    for (const { key, version, bytes } of unpackRows(page.rows)) {
      // A copy of its own: one long-lived object must not keep the whole page in memory.
      if (bytes !== undefined) records.push({ key, resourceVersion: version, bytes: bytes.slice() });
      after = key;
    }
    if (page.last) return { resourceVersion: page.version, records };
  }
}

async function close(state: LogState): Promise<void> {
  if (state.broken === undefined) {
    await new Promise<void>((resolve, reject) => {
      state.closing = { resolve, reject };
      order(state, { kind: 'close' });
    });
  }
  await state.worker.terminate();
}

/**
 * Opens the log in `directory` (created when missing) in a worker thread. Only one process may hold it.
 * @throws DataDirectoryLocked, CommitError.
 */
export async function openCommitLog(directory: string, options: CommitLogOptions = {}): Promise<CommitLog> {
  const worker = startWorker(directory, options);
  const state: LogState = {
    directory,
    worker,
    appends: new Map(),
    opening: undefined,
    page: undefined,
    closing: undefined,
    nextId: 0,
    broken: undefined,
  };
  worker.on('message', (report: CommitReport) => hear(state, report));
  worker.on('error', (error: Error) =>
    breakLog(state, new CommitError('failed', `the log's thread failed: ${error.message}`)),
  );
  worker.on('exit', () => breakLog(state, new CommitError('closed', 'the log is closed')));
  try {
    await new Promise<void>((resolve, reject) => {
      state.opening = { resolve, reject };
    });
  } catch (error) {
    await worker.terminate();
    throw error;
  }
  return { load: () => load(state), append: (records) => append(state, records), close: () => close(state) };
}
