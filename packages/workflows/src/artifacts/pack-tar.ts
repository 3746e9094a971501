import { createReadStream, createWriteStream } from 'node:fs';
import { lstat, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';

import { compareText } from '@argosy/std';

import { ArtifactFault, ArtifactMeter, type ArtifactLimits } from './artifact-fault.ts';
import { encodeEntry, padding, TAR_END } from './tar-format.ts';

async function* fileBlocks(path: string, size: number): AsyncGenerator<Buffer> {
  let seen = 0;
  if (size > 0) {
    for await (const chunk of createReadStream(path, { end: size - 1 })) {
      seen += (chunk as Buffer).length;
      yield chunk as Buffer;
    }
  }
  if (seen !== size) throw new ArtifactFault('a file of it changed while it was packed');
  yield padding(size);
}

async function* entryBlocks(path: string, name: string, meter: ArtifactMeter): AsyncGenerator<Buffer> {
  const found = await lstat(path);
  meter.addEntry();
  const mode = found.mode & 0o777;
  if (found.isSymbolicLink()) {
    // Never followed: what it points to is the program's business, not ours.
    yield encodeEntry({ name, kind: 'link', mode, size: 0, target: await readlink(path) });
  } else if (found.isDirectory()) {
    yield encodeEntry({ name, kind: 'directory', mode, size: 0 });
    for (const child of (await readdir(path)).sort(compareText)) {
      yield* entryBlocks(join(path, child), `${name}/${child}`, meter);
    }
  } else if (found.isFile()) {
    meter.addBytes(found.size);
    yield encodeEntry({ name, kind: 'file', mode, size: found.size });
    yield* fileBlocks(path, found.size);
  } else throw new ArtifactFault(`${name} is a device, socket or pipe; only files, folders and links can be kept`);
}

async function* archiveBlocks(path: string, name: string, meter: ArtifactMeter): AsyncGenerator<Buffer> {
  yield* entryBlocks(path, name, meter);
  yield TAR_END;
}

/** How a file or folder is packed. */
export interface PackOptions {
  /** The name of the one entry at the top. */
  readonly name: string;
  /** 0 is no compression, -1 the usual one, else 1 to 9. */
  readonly level: number;
  readonly limits: ArtifactLimits;
}

/**
 * Packs a file or folder into one archive. Links are kept as links.
 * @throws ArtifactFault when it holds too much, or what cannot be kept.
 */
export async function packTar(source: string, target: string, options: PackOptions): Promise<void> {
  const blocks = Readable.from(archiveBlocks(source, options.name, new ArtifactMeter(options.limits)));
  const out = createWriteStream(target, { mode: 0o600, flags: 'wx' });
  if (options.level === 0) await pipeline(blocks, out);
  else await pipeline(blocks, createGzip({ level: options.level }), out);
}
