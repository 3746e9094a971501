import {
  workflowLabels,
  type NodeStatus,
  type Parameter,
  type Workflow,
  type WorkflowSpec,
  type WorkflowStatus,
} from '@argosy/api/workflows';
import { err, formatTime, ok, type Instant, type Result } from '@argosy/std';

import { overlaySpec } from './exec-spec.ts';
import { holdersOf, isFailedOrError } from './node-memory.ts';
import { podName } from './node-names.ts';
import type { NodeTest } from './node-selector.ts';

/** What to run again. */
export interface RetryOptions {
  /** Run the selected nodes again although they succeeded. */
  readonly restartSuccessful: boolean;
  readonly selects: NodeTest;
  /** True when a selector was given. */
  readonly isSelective: boolean;
  /** Arguments that replace those of the same name. */
  readonly parameters: readonly Parameter[];
  readonly now: Instant;
}

/** A workflow as it begins again, and the pods that must be gone before it does. */
export interface RetriedWorkflow {
  readonly workflow: Workflow;
  readonly podsToDelete: readonly string[];
}

type Nodes = ReadonlyMap<string, NodeStatus>;

const GROUPS: readonly string[] = ['Steps', 'StepGroup', 'DAG', 'TaskGroup'];

/** True for a node that does work itself, or that stands for work that could not start. */
function isWork(node: NodeStatus): boolean {
  return !GROUPS.includes(node.type) && node.type !== 'Retry';
}

