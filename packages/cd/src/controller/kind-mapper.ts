import type { GroupVersionKind, KubeObject, ResourceRef } from '@argosy/kube/meta';
import { gvkOf } from '@argosy/kube/meta';
import { kindKey, type KindInfo, type KindTable } from '../engine/index.ts';

/** The part of the RestMapper that delivery needs: where a kind is served. */
export interface KindMapper {
  resourceFor(gvk: GroupVersionKind): Promise<
    | {
        readonly resource: ResourceRef;
        readonly namespaced: boolean;
        readonly kind: string;
        /** Names of subresources; absent: none is known. */
        readonly subresources?: readonly string[];
      }
    | undefined
  >;
  /** Everything that is served; absent: not known, and nothing is looked for beyond what Applications manage. */
  all?(): Promise<
    readonly {
      readonly resource: ResourceRef;
      readonly kind: string;
      readonly namespaced: boolean;
      readonly verbs?: readonly string[];
    }[]
  >;
  /** Forget what was learned, because definitions may have changed. */
  invalidate(): void;
}

type KindName = Pick<KubeObject, 'apiVersion' | 'kind'>;

/** Looks kinds up once each. An unknown kind is asked for again: its definition may have come meanwhile. */
export class KindLookup {
  readonly #mapper: KindMapper;
  readonly #known = new Map<string, NonNullable<KindInfo>>();

  constructor(mapper: KindMapper) {
    this.#mapper = mapper;
  }

  /** The table for the kinds of `objects`. */
  async table(objects: Iterable<KindName>): Promise<KindTable> {
    const wanted = new Map<string, KindName>();
    for (const object of objects) wanted.set(kindKey(object), object);
    const entries = await Promise.all(
      [...wanted].map(async ([key, name]) => [key, await this.#find(key, name)] as const),
    );
    return Object.fromEntries(entries);
  }

  /** Forgets everything; called when definitions change. */
  forget(): void {
    this.#known.clear();
    this.#mapper.invalidate();
  }

  async #find(key: string, name: KindName): Promise<KindInfo> {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const found = await this.#mapper.resourceFor(gvkOf(name));
    if (found === undefined) return null;
    const info = { resource: found.resource, namespaced: found.namespaced };
    this.#known.set(key, info);
    return info;
  }
}
