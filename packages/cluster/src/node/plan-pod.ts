import { after, milliseconds, must, parseTime, seconds, type Instant } from '@argosy/std';
import { requeue, settled, type Plan } from '@argosy/kube/plan';
import { foldResult, isHookOpen, isStarted, planProbes } from './container-probes.ts';
import { mustRestart, pullBackoffFrom, restartDelayMs, restartTime, viewsOf } from './container-restart.ts';
import { planStop, runningOf, type ContainerStep, type ContainerView, type StopOrder } from './container-stop.ts';
import type {
  ContainerMemory,
  InstanceSeen,
  PodAction,
  PodMemory,
  PodObserved,
  PodPlanEnv,
  RefusalSeen,
} from './plan-types.ts';
import { podStatus, type PodVerdict } from './pod-status.ts';
import { isTerminal, type PodStatus } from './pod-types.ts';

/** What a round leaves behind: the status to publish and the memory of the next round. */
export interface PodOutcome {
  readonly pod: PodStatus;
  readonly memory: PodMemory;
}

interface Round {
  readonly observed: PodObserved;
  readonly env: PodPlanEnv;
  readonly actions: PodAction[];
  readonly wakes: Instant[];
  readonly memories: Map<string, ContainerMemory>;
}

/** The text of upstream for a pod that outlived activeDeadlineSeconds; Argo shows it. */
const DEADLINE_MESSAGE = 'Pod was active on the node longer than the specified deadline';

function take(round: Round, view: ContainerView, step: ContainerStep): ContainerView {
  round.actions.push(...step.actions);
  if (step.wakeAt !== undefined) round.wakes.push(step.wakeAt);
  round.memories.set(view.spec.name, step.memory);
  return { ...view, memory: step.memory };
}

function podGraceSeconds(observed: PodObserved): number {
  const { metadata, spec } = observed.pod;
  return metadata.deletionGracePeriodSeconds ?? spec.terminationGracePeriodSeconds ?? 30;
}

function foldResults(round: Round, views: readonly ContainerView[]): readonly ContainerView[] {
  const options = { env: round.env, podGraceSeconds: podGraceSeconds(round.observed) };
  return views.map((view) => {
    const results = round.observed.probeResults.filter((result) => result.container === view.spec.name);
    return results.reduce((next, result) => take(round, next, foldResult(next, result, options)), view);
  });
}

function deadlineOf(observed: PodObserved): Instant | undefined {
  const limit = observed.pod.spec.activeDeadlineSeconds;
  const startedAt = parseTime(observed.pod.status?.startTime ?? '');
  return limit === undefined || startedAt === undefined ? undefined : after(startedAt, seconds(limit));
}

function isFinished(view: ContainerView, restartPolicy: string): boolean {
  const current = view.seen.current;
  return current?.state === 'exited' && !mustRestart(view.role, current, restartPolicy);
}

function isInitializedBefore(observed: PodObserved, views: readonly ContainerView[]): boolean {
  const condition = observed.pod.status?.conditions?.find((item) => item.type === 'Initialized');
  return condition?.status === 'True' || views.some((view) => view.role === 'main' && view.seen.current !== undefined);
}

function isInitialized(observed: PodObserved, views: readonly ContainerView[]): boolean {
  if (isInitializedBefore(observed, views)) return true;
  return views.every((view) => {
    if (view.role === 'main' || view.role === 'ephemeral') return true;
    if (view.role === 'sidecar') return isStarted(view);
    return view.seen.current?.state === 'exited' && view.seen.current.exitCode === 0;
  });
}

function isOverdue(observed: PodObserved, now: Instant): boolean {
  const deadline = deadlineOf(observed);
  return deadline !== undefined && now >= deadline && !isTerminal(observed.pod.status?.phase);
}

function isToEnd(observed: PodObserved, views: readonly ContainerView[], policy: string): boolean {
  const { metadata, status } = observed.pod;
  if (observed.gone || metadata.deletionTimestamp !== undefined || isTerminal(status?.phase)) return true;
  return views.every((view) => view.role !== 'main' || isFinished(view, policy));
}

/** Decides whether the pod still runs or is ending, and why. */
function verdictOf(observed: PodObserved, views: readonly ContainerView[], now: Instant): PodVerdict {
  const policy = observed.pod.spec.restartPolicy ?? 'Always';
  const base = { isInitialized: isInitialized(observed, views) };
  if (isOverdue(observed, now)) {
    return { ...base, isEnding: true, failure: { reason: 'DeadlineExceeded', message: DEADLINE_MESSAGE } };
  }
  if (observed.evicted !== undefined && !isTerminal(observed.pod.status?.phase)) {
    return { ...base, isEnding: true, failure: { reason: 'Evicted', message: observed.evicted } };
  }
  const isInitFailed = views.some((view) => view.role === 'init' && isFailedInit(view, policy));
  if (!base.isInitialized && isInitFailed) return { ...base, isEnding: true, failure: {} };
  return { ...base, isEnding: isToEnd(observed, views, policy) };
}

