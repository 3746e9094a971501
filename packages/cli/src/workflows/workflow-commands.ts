import type { Workflow } from '@argosy/api/workflows';
import { instant, type Instant } from '@argosy/std';
import { connectionFlags, RemoteError, withClient, type RestClient } from '../client/index.ts';
import { CommandError, type Command, type Flag, type Invocation } from '../command/index.ts';
import { formatValue } from '../print/index.ts';
import {
  deleteWorkflow,
  getWorkflow,
  listWorkflows,
  submitFromTemplate,
  submitWorkflow,
  watchWorkflow,
  workflowLogs,
} from './workflow-client.ts';
import { readManifests } from './manifests.ts';
import { isFulfilled, statusText, workflowSummary, workflowTable, workflowTree } from './workflow-text.ts';

const OUTPUTS = ['name', 'json', 'yaml', 'wide', 'short', ''];
/** `-o`. */
export const outputFlag: Flag = {
  name: 'output',
  short: 'o',
  type: 'string',
  description: 'output format: name, json, yaml or wide',
};
const namespaceFlag: Flag = {
  name: 'namespace',
  short: 'n',
  type: 'string',
  description: 'namespace',
  defaultValue: 'default',
  env: 'ARGO_NAMESPACE',
};
const anyArgs = { least: 1, most: 1000 };
const boolean = (name: string, description: string): Flag => ({ name, type: 'boolean', description });

/** The command line is an edge: here the clock of the machine may be read. */
const now = (): Instant => instant(Date.now());

function formatOf(invocation: Invocation): string {
  const format = invocation.flags.text('output');
  if (OUTPUTS.includes(format)) return format;
  throw new CommandError(`--output: found ${JSON.stringify(format)}. One of: name|json|yaml|wide`);
}

/** The namespace that a call is about. */
export const namespaceOf = (invocation: Invocation): string => invocation.flags.text('namespace');

/** Prints a workflow as `-o` says. */
export function print(invocation: Invocation, workflow: Workflow): void {
  const format = formatOf(invocation);
  if (format === 'json' || format === 'yaml') invocation.terminal.out(formatValue(workflow, format));
  else if (format === 'name') invocation.terminal.out(`${workflow.metadata.name}\n`);
  else {
    const podName = (node: { readonly id: string }): string => podNameOf(workflow, node.id);
    invocation.terminal.out(workflowSummary(workflow, now()) + workflowTree(workflow, podName, now()));
  }
}

/** Pod names of format v2: `<workflow>-<template>-<number of the node id>`. */
function podNameOf(workflow: Workflow, nodeId: string): string {
  const node = workflow.status?.nodes?.[nodeId];
  const number = nodeId.slice(workflow.metadata.name.length + 1);
  if (node === undefined || number === '') return workflow.metadata.name;
  return `${workflow.metadata.name}-${node.templateName ?? ''}-${number}`;
}

function parseParameter(text: string): { readonly name: string; readonly value: string } {
  const equals = text.indexOf('=');
  if (equals < 1) throw new CommandError(`expected parameter of the form: NAME=VALUE. Received: ${text}`);
  return { name: text.slice(0, equals), value: text.slice(equals + 1) };
}

/** Given parameters replace those of the same name, in place; new ones go to the end. */
function mergeParameters(workflow: Workflow, texts: readonly string[]): Workflow['spec']['arguments'] {
  const given = new Map(texts.map(parseParameter).map((item) => [item.name, item]));
  const old = workflow.spec.arguments?.parameters ?? [];
  const kept = old.map((item) => ({ ...item, ...given.get(item.name) }));
  const added = [...given.values()].filter((item) => !old.some((existing) => existing.name === item.name));
  return { ...workflow.spec.arguments, parameters: [...kept, ...added] };
}

