import { parseGoDuration as parseNanoseconds } from '@argosy/lang/duration';
import { milliseconds, type DurationMs } from '@argosy/std';

/**
 * Reads Argo's duration text: a bare whole number is seconds, otherwise Go's form (`1h2m3.5s`).
 * `undefined` when it is neither, or negative.
 */
export function parseDuration(text: string): DurationMs | undefined {
  if (/^\d{1,12}$/.test(text)) return milliseconds(Number(text) * 1000);
  return parseGoDuration(text);
}

/** Reads Go's duration form only, rounded down; a bare number other than `0` is refused, as Go does. */
export function parseGoDuration(text: string): DurationMs | undefined {
  const parsed = parseNanoseconds(text);
  return parsed.ok && parsed.value >= 0n ? milliseconds(Number(parsed.value / 1_000_000n)) : undefined;
}

/** How waiting times are told to people: `1 minute 5 seconds`. Whole seconds, rounded up so that it is never `0`. */
export function humanDuration(span: DurationMs): string {
  const totalSeconds = Math.max(1, Math.ceil(span / 1000));
  const parts: string[] = [];
  const add = (count: number, word: string): void => {
    if (count > 0) parts.push(`${count} ${word}${count === 1 ? '' : 's'}`);
  };
  add(Math.floor(totalSeconds / 86_400), 'day');
  add(Math.floor(totalSeconds / 3600) % 24, 'hour');
  add(Math.floor(totalSeconds / 60) % 60, 'minute');
  add(totalSeconds % 60, 'second');
  return parts.slice(0, 2).join(' ');
}
