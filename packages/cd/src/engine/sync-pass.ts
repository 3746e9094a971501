import { getPath, milliseconds, parseTime, type Instant } from '@argosy/std';
import {
  cdNames,
  type Application,
  type OperationPhase,
  type OperationState,
  type ResourceResult,
  type SyncOperation,
} from '@argosy/api/cd';
import { requeue, settled, type Next } from '@argosy/kube/plan';
import { hookDeletePoliciesOf } from './hooks.ts';
import type { ApplicationAction, ApplyTask, EngineSettings, KindTable, TaskOutcome } from './observed.ts';
import { applyTask, deleteTarget } from './sync-actions.ts';
import { hasOption, hasResourceOption, type SyncOptions } from './sync-options.ts';
import { foldOutcomes, listResults, makeResult, progress, readResults, type Results } from './sync-results.ts';
import type { SyncTask } from './sync-tasks.ts';

/** One round of a running sync. */
export interface SyncPass {
  readonly actions: readonly ApplicationAction[];
  readonly phase: OperationPhase;
  readonly message: string;
  readonly results: readonly ResourceResult[];
  readonly next: Next;
}

/** What a pass needs. `tasks` are in order. */
export interface PassInput {
  readonly app: Application;
  readonly sync: SyncOperation;
  readonly state: OperationState;
  readonly tasks: readonly SyncTask[];
  readonly outcomes: readonly TaskOutcome[];
  readonly options: SyncOptions;
  readonly kinds: KindTable;
  readonly settings: EngineSettings;
  readonly now: Instant;
}

/** How often a definition that is not served yet is looked for. */
const DEFINITION_POLL_MS = 200;

type Step = { readonly results: Results; readonly pass?: Omit<SyncPass, 'results'> };

const describe = (task: SyncTask): string => `${task.key.group}/${task.key.kind}/${task.key.name}`;

function running(
  message: string,
  actions: readonly ApplicationAction[] = [],
  next: Next = settled,
): Omit<SyncPass, 'results'> {
  return { actions, phase: 'Running', message, next };
}

function ended(
  phase: OperationPhase,
  message: string,
  actions: readonly ApplicationAction[] = [],
): Omit<SyncPass, 'results'> {
  return { actions, phase, message, next: settled };
}

const isPrune = (task: SyncTask): boolean => task.desired === undefined;
const main = (tasks: readonly SyncTask[]): readonly SyncTask[] => tasks.filter((task) => task.phase !== 'SyncFail');

function refusalOf(task: SyncTask, input: PassInput): string | undefined {
  if (task.forbidden) {
    return `resource ${task.key.group}:${task.key.kind} is not permitted in project ${input.app.spec.project || 'default'}`;
  }
  if (task.desired === undefined || task.desired.resource !== undefined) return undefined;
  const { group, kind, namespace, name } = task.key;
  if (bringsDefinition(task, input) || mayMiss(task, input)) return undefined;
  return `The Kubernetes API could not find ${group}/${kind} for requested resource ${namespace}/${name}. Make sure the "${kind}" CRD is installed on the destination cluster.`;
}

/** True when the kind of the task may be unknown until the task runs. */
function mayMiss(task: SyncTask, input: PassInput): boolean {
  const option = 'SkipDryRunOnMissingResource=true';
  return hasOption(input.options, option) || hasResourceOption(task.desired?.object, option);
}

/** What tasks of a sync bring for its other tasks: found once a list, because every task asks. */
interface Provided {
  readonly definitions: ReadonlySet<string>;
  readonly namespaces: ReadonlySet<string>;
}

const provided = new WeakMap<readonly SyncTask[], Provided>();

function providedBy(tasks: readonly SyncTask[]): Provided {
  const known = provided.get(tasks);
  if (known !== undefined) return known;
  const definitions = tasks
    .filter((task) => task.kind === 'CustomResourceDefinition' && task.desired !== undefined)
    .map((task) => {
      const object = task.desired?.object;
      return `${String(getPath(object, ['spec', 'group']))}/${String(getPath(object, ['spec', 'names', 'kind']))}`;
    });
  const namespaces = tasks
    .filter((task) => task.kind === 'Namespace' && task.live === undefined)
    .map(({ name }) => name);
  const found = { definitions: new Set(definitions), namespaces: new Set(namespaces) };
  provided.set(tasks, found);
  return found;
}

/** True when a task of this sync brings the definition of the task's kind. */
function bringsDefinition(task: SyncTask, input: PassInput): boolean {
  return providedBy(input.tasks).definitions.has(`${task.key.group}/${task.key.kind}`);
}

