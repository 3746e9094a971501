import type { NodeStatus } from '@argosy/api/workflows';

import { FAIL_FAST_MESSAGE, isFailingFast } from './boundary-room.ts';
import { boundaryOutputs } from './boundary-outputs.ts';
import type { CompiledStep } from './compiled.ts';
import { isFailedOrError, isFulfilled } from './node-memory.ts';
import { callNameOf } from './node-names.ts';
import { childrenOf, createNode, endNode, outboundOf } from './nodes.ts';
import { isStopped, type Pass, type Touched } from './pass.ts';
import { ensureHooks } from './call-hooks.ts';
import type { Call } from './call-scope.ts';
import type { Frame } from './scope.ts';
import { ensureTurns, expandCall, failTurn, isTolerated, skipTurn } from './start-call.ts';

interface Group {
  readonly node: NodeStatus;
  readonly index: number;
  readonly steps: readonly CompiledStep[];
}

function groupNode(pass: Pass, frame: Frame, index: number): NodeStatus | undefined {
  return pass.draft.byName(`${frame.node.name}[${index}]`);
}

function parentsOfGroup(pass: Pass, frame: Frame, index: number): readonly string[] {
  if (index === 0) return [frame.node.id];
  const before = groupNode(pass, frame, index - 1);
  if (before === undefined) return [];
  const outbound = stepsOf(pass, before).flatMap((node) => outboundOf(pass, node));
  return outbound.length === 0 ? [before.id] : outbound;
}

function stepsOf(pass: Pass, group: NodeStatus): readonly NodeStatus[] {
  return childrenOf(pass, group.id).filter((node) => node.nodeFlag?.hooked !== true);
}

function callOf(frame: Frame, step: CompiledStep): Call {
  return {
    kind: 'steps',
    name: step.name,
    step: step.step,
    inline: step.inline,
    nodeName: `${frame.node.name}[${step.groupIndex}].${step.name}`,
  };
}

function advanceStep(pass: Pass, frame: Frame, work: { group: NodeStatus; step: CompiledStep }): boolean {
  const call = callOf(frame, work.step);
  const at = { frame, parents: [work.group.id] };
  const single = pass.draft.byName(call.nodeName);
  if (single !== undefined) return ensureHooks(pass, { call, node: single }, frame) === 'done';
  const expansion = expandCall(pass, frame, call);
  if (expansion.kind === 'turns' && expansion.turns.length > 0) {
    return ensureTurns(pass, { call, turns: expansion.turns }, at);
  }
  if (pass.suspended || isStopped(pass, call.nodeName)) return false;
  if (expansion.kind === 'skip') skipTurn(pass, { nodeName: call.nodeName, message: expansion.message }, at);
  else if (expansion.kind === 'problem') {
    failTurn(pass, { nodeName: call.nodeName, message: expansion.message }, at);
  } else skipTurn(pass, { nodeName: call.nodeName, message: 'Skipped, empty params' }, at);
  return true;
}

function stepOf(frame: Frame, node: NodeStatus): CompiledStep | undefined {
  return frame.compiled.stepsByName.get(callNameOf(node.name, frame.node.name) ?? '');
}

function failedStep(pass: Pass, frame: Frame, group: Group): NodeStatus | undefined {
  return stepsOf(pass, group.node).find((node) => {
    const step = stepOf(frame, node);
    return step !== undefined && !isTolerated(step.step, node);
  });
}

/** Ends the group when all its steps and their exit handlers are through. */
function concludeGroup(pass: Pass, frame: Frame, group: Group): void {
  const node = pass.draft.get(group.node.id) ?? group.node;
  if (isFulfilled(node)) return;
  const failed = failedStep(pass, frame, group);
  if (failed === undefined) {
    endNode(pass, node, { phase: 'Succeeded' });
    return;
  }
  // compat(workflows-0001): the message names the failed child by node id, not by name; tools match on it.
  endNode(pass, node, { phase: 'Failed', message: `child '${failed.id}' failed` });
}

/** Runs the exit handlers of steps that ended; nothing else follows from one step's end. */
function followUp(pass: Pass, frame: Frame, touched: ReadonlySet<string>): void {
  for (const id of touched) {
    const node = pass.draft.get(id);
    const step = node === undefined ? undefined : stepOf(frame, node);
    if (node === undefined || step === undefined || node.nodeFlag?.hooked === true) continue;
    ensureHooks(pass, { call: callOf(frame, step), node }, frame);
  }
}

