import type { KubeObject } from '@argosy/kube/meta';
import type { StandardAction } from '@argosy/kube/plan';
import {
  applyStandardAction,
  startController,
  type ControllerContext,
  type MeasuredController,
  type Reconciler,
} from '@argosy/kube/runtime';
import { planClusterRoleAggregation, targets, type ClusterRolesObserved } from '../workloads/index.ts';

/** Aggregation looks across all roles, so all of them are one key. */
const ALL = Object.freeze({ namespace: '', name: 'all' });

/** Starts the controller that writes the rules of aggregated ClusterRoles. */
export function startClusterRoleController(context: ControllerContext): MeasuredController {
  const roles = context.informers.informer<KubeObject>(targets.clusterRoles);
  const reconciler: Reconciler<ClusterRolesObserved, StandardAction, undefined> = {
    name: 'clusterrole-aggregation-controller',
    observe: () => ({ roles: roles.lister.list() }),
    plan: planClusterRoleAggregation,
    apply: (action) => applyStandardAction(action, context),
    publish: () => Promise.resolve(),
  };
  return startController({ context, reconciler, sources: [{ informer: roles, keysOf: () => [ALL] }], workers: 1 });
}