function bringsNamespace(task: SyncTask, input: PassInput): boolean {
  return providedBy(input.tasks).namespaces.has(task.key.namespace);
}

/** Tasks that can be tried without effect: not hooks, not replacements, and nothing that this sync has yet to make room for. */
function dryRunTask(task: SyncTask, input: PassInput): ApplyTask | undefined {
  if (isPrune(task) || task.hookType !== undefined || bringsNamespace(task, input)) return undefined;
  const apply = applyTask(task, input);
  return apply === undefined || apply.force || apply.mode === 'replace' ? undefined : apply;
}

function failAll(
  tasks: readonly SyncTask[],
  message: (task: SyncTask) => string | undefined,
  results: Results,
): Results {
  const failed = new Map(results);
  for (const task of tasks) {
    const text = message(task);
    if (text !== undefined)
      failed.set(task.id, makeResult(task, { status: 'SyncFailed', message: text, hookPhase: 'Failed' }));
  }
  return failed;
}

/** The first pass: everything is tried without effect before anything is changed. */
function dryRunStep(input: PassInput, results: Results): Step {
  if ((input.state.syncResult?.resources ?? []).length > 0) return { results };
  const answers = new Map(input.outcomes.filter(({ dryRun }) => dryRun).map((outcome) => [outcome.taskId, outcome]));
  const applied = input.outcomes.some(({ dryRun }) => !dryRun);
  if (applied) return { results };
  const refused = failAll(input.tasks, (task) => refusalOf(task, input), results);
  if (refused.size > results.size)
    return { results: refused, pass: ended('Failed', 'one or more objects failed to apply (dry run)') };
  const wanted = input.tasks.map((task) => dryRunTask(task, input)).filter((task) => task !== undefined);
  const open = wanted.filter((task) => !answers.has(task.id));
  if (open.length > 0) return { results, pass: running('', [{ kind: 'dry-run-resources', tasks: open }]) };
  const rejected = (task: SyncTask): string | undefined => {
    const answer = answers.get(task.id);
    return answer === undefined || answer.ok ? undefined : answer.message;
  };
  const failed = failAll(input.tasks, rejected, results);
  if (failed.size === results.size) return { results };
  return { results: failed, pass: ended('Failed', 'one or more objects failed to apply (dry run)') };
}

function lastStepOf(tasks: readonly SyncTask[]): SyncTask | undefined {
  return main(tasks).at(-1);
}

const sameStep = (a: SyncTask, b: SyncTask): boolean => a.phase === b.phase && a.wave === b.wave;

function advance(input: PassInput, results: Results): Results {
  const last = lastStepOf(input.tasks);
  const inLast = (task: SyncTask): boolean => last !== undefined && sameStep(task, last);
  const lastHasHooks = input.tasks.some((task) => inLast(task) && task.hookType !== undefined);
  const advanced = new Map(results);
  const health = input.settings.resources?.health;
  for (const task of input.tasks) {
    const result = results.get(task.id);
    if (result !== undefined)
      advanced.set(task.id, progress(task, result, { immediate: inLast(task) && !lastHasHooks, health }));
  }
  return advanced;
}

function waitingMessage(tasks: readonly SyncTask[]): string {
  const [first] = tasks;
  if (first === undefined) return '';
  const more =
    tasks.length > 1 ? ` and ${tasks.length - 1} more ${first.hookType === undefined ? 'resources' : 'hooks'}` : '';
  if (isPrune(first)) return `waiting for deletion of ${describe(first)}${more}`;
  const what = first.hookType === undefined ? 'healthy state of' : 'completion of hook';
  return `waiting for ${what} ${describe(first)}${more}`;
}

function reasonOf(results: readonly ResourceResult[]): string {
  return [...new Set(results.map((result) => result.message ?? ''))].filter((text) => text !== '').join(',');
}

function isFailure(result: ResourceResult | undefined): boolean {
  return result?.hookPhase === 'Failed' || result?.hookPhase === 'Error';
}

