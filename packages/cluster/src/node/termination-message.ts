import { closeSync, openSync, readSync } from 'node:fs';
import type { ContainerLog } from './container-log.ts';

/** The longest termination message of a container. */
export const TERMINATION_MESSAGE_BYTES = 4096;
const FALLBACK_LINES = 80;
const FALLBACK_BYTES = 2048;

function readHead(path: string, limit: number): string {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch {
    // The container removed the file: it has no message.
    return '';
  }
  try {
    const buffer = Buffer.alloc(limit);
    return buffer.toString('utf8', 0, readSync(fd, buffer, 0, limit, 0));
  } finally {
    closeSync(fd);
  }
}

/** The end of a log without stamps: at most 80 lines and 2048 bytes. */
export async function logTail(log: ContainerLog): Promise<string> {
  const pieces = log.snapshot();
  const last = pieces.at(-1);
  for (const piece of pieces.slice(0, -1)) piece.release();
  if (last === undefined) return '';
  const lines = (await last.read()).toString('utf8').split('\n').slice(0, -1).slice(-FALLBACK_LINES);
  const text = lines.map((line) => line.replace(/^\S+ \S+ (\S) /, '')).join('\n');
  const bytes = Buffer.from(lines.length === 0 ? '' : `${text}\n`);
  return bytes.subarray(Math.max(0, bytes.length - FALLBACK_BYTES)).toString('utf8');
}

/** What a container said at its end: its message file, or with FallbackToLogsOnError the end of its log. */
export async function terminationMessage(options: {
  readonly path: string;
  readonly policy: string;
  readonly exitCode: number;
  readonly log: ContainerLog;
}): Promise<string> {
  const said = readHead(options.path, TERMINATION_MESSAGE_BYTES);
  if (said !== '' || options.policy !== 'FallbackToLogsOnError' || options.exitCode === 0) return said;
  return logTail(options.log);
}
