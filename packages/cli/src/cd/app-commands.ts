import type { Application } from '@argosy/api/cd';
import { parseYamlDocuments } from '@argosy/lang/yaml';
import { connectionFlags, REMOTE_ERROR_EXIT_CODE, withClient, type RestClient } from '../client/index.ts';
import { CommandError, type Command, type Flag, type Invocation } from '../command/index.ts';
import { formatValue } from '../print/index.ts';
import { actionsCommand } from './action-commands.ts';
import { createApp, deleteApp, findApp, getApp, listApps, parseAppName, syncApp } from './app-client.ts';
import { applicationFromFlags, specFlags } from './app-flags.ts';
import { appListTable, appSummary, operationSummary, qualifiedName, resourceTable } from './app-text.ts';
import { waitForApp, type WaitFor } from './app-wait.ts';

const output = (words: string): Flag => ({
  name: 'output',
  short: 'o',
  type: 'string',
  description: `output format: ${words}`,
  defaultValue: 'wide',
});
const namespaceFlag: Flag = {
  name: 'app-namespace',
  short: 'N',
  type: 'string',
  description: 'namespace of the application',
};
const timeoutFlag: Flag = {
  name: 'timeout',
  type: 'integer',
  description: 'give up after this many seconds (0 waits for ever)',
  defaultValue: '0',
};
const anyArgs = { least: 1, most: 1000 };

function formatOf(invocation: Invocation, allowed: readonly string[]): string {
  const format = invocation.flags.text('output');
  if (allowed.includes(format)) return format;
  throw new CommandError(`--output: found ${JSON.stringify(format)}, allowed are ${allowed.join(', ')}`);
}

const nameOf = (invocation: Invocation, text: string): ReturnType<typeof parseAppName> =>
  parseAppName(text, invocation.flags.text('app-namespace'));

async function applicationFromFile(invocation: Invocation, path: string): Promise<Application> {
  const text = path === '-' ? await invocation.terminal.readInput() : await invocation.terminal.readFile(path);
  const documents = parseYamlDocuments(text, { uniqueKeys: true });
  if (!documents.ok) {
    const { message, line, column } = documents.error;
    throw new CommandError(`${path}:${line}:${column}: ${message}`);
  }
  const [first] = documents.value;
  const value = first?.value as Application | null | undefined;
  if (value?.kind !== 'Application') throw new CommandError(`${path} holds no Application`);
  return value;
}

async function runCreate(invocation: Invocation): Promise<number> {
  const { args, flags, terminal } = invocation;
  const file = flags.text('file');
  const name = args[0];
  if (file === '' && name === undefined) throw new CommandError('give a name, or a manifest with --file');
  const base = file === '' ? applicationFromFlags(name ?? '', flags) : await applicationFromFile(invocation, file);
  const namespace = flags.text('app-namespace');
  const app = namespace === '' ? base : { ...base, metadata: { ...base.metadata, namespace } };
  return withClient(invocation, async (client) => {
    const before = await findApp(client, nameOf(invocation, app.metadata.name));
    const stored = await createApp(client, app, flags.boolean('upsert'));
    const same = before?.metadata.resourceVersion === stored.metadata.resourceVersion;
    const verb = before === undefined ? 'created' : same ? 'unchanged' : 'updated';
    terminal.out(`application '${qualifiedName(stored)}' ${verb}\n`);
    return 0;
  });
}

async function runList(invocation: Invocation): Promise<number> {
  const format = formatOf(invocation, ['wide', 'json', 'yaml', 'name', '']);
  const { flags, terminal } = invocation;
  const selector = flags.text('selector');
  const query = { projects: flags.list('project'), ...(selector === '' ? {} : { selector }) };
  const apps = await withClient(invocation, (client) => listApps(client, query));
  if (format === 'json' || format === 'yaml') terminal.out(formatValue(apps, format));
  else if (format === 'name') terminal.out(apps.map((app) => `${qualifiedName(app)}\n`).join(''));
  else terminal.out(appListTable(apps, flags.given('output')));
  return 0;
}

/** Where a browser finds the application. */
function appUrl(client: RestClient, app: Application): string {
  return `${client.url}/applications/${qualifiedName(app)}`;
}

async function runGet(invocation: Invocation): Promise<number> {
  const format = formatOf(invocation, ['wide', 'json', 'yaml']);
  const { flags, terminal } = invocation;
  const refresh = flags.boolean('hard-refresh') ? 'hard' : flags.boolean('refresh') ? 'normal' : undefined;
  return withClient(invocation, async (client) => {
    const app = await getApp(client, nameOf(invocation, invocation.args[0] ?? ''), refresh);
    if (format === 'json' || format === 'yaml') terminal.out(formatValue(app, format));
    else {
      const operation = flags.boolean('show-operation') ? `\n${operationSummary(app)}` : '';
      terminal.out(`${appSummary(app, appUrl(client, app))}${operation}\n${resourceTable(app)}`);
    }
    return 0;
  });
}

