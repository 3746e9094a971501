import type { NodeStatus } from '@argosy/api/workflows';

import type { WorkflowStatusChange } from './contract.ts';
import { isLockWaiting } from './locks.ts';
import { nodeId } from './node-names.ts';

/** How much is done of how much. */
export interface Progress {
  readonly done: number;
  readonly total: number;
}

/** Counts of pods. */
export interface PodCounts {
  open: number;
  running: number;
}

/** What a node adds to the counts of pods. */
export function podCounts(node: NodeStatus | undefined): Readonly<PodCounts> {
  if (node === undefined || node.type !== 'Pod' || isFulfilled(node) || isLockWaiting(node))
    return { open: 0, running: 0 };
  return { open: 1, running: node.phase === 'Running' ? 1 : 0 };
}

/** Counts of the children of a boundary: what its `parallelism` and its `failFast` look at. */
export interface ChildCounts {
  /** Pods and boundaries that are not through. */
  active: number;
  /** Children that ended badly; attempts count as the node that retries them, exit handlers do not count. */
  failed: number;
}

const ACTIVE_TYPES: readonly string[] = ['Pod', 'Steps', 'DAG'];

const GROUP_TYPES: readonly string[] = ['StepGroup', 'TaskGroup'];

/** True for a child in its own right: no group of children, no exit handler, no attempt. */
function isOwnChild(node: NodeStatus): boolean {
  const { hooked = false, retried = false } = node.nodeFlag ?? {};
  return !GROUP_TYPES.includes(node.type) && !hooked && !retried;
}

/** What a node adds to the counts of its boundary. */
export function childCounts(node: NodeStatus | undefined): Readonly<ChildCounts> {
  if (node?.boundaryID === undefined) return { active: 0, failed: 0 };
  if (!isFulfilled(node))
    return { active: ACTIVE_TYPES.includes(node.type) && !isLockWaiting(node) ? 1 : 0, failed: 0 };
  return { active: 0, failed: isFailedOrError(node) && isOwnChild(node) ? 1 : 0 };
}

/** Adds to the counts of a boundary what changes when `before` becomes `after`. */
export function countChild(counts: Map<string, ChildCounts>, before: NodeStatus | undefined, after: NodeStatus): void {
  const [old, now] = [childCounts(before), childCounts(after)];
  const id = after.boundaryID;
  if (id === undefined || (old.active === now.active && old.failed === now.failed)) return;
  const sum = counts.get(id) ?? { active: 0, failed: 0 };
  counts.set(id, { active: sum.active + now.active - old.active, failed: sum.failed + now.failed - old.failed });
}

/**
 * An index over status.nodes. It is derived: `indexNodes` makes it from a status, `absorbChange` brings it up to date
 * after a status was written. It leaves itself out of JSON, so journals stay small and replay without it.
 */
export interface NodeMemory {
  readonly workflowName: string;
  readonly nodes: Map<string, NodeStatus>;
  /** Ids of nodes that are not fulfilled. */
  readonly openIds: Set<string>;
  /** How many of them are inside each boundary, step group, task group or Retry node. */
  readonly open: Map<string, number>;
  /** Pods that are not through, and those of them that run. */
  readonly pods: PodCounts;
  /** Ids of daemons that run; they count as fulfilled. */
  readonly daemons: Set<string>;
  /** Counts of the children of each boundary. */
  readonly children: Map<string, ChildCounts>;
  /** Sums over executable nodes inside each node; `''` is the whole workflow. */
  readonly progress: Map<string, Progress>;
  readonly toJSON: () => undefined;
}

/** True for a node that will not change any more. */
export function isFulfilled(node: NodeStatus): boolean {
  if (node.phase === 'Skipped' || node.phase === 'Omitted') return true;
  if (node.daemoned === true && node.phase !== 'Pending') return true;
  return isCompleted(node) && node.taskResultSynced !== false;
}

/** True for a daemon that runs: others go on, and it ends with the template around it. */
export function isDaemon(node: NodeStatus): boolean {
  return node.daemoned === true && node.phase === 'Running';
}

/** True for a node that ran to an end. */
export function isCompleted(node: NodeStatus): boolean {
  return node.phase === 'Succeeded' || node.phase === 'Failed' || node.phase === 'Error';
}

/** True for a node that ended badly. */
export function isFailedOrError(node: NodeStatus): boolean {
  return node.phase === 'Failed' || node.phase === 'Error';
}

/** True for a node that counts towards progress: it does work itself. */
export function isExecutable(node: NodeStatus): boolean {
  return ['Pod', 'HTTP', 'Plugin', 'Container', 'Suspend'].includes(node.type);
}

/** What a node adds to progress. */
export function contribution(node: NodeStatus | undefined): Progress {
  if (node === undefined || !isExecutable(node)) return { done: 0, total: 0 };
  const succeeded = node.phase === 'Succeeded' || node.phase === 'Skipped' || node.phase === 'Omitted';
  return { done: succeeded ? 1 : 0, total: 1 };
}

