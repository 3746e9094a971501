/** The security log: who did what to which object, with what outcome. */
export {
  AuditError,
  MAX_FIELD_LENGTH,
  MAX_FILE_BYTES,
  MAX_FILES,
  openAudit,
  verifyAudit,
  type Audit,
  type AuditEntry,
  type AuditOptions,
} from './audit.ts';
