import type { NodeStatus, Workflow, WorkflowSpec, WorkflowStatus } from '@argosy/api/workflows';
import type { KubeObject } from '@argosy/kube/meta';
import { getPath, instant, isObject, milliseconds, type Instant } from '@argosy/std';

import { compileWorkflow } from './compile-workflow.ts';
import type { LockManager } from './lock-manager.ts';
import { readLocks } from './locks.ts';
import type {
  Carried,
  LockFacts,
  TaskOutcome,
  WorkflowAction,
  WorkflowObserved,
  WorkflowStatusChange,
} from './contract.ts';
import { absorbChange, indexNodes, isFulfilled, type NodeMemory } from './node-memory.ts';
import { planWorkflow, type WorkflowPlan } from './plan-workflow.ts';
import { podFacts } from './pod-facts.ts';
import { definedMembers } from './defined-members.ts';
import type { ResourceOrder } from './resource-nodes.ts';
import type { TemplateSources } from './template-sources.ts';

/** What a scripted container does. */
export interface Script {
  readonly takesMs: number;
  readonly exitCode: number;
  readonly stdout: string;
  readonly termination: string;
}

/** How a scenario runs: with or without the index, with crashes, in which order pods are served. */
export interface WorldOptions {
  readonly useMemory?: boolean;
  /** Asked before each action: true ends the round there, as a crash would. */
  readonly crash?: () => boolean;
  /** Picks which of several pods that are due changes first. */
  readonly pick?: (count: number) => number;
  /** ConfigMaps as a controller would have read them. */
  readonly configMaps?: WorkflowObserved['configMaps'];
  /** The locks that several worlds share. */
  readonly locks?: LockManager;
  /** WorkflowTemplates as a controller would have read them. */
  readonly sources?: TemplateSources;
  /** What comes of a resource template. @default every output has the value `simulated-<name>` */
  readonly resource?: (order: ResourceOrder) => TaskOutcome | undefined;
  /** Overrides what a pod does. */
  readonly script?: (podName: string, pod: KubeObject) => Partial<Script>;
}

interface LivePod {
  readonly object: KubeObject;
  readonly script: Script;
  readonly dueAt: Instant;
}

/** A small pure world: one workflow, its pods, a clock. Everything that a controller does around the planner. */
export interface World {
  workflow: Workflow;
  now: Instant;
  readonly pods: Map<string, LivePod>;
  readonly outcomes: { [nodeId: string]: TaskOutcome };
  readonly events: string[];
  readonly created: string[];
  readonly deleted: string[];
  /** Kind and name of what the workflow owns beside its pods. */
  readonly objects: Set<string>;
  /** What resource templates did: action, kind and name. */
  readonly resources: string[];
  /** Entries of caches by key, by the name of the cache. */
  readonly caches: { [name: string]: { readonly [key: string]: string } };
  memory: NodeMemory | undefined;
  carried: Carried | undefined;
  compiled: { readonly spec: WorkflowSpec; readonly result: WorkflowObserved['compiled'] } | undefined;
  readonly dirty: Set<string>;
  wakeAt: Instant | undefined;
  /** Rounds that changed something; a measure of work. */
  rounds: number;
  isGone: boolean;
}

/** When every scenario begins. */
export const START = instant(1_750_000_000_000);

const SETTINGS = { nodeEvents: true, podGcDelay: milliseconds(5000) };

/** Reads the little language of scripted containers: `out=x`, `exit=1`, `ms=500`, `file=<index>:<text>`. */
function scriptOf(pod: KubeObject): Script {
  const containers = getPath(pod, ['spec', 'containers']);
  const main: unknown = Array.isArray(containers) ? containers[0] : undefined;
  const args = getPath(main, ['args']);
  const words = Array.isArray(args) ? args.map((arg: unknown) => (typeof arg === 'string' ? arg : '')) : [];
  const value = (key: string): string | undefined =>
    words.find((word) => word.startsWith(`${key}=`))?.slice(key.length + 1);
  const files = words.filter((word) => word.startsWith('file=')).map((word) => word.slice('file='.length));
  const written = files.map((text, index) => (text === '-' ? `${index} -\n` : `${index} ${text.length}\n${text}`));
  return {
    takesMs: Number(value('ms') ?? '1000'),
    exitCode: Number(value('exit') ?? '0'),
    stdout: value('out') ?? '',
    termination: files.length === 0 ? '' : `argo-outputs/1\n${written.join('')}`,
  };
}

