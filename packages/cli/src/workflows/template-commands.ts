import type { CronWorkflow } from '@argosy/api/workflows';
import type { KubeObject } from '@argosy/kube/meta';
import { systemTimeZones } from '@argosy/kube/runtime';
import { nextFire, parseCron } from '@argosy/lang/cron';
import { instant, isObject, parseTime, type Instant } from '@argosy/std';
import { withClient, type RestClient } from '../client/index.ts';
import type { Command, Flag, Invocation } from '../command/index.ts';
import { formatTable, formatValue, shortDuration } from '../print/index.ts';
import { readManifests } from './manifests.ts';
import { namespaceOf } from './workflow-commands.ts';

interface Family {
  readonly command: string;
  readonly aliases: readonly string[];
  readonly kind: string;
  /** The first part of its paths. */
  readonly path: string;
  readonly isNamespaced: boolean;
  readonly member: string;
}

const anyArgs = { least: 1, most: 1000 };
const formatFlag: Flag = {
  name: 'output',
  short: 'o',
  type: 'string',
  description: 'output format: name, json or yaml',
};
const allFlag: Flag = { name: 'all-namespaces', short: 'A', type: 'boolean', description: 'of every namespace' };
const selectorFlag: Flag = {
  name: 'selector',
  short: 'l',
  type: 'string',
  description: 'only those with these labels',
};

function pathOf(family: Family, namespace: string, name = ''): string {
  const parts = [family.path, ...(family.isNamespaced ? [namespace] : []), ...(name === '' ? [] : [name])];
  return `/api/v1/${parts.map(encodeURIComponent).join('/')}`;
}

function show(invocation: Invocation, family: Family, object: KubeObject): void {
  const format = invocation.flags.text('output');
  const { name, namespace = '', creationTimestamp = '' } = object.metadata;
  if (format === 'json' || format === 'yaml') invocation.terminal.out(formatValue(object, format));
  else if (format === 'name') invocation.terminal.out(`${name}\n`);
  else {
    const lines = [
      ['Name:', name],
      ...(family.isNamespaced ? [['Namespace:', namespace]] : []),
      ['Created:', creationTimestamp ?? ''],
    ];
    invocation.terminal.out(lines.map(([label = '', value = '']) => `${label.padEnd(20)} ${value}\n`).join(''));
  }
}

async function eachManifest(
  invocation: Invocation,
  family: Family,
  work: (client: RestClient, given: { readonly object: KubeObject; readonly namespace: string }) => Promise<void>,
): Promise<number> {
  const read = invocation.args.map((path) => readManifests(invocation, path, [family.kind]));
  const manifests = (await Promise.all(read)).flat();
  return withClient(invocation, async (client) => {
    for (const { object } of manifests) {
      const given = invocation.flags.given('namespace') ? undefined : object.metadata.namespace;
      await work(client, { object, namespace: given ?? namespaceOf(invocation) });
    }
    return 0;
  });
}

function createCommand(family: Family): Command {
  return {
    name: 'create',
    usage: 'FILE… [flags]',
    summary: `Create ${family.kind}s`,
    flags: [formatFlag],
    args: anyArgs,
    run: (invocation) =>
      eachManifest(invocation, family, async (client, { object, namespace }) => {
        const body = { namespace, [family.member]: object };
        const made = await client.call({ method: 'POST', path: pathOf(family, namespace), body });
        show(invocation, family, made as KubeObject);
      }),
  };
}

function updateCommand(family: Family): Command {
  return {
    name: 'update',
    usage: 'FILE… [flags]',
    summary: `Replace ${family.kind}s`,
    flags: [formatFlag],
    args: anyArgs,
    run: (invocation) =>
      eachManifest(invocation, family, async (client, { object, namespace }) => {
        const path = pathOf(family, namespace, object.metadata.name);
        const before = (await client.call({ method: 'GET', path })) as KubeObject;
        const { resourceVersion } = before.metadata;
        const next = { ...object, metadata: { ...object.metadata, resourceVersion } };
        const made = await client.call({ method: 'PUT', path, body: { namespace, [family.member]: next } });
        show(invocation, family, made as KubeObject);
      }),
  };
}

function lintCommand(family: Family): Command {
  return {
    name: 'lint',
    usage: 'FILE… [flags]',
    summary: `Check ${family.kind}s without creating them`,
    args: anyArgs,
    run: (invocation) =>
      eachManifest(invocation, family, async (client, { object, namespace }) => {
        const path = `${pathOf(family, namespace)}/lint`;
        await client.call({ method: 'POST', path, body: { namespace, [family.member]: object } });
        invocation.terminal.out(`${object.metadata.name} (${family.kind}): no linting errors found\n`);
      }),
  };
}

function nextRun(cron: CronWorkflow, now: Instant): Instant | undefined {
  const zone = systemTimeZones(cron.spec.timezone ?? 'UTC');
  const times = (cron.spec.schedules ?? []).flatMap((text) => {
    const schedule = parseCron(text, { zones: systemTimeZones });
    const at = schedule.ok ? nextFire(schedule.value, now, zone) : undefined;
    return at === undefined ? [] : [at];
  });
  return times.length === 0 ? undefined : instant(Math.min(...times));
}

const CRON_TITLES = ['NAME', 'AGE', 'LAST RUN', 'NEXT RUN', 'SCHEDULES', 'TIMEZONE', 'SUSPENDED'];