function isFailedInit(view: ContainerView, policy: string): boolean {
  const current = view.seen.current;
  return current?.state === 'exited' && current.exitCode !== 0 && !mustRestart('init', current, policy);
}

/** The grace of the whole pod: a deleted pod's own, the spec's otherwise, next to none for one that is already gone. */
function podStop(round: Round): { readonly since: Instant; readonly graceMs: number } {
  const { observed, env } = round;
  const graceMs = observed.gone ? env.timing.leastGraceMs : podGraceSeconds(observed) * 1000;
  const before = observed.memory.stop;
  if (before === undefined) return { since: env.now, graceMs };
  const dueAt = Math.min(before.since + before.graceMs, env.now + graceMs);
  return { since: before.since, graceMs: Math.max(0, dueAt - before.since) };
}

/** Stops everything: main and init containers together, then sidecars from the last to the first, within one grace. */
function planEnding(round: Round, views: readonly ContainerView[]): PodMemory['stop'] {
  const stop = podStop(round);
  const { env } = round;
  const leftMs = Math.max(0, stop.since + stop.graceMs - env.now);
  let isLaterRunning = false;
  for (const view of views.toReversed()) {
    const isHeld = view.role === 'sidecar' && isLaterRunning && leftMs > 0;
    const graceMs = stop.graceMs === 0 ? 0 : Math.max(leftMs, view.role === 'sidecar' ? env.timing.leastGraceMs : 0);
    const order: StopOrder = { graceMs, message: `Stopping container ${view.spec.name}` };
    take(round, view, planStop(view, isHeld ? undefined : order, env));
    isLaterRunning ||= runningOf(view) !== undefined;
  }
  if (isLaterRunning && leftMs > 0) round.wakes.push(after(env.now, milliseconds(leftMs)));
  return stop;
}

/** Tells once that a failed pull is waited for; `undefined` when there is nothing (more) to tell. */
function pullBackoffStep(view: ContainerView, refusal: RefusalSeen, env: PodPlanEnv): ContainerStep | undefined {
  const from = pullBackoffFrom(refusal);
  if (from === undefined || view.memory.pullTold === refusal.count) return undefined;
  if (env.now < from) return { actions: [], memory: view.memory, wakeAt: from };
  const container = view.spec.name;
  const wait = {
    type: 'Normal',
    reason: 'BackOff',
    message: `Back-off pulling image "${view.spec.image ?? ''}"`,
  } as const;
  const failed = { type: 'Warning', reason: 'Failed', message: 'Error: ImagePullBackOff' } as const;
  return {
    actions: [wait, failed].map((event) => ({ kind: 'record-event', container, event })),
    memory: { ...view.memory, pullTold: refusal.count },
    wakeAt: after(refusal.at, milliseconds(restartDelayMs(refusal.count, env.timing))),
  };
}

function startStep(view: ContainerView, attempt: number, env: PodPlanEnv): ContainerStep {
  const refusal = view.seen.refusal;
  if (refusal !== undefined) {
    const retryAt = after(refusal.at, milliseconds(restartDelayMs(refusal.count, env.timing)));
    if (env.now < retryAt)
      return pullBackoffStep(view, refusal, env) ?? { actions: [], memory: view.memory, wakeAt: retryAt };
  }
  return { actions: [{ kind: 'start-container', container: view.spec.name, attempt }], memory: view.memory };
}

function restartStep(view: ContainerView, instance: InstanceSeen, round: Round): ContainerStep {
  const { env } = round;
  const { at } = restartTime(view, instance, env.timing);
  if (at <= env.now) return startStep(view, instance.attempt + 1, env);
  if (view.memory.backoffTold === instance.attempt) return { actions: [], memory: view.memory, wakeAt: at };
  const { name, namespace, uid } = round.observed.pod.metadata;
  const message = `Back-off restarting failed container ${view.spec.name} in pod ${name}_${namespace ?? ''}(${uid ?? ''})`;
  return {
    actions: [
      { kind: 'record-event', container: view.spec.name, event: { type: 'Warning', reason: 'BackOff', message } },
    ],
    memory: { ...view.memory, backoffTold: instance.attempt },
    wakeAt: at,
  };
}

function hookStep(view: ContainerView, instance: InstanceSeen, round: Round): ContainerStep {
  const handler = view.spec.lifecycle?.postStart;
  if (handler === undefined || view.memory.stop !== undefined) return { actions: [], memory: view.memory };
  const hook = view.seen.postStart;
  if (hook === undefined) {
    const { attempt } = instance;
    const action: PodAction = { kind: 'run-hook', container: view.spec.name, attempt, hook: 'postStart', handler };
    return { actions: [action], memory: view.memory };
  }
  if (hook.state !== 'failed') return { actions: [], memory: view.memory };
  const stop = planStop(
    view,
    { graceMs: podGraceSeconds(round.observed) * 1000, message: 'FailedPostStartHook' },
    round.env,
  );
  const event = { type: 'Warning', reason: 'FailedPostStartHook', message: hook.message } as const;
  return { ...stop, actions: [{ kind: 'record-event', container: view.spec.name, event }, ...stop.actions] };
}

