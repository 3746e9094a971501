import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';

/** A directory that cannot be rendered, told in words. */
export class LocalTreeError extends Error {
  override readonly name = 'LocalTreeError';
}

/** What a local tree may hold. */
export interface LocalTreeLimits {
  readonly files: number;
  readonly totalBytes: number;
}

/** The same as for a repository's tree. */
const DEFAULT_LIMITS: LocalTreeLimits = { files: 20_000, totalBytes: 100 * 1024 * 1024 };

interface Reading {
  readonly root: string;
  readonly limits: LocalTreeLimits;
  readonly files: Map<string, Uint8Array>;
  bytes: number;
}

const isInside = (root: string, path: string): boolean => path === root || path.startsWith(root + sep);

/** Where a name really leads; links may not leave the tree. `undefined` for what is not there. */
async function resolveInside(path: string, reading: Reading): Promise<string | undefined> {
  let real: string;
  try {
    real = await realpath(path);
  } catch {
    return undefined;
  }
  if (isInside(reading.root, real)) return real;
  throw new LocalTreeError(`out-of-bounds symlinks. file: ${relative(reading.root, path)}`);
}

async function readOne(path: string, name: string, reading: Reading): Promise<void> {
  const data = await readFile(path);
  reading.bytes += data.length;
  const { files, totalBytes } = reading.limits;
  if (reading.files.size >= files) throw new LocalTreeError(`the directory has more than ${files} files`);
  if (reading.bytes > totalBytes) throw new LocalTreeError(`the directory has more than ${totalBytes} bytes`);
  reading.files.set(name, new Uint8Array(data));
}

interface Place {
  readonly directory: string;
  readonly prefix: string;
  /** The real directories on the way. */
  readonly trail: readonly string[];
}

async function walk({ directory, prefix, trail }: Place, reading: Reading): Promise<void> {
  const real = await realpath(directory);
  // A link to a directory above it would go on for ever.
  if (trail.includes(real)) return;
  for (const entry of await readdir(directory)) {
    if (entry === '.git' || entry === 'node_modules') continue;
    const path = join(directory, entry);
    const target = await resolveInside(path, reading);
    if (target === undefined) continue;
    const found = await stat(target);
    const name = `${prefix}${entry}`;
    if (found.isDirectory()) await walk({ directory: path, prefix: `${name}/`, trail: [...trail, real] }, reading);
    else if (found.isFile()) await readOne(target, name, reading);
  }
}

/** Reads a directory with everything below it; links are followed inside of it and refused when they lead out. */
export async function readLocalTree(
  directory: string,
  limits: LocalTreeLimits = DEFAULT_LIMITS,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const root = await realpath(directory);
  const reading: Reading = { root, limits, files: new Map(), bytes: 0 };
  await walk({ directory: root, prefix: '', trail: [] }, reading);
  return reading.files;
}
