import { daysFromCivil, err, instant, ok, type Result } from '@argosy/std';
import { fixedZone, UTC_ZONE, type GoZone } from './gotime.ts';
import { layoutParts, MONTHS, WEEKDAYS, type FieldName, type LayoutPart } from './gotime-layout.ts';

/** An instant in nanoseconds since 1970, with the zone that it was written in. */
export interface ParsedTime {
  readonly ns: bigint;
  readonly zone: GoZone;
}

interface Parsed {
  rest: string;
  year: number;
  month: number;
  day: number;
  yearDay: number;
  hour: number;
  minute: number;
  second: number;
  nanosecond: number;
  pm: boolean | undefined;
  offset: number | undefined;
  zoneName: string | undefined;
}

class TimeError extends Error {}

function take(state: Parsed, pattern: RegExp): string {
  const match = pattern.exec(state.rest);
  if (match === null) throw new TimeError();
  state.rest = state.rest.slice(match[0].length);
  return match[0];
}

function takeNumber(state: Parsed, pattern: RegExp, most = Number.MAX_SAFE_INTEGER): number {
  const value = Number(take(state, pattern).trim());
  if (value > most) throw new TimeError('out of range');
  return value;
}

function takeMonth(state: Parsed, pattern: RegExp): number {
  const month = takeNumber(state, pattern, 12);
  if (month === 0) throw new TimeError('out of range');
  return month;
}

function takeName(state: Parsed, names: readonly string[], length: number | undefined): number {
  const lower = state.rest.toLowerCase();
  const index = names.findIndex((name) => lower.startsWith(name.slice(0, length).toLowerCase()));
  if (index < 0) throw new TimeError();
  state.rest = state.rest.slice((names[index] ?? '').slice(0, length).length);
  return index;
}

/** Go takes a fraction after the seconds also where the layout has none. */
function takeImpliedFraction(state: Parsed): void {
  const match = /^[.,](\d+)/.exec(state.rest);
  if (match === null) return;
  state.rest = state.rest.slice(match[0].length);
  state.nanosecond = Number((match[1] ?? '').slice(0, 9).padEnd(9, '0'));
}

const OFFSET_PATTERNS: { readonly [digits: string]: RegExp } = {
  '07:00:00': /^[+-]\d\d:\d\d:\d\d/,
  '070000': /^[+-]\d{6}/,
  '07:00': /^[+-]\d\d:\d\d/,
  '0700': /^[+-]\d{4}/,
  '07': /^[+-]\d\d/,
};

function takeOffset(state: Parsed, name: string): void {
  if (name.startsWith('Z') && state.rest.startsWith('Z')) {
    state.rest = state.rest.slice(1);
    state.offset = 0;
    state.zoneName = 'UTC';
    return;
  }
  const text = take(state, OFFSET_PATTERNS[name.slice(1)] ?? /^$/).replaceAll(':', '');
  const [hours, minutes, seconds] = [1, 3, 5].map((at) => Number(text.slice(at, at + 2))) as [number, number, number];
  if (hours > 24 || minutes > 60 || seconds > 60) throw new TimeError('out of range');
  const size = hours * 3600 + minutes * 60 + seconds;
  state.offset = text.startsWith('-') ? -size : size;
}

/** The length of a zone's abbreviation at the start of a text; 0 for none. Go's rules. */
function zoneNameLength(text: string): number {
  const special = /^(ChST|MeST|WITA)/.exec(text)?.[0];
  if (special !== undefined) return special.length;
  const signed = /^(GMT|)[+-](\d+)/.exec(text);
  if (signed !== null) return Number(signed[2]) <= 23 ? signed[0].length : (signed[1] ?? '').length;
  const upper = /^[A-Z]{0,6}/.exec(text)?.[0] ?? '';
  return upper.length === 3 || /^[A-Z]{3,4}T$/.test(upper) ? upper.length : 0;
}

