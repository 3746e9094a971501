import type { CronWorkflow } from '@argosy/api/workflows';
import { nextFire, parseCron, UTC, type Schedule, type TimeZones, type ZoneRules } from '@argosy/lang/cron';
import { err, instant, ok, parseTime, type Instant, type Result } from '@argosy/std';

import type { ValidationProblem } from './compiled.ts';

/** Longest name of a CronWorkflow: its workflows add eleven characters. */
export const MAX_CRON_NAME_LENGTH = 52;

/** Most schedules of one CronWorkflow. */
export const MAX_SCHEDULES = 100;

/** A run that is due for less than this is on time, whatever startingDeadlineSeconds says. */
export const ON_TIME_MS = 10_000;

/** Annotation with the schedules that were last acted on. */
export const LAST_SCHEDULE_ANNOTATION = 'cronworkflows.argoproj.io/last-used-schedule';

/** Annotation with the moment up to which runs were decided about, whether one was started or left out. */
export const HANDLED_ANNOTATION = 'argosy.dev/schedule-handled-until';

interface Timetable {
  readonly schedules: readonly Schedule[];
  readonly zone: ZoneRules;
}

interface Report {
  readonly problems: ValidationProblem[];
  readonly add: (field: string, message: string) => void;
}

function openReport(): Report {
  const problems: ValidationProblem[] = [];
  return { problems, add: (field, message) => problems.push({ field: `spec.${field}`, message }) };
}

function schedulesOf(given: readonly string[], zones: TimeZones, report: Report): readonly Schedule[] {
  if (given.length === 0) report.add('schedules', 'cron workflow must have at least one schedule');
  if (given.length > MAX_SCHEDULES) {
    report.add('schedules', `spec.schedules has ${given.length} items: at most ${MAX_SCHEDULES} are allowed`);
  }
  return given.slice(0, MAX_SCHEDULES).flatMap((text, index) => {
    const parsed = parseCron(text, { zones });
    if (parsed.ok) return [parsed.value];
    report.add(`schedules[${index}]`, `cron schedule ${text} is malformed: ${parsed.error.message}`);
    return [];
  });
}

function timetableOf(cron: CronWorkflow, zones: TimeZones): Result<Timetable, readonly ValidationProblem[]> {
  const report = openReport();
  const schedules = schedulesOf(cron.spec.schedules ?? [], zones, report);
  const { timezone = '' } = cron.spec;
  const zone = timezone === '' ? UTC : zones(timezone);
  if (zone === undefined) report.add('timezone', `invalid timezone "${timezone}": unknown time zone ${timezone}`);
  return report.problems.length > 0 || zone === undefined ? err(report.problems) : ok({ schedules, zone });
}

/** Everything that is wrong with a CronWorkflow, its workflow left out. */
export function cronProblems(cron: CronWorkflow, zones: TimeZones): readonly ValidationProblem[] {
  const { name = '' } = cron.metadata as { readonly name?: string };
  const timetable = timetableOf(cron, zones);
  const problems = timetable.ok ? [] : [...timetable.error];
  if (name.length > MAX_CRON_NAME_LENGTH) {
    const limit = `must not be more than ${MAX_CRON_NAME_LENGTH} characters long (currently ${name.length})`;
    problems.push({ field: 'metadata.name', message: `cron workflow name "${name}" ${limit}` });
  }
  const policy: string = cron.spec.concurrencyPolicy ?? '';
  if (!['', 'Allow', 'Forbid', 'Replace'].includes(policy)) {
    problems.push({ field: 'spec.concurrencyPolicy', message: `'${policy}' is not a valid concurrencyPolicy` });
  }
  if ((cron.spec.startingDeadlineSeconds ?? 0) < 0) {
    problems.push({ field: 'spec.startingDeadlineSeconds', message: 'startingDeadlineSeconds must be positive' });
  }
  return problems;
}

/** The schedules and their time zone as one text, as upstream remembers them. */
export function scheduleText(cron: CronWorkflow): string {
  const { timezone = '', schedules = [] } = cron.spec;
  return schedules.map((text) => (timezone === '' ? text : `CRON_TZ=${timezone} ${text}`)).join(',');
}

/** The moment from which on runs have not been decided about; undefined when the schedules have changed. */
export function handledUntil(cron: CronWorkflow): Instant | undefined {
  const { annotations = {}, creationTimestamp = '' } = cron.metadata;
  const known = annotations[LAST_SCHEDULE_ANNOTATION];
  if (known !== undefined && known !== scheduleText(cron)) return undefined;
  const texts = [creationTimestamp, cron.status?.lastScheduledTime, annotations[HANDLED_ANNOTATION]];
  return instant(Math.max(0, ...texts.map((text) => parseTime(text ?? '') ?? 0)));
}

/** What the clock says about a CronWorkflow. */
export interface DueRuns {
  /** Times to run for, the oldest first, each once. */
  readonly due: readonly Instant[];
  readonly next: Instant | undefined;
}

/** The newest time of a schedule in (from, now], if any. */
function newest(schedule: Schedule, zone: ZoneRules, span: { readonly from: Instant; readonly now: Instant }) {
  let found: Instant | undefined;
  for (
    let at = nextFire(schedule, span.from, zone);
    at !== undefined && at <= span.now;
    at = nextFire(schedule, at, zone)
  ) {
    found = at;
  }
  return found;
}

/**
 * When a CronWorkflow must run: for each schedule the newest time since it was last decided about, unless that is too
 * long ago: longer than startingDeadlineSeconds, or than `ON_TIME_MS` without it.
 */
export function dueRuns(cron: CronWorkflow, zones: TimeZones, now: Instant): DueRuns {
  const timetable = timetableOf(cron, zones);
  if (!timetable.ok) return { due: [], next: undefined };
  const { schedules, zone } = timetable.value;
  const deadlineMs = Math.max(ON_TIME_MS, (cron.spec.startingDeadlineSeconds ?? 0) * 1000);
  const from = instant(Math.max(handledUntil(cron) ?? now, now - deadlineMs));
  const due = schedules.map((schedule) => newest(schedule, zone, { from, now })).filter((at) => at !== undefined);
  const next = schedules.map((schedule) => nextFire(schedule, now, zone)).filter((at) => at !== undefined);
  return {
    due: [...new Set(due)].sort((a, b) => a - b),
    next: next.length === 0 ? undefined : instant(Math.min(...next)),
  };
}
