import { sha256Hex } from '@argosy/std';
import { apiVersionOf, type ResourceRef } from '@argosy/kube/meta';
import type { ControlPlane, ResourceDescriptor, SubresourceDescriptor } from '../apiserver/index.ts';

/** A ready document: its bytes and what revalidation compares. */
export interface Document {
  readonly bytes: Buffer;
  readonly etag: string;
}

/** Everything discovery serves, made once for each change of the served resources. */
export interface DiscoveryIndex {
  /** `undefined` when the resource is not served. */
  find(ref: ResourceRef): ResourceDescriptor | undefined;
  /** `/api`, `/apis`, `/apis/g`, `/api/v1` and `/apis/g/v`; `undefined` for what is not served. */
  legacy(path: string): Document | undefined;
  /** The aggregated form of `/api` and `/apis`. */
  aggregated(path: '/api' | '/apis'): Document;
  /** Group-versions in the order of discovery: `v1`, `apps/v1`. */
  groupVersions(): readonly { readonly apiVersion: string; readonly resources: readonly ResourceDescriptor[] }[];
}

interface Group {
  readonly name: string;
  /** By version, the preferred one first. */
  readonly versions: ReadonlyMap<string, readonly ResourceDescriptor[]>;
}

/** Makes a document of a JSON value. */
export function jsonDocument(value: unknown): Document {
  const text = JSON.stringify(value);
  return { bytes: Buffer.from(text), etag: `"${sha256Hex(text).toUpperCase()}"` };
}

/** GA before beta before alpha, then by number, the newest first; what is no Kubernetes version comes last, by name. */
export function compareVersions(a: string, b: string): number {
  const [rankA, rankB] = [versionRank(a), versionRank(b)];
  for (const [index, value] of rankA.entries()) {
    const difference = (rankB[index] ?? 0) - value;
    if (difference !== 0) return difference;
  }
  return a < b ? -1 : a > b ? 1 : 0;
}

function versionRank(version: string): readonly number[] {
  const match = /^v(\d{1,9})(?:(alpha|beta)(\d{1,9}))?$/.exec(version);
  if (match === null) return [0, 0, 0];
  const stability = match[2] === undefined ? 3 : match[2] === 'beta' ? 2 : 1;
  return [stability, Number(match[1]), Number(match[3] ?? 0)];
}

function groupsOf(resources: readonly ResourceDescriptor[]): readonly Group[] {
  const groups = new Map<string, Map<string, ResourceDescriptor[]>>();
  for (const resource of resources) {
    const versions = groups.get(resource.group) ?? new Map<string, ResourceDescriptor[]>();
    groups.set(resource.group, versions);
    versions.set(resource.version, [...(versions.get(resource.version) ?? []), resource]);
  }
  return [...groups].map(([name, versions]) => ({
    name,
    versions: new Map([...versions].sort(([a], [b]) => compareVersions(a, b))),
  }));
}

function foreignKind(parent: ResourceDescriptor, sub: SubresourceDescriptor): { group?: string; version?: string } {
  return sub.group === parent.group && sub.version === parent.version ? {} : { group: sub.group, version: sub.version };
}

function legacyResources(resource: ResourceDescriptor): readonly object[] {
  const own = {
    name: resource.resource,
    singularName: resource.singular,
    namespaced: resource.namespaced,
    kind: resource.kind,
    verbs: resource.verbs,
    ...(resource.shortNames.length === 0 ? {} : { shortNames: resource.shortNames }),
    ...(resource.categories.length === 0 ? {} : { categories: resource.categories }),
  };
  const subresources = resource.subresources.map((sub) => ({
    name: `${resource.resource}/${sub.name}`,
    singularName: '',
    namespaced: resource.namespaced,
    ...foreignKind(resource, sub),
    kind: sub.kind,
    verbs: sub.verbs,
  }));
  return [own, ...subresources];
}

function legacyGroup(group: Group): object {
  const versions = [...group.versions.keys()].map((version) => ({
    groupVersion: apiVersionOf({ group: group.name, version }),
    version,
  }));
  return { name: group.name, versions, preferredVersion: versions[0] };
}

