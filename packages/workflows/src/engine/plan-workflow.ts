import { workflowLabels, type NodeStatus, type Workflow } from '@argosy/api/workflows';
import { done, requeue, settled, stalled, type Next, type Plan, type PlanEnv } from '@argosy/kube/plan';
import { lenient } from '@argosy/lang/tags';
import { after, assert, formatTime, milliseconds, ok, parseTime, type Instant } from '@argosy/std';

import { wakeBlocked } from './boundary-room.ts';
import { beginLocked, startTemplate } from './execute-template.ts';
import { isLockWaiting } from './locks.ts';
import { ensureWorkflowLocks, holdsLocks, lockPollAt, lockRefusal, takeGrants } from './plan-locks.ts';
import type { PodFacts, WorkflowAction, WorkflowObserved, WorkflowStatusChange } from './contract.ts';
import type { CompiledWorkflow, ValidationProblem } from './compiled.ts';
import {
  announceEnd,
  ensureWorkflowExit,
  ensureWorkflowHooks,
  expiresAt,
  isRootFulfilled,
  mirrorLabels,
  podCleanup,
  podDeleteDelay,
  specOf,
  statusFields,
  workflowEnd,
  type WorkflowEnd,
} from './finish-workflow.ts';
import { passArguments } from './inputs.ts';
import { endDaemons, followDaemons } from './daemons.ts';
import { followNode } from './leaf-nodes.ts';
import { isDaemon, isFulfilled } from './node-memory.ts';
import { endNode } from './nodes.ts';
import { isStopped, openPass, templateOf, workflowDeadline, type Pass, type Touched } from './pass.ts';
import { advanceDag } from './plan-dag.ts';
import { advanceSteps } from './plan-steps.ts';
import { advanceRetry, runOfNode } from './retry-node.ts';
import { globalSource, openFrame, scopeOf } from './scope.ts';
import { definedMembers } from './defined-members.ts';
import { createObjects, deleteObjects } from './workflow-objects.ts';
import { addMetadata } from './workflow-metadata.ts';

/** Most looks at boundaries and Retry nodes in one round; more mean that the engine runs in a circle. */
export const MAX_LOOKS = 1_000_000;

/** What a plan for a workflow is. */
export type WorkflowPlan = Plan<WorkflowAction, WorkflowStatusChange>;

function isOver(workflow: Workflow): boolean {
  return ['Succeeded', 'Failed', 'Error'].includes(workflow.status?.phase ?? '');
}

function unchanged(workflow: Workflow): WorkflowStatusChange {
  const { nodes: _nodes, ...fields } = workflow.status ?? {};
  return { nodes: {}, fields, labels: {}, annotations: {}, carried: { waits: {}, blocked: [] } };
}

interface Cleanup {
  readonly actions: readonly WorkflowAction[];
  readonly waits: { readonly [nodeId: string]: Instant };
}

function recordedNode(observed: WorkflowObserved, id: string): NodeStatus | undefined {
  return observed.memory === undefined ? observed.workflow.status?.nodes?.[id] : observed.memory.nodes.get(id);
}

function endOf(node: NodeStatus, now: Instant): Instant {
  return parseTime(node.finishedAt ?? '') ?? now;
}

function cleanupOf(observed: WorkflowObserved, pod: PodFacts, now: Instant): WorkflowAction | Instant | undefined {
  const node = recordedNode(observed, pod.nodeId);
  // What became of a daemon's pod is recorded first.
  if (node === undefined || !isFulfilled(node) || isDaemon(node)) return undefined;
  const { status } = observed.workflow;
  const phase = isOver(observed.workflow) ? status?.phase : undefined;
  const verdict = podCleanup({ gc: specOf(observed).podGC, pod, ...definedMembers({ phase }) });
  if (verdict === 'nothing') return undefined;
  if (verdict === 'label') {
    return pod.labelledCompleted ? undefined : { kind: 'label-pod-completed', podName: pod.name };
  }
  const due = after(endOf(node, now), podDeleteDelay(observed));
  return due <= now ? { kind: 'delete-pod', podName: pod.name, podUid: pod.uid } : due;
}

/** What happens to finished pods whose end is already recorded: never earlier, or a crash would lose their outcome. */
function planCleanup(observed: WorkflowObserved, now: Instant): Cleanup {
  const actions: WorkflowAction[] = [];
  const waits: { [nodeId: string]: Instant } = {};
  for (const pod of observed.pods) {
    if (pod.phase !== 'Succeeded' && pod.phase !== 'Failed') continue;
    const cleanup = cleanupOf(observed, pod, now);
    if (typeof cleanup === 'number') waits[pod.nodeId] = cleanup;
    else if (cleanup !== undefined) actions.push(cleanup);
  }
  return { actions, waits };
}