/** Opens a world with one workflow that was just created. */
export function openWorld(spec: WorkflowSpec, name = 'demo'): World {
  return {
    workflow: {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Workflow',
      metadata: { name, namespace: 'argo', uid: 'uid-1', creationTimestamp: '2025-06-15T15:06:40Z' },
      spec,
    },
    now: START,
    pods: new Map(),
    outcomes: {},
    events: [],
    created: [],
    deleted: [],
    objects: new Set(),
    resources: [],
    caches: {},
    memory: undefined,
    carried: undefined,
    compiled: undefined,
    dirty: new Set(),
    wakeAt: undefined,
    rounds: 0,
    isGone: false,
  };
}

/** A workflow that has begun knows its templates from its status alone. */
function sourcesOf(world: World, options: WorldOptions): TemplateSources | undefined {
  return world.workflow.status === undefined ? options.sources : undefined;
}

function compiledOf(world: World, options: WorldOptions): WorkflowObserved['compiled'] {
  const { spec } = world.workflow;
  if (world.compiled?.spec !== spec)
    world.compiled = {
      spec,
      result: compileWorkflow(world.workflow, { ...definedMembers({ sources: sourcesOf(world, options) }) }),
    };
  return world.compiled.result;
}

function needsAll(world: World): boolean {
  const { shutdown, activeDeadlineSeconds } = world.workflow.spec;
  const isLate = activeDeadlineSeconds !== undefined && world.now >= START + activeDeadlineSeconds * 1000;
  return isLate || shutdown !== undefined || isEnded(world);
}

function touchedNodes(world: World): readonly string[] {
  const due = Object.entries(world.carried?.waits ?? {}).filter(([, at]) => at <= world.now);
  return [...new Set([...world.dirty, ...due.map(([id]) => id)])];
}

function nodeIdOf(pod: KubeObject): string {
  return pod.metadata.annotations?.['workflows.argoproj.io/node-id'] ?? pod.metadata.name;
}

function lockFacts(world: World, { locks }: WorldOptions): LockFacts | undefined {
  if (locks === undefined || world.workflow.status?.synchronization === undefined) return undefined;
  locks.grant();
  return locks.factsFor(world.workflow.metadata.name);
}

function reportLocks(world: World, { locks }: WorldOptions): void {
  const { metadata, spec, status } = world.workflow;
  const owner = { key: metadata.name, priority: spec.priority ?? 0, createdAt: metadata.creationTimestamp ?? '' };
  if (isEnded(world)) locks?.forget(metadata.name);
  else locks?.report(owner, readLocks(status?.synchronization));
}

/** What a controller would observe now. */
export function observeWorld(world: World, options: WorldOptions): WorkflowObserved {
  const memory = options.useMemory === false ? undefined : world.memory;
  const touched = memory === undefined || needsAll(world) ? ('all' as const) : touchedNodes(world);
  const wanted = new Set(touched === 'all' ? [] : touched);
  const pods = [...world.pods.values()].map((pod) => pod.object);
  const seen = touched === 'all' ? pods : pods.filter((pod) => wanted.has(nodeIdOf(pod)));
  return {
    workflow: world.workflow,
    compiled: compiledOf(world, options),
    touched,
    pods: seen.map(podFacts),
    outcomes: world.outcomes,
    refusals: {},
    settings: SETTINGS,
    caches: Object.fromEntries(Object.entries(world.caches).map(([name, values]) => [name, { values }])),
    ...definedMembers({ configMaps: options.configMaps, locks: lockFacts(world, options) }),
    ...definedMembers({ memory, carried: touched === 'all' ? undefined : world.carried }),
  };
}

function createPod(world: World, pod: KubeObject, options: WorldOptions): void {
  const { name } = pod.metadata;
  const existing = world.pods.get(name);
  if (existing !== undefined) {
    // As a controller does with a pod of a round that died: its events may all be over.
    touch(world, existing.object);
    return;
  }
  world.created.push(name);
  const script = { ...scriptOf(pod), ...options.script?.(name, pod) };
  const object = { ...pod, metadata: { ...pod.metadata, uid: `uid-${name}` }, status: { phase: 'Pending' } };
  world.pods.set(name, { object, script, dueAt: instant(world.now + 10) });
  touch(world, object);
}

