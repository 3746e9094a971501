import { controllerOf, keyOf, matchesLabels, selectorFromSpec } from '@argosy/kube/meta';
import type { StandardAction } from '@argosy/kube/plan';
import {
  aborted,
  applyStandardAction,
  ownKeys,
  startController,
  type Change,
  type ControllerContext,
  type MeasuredController,
  type Reconciler,
} from '@argosy/kube/runtime';
import {
  planDisruptionBudget,
  targets,
  type DisruptionBudget,
  type DisruptionBudgetObserved,
  type DisruptionBudgetStatus,
  type Pod,
  type ReplicaSet,
  type StatefulSet,
} from '../workloads/index.ts';
import { podInformer } from './pod-informer.ts';
import { publishStatus } from './publish.ts';

function selects(budget: DisruptionBudget, pod: Pod): boolean {
  if (budget.spec?.selector === undefined || budget.metadata.namespace !== pod.metadata.namespace) return false;
  return matchesLabels(selectorFromSpec(budget.spec.selector), pod.metadata.labels);
}

/** What of a pod its budgets look at. */
function isSameToBudgets(before: Pod, after: Pod): boolean {
  const look = (pod: Pod): string =>
    JSON.stringify([
      pod.metadata.labels,
      pod.metadata.deletionTimestamp === undefined,
      pod.status?.phase,
      pod.status?.conditions?.find((each) => each.type === 'Ready')?.status,
    ]);
  return look(before) === look(after);
}

/** Starts the controller that counts what PodDisruptionBudgets allow. */
export function startDisruptionBudgetController(context: ControllerContext): MeasuredController {
  const pods = podInformer(context);
  const budgets = context.informers.informer<DisruptionBudget>(targets.podDisruptionBudgets);
  const replicaSets = context.informers.informer<ReplicaSet>(targets.replicaSets);
  const statefulSets = context.informers.informer<StatefulSet>(targets.statefulSets);
  // Counting half of the pods would allow evictions that the whole does not.
  const synced = Promise.all([pods.synced(), replicaSets.synced(), statefulSets.synced()]);
  const complete = Promise.race([synced, aborted(context.signal)]);

  function replicasOf(owner: { readonly kind: string; readonly name: string }, namespace: string): number | undefined {
    const key = { namespace, name: owner.name };
    const found =
      owner.kind === 'ReplicaSet'
        ? replicaSets.lister.get(key)
        : owner.kind === 'StatefulSet'
          ? statefulSets.lister.get(key)
          : undefined;
    return found === undefined ? undefined : (found.spec.replicas ?? 1);
  }

  const reconciler: Reconciler<DisruptionBudgetObserved, StandardAction, DisruptionBudgetStatus> = {
    name: 'disruption-controller',
    observe: async (key) => {
      await complete;
      const budget = budgets.lister.get(key);
      if (budget === undefined || budget.metadata.deletionTimestamp !== undefined) return undefined;
      const selected = pods.lister.list(key.namespace).filter((pod) => selects(budget, pod));
      const replicas = new Map<string, number>();
      for (const pod of selected) {
        const owner = controllerOf(pod);
        const count = owner === undefined ? undefined : replicasOf(owner, key.namespace);
        if (owner !== undefined && count !== undefined) replicas.set(owner.uid, count);
      }
      return { budget, pods: selected, replicas };
    },
    plan: planDisruptionBudget,
    apply: (action) => applyStandardAction(action, context),
    publish: (seen, status) => publishStatus(context, targets.podDisruptionBudgets, { object: seen.budget, status }),
  };
  const controller = startController({ context, reconciler, sources: [ownKeys(budgets)] });
  pods.onChange(({ before, after }: Change<Pod>) => {
    if (before !== undefined && after !== undefined && isSameToBudgets(before, after)) return;
    const pod = after ?? before;
    for (const budget of budgets.lister.list(pod?.metadata.namespace ?? '')) {
      const concerned = [before, after].some((each) => each !== undefined && selects(budget, each));
      if (concerned) controller.enqueueAfter(keyOf(budget), 0);
    }
  });
  return controller;
}
