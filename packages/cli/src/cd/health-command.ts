import { healthOf, type Health } from '@argosy/cd/engine';
import type { KubeObject } from '@argosy/kube/meta';
import { answerJsonLines, UsageError, type BatchRequest, type Command, type Invocation } from '../command/index.ts';
import { formatTable, formatValue } from '../print/index.ts';
import { readSettings, settingsFlag, settingsIn } from './admin-command.ts';
import { manifestIn, readManifestFile } from './manifest-file.ts';

function answer(request: BatchRequest): object {
  const { config } = request;
  const overrides = config === undefined ? undefined : settingsIn(config).settings.health;
  const health = healthOf(manifestIn(request['object'], 'object'), overrides);
  if (health?.error !== undefined) return { error: health.error };
  return { status: health?.status ?? '', message: health?.message ?? '' };
}

interface Judged {
  readonly object: KubeObject;
  readonly health: Health | undefined;
}

function asTable(judged: readonly Judged[]): string {
  const rows = judged.map(({ object, health }) => [
    object.kind,
    object.metadata.namespace ?? '',
    object.metadata.name,
    health?.status ?? '(none)',
    health?.message ?? '',
  ]);
  return formatTable([['KIND', 'NAMESPACE', 'NAME', 'HEALTH', 'MESSAGE'], ...rows]);
}

function print(judged: readonly Judged[], format: string): string {
  if (format === 'wide') return asTable(judged);
  if (format !== 'json' && format !== 'yaml') {
    throw new UsageError(`--output: found ${JSON.stringify(format)}, allowed are wide, json, yaml`);
  }
  const entries = judged.map(({ object: { apiVersion, kind, metadata }, health }) => {
    const { namespace, name } = metadata;
    return { apiVersion, kind, ...(namespace === undefined ? {} : { namespace }), name, health: health ?? null };
  });
  return formatValue(entries, format);
}

async function run(invocation: Invocation): Promise<number> {
  const { args, flags, terminal } = invocation;
  if (flags.boolean('batch')) {
    if (args.length > 0) throw new UsageError('--batch takes its objects from standard input');
    return answerJsonLines(terminal, answer);
  }
  if (args.length === 0) throw new UsageError('name a file with live objects, or - for standard input');
  const files = await Promise.all(args.map((path) => readManifestFile(terminal, path)));
  const { health } = await readSettings(invocation);
  const judged = files.flat().map((object) => ({ object, health: healthOf(object, health) }));
  terminal.out(print(judged, flags.text('output')));
  return judged.some(({ health }) => health?.status === 'Degraded') ? 1 : 0;
}

/** `argosy cd health`: what the delivery engine makes of live objects, without a server. */
export const healthCommand: Command = {
  name: 'health',
  summary: 'Judges the health of live objects as a delivery does',
  usage: 'FILE... | --batch',
  description: `Reads live objects (kubectl get -o yaml) and says how healthy they are; exit code 1 when one is Degraded.

With --batch every line of standard input is {"id","object","config"?}, where config is the data of argocd-cm, and every line of the answer is {"id","status","message"},
or {"id","error"}. An empty status means that nothing is known about the kind.`,
  example: `kubectl get deployment web -o yaml | argosy cd health -
argosy cd health live.yaml -o json`,
  flags: [
    settingsFlag,
    {
      name: 'output',
      short: 'o',
      type: 'string',
      description: 'output format: wide, json or yaml',
      defaultValue: 'wide',
    },
    { name: 'batch', type: 'boolean', description: 'read JSON lines from standard input, one answer a line' },
  ],
  run,
};
