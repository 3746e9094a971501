import type { SyncOperationResource } from '@argosy/api/cd';
import { previewSync, type PreviewTask, type SyncPreviewInput } from '@argosy/cd/engine';
import { isObject } from '@argosy/std';
import {
  answerJsonLines,
  BatchRequestError,
  UsageError,
  type BatchRequest,
  type Command,
  type Invocation,
} from '../command/index.ts';
import { formatTable, formatValue } from '../print/index.ts';
import { listIn, manifestIn, readManifestFile, textsIn } from './manifest-file.ts';

function resourceIn(value: unknown, field: string): SyncOperationResource {
  if (isObject(value) && typeof value['kind'] === 'string' && typeof value['name'] === 'string') {
    return value as unknown as SyncOperationResource;
  }
  throw new BatchRequestError(
    `${field}: allowed is an object with kind and name, and group and namespace if it has them`,
  );
}

function inputOf(request: BatchRequest): SyncPreviewInput {
  const { options = {} } = request;
  if (!isObject(options)) throw new BatchRequestError('options: allowed is an object');
  const { namespace = '', prune = false } = options;
  if (typeof prune !== 'boolean') throw new BatchRequestError('options.prune: allowed are true, false');
  if (typeof namespace !== 'string') throw new BatchRequestError('options.namespace: allowed is a text');
  return {
    targets: listIn(request['targets'], 'targets').map((item, index) => manifestIn(item, `targets[${index}]`)),
    live: listIn(request['live'], 'live').map((item, index) => manifestIn(item, `live[${index}]`)),
    namespace,
    prune,
    syncOptions: textsIn(options['syncOptions'], 'options.syncOptions'),
    resources: listIn(options['resources'], 'options.resources').map((item, index) =>
      resourceIn(item, `options.resources[${index}]`),
    ),
  };
}

function answer(request: BatchRequest): object {
  return { tasks: previewSync(inputOf(request)) };
}

function asTable(tasks: readonly PreviewTask[]): string {
  const rows = tasks.map((task, index) => [
    String(index + 1),
    task.phase,
    String(task.wave),
    task.action,
    task.group === '' ? task.kind : `${task.group}/${task.kind}`,
    task.namespace,
    task.name,
  ]);
  return formatTable([['STEP', 'PHASE', 'WAVE', 'ACTION', 'KIND', 'NAMESPACE', 'NAME'], ...rows]);
}

async function run({ flags, terminal }: Invocation): Promise<number> {
  if (flags.boolean('batch')) return answerJsonLines(terminal, answer);
  if (flags.text('target') === '') throw new UsageError('--target is required: a file with the desired objects');
  const format = flags.text('output');
  if (!['wide', 'json', 'yaml'].includes(format)) {
    throw new UsageError(`--output: found ${JSON.stringify(format)}, allowed are wide, json, yaml`);
  }
  const live = flags.text('live');
  const tasks = previewSync({
    targets: await readManifestFile(terminal, flags.text('target')),
    live: live === '' ? [] : await readManifestFile(terminal, live),
    namespace: flags.text('dest-namespace'),
    prune: flags.boolean('prune'),
    syncOptions: flags.list('sync-option'),
    resources: [],
  });
  terminal.out(format === 'wide' ? asTable(tasks) : formatValue(tasks, format as 'json' | 'yaml'));
  return 0;
}

/** `argosy cd plan-sync`: the steps of a sync in order, without a server. */
export const planSyncCommand: Command = {
  name: 'plan-sync',
  summary: 'Shows what a sync would do, in order',
  usage: '--target FILE [--live FILE] | --batch',
  description: `Prints the steps of a sync: phases, waves, hooks and prunes as the delivery engine orders them.

With --batch every line of standard input is {"id","targets","live","options":{"prune","syncOptions","resources",
"namespace"}} and every line of the answer is {"id","tasks":[{"phase","wave","group","kind","namespace","name",
"action"}]}, or {"id","error"}. Every live object counts as managed.`,
  example: `argosy cd plan-sync --target manifests.yaml
argosy cd plan-sync --target new.yaml --live old.yaml --prune --sync-option PruneLast=true`,
  flags: [
    { name: 'target', type: 'string', placeholder: 'FILE', description: 'the desired objects' },
    { name: 'live', type: 'string', placeholder: 'FILE', description: 'the live objects' },
    { name: 'dest-namespace', type: 'string', description: 'where objects without a namespace go' },
    { name: 'prune', type: 'boolean', description: 'delete what is no longer desired' },
    { name: 'sync-option', type: 'strings', placeholder: 'OPTION', description: 'as in syncPolicy.syncOptions' },
    {
      name: 'output',
      short: 'o',
      type: 'string',
      description: 'output format: wide, json or yaml',
      defaultValue: 'wide',
    },
    { name: 'batch', type: 'boolean', description: 'read JSON lines from standard input, one answer a line' },
  ],
  args: { least: 0, most: 0 },
  run,
};
