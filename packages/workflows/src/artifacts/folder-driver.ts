import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import type { Artifact } from '@argosy/api/workflows';

import { keyOfLocation, MAX_KEY_LENGTH } from '../engine/index.ts';
import type { ArtifactDriver, DriverIo, OpenArtifact } from './artifact-driver.ts';
import { ArtifactFault } from './artifact-fault.ts';
import { copyTree } from './copy-tree.ts';

/** Longest part of a key between two slashes, in bytes: what file systems allow. */
export const MAX_KEY_PART_BYTES = 255;

/**
 * The path of a key below a folder: keys that could lead out are refused.
 * @throws ArtifactFault naming the key.
 */
export function keyPath(key: string): string {
  const parts = key.replace(/\/$/, '').split('/');
  const isBad = (part: string): boolean =>
    part === '' || part === '.' || part === '..' || part.includes('\0') || Buffer.byteLength(part) > MAX_KEY_PART_BYTES;
  if (key.length > MAX_KEY_LENGTH || parts.some(isBad)) {
    const rule = `parts between slashes must not be empty, '.' or '..', or longer than ${MAX_KEY_PART_BYTES} bytes`;
    throw new ArtifactFault(`key '${key.slice(0, 200)}' is not allowed: ${rule}`);
  }
  return parts.join('/');
}

function missing(key: string): ArtifactFault {
  return new ArtifactFault(`nothing is stored at key '${key}'`, { isMissing: true });
}

/** Makes the content of a file, or of all files of a folder, durable. */
async function sync(path: string): Promise<void> {
  const found = await lstat(path);
  const names = found.isDirectory() ? await readdir(path) : [];
  for (const name of names) await sync(join(path, name));
  const file = await open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Keeps artifacts in a folder of this machine: `<root>/objects/<namespace>/<key>`. */
class FolderDriver implements ArtifactDriver {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  #place(artifact: Artifact, io: DriverIo): string {
    return join(this.#root, 'objects', keyPath(io.namespace), keyPath(keyOfLocation(artifact)));
  }

  async load(artifact: Artifact, target: string, io: DriverIo): Promise<void> {
    const path = this.#place(artifact, io);
    if ((await lstat(path).catch(() => undefined)) === undefined) throw missing(keyOfLocation(artifact));
    await copyTree(path, target, io.limits);
  }

  async save(artifact: Artifact, source: string, io: DriverIo): Promise<void> {
    const path = this.#place(artifact, io);
    const part = join(this.#root, 'unfinished', randomUUID());
    await mkdir(dirname(part), { recursive: true, mode: 0o700 });
    try {
      await copyTree(source, part, io.limits);
      await sync(part);
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      // Only a folder must make room first: a file is replaced in one step.
      if ((await lstat(path).catch(() => undefined))?.isDirectory() === true) await rm(path, { recursive: true });
      await rename(part, path);
    } catch (error) {
      const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
      if (code !== 'ENOTDIR' && code !== 'EEXIST' && code !== 'EISDIR') throw error;
      throw new ArtifactFault(`key '${keyOfLocation(artifact)}' lies below the key of another artifact`);
    } finally {
      await rm(part, { recursive: true, force: true });
    }
  }

  async open(artifact: Artifact, inner: string, io: DriverIo): Promise<OpenArtifact> {
    const path = join(this.#place(artifact, io), inner === '' ? '' : keyPath(inner));
    const found = await lstat(path).catch(() => undefined);
    if (found?.isFile() !== true) throw missing(keyOfLocation(artifact));
    const fileName = path.split('/').at(-1) ?? '';
    return { fileName, size: found.size, chunks: createReadStream(path) as AsyncIterable<Buffer> };
  }
}

/** The repository that comes with the product: a folder that only its owner may read. */
export function createFolderDriver(root: string): ArtifactDriver {
  return new FolderDriver(root);
}
