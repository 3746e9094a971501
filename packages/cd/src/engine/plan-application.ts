import { compareText, equalJson, formatTime, milliseconds, type Instant } from '@argosy/std';
import { cdNames, type Application, type ApplicationStatus } from '@argosy/api/cd';
import { mergeNext, requeue, settled, type Next, type Plan, type PlanEnv } from '@argosy/kube/plan';
import { applicationHealthOf } from './app-health.ts';
import { decideAutoSync, type AutoSync } from './auto-sync.ts';
import { compare, toResourceStatus, type Comparison } from './compare.ts';
import { defined } from './defined.ts';
import { setConditions, type ConditionFact } from './conditions.ts';
import { planDeletion } from './deletion.ts';
import { desiredState, targetOf } from './desired.ts';
import { imagesOf } from './images.ts';
import { planSpecSlot, refreshTokenOf, specRequest, type LoadedManifests, type SlotPlan } from './manifests.ts';
import type { ApplicationAction, ApplicationObserved, ApplicationResult } from './observed.ts';
import { orphanWarning } from './orphans.ts';
import { isCompleted, planOperation, type OperationPlan } from './operation.ts';
import { findSpecProblems } from './spec-problems.ts';
import { judgeWindows, type WindowVerdict } from './sync-windows.ts';

type ApplicationPlan = Plan<ApplicationAction, ApplicationResult>;

const EVALUATED = [
  'InvalidSpecError',
  'ComparisonError',
  'SharedResourceWarning',
  'RepeatedResourceWarning',
  'OrphanedResourceWarning',
  'UnknownError',
  'DeletionError',
];

/** Everything that one round found out about the comparison. */
interface Findings {
  readonly slot: SlotPlan;
  readonly loaded?: LoadedManifests;
  readonly comparison?: Comparison;
  readonly problems: readonly ConditionFact[];
  readonly warnings: readonly ConditionFact[];
}

function idle(app: Application): ApplicationResult {
  return { status: app.status, operation: app.operation, dropAnnotations: [], dropFinalizers: [] };
}

function sourceFields(app: Application, loaded: LoadedManifests): { revision?: string; revisions?: readonly string[] } {
  const multi = app.spec.sources !== undefined && app.spec.sources.length > 0;
  return multi ? { revisions: loaded.revisions } : { revision: loaded.revisions[0] ?? '' };
}

function comparedTo(app: Application): NonNullable<NonNullable<ApplicationStatus['sync']>['comparedTo']> {
  const { source, sources, destination, ignoreDifferences } = app.spec;
  const multi = sources !== undefined && sources.length > 0;
  return {
    ...(multi ? { sources } : source === undefined ? {} : { source }),
    destination,
    ...(ignoreDifferences === undefined ? {} : { ignoreDifferences }),
  };
}

function findOut(observed: ApplicationObserved, now: Instant): Findings {
  const { app, project, kinds, live, settings } = observed;
  const problems = findSpecProblems(app, project, settings);
  if (problems.length > 0 || project === undefined)
    return { slot: { fresh: false, next: settled }, problems, warnings: [] };
  const slot = planSpecSlot(observed, specRequest(observed), now);
  const { outcome } = slot;
  if (outcome === undefined) return { slot, problems: [], warnings: [] };
  if (!outcome.ok) return { slot, problems: [{ type: 'ComparisonError', message: outcome.message }], warnings: [] };
  const target = targetOf(app, kinds, settings);
  const desired = desiredState(outcome.objects, target);
  const input = {
    app,
    project,
    desired: desired.resources,
    live,
    kinds,
    controlNamespace: settings.namespace,
    settings: settings.resources,
  };
  const comparison = compare(input);
  return {
    slot,
    loaded: outcome,
    comparison,
    problems: [],
    warnings: [...desired.conditions, ...comparison.conditions, ...orphanWarning(project.spec, observed.orphans ?? 0)],
  };
}