function touch(world: World, pod: KubeObject): void {
  world.dirty.add(nodeIdOf(pod));
}

function patchPod(world: World, name: string, change: (pod: LivePod) => LivePod | undefined): void {
  const pod = world.pods.get(name);
  if (pod === undefined) return;
  const next = change(pod);
  if (next === undefined) world.pods.delete(name);
  else world.pods.set(name, next);
  touch(world, pod.object);
}

function removePod(world: World, name: string): void {
  world.deleted.push(name);
  patchPod(world, name, () => undefined);
}

function simulatedResource(order: ResourceOrder): TaskOutcome {
  const parameters = order.outputs.map((item) => ({ ...item, value: `simulated-${item.name}` }));
  return { outputs: parameters.length === 0 ? {} : { parameters } };
}

function performResource(world: World, order: ResourceOrder, options: WorldOptions): void {
  const { kind, metadata } = order.object;
  world.resources.push(`${order.action} ${kind} ${metadata.name}`);
  const outcome = (options.resource ?? simulatedResource)(order);
  if (outcome === undefined) return;
  world.outcomes[order.nodeId] = outcome;
  world.dirty.add(order.nodeId);
}

function applyAction(world: World, action: WorkflowAction, options: WorldOptions): void {
  switch (action.kind) {
    case 'create-pod':
      return createPod(world, action.object, options);
    case 'create-object':
      world.objects.add(`${action.object.kind} ${action.object.metadata.name}`);
      return undefined;
    case 'save-memo':
      world.caches[action.cacheName] = { ...world.caches[action.cacheName], [action.key]: action.entry };
      return undefined;
    case 'delete-object':
      world.objects.delete(`${action.objectKind} ${action.name}`);
      return undefined;
    case 'delete-pod':
      return removePod(world, action.podName);
    case 'terminate-pod':
      return patchPod(world, action.podName, (pod) => ({
        ...pod,
        script: { ...pod.script, exitCode: 143 },
        dueAt: world.now,
      }));
    case 'label-pod-completed':
      return patchPod(world, action.podName, (pod) => {
        const labels = { ...pod.object.metadata.labels, 'workflows.argoproj.io/completed': 'true' };
        return { ...pod, object: { ...pod.object, metadata: { ...pod.object.metadata, labels } } };
      });
    case 'collect-outputs': {
      const pod = world.pods.get(action.request.podName);
      world.outcomes[action.request.nodeId] = { outputs: { result: (pod?.script.stdout ?? '').replace(/\n$/, '') } };
      world.dirty.add(action.request.nodeId);
      return undefined;
    }
    case 'perform-resource':
      return performResource(world, action.order, options);
    case 'record-event':
      world.events.push(`${action.event.reason} ${action.event.message}`);
      return undefined;
    default:
      world.isGone = true;
      return undefined;
  }
}

/** The whole status after a change, as publishing would store it. */
export function applyChange(workflow: Workflow, change: WorkflowStatusChange): Workflow {
  const { metadata } = workflow;
  return {
    ...workflow,
    metadata: {
      ...metadata,
      labels: { ...metadata.labels, ...change.labels },
      annotations: { ...metadata.annotations, ...change.annotations },
    },
    status: { ...change.fields, nodes: { ...workflow.status?.nodes, ...change.nodes } } as WorkflowStatus,
  };
}

function forget(world: World, plan: WorkflowPlan): WorkflowPlan {
  world.memory = undefined;
  // Whoever repeats rounds that died repeats them at once.
  world.wakeAt = world.now;
  return plan;
}

/** Nodes of pods whose end is recorded now: the next round may label or delete them. */
function endedPods(plan: WorkflowPlan): readonly string[] {
  const ended = Object.values(plan.status.nodes).filter((node) => node.type === 'Pod' && isFulfilled(node));
  return ended.map((node) => node.id);
}

/** One round: observe, plan, apply, publish. */
export function runRound(world: World, options: WorldOptions): WorkflowPlan {
  const observed = observeWorld(world, options);
  const plan = planWorkflow(observed, { now: world.now, seed: 1 });
  world.dirty.clear();
  world.rounds += 1;
  const hasDied = (): boolean => options.crash?.() === true;
  for (const action of plan.actions) {
    if (hasDied()) return forget(world, plan);
    applyAction(world, action, options);
  }
  if (hasDied()) return forget(world, plan);
  world.workflow = applyChange(world.workflow, plan.status);
  if (observed.memory === undefined)
    world.memory = indexNodes(world.workflow.metadata.name, world.workflow.status?.nodes);
  if (world.memory !== undefined) absorbChange(world.memory, plan.status);
  world.carried = plan.status.carried;
  reportLocks(world, options);
  for (const id of endedPods(plan)) world.dirty.add(id);
  world.wakeAt = plan.next.kind === 'requeue' ? instant(world.now + plan.next.after) : undefined;
  return plan;
}

