import { daysFromCivil, err, ok, type Result } from '@argosy/std';
import { diagnostic, type Diagnostic } from '../diagnostic/index.ts';
import { encodeBytes } from './utf8.ts';
import { fixedZone, GoTime, layoutPieces, MONTHS, UTC_ZONE, WEEKDAYS, type GoZone, type LayoutPiece } from './time.ts';

/** What has been read so far; -1 means not given. */
interface Fields {
  year: number;
  month: number;
  day: number;
  yearDay: number;
  hour: number;
  minute: number;
  second: number;
  nanosecond: number;
  pm: boolean | undefined;
  offsetSeconds: number | undefined;
  abbreviation: string;
  /** Says which part was out of range. */
  range: string;
}

/** Reads an element from the front of the text and gives what is left; `undefined` when it does not fit. */
type Read = (text: string, fields: Fields) => string | undefined;

function numberRead(pattern: RegExp, put: (fields: Fields, value: number) => void): Read {
  return (text, fields) => {
    const match = pattern.exec(text);
    if (match === null) return undefined;
    put(fields, Number(match[0].trim()));
    return text.slice(match[0].length);
  };
}

function nameRead(
  names: readonly string[],
  length: number | undefined,
  put: (fields: Fields, index: number) => void,
): Read {
  return (text, fields) => {
    const index = names.findIndex((name) => text.toLowerCase().startsWith(name.slice(0, length).toLowerCase()));
    if (index < 0) return undefined;
    put(fields, index);
    return text.slice((names[index] ?? '').slice(0, length).length);
  };
}

function ranged(
  least: number,
  most: number,
  set: { readonly name: string; readonly put: (fields: Fields, value: number) => void },
) {
  return (fields: Fields, value: number): void => {
    if (value < least || value > most) fields.range = set.name;
    else set.put(fields, value);
  };
}

const month = ranged(1, 12, { name: 'month', put: (fields, value) => (fields.month = value) });
const hour = ranged(0, 23, { name: 'hour', put: (fields, value) => (fields.hour = value) });
const hour12 = ranged(0, 12, { name: 'hour', put: (fields, value) => (fields.hour = value) });
const minute = ranged(0, 59, { name: 'minute', put: (fields, value) => (fields.minute = value) });
const second = ranged(0, 59, { name: 'second', put: (fields, value) => (fields.second = value) });
const day = (fields: Fields, value: number): void => void (fields.day = value);
const yearDay = (fields: Fields, value: number): void => void (fields.yearDay = value);

/** Seconds may carry a fraction that the layout does not mention. */
function spareFraction(piece: LayoutPiece, next: LayoutPiece | undefined): boolean {
  return (
    (piece.text === '5' || piece.text === '05') &&
    !piece.literal &&
    !/^[.,][09]/.test(next?.literal === false ? next.text : '')
  );
}