function parseResource(text: string): object {
  const [group = '', kind = '', rest = ''] = text.split(':');
  const [first = '', second] = rest.split('/');
  if (kind === '' || first === '') {
    throw new CommandError(`--resource: found ${JSON.stringify(text)}, the form is GROUP:KIND:[NAMESPACE/]NAME`);
  }
  return { group, kind, ...(second === undefined ? { name: first } : { namespace: first, name: second }) };
}

function syncBody(invocation: Invocation): object {
  const { flags } = invocation;
  const resources = flags.list('resource').map(parseResource);
  const force = flags.boolean('force') ? { force: true } : {};
  const strategy = flags.text('strategy') === 'apply' ? { apply: force } : { hook: force };
  const syncOptions = [
    ...(flags.boolean('replace') ? ['Replace=true'] : []),
    ...(flags.boolean('server-side') ? ['ServerSideApply=true'] : []),
    ...(flags.boolean('apply-out-of-sync-only') ? ['ApplyOutOfSyncOnly=true'] : []),
  ];
  return {
    revision: flags.text('revision'),
    prune: flags.boolean('prune'),
    dryRun: flags.boolean('dry-run'),
    strategy,
    ...(resources.length === 0 ? {} : { resources }),
    ...(syncOptions.length === 0 ? {} : { syncOptions: { items: syncOptions } }),
  };
}

function judgeOperation(app: Application | undefined): number {
  const phase = app?.status?.operationState?.phase ?? 'Unknown';
  if (phase !== 'Succeeded') throw new CommandError(`Operation has completed with phase: ${phase}`);
  const left = (app?.status?.resources ?? []).filter((item) => item.requiresPruning === true).length;
  if (left > 0) throw new CommandError(`${left} resources require pruning`);
  return 0;
}

async function runSync(invocation: Invocation): Promise<number> {
  const { flags, terminal } = invocation;
  const wanted: WaitFor = { synced: false, healths: [], operation: true, deleted: false };
  return withClient(invocation, async (client) => {
    for (const text of invocation.args) {
      const app = nameOf(invocation, text);
      await syncApp(client, app, syncBody(invocation));
      if (flags.boolean('async')) continue;
      const timeoutMs = flags.integer('timeout') * 1000;
      const quiet = flags.text('output') !== 'wide';
      const end = await waitForApp({ client, app, wanted, terminal, timeoutMs, quiet });
      if (end !== undefined && quiet) terminal.out(formatValue(end, flags.text('output') === 'yaml' ? 'yaml' : 'json'));
      else if (end !== undefined)
        terminal.out(`\n${appSummary(end, appUrl(client, end))}\n${operationSummary(end)}\n${resourceTable(end)}`);
      judgeOperation(end);
    }
    return 0;
  });
}

function waitedFor(invocation: Invocation): WaitFor {
  const { flags } = invocation;
  const healths = [
    ...(flags.boolean('health') ? ['Healthy'] : []),
    ...(flags.boolean('suspended') ? ['Suspended'] : []),
    ...(flags.boolean('degraded') ? ['Degraded'] : []),
  ];
  const deleted = flags.boolean('delete');
  const asked = { synced: flags.boolean('sync'), healths, operation: flags.boolean('operation'), deleted };
  const nothing = !asked.synced && healths.length === 0 && !asked.operation && !deleted;
  return nothing ? { synced: true, healths: ['Healthy'], operation: true, deleted: false } : asked;
}

async function runWait(invocation: Invocation): Promise<number> {
  const { flags, terminal } = invocation;
  const wanted = waitedFor(invocation);
  return withClient(invocation, async (client) => {
    for (const text of invocation.args) {
      const app = nameOf(invocation, text);
      const found = await findApp(client, app);
      if (found === undefined && wanted.deleted) continue;
      if (found === undefined) throw new CommandError(`application '${text}' not found`, REMOTE_ERROR_EXIT_CODE);
      const timeoutMs = flags.integer('timeout') * 1000;
      const quiet = flags.text('output') !== 'wide';
      const end = await waitForApp({ client, app, wanted, terminal, timeoutMs, quiet });
      if (end !== undefined && !quiet) terminal.out(`\n${appSummary(end, appUrl(client, end))}\n${resourceTable(end)}`);
      if (end !== undefined && quiet) terminal.out(formatValue(end, flags.text('output') === 'yaml' ? 'yaml' : 'json'));
    }
    return 0;
  });
}

