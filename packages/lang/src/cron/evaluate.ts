import { err, formatTime, isObject, ok, parseTime, type Instant, type Result } from '@argosy/std';
import { diagnostic, limitReached, type Diagnostic } from '../diagnostic/index.ts';
import { parseCron } from './parse.ts';
import { nextFire, UTC, type Schedule, type TimeZones } from './schedule.ts';

/** The most instants that one evaluation gives. */
export const CRON_LIMIT_COUNT = 10_000;

/**
 * The batch form: `source` is a schedule (`CRON_TZ=…` in front names a zone), `vars.from` an RFC 3339 time and
 * `vars.count` how many instants behind it are wanted (1). Without a zone of its own the schedule counts in the offset of
 * `vars.from`. The value is a list of instants in UTC, shorter when the
 * schedule never fires again.
 */
export function evaluateCron(source: string, vars: unknown, zones?: TimeZones): Result<unknown, Diagnostic> {
  const { from, count = 1 } = (isObject(vars) ? vars : {}) as { readonly from?: unknown; readonly count?: unknown };
  const start = typeof from === 'string' ? parseTime(from) : undefined;
  if (start === undefined) return err(diagnostic('vars.from must be an RFC 3339 time such as 2026-01-02T03:04:05Z'));
  if (!isCount(count)) return err(diagnostic('vars.count must be a whole number'));
  if (count > CRON_LIMIT_COUNT) return err(limitReached('cron count', CRON_LIMIT_COUNT));
  const schedule = parseCron(source, { zones: (name) => (name === 'Local' ? UTC : zones?.(name)) });
  if (!schedule.ok) return schedule;
  return ok(firesFrom(inZoneOf(schedule.value, String(from)), start, count));
}

/** A schedule that names no zone counts in that of the start, as the Go library does. */
function inZoneOf(schedule: Schedule, from: string): Schedule {
  const match = /([-+])(\d\d):(\d\d)$/.exec(from);
  if (match === null || schedule.kind !== 'fields' || schedule.zone !== undefined) return schedule;
  const [, sign, hours, minutes] = match;
  const offset = (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
  return { ...schedule, zone: () => offset };
}

const isCount = (value: unknown): value is number => typeof value === 'number' && Number.isInteger(value) && value >= 0;

function firesFrom(schedule: Schedule, start: Instant, count: number): readonly string[] {
  const times: string[] = [];
  let at: Instant | undefined = start;
  while (times.length < count) {
    at = nextFire(schedule, at);
    if (at === undefined) break;
    times.push(formatTime(at));
  }
  return times;
}
