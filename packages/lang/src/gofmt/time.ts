import { civilTime, daysFromCivil, instant } from '@argosy/std';
import { formatGoDuration } from '../duration/index.ts';
import { GoInteger, GoObject } from './values.ts';

/** A time zone as Go's time.Location: what its clocks show at an instant. */
export interface GoZone {
  readonly name: string;
  /** Seconds east of UTC, and the abbreviation (empty when it has none). `epochMs` is an instant. */
  readonly at: (epochMs: number) => { readonly offsetSeconds: number; readonly abbreviation: string };
}

/** Coordinated universal time. */
export const UTC_ZONE: GoZone = { name: 'UTC', at: () => ({ offsetSeconds: 0, abbreviation: 'UTC' }) };

/** A zone that is always the same distance from UTC. */
export function fixedZone(abbreviation: string, offsetSeconds: number): GoZone {
  return { name: abbreviation, at: () => ({ offsetSeconds, abbreviation }) };
}

const NS_PER_MS = 1_000_000n;
const NS_PER_SECOND = 1_000_000_000n;

function floorDivide(value: bigint, by: bigint): bigint {
  const quotient = value / by;
  return value < 0n && quotient * by !== value ? quotient - 1n : quotient;
}

/** Go's zero time, 0001-01-01T00:00:00Z, in nanoseconds since the epoch. */
export const ZERO_TIME_NS = -62_135_596_800n * NS_PER_SECOND;

/** What a wall clock shows. */
export interface WallClock {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly nanosecond: number;
  readonly weekday: number;
  readonly yearDay: number;
  readonly offsetSeconds: number;
  readonly abbreviation: string;
}

/** A Go time.Time: nanoseconds since the epoch, seen in a zone. */
export class GoTime extends GoObject {
  override readonly type = 'time.Time';
  override readonly kind = 'struct';
  readonly epochNs: bigint;
  readonly zone: GoZone;

  constructor(epochNs: bigint, zone: GoZone = UTC_ZONE) {
    super();
    this.epochNs = epochNs;
    this.zone = zone;
  }

  override text(): string {
    return formatGoTime(this, '2006-01-02 15:04:05.999999999 -0700 MST');
  }
}

/** A Go time.Duration in nanoseconds; it prints as `1h30m0s`. */
export function goDuration(nanoseconds: bigint): GoInteger {
  return new GoInteger('int64', BigInt.asIntN(64, nanoseconds), { type: 'time.Duration', text: formatGoDuration });
}

/** Takes a time apart as a wall clock in its zone shows it. */
export function wallClock(time: GoTime): WallClock {
  const seconds = Number(floorDivide(time.epochNs, NS_PER_SECOND));
  const { offsetSeconds, abbreviation } = time.zone.at(Number(floorDivide(time.epochNs, NS_PER_MS)));
  const civil = civilTime(instant((seconds + offsetSeconds) * 1000));
  const nanosecond = Number(time.epochNs - BigInt(seconds) * NS_PER_SECOND);
  const days = Math.floor((seconds + offsetSeconds) / 86_400);
  const yearDay = days - daysFromCivil(civil.year, 1, 1) + 1;
  return { ...civil, nanosecond, yearDay, offsetSeconds, abbreviation };
}

/** The months, January first. */
export const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
] as const;
/** The days of the week, Sunday first. */
export const WEEKDAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'] as const;

const CHUNK = new RegExp(
  [
    'January',
    'Jan(?![a-z])',
    'Monday',
    'Mon(?![a-z])',
    'MST',
    '002',
    '0[1-6]',
    '15',
    '1',
    '2006',
    '2',
    '_(?=2006)',
    '__2',
    '_2',
    '[345]',
    'PM',
    'pm',
    '[-Z]07:00:00',
    '[-Z]070000',
    '[-Z]07:00',
    '[-Z]0700',
    '[-Z]07',
    '[.,]0+(?![0-9])',
    '[.,]9+(?![0-9])',
  ].join('|'),
  'g',
);

/** A piece of a layout: literal text, or one of Go's reference elements. */
export interface LayoutPiece {
  readonly literal: boolean;
  readonly text: string;
}

