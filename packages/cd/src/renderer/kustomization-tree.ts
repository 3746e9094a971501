import { access, readFile, stat } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import { isObject } from '@argosy/std';
import { parseYaml } from '@argosy/lang/yaml';
import { KUSTOMIZATION_LIMIT, KUSTOMIZATION_NAMES, type TreeFiles } from '../render/index.ts';
import { LocalTreeError, readLocalTree } from './local-tree.ts';

/** A tree that holds a directory and everything that its kustomization reaches, and where in it the directory is. */
export interface RootedTree {
  readonly tree: TreeFiles;
  readonly path: string;
}

const REFERENCES = ['resources', 'bases', 'components'];

async function readKustomization(directory: string): Promise<unknown> {
  for (const name of KUSTOMIZATION_NAMES) {
    const path = join(directory, name);
    const text = await access(path).then(
      () => readFile(path, 'utf8'),
      () => undefined,
    );
    const parsed = text === undefined ? undefined : parseYaml(text);
    if (parsed?.ok === true) return parsed.value;
  }
  return undefined;
}

const isDirectory = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );

/** The directory and all others that kustomizations name, one after another. */
async function reachedDirectories(start: string): Promise<readonly string[]> {
  const found = [start];
  for (const directory of found) {
    const file = await readKustomization(directory);
    if (!isObject(file)) continue;
    const entries = REFERENCES.flatMap((name) => (Array.isArray(file[name]) ? (file[name] as readonly unknown[]) : []));
    for (const entry of entries) {
      if (typeof entry !== 'string' || /[\n:]/.test(entry)) continue;
      const target = resolve(directory, entry);
      if (!found.includes(target) && (await isDirectory(target))) found.push(target);
      if (found.length > KUSTOMIZATION_LIMIT)
        throw new LocalTreeError(`more than ${KUSTOMIZATION_LIMIT} kustomizations`);
    }
  }
  return found;
}

function commonAncestor(paths: readonly string[]): string {
  const [first = sep, ...others] = paths;
  let parts = first.split(sep);
  for (const other of others) {
    const theirs = other.split(sep);
    const end = parts.findIndex((part, index) => part !== theirs[index]);
    if (end >= 0) parts = parts.slice(0, end);
  }
  return parts.join(sep) === '' ? sep : parts.join(sep);
}

/** Reads a directory of this machine together with the bases and components that it stands on. @throws LocalTreeError */
export async function readKustomizationTree(directory: string): Promise<RootedTree> {
  const start = resolve(directory);
  const reached = await reachedDirectories(start);
  const root = commonAncestor(reached);
  const tree = new Map<string, Uint8Array>();
  // What lies below another directory is read with it.
  const tops = reached.filter((path) => !reached.some((other) => other !== path && path.startsWith(other + sep)));
  for (const top of tops) {
    const prefix = relative(root, top).split(sep).join('/');
    for (const [path, data] of await readLocalTree(top)) tree.set(prefix === '' ? path : `${prefix}/${path}`, data);
  }
  return { tree, path: relative(root, start).split(sep).join('/') };
}
