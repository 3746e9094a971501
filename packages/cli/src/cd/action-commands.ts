import { withClient, type RestClient } from '../client/index.ts';
import { CommandError, type Command, type Flag, type Invocation } from '../command/index.ts';
import { formatTable, formatValue } from '../print/index.ts';
import {
  listManaged,
  parseAppName,
  resourceActions,
  runResourceAction,
  type AppName,
  type ManagedResource,
} from './app-client.ts';

const text = (name: string, description: string): Flag => ({ name, type: 'string', description });

const selectors: readonly Flag[] = [
  text('kind', 'kind of the resources'),
  text('group', 'API group of the resources'),
  text('namespace', 'namespace of the resources'),
  text('resource-name', 'name of the resource'),
];

const appOf = ({ args, flags }: Invocation): AppName => parseAppName(args[0] ?? '', flags.text('app-namespace'));

/** The live resources that the flags select. */
async function selected(client: RestClient, invocation: Invocation): Promise<readonly ManagedResource[]> {
  const { flags } = invocation;
  const fits = (flag: string, value: string): boolean => flags.text(flag) === '' || flags.text(flag) === value;
  const resources = await listManaged(client, appOf(invocation));
  return resources.filter(
    ({ group, kind, namespace, name, live }) =>
      live && fits('kind', kind) && fits('group', group) && fits('namespace', namespace) && fits('resource-name', name),
  );
}

async function runList(invocation: Invocation): Promise<number> {
  const format = invocation.flags.text('output');
  if (!['', 'wide', 'json', 'yaml'].includes(format)) {
    throw new CommandError(`--output: found ${JSON.stringify(format)}, allowed are wide, json, yaml`);
  }
  return withClient(invocation, async (client) => {
    const rows: { group: string; kind: string; name: string; action: string; disabled: boolean }[] = [];
    for (const resource of await selected(client, invocation)) {
      const { group, kind, name } = resource;
      for (const offer of await resourceActions(client, appOf(invocation), resource)) {
        rows.push({ group, kind, name, action: offer.name, disabled: offer.disabled });
      }
    }
    if (format === 'json' || format === 'yaml') invocation.terminal.out(formatValue(rows, format));
    else {
      const head = ['GROUP', 'KIND', 'NAME', 'ACTION', 'DISABLED'];
      const body = rows.map((row) => [row.group, row.kind, row.name, row.action, String(row.disabled)]);
      invocation.terminal.out(formatTable([head, ...body]));
    }
    return 0;
  });
}

function paramsOf(invocation: Invocation): readonly { readonly name: string; readonly value: string }[] {
  return invocation.flags.list('param').map((item) => {
    const cut = item.indexOf('=');
    if (cut <= 0) throw new CommandError(`--param: found ${JSON.stringify(item)}, the form is NAME=VALUE`);
    return { name: item.slice(0, cut), value: item.slice(cut + 1) };
  });
}

async function runRun(invocation: Invocation): Promise<number> {
  const action = invocation.args[1] ?? '';
  if (invocation.flags.text('kind') === '') throw new CommandError('--kind is required');
  const parameters = paramsOf(invocation);
  return withClient(invocation, async (client) => {
    const resources = await selected(client, invocation);
    if (resources.length === 0) throw new CommandError('no live resource matches');
    if (resources.length > 1 && !invocation.flags.boolean('all')) {
      const names = resources.map(({ name }) => name).join(', ');
      throw new CommandError(
        `${resources.length} resources match (${names}): name one with --resource-name, or give --all`,
      );
    }
    for (const resource of resources)
      await runResourceAction(client, appOf(invocation), { ...resource, action, parameters });
    return 0;
  });
}

/** `app actions`: what can be done to the resources of an application, with upstream's commands and flags. */
export const actionsCommand: Command = {
  name: 'actions',
  summary: 'List and run actions of resources',
  example:
    'argosy cd app actions list web --kind Deployment\nargosy cd app actions run web restart --kind Deployment --resource-name web',
  children: [
    {
      name: 'list',
      usage: 'APPNAME [flags]',
      summary: 'List what can be done to resources',
      example: 'argosy cd app actions list web',
      flags: [...selectors, { ...text('output', 'output format: wide, json, yaml'), short: 'o', defaultValue: 'wide' }],
      args: { least: 1, most: 1 },
      run: runList,
    },
    {
      name: 'run',
      usage: 'APPNAME ACTION [flags]',
      summary: 'Run an action on one resource, or with --all on every one that matches',
      example: 'argosy cd app actions run web scale --kind Deployment --param replicas=3',
      flags: [
        ...selectors,
        { name: 'all', type: 'boolean', description: 'run it on every resource that matches' },
        { name: 'param', type: 'texts', description: 'a parameter of the action, NAME=VALUE (repeatable)' },
      ],
      args: { least: 2, most: 2 },
      run: runRun,
    },
  ],
};
