// Entry of the worker thread behind `openCommitLog`; bundled beside the main program as commit-log-worker.js.
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import {
  commitErrorOf,
  openCommitDatabase,
  type CommitDatabase,
  type CommitDatabaseOptions,
} from './commit-database.ts';
import { DataDirectoryLocked } from './commit-error.ts';
import { packRows, unpackRows, type CommitOrder, type CommitReport } from './commit-messages.ts';

/** Rows of one page while loading. */
const PAGE_ROWS = 2000;
/** Appends that share one flush at most. */
const GROUP_LIMIT = 1024;

type Append = Extract<CommitOrder, { kind: 'append' }>;

const port = parentPort;
if (port === null) throw new Error('commit-log-worker runs as a worker thread only');

function report(message: CommitReport, transfer: ArrayBuffer[] = []): void {
  port?.postMessage(message, transfer);
}

function commitGroup(database: CommitDatabase, group: readonly Append[]): void {
  const ids = group.map((append) => append.id);
  try {
    database.commit(group.flatMap((append) => unpackRows(append.rows)));
    report({ kind: 'appended', ids });
  } catch (error) {
    const { failure, message } = commitErrorOf(error);
    report({ kind: 'refused', ids, failure, message });
  }
}

function loadPage(database: CommitDatabase, after: string): void {
  const rows = packRows(database.read(after, PAGE_ROWS));
  const last = rows.keys.length < PAGE_ROWS;
  report({ kind: 'page', rows, last, version: database.version() }, [rows.bytes.buffer]);
}

function obey(database: CommitDatabase, order: CommitOrder): void {
  if (order.kind === 'load') loadPage(database, order.after);
  if (order.kind !== 'close') return;
  database.close();
  report({ kind: 'closed' });
  port?.close();
}

/** Takes everything that came while the last commit ran; appends in a row share one flush. */
function drain(database: CommitDatabase, first: CommitOrder): void {
  let group: Append[] = [];
  const flush = (): void => {
    if (group.length > 0) commitGroup(database, group);
    group = [];
  };
  for (let order: CommitOrder | undefined = first; order !== undefined;) {
    if (order.kind === 'append') {
      group.push(order);
    } else {
      flush();
      obey(database, order);
    }
    if (group.length >= GROUP_LIMIT) flush();
    order = port === null ? undefined : (receiveMessageOnPort(port)?.message as CommitOrder | undefined);
  }
  flush();
}

function main(): void {
  let database: CommitDatabase;
  try {
    database = openCommitDatabase(workerData as CommitDatabaseOptions);
  } catch (error) {
    if (error instanceof DataDirectoryLocked) {
      report({ kind: 'locked', pid: error.pid });
    } else {
      const { failure, message } = commitErrorOf(error);
      report({ kind: 'failed', failure, message });
    }
    return;
  }
  port?.on('message', (order: CommitOrder) => drain(database, order));
  report({ kind: 'opened' });
}

main();
