import type { ResourceIgnoreDifferences } from '@argosy/api/cd';
import {
  diffObjects,
  ignoreRulesOf,
  lastAppliedOf,
  resourceKeyOf,
  withLastApplied,
  type DiffStrategy,
} from '@argosy/cd/engine';
import { isObject } from '@argosy/std';
import { KubeError, type KubeObject } from '@argosy/kube/meta';
import {
  answerJsonLines,
  BatchRequestError,
  CommandError,
  UsageError,
  type BatchRequest,
  type Command,
  type Invocation,
} from '../command/index.ts';
import { fieldDifferences, valueText } from './field-differences.ts';
import { listIn, manifestIn, readManifestFile, textsIn, wordIn } from './manifest-file.ts';

const STRATEGIES: readonly [DiffStrategy, ...DiffStrategy[]] = ['three-way', 'structured'];

function ruleIn(value: unknown, field: string): ResourceIgnoreDifferences {
  if (!isObject(value) || typeof value['kind'] !== 'string') {
    throw new BatchRequestError(`${field}: allowed is an object with kind, as in spec.ignoreDifferences`);
  }
  const lists = (['jsonPointers', 'jqPathExpressions', 'managedFieldsManagers'] as const).map((name) => [
    name,
    textsIn(value[name], `${field}.${name}`),
  ]);
  return { ...value, kind: value['kind'], ...Object.fromEntries(lists) } as ResourceIgnoreDifferences;
}

interface Configured {
  readonly rules: readonly ResourceIgnoreDifferences[];
  /** What was applied last, when the request tells it apart from the live object. */
  readonly applied?: KubeObject;
}

/** `config` is either settings (`ignoreDifferences`) or the manifest that was applied last. */
function configuredBy(config: unknown): Configured {
  if (config === undefined || config === null) return { rules: [] };
  if (!isObject(config)) throw new BatchRequestError('config: allowed is an object');
  if (typeof config['kind'] === 'string') return { rules: [], applied: manifestIn(config, 'config') };
  const rules = listIn(config['ignoreDifferences'], 'config.ignoreDifferences');
  return { rules: rules.map((rule, index) => ruleIn(rule, `config.ignoreDifferences[${index}]`)) };
}

interface Pair {
  readonly target: KubeObject | undefined;
  readonly live: KubeObject | undefined;
  readonly configured: Configured;
  readonly strategy: DiffStrategy;
}

interface Compared {
  readonly modified: boolean;
  readonly normalizedLive: KubeObject | null;
  readonly predictedLive: KubeObject | null;
}

/** A missing live object is to be created; a missing target predicts that nothing stays. */
function compare({ target, live, configured, strategy }: Pair): Compared {
  if (target === undefined || live === undefined) {
    return { modified: target !== undefined, normalizedLive: live ?? null, predictedLive: target ?? null };
  }
  const { applied } = configured;
  const remembering =
    applied === undefined || lastAppliedOf(live) !== undefined ? live : withLastApplied(live, applied);
  const rules = ignoreRulesOf(configured.rules, resourceKeyOf(target));
  return diffObjects(target, remembering, { strategy, rules });
}

const optional = (value: unknown, field: string): KubeObject | undefined =>
  value === undefined || value === null ? undefined : manifestIn(value, field);

function answer(request: BatchRequest): object {
  const target = optional(request['target'], 'target');
  const live = optional(request['live'], 'live');
  if (target === undefined && live === undefined) throw new BatchRequestError('target or live is required');
  const strategy = wordIn(request['strategy'], 'strategy', STRATEGIES);
  try {
    return compare({ target, live, configured: configuredBy(request['config']), strategy });
  } catch (error) {
    if (error instanceof KubeError) throw new BatchRequestError(error.message);
    throw error;
  }
}

async function readOne({ flags, terminal }: Invocation, name: string): Promise<KubeObject> {
  const path = flags.text(name);
  if (path === '') throw new UsageError(`--${name} is required: a file with one object, or - for standard input`);
  const [first, ...more] = await readManifestFile(terminal, path);
  if (first === undefined || more.length > 0) throw new CommandError(`--${name}: ${path} must hold exactly one object`);
  return first;
}

async function run(invocation: Invocation): Promise<number> {
  const { flags, terminal } = invocation;
  if (flags.boolean('batch')) return answerJsonLines(terminal, answer);
  const strategy = STRATEGIES.find((name) => name === flags.text('strategy'));
  if (strategy === undefined) {
    throw new UsageError(`--strategy: found ${flags.text('strategy')}, allowed are ${STRATEGIES.join(', ')}`);
  }
  const target = await readOne(invocation, 'target');
  const live = await readOne(invocation, 'live');
  const rule = { kind: '*', group: '*', jqPathExpressions: flags.list('ignore') };
  const compared = compare({ target, live, configured: { rules: [rule] }, strategy });
  const different = fieldDifferences(compared.normalizedLive, compared.predictedLive);
  const lines = different.map(({ path, found, wanted }) => `${path}: ${valueText(found)} → ${valueText(wanted)}`);
  terminal.out(lines.map((line) => `${line}\n`).join(''));
  return lines.length > 0 ? 1 : 0;
}

/** `argosy cd diff`: how a desired object stands against its live one, without a server. */
export const diffCommand: Command = {
  name: 'diff',
  summary: 'Compares a desired object with its live one as a delivery does',
  usage: '--target FILE --live FILE | --batch',
  description: `Prints every field that a sync would change, as found and as predicted; exit code 1 when there is one.

With --batch every line of standard input is {"id","target","live","config","strategy"} and every line of the answer is
{"id","modified","normalizedLive","predictedLive"}, or {"id","error"}. strategy is "three-way" or "structured"; config
holds ignoreDifferences as an Application has them, or the manifest that was applied last.`,
  example: `kubectl get deploy web -o yaml | argosy cd diff --target web.yaml --live -
argosy cd diff --target web.yaml --live live.yaml --ignore '.spec.replicas'`,
  flags: [
    { name: 'target', type: 'string', placeholder: 'FILE', description: 'the desired object' },
    { name: 'live', type: 'string', placeholder: 'FILE', description: 'the live object' },
    {
      name: 'strategy',
      type: 'string',
      description: 'how applying is predicted: three-way or structured (server-side apply)',
      defaultValue: 'three-way',
    },
    { name: 'ignore', type: 'texts', placeholder: 'JQ', description: 'a jq path that does not count; may be repeated' },
    { name: 'batch', type: 'boolean', description: 'read JSON lines from standard input, one answer a line' },
  ],
  args: { least: 0, most: 0 },
  run,
};
