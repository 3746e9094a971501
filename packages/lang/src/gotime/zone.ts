import { civilTime, daysFromCivil, instant } from '@argosy/std';

/** A time zone as Go's time.Location: what its clocks show at an instant. */
export interface GoZone {
  /** What `Location.String()` prints. */
  readonly name: string;
  /** Seconds east of UTC, and the abbreviation (empty when it has none). `epochMs` is an instant. */
  readonly at: (epochMs: number) => { readonly offsetSeconds: number; readonly abbreviation: string };
}

/** An instant in nanoseconds since 1970, seen in a zone: what Go's time.Time holds. */
export interface ZonedTime {
  readonly epochNs: bigint;
  readonly zone: GoZone;
}

/** Coordinated universal time. */
export const UTC_ZONE: GoZone = { name: 'UTC', at: () => ({ offsetSeconds: 0, abbreviation: 'UTC' }) };

/** A zone that is always the same distance from UTC. */
export function fixedZone(abbreviation: string, offsetSeconds: number): GoZone {
  return { name: abbreviation, at: () => ({ offsetSeconds, abbreviation }) };
}

/** Nanoseconds in a second. */
export const SECOND_NS = 1_000_000_000n;
const MILLISECOND_NS = 1_000_000n;

/** Go's zero time, 0001-01-01T00:00:00Z, in nanoseconds since the epoch. */
export const ZERO_TIME_NS = -62_135_596_800n * SECOND_NS;

/** Division that rounds towards minus infinity; `by` is positive. */
export function floorDivide(value: bigint, by: bigint): bigint {
  const quotient = value / by;
  return value % by < 0n ? quotient - 1n : quotient;
}

/** What a wall clock shows. Months and days of the year count from 1, weekdays from Sunday as 0. */
export interface WallClock {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly nanosecond: number;
  readonly weekday: number;
  readonly yearDay: number;
  readonly offsetSeconds: number;
  readonly abbreviation: string;
}

/** Takes a time apart as a wall clock in its zone shows it. */
export function wallClock({ epochNs, zone }: ZonedTime): WallClock {
  const seconds = floorDivide(epochNs, SECOND_NS);
  const { offsetSeconds, abbreviation } = zone.at(Number(floorDivide(epochNs, MILLISECOND_NS)));
  const shown = Number(seconds) + offsetSeconds;
  const civil = civilTime(instant(shown * 1000));
  const yearDay = Math.floor(shown / 86_400) - daysFromCivil(civil.year, 1, 1) + 1;
  return { ...civil, nanosecond: Number(epochNs - seconds * SECOND_NS), yearDay, offsetSeconds, abbreviation };
}

/** The months, January first. */
export const MONTHS: readonly string[] = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

/** The days of the week, Sunday first. */
export const WEEKDAYS: readonly string[] = [
  'Sunday',
  'Monday',
  'Tuesday',
  'Wednesday',
  'Thursday',
  'Friday',
  'Saturday',
];
