import { closeSync, fchmodSync, fstatSync, openSync, readSync, renameSync, rmSync, writeSync } from 'node:fs';
import { formatMicroTime, isObject, sha256Hex, type Clock } from '@argosy/std';

/** What happened, by whom, to what. Never put a secret here. */
export interface AuditEntry {
  readonly actor: string;
  /** `session/create`, `applications/sync`, … */
  readonly action: string;
  readonly object: string;
  readonly outcome: 'allowed' | 'denied' | 'failed';
  readonly address: string;
  /** A constant word for why; never shown to the client. */
  readonly reason?: string;
}

/** An append-only security log. */
export interface Audit {
  /**
   * Writes one record before it returns.
   * @throws AuditError when the record cannot be written; callers then refuse the change that was asked.
   */
  record(entry: AuditEntry): void;
  close(): void;
}

/** The security log cannot take records. */
export class AuditError extends Error {
  override readonly name = 'AuditError';
}

/** The longest text of one field; the rest is cut. */
export const MAX_FIELD_LENGTH = 256;

/** The size at which a file is rotated. */
export const MAX_FILE_BYTES = 16 * 1024 * 1024;

/** How many files are kept, the open one included. */
export const MAX_FILES = 8;

/** Where and how much. */
export interface AuditOptions {
  /** The open file; older ones are `<file>.1` (newest) and up. Mode 0600. */
  readonly file: string;
  readonly clock: Clock;
  /** @default MAX_FILE_BYTES */
  readonly maxFileBytes?: number;
  /** @default MAX_FILES */
  readonly maxFiles?: number;
}

const FIRST_HASH = '0'.repeat(64);
const TAIL_BYTES = 8192;

/**
 * Opens (or goes on with) a security log: JSON lines, each with a sequence number and the hash of the line before, so
 * that a removed, changed or moved line shows.
 * @throws AuditError when the file cannot be opened.
 */
export function openAudit(options: AuditOptions): Audit {
  const maxFileBytes = options.maxFileBytes ?? MAX_FILE_BYTES;
  let file = openAppend(options.file);
  let sizeBytes = fstatSync(file).size;
  let { seq, prevHash } = lastOf(file, sizeBytes);
  const rotate = (): void => {
    closeSync(file);
    rotateFiles(options.file, options.maxFiles ?? MAX_FILES);
    file = openAppend(options.file);
    sizeBytes = 0;
  };
  return {
    record(entry) {
      const line = lineOf(entry, { time: formatMicroTime(options.clock.now()), seq: seq + 1, prevHash });
      const bytes = Buffer.from(`${line}\n`, 'utf8');
      try {
        if (sizeBytes > 0 && sizeBytes + bytes.length > maxFileBytes) rotate();
        writeSync(file, bytes);
      } catch (error) {
        throw new AuditError('the security log cannot be written', { cause: error });
      }
      sizeBytes += bytes.length;
      seq += 1;
      prevHash = sha256Hex(line);
    },
    close: () => closeSync(file),
  };
}

function openAppend(path: string): number {
  try {
    const file = openSync(path, 'a+', 0o600);
    fchmodSync(file, 0o600);
    return file;
  } catch (error) {
    throw new AuditError(`the security log ${path} cannot be opened`, { cause: error });
  }
}

function rotateFiles(path: string, maxFiles: number): void {
  rmSync(`${path}.${maxFiles - 1}`, { force: true });
  for (let index = maxFiles - 2; index >= 1; index -= 1) renameIfThere(`${path}.${index}`, `${path}.${index + 1}`);
  if (maxFiles > 1) renameIfThere(path, `${path}.1`);
  else rmSync(path, { force: true });
}

function renameIfThere(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if (!isObject(error) || error['code'] !== 'ENOENT') throw error;
  }
}

interface ChainState {
  readonly seq: number;
  readonly prevHash: string;
}

/** The state after the last whole line; a torn or foreign last line starts a new chain, which verification shows. */
function lastOf(file: number, sizeBytes: number): ChainState {
  const length = Math.min(sizeBytes, TAIL_BYTES);
  const bytes = Buffer.alloc(length);
  readSync(file, bytes, 0, length, sizeBytes - length);
  const line = bytes.toString('utf8').trimEnd().split('\n').at(-1) ?? '';
  const seq = sequenceOf(line);
  return seq === undefined ? { seq: 0, prevHash: FIRST_HASH } : { seq, prevHash: sha256Hex(line) };
}

function parseLine(line: string): { readonly [key: string]: unknown } | undefined {
  try {
    const decoded: unknown = JSON.parse(line);
    return isObject(decoded) ? decoded : undefined;
  } catch {
    return undefined;
  }
}

function sequenceOf(line: string): number | undefined {
  const seq = parseLine(line)?.['seq'];
  return typeof seq === 'number' ? seq : undefined;
}

// oxlint-disable-next-line no-control-regex -- control characters are exactly what must be found
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g;

const clean = (text: string): string => text.replace(CONTROL, '\ufffd').slice(0, MAX_FIELD_LENGTH);

function lineOf(entry: AuditEntry, chain: ChainState & { readonly time: string }): string {
  return JSON.stringify({
    time: chain.time,
    seq: chain.seq,
    actor: clean(entry.actor),
    action: clean(entry.action),
    object: clean(entry.object),
    outcome: entry.outcome,
    address: clean(entry.address),
    ...(entry.reason === undefined ? {} : { reason: clean(entry.reason) }),
    prevHash: chain.prevHash,
  });
}

/**
 * Checks a run of lines, oldest first. Gives the index of the first line that does not follow from the one before
 * (removed, changed, moved), or -1 when all do. The first line is taken as it is: rotation drops its forerunner.
 */
export function verifyAudit(lines: readonly string[]): number {
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] ?? '';
    const seq = sequenceOf(line);
    if (seq === undefined) return index;
    const before = lines[index - 1];
    if (before === undefined) continue;
    if (parseLine(line)?.['prevHash'] !== sha256Hex(before) || seq !== (sequenceOf(before) ?? 0) + 1) return index;
  }
  return -1;
}
