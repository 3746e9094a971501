import { isFraction, type LayoutPiece } from './layout.ts';
import { MONTHS, WEEKDAYS } from './zone.ts';

/** What has been read of a time so far; -1 means not given. */
export interface Fields {
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
  /** True after `Z` or `UTC`. */
  utc: boolean;
  /** Says which part was out of range. */
  range: string;
}

/** Nothing read yet. */
export function emptyFields(): Fields {
  const clock = { hour: 0, minute: 0, second: 0, nanosecond: 0, pm: undefined };
  const zone = { offsetSeconds: undefined, abbreviation: '', utc: false };
  return { year: 0, month: -1, day: -1, yearDay: -1, ...clock, ...zone, range: '' };
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

function nameRead(names: readonly string[], length: number | undefined, put: Put): Read {
  const wanted = names.map((name) => name.slice(0, length).toLowerCase());
  return (text, fields) => {
    const lower = text.toLowerCase();
    const index = wanted.findIndex((name) => lower.startsWith(name));
    if (index < 0) return undefined;
    put(fields, index);
    return text.slice((wanted[index] ?? '').length);
  };
}

type Put = (fields: Fields, value: number) => void;

function ranged(least: number, most: number, set: { readonly name: string; readonly put: Put }): Put {
  return (fields, value) => {
    if (value < least || value > most) fields.range = set.name;
    else set.put(fields, value);
  };
}

const month = ranged(1, 12, { name: 'month', put: (fields, value) => (fields.month = value) });
const hour = ranged(0, 23, { name: 'hour', put: (fields, value) => (fields.hour = value) });
const hour12 = ranged(0, 12, { name: 'hour', put: (fields, value) => (fields.hour = value) });
const minute = ranged(0, 59, { name: 'minute', put: (fields, value) => (fields.minute = value) });
const second = ranged(0, 59, { name: 'second', put: (fields, value) => (fields.second = value) });
const day: Put = (fields, value) => void (fields.day = value);
const yearDay: Put = (fields, value) => void (fields.yearDay = value);
const shortYear: Put = (fields, value) => void (fields.year = value >= 69 ? 1900 + value : 2000 + value);

function halfDayRead(words: readonly [string, string]): Read {
  return (text, fields) => {
    const word = text.slice(0, 2);
    if (!words.includes(word)) return undefined;
    fields.pm = word === words[1];
    return text.slice(2);
  };
}

/** The length of `+3` or `-11` at the start of a text; 0 for none, or when it is beyond a day. */
function signedHoursLength(text: string): number {
  const match = /^[-+](\d+)/.exec(text);
  return match !== null && Number(match[1]) <= 23 ? match[0].length : 0;
}

/** The length of a zone's abbreviation at the start of a text; 0 for none. The rules are those of Go's parseTimeZone. */
function zoneNameLength(text: string): number {
  if (text.length < 3) return 0;
  if (/^(ChST|MeST)/.test(text)) return 4;
  if (text.startsWith('GMT')) return 3 + signedHoursLength(text.slice(3));
  if (/^[-+]/.test(text)) return signedHoursLength(text);
  const upper = /^[A-Z]{0,6}/.exec(text)?.[0] ?? '';
  return upper.length === 3 || upper === 'WITA' || /^[A-Z]{3,4}T$/.test(upper) ? upper.length : 0;
}

function zoneNameRead(text: string, fields: Fields): string | undefined {
  if (text.startsWith('UTC')) {
    fields.utc = true;
    return text.slice(3);
  }
  const length = zoneNameLength(text);
  if (length === 0) return undefined;
  fields.abbreviation = text.slice(0, length);
  return text.slice(length);
}

const READERS: ReadonlyMap<string, Read> = new Map<string, Read>([
  ['January', nameRead(MONTHS, undefined, (fields, index) => (fields.month = index + 1))],
  ['Jan', nameRead(MONTHS, 3, (fields, index) => (fields.month = index + 1))],
  ['Monday', nameRead(WEEKDAYS, undefined, () => undefined)],
  ['Mon', nameRead(WEEKDAYS, 3, () => undefined)],
  ['1', numberRead(/^\d\d?/, month)],
  ['01', numberRead(/^\d\d/, month)],
  ['2', numberRead(/^\d\d?/, day)],
  ['_2', numberRead(/^ ?\d\d?/, day)],
  ['02', numberRead(/^\d\d/, day)],
  ['__2', numberRead(/^ {0,2}\d{1,3}/, yearDay)],
  ['002', numberRead(/^\d{3}/, yearDay)],
  // An hour may have one digit although the layout shows two.
  ['15', numberRead(/^\d\d?/, hour)],
  ['3', numberRead(/^\d\d?/, hour12)],
  ['03', numberRead(/^\d\d/, hour12)],
  ['4', numberRead(/^\d\d?/, minute)],
  ['04', numberRead(/^\d\d/, minute)],
  ['5', numberRead(/^\d\d?/, second)],
  ['05', numberRead(/^\d\d/, second)],
  ['2006', numberRead(/^\d{4}/, (fields, value) => (fields.year = value))],
  // compat(lang-0218): a year of two places may be a sign and a digit.
  ['06', numberRead(/^(?:\d\d|[-+]\d)/, shortYear)],
  ['PM', halfDayRead(['AM', 'PM'])],
  ['pm', halfDayRead(['am', 'pm'])],
  ['MST', zoneNameRead],
]);

function readOffset(form: string, text: string, fields: Fields): string | undefined {
  // The forms with seconds do not take a Z, although they write one.
  if (/^Z(07|0700|07:00)$/.test(form) && text.startsWith('Z')) {
    fields.utc = true;
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

/** Any number of digits after a point or comma; they may be missing. */
function readSpareFraction(text: string, fields: Fields): string {
  const match = /^[.,](\d+)/.exec(text);
  if (match === null) return text;
  fields.nanosecond = Number((match[1] ?? '').slice(0, 9).padEnd(9, '0'));
  return text.slice(match[0].length);
}

/**
 * As many places as the layout has zeros, of which nine count.
 * compat(lang-0219): places behind the ninth may hold anything, and the first a sign.
 */
function readFraction(form: string, text: string, fields: Fields): string | undefined {
  if (form.charAt(1) === '9') return readSpareFraction(text, fields);
  const places = text.slice(1, Math.min(form.length, 10));
  if (text.length < form.length || !/^[.,]/.test(text) || !/^[-+]?\d+$/.test(places)) return undefined;
  if (Number(places) < 0) fields.range = 'fractional second';
  fields.nanosecond = Number(places) * 10 ** (9 - places.length);
  return text.slice(form.length);
}

/** Reads one element of a layout; `next` is the piece behind it. Gives what is left, `undefined` when it does not fit. */
export function readElement(
  piece: LayoutPiece,
  next: LayoutPiece | undefined,
  { text, fields }: { readonly text: string; readonly fields: Fields },
): string | undefined {
  const read = READERS.get(piece.text);
  if (read === undefined) {
    return isFraction(piece) ? readFraction(piece.text, text, fields) : readOffset(piece.text, text, fields);
  }
  const rest = read(text, fields);
  // Seconds may carry a fraction that the layout does not mention.
  const spare = (piece.text === '5' || piece.text === '05') && !isFraction(next);
  return rest !== undefined && spare && fields.range === '' ? readSpareFraction(rest, fields) : rest;
}

/**
 * Reads literal text of a layout. A run of blanks stands for any number of them, but for none only at the end.
 * Gives what is left, and whether all of it was there.
 */
export function readLiteral(literal: string, text: string): { readonly rest: string; readonly isWhole: boolean } {
  let rest = text;
  for (const part of literal.match(/ +|[^ ]/gu) ?? []) {
    const blank = part.startsWith(' ');
    if (blank ? rest !== '' && !rest.startsWith(' ') : !rest.startsWith(part)) return { rest, isWhole: false };
    rest = blank ? rest.replace(/^ +/, '') : rest.slice(part.length);
  }
  return { rest, isWhole: true };
}
