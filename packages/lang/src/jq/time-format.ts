import { type CivilTime, civilTime, daysFromCivil, instant } from '@argosy/std';
import { MONTHS, WEEKDAYS } from '../gotime/index.ts';

/** A moment in UTC. */
export interface Moment {
  readonly seconds: number;
  readonly nanos: number;
}

/** Seconds since the epoch of a date whose parts may be out of their ranges, as Go normalises them. */
export function epochOf(parts: readonly [number, number, number, number, number, number]): number {
  const [year, month, day, hour, minute, second] = parts;
  const months = month - 1;
  const years = year + Math.floor(months / 12);
  const days = daysFromCivil(years, months - Math.floor(months / 12) * 12 + 1, 1) + day - 1;
  return days * 86_400 + hour * 3600 + minute * 60 + second;
}

/** Formats that stand for several others; letters without a percent sign. */
export const COMPOSITIONS: { readonly [letter: string]: string | undefined } = {
  c: 'a b e H:M:S Y',
  '+': 'a b e H:M:S Z Y',
  F: 'Y-m-d',
  D: 'm/d/y',
  x: 'm/d/y',
  v: 'e-b-Y',
  T: 'H:M:S',
  X: 'H:M:S',
  r: 'I:M:S p',
  R: 'H:M',
};

/** What stands between the percent sign and the letter. */
interface Style {
  width: number;
  /** `undefined` says that nothing was asked for, an empty string that no padding is wanted. */
  padding: string | undefined;
  isUpper: boolean;
  isSwapped: boolean;
}

/** The moment with everything that letters ask for. */
interface Clock extends Moment {
  readonly civil: CivilTime;
  readonly dayOfYear: number;
}

const WIDTH_LIMIT = 1024;

function numberText(value: number, least: number, style: Style): string {
  const fill = style.padding ?? '0';
  return fill === '' ? String(value) : String(value).padStart(Math.max(least, style.width), fill);
}

/** The style for numbers that are padded with blanks unless the format says otherwise. */
const blank = (style: Style): Style => ({ ...style, padding: style.padding ?? ' ' });

function wordText(word: string, style: Style): string {
  const fill = style.padding ?? ' ';
  const padded = fill === '' ? word : word.padStart(style.width, fill).slice(0, -word.length || undefined) + word;
  const lead = padded.slice(0, padded.length - word.length);
  if (style.isSwapped) return lead + (/[a-z]$/.test(word) ? word.toUpperCase() : word.toLowerCase());
  return lead + (style.isUpper ? word.toUpperCase() : word);
}

function digitText(value: number, style: Style): string {
  return String(value).padStart(style.width, style.padding === undefined ? '0' : style.padding || '\u007f');
}

/** The year and week by ISO 8601. */
function isoWeek(clock: Clock): { readonly year: number; readonly week: number } {
  const days = Math.floor(clock.seconds / 86_400);
  const weekday = (clock.civil.weekday + 6) % 7;
  const thursday = days - weekday + 3;
  const { year } = civilTime(instant(thursday * 86_400_000));
  return { year, week: Math.floor((thursday - daysFromCivil(year, 1, 1)) / 7) + 1 };
}

type Letter = (clock: Clock, style: Style) => string;

const twelve = (hour: number): number => (hour > 12 ? hour - 12 : hour);

const LETTERS: { readonly [letter: string]: Letter | undefined } = {
  Y: ({ civil }, style) => numberText(civil.year, style.width === 0 ? 4 : 0, style),
  y: ({ civil }, style) => numberText(civil.year % 100, 2, style),
  C: ({ civil }, style) => numberText(Math.trunc(civil.year / 100), 2, style),
  g: (clock, style) => numberText(isoWeek(clock).year % 100, 2, style),
  G: (clock, style) => numberText(isoWeek(clock).year, style.width === 0 ? 4 : 0, style),
  m: ({ civil }, style) => numberText(civil.month, 2, style),
  B: ({ civil }, style) => wordText(MONTHS[civil.month - 1] ?? '', style),
  b: ({ civil }, style) => wordText((MONTHS[civil.month - 1] ?? '').slice(0, 3), style),
  h: ({ civil }, style) => wordText((MONTHS[civil.month - 1] ?? '').slice(0, 3), style),
  A: ({ civil }, style) => wordText(WEEKDAYS[civil.weekday] ?? '', style),
  a: ({ civil }, style) => wordText((WEEKDAYS[civil.weekday] ?? '').slice(0, 3), style),
  w: ({ civil }, style) => digitText(civil.weekday, style),
  u: ({ civil }, style) => digitText(civil.weekday === 0 ? 7 : civil.weekday, style),
  V: (clock, style) => numberText(isoWeek(clock).week, 2, style),
  U: ({ civil, dayOfYear }, style) => numberText(Math.floor((dayOfYear + 6 - civil.weekday) / 7), 2, style),
  W: ({ civil, dayOfYear }, style) => {
    const shifted = civil.weekday > 0 ? dayOfYear - civil.weekday + 7 : dayOfYear;
    return numberText(Math.floor(shifted / 7), 2, style);
  },
  e: ({ civil }, style) => numberText(civil.day, 2, blank(style)),
  d: ({ civil }, style) => numberText(civil.day, 2, style),
  j: ({ dayOfYear }, style) => numberText(dayOfYear, 3, style),
  k: ({ civil }, style) => numberText(civil.hour, 2, blank(style)),
  H: ({ civil }, style) => numberText(civil.hour, 2, style),
  // compat(lang-0414): `%l` says 0 at midnight, `%I` says 12.
  l: ({ civil }, style) => numberText(twelve(civil.hour), 2, blank(style)),
  I: ({ civil }, style) => numberText(civil.hour === 0 ? 12 : twelve(civil.hour), 2, style),
  p: ({ civil }, style) => wordText(civil.hour < 12 ? 'AM' : 'PM', style),
  P: ({ civil }, style) => wordText(civil.hour < 12 ? 'am' : 'pm', style),
  M: ({ civil }, style) => numberText(civil.minute, 2, style),
  S: ({ civil }, style) => numberText(civil.second, 2, style),
  s: ({ seconds }, style) => numberText(seconds, 0, blank(style)),
  f: ({ nanos }, style) => numberText(Math.floor(nanos / 1000), style.width === 0 ? 6 : 0, style),
  Z: (_clock, style) => wordText('UTC', style),
  z: (_clock, style) => zoneText(0, style),
  t: (_clock, style) => wordText('\t', { ...style, isUpper: false, isSwapped: false }),
  n: (_clock, style) => wordText('\n', { ...style, isUpper: false, isSwapped: false }),
  '%': (_clock, style) => wordText('%', { ...style, isUpper: false, isSwapped: false }),
};

