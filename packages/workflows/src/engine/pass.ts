import type { Artifact, NodeStatus, Parameter, Workflow, WorkflowStep } from '@argosy/api/workflows';
import type { PlanEnv } from '@argosy/kube/plan';
import { after, formatTime, instant, milliseconds, parseTime, type Instant } from '@argosy/std';

import { resolveArguments } from './config-references.ts';
import { findTemplate, type CompiledTemplate, type CompiledWorkflow } from './compiled.ts';
import type { PodFacts, WorkflowAction, WorkflowObserved } from './contract.ts';
import { openDraft, type NodeDraft } from './node-draft.ts';
import { indexNodes, isFulfilled } from './node-memory.ts';
import { callNameOf } from './node-names.ts';

import { readLocks, type LockTable } from './locks.ts';
import { LOCAL, targetOf } from './template-sources.ts';

/** Why nothing new may start, and what nodes that must end are told. */
export interface Stopping {
  readonly cause: 'Stop' | 'Terminate' | 'deadline';
}

/** Labels and annotations. */
export interface Metadata {
  readonly labels: { readonly [key: string]: string };
  readonly annotations: { readonly [key: string]: string };
}

/** What one boundary must look at again: everything, or the nodes inside it with these ids. */
export type Touched = 'all' | Set<string>;

/** One round over one workflow: what it reads, and what it has decided so far. */
export interface Pass {
  readonly observed: WorkflowObserved;
  readonly workflow: Workflow;
  readonly compiled: CompiledWorkflow;
  readonly env: PlanEnv;
  readonly nowText: string;
  /** The workflow's labels and annotations, those that this round adds included. */
  readonly metadata: Metadata;
  /** What this round adds to them. */
  readonly addedMetadata: Metadata;
  /** The workflow's name, which is the root node's name. */
  readonly name: string;
  readonly startedAt: Instant;
  /** The workflow's arguments, those from ConfigMaps included. */
  readonly arguments: readonly Parameter[];
  /** Why the workflow cannot run at all. */
  readonly problem: string | undefined;
  readonly draft: NodeDraft;
  readonly actions: WorkflowAction[];
  readonly pods: ReadonlyMap<string, PodFacts>;
  /** Boundaries and Retry nodes to look at, in order of arrival. */
  readonly work: Map<string, Touched>;
  readonly waits: Map<string, Instant>;
  readonly blocked: Set<string>;
  /** How many dependencies of a task are through, from the first one on; see `Carried`. */
  readonly through: Map<string, number>;
  readonly globalOutputs: Map<string, Parameter>;
  readonly globalArtifacts: Map<string, Artifact>;
  /** Who holds and who waits for locks, as the next status will say. */
  readonly locks: LockTable;
  /** Holders that got their locks in this round: recorded now, used in the next. */
  readonly granted: Set<string>;
  /** What this round remembers in caches, by `<cache>/<key>`: what starts later in the round must find it. */
  readonly remembered: Map<string, string>;
  readonly stopping: Stopping | undefined;
  /** True while spec.suspend holds everything back. */
  readonly suspended: boolean;
}

function deadlineOf(workflow: Workflow, compiled: CompiledWorkflow, startedAt: Instant): Instant | undefined {
  const limit = compiled.spec.activeDeadlineSeconds;
  return limit === undefined ? undefined : after(startedAt, milliseconds(limit * 1000));
}

/** When the workflow must be over; `undefined` when it may take for ever. */
export function workflowDeadline(pass: Pass): Instant | undefined {
  return deadlineOf(pass.workflow, pass.compiled, pass.startedAt);
}

/** Past its deadline a workflow stops only in a round that sees all its pods: each must be told. */
function stoppingOf(observed: WorkflowObserved, deadline: Instant | undefined, now: Instant): Stopping | undefined {
  const { shutdown } = observed.workflow.spec;
  if (shutdown === 'Stop' || shutdown === 'Terminate') return { cause: shutdown };
  const isLate = deadline !== undefined && deadline <= now && observed.touched === 'all';
  return isLate ? { cause: 'deadline' } : undefined;
}

/** Statuses hold whole seconds, so what is counted from a start is counted from the second's beginning. */
export function startOfSecond(at: Instant): Instant {
  return instant(Math.floor(at / 1000) * 1000);
}

function carriedOf(observed: WorkflowObserved): Pick<Pass, 'waits' | 'through'> {
  const { waits = {}, through = {} } = observed.carried ?? {};
  return { waits: new Map(Object.entries(waits)), through: new Map(Object.entries(through)) };
}

/** What a round knows of the workflow's arguments. One that runs holds still while they cannot be read. */
function argumentsOf(observed: WorkflowObserved, compiled: CompiledWorkflow) {
  const { workflow, configMaps = {} } = observed;
  const given = resolveArguments(compiled.spec, configMaps);
  const { suspend = false } = workflow.spec;
  if (given.ok) return { arguments: given.value, problem: undefined, suspended: suspend };
  const hasStarted = (workflow.status?.phase ?? '') !== '';
  return { arguments: [], problem: given.error, suspended: suspend || hasStarted };
}

