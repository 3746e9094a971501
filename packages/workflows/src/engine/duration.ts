import { milliseconds, type DurationMs } from '@argosy/std';

const UNIT_MS: { readonly [unit: string]: number } = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/**
 * Reads Argo's duration text: a bare whole number is seconds, otherwise Go's form (`1h2m3.5s`).
 * `undefined` when it is neither, or negative.
 */
export function parseDuration(text: string): DurationMs | undefined {
  if (/^\d{1,12}$/.test(text)) return milliseconds(Number(text) * 1000);
  return parseGoDuration(text);
}

/** Reads Go's duration form only; a bare number other than `0` is refused, as Go does. */
export function parseGoDuration(text: string): DurationMs | undefined {
  if (text === '0') return milliseconds(0);
  const part = /(\d{1,12}(?:\.\d{0,9})?|\.\d{1,9})(ns|us|µs|ms|s|m|h)/gy;
  let total = 0;
  let end = 0;
  for (let match = part.exec(text); match !== null; match = part.exec(text)) {
    total += Number(match[1]) * (UNIT_MS[match[2] ?? ''] ?? 0);
    end = part.lastIndex;
  }
  return end === 0 || end !== text.length ? undefined : milliseconds(Math.floor(total));
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
