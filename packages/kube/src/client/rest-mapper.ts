import type { ResourceRef } from '../meta/index.ts';
import type { KindQuery, RestMapper, RestMapping } from '../port/index.ts';

/** A served resource as the embedded control plane tells it. */
export interface ServedDescriptor extends ResourceRef {
  readonly kind: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly subresources: readonly { readonly name: string }[];
}

/** Turns the discovery of an embedded control plane into mappings. */
export function mappingsOf(descriptors: readonly ServedDescriptor[]): readonly RestMapping[] {
  return descriptors.map(({ group, version, resource, subresources, ...rest }) => ({
    resource: { group, version, resource },
    kind: rest.kind,
    namespaced: rest.namespaced,
    verbs: rest.verbs,
    singular: rest.singular,
    shortNames: rest.shortNames,
    categories: rest.categories,
    subresources: subresources.map((sub) => sub.name),
  }));
}

/** Settings of `createRestMapper`. */
export interface RestMapperOptions {
  /** Reads everything that is served, the preferred version of each group first. */
  readonly discover: () => Promise<readonly RestMapping[]>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** What is not found is looked up again, but not more often than this. @default 1 s */
  readonly refreshIntervalMs?: number;
}

const REFRESH_INTERVAL_MS = 1000;

/** Makes a mapper that keeps what discovery said, and asks again when a kind is missing. */
export function createRestMapper(options: RestMapperOptions): RestMapper {
  let known: Promise<readonly RestMapping[]> | undefined;
  let askedAt = Number.NEGATIVE_INFINITY;
  const ask = (): Promise<readonly RestMapping[]> => {
    askedAt = options.now();
    const asked = options.discover();
    known = asked;
    // A failed discovery is not kept: the next question asks again.
    asked.catch(() => {
      if (known === asked) known = undefined;
    });
    return asked;
  };
  const find = async (matches: (mapping: RestMapping) => boolean): Promise<RestMapping | undefined> => {
    const fresh = known === undefined;
    const found = (await (known ?? ask())).find(matches);
    const interval = options.refreshIntervalMs ?? REFRESH_INTERVAL_MS;
    if (found !== undefined || fresh || options.now() - askedAt < interval) return found;
    return (await ask()).find(matches);
  };
  return {
    resourceFor: ({ group, version, kind }: KindQuery) =>
      find(
        ({ resource, kind: served }) =>
          served === kind && resource.group === group && (version === undefined || resource.version === version),
      ),
    kindFor: (ref) =>
      find(
        ({ resource }) =>
          resource.resource === ref.resource && resource.group === ref.group && resource.version === ref.version,
      ),
    all: () => known ?? ask(),
    invalidate: () => {
      known = undefined;
      askedAt = Number.NEGATIVE_INFINITY;
    },
  };
}