function factsOf(
  observed: WorkflowObserved,
): Pick<Pass, 'metadata' | 'addedMetadata' | 'globalOutputs' | 'globalArtifacts' | 'pods' | 'locks' | 'granted'> {
  const { metadata, status } = observed.workflow;
  const { labels = {}, annotations = {} } = metadata;
  return {
    metadata: { labels, annotations },
    addedMetadata: { labels: {}, annotations: {} },
    globalOutputs: new Map((status?.outputs?.parameters ?? []).map((item) => [item.name, item])),
    globalArtifacts: new Map((status?.outputs?.artifacts ?? []).map((item) => [item.name, item])),
    pods: new Map(observed.pods.map((pod) => [pod.nodeId, pod])),
    locks: readLocks(status?.synchronization),
    granted: new Set(),
  };
}

/** Opens a round. A workflow without start counts as started now. */
export function openPass(observed: WorkflowObserved, compiled: CompiledWorkflow, env: PlanEnv): Pass {
  const { workflow } = observed;
  const { name } = workflow.metadata;
  const startedAt = parseTime(workflow.status?.startedAt ?? '') ?? startOfSecond(env.now);
  return {
    observed,
    workflow,
    compiled,
    env,
    nowText: formatTime(env.now),
    name,
    startedAt,
    draft: openDraft(observed.memory ?? indexNodes(name, workflow.status?.nodes)),
    actions: [],
    work: new Map(),
    blocked: new Set(),
    remembered: new Map(),
    ...factsOf(observed),
    ...carriedOf(observed),
    ...argumentsOf(observed, compiled),
    stopping: stoppingOf(observed, deadlineOf(workflow, compiled, startedAt), env.now),
  };
}

/** True for the nodes of exit handlers, of the workflow or of a step: they run although the rest must stop. */
export function isExitNode(nodeName: string): boolean {
  return /\.onExit($|[.[(])/.test(nodeName);
}

/** True when nothing new may start under this name. */
export function isStopped(pass: Pass, nodeName: string): boolean {
  if (pass.stopping === undefined) return false;
  return pass.stopping.cause === 'Terminate' || !isExitNode(nodeName);
}

/** Asks for another look at a boundary or a Retry node; `nodeId` narrows it to a node inside it that changed. */
export function requestWork(pass: Pass, id: string, nodeId?: string): void {
  const wanted = pass.work.get(id);
  if (wanted === 'all') return;
  if (nodeId === undefined) pass.work.set(id, 'all');
  else if (wanted === undefined) pass.work.set(id, new Set([nodeId]));
  else wanted.add(nodeId);
}

/** Tells whoever waits for a node that it changed. */
export function wakeHolder(pass: Pass, node: NodeStatus): void {
  if (node.nodeFlag?.retried === true) {
    const retry = pass.draft.byName(node.name.replace(/\(\d+\)$/, ''));
    if (retry !== undefined) requestWork(pass, retry.id);
    return;
  }
  if (node.boundaryID !== undefined) requestWork(pass, node.boundaryID, node.id);
}

/** Remembers when a node must be looked at again. */
export function waitUntil(pass: Pass, nodeId: string, at: Instant): void {
  pass.waits.set(nodeId, at);
}

/** The nearest enclosing Steps or DAG node. */
export function boundaryOf(pass: Pass, node: NodeStatus): NodeStatus | undefined {
  return node.boundaryID === undefined ? undefined : pass.draft.get(node.boundaryID);
}

function inlineOf(parent: CompiledTemplate | undefined, call: string): CompiledTemplate | undefined {
  return parent?.stepsByName.get(call)?.inline ?? parent?.dag?.tasks.get(call)?.inline;
}

/** Where the name of a node's template is looked up: `''` is the workflow itself. */
export function scopeOfNode(node: NodeStatus): string {
  const { templateScope = '' } = node;
  return templateScope.startsWith('local/') ? LOCAL : templateScope;
}

/** The compiled template that a node runs; `undefined` when its definition is gone. */
export function templateOf(pass: Pass, node: NodeStatus): CompiledTemplate | undefined {
  const { templateName: template = '', templateRef } = node;
  const call = templateRef === undefined ? { template } : { templateRef };
  const target = targetOf(call, scopeOfNode(node));
  if (target.name !== '') return findTemplate(pass.compiled, target);
  const boundary = boundaryOf(pass, node);
  if (boundary === undefined) return undefined;
  return inlineOf(templateOf(pass, boundary), callNameOf(node.name, boundary.name) ?? '');
}

/** The step or task that a node belongs to. */
export function callOfNode(pass: Pass, node: NodeStatus): WorkflowStep | undefined {
  const boundary = boundaryOf(pass, node);
  if (boundary === undefined) return undefined;
  const name = callNameOf(node.name, boundary.name) ?? '';
  const template = templateOf(pass, boundary);
  return template?.stepsByName.get(name)?.step ?? template?.dag?.tasks.get(name)?.task;
}

/** True when somebody reads outputs.result of this node. */
export function needsResult(pass: Pass, node: NodeStatus): boolean {
  const boundary = boundaryOf(pass, node);
  if (boundary === undefined) return false;
  const call = callNameOf(node.name, boundary.name);
  return call !== undefined && templateOf(pass, boundary)?.resultsUsed.has(call) === true;
}

/** The root's phase as workflows tell it, once the root is through. */
export function rootOutcome(pass: Pass): 'Running' | 'Succeeded' | 'Failed' | 'Error' {
  const root = pass.draft.get(pass.name);
  if (root === undefined || !isFulfilled(root)) return 'Running';
  return root.phase === 'Failed' || root.phase === 'Error' ? root.phase : 'Succeeded';
}
