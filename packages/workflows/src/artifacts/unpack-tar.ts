import { createReadStream } from 'node:fs';
import { mkdir, open, symlink, type FileHandle } from 'node:fs/promises';
import { dirname, join, posix } from 'node:path';
import { createGunzip } from 'node:zlib';

import { ArtifactFault, ArtifactMeter, type ArtifactLimits } from './artifact-fault.ts';
import { BLOCK_BYTES, decodeHeader, decodePax, isTar, MAX_PAX_BYTES, type TarHeader } from './tar-format.ts';

/** Longest name of an entry, in characters. */
export const MAX_ENTRY_NAME_LENGTH = 4096;

/** Hands out exact numbers of bytes of a stream. */
class ByteReader {
  readonly #chunks: AsyncIterator<Buffer>;
  #held: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Buffer>) {
    this.#chunks = source[Symbol.asyncIterator]();
  }

  /** At most `count` bytes; empty at the end. */
  async some(count: number): Promise<Buffer> {
    if (this.#held.length === 0) {
      const next = await this.#chunks.next();
      if (next.done === true) return Buffer.alloc(0);
      this.#held = next.value;
    }
    const taken = this.#held.subarray(0, count);
    this.#held = this.#held.subarray(taken.length);
    return taken;
  }

  /** Exactly `count` bytes, or fewer at the end. */
  async exactly(count: number): Promise<Buffer> {
    const parts: Buffer[] = [];
    for (let left = count; left > 0;) {
      const part = await this.some(left);
      if (part.length === 0) break;
      parts.push(part);
      left -= part.length;
    }
    return Buffer.concat(parts);
  }
}

/** The entry's place below the target folder. */
function innerName(name: string): string {
  const parts = name.split('/').filter((part) => part !== '' && part !== '.');
  if (name.length > MAX_ENTRY_NAME_LENGTH) {
    throw new ArtifactFault(
      `an entry's name has ${name.length} characters: at most ${MAX_ENTRY_NAME_LENGTH} are allowed`,
    );
  }
  if (name.startsWith('/') || parts.includes('..') || name.includes('\0')) {
    throw new ArtifactFault(`entry '${name}' leads out of the archive`);
  }
  return parts.join('/');
}

/** Links are relative and stay inside: `..` only at their beginning, and not more often than folders lie above. */
function checkTarget(name: string, target: string): void {
  const afterClimb = target.replace(/^(\.\.\/|\.\.$|\.\/)+/, '');
  const reached = posix.normalize(posix.join(posix.dirname(name), target));
  const isInside = !target.startsWith('/') && reached !== '..' && !reached.startsWith('../');
  if (isInside && !afterClimb.split('/').includes('..') && target !== '') return;
  throw new ArtifactFault(`link '${name}' points out of the archive, to '${target}'`);
}

interface Unpacking {
  readonly reader: ByteReader;
  readonly folder: string;
  readonly meter: ArtifactMeter;
  /** Made at the end, so that nothing is ever written through one. */
  readonly links: { readonly path: string; readonly target: string }[];
}

async function writeFile(work: Unpacking, header: TarHeader, path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o777 });
  const file: FileHandle = await open(path, 'wx', 0o666);
  try {
    for (let left = header.size; left > 0;) {
      const part = await work.reader.some(left);
      if (part.length === 0) throw new ArtifactFault('the archive ends in the middle of a file');
      work.meter.addBytes(part.length);
      await file.write(part);
      left -= part.length;
    }
    await file.chmod(header.mode | 0o600);
  } finally {
    await file.close();
  }
  await work.reader.exactly((BLOCK_BYTES - (header.size % BLOCK_BYTES)) % BLOCK_BYTES);
}

async function writeEntry(work: Unpacking, header: TarHeader): Promise<void> {
  work.meter.addEntry();
  const name = innerName(header.name);
  const path = join(work.folder, name);
  switch (header.type) {
    case '0':
    case '7':
    case '':
      if (name === '') throw new ArtifactFault('a file in it has no name');
      return writeFile(work, header, path);
    case '5':
      await mkdir(path, { recursive: true, mode: 0o777 });
      return;
    case '2':
      checkTarget(name, header.target);
      work.links.push({ path, target: header.target });
      return;
    default: {
      const kinds: { readonly [type: string]: string } = {
        '1': 'a hard link',
        '3': 'a device',
        '4': 'a device',
        '6': 'a pipe',
      };
      const kind = kinds[header.type] ?? `of the unknown type '${header.type}'`;
      throw new ArtifactFault(`entry '${header.name}' is ${kind}; only files, folders and links are unpacked`);
    }
  }
}

