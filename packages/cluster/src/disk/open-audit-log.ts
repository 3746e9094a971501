import { constants } from 'node:fs';
import { open, rename, rm, type FileHandle } from 'node:fs/promises';

/** Size at which an audit file is rotated, in bytes. */
export const MAX_AUDIT_FILE_BYTES = 32 * 1024 * 1024;
/** Audit files that are kept, the open one included. */
export const MAX_AUDIT_FILES = 8;
/** Bytes of events that may wait for the disk; what comes beyond is dropped and counted. */
export const MAX_AUDIT_WAITING_BYTES = 8 * 1024 * 1024;

/** Where and how much. */
export interface AuditLogOptions {
  /** The open file; older ones are `<file>.1` (newest) and up. Mode 0600. */
  readonly file: string;
  /** @default MAX_AUDIT_FILE_BYTES */
  readonly maxFileBytes?: number;
  /** @default MAX_AUDIT_FILES */
  readonly maxFiles?: number;
  /** @default MAX_AUDIT_WAITING_BYTES */
  readonly maxWaitingBytes?: number;
  /** Called when the disk refuses; the events of that write are lost. */
  readonly refused: (error: Error) => void;
}

/** An append-only file of JSON lines that never holds its writers up. */
export interface AuditLog {
  /** Takes one event; it is on its way to the file when this returns. */
  write(event: object): void;
  /** Resolves when all that was taken is written. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

interface State {
  readonly options: AuditLogOptions;
  readonly maxFileBytes: number;
  file: FileHandle;
  sizeBytes: number;
  waiting: string[];
  waitingBytes: number;
  dropped: number;
  running: Promise<void> | undefined;
}

async function openAppend(path: string): Promise<FileHandle> {
  const file = await open(path, constants.O_APPEND | constants.O_CREAT | constants.O_WRONLY, 0o600);
  await file.chmod(0o600);
  return file;
}

async function renameIfThere(from: string, to: string): Promise<void> {
  await rename(from, to).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
}

async function rotate(state: State): Promise<void> {
  const { file: path, maxFiles = MAX_AUDIT_FILES } = state.options;
  await state.file.close();
  await rm(`${path}.${maxFiles - 1}`, { force: true });
  for (let index = maxFiles - 2; index >= 1; index -= 1)
    await renameIfThere(`${path}.${index}`, `${path}.${index + 1}`);
  if (maxFiles > 1) await renameIfThere(path, `${path}.1`);
  else await rm(path, { force: true });
  state.file = await openAppend(path);
  state.sizeBytes = 0;
}

function takeWaiting(state: State): string {
  const lines = state.waiting;
  if (state.dropped > 0) lines.push(`${JSON.stringify({ kind: 'Dropped', count: state.dropped })}\n`);
  state.waiting = [];
  state.waitingBytes = 0;
  state.dropped = 0;
  return lines.join('');
}

async function writeWaiting(state: State): Promise<void> {
  while (state.waiting.length > 0) {
    const text = takeWaiting(state);
    const bytes = Buffer.byteLength(text);
    try {
      if (state.sizeBytes > 0 && state.sizeBytes + bytes > state.maxFileBytes) await rotate(state);
      await state.file.appendFile(text);
      state.sizeBytes += bytes;
    } catch (error) {
      state.options.refused(error instanceof Error ? error : new Error(String(error)));
    }
  }
  state.running = undefined;
}

function take(state: State, event: object): void {
  const line = `${JSON.stringify(event)}\n`;
  const most = state.options.maxWaitingBytes ?? MAX_AUDIT_WAITING_BYTES;
  if (state.waitingBytes + line.length > most) {
    state.dropped += 1;
    return;
  }
  state.waiting.push(line);
  state.waitingBytes += line.length;
  // Events of the same moment share one write.
  state.running ??= Promise.resolve().then(() => writeWaiting(state));
}

async function flush(state: State): Promise<void> {
  while (state.running !== undefined) await state.running;
}

/**
 * Opens (or goes on with) an audit file, readable by its owner only.
 * @throws the system's error when it cannot be opened.
 */
export async function openAuditLog(options: AuditLogOptions): Promise<AuditLog> {
  const file = await openAppend(options.file);
  const { size } = await file.stat();
  const state: State = {
    options,
    maxFileBytes: options.maxFileBytes ?? MAX_AUDIT_FILE_BYTES,
    file,
    sizeBytes: size,
    waiting: [],
    waitingBytes: 0,
    dropped: 0,
    running: undefined,
  };
  return {
    write: (event) => take(state, event),
    flush: () => flush(state),
    close: async () => {
      await flush(state);
      await state.file.close();
    },
  };
}
