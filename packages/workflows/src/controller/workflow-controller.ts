import { resources } from '@argosy/api';
import { workflowAnnotations, workflowLabels, type Workflow, type WorkflowSpec } from '@argosy/api/workflows';
import { controllerOf, keyOf, keyText, type KubeObject, type ObjectKey } from '@argosy/kube/meta';
import {
  ownKeys,
  ownerKeys,
  startController,
  type ControllerContext,
  type Informer,
  type MeasuredController,
  type Reconciler,
} from '@argosy/kube/runtime';
import type { RestMapper } from '@argosy/kube/port';
import { instant, milliseconds, parseTime, type DurationMs } from '@argosy/std';

import {
  absorbChange,
  compileWorkflow,
  definedMembers,
  isFulfilled,
  planWorkflow,
  podFacts,
  type CollectRequest,
  type ResourceOrder,
  type NodeMemory,
  type WorkflowAction,
  type WorkflowObserved,
  type WorkflowStatusChange,
} from '../engine/index.ts';
import type { ArtifactStore } from '../artifacts/index.ts';
import { applyWorkflowAction } from './apply-action.ts';
import { COLLECT_TIMEOUT_MS, collectOutputs, SAVE_TIMEOUT_MS } from './collect-result.ts';
import { CONFIG_MAP_AGE_LIMIT_MS, isComplete, readCaches, readConfigMaps } from './read-config-maps.ts';
import { readTemplates } from './read-templates.ts';
import { abortJobs, startResourceJob } from './resource-jobs.ts';
import { statusPatch, writeStatus } from './publish-status.ts';
import { createWorkflowLocks, type WorkflowLocks } from './workflow-locks.ts';
import { cacheWorkflow, refresh, takeIndex, type CachedWorkflow } from './workflow-cache.ts';

/** Settings of the workflow controller. */
export interface WorkflowControllerOptions {
  /** Only this namespace; `''` is all. @default '' */
  readonly namespace?: string;
  /** Record an event for every node that starts to run or ends. @default true */
  readonly nodeEvents?: boolean;
  /** How long finished pods stay when podGC deletes them and names no delay. @default 5 s */
  readonly podGcDelay?: DurationMs;
  /** What workflows get that do not say it themselves: `spec` of workflowDefaults. */
  readonly workflowDefaults?: { readonly spec?: WorkflowSpec };
  /** Finds where kinds are served; without it resource templates fail. */
  readonly restMapper?: Pick<RestMapper, 'resourceFor'>;
  /** Workflows worked on at once. @default the runtime's */
  readonly workers?: number;
  /** Where artifacts are kept; without it pods can neither be given any nor leave any. */
  readonly artifacts?: ArtifactStore;
}

type WorkflowReconciler = Reconciler<WorkflowObserved, WorkflowAction, WorkflowStatusChange>;

interface Parts {
  readonly context: ControllerContext;
  readonly workflows: Informer<Workflow>;
  readonly pods: Informer;
  readonly cache: Map<string, CachedWorkflow>;
  /** The index that a round under way plans with; kept out of `observed` so that journals stay small. */
  readonly memories: WeakMap<WorkflowObserved, NodeMemory>;
  readonly settings: WorkflowObserved['settings'];
  readonly defaults: WorkflowControllerOptions['workflowDefaults'];
  readonly locks: WorkflowLocks;
  readonly kinds: WorkflowControllerOptions['restMapper'];
  readonly artifacts: ArtifactStore | undefined;
  enqueue: (key: ObjectKey) => void;
}

const BY_WORKFLOW = 'workflows.workflow';
const BY_NODE = 'workflows.node';

function ownerNameOf(pod: KubeObject): string | undefined {
  const owner = controllerOf(pod);
  return owner?.kind === 'Workflow' ? owner.name : undefined;
}

function nodeIdOf(pod: KubeObject): string {
  return pod.metadata.annotations?.[workflowAnnotations.nodeId] ?? pod.metadata.name;
}

