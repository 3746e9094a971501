import type { Inputs, NodePhase, NodeStatus, NodeType, Outputs, TemplateRef } from '@argosy/api/workflows';
import { assert } from '@argosy/std';

import { isCompleted, isDaemon, isFulfilled } from './node-memory.ts';
import { isLockWaiting } from './locks.ts';
import { saveMemo } from './memoize.ts';
import { displayName, nodeId } from './node-names.ts';
import { callOfNode, wakeHolder, type Pass } from './pass.ts';
import type { CompiledTemplate } from './compiled.ts';
import { definedMembers } from './defined-members.ts';

/** What a node is born with. */
export interface NewNode {
  readonly name: string;
  readonly type: NodeType;
  readonly phase: NodePhase;
  readonly boundaryId?: string;
  readonly template?: CompiledTemplate;
  readonly templateName?: string;
  readonly templateRef?: TemplateRef;
  /** Where the template's name is looked up. @default the workflow itself */
  readonly scope?: string;
  readonly message?: string;
  readonly inputs?: Inputs;
  readonly outputs?: Outputs;
  readonly flag?: { readonly hooked?: boolean; readonly retried?: boolean };
  /** Where its outputs are remembered, and whether they were. */
  readonly memo?: { readonly hit: boolean; readonly key: string; readonly cacheName: string };
  /** The lock that it waits for before it begins. */
  readonly waiting?: string;
  /** Ids of the nodes that it follows. */
  readonly parents: readonly string[];
}

function hasInputs(inputs: Inputs | undefined): inputs is Inputs {
  return (inputs?.parameters ?? []).length > 0 || (inputs?.artifacts ?? []).length > 0;
}

function shownName(pass: Pass, fresh: NewNode): string {
  const chosen = fresh.template?.template.annotations?.['workflows.argoproj.io/display-name'];
  if (chosen !== undefined && /^[a-zA-Z0-9][a-zA-Z0-9-.]{0,61}[a-zA-Z0-9]$/.test(chosen)) return chosen;
  const boundary = fresh.boundaryId === undefined ? undefined : pass.draft.get(fresh.boundaryId);
  return displayName(fresh.name, boundary?.name);
}

function recordPhase(pass: Pass, node: NodeStatus): void {
  if (!pass.observed.settings.nodeEvents) return;
  const { phase = 'Pending' } = node;
  if (phase !== 'Running' && !isCompleted(node)) return;
  const told = node.message === undefined || node.message === '' ? '' : `: ${node.message}`;
  const type = phase === 'Running' || phase === 'Succeeded' ? 'Normal' : 'Warning';
  const message = `${phase} node ${node.name}${phase === 'Running' ? '' : told}`;
  pass.actions.push({ kind: 'record-event', event: { type, reason: `WorkflowNode${phase}`, message } });
}

/** What every new node says. */
function bornNode(pass: Pass, fresh: NewNode, id: string): NodeStatus {
  const { scope = '' } = fresh;
  return {
    id,
    name: fresh.name,
    displayName: shownName(pass, fresh),
    type: fresh.type,
    templateScope: scope === '' ? `local/${pass.name}` : scope,
    phase: fresh.phase,
    startedAt: pass.nowText,
  };
}

/** What only some new nodes say. */
function bornWith(pass: Pass, fresh: NewNode): Partial<NodeStatus> {
  const ended = !['Pending', 'Running'].includes(fresh.phase);
  return definedMembers({
    synchronizationStatus: fresh.waiting === undefined ? undefined : { waiting: fresh.waiting },
    memoizationStatus: fresh.memo,
    templateName: fresh.templateName,
    templateRef: fresh.templateRef,
    boundaryID: fresh.boundaryId,
    message: fresh.message,
    finishedAt: ended ? pass.nowText : undefined,
    nodeFlag: fresh.flag,
    inputs: hasInputs(fresh.inputs) ? fresh.inputs : undefined,
    outputs: fresh.outputs,
    taskResultSynced: fresh.type === 'Pod' ? ended : undefined,
  });
}

/** Files a new node under its parents. A node that is born fulfilled wakes whoever waits for it. */
export function createNode(pass: Pass, fresh: NewNode): NodeStatus {
  const id = nodeId(pass.name, fresh.name);
  const before = pass.draft.get(id);
  assert(before === undefined || isLockWaiting(before), `node ${fresh.name} is created twice`);
  const { startedAt, children } = before ?? {};
  const node = { ...bornNode(pass, fresh, id), ...bornWith(pass, fresh), ...definedMembers({ startedAt, children }) };
  pass.draft.put(node);
  for (const parent of fresh.parents) pass.draft.link(parent, id);
  recordPhase(pass, node);
  if (!isFulfilled(node)) return node;
  settleEnd(pass, node, node.outputs);
  wakeHolder(pass, node);
  return node;
}

/** True when hooks of the call that a node belongs to look at its phase while it runs. */
function isWatched(pass: Pass, node: NodeStatus): boolean {
  return Object.keys(callOfNode(pass, node)?.hooks ?? {}).some((key) => key !== 'exit');
}

