import {
  workflowAnnotations,
  workflowLabels,
  type CronWorkflow,
  type CronWorkflowStatus,
  type Workflow,
  type WorkflowCondition,
} from '@argosy/api/workflows';
import { controllerRef } from '@argosy/kube/meta';
import { done, requeue, settled, type Next, type Plan, type PlanEnv } from '@argosy/kube/plan';
import type { TimeZones } from '@argosy/lang/cron';
import { compileExpr, GoTime, type GoRecord } from '@argosy/lang/expr';
import { createArgoPrograms, renderTags, compileTags, type TagScope } from '@argosy/lang/tags';
import { evaluateArgoWhen } from '@argosy/lang/when';
import { err, formatTime, isObject, milliseconds, ok, parseTime, type Instant, type Result } from '@argosy/std';

import {
  cronProblems,
  dueRuns,
  HANDLED_ANNOTATION,
  handledUntil,
  LAST_SCHEDULE_ANNOTATION,
  scheduleText,
} from './cron-schedule.ts';
import { definedMembers } from './defined-members.ts';

/** Label of a CronWorkflow that will not run any more. */
export const CRON_COMPLETED_LABEL = 'cronworkflows.argoproj.io/completed';

/** A CronWorkflow and the workflows that it made. */
export interface CronObserved {
  readonly cron: CronWorkflow;
  readonly workflows: readonly Workflow[];
  /** What is wrong with the workflow that it would make, if anything. */
  readonly specProblem?: string | undefined;
  /** Why the last workflow could not be created, if it could not. */
  readonly submissionError?: string | undefined;
  readonly zones: TimeZones;
}

/** The planned writes around one CronWorkflow. */
export type CronAction =
  | { readonly kind: 'create-workflow'; readonly object: Workflow }
  | { readonly kind: 'terminate-workflow'; readonly name: string }
  | { readonly kind: 'delete-workflow'; readonly name: string };

/** Its next status, whole, and the metadata that goes with it. */
export interface CronChange {
  readonly status: CronWorkflowStatus;
  readonly labels: { readonly [key: string]: string };
  readonly annotations: { readonly [key: string]: string };
}

/** What a plan for a CronWorkflow is. */
export type CronPlan = Plan<CronAction, CronChange>;

function isOver(workflow: Workflow): boolean {
  return ['Succeeded', 'Failed', 'Error'].includes(workflow.status?.phase ?? '');
}

function nameOf(reference: unknown): string {
  return isObject(reference) && typeof reference['name'] === 'string' ? reference['name'] : '';
}

interface Round {
  readonly observed: CronObserved;
  readonly env: PlanEnv;
  readonly actions: CronAction[];
  active: readonly object[];
  succeeded: number;
  failed: number;
  handled: Instant | undefined;
  lastScheduledTime: string | undefined;
}

function openRound(observed: CronObserved, env: PlanEnv): Round {
  const status = observed.cron.status ?? {};
  return {
    observed,
    env,
    actions: [],
    active: (status.active ?? []) as readonly object[],
    succeeded: status.succeeded ?? 0,
    failed: status.failed ?? 0,
    handled: handledUntil(observed.cron) === undefined ? env.now : undefined,
    lastScheduledTime: status.lastScheduledTime ?? undefined,
  };
}

/**
 * Counts what has ended since the last round: one status write holds both the counts and the shorter list. Workflows
 * of a round that died before it was recorded are taken in.
 */
function countEnded(round: Round): void {
  const byName = new Map(round.observed.workflows.map((item) => [item.metadata.name, item]));
  const ended = round.active
    .map((item) => byName.get(nameOf(item)))
    .filter((item) => item !== undefined && isOver(item));
  round.succeeded += ended.filter((item) => item?.status?.phase === 'Succeeded').length;
  round.failed += ended.filter((item) => item?.status?.phase !== 'Succeeded').length;
  round.active = round.active.filter((item) => {
    const workflow = byName.get(nameOf(item));
    return workflow !== undefined && !isOver(workflow);
  });
  const known = new Set(round.active.map(nameOf));
  const strays = round.observed.workflows.filter((item) => !isOver(item) && !known.has(item.metadata.name));
  round.active = [...round.active, ...strays.map(referenceTo)];
}

function referenceTo(workflow: Workflow): object {
  const { name, namespace = '' } = workflow.metadata;
  return { apiVersion: workflow.apiVersion, kind: workflow.kind, name, namespace };
}

