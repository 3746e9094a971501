import { compareText, formatTime, type Instant } from '@argosy/std';
import type { ApplicationCondition } from '@argosy/api/cd';

/** A condition before it has a time. */
export interface ConditionFact {
  readonly type: string;
  readonly message: string;
}

const order = (a: ApplicationCondition, b: ApplicationCondition): number =>
  compareText(a.type, b.type) ||
  compareText(a.message, b.message) ||
  compareText(a.lastTransitionTime ?? '', b.lastTransitionTime ?? '');

/**
 * Replaces the conditions of the evaluated types by `facts`. A fact that was already known keeps its time; the list is
 * sorted by type, message and time.
 */
export function setConditions(
  old: readonly ApplicationCondition[] | undefined,
  facts: readonly ConditionFact[],
  options: { readonly evaluated: readonly string[]; readonly now: Instant },
): readonly ApplicationCondition[] {
  const list = old ?? [];
  const kept = list.filter((item) => !options.evaluated.includes(item.type));
  const set = facts.map((fact): ApplicationCondition => {
    const known = list.find((item) => item.type === fact.type && item.message === fact.message);
    return { ...fact, lastTransitionTime: known?.lastTransitionTime ?? formatTime(options.now) };
  });
  return [...kept, ...set].sort(order);
}
