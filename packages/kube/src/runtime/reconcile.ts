import { fnv32a, type Clock } from '@argosy/std';
import { keyText, type ObjectKey } from '../meta/index.ts';
import { settled, type Next, type PlanEnv } from '../plan/index.ts';
import type { Journal, Reconciler } from './contract.ts';

/** What one round needs beside the reconciler. */
export interface RoundIo {
  readonly clock: Clock;
  readonly journal: Journal;
  /** The seed of a key: the same in every round, so that a plan only changes when what it observed changed. */
  readonly seedFor: (key: ObjectKey) => number;
}

/** Derives a key's seed from the controller's. */
export function seedForKey(seed: number, reconciler: string, key: ObjectKey): number {
  return fnv32a(`${seed}|${reconciler}|${keyText(key)}`);
}

/**
 * One round of one key: observe, plan, journal, apply in order, publish. The first failure ends the round: nothing is
 * undone, the next round plans from what is then true. Resolves to when the key wants to be planned again.
 */
export async function reconcileOnce<Observed, Action extends { readonly kind: string }, Status>(
  reconciler: Reconciler<Observed, Action, Status>,
  key: ObjectKey,
  io: RoundIo,
): Promise<Next> {
  const observed = await reconciler.observe(key);
  if (observed === undefined) return settled;
  const env: PlanEnv = { now: io.clock.now(), seed: io.seedFor(key) };
  const plan = reconciler.plan(observed, env);
  io.journal.append({ reconciler: reconciler.name, key, observed, env, plan });
  for (const action of plan.actions) await reconciler.apply(action, observed);
  await reconciler.publish(observed, plan.status);
  return plan.next;
}
