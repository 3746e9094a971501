import { isObject } from '@argosy/std';
import type { KubeObject } from '@argosy/kube/meta';
import { parseYamlDocuments } from '@argosy/lang/yaml';
import { BatchRequestError, CommandError, type Terminal } from '../command/index.ts';

/** True for what has a type and a name: enough to be compared, judged and planned. */
function isManifest(value: unknown): value is KubeObject {
  if (!isObject(value) || !isObject(value['metadata'])) return false;
  return typeof value['apiVersion'] === 'string' && typeof value['kind'] === 'string';
}

/** All manifests of a YAML or JSON file, a List taken apart; `-` is standard input. */
export async function readManifestFile(terminal: Terminal, path: string): Promise<readonly KubeObject[]> {
  const text = path === '-' ? await terminal.readInput() : await terminal.readFile(path);
  const documents = parseYamlDocuments(text, { uniqueKeys: true });
  if (!documents.ok) {
    const { message, line, column } = documents.error;
    throw new CommandError(`${path}:${line}:${column}: ${message}`);
  }
  const values = documents.value.map(({ value }) => value).filter((value) => value !== null && value !== undefined);
  return values.flatMap((value): readonly KubeObject[] => {
    const items = isObject(value) && Array.isArray(value['items']) ? (value['items'] as readonly unknown[]) : [value];
    return items.map((item) => {
      if (isManifest(item)) return item;
      throw new CommandError(`${path} holds something that has no apiVersion, kind and metadata`);
    });
  });
}

const found = (value: unknown): string => JSON.stringify(value)?.slice(0, 60) ?? 'nothing';

/**
 * A manifest in a request of a batch.
 * @throws BatchRequestError when it has no apiVersion, kind and metadata.
 */
export function manifestIn(value: unknown, field: string): KubeObject {
  if (isManifest(value)) return value;
  throw new BatchRequestError(
    `${field}: found ${found(value)}, allowed is an object with apiVersion, kind and metadata`,
  );
}

/** A list in a request of a batch; absent and null are empty. */
export function listIn(value: unknown, field: string): readonly unknown[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value;
  throw new BatchRequestError(`${field}: found ${found(value)}, allowed is a list`);
}

/** A list of texts in a request of a batch. */
export function textsIn(value: unknown, field: string): readonly string[] {
  return listIn(value, field).map((item, index) => {
    if (typeof item === 'string') return item;
    throw new BatchRequestError(`${field}[${index}]: found ${found(item)}, allowed is a text`);
  });
}

/** One of a few words in a request of a batch; absent is the first. */
export function wordIn<T extends string>(value: unknown, field: string, allowed: readonly [T, ...T[]]): T {
  if (value === undefined) return allowed[0];
  const word = allowed.find((item) => item === value);
  if (word !== undefined) return word;
  throw new BatchRequestError(`${field}: found ${found(value)}, allowed are ${allowed.join(', ')}`);
}
