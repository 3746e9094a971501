import { milliseconds, type DurationMs, type Instant } from '@argosy/std';

/** A refused creation of a child, remembered by the edge until a creation succeeds. */
export interface CreationFailure {
  readonly message: string;
  /** Refusals in a row, 1 for the first. */
  readonly count: number;
  readonly at: Instant;
}

/** Wait after the first refusal; doubles with each further one. */
export const FIRST_CREATION_RETRY_MS = 100;

/** Longest wait between attempts. */
export const LAST_CREATION_RETRY_MS = 30_000;

/** How long to wait until the next attempt; 0 when it is due or nothing failed. */
export function creationWait(failure: CreationFailure | undefined, now: Instant): DurationMs {
  if (failure === undefined) return milliseconds(0);
  const wait = Math.min(LAST_CREATION_RETRY_MS, FIRST_CREATION_RETRY_MS * 2 ** Math.min(failure.count - 1, 20));
  return milliseconds(Math.max(0, failure.at + wait - now));
}