/** Takes a layout such as `2006-01-02` apart. */
export function layoutPieces(layout: string): readonly LayoutPiece[] {
  const pieces: LayoutPiece[] = [];
  let at = 0;
  for (const match of layout.matchAll(CHUNK)) {
    // An underscore before the year is only text.
    if (match[0] === '_') continue;
    if (match.index > at) pieces.push({ literal: true, text: layout.slice(at, match.index) });
    pieces.push({ literal: false, text: match[0] });
    at = match.index + match[0].length;
  }
  if (at < layout.length) pieces.push({ literal: true, text: layout.slice(at) });
  return pieces;
}

const pad = (value: number, width: number, fill = '0'): string => String(value).padStart(width, fill);
const year4 = (year: number): string => (year < 0 ? `-${pad(-year, 4)}` : pad(year, 4));
const hour12 = (hour: number): number => hour % 12 || 12;

type Write = (clock: WallClock) => string;

const WRITERS: ReadonlyMap<string, Write> = new Map<string, Write>([
  ['January', (clock) => MONTHS[clock.month - 1] ?? ''],
  ['Jan', (clock) => (MONTHS[clock.month - 1] ?? '').slice(0, 3)],
  ['1', (clock) => String(clock.month)],
  ['01', (clock) => pad(clock.month, 2)],
  ['Monday', (clock) => WEEKDAYS[clock.weekday] ?? ''],
  ['Mon', (clock) => (WEEKDAYS[clock.weekday] ?? '').slice(0, 3)],
  ['2', (clock) => String(clock.day)],
  ['_2', (clock) => pad(clock.day, 2, ' ')],
  ['02', (clock) => pad(clock.day, 2)],
  ['__2', (clock) => pad(clock.yearDay, 3, ' ')],
  ['002', (clock) => pad(clock.yearDay, 3)],
  ['15', (clock) => pad(clock.hour, 2)],
  ['3', (clock) => String(hour12(clock.hour))],
  ['03', (clock) => pad(hour12(clock.hour), 2)],
  ['4', (clock) => String(clock.minute)],
  ['04', (clock) => pad(clock.minute, 2)],
  ['5', (clock) => String(clock.second)],
  ['05', (clock) => pad(clock.second, 2)],
  ['2006', (clock) => year4(clock.year)],
  ['06', (clock) => pad(Math.abs(clock.year) % 100, 2)],
  ['PM', (clock) => (clock.hour >= 12 ? 'PM' : 'AM')],
  ['pm', (clock) => (clock.hour >= 12 ? 'pm' : 'am')],
  ['MST', (clock) => clock.abbreviation || offsetText(clock.offsetSeconds, '-0700')],
]);

/** The distance from UTC in one of the forms `-07`, `-0700`, `-07:00`, `-070000`, `-07:00:00`; with `Z`, zero is `Z`. */
function offsetText(offsetSeconds: number, form: string): string {
  if (form.startsWith('Z') && offsetSeconds === 0) return 'Z';
  const size = Math.abs(offsetSeconds);
  const parts = [Math.floor(size / 3600), Math.floor(size / 60) % 60, size % 60].map((part) => pad(part, 2));
  const count = (form.replaceAll(':', '').length - 1) / 2;
  return (offsetSeconds < 0 ? '-' : '+') + parts.slice(0, count).join(form.includes(':') ? ':' : '');
}

function fractionText(nanosecond: number, form: string): string {
  const digits = pad(nanosecond, 9)
    .slice(0, form.length - 1)
    .padEnd(form.length - 1, '0');
  if (form.charAt(1) === '0') return form.charAt(0) + digits;
  const short = digits.replace(/0+$/, '');
  return short === '' ? '' : form.charAt(0) + short;
}

function pieceText(piece: LayoutPiece, clock: WallClock): string {
  if (piece.literal) return piece.text;
  const write = WRITERS.get(piece.text);
  if (write !== undefined) return write(clock);
  return /^[.,]/.test(piece.text)
    ? fractionText(clock.nanosecond, piece.text)
    : offsetText(clock.offsetSeconds, piece.text);
}

/** Go's Time.Format with a layout. */
export function formatGoTime(time: GoTime, layout: string): string {
  const clock = wallClock(time);
  return layoutPieces(layout)
    .map((piece) => pieceText(piece, clock))
    .join('');
}

/** Go's JSON form of a time: RFC 3339 with nanoseconds. */
export const RFC3339_NANO = '2006-01-02T15:04:05.999999999Z07:00';