function withOverrides(workflow: Workflow, invocation: Invocation): Workflow {
  const { flags } = invocation;
  const [name, generateName] = [flags.text('name'), flags.text('generate-name')];
  const { name: _own, ...unnamed } = workflow.metadata;
  const metadata =
    name !== ''
      ? { ...workflow.metadata, name }
      : generateName !== ''
        ? { ...unnamed, generateName }
        : workflow.metadata;
  const parameters = flags.list('parameter');
  const entrypoint = flags.text('entrypoint');
  const serviceAccountName = flags.text('serviceaccount');
  return {
    ...workflow,
    metadata: metadata as Workflow['metadata'],
    spec: {
      ...workflow.spec,
      ...(parameters.length === 0 ? {} : { arguments: mergeParameters(workflow, parameters) ?? {} }),
      ...(entrypoint === '' ? {} : { entrypoint }),
      ...(serviceAccountName === '' ? {} : { serviceAccountName }),
    },
  };
}

async function waitForWorkflow(client: RestClient, workflow: Workflow, signal: AbortSignal): Promise<Workflow> {
  const target = { namespace: workflow.metadata.namespace ?? '', name: workflow.metadata.name };
  for await (const state of watchWorkflow(client, target, signal)) {
    if (state === undefined) throw new CommandError(`workflow ${target.name} was deleted while waiting`);
    if (isFulfilled(state)) return state;
  }
  throw new CommandError(`the server ended the stream before ${target.name} finished`);
}

async function streamLogs(invocation: Invocation, client: RestClient, workflow: Workflow): Promise<void> {
  const target = { namespace: workflow.metadata.namespace ?? '', name: workflow.metadata.name };
  const query = { 'logOptions.container': 'main', 'logOptions.follow': 'true' };
  for await (const { podName, content } of workflowLogs(client, target, {
    query,
    signal: invocation.terminal.signal,
  })) {
    invocation.terminal.out(`${podName}: ${content}\n`);
  }
}

/** Waits, prints or follows the log of a workflow that was just created, as the flags say; true when it did not fail. */
export async function followCreated(invocation: Invocation, client: RestClient, created: Workflow): Promise<boolean> {
  const { flags, terminal } = invocation;
  if (flags.boolean('log')) await streamLogs(invocation, client, created);
  if (!flags.boolean('wait') && !flags.boolean('log')) {
    print(invocation, created);
    return true;
  }
  const final = await waitForWorkflow(client, created, terminal.signal);
  if (!flags.boolean('log')) print(invocation, final);
  return final.status?.phase === 'Succeeded';
}

/** Creates a workflow from `kind/name`. */
async function submitFrom(invocation: Invocation, from: string): Promise<number> {
  const { flags } = invocation;
  const [resourceKind = '', resourceName = ''] = from.split('/');
  if (resourceName === '')
    throw new CommandError(`--from: found '${from}', expected KIND/NAME, e.g. workflowtemplate/x`);
  if (invocation.args.length > 0) throw new CommandError('--from takes no files');
  const optional = (key: string, value: string): object => (value === '' ? {} : { [key]: value });
  const submitOptions = {
    parameters: flags.list('parameter'),
    ...optional('name', flags.text('name')),
    ...optional('generateName', flags.text('generate-name')),
    ...optional('entryPoint', flags.text('entrypoint')),
    ...optional('serviceAccount', flags.text('serviceaccount')),
    ...optional('labels', flags.text('labels')),
  };
  return withClient(invocation, async (client) => {
    const created = await submitFromTemplate(client, namespaceOf(invocation), {
      resourceKind,
      resourceName,
      submitOptions,
    });
    return (await followCreated(invocation, client, created)) ? 0 : 1;
  });
}

async function submitOne(invocation: Invocation, client: RestClient, manifest: Workflow): Promise<boolean> {
  const { flags } = invocation;
  const namespace = flags.given('namespace')
    ? namespaceOf(invocation)
    : (manifest.metadata.namespace ?? namespaceOf(invocation));
  const created = await submitWorkflow(client, namespace, withOverrides(manifest, invocation));
  return followCreated(invocation, client, created);
}

