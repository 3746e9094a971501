import { readFile } from 'node:fs/promises';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { isObject } from '@argosy/std';
import { parseYaml } from '@argosy/lang/yaml';

type Json = { readonly [field: string]: unknown };

/** A kubeconfig that cannot be used. Names the file and field, never a secret. */
export class KubeconfigError extends Error {
  override readonly name = 'KubeconfigError';
}

/** A named entry with the directory of its file, against which its relative paths are resolved. */
export interface KubeconfigEntry {
  readonly fields: Json;
  readonly directory: string;
}

/** Several kubeconfig files as one. */
export interface Kubeconfig {
  readonly currentContext: string;
  readonly clusters: ReadonlyMap<string, KubeconfigEntry>;
  readonly users: ReadonlyMap<string, KubeconfigEntry>;
  readonly contexts: ReadonlyMap<string, KubeconfigEntry>;
}

/** Largest kubeconfig file. */
const FILE_LIMIT_BYTES = 4 * 1024 * 1024;

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown';
}

/** Reads a file of a kubeconfig. @throws KubeconfigError naming the file. */
export async function readConfigFile(path: string): Promise<string> {
  try {
    const text = await readFile(path, 'utf8');
    if (text.length > FILE_LIMIT_BYTES) throw new KubeconfigError(`${path}: larger than ${FILE_LIMIT_BYTES} bytes`);
    return text;
  } catch (error) {
    if (error instanceof KubeconfigError) throw error;
    throw new KubeconfigError(`${path}: cannot be read (${codeOf(error)})`);
  }
}

async function readIfPresent(path: string): Promise<string | undefined> {
  try {
    return await readConfigFile(path);
  } catch (error) {
    if (error instanceof KubeconfigError && error.message.endsWith('(ENOENT)')) return undefined;
    throw error;
  }
}

function parseFile(path: string, text: string): Json {
  const parsed = parseYaml(text);
  // The parser's message may quote the line, and lines hold secrets: only the place is told.
  if (!parsed.ok) throw new KubeconfigError(`${path}:${parsed.error.line}: not valid YAML`);
  if (parsed.value === null) return {};
  if (!isObject(parsed.value)) throw new KubeconfigError(`${path}: expected a mapping`);
  return parsed.value;
}

interface Merging {
  currentContext: string;
  readonly clusters: Map<string, KubeconfigEntry>;
  readonly users: Map<string, KubeconfigEntry>;
  readonly contexts: Map<string, KubeconfigEntry>;
}

function addEntries(
  target: Map<string, KubeconfigEntry>,
  list: unknown,
  read: { readonly member: string; readonly directory: string },
): void {
  if (!Array.isArray(list)) return;
  for (const item of list) {
    if (!isObject(item) || typeof item['name'] !== 'string' || target.has(item['name'])) continue;
    const fields = item[read.member];
    target.set(item['name'], { fields: isObject(fields) ? fields : {}, directory: read.directory });
  }
}

function mergeFile(merging: Merging, path: string, text: string): void {
  const file = parseFile(path, text);
  const directory = dirname(resolve(path));
  const current = file['current-context'];
  if (merging.currentContext === '' && typeof current === 'string') merging.currentContext = current;
  addEntries(merging.clusters, file['clusters'], { member: 'cluster', directory });
  addEntries(merging.users, file['users'], { member: 'user', directory });
  addEntries(merging.contexts, file['contexts'], { member: 'context', directory });
}

/**
 * Reads kubeconfig files as one: for each name and for the current context the first file wins. Files that do not exist
 * are passed over, unless there is only one.
 * @throws KubeconfigError naming the file.
 */
export async function readKubeconfig(paths: readonly string[]): Promise<Kubeconfig> {
  const merging: Merging = { currentContext: '', clusters: new Map(), users: new Map(), contexts: new Map() };
  for (const path of paths) {
    const text = paths.length === 1 ? await readConfigFile(path) : await readIfPresent(path);
    if (text !== undefined) mergeFile(merging, path, text);
  }
  return merging;
}

/** Reads one kubeconfig from text; relative paths in it are resolved against `directory`. */
export function parseKubeconfig(text: string, directory: string): Kubeconfig {
  const merging: Merging = { currentContext: '', clusters: new Map(), users: new Map(), contexts: new Map() };
  mergeFile(merging, join(directory, 'kubeconfig'), text);
  return merging;
}

/** A path of an entry, made absolute. */
export function entryPath(entry: KubeconfigEntry, path: string): string {
  return isAbsolute(path) ? path : join(entry.directory, path);
}

/** A text member of an entry; absent and empty read as `undefined`. */
export function entryText(entry: KubeconfigEntry, field: string): string | undefined {
  const value = entry.fields[field];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/**
 * PEM from `<field>-data` (base64) or from the file `<field>` names; the data wins.
 * @throws KubeconfigError when the file cannot be read.
 */
export async function entryPem(entry: KubeconfigEntry, field: string): Promise<string | undefined> {
  const data = entryText(entry, `${field}-data`);
  if (data !== undefined) return Buffer.from(data, 'base64').toString('utf8');
  const path = entryText(entry, field);
  return path === undefined ? undefined : readConfigFile(entryPath(entry, path));
}
