import type { Gateway, GatewayClass, GatewayListener, HttpRoute, ParentReference } from '@argosy/api/gateway';
import { matchesLabels, selectorFromSpec, type LabelSelectorSpec } from '@argosy/kube/meta';
import { GATEWAY_CONTROLLER } from './ingress-routes.ts';
import { matchesHostname } from './match.ts';

/** What routes are attached to, and by which rules. */
export interface GatewayWorld {
  readonly classes: readonly GatewayClass[];
  readonly gateways: readonly Gateway[];
  readonly namespaceLabels: (namespace: string) => { readonly [key: string]: string };
}

/** One parent reference of a route with its fate. `hostnames` are those that it serves there. */
export interface Attachment {
  readonly parent: ParentReference;
  readonly gateway: Gateway | undefined;
  readonly listeners: readonly GatewayListener[];
  readonly hostnames: readonly string[];
  readonly reason: 'Accepted' | 'NoMatchingParent' | 'NotAllowedByListeners' | 'NoMatchingListenerHostname';
}

/** The Gateways whose class names this controller. */
export function ownGateways(world: GatewayWorld): readonly Gateway[] {
  const own = world.classes.filter(({ spec }) => spec.controllerName === GATEWAY_CONTROLLER);
  const names = new Set(own.map(({ metadata }) => metadata.name));
  return world.gateways.filter(({ spec }) => names.has(spec.gatewayClassName));
}

/** Protocols of listeners that are served. */
export const SERVED_PROTOCOLS: ReadonlySet<string> = new Set(['HTTP', 'HTTPS']);

/** The narrower of two hostnames, where both have something in common. */
export function commonHostname(listener: string, route: string): string | undefined {
  if (listener === '' || listener === route) return route;
  if (route === '') return listener;
  if (matchesHostname(listener, route) && listener.startsWith('*.')) return route;
  return route.startsWith('*.') && matchesHostname(route, listener) ? listener : undefined;
}

function allows(
  listener: GatewayListener,
  given: { gateway: Gateway; route: HttpRoute; world: GatewayWorld },
): boolean {
  const { from = 'Same', selector } = listener.allowedRoutes?.namespaces ?? {};
  const namespace = given.route.metadata.namespace ?? '';
  if (from === 'All') return true;
  if (from === 'Same') return namespace === given.gateway.metadata.namespace;
  const labels = given.world.namespaceLabels(namespace);
  return selector !== undefined && matchesLabels(selectorFromSpec(selector as LabelSelectorSpec), labels);
}

function isNamed(parent: ParentReference, route: HttpRoute, gateway: Gateway): boolean {
  const namespace = parent.namespace ?? route.metadata.namespace;
  return parent.name === gateway.metadata.name && namespace === gateway.metadata.namespace;
}

function hostnamesAt(listeners: readonly GatewayListener[], route: HttpRoute): readonly string[] {
  const wanted = route.spec.hostnames ?? [];
  const asked = wanted.length === 0 ? [''] : wanted.map((name) => name.toLowerCase());
  const found = listeners.flatMap(({ hostname = '' }) =>
    asked.flatMap((name) => commonHostname(hostname.toLowerCase(), name) ?? []),
  );
  return [...new Set(found)];
}

function attach(world: GatewayWorld, route: HttpRoute, parent: ParentReference): Attachment {
  const refused = (gateway: Gateway | undefined, reason: Attachment['reason']): Attachment => ({
    parent,
    gateway,
    listeners: [],
    hostnames: [],
    reason,
  });
  const gateway = ownGateways(world).find((each) => isNamed(parent, route, each));
  if (gateway === undefined) return refused(undefined, 'NoMatchingParent');
  const named = gateway.spec.listeners.filter(
    ({ name, port, protocol }) =>
      SERVED_PROTOCOLS.has(protocol) && (parent.sectionName ?? name) === name && (parent.port ?? port) === port,
  );
  if (named.length === 0) return refused(gateway, 'NoMatchingParent');
  const open = named.filter((listener) => allows(listener, { gateway, route, world }));
  if (open.length === 0) return refused(gateway, 'NotAllowedByListeners');
  const hostnames = hostnamesAt(open, route);
  if (hostnames.length === 0) return refused(gateway, 'NoMatchingListenerHostname');
  const listeners = open.filter((listener) => hostnamesAt([listener], route).length > 0);
  return { parent, gateway, listeners, hostnames, reason: 'Accepted' };
}

/** The fate of each of a route's references to Gateways; references to anything else are somebody else's. */
export function attachmentsOf(world: GatewayWorld, route: HttpRoute): readonly Attachment[] {
  return (route.spec.parentRefs ?? [])
    .filter(({ kind = 'Gateway' }) => kind === 'Gateway')
    .map((parent) => attach(world, route, parent));
}