async function runSubmit(invocation: Invocation): Promise<number> {
  const from = invocation.flags.text('from');
  if (from !== '') return submitFrom(invocation, from);
  const read = invocation.args.map((path) => readManifests(invocation, path, ['Workflow']));
  const manifests = (await Promise.all(read)).flat().map((manifest) => manifest.object as Workflow);
  if (manifests.length === 0) throw new CommandError('the files hold no workflow');
  return withClient(invocation, async (client) => {
    let succeeded = true;
    for (const manifest of manifests) succeeded = (await submitOne(invocation, client, manifest)) && succeeded;
    return succeeded ? 0 : 1;
  });
}

async function runList(invocation: Invocation): Promise<number> {
  const format = formatOf(invocation);
  const { flags, terminal } = invocation;
  const all = flags.boolean('all-namespaces');
  const found = await withClient(invocation, (client) =>
    listWorkflows(client, all ? '' : namespaceOf(invocation), flags.text('selector')),
  );
  const statuses = flags.list('status');
  const workflows = found
    .filter((workflow) => statuses.length === 0 || statuses.includes(workflow.status?.phase || 'Pending'))
    .filter((workflow) => !flags.boolean('running') || !isFulfilled(workflow))
    .filter((workflow) => !flags.boolean('completed') || isFulfilled(workflow));
  if (format === 'json' || format === 'yaml') terminal.out(formatValue(workflows, format));
  else if (format === 'name') terminal.out(workflows.map((workflow) => `${workflow.metadata.name}\n`).join(''));
  else terminal.out(workflowTable(workflows, { now: now(), all }));
  return 0;
}

async function runGet(invocation: Invocation): Promise<number> {
  return withClient(invocation, async (client) => {
    for (const name of invocation.args) print(invocation, await getWorkflow(client, namespaceOf(invocation), name));
    return 0;
  });
}

function logQuery(invocation: Invocation): { readonly [name: string]: string } {
  const { flags, args } = invocation;
  const optional = (key: string, value: string): { readonly [name: string]: string } =>
    value === '' ? {} : { [key]: value };
  return {
    'logOptions.container': flags.text('container'),
    ...optional('podName', args[1] ?? ''),
    ...optional('logOptions.follow', flags.boolean('follow') ? 'true' : ''),
    ...optional('logOptions.tailLines', flags.text('tail')),
    ...optional('logOptions.timestamps', flags.boolean('timestamps') ? 'true' : ''),
    ...optional('grep', flags.text('grep')),
  };
}

async function runLogs(invocation: Invocation): Promise<number> {
  const { terminal } = invocation;
  return withClient(invocation, async (client) => {
    const workflow = await getWorkflow(client, namespaceOf(invocation), invocation.args[0] ?? '');
    const target = { namespace: namespaceOf(invocation), name: workflow.metadata.name };
    const call = { query: logQuery(invocation), signal: terminal.signal };
    for await (const { podName, content } of workflowLogs(client, target, call))
      terminal.out(`${podName}: ${content}\n`);
    return 0;
  });
}

async function runWait(invocation: Invocation): Promise<number> {
  const { terminal } = invocation;
  return withClient(invocation, async (client) => {
    let succeeded = true;
    for (const name of invocation.args) {
      const workflow = await getWorkflow(client, namespaceOf(invocation), name);
      const final = isFulfilled(workflow) ? workflow : await waitForWorkflow(client, workflow, terminal.signal);
      terminal.out(`${final.metadata.name} ${statusText(final)} at ${final.status?.finishedAt ?? ''}\n`);
      succeeded &&= final.status?.phase === 'Succeeded';
    }
    return succeeded ? 0 : 1;
  });
}

async function deleteOne(invocation: Invocation, client: RestClient, name: string): Promise<void> {
  try {
    await deleteWorkflow(client, namespaceOf(invocation), name);
    invocation.terminal.out(`Workflow '${name}' deleted\n`);
  } catch (error) {
    if (!(error instanceof RemoteError) || error.code !== 404) throw error;
    invocation.terminal.out(`Workflow '${name}' not found\n`);
  }
}

