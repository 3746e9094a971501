import { milliseconds, type DurationMs } from '@argosy/std';

const UNIT_MS: { readonly [unit: string]: number } = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Reads a Go duration (`1h30m`, `5s`, `250ms`); a bare whole number is seconds. `undefined` when it is neither. */
export function parseGoDuration(text: string): DurationMs | undefined {
  if (/^\d{1,12}$/.test(text)) return milliseconds(Number(text) * 1000);
  if (!/^(\d{1,12}(\.\d{1,9})?(ms|s|m|h))+$/.test(text)) return undefined;
  let total = 0;
  for (const [, count, , unit] of text.matchAll(/(\d+(\.\d+)?)(ms|s|m|h)/g)) {
    total += Number(count) * (UNIT_MS[unit ?? ''] ?? 0);
  }
  return milliseconds(Math.floor(total));
}
