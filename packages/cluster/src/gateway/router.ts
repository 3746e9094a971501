import {
  applyFilters,
  findRoute,
  WeightedChoice,
  type Arrival,
  type Forwarding,
  type RequestFacts,
  type Route,
  type RouteFilter,
  type RouteTable,
  type ServicePort,
} from '../routing/index.ts';

/** Where a request goes. */
export interface Place {
  readonly host: string;
  readonly port: number;
}

/** Rules whose turns are remembered at most; the one used longest ago begins anew. */
export const MAX_REMEMBERED_RULES = 10_000;

/** What a router looks up for each request. */
export interface RouterSource {
  readonly table: () => RouteTable;
  /** The ready endpoints of a Service's port. */
  readonly endpoints: (place: ServicePort) => readonly Place[];
}

/** A decision on a request. */
export type Routing =
  | { readonly kind: 'refuse'; readonly status: number; readonly reason: string }
  | { readonly kind: 'redirect'; readonly status: number; readonly location: string }
  | {
      readonly kind: 'forward';
      readonly forwarding: Forwarding & { readonly kind: 'forward' };
      readonly place: Place;
      readonly mirrors: readonly Place[];
      readonly filters: readonly RouteFilter[];
      readonly timeoutMs?: number;
    };

/** Turns requests into places by the routing table, in turn by weight and then by endpoint. */
export class Router {
  readonly #source: RouterSource;
  readonly #weights = new Map<string, { readonly key: string; readonly choice: WeightedChoice }>();
  readonly #turns = new Map<string, number>();

  constructor(source: RouterSource) {
    this.#source = source;
  }

  route(request: RequestFacts, given: { readonly search: string; readonly arrival: Arrival }): Routing {
    const route = findRoute(this.#source.table(), request);
    if (route === undefined) return { kind: 'refuse', status: 404, reason: 'no route matches' };
    const early = applyFilters(route, route.filters, { request, ...given });
    if (early.kind === 'redirect') return early;
    const backend = this.#backend(route);
    if (backend === undefined)
      return { kind: 'refuse', status: 500, reason: `${route.id}: no backend can be followed` };
    const place = this.#endpoint(backend.place);
    if (place === undefined) {
      return { kind: 'refuse', status: 503, reason: `${route.id}: no endpoint of ${backend.place.name} is ready` };
    }
    const filters = [...route.filters, ...backend.filters];
    const forwarding = applyFilters(route, filters, { request, ...given });
    if (forwarding.kind === 'redirect') return forwarding;
    const mirrors = forwarding.mirrors.flatMap((mirror, index) => this.#mirror(route, mirror, index));
    const timeout = route.timeoutMs === undefined ? {} : { timeoutMs: route.timeoutMs };
    return { kind: 'forward', forwarding, place, mirrors, filters, ...timeout };
  }

  #backend(route: Route): { readonly place: ServicePort; readonly filters: readonly RouteFilter[] } | undefined {
    const index = this.#turn(
      route.id,
      route.backends.map(({ weight }) => weight),
    );
    const backend = index === undefined ? undefined : route.backends[index];
    return backend?.place === undefined ? undefined : { place: backend.place, filters: backend.filters };
  }

  #turn(id: string, weights: readonly number[]): number | undefined {
    const key = weights.join();
    const known = this.#weights.get(id);
    const entry = known?.key === key ? known : { key, choice: new WeightedChoice(weights) };
    this.#weights.delete(id);
    this.#weights.set(id, entry);
    forgetOldest(this.#weights);
    return entry.choice.next();
  }

  #endpoint(place: ServicePort): Place | undefined {
    const endpoints = this.#source.endpoints(place);
    const key = `${place.namespace}/${place.name}:${place.port}`;
    const turn = this.#turns.get(key) ?? 0;
    this.#turns.delete(key);
    this.#turns.set(key, turn + 1);
    forgetOldest(this.#turns);
    return endpoints[turn % Math.max(1, endpoints.length)];
  }

  #mirror(route: Route, mirror: RouteFilter & { readonly kind: 'mirror' }, index: number): readonly Place[] {
    const isCopied = this.#turn(`${route.id} mirror ${index}`, [mirror.percent, 100 - mirror.percent]) === 0;
    const place = isCopied ? this.#endpoint(mirror.backend) : undefined;
    return place === undefined ? [] : [place];
  }
}

function forgetOldest(map: Map<string, unknown>): void {
  for (const oldest of map.keys()) {
    if (map.size <= MAX_REMEMBERED_RULES) return;
    map.delete(oldest);
  }
}
