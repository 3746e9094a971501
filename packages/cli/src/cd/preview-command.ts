import { diffObjects, ignoreRulesOf, previewSync, resourceKeyOf, type PreviewTask } from '@argosy/cd/engine';
import type { Application } from '@argosy/api/cd';
import type { KubeObject } from '@argosy/kube/meta';
import { connectionFlags, withClient } from '../client/index.ts';
import { UsageError, type Command, type Invocation } from '../command/index.ts';
import { formatTable, formatValue } from '../print/index.ts';
import { getApp, managedResources, manifestsAt, parseAppName } from './app-client.ts';
import { fieldDifferences, valueText, type FieldDifference } from './field-differences.ts';

/** One step of a sync, and what it would do to the object. */
interface PreviewedStep extends PreviewTask {
  readonly effect: 'create' | 'change' | 'unchanged' | 'delete' | 'run' | 'unknown';
  readonly fields: readonly FieldDifference[];
}

interface Sides {
  readonly targets: readonly KubeObject[];
  readonly live: readonly KubeObject[];
}

const isSame = (object: KubeObject, task: PreviewTask, namespace: string): boolean => {
  const key = resourceKeyOf(object);
  const own = key.namespace === '' ? namespace : key.namespace;
  return (
    key.kind === task.kind && key.group === task.group && key.name === task.name && ['', own].includes(task.namespace)
  );
};

/** What a step does. The values of Secrets are masked on both sides: what changes in them cannot be told. */
function effectOf(
  app: Application,
  task: PreviewTask,
  { targets, live }: Sides,
): Omit<PreviewedStep, keyof PreviewTask> {
  if (task.action === 'prune') return { effect: 'delete', fields: [] };
  if (task.action === 'hook') return { effect: 'run', fields: [] };
  const namespace = app.spec.destination.namespace ?? '';
  const target = targets.find((object) => isSame(object, task, namespace));
  const found = live.find((object) => isSame(object, task, namespace));
  if (found === undefined || target === undefined) return { effect: 'create', fields: [] };
  if (task.group === '' && task.kind === 'Secret') return { effect: 'unknown', fields: [] };
  const rules = ignoreRulesOf(app.spec.ignoreDifferences, resourceKeyOf(found));
  const { modified, normalizedLive, predictedLive } = diffObjects(target, found, { rules });
  const fields = modified ? fieldDifferences(normalizedLive, predictedLive) : [];
  return { effect: modified ? 'change' : 'unchanged', fields };
}

function asText(steps: readonly PreviewedStep[], revision: string): string {
  const rows = steps.map((step, index) => [
    String(index + 1),
    step.phase,
    String(step.wave),
    step.effect,
    step.group === '' ? step.kind : `${step.group}/${step.kind}`,
    step.namespace,
    step.name,
  ]);
  const table = formatTable([['STEP', 'PHASE', 'WAVE', 'EFFECT', 'KIND', 'NAMESPACE', 'NAME'], ...rows]);
  const changes = steps.flatMap((step, index) =>
    step.fields.map(
      ({ path, found, wanted }) => `step ${index + 1}: ${path}: ${valueText(found)} → ${valueText(wanted)}\n`,
    ),
  );
  const told = changes.length === 0 ? '' : `\n${changes.join('')}`;
  return `revision ${revision}\n${steps.length === 0 ? 'nothing to do\n' : table}${told}`;
}

async function run(invocation: Invocation): Promise<number> {
  const { args, flags, terminal } = invocation;
  const format = flags.text('output');
  if (!['wide', 'json', 'yaml'].includes(format)) {
    throw new UsageError(`--output: found ${JSON.stringify(format)}, allowed are wide, json, yaml`);
  }
  return withClient(invocation, async (client) => {
    const key = parseAppName(args[0] ?? '', flags.text('app-namespace'));
    const app = await getApp(client, key);
    const { revision, manifests } = await manifestsAt(client, key, flags.text('revision'));
    const managed = await managedResources(client, key);
    const targets = manifests.map((text) => JSON.parse(text) as KubeObject);
    const live = managed.flatMap(({ liveState }) =>
      liveState === 'null' ? [] : [JSON.parse(liveState) as KubeObject],
    );
    const tasks = previewSync({
      targets,
      live,
      namespace: app.spec.destination.namespace ?? '',
      prune: flags.boolean('prune'),
      syncOptions: app.spec.syncPolicy?.syncOptions ?? [],
      resources: [],
    });
    const steps = tasks.map((task) => ({ ...task, ...effectOf(app, task, { targets, live }) }));
    terminal.out(
      format === 'wide' ? asText(steps, revision) : formatValue({ revision, steps }, format as 'json' | 'yaml'),
    );
    return 0;
  });
}

/** `argosy cd preview`: what a sync of an Application to a revision would do, in order; nothing is changed. */
export const previewCommand: Command = {
  name: 'preview',
  usage: 'APPNAME [flags]',
  summary: 'Show what a sync of an application would do, in order, without doing it',
  description: `Renders the revision on the server, compares it with what is live, and plays the sync: phases, waves, hooks
and prunes in their order, and the fields that each step would change. Nothing is written.`,
  example: 'argosy cd preview guestbook --revision release-2\nargosy cd preview guestbook --prune -o json',
  flags: [
    ...connectionFlags,
    { name: 'app-namespace', short: 'N', type: 'string', description: 'namespace of the application' },
    { name: 'revision', type: 'string', description: 'preview this revision instead of the one compared last' },
    { name: 'prune', type: 'boolean', description: 'as a sync that deletes what has left the source' },
    {
      name: 'output',
      short: 'o',
      type: 'string',
      description: 'output format: wide, json or yaml',
      defaultValue: 'wide',
    },
  ],
  args: { least: 1, most: 1 },
  run,
};
