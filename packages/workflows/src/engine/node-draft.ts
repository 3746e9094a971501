import type { NodeStatus } from '@argosy/api/workflows';

import {
  contribution,
  countChild,
  countersOf,
  holdersOf,
  isDaemon,
  isExecutable,
  isFulfilled,
  podCounts,
  type ChildCounts,
  type NodeMemory,
  type PodCounts,
  type Progress,
} from './node-memory.ts';
import { nodeId } from './node-names.ts';

/** The nodes as one round changes them, laid over an index that stays untouched. */
export interface NodeDraft {
  readonly workflowName: string;
  get(id: string): NodeStatus | undefined;
  byName(name: string): NodeStatus | undefined;
  /** Files a new or changed node. */
  put(node: NodeStatus): void;
  /** Appends `childId` to the children of `parentId`, once. */
  link(parentId: string, childId: string): void;
  /** How many nodes inside a boundary, step group, task group or Retry node are not fulfilled. */
  openIn(holderId: string): number;
  /** Counts of the children of a boundary. */
  childrenIn(boundaryId: string): Readonly<ChildCounts>;
  /** Pods that are not through, and those of them that run. */
  pods(): Readonly<PodCounts>;
  /** Every node that is not fulfilled, in a fixed order. */
  openNodes(): readonly NodeStatus[];
  /** The daemons that run, in a fixed order. */
  daemons(): readonly NodeStatus[];
  /** Every node there is. */
  all(): readonly NodeStatus[];
  /** The children of a node, links of this round included. */
  childrenOf(id: string): readonly string[];
  /** Done and total inside a node; `''` is the workflow. */
  progressOf(id: string): Progress;
  /** How often a node was filed; tells whether anything happened between two moments. */
  edits(): number;
  /** Everything that differs from the index, complete with children and progress. */
  changes(): { readonly [id: string]: NodeStatus };
}

interface Links {
  readonly list: string[];
  readonly seen: Set<string>;
}

interface Overlay {
  readonly memory: NodeMemory;
  readonly changed: Map<string, NodeStatus>;
  readonly links: Map<string, Links>;
  readonly openDelta: Map<string, number>;
  /** What this round adds to the counts of children. */
  readonly childDelta: Map<string, ChildCounts>;
  readonly progress: Map<string, Progress>;
  readonly pods: PodCounts;
  edits: number;
}

function getNode(overlay: Overlay, id: string): NodeStatus | undefined {
  return overlay.changed.get(id) ?? overlay.memory.nodes.get(id);
}

function progressOf(overlay: Overlay, id: string): Progress {
  return overlay.progress.get(id) ?? overlay.memory.progress.get(id) ?? { done: 0, total: 0 };
}

function putNode(overlay: Overlay, node: NodeStatus): void {
  const before = getNode(overlay, node.id);
  overlay.edits += 1;
  overlay.changed.set(node.id, node);
  const wasOpen = before !== undefined && !isFulfilled(before);
  const delta = Number(!isFulfilled(node)) - Number(wasOpen);
  const nodeOf = (id: string): NodeStatus | undefined => getNode(overlay, id);
  for (const id of delta === 0 ? [] : countersOf(node, overlay.memory.workflowName, nodeOf)) {
    overlay.openDelta.set(id, (overlay.openDelta.get(id) ?? 0) + delta);
  }
  countChild(overlay.childDelta, before, node);
  const [podsBefore, podsNow] = [podCounts(before), podCounts(node)];
  overlay.pods.open += podsNow.open - podsBefore.open;
  overlay.pods.running += podsNow.running - podsBefore.running;
  const [old, now] = [contribution(before), contribution(node)];
  const change = { done: now.done - old.done, total: now.total - old.total };
  if (change.done === 0 && change.total === 0) return;
  const holders = holdersOf(node, overlay.memory.workflowName, nodeOf);
  for (const id of ['', ...holders.map((holder) => holder.id)]) {
    const sum = progressOf(overlay, id);
    overlay.progress.set(id, { done: sum.done + change.done, total: sum.total + change.total });
  }
}