function addIndexes(pods: Informer): void {
  pods.addIndex(BY_WORKFLOW, (pod) => {
    const name = ownerNameOf(pod);
    return name === undefined ? [] : [`${pod.metadata.namespace ?? ''}/${name}`];
  });
  pods.addIndex(BY_NODE, (pod) => [`${pod.metadata.namespace ?? ''}/${nodeIdOf(pod)}`]);
}

function touchPod(parts: Parts, pod: KubeObject | undefined): void {
  const name = pod === undefined ? undefined : ownerNameOf(pod);
  if (pod === undefined || name === undefined) return;
  parts.cache.get(keyText({ namespace: pod.metadata.namespace ?? '', name }))?.dirty.add(nodeIdOf(pod));
}

function isPhaseFinal(workflow: Workflow): boolean {
  return ['Succeeded', 'Failed', 'Error'].includes(workflow.status?.phase ?? '');
}

/** True when every pod must be looked at: the workflow is over, is being stopped, or is past its deadline. */
function needsAll(workflow: Workflow, compiled: WorkflowObserved['compiled'], nowMs: number): boolean {
  if (isPhaseFinal(workflow) || (workflow.spec.shutdown ?? '') !== '') return true;
  const started = parseTime(workflow.status?.startedAt ?? '');
  const limit = compiled.ok ? compiled.value.spec.activeDeadlineSeconds : undefined;
  return limit !== undefined && started !== undefined && nowMs >= started + limit * 1000;
}

function entryOf(parts: Parts, workflow: Workflow): CachedWorkflow {
  const text = keyText(keyOf(workflow));
  const old = parts.cache.get(text);
  if (old !== undefined && old.uid === workflow.metadata.uid) {
    refresh(old, workflow);
    return old;
  }
  abortJobs(old);
  const fresh = cacheWorkflow(workflow);
  parts.cache.set(text, fresh);
  return fresh;
}

function ownPods(entry: CachedWorkflow, pods: readonly KubeObject[]) {
  return pods.filter((pod) => controllerOf(pod)?.uid === entry.uid).map(podFacts);
}

/** Values that are missing are asked for again in every round, so that a ConfigMap that comes late is seen. */
async function configMapsOf(
  parts: Parts,
  entry: CachedWorkflow,
  compiled: WorkflowObserved['compiled'],
): Promise<WorkflowObserved['configMaps']> {
  const references = compiled.ok ? compiled.value.configReferences : [];
  if (references.length === 0 || isPhaseFinal(entry.workflow)) return undefined;
  const nowMs = parts.context.clock.now();
  const known = entry.configMaps;
  if (known !== undefined && nowMs - known.readAtMs < CONFIG_MAP_AGE_LIMIT_MS) return known.facts;
  const facts = await readConfigMaps(parts.context.api, keyOf(entry.workflow).namespace, references);
  entry.configMaps = isComplete(references, facts) ? { facts, readAtMs: nowMs } : undefined;
  return facts;
}

/** Compiles the workflow with the templates that it refers to, read once. */
async function compiledOf(parts: Parts, entry: CachedWorkflow): Promise<WorkflowObserved['compiled']> {
  const { workflow } = entry;
  const defaults = parts.defaults?.spec;
  if (entry.compiled === undefined) {
    const sources = await readTemplates(parts.context.api, workflow, defaults);
    entry.compiled = compileWorkflow(workflow, { sources, defaults });
  }
  return entry.compiled;
}

/** The pods that a round looks at: all of the workflow, or those of the touched nodes. */
function podsOf(parts: Parts, key: ObjectKey, touched: WorkflowObserved['touched']): readonly KubeObject[] {
  const { lister } = parts.pods;
  if (touched === 'all') return lister.byIndex(BY_WORKFLOW, `${key.namespace}/${key.name}`);
  return touched.flatMap((id) => lister.byIndex(BY_NODE, `${key.namespace}/${id}`));
}

async function cachesOf(parts: Parts, entry: CachedWorkflow, compiled: WorkflowObserved['compiled']) {
  const names = compiled.ok && !isPhaseFinal(entry.workflow) ? compiled.value.caches : [];
  if (names.length === 0) return undefined;
  return readCaches(parts.context.api, keyOf(entry.workflow).namespace, names);
}

