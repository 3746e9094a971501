import type { Instant } from '@argosy/std';

/** How a path is compared. A prefix is compared by whole segments. */
export interface PathMatch {
  readonly kind: 'exact' | 'prefix' | 'regex';
  readonly value: string;
}

/** A named value that must be there. Header names are in lower case. */
export interface ValueMatch {
  readonly name: string;
  readonly kind: 'exact' | 'regex';
  readonly value: string;
}

/** What a request must be like. `hostname`: `''` any, `*.x` anything below x, else that name; lower case. */
export interface RouteMatch {
  readonly hostname: string;
  readonly path: PathMatch;
  readonly method?: string;
  readonly headers: readonly ValueMatch[];
  readonly query: readonly ValueMatch[];
}

/** Changes of headers: first removals, then sets, then additions. */
export interface HeaderChange {
  readonly set: readonly (readonly [name: string, value: string])[];
  readonly add: readonly (readonly [name: string, value: string])[];
  readonly remove: readonly string[];
}

/** A new path: all of it, or what the match's prefix stands for. */
export interface PathChange {
  readonly kind: 'full' | 'prefix';
  readonly value: string;
}

/** What is done to a request on its way. */
export type RouteFilter =
  | { readonly kind: 'request-headers'; readonly change: HeaderChange }
  | { readonly kind: 'response-headers'; readonly change: HeaderChange }
  | {
      readonly kind: 'redirect';
      readonly scheme?: string;
      readonly hostname?: string;
      readonly port?: number;
      readonly path?: PathChange;
      readonly status: number;
    }
  | { readonly kind: 'rewrite'; readonly hostname?: string; readonly path?: PathChange }
  | { readonly kind: 'mirror'; readonly backend: ServicePort; readonly percent: number };

/** A port of a Service, by number or name. */
export interface ServicePort {
  readonly namespace: string;
  readonly name: string;
  readonly port: number | string;
}

/** A backend with its share. `undefined` as place: the reference cannot be followed, its share is answered 500. */
export interface RouteBackend {
  readonly place: ServicePort | undefined;
  readonly weight: number;
  readonly filters: readonly RouteFilter[];
}

/** One match with what follows from it. */
export interface Route {
  /** Names the rule that it comes from: counters and weights are kept by it. */
  readonly id: string;
  readonly match: RouteMatch;
  readonly filters: readonly RouteFilter[];
  readonly backends: readonly RouteBackend[];
  /** Longest time of a whole request; absent: no limit of its own. */
  readonly timeoutMs?: number;
  readonly createdAt: Instant;
}

/** The parts of a request that routes look at. */
export interface RequestFacts {
  /** Lower case, without the port. */
  readonly host: string;
  /** Without the query, as sent. */
  readonly path: string;
  readonly method: string;
  readonly headers: { readonly [name: string]: string | readonly string[] | undefined };
  readonly query: ReadonlyMap<string, string>;
}
