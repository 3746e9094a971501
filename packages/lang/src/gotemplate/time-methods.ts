import { goDuration, GoInteger, GoTime, integerOf, type GoValue } from '../gofmt/index.ts';
import { addDate, formatGoTime, SECOND_NS, ZERO_TIME_NS } from '../gotime/index.ts';
import { goFunction, type GoFunction } from './function.ts';

const MS_NS = 1_000_000n;

/** A time argument; Go's zero time where the engine let nothing through. */
export const timeOf = (value: GoValue): GoTime => (value instanceof GoTime ? value : new GoTime(ZERO_TIME_NS));

/** Methods of time.Time are called on the value by the engine; these are the ones that templates use. */
export const TIME_METHODS: ReadonlyMap<string, (time: GoTime) => GoFunction> = new Map([
  ['Unix', (time: GoTime) => goFunction('', () => new GoInteger('int64', unixSeconds(time)))],
  ['UnixMilli', (time: GoTime) => goFunction('', () => new GoInteger('int64', time.epochNs / MS_NS))],
  ['UnixNano', (time: GoTime) => goFunction('', () => new GoInteger('int64', BigInt.asIntN(64, time.epochNs)))],
  ['UTC', (time: GoTime) => goFunction('', () => new GoTime(time.epochNs))],
  ['String', (time: GoTime) => goFunction('', () => time.text())],
  ['Format', (time: GoTime) => goFunction('string', ([layout]) => formatGoTime(time, String(layout)))],
  ['IsZero', (time: GoTime) => goFunction('', () => time.epochNs === ZERO_TIME_NS)],
  ['Year', (time: GoTime) => goFunction('', () => BigInt(formatGoTime(time, '2006')))],
  ['Day', (time: GoTime) => goFunction('', () => BigInt(formatGoTime(time, '2')))],
  ['Hour', (time: GoTime) => goFunction('', () => BigInt(formatGoTime(time, '15')))],
  ['Minute', (time: GoTime) => goFunction('', () => BigInt(formatGoTime(time, '4')))],
  ['Second', (time: GoTime) => goFunction('', () => BigInt(formatGoTime(time, '5')))],
  ['YearDay', (time: GoTime) => goFunction('', () => BigInt(formatGoTime(time, '002')))],
  ['Nanosecond', (time: GoTime) => goFunction('', () => ((time.epochNs % SECOND_NS) + SECOND_NS) % SECOND_NS)],
  ['After', (time: GoTime) => goFunction('time', ([other]) => time.epochNs > timeOf(other).epochNs)],
  ['Before', (time: GoTime) => goFunction('time', ([other]) => time.epochNs < timeOf(other).epochNs)],
  ['Equal', (time: GoTime) => goFunction('time', ([other]) => time.epochNs === timeOf(other).epochNs)],
  ['Sub', (time: GoTime) => goFunction('time', ([other]) => goDuration(time.epochNs - timeOf(other).epochNs))],
  ['AddDate', (time: GoTime) => goFunction('int, int, int', (args) => addedDate(time, args))],
  ['Month', (time: GoTime) => goFunction('', () => monthOf(time))],
  ['Weekday', (time: GoTime) => goFunction('', () => weekdayOf(time))],
]);

/** Whole seconds since the epoch, rounded down. */
export function unixSeconds(time: GoTime): bigint {
  const seconds = time.epochNs / SECOND_NS;
  return time.epochNs % SECOND_NS < 0n ? seconds - 1n : seconds;
}

function monthOf(time: GoTime): GoInteger {
  const name = formatGoTime(time, 'January');
  return new GoInteger('int', BigInt(formatGoTime(time, '1')), { type: 'time.Month', text: () => name });
}

function weekdayOf(time: GoTime): GoInteger {
  const name = formatGoTime(time, 'Monday');
  const index = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'].indexOf(name.slice(0, 3));
  return new GoInteger('int', BigInt(index), { type: 'time.Weekday', text: () => name });
}

function addedDate(time: GoTime, args: readonly GoValue[]): GoTime {
  const [years, months, days] = args.map((value) => Number(integerOf(value) ?? 0n)) as [number, number, number];
  const { epochNs, zone } = addDate(time, { years, months, days });
  return new GoTime(epochNs, zone);
}