/** After a failure: the SyncFail hooks, then the end. */
function failureStep(input: PassInput, results: Results): Step {
  const failed = main(input.tasks)
    .map((task) => results.get(task.id))
    .filter((result) => result !== undefined && isFailure(result));
  const known = failed.filter((result) => result !== undefined);
  const rejected = known.filter((result) => result.status === 'SyncFailed');
  const verb =
    rejected.length > 0
      ? `one or more objects failed to apply, reason: ${reasonOf(rejected)}`
      : `one or more synchronization tasks completed unsuccessfully, reason: ${reasonOf(known)}`;
  const syncFail = input.tasks.filter((task) => task.phase === 'SyncFail');
  const open = syncFail.filter((task) => !results.has(task.id));
  if (open.length > 0) return applyStep({ ...input, state: { ...input.state, message: verb } }, open, results);
  const busy = syncFail.filter((task) => results.get(task.id)?.hookPhase === 'Running');
  if (busy.length > 0) return { results, pass: running(waitingMessage(busy)) };
  return { results, pass: ended('Failed', verb, endHooks(input, results, 'HookFailed')) };
}

function endHooks(
  input: PassInput,
  results: Results,
  policy: 'HookSucceeded' | 'HookFailed',
): readonly ApplicationAction[] {
  const targets = input.tasks
    .filter((task) => task.hookType !== undefined && results.has(task.id) && task.desired !== undefined)
    .filter((task) => task.desired !== undefined && hookDeletePoliciesOf(task.desired.object).includes(policy))
    .map((task) => deleteTarget(task, input.kinds, input.options))
    .filter((target) => target !== undefined);
  return targets.length === 0 ? [] : [{ kind: 'delete-resources', targets }];
}

function isApproved(input: PassInput): boolean {
  const approved = parseTime(input.app.metadata.annotations?.[cdNames.deletionApproved] ?? '');
  const started = parseTime(input.state.startedAt);
  return approved !== undefined && started !== undefined && approved >= started;
}

function isUnconfirmed(task: SyncTask, input: PassInput): boolean {
  const asks = hasOption(input.options, 'Prune=confirm') || hasResourceOption(task.live, 'Prune=confirm');
  return asks && !isApproved(input);
}

/** Results of prunes that are not to be done: without the prune flag, or refused by option. */
function skippedPrunes(input: PassInput, wave: readonly SyncTask[], results: Results): Results {
  const skipped = new Map(results);
  for (const task of wave.filter(isPrune)) {
    const forbids = hasOption(input.options, 'Prune=false') || hasResourceOption(task.live, 'Prune=false');
    if (!forbids && input.sync.prune === true) continue;
    const message = forbids ? 'ignored (no prune)' : 'ignored (requires pruning)';
    skipped.set(task.id, makeResult(task, { status: 'PruneSkipped', message, hookPhase: 'Succeeded' }));
  }
  return skipped;
}

function pruneStep(input: PassInput, wave: readonly SyncTask[], results: Results): Step | undefined {
  const prunes = wave.filter((task) => isPrune(task) && !results.has(task.id));
  if (prunes.length === 0) return undefined;
  const unconfirmed = prunes.filter((task) => isUnconfirmed(task, input));
  if (unconfirmed.length > 0) {
    const text = waitingMessage(unconfirmed).replace('waiting for deletion of', 'waiting for pruning confirmation of');
    return { results, pass: running(text) };
  }
  const targets = prunes
    .map((task) => deleteTarget(task, input.kinds, input.options))
    .filter((target) => target !== undefined);
  // A pruned object leaves the task list as soon as it is gone, so its result is written together with the deletion.
  const pruned = new Map(results);
  const result = { status: 'Pruned', message: 'pruned', hookPhase: 'Running' } as const;
  for (const task of prunes) pruned.set(task.id, makeResult(task, result));
  return { results: pruned, pass: running('', [{ kind: 'delete-resources', targets }]) };
}

/** Hook objects left over from earlier syncs, which must go before the hook can run again. */
function leftoverStep(input: PassInput, wave: readonly SyncTask[], results: Results): Step | undefined {
  const old = wave.filter(
    (task) =>
      task.hookType !== undefined &&
      task.live !== undefined &&
      task.desired !== undefined &&
      !results.has(task.id) &&
      hookDeletePoliciesOf(task.desired.object).includes('BeforeHookCreation'),
  );
  if (old.length === 0) return undefined;
  const targets = old
    .filter((task) => task.live?.metadata.deletionTimestamp === undefined)
    .map((task) => deleteTarget(task, input.kinds, input.options))
    .filter((target) => target !== undefined)
    .map(({ taskId: _unused, ...target }) => target);
  return {
    results,
    pass: running(
      waitingMessage(old).replace('completion of', 'deletion of'),
      targets.length === 0 ? [] : [{ kind: 'delete-resources', targets }],
    ),
  };
}