function cronRow(object: KubeObject, now: Instant): readonly string[] {
  const cron = object as CronWorkflow;
  const since = (text: string | null | undefined): string => {
    const at = parseTime(text ?? '');
    return at === undefined ? 'N/A' : shortDuration(now - at);
  };
  const next = nextRun(cron, now);
  return [
    cron.metadata.name,
    since(cron.metadata.creationTimestamp),
    since(cron.status?.lastScheduledTime),
    next === undefined ? 'N/A' : shortDuration(next - now),
    (cron.spec.schedules ?? []).join(','),
    cron.spec.timezone ?? '',
    String(cron.spec.suspend === true),
  ];
}

function table(family: Family, items: readonly KubeObject[], all: boolean): string {
  // The command line is an edge: here the clock of the machine may be read.
  const now = instant(Date.now());
  const isCron = family.kind === 'CronWorkflow';
  const titles = isCron ? CRON_TITLES : ['NAME'];
  const rows = items.map((item) => [
    ...(all ? [item.metadata.namespace ?? ''] : []),
    ...(isCron ? cronRow(item, now) : [item.metadata.name]),
  ]);
  return formatTable([[...(all ? ['NAMESPACE'] : []), ...titles], ...rows], 3);
}

async function listAll(invocation: Invocation, client: RestClient, family: Family): Promise<readonly KubeObject[]> {
  const all = family.isNamespaced && invocation.flags.boolean('all-namespaces');
  const selector = invocation.flags.text('selector');
  const path = all ? `${pathOf(family, '')}` : pathOf(family, namespaceOf(invocation));
  const query = selector === '' ? {} : { 'listOptions.labelSelector': selector };
  const answer = await client.call({ method: 'GET', path, query });
  const items = isObject(answer) ? answer['items'] : undefined;
  return Array.isArray(items) ? (items as readonly KubeObject[]) : [];
}

function listCommand(family: Family): Command {
  return {
    name: 'list',
    summary: `List ${family.kind}s`,
    flags: [formatFlag, selectorFlag, ...(family.isNamespaced ? [allFlag] : [])],
    args: { least: 0, most: 0 },
    run: (invocation) =>
      withClient(invocation, async (client) => {
        const items = await listAll(invocation, client, family);
        const format = invocation.flags.text('output');
        const all = family.isNamespaced && invocation.flags.boolean('all-namespaces');
        if (format === 'json' || format === 'yaml') invocation.terminal.out(formatValue(items, format));
        else if (format === 'name') invocation.terminal.out(items.map((item) => `${item.metadata.name}\n`).join(''));
        else invocation.terminal.out(table(family, items, all));
        return 0;
      }),
  };
}

function getCommand(family: Family): Command {
  return {
    name: 'get',
    usage: 'NAME… [flags]',
    summary: `Show ${family.kind}s`,
    flags: [formatFlag],
    args: anyArgs,
    run: (invocation) =>
      withClient(invocation, async (client) => {
        for (const name of invocation.args) {
          const path = pathOf(family, namespaceOf(invocation), name);
          show(invocation, family, (await client.call({ method: 'GET', path })) as KubeObject);
        }
        return 0;
      }),
  };
}

function deleteCommand(family: Family): Command {
  return {
    name: 'delete',
    usage: 'NAME… [flags]',
    summary: `Delete ${family.kind}s`,
    flags: [{ name: 'all', type: 'boolean', description: 'all of the namespace' }, selectorFlag],
    run: (invocation) =>
      withClient(invocation, async (client) => {
        const { flags, args, terminal } = invocation;
        const scoped = { ...invocation, flags: { ...flags, boolean: () => false } };
        const listed = flags.boolean('all') ? await listAll(scoped, client, family) : [];
        for (const name of [...args, ...listed.map((item) => item.metadata.name)]) {
          await client.call({ method: 'DELETE', path: pathOf(family, namespaceOf(invocation), name) });
          terminal.out(`${family.kind} '${name}' deleted\n`);
        }
        return 0;
      }),
  };
}

function holdCommand(family: Family, verb: 'suspend' | 'resume'): Command {
  return {
    name: verb,
    usage: 'NAME… [flags]',
    summary: verb === 'suspend' ? 'Run nothing more for now' : 'Run again by the clock',
    args: anyArgs,
    run: (invocation) =>
      withClient(invocation, async (client) => {
        for (const name of invocation.args) {
          const path = `${pathOf(family, namespaceOf(invocation), name)}/${verb}`;
          await client.call({ method: 'PUT', path, body: {} });
          invocation.terminal.out(`${family.kind} '${name}' ${verb === 'suspend' ? 'suspended' : 'resumed'}\n`);
        }
        return 0;
      }),
  };
}

function groupOf(family: Family): Command {
  const makers = [createCommand, updateCommand, lintCommand, listCommand, getCommand, deleteCommand];
  const children = makers.map((make) => make(family));
  const held = family.kind === 'CronWorkflow' ? [holdCommand(family, 'suspend'), holdCommand(family, 'resume')] : [];
  return {
    name: family.command,
    aliases: family.aliases,
    summary: `Work with ${family.kind}s`,
    children: [...children, ...held],
  };
}

const FAMILIES: readonly Family[] = [
  {
    command: 'template',
    aliases: [],
    kind: 'WorkflowTemplate',
    path: 'workflow-templates',
    isNamespaced: true,
    member: 'template',
  },
  {
    command: 'cluster-template',
    aliases: ['cwftmpl', 'cwft'],
    kind: 'ClusterWorkflowTemplate',
    path: 'cluster-workflow-templates',
    isNamespaced: false,
    member: 'template',
  },
  {
    command: 'cron',
    aliases: [],
    kind: 'CronWorkflow',
    path: 'cron-workflows',
    isNamespaced: true,
    member: 'cronWorkflow',
  },
];

/** The groups `template`, `cluster-template` and `cron`. */
export const templateCommands: readonly Command[] = FAMILIES.map(groupOf);
