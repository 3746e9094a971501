import type { ResourceRef } from '../meta/index.ts';

/** A served kind with the resource that serves it. */
export interface RestMapping {
  readonly resource: ResourceRef;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  /** Names of subresources: `status`, `scale`, `log`. */
  readonly subresources: readonly string[];
}

/** Asks for a kind; without `version` the preferred version answers. */
export interface KindQuery {
  readonly group: string;
  readonly version?: string;
  readonly kind: string;
}

/** Finds resources for kinds by the discovery of one cluster. A kind that is not known is looked up afresh. */
export interface RestMapper {
  resourceFor(query: KindQuery): Promise<RestMapping | undefined>;
  kindFor(resource: ResourceRef): Promise<RestMapping | undefined>;
  /** Everything that is served, in the order of discovery. */
  all(): Promise<readonly RestMapping[]>;
  /** Forgets what is known, for instance after a CustomResourceDefinition changed. */
  invalidate(): void;
}