/** Keeps one container in the state that a running pod wants for it. */
function keep(round: Round, view: ContainerView): ContainerView {
  const current = view.seen.current;
  if (current === undefined) return take(round, view, startStep(view, 0, round.env));
  if (current.state === 'exited') {
    const policy = round.observed.pod.spec.restartPolicy ?? 'Always';
    if (!mustRestart(view.role, current, policy)) return view;
    return take(round, view, restartStep(view, current, round));
  }
  const stopped = take(round, view, planStop(view, undefined, round.env));
  if (isHookOpen(stopped)) return take(round, stopped, hookStep(stopped, current, round));
  return view.role === 'init' ? stopped : take(round, stopped, planProbes(stopped, round.env));
}

/** Starts what may start, in order: each init container waits for the one before, main containers wait for all. */
function planRunning(round: Round, views: readonly ContainerView[], initDone: boolean): void {
  for (const view of views) {
    if (initDone && view.role === 'init') continue;
    const kept = keep(round, view);
    if (initDone || view.role === 'main' || view.role === 'ephemeral') continue;
    const isOver = view.role === 'sidecar' ? isStarted(kept) : isCompleted(kept);
    if (!isOver) return;
  }
}

function isCompleted(view: ContainerView): boolean {
  return view.seen.current?.state === 'exited' && view.seen.current.exitCode === 0;
}

/** Missing volumes are asked for again soon: usually somebody is just about to create what they need. */
function setupDelayMs(failures: number): number {
  return Math.min(120_000, 500 * 2 ** Math.min(failures - 1, 10));
}

/** True when volumes and address stand; otherwise plans to set them up, at once or after a delay. */
function isSetUp(round: Round): boolean {
  const { setup } = round.observed;
  const { env } = round;
  if (setup.state === 'ready') return true;
  if (setup.state === 'failed') {
    const retryAt = after(setup.at, milliseconds(setupDelayMs(setup.count)));
    if (env.now < retryAt) {
      round.wakes.push(retryAt);
      return false;
    }
  }
  round.actions.push({ kind: 'prepare-pod' });
  return false;
}

/** A terminal phase with nothing running: the status is history and is not touched again. */
function isSettledForever(observed: PodObserved, views: readonly ContainerView[]): boolean {
  return isTerminal(observed.pod.status?.phase) && views.every((view) => runningOf(view) === undefined);
}

function planFinal(round: Round, views: readonly ContainerView[]): void {
  const { pod, gone } = round.observed;
  const isRunning = views.some((view) => runningOf(view) !== undefined);
  const isDeleted = pod.metadata.deletionTimestamp !== undefined && pod.metadata.deletionGracePeriodSeconds !== 0;
  if (!isRunning && (gone || isDeleted)) round.actions.push({ kind: 'finalize-pod' });
}

/**
 * Plans one round of a pod: containers to start, probe, signal and restart, the whole status, what to remember and when
 * to look again. Pure and total; every action may be repeated. Main containers start after init containers; a pod that
 * ends (deletion, deadline, failure, completion) stops everything, reports its terminal phase only when no container
 * runs, and a deleted one is then finalized.
 */
export function planPod(observed: PodObserved, env: PodPlanEnv): Plan<PodAction, PodOutcome> {
  const round: Round = { observed, env, actions: [], wakes: [], memories: new Map() };
  const initial = foldResults(round, viewsOf(observed, env.now, env.timing));
  for (const view of initial) round.memories.set(view.spec.name, view.memory);
  const verdict = verdictOf(observed, initial, env.now);
  let stop: PodMemory['stop'];
  if (verdict.isEnding) stop = planEnding(round, initial);
  else if (isSetUp(round)) planRunning(round, initial, verdict.isInitialized);
  const deadline = verdict.isEnding ? undefined : deadlineOf(observed);
  if (deadline !== undefined) round.wakes.push(deadline);
  const views = initial.map((view) => ({ ...view, memory: round.memories.get(view.spec.name) ?? view.memory }));
  const status = isSettledForever(observed, views)
    ? must(observed.pod.status, 'status')
    : podStatus({ observed, views, verdict, env });
  if (verdict.isEnding) planFinal(round, views);
  const memory: PodMemory = {
    containers: Object.fromEntries(round.memories),
    ...(stop === undefined ? {} : { stop }),
  };
  const wakeAt = Math.min(...round.wakes);
  const next = Number.isFinite(wakeAt) ? requeue(milliseconds(Math.max(0, wakeAt - env.now)), 'NextDeadline') : settled;
  return { actions: round.actions, status: { pod: status, memory }, next };
}
