import type { Random } from '@argosy/std';

/** How waits grow: `firstMs` · 2^n, never over `mostMs`, plus up to `jitter` (a share of the wait). */
export interface BackoffPolicy {
  readonly firstMs: number;
  readonly mostMs: number;
  readonly jitter: number;
}

/** Work queue retries: 5 ms · 2^n up to 30 s. */
export const QUEUE_BACKOFF: BackoffPolicy = Object.freeze({ firstMs: 5, mostMs: 30_000, jitter: 0.1 });

/** Lists and watches that fail: 800 ms · 2^n up to 30 s, spread so that many clients do not return at once. */
export const WATCH_BACKOFF: BackoffPolicy = Object.freeze({ firstMs: 800, mostMs: 30_000, jitter: 1 });

/** The wait in whole milliseconds after `failures` failures in a row (0: the first). */
export function backoffMs(policy: BackoffPolicy, failures: number, random: Random): number {
  const wait = Math.min(policy.mostMs, policy.firstMs * 2 ** Math.min(failures, 40));
  return Math.floor(Math.min(policy.mostMs, wait * (1 + policy.jitter * random.next())));
}