/** What a round must know of other objects. */
async function surroundings(parts: Parts, entry: CachedWorkflow, compiled: WorkflowObserved['compiled']) {
  const configMaps = await configMapsOf(parts, entry, compiled);
  const locks = await parts.locks.factsFor(entry.workflow, parts.context.clock.now());
  const caches = await cachesOf(parts, entry, compiled);
  return definedMembers({ configMaps, locks, caches, artifacts: parts.artifacts?.facts });
}

async function observe(parts: Parts, key: ObjectKey): Promise<WorkflowObserved | undefined> {
  const seen = parts.workflows.lister.get(key);
  if (seen === undefined) {
    abortJobs(parts.cache.get(keyText(key)));
    parts.cache.delete(keyText(key));
    for (const other of parts.locks.gone(key)) parts.enqueue(other);
    return undefined;
  }
  const entry = entryOf(parts, seen);
  // Nothing below may wait: what changes from here on must be left for the next round.
  const compiled = await compiledOf(parts, entry);
  const around = await surroundings(parts, entry, compiled);
  const nowMs = parts.context.clock.now();
  const { memory, carried } = takeIndex(entry);
  const due = Object.entries(carried?.waits ?? {}).filter(([, at]) => at <= nowMs);
  const everything = carried === undefined || needsAll(entry.workflow, compiled, nowMs);
  const touched = everything ? ('all' as const) : [...new Set([...entry.dirty, ...due.map(([id]) => id)])];
  entry.dirty = new Set();
  const pods = podsOf(parts, key, touched);
  const observed: WorkflowObserved = {
    workflow: entry.workflow,
    compiled,
    touched,
    pods: ownPods(entry, pods),
    outcomes: Object.fromEntries(entry.outcomes),
    refusals: Object.fromEntries(entry.refusals),
    settings: parts.settings,
    ...around,
    ...(everything || carried === undefined ? {} : { carried }),
  };
  parts.memories.set(observed, memory);
  return observed;
}

function collect(parts: Parts, workflow: Workflow, request: CollectRequest): void {
  const key = keyOf(workflow);
  const entry = parts.cache.get(keyText(key));
  if (entry === undefined || entry.collecting.has(request.nodeId)) return;
  entry.collecting.add(request.nodeId);
  const late = new AbortController();
  const { clock, signal } = parts.context;
  const limitMs = request.saves.length === 0 ? COLLECT_TIMEOUT_MS : SAVE_TIMEOUT_MS;
  const timer = clock.schedule(instant(clock.now() + limitMs), () => late.abort(new Error('it took too long')));
  const stop = AbortSignal.any([signal, late.signal]);
  const io = { api: parts.context.api, clock, signal: stop, artifacts: parts.artifacts };
  void collectOutputs(key.namespace, request, io).then((outcome) => {
    timer.cancel();
    entry.collecting.delete(request.nodeId);
    if (signal.aborted) return;
    entry.outcomes.set(request.nodeId, outcome);
    entry.dirty.add(request.nodeId);
    parts.enqueue(key);
  });
}

function perform(parts: Parts, workflow: Workflow, order: ResourceOrder): void {
  const key = keyOf(workflow);
  const { api, clock, signal } = parts.context;
  const entry = parts.cache.get(keyText(key));
  if (entry === undefined) return;
  startResourceJob(entry, order, { api, clock, signal, kinds: parts.kinds, wake: () => parts.enqueue(key) });
}

function refuse(parts: Parts, workflow: Workflow, refusal: { nodeId: string; message: string }): void {
  const key = keyOf(workflow);
  const entry = parts.cache.get(keyText(key));
  entry?.refusals.set(refusal.nodeId, refusal.message);
  entry?.dirty.add(refusal.nodeId);
  parts.enqueue(key);
}

