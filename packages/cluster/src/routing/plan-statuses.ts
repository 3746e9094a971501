import type { Gateway, GatewayClass, HttpRoute } from '@argosy/api/gateway';
import { equalJson, isObject } from '@argosy/std';
import type { KubeObject, ResourceRef } from '@argosy/kube/meta';
import { settled, type Plan, type PlanEnv, type StandardAction } from '@argosy/kube/plan';
import { ownGateways, type GatewayWorld } from './attachment.ts';
import { gatewayClassStatus, gatewayStatus, httpRouteStatus, type GatewayAddress } from './gateway-status.ts';
import { GATEWAY_CONTROLLER, isOwnIngress, type Ingress, type IngressClass } from './ingress-routes.ts';

/** All that the gateway routes by, at one look. */
export interface RoutingObserved {
  readonly ingresses: readonly Ingress[];
  readonly ingressClasses: readonly IngressClass[];
  readonly gatewayClasses: readonly GatewayClass[];
  readonly gateways: readonly Gateway[];
  readonly httpRoutes: readonly HttpRoute[];
  readonly namespaceLabels: ReadonlyMap<string, { readonly [key: string]: string }>;
  /** Services that exist, as `namespace/name`. */
  readonly services: ReadonlySet<string>;
  /** TLS secrets that exist, as `namespace/name`. */
  readonly certificates: ReadonlySet<string>;
  readonly address: GatewayAddress;
}

/** The resources whose status is written. */
export interface RoutingResources {
  readonly ingresses: ResourceRef;
  readonly gatewayClasses: ResourceRef;
  readonly gateways: ResourceRef;
  readonly httpRoutes: ResourceRef;
}

/** Gateways with what decides who may attach to them. */
export function worldOf(seen: RoutingObserved): GatewayWorld {
  return {
    classes: seen.gatewayClasses,
    gateways: seen.gateways,
    namespaceLabels: (namespace) => seen.namespaceLabels.get(namespace) ?? {},
  };
}

function write(resource: ResourceRef, object: KubeObject, status: object): readonly StandardAction[] {
  if (equalJson(object['status'] ?? {}, status)) return [];
  return [{ kind: 'update-status', resource, object: { ...object, status } }];
}

function ingressStatus(ingress: Ingress, address: GatewayAddress): object {
  const before = isObject(ingress['status']) ? ingress['status'] : {};
  const ports = [
    { port: address.httpPort, protocol: 'TCP' },
    ...((ingress.spec?.tls ?? []).length === 0 ? [] : [{ port: address.httpsPort, protocol: 'TCP' }]),
  ];
  return { ...before, loadBalancer: { ingress: [{ ip: address.ip, ports }] } };
}

/** Writes the statuses of everything that the gateway serves, those that differ. */
export function planRoutingStatuses(
  seen: RoutingObserved,
  env: PlanEnv,
  resources: RoutingResources,
): Plan<StandardAction, undefined> {
  const world = worldOf(seen);
  const { now } = env;
  const facts = {
    world,
    routes: seen.httpRoutes,
    address: seen.address,
    hasCertificate: (namespace: string, name: string) => seen.certificates.has(`${namespace}/${name}`),
    now,
  };
  const exists = (namespace: string, name: string): boolean => seen.services.has(`${namespace}/${name}`);
  const actions = [
    ...seen.ingresses
      .filter((ingress) => isOwnIngress(ingress, seen.ingressClasses))
      .flatMap((ingress) => write(resources.ingresses, ingress, ingressStatus(ingress, seen.address))),
    ...seen.gatewayClasses
      .filter(({ spec }) => spec.controllerName === GATEWAY_CONTROLLER)
      .flatMap((each) => write(resources.gatewayClasses, each, gatewayClassStatus(each, now))),
    ...ownGateways(world).flatMap((each) => write(resources.gateways, each, gatewayStatus(each, facts))),
    ...seen.httpRoutes
      .filter((route) => (route.spec.parentRefs ?? []).length > 0)
      .flatMap((route) => {
        const status = httpRouteStatus(route, world, { exists, now }) as { readonly parents: readonly unknown[] };
        if (status.parents.length === 0 && route.status === undefined) return [];
        return write(resources.httpRoutes, route, status);
      }),
  ];
  return { actions, status: undefined, next: settled };
}
