import { parseTime } from '@argosy/std';

const UNITS: readonly (readonly [name: string, ms: number])[] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
];

/** A span as people read it: `4s`, `3m 20s`, `2h 5m`, `9d 1h`. Negative spans read as `0s`. */
export function spanText(spanMs: number): string {
  let rest = Math.max(0, Math.floor(spanMs / 1000) * 1000);
  const parts: string[] = [];
  for (const [name, ms] of UNITS) {
    const count = Math.floor(rest / ms);
    rest -= count * ms;
    if (count > 0) parts.push(`${count}${name}`);
    else if (parts.length > 0) break;
    if (parts.length === 2) break;
  }
  return parts.length === 0 ? '0s' : parts.join(' ');
}

/** How long ago a time was, or `` when the text is no time. */
export function agoText(time: string, nowMs: number): string {
  const at = parseTime(time);
  return at === undefined ? '' : `${spanText(nowMs - at)} ago`;
}

/** From start to finish, or to now when it goes on; `` when it has not started. */
export function durationText(startedAt: string, finishedAt: string, nowMs: number): string {
  const start = parseTime(startedAt);
  return start === undefined ? '' : spanText((parseTime(finishedAt) ?? nowMs) - start);
}
