import { equalJson, isObject } from '@argosy/std';
import type { KubeObject } from '@argosy/kube/meta';
import { settled, type Plan, type PlanEnv, type StandardAction } from '@argosy/kube/plan';
import { targets } from './resources.ts';

/** What the planner sees. */
export interface LoadBalancerObserved {
  readonly service: KubeObject;
}

/** Where a load balancer of this machine is reached: its own cluster address when that is loopback. */
function addressOf(spec: { readonly [field: string]: unknown }): string {
  const { clusterIP } = spec;
  return typeof clusterIP === 'string' && clusterIP.startsWith('127.') ? clusterIP : '127.0.0.1';
}

/** Gives Services of type LoadBalancer an address, and takes it away when they become something else. */
export function planLoadBalancer(seen: LoadBalancerObserved, _env: PlanEnv): Plan<StandardAction, undefined> {
  const { service } = seen;
  const spec = isObject(service['spec']) ? service['spec'] : {};
  const status = isObject(service['status']) ? service['status'] : {};
  // A class names somebody else's controller.
  if (spec['loadBalancerClass'] !== undefined || service.metadata.deletionTimestamp !== undefined) {
    return { actions: [], status: undefined, next: settled };
  }
  const wanted = spec['type'] === 'LoadBalancer' ? { ingress: [{ ip: addressOf(spec), ipMode: 'VIP' }] } : {};
  if (equalJson(status['loadBalancer'] ?? {}, wanted)) return { actions: [], status: undefined, next: settled };
  const object = { ...service, status: { ...status, loadBalancer: wanted } };
  const write: StandardAction = { kind: 'update-status', resource: targets.services, object };
  return { actions: [write], status: undefined, next: settled };
}