/** Asks every step of the group: starts what is missing. True when nothing is missing. */
function advanceAll(pass: Pass, frame: Frame, group: Group): boolean {
  let complete = true;
  for (const step of group.steps) {
    if (!advanceStep(pass, frame, { group: group.node, step })) complete = false;
  }
  return complete;
}

/** Looks at one group; true when it is fulfilled. The whole group is asked only at its start and when all is quiet. */
function advanceGroup(pass: Pass, frame: Frame, work: { group: Group; touched: Touched }): boolean {
  const { group, touched } = work;
  if (isFulfilled(group.node)) return true;
  if (touched !== 'all') {
    followUp(pass, frame, touched);
    if (pass.draft.openIn(group.node.id) > 0) return false;
  }
  const complete = advanceAll(pass, frame, group);
  if (pass.draft.openIn(group.node.id) > 0) return false;
  if (isFailingFast(pass, frame)) {
    endNode(pass, pass.draft.get(group.node.id) ?? group.node, { phase: 'Failed', message: FAIL_FAST_MESSAGE });
  } else if (complete) concludeGroup(pass, frame, group);
  else if (!isStopped(pass, group.node.name)) return false;
  else endNode(pass, group.node, { phase: 'Failed', message: stoppedMessage(pass) });
  return true;
}

function stoppedMessage(pass: Pass): string {
  const cause = pass.stopping?.cause ?? 'deadline';
  return cause === 'deadline' ? 'Step exceeded its deadline' : `Stopped with strategy '${cause}'`;
}

function withOutbound(pass: Pass, frame: Frame, lastGroup: NodeStatus | undefined): NodeStatus {
  const node = pass.draft.get(frame.node.id) ?? frame.node;
  if (lastGroup === undefined) return node;
  const outboundNodes = stepsOf(pass, lastGroup).flatMap((step) => outboundOf(pass, step));
  return outboundNodes.length === 0 ? node : { ...node, outboundNodes };
}

function conclude(pass: Pass, frame: Frame, lastGroup: NodeStatus | undefined): void {
  const node = withOutbound(pass, frame, lastGroup);
  if (lastGroup?.phase === 'Failed' || lastGroup?.phase === 'Error') {
    const { phase, message } = lastGroup;
    endNode(pass, node, { phase, ...(message === undefined ? {} : { message }) });
    return;
  }
  const outputs = boundaryOutputs(pass, frame);
  if (!outputs.ok) endNode(pass, node, { phase: 'Error', message: outputs.error });
  else endNode(pass, node, { phase: 'Succeeded', ...(outputs.value === undefined ? {} : { outputs: outputs.value }) });
}

function openGroup(pass: Pass, frame: Frame, index: number): NodeStatus {
  return createNode(pass, {
    name: `${frame.node.name}[${index}]`,
    type: 'StepGroup',
    phase: 'Running',
    boundaryId: frame.node.id,
    parents: parentsOfGroup(pass, frame, index),
  });
}

/** The first group that is not fulfilled; found from the end of what exists. */
function currentGroup(pass: Pass, frame: Frame): number {
  const { groups } = frame.compiled;
  let index = 0;
  while (index < groups.length && isDone(groupNode(pass, frame, index))) index += 1;
  return index;
}

function isDone(node: NodeStatus | undefined): boolean {
  return node !== undefined && isFulfilled(node) && !isFailedOrError(node);
}

/** False between two groups when nothing new may start; a workflow that must stop ends here. */
function mayGoOn(pass: Pass, frame: Frame): boolean {
  if (isStopped(pass, frame.node.name)) {
    endNode(pass, frame.node, { phase: 'Failed', message: stoppedMessage(pass) });
    return false;
  }
  return !pass.suspended;
}

/** Looks at a Steps node: the touched steps of its current group, then the groups after it. */
export function advanceSteps(pass: Pass, frame: Frame, touched: Touched): void {
  const { groups } = frame.compiled;
  let wanted = touched;
  for (let index = currentGroup(pass, frame); index < groups.length; index += 1) {
    const existing = groupNode(pass, frame, index);
    if (existing === undefined && !mayGoOn(pass, frame)) return;
    const node = existing ?? openGroup(pass, frame, index);
    const group = { node, index, steps: groups[index] ?? [] };
    if (!advanceGroup(pass, frame, { group, touched: existing === undefined ? 'all' : wanted })) return;
    const ended = pass.draft.get(node.id) ?? node;
    if (isFailedOrError(ended)) {
      conclude(pass, frame, ended);
      return;
    }
    wanted = 'all';
  }
  conclude(pass, frame, groupNode(pass, frame, groups.length - 1));
}
