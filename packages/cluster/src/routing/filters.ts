import type { HttpRouteFilter } from '@argosy/api/gateway';
import { hasPathPrefix } from './match.ts';
import type { HeaderChange, PathChange, RequestFacts, Route, RouteFilter } from './route.ts';

type ApiChange = NonNullable<HttpRouteFilter['requestHeaderModifier']>;
type ApiPath = NonNullable<NonNullable<HttpRouteFilter['urlRewrite']>['path']>;

function headerChange(change: ApiChange): HeaderChange {
  const pairs = (list: ApiChange['set']): readonly (readonly [string, string])[] =>
    (list ?? []).map(({ name, value }) => [name.toLowerCase(), value]);
  return {
    set: pairs(change.set),
    add: pairs(change.add),
    remove: (change.remove ?? []).map((name) => name.toLowerCase()),
  };
}

function pathChange(path: ApiPath | undefined): { readonly path?: PathChange } {
  if (path === undefined) return {};
  return path.type === 'ReplaceFullPath'
    ? { path: { kind: 'full', value: path.replaceFullPath ?? '/' } }
    : { path: { kind: 'prefix', value: path.replacePrefixMatch ?? '/' } };
}

function redirectOf(redirect: NonNullable<HttpRouteFilter['requestRedirect']>): RouteFilter {
  const { scheme, hostname, port, path, statusCode = 302 } = redirect;
  return {
    kind: 'redirect',
    ...(scheme === undefined ? {} : { scheme }),
    ...(hostname === undefined ? {} : { hostname }),
    ...(port === undefined ? {} : { port }),
    ...pathChange(path),
    status: statusCode,
  };
}

function mirrorOf(mirror: NonNullable<HttpRouteFilter['requestMirror']>, namespace: string): RouteFilter {
  const { name, port = 0 } = mirror.backendRef;
  return { kind: 'mirror', backend: { namespace, name, port }, percent: mirror.percent ?? 100 };
}

/** A filter in the gateway's words; `undefined` when it is of a type that is not served. */
export function readFilter(filter: HttpRouteFilter, namespace: string): RouteFilter | undefined {
  const { requestHeaderModifier, responseHeaderModifier, requestRedirect, urlRewrite, requestMirror } = filter;
  if (requestHeaderModifier !== undefined)
    return { kind: 'request-headers', change: headerChange(requestHeaderModifier) };
  if (responseHeaderModifier !== undefined) {
    return { kind: 'response-headers', change: headerChange(responseHeaderModifier) };
  }
  if (requestRedirect !== undefined) return redirectOf(requestRedirect);
  if (requestMirror !== undefined) return mirrorOf(requestMirror, namespace);
  if (urlRewrite === undefined) return undefined;
  const { hostname } = urlRewrite;
  return { kind: 'rewrite', ...(hostname === undefined ? {} : { hostname }), ...pathChange(urlRewrite.path) };
}

/** Headers by lower-case name. */
export type Headers = { readonly [name: string]: string | readonly string[] | undefined };

/** Headers after a change. */
export function changeHeaders(headers: Headers, change: HeaderChange): Headers {
  const changed = new Map(Object.entries(headers).filter(([name]) => !change.remove.includes(name)));
  for (const [name, value] of change.set) changed.set(name, value);
  for (const [name, value] of change.add) {
    const before = changed.get(name);
    const list = before === undefined ? [] : typeof before === 'string' ? [before] : before;
    changed.set(name, list.length === 0 ? value : [...list, value]);
  }
  return Object.fromEntries(changed);
}

const withoutLastSlash = (path: string): string => (path.endsWith('/') ? path.slice(0, -1) : path);
const withFirstSlash = (path: string): string => (path.startsWith('/') ? path : `/${path}`);

/** The path after a change; a prefix is replaced as a whole, and nothing is left without a leading slash. */
export function changePath(path: string, prefix: string, change: PathChange | undefined): string {
  if (change === undefined) return path;
  if (change.kind === 'full') return change.value;
  if (!hasPathPrefix(path, prefix)) return path;
  const rest = path.slice(withoutLastSlash(prefix).length);
  const tail = rest === '' ? '' : withFirstSlash(rest);
  return withFirstSlash(`${withoutLastSlash(change.value)}${tail}`);
}

/** Where a request came in, for redirects that say nothing of it. */
export interface Arrival {
  readonly scheme: string;
  readonly port: number;
}

const USUAL_PORTS: { readonly [scheme: string]: number } = { http: 80, https: 443 };

function locationOf(
  redirect: RouteFilter & { readonly kind: 'redirect' },
  route: Route,
  given: { readonly request: RequestFacts; readonly search: string; readonly arrival: Arrival },
): string {
  const { request, search, arrival } = given;
  const scheme = redirect.scheme ?? arrival.scheme;
  const usual = USUAL_PORTS[scheme];
  const port = redirect.port ?? (redirect.scheme === undefined ? arrival.port : usual);
  const host = redirect.hostname ?? request.host;
  const path = changePath(request.path, route.match.path.value, redirect.path);
  return `${scheme}://${host}${port === usual ? '' : `:${port}`}${path}${search}`;
}

/** What becomes of a request: another place to ask, or a request to a backend. */
export type Forwarding =
  | { readonly kind: 'redirect'; readonly status: number; readonly location: string }
  | {
      readonly kind: 'forward';
      readonly path: string;
      /** The Host header, when it is another than was asked for. */
      readonly host?: string;
      readonly headers: Headers;
      readonly mirrors: readonly (RouteFilter & { readonly kind: 'mirror' })[];
    };

/** Applies a route's filters to a request. `search` is the query with its question mark. */
export function applyFilters(
  route: Route,
  filters: readonly RouteFilter[],
  given: { readonly request: RequestFacts; readonly search: string; readonly arrival: Arrival },
): Forwarding {
  const redirect = filters.find((filter) => filter.kind === 'redirect');
  if (redirect !== undefined) {
    return { kind: 'redirect', status: redirect.status, location: locationOf(redirect, route, given) };
  }
  let headers: Headers = given.request.headers;
  let path = given.request.path;
  let host: string | undefined;
  for (const filter of filters) {
    if (filter.kind === 'request-headers') headers = changeHeaders(headers, filter.change);
    if (filter.kind !== 'rewrite') continue;
    path = changePath(path, route.match.path.value, filter.path);
    host = filter.hostname ?? host;
  }
  const mirrors = filters.filter((filter) => filter.kind === 'mirror');
  return { kind: 'forward', path: `${path}${given.search}`, ...(host === undefined ? {} : { host }), headers, mirrors };
}

/** Response headers after the filters. */
export function changeResponse(headers: Headers, filters: readonly RouteFilter[]): Headers {
  const changes = filters.filter((filter) => filter.kind === 'response-headers');
  return changes.reduce((changed, filter) => changeHeaders(changed, filter.change), headers);
}
