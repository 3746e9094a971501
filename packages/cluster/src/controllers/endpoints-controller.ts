import { keyOf, matchesLabels, type KubeObject, type ObjectKey } from '@argosy/kube/meta';
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
import { planEndpoints, targets, type EndpointsObserved, type Pod, type Service } from '../workloads/index.ts';
import { podInformer } from './pod-informer.ts';

const SERVICES = Object.freeze({ group: '', version: 'v1', resource: 'services' });

/** Services with more endpoints than this are written once an interval, not once a pod: each write costs them all. */
export const LARGE_SERVICE_ENDPOINTS = 100;

/** The interval of large services. */
export const LARGE_SERVICE_INTERVAL_MS = 500;

const byService = (slice: KubeObject): readonly string[] => {
  const labels = slice.metadata.labels ?? {};
  if (labels['endpointslice.kubernetes.io/managed-by'] !== 'endpointslice-controller.k8s.io') return [];
  return [`${slice.metadata.namespace ?? ''}/${labels['kubernetes.io/service-name'] ?? ''}`];
};

/** What of a pod its services look at. */
function isSameToServices(before: Pod, after: Pod): boolean {
  const look = (pod: Pod): string =>
    JSON.stringify([
      pod.metadata.labels,
      pod.metadata.deletionTimestamp === undefined,
      pod.status?.podIP,
      pod.status?.phase,
      pod.spec.nodeName,
      pod.status?.conditions?.find((each) => each.type === 'Ready')?.status,
    ]);
  return look(before) === look(after);
}

/** Starts the controller that writes Endpoints and EndpointSlices. */
export function startEndpointsController(context: ControllerContext): MeasuredController {
  const pods = podInformer(context);
  const services = context.informers.informer<Service>(SERVICES);
  const endpoints = context.informers.informer<KubeObject>(targets.endpoints);
  const slices = context.informers.informer<KubeObject>(targets.endpointSlices);
  slices.addIndex('service', byService);
  // A plan from half a copy would take addresses away.
  const synced = Promise.all([pods.synced(), endpoints.synced(), slices.synced()]);
  const complete = Promise.race([synced, aborted(context.signal)]);
  const reconciler: Reconciler<EndpointsObserved, StandardAction, undefined> = {
    name: 'endpoint-controller',
    observe: async (key) => {
      await complete;
      const service = services.lister.get(key);
      if (service === undefined) return undefined;
      const stored = endpoints.lister.get(key);
      return {
        service,
        pods: pods.withLabels(key.namespace, service.spec?.selector ?? {}),
        ...(stored === undefined ? {} : { endpoints: stored }),
        slices: slices.lister.byIndex('service', `${key.namespace}/${key.name}`),
      };
    },
    plan: planEndpoints,
    apply: (action) => applyStandardAction(action, context),
    publish: () => Promise.resolve(),
  };

  function servicesOf(pod: Pod | undefined): readonly Service[] {
    if (pod === undefined) return [];
    return services.lister.list(pod.metadata.namespace ?? '').filter(({ spec }) => {
      const selector = Object.entries(spec?.selector ?? {});
      const requirements = selector.map(([key, value]) => ({ key, operator: 'In' as const, values: [value] }));
      return selector.length > 0 && matchesLabels(requirements, pod.metadata.labels);
    });
  }

  /** Large services are written once an interval, whatever woke them: our own writes wake them too. */
  function wake(key: ObjectKey): void {
    const service = services.lister.get(key);
    const count = pods.withLabels(key.namespace, service?.spec?.selector ?? {}).length;
    controller.enqueueAfter(key, count > LARGE_SERVICE_ENDPOINTS ? LARGE_SERVICE_INTERVAL_MS : 0);
  }

  const controller = startController({ context, reconciler, sources: [ownKeys(services)] });
  endpoints.onChange(({ key }) => wake(key));
  slices.onChange(({ before, after }) => serviceKeys(before ?? after).forEach(wake));
  pods.onChange(({ before, after }: Change<Pod>) => {
    if (before !== undefined && after !== undefined && isSameToServices(before, after)) return;
    for (const service of new Set([...servicesOf(before), ...servicesOf(after)])) wake(keyOf(service));
  });
  return controller;
}

function serviceKeys(slice: KubeObject | undefined): readonly ObjectKey[] {
  if (slice === undefined || byService(slice).length === 0) return [];
  const name = slice.metadata.labels?.['kubernetes.io/service-name'] ?? '';
  return [{ namespace: slice.metadata.namespace ?? '', name }];
}