/** Tells the locks what is recorded now, and whoever got one because of it. */
function followLocks(parts: Parts, observed: WorkflowObserved, written: Workflow): void {
  const before = observed.workflow.status?.synchronization;
  if (before === undefined && written.status?.synchronization === undefined) return;
  for (const key of parts.locks.recorded(written)) parts.enqueue(key);
}

async function publish(parts: Parts, observed: WorkflowObserved, change: WorkflowStatusChange): Promise<void> {
  const { workflow } = observed;
  const entry = parts.cache.get(keyText(keyOf(workflow)));
  const memory = parts.memories.get(observed);
  if (entry === undefined || memory === undefined) return;
  const patch = statusPatch(workflow, memory, change);
  if (patch !== undefined) entry.workflow = await writeStatus(parts.context.api, workflow, patch);
  absorbChange(memory, change);
  followLocks(parts, observed, entry.workflow);
  entry.index = { memory, carried: change.carried };
  for (const node of Object.values(change.nodes)) {
    if (!isFulfilled(node)) continue;
    entry.performing.get(node.id)?.abort(new Error('the node is over'));
    entry.outcomes.delete(node.id);
    entry.refusals.delete(node.id);
    // The end is recorded now: the next round may label or delete the pod.
    if (node.type === 'Pod') entry.dirty.add(node.id);
  }
}

/** The pod's events may all have been before its node existed: the next round looks at it whatever comes. */
function adopt(parts: Parts, workflow: Workflow, nodeId: string): void {
  const key = keyOf(workflow);
  parts.cache.get(keyText(key))?.dirty.add(nodeId);
  parts.enqueue(key);
}

function createReconciler(parts: Parts): WorkflowReconciler {
  return {
    name: 'workflow',
    observe: (key) => observe(parts, key),
    plan: (observed, env) => {
      const memory = parts.memories.get(observed);
      return planWorkflow(memory === undefined ? observed : { ...observed, memory }, env);
    },
    apply: (action, observed) =>
      applyWorkflowAction(action, observed.workflow, {
        api: parts.context.api,
        events: parts.context.events,
        artifacts: parts.artifacts,
        signal: parts.context.signal,
        refuse: (nodeId, message) => refuse(parts, observed.workflow, { nodeId, message }),
        adopt: (nodeId) => adopt(parts, observed.workflow, nodeId),
        collect: (request) => collect(parts, observed.workflow, request),
        perform: (order) => perform(parts, observed.workflow, order),
      }),
    publish: (observed, change) => publish(parts, observed, change),
  };
}

/**
 * Starts the controller of Workflows: it follows workflows and the pods that they own, and writes each workflow's
 * status at most once a round.
 */
export function startWorkflowController(
  context: ControllerContext,
  options: WorkflowControllerOptions = {},
): MeasuredController {
  const where = (options.namespace ?? '') === '' ? {} : { namespace: options.namespace ?? '' };
  const workflows = context.informers.informer<Workflow>(resources.workflows, where);
  const pods = context.informers.informer(resources.pods, {
    ...where,
    labelSelector: `${workflowLabels.workflow},${workflowLabels.completed}!=true`,
  });
  addIndexes(pods);
  const parts: Parts = {
    context,
    workflows,
    pods,
    cache: new Map(),
    memories: new WeakMap(),
    settings: { nodeEvents: options.nodeEvents ?? true, podGcDelay: options.podGcDelay ?? milliseconds(5000) },
    defaults: options.workflowDefaults,
    kinds: options.restMapper,
    artifacts: options.artifacts,
    locks: createWorkflowLocks(context.api, () => workflows.lister.list()),
    enqueue: () => undefined,
  };
  pods.onChange((change) => {
    touchPod(parts, change.before);
    touchPod(parts, change.after);
  });
  const controller = startController({
    context,
    reconciler: createReconciler(parts),
    sources: [ownKeys(workflows), ownerKeys(pods, { group: 'argoproj.io', kind: 'Workflow' })],
    ...(options.workers === undefined ? {} : { workers: options.workers }),
  });
  parts.enqueue = (key) => controller.enqueue(key);
  return controller;
}