/** The offset of UTC: `+0000`, `+00:00`, `+00:00:00` or `+00` by the number of colons before the letter. */
function zoneText(colons: number, style: Style): string {
  const text = ['0000', '00:00', '00:00:00', '00'][colons] ?? '00';
  if (style.padding === '') return `+${text.slice(1)}`;
  const isBlank = style.padding === ' ';
  const padded = isBlank
    ? `+${text.slice(1)}`.padStart(Math.max(text.length + 1, style.width), ' ')
    : text.padStart(style.width - 1, '0');
  return isBlank ? padded : `+${padded}`;
}

const PADDINGS: { readonly [flag: string]: string | undefined } = { '-': '', _: ' ', '0': '0' };

/** Reads the flags and the width after a percent sign; gives where the letter stands. */
function readStyle(format: string, from: number, style: Style): number {
  let at = from;
  for (; at < format.length; at += 1) {
    const character = format[at] ?? '';
    const padding = PADDINGS[character];
    if (padding !== undefined) style.padding = padding;
    else if (character === '^') style.isUpper = true;
    else if (character === '#') style.isSwapped = true;
    else if (/^[1-9]$/.test(character)) at += readWidth(format.slice(at), style) - 1;
    else return at;
  }
  return at;
}

function readWidth(rest: string, style: Style): number {
  const digits = /^\d+/.exec(rest)?.[0] ?? '';
  style.width = Math.min(WIDTH_LIMIT, Number(digits));
  if (style.padding === '') style.padding = ' ';
  return digits.length;
}

function compose(composition: string, clock: Clock, style: Style): string {
  const plain: Style = { width: 0, padding: undefined, isUpper: style.isUpper, isSwapped: false };
  return Array.from(composition, (letter) => LETTERS[letter]?.(clock, plain) ?? letter).join('');
}

/** Colons before `z`; gives the text and where it ended, or nothing when no `z` follows. */
function colonZone(
  format: string,
  at: number,
  style: Style,
): { readonly text: string; readonly next: number } | undefined {
  const found = /^(:{1,3})z/.exec(format.slice(at));
  if (found === null) return undefined;
  return { text: zoneText((found[1] ?? '').length, style), next: at + found[0].length };
}

/** Writes a moment by a format of `strftime`. What is unknown stays as it is. */
export function formatTime(format: string, moment: Moment): string {
  const civil = civilTime(instant(moment.seconds * 1000));
  const dayOfYear = Math.floor(moment.seconds / 86_400) - daysFromCivil(civil.year, 1, 1) + 1;
  const clock: Clock = { ...moment, civil, dayOfYear };
  let text = '';
  for (let at = 0; at < format.length;) {
    const percent = format.indexOf('%', at);
    if (percent < 0) return text + format.slice(at);
    text += format.slice(at, percent);
    const style: Style = { width: 0, padding: undefined, isUpper: false, isSwapped: false };
    const place = readStyle(format, percent + 1, style);
    const zone = colonZone(format, place, style);
    text += zone?.text ?? directive(format.slice(percent, place + 1), clock, style);
    at = zone?.next ?? place + 1;
  }
  return text;
}

function directive(source: string, clock: Clock, style: Style): string {
  const letter = source.length > 1 ? source.slice(-1) : '';
  const write = Object.hasOwn(LETTERS, letter) ? LETTERS[letter] : undefined;
  if (write !== undefined) return write(clock, style);
  const composition = Object.hasOwn(COMPOSITIONS, letter) ? COMPOSITIONS[letter] : undefined;
  if (composition !== undefined) return compose(composition, clock, style);
  return wordText(source, { ...style, isUpper: false, isSwapped: false });
}
