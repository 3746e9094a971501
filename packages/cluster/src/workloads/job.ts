import { formatTime, milliseconds, parseTime, type Instant } from '@argosy/std';
import { findCondition, keyOf, selectorFromSpec, setCondition, type Condition } from '@argosy/kube/meta';
import {
  mergeNext,
  requeue,
  settled,
  type KubeEventRecord,
  type Next,
  type Plan,
  type PlanEnv,
  type StandardAction,
} from '@argosy/kube/plan';
import { claimChildren } from './claim.ts';
import { creationWait, type CreationFailure } from './creation-failure.ts';
import { accountPods, isTracked, releasePod, type JobAccount } from './job-accounting.ts';
import { formatIndexes } from './job-indexes.ts';
import { createJobPods, deleteJobPods, isIndexed, jobBackoffMs, surplusPods } from './job-pods.ts';
import type { Job, JobStatus, Pod } from './kinds.ts';
import { restartsOf } from './pods.ts';
import { targets } from './resources.ts';

/** Failed pods that a job bears when its spec does not say. */
export const DEFAULT_BACKOFF_LIMIT = 6;

/** Pods that one round creates at most. */
export const JOB_BURST = 500;

/** Jobs of another controller are left alone. */
const OWN_MANAGER = 'kubernetes.io/job-controller';

/** What the planner sees. Without `job` it is gone, and `pods` are those that name it and still wait to be counted. */
export interface JobObserved {
  readonly job?: Job;
  readonly pods: readonly Pod[];
  readonly takenNames: readonly string[];
  readonly failure?: CreationFailure;
}

/** The next actions and status of a Job; the status is `undefined` when there is none to write. */
export type JobPlan = Plan<StandardAction, JobStatus | undefined>;

interface Verdict {
  readonly type: 'SuccessCriteriaMet' | 'FailureTarget';
  readonly reason: string;
  readonly message: string;
}

/** Plans a Job. */
export function planJob(seen: JobObserved, env: PlanEnv): JobPlan {
  const { job } = seen;
  if (job === undefined) return releaseOnly(seen.pods, undefined, settled);
  if (job.spec.managedBy !== undefined && job.spec.managedBy !== OWN_MANAGER) {
    return { actions: [], status: undefined, next: settled };
  }
  const finished = finishedCondition(job);
  if (finished !== undefined) {
    const ttl = timeToLive(job, finished, env.now);
    const { actions } = releaseOnly(seen.pods, job.status, settled);
    return { actions: [...actions, ...ttl.actions], status: job.status ?? {}, next: ttl.next };
  }
  return planRunning(job, seen, env);
}

function releaseOnly(pods: readonly Pod[], status: JobStatus | undefined, next: Next): JobPlan {
  return { actions: pods.filter(isTracked).map(releasePod), status, next };
}

/** The condition that says that a job has ended. */
export function finishedCondition(job: Job): Condition | undefined {
  return job.status?.conditions?.find(
    (condition) => condition.status === 'True' && (condition.type === 'Complete' || condition.type === 'Failed'),
  );
}

function timeToLive(job: Job, finished: Condition, now: Instant): { actions: StandardAction[]; next: Next } {
  const ttl = job.spec.ttlSecondsAfterFinished;
  const since = parseTime(finished.lastTransitionTime ?? '');
  if (ttl === undefined || since === undefined || job.metadata.deletionTimestamp !== undefined) {
    return { actions: [], next: settled };
  }
  const left = since + ttl * 1000 - now;
  if (left > 0) return { actions: [], next: requeue(milliseconds(left), 'TTLAfterFinished') };
  const preconditions = job.metadata.uid === undefined ? {} : { preconditions: { uid: job.metadata.uid } };
  const options = { propagationPolicy: 'Foreground', ...preconditions } as const;
  return { actions: [{ kind: 'delete', resource: targets.jobs, key: keyOf(job), options }], next: settled };
}