function aggregatedResource(resource: ResourceDescriptor): object {
  const { group, version, kind } = resource;
  return {
    resource: resource.resource,
    responseKind: { group, version, kind },
    scope: resource.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: resource.singular,
    verbs: resource.verbs,
    ...(resource.shortNames.length === 0 ? {} : { shortNames: resource.shortNames }),
    ...(resource.categories.length === 0 ? {} : { categories: resource.categories }),
    ...(resource.subresources.length === 0 ? {} : { subresources: resource.subresources.map(aggregatedSubresource) }),
  };
}

function aggregatedSubresource(sub: SubresourceDescriptor): object {
  const kind = { group: sub.group, version: sub.version, kind: sub.kind };
  return { subresource: sub.name, responseKind: kind, verbs: sub.verbs };
}

function aggregatedGroup(group: Group): object {
  return {
    metadata: { name: group.name, creationTimestamp: null },
    versions: [...group.versions].map(([version, resources]) => ({
      version,
      resources: resources.map(aggregatedResource),
      freshness: 'Current',
    })),
  };
}

function legacyDocuments(groups: readonly Group[]): ReadonlyMap<string, () => object> {
  const named = groups.filter((group) => group.name !== '');
  const core = groups.find((group) => group.name === '');
  const documents = new Map<string, () => object>([
    [
      '/api',
      () => ({
        kind: 'APIVersions',
        versions: [...(core?.versions.keys() ?? [])],
        serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: '' }],
      }),
    ],
    ['/apis', () => ({ kind: 'APIGroupList', apiVersion: 'v1', groups: named.map(legacyGroup) })],
  ]);
  for (const group of groups) {
    const base = group.name === '' ? '/api' : `/apis/${group.name}`;
    if (group.name !== '') documents.set(base, () => ({ kind: 'APIGroup', apiVersion: 'v1', ...legacyGroup(group) }));
    for (const [version, resources] of group.versions) {
      const groupVersion = apiVersionOf({ group: group.name, version });
      documents.set(`${base}/${version}`, () => ({
        kind: 'APIResourceList',
        apiVersion: 'v1',
        groupVersion,
        resources: resources.flatMap(legacyResources),
      }));
    }
  }
  return documents;
}

function buildIndex(resources: readonly ResourceDescriptor[]): DiscoveryIndex {
  const groups = groupsOf(resources);
  const byRef = new Map(resources.map((item) => [`${apiVersionOf(item)}/${item.resource}`, item]));
  const sources = legacyDocuments(groups);
  const made = new Map<string, Document>();
  const remember = (key: string, make: () => object): Document => {
    const document = made.get(key) ?? jsonDocument(make());
    made.set(key, document);
    return document;
  };
  return {
    find: (ref) => byRef.get(`${apiVersionOf(ref)}/${ref.resource}`),
    legacy: (path) => {
      const source = sources.get(path);
      return source === undefined ? undefined : remember(path, source);
    },
    aggregated: (path) =>
      remember(`aggregated${path}`, () => ({
        kind: 'APIGroupDiscoveryList',
        apiVersion: 'apidiscovery.k8s.io/v2',
        metadata: {},
        items: groups.filter((group) => (group.name === '') === (path === '/api')).map(aggregatedGroup),
      })),
    groupVersions: () =>
      groups.flatMap((group) =>
        [...group.versions].map(([version, served]) => ({
          apiVersion: apiVersionOf({ group: group.name, version }),
          resources: served,
        })),
      ),
  };
}

/** Keeps the discovery documents of a control plane; `current` is cheap while nothing changed. */
export function createDiscovery(plane: Pick<ControlPlane, 'discovery' | 'discoveryRevision'>): {
  current(): DiscoveryIndex;
} {
  let revision: number | undefined;
  let index = buildIndex([]);
  return {
    current: () => {
      const now = plane.discoveryRevision();
      if (now !== revision) {
        index = buildIndex(plane.discovery());
        revision = now;
      }
      return index;
    },
  };
}
