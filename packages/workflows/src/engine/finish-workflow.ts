import {
  workflowAnnotations,
  workflowLabels,
  type Artifact,
  type LifecycleHook,
  type NodeStatus,
  type Outputs,
  type PodGc,
  type WorkflowCondition,
  type WorkflowSpec,
  type WorkflowStatus,
} from '@argosy/api/workflows';
import { selectorFromSpec, matchesLabels } from '@argosy/kube/meta';
import { lenient } from '@argosy/lang/tags';
import { after, milliseconds, parseTime, type DurationMs, type Instant } from '@argosy/std';

import { resolveArtifact } from './artifact-references.ts';
import type { PodFacts, WorkflowObserved, WorkflowStatusChange } from './contract.ts';
import { parseDuration } from './duration.ts';
import { startTemplate, type TemplateCall } from './execute-template.ts';
import { isFulfilled } from './node-memory.ts';
import { createErrorNode } from './nodes.ts';
import { writeLocks } from './locks.ts';
import { lockMessage } from './plan-locks.ts';
import { claimStatus } from './workflow-objects.ts';
import { isStopped, rootOutcome, type Pass } from './pass.ts';
import { noArguments, passArguments } from './inputs.ts';
import { evaluateCondition, globalSource, scopeOf } from './scope.ts';
import { LOCAL, targetOf } from './template-sources.ts';
import { findTemplate } from './compiled.ts';
import { definedMembers } from './defined-members.ts';

/** How a workflow ends. */
export interface WorkflowEnd {
  readonly phase: 'Succeeded' | 'Failed' | 'Error';
  readonly message?: string;
}

function exitHookOf(spec: WorkflowSpec): LifecycleHook {
  const onExit = spec.onExit ?? '';
  return onExit === '' ? (spec.hooks?.['exit'] ?? {}) : { template: onExit };
}

/** The call of a hook of the workflow; undefined when its template does not exist. */
function hookCall(pass: Pass, name: string, hook: LifecycleHook): TemplateCall | undefined {
  const compiled = findTemplate(pass.compiled, targetOf(hook, LOCAL));
  if (compiled === undefined) return undefined;
  const scope = scopeOf(pass, globalSource(pass));
  const artifact = (item: Artifact) => resolveArtifact(pass, { frame: undefined, scope }, item);
  const passed = passArguments(hook.arguments, { scope, options: lenient, artifact });
  return {
    name,
    compiled,
    ...definedMembers({ templateName: hook.template, templateRef: hook.templateRef }),
    passed: passed.ok ? passed.value : noArguments,
    parents: [],
    flag: { hooked: true },
  };
}

/** The workflow's exit handler node: starts it when its time has come. `undefined` when there is none to wait for. */
export function ensureWorkflowExit(pass: Pass): NodeStatus | 'waiting' | undefined {
  const name = `${pass.name}.onExit`;
  const hook = exitHookOf(pass.compiled.spec);
  const call = hookCall(pass, name, hook);
  if (call === undefined || pass.stopping?.cause === 'Terminate') return undefined;
  const existing = pass.draft.byName(name);
  if (existing === undefined && !wantsExit(pass, hook)) return undefined;
  return existing ?? startTemplate(pass, call) ?? 'waiting';
}

/**
 * Starts the hooks of the workflow whose expression holds; true when none of them runs. A hook that cannot be read is
 * an Error node of its own.
 */
export function ensureWorkflowHooks(pass: Pass): boolean {
  const hooks = Object.entries(pass.compiled.spec.hooks ?? {}).filter(([key]) => key !== 'exit');
  const through = hooks.map(([key, hook]) => ensureWorkflowHook(pass, `${pass.name}.hooks.${key}`, hook));
  return through.every(Boolean);
}

function ensureWorkflowHook(pass: Pass, name: string, hook: LifecycleHook): boolean {
  const existing = pass.draft.byName(name);
  if (existing !== undefined) return isFulfilled(existing);
  const root = pass.draft.get(pass.name);
  if (root === undefined || isStopped(pass, name)) return true;
  const wanted = evaluateCondition(hook.expression ?? '', scopeOf(pass, globalSource(pass)));
  if (!wanted.ok) {
    createErrorNode(pass, { name, parents: [root.id], flag: { hooked: true } }, wanted.error);
    return true;
  }
  const call = wanted.value ? hookCall(pass, name, hook) : undefined;
  if (call === undefined) return true;
  const started = startTemplate(pass, { ...call, parents: [root.id] });
  return started !== undefined && isFulfilled(started);
}