function takeZoneName(state: Parsed): void {
  if (state.rest.startsWith('UTC')) {
    state.rest = state.rest.slice(3);
    state.offset = 0;
    state.zoneName = 'UTC';
    return;
  }
  const length = zoneNameLength(state.rest);
  if (length === 0) throw new TimeError();
  state.zoneName = state.rest.slice(0, length);
  state.rest = state.rest.slice(length);
}

const READERS: { readonly [name in FieldName]?: (state: Parsed) => void } = {
  January: (state) => (state.month = takeName(state, MONTHS, undefined) + 1),
  Jan: (state) => (state.month = takeName(state, MONTHS, 3) + 1),
  Monday: (state) => takeName(state, WEEKDAYS, undefined),
  Mon: (state) => takeName(state, WEEKDAYS, 3),
  MST: takeZoneName,
  '2006': (state) => (state.year = takeNumber(state, /^\d{4}/)),
  '06': (state) => {
    const value = takeNumber(state, /^\d\d/);
    state.year = value >= 69 ? value + 1900 : value + 2000;
  },
  '01': (state) => (state.month = takeMonth(state, /^\d\d/)),
  '1': (state) => (state.month = takeMonth(state, /^\d\d?/)),
  '02': (state) => (state.day = takeNumber(state, /^\d\d/)),
  _2: (state) => (state.day = takeNumber(state, /^ ?\d\d?/)),
  '2': (state) => (state.day = takeNumber(state, /^\d\d?/)),
  '002': (state) => (state.yearDay = takeNumber(state, /^\d{3}/, 366)),
  __2: (state) => (state.yearDay = takeNumber(state, /^ {0,2}\d{1,3}/, 366)),
  '15': (state) => (state.hour = takeNumber(state, /^\d\d?/, 23)),
  '03': (state) => (state.hour = takeNumber(state, /^\d\d/, 12)),
  '3': (state) => (state.hour = takeNumber(state, /^\d\d?/, 12)),
  '04': (state) => (state.minute = takeNumber(state, /^\d\d/, 59)),
  '4': (state) => (state.minute = takeNumber(state, /^\d\d?/, 59)),
  '05': (state) => (state.second = takeNumber(state, /^\d\d/, 59)),
  '5': (state) => (state.second = takeNumber(state, /^\d\d?/, 59)),
  PM: (state) => (state.pm = take(state, /^(AM|PM)/) === 'PM'),
  pm: (state) => (state.pm = take(state, /^(am|pm)/) === 'pm'),
};

function takeFraction(state: Parsed, part: Extract<LayoutPart, { kind: 'fraction' }>): void {
  if (part.trimmed) {
    takeImpliedFraction(state);
    return;
  }
  const text = take(state, new RegExp(`^[.,]\\d{${part.digits}}`));
  state.nanosecond = Number(text.slice(1, 10).padEnd(9, '0'));
}

function takeText(state: Parsed, text: string): void {
  for (const char of text) {
    // A blank in the layout stands for any number of them, but not for none in front of something else.
    if (char === ' ' && /^( |$)/.test(state.rest)) state.rest = state.rest.replace(/^ +/, '');
    else if (state.rest.startsWith(char)) state.rest = state.rest.slice(char.length);
    else throw new TimeError();
  }
}

function takeField(state: Parsed, name: FieldName, following: LayoutPart | undefined): void {
  const read = READERS[name];
  if (read === undefined) return takeOffset(state, name);
  read(state);
  if (/^0?5$/.test(name) && following?.kind !== 'fraction') takeImpliedFraction(state);
}

function takePart(state: Parsed, part: LayoutPart, following: LayoutPart | undefined): void {
  if (part.kind === 'text') return takeText(state, part.text);
  return part.kind === 'fraction' ? takeFraction(state, part) : takeField(state, part.name, following);
}

