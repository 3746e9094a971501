import { kubeError, type KubeList, type KubeObject, type ResourceRef } from '@argosy/kube/meta';
import type { ControlPlane } from '../apiserver/index.ts';

type Json = { readonly [field: string]: unknown };

/** How much of each object a Table row carries. */
export type IncludeObject = 'None' | 'Metadata' | 'Object';

/** Reads `includeObject`. @throws KubeError BadRequest for other words. */
export function readIncludeObject(value: string | null): IncludeObject {
  if (value === null || value === '') return 'Metadata';
  if (value === 'None' || value === 'Metadata' || value === 'Object') return value;
  throw kubeError('BadRequest', `includeObject: found ${JSON.stringify(value)}, allowed are None, Metadata and Object`);
}

/** True for list answers. */
export function isList(value: KubeObject | KubeList): value is KubeList {
  return Array.isArray(value['items' as keyof typeof value]) && value.kind.endsWith('List');
}

/** meta.k8s.io/v1 PartialObjectMetadata of an object. */
export function partialMetadata(object: KubeObject): Json {
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata };
}

/** meta.k8s.io/v1 PartialObjectMetadataList of a list. */
export function partialMetadataList(list: KubeList): Json {
  return {
    kind: 'PartialObjectMetadataList',
    apiVersion: 'meta.k8s.io/v1',
    metadata: list.metadata,
    items: list.items.map(partialMetadata),
  };
}

function rowObject(object: KubeObject | undefined, include: IncludeObject): { object?: unknown } {
  if (object === undefined || include === 'None') return {};
  return { object: include === 'Object' ? object : partialMetadata(object) };
}

/** What a Table is made from. */
export interface TableSource {
  readonly resource: ResourceRef;
  readonly objects: readonly KubeObject[];
  /** List metadata, or what of an object's metadata a Table repeats. */
  readonly metadata: Json;
  readonly include: IncludeObject;
  /** Watches repeat the columns only in their first Table. @default true */
  readonly columns?: boolean;
}

/** Builds a meta.k8s.io/v1 Table. */
export function tableOf(plane: Pick<ControlPlane, 'table'>, source: TableSource): Json {
  const table = plane.table(source.resource, source.objects);
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata: source.metadata,
    columnDefinitions: source.columns === false ? null : table.columnDefinitions,
    rows: table.rows.map(({ cells }, index) => ({ cells, ...rowObject(source.objects[index], source.include) })),
  };
}

/** A Table of a list, or of one object. */
export function tableOfAnswer(
  plane: Pick<ControlPlane, 'table'>,
  resource: ResourceRef,
  answer: { readonly object: KubeObject | KubeList; readonly include: IncludeObject },
): Json {
  const { object, include } = answer;
  if (isList(object)) {
    return tableOf(plane, { resource, objects: object.items, metadata: { ...object.metadata }, include });
  }
  const metadata = { resourceVersion: object.metadata.resourceVersion };
  return tableOf(plane, { resource, objects: [object], metadata, include });
}
