import type { KubeObject } from '@argosy/kube/meta';

/** Values that field selectors of a kind may ask for, by field label (`status.phase`). */
export type SelectableFields = { readonly [label: string]: string };

/** One version of one object: its bytes and what must be known without parsing them. Never changes. */
export interface StoredObject {
  /** `group/resource`. */
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: number;
  /** 0 for kinds that do not count generations. */
  readonly generation: number;
  readonly deletionTimestamp: string | undefined;
  readonly labels: { readonly [key: string]: string };
  readonly ownerUids: readonly string[];
  readonly fields: SelectableFields;
  readonly bytes: Uint8Array;
}

/** Computes the selectable fields of an object of `resource`. */
export type FieldIndexer = (resource: string, object: KubeObject) => SelectableFields;

const NO_LABELS: { readonly [key: string]: string } = Object.freeze({});
const NO_OWNERS: readonly string[] = Object.freeze([]);

/** Takes from a tree what the index keeps. `object` carries its resourceVersion already. */
export function describeObject(
  object: KubeObject,
  place: { readonly resource: string; readonly bytes: Uint8Array; readonly fields: SelectableFields },
): StoredObject {
  const meta = object.metadata;
  return {
    resource: place.resource,
    namespace: meta.namespace ?? '',
    name: meta.name,
    uid: meta.uid ?? '',
    resourceVersion: Number(meta.resourceVersion),
    generation: meta.generation ?? 0,
    deletionTimestamp: meta.deletionTimestamp,
    labels: meta.labels ?? NO_LABELS,
    ownerUids: meta.ownerReferences?.map((owner) => owner.uid) ?? NO_OWNERS,
    fields: place.fields,
    bytes: place.bytes,
  };
}

/** `group/resource/namespace/name`: the key of the commit log. */
export function storedKey(stored: StoredObject): string {
  return `${stored.resource}/${stored.namespace}/${stored.name}`;
}