function soonest(times: readonly (Instant | undefined)[], now: Instant): Next {
  const known = times.filter((time) => time !== undefined);
  if (known.length === 0) return settled;
  return requeue(milliseconds(Math.max(0, Math.min(...known) - now)), 'WorkflowWaits');
}

function planCompleted(observed: WorkflowObserved, env: PlanEnv): WorkflowPlan {
  const cleanup = planCleanup(observed, env.now);
  const expiry = expiresAt(observed);
  const status = { ...unchanged(observed.workflow), carried: { waits: cleanup.waits, blocked: [] } };
  if (expiry !== undefined && expiry <= env.now) {
    return { actions: [...cleanup.actions, { kind: 'delete-workflow' }], status, next: settled };
  }
  return { actions: cleanup.actions, status, next: soonest([expiry, ...Object.values(cleanup.waits)], env.now) };
}

function planInvalid(workflow: Workflow, problems: readonly ValidationProblem[], env: PlanEnv): WorkflowPlan {
  const told = problems.map((problem) => problem.message).join('; ');
  const message = `invalid spec: ${told}`;
  const now = formatTime(env.now);
  const fields = {
    ...unchanged(workflow).fields,
    phase: 'Failed' as const,
    startedAt: workflow.status?.startedAt ?? now,
    finishedAt: now,
    message,
    conditions: [{ type: 'Completed', status: 'True' }],
  };
  const event = { type: 'Warning', reason: 'WorkflowFailed', message } as const;
  return {
    actions: [{ kind: 'record-event', event }],
    status: { ...unchanged(workflow), ...mirrorLabels('Failed', true), fields },
    next: stalled('InvalidSpec', message),
  };
}

/** A node that waits for locks begins once they are recorded as its own. */
function advanceWaiting(pass: Pass, node: NodeStatus): void {
  const compiled = templateOf(pass, node);
  const isHeld = holdsLocks(pass, node.id) && !isStopped(pass, node.name) && !pass.suspended;
  if (isHeld && compiled !== undefined) beginLocked(pass, node, runOfNode(pass, node, compiled));
}

function advance(pass: Pass, node: NodeStatus, touched: Touched): void {
  if (isLockWaiting(node)) {
    advanceWaiting(pass, node);
    return;
  }
  if (node.type === 'Retry') {
    advanceRetry(pass, node);
    return;
  }
  const compiled = templateOf(pass, node);
  if (compiled === undefined) {
    endNode(pass, node, { phase: 'Error', message: `template name '${node.templateName ?? ''}' undefined` });
    return;
  }
  const frame = openFrame(pass, node, compiled);
  if (node.type === 'DAG') advanceDag(pass, frame, touched);
  else advanceSteps(pass, frame, touched);
}

/**
 * Looks at everything that asked for it until nothing asks any more. What ends meanwhile may have made room for others
 * that wait for it; they are asked again as long as something changes.
 */
function runWork(pass: Pass): void {
  let edits = -1;
  for (let looks = 0; ; looks += 1) {
    assert(looks < MAX_LOOKS, 'a workflow round does not come to rest');
    if (pass.work.size === 0) {
      if (pass.draft.edits() === edits || !wakeBlocked(pass, [...pass.blocked])) return;
      edits = pass.draft.edits();
    }
    const [id, touched] = pass.work.entries().next().value ?? ['', 'all'];
    pass.work.delete(id);
    const node = pass.draft.get(id);
    if (node !== undefined && !isFulfilled(node)) advance(pass, node, touched);
  }
}

function dueNodes(pass: Pass): readonly string[] {
  const due: string[] = [];
  for (const [id, at] of pass.waits) {
    // A pod's own wait is over only in a round that sees the pod.
    if (at <= pass.env.now && pass.draft.get(id)?.type !== 'Pod') due.push(id);
  }
  return due;
}

function followTouched(pass: Pass): void {
  const { touched } = pass.observed;
  const everything = touched === 'all';
  const nodes = everything
    ? pass.draft.openNodes()
    : [...touched, ...dueNodes(pass)].map((id) => pass.draft.get(id)).filter((node) => node !== undefined);
  for (const node of nodes) followNode(pass, pass.draft.get(node.id) ?? node);
}

function startRoot(pass: Pass): void {
  if (pass.draft.get(pass.name) !== undefined || pass.suspended || pass.stopping !== undefined) return;
  if (pass.problem !== undefined || !ensureWorkflowLocks(pass)) return;
  const compiled = pass.compiled.templates.get(pass.compiled.entrypoint);
  assert(compiled !== undefined, 'a compiled workflow has its entrypoint');
  const given = { ...pass.compiled.spec.arguments, parameters: [...pass.arguments] };
  const passed = passArguments(given, { scope: scopeOf(pass, globalSource(pass)), options: lenient, artifact: ok });
  assert(passed.ok, 'nobody is strict about the arguments of a workflow');
  startTemplate(pass, {
    name: pass.name,
    compiled,
    templateName: pass.compiled.entrypoint,
    passed: passed.value,
    parents: [],
  });
}

