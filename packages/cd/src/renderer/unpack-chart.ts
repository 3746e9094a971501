import { gunzipSync } from 'node:zlib';
import { err, ok, type Result } from '@argosy/std';
import type { ChartFiles } from '../helm/index.ts';

/** Bytes of an archive once it is inflated. */
export const ARCHIVE_LIMIT_BYTES = 100 * 1024 * 1024;
/** Entries of an archive. */
export const ARCHIVE_LIMIT_ENTRIES = 20_000;

const BLOCK = 512;

interface Entry {
  readonly name: string;
  readonly type: string;
  readonly data: Uint8Array;
}

class ArchiveError extends Error {
  override readonly name = 'ArchiveError';
}

function textAt(block: Buffer, start: number, length: number): string {
  const end = block.indexOf(0, start);
  return block.toString('utf8', start, end < 0 || end > start + length ? start + length : end);
}

function sizeAt(block: Buffer): number {
  const text = textAt(block, 124, 12).trim();
  if (!/^[0-7]+$/.test(text)) throw new ArchiveError('the archive has an entry of unreadable size');
  return Number.parseInt(text, 8);
}

/** The `path` of a pax header; `undefined` when it has none. */
function paxPath(data: Uint8Array): string | undefined {
  return /(?:^|\n)\d+ path=([^\n]*)\n/.exec(Buffer.from(data).toString('utf8'))?.[1];
}

/** One entry with what stands in its header. */
interface Raw {
  readonly type: string;
  readonly name: string;
  readonly data: Buffer;
}

function nameOf(block: Buffer): string {
  const prefix = textAt(block, 257, 5) === 'ustar' ? textAt(block, 345, 155) : '';
  const short = textAt(block, 0, 100);
  return prefix === '' ? short : `${prefix}/${short}`;
}

function* rawEntries(archive: Buffer): Generator<Raw> {
  for (let at = 0; at + BLOCK <= archive.length;) {
    const block = archive.subarray(at, at + BLOCK);
    if (block.every((byte) => byte === 0)) return;
    const size = sizeAt(block);
    const data = archive.subarray(at + BLOCK, at + BLOCK + size);
    if (data.length < size) throw new ArchiveError('the archive ends in the middle of a file');
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
    yield { type: String.fromCharCode(block[156] ?? 0), name: nameOf(block), data };
  }
}

/** Entries under their full names: two kinds of extra entries carry the long ones. */
function* entriesOf(archive: Buffer): Generator<Entry> {
  let longName: string | undefined;
  for (const { type, name, data } of rawEntries(archive)) {
    if (type === 'x') longName = paxPath(data) ?? longName;
    else if (type === 'L') longName = textAt(data, 0, data.length);
    else if (type !== 'g') {
      yield { name: longName ?? name, type, data };
      longName = undefined;
    }
  }
}

/** The path below the chart's directory; only paths that stay there are let in. */
function innerPath(name: string): string | undefined {
  const clean = name.replaceAll('\\', '/');
  if (clean.startsWith('/') || /^[a-zA-Z]:/.test(clean))
    throw new ArchiveError('chart illegally contains absolute paths');
  const parts = clean.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) throw new ArchiveError('chart illegally references parent directory');
  if (parts[0] === 'Chart.yaml') throw new ArchiveError('chart yaml not in base directory');
  return parts.length < 2 ? undefined : parts.slice(1).join('/');
}

/** The path of an entry of an archive without a directory around it. */
function plainPath(name: string): string | undefined {
  const clean = name.replaceAll('\\', '/');
  const parts = clean.split('/').filter((part) => part !== '' && part !== '.');
  if (clean.startsWith('/') || parts.includes('..'))
    throw new ArchiveError('the archive has a path that leads out of it');
  return parts.length === 0 ? undefined : parts.join('/');
}

function filesOf(archive: Buffer, pathOf: (name: string) => string | undefined): ChartFiles {
  const files = new Map<string, Uint8Array>();
  let entries = 0;
  for (const { name, type, data } of entriesOf(archive)) {
    entries += 1;
    if (entries > ARCHIVE_LIMIT_ENTRIES)
      throw new ArchiveError(`the archive has more than ${ARCHIVE_LIMIT_ENTRIES} entries`);
    // Directories, links and devices are passed over: only files are read, and nothing is ever followed.
    if (type !== '0' && type !== '\0') continue;
    const path = pathOf(name);
    if (path !== undefined) files.set(path, new Uint8Array(data));
  }
  if (files.size === 0) throw new ArchiveError('no files in chart archive');
  return files;
}

function unpack(archive: () => Buffer, pathOf: (name: string) => string | undefined): Result<ChartFiles, string> {
  try {
    return ok(filesOf(archive(), pathOf));
  } catch (error) {
    if (error instanceof ArchiveError) return err(error.message);
    const code = error instanceof Error && 'code' in error ? error.code : '';
    if (code === 'ERR_BUFFER_TOO_LARGE') return err(`the archive inflates to more than ${ARCHIVE_LIMIT_BYTES} bytes`);
    return err('file does not appear to be a gzipped archive');
  }
}

const inflate = (archive: Uint8Array): Buffer => gunzipSync(archive, { maxOutputLength: ARCHIVE_LIMIT_BYTES });

/**
 * Unpacks a packed chart in memory: regular files only, below one directory, no links, no way out, bounded in bytes and
 * entries. Nothing is written anywhere.
 */
export function unpackChart(archive: Uint8Array): Result<ChartFiles, string> {
  return unpack(() => inflate(archive), innerPath);
}

/** Unpacks a tar archive, gzipped or not, within the same bounds; paths stay as they are. */
export function unpackTree(archive: Uint8Array): Result<ChartFiles, string> {
  const isGzip = archive[0] === 0x1f && archive[1] === 0x8b;
  return unpack(() => (isGzip ? inflate(archive) : Buffer.from(archive)), plainPath);
}
