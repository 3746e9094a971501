import { formatTime, milliseconds, parseTime, type Instant } from '@argosy/std';
import type { Application, ApplicationSource, Operation, OperationState, SyncOperation } from '@argosy/api/cd';
import { requeue, settled, type Next, type PlanEnv } from '@argosy/kube/plan';
import { compare } from './compare.ts';
import type { ConditionFact } from './conditions.ts';
import { desiredState, targetOf } from './desired.ts';
import { appendHistory } from './history.ts';
import { findResolved, manifestRequest, type LoadedManifests } from './manifests.ts';
import type { ApplicationAction, ApplicationObserved } from './observed.ts';
import { mayRetry, retryDelay, retryDueAt } from './retry.ts';
import { sourcesOf } from './spec-problems.ts';
import { deleteTarget, syncOptionsOf } from './sync-actions.ts';
import { planSyncPass, type SyncPass } from './sync-pass.ts';
import { judgeWindows } from './sync-windows.ts';
import { optionValue } from './sync-options.ts';
import { isPartial, syncTasks, type SyncTask } from './sync-tasks.ts';

/** What a round does to the operation. */
export interface OperationPlan {
  readonly actions: readonly ApplicationAction[];
  readonly state: OperationState | undefined;
  readonly operation: Operation | null | undefined;
  readonly history: Application['status'] extends infer S ? (S extends { history?: infer H } ? H : never) : never;
  readonly next: Next;
}

type History = OperationPlan['history'];

/** True for the phases after which an operation does no more. */
export function isCompleted(state: OperationState | undefined): boolean {
  return state === undefined || !(state.phase === 'Running' || state.phase === 'Terminating');
}

function keep(observed: ApplicationObserved, parts: Partial<OperationPlan>): OperationPlan {
  const { app } = observed;
  return {
    actions: [],
    state: app.status?.operationState,
    operation: app.operation,
    history: app.status?.history as History,
    next: settled,
    ...parts,
  };
}

function begin(observed: ApplicationObserved, operation: Operation, now: Instant): OperationPlan {
  const forget: readonly ApplicationAction[] = observed.outcomes.length > 0 ? [{ kind: 'forget-outcomes' }] : [];
  return keep(observed, { actions: forget, state: { operation, phase: 'Running', startedAt: formatTime(now) } });
}

const revisionText = (state: OperationState): string =>
  state.syncResult?.revision ?? state.operation.sync?.revision ?? '';

function completionEvent(state: OperationState): ApplicationAction {
  const sync = state.operation.sync ?? {};
  const what = `${isPartial(sync) ? 'Partial sync' : 'Sync'} operation to ${revisionText(state)}`;
  const succeeded = state.phase === 'Succeeded';
  const message = succeeded ? `${what} succeeded` : `${what} failed: ${state.message ?? ''}`;
  const type = succeeded ? 'Normal' : 'Warning';
  return { kind: 'record-event', event: { type, reason: 'OperationCompleted', message } };
}

interface Ending {
  readonly now: Instant;
  readonly actions: readonly ApplicationAction[];
}

/** Sets a failed operation up for its next attempt. */
function retryLater(observed: ApplicationObserved, state: OperationState, input: Ending): OperationPlan {
  const finishedAt = formatTime(input.now);
  const retryCount = (state.retryCount ?? 0) + 1;
  const delay = retryDelay(state.operation.retry ?? {}, retryCount - 1);
  const at = formatTime((input.now + delay) as Instant);
  const message = `${state.message ?? ''}. Retrying attempt #${retryCount} at ${at}.`;
  const waiting: OperationState = { ...state, phase: 'Running', finishedAt, retryCount, message };
  const due = milliseconds(Math.max(0, retryDueAt(waiting) - input.now));
  return keep(observed, { actions: input.actions, state: waiting, next: requeue(due, 'Retry') });
}

/** Only a whole, real, successful sync enters the history. */
function isRecorded(state: OperationState): boolean {
  const sync = state.operation.sync ?? {};
  return state.phase === 'Succeeded' && sync.dryRun !== true && !isPartial(sync);
}

function finalMessage(state: OperationState): string {
  const tried = state.retryCount ?? 0;
  return tried > 0 ? `${state.message ?? ''} (retried ${tried} times).` : (state.message ?? '');
}

