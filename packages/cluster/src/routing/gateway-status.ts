import type { Gateway, GatewayClass, GatewayListener, HttpRoute } from '@argosy/api/gateway';
import { equalJson, isObject, type Instant } from '@argosy/std';
import { setCondition, type Condition, type KubeObject } from '@argosy/kube/meta';
import { attachmentsOf, SERVED_PROTOCOLS, type Attachment, type GatewayWorld } from './attachment.ts';
import { backendFault } from './http-route-routes.ts';
import { GATEWAY_CONTROLLER } from './ingress-routes.ts';

type Said = { readonly type: string; readonly holds: boolean; readonly reason: string; readonly message?: string };

function conditions(
  before: unknown,
  about: KubeObject,
  given: { said: readonly Said[]; now: Instant },
): readonly Condition[] {
  const known = Array.isArray(before) ? (before as readonly Condition[]) : [];
  const observedGeneration = about.metadata.generation ?? 0;
  return given.said.reduce<readonly Condition[]>((list, { type, holds, reason, message = '' }) => {
    const next = { type, status: holds ? 'True' : 'False', reason, message, observedGeneration } as const;
    return setCondition(list, next, given.now);
  }, known);
}

function statusOf(object: KubeObject): { readonly [field: string]: unknown } {
  return isObject(object['status']) ? object['status'] : {};
}

function listOf(value: unknown): readonly { readonly [field: string]: unknown }[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

/** The status of a GatewayClass of this controller. */
export function gatewayClassStatus(gatewayClass: GatewayClass, now: Instant): object {
  const said = [{ type: 'Accepted', holds: true, reason: 'Accepted', message: 'served by the embedded gateway' }];
  return {
    ...statusOf(gatewayClass),
    conditions: conditions(statusOf(gatewayClass)['conditions'], gatewayClass, { said, now }),
  };
}

/** Where the gateway is reached. */
export interface GatewayAddress {
  readonly ip: string;
  readonly httpPort: number;
  readonly httpsPort: number;
}

/** What the status of a Gateway is made from. */
export interface GatewayFacts {
  readonly world: GatewayWorld;
  readonly routes: readonly HttpRoute[];
  readonly address: GatewayAddress;
  readonly hasCertificate: (namespace: string, name: string) => boolean;
  readonly now: Instant;
}

function certificateFault(gateway: Gateway, listener: GatewayListener, facts: GatewayFacts): Said | undefined {
  const { namespace = '' } = gateway.metadata;
  const references = listener.tls?.certificateRefs ?? [];
  const missing = references.find((each) => !facts.hasCertificate(each.namespace ?? namespace, each.name));
  if (missing === undefined && references.length > 0) return undefined;
  const message = `certificate ${missing?.name ?? '(none named)'}: expected a Secret of type kubernetes.io/tls`;
  return { type: 'ResolvedRefs', holds: false, reason: 'InvalidCertificateRef', message };
}

function listenerFault(gateway: Gateway, listener: GatewayListener, facts: GatewayFacts): Said | undefined {
  if (SERVED_PROTOCOLS.has(listener.protocol)) {
    return listener.protocol === 'HTTPS' ? certificateFault(gateway, listener, facts) : undefined;
  }
  const message = `protocol ${listener.protocol} is not served; allowed are ${[...SERVED_PROTOCOLS].join(', ')}`;
  return { type: 'Accepted', holds: false, reason: 'UnsupportedProtocol', message };
}

function listenerStatus(gateway: Gateway, listener: GatewayListener, facts: GatewayFacts): object {
  const fault = listenerFault(gateway, listener, facts);
  const before = listOf(statusOf(gateway)['listeners']).find(({ name }) => name === listener.name);
  const attached = facts.routes.filter((route) =>
    attachmentsOf(facts.world, route).some((each) => each.gateway === gateway && each.listeners.includes(listener)),
  );
  const { address } = facts;
  const port = listener.protocol === 'HTTPS' ? address.httpsPort : address.httpPort;
  const good: readonly Said[] = [
    { type: 'Accepted', holds: true, reason: 'Accepted' },
    { type: 'ResolvedRefs', holds: true, reason: 'ResolvedRefs' },
    fault === undefined
      ? { type: 'Programmed', holds: true, reason: 'Programmed', message: `reached at ${address.ip}:${port}` }
      : { type: 'Programmed', holds: false, reason: 'Invalid' },
  ];
  const said = good.map((each) => (fault?.type === each.type ? fault : each));
  return {
    name: listener.name,
    supportedKinds: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute' }],
    attachedRoutes: attached.length,
    conditions: conditions(before?.['conditions'], gateway, { said, now: facts.now }),
  };
}

/** The status of a Gateway of this controller. */
export function gatewayStatus(gateway: Gateway, facts: GatewayFacts): object {
  const status = statusOf(gateway);
  const faults = gateway.spec.listeners.filter((listener) => listenerFault(gateway, listener, facts) !== undefined);
  const isWhole = faults.length < gateway.spec.listeners.length;
  const said: readonly Said[] = [
    { type: 'Accepted', holds: true, reason: faults.length === 0 ? 'Accepted' : 'ListenersNotValid' },
    { type: 'Programmed', holds: isWhole, reason: isWhole ? 'Programmed' : 'Invalid' },
  ];
  return {
    ...status,
    addresses: [{ type: 'IPAddress', value: facts.address.ip }],
    conditions: conditions(status['conditions'], gateway, { said, now: facts.now }),
    listeners: gateway.spec.listeners.map((listener) => listenerStatus(gateway, listener, facts)),
  };
}

const UNKNOWN_PARENT: Attachment['reason'] = 'NoMatchingParent';

function referenceFault(route: HttpRoute, exists: (namespace: string, name: string) => boolean): Said {
  const namespace = route.metadata.namespace ?? '';
  for (const backend of (route.spec.rules ?? []).flatMap((rule) => rule.backendRefs ?? [])) {
    const reason = backendFault(backend, namespace, exists);
    if (reason !== undefined) {
      return { type: 'ResolvedRefs', holds: false, reason, message: `backend ${backend.name} cannot be followed` };
    }
  }
  return { type: 'ResolvedRefs', holds: true, reason: 'ResolvedRefs' };
}

/** The status of an HTTPRoute; entries of other controllers stay. A Gateway that is nobody's of ours is left alone. */
export function httpRouteStatus(
  route: HttpRoute,
  world: GatewayWorld,
  given: { readonly exists: (namespace: string, name: string) => boolean; readonly now: Instant },
): object {
  const parents = listOf(statusOf(route)['parents']);
  const foreign = parents.filter((each) => each['controllerName'] !== GATEWAY_CONTROLLER);
  const references = referenceFault(route, given.exists);
  const own = attachmentsOf(world, route)
    .filter(({ gateway, reason }) => gateway !== undefined || reason !== UNKNOWN_PARENT)
    .map(({ parent, reason }) => {
      const before = parents.find(
        (each) => each['controllerName'] === GATEWAY_CONTROLLER && equalJson(each['parentRef'], parent),
      );
      const said = [{ type: 'Accepted', holds: reason === 'Accepted', reason }, references];
      return {
        parentRef: parent,
        controllerName: GATEWAY_CONTROLLER,
        conditions: conditions(before?.['conditions'], route, { said, now: given.now }),
      };
    });
  return { ...statusOf(route), parents: [...foreign, ...own] };
}
