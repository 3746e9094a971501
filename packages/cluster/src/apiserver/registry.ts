import { apiVersionOf, parseApiVersion, type ResourceRef } from '@argosy/kube/meta';
import type { Store, StoredObject } from '../store/index.ts';
import { BUILT_IN_RESOURCES, SUBRESOURCES, type BuiltInRow } from './built-in-resources.ts';
import type { ResourceDescriptor, SubresourceDescriptor } from './contract.ts';
import { servedByDefinition } from './custom-resources.ts';
import type { ResourceTraits, ScalePaths, ServedResource } from './resource.ts';
import { builtInSchema } from './schemas.ts';

/** Where CustomResourceDefinitions are stored. */
export const DEFINITIONS = 'apiextensions.k8s.io/customresourcedefinitions';

const STORED_VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'] as const;

/** Finds served resources; follows the CustomResourceDefinitions in the store. */
export interface Registry {
  find(ref: ResourceRef): ServedResource | undefined;
  /** The preferred served version of a kind. */
  findKind(group: string, kind: string): ServedResource | undefined;
  /** Every served version of what is stored under `group/resource`. */
  ofStorage(storage: string): readonly ServedResource[];
  all(): readonly ServedResource[];
  /** Grows when `all()` changes in what discovery shows. */
  revision(): number;
}

function traitsOf(row: BuiltInRow): ResourceTraits {
  return {
    generation: row.generation ?? false,
    unconditionalUpdate: true,
    createOnUpdate: row.createOnUpdate ?? false,
    answersDeleted: row.answersDeleted ?? false,
    defaultPropagation: row.orphansByDefault === true ? 'Orphan' : 'Background',
    ignoresPropagation: row.ignoresPropagation ?? false,
    nameRule: row.names ?? 'subdomain',
    virtual: row.virtual !== undefined,
  };
}

const SCALE: ScalePaths = {
  specReplicas: ['spec', 'replicas'],
  statusReplicas: ['status', 'replicas'],
  selector: ['spec', 'selector'],
};

/** How discovery shows the scale subresource. */
export const SCALE_SUBRESOURCE: SubresourceDescriptor = {
  name: 'scale',
  group: 'autoscaling',
  version: 'v1',
  kind: 'Scale',
  verbs: ['get', 'patch', 'update'],
};

function subresourceOf(row: BuiltInRow, name: string): SubresourceDescriptor {
  if (name === 'scale') return SCALE_SUBRESOURCE;
  const special = SUBRESOURCES[`${row.resource}/${name}`];
  const { group, version } = parseApiVersion(special?.api ?? row.api);
  return { name, group, version, kind: special?.kind ?? row.kind, verbs: special?.verbs ?? ['get', 'patch', 'update'] };
}

function servedBuiltIn(row: BuiltInRow): ServedResource {
  const { group, version } = parseApiVersion(row.api);
  const { sub = [], short = [], categories = [] } = row;
  const storage = row.storage ?? `${group}/${row.resource}`;
  return {
    group,
    version,
    resource: row.resource,
    kind: row.kind,
    listKind: `${row.kind}List`,
    singular: row.kind.toLowerCase(),
    namespaced: row.cluster !== true,
    verbs: row.virtual ?? STORED_VERBS,
    shortNames: short,
    categories,
    subresources: sub.map((name) => subresourceOf(row, name)),
    custom: false,
    storage,
    apiVersion: row.api,
    storedApiVersion: row.storedApi ?? row.api,
    converts: row.storedApi !== undefined,
    hasStatus: sub.includes('status'),
    ...(sub.includes('scale') ? { scale: SCALE } : {}),
    traits: traitsOf(row),
    schema: () => builtInSchema({ group, version, kind: row.kind }),
  };
}

const BUILT_INS: readonly ServedResource[] = BUILT_IN_RESOURCES.map(servedBuiltIn);

const refText = (ref: ResourceRef): string => `${apiVersionOf(ref)}/${ref.resource}`;

interface Snapshot {
  readonly definitions: readonly StoredObject[] | undefined;
  readonly all: readonly ServedResource[];
  readonly byRef: ReadonlyMap<string, ServedResource>;
  readonly signature: string;
}

function signatureOf(custom: readonly ServedResource[]): string {
  return JSON.stringify(
    custom.map(({ apiVersion, resource, kind, namespaced, shortNames, categories, subresources, definition }) => [
      [apiVersion, resource, kind, namespaced, shortNames, categories],
      [subresources.map((item) => item.name), definition?.openApi === undefined, definition?.terminating],
    ]),
  );
}

function snapshotOf(definitions: readonly StoredObject[] | undefined, custom: readonly ServedResource[]): Snapshot {
  const all = [...BUILT_INS, ...custom];
  return {
    definitions,
    all,
    byRef: new Map(all.map((resource) => [refText(resource), resource])),
    signature: signatureOf(custom),
  };
}

/** Builds the registry over a store. */
export function createRegistry(store: Pick<Store, 'list' | 'tree'>): Registry {
  const perDefinition = new WeakMap<StoredObject, readonly ServedResource[]>();
  let snapshot = snapshotOf(undefined, []);
  let revision = 1;

  const served = (stored: StoredObject): readonly ServedResource[] => {
    const known = perDefinition.get(stored);
    if (known !== undefined) return known;
    const fresh = servedByDefinition(store.tree(stored));
    perDefinition.set(stored, fresh);
    return fresh;
  };
  const current = (): Snapshot => {
    const definitions = store.list(DEFINITIONS, '');
    if (definitions === snapshot.definitions || (definitions.length === 0 && snapshot.all === BUILT_INS)) {
      return snapshot;
    }
    const next = snapshotOf(definitions, definitions.flatMap(served));
    if (next.signature !== snapshot.signature) revision += 1;
    snapshot = next;
    return next;
  };
  return {
    find: (ref) => current().byRef.get(refText(ref)),
    findKind: (group, kind) => current().all.find((item) => item.group === group && item.kind === kind),
    ofStorage: (storage) => current().all.filter((item) => item.storage === storage),
    all: () => current().all,
    revision: () => {
      current();
      return revision;
    },
  };
}

/** What discovery tells of a served resource. */
export function descriptorOf(resource: ServedResource): ResourceDescriptor {
  const { group, version, kind, listKind, singular, namespaced, verbs, shortNames, categories } = resource;
  return {
    group,
    version,
    resource: resource.resource,
    kind,
    listKind,
    singular,
    namespaced,
    verbs,
    shortNames,
    categories,
    subresources: resource.subresources,
    custom: resource.custom,
  };
}