/** Finds a node's record. */
export type NodeOf = (id: string) => NodeStatus | undefined;

/**
 * The node that directly holds another: an attempt's Retry, a loop turn's TaskGroup, a step's StepGroup, else the
 * boundary. Found by name, so it costs the same in a workflow of any size.
 */
export function holderOf(node: NodeStatus, workflowName: string, nodeOf: NodeOf): string | undefined {
  if (node.nodeFlag?.retried === true) return nodeId(workflowName, node.name.replace(/\(\d+\)$/, ''));
  if (node.boundaryID === undefined) return undefined;
  const boundary = nodeOf(node.boundaryID);
  if (boundary === undefined) return node.boundaryID;
  const rest = node.name.slice(boundary.name.length);
  const group = /^\[\d+\]/.exec(rest)?.[0];
  if (group !== undefined) return group === rest ? node.boundaryID : nodeId(workflowName, boundary.name + group);
  const turn = /^\.[^.([]+(?=\(\d+:)/.exec(rest)?.[0];
  return turn === undefined ? node.boundaryID : nodeId(workflowName, boundary.name + turn);
}

/** Every node that holds `node`, innermost first. Bounded by the depth of the tree. */
export function holdersOf(node: NodeStatus, workflowName: string, nodeOf: NodeOf): readonly NodeStatus[] {
  const holders: NodeStatus[] = [];
  let current: NodeStatus | undefined = node;
  while (current !== undefined) {
    const id = holderOf(current, workflowName, nodeOf);
    current = id === undefined || id === current.id ? undefined : nodeOf(id);
    if (current !== undefined) holders.push(current);
  }
  return holders;
}

function addProgress(map: Map<string, Progress>, id: string, change: Progress): void {
  const old = map.get(id) ?? { done: 0, total: 0 };
  map.set(id, { done: old.done + change.done, total: old.total + change.total });
}

/** The nodes that count `node` while it is not fulfilled: its boundary and what directly holds it. */
export function countersOf(node: NodeStatus, workflowName: string, nodeOf: NodeOf): readonly string[] {
  const boundary = node.boundaryID ?? '';
  const holder = holderOf(node, workflowName, nodeOf) ?? '';
  return boundary === holder ? [boundary] : [boundary, holder];
}

function fileOpen(memory: NodeMemory, node: NodeStatus): void {
  const wasOpen = memory.openIds.has(node.id);
  const isOpen = !isFulfilled(node);
  if (wasOpen === isOpen) return;
  if (isOpen) memory.openIds.add(node.id);
  else memory.openIds.delete(node.id);
  for (const id of countersOf(node, memory.workflowName, (other) => memory.nodes.get(other))) {
    memory.open.set(id, (memory.open.get(id) ?? 0) + (isOpen ? 1 : -1));
  }
}

function fileNode(memory: NodeMemory, node: NodeStatus): void {
  const before = memory.nodes.get(node.id);
  memory.nodes.set(node.id, node);
  fileOpen(memory, node);
  if (isDaemon(node)) memory.daemons.add(node.id);
  else memory.daemons.delete(node.id);
  countChild(memory.children, before, node);
  const [podsBefore, podsNow] = [podCounts(before), podCounts(node)];
  memory.pods.open += podsNow.open - podsBefore.open;
  memory.pods.running += podsNow.running - podsBefore.running;
  const [old, now] = [contribution(before), contribution(node)];
  const change = { done: now.done - old.done, total: now.total - old.total };
  if (change.done === 0 && change.total === 0) return;
  addProgress(memory.progress, '', change);
  for (const holder of holdersOf(node, memory.workflowName, (id) => memory.nodes.get(id))) {
    addProgress(memory.progress, holder.id, change);
  }
}

/** A node that can be found by others but counts for nothing yet: files it needs may come in any order. */
function unfiled(node: NodeStatus): NodeStatus {
  return { ...node, type: 'Skipped', phase: 'Pending' };
}

/** Indexes the nodes of a status; costs as much as there are nodes. */
export function indexNodes(workflowName: string, nodes: { readonly [id: string]: NodeStatus } | undefined): NodeMemory {
  const memory: NodeMemory = {
    workflowName,
    nodes: new Map(),
    openIds: new Set(),
    pods: { open: 0, running: 0 },
    open: new Map(),
    daemons: new Set(),
    children: new Map(),
    progress: new Map(),
    toJSON: () => undefined,
  };
  const list = Object.values(nodes ?? {});
  for (const node of list) memory.nodes.set(node.id, unfiled(node));
  for (const node of list) fileNode(memory, node);
  return memory;
}

/** Brings the index up to date with a status that was written; costs as much as changed. Changes `memory`. */
export function absorbChange(memory: NodeMemory, change: WorkflowStatusChange): void {
  for (const node of Object.values(change.nodes)) {
    if (!memory.nodes.has(node.id)) memory.nodes.set(node.id, unfiled(node));
  }
  for (const node of Object.values(change.nodes)) fileNode(memory, node);
}
