import {
  closeSync,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  read,
  renameSync,
  rmSync,
  statSync,
  write,
} from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import type { LogPiece, LogStorage } from './container-log.ts';

const readAt = promisify(read);
const writeAt = promisify(write);

/** How a log on disk is bounded. */
export interface LogFileLimits {
  readonly fileBytes: number;
  /** Files kept, the current one included. */
  readonly files: number;
}

function pieceOf(path: string): LogPiece | undefined {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch {
    // The file was rotated away or removed with its pod between the listing and the opening: it has no content to give.
    return undefined;
  }
  const size = fstatSync(fd).size;
  let isOpen = true;
  const release = (): void => {
    if (isOpen) closeSync(fd);
    isOpen = false;
  };
  return {
    release,
    read: async () => {
      const buffer = Buffer.alloc(size);
      let filled = 0;
      while (filled < size) {
        const { bytesRead } = await readAt(fd, buffer, filled, size - filled, filled);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      release();
      return buffer.subarray(0, filled);
    },
  };
}

/** The files of a log that exist, oldest first: `path.4` … `path.1`, `path`. */
export function openLogPieces(path: string, files: number): readonly LogPiece[] {
  const pieces: LogPiece[] = [];
  for (let index = files - 1; index >= 0; index -= 1) {
    const piece = pieceOf(index === 0 ? path : `${path}.${index}`);
    if (piece !== undefined) pieces.push(piece);
  }
  return pieces;
}

/** Removes all files of a log. */
export function removeLogFiles(path: string, files: number): void {
  for (let index = 0; index < files; index += 1) rmSync(index === 0 ? path : `${path}.${index}`, { force: true });
}

/** True when a log was ever written at `path`. */
export function hasLogFile(path: string): boolean {
  return existsSync(path);
}

/** A log in files of mode 0600: appended to, and rotated when a file is full. Continues an existing log. */
export function fileLogStorage(path: string, limits: LogFileLimits): LogStorage {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  let fd: number | undefined = openSync(path, 'a', 0o600);
  let size = statSync(path).size;

  const rotate = (): void => {
    if (fd !== undefined) closeSync(fd);
    rmSync(`${path}.${limits.files - 1}`, { force: true });
    for (let index = limits.files - 2; index >= 0; index -= 1) {
      const from = index === 0 ? path : `${path}.${index}`;
      if (existsSync(from)) renameSync(from, `${path}.${index + 1}`);
    }
    fd = openSync(path, 'a', 0o600);
    size = 0;
  };

  return {
    append: async (lines) => {
      if (fd === undefined) throw new Error('the log is closed');
      if (size > 0 && size + lines.length > limits.fileBytes) rotate();
      let written = 0;
      while (written < lines.length) {
        const { bytesWritten } = await writeAt(fd, lines, written, lines.length - written);
        written += bytesWritten;
      }
      size += lines.length;
    },
    snapshot: () => openLogPieces(path, limits.files),
    close: async () => {
      if (fd !== undefined) closeSync(fd);
      fd = undefined;
    },
  };
}