function planRunning(job: Job, seen: JobObserved, env: PlanEnv): JobPlan {
  const selector = job.spec.selector === undefined ? undefined : selectorFromSpec(job.spec.selector);
  const claims = claimChildren(job, selector, { resource: targets.pods, objects: seen.pods });
  const indexed = isIndexed(job);
  const first = accountPods(job, claims.owned, { abandonsActive: false, indexed });
  const verdict = judge(job, first, env.now);
  const abandonsActive = verdict?.type === 'FailureTarget';
  const account = abandonsActive ? accountPods(job, claims.owned, { abandonsActive, indexed }) : first;
  const work = planWork(job, { ...seen, pods: claims.owned }, { account, verdict, now: env.now });
  const status = statusOf(job, { account, verdict, now: env.now });
  const events = endEvents(job, status).map((event): StandardAction => ({ kind: 'record-event', about: job, event }));
  return {
    actions: [...claims.actions, ...account.releases, ...work.actions, ...events],
    status,
    next: mergeNext(work.next, verdict === undefined ? deadlineNext(job, env.now) : settled),
  };
}

/** Whether the job's fate is decided. A verdict that stands in the status never changes. */
function judge(job: Job, account: JobAccount, now: Instant): Verdict | undefined {
  const standing = standingVerdict(job);
  if (standing !== undefined) return standing;
  const limit = job.spec.backoffLimit ?? DEFAULT_BACKOFF_LIMIT;
  if (account.failed > limit || restartsExceed(job, account, limit)) {
    const message = 'Job has reached the specified backoff limit';
    return { type: 'FailureTarget', reason: 'BackoffLimitExceeded', message };
  }
  if ((deadlineLeft(job, now) ?? 1) <= 0) {
    const message = 'Job was active longer than specified deadline';
    return { type: 'FailureTarget', reason: 'DeadlineExceeded', message };
  }
  if (!isComplete(job, account)) return undefined;
  const message = 'Reached expected number of succeeded pods';
  return { type: 'SuccessCriteriaMet', reason: 'CompletionsReached', message };
}

function standingVerdict(job: Job): Verdict | undefined {
  for (const type of ['FailureTarget', 'SuccessCriteriaMet'] as const) {
    const old = findCondition(job.status?.conditions, type);
    if (old?.status === 'True') return { type, reason: old.reason ?? '', message: old.message ?? '' };
  }
  return undefined;
}

function isComplete(job: Job, account: JobAccount): boolean {
  const { completions } = job.spec;
  if (completions === undefined) return account.succeeded > 0 && account.active.length === 0;
  return account.succeeded >= completions;
}

function restartsExceed(job: Job, account: JobAccount, limit: number): boolean {
  if (job.spec.template.spec.restartPolicy !== 'OnFailure') return false;
  const restarts = account.active.reduce((sum, pod) => sum + restartsOf(pod), 0);
  return limit === 0 ? restarts > 0 : restarts >= limit;
}

function deadlineLeft(job: Job, now: Instant): number | undefined {
  const since = parseTime(job.status?.startTime ?? '');
  if (job.spec.suspend === true || job.spec.activeDeadlineSeconds === undefined || since === undefined)
    return undefined;
  return since + job.spec.activeDeadlineSeconds * 1000 - now;
}

function deadlineNext(job: Job, now: Instant): Next {
  const left = deadlineLeft(job, now);
  return left === undefined || left <= 0 ? settled : requeue(milliseconds(left), 'ActiveDeadline');
}

interface Round {
  readonly account: JobAccount;
  readonly verdict: Verdict | undefined;
  readonly now: Instant;
}

interface Work {
  readonly actions: readonly StandardAction[];
  readonly next: Next;
}

function planWork(job: Job, seen: JobObserved, round: Round): Work {
  const { account, verdict } = round;
  if (verdict !== undefined) {
    // What still runs is of no use; of a failed job it counts as failed.
    const uncounted = verdict.type === 'SuccessCriteriaMet';
    return { actions: deleteJobPods(job, account.active, { uncounted }), next: settled };
  }
  if (job.spec.suspend === true) {
    return { actions: deleteJobPods(job, account.active, { uncounted: true }), next: settled };
  }
  if (job.metadata.deletionTimestamp !== undefined) return { actions: [], next: settled };
  const missing = wantedActive(job, account) - account.active.length;
  const surplus = surplusPods(job, account, Math.max(0, -missing));
  if (surplus.length > 0) return { actions: deleteJobPods(job, surplus, { uncounted: true }), next: settled };
  return missing > 0 ? planCreation(job, seen, { ...round, missing }) : { actions: [], next: settled };
}