/** Ends an operation, or sets it up for its next attempt. */
function finish(observed: ApplicationObserved, state: OperationState, input: Ending): OperationPlan {
  const finishedAt = formatTime(input.now);
  const actions: readonly ApplicationAction[] = [...input.actions, { kind: 'forget-outcomes' }];
  const terminated = observed.app.status?.operationState?.phase === 'Terminating';
  if (state.phase !== 'Succeeded' && !terminated && mayRetry(state)) {
    return retryLater(observed, state, { ...input, actions });
  }
  const done: OperationState = { ...state, finishedAt, message: finalMessage(state) };
  const history = isRecorded(state) ? appendHistory(observed.app, done, finishedAt) : observed.app.status?.history;
  return keep(observed, {
    actions: [...actions, completionEvent(done)],
    state: done,
    operation: null,
    history: history as History,
  });
}

function sourcesFor(app: Application, sync: SyncOperation): readonly ApplicationSource[] {
  if (sync.sources !== undefined && sync.sources.length > 0) return sync.sources;
  return sync.source === undefined ? sourcesOf(app.spec) : [sync.source];
}

function isMulti(app: Application, sync: SyncOperation): boolean {
  return sync.source === undefined && (sync.sources ?? app.spec.sources ?? []).length > 0;
}

type Loading =
  | { readonly kind: 'loaded'; readonly loaded: LoadedManifests }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'waiting'; readonly actions: readonly ApplicationAction[] };

/** The revision that the operation names or has resolved already; `''` when it is open. */
function pinnedRevision(state: OperationState): string {
  const sync = state.operation.sync ?? {};
  return state.syncResult?.revision ?? sync.revision ?? sync.revisions?.[0] ?? '';
}

function askedRevisions(state: OperationState, sources: readonly ApplicationSource[]): readonly string[] {
  const asked = state.syncResult?.revisions ?? state.operation.sync?.revisions ?? [pinnedRevision(state)];
  return sources.map((source, index) => {
    const revision = asked[index] ?? '';
    return revision === '' ? (source.targetRevision ?? '') : revision;
  });
}

/** Finds the manifests of the operation among the loaded ones, or asks for them. */
function loadFor(observed: ApplicationObserved, state: OperationState): Loading {
  const { app } = observed;
  const sync = state.operation.sync ?? {};
  const sources = sourcesFor(app, sync);
  const pinned = pinnedRevision(state);
  const known = pinned === '' ? undefined : findResolved(observed, sources, pinned);
  if (known !== undefined) return { kind: 'loaded', loaded: known };
  const revisions = askedRevisions(state, sources);
  const token = `sync:${state.startedAt}:${state.retryCount ?? 0}`;
  const request = manifestRequest(app, { sources, revisions }, { token, hard: false });
  const { outcome, inFlight } = observed.operationManifests;
  if (outcome?.request.id === request.id) {
    return outcome.ok
      ? { kind: 'loaded', loaded: outcome }
      : { kind: 'failed', message: `ComparisonError: ${outcome.message}` };
  }
  return {
    kind: 'waiting',
    actions: inFlight === request.id ? [] : [{ kind: 'load-manifests', slot: 'operation', request }],
  };
}

/** The tasks of an operation, and why it must not perform them. */
interface Prepared {
  readonly tasks: readonly SyncTask[];
  readonly refusal?: string;
}

/** The tasks of an operation at a revision that has been loaded. */
function tasksFor(observed: ApplicationObserved, state: OperationState, loaded: LoadedManifests): Prepared {
  const { app, kinds, live, settings, project, outcomes } = observed;
  if (project === undefined) return { tasks: [] };
  const controlNamespace = settings.namespace;
  const sync = state.operation.sync ?? {};
  const target = targetOf(app, kinds, settings);
  const desired = desiredState(loaded.objects, target);
  const comparison = compare({
    app,
    project,
    desired: desired.resources,
    live,
    kinds,
    controlNamespace,
    settings: settings.resources,
  });
  const revision = loaded.revisions[0] ?? '';
  const options = syncOptionsOf(app, sync);
  const [shared] = comparison.conditions.filter(({ type }) => type === 'SharedResourceWarning');
  const failing = optionValue(options, 'FailOnSharedResource') === 'true' && shared !== undefined;
  const tasks = syncTasks({
    app,
    controlNamespace,
    sync,
    state,
    revision,
    resources: comparison.resources,
    live,
    kinds,
    options,
    outcomes,
  });
  return failing ? { tasks, refusal: `Shared resource found: ${shared.message}` } : { tasks };
}

function withResult(state: OperationState, loaded: LoadedManifests, observed: ApplicationObserved): OperationState {
  const sync = state.operation.sync ?? {};
  const sources = sourcesFor(observed.app, sync);
  const multi = isMulti(observed.app, sync);
  const [source] = sources;
  return {
    ...state,
    syncResult: {
      revision: loaded.revisions[0] ?? '',
      ...(multi ? { revisions: loaded.revisions, sources } : source === undefined ? {} : { source }),
      ...(state.syncResult?.resources === undefined ? {} : { resources: state.syncResult.resources }),
    },
  };
}

