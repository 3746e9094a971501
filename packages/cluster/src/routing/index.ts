/** Routing of the embedded gateway: Ingresses and HTTPRoutes in, one table of routes and statuses out. Pure. */
export { ownGateways, type GatewayWorld } from './attachment.ts';
export { applyFilters, changeResponse, type Arrival, type Forwarding, type Headers } from './filters.ts';
export {
  gatewayClassStatus,
  gatewayStatus,
  httpRouteStatus,
  type GatewayAddress,
  type GatewayFacts,
} from './gateway-status.ts';
export { httpRouteRoutes } from './http-route-routes.ts';
export { GATEWAY_CONTROLLER, ingressRoutes, isOwnIngress, type Ingress, type IngressClass } from './ingress-routes.ts';
export { buildTable, findRoute, matchesHostname, type RouteTable } from './match.ts';
export { planRoutingStatuses, worldOf, type RoutingObserved, type RoutingResources } from './plan-statuses.ts';
export type { RequestFacts, Route, RouteBackend, RouteFilter, ServicePort } from './route.ts';
export { WeightedChoice } from './weighted-choice.ts';