function environmentOf(round: Round): GoRecord {
  const { cron } = round.observed;
  const { name, namespace = '', labels = {}, annotations = {} } = cron.metadata;
  const last = parseTime(round.lastScheduledTime ?? '');
  const zone = { name: 'UTC', at: () => ({ offsetSeconds: 0, abbreviation: 'UTC' }) };
  return {
    cronworkflow: {
      name,
      namespace,
      labels,
      annotations,
      succeeded: BigInt(round.succeeded),
      failed: BigInt(round.failed),
      lastScheduledTime: last === undefined ? null : new GoTime(BigInt(last) * 1_000_000n, zone),
    },
  };
}

function textsOf(round: Round): { readonly [name: string]: string } {
  const { name, namespace = '', labels = {}, annotations = {} } = round.observed.cron.metadata;
  const maps = { labels, annotations };
  const members = Object.entries(maps).flatMap(([map, values]) => [
    [`cronworkflow.${map}`, JSON.stringify(values)],
    [`cronworkflow.${map}.json`, JSON.stringify(values)],
    ...Object.entries(values).map(([key, value]) => [`cronworkflow.${map}.${key}`, value]),
  ]);
  return {
    'cronworkflow.name': name,
    'cronworkflow.namespace': namespace,
    'cronworkflow.succeeded': String(round.succeeded),
    'cronworkflow.failed': String(round.failed),
    'cronworkflow.lastScheduledTime': round.lastScheduledTime ?? '',
    ...(Object.fromEntries(members) as { readonly [name: string]: string }),
  };
}

/** True when nothing more may run. A condition that cannot be read stops nothing, and is told. */
function stops(round: Round): Result<boolean, string> {
  const { expression = '' } = round.observed.cron.spec.stopStrategy ?? {};
  if (expression === '') return ok(false);
  const program = compileExpr(expression);
  const value = program.ok ? program.value.run(environmentOf(round), { now: round.env.now }) : program;
  if (!value.ok) return err(`failed to evaluate stopStrategy.expression: ${value.error.message}`);
  if (typeof value.value === 'boolean') return ok(value.value);
  return err(`stopStrategy.expression '${expression}' must evaluate to a boolean`);
}

/** What `when` says about a run. */
function holds(round: Round): Result<boolean, string> {
  const { when = '' } = round.observed.cron.spec;
  if (when === '') return ok(true);
  const texts = textsOf(round);
  const scope: TagScope = {
    lookup: (name) => (Object.hasOwn(texts, name) ? { kind: 'text', text: texts[name] ?? '' } : { kind: 'unknown' }),
    environment: () => environmentOf(round),
    programs: createArgoPrograms(),
    moment: { now: round.env.now, seed: round.env.seed },
  };
  const text = renderTags(compileTags(when), scope, { mode: 'strict' });
  return text.ok ? evaluateArgoWhen(text.value) : err(text.error.message);
}

function texts(value: unknown): { readonly [key: string]: string } {
  return isObject(value) ? (value as { readonly [key: string]: string }) : {};
}

/** The workflow of one run; its name says which, so that a run is never made twice. */
function runOf(cron: CronWorkflow, at: Instant): Workflow {
  const { name, namespace = '' } = cron.metadata;
  const { workflowSpec = {}, workflowMetadata } = cron.spec;
  const given = isObject(workflowMetadata) ? workflowMetadata : {};
  const finalizers = Array.isArray(given['finalizers']) ? { finalizers: given['finalizers'] as string[] } : {};
  const creators = Object.entries(cron.metadata.labels ?? {}).filter(([key]) => key.startsWith(workflowLabels.creator));
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Workflow',
    metadata: {
      name: `${name}-${Math.floor(at / 1000)}`,
      namespace,
      labels: { ...texts(given['labels']), ...Object.fromEntries(creators), [workflowLabels.cronWorkflow]: name },
      annotations: { ...texts(given['annotations']), [workflowAnnotations.scheduledTime]: formatTime(at) },
      ownerReferences: [controllerRef(cron)],
      ...finalizers,
    },
    spec: workflowSpec,
  };
}

function start(round: Round, object: Workflow, at: Instant): void {
  const { cron } = round.observed;
  if (cron.spec.concurrencyPolicy === 'Replace') {
    for (const item of round.active) round.actions.push({ kind: 'terminate-workflow', name: nameOf(item) });
    round.active = [];
  }
  round.actions.push({ kind: 'create-workflow', object });
  round.active = [...round.active, referenceTo(object)];
  round.lastScheduledTime = formatTime(at);
}

