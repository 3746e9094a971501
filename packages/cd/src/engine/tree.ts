import { compareText, getPath, isObject } from '@argosy/std';
import type { ResourceHealth } from '@argosy/api/cd';
import { gvkOf, type KubeObject } from '@argosy/kube/meta';
import { healthOf, plainHealth, type HealthOverrides } from './health/index.ts';
import { listAt } from './health/verdict.ts';
import { imagesOf } from './images.ts';

/** A reference to an object inside a tree. */
export interface TreeRef {
  readonly group?: string;
  readonly version?: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
  readonly uid?: string;
}

/** How a node takes part in the network. */
export interface NetworkingInfo {
  readonly targetLabels?: { readonly [key: string]: string };
  readonly targetRefs?: readonly TreeRef[];
  readonly labels?: { readonly [key: string]: string };
  readonly ingress?: readonly { readonly [key: string]: unknown }[];
  readonly externalURLs?: readonly string[];
}

/** One node of an Application's resource tree, as the API tells it. */
export interface ResourceNode extends TreeRef {
  readonly parentRefs?: readonly TreeRef[];
  readonly info?: readonly { readonly name: string; readonly value: string }[];
  readonly networkingInfo?: NetworkingInfo;
  readonly resourceVersion?: string;
  readonly images?: readonly string[];
  readonly health?: ResourceHealth;
  readonly createdAt?: string;
}

/** An Application's resource tree, as the API tells it. */
export interface ApplicationTree {
  readonly nodes: readonly ResourceNode[];
  readonly orphanedNodes: readonly ResourceNode[];
  readonly hosts: readonly unknown[];
}

/** Nodes beyond this many are left out: a tree is for people. */
export const MAX_TREE_NODES = 20_000;

function refOf(object: KubeObject): TreeRef {
  const { group, version, kind } = gvkOf(object);
  const { namespace, name, uid } = object.metadata;
  return {
    ...(group === '' ? {} : { group }),
    version,
    kind,
    ...(namespace === undefined || namespace === '' ? {} : { namespace }),
    name,
    ...(uid === undefined ? {} : { uid }),
  };
}

function stringMap(value: unknown): { readonly [key: string]: string } | undefined {
  return isObject(value) ? (value as { readonly [key: string]: string }) : undefined;
}

function ingressTargets(object: KubeObject): readonly TreeRef[] {
  const names = new Set<string>();
  for (const rule of listAt(object, ['spec', 'rules'])) {
    for (const path of listAt(rule, ['http', 'paths'])) {
      const name = getPath(path, ['backend', 'service', 'name']);
      if (typeof name === 'string') names.add(name);
    }
  }
  const namespace = object.metadata.namespace ?? '';
  return [...names].sort(compareText).map((name) => ({ kind: 'Service', namespace, name }));
}

function ingressUrls(object: KubeObject): readonly string[] {
  const tls = new Set(
    listAt(object, ['spec', 'tls']).flatMap((item) => (Array.isArray(item['hosts']) ? item['hosts'] : [])),
  );
  const urls = new Set<string>();
  for (const rule of listAt(object, ['spec', 'rules'])) {
    const host = rule['host'];
    if (typeof host !== 'string' || host === '') continue;
    for (const path of listAt(rule, ['http', 'paths'])) {
      const text = typeof path['path'] === 'string' ? path['path'].replace(/\*$/, '') : '';
      urls.add(`${tls.has(host) ? 'https' : 'http'}://${host}${text}`);
    }
  }
  return [...urls].sort(compareText);
}

function networkingOf(object: KubeObject): NetworkingInfo | undefined {
  const { labels } = object.metadata;
  const ingress = listAt(object, ['status', 'loadBalancer', 'ingress']);
  switch (object.kind) {
    case 'Service': {
      const targetLabels = stringMap(getPath(object, ['spec', 'selector']));
      return { ...(targetLabels === undefined ? {} : { targetLabels }), ...(ingress.length === 0 ? {} : { ingress }) };
    }
    case 'Ingress':
      return {
        targetRefs: ingressTargets(object),
        ...(ingress.length === 0 ? {} : { ingress }),
        externalURLs: ingressUrls(object),
      };
    case 'Pod':
      return labels === undefined ? undefined : { labels };
    default:
      return undefined;
  }
}

