import { compareText } from '@argosy/std';
import { compileRegex, type Regex } from '@argosy/lang/regex';
import type { PathMatch, RequestFacts, Route, ValueMatch } from './route.ts';

/** Routes in the order in which they are tried. */
export interface RouteTable {
  readonly routes: readonly CompiledRoute[];
}

interface CompiledRoute {
  readonly route: Route;
  readonly holds: (request: RequestFacts) => boolean;
}

/** True when the host is the name, or below it for `*.name`. */
export function matchesHostname(hostname: string, host: string): boolean {
  if (hostname === '' || hostname === host) return true;
  return hostname.startsWith('*.') && host.endsWith(hostname.slice(1)) && host.length > hostname.length - 1;
}

const trimmed = (path: string): string => (path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path);

/** True when `path` begins with all segments of `prefix`: `/a` holds for `/a` and `/a/b`, not for `/ab`. */
export function hasPathPrefix(path: string, prefix: string): boolean {
  const whole = trimmed(prefix);
  return whole === '/' || path === whole || path.startsWith(`${whole}/`);
}

function regexOf(pattern: string): Regex | undefined {
  const compiled = compileRegex(`^(?:${pattern})$`);
  return compiled.ok ? compiled.value : undefined;
}

function pathTest(path: PathMatch): (path: string) => boolean {
  if (path.kind === 'exact') return (given) => given === path.value;
  if (path.kind === 'prefix') return (given) => hasPathPrefix(given, path.value);
  const regex = regexOf(path.value);
  return (given) => regex?.test(given) ?? false;
}

function valueTest(match: ValueMatch): (value: string | undefined) => boolean {
  if (match.kind === 'exact') return (value) => value === match.value;
  const regex = regexOf(match.value);
  return (value) => value !== undefined && (regex?.test(value) ?? false);
}

function headerText(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === 'string' || value === undefined ? value : value.join(',');
}

function compile(route: Route): CompiledRoute {
  const { hostname, path, method, headers, query } = route.match;
  const fitsPath = pathTest(path);
  const fitsHeaders = headers.map((each) => ({ name: each.name, fits: valueTest(each) }));
  const fitsQuery = query.map((each) => ({ name: each.name, fits: valueTest(each) }));
  return {
    route,
    holds: (request) =>
      matchesHostname(hostname, request.host) &&
      (method === undefined || method === request.method) &&
      fitsPath(request.path) &&
      fitsHeaders.every(({ name, fits }) => fits(headerText(request.headers[name]))) &&
      fitsQuery.every(({ name, fits }) => fits(request.query.get(name))),
  };
}

const PATH_RANK = { exact: 0, regex: 1, prefix: 1 } as const;

/** The smaller comes first: as the Gateway API orders rules, the older and then the first by name at last. */
function rankOf({ match }: Route): readonly number[] {
  const { hostname, path, method, headers, query } = match;
  const hostRank = hostname === '' ? 2 : hostname.startsWith('*.') ? 1 : 0;
  return [
    hostRank,
    -hostname.length,
    PATH_RANK[path.kind],
    -trimmed(path.value).length,
    method === undefined ? 1 : 0,
    -headers.length,
    -query.length,
  ];
}

function compareRoutes(a: Route, b: Route): number {
  const [one, two] = [rankOf(a), rankOf(b)];
  for (const [index, value] of one.entries()) {
    const difference = value - (two[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.createdAt - b.createdAt || compareText(a.id, b.id);
}

/** Puts routes into the order of precedence and compiles their tests. */
export function buildTable(routes: readonly Route[]): RouteTable {
  return { routes: routes.toSorted(compareRoutes).map(compile) };
}

/** The first route that holds. */
export function findRoute(table: RouteTable, request: RequestFacts): Route | undefined {
  return table.routes.find(({ holds }) => holds(request))?.route;
}
