import { formatGoDuration } from '../duration/index.ts';
import { fail } from './failure.ts';
import { civilIn, dayOfYear, formatGoTime, nanosecondOf, UTC_ZONE, type GoZone } from './gotime.ts';
import { MONTHS, WEEKDAYS } from './gotime-layout.ts';
import { formatValue, goTypeOf, GoDuration, GoLocation, GoTime, type ExprValue } from './values.ts';
import { daysFromCivil } from '@argosy/std';

/** A method bound to its value. */
export type Method = (...args: readonly ExprValue[]) => ExprValue;

const SECOND = 1_000_000_000n;

function timeArgument(value: ExprValue): GoTime {
  return value instanceof GoTime ? value : fail(`reflect: Call using ${goTypeOf(value)} as type time.Time`);
}

function durationArgument(value: ExprValue): GoDuration {
  if (value instanceof GoDuration) return value;
  if (typeof value === 'bigint') return new GoDuration(value);
  return fail(`reflect: Call using ${goTypeOf(value)} as type time.Duration`);
}

function textArgument(value: ExprValue): string {
  return typeof value === 'string' ? value : fail(`reflect: Call using ${goTypeOf(value)} as type string`);
}

function intArgument(value: ExprValue): bigint {
  return typeof value === 'bigint' ? value : fail(`reflect: Call using ${goTypeOf(value)} as type int`);
}

function zoneArgument(value: ExprValue): GoZone {
  return value instanceof GoLocation
    ? value.zone
    : fail(`reflect: Call using ${goTypeOf(value)} as type *time.Location`);
}

function addDate(time: GoTime, span: readonly ExprValue[]): GoTime {
  const [years = 0, months = 0, days = 0] = span.map((item) => Number(intArgument(item)));
  const t = civilIn(time.ns, time.zone);
  const month = t.month - 1 + months;
  const year = t.year + years + Math.floor(month / 12);
  const moved = daysFromCivil(year, (((month % 12) + 12) % 12) + 1, 1) + t.day - 1 + days;
  const shift = moved - daysFromCivil(t.year, t.month, t.day);
  return new GoTime(time.ns + BigInt(shift) * 86_400n * SECOND, time.zone);
}

function truncateTo(ns: bigint, step: bigint): bigint {
  return step <= 0n ? ns : ns - (((ns % step) + step) % step);
}

function roundTo(ns: bigint, step: bigint): bigint {
  if (step <= 0n) return ns;
  const size = ns < 0n ? -ns : ns;
  const rest = size % step;
  const rounded = rest + rest < step ? size - rest : size + step - rest;
  return ns < 0n ? -rounded : rounded;
}

/** The zero time of Go: the first of January of the year 1. */
const ZERO_NS = -62_135_596_800n * SECOND;

type TimeMethod = (time: GoTime, args: readonly ExprValue[]) => ExprValue;

const civilField =
  (field: 'year' | 'day' | 'hour' | 'minute' | 'second'): TimeMethod =>
  (time) =>
    BigInt(civilIn(time.ns, time.zone)[field]);

const TIME_METHODS: ReadonlyMap<string, TimeMethod> = new Map<string, TimeMethod>([
  ['Year', civilField('year')],
  ['Day', civilField('day')],
  ['Hour', civilField('hour')],
  ['Minute', civilField('minute')],
  ['Second', civilField('second')],
  ['Nanosecond', (time) => BigInt(nanosecondOf(time.ns))],
  // compat(lang-0216): months and weekdays are plain ints here; their String() is offered as MonthName and WeekdayName.
  ['Month', (time) => BigInt(civilIn(time.ns, time.zone).month)],
  ['Weekday', (time) => BigInt(civilIn(time.ns, time.zone).weekday)],
  ['MonthName', (time) => MONTHS[civilIn(time.ns, time.zone).month - 1] ?? ''],
  ['WeekdayName', (time) => WEEKDAYS[civilIn(time.ns, time.zone).weekday] ?? ''],
  ['YearDay', (time) => BigInt(dayOfYear(civilIn(time.ns, time.zone)))],
  ['Unix', (time) => truncateTo(time.ns, SECOND) / SECOND],
  ['UnixMilli', (time) => truncateTo(time.ns, 1_000_000n) / 1_000_000n],
  ['UnixMicro', (time) => truncateTo(time.ns, 1000n) / 1000n],
  ['UnixNano', (time) => BigInt.asIntN(64, time.ns)],
  ['UTC', (time) => new GoTime(time.ns, UTC_ZONE)],
  ['In', (time, [zone]) => new GoTime(time.ns, zoneArgument(zone))],
  ['Location', (time) => new GoLocation(time.zone)],
  ['Format', (time, [layout]) => formatGoTime(time.ns, time.zone, textArgument(layout))],
  ['String', (time) => formatValue(time)],
  ['Add', (time, [span]) => new GoTime(time.ns + durationArgument(span).ns, time.zone)],
  ['Sub', (time, [other]) => new GoDuration(time.ns - timeArgument(other).ns)],
  ['Before', (time, [other]) => time.ns < timeArgument(other).ns],
  ['After', (time, [other]) => time.ns > timeArgument(other).ns],
  ['Equal', (time, [other]) => time.ns === timeArgument(other).ns],
  ['IsZero', (time) => time.ns === ZERO_NS],
  [
    'Truncate',
    (time, [step]) => new GoTime(ZERO_NS + truncateTo(time.ns - ZERO_NS, durationArgument(step).ns), time.zone),
  ],
  ['Round', (time, [step]) => new GoTime(ZERO_NS + roundTo(time.ns - ZERO_NS, durationArgument(step).ns), time.zone)],
  ['AddDate', (time, args) => addDate(time, args)],
]);

type DurationMethod = (span: GoDuration, args: readonly ExprValue[]) => ExprValue;

const DURATION_METHODS: ReadonlyMap<string, DurationMethod> = new Map<string, DurationMethod>([
  ['Hours', (span) => Number(span.ns) / 3.6e12],
  ['Minutes', (span) => Number(span.ns) / 6e10],
  ['Seconds', (span) => Number(span.ns) / 1e9],
  ['Milliseconds', (span) => span.ns / 1_000_000n],
  ['Microseconds', (span) => span.ns / 1000n],
  ['Nanoseconds', (span) => span.ns],
  ['String', (span) => formatGoDuration(span.ns)],
  ['Abs', (span) => new GoDuration(span.ns < 0n ? -span.ns : span.ns)],
  [
    'Truncate',
    (span, [step]) =>
      new GoDuration(span.ns - (durationArgument(step).ns > 0n ? span.ns % durationArgument(step).ns : 0n)),
  ],
  ['Round', (span, [step]) => new GoDuration(roundTo(span.ns, durationArgument(step).ns))],
]);

/** A method of a time, a duration or a zone; `undefined` when there is none of that name. */
export function methodOf(value: GoTime | GoDuration | GoLocation, name: string): Method | undefined {
  if (value instanceof GoTime) {
    const method = TIME_METHODS.get(name);
    return method && ((...args) => method(value, args));
  }
  if (value instanceof GoDuration) {
    const method = DURATION_METHODS.get(name);
    return method && ((...args) => method(value, args));
  }
  return name === 'String' ? () => value.zone.name : undefined;
}

/** True when values of this kind have a method of that name. */
export function hasMethod(kind: 'time' | 'duration' | 'location', name: string): boolean {
  if (kind === 'location') return name === 'String';
  return (kind === 'time' ? TIME_METHODS : DURATION_METHODS).has(name);
}
