/** A route's parameters, unescaped. */
export type PathParams = { readonly [name: string]: string };

/** What a path leads to. */
export type Found<Route> =
  | { readonly kind: 'found'; readonly route: Route; readonly params: PathParams }
  | { readonly kind: 'wrong-method'; readonly allowed: readonly string[] }
  | { readonly kind: 'none' };

/** The most segments of a path. */
export const MAX_SEGMENTS = 32;

/** Two routes for one method and path, or a template that cannot be read: a mistake of ours, found at start. */
export class RouteError extends Error {
  override readonly name = 'RouteError';
}

interface Node<Route> {
  readonly fixed: Map<string, Node<Route>>;
  variable?: Node<Route>;
  /** `{name=**}`: takes the rest of the path. */
  rest?: Node<Route>;
  readonly methods: Map<string, { readonly route: Route; readonly names: readonly string[] }>;
}

/** Finds routes by method and path; cost follows the path's length, not the number of routes. */
export interface Router<Route> {
  /** `segments` are the unescaped parts of the path between slashes, without the first empty one. */
  find(method: string, segments: readonly string[]): Found<Route>;
}

const newNode = <Route>(): Node<Route> => ({ fixed: new Map(), methods: new Map() });

/**
 * Builds a router from path templates: `/api/v1/x/{name}/y`, and `{name=**}` last for the rest of the path.
 * Fixed segments win over parameters. A last parameter also matches an empty segment (`/workflows/`).
 * @throws RouteError for a duplicate or unreadable template.
 */
export function createRouter<Route extends { readonly method: string; readonly path: string }>(
  routes: readonly Route[],
): Router<Route> {
  const root = newNode<Route>();
  for (const route of routes) addRoute(root, route);
  return {
    find(method, segments) {
      if (segments.length > MAX_SEGMENTS) return { kind: 'none' };
      const values: string[] = [];
      const node = descend(root, { segments, values }, 0);
      if (node === undefined) return { kind: 'none' };
      const entry = node.methods.get(method);
      if (entry === undefined) return { kind: 'wrong-method', allowed: [...node.methods.keys()] };
      const params: { [name: string]: string } = Object.create(null) as { [name: string]: string };
      for (const [index, name] of entry.names.entries()) params[name] = values[index] ?? '';
      return { kind: 'found', route: entry.route, params };
    },
  };
}

const PARAMETER = /^\{([A-Za-z][A-Za-z0-9_.]*)(=\*\*)?\}$/;

function addRoute<Route extends { readonly method: string; readonly path: string }>(
  root: Node<Route>,
  route: Route,
): void {
  const names: string[] = [];
  let node = root;
  const segments = route.path.split('/').slice(1);
  for (const [index, segment] of segments.entries()) {
    const match = PARAMETER.exec(segment);
    if (match === null && /[{}]/.test(segment)) throw new RouteError(`route ${route.path}: cannot read ${segment}`);
    if (match?.[2] !== undefined && index !== segments.length - 1) {
      throw new RouteError(`route ${route.path}: ${segment} must be last`);
    }
    if (match !== null) names.push(match[1] ?? '');
    node = childFor(node, segment, match);
  }
  if (node.methods.has(route.method)) throw new RouteError(`route ${route.method} ${route.path} is there twice`);
  node.methods.set(route.method, { route, names });
}

function childFor<Route>(node: Node<Route>, segment: string, match: RegExpExecArray | null): Node<Route> {
  if (match === null) {
    const child = node.fixed.get(segment) ?? newNode<Route>();
    node.fixed.set(segment, child);
    return child;
  }
  if (match[2] !== undefined) return (node.rest ??= newNode());
  return (node.variable ??= newNode());
}

interface Walk {
  readonly segments: readonly string[];
  /** What the parameters took so far. */
  readonly values: string[];
}

/** Depth first with fixed segments tried first. */
function descend<Route>(node: Node<Route>, walk: Walk, at: number): Node<Route> | undefined {
  const { segments, values } = walk;
  if (at === segments.length) return node.methods.size > 0 ? node : undefined;
  const segment = segments[at] ?? '';
  const fixed = node.fixed.get(segment);
  const through = fixed === undefined ? undefined : descend(fixed, walk, at + 1);
  const found = through ?? descendVariable(node, walk, at);
  if (found !== undefined || node.rest === undefined) return found;
  values.push(segments.slice(at).join('/'));
  return node.rest;
}

function descendVariable<Route>(node: Node<Route>, walk: Walk, at: number): Node<Route> | undefined {
  const { segments, values } = walk;
  const segment = segments[at] ?? '';
  const isLast = at === segments.length - 1;
  if (node.variable === undefined || (segment === '' && !isLast)) return undefined;
  values.push(segment);
  const found = descend(node.variable, walk, at + 1);
  if (found === undefined) values.pop();
  return found;
}
