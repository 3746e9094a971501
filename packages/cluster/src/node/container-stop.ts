import { after, milliseconds, type Instant } from '@argosy/std';
import type { ContainerMemory, ContainerSeen, InstanceSeen, PodAction, PodPlanEnv, StopMemory } from './plan-types.ts';
import type { RoledContainer } from './pod-types.ts';

/** One container while it is planned: what it is, what is known, what is remembered. */
export interface ContainerView extends RoledContainer {
  readonly seen: ContainerSeen;
  readonly memory: ContainerMemory;
}

/** What a step of one container decided. */
export interface ContainerStep {
  readonly actions: readonly PodAction[];
  readonly memory: ContainerMemory;
  /** When to look again at the latest. */
  readonly wakeAt?: Instant;
}

/** Why a container goes down: the words of the Killing event. */
export interface StopOrder {
  readonly graceMs: number;
  readonly message: string;
}

/** The running instance of a container, if there is one. */
export function runningOf(view: { readonly seen: ContainerSeen }): InstanceSeen | undefined {
  return view.seen.current?.state === 'running' ? view.seen.current : undefined;
}

function signal(view: ContainerView, instance: InstanceSeen, name: string): PodAction {
  return { kind: 'signal-container', container: view.spec.name, attempt: instance.attempt, signal: name };
}

function stopSignal(view: ContainerView): string {
  return view.spec.lifecycle?.stopSignal ?? 'SIGTERM';
}

/** Begins the stop of a running container: preStop first if it has one, else the stop signal at once. */
function beginStop(
  view: ContainerView,
  instance: InstanceSeen,
  input: { order: StopOrder; now: Instant },
): ContainerStep {
  const { order, now } = input;
  const told: PodAction = {
    kind: 'record-event',
    container: view.spec.name,
    event: { type: 'Normal', reason: 'Killing', message: order.message },
  };
  const handler = view.spec.lifecycle?.preStop;
  const remembered = (stage: StopMemory['stage']): ContainerMemory => ({
    ...view.memory,
    stop: { since: now, graceMs: order.graceMs, stage },
  });
  if (order.graceMs <= 0) {
    return { actions: [told, signal(view, instance, 'SIGKILL')], memory: remembered('killing') };
  }
  const wakeAt = after(now, milliseconds(order.graceMs));
  if (handler === undefined) {
    return { actions: [told, signal(view, instance, stopSignal(view))], memory: remembered('terminating'), wakeAt };
  }
  const hook: PodAction = {
    kind: 'run-hook',
    container: view.spec.name,
    attempt: instance.attempt,
    hook: 'preStop',
    handler,
  };
  return { actions: [told, hook], memory: remembered('pre-stop'), wakeAt };
}

function leavePreStop(
  view: ContainerView,
  instance: InstanceSeen,
  input: { stop: StopMemory; env: PodPlanEnv },
): ContainerStep {
  const { stop, env } = input;
  const left = stop.since + stop.graceMs - env.now;
  const graceMs = Math.max(left, env.timing.leastGraceMs);
  const failure: readonly PodAction[] =
    view.seen.preStop?.state === 'failed'
      ? [
          {
            kind: 'record-event',
            container: view.spec.name,
            event: { type: 'Warning', reason: 'FailedPreStopHook', message: view.seen.preStop.message },
          },
        ]
      : [];
  return {
    actions: [...failure, signal(view, instance, stopSignal(view))],
    memory: { ...view.memory, stop: { since: env.now, graceMs, stage: 'terminating' } },
    wakeAt: after(env.now, milliseconds(graceMs)),
  };
}

function continueStop(
  view: ContainerView,
  instance: InstanceSeen,
  input: { stop: StopMemory; env: PodPlanEnv },
): ContainerStep {
  const { stop, env } = input;
  const dueAt = after(stop.since, milliseconds(stop.graceMs));
  const memory: ContainerMemory = { ...view.memory, stop };
  if (stop.stage === 'killing') return { actions: [], memory };
  if (stop.stage === 'pre-stop') {
    const isOver = view.seen.preStop !== undefined && view.seen.preStop.state !== 'running';
    if (isOver || env.now >= dueAt) return leavePreStop(view, instance, input);
    return { actions: [], memory, wakeAt: dueAt };
  }
  if (env.now < dueAt) return { actions: [], memory, wakeAt: dueAt };
  return { actions: [signal(view, instance, 'SIGKILL')], memory: { ...memory, stop: { ...stop, stage: 'killing' } } };
}

/** A later, stricter order shortens the grace that is left; it never lengthens it. */
function tightened(stop: StopMemory, order: StopOrder | undefined, now: Instant): StopMemory {
  if (order === undefined) return stop;
  const dueAt = Math.min(stop.since + stop.graceMs, now + order.graceMs);
  return { ...stop, graceMs: dueAt - stop.since };
}

/**
 * One step of bringing a container down: preStop → stop signal → grace → SIGKILL. Without `order` an ongoing stop is
 * carried on. A container that does not run needs no step.
 */
export function planStop(view: ContainerView, order: StopOrder | undefined, env: PodPlanEnv): ContainerStep {
  const instance = runningOf(view);
  if (instance === undefined) return { actions: [], memory: view.memory };
  const stop = view.memory.stop;
  if (stop !== undefined) return continueStop(view, instance, { stop: tightened(stop, order, env.now), env });
  if (order === undefined) return { actions: [], memory: view.memory };
  return beginStop(view, instance, { order, now: env.now });
}
