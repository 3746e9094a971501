import { formatTime, type Instant } from '@argosy/std';
import { findCondition, setCondition, type Condition } from '@argosy/kube/meta';
import { isHookOpen, isReady, isStarted } from './container-probes.ts';
import { mustRestart, pullBackoffFrom, restartTime } from './container-restart.ts';
import { runningOf, type ContainerView } from './container-stop.ts';
import type { InstanceSeen, PodObserved, PodPlanEnv, RefusalSeen } from './plan-types.ts';
import {
  isTerminal,
  type ContainerRole,
  type ContainerState,
  type ContainerStatus,
  type PodPhase,
  type PodStatus,
} from './pod-types.ts';
import { qosClassOf } from './qos.ts';

/** What the planner found out about the pod as a whole before the status is computed. */
export interface PodVerdict {
  /** Every init container has done its work (or the pod has been beyond that before). */
  readonly isInitialized: boolean;
  /** Nothing will be started any more: the pod ends, for whatever reason. */
  readonly isEnding: boolean;
  /** Overrides the phase once all containers have ended. */
  readonly failure?: { readonly reason?: string; readonly message?: string };
}

function terminatedState(instance: InstanceSeen): ContainerState {
  const { exitCode, signal, reason, message } = instance;
  return {
    terminated: {
      exitCode: exitCode ?? 137,
      ...(signal === undefined ? {} : { signal }),
      reason: reason ?? (exitCode === 0 ? 'Completed' : 'Error'),
      ...(message === undefined || message === '' ? {} : { message }),
      startedAt: instance.startedAt === undefined ? null : formatTime(instance.startedAt),
      finishedAt: instance.finishedAt === undefined ? null : formatTime(instance.finishedAt),
      containerID: instance.id,
    },
  };
}

function backOffState(view: ContainerView, instance: InstanceSeen, input: StatusInput): ContainerState | undefined {
  const { observed, env } = input;
  const { at, delayMs } = restartTime(view, instance, env.timing);
  if (at <= env.now) return undefined;
  const { name, namespace, uid } = observed.pod.metadata;
  const text = `back-off ${formatSpan(delayMs)} restarting failed container=${view.spec.name}`;
  return { waiting: { reason: 'CrashLoopBackOff', message: `${text} pod=${name}_${namespace ?? ''}(${uid ?? ''})` } };
}

/** `10s`, `1m20s`, `5m0s`: how Go prints a duration of whole seconds. */
function formatSpan(spanMs: number): string {
  const whole = Math.ceil(spanMs / 1000);
  return whole < 60 ? `${whole}s` : `${Math.floor(whole / 60)}m${whole % 60}s`;
}

interface StatusInput {
  readonly observed: PodObserved;
  readonly views: readonly ContainerView[];
  readonly verdict: PodVerdict;
  readonly env: PodPlanEnv;
}

function refusedState(view: ContainerView, refusal: RefusalSeen, now: Instant): ContainerState {
  const { reason, message } = refusal;
  const from = pullBackoffFrom(refusal);
  if (from === undefined || now < from) return { waiting: { reason, message } };
  const words = `Back-off pulling image "${view.spec.image ?? ''}": ErrImagePull: ${message}`;
  return { waiting: { reason: 'ImagePullBackOff', message: words } };
}

function unstartedState(view: ContainerView, input: StatusInput): ContainerState {
  if (view.seen.refusal !== undefined) return refusedState(view, view.seen.refusal, input.env.now);
  const hasInit = (input.observed.pod.spec.initContainers ?? []).length > 0;
  const isWaitingForInit = hasInit && !input.verdict.isInitialized;
  return { waiting: { reason: isWaitingForInit ? 'PodInitializing' : 'ContainerCreating' } };
}