async function runDelete(invocation: Invocation): Promise<number> {
  const { flags, terminal } = invocation;
  if (terminal.interactive && !flags.boolean('yes')) {
    terminal.out(
      `Delete ${invocation.args.join(', ')}${flags.boolean('cascade') ? ' and everything deployed' : ''}? [y/N] `,
    );
    const answer = (await terminal.readInput()).trim().toLowerCase();
    if (answer !== 'y' && answer !== 'yes') throw new CommandError('nothing was deleted');
  }
  const policy = flags.text('propagation-policy');
  const wanted: WaitFor = { synced: false, healths: [], operation: false, deleted: true };
  return withClient(invocation, async (client) => {
    for (const text of invocation.args) {
      const app = nameOf(invocation, text);
      await deleteApp(client, app, {
        cascade: flags.boolean('cascade'),
        ...(policy === '' ? {} : { propagationPolicy: policy }),
      });
      if (flags.boolean('wait')) await waitForApp({ client, app, wanted, terminal, timeoutMs: 0, quiet: true });
      terminal.out(`application '${text}' deleted\n`);
    }
    return 0;
  });
}

const boolean = (name: string, description: string): Flag => ({ name, type: 'boolean', description });

/** `app`: applications, with upstream's commands and flags. */
export const appCommand: Command = {
  name: 'app',
  summary: 'Manage applications',
  example:
    'argosy cd app create guestbook --repo https://example.com/repo.git --path app --dest-namespace demo --sync-policy auto\nargosy cd app wait guestbook --health --timeout 60',
  flags: [...connectionFlags, namespaceFlag],
  children: [
    actionsCommand,
    {
      name: 'create',
      usage: 'APPNAME [flags]',
      summary: 'Create an application',
      example:
        'argosy cd app create web --repo file:///srv/git/web --path . --dest-namespace web\nargosy cd app create -f application.yaml --upsert',
      flags: [
        ...specFlags,
        {
          name: 'file',
          short: 'f',
          type: 'string',
          description: 'manifest with the Application (- reads standard input)',
        },
        boolean('upsert', 'replace an application of the same name'),
      ],
      args: { least: 0, most: 1 },
      run: runCreate,
    },
    {
      name: 'list',
      aliases: ['ls'],
      summary: 'List applications',
      example: 'argosy cd app list\nargosy cd app list -o json | jq -r .[].metadata.name',
      flags: [
        output('wide, json, yaml, name'),
        { name: 'project', short: 'p', type: 'strings', description: 'only of these projects' },
        { name: 'selector', short: 'l', type: 'string', description: 'only with these labels' },
      ],
      args: { least: 0, most: 0 },
      run: runList,
    },
    {
      name: 'get',
      usage: 'APPNAME [flags]',
      summary: 'Show an application and its resources',
      example: 'argosy cd app get guestbook --refresh',
      flags: [
        output('wide, json, yaml'),
        boolean('refresh', 'compare with the source first'),
        boolean('hard-refresh', 'also forget cached manifests first'),
        boolean('show-operation', 'show the last operation'),
      ],
      args: { least: 1, most: 1 },
      run: runGet,
    },
    {
      name: 'sync',
      usage: 'APPNAME… [flags]',
      summary: 'Make the cluster equal to the source',
      example: 'argosy cd app sync guestbook --prune',
      flags: [
        output('wide, json, yaml'),
        { name: 'revision', type: 'string', description: 'sync to this revision instead' },
        boolean('prune', 'delete what has left the source'),
        boolean('dry-run', 'only try it'),
        boolean('force', 'delete and create again what cannot be changed'),
        boolean('replace', 'replace instead of apply'),
        boolean('server-side', 'use server-side apply'),
        boolean('apply-out-of-sync-only', 'leave alone what is in sync'),
        boolean('async', 'do not wait for the end'),
        { name: 'strategy', type: 'string', description: 'apply or hook', defaultValue: 'hook' },
        { name: 'resource', type: 'texts', description: 'only GROUP:KIND:[NAMESPACE/]NAME (repeatable)' },
        timeoutFlag,
      ],
      args: anyArgs,
      run: runSync,
    },
    {
      name: 'wait',
      usage: 'APPNAME… [flags]',
      summary: 'Wait until applications are synced and healthy',
      example: 'argosy cd app wait guestbook --sync --timeout 120',
      flags: [
        output('wide, json, yaml'),
        boolean('sync', 'wait for Synced'),
        boolean('health', 'wait for Healthy'),
        boolean('suspended', 'wait for Suspended'),
        boolean('degraded', 'wait for Degraded'),
        boolean('operation', 'wait for the running operation to end'),
        boolean('delete', 'wait for the application to be gone'),
        timeoutFlag,
      ],
      args: anyArgs,
      run: runWait,
    },
    {
      name: 'delete',
      usage: 'APPNAME… [flags]',
      summary: 'Delete applications',
      example: 'argosy cd app delete guestbook --cascade=false',
      flags: [
        { name: 'cascade', type: 'boolean', description: 'delete what was deployed, too', defaultValue: 'true' },
        { name: 'propagation-policy', short: 'p', type: 'string', description: 'foreground, background or orphan' },
        { name: 'yes', short: 'y', type: 'boolean', description: 'do not ask' },
        boolean('wait', 'wait until it is gone'),
      ],
      args: anyArgs,
      run: runDelete,
    },
  ],
};
