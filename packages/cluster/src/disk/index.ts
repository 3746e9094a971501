/** The durable commit log (libsql in a worker thread) and the audit file. */
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
export {
  MAX_AUDIT_FILE_BYTES,
  MAX_AUDIT_FILES,
  MAX_AUDIT_WAITING_BYTES,
  openAuditLog,
  type AuditLog,
  type AuditLogOptions,
} from './open-audit-log.ts';
