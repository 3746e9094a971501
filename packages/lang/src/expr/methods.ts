import { formatGoDuration } from '../duration/index.ts';
import {
  addDate,
  floorDivide,
  formatGoTime,
  MONTHS,
  SECOND_NS,
  UTC_ZONE,
  wallClock,
  WEEKDAYS,
  ZERO_TIME_NS,
  type GoZone,
  type WallClock,
} from '../gotime/index.ts';
import { fail } from './failure.ts';
import { formatValue, goTypeOf, GoDuration, GoLocation, GoTime, type ExprValue } from './values.ts';

/** A method bound to its value. */
export type Method = (...args: readonly ExprValue[]) => ExprValue;

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

function addedDate(time: GoTime, args: readonly ExprValue[]): GoTime {
  const [years = 0, months = 0, days = 0] = args.map((item) => Number(intArgument(item)));
  const { epochNs, zone } = addDate(time, { years, months, days });
  return new GoTime(epochNs, zone);
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

type TimeMethod = (time: GoTime, args: readonly ExprValue[]) => ExprValue;

const clockField =
  (field: Exclude<keyof WallClock, 'abbreviation'>): TimeMethod =>
  (time) =>
    BigInt(wallClock(time)[field]);

const TIME_METHODS: ReadonlyMap<string, TimeMethod> = new Map<string, TimeMethod>([
  ['Year', clockField('year')],
  ['Day', clockField('day')],
  ['Hour', clockField('hour')],
  ['Minute', clockField('minute')],
  ['Second', clockField('second')],
  ['Nanosecond', clockField('nanosecond')],
  // compat(lang-0216): months and weekdays are plain ints here; their String() is offered as MonthName and WeekdayName.
  ['Month', clockField('month')],
  ['Weekday', clockField('weekday')],
  ['MonthName', (time) => MONTHS[wallClock(time).month - 1] ?? ''],
  ['WeekdayName', (time) => WEEKDAYS[wallClock(time).weekday] ?? ''],
  ['YearDay', clockField('yearDay')],
  ['Unix', (time) => floorDivide(time.epochNs, SECOND_NS)],
  ['UnixMilli', (time) => floorDivide(time.epochNs, 1_000_000n)],
  ['UnixMicro', (time) => floorDivide(time.epochNs, 1000n)],
  ['UnixNano', (time) => BigInt.asIntN(64, time.epochNs)],
  ['UTC', (time) => new GoTime(time.epochNs, UTC_ZONE)],
  ['In', (time, [zone]) => new GoTime(time.epochNs, zoneArgument(zone))],
  ['Location', (time) => new GoLocation(time.zone)],
  ['Format', (time, [layout]) => formatGoTime(time, textArgument(layout))],
  ['String', (time) => formatValue(time)],
  ['Add', (time, [span]) => new GoTime(time.epochNs + durationArgument(span).ns, time.zone)],
  ['Sub', (time, [other]) => new GoDuration(time.epochNs - timeArgument(other).epochNs)],
  ['Before', (time, [other]) => time.epochNs < timeArgument(other).epochNs],
  ['After', (time, [other]) => time.epochNs > timeArgument(other).epochNs],
  ['Equal', (time, [other]) => time.epochNs === timeArgument(other).epochNs],
  ['IsZero', (time) => time.epochNs === ZERO_TIME_NS],
  [
    'Truncate',
    (time, [step]) =>
      new GoTime(ZERO_TIME_NS + truncateTo(time.epochNs - ZERO_TIME_NS, durationArgument(step).ns), time.zone),
  ],
  [
    'Round',
    (time, [step]) =>
      new GoTime(ZERO_TIME_NS + roundTo(time.epochNs - ZERO_TIME_NS, durationArgument(step).ns), time.zone),
  ],
  ['AddDate', addedDate],
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
