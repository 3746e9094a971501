import type { HttpRoute, HttpRouteBackend, HttpRouteMatch, HttpRouteRule } from '@argosy/api/gateway';
import { instant, parseTime } from '@argosy/std';
import { attachmentsOf, type GatewayWorld } from './attachment.ts';
import { readFilter } from './filters.ts';
import type { PathMatch, Route, RouteBackend, RouteFilter, RouteMatch, ValueMatch } from './route.ts';

const PATH_KINDS: { readonly [type: string]: PathMatch['kind'] } = {
  Exact: 'exact',
  PathPrefix: 'prefix',
  RegularExpression: 'regex',
};

type ApiValues = NonNullable<HttpRouteMatch['headers']>;

function valueMatches(list: ApiValues | undefined, isHeader: boolean): readonly ValueMatch[] {
  return (list ?? []).map(({ name, value, type }) => ({
    name: isHeader ? name.toLowerCase() : name,
    kind: type === 'RegularExpression' ? 'regex' : 'exact',
    value,
  }));
}

function matchOf(match: HttpRouteMatch, hostname: string): RouteMatch {
  const { type = 'PathPrefix', value = '/' } = match.path ?? {};
  return {
    hostname,
    path: { kind: PATH_KINDS[type] ?? 'prefix', value },
    ...(match.method === undefined ? {} : { method: match.method }),
    headers: valueMatches(match.headers, true),
    query: valueMatches(match.queryParams, false),
  };
}

/** Why a backend cannot be followed; `undefined` when it can. `exists` tells whether a Service is there. */
export function backendFault(
  backend: HttpRouteBackend,
  namespace: string,
  exists: (namespace: string, name: string) => boolean,
): 'InvalidKind' | 'RefNotPermitted' | 'BackendNotFound' | undefined {
  const { group = '', kind = 'Service', name, port } = backend;
  if (group !== '' || kind !== 'Service') return 'InvalidKind';
  if ((backend.namespace ?? namespace) !== namespace) return 'RefNotPermitted';
  return port !== undefined && exists(namespace, name) ? undefined : 'BackendNotFound';
}

function filtersOf(list: HttpRouteRule['filters'], namespace: string): readonly RouteFilter[] {
  return (list ?? []).flatMap((filter) => readFilter(filter, namespace) ?? []);
}

function backendOf(backend: HttpRouteBackend, namespace: string): RouteBackend {
  const { name, port = 0, weight = 1 } = backend;
  const fault = backendFault(backend, namespace, () => true);
  return {
    place: fault === undefined ? { namespace, name, port } : undefined,
    weight,
    filters: filtersOf(backend.filters, namespace),
  };
}

const UNITS: { readonly [unit: string]: number } = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 };

/** Milliseconds of a Gateway API duration such as `1h30m`; `undefined` for `0s`, which means none. */
export function durationMs(text: string | undefined): number | undefined {
  let sum = 0;
  for (const [, count, unit = ''] of (text ?? '').matchAll(/(\d{1,5})(ms|h|m|s)/g)) {
    sum += Number(count) * (UNITS[unit] ?? 0);
  }
  return sum === 0 ? undefined : sum;
}

function timeoutOf(rule: HttpRouteRule): { readonly timeoutMs?: number } {
  const { request, backendRequest } = rule.timeouts ?? {};
  const spans = [durationMs(request), durationMs(backendRequest)].filter((span) => span !== undefined);
  return spans.length === 0 ? {} : { timeoutMs: Math.min(...spans) };
}

const EVERYTHING: readonly HttpRouteMatch[] = [{ path: { type: 'PathPrefix', value: '/' } }];

function ruleRoutes(
  route: HttpRoute,
  given: { rule: HttpRouteRule; index: number; hostnames: readonly string[] },
): Route[] {
  const { rule, index, hostnames } = given;
  const { namespace = '', name, creationTimestamp } = route.metadata;
  const matches = rule.matches === undefined || rule.matches.length === 0 ? EVERYTHING : rule.matches;
  const parts = {
    id: `HTTPRoute ${namespace}/${name} ${index}`,
    filters: filtersOf(rule.filters, namespace),
    backends: (rule.backendRefs ?? []).map((backend) => backendOf(backend, namespace)),
    ...timeoutOf(rule),
    createdAt: instant(parseTime(creationTimestamp ?? '') ?? 0),
  };
  return hostnames.flatMap((hostname) => matches.map((match) => ({ ...parts, match: matchOf(match, hostname) })));
}

/** The routes of an HTTPRoute at the Gateways that take it. */
export function httpRouteRoutes(world: GatewayWorld, route: HttpRoute): readonly Route[] {
  const hostnames = [...new Set(attachmentsOf(world, route).flatMap((each) => each.hostnames))];
  return (route.spec.rules ?? []).flatMap((rule, index) => ruleRoutes(route, { rule, index, hostnames }));
}