/** False when the exit hook has a condition and it does not hold. */
function wantsExit(pass: Pass, hook: LifecycleHook): boolean {
  const { expression = '' } = hook;
  if (expression === '') return true;
  const wanted = evaluateCondition(expression, scopeOf(pass, globalSource(pass)));
  return !wanted.ok || wanted.value;
}

/** The workflow's final phase and message, from its root and its exit handler. */
export function workflowEnd(pass: Pass, exit: NodeStatus | undefined): WorkflowEnd {
  const outcome = rootOutcome(pass);
  if (outcome === 'Succeeded') return exitEnd(exit);
  const phase = outcome === 'Running' ? 'Error' : outcome;
  const strategy = pass.stopping?.cause ?? 'deadline';
  if (strategy !== 'deadline') return { phase, message: `Stopped with strategy '${strategy}'` };
  return withMessage(phase, pass.draft.get(pass.name)?.message);
}

/** A failing exit handler fails a workflow that had succeeded. */
function exitEnd(exit: NodeStatus | undefined): WorkflowEnd {
  if (exit?.phase === 'Failed' || exit?.phase === 'Error') return withMessage(exit.phase, exit.message);
  return { phase: 'Succeeded' };
}

function withMessage(phase: WorkflowEnd['phase'], message: string | undefined): WorkflowEnd {
  return message === undefined || message === '' ? { phase } : { phase, message };
}

function conditionsOf(pass: Pass, isOver: boolean): readonly WorkflowCondition[] {
  const running = pass.draft.pods().running > 0;
  const kept = (pass.workflow.status?.conditions ?? []).filter(
    (item) => item.type !== 'PodRunning' && item.type !== 'Completed',
  );
  const podRunning = { type: 'PodRunning', status: running && !isOver ? 'True' : 'False' };
  return [...kept, podRunning, ...(isOver ? [{ type: 'Completed', status: 'True' }] : [])];
}

function outputsOf(pass: Pass): Outputs | undefined {
  const [parameters, artifacts] = [[...pass.globalOutputs.values()], [...pass.globalArtifacts.values()]];
  if (parameters.length + artifacts.length === 0) return pass.workflow.status?.outputs;
  return {
    ...pass.workflow.status?.outputs,
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(artifacts.length === 0 ? {} : { artifacts }),
  };
}

function progressText(pass: Pass): string {
  const { done, total } = pass.draft.progressOf('');
  return total === 0 ? (pass.workflow.status?.progress ?? '0/0') : `${done}/${total}`;
}

/** Everything of the next status beside the nodes. `end` is set when the workflow is over. */
export function statusFields(pass: Pass, end: WorkflowEnd | undefined): Omit<WorkflowStatus, 'nodes'> {
  const { nodes: _nodes, message: _message, synchronization: _locks, ...before } = pass.workflow.status ?? {};
  const isFirst = (before.phase ?? '') === '';
  return {
    ...before,
    ...(isFirst ? pass.compiled.stored : {}),
    ...endFields(pass, end),
    ...startFields(pass, before.startedAt),
    progress: progressText(pass),
    conditions: conditionsOf(pass, end !== undefined),
    ...definedMembers({
      synchronization: end === undefined ? writeLocks(pass.locks) : undefined,
      outputs: outputsOf(pass),
      persistentVolumeClaims: claimStatus(pass, end)?.map((item) => item),
    }),
  };
}

/** A workflow that waits for its locks has not started. */
function startFields(pass: Pass, startedAt: string | null | undefined): Pick<WorkflowStatus, 'startedAt'> {
  if (lockMessage(pass) !== undefined) return {};
  return { startedAt: startedAt ?? pass.nowText };
}

function endFields(pass: Pass, end: WorkflowEnd | undefined): Pick<WorkflowStatus, 'phase' | 'finishedAt' | 'message'> {
  const waiting = end === undefined ? lockMessage(pass) : undefined;
  if (waiting !== undefined) return { phase: 'Pending', message: waiting };
  if (end === undefined) return { phase: 'Running' };
  return { phase: end.phase, finishedAt: pass.nowText, ...definedMembers({ message: end.message }) };
}

