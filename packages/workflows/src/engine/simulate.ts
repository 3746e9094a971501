import {
  workflowAnnotations,
  type NodeStatus,
  type Parameter,
  type Template,
  type Workflow,
} from '@argosy/api/workflows';
import type { KubeObject } from '@argosy/kube/meta';
import { createRandom, err, fnv32a, ok, parseTime, type Result } from '@argosy/std';

import { compileWorkflow } from './compile-workflow.ts';
import type { CompiledWorkflow, ValidationProblem } from './compiled.ts';
import { createLockManager, type LockManager } from './lock-manager.ts';
import { locksOf } from './locks.ts';
import { nodeId } from './node-names.ts';
import { parameterText } from './parameter-text.ts';
import { openWorld, runWorld, START, type Script, type World } from './scenario-world.ts';
import type { TemplateSources } from './template-sources.ts';

/** How a simulated pod ends. Names of steps, tasks, templates or whole nodes stand for it. */
export interface SimulatedOutcome {
  readonly seconds?: number;
  readonly exitCode?: number;
  /** So many attempts end with exit code 1 before one ends as it says. */
  readonly failures?: number;
  readonly result?: string;
  readonly outputs?: { readonly [name: string]: string };
}

/** What a simulation begins with. */
export interface SimulationOptions {
  readonly sources: TemplateSources;
  readonly outcomes: { readonly [name: string]: SimulatedOutcome };
  /** Limits of semaphores by `<configMap>/<key>`; 1 when it is not there. */
  readonly semaphores: { readonly [name: string]: number };
  /** Decides how long pods take that nobody speaks of: one to ten seconds. */
  readonly seed: number;
}

/** One node of what ran; times are seconds from the beginning. */
export interface SimulatedNode {
  readonly name: string;
  readonly type: string;
  readonly template: string;
  readonly phase: string;
  readonly message: string;
  readonly start: number;
  readonly end: number | undefined;
}

/** What would happen. */
export interface SimulationReport {
  readonly phase: string;
  readonly message: string;
  readonly seconds: number;
  readonly pods: number;
  readonly nodes: readonly SimulatedNode[];
  /** Names of the nodes that nothing could have made shorter without making the whole shorter, in order. */
  readonly criticalPath: readonly string[];
}

const WORK: readonly string[] = ['Pod', 'Suspend', 'Skipped'];

function own<T>(map: { readonly [name: string]: T }, name: string): T | undefined {
  return Object.hasOwn(map, name) ? map[name] : undefined;
}

interface Subject {
  readonly nodeName: string;
  readonly template: string;
}

function subjectOf(workflowName: string, pod: KubeObject): Subject {
  const { name, annotations = {} } = pod.metadata;
  const template = name.slice(workflowName.length + 1, Math.max(0, name.lastIndexOf('-')));
  return { nodeName: annotations[workflowAnnotations.nodeName] ?? name, template };
}

/** The most special name counts: the node, the step or task, the template. */
function outcomeOf(subject: Subject, options: SimulationOptions): SimulatedOutcome {
  const step = /([^.\][(]+)(?:\([^)]*\))*$/.exec(subject.nodeName)?.[1] ?? '';
  const names = [subject.nodeName, step, subject.template];
  return names.map((name) => own(options.outcomes, name)).find((found) => found !== undefined) ?? {};
}

function exitCodeOf(subject: Subject, outcome: SimulatedOutcome): number {
  const attempt = Number(/\((\d+)\)$/.exec(subject.nodeName)?.[1] ?? '0');
  return attempt < (outcome.failures ?? 0) ? 1 : (outcome.exitCode ?? 0);
}

function templateNamed(compiled: CompiledWorkflow, name: string): Template | undefined {
  return [...compiled.scopes.values()].map((scope) => scope.get(name)?.template).find((found) => found !== undefined);
}

function outputOf(item: Parameter, outcome: SimulatedOutcome): Parameter {
  const fallback = item.valueFrom?.default;
  const value = own(outcome.outputs ?? {}, item.name) ?? (fallback === undefined ? undefined : parameterText(fallback));
  return { ...item, value: value ?? `simulated-${item.name}` };
}

/** What a pod that succeeded leaves in the files that its template declares. */
function filesOf(template: Template | undefined, outcome: SimulatedOutcome): { parameters?: Parameter[] } {
  const files = (template?.outputs?.parameters ?? []).filter((item) => item.valueFrom?.path !== undefined);
  return files.length === 0 ? {} : { parameters: files.map((item) => outputOf(item, outcome)) };
}

function secondsOf(subject: Subject, outcome: SimulatedOutcome, seed: number): number {
  return outcome.seconds ?? 1 + createRandom(fnv32a(`${seed}/${subject.nodeName}`)).below(10);
}