function linkNodes(overlay: Overlay, parentId: string, childId: string): void {
  let links = overlay.links.get(parentId);
  if (links === undefined) {
    const list = [...(getNode(overlay, parentId)?.children ?? [])];
    links = { list, seen: new Set(list) };
    overlay.links.set(parentId, links);
  }
  if (links.seen.has(childId)) return;
  links.seen.add(childId);
  links.list.push(childId);
}

function openNodes(overlay: Overlay): readonly NodeStatus[] {
  const found: NodeStatus[] = [];
  const add = (id: string): void => {
    const node = getNode(overlay, id);
    if (node !== undefined && !isFulfilled(node)) found.push(node);
  };
  for (const id of overlay.memory.openIds) add(id);
  for (const id of overlay.changed.keys()) {
    const before = overlay.memory.nodes.get(id);
    if (before === undefined || isFulfilled(before)) add(id);
  }
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function daemonsIn(overlay: Overlay): readonly NodeStatus[] {
  const fresh = [...overlay.changed.values()].filter(isDaemon).map((node) => node.id);
  const nodes = [...new Set([...overlay.memory.daemons, ...fresh])].map((id) => getNode(overlay, id));
  const running = nodes.filter((node) => node !== undefined).filter(isDaemon);
  return running.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function withProgress(overlay: Overlay, node: NodeStatus): NodeStatus {
  if (isExecutable(node)) return { ...node, progress: `${contribution(node).done}/1` };
  const sum = progressOf(overlay, node.id);
  return sum.total === 0 ? node : { ...node, progress: `${sum.done}/${sum.total}` };
}

function collectChanges(overlay: Overlay): { readonly [id: string]: NodeStatus } {
  const ids = new Set([...overlay.changed.keys(), ...overlay.links.keys(), ...overlay.progress.keys()]);
  const changes: { [id: string]: NodeStatus } = {};
  for (const id of ids) {
    const node = getNode(overlay, id);
    if (node === undefined) continue;
    const links = overlay.links.get(id);
    changes[id] = withProgress(overlay, links === undefined ? node : { ...node, children: links.list });
  }
  return changes;
}

function childrenIn(overlay: Overlay, boundaryId: string): ChildCounts {
  const stored = overlay.memory.children.get(boundaryId);
  const delta = overlay.childDelta.get(boundaryId);
  return {
    active: (stored?.active ?? 0) + (delta?.active ?? 0),
    failed: (stored?.failed ?? 0) + (delta?.failed ?? 0),
  };
}

/** Opens a draft over an index. */
export function openDraft(memory: NodeMemory): NodeDraft {
  const overlay: Overlay = {
    memory,
    changed: new Map(),
    links: new Map(),
    openDelta: new Map(),
    childDelta: new Map(),
    progress: new Map(),
    pods: { ...memory.pods },
    edits: 0,
  };
  return {
    workflowName: memory.workflowName,
    get: (id) => getNode(overlay, id),
    byName: (name) => getNode(overlay, nodeId(memory.workflowName, name)),
    put: (node) => putNode(overlay, node),
    link: (parentId, childId) => linkNodes(overlay, parentId, childId),
    openIn: (holderId) => (memory.open.get(holderId) ?? 0) + (overlay.openDelta.get(holderId) ?? 0),
    childrenIn: (boundaryId) => childrenIn(overlay, boundaryId),
    pods: () => overlay.pods,
    openNodes: () => openNodes(overlay),
    daemons: () => daemonsIn(overlay),
    all: () => [...new Map([...memory.nodes, ...overlay.changed]).values()],
    childrenOf: (id) => overlay.links.get(id)?.list ?? getNode(overlay, id)?.children ?? [],
    progressOf: (id) => progressOf(overlay, id),
    edits: () => overlay.edits,
    changes: () => collectChanges(overlay),
  };
}
