import { equalJson } from '@argosy/std';
import type { Condition } from '@argosy/kube/meta';
import type { PodStatus } from './pod-types.ts';

/** A strategic merge patch of a status. */
export type StatusPatch = { readonly [field: string]: unknown };

function changedConditions(before: readonly Condition[] | undefined, next: readonly Condition[]): readonly Condition[] {
  return next.filter((condition) => {
    const old = before?.find((item) => item.type === condition.type);
    return old === undefined || !equalJson(old, condition);
  });
}

/** Conditions merge by type: members that are gone must be named, or the old ones stay. */
function conditionPatch(condition: Condition): { readonly [field: string]: unknown } {
  return {
    ...condition,
    ...(condition.reason === undefined ? { reason: null } : {}),
    ...(condition.message === undefined ? { message: null } : {}),
  };
}

/** `reason` and `message` of the pod that were there and are gone. */
function removedWords(old: { readonly [field: string]: unknown }, next: PodStatus): { readonly [field: string]: null } {
  const gone = (['reason', 'message'] as const).filter(
    (field) => old[field] !== undefined && next[field] === undefined,
  );
  return Object.fromEntries(gone.map((field) => [field, null]));
}

/** Lists that a strategic patch would merge by address, though the agent owns them whole. */
const WHOLE_LISTS = new Set(['podIPs', 'hostIPs']);

function fieldPatch(field: string, value: unknown): unknown {
  return WHOLE_LISTS.has(field) && Array.isArray(value) ? [{ $patch: 'replace' }, ...(value as unknown[])] : value;
}

/** The smallest patch that turns `before` into `next`; `undefined` when nothing changed. Conditions of others stay. */
export function statusPatch(before: PodStatus | undefined, next: PodStatus): StatusPatch | undefined {
  const old: { readonly [field: string]: unknown } = { ...before };
  const changed = Object.entries(next).filter(
    ([field, value]) => field !== 'conditions' && !equalJson(old[field], value),
  );
  const conditions = changedConditions(before?.conditions, next.conditions ?? []);
  const patch: StatusPatch = {
    ...Object.fromEntries(changed.map(([field, value]) => [field, fieldPatch(field, value)])),
    ...(conditions.length === 0 ? {} : { conditions: conditions.map(conditionPatch) }),
    ...removedWords(old, next),
  };
  return Object.keys(patch).length === 0 ? undefined : patch;
}