/** The labels and annotations that mirror a workflow's phase. */
export function mirrorLabels(phase: string, isOver: boolean): Pick<WorkflowStatusChange, 'labels' | 'annotations'> {
  return {
    labels: { [workflowLabels.phase]: phase, [workflowLabels.completed]: String(isOver) },
    annotations: { [workflowAnnotations.podNameFormat]: 'v2' },
  };
}

/** Records the end as an event. */
export function announceEnd(pass: Pass, end: WorkflowEnd): void {
  const succeeded = end.phase === 'Succeeded';
  const timedOut = pass.stopping?.cause === 'deadline';
  const reason = succeeded ? 'WorkflowSucceeded' : timedOut ? 'WorkflowTimedOut' : 'WorkflowFailed';
  const message = succeeded ? 'Workflow completed' : timedOut ? 'Workflow timed out' : (end.message ?? '');
  pass.actions.push({ kind: 'record-event', event: { type: succeeded ? 'Normal' : 'Warning', reason, message } });
}

/** The spec that runs: what a template and defaults say included. */
export function specOf(observed: WorkflowObserved): WorkflowSpec {
  const { workflow, compiled } = observed;
  return compiled.ok ? compiled.value.spec : (workflow.status?.storedWorkflowTemplateSpec ?? workflow.spec);
}

/** When a finished workflow may be deleted; `undefined` when it is kept. */
export function expiresAt(observed: WorkflowObserved): Instant | undefined {
  const { secondsAfterCompletion, secondsAfterSuccess, secondsAfterFailure } = specOf(observed).ttlStrategy ?? {};
  const { phase = '', finishedAt: ended } = observed.workflow.status ?? {};
  const special: { readonly [phase: string]: number | undefined } = {
    Succeeded: secondsAfterSuccess,
    Failed: secondsAfterFailure,
  };
  const keepSeconds = special[phase] ?? secondsAfterCompletion;
  const finishedAt = parseTime(ended ?? '');
  if (keepSeconds === undefined || finishedAt === undefined) return undefined;
  return after(finishedAt, milliseconds((keepSeconds + 1) * 1000));
}

function deleteDelay(gc: PodGc | undefined, fallback: DurationMs): DurationMs {
  return parseDuration(gc?.deleteDelayDuration ?? '') ?? fallback;
}

/** What happens to a finished pod. */
export type PodCleanup = 'delete' | 'label' | 'nothing';

interface CleanupFacts {
  readonly gc: PodGc | undefined;
  readonly pod: PodFacts;
  /** The workflow's phase; absent while it runs. */
  readonly phase?: string;
}

/** Decides about a finished pod by upstream's table; the first line that fits counts. */
export function podCleanup(facts: CleanupFacts): PodCleanup {
  const { gc, pod, phase } = facts;
  if (!isSelected(gc, pod)) return 'label';
  switch (gc?.strategy) {
    case 'OnPodCompletion':
      return 'delete';
    case 'OnPodSuccess':
      return pod.phase === 'Succeeded' ? 'delete' : 'label';
    case 'OnWorkflowCompletion':
      return phase === undefined ? 'nothing' : 'delete';
    case 'OnWorkflowSuccess':
      if (phase === undefined) return 'nothing';
      return phase === 'Succeeded' ? 'delete' : 'label';
    default:
      return 'label';
  }
}

function isSelected(gc: PodGc | undefined, pod: PodFacts): boolean {
  const selector = gc?.labelSelector as Parameters<typeof selectorFromSpec>[0] | undefined;
  return selector === undefined || matchesLabels(selectorFromSpec(selector), pod.labels);
}

/** How long a pod that will be deleted stays. */
export function podDeleteDelay(observed: WorkflowObserved): DurationMs {
  return deleteDelay(specOf(observed).podGC, observed.settings.podGcDelay);
}

/** True when every node of a workflow that may still change is through. */
export function isRootFulfilled(pass: Pass): boolean {
  const root = pass.draft.get(pass.name);
  return root !== undefined && isFulfilled(root);
}
