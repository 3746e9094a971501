import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CommandError, type Command, type Invocation } from '@argosy/cli';
import { formatYaml, parseYaml } from '@argosy/lang/yaml';
import { isObject } from '@argosy/std';
import { absolute, dataDirectoryOf, dataFlag } from './place.ts';

type Config = { readonly [field: string]: unknown };

const LISTS = ['clusters', 'users', 'contexts'] as const;

function read(text: string, path: string): Config {
  const parsed = parseYaml(text);
  const value = parsed.ok ? parsed.value : undefined;
  if (text.trim() === '') return {};
  if (!isObject(value)) throw new CommandError(`${path} is not a kubeconfig; it was left as it is`);
  return value;
}

function named(value: unknown): readonly Config[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

/** One kubeconfig with the entries of another in place of those of the same names. */
export function mergeKubeconfig(base: Config, added: Config): Config {
  const lists = LISTS.map((list) => {
    const fresh = named(added[list]);
    const names = new Set(fresh.map(({ name }) => name));
    return [list, [...named(base[list]).filter(({ name }) => !names.has(name)), ...fresh]];
  });
  return {
    apiVersion: 'v1',
    kind: 'Config',
    ...base,
    ...Object.fromEntries(lists),
    'current-context': added['current-context'] ?? base['current-context'] ?? '',
  };
}

async function merge(path: string, own: string): Promise<void> {
  const before = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw new CommandError(`${path} cannot be read: ${error.message}`);
  });
  const merged = mergeKubeconfig(read(before, path), read(own, 'the kubeconfig'));
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const temporary = `${path}.${process.pid}`;
  await writeFile(temporary, formatYaml(merged), { mode: 0o600 });
  await rename(temporary, path);
}

function mergeTarget(invocation: Invocation): string {
  const { env } = invocation.terminal;
  const [first = ''] = (env['KUBECONFIG'] ?? '').split(':');
  const given = invocation.args[0] ?? first;
  return absolute(given === '' ? join(env['HOME'] ?? '.', '.kube', 'config') : given);
}

async function run(invocation: Invocation): Promise<number> {
  const source = join(dataDirectoryOf(invocation), 'kubeconfig');
  const text = await readFile(source, 'utf8').catch(() => {
    throw new CommandError(`${source} is not there; start the cluster once with argosy up`);
  });
  if (!invocation.flags.boolean('merge')) {
    invocation.terminal.out(text);
    return 0;
  }
  const target = mergeTarget(invocation);
  await merge(target, text);
  invocation.terminal.out(`merged into ${target}; its current context is argosy\n`);
  return 0;
}

/** `argosy cluster kubeconfig`. */
export const kubeconfigCommand: Command = {
  name: 'kubeconfig',
  usage: 'kubeconfig [FILE]',
  summary: 'Print the kubeconfig, or merge it into another',
  description: `Prints the administrator's kubeconfig, which is a secret. With --merge its cluster, user and context go
into FILE, else the first file of $KUBECONFIG, else ~/.kube/config; what else is there stays.`,
  example: `argosy cluster kubeconfig > kubeconfig
argosy cluster kubeconfig --merge`,
  flags: [
    dataFlag,
    { name: 'merge', type: 'boolean', description: 'merge into a kubeconfig and make it the current context' },
  ],
  args: { least: 0, most: 1 },
  run,
};
