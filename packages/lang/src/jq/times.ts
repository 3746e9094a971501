import { daysFromCivil, civilTime, instant } from '@argosy/std';
import { Failure, notApplicable, failure } from './failure.ts';
import type { Native } from './instructions.ts';
import { epochOf, formatTime } from './time-format.ts';
import { parseTime } from './time-parse.ts';
import { type Value, floatValue, isArray, toFloat, toIndex } from './value.ts';

const DAY = 86_400;

/** Midnight of the first of January of the year 1. */
const YEAR_ONE = -62_135_596_800;

/** The broken-down time of an instant in UTC: `[year, month from 0, day, hour, minute, second, weekday, day of year]`. */
function brokenDown(seconds: number): Value {
  const whole = Math.trunc(seconds);
  const nanos = Math.trunc((seconds - Math.floor(seconds)) * 1e9);
  const civil = civilTime(instant(whole * 1000));
  const dayOfYear = Math.floor(whole / DAY) - daysFromCivil(civil.year, 1, 1);
  const second = floatValue(civil.second + nanos / 1e9);
  return [civil.year, civil.month - 1, civil.day, civil.hour, civil.minute, second, civil.weekday, dayOfYear];
}

/** Whole seconds and nanoseconds of a broken-down time. */
function momentOf(parts: Value): { readonly seconds: number; readonly nanos: number } | undefined {
  if (!isArray(parts) || parts.length !== 8) return undefined;
  const numbers = parts.slice(0, 5).map(toIndex);
  const [year, month, day, hour, minute] = numbers;
  const second = toFloat(parts[5] ?? null);
  if (year === undefined || month === undefined || day === undefined) return undefined;
  if (hour === undefined || minute === undefined || second === undefined) return undefined;
  const seconds = epochOf([year, month + 1, day, hour, minute, Math.trunc(second)]);
  const nanos = Math.trunc((second - Math.floor(second)) * 1e9);
  return { seconds: seconds + Math.floor(nanos / 1e9), nanos };
}

/** Beyond this the calendar of this engine does not reach. */
const EPOCH_LIMIT_SECONDS = 8e12;

const gmtime =
  (name: string): Native =>
  (input) => {
    const seconds = toFloat(input);
    if (seconds === undefined) return notApplicable(name, input);
    return Math.abs(seconds) <= EPOCH_LIMIT_SECONDS ? brokenDown(seconds) : failure(`${name}: time out of range`);
  };

const mktime: Native = (input) => {
  const moment = momentOf(input);
  return moment === undefined ? notApplicable('mktime', input) : floatValue(moment.seconds + moment.nanos / 1e9);
};

const strftime =
  (name: string): Native =>
  (input, [format = null], machine) => {
    const seconds = toFloat(input);
    const parts = seconds === undefined ? input : gmtime(name)(input, [], machine);
    if (parts instanceof Failure) return parts;
    if (!isArray(parts)) return notApplicable(name, parts);
    if (typeof format !== 'string') return notApplicable(name, format);
    const moment = momentOf(parts);
    if (moment === undefined) return notApplicable(name, parts);
    if (Math.abs(moment.seconds) > EPOCH_LIMIT_SECONDS) return failure(`${name}: time out of range`);
    machine.charge(format.length);
    const text = formatTime(format, moment);
    machine.chargeText(text.length);
    return text;
  };

const strptime: Native = (input, [format = null]) => {
  if (typeof input !== 'string') return notApplicable('strptime', input);
  if (typeof format !== 'string') return notApplicable('strptime', format);
  const moment = parseTime(input, format);
  if (moment instanceof Failure) return moment;
  // compat(lang-0417): Go's zero time counts as nothing read.
  if (moment.seconds === YEAR_ONE && moment.nanos === 0) return notApplicable('strptime', input);
  return brokenDown(moment.seconds + moment.nanos / 1e9);
};

const now: Native = (_input, _args, machine) =>
  machine.now === undefined ? failure('now is not available here') : floatValue(machine.now / 1000);

/** The builtins on dates. Local time is UTC here. */
export const TIME_NATIVES: readonly (readonly [string, Native])[] = [
  ['gmtime/0', gmtime('gmtime')],
  ['localtime/0', gmtime('localtime')],
  ['mktime/0', mktime],
  ['strftime/1', strftime('strftime')],
  ['strflocaltime/1', strftime('strflocaltime')],
  ['strptime/1', strptime],
  ['now/0', now],
];
