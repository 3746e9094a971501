import type { NodeStatus, Outputs, Parameter } from '@argosy/api/workflows';
import { after, err, milliseconds, ok, parseTime, type Result } from '@argosy/std';

import type { CollectRequest, PodFacts, TaskOutcome } from './contract.ts';
import { parseDuration } from './duration.ts';
import { readFileOutputs } from './file-outputs.ts';
import { isFulfilled } from './node-memory.ts';
import { podName } from './node-names.ts';
import { changeNode, endNode } from './nodes.ts';
import { isStopped, needsResult, templateOf, waitUntil, wakeHolder, type Pass } from './pass.ts';
import { definedMembers } from './defined-members.ts';
import { savesOf, type ArtifactSave } from './pod-artifacts.ts';
import { podScope } from './pod-spec.ts';
import { noSource } from './sources.ts';

/** A pod that nobody sees although its node is younger than this may still be on its way into the local copy. */
export const RECENTLY_STARTED_POD = milliseconds(10_000);

/** Outputs are texts of at most this many characters; longer results are cut by whoever collects them. */
export const MAX_RESULT_LENGTH = 256 * 1024;

/** What nodes are told when the workflow stops. */
export function stopMessage(pass: Pass): string {
  const cause = pass.stopping?.cause ?? 'deadline';
  // compat(workflows-0002): two blanks before the strategy, as upstream writes it; people search logs for it.
  return cause === 'deadline' ? 'Step exceeded its deadline' : `workflow shutdown with strategy:  ${cause}`;
}

function missingPod(pass: Pass, node: NodeStatus): void {
  const expectedFrom = after(parseTime(node.startedAt ?? '') ?? pass.env.now, RECENTLY_STARTED_POD);
  if (pass.env.now < expectedFrom) waitUntil(pass, node.id, expectedFrom);
  else endNode(pass, node, { phase: 'Error', message: 'pod deleted' });
}

function seenOn(facts: PodFacts): Partial<NodeStatus> {
  return {
    ...(facts.podIP === undefined ? {} : { podIP: facts.podIP }),
    ...(facts.hostNodeName === undefined ? {} : { hostNodeName: facts.hostNodeName }),
  };
}

function sameMessage(node: NodeStatus, facts: PodFacts): boolean {
  return (node.message ?? '') === (facts.message ?? '');
}

function isUpToDate(node: NodeStatus, facts: PodFacts, phase: NodeStatus['phase']): boolean {
  const isPlaced = node.hostNodeName === facts.hostNodeName && node.podIP === facts.podIP;
  return isPlaced && node.phase === phase && sameMessage(node, facts);
}

function livePod(pass: Pass, node: NodeStatus, facts: PodFacts): void {
  const phase = facts.phase === 'Pending' && node.phase !== 'Running' ? 'Pending' : 'Running';
  if (!isUpToDate(node, facts, phase)) {
    const { message: _old, ...rest } = node;
    const message = facts.message === undefined ? {} : { message: facts.message };
    changeNode(pass, { ...rest, phase: node.phase ?? 'Pending' }, { phase, ...message, ...seenOn(facts) });
  }
  if (phase === 'Pending') checkPendingTimeout(pass, node, facts);
  else if (facts.isReady === true) becomeDaemon(pass, pass.draft.get(node.id) ?? node);
}

function isDaemonTemplate(pass: Pass, node: NodeStatus): boolean {
  return templateOf(pass, node)?.template.daemon === true;
}

/** A daemon that is ready lets the others go on. */
function becomeDaemon(pass: Pass, node: NodeStatus): void {
  if (!isDaemonTemplate(pass, node)) return;
  wakeHolder(pass, changeNode(pass, node, { daemoned: true }));
}

function checkPendingTimeout(pass: Pass, node: NodeStatus, facts: PodFacts): void {
  const { pendingTimeout = '', timeout = '' } = templateOf(pass, node)?.template ?? {};
  const spans = [pendingTimeout, timeout].map((text) => (text === '' ? undefined : parseDuration(text)));
  const limits = spans.filter((span) => span !== undefined);
  if (limits.length === 0) return;
  const started = parseTime(node.startedAt ?? '') ?? pass.env.now;
  const until = after(started, milliseconds(Math.min(...limits)));
  if (pass.env.now < until) {
    waitUntil(pass, node.id, until);
    return;
  }
  endNode(pass, pass.draft.get(node.id) ?? node, { phase: 'Failed', message: 'timeout' });
  pass.actions.push({ kind: 'delete-pod', podName: facts.name, podUid: facts.uid });
}

interface Finished {
  readonly facts: PodFacts;
  readonly outcome: TaskOutcome | undefined;
}