async function extraContent(work: Unpacking, header: TarHeader): Promise<Buffer> {
  if (header.size > MAX_PAX_BYTES) {
    throw new ArtifactFault(`a header has ${header.size} bytes: at most ${MAX_PAX_BYTES} are allowed`);
  }
  const content = await work.reader.exactly(Math.ceil(header.size / BLOCK_BYTES) * BLOCK_BYTES);
  return content.subarray(0, header.size);
}

type Overrides = { readonly [K in 'name' | 'target']?: string } & { readonly size?: number };

function paxOverrides(content: Buffer): Overrides {
  const records = decodePax(content);
  const [name, target, size] = [records.get('path'), records.get('linkpath'), records.get('size')];
  return {
    ...(name === undefined ? {} : { name }),
    ...(target === undefined ? {} : { target }),
    ...(size === undefined ? {} : { size: checkedSize(size) }),
  };
}

function checkedSize(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new ArtifactFault(`a size in it is no number: '${text.slice(0, 40)}'`);
  return Number(text);
}

/** What a header of another entry says about the next one; undefined when the header is an entry itself. */
async function overridesOf(work: Unpacking, header: TarHeader): Promise<Overrides | undefined> {
  const name = (content: Buffer): string => content.toString('utf8').replace(/\0.*$/s, '');
  if (header.type === 'x') return paxOverrides(await extraContent(work, header));
  if (header.type === 'L') return { name: name(await extraContent(work, header)) };
  if (header.type === 'K') return { target: name(await extraContent(work, header)) };
  if (header.type !== 'g') return undefined;
  await extraContent(work, header);
  return {};
}

async function unpackAll(work: Unpacking): Promise<void> {
  let overrides: Overrides = {};
  for (;;) {
    const block = await work.reader.exactly(BLOCK_BYTES);
    if (block.length === 0) break;
    if (block.length < BLOCK_BYTES) throw new ArtifactFault('the archive ends in the middle of a header');
    const header = decodeHeader(block);
    if (header === undefined) break;
    const extra = await overridesOf(work, header);
    if (extra !== undefined) {
      overrides = { ...overrides, ...extra };
      continue;
    }
    await writeEntry(work, { ...header, ...overrides });
    overrides = {};
  }
  for (const { path, target } of work.links) {
    await mkdir(dirname(path), { recursive: true, mode: 0o777 });
    await symlink(target, path);
  }
}

const GZIP_START = Buffer.from([0x1f, 0x8b]);

/** The first bytes of a file. */
async function startOf(path: string): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(BLOCK_BYTES), 0, BLOCK_BYTES, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

async function isGzip(path: string): Promise<boolean> {
  return (await startOf(path)).subarray(0, 2).equals(GZIP_START);
}

/** The bytes of an archive, unzipped where it is zipped. */
async function* content(path: string): AsyncGenerator<Buffer> {
  const file = createReadStream(path);
  if (!(await isGzip(path))) {
    yield* file as AsyncIterable<Buffer>;
    return;
  }
  const unzipped = createGunzip();
  file.on('error', (error) => unzipped.destroy(error));
  file.pipe(unzipped);
  try {
    yield* unzipped as AsyncIterable<Buffer>;
  } finally {
    file.destroy();
  }
}

/** True when a file is a zipped tar archive; only those are unpacked unasked. */
export async function isTarball(path: string): Promise<boolean> {
  if (!(await isGzip(path))) return false;
  try {
    return isTar(await new ByteReader(content(path)).exactly(BLOCK_BYTES));
  } catch {
    return false;
  }
}

/**
 * Unpacks an archive into a folder that is new. Names that lead out, links that point out, hard links and devices are
 * refused; times and owners are not kept.
 * @throws ArtifactFault naming the entry or the limit; what was unpacked so far stays for the caller to remove.
 */
export async function unpackTar(path: string, folder: string, limits: ArtifactLimits): Promise<void> {
  await mkdir(folder, { mode: 0o777 });
  const reader = new ByteReader(content(path));
  try {
    await unpackAll({ reader, folder, meter: new ArtifactMeter(limits), links: [] });
  } catch (error) {
    const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
    if (code === 'EEXIST') throw new ArtifactFault('two entries of the archive have the same name');
    if (code?.startsWith('Z_') === true) throw new ArtifactFault('its compression is damaged');
    throw error;
  }
}