/** The state of a container whose last instance has ended, and whether that instance is told as the last state. */
function endedState(view: ContainerView, instance: InstanceSeen, input: StatusInput): ContainerState {
  const policy = input.observed.pod.spec.restartPolicy ?? 'Always';
  if (input.verdict.isEnding || !mustRestart(view.role, instance, policy)) return terminatedState(instance);
  if (view.seen.refusal !== undefined) return unstartedState(view, input);
  return backOffState(view, instance, input) ?? terminatedState(instance);
}

function stateOf(view: ContainerView, input: StatusInput): { state: ContainerState; lastState: ContainerState } {
  const current = view.seen.current;
  const previous = view.seen.previous === undefined ? {} : terminatedState(view.seen.previous);
  if (current === undefined) return { state: unstartedState(view, input), lastState: previous };
  if (current.state === 'running') {
    if (isHookOpen(view)) return { state: { waiting: { reason: 'ContainerCreating' } }, lastState: previous };
    const startedAt = formatTime(current.startedAt ?? input.env.now);
    return { state: { running: { startedAt } }, lastState: previous };
  }
  const state = endedState(view, current, input);
  return { state, lastState: state.waiting === undefined ? previous : terminatedState(current) };
}

function containerStatus(view: ContainerView, input: StatusInput): ContainerStatus {
  const current = view.seen.current;
  const isDone = view.role === 'init' && current?.state === 'exited' && current.exitCode === 0;
  return {
    name: view.spec.name,
    ...stateOf(view, input),
    ready: isDone || isReady(view),
    started: isStarted(view),
    image: view.spec.image ?? '',
    ...instanceFields(current),
  };
}

function instanceFields(
  current: InstanceSeen | undefined,
): Pick<ContainerStatus, 'restartCount' | 'imageID' | 'containerID'> {
  if (current === undefined) return { restartCount: 0, imageID: '' };
  const { attempt, id, imageId = '' } = current;
  return { restartCount: attempt, imageID: imageId, ...(id === '' ? {} : { containerID: id }) };
}

function endedPhase(views: readonly ContainerView[], verdict: PodVerdict): PodPhase | undefined {
  if (views.some((view) => runningOf(view) !== undefined)) return undefined;
  if (verdict.failure !== undefined) return 'Failed';
  const mains = views.filter((view) => view.role === 'main');
  if (mains.some((view) => view.seen.current === undefined)) return undefined;
  return mains.every((view) => view.seen.current?.exitCode === 0) ? 'Succeeded' : 'Failed';
}

/** The next phase. It never goes back, and a terminal phase waits until every container has ended. */
export function phaseOf(before: PodPhase | undefined, views: readonly ContainerView[], verdict: PodVerdict): PodPhase {
  if (before !== undefined && isTerminal(before)) return before;
  const ended = verdict.isEnding ? endedPhase(views, verdict) : undefined;
  if (ended !== undefined) return ended;
  if (before === 'Running') return 'Running';
  const mains = views.filter((view) => view.role === 'main');
  const isStartedOnce = mains.every((view) => view.seen.current !== undefined);
  return verdict.isInitialized && isStartedOnce ? 'Running' : 'Pending';
}

function unready(views: readonly ContainerView[]): readonly string[] {
  return views
    .filter((view) => view.role !== 'init' && view.role !== 'ephemeral' && !isReady(view))
    .map((view) => view.spec.name);
}

function readiness(type: string, phase: PodPhase, names: readonly string[]): Condition {
  if (phase === 'Succeeded') return { type, status: 'False', reason: 'PodCompleted' };
  if (phase === 'Failed') return { type, status: 'False', reason: 'PodFailed' };
  if (names.length === 0) return { type, status: 'True' };
  const message = `containers with unready status: [${names.join(' ')}]`;
  return { type, status: 'False', reason: 'ContainersNotReady', message };
}

