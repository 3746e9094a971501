import { compareText, formatTime, instant, milliseconds, parseTime, type Instant } from '@argosy/std';
import { nextFire, parseCron, UTC, type TimeZones } from '@argosy/lang/cron';
import { controllerRef, keyOf, type KubeObject } from '@argosy/kube/meta';
import { requeue, settled, type Next, type Plan, type PlanEnv, type StandardAction } from '@argosy/kube/plan';
import { missedStarts, type ZonedSchedule } from './cron-schedule.ts';
import { finishedCondition } from './job.ts';
import type { Job } from './kinds.ts';
import { createdAt } from './pods.ts';
import { targets } from './resources.ts';

/** On Jobs of a CronJob: the start time that the Job stands for, in the CronJob's zone. */
export const SCHEDULED_ANNOTATION = 'batch.kubernetes.io/cronjob-scheduled-timestamp';

/** A reference to a Job that runs. */
export interface ActiveJob {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly namespace?: string;
  readonly name: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
}

/** batch/v1 CronJobStatus. */
export interface CronJobStatus {
  readonly active?: readonly ActiveJob[];
  readonly lastScheduleTime?: string;
  readonly lastSuccessfulTime?: string;
}

/** batch/v1 CronJob. */
export interface CronJob extends KubeObject {
  readonly spec: {
    readonly schedule: string;
    readonly timeZone?: string;
    readonly startingDeadlineSeconds?: number;
    readonly concurrencyPolicy?: string;
    readonly suspend?: boolean;
    readonly successfulJobsHistoryLimit?: number;
    readonly failedJobsHistoryLimit?: number;
    readonly jobTemplate: {
      readonly metadata?: {
        readonly labels?: { readonly [key: string]: string };
        readonly annotations?: { readonly [key: string]: string };
      };
      readonly spec: Job['spec'];
    };
  };
  readonly status?: CronJobStatus;
}

/** What the planner sees. `jobs`: all Jobs that the CronJob controls. */
export interface CronJobObserved {
  readonly cronJob: CronJob;
  readonly jobs: readonly Job[];
  /** Names of Jobs in the namespace that begin with the CronJob's and belong to others. */
  readonly takenNames: readonly string[];
}

/** The next actions and status of a CronJob. */
export type CronJobPlan = Plan<StandardAction, CronJobStatus>;

interface Round {
  readonly cronJob: CronJob;
  readonly jobs: readonly Job[];
  readonly takenNames: readonly string[];
  readonly now: Instant;
}

/** What has been decided so far. */
interface Draft {
  readonly actions: readonly StandardAction[];
  readonly active: readonly ActiveJob[];
  readonly lastScheduleTime?: string;
  readonly next: Next;
}

function event(
  about: KubeObject,
  type: 'Normal' | 'Warning',
  more: { readonly reason: string; readonly message: string },
): StandardAction {
  return { kind: 'record-event', about, event: { type, ...more } };
}

const isFinished = (job: Job): boolean => finishedCondition(job) !== undefined;

function referenceTo(job: Job): ActiveJob {
  const { name, namespace, uid, resourceVersion } = job.metadata;
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    ...(namespace === undefined ? {} : { namespace }),
    name,
    ...(uid === undefined ? {} : { uid }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
  };
}

/** Jobs that this controller started and whose start the status does not tell: the round was cut off in between. */
function forgotten(round: Round, listed: ReadonlySet<string>): readonly Job[] {
  return round.jobs.filter(
    (job) =>
      !isFinished(job) &&
      !listed.has(job.metadata.uid ?? '') &&
      job.metadata.annotations?.[SCHEDULED_ANNOTATION] !== undefined,
  );
}

function withoutEnded(round: Round): { readonly active: readonly ActiveJob[]; readonly events: StandardAction[] } {
  const { cronJob } = round;
  const listed = cronJob.status?.active ?? [];
  const byUid = new Map(round.jobs.map((job) => [job.metadata.uid ?? '', job]));
  const events: StandardAction[] = [];
  const running = listed.filter((reference) => {
    const job = byUid.get(reference.uid ?? '');
    const condition = job === undefined ? undefined : finishedCondition(job);
    if (job !== undefined && condition === undefined) return true;
    const seen =
      job === undefined
        ? { reason: 'MissingJob', message: `Active job went missing: ${reference.name}` }
        : {
            reason: 'SawCompletedJob',
            message: `Saw completed job: ${reference.name}, condition: ${condition?.type ?? ''}`,
          };
    events.push(event(cronJob, 'Normal', seen));
    return false;
  });
  const found = forgotten(round, new Set(listed.map((each) => each.uid ?? '')));
  return { active: [...running, ...found.map(referenceTo)], events };
}

function deletion(round: Round, name: string, uid: string | undefined): readonly StandardAction[] {
  const { cronJob } = round;
  const preconditions = uid === undefined ? {} : { preconditions: { uid } };
  return [
    {
      kind: 'delete',
      resource: targets.jobs,
      key: { namespace: cronJob.metadata.namespace ?? '', name },
      options: { propagationPolicy: 'Background', ...preconditions },
    },
    event(cronJob, 'Normal', { reason: 'SuccessfulDelete', message: `Deleted job ${name}` }),
  ];
}

