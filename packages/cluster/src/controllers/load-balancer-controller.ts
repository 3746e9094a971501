import type { StandardAction } from '@argosy/kube/plan';
import {
  applyStandardAction,
  ownKeys,
  startController,
  type ControllerContext,
  type MeasuredController,
  type Reconciler,
} from '@argosy/kube/runtime';
import { planLoadBalancer, targets, type LoadBalancerObserved } from '../workloads/index.ts';

/** Starts the controller that gives Services of type LoadBalancer their address. */
export function startLoadBalancerController(context: ControllerContext): MeasuredController {
  const services = context.informers.informer(targets.services);
  const reconciler: Reconciler<LoadBalancerObserved, StandardAction, undefined> = {
    name: 'service-lb-controller',
    observe: (key) => {
      const service = services.lister.get(key);
      return service === undefined ? undefined : { service };
    },
    plan: planLoadBalancer,
    apply: (action) => applyStandardAction(action, context),
    publish: () => Promise.resolve(),
  };
  return startController({ context, reconciler, sources: [ownKeys(services)] });
}
