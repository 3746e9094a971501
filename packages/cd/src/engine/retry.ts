import { milliseconds, parseTime, seconds, type DurationMs, type Instant } from '@argosy/std';
import type { OperationState, RetryStrategy } from '@argosy/api/cd';
import { parseGoDuration } from './duration.ts';

const DEFAULT_DELAY = seconds(5);
const DEFAULT_FACTOR = 2;
const DEFAULT_MAX_DELAY = seconds(180);

/** The delay before retry number `retryCount` + 1: duration · factor^retryCount, capped. */
export function retryDelay(retry: RetryStrategy, retryCount: number): DurationMs {
  const duration = parseGoDuration(retry.backoff?.duration ?? '') ?? DEFAULT_DELAY;
  const most = parseGoDuration(retry.backoff?.maxDuration ?? '') ?? DEFAULT_MAX_DELAY;
  const factor = retry.backoff?.factor ?? DEFAULT_FACTOR;
  return milliseconds(Math.min(most, Math.floor(duration * factor ** retryCount)));
}

/** True when a failed operation is to be tried once more. */
export function mayRetry(state: OperationState): boolean {
  const limit = state.operation.retry?.limit ?? 0;
  return limit < 0 || (state.retryCount ?? 0) < limit;
}

/** When the retry that a state waits for is due. */
export function retryDueAt(state: OperationState): Instant {
  const finished = parseTime(state.finishedAt ?? '') ?? (0 as Instant);
  const count = Math.max(0, (state.retryCount ?? 1) - 1);
  return (finished + retryDelay(state.operation.retry ?? {}, count)) as Instant;
}

const SELF_HEAL_BASE_MS = 2000;
const SELF_HEAL_FACTOR = 3;
const SELF_HEAL_MAX_MS = 300_000;
/** After this long without a self-heal the count starts again. */
const SELF_HEAL_COOL_DOWN_MS = 330_000;

/** The wait before self-heal number `attempts` + 1 after the last operation ended: 0, 2 s, 6 s, 18 s … 300 s. */
export function selfHealDelay(attempts: number): DurationMs {
  if (attempts <= 0) return milliseconds(0);
  return milliseconds(Math.min(SELF_HEAL_MAX_MS, SELF_HEAL_BASE_MS * SELF_HEAL_FACTOR ** (attempts - 1)));
}

/** How many self-heals in a row the last operation was. */
export function selfHealAttempts(state: OperationState | undefined, now: Instant): number {
  const finished = parseTime(state?.finishedAt ?? '');
  if (finished !== undefined && now - finished >= SELF_HEAL_COOL_DOWN_MS) return 0;
  return state?.operation.sync?.autoHealAttemptsCount ?? 0;
}
