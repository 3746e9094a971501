import { civilTime, daysFromCivil, instant, type CivilTime } from '@argosy/std';
import type { ZoneRules } from '../cron/index.ts';
import { layoutParts, MONTHS, WEEKDAYS, type FieldName, type LayoutPart } from './gotime-layout.ts';

/** A zone with its name: `name` is what `Location.String()` prints, `rules` its offsets. */
export interface GoZone {
  readonly name: string;
  readonly rules: ZoneRules;
  /** What `MST` prints, when it is fixed. */
  readonly abbreviation: string | undefined;
}

/** Coordinated universal time. */
export const UTC_ZONE: GoZone = { name: 'UTC', rules: () => 0, abbreviation: 'UTC' };

/** A zone with a fixed offset in seconds. */
export function fixedZone(seconds: number, abbreviation: string | undefined): GoZone {
  return { name: abbreviation ?? '', rules: () => seconds * 1000, abbreviation };
}

const NS_PER_MS = 1_000_000n;

function floorDiv(value: bigint, by: bigint): bigint {
  const quotient = value / by;
  return value % by < 0n ? quotient - 1n : quotient;
}

/** An instant in whole nanoseconds since 1970 as milliseconds, rounded down. */
export const toMilliseconds = (ns: bigint): number => Number(floorDiv(ns, NS_PER_MS));

/** The offset of a zone at an instant, in seconds east of UTC. */
export function offsetSeconds(ns: bigint, zone: GoZone): number {
  return Math.trunc(zone.rules(instant(toMilliseconds(ns))) / 1000);
}

/** An instant taken apart in a zone. */
export function civilIn(ns: bigint, zone: GoZone): CivilTime {
  return civilTime(instant(toMilliseconds(ns) + offsetSeconds(ns, zone) * 1000));
}

/** The nanoseconds within the second. */
export const nanosecondOf = (ns: bigint): number => Number(ns - floorDiv(ns, 1_000_000_000n) * 1_000_000_000n);

const pad = (value: number, width: number, fill = '0'): string => String(value).padStart(width, fill);

function offsetText(seconds: number, name: string): string {
  if (name.startsWith('Z') && seconds === 0) return 'Z';
  const colon = name.includes(':') ? ':' : '';
  const size = Math.abs(seconds);
  const hours = pad(Math.floor(size / 3600), 2);
  const minutes = name.length > 3 ? `${colon}${pad(Math.floor(size / 60) % 60, 2)}` : '';
  const rest = name.length > 6 ? `${colon}${pad(size % 60, 2)}` : '';
  return `${seconds < 0 ? '-' : '+'}${hours}${minutes}${rest}`;
}

/** The day of the year, from 1. */
export const dayOfYear = (t: CivilTime): number =>
  daysFromCivil(t.year, t.month, t.day) - daysFromCivil(t.year, 1, 1) + 1;

function zoneAbbreviation(ns: bigint, zone: GoZone): string {
  if (zone.abbreviation !== undefined && zone.abbreviation !== '') return zone.abbreviation;
  return offsetText(offsetSeconds(ns, zone), '-0700');
}

const hour12 = (t: CivilTime): number => (t.hour % 12 === 0 ? 12 : t.hour % 12);

const WRITERS: { readonly [name in FieldName]?: (t: CivilTime) => string } = {
  January: (t) => MONTHS[t.month - 1] ?? '',
  Jan: (t) => (MONTHS[t.month - 1] ?? '').slice(0, 3),
  Monday: (t) => WEEKDAYS[t.weekday] ?? '',
  Mon: (t) => (WEEKDAYS[t.weekday] ?? '').slice(0, 3),
  '2006': (t) => pad(t.year, 4),
  '06': (t) => pad(t.year % 100, 2),
  '01': (t) => pad(t.month, 2),
  '1': (t) => String(t.month),
  '02': (t) => pad(t.day, 2),
  _2: (t) => pad(t.day, 2, ' '),
  '2': (t) => String(t.day),
  '002': (t) => pad(dayOfYear(t), 3),
  __2: (t) => pad(dayOfYear(t), 3, ' '),
  '15': (t) => pad(t.hour, 2),
  '03': (t) => pad(hour12(t), 2),
  '3': (t) => String(hour12(t)),
  '04': (t) => pad(t.minute, 2),
  '4': (t) => String(t.minute),
  '05': (t) => pad(t.second, 2),
  '5': (t) => String(t.second),
  PM: (t) => (t.hour >= 12 ? 'PM' : 'AM'),
  pm: (t) => (t.hour >= 12 ? 'pm' : 'am'),
};

function fractionText(nanosecond: number, part: Extract<LayoutPart, { kind: 'fraction' }>): string {
  const digits = pad(nanosecond, 9).slice(0, part.digits).padEnd(part.digits, '0');
  if (!part.trimmed) return `${part.mark}${digits}`;
  const short = digits.replace(/0+$/, '');
  return short === '' ? '' : `${part.mark}${short}`;
}

/** Writes an instant (nanoseconds since 1970) in a Go layout. */
export function formatGoTime(ns: bigint, zone: GoZone, layout: string): string {
  const t = civilIn(ns, zone);
  return layoutParts(layout)
    .map((part) => {
      if (part.kind === 'text') return part.text;
      if (part.kind === 'fraction') return fractionText(nanosecondOf(ns), part);
      if (part.name === 'MST') return zoneAbbreviation(ns, zone);
      const write = WRITERS[part.name];
      return write === undefined ? offsetText(offsetSeconds(ns, zone), part.name) : write(t);
    })
    .join('');
}

/** Go's Time.String(), without the monotonic reading. */
export function timeText(ns: bigint, zone: GoZone): string {
  return formatGoTime(ns, zone, '2006-01-02 15:04:05.999999999 -0700 MST');
}