function summaryOf(comparison: Comparison): NonNullable<ApplicationStatus['summary']> {
  const images = new Set(comparison.resources.flatMap((item) => (item.live === undefined ? [] : imagesOf(item.live))));
  const children = comparison.resources.some(
    (item) => item.key.kind === 'Application' && item.key.group === 'argoproj.io',
  );
  return {
    ...(images.size === 0 ? {} : { images: [...images].sort(compareText) }),
    ...(children ? { isAppOfApps: true } : {}),
  };
}

function comparedStatus(observed: ApplicationObserved, findings: Findings, now: Instant): ApplicationStatus {
  const { app, settings } = observed;
  const { comparison, loaded } = findings;
  const old = app.status ?? {};
  if (comparison === undefined || loaded === undefined) return unknownStatus(observed, findings, now);
  const listed = comparison.resources.filter((item) => item.key.name !== '');
  return {
    ...old,
    sync: { status: comparison.status, ...sourceFields(app, loaded), comparedTo: comparedTo(app) },
    health: applicationHealthOf(comparison.resources, old.health, now),
    resources: listed.map((item) => toResourceStatus(app, item)),
    summary: summaryOf(comparison),
    reconciledAt: formatTime(loaded.at),
    controllerNamespace: settings.namespace,
    ...(loaded.sourceTypes.length === 1
      ? { sourceType: loaded.sourceTypes[0] ?? '' }
      : { sourceTypes: loaded.sourceTypes }),
  };
}

function unknownHealth(
  old: ApplicationStatus['health'] | undefined,
  now: Instant,
): NonNullable<ApplicationStatus['health']> {
  const kept = old?.status === 'Unknown' ? old.lastTransitionTime : undefined;
  return { status: 'Unknown', lastTransitionTime: kept ?? formatTime(now) };
}

/** Without a comparison: unknown when something is wrong, and as it was while manifests are still being loaded. */
function unknownStatus(observed: ApplicationObserved, findings: Findings, now: Instant): ApplicationStatus {
  const { app, settings } = observed;
  const old = app.status ?? {};
  if (findings.problems.length === 0) return old;
  const invalid = findings.problems.some(isSpecProblem);
  return {
    ...old,
    sync: defined({ status: 'Unknown' as const, revision: old.sync?.revision, comparedTo: comparedTo(app) }),
    ...(invalid || old.health === undefined ? { health: unknownHealth(old.health, now) } : {}),
    ...(invalid ? { resources: [] } : {}),
    controllerNamespace: settings.namespace,
  };
}

function changeEvent(what: string, before: string | undefined, next: string | undefined): readonly ApplicationAction[] {
  if (before === next) return [];
  const message = `Updated ${what} status: ${before ?? ''} -> ${next ?? ''}`;
  return [{ kind: 'record-event', event: { type: 'Normal', reason: 'ResourceUpdated', message } }];
}

function statusEvents(old: ApplicationStatus, next: ApplicationStatus): readonly ApplicationAction[] {
  return [
    ...changeEvent('sync', old.sync?.status, next.sync?.status),
    ...changeEvent('health', old.health?.status, next.health?.status),
  ];
}

function startEvent(auto: AutoSync): readonly ApplicationAction[] {
  const sync = auto.operation?.sync;
  if (sync === undefined) return [];
  const revision = sync.revision ?? (sync.revisions ?? []).join(', ');
  const message = `Initiated automated sync to '${revision}'`;
  return [{ kind: 'record-event', event: { type: 'Normal', reason: 'OperationStarted', message } }];
}

interface Parts {
  readonly findings: Findings;
  readonly operation: OperationPlan;
  readonly auto: AutoSync & { readonly decided: boolean };
}