/** How the time package quotes in its errors: everything beyond ASCII and every control character by its bytes. */
function quoteTime(text: string): string {
  const parts = Array.from(text, (char) => {
    if (char >= ' ' && char < '\u0080') return char === '"' || char === '\\' ? `\\${char}` : char;
    return Array.from(encodeBytes(char), (byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');
  });
  return `"${parts.join('')}"`;
}

function halfDayRead(words: readonly [string, string]): Read {
  return (text, fields) => {
    const word = text.slice(0, 2);
    if (!words.includes(word)) return undefined;
    fields.pm = word === words[1];
    return text.slice(2);
  };
}

function zoneNameRead(text: string, fields: Fields): string | undefined {
  const match = /^(?:UTC|ChST|MeST|GMT[-+][0-9]{1,2}|[-+][0-9]{2}(?:[0-9]{2})?|[A-Z]{3,4}T|[A-Z]{3}|WITA)/.exec(text);
  if (match === null) return undefined;
  if (match[0] === 'UTC') fields.offsetSeconds = 0;
  else fields.abbreviation = match[0];
  return text.slice(match[0].length);
}

const READERS: ReadonlyMap<string, Read> = new Map<string, Read>([
  ['January', nameRead(MONTHS, undefined, (fields, index) => (fields.month = index + 1))],
  ['Jan', nameRead(MONTHS, 3, (fields, index) => (fields.month = index + 1))],
  ['Monday', nameRead(WEEKDAYS, undefined, () => undefined)],
  ['Mon', nameRead(WEEKDAYS, 3, () => undefined)],
  ['1', numberRead(/^[0-9]{1,2}/, month)],
  ['01', numberRead(/^[0-9]{2}/, month)],
  ['2', numberRead(/^[0-9]{1,2}/, day)],
  ['_2', numberRead(/^(?: [0-9]|[0-9]{1,2})/, day)],
  ['02', numberRead(/^[0-9]{2}/, day)],
  ['__2', numberRead(/^ {0,2}[0-9]{1,3}/, yearDay)],
  ['002', numberRead(/^[0-9]{3}/, yearDay)],
  ['15', numberRead(/^[0-9]{2}/, hour)],
  ['3', numberRead(/^[0-9]{1,2}/, hour12)],
  ['03', numberRead(/^[0-9]{2}/, hour12)],
  ['4', numberRead(/^[0-9]{1,2}/, minute)],
  ['04', numberRead(/^[0-9]{2}/, minute)],
  ['5', numberRead(/^[0-9]{1,2}/, second)],
  ['05', numberRead(/^[0-9]{2}/, second)],
  ['2006', numberRead(/^[0-9]{4}/, (fields, value) => (fields.year = value))],
  ['06', numberRead(/^[0-9]{2}/, (fields, value) => (fields.year = value >= 69 ? 1900 + value : 2000 + value))],
  ['PM', halfDayRead(['AM', 'PM'])],
  ['pm', halfDayRead(['am', 'pm'])],
  ['MST', zoneNameRead],
]);

function readOffset(form: string, text: string, fields: Fields): string | undefined {
  // The forms with seconds do not take a Z, although they write one.
  if (/^Z(07|0700|07:00)$/.test(form) && text.startsWith('Z')) {
    fields.offsetSeconds = 0;
    return text.slice(1);
  }
  const pattern = form.replace(/^[-Z]/, '^([-+])').replace('07', '(\\d\\d)').replaceAll('00', '(\\d\\d)');
  const match = new RegExp(pattern).exec(text);
  if (match === null) return undefined;
  const [hours, minutes, seconds] = [2, 3, 4].map((index) => Number(match[index] ?? '0')) as [number, number, number];
  if (hours > 24) fields.range = 'time zone offset hour';
  else if (minutes > 60) fields.range = 'time zone offset minute';
  else if (seconds > 60) fields.range = 'time zone offset second';
  fields.offsetSeconds = (hours * 3600 + minutes * 60 + seconds) * (match[1] === '-' ? -1 : 1);
  return text.slice(match[0].length);
}

function readFraction(form: string, text: string, fields: Fields): string | undefined {
  if (form.charAt(1) === '9') {
    const optional = /^[.,]([0-9]+)/.exec(text);
    if (optional === null) return text;
    fields.nanosecond = Number((optional[1] ?? '').slice(0, 9).padEnd(9, '0'));
    return text.slice(optional[0].length);
  }
  const match = new RegExp(`^[.,]([0-9]{${form.length - 1}})`).exec(text);
  if (match === null) return undefined;
  fields.nanosecond = Number((match[1] ?? '').slice(0, 9).padEnd(9, '0'));
  return text.slice(match[0].length);
}

function readPiece(piece: LayoutPiece, text: string, fields: Fields): string | undefined {
  const read = READERS.get(piece.text);
  if (read !== undefined) return read(text, fields);
  return /^[.,]/.test(piece.text) ? readFraction(piece.text, text, fields) : readOffset(piece.text, text, fields);
}

/** Literal text of a layout: a run of spaces matches a run of spaces. */
function skipLiteral(literal: string, text: string): string | undefined {
  let rest = text;
  for (const char of literal) {
    if (char === ' ') rest = rest.replace(/^ +/, '');
    else if (rest.startsWith(char)) rest = rest.slice(char.length);
    else return undefined;
  }
  return rest;
}

const daysIn = (year: number, monthNumber: number): number =>
  daysFromCivil(monthNumber === 12 ? year + 1 : year, (monthNumber % 12) + 1, 1) - daysFromCivil(year, monthNumber, 1);

/** The day since the epoch that the fields name; `undefined` when it does not exist. */
function dayOf(fields: Fields): number | undefined {
  const leap = daysIn(fields.year, 2) === 29;
  if (fields.yearDay >= 0) {
    if (fields.yearDay < 1 || fields.yearDay > (leap ? 366 : 365)) return undefined;
    return daysFromCivil(fields.year, 1, 1) + fields.yearDay - 1;
  }
  const [monthNumber, dayNumber] = [Math.max(fields.month, 1), fields.day < 0 ? 1 : fields.day];
  if (dayNumber < 1 || dayNumber > daysIn(fields.year, monthNumber)) return undefined;
  return daysFromCivil(fields.year, monthNumber, dayNumber);
}

function hourOf(fields: Fields): number {
  if (fields.pm === true && fields.hour < 12) return fields.hour + 12;
  return fields.pm === false && fields.hour === 12 ? 0 : fields.hour;
}

/** `GMT+3` names its distance from UTC; the clock is read as UTC all the same. */
function hoursInName(name: string): number {
  return Number(/^GMT([-+][0-9]+)$/.exec(name)?.[1] ?? '0') * 3600;
}

function assemble(fields: Fields, days: number, zone: GoZone): GoTime {
  const wall = days * 86_400 + hourOf(fields) * 3600 + fields.minute * 60 + fields.second;
  const build = (offset: number, place: GoZone): GoTime =>
    new GoTime(BigInt(wall - offset) * 1_000_000_000n + BigInt(fields.nanosecond), place);
  if (fields.offsetSeconds !== undefined) {
    const there = zone.at((wall - fields.offsetSeconds) * 1000);
    if (fields.offsetSeconds === 0 && fields.abbreviation === '') return build(0, UTC_ZONE);
    const same = there.offsetSeconds === fields.offsetSeconds;
    return build(fields.offsetSeconds, same ? zone : fixedZone(fields.abbreviation, fields.offsetSeconds));
  }
  // A bare abbreviation that the zone does not know counts as no distance at all.
  if (fields.abbreviation !== '') return build(0, fixedZone(fields.abbreviation, hoursInName(fields.abbreviation)));
  const guess = zone.at(wall * 1000).offsetSeconds;
  return build(zone.at((wall - guess) * 1000).offsetSeconds, zone);
}

const fault = (value: string, message: string): Result<GoTime, Diagnostic> =>
  err(diagnostic(`parsing time ${quoteTime(value)}${message}`));

function afterFraction(rest: string | undefined, fields: Fields): string | undefined {
  return rest === undefined ? undefined : readFraction('.9', rest, fields);
}

/** Go's time.ParseInLocation. Fails with Go's words. */
export function parseGoTime(layout: string, value: string, zone: GoZone = UTC_ZONE): Result<GoTime, Diagnostic> {
  const fields: Fields = {
    year: 0,
    month: -1,
    day: -1,
    yearDay: -1,
    hour: 0,
    minute: 0,
    second: 0,
    nanosecond: 0,
    pm: undefined,
    offsetSeconds: undefined,
    abbreviation: '',
    range: '',
  };
  let rest = value;
  const pieces = layoutPieces(layout);
  for (const [index, piece] of pieces.entries()) {
    const read = piece.literal ? skipLiteral(piece.text, rest) : readPiece(piece, rest, fields);
    const next = spareFraction(piece, pieces[index + 1]) ? afterFraction(read, fields) : read;
    if (next === undefined) {
      return fault(value, ` as ${quoteTime(layout)}: cannot parse ${quoteTime(rest)} as ${quoteTime(piece.text)}`);
    }
    if (fields.range !== '') return fault(value, `: ${fields.range} out of range`);
    rest = next;
  }
  if (rest !== '') return fault(value, `: extra text: ${quoteTime(rest)}`);
  const days = dayOf(fields);
  if (days !== undefined) return ok(assemble(fields, days, zone));
  return fault(value, `: ${fields.yearDay >= 0 ? 'day-of-year' : 'day'} out of range`);
}