function initialized(input: StatusInput, phase: PodPhase): Condition {
  const type = 'Initialized';
  if (phase === 'Succeeded') return { type, status: 'True', reason: 'PodCompleted' };
  if (input.verdict.isInitialized) return { type, status: 'True' };
  const open = input.views.filter(
    (view) =>
      (view.role === 'init' && !(view.seen.current?.state === 'exited' && view.seen.current.exitCode === 0)) ||
      (view.role === 'sidecar' && !isStarted(view)),
  );
  const message = `containers with incomplete status: [${open.map((view) => view.spec.name).join(' ')}]`;
  return { type, status: 'False', reason: 'ContainersNotInitialized', message };
}

function podReady(input: StatusInput, phase: PodPhase, names: readonly string[]): Condition {
  const ready = readiness('Ready', phase, names);
  const gates = input.observed.pod.spec.readinessGates ?? [];
  if (ready.status === 'False' || gates.length === 0) return ready;
  const complaints = gates.flatMap(({ conditionType }) => {
    const condition = findCondition(input.observed.pod.status?.conditions, conditionType);
    if (condition?.status === 'True') return [];
    const fault = condition === undefined ? 'does not exist' : `has status "${condition.status}", not "True"`;
    return [`corresponding condition of pod readiness gate "${conditionType}" ${fault}.`];
  });
  if (complaints.length === 0) return ready;
  return { type: 'Ready', status: 'False', reason: 'ReadinessGatesNotReady', message: complaints.join(', ') };
}

function conditionsOf(input: StatusInput, phase: PodPhase): readonly Condition[] {
  const before = input.observed.pod.status?.conditions;
  const names = unready(input.views);
  const isSetUp = input.observed.setup.state === 'ready' && !isTerminal(phase);
  const wanted: readonly Condition[] = [
    ...(findCondition(before, 'PodScheduled') === undefined
      ? [{ type: 'PodScheduled', status: 'True' } satisfies Condition]
      : []),
    { type: 'PodReadyToStartContainers', status: isSetUp ? 'True' : 'False' },
    initialized(input, phase),
    readiness('ContainersReady', phase, names),
    podReady(input, phase, names),
  ];
  return wanted.reduce<readonly Condition[]>(
    (list, condition) => setCondition(list, condition, input.env.now),
    before ?? [],
  );
}

function startTimeOf(before: PodStatus | undefined, now: Instant): string {
  return before?.startTime ?? formatTime(now);
}

function verdictWords(before: PodStatus | undefined, verdict: PodVerdict, phase: PodPhase): Partial<PodStatus> {
  const words = phase === 'Failed' && verdict.failure !== undefined ? verdict.failure : before;
  return {
    ...(words?.reason === undefined || phase === 'Pending' ? {} : { reason: words.reason }),
    ...(words?.message === undefined || phase === 'Pending' ? {} : { message: words.message }),
  };
}

/** The whole next status of a pod, computed in this one place. */
export function podStatus(input: StatusInput): PodStatus {
  const { observed, views, verdict, env } = input;
  const before = observed.pod.status;
  const phase = phaseOf(before?.phase, views, verdict);
  const statuses = (...roles: readonly ContainerRole[]): readonly ContainerStatus[] =>
    views.filter((view) => roles.includes(view.role)).map((view) => containerStatus(view, input));
  const podIp = observed.podIp ?? before?.podIP;
  const initStatuses = statuses('init', 'sidecar');
  const ephemeralStatuses = statuses('ephemeral');
  return {
    phase,
    ...verdictWords(before, verdict, phase),
    conditions: conditionsOf(input, phase),
    hostIP: observed.hostIp,
    hostIPs: [{ ip: observed.hostIp }],
    ...(podIp === undefined ? {} : { podIP: podIp, podIPs: [{ ip: podIp }] }),
    startTime: startTimeOf(before, env.now),
    qosClass: qosClassOf(observed.pod.spec),
    ...(initStatuses.length === 0 ? {} : { initContainerStatuses: initStatuses }),
    containerStatuses: statuses('main'),
    ...(ephemeralStatuses.length === 0 ? {} : { ephemeralContainerStatuses: ephemeralStatuses }),
  };
}