function definitionStep(input: PassInput, group: readonly SyncTask[], results: Results): Step | undefined {
  const unserved = group.filter((task) => task.desired?.resource === undefined);
  const [first] = unserved;
  if (first === undefined) return undefined;
  const waited = input.now - (parseTime(input.state.startedAt) ?? input.now);
  if (waited < input.settings.definitionWaitMs) {
    const next = requeue(milliseconds(DEFINITION_POLL_MS), 'WaitingForDefinition');
    return { results, pass: running(`waiting for the definition of ${describe(first)}`, [], next) };
  }
  const message = (task: SyncTask): string =>
    `The Kubernetes API does not serve ${task.key.group}/${task.key.kind} yet.`;
  return { results: failAll(unserved, message, results), pass: running('') };
}

/** Applies the first run of tasks of one kind; the next kinds follow when these are answered. */
function applyStep(input: PassInput, wave: readonly SyncTask[], results: Results): Step {
  const open = wave.filter((task) => !isPrune(task) && !results.has(task.id));
  const kind = open[0]?.kind;
  const stop = open.findIndex((task) => task.kind !== kind);
  const group = stop < 0 ? open : open.slice(0, stop);
  const unserved = definitionStep(input, group, results);
  if (unserved !== undefined) return unserved;
  const tasks = group.map((task) => applyTask(task, input)).filter((task) => task !== undefined);
  return { results, pass: running(input.state.message ?? '', [{ kind: 'apply-resources', tasks }]) };
}

/** What a dry-run sync would have done. */
function dryRunEnd(input: PassInput, results: Results): Step {
  const told = new Map(results);
  for (const task of main(input.tasks)) {
    const prune = isPrune(task);
    const skipped = prune && input.sync.prune !== true;
    const status = skipped ? 'PruneSkipped' : prune ? 'Pruned' : 'Synced';
    const answer = input.outcomes.find((outcome) => outcome.dryRun && outcome.taskId === task.id);
    const message = skipped
      ? 'ignored (requires pruning)'
      : prune
        ? 'pruned (dry run)'
        : (answer?.message ?? 'created (dry run)');
    told.set(task.id, makeResult(task, { status, message, hookPhase: 'Succeeded' }));
  }
  return { results: told, pass: ended('Succeeded', 'successfully synced (all tasks run)') };
}

function waveStep(input: PassInput, results: Results): Step {
  const open = main(input.tasks).filter((task) => !results.has(task.id));
  const [first] = open;
  if (first === undefined) {
    const waited = input.tasks.some((task) => task.hookType !== undefined) || input.tasks.length === 0;
    const message = `successfully synced (${waited ? 'no more tasks' : 'all tasks run'})`;
    return { results, pass: ended('Succeeded', message, endHooks(input, results, 'HookSucceeded')) };
  }
  const wave = open.filter((task) => sameStep(task, first));
  const skipped = skippedPrunes(input, wave, results);
  if (skipped.size > results.size) return waveStep(input, skipped);
  return pruneStep(input, wave, results) ?? leftoverStep(input, wave, results) ?? applyStep(input, wave, results);
}

function afterDryRun(input: PassInput, results: Results): Step {
  if (input.sync.dryRun === true) return dryRunEnd(input, results);
  const states = main(input.tasks).map((task) => results.get(task.id));
  const rejected = states.some((result) => result?.status === 'SyncFailed');
  const busy = main(input.tasks).filter((task) => results.get(task.id)?.hookPhase === 'Running');
  if (!rejected && busy.length > 0 && !isSameWaveOpen(input, results, busy))
    return { results, pass: running(waitingMessage(busy)) };
  if (states.some(isFailure) && (rejected || busy.length === 0)) return failureStep(input, results);
  return waveStep(input, results);
}

/** True while the wave that is being waited for still has tasks to start. */
function isSameWaveOpen(input: PassInput, results: Results, busy: readonly SyncTask[]): boolean {
  const open = main(input.tasks).find((task) => !results.has(task.id));
  return open !== undefined && busy.some((task) => sameStep(task, open));
}

/** One round of a sync: what to do next, and where everything stands. Pure; all memory is in the arguments. */
export function planSyncPass(input: PassInput): SyncPass {
  const folded = foldOutcomes(input.tasks, readResults(input.state.syncResult?.resources), input.outcomes);
  const tried = dryRunStep(input, folded);
  const step = tried.pass === undefined ? afterDryRun(input, advance(input, tried.results)) : tried;
  const pass = step.pass ?? running('');
  return { ...pass, results: listResults(input.tasks, step.results) };
}