function outputsOf(pass: Pass, node: NodeStatus, finished: Finished): Result<Outputs | undefined, string> {
  const { facts, outcome } = finished;
  if (outcome?.error !== undefined) return err(outcome.error);
  const parameters = parametersOf(pass, node, finished);
  if (!parameters.ok) return parameters;
  const outputs: Outputs = definedMembers({
    parameters: parameters.value.length === 0 ? undefined : parameters.value,
    artifacts: outcome?.outputs.artifacts,
    result: outcome?.outputs.result,
    exitCode: facts.exitCode?.toString(),
  });
  return ok(Object.keys(outputs).length === 0 ? undefined : outputs);
}

/** Output parameters that were reported win over those in the termination message; a failed program has none. */
function parametersOf(pass: Pass, node: NodeStatus, finished: Finished): Result<readonly Parameter[], string> {
  const reported = finished.outcome?.outputs?.parameters;
  if (reported !== undefined || finished.facts.phase !== 'Succeeded') return ok(reported ?? []);
  const declared = templateOf(pass, node)?.template.outputs?.parameters ?? [];
  return readFileOutputs(declared, finished.facts.terminationMessage);
}

/** What is stored of the pod of a node. */
function savesOfNode(pass: Pass, node: NodeStatus): Result<readonly ArtifactSave[], string> {
  const template = templateOf(pass, node)?.template;
  if (template === undefined) return ok([]);
  const templateName = node.templateName ?? node.templateRef?.template;
  const scope = podScope(pass, {
    name: node.name,
    template,
    templateName,
    inputs: node.inputs ?? {},
    locals: noSource,
  });
  return savesOf(pass, template, scope);
}

/** What must be fetched before the node can end; undefined when nothing is, or when it was. */
function requestFor(pass: Pass, node: NodeStatus, finished: Finished): Result<CollectRequest | undefined, string> {
  const { facts, outcome } = finished;
  if (outcome !== undefined) return ok(undefined);
  const wantsResult = needsResult(pass, node);
  const saves = savesOfNode(pass, node);
  if (!saves.ok) return saves;
  if (!wantsResult && saves.value.length === 0) return ok(undefined);
  const pod = { nodeId: node.id, podName: facts.name, podUid: facts.uid };
  return ok({ ...pod, wantsResult, hasFailed: facts.phase === 'Failed', saves: saves.value });
}

/** A daemon must not end by itself, however well. */
function phaseAtEnd(pass: Pass, node: NodeStatus, facts: PodFacts): 'Succeeded' | 'Failed' | 'Error' {
  if (facts.phase === 'Succeeded') return isDaemonTemplate(pass, node) ? 'Failed' : 'Succeeded';
  return facts.blame ?? 'Failed';
}

function finishedPod(pass: Pass, node: NodeStatus, finished: Finished): void {
  const { facts } = finished;
  const request = requestFor(pass, node, finished);
  if (request.ok && request.value !== undefined) {
    pass.actions.push({ kind: 'collect-outputs', request: request.value });
    if (node.phase === 'Pending') changeNode(pass, node, { phase: 'Running', ...seenOn(facts) });
    return;
  }
  const outputs = request.ok ? outputsOf(pass, node, finished) : request;
  const ended = { ...node, ...seenOn(facts) };
  if (outputs.ok) endWithPod(pass, ended, { facts, outputs: outputs.value });
  else endNode(pass, ended, { phase: 'Error', message: outputs.error });
}

function endWithPod(pass: Pass, node: NodeStatus, given: { facts: PodFacts; outputs: Outputs | undefined }): void {
  const { facts, outputs } = given;
  const phase = phaseAtEnd(pass, node, facts);
  const message = phase === 'Succeeded' ? undefined : facts.message;
  endNode(pass, node, { phase, ...definedMembers({ message, outputs }) });
}

function stopPod(pass: Pass, node: NodeStatus, facts: PodFacts | undefined): void {
  endNode(pass, node, { phase: 'Failed', message: stopMessage(pass) });
  if (facts === undefined) {
    pass.actions.push({ kind: 'delete-pod', podName: podName(pass.name, node.name, node.templateName) });
  } else if (facts.phase === 'Pending') {
    pass.actions.push({ kind: 'delete-pod', podName: facts.name, podUid: facts.uid });
  } else if (facts.phase === 'Running') {
    pass.actions.push({ kind: 'terminate-pod', podName: facts.name, podUid: facts.uid });
  }
}

function isOver(facts: PodFacts): boolean {
  return facts.phase === 'Succeeded' || facts.phase === 'Failed';
}

/** Brings one Pod node up to date with its pod. */
export function followPod(pass: Pass, node: NodeStatus): void {
  if (isFulfilled(node) || node.type !== 'Pod') return;
  const facts = pass.pods.get(node.id);
  const refusal = pass.observed.refusals[node.id];
  pass.waits.delete(node.id);
  if (refusal !== undefined && facts === undefined) endNode(pass, node, { phase: 'Error', message: refusal });
  else if (facts !== undefined && isOver(facts)) {
    finishedPod(pass, node, { facts, outcome: pass.observed.outcomes[node.id] });
  } else if (isStopped(pass, node.name)) stopPod(pass, node, facts);
  else if (facts === undefined) missingPod(pass, node);
  else livePod(pass, node, facts);
}
