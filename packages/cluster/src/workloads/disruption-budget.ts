import { formatTime, milliseconds, parseTime, type Instant } from '@argosy/std';
import { controllerOf, setCondition, type Condition, type KubeObject, type LabelSelectorSpec } from '@argosy/kube/meta';
import { requeue, settled, type Plan, type PlanEnv, type StandardAction } from '@argosy/kube/plan';
import { resolveIntOrPercent, type IntOrPercent } from './int-or-percent.ts';
import type { Pod } from './kinds.ts';
import { isReady, isTerminal } from './pods.ts';

/** How long an evicted pod that is still there counts as disrupted before the eviction is taken to have failed. */
export const DISRUPTION_TIMEOUT_MS = 120_000;

/** A PodDisruptionBudget's status. */
export interface DisruptionBudgetStatus {
  readonly observedGeneration?: number;
  /** Pods that were evicted and are not gone yet: name → when. */
  readonly disruptedPods?: { readonly [name: string]: string };
  readonly disruptionsAllowed: number;
  readonly currentHealthy: number;
  readonly desiredHealthy: number;
  readonly expectedPods: number;
  readonly conditions?: readonly Condition[];
}

/** policy/v1 PodDisruptionBudget: how many pods of a selection may be missing at one time. */
export interface DisruptionBudget extends KubeObject {
  readonly spec?: {
    readonly selector?: LabelSelectorSpec;
    readonly minAvailable?: IntOrPercent;
    readonly maxUnavailable?: IntOrPercent;
  };
  readonly status?: DisruptionBudgetStatus;
}

/** What the planner sees. `pods`: those the selector matches; `replicas`: what their controllers want, by uid. */
export interface DisruptionBudgetObserved {
  readonly budget: DisruptionBudget;
  readonly pods: readonly Pod[];
  readonly replicas: ReadonlyMap<string, number>;
}

/** Pods that should be there: what controllers want, and each pod without a known controller once. */
function expectedPods(seen: DisruptionBudgetObserved): number {
  const owners = new Set<string>();
  let loose = 0;
  for (const pod of seen.pods) {
    const uid = controllerOf(pod)?.uid ?? '';
    if (seen.replicas.has(uid)) owners.add(uid);
    else loose += 1;
  }
  return [...owners].reduce((sum, uid) => sum + (seen.replicas.get(uid) ?? 0), loose);
}

function desiredHealthy(spec: NonNullable<DisruptionBudget['spec']>, expected: number): number {
  const { minAvailable, maxUnavailable } = spec;
  if (maxUnavailable !== undefined) return Math.max(0, expected - resolveIntOrPercent(maxUnavailable, expected, 'up'));
  return minAvailable === undefined ? 0 : resolveIntOrPercent(minAvailable, expected, 'up');
}

/** Evicted pods that are still there and may yet go; those that vanished or outstayed their time count no more. */
function stillDisrupted(seen: DisruptionBudgetObserved, now: Instant): ReadonlyMap<string, Instant> {
  const found = new Map<string, Instant>();
  const noted = seen.budget.status?.disruptedPods ?? {};
  for (const pod of seen.pods) {
    const { name, deletionTimestamp } = pod.metadata;
    const since = Object.hasOwn(noted, name) ? parseTime(noted[name] ?? '') : undefined;
    if (since === undefined || deletionTimestamp !== undefined) continue;
    if (now - since < DISRUPTION_TIMEOUT_MS) found.set(name, since);
  }
  return found;
}

/** Counts the pods of a PodDisruptionBudget: the status says how many evictions it allows now. */
export function planDisruptionBudget(
  seen: DisruptionBudgetObserved,
  env: PlanEnv,
): Plan<StandardAction, DisruptionBudgetStatus> {
  const { budget, pods } = seen;
  const disrupted = stillDisrupted(seen, env.now);
  const counts = (pod: Pod): boolean =>
    pod.metadata.deletionTimestamp === undefined &&
    !isTerminal(pod) &&
    isReady(pod) &&
    !disrupted.has(pod.metadata.name);
  const currentHealthy = pods.filter(counts).length;
  const expected = expectedPods(seen);
  const desired = desiredHealthy(budget.spec ?? {}, expected);
  const allowed = expected === 0 ? 0 : Math.max(0, currentHealthy - desired);
  const observedGeneration = budget.metadata.generation ?? 0;
  const condition = {
    type: 'DisruptionAllowed',
    status: allowed > 0 ? 'True' : 'False',
    reason: allowed > 0 ? 'SufficientPods' : 'InsufficientPods',
    message: '',
    observedGeneration,
  } as const;
  const noted = [...disrupted].map(([name, since]) => [name, formatTime(since)]);
  const ends = [...disrupted.values()].map((since) => since + DISRUPTION_TIMEOUT_MS);
  return {
    actions: [],
    status: {
      observedGeneration,
      ...(noted.length === 0 ? {} : { disruptedPods: Object.fromEntries(noted) as { [name: string]: string } }),
      disruptionsAllowed: allowed,
      currentHealthy,
      desiredHealthy: desired,
      expectedPods: expected,
      conditions: setCondition(budget.status?.conditions, condition, env.now),
    },
    next: ends.length === 0 ? settled : requeue(milliseconds(Math.min(...ends) - env.now), 'DisruptionTimeout'),
  };
}