/** The conditions after this round; only what was evaluated in it is replaced. */
function conditionsOf(
  old: ApplicationStatus,
  { findings, auto }: Parts,
  now: Instant,
): ApplicationStatus['conditions'] | undefined {
  if (findings.problems.length === 0 && findings.comparison === undefined) return old.conditions;
  const own = auto.condition === undefined ? [] : [auto.condition];
  const evaluated = auto.decided ? [...EVALUATED, 'SyncError'] : EVALUATED;
  return setConditions(old.conditions, [...findings.problems, ...findings.warnings, ...own], { evaluated, now });
}

function assemble(observed: ApplicationObserved, env: PlanEnv, parts: Parts): ApplicationPlan {
  const { app } = observed;
  const { findings, operation, auto } = parts;
  const old = app.status ?? {};
  const conditions = conditionsOf(old, parts, env.now);
  const status: ApplicationStatus = defined({
    ...comparedStatus(observed, findings, env.now),
    operationState: operation.state,
    history: operation.history,
    conditions: conditions?.length === 0 ? undefined : conditions,
  });
  const answered = refreshTokenOf(app) !== '' && (findings.slot.fresh || findings.problems.some(isSpecProblem));
  const load: readonly ApplicationAction[] =
    findings.slot.load === undefined ? [] : [{ kind: 'load-manifests', slot: 'spec', request: findings.slot.load }];
  return {
    actions: [...load, ...operation.actions, ...statusEvents(old, status), ...startEvent(auto)],
    status: {
      status: equalJson(status, old) ? app.status : status,
      operation: auto.operation ?? operation.operation,
      dropAnnotations: answered ? [cdNames.refresh, cdNames.refreshTimestamp] : [],
      dropFinalizers: [],
    },
    next: mergeNext(mergeNext(findings.slot.next, operation.next), auto.next),
  };
}

const isSpecProblem = (problem: ConditionFact): boolean => problem.type === 'InvalidSpecError';

function planRemoval(observed: ApplicationObserved): ApplicationPlan {
  const deletion = planDeletion(observed);
  const status = { ...idle(observed.app), dropFinalizers: deletion.dropFinalizers };
  return { actions: deletion.actions, status, next: settled };
}

function isSkipped(app: Application): boolean {
  return ['true', '1', 't', 'T', 'TRUE', 'True'].includes(app.metadata.annotations?.[cdNames.skipReconcile] ?? '');
}

function windowVerdict({ app, project, settings }: ApplicationObserved, now: Instant): WindowVerdict {
  return judgeWindows(project?.spec.syncWindows, app, { now, zones: settings.zones, manual: false });
}

const noAutoSync: AutoSync & { readonly decided: boolean } = { next: settled as Next, decided: false };

function autoSyncOf(observed: ApplicationObserved, findings: Findings, now: Instant): typeof noAutoSync {
  const { app } = observed;
  const { comparison, loaded, slot } = findings;
  const busy = app.operation !== undefined || !isCompleted(app.status?.operationState);
  // A refresh that has been asked for is awaited: a decision on older manifests could undo what the user just pushed.
  if (busy || comparison === undefined || loaded === undefined || !slot.fresh) return noAutoSync;
  const { allowed, changesAt } = windowVerdict(observed, now);
  const opening = changesAt === undefined ? settled : requeue(milliseconds(changesAt - now), 'SyncWindow');
  if (!allowed) return { next: opening, decided: true };
  return { ...decideAutoSync(app, loaded, { comparison, now }), decided: true };
}

/**
 * One round of one Application: load manifests, compare, run the operation, decide on automated sync, write the status.
 * Pure and total; the one entry point of the controller and of the simulator.
 */
export function planApplication(observed: ApplicationObserved, env: PlanEnv): ApplicationPlan {
  const { app } = observed;
  if (app.metadata.deletionTimestamp !== undefined) return planRemoval(observed);
  if (isSkipped(app)) return { actions: [], status: idle(app), next: settled };
  const findings = findOut(observed, env.now);
  const operation = planOperation(observed, findings.problems, env);
  const auto = autoSyncOf(observed, findings, env.now);
  return assemble(observed, env, { findings, operation, auto });
}
