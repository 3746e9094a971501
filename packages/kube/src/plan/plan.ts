import type { DurationMs, Instant } from '@argosy/std';

/** What a planner may know beside what it observed; data, so that a round can be journalled and replayed. */
export interface PlanEnv {
  /** The one captured now of the round. */
  readonly now: Instant;
  /** Seeds every random choice of the round. */
  readonly seed: number;
}

/** When to look again: `settled` only a watch event wakes us; `stalled` only a change of spec can help. */
export type Next =
  | { readonly kind: 'settled' }
  | { readonly kind: 'requeue'; readonly after: DurationMs; readonly reason: string }
  | { readonly kind: 'stalled'; readonly reason: string; readonly message: string };

/** What a planner decided. Any prefix of `actions` may be all that happens; `status` is the whole next status. */
export interface Plan<Action, Status> {
  readonly actions: readonly Action[];
  readonly status: Status;
  readonly next: Next;
}

/** Nothing more until something changes. */
export const settled: Next = Object.freeze({ kind: 'settled' });

/** Plan again after a span of time. */
export function requeue(after: DurationMs, reason: string): Next {
  return { kind: 'requeue', after, reason };
}

/** Only a change of the spec can help. */
export function stalled(reason: string, message: string): Next {
  return { kind: 'stalled', reason, message };
}

/** A plan without actions. */
export function done<Status>(status: Status, next: Next = settled): Plan<never, Status> {
  return { actions: [], status, next };
}

/** The soonest wake-up of two; `stalled` gives way to a requeue, `settled` to everything. */
export function mergeNext(a: Next, b: Next): Next {
  if (a.kind === 'requeue' && b.kind === 'requeue') return b.after < a.after ? b : a;
  const rank = { requeue: 0, stalled: 1, settled: 2 } as const;
  return rank[b.kind] < rank[a.kind] ? b : a;
}