function startedAt(job: Job): number {
  return parseTime(job.status?.startTime ?? '') ?? createdAt(job);
}

/** Deletes the oldest Jobs of one outcome beyond the limit. */
function planHistory(
  round: Round,
  outcome: 'Complete' | 'Failed',
  limit: number | undefined,
): readonly StandardAction[] {
  if (limit === undefined) return [];
  const ended = round.jobs.filter((job) => finishedCondition(job)?.type === outcome);
  const oldestFirst = ended.toSorted(
    (a, b) => startedAt(a) - startedAt(b) || compareText(a.metadata.name, b.metadata.name),
  );
  return oldestFirst
    .slice(0, Math.max(0, ended.length - limit))
    .filter((job) => job.metadata.deletionTimestamp === undefined)
    .flatMap((job) => deletion(round, job.metadata.name, job.metadata.uid));
}

/** RFC 3339 with the zone's offset: `2026-01-01T09:00:00+09:00`. */
function zonedTime(at: Instant, zoned: ZonedSchedule): string {
  const offset = Math.round(zoned.zone(at) / 60_000);
  if (offset === 0) return formatTime(at);
  const wall = formatTime(instant(at + offset * 60_000)).slice(0, -1);
  const places = (value: number): string => String(value).padStart(2, '0');
  const size = Math.abs(offset);
  return `${wall}${offset < 0 ? '-' : '+'}${places(Math.floor(size / 60))}:${places(size % 60)}`;
}

/** The name of the Job that stands for a start time: the same start never makes two Jobs. */
export function cronJobChildName(cronJob: CronJob, at: Instant): string {
  return `${cronJob.metadata.name}-${Math.floor(at / 60_000)}`;
}

function jobFor(cronJob: CronJob, at: Instant, zoned: ZonedSchedule): KubeObject {
  const { metadata, spec } = cronJob.spec.jobTemplate;
  const annotations = { ...metadata?.annotations, [SCHEDULED_ANNOTATION]: zonedTime(at, zoned) };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: cronJobChildName(cronJob, at),
      namespace: cronJob.metadata.namespace ?? '',
      ...(metadata?.labels === undefined ? {} : { labels: metadata.labels }),
      annotations,
      ownerReferences: [controllerRef(cronJob)],
    },
    spec,
  };
}

/** The schedule with its zone, or the event that says why there is none. */
function readSchedule(cronJob: CronJob, zones: TimeZones): ZonedSchedule | StandardAction {
  const { schedule, timeZone } = cronJob.spec;
  const zone = timeZone === undefined ? UTC : zones(timeZone);
  if (zone === undefined) {
    const name = JSON.stringify(timeZone);
    return event(cronJob, 'Warning', {
      reason: 'UnknownTimeZone',
      message: `invalid timeZone: ${name}: unknown time zone ${timeZone ?? ''}`,
    });
  }
  const parsed = parseCron(schedule, { zones });
  if (parsed.ok) return { schedule: parsed.value, zone };
  const message = `unparseable schedule: ${JSON.stringify(schedule)} : ${parsed.error.message}`;
  return event(cronJob, 'Warning', { reason: 'UnparseableSchedule', message });
}

/** From when start times count: the last one, the creation, and not before the starting deadline allows. */
function countedFrom(cronJob: CronJob, now: Instant): Instant {
  const last = parseTime(cronJob.status?.lastScheduleTime ?? '') ?? createdAt(cronJob);
  const { startingDeadlineSeconds } = cronJob.spec;
  if (startingDeadlineSeconds === undefined) return instant(last);
  return instant(Math.max(last, now - startingDeadlineSeconds * 1000));
}

function afterNow(zoned: ZonedSchedule, now: Instant): Next {
  const at = nextFire(zoned.schedule, now, zoned.zone);
  return at === undefined ? settled : requeue(milliseconds(at - now), 'Schedule');
}

function planStart(round: Round, draft: Draft, zoned: ZonedSchedule): Draft {
  const { cronJob, now } = round;
  const missed = missedStarts(zoned, countedFrom(cronJob, now), now);
  const next = afterNow(zoned, now);
  const warned = missed.isTooMany
    ? [
        event(cronJob, 'Warning', {
          reason: 'TooManyMissedTimes',
          message: 'too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew',
        }),
      ]
    : [];
  const actions = [...draft.actions, ...warned];
  const late = missed.latest === undefined ? missedByDeadline(round, zoned) : [];
  if (missed.latest === undefined) return { ...draft, actions: [...actions, ...late], next };
  return startAt(round, { ...draft, actions, next }, { at: missed.latest, zoned });
}

