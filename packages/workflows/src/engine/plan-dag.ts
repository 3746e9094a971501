import type { NodeStatus } from '@argosy/api/workflows';

import { assessDag } from './assess-dag.ts';
import { FAIL_FAST_MESSAGE, isFailingFast } from './boundary-room.ts';
import { boundaryOutputs } from './boundary-outputs.ts';
import type { CompiledDag, CompiledTask } from './compiled.ts';
import { evaluateDepends, type TaskResultWord } from './depends.ts';
import { isFailedOrError, isFulfilled } from './node-memory.ts';
import { callNameOf } from './node-names.ts';
import { childrenOf, createNode, endNode, outboundOf } from './nodes.ts';
import { isStopped, type Pass, type Touched } from './pass.ts';
import { ensureHooks, hasHooks, hasRunningHooks } from './call-hooks.ts';
import type { Call } from './call-scope.ts';
import type { Frame } from './scope.ts';
import { ensureTurn, ensureTurns, expandCall, failTurn, skipTurn, type Turn } from './start-call.ts';

function callOf(frame: Frame, task: CompiledTask): Call {
  const nodeName = `${frame.node.name}.${task.name}`;
  return { kind: 'tasks', name: task.name, step: task.task, inline: task.inline, nodeName };
}

function nodeOf(pass: Pass, frame: Frame, task: string): NodeStatus | undefined {
  return pass.draft.byName(`${frame.node.name}.${task}`);
}

/** True when a task and what hangs on it are through. */
function isDone(pass: Pass, frame: Frame, task: CompiledTask): boolean {
  const node = nodeOf(pass, frame, task.name);
  if (node === undefined) return false;
  if (!hasHooks(task.task) || node.type === 'TaskGroup') return isFulfilled(node);
  if (!isFulfilled(node) && !hasRunningHooks(task.task)) return false;
  return ensureHooks(pass, { call: callOf(frame, task), node }, frame) === 'done' && isFulfilled(node);
}

function turnsOf(pass: Pass, node: NodeStatus): readonly NodeStatus[] {
  if (node.type !== 'TaskGroup') return [];
  return childrenOf(pass, node.id).filter((child) => child.nodeFlag?.hooked !== true);
}

function hasResult(pass: Pass, node: NodeStatus, word: TaskResultWord): boolean {
  switch (word) {
    case 'Errored':
      return node.phase === 'Error';
    case 'Daemoned':
      return node.daemoned === true && node.phase !== 'Pending';
    case 'AnySucceeded':
      return turnsOf(pass, node).some((child) => child.phase === 'Succeeded');
    case 'AllFailed': {
      const turns = turnsOf(pass, node);
      return turns.length > 0 && turns.every((child) => child.phase === 'Failed');
    }
    default:
      return node.phase === word;
  }
}

function isThrough(pass: Pass, task: CompiledTask, node: NodeStatus): boolean {
  const { continueOn } = task.task;
  return (
    node.phase === 'Succeeded' ||
    node.phase === 'Skipped' ||
    hasResult(pass, node, 'Daemoned') ||
    (node.phase === 'Error' && continueOn?.error === true) ||
    (node.phase === 'Failed' && continueOn?.failed === true)
  );
}

function dependsHold(pass: Pass, frame: Frame, work: { dag: CompiledDag; task: CompiledTask }): boolean {
  if (work.task.depends === undefined) return true;
  return evaluateDepends(work.task.depends, (name, word) => {
    const node = nodeOf(pass, frame, name);
    const asked = work.dag.tasks.get(name);
    if (node === undefined || asked === undefined) return false;
    return word === undefined ? isThrough(pass, asked, node) : hasResult(pass, node, word);
  });
}

function parentsOf(pass: Pass, frame: Frame, task: CompiledTask): readonly string[] {
  const parents = task.dependencies.flatMap((name) => {
    const node = nodeOf(pass, frame, name);
    return node === undefined ? [] : outboundOf(pass, node);
  });
  return parents.length === 0 ? [frame.node.id] : parents;
}

