import {
  workflowAnnotations,
  workflowLabels,
  type NodeStatus,
  type Outputs,
  type PodGc,
  type WorkflowCondition,
  type WorkflowStatus,
} from '@argosy/api/workflows';
import { selectorFromSpec, matchesLabels } from '@argosy/kube/meta';
import { after, milliseconds, parseTime, type DurationMs, type Instant } from '@argosy/std';

import type { PodFacts, WorkflowObserved, WorkflowStatusChange } from './contract.ts';
import { parseDuration } from './duration.ts';
import { startTemplate } from './execute-template.ts';
import { isFulfilled } from './node-memory.ts';
import { rootOutcome, type Pass } from './pass.ts';
import { noArguments } from './inputs.ts';

/** How a workflow ends. */
export interface WorkflowEnd {
  readonly phase: 'Succeeded' | 'Failed' | 'Error';
  readonly message?: string;
}

/** The workflow's exit handler node: starts it when its time has come. `undefined` when there is none to wait for. */
export function ensureWorkflowExit(pass: Pass): NodeStatus | 'waiting' | undefined {
  const exitHook = (pass.compiled.spec as { readonly hooks?: { readonly exit?: { readonly template?: string } } })
    .hooks;
  const templateName = pass.compiled.spec.onExit ?? exitHook?.exit?.template ?? '';
  const compiled = pass.compiled.templates.get(templateName);
  if (compiled === undefined || pass.stopping?.cause === 'Terminate') return undefined;
  const existing = pass.draft.byName(`${pass.name}.onExit`);
  if (existing !== undefined) return existing;
  const started = startTemplate(pass, {
    name: `${pass.name}.onExit`,
    compiled,
    templateName,
    passed: noArguments,
    parents: [],
    flag: { hooked: true },
  });
  return started ?? 'waiting';
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
  const parameters = [...pass.globalOutputs.values()];
  if (parameters.length === 0) return pass.workflow.status?.outputs;
  return { ...pass.workflow.status?.outputs, parameters };
}

function progressText(pass: Pass): string {
  const { done, total } = pass.draft.progressOf('');
  return total === 0 ? (pass.workflow.status?.progress ?? '0/0') : `${done}/${total}`;
}

/** Everything of the next status beside the nodes. `end` is set when the workflow is over. */
export function statusFields(pass: Pass, end: WorkflowEnd | undefined): Omit<WorkflowStatus, 'nodes'> {
  const { nodes: _nodes, message: _message, ...before } = pass.workflow.status ?? {};
  const outputs = outputsOf(pass);
  return {
    ...before,
    phase: end?.phase ?? 'Running',
    startedAt: before.startedAt ?? pass.nowText,
    ...(end === undefined ? {} : { finishedAt: pass.nowText }),
    ...(end?.message === undefined ? {} : { message: end.message }),
    progress: progressText(pass),
    conditions: conditionsOf(pass, end !== undefined),
    ...(outputs === undefined ? {} : { outputs }),
  };
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

/** When a finished workflow may be deleted; `undefined` when it is kept. */
export function expiresAt(observed: WorkflowObserved): Instant | undefined {
  const { secondsAfterCompletion, secondsAfterSuccess, secondsAfterFailure } = observed.workflow.spec.ttlStrategy ?? {};
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
  return deleteDelay(observed.workflow.spec.podGC, observed.settings.podGcDelay);
}

/** True when every node of a workflow that may still change is through. */
export function isRootFulfilled(pass: Pass): boolean {
  const root = pass.draft.get(pass.name);
  return root !== undefined && isFulfilled(root);
}
