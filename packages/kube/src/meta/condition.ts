import { formatTime, type Instant } from '@argosy/std';

/** metav1.Condition, and the older per-kind conditions of the same shape. */
export interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason?: string;
  readonly message?: string;
  readonly lastTransitionTime?: string;
  readonly lastUpdateTime?: string;
  readonly observedGeneration?: number;
}

/**
 * The list with `condition` in it, ordered as before (new types at the end). lastTransitionTime moves only when
 * `status` changes; an identical condition leaves the list as it is.
 */
export function setCondition(
  conditions: readonly Condition[] | undefined,
  condition: Condition,
  now: Instant,
): readonly Condition[] {
  const list = conditions ?? [];
  const old = list.find((item) => item.type === condition.type);
  const lastTransitionTime =
    old !== undefined && old.status === condition.status && old.lastTransitionTime !== undefined
      ? old.lastTransitionTime
      : formatTime(now);
  const next: Condition = { ...condition, lastTransitionTime };
  return old === undefined ? [...list, next] : list.map((item) => (item === old ? next : item));
}

/** The condition of a type, if present. */
export function findCondition(conditions: readonly Condition[] | undefined, type: string): Condition | undefined {
  return conditions?.find((item) => item.type === type);
}
