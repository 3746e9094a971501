import type { KubeObject } from '@argosy/kube/meta';
import { parseYamlDocuments } from '@argosy/lang/yaml';
import { isObject } from '@argosy/std';
import { CommandError, type Invocation } from '../command/index.ts';

/** One object of a file, and where it stands. */
export interface Manifest {
  readonly path: string;
  readonly line: number;
  readonly object: KubeObject;
}

async function textOf(invocation: Invocation, path: string): Promise<string> {
  const { terminal } = invocation;
  if (path === '-') return terminal.readInput();
  return terminal.readFile(path).catch((error: unknown) => {
    throw new CommandError(`cannot read ${path}: ${error instanceof Error ? error.message : 'unknown reason'}`);
  });
}

/**
 * Reads the objects of a YAML or JSON file, or of standard input (`-`). Empty documents are left out.
 * @throws CommandError that names file and line, for text that is no YAML and for kinds that are not allowed.
 */
export async function readManifests(
  invocation: Invocation,
  path: string,
  kinds: readonly string[],
): Promise<readonly Manifest[]> {
  const documents = parseYamlDocuments(await textOf(invocation, path), { uniqueKeys: true });
  if (!documents.ok)
    throw new CommandError(`${path}:${documents.error.line}:${documents.error.column}: ${documents.error.message}`);
  return documents.value.flatMap(({ value, line }) => {
    if (value === null) return [];
    const kind = isObject(value) ? value['kind'] : undefined;
    if (!isObject(value) || typeof kind !== 'string' || !kinds.includes(kind)) {
      const found = isObject(value) ? `kind ${JSON.stringify(kind ?? null)}` : 'no object';
      throw new CommandError(`${path}:${line}: found ${found}, allowed is ${kinds.join(', ')}`);
    }
    return [{ path, line, object: value as unknown as KubeObject }];
  });
}