function afterPass(
  observed: ApplicationObserved,
  state: OperationState,
  input: { pass: SyncPass; now: Instant },
): OperationPlan {
  const { pass } = input;
  const message = pass.message === '' ? state.message : pass.message;
  const result = state.syncResult ?? { revision: '' };
  const updated: OperationState = {
    ...state,
    phase: pass.phase,
    ...(message === undefined ? {} : { message }),
    syncResult: { ...result, ...(pass.results.length === 0 ? {} : { resources: pass.results }) },
  };
  if (pass.phase !== 'Running') return finish(observed, updated, { now: input.now, actions: pass.actions });
  return keep(observed, { actions: pass.actions, state: updated, next: pass.next });
}

function runSync(observed: ApplicationObserved, state: OperationState, env: PlanEnv): OperationPlan {
  const loading = loadFor(observed, state);
  if (loading.kind === 'waiting') return keep(observed, { actions: loading.actions, state });
  if (loading.kind === 'failed') {
    return finish(observed, { ...state, phase: 'Error', message: loading.message }, { now: env.now, actions: [] });
  }
  const { app, kinds, settings, outcomes } = observed;
  const sync = state.operation.sync ?? {};
  const { tasks, refusal } = tasksFor(observed, state, loading.loaded);
  const current = withResult(state, loading.loaded, observed);
  if (refusal !== undefined) {
    return finish(observed, { ...current, phase: 'Failed', message: refusal }, { now: env.now, actions: [] });
  }
  const options = syncOptionsOf(app, sync);
  const pass = planSyncPass({ app, sync, state: current, tasks, outcomes, options, kinds, settings, now: env.now });
  return afterPass(observed, current, { pass, now: env.now });
}

/** While no window lets the operation go on it stays as it is, and says so. */
function blockedByWindow(
  observed: ApplicationObserved,
  state: OperationState,
  now: Instant,
): OperationPlan | undefined {
  const { app, project, settings } = observed;
  const startedAt = parseTime(state.startedAt) ?? now;
  const manual = state.operation.initiatedBy?.automated !== true;
  const facts = { now, zones: settings.zones, manual, startedAt };
  const { allowed, changesAt } = judgeWindows(project?.spec.syncWindows, app, facts);
  if (allowed) return undefined;
  const next = changesAt === undefined ? settled : requeue(milliseconds(changesAt - now), 'SyncWindow');
  return keep(observed, { state: { ...state, message: 'Sync operation blocked by sync window' }, next });
}

function terminate(observed: ApplicationObserved, state: OperationState, now: Instant): OperationPlan {
  const loading = loadFor(observed, state);
  const tasks = loading.kind === 'loaded' ? tasksFor(observed, state, loading.loaded).tasks : [];
  const busy = (state.syncResult?.resources ?? []).filter(
    (result) => result.hookPhase === 'Running' && result.hookType !== undefined,
  );
  const targets = tasks
    .filter((task) => busy.some((result) => result.kind === task.key.kind && result.name === task.key.name))
    .map((task) => deleteTarget(task, observed.kinds, syncOptionsOf(observed.app, state.operation.sync ?? {})))
    .filter((target) => target !== undefined);
  const actions: readonly ApplicationAction[] = targets.length === 0 ? [] : [{ kind: 'delete-resources', targets }];
  return finish(observed, { ...state, phase: 'Failed', message: 'Operation terminated' }, { now, actions });
}

/** A round of the requested or running operation. `problems` keep it from starting. */
export function planOperation(
  observed: ApplicationObserved,
  problems: readonly ConditionFact[],
  env: PlanEnv,
): OperationPlan {
  const { app } = observed;
  const state = app.status?.operationState;
  if (isCompleted(state))
    return app.operation === undefined ? keep(observed, {}) : begin(observed, app.operation, env.now);
  if (state === undefined) return keep(observed, {});
  if (state.phase === 'Terminating') return terminate(observed, state, env.now);
  if (problems.length > 0) {
    const message = problems.map((problem) => `${problem.type}: ${problem.message}`).join(';');
    return finish(observed, { ...state, phase: 'Error', message }, { now: env.now, actions: [] });
  }
  if (state.finishedAt === undefined) return blockedByWindow(observed, state, env.now) ?? runSync(observed, state, env);
  const due = retryDueAt(state);
  if (env.now < due) return keep(observed, { next: requeue(milliseconds(due - env.now), 'Retry') });
  const { finishedAt: _last, syncResult: _dropped, ...fresh } = state;
  return keep(observed, { state: fresh });
}