/** A start time that came since the last one, and that the starting deadline has let pass, is told of once. */
function missedByDeadline(round: Round, zoned: ZonedSchedule): readonly StandardAction[] {
  const { cronJob, now } = round;
  if (cronJob.spec.startingDeadlineSeconds === undefined) return [];
  const last = instant(parseTime(cronJob.status?.lastScheduleTime ?? '') ?? createdAt(cronJob));
  const { latest } = missedStarts(zoned, last, now);
  if (latest === undefined) return [];
  const message = `Missed scheduled time to start a job: ${formatTime(latest)}`;
  return [event(cronJob, 'Warning', { reason: 'MissSchedule', message })];
}

function startAt(round: Round, draft: Draft, start: { readonly at: Instant; readonly zoned: ZonedSchedule }): Draft {
  const { cronJob } = round;
  const { at, zoned } = start;
  const name = cronJobChildName(cronJob, at);
  // The Job is there already: only the status has yet to say so.
  const existing = round.jobs.find((job) => job.metadata.name === name);
  if (existing !== undefined) return { ...draft, lastScheduleTime: formatTime(at) };
  if (draft.active.length > 0 && cronJob.spec.concurrencyPolicy === 'Forbid') {
    const message = 'Not starting job because prior execution is running and concurrency policy is Forbid';
    return { ...draft, actions: [...draft.actions, event(cronJob, 'Normal', { reason: 'JobAlreadyActive', message })] };
  }
  if (round.takenNames.includes(name)) {
    const message = `Error creating job: the name ${name} belongs to a job of another owner`;
    return { ...draft, actions: [...draft.actions, event(cronJob, 'Warning', { reason: 'FailedCreate', message })] };
  }
  const replaces = cronJob.spec.concurrencyPolicy === 'Replace';
  const gone = replaces ? draft.active.flatMap((each) => deletion(round, each.name, each.uid)) : [];
  const kept = replaces ? [] : draft.active;
  const object = jobFor(cronJob, at, zoned);
  return {
    actions: [
      ...draft.actions,
      ...gone,
      { kind: 'create', resource: targets.jobs, object },
      event(cronJob, 'Normal', { reason: 'SuccessfulCreate', message: `Created job ${name}` }),
    ],
    // The uid is not known before the answer; the next round adds the Job by what it is, not by what was planned.
    active: kept,
    lastScheduleTime: formatTime(at),
    next: draft.next,
  };
}

function lastSuccess(round: Round): string | undefined {
  const ends = round.jobs
    .filter((job) => finishedCondition(job)?.type === 'Complete')
    .map((job) => job.status?.completionTime)
    .concat(round.cronJob.status?.lastSuccessfulTime)
    .filter((time) => time !== undefined);
  const latest = Math.max(...ends.map((time) => parseTime(time) ?? 0));
  return ends.length === 0 ? undefined : formatTime(instant(latest));
}

function statusOf(round: Round, draft: Draft): CronJobStatus {
  const lastSuccessfulTime = lastSuccess(round);
  const lastScheduleTime = draft.lastScheduleTime ?? round.cronJob.status?.lastScheduleTime;
  return {
    ...(draft.active.length === 0 ? {} : { active: draft.active }),
    ...(lastScheduleTime === undefined ? {} : { lastScheduleTime }),
    ...(lastSuccessfulTime === undefined ? {} : { lastSuccessfulTime }),
  };
}

function planSchedule(round: Round, draft: Draft, zones: TimeZones): Draft {
  const { cronJob } = round;
  if (cronJob.metadata.deletionTimestamp !== undefined || cronJob.spec.suspend === true) return draft;
  const zoned = readSchedule(cronJob, zones);
  if ('kind' in zoned) return { ...draft, actions: [...draft.actions, zoned] };
  return planStart(round, draft, zoned);
}

/**
 * Plans a CronJob: at most one Job a start time, named after it; the latest missed start is made up for unless the
 * starting deadline has passed. `zones` are the time zones by name.
 */
export function planCronJob(seen: CronJobObserved, env: PlanEnv, zones: TimeZones): CronJobPlan {
  const round: Round = { ...seen, now: env.now };
  const { active, events } = withoutEnded(round);
  const { successfulJobsHistoryLimit, failedJobsHistoryLimit } = seen.cronJob.spec;
  const going = seen.cronJob.metadata.deletionTimestamp !== undefined;
  const history = going
    ? []
    : [
        ...planHistory(round, 'Complete', successfulJobsHistoryLimit),
        ...planHistory(round, 'Failed', failedJobsHistoryLimit),
      ];
  const first: Draft = { actions: [...events, ...history], active, next: settled };
  const draft = planSchedule(round, first, zones);
  return { actions: draft.actions, status: statusOf(round, draft), next: draft.next };
}

/** The key of a CronJob's Jobs, for edges that look one up. */
export function activeJobKeys(cronJob: CronJob): readonly { readonly namespace: string; readonly name: string }[] {
  const { namespace } = keyOf(cronJob);
  return (cronJob.status?.active ?? []).map(({ name }) => ({ namespace, name }));
}