/** The end of a workflow whose root never started; undefined when it may start still. */
function endWithoutRoot(pass: Pass): WorkflowEnd | undefined {
  if (pass.stopping !== undefined) {
    const { cause } = pass.stopping;
    const message = cause === 'deadline' ? 'Step exceeded its deadline' : `Stopped with strategy '${cause}'`;
    return { phase: 'Failed', message };
  }
  const refusal = lockRefusal(pass);
  if (refusal !== undefined) return { phase: 'Failed', message: refusal };
  return pass.problem === undefined ? undefined : { phase: 'Error', message: pass.problem };
}

/** The workflow's end, once the root and the exit handler are through. */
function settleEnd(pass: Pass): WorkflowEnd | undefined {
  if (pass.draft.get(pass.name) === undefined) return endWithoutRoot(pass);
  const isQuiet = ensureWorkflowHooks(pass);
  runWork(pass);
  if (!isRootFulfilled(pass) || !isQuiet) return undefined;
  const exit = ensureWorkflowExit(pass);
  runWork(pass);
  if (exit === 'waiting') return undefined;
  if (exit === undefined) return workflowEnd(pass, undefined);
  const current = pass.draft.get(exit.id) ?? exit;
  return isFulfilled(current) ? workflowEnd(pass, current) : undefined;
}

function nextOf(pass: Pass, waits: readonly Instant[]): Next {
  const deadline = workflowDeadline(pass);
  return soonest([...waits, lockPollAt(pass), pass.stopping === undefined ? deadline : undefined], pass.env.now);
}

function statusLabels(pass: Pass, phase: string, isAtEnd: boolean) {
  const [added, mirrored] = [pass.addedMetadata, mirrorLabels(phase, isAtEnd)];
  return {
    labels: { ...added.labels, ...mirrored.labels },
    annotations: { ...added.annotations, ...mirrored.annotations },
  };
}

function planRunning(observed: WorkflowObserved, compiled: CompiledWorkflow, env: PlanEnv): WorkflowPlan {
  const pass = addMetadata(openPass(observed, compiled, env));
  if ((observed.workflow.status?.phase ?? '') === '') {
    const event = { type: 'Normal', reason: 'WorkflowRunning', message: 'Workflow Running' } as const;
    pass.actions.push({ kind: 'record-event', event });
  }
  createObjects(pass);
  takeGrants(pass);
  followTouched(pass);
  wakeBlocked(pass, observed.carried?.blocked ?? []);
  startRoot(pass);
  runWork(pass);
  const end = settleEnd(pass);
  // Before those that ended by themselves: a round that died may have told this one to end.
  endDaemons(pass);
  followDaemons(pass);
  if (end !== undefined) {
    announceEnd(pass, end);
    deleteObjects(pass, end);
  }
  const cleanup = planCleanup(observed, env.now);
  const fields = statusFields(pass, end);
  const waits = { ...Object.fromEntries(pass.waits), ...cleanup.waits };
  return {
    actions: [...pass.actions, ...cleanup.actions],
    status: {
      nodes: pass.draft.changes(),
      fields,
      ...statusLabels(pass, fields.phase ?? 'Running', end !== undefined),
      carried: {
        waits,
        blocked: [...pass.blocked],
        ...(pass.through.size === 0 ? {} : { through: Object.fromEntries(pass.through) }),
      },
    },
    next: end === undefined ? nextOf(pass, Object.values(waits)) : settled,
  };
}

/**
 * Decides one round of a workflow: pure, synchronous, total. The cost follows what changed: with an index from the
 * round before, only touched nodes and the boundaries around them are looked at.
 */
export function planWorkflow(observed: WorkflowObserved, env: PlanEnv): WorkflowPlan {
  const { workflow, compiled } = observed;
  if (workflow.metadata.deletionTimestamp !== undefined) return done(unchanged(workflow));
  if (isOver(workflow)) {
    const isLabelled = workflow.metadata.labels?.[workflowLabels.completed] === 'true';
    return isLabelled ? planCompleted(observed, env) : planLabels(observed, env);
  }
  if (!compiled.ok) return planInvalid(workflow, compiled.error, env);
  return planRunning(observed, compiled.value, env);
}

/** A workflow that somebody else ended (by hand, or restored) gets the labels that mirror its phase. */
function planLabels(observed: WorkflowObserved, env: PlanEnv): WorkflowPlan {
  const plan = planCompleted(observed, env);
  return { ...plan, status: { ...plan.status, ...mirrorLabels(observed.workflow.status?.phase ?? '', true) } };
}
