import { createHash } from 'node:crypto';
import { open, readFile, rename, rm, stat } from 'node:fs/promises';
import { isObject } from '@argosy/std';
import type { CommitLog, CommitRecord } from '../apiserver/index.ts';

/** What a snapshot says of itself. */
export interface SnapshotInfo {
  readonly objects: number;
  readonly resourceVersion: number;
}

/** Bytes of a snapshot that is read at most: it is held as one text while it is checked, and V8's end at 512 MiB. */
export const MAX_SNAPSHOT_BYTES = 500 * 1024 ** 2;

/** Records written back in one go. */
const RESTORE_BATCH = 1000;

const FORMAT = 'argosy-snapshot/1';

/** A snapshot that cannot be used; the message says why and what was expected. */
export class SnapshotError extends Error {
  override readonly name = 'SnapshotError';
}

function lineOf(record: CommitRecord): string {
  const bytes = Buffer.from(record.bytes ?? []).toString('utf8');
  return `${JSON.stringify({ key: record.key, resourceVersion: record.resourceVersion, object: bytes })}\n`;
}

/**
 * Writes everything that a log holds into a file of mode 0600 (it holds Secrets), in one step: a file that is there is
 * whole, and its last line is the digest of all before it. The written file is read again and checked.
 */
export async function saveSnapshot(log: Pick<CommitLog, 'load'>, path: string): Promise<SnapshotInfo> {
  const { resourceVersion, records } = await log.load();
  const held = records.filter((record) => record.bytes !== undefined);
  const info = { format: FORMAT, objects: held.length, resourceVersion };
  const digest = createHash('sha256');
  const temporary = `${path}.${process.pid}.part`;
  const file = await open(temporary, 'wx', 0o600);
  try {
    const write = async (text: string): Promise<void> => {
      digest.update(text);
      await file.writeFile(text);
    };
    await write(`${JSON.stringify(info)}\n`);
    for (const record of held) await write(lineOf(record));
    await file.writeFile(`${JSON.stringify({ sha256: digest.digest('hex') })}\n`);
    await file.sync();
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  } finally {
    await file.close();
  }
  try {
    await readSnapshot(temporary);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  return { objects: held.length, resourceVersion };
}

function parseLine(line: string, number: number): { readonly [field: string]: unknown } {
  try {
    const value: unknown = JSON.parse(line);
    if (isObject(value)) return value;
  } catch {
    // Told below, with the line.
  }
  throw new SnapshotError(`line ${number} is not a JSON object: this is no snapshot, or it was cut off`);
}

function demandWhole(text: string): readonly string[] {
  const lines = text.split('\n');
  const end = text.lastIndexOf('\n', text.length - 2) + 1;
  const last = parseLine(text.slice(end).trim(), Math.max(1, lines.length - 1));
  const found = createHash('sha256').update(text.slice(0, end)).digest('hex');
  if (last['sha256'] !== found)
    throw new SnapshotError('the digest in the last line does not fit: the file was changed or cut off');
  return lines.slice(0, -2);
}

function recordOf(line: string, number: number): CommitRecord {
  const { key, resourceVersion, object } = parseLine(line, number);
  if (typeof key !== 'string' || typeof resourceVersion !== 'number' || typeof object !== 'string') {
    throw new SnapshotError(`line ${number}: expected key, resourceVersion and object`);
  }
  return { key, resourceVersion, bytes: Buffer.from(object) };
}

/** Reads and checks a snapshot. @throws SnapshotError. */
export async function readSnapshot(
  path: string,
): Promise<{ readonly info: SnapshotInfo; readonly records: readonly CommitRecord[] }> {
  const { size } = await stat(path);
  if (size > MAX_SNAPSHOT_BYTES) {
    throw new SnapshotError(`the file has ${size} bytes, allowed are ${MAX_SNAPSHOT_BYTES}`);
  }
  const bytes = await readFile(path);
  const [head = '', ...lines] = demandWhole(bytes.toString('utf8'));
  const { format, objects, resourceVersion } = parseLine(head, 1);
  if (format !== FORMAT || typeof resourceVersion !== 'number') {
    throw new SnapshotError(`format: found ${JSON.stringify(format)}, allowed is ${FORMAT}`);
  }
  const records = lines.map((line, index) => recordOf(line, index + 2));
  if (records.length !== objects)
    throw new SnapshotError(`found ${records.length} objects, the head says ${String(objects)}`);
  return { info: { objects: records.length, resourceVersion }, records };
}

/**
 * Puts a snapshot into an empty log. Versions go on above the snapshot's, so that no client sees one twice.
 * @throws SnapshotError before anything is written, when the file is not sound or the log holds something.
 */
export async function restoreSnapshot(log: CommitLog, path: string): Promise<SnapshotInfo> {
  const { info, records } = await readSnapshot(path);
  const before = await log.load();
  if (before.records.length > 0)
    throw new SnapshotError(`the cluster holds ${before.records.length} objects; restore into an empty one`);
  for (let at = 0; at < records.length; at += RESTORE_BATCH) await log.append(records.slice(at, at + RESTORE_BATCH));
  // A deletion of nothing brings the counter to where it was.
  await log.append([{ key: 'snapshot/restored', resourceVersion: info.resourceVersion }]);
  return info;
}