async function runDelete(invocation: Invocation): Promise<number> {
  const { flags, args, terminal } = invocation;
  return withClient(invocation, async (client) => {
    const chosen = flags.boolean('all') || flags.boolean('completed');
    const listed = chosen ? await listWorkflows(client, namespaceOf(invocation)) : [];
    const names = [
      ...args,
      ...listed.filter((item) => flags.boolean('all') || isFulfilled(item)).map((item) => item.metadata.name),
    ];
    if (names.length === 0) terminal.out('No resources found\n');
    for (const name of names) await deleteOne(invocation, client, name);
    return 0;
  });
}

const children: readonly Command[] = [
  {
    name: 'submit',
    usage: 'FILE… [flags]',
    summary: 'Submit workflows',
    example: 'argosy wf submit hello.yaml --wait\nargosy wf submit - -p message=hi --log < hello.yaml',
    flags: [
      outputFlag,
      {
        name: 'wait',
        short: 'w',
        type: 'boolean',
        description: 'wait for the end; exit code 1 if it does not succeed',
      },
      boolean('log', 'show the logs until the end'),
      { name: 'parameter', short: 'p', type: 'texts', description: 'input parameter NAME=VALUE (repeatable)' },
      { name: 'from', type: 'string', description: 'KIND/NAME: a workflowtemplate, clusterworkflowtemplate or cronwf' },
      { name: 'labels', short: 'l', type: 'string', description: 'with --from: labels KEY=VALUE, separated by commas' },
      { name: 'name', type: 'string', description: 'name instead of the one in the file' },
      { name: 'generate-name', type: 'string', description: 'prefix for a generated name' },
      { name: 'entrypoint', type: 'string', description: 'template to start with' },
      { name: 'serviceaccount', type: 'string', description: 'ServiceAccount that the pods run as' },
    ],
    args: { least: 0, most: 1000 },
    run: runSubmit,
  },
  {
    name: 'list',
    aliases: ['ls'],
    summary: 'List workflows',
    example: 'argosy wf list --running\nargosy wf list -A -o json',
    flags: [
      outputFlag,
      { name: 'all-namespaces', short: 'A', type: 'boolean', description: 'of all namespaces' },
      { name: 'selector', short: 'l', type: 'string', description: 'only with these labels' },
      { name: 'status', type: 'strings', description: 'only in these phases' },
      boolean('running', 'only unfinished ones'),
      boolean('completed', 'only finished ones'),
    ],
    args: { least: 0, most: 0 },
    run: runList,
  },
  {
    name: 'get',
    usage: 'NAME… [flags]',
    summary: 'Show workflows and what ran',
    example: 'argosy wf get hello-x7k2p\nargosy wf get @latest -o yaml',
    flags: [outputFlag],
    args: anyArgs,
    run: runGet,
  },
  {
    name: 'logs',
    usage: 'NAME [POD] [flags]',
    summary: 'Show the logs of a workflow',
    example: 'argosy wf logs @latest -f',
    flags: [
      { name: 'container', short: 'c', type: 'string', description: 'container', defaultValue: 'main' },
      { name: 'follow', short: 'f', type: 'boolean', description: 'go on until the workflow ends' },
      { name: 'tail', type: 'string', description: 'only so many lines from the end' },
      { name: 'grep', type: 'string', description: 'only lines that match this regular expression' },
      boolean('timestamps', 'show when each line was written'),
    ],
    args: { least: 1, most: 2 },
    run: runLogs,
  },
  {
    name: 'wait',
    usage: 'NAME… [flags]',
    summary: 'Wait until workflows have finished',
    example: 'argosy wf wait @latest',
    args: anyArgs,
    run: runWait,
  },
  {
    name: 'delete',
    usage: 'NAME… [flags]',
    summary: 'Delete workflows',
    example: 'argosy wf delete hello-x7k2p\nargosy wf delete --completed',
    flags: [boolean('all', 'all of the namespace'), boolean('completed', 'all finished ones')],
    run: runDelete,
  },
];

/** The commands that create, show and delete workflows. */
export const coreCommands: readonly Command[] = children;

/** Flags that all of them take. */
export const workflowFlags: readonly Flag[] = [...connectionFlags, namespaceFlag];