function advancePod(world: World, name: string): void {
  patchPod(world, name, (pod) => {
    const phase = getPath(pod.object, ['status', 'phase']);
    if (phase === 'Pending') {
      const status = {
        phase: 'Running',
        containerStatuses: [{ name: 'main', ready: true, state: { running: {} } }],
        podIP: '10.0.0.9',
      };
      const dueAt = instant(world.now + pod.script.takesMs);
      return { ...pod, dueAt, object: { ...pod.object, status } };
    }
    const { exitCode, termination } = pod.script;
    const reason = exitCode === 0 ? 'Completed' : 'Error';
    const message = exitCode === 0 && termination !== '' ? { message: termination } : {};
    const state = { terminated: { exitCode, reason, ...message } };
    const status = { phase: exitCode === 0 ? 'Succeeded' : 'Failed', containerStatuses: [{ name: 'main', state }] };
    return { ...pod, dueAt: instant(Number.MAX_SAFE_INTEGER), object: { ...pod.object, status } };
  });
}

function duePods(world: World): readonly string[] {
  return [...world.pods].filter(([, pod]) => pod.dueAt <= world.now).map(([name]) => name);
}

/** Moves the clock to the next thing that happens and lets it happen; false when nothing will. */
export function advanceWorld(world: World, options: WorldOptions): boolean {
  const due = duePods(world);
  if (due.length > 0) {
    const name = due[(options.pick?.(due.length) ?? 0) % due.length];
    if (name !== undefined) advancePod(world, name);
    return true;
  }
  const times = [...world.pods.values()].map((pod) => pod.dueAt as number).filter((at) => at < Number.MAX_SAFE_INTEGER);
  if (world.wakeAt !== undefined) times.push(world.wakeAt);
  if (times.length === 0) return false;
  world.now = instant(Math.max(world.now, Math.min(...times)));
  const name = duePods(world)[0];
  if (name !== undefined) advancePod(world, name);
  return true;
}

/** True when nothing more is planned and nothing was touched. */
function isQuiet(plan: WorkflowPlan, world: World): boolean {
  return plan.actions.length === 0 && Object.keys(plan.status.nodes).length === 0 && world.dirty.size === 0;
}

/** Rounds until nothing more is planned at this moment. */
export function settleWorld(world: World, options: WorldOptions = {}): void {
  for (let count = 0; count < 200; count += 1) {
    const plan = runRound(world, options);
    const isDue = world.wakeAt !== undefined && world.wakeAt <= world.now;
    if (world.isGone || (isQuiet(plan, world) && !isDue)) return;
  }
  throw new Error('the workflow does not come to rest');
}

/** Runs until the workflow is over, or nothing will happen any more. */
export function runWorld(world: World, options: WorldOptions = {}): World {
  for (let count = 0; count < 20_000; count += 1) {
    settleWorld(world, options);
    if (isEnded(world) || !advanceWorld(world, options)) return world;
  }
  throw new Error('the workflow does not end');
}

function isEnded(world: World): boolean {
  return ['Succeeded', 'Failed', 'Error'].includes(world.workflow.status?.phase ?? '');
}

/** A node by its name. */
export function nodeNamed(world: World, name: string): NodeStatus | undefined {
  return Object.values(world.workflow.status?.nodes ?? {}).find((node) => node.name === name);
}

/** `name type phase` of every node, in order of names: what scenarios compare. */
export function nodeLines(world: World): readonly string[] {
  return Object.values(world.workflow.status?.nodes ?? {})
    .map(
      (node) =>
        `${node.name} ${node.type} ${node.phase ?? ''}${node.message === undefined ? '' : ` (${node.message})`}`,
    )
    .sort();
}

/** Reads a spec from parsed YAML. */
export function specOf(value: unknown): WorkflowSpec {
  if (!isObject(value)) throw new Error('a workflow must be an object');
  return (isObject(value['spec']) ? value['spec'] : value) as WorkflowSpec;
}
