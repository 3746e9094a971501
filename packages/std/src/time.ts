declare const instantBrand: unique symbol;
declare const durationBrand: unique symbol;

/** Milliseconds since 1970-01-01T00:00:00Z. */
export type Instant = number & { readonly [instantBrand]: true };

/** A span of time in milliseconds. */
export type DurationMs = number & { readonly [durationBrand]: true };

/** Brands a number of milliseconds since the epoch. */
export function instant(epochMs: number): Instant {
  return epochMs as Instant;
}

/** Brands a number of milliseconds. */
export function milliseconds(count: number): DurationMs {
  return count as DurationMs;
}

/** Brands a number of seconds. */
export function seconds(count: number): DurationMs {
  return (count * 1000) as DurationMs;
}

/** The instant `span` after `at`. */
export function after(at: Instant, span: DurationMs): Instant {
  return (at + span) as Instant;
}

/** A pending wake-up; `cancel` is idempotent. */
export interface Timer {
  cancel(): void;
}

/** Where time comes from. The system clock lives at the edge; tests and simulations bring a virtual one. */
export interface Clock {
  now(): Instant;
  /** Calls `wake` once, at or after `at`. A virtual clock does so in (at, sequence) order. */
  schedule(at: Instant, wake: () => void): Timer;
}

const DAY_MS = 86_400_000;
const pad = (value: number, width: number): string => String(value).padStart(width, '0');

/** Days since the epoch → civil date (proleptic Gregorian), by Howard Hinnant's published algorithm. */
function civilFromDays(days: number): { year: number; month: number; day: number } {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1;
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day };
}

/** Civil date → days since the epoch; the inverse of `civilFromDays`. `month` is 1–12. */
export function daysFromCivil(year: number, month: number, day: number): number {
  const shiftedYear = month <= 2 ? year - 1 : year;
  const era = Math.floor(shiftedYear / 400);
  const yearOfEra = shiftedYear - era * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

/** An instant taken apart in UTC. `month` is 1–12, `weekday` 0 is Sunday. */
export interface CivilTime {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly millisecond: number;
  readonly weekday: number;
}

/** Takes an instant apart in UTC, without the platform's date type. */
export function civilTime(at: Instant): CivilTime {
  const days = Math.floor(at / DAY_MS);
  const inDay = at - days * DAY_MS;
  const { year, month, day } = civilFromDays(days);
  // Member by member: a spread here costs more than all the rest, and every write formats times.
  return {
    year,
    month,
    day,
    hour: Math.floor(inDay / 3_600_000),
    minute: Math.floor(inDay / 60_000) % 60,
    second: Math.floor(inDay / 1000) % 60,
    millisecond: Math.floor(inDay) % 1000,
    weekday: (((days + 4) % 7) + 7) % 7,
  };
}

/** `2026-01-02T03:04:05Z`: the form of metav1.Time (seconds, UTC). */
export function formatTime(at: Instant): string {
  const t = civilTime(at);
  const date = `${pad(t.year, 4)}-${pad(t.month, 2)}-${pad(t.day, 2)}`;
  return `${date}T${pad(t.hour, 2)}:${pad(t.minute, 2)}:${pad(t.second, 2)}Z`;
}

/** `2026-01-02T03:04:05.678000Z`: the form of metav1.MicroTime (six decimals, UTC). */
export function formatMicroTime(at: Instant): string {
  return `${formatTime(at).slice(0, -1)}.${pad(civilTime(at).millisecond, 3)}000Z`;
}

const RFC3339 = /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(Z|z|[+-]\d\d:\d\d)$/;

/** `Z` or `+hh:mm` → minutes east of UTC. */
function zoneMinutes(zone: string): number {
  if (zone.length === 1) return 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4, 6));
  return zone.startsWith('-') ? -minutes : minutes;
}

const inRange = (value: number, least: number, most: number): boolean => value >= least && value <= most;

/** Reads RFC 3339; `undefined` when the text is not a valid time. Precision below a millisecond is dropped. */
export function parseTime(text: string): Instant | undefined {
  const match = RFC3339.exec(text);
  if (match === null) return undefined;
  const part = (index: number): number => Number(match[index]);
  const [month, day, hour, minute, second] = [part(2), part(3), part(4), part(5), part(6)] as const;
  if (!inRange(month, 1, 12) || !inRange(day, 1, 31)) return undefined;
  if (!inRange(hour, 0, 23) || !inRange(minute, 0, 59) || !inRange(second, 0, 60)) return undefined;
  const fractionMs = Math.floor(Number(`0.${match[7] ?? '0'}`) * 1000);
  const epochSeconds = daysFromCivil(part(1), month, day) * 86_400 + hour * 3600 + minute * 60 + second;
  return instant((epochSeconds - zoneMinutes(match[8] ?? 'Z') * 60) * 1000 + fractionMs);
}
