import { compareText } from '@argosy/std';
import type { Graph, GraphEdge, GraphNode } from './graph.ts';
import { objectsAt, textAt, type ApiObject } from './read.ts';
import { wordOf } from './status.ts';

/** Names one resource of an application's tree. */
export interface ResourceIdentity {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

/** The tree as a graph, and what its boxes stand for. */
export interface ResourceTree {
  readonly graph: Graph;
  readonly resources: ReadonlyMap<string, ResourceIdentity>;
}

/** The id of the application's own box. */
export const ROOT_ID = 'application';

/**
 * Joins the live tree (what exists, who owns what) with the application's resource statuses (what should exist, and is
 * it in sync). Resources that should exist and do not appear as Missing.
 */
export function resourceTree(application: ApiObject | undefined, tree: ApiObject | undefined): ResourceTree {
  const resources = new Map<string, ResourceIdentity>();
  const nodes: GraphNode[] = [rootNode(application)];
  const edges: GraphEdge[] = [];
  const statuses = new Map(objectsAt(application, 'status', 'resources').map((entry) => [nameKey(entry), entry]));
  const sorted = [...objectsAt(tree, 'nodes')].sort(byKindAndName);
  const ids = new Map(sorted.map((entry) => [textAt(entry, 'uid'), idOf(entry)]));
  for (const entry of sorted) {
    const id = idOf(entry);
    const status = statuses.get(nameKey(entry));
    statuses.delete(nameKey(entry));
    resources.set(id, identityOf(entry));
    nodes.push(nodeOf(entry, { id, status }));
    const parents = objectsAt(entry, 'parentRefs').flatMap((parent) => ids.get(textAt(parent, 'uid')) ?? []);
    for (const from of parents.length === 0 ? [ROOT_ID] : parents) edges.push({ from, to: id });
  }
  for (const entry of [...statuses.values()].sort(byKindAndName)) {
    const id = `missing ${nameKey(entry)}`;
    resources.set(id, identityOf(entry));
    // Without a tree nobody knows whether the resource exists; with one, it does not.
    nodes.push(nodeOf(entry, { id, status: entry, ...(tree === undefined ? {} : { health: 'Missing' }) }));
    edges.push({ from: ROOT_ID, to: id });
  }
  return { graph: { nodes, edges }, resources };
}

function rootNode(application: ApiObject | undefined): GraphNode {
  return {
    id: ROOT_ID,
    title: textAt(application, 'metadata', 'name'),
    subtitle: 'Application',
    state: wordOf(textAt(application, 'status', 'health', 'status')),
    mark: wordOf(textAt(application, 'status', 'sync', 'status')),
    isSmall: false,
  };
}

const idOf = (entry: ApiObject): string => textAt(entry, 'uid') || nameKey(entry);

const nameKey = (entry: ApiObject): string =>
  ['group', 'kind', 'namespace', 'name'].map((part) => textAt(entry, part)).join('/');

const byKindAndName = (a: ApiObject, b: ApiObject): number =>
  compareText(textAt(a, 'kind'), textAt(b, 'kind')) || compareText(nameKey(a), nameKey(b));

function identityOf(entry: ApiObject): ResourceIdentity {
  const part = (name: string): string => textAt(entry, name);
  return {
    group: part('group'),
    version: part('version'),
    kind: part('kind'),
    namespace: part('namespace'),
    name: part('name'),
    uid: part('uid'),
  };
}

interface NodeContext {
  readonly id: string;
  readonly status: ApiObject | undefined;
  /** Overrides what the entry says. */
  readonly health?: string;
}

function nodeOf(entry: ApiObject, context: NodeContext): GraphNode {
  const health = context.health ?? textAt(entry, 'health', 'status');
  return {
    id: context.id,
    title: textAt(entry, 'name'),
    subtitle: textAt(entry, 'kind'),
    state: health || textAt(context.status, 'health', 'status'),
    mark: textAt(context.status, 'status'),
    isSmall: false,
  };
}
