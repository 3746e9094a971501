import { civilTime, daysFromCivil, instant, type CivilTime } from '@argosy/std';
import { parseGoDuration } from '../duration/index.ts';
import { formatGoFloat } from '../gofmt/index.ts';
import { overload, type Overload } from './registry.ts';
import { fail, type Run } from './run.ts';
import { CelDuration, CelTimestamp } from './values.ts';

const SECOND_NS = 1_000_000_000n;
const MINUTE_NS = 60n * SECOND_NS;
const HOUR_NS = 60n * MINUTE_NS;
/** 0001-01-01T00:00:00Z and 9999-12-31T23:59:59.999999999Z in seconds. */
const LEAST_SECONDS = -62_135_596_800n;
const MOST_SECONDS = 253_402_300_799n;
const MAX_DURATION_NS = 9_223_372_036_854_775_807n;

function floorDivide(value: bigint, by: bigint): bigint {
  const quotient = value / by;
  return value % by < 0n ? quotient - 1n : quotient;
}

/** A point in time within the years 1 to 9999. */
export function toTimestamp(ns: bigint): CelTimestamp {
  const seconds = floorDivide(ns, SECOND_NS);
  return seconds < LEAST_SECONDS || seconds > MOST_SECONDS ? fail('timestamp overflow') : new CelTimestamp(ns);
}

/** A span that fits 64 bits of nanoseconds. */
export function toDuration(ns: bigint): CelDuration {
  return ns > MAX_DURATION_NS || ns < -MAX_DURATION_NS - 1n ? fail('duration overflow') : new CelDuration(ns);
}

/** `a + b` of times; `undefined` when these do not add. */
export function addTime(a: unknown, b: unknown): unknown {
  if (a instanceof CelDuration && b instanceof CelDuration) return toDuration(a.ns + b.ns);
  if (a instanceof CelTimestamp && b instanceof CelDuration) return toTimestamp(a.ns + b.ns);
  if (a instanceof CelDuration && b instanceof CelTimestamp) return toTimestamp(a.ns + b.ns);
  return undefined;
}

/** `a - b` of times; `undefined` when these do not subtract. */
export function subtractTime(a: unknown, b: unknown): unknown {
  if (a instanceof CelDuration && b instanceof CelDuration) return toDuration(a.ns - b.ns);
  if (a instanceof CelTimestamp && b instanceof CelDuration) return toTimestamp(a.ns - b.ns);
  if (a instanceof CelTimestamp && b instanceof CelTimestamp) return toDuration(a.ns - b.ns);
  return undefined;
}

const RFC3339 = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:[.,](\d+))?(?:Z|([+-])(\d{2}):(\d{2}))$/;

function daysInMonth(year: number, month: number): number {
  const next = month === 12 ? daysFromCivil(year + 1, 1, 1) : daysFromCivil(year, month + 1, 1);
  return next - daysFromCivil(year, month, 1);
}

/** Least and most of month, day, hour, minute, second, and of the zone's hours and minutes. */
const FIELD_LIMITS: readonly (readonly [number, number, number])[] = [
  [2, 1, 12],
  [3, 1, 31],
  [4, 0, 23],
  [5, 0, 59],
  [6, 0, 59],
  [9, 0, 24],
  [10, 0, 59],
];

/** Days since 1970 and seconds in UTC; `undefined` when a field is out of range. */
function readFields(match: RegExpExecArray): readonly [number, number] | undefined {
  const field = (index: number): number => Number((match[index] as string | undefined) ?? '0');
  if (!FIELD_LIMITS.every(([index, least, most]) => field(index) >= least && field(index) <= most)) return undefined;
  if (field(3) > daysInMonth(field(1), field(2))) return undefined;
  const offset = (match[8] === '-' ? -1 : 1) * (field(9) * 3600 + field(10) * 60);
  return [daysFromCivil(field(1), field(2), field(3)), field(4) * 3600 + field(5) * 60 + field(6) - offset];
}