function podInfo(object: KubeObject): readonly { readonly name: string; readonly value: string }[] {
  const statuses = listAt(object, ['status', 'containerStatuses']);
  const waiting = statuses
    .map((item) => getPath(item, ['state', 'waiting', 'reason']))
    .find((text) => typeof text === 'string');
  const phase = getPath(object, ['status', 'phase']);
  const node = getPath(object, ['spec', 'nodeName']);
  const restarts = statuses.reduce((sum, item) => sum + Number(item['restartCount'] ?? 0), 0);
  const ready = statuses.filter((item) => item['ready'] === true).length;
  const total = listAt(object, ['spec', 'containers']).length;
  const reason = waiting ?? phase;
  return [
    ...(typeof reason === 'string' ? [{ name: 'Status Reason', value: reason }] : []),
    ...(typeof node === 'string' ? [{ name: 'Node', value: node }] : []),
    { name: 'Containers', value: `${ready}/${total}` },
    ...(restarts > 0 ? [{ name: 'Restart Count', value: String(restarts) }] : []),
  ];
}

function infoOf(object: KubeObject): ResourceNode['info'] {
  if (object.kind === 'Pod') return podInfo(object);
  const revision = object.metadata.annotations?.['deployment.kubernetes.io/revision'];
  return revision === undefined ? undefined : [{ name: 'Revision', value: `Rev:${revision}` }];
}

/** The node of one live object below `parents`. */
export function resourceNode(
  object: KubeObject,
  parents: readonly KubeObject[],
  overrides?: HealthOverrides,
): ResourceNode {
  const info = infoOf(object);
  const networkingInfo = networkingOf(object);
  const health = plainHealth(healthOf(object, overrides));
  const images = object.kind === 'Pod' ? imagesOf(object) : [];
  const { resourceVersion, creationTimestamp } = object.metadata;
  return {
    ...refOf(object),
    ...(parents.length === 0 ? {} : { parentRefs: parents.map(refOf) }),
    ...(info === undefined ? {} : { info }),
    ...(networkingInfo === undefined ? {} : { networkingInfo }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
    ...(images.length === 0 ? {} : { images }),
    ...(health === undefined ? {} : { health }),
    ...(typeof creationTimestamp === 'string' ? { createdAt: creationTimestamp } : {}),
  };
}

const nodeOrder = (a: ResourceNode, b: ResourceNode): number =>
  compareText(a.group ?? '', b.group ?? '') ||
  compareText(a.kind, b.kind) ||
  compareText(a.namespace ?? '', b.namespace ?? '') ||
  compareText(a.name, b.name);

/**
 * The tree of the managed live objects and everything below them. `childrenOf` gives the objects that name this one as
 * owner (and those that belong to it by custom, as Endpoints do).
 */
export function resourceTree(
  managed: readonly KubeObject[],
  childrenOf: (object: KubeObject) => readonly KubeObject[],
  overrides?: HealthOverrides,
): ApplicationTree {
  const nodes = new Map<string, ResourceNode>();
  const identity = (object: KubeObject): string =>
    object.metadata.uid ?? `${object.kind}/${object.metadata.namespace ?? ''}/${object.metadata.name}`;
  const queue = managed.map((object): readonly [KubeObject, readonly KubeObject[]] => [object, []]);
  for (const [object, parents] of queue) {
    if (nodes.size >= MAX_TREE_NODES) break;
    if (nodes.has(identity(object))) continue;
    nodes.set(identity(object), resourceNode(object, parents, overrides));
    for (const child of childrenOf(object)) queue.push([child, [object]]);
  }
  return { nodes: [...nodes.values()].sort(nodeOrder), orphanedNodes: [], hosts: [] };
}