/** Files a change of a node that is not fulfilled yet; the phase never goes back. */
export function changeNode(pass: Pass, node: NodeStatus, change: Partial<NodeStatus>): NodeStatus {
  assert(!isFulfilled(node), `node ${node.name} is fulfilled and must not change`);
  const next = { ...node, ...change };
  pass.draft.put(next);
  if (next.phase === node.phase) return next;
  recordPhase(pass, next);
  if (isWatched(pass, next)) wakeHolder(pass, next);
  return next;
}

function withoutMessage(node: NodeStatus): NodeStatus {
  const { message: _message, ...rest } = node;
  return rest;
}

function withoutWaiting(node: NodeStatus): NodeStatus {
  const { synchronizationStatus: _waiting, ...rest } = node;
  return rest;
}

/** Takes a node's message away. */
export function clearMessage(pass: Pass, node: NodeStatus): NodeStatus {
  if (node.message === undefined) return node;
  const next = withoutMessage(node);
  pass.draft.put(next);
  return next;
}

/** How a node ends. */
export interface Ending {
  readonly phase: NodePhase;
  readonly message?: string;
  readonly outputs?: Outputs;
}

function shareParameters(pass: Pass, parameters: Outputs['parameters'] = []): void {
  for (const item of parameters) {
    const name = item.globalName ?? '';
    if (name !== '' && item.value !== undefined) pass.globalOutputs.set(name, { name, value: item.value });
  }
}

function shareArtifacts(pass: Pass, artifacts: Outputs['artifacts'] = []): void {
  for (const { globalName: name = '', ...rest } of artifacts) {
    if (name !== '') pass.globalArtifacts.set(name, { ...rest, name });
  }
}

function settleEnd(pass: Pass, node: NodeStatus, outputs: Outputs | undefined): void {
  shareParameters(pass, outputs?.parameters);
  shareArtifacts(pass, outputs?.artifacts);
  pass.waits.delete(node.id);
  // A lock that its holder waits for or has goes back with the holder's end.
  pass.locks.holding.delete(node.id);
  pass.locks.waiting.delete(node.id);
}

/** Ends a node and wakes whoever waits for it. The old message goes unless a new one is given. */
export function endNode(pass: Pass, node: NodeStatus, ending: Ending): NodeStatus {
  assert(!isFulfilled(node), `node ${node.name} is fulfilled and must not end again`);
  const next: NodeStatus = {
    ...withoutWaiting(withoutMessage(node)),
    phase: ending.phase,
    ...(ending.message === undefined ? {} : { message: ending.message }),
    finishedAt: pass.nowText,
    ...(ending.outputs === undefined ? {} : { outputs: ending.outputs }),
    ...(node.type === 'Pod' ? { taskResultSynced: true } : {}),
  };
  pass.draft.put(next);
  saveMemo(pass, next);
  settleEnd(pass, next, next.outputs);
  recordPhase(pass, next);
  wakeHolder(pass, next);
  return next;
}

/** Ends a daemon, which counted as fulfilled while it ran: the one change that such a node sees. */
export function endDaemon(pass: Pass, node: NodeStatus, ending: Ending): void {
  assert(isDaemon(node), `node ${node.name} is no daemon that runs`);
  const { daemoned: _daemoned, ...rest } = withoutMessage(node);
  const message = ending.message === undefined ? {} : { message: ending.message };
  const next: NodeStatus = {
    ...rest,
    ...message,
    phase: ending.phase,
    finishedAt: pass.nowText,
    taskResultSynced: true,
  };
  pass.draft.put(next);
  settleEnd(pass, next, next.outputs);
  recordPhase(pass, next);
  wakeHolder(pass, next);
}

/** A node that could not even start: type Skipped, phase Error, as upstream files it. */
export function createErrorNode(pass: Pass, fresh: Omit<NewNode, 'type' | 'phase'>, message: string): NodeStatus {
  return createNode(pass, { ...fresh, type: 'Skipped', phase: 'Error', message });
}

/** Where followers of a node are attached: the last nodes that ran inside it. */
export function outboundOf(pass: Pass, node: NodeStatus): readonly string[] {
  switch (node.type) {
    case 'Steps':
    case 'DAG':
      return (node.outboundNodes ?? []).flatMap((id) => outboundOfId(pass, id));
    case 'Retry': {
      const attempts = childrenOf(pass, node.id).filter((child) => child.nodeFlag?.retried === true);
      const last = attempts.at(-1);
      return last === undefined ? [node.id] : outboundOf(pass, last);
    }
    case 'TaskGroup': {
      const turns = childrenOf(pass, node.id).filter((child) => child.nodeFlag?.hooked !== true);
      return turns.length === 0 ? [node.id] : turns.flatMap((child) => outboundOf(pass, child));
    }
    default:
      return [node.id];
  }
}

function outboundOfId(pass: Pass, id: string): readonly string[] {
  const node = pass.draft.get(id);
  return node === undefined ? [] : outboundOf(pass, node);
}

/** The children of a node that exist. */
export function childrenOf(pass: Pass, id: string): readonly NodeStatus[] {
  return pass.draft
    .childrenOf(id)
    .map((child) => pass.draft.get(child))
    .filter((child) => child !== undefined);
}