function isExitHandler(node: NodeStatus): boolean {
  return /\.(onExit|hooks\.[^.]+)($|[.[(])/.test(node.name);
}

/** Every node below a node, hooks and exit handlers left out when asked. */
function below(nodes: Nodes, id: string): Set<string> {
  const found = new Set<string>();
  const queue = [...(nodes.get(id)?.children ?? [])];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    if (found.has(next) || !nodes.has(next)) continue;
    found.add(next);
    queue.push(...(nodes.get(next)?.children ?? []));
  }
  return found;
}

/** The attempt's Retry node counts for an attempt, so that all attempts are judged as one. */
function judged(nodes: Nodes, workflowName: string, node: NodeStatus): NodeStatus {
  if (node.nodeFlag?.retried !== true) return node;
  const [retry] = holdersOf(node, workflowName, (id) => nodes.get(id));
  return retry?.type === 'Retry' ? retry : node;
}

function hasSuccessBelow(nodes: Nodes, id: string, doomed: ReadonlySet<string>): boolean {
  return [...below(nodes, id)].some((child) => {
    const node = nodes.get(child);
    return node?.phase === 'Succeeded' && !doomed.has(child) && !isExitHandler(node);
  });
}

interface Retrying {
  readonly nodes: Nodes;
  readonly name: string;
  readonly options: RetryOptions;
}

/** Where running again begins: failed work that nothing successful follows, and what the selector names. */
function startingPoints(retrying: Retrying): readonly NodeStatus[] {
  const { nodes, name, options } = retrying;
  const all = [...nodes.values()].filter((node) => !isExitHandler(node));
  const chosen = options.restartSuccessful ? all.filter((node) => isWork(node) && options.selects(node)) : [];
  const doomed = new Set(chosen.map((node) => node.id));
  const failed = all.filter((node) => isWork(node) && isFailedOrError(node));
  const points = failed
    .map((node) => judged(nodes, name, node))
    .filter((node) => isFailedOrError(node) && !hasSuccessBelow(nodes, node.id, doomed));
  return [...new Set([...chosen, ...points])];
}

interface Marked {
  readonly deleted: ReadonlySet<string>;
  readonly reset: ReadonlySet<string>;
}

/** A failed Retry node around a point starts from its first attempt, so everything in it goes. */
function outermost(
  retrying: Retrying,
  point: NodeStatus,
): { readonly from: NodeStatus; readonly keepsItself: boolean } {
  const { nodes, name } = retrying;
  const holders = holdersOf(point, name, (id) => nodes.get(id));
  const retry = [point, ...holders].findLast((node) => node.type === 'Retry' && isFailedOrError(node));
  return retry === undefined ? { from: point, keepsItself: false } : { from: retry, keepsItself: true };
}

function mark(retrying: Retrying): Marked {
  const { nodes, name, options } = retrying;
  const deleted = new Set([...nodes.values()].filter(isExitHandler).map((node) => node.id));
  const reset = new Set<string>();
  for (const point of startingPoints(retrying)) {
    const { from, keepsItself } = outermost(retrying, point);
    if (deleted.has(from.id)) continue;
    for (const id of below(nodes, from.id)) deleted.add(id);
    if (keepsItself) reset.add(from.id);
    else deleted.add(from.id);
    for (const holder of holdersOf(from, name, (id) => nodes.get(id))) reset.add(holder.id);
  }
  const groups = options.parameters.length === 0 ? [] : [...reset];
  for (const id of groups.filter((item) => nodes.get(item)?.type === 'TaskGroup')) {
    for (const child of below(nodes, id)) deleted.add(child);
  }
  for (const id of deleted) reset.delete(id);
  return { deleted, reset };
}

function resetNode(node: NodeStatus, now: Instant): NodeStatus {
  const {
    message: _message,
    finishedAt: _finished,
    outputs: _outputs,
    outboundNodes: _out,
    daemoned: _d,
    ...rest
  } = node;
  return { ...rest, phase: node.phase === 'Skipped' ? 'Skipped' : 'Running', startedAt: formatTime(now) };
}

function withoutDeleted(node: NodeStatus, deleted: ReadonlySet<string>): NodeStatus {
  const keep = (ids: readonly string[] | undefined): readonly string[] | undefined =>
    ids?.filter((id) => !deleted.has(id));
  const [children, outboundNodes] = [keep(node.children), keep(node.outboundNodes)];
  return {
    ...node,
    ...(children === undefined ? {} : { children: [...children] }),
    ...(outboundNodes === undefined ? {} : { outboundNodes: [...outboundNodes] }),
  };
}

function keptNodes(retrying: Retrying, marked: Marked): { [id: string]: NodeStatus } {
  const kept: { [id: string]: NodeStatus } = {};
  for (const node of retrying.nodes.values()) {
    if (marked.deleted.has(node.id)) continue;
    const fresh = marked.reset.has(node.id) ? resetNode(node, retrying.options.now) : node;
    kept[node.id] = withoutDeleted(fresh, marked.deleted);
  }
  return kept;
}

function problemOf(workflow: Workflow, options: RetryOptions): string | undefined {
  const phase = workflow.status?.phase ?? '';
  if (phase === 'Failed' || phase === 'Error') return undefined;
  if (phase !== 'Succeeded') return `Cannot retry a workflow in phase ${phase}`;
  if (options.restartSuccessful && options.isSelective) return undefined;
  return 'To retry a succeeded workflow, set the options restartSuccessful and nodeFieldSelector';
}

function withArguments(spec: WorkflowSpec, parameters: readonly Parameter[]): WorkflowSpec {
  const { shutdown: _shutdown, ...rest } = spec;
  return parameters.length === 0 ? rest : overlaySpec(rest, { arguments: { parameters: [...parameters] } });
}

function retriedStatus(retrying: Retrying, marked: Marked, before: WorkflowStatus): WorkflowStatus {
  const { message: _message, finishedAt: _finished, persistentVolumeClaims: _claims, ...rest } = before;
  const { parameters, now } = retrying.options;
  const stored = before.storedWorkflowTemplateSpec;
  return {
    ...rest,
    phase: '',
    startedAt: formatTime(now),
    conditions: (before.conditions ?? []).map((item) =>
      item.type === 'Completed' ? { ...item, status: 'False' } : item,
    ),
    nodes: keptNodes(retrying, marked),
    ...(stored === undefined ? {} : { storedWorkflowTemplateSpec: withArguments(stored, parameters) }),
  };
}

/** The labels of a workflow that has not ended. */
export function unfinishedLabels(labels: { readonly [key: string]: string } = {}): { readonly [key: string]: string } {
  const { [workflowLabels.completed]: _completed, [workflowLabels.archivingStatus]: _archived, ...rest } = labels;
  return rest;
}

/**
 * A finished workflow as it begins again: failed nodes, what followed them and what a selector names are forgotten,
 * the groups around them run again, everything else keeps what it did. The error says why that is not possible.
 */
export function retryWorkflow(workflow: Workflow, options: RetryOptions): Result<RetriedWorkflow, string> {
  const problem = problemOf(workflow, options);
  if (problem !== undefined) return err(problem);
  const { name } = workflow.metadata;
  const status = workflow.status ?? {};
  const retrying: Retrying = { nodes: new Map(Object.entries(status.nodes ?? {})), name, options };
  const marked = mark(retrying);
  const pods = [...retrying.nodes.values()].filter((node) => node.type === 'Pod' && marked.deleted.has(node.id));
  return ok({
    workflow: {
      ...workflow,
      metadata: { ...workflow.metadata, labels: unfinishedLabels(workflow.metadata.labels) },
      spec: withArguments(workflow.spec, options.parameters),
      status: retriedStatus(retrying, marked, status),
    },
    podsToDelete: pods.map((node) => podName(name, node.name, node.templateName ?? node.templateRef?.template)),
  });
}
