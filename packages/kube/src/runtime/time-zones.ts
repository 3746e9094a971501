import { instant, type Instant } from '@argosy/std';

/** Most offsets that one zone remembers. */
const REMEMBERED_OFFSETS = 10_000;
/** Zones change their offset on quarter hours only. */
const GRAIN_MS = 900_000;
/** Whole weeks are looked up at their two ends; only a week with a change is looked at quarter by quarter. */
const WEEK_MS = 604_800_000;

function offsetMs(format: Intl.DateTimeFormat, at: Instant): number {
  const parts = new Map(format.formatToParts(at).map((part) => [part.type, Number(part.value)]));
  const part = (name: Intl.DateTimeFormatPartTypes): number => parts.get(name) ?? 0;
  const wall = Date.UTC(
    part('year'),
    part('month') - 1,
    part('day'),
    part('hour') % 24,
    part('minute'),
    part('second'),
  );
  return wall - Math.floor(at / 1000) * 1000;
}

function rulesOf(name: string): ((at: Instant) => number) | undefined {
  let format: Intl.DateTimeFormat;
  try {
    const fields = {
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    } as const;
    format = new Intl.DateTimeFormat('en-US', { timeZone: name, hourCycle: 'h23', ...fields });
  } catch {
    return undefined;
  }
  const remembered = new Map<number, number>();
  const lookUp = (at: number): number => {
    const known = remembered.get(at);
    if (known !== undefined) return known;
    if (remembered.size >= REMEMBERED_OFFSETS) remembered.clear();
    const offset = offsetMs(format, instant(at));
    remembered.set(at, offset);
    return offset;
  };
  return (at) => {
    const week = Math.floor(at / WEEK_MS) * WEEK_MS;
    const first = lookUp(week);
    return first === lookUp(week + WEEK_MS) ? first : lookUp(Math.floor(at / GRAIN_MS) * GRAIN_MS);
  };
}

const zones = new Map<string, ((at: Instant) => number) | undefined>();

/** The platform's time zones by IANA name: milliseconds east of UTC at an instant; `undefined` for unknown names. */
export function systemTimeZones(name: string): ((at: Instant) => number) | undefined {
  if (name === '' || name === 'UTC') return () => 0;
  if (name.length > 64) return undefined;
  if (!zones.has(name)) zones.set(name, rulesOf(name));
  return zones.get(name);
}
