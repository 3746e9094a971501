import { instant, isObject, type Result } from '@argosy/std';
import {
  healthOf,
  listActions,
  readResourceSettings,
  runAction,
  type ActionImpact,
  type ReadSettings,
  type ResourceSettings,
} from '@argosy/cd/engine';
import { createTwoWayMergePatch } from '@argosy/kube/merge';
import { gvkOf, type KubeObject } from '@argosy/kube/meta';
import { CommandError, type Command, type Flag, type Invocation } from '../command/index.ts';
import { formatTable, formatValue } from '../print/index.ts';
import { readManifestFile } from './manifest-file.ts';

const now = (): ReturnType<typeof instant> => instant(Date.now());

/** The flag that names a file with the ConfigMap `argocd-cm`. */
export const settingsFlag: Flag = {
  name: 'argocd-cm-path',
  type: 'string',
  description: 'file with the ConfigMap argocd-cm; without it nothing is set',
};

/** Settings from the data of `argocd-cm`, and what is wrong with them. */
export function settingsIn(data: unknown): ReadSettings {
  const entries = isObject(data) ? Object.entries(data) : [];
  const texts = entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  return readResourceSettings(Object.fromEntries(texts), now);
}

/** Settings from the file that the flag names; one that cannot be used is an error. */
export async function readSettings({ flags, terminal }: Invocation): Promise<ResourceSettings> {
  const path = flags.text('argocd-cm-path');
  const [found] = path === '' ? [] : await readManifestFile(terminal, path);
  const { settings, problems } = settingsIn(found?.['data']);
  if (problems.length > 0) throw new CommandError(`argocd-cm: ${problems.join('; ')}`);
  return settings;
}

async function readObject({ args, terminal }: Invocation): Promise<KubeObject> {
  const [object] = await readManifestFile(terminal, args[0] ?? '');
  if (object === undefined) throw new CommandError(`${args[0] ?? ''} holds no resource`);
  return object;
}

function valueOf<T>(result: Result<T, string>): T {
  if (result.ok) return result.value;
  throw new CommandError(result.error);
}

async function runHealth(invocation: Invocation): Promise<number> {
  const object = await readObject(invocation);
  const health = healthOf(object, (await readSettings(invocation)).health);
  const { group, kind } = gvkOf(object);
  if (health === undefined) invocation.terminal.out(`Health script is not configured for '${group}/${kind}'\n`);
  else if (health.error !== undefined) throw new CommandError(health.error);
  else invocation.terminal.out(`STATUS: ${health.status}\nMESSAGE: ${health.message ?? ''}\n`);
  return 0;
}

async function runListActions(invocation: Invocation): Promise<number> {
  const object = await readObject(invocation);
  const offers = valueOf(listActions(object, await readSettings(invocation), now()));
  const rows = offers.map(({ name, disabled }) => [name, String(disabled)]);
  invocation.terminal.out(formatTable([['NAME', 'DISABLED'], ...rows]));
  return 0;
}

function impactText(action: string, object: KubeObject, impact: ActionImpact): string {
  if (impact.operation === 'create') return `Following resource was created:\n${formatValue(impact.object, 'yaml')}\n`;
  const patch = createTwoWayMergePatch(undefined, object, impact.object);
  const changed = isObject(patch) && Object.keys(patch).length > 0;
  if (!changed) return `No fields had been changed by action: \n${action}\n`;
  return `Following fields have been changed:\n\n${formatValue(patch, 'yaml')}\n`;
}

function paramsIn(items: readonly string[]): { readonly [name: string]: string } {
  const pairs = items.map((item) => {
    const cut = item.indexOf('=');
    if (cut <= 0) throw new CommandError(`--param: found ${JSON.stringify(item)}, the form is NAME=VALUE`);
    return [item.slice(0, cut), item.slice(cut + 1)] as const;
  });
  return Object.fromEntries(pairs);
}

async function runRunAction(invocation: Invocation): Promise<number> {
  const object = await readObject(invocation);
  const action = invocation.args[1] ?? '';
  const params = paramsIn(invocation.flags.list('param'));
  const settings = await readSettings(invocation);
  for (const impact of valueOf(runAction(action, { object, params, now: now() }, settings))) {
    invocation.terminal.out(impactText(action, object, impact));
  }
  return 0;
}

const file = { least: 1, most: 1 };

/** `admin settings resource-overrides`: what settings make of a resource, without a cluster, as upstream's commands. */
export const adminCommand: Command = {
  name: 'admin',
  summary: 'Try settings without a cluster',
  children: [
    {
      name: 'settings',
      summary: 'Try the settings of argocd-cm',
      children: [
        {
          name: 'resource-overrides',
          summary: 'Try health scripts and actions on a resource',
          flags: [settingsFlag],
          children: [
            {
              name: 'health',
              usage: 'RESOURCE_YAML_PATH [flags]',
              summary: 'Judge the health of a resource',
              example: 'argosy cd admin settings resource-overrides health widget.yaml --argocd-cm-path argocd-cm.yaml',
              args: file,
              run: runHealth,
            },
            {
              name: 'list-actions',
              aliases: ['action-list'],
              usage: 'RESOURCE_YAML_PATH [flags]',
              summary: 'List the actions of a resource',
              example: 'argosy cd admin settings resource-overrides list-actions deployment.yaml',
              args: file,
              run: runListActions,
            },
            {
              name: 'run-action',
              aliases: ['action'],
              usage: 'RESOURCE_YAML_PATH ACTION [flags]',
              summary: 'Run an action and show what it would change',
              example: 'argosy cd admin settings resource-overrides run-action deployment.yaml restart',
              flags: [
                { name: 'param', type: 'texts', description: 'a parameter of the action, NAME=VALUE (repeatable)' },
              ],
              args: { least: 2, most: 2 },
              run: runRunAction,
            },
          ],
        },
      ],
    },
  ],
};