/** Starts what is missing of a loop; ends the group node when every turn is through. */
function advanceTurns(pass: Pass, frame: Frame, work: { call: Call; group: NodeStatus; turns: readonly Turn[] }): void {
  const { call, group } = work;
  const complete = ensureTurns(pass, { call, turns: work.turns }, { frame, parents: [group.id] });
  if (pass.draft.openIn(group.id) > 0) return;
  if (!complete && !isStopped(pass, group.name) && !isFailingFast(pass, frame)) return;
  const failed = turnsOf(pass, group).filter((node) => isFailedOrError(node));
  const phase = failed.at(-1)?.phase ?? (complete ? 'Succeeded' : 'Failed');
  endNode(pass, pass.draft.get(group.id) ?? group, { phase });
}

function openGroup(pass: Pass, frame: Frame, work: { call: Call; parents: readonly string[] }): NodeStatus {
  return createNode(pass, {
    name: work.call.nodeName,
    type: 'TaskGroup',
    phase: 'Running',
    boundaryId: frame.node.id,
    parents: work.parents,
    ...(work.call.step.template === undefined ? {} : { templateName: work.call.step.template }),
  });
}

/** Starts a task whose dependencies are through. */
function startTask(pass: Pass, frame: Frame, work: { dag: CompiledDag; task: CompiledTask }): void {
  const call = callOf(frame, work.task);
  if (pass.suspended || isStopped(pass, call.nodeName) || isFailingFast(pass, frame)) return;
  const parents = parentsOf(pass, frame, work.task);
  const at = { frame, parents };
  if (!dependsHold(pass, frame, work)) {
    createNode(pass, {
      name: call.nodeName,
      type: 'Skipped',
      phase: 'Omitted',
      message: 'omitted: depends condition not met',
      boundaryId: frame.node.id,
      parents,
    });
    return;
  }
  const expansion = expandCall(pass, frame, call);
  if (expansion.kind === 'skip') skipTurn(pass, { nodeName: call.nodeName, message: expansion.message }, at);
  else if (expansion.kind === 'problem') {
    failTurn(pass, { nodeName: call.nodeName, message: expansion.message }, at);
  } else if (!expansion.isLoop) ensureTurn(pass, { call, turn: { nodeName: call.nodeName } }, at);
  else if (expansion.turns.length === 0) {
    skipTurn(pass, { nodeName: call.nodeName, message: 'Skipped, empty params' }, at);
  } else {
    const group = openGroup(pass, frame, { call, parents });
    advanceTurns(pass, frame, { call, group, turns: expansion.turns });
  }
}

function advanceGroup(pass: Pass, frame: Frame, work: { task: CompiledTask; group: NodeStatus }): void {
  const call = callOf(frame, work.task);
  const expansion = expandCall(pass, frame, call);
  if (expansion.kind === 'turns') advanceTurns(pass, frame, { call, group: work.group, turns: expansion.turns });
}

/** Tasks that wait for more than this many others are not asked from the start each time. */
export const MANY_DEPENDENCIES = 64;

/**
 * True when everything that a task waits for is through. What is through stays so: with many dependencies the count
 * of those at the front is kept, and all looks together cost one walk over the list.
 */
function isReady(pass: Pass, frame: Frame, work: { dag: CompiledDag; task: CompiledTask }): boolean {
  const { dag, task } = work;
  const { dependencies } = task;
  const nodeName = `${frame.node.name}.${task.name}`;
  let count = pass.through.get(nodeName) ?? 0;
  while (count < dependencies.length) {
    const dependency = dag.tasks.get(dependencies[count] ?? '');
    if (dependency === undefined || !isDone(pass, frame, dependency)) break;
    count += 1;
  }
  if (dependencies.length > MANY_DEPENDENCIES) pass.through.set(nodeName, count);
  return count === dependencies.length;
}

/** Looks at one task; true when it and its exit handler are through. */
function advanceTask(pass: Pass, frame: Frame, work: { dag: CompiledDag; task: CompiledTask }): boolean {
  const { task } = work;
  const node = nodeOf(pass, frame, task.name);
  if (node === undefined) {
    if (isReady(pass, frame, work)) startTask(pass, frame, work);
    if (nodeOf(pass, frame, task.name) !== undefined) pass.through.delete(`${frame.node.name}.${task.name}`);
  } else if (node.type === 'TaskGroup' && !isFulfilled(node)) {
    advanceGroup(pass, frame, { task, group: node });
  }
  return isDone(pass, frame, task);
}

