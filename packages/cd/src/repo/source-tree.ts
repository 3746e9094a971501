import { posix } from 'node:path';
import type { TreeFiles } from '../render/index.ts';
import { displayUrl, RepositoryError } from './errors.ts';
import { parseTree, type TreeEntry } from './git-objects.ts';
import type { Mirror } from './mirror.ts';

/** What to read of a tree. */
export interface TreeRequest {
  readonly url: string;
  readonly commit: string;
  /** Below the root; `''` is the root. Already checked. */
  readonly path: string;
  readonly recurse: boolean;
  /** Selects files by their path below `path`. */
  readonly select: (path: string) => boolean;
  readonly limits: { readonly files: number; readonly fileBytes: number; readonly totalBytes: number };
}

/** The selected files of a directory. `treeId` names its content; `names` are its direct entries. */
export interface SourceTree {
  readonly treeId: string;
  readonly names: readonly string[];
  readonly files: TreeFiles;
}

const MAX_TREE_BYTES = 16 * 1024 * 1024;
const MAX_TREE_DEPTH = 64;
const MAX_LINK_BYTES = 4096;

const tooLarge = (what: string): RepositoryError => new RepositoryError('TooLarge', what);

interface Found {
  readonly path: string;
  readonly entry: TreeEntry;
}

/** The id of a directory; cheap, so that an unchanged directory is recognised before anything is read. */
export async function directoryId(
  mirror: Mirror,
  request: Pick<TreeRequest, 'url' | 'commit' | 'path'>,
): Promise<string> {
  const object = await mirror.read(`${request.commit}:${request.path}`, 0);
  const where = `${request.path}: app path`;
  if (object === undefined) {
    throw new RepositoryError(
      'PathNotFound',
      `${where} does not exist in ${displayUrl(request.url)} at ${request.commit.slice(0, 8)}`,
    );
  }
  if (object.type !== 'tree') throw new RepositoryError('PathNotFound', `${where} is not a directory`);
  return object.id;
}

async function entriesOf(mirror: Mirror, id: string): Promise<readonly TreeEntry[]> {
  const tree = await mirror.read(id, MAX_TREE_BYTES);
  if (tree === undefined) throw new RepositoryError('CorruptRepository', `tree ${id} is missing`);
  if (tree.content === undefined)
    throw tooLarge(`a directory of the repository is larger than ${MAX_TREE_BYTES} bytes`);
  return parseTree(tree.content, id.length / 2);
}

async function collect(mirror: Mirror, request: TreeRequest, treeId: string): Promise<readonly Found[]> {
  const found: Found[] = [];
  const open: { readonly id: string; readonly prefix: string; readonly depth: number }[] = [
    { id: treeId, prefix: '', depth: 0 },
  ];
  for (const { id, prefix, depth } of open) {
    if (depth > MAX_TREE_DEPTH) throw tooLarge(`directories are nested deeper than ${MAX_TREE_DEPTH}`);
    for (const entry of await entriesOf(mirror, id)) {
      const path = `${prefix}${entry.name}`;
      const isDirectory = entry.mode === '40000';
      if (isDirectory && request.recurse) open.push({ id: entry.id, prefix: `${path}/`, depth: depth + 1 });
      const isFile = entry.mode.startsWith('100') || entry.mode === '120000';
      if (isFile && request.select(path)) found.push({ path, entry });
    }
    if (found.length > request.limits.files) throw tooLarge(`more than ${request.limits.files} manifest files`);
  }
  return found;
}

/** Where a symbolic link leads; it must stay inside the repository. `undefined` when there is no such file. */
async function followLink(mirror: Mirror, request: TreeRequest, found: Found): Promise<string | undefined> {
  const link = await mirror.read(found.entry.id, MAX_LINK_BYTES);
  const target = link?.content?.toString('utf8') ?? '';
  const full = posix.join(request.path, posix.dirname(found.path), target);
  if (target === '' || target.startsWith('/') || /^\.\.(\/|$)|[\n\r\0]/.test(full)) {
    throw new RepositoryError('InvalidRequest', `repository contains out-of-bounds symlinks. file: ${found.path}`);
  }
  const object = await mirror.read(`${request.commit}:${full}`, 0);
  return object?.type === 'blob' ? object.id : undefined;
}

async function readFile(mirror: Mirror, request: TreeRequest, found: Found): Promise<[string, Buffer] | undefined> {
  const isLink = found.entry.mode === '120000';
  const id = isLink ? await followLink(mirror, request, found) : found.entry.id;
  if (id === undefined) return undefined;
  const blob = await mirror.read(id, request.limits.fileBytes);
  if (blob === undefined) throw new RepositoryError('CorruptRepository', `blob ${id} is missing`);
  if (blob.content === undefined) throw tooLarge(`${found.path} is larger than ${request.limits.fileBytes} bytes`);
  return [found.path, blob.content];
}

/** Reads the selected files of a directory at a commit. Submodules are not entered. */
export async function readSourceTree(mirror: Mirror, request: TreeRequest): Promise<SourceTree> {
  const treeId = await directoryId(mirror, request);
  const names = (await entriesOf(mirror, treeId)).map((entry) => entry.name);
  const found = await collect(mirror, request, treeId);
  const files = new Map<string, Uint8Array>();
  let total = 0;
  for (const each of await Promise.all(found.map((item) => readFile(mirror, request, item)))) {
    if (each === undefined) continue;
    const [path, content] = each;
    total += content.length;
    if (total > request.limits.totalBytes) {
      throw tooLarge(`exceeded max combined manifest file size: more than ${request.limits.totalBytes} bytes`);
    }
    files.set(path, content);
  }
  return { treeId, names, files };
}