function scripts(world: World, compiled: CompiledWorkflow, options: SimulationOptions) {
  const { name: workflowName } = world.workflow.metadata;
  return (name: string, pod: KubeObject): Script => {
    const subject = subjectOf(workflowName, pod);
    const outcome = outcomeOf(subject, options);
    const exitCode = exitCodeOf(subject, outcome);
    const template = templateNamed(compiled, name === workflowName ? compiled.entrypoint : subject.template);
    const files = exitCode === 0 ? filesOf(template, outcome) : {};
    world.outcomes[nodeId(workflowName, subject.nodeName)] = { outputs: { result: outcome.result ?? '', ...files } };
    const takesMs = secondsOf(subject, outcome, options.seed) * 1000;
    return { takesMs, exitCode, stdout: '', termination: '' };
  };
}

function locksFor(workflow: Workflow, compiled: CompiledWorkflow, options: SimulationOptions): LockManager {
  const manager = createLockManager();
  const templates = [...compiled.scopes.values()].flatMap((scope) => [...scope.values()]);
  const given = [compiled.spec.synchronization, ...templates.map((item) => item.template.synchronization)];
  for (const asked of given) {
    const locks = locksOf(asked, workflow.metadata.namespace ?? '');
    for (const { name, kind } of locks.ok ? locks.value : []) {
      if (kind === 'semaphore')
        manager.setLimit(name, own(options.semaphores, name.split('/').slice(2).join('/')) ?? 1);
    }
  }
  return manager;
}

function secondsAt(text: string | null | undefined): number | undefined {
  const at = parseTime(text ?? '');
  return at === undefined ? undefined : Math.round((at - START) / 1000);
}

function shown(node: NodeStatus): SimulatedNode {
  return {
    name: node.name,
    type: node.type,
    template: node.templateName ?? node.templateRef?.template ?? '',
    phase: node.phase ?? '',
    message: node.message ?? '',
    start: secondsAt(node.startedAt) ?? 0,
    end: secondsAt(node.finishedAt),
  };
}

type Nodes = ReadonlyMap<string, NodeStatus>;

/** The nodes that do work right before a node, groups between them left out. */
function workBefore(nodes: Nodes, parents: ReadonlyMap<string, readonly string[]>, id: string): readonly NodeStatus[] {
  const found: NodeStatus[] = [];
  const seen = new Set<string>();
  const queue = [...(parents.get(id) ?? [])];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    const node = nodes.get(next);
    if (node === undefined || seen.has(next)) continue;
    seen.add(next);
    if (WORK.includes(node.type)) found.push(node);
    else queue.push(...(parents.get(next) ?? []));
  }
  return found;
}

function latest(nodes: readonly NodeStatus[]): NodeStatus | undefined {
  const endOf = (node: NodeStatus): number => secondsAt(node.finishedAt) ?? -1;
  return nodes.reduce<NodeStatus | undefined>(
    (best, node) => (best === undefined || endOf(node) > endOf(best) ? node : best),
    undefined,
  );
}

function criticalPath(nodes: Nodes): readonly string[] {
  const parents = new Map<string, string[]>();
  for (const node of nodes.values()) {
    for (const child of node.children ?? []) parents.set(child, [...(parents.get(child) ?? []), node.id]);
  }
  const path: string[] = [];
  const work = [...nodes.values()].filter((node) => WORK.includes(node.type) && !node.name.includes('.onExit'));
  for (let node = latest(work); node !== undefined && !path.includes(node.name);) {
    path.unshift(node.name);
    node = latest(workBefore(nodes, parents, node.id));
  }
  return path;
}

function reportOf(world: World): SimulationReport {
  const { status } = world.workflow;
  const nodes = new Map(Object.entries(status?.nodes ?? {}));
  const list = [...nodes.values()].map(shown);
  return {
    phase: status?.phase ?? '',
    message: status?.message ?? '',
    seconds: secondsAt(status?.finishedAt) ?? Math.round((world.now - START) / 1000),
    pods: world.created.length,
    nodes: list.sort((a, b) => a.start - b.start || (a.name < b.name ? -1 : 1)),
    criticalPath: criticalPath(nodes),
  };
}

/**
 * Plays a workflow in virtual time: what would run when, without any pod. The same input gives the same report. The
 * error is everything that is wrong with the workflow. A workflow that waits for a person is told as it waits.
 */
export function simulateWorkflow(
  workflow: Workflow,
  options: SimulationOptions,
): Result<SimulationReport, readonly ValidationProblem[]> {
  const { name = '', generateName = 'workflow-' } = workflow.metadata as { name?: string; generateName?: string };
  const world = openWorld(workflow.spec, name === '' ? `${generateName}x` : name);
  const { labels = {}, annotations = {} } = workflow.metadata;
  world.workflow = { ...world.workflow, metadata: { ...world.workflow.metadata, labels, annotations } };
  const compiled = compileWorkflow(world.workflow, { sources: options.sources });
  if (!compiled.ok) return err(compiled.error);
  const locks = locksFor(world.workflow, compiled.value, options);
  runWorld(world, { sources: options.sources, locks, script: scripts(world, compiled.value, options) });
  return ok(reportOf(world));
}