/** Runs the exit handlers of loop turns that ended; true when their whole group must be asked. */
function followUp(pass: Pass, frame: Frame, work: { task: CompiledTask; node: NodeStatus }): boolean {
  const { task, node } = work;
  const group = nodeOf(pass, frame, task.name);
  if (group?.type !== 'TaskGroup' || isFulfilled(group)) return true;
  if (node.nodeFlag?.hooked !== true && node.id !== group.id) {
    ensureHooks(pass, { call: callOf(frame, task), node }, frame);
  }
  return pass.draft.openIn(group.id) === 0;
}

function touchedTasks(pass: Pass, frame: Frame, work: { dag: CompiledDag; ids: ReadonlySet<string> }): Set<string> {
  const names = new Set<string>();
  for (const id of work.ids) {
    const node = pass.draft.get(id);
    const task = node === undefined ? undefined : work.dag.tasks.get(callNameOf(node.name, frame.node.name) ?? '');
    if (node === undefined || task === undefined) continue;
    if (followUp(pass, frame, { task, node })) names.add(task.name);
  }
  return names;
}

/** Asks the given tasks, and whoever depends on one that is through, in order. */
function advanceTasks(pass: Pass, frame: Frame, work: { dag: CompiledDag; names: Iterable<string> }): void {
  const { dag } = work;
  const queue = [...work.names];
  const queued = new Set(queue);
  for (let index = 0; index < queue.length; index += 1) {
    const task = dag.tasks.get(queue[index] ?? '');
    if (task === undefined) continue;
    queued.delete(task.name);
    if (!advanceTask(pass, frame, { dag, task })) continue;
    for (const name of dag.dependents.get(task.name) ?? []) {
      if (queued.has(name) || nodeOf(pass, frame, name) !== undefined) continue;
      queued.add(name);
      queue.push(name);
    }
  }
}

function outboundNodes(pass: Pass, frame: Frame, dag: CompiledDag): readonly string[] {
  const ids = dag.targets.flatMap((name) => {
    const node = nodeOf(pass, frame, name);
    return node === undefined ? [] : outboundOf(pass, node);
  });
  return [...new Set(ids)];
}

function conclude(pass: Pass, frame: Frame, dag: CompiledDag): void {
  if (isFailingFast(pass, frame)) {
    endNode(pass, pass.draft.get(frame.node.id) ?? frame.node, { phase: 'Failed', message: FAIL_FAST_MESSAGE });
  } else concludeByTargets(pass, frame, dag);
}

function concludeByTargets(pass: Pass, frame: Frame, dag: CompiledDag): void {
  const verdict = assessDag(dag, {
    nodeOf: (task) => nodeOf(pass, frame, task),
    failFast: frame.compiled.template.dag?.failFast ?? true,
    stopped: isStopped(pass, frame.node.name),
  });
  if (verdict === 'Running') return;
  const outbound = outboundNodes(pass, frame, dag);
  const current = pass.draft.get(frame.node.id) ?? frame.node;
  const node = outbound.length === 0 ? current : { ...current, outboundNodes: outbound };
  if (verdict !== 'Succeeded') {
    endNode(pass, node, { phase: verdict });
    return;
  }
  const outputs = boundaryOutputs(pass, frame);
  if (!outputs.ok) endNode(pass, node, { phase: 'Error', message: outputs.error });
  else endNode(pass, node, { phase: verdict, ...(outputs.value === undefined ? {} : { outputs: outputs.value }) });
}

/** Looks at a DAG node: the touched tasks and what depends on them; ends it when nothing inside is open any more. */
export function advanceDag(pass: Pass, frame: Frame, touched: Touched): void {
  const { dag } = frame.compiled;
  if (dag === undefined) return;
  const names = touched === 'all' ? dag.order : touchedTasks(pass, frame, { dag, ids: touched });
  advanceTasks(pass, frame, { dag, names });
  if (pass.draft.openIn(frame.node.id) === 0) conclude(pass, frame, dag);
}
