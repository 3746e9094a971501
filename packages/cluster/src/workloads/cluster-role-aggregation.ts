import type { KubeObject } from '@argosy/kube/meta';
import { settled, type Plan, type PlanEnv, type StandardAction } from '@argosy/kube/plan';
import { planAggregation } from '../authz/index.ts';
import { targets } from './resources.ts';

/** All ClusterRoles: aggregation looks across them. */
export interface ClusterRolesObserved {
  readonly roles: readonly KubeObject[];
}

/** Writes the rules of aggregated ClusterRoles. Roles that aggregate aggregated roles settle by further rounds. */
export function planClusterRoleAggregation(seen: ClusterRolesObserved, _env: PlanEnv): Plan<StandardAction, undefined> {
  const actions = planAggregation(seen.roles).map((object): StandardAction => ({
    kind: 'update',
    resource: targets.clusterRoles,
    object,
  }));
  return { actions, status: undefined, next: settled };
}