/** Reads RFC 3339 with up to nine digits of fraction. */
export function parseTimestamp(text: string): CelTimestamp {
  const match = RFC3339.exec(text);
  const fields = match === null ? undefined : readFields(match);
  if (fields === undefined) {
    return fail(`parsing time ${JSON.stringify(text)} as "2006-01-02T15:04:05Z07:00": cannot parse`);
  }
  const [days, seconds] = fields;
  const fraction = BigInt((match?.[7] ?? '').padEnd(9, '0').slice(0, 9));
  return toTimestamp(BigInt(days * 86_400 + seconds) * SECOND_NS + fraction);
}

/** Writes RFC 3339 in UTC, with as many digits of fraction as there are. */
export function formatTimestamp(value: CelTimestamp): string {
  const seconds = floorDivide(value.ns, SECOND_NS);
  const at = civilTime(instant(Number(seconds) * 1000));
  const pad = (number: number, width = 2): string => String(number).padStart(width, '0');
  const fraction = String(value.ns - seconds * SECOND_NS)
    .padStart(9, '0')
    .replace(/0+$/, '');
  const date = `${pad(at.year, 4)}-${pad(at.month)}-${pad(at.day)}`;
  const time = `${pad(at.hour)}:${pad(at.minute)}:${pad(at.second)}`;
  return `${date}T${time}${fraction === '' ? '' : `.${fraction}`}Z`;
}

/** Reads a duration as Go does. */
export function parseDuration(text: string): CelDuration {
  const parsed = parseGoDuration(text);
  return parsed.ok ? new CelDuration(parsed.value) : fail(parsed.error.message);
}

/** Writes a duration in seconds: `3600s`, `0.5s`. */
export function formatDuration(value: CelDuration): string {
  return `${formatGoFloat(Number(value.ns) / 1e9, 'f', -1)}s`;
}

/** Milliseconds east of UTC that a zone's name or offset means at an instant. */
function zoneOffsetMs(zone: string, run: Run, epochMs: number): number {
  const fixed = /^([+-]?)(\d{1,2}):(\d{2})$/.exec(zone);
  if (fixed !== null) {
    return (fixed[1] === '-' ? -1 : 1) * (Number(fixed[2]) * 60 + Number(fixed[3])) * 60_000;
  }
  if (zone === 'UTC' || zone === '' || zone === 'Z') return 0;
  const rules = run.zones?.(zone) ?? fail(`unknown time zone ${zone}`);
  return rules(instant(epochMs));
}

function localTime(value: CelTimestamp, zone: string, run: Run): CivilTime {
  const epochMs = Number(floorDivide(value.ns, 1_000_000n));
  return civilTime(instant(epochMs + zoneOffsetMs(zone, run, epochMs)));
}

const dayOfYear = (at: CivilTime): number => daysFromCivil(at.year, at.month, at.day) - daysFromCivil(at.year, 1, 1);

/** Parts of a timestamp; months and days count from 0 save where the name says otherwise. */
const PARTS: readonly (readonly [string, (at: CivilTime) => number])[] = [
  ['getFullYear', (at) => at.year],
  ['getMonth', (at) => at.month - 1],
  ['getDate', (at) => at.day],
  ['getDayOfMonth', (at) => at.day - 1],
  ['getDayOfWeek', (at) => at.weekday],
  ['getDayOfYear', dayOfYear],
  ['getHours', (at) => at.hour],
  ['getMinutes', (at) => at.minute],
  ['getSeconds', (at) => at.second],
  ['getMilliseconds', (at) => at.millisecond],
];

const SPANS: readonly (readonly [string, (ns: bigint) => bigint])[] = [
  ['getHours', (ns) => ns / HOUR_NS],
  ['getMinutes', (ns) => ns / MINUTE_NS],
  ['getSeconds', (ns) => ns / SECOND_NS],
  ['getMilliseconds', (ns) => (ns / 1_000_000n) % 1000n],
];

/** Methods of timestamps and durations. */
export const TIME_METHODS: readonly Overload[] = [
  ...PARTS.flatMap(([name, read]) => [
    overload(name, ['google.protobuf.Timestamp'], ([value], run) => BigInt(read(localTime(value, 'UTC', run)))),
    overload(name, ['google.protobuf.Timestamp', 'string'], ([value, zone], run) =>
      BigInt(read(localTime(value, zone, run))),
    ),
  ]),
  ...SPANS.map(([name, read]) => overload(name, ['google.protobuf.Duration'], ([value]) => read(value.ns))),
];
