import { civilTime, daysFromCivil, instant, type CivilTime, type Instant } from '@argosy/std';

/** A time zone as a function: milliseconds east of UTC at an instant. */
export type ZoneRules = (at: Instant) => number;

/** Where zones come from: IANA name in, rules out; `undefined` for a name that does not exist. */
export type TimeZones = (name: string) => ZoneRules | undefined;

/** Coordinated universal time. */
export const UTC: ZoneRules = () => 0;

/** Which values of one field fire. `star` marks a field that was written `*` or `?`. */
export interface FieldSet {
  readonly values: ReadonlySet<number>;
  readonly star: boolean;
}

/** A parsed schedule by fields. */
export interface FieldSchedule {
  readonly kind: 'fields';
  readonly second: FieldSet;
  readonly minute: FieldSet;
  readonly hour: FieldSet;
  readonly dayOfMonth: FieldSet;
  readonly month: FieldSet;
  readonly dayOfWeek: FieldSet;
  readonly zone: ZoneRules | undefined;
}

/** `@every`: a fixed span, at least a second. */
export interface EverySchedule {
  readonly kind: 'every';
  readonly spanMs: number;
}

/** A parsed cron expression. */
export type Schedule = FieldSchedule | EverySchedule;

const SECOND_MS = 1000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/** How many years ahead a match is looked for; `0 0 31 2 *` never comes. */
const SEARCH_YEARS = 5;

const local = (at: Instant, zone: ZoneRules): CivilTime => civilTime(instant(at + zone(at)));

interface WallTime {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
}

/** The instant of a wall-clock hour; in a gap or overlap the choice is Go's. `month` and `day` may run over. */
function fromWall(wall: WallTime, zone: ZoneRules): Instant {
  const year = wall.year + Math.floor((wall.month - 1) / 12);
  const month = ((wall.month - 1) % 12) + 1;
  const asUtc = (daysFromCivil(year, month, 1) + wall.day - 1) * 24 * HOUR_MS + wall.hour * HOUR_MS;
  const guess = zone(instant(asUtc));
  const utc = asUtc - guess;
  const actual = zone(instant(utc));
  return instant(actual === guess ? utc : asUtc - actual);
}

function dayMatches(schedule: FieldSchedule, now: CivilTime): boolean {
  const inMonth = schedule.dayOfMonth.values.has(now.day);
  const inWeek = schedule.dayOfWeek.values.has(now.weekday);
  // When both fields restrict, either is enough; a star leaves the decision to the other one.
  return schedule.dayOfMonth.star || schedule.dayOfWeek.star ? inMonth && inWeek : inMonth || inWeek;
}

/** The search's state: `reset` tells that the smaller fields already stand at their beginning. */
interface Search {
  readonly schedule: FieldSchedule;
  readonly zone: ZoneRules;
  at: Instant;
  reset: boolean;
}

/** What a step of the search says: the field matches, or a larger field changed and all must be looked at again. */
type Step = 'match' | 'again';

function seekMonth(search: Search): Step {
  for (;;) {
    const now = local(search.at, search.zone);
    if (search.schedule.month.values.has(now.month)) return 'match';
    search.reset = true;
    search.at = fromWall({ year: now.year, month: now.month + 1, day: 1, hour: 0 }, search.zone);
    if (now.month === 12) return 'again';
  }
}

/** Midnight may not exist, or the day may have 25 hours: lands on the day's first hour all the same. */
function alignToMidnight(at: Instant, zone: ZoneRules): Instant {
  const { hour } = local(at, zone);
  if (hour === 0) return at;
  return instant(hour > 12 ? at + (24 - hour) * HOUR_MS : at - hour * HOUR_MS);
}

function seekDay(search: Search): Step {
  for (;;) {
    const now = local(search.at, search.zone);
    if (dayMatches(search.schedule, now)) return 'match';
    const hour = search.reset ? now.hour : 0;
    search.reset = true;
    const next = fromWall({ year: now.year, month: now.month, day: now.day + 1, hour }, search.zone);
    search.at = alignToMidnight(next, search.zone);
    if (local(search.at, search.zone).day === 1) return 'again';
  }
}

function seekHour(search: Search): Step {
  for (;;) {
    const now = local(search.at, search.zone);
    if (search.schedule.hour.values.has(now.hour)) return 'match';
    if (!search.reset) search.at = fromWall(now, search.zone);
    search.reset = true;
    search.at = instant(search.at + HOUR_MS);
    if (local(search.at, search.zone).hour === 0) return 'again';
  }
}

function seekSmall(search: Search, unit: 'minute' | 'second'): Step {
  const unitMs = unit === 'minute' ? MINUTE_MS : SECOND_MS;
  for (;;) {
    const now = local(search.at, search.zone);
    if (search.schedule[unit].values.has(now[unit])) return 'match';
    if (!search.reset) search.at = instant(Math.floor(search.at / unitMs) * unitMs);
    search.reset = true;
    search.at = instant(search.at + unitMs);
    if (local(search.at, search.zone)[unit] === 0) return 'again';
  }
}

const SEEKS: readonly ((search: Search) => Step)[] = [
  seekMonth,
  seekDay,
  seekHour,
  (search) => seekSmall(search, 'minute'),
  (search) => seekSmall(search, 'second'),
];

function nextByFields(schedule: FieldSchedule, from: Instant, zone: ZoneRules): Instant | undefined {
  const { second, minute, hour, dayOfMonth, dayOfWeek, month } = schedule;
  // A field such as `,` names no value: it parses, and never fires.
  if ([second, minute, hour, month, dayOfMonth, dayOfWeek].some((field) => field.values.size === 0)) return undefined;
  const start = instant((Math.floor(from / SECOND_MS) + 1) * SECOND_MS);
  const search: Search = { schedule, zone, at: start, reset: false };
  const lastYear = local(start, zone).year + SEARCH_YEARS;
  while (local(search.at, zone).year <= lastYear) {
    if (SEEKS.every((seek) => seek(search) === 'match')) return search.at;
  }
  return undefined;
}

/**
 * The first instant after `from` at which the schedule fires, as robfig/cron v3 computes it (wall-clock times that a
 * change of daylight saving skips do not fire); `undefined` when there is none within five years.
 * `zone` holds for schedules that name none themselves.
 */
export function nextFire(schedule: Schedule, from: Instant, zone: ZoneRules = UTC): Instant | undefined {
  if (schedule.kind === 'every') {
    return instant(Math.floor(from / SECOND_MS) * SECOND_MS + schedule.spanMs);
  }
  return nextByFields(schedule, from, schedule.zone ?? zone);
}