/** Decides about one due run; the text says why it could not be decided. */
function decide(round: Round, at: Instant): string | undefined {
  const { cron } = round.observed;
  round.handled = at;
  if (cron.spec.suspend === true) return undefined;
  const run = runOf(cron, at);
  if (round.active.some((item) => nameOf(item) === run.metadata.name)) {
    round.lastScheduledTime = formatTime(at);
    return undefined;
  }
  const wanted = holds(round);
  if (!wanted.ok) return `run policy error: ${wanted.error}`;
  const isTaken = cron.spec.concurrencyPolicy === 'Forbid' && round.active.length > 0;
  if (wanted.value && !isTaken) start(round, run, at);
  return undefined;
}

/** Ended workflows beyond the limits, the oldest first. */
function history(round: Round): readonly CronAction[] {
  const { successfulJobsHistoryLimit = 3, failedJobsHistoryLimit = 1 } = round.observed.cron.spec;
  const ended = round.observed.workflows.filter(isOver);
  const endOf = (item: Workflow): string => item.status?.finishedAt ?? '';
  const newestFirst = [...ended].sort((a, b) => (endOf(a) < endOf(b) ? 1 : -1));
  const isGood = (item: Workflow): boolean => item.status?.phase === 'Succeeded';
  const surplus = [
    ...newestFirst.filter(isGood).slice(successfulJobsHistoryLimit),
    ...newestFirst.filter((item) => !isGood(item)).slice(failedJobsHistoryLimit),
  ];
  // What is on the list of active ones has not been counted yet.
  const counted = new Set(round.active.map(nameOf));
  return surplus
    .filter((item) => !counted.has(item.metadata.name))
    .map((item) => ({ kind: 'delete-workflow', name: item.metadata.name }));
}

interface CronFacts {
  readonly isStopped: boolean;
  readonly submission: string | undefined;
  readonly specProblem: string | undefined;
}

function conditionsOf(round: Round, { submission, specProblem }: CronFacts): readonly WorkflowCondition[] {
  const { cron } = round.observed;
  const kept = (cron.status?.conditions ?? []).filter(
    (item) => item.type !== 'SpecError' && item.type !== 'SubmissionError',
  );
  const own: WorkflowCondition[] = [];
  if (specProblem !== undefined) own.push({ type: 'SpecError', status: 'True', message: specProblem });
  if (submission !== undefined) own.push({ type: 'SubmissionError', status: 'True', message: submission });
  return [...kept, ...own];
}

function changeOf(round: Round, facts: CronFacts): CronChange {
  const { cron } = round.observed;
  const handled = round.handled;
  return {
    status: {
      ...cron.status,
      active: [...round.active] as NonNullable<CronWorkflowStatus['active']>,
      succeeded: round.succeeded,
      failed: round.failed,
      phase: facts.isStopped ? 'Stopped' : 'Active',
      conditions: [...conditionsOf(round, facts)],
      ...definedMembers({ lastScheduledTime: round.lastScheduledTime }),
    },
    labels: facts.isStopped ? { [CRON_COMPLETED_LABEL]: 'true' } : {},
    annotations: {
      [LAST_SCHEDULE_ANNOTATION]: scheduleText(cron),
      ...(handled === undefined ? {} : { [HANDLED_ANNOTATION]: formatTime(handled) }),
    },
  };
}

function nextOf(next: Instant | undefined, now: Instant): Next {
  return next === undefined ? settled : requeue(milliseconds(Math.max(0, next - now)), 'CronSchedule');
}

function wasStopped(cron: CronWorkflow): boolean {
  return cron.status?.phase === 'Stopped';
}

const NEVER = { due: [], next: undefined };

function specProblemOf({ cron, zones, specProblem }: CronObserved): string | undefined {
  const problems = cronProblems(cron, zones);
  return problems.length === 0 ? specProblem : problems.map((item) => item.message).join('; ');
}

/**
 * Decides one round of a CronWorkflow: counts what ended, starts what is due, forgets what is too old. Pure, total;
 * a round that dies is repeated with the same names, so that nothing runs twice.
 */
export function planCron(observed: CronObserved, env: PlanEnv): CronPlan {
  const round = openRound(observed, env);
  const { cron } = observed;
  if (cron.metadata.deletionTimestamp !== undefined) {
    return done({ status: cron.status ?? {}, labels: {}, annotations: {} });
  }
  countEnded(round);
  const specProblem = specProblemOf(observed);
  const stopped = stops(round);
  const isStopped = wasStopped(cron) || (stopped.ok && stopped.value);
  const { due, next } = isStopped ? NEVER : dueRuns(cron, observed.zones, env.now);
  let submission = stopped.ok ? observed.submissionError : stopped.error;
  for (const at of specProblem === undefined ? due : []) submission = decide(round, at) ?? submission;
  const actions = [...round.actions, ...history(round)];
  return { actions, status: changeOf(round, { isStopped, submission, specProblem }), next: nextOf(next, env.now) };
}