const isLeap = (year: number): boolean => (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;

function daysIn(year: number, month: number): number {
  return month === 2 && isLeap(year) ? 29 : ([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] ?? 0);
}

function daysOf(state: Parsed): number {
  if (state.yearDay === 366 && !isLeap(state.year)) throw new TimeError(': day-of-year out of range');
  if (state.yearDay > 0) return daysFromCivil(state.year, 1, 1) + state.yearDay - 1;
  const [month, day] = [state.month < 0 ? 1 : state.month, state.day < 0 ? 1 : state.day];
  if (month < 1 || day < 1 || day > daysIn(state.year, month)) throw new TimeError(': day out of range');
  return daysFromCivil(state.year, month, day);
}

function hourOf(state: Parsed): number {
  if (state.pm === true && state.hour < 12) return state.hour + 12;
  return state.pm === false && state.hour === 12 ? 0 : state.hour;
}

function finish(state: Parsed, zone: GoZone): ParsedTime {
  const seconds = BigInt(daysOf(state) * 86_400 + hourOf(state) * 3600 + state.minute * 60 + state.second);
  const wall = seconds * 1_000_000_000n + BigInt(state.nanosecond);
  const second = 1_000_000_000n;
  if (state.offset !== undefined) {
    const utc = state.offset === 0 && (state.zoneName === 'UTC' || state.zoneName === undefined);
    const name = state.zoneName;
    return { ns: wall - BigInt(state.offset) * second, zone: utc ? UTC_ZONE : fixedZone(state.offset, name) };
  }
  // compat(lang-0215): an abbreviation that the zone does not know counts as UTC under that name.
  if (state.zoneName !== undefined) return { ns: wall, zone: fixedZone(0, state.zoneName) };
  const guess = zone.rules(instant(Number(wall / 1_000_000n)));
  const offset = zone.rules(instant(Number(wall / 1_000_000n) - guess));
  return { ns: wall - BigInt(offset) * 1_000_000n, zone };
}

/**
 * Reads a time in a Go layout, as time.ParseInLocation does. `zone` counts where the text names none. The error is
 * Go's, in short.
 */
export function parseGoTime(layout: string, text: string, zone: GoZone): Result<ParsedTime, string> {
  const state: Parsed = {
    rest: text,
    year: 0,
    month: -1,
    day: -1,
    yearDay: -1,
    hour: 0,
    minute: 0,
    second: 0,
    nanosecond: 0,
    pm: undefined,
    offset: undefined,
    zoneName: undefined,
  };
  const failed = (why: string): { readonly ok: false; readonly error: string } =>
    err(`parsing time ${JSON.stringify(text)}${why}`);
  const parts = layoutParts(layout);
  for (const [index, part] of parts.entries()) {
    const before = state.rest;
    try {
      takePart(state, part, parts[index + 1]);
    } catch (error) {
      if (!(error instanceof TimeError)) throw error;
      if (error.message !== '') return failed(`: ${partName(part)} ${error.message}`);
      return failed(
        ` as ${JSON.stringify(layout)}: cannot parse ${JSON.stringify(part.kind === 'text' ? state.rest : before)} as ${JSON.stringify(partText(part))}`,
      );
    }
  }
  if (state.rest !== '') return failed(`: extra text: ${JSON.stringify(state.rest)}`);
  try {
    return ok(finish(state, zone));
  } catch (error) {
    if (error instanceof TimeError) return failed(error.message);
    throw error;
  }
}

function partText(part: LayoutPart): string {
  if (part.kind === 'text') return part.text;
  return part.kind === 'field' ? part.name : `${part.mark}${(part.trimmed ? '9' : '0').repeat(part.digits)}`;
}

const RANGE_NAMES: { readonly [name: string]: string } = {
  '01': 'month',
  '1': 'month',
  '15': 'hour',
  '03': 'hour',
  '3': 'hour',
  '04': 'minute',
  '4': 'minute',
  '05': 'second',
  '5': 'second',
  '002': 'day-of-year',
  __2: 'day-of-year',
};

function partName(part: LayoutPart): string {
  return part.kind === 'field' ? (RANGE_NAMES[part.name] ?? 'time zone offset') : '';
}
