import { err, ok, type Result } from '@argosy/std';
import { diagnostic, type Diagnostic } from '../diagnostic/index.ts';
import { parseGoDuration } from '../duration/index.ts';
import type { FieldSet, Schedule, TimeZones, ZoneRules } from './schedule.ts';

/** Characters of one expression. */
export const CRON_LIMIT_CHARACTERS = 1024;

interface Bounds {
  readonly least: number;
  readonly most: number;
  readonly names: readonly string[];
  /** The number of the first name. */
  readonly firstName: number;
}

const SECONDS: Bounds = { least: 0, most: 59, names: [], firstName: 0 };
const MINUTES: Bounds = { least: 0, most: 59, names: [], firstName: 0 };
const HOURS: Bounds = { least: 0, most: 23, names: [], firstName: 0 };
const DAYS: Bounds = { least: 1, most: 31, names: [], firstName: 0 };
const MONTHS: Bounds = {
  least: 1,
  most: 12,
  names: ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'],
  firstName: 1,
};
const WEEKDAYS: Bounds = { least: 0, most: 6, names: ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'], firstName: 0 };

const DESCRIPTORS: ReadonlyMap<string, string> = new Map([
  ['@yearly', '0 0 0 1 1 *'],
  ['@annually', '0 0 0 1 1 *'],
  ['@monthly', '0 0 0 1 * *'],
  ['@weekly', '0 0 0 * * 0'],
  ['@daily', '0 0 0 * * *'],
  ['@midnight', '0 0 0 * * *'],
  ['@hourly', '0 0 * * * *'],
]);

/** Thrown inside the parser only. */
class CronProblem extends Error {}

function parseNumber(text: string): number {
  if (!/^[-+]?\d+$/.test(text)) {
    throw new CronProblem(
      `failed to parse int from ${text}: strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`,
    );
  }
  if (text.startsWith('-')) throw new CronProblem(`negative number (${Number(text)}) not allowed: ${text}`);
  return Number(text);
}

function parseValue(text: string, bounds: Bounds): number {
  const name = bounds.names.indexOf(text.toLowerCase());
  return name >= 0 ? name + bounds.firstName : parseNumber(text);
}

interface Span {
  readonly start: number;
  readonly end: number;
  readonly star: boolean;
  /** `5` alone, which with a step means `5-most`. */
  readonly single: boolean;
}

function parseSpan(text: string, expression: string, bounds: Bounds): Span {
  const parts = text.split('-');
  const first = parts[0] ?? '';
  if (first === '*' || first === '?')
    return { start: bounds.least, end: bounds.most, star: true, single: parts.length === 1 };
  const start = parseValue(first, bounds);
  if (parts.length > 2) throw new CronProblem(`too many hyphens: ${expression}`);
  const end = parts[1] === undefined ? start : parseValue(parts[1], bounds);
  return { start, end, star: false, single: parts.length === 1 };
}

function checkRange(range: { start: number; end: number; step: number }, expression: string, bounds: Bounds): void {
  const { start, end, step } = range;
  if (start < bounds.least) {
    throw new CronProblem(`beginning of range (${start}) below minimum (${bounds.least}): ${expression}`);
  }
  if (end > bounds.most) throw new CronProblem(`end of range (${end}) above maximum (${bounds.most}): ${expression}`);
  if (start > end) throw new CronProblem(`beginning of range (${start}) beyond end of range (${end}): ${expression}`);
  if (step === 0) throw new CronProblem(`step of range should be a positive number: ${expression}`);
}

function parseRange(expression: string, bounds: Bounds): FieldSet {
  const [body = '', stepText, ...more] = expression.split('/');
  const span = parseSpan(body, expression, bounds);
  if (more.length > 0) throw new CronProblem(`too many slashes: ${expression}`);
  const step = stepText === undefined ? 1 : parseNumber(stepText);
  const end = stepText !== undefined && span.single ? bounds.most : span.end;
  checkRange({ start: span.start, end, step }, expression, bounds);
  const values = new Set<number>();
  for (let value = span.start; value <= end; value += step) values.add(value);
  return { values, star: span.star && step <= 1 };
}

function parseField(text: string, bounds: Bounds): FieldSet {
  const values = new Set<number>();
  let star = false;
  for (const expression of text.split(',')) {
    if (expression === '') continue;
    const range = parseRange(expression, bounds);
    for (const value of range.values) values.add(value);
    star ||= range.star;
  }
  return { values, star };
}

function parseFields(fields: readonly string[], zone: ZoneRules | undefined): Schedule {
  const [second = '', minute = '', hour = '', dayOfMonth = '', month = '', dayOfWeek = ''] = fields;
  return {
    kind: 'fields',
    second: parseField(second, SECONDS),
    minute: parseField(minute, MINUTES),
    hour: parseField(hour, HOURS),
    dayOfMonth: parseField(dayOfMonth, DAYS),
    month: parseField(month, MONTHS),
    dayOfWeek: parseField(dayOfWeek, WEEKDAYS),
    zone,
  };
}

function parseDescriptor(text: string, zone: ZoneRules | undefined): Schedule {
  const fields = DESCRIPTORS.get(text);
  if (fields !== undefined) return parseFields(fields.split(' '), zone);
  if (!text.startsWith('@every ')) throw new CronProblem(`unrecognized descriptor: ${text}`);
  const span = text.slice('@every '.length);
  const parsed = parseGoDuration(span);
  if (!parsed.ok) throw new CronProblem(`failed to parse duration ${text}: ${parsed.error.message}`);
  const seconds = parsed.value / 1_000_000_000n;
  return { kind: 'every', spanMs: Number(seconds < 1n ? 1n : seconds) * 1000 };
}

/** Settings of `parseCron`. */
export interface CronOptions {
  readonly zones?: TimeZones;
  /** Six fields, the first of them seconds. */
  readonly withSeconds?: boolean;
}

function splitZone(
  text: string,
  zones: TimeZones | undefined,
): { readonly rest: string; readonly zone: ZoneRules | undefined } {
  const match = /^(?:CRON_TZ|TZ)=(\S*)/.exec(text);
  if (match === null) return { rest: text, zone: undefined };
  const name = match[1] ?? '';
  const zone = zones?.(name);
  if (zone === undefined) throw new CronProblem(`provided bad location ${name}: unknown time zone ${name}`);
  return { rest: text.slice(match[0].length).trim(), zone };
}

function parse(text: string, options: CronOptions): Schedule {
  if (text === '') throw new CronProblem('empty spec string');
  if (text.length > CRON_LIMIT_CHARACTERS) throw new CronProblem(`over ${CRON_LIMIT_CHARACTERS} characters`);
  const { rest, zone } = splitZone(text, options.zones);
  if (rest.startsWith('@')) return parseDescriptor(rest, zone);
  const fields = rest.split(/\s+/).filter((field) => field !== '');
  const wanted = options.withSeconds === true ? 6 : 5;
  if (fields.length !== wanted) {
    throw new CronProblem(`expected exactly ${wanted} fields, found ${fields.length}: [${fields.join(' ')}]`);
  }
  return parseFields(wanted === 6 ? fields : ['0', ...fields], zone);
}

/**
 * Reads a cron expression as robfig/cron v3 does: five fields (six with seconds), names, steps, `@daily`,
 * `@every 90s`, and a leading `CRON_TZ=` or `TZ=`. Fails with that library's words.
 */
export function parseCron(text: string, options: CronOptions = {}): Result<Schedule, Diagnostic> {
  try {
    return ok(parse(text, options));
  } catch (error) {
    if (error instanceof CronProblem) return err(diagnostic(error.message));
    throw error;
  }
}
