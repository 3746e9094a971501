/** The durable commit log: libsql in a worker thread. */
export { CommitError, DataDirectoryLocked, type CommitFailure } from './commit-error.ts';
export { openCommitLog, type CommitLogOptions } from './open-commit-log.ts';
export {
  MAX_SNAPSHOT_BYTES,
  readSnapshot,
  restoreSnapshot,
  saveSnapshot,
  SnapshotError,
  type SnapshotInfo,
} from './snapshot.ts';