function planCreation(job: Job, seen: JobObserved, round: Round & { readonly missing: number }): Work {
  const backoff = jobBackoffMs(seen.pods, round.now);
  if (backoff > 0) return { actions: [], next: requeue(backoff, 'BackoffLimit') };
  const refused = creationWait(seen.failure, round.now);
  if (refused > 0) return { actions: [], next: requeue(refused, 'FailedCreate') };
  const taken = new Set([...seen.takenNames, ...seen.pods.map((pod) => pod.metadata.name)]);
  const count = Math.min(round.missing, JOB_BURST);
  return { actions: createJobPods(job, round.account, { count, taken }), next: settled };
}

function wantedActive(job: Job, account: JobAccount): number {
  const parallelism = job.spec.parallelism ?? 1;
  const { completions } = job.spec;
  if (completions === undefined) return account.succeeded > 0 ? account.active.length : parallelism;
  return Math.min(Math.max(0, completions - account.succeeded), parallelism);
}

function statusOf(job: Job, round: Round): JobStatus {
  const { account, verdict } = round;
  const conditions = conditionsOf(job, round);
  const indexes = isIndexed(job) ? formatIndexes(account.indexes) : '';
  const { succeeded, failed } = account.uncounted;
  return {
    ...timesOf(job, conditions, round),
    ...count('active', verdict === undefined ? account.active.length : 0),
    ready: verdict === undefined ? account.ready : 0,
    terminating: account.terminating,
    ...count('succeeded', account.countedSucceeded),
    ...count('failed', account.countedFailed),
    ...(indexes === '' ? {} : { completedIndexes: indexes }),
    uncountedTerminatedPods: {
      ...(succeeded.length === 0 ? {} : { succeeded }),
      ...(failed.length === 0 ? {} : { failed }),
    },
    ...(conditions.length === 0 ? {} : { conditions }),
  };
}

/** Counts of zero are left out, as the API leaves them out. */
function count(name: 'active' | 'succeeded' | 'failed', value: number): { readonly [field: string]: number } {
  return value === 0 ? {} : { [name]: value };
}

function timesOf(
  job: Job,
  conditions: readonly Condition[],
  round: Round,
): Pick<JobStatus, 'startTime' | 'completionTime'> {
  const now = formatTime(round.now);
  const isIdle = job.spec.suspend === true && round.verdict === undefined;
  const isDone = findCondition(conditions, 'Complete')?.status === 'True';
  return {
    ...(isIdle ? {} : { startTime: job.status?.startTime ?? now }),
    ...(isDone ? { completionTime: job.status?.completionTime ?? now } : {}),
  };
}

function conditionsOf(job: Job, { account, verdict, now }: Round): readonly Condition[] {
  let conditions = withSuspension(job, now);
  if (verdict === undefined) return conditions;
  const { type, reason, message } = verdict;
  conditions = setCondition(conditions, { type, status: 'True', reason, message }, now);
  const waits = account.active.length + account.terminating + account.uncounted.succeeded.length;
  if (waits + account.uncounted.failed.length > 0) return conditions;
  const end = type === 'FailureTarget' ? 'Failed' : 'Complete';
  return setCondition(conditions, { type: end, status: 'True', reason, message }, now);
}

function withSuspension(job: Job, now: Instant): readonly Condition[] {
  const conditions = job.status?.conditions ?? [];
  const old = findCondition(conditions, 'Suspended');
  if (job.spec.suspend === true) {
    const next = { type: 'Suspended', status: 'True', reason: 'JobSuspended', message: 'Job suspended' } as const;
    return old?.status === 'True' ? conditions : setCondition(conditions, next, now);
  }
  if (old?.status !== 'True') return conditions;
  return setCondition(
    conditions,
    { type: 'Suspended', status: 'False', reason: 'JobResumed', message: 'Job resumed' },
    now,
  );
}

/** Events for conditions that this round brings; the reason is the condition's. */
function endEvents(job: Job, status: JobStatus): readonly KubeEventRecord[] {
  return (status.conditions ?? [])
    .filter((each) => findCondition(job.status?.conditions, each.type)?.status !== each.status)
    .flatMap((each) => eventFor(each));
}

function eventFor(condition: Condition): readonly KubeEventRecord[] {
  const { type, status, reason = '', message = '' } = condition;
  if (type === 'Complete') return [{ type: 'Normal', reason: 'Completed', message: 'Job completed' }];
  if (type === 'Failed') return [{ type: 'Warning', reason, message }];
  if (type !== 'Suspended') return [];
  return [{ type: 'Normal', reason: status === 'True' ? 'Suspended' : 'Resumed', message }];
}
