import { after, instant, milliseconds, parseTime, type Instant } from '@argosy/std';
import { freshMemory } from './container-probes.ts';
import type { ContainerView } from './container-stop.ts';
import type {
  ContainerMemory,
  ContainerSeen,
  InstanceSeen,
  PodObserved,
  PodTiming,
  RefusalSeen,
} from './plan-types.ts';
import {
  allStatuses,
  rolesOf,
  type ContainerRole,
  type ContainerStatus,
  type Pod,
  type RoledContainer,
} from './pod-types.ts';

const MOST_SHORT_RUNS = 30;

/** Short runs in a row once `instance` is over: a long run forgives. */
function shortRunsAfter(memory: ContainerMemory, instance: InstanceSeen, timing: PodTiming): number {
  const ranMs = (instance.finishedAt ?? 0) - (instance.startedAt ?? instance.finishedAt ?? 0);
  return ranMs >= timing.backoffResetMs ? 0 : memory.shortRuns;
}

/** The delay before the restart that follows `shortRuns` short runs: none, then initial doubling up to the limit. */
export function restartDelayMs(shortRuns: number, timing: PodTiming): number {
  if (shortRuns <= 0) return 0;
  const doubled = timing.backoffInitialMs * 2 ** Math.min(shortRuns - 1, MOST_SHORT_RUNS);
  return Math.min(timing.backoffLimitMs, doubled);
}

/** How long a failed pull is told as such before it is told as waiting for the next try. */
const PULL_FAILURE_MS = 1000;

/** When a failed pull turns into the wait for the next one; `undefined` for refusals of other kinds. */
export function pullBackoffFrom(refusal: RefusalSeen): Instant | undefined {
  return refusal.reason === 'ErrImagePull' ? after(refusal.at, milliseconds(PULL_FAILURE_MS)) : undefined;
}

/** When an exited instance may be followed by the next, and the delay that was chosen. */
export function restartTime(
  view: ContainerView,
  instance: InstanceSeen,
  timing: PodTiming,
): { readonly at: Instant; readonly delayMs: number } {
  const delayMs = restartDelayMs(shortRunsAfter(view.memory, instance, timing), timing);
  return { at: after(instance.finishedAt ?? instant(0), milliseconds(delayMs)), delayMs };
}

/** True when an exited container must run again, as long as its pod is meant to run. */
export function mustRestart(role: ContainerRole, instance: InstanceSeen, restartPolicy: string): boolean {
  if (role === 'sidecar') return true;
  if (role === 'ephemeral') return false;
  const isFailed = instance.exitCode !== 0;
  if (role === 'init') return isFailed && restartPolicy !== 'Never';
  return restartPolicy === 'Always' || (restartPolicy === 'OnFailure' && isFailed);
}

function memoryFor(remembered: ContainerMemory | undefined, seen: ContainerSeen, timing: PodTiming): ContainerMemory {
  const attempt = seen.current?.attempt ?? 0;
  if (remembered === undefined) return freshMemory(attempt, attempt);
  if (seen.current === undefined || remembered.attempt === attempt) return remembered;
  const before = seen.previous;
  if (before === undefined || before.attempt !== remembered.attempt) return freshMemory(attempt, attempt);
  return freshMemory(attempt, shortRunsAfter(remembered, before, timing) + 1);
}

function timeOf(text: string | null | undefined): { readonly at?: Instant } {
  const at = typeof text === 'string' ? parseTime(text) : undefined;
  return at === undefined ? {} : { at };
}

/** An instance that the API server still tells of but the runtime has lost: it counts as killed. */
function lostInstance(status: ContainerStatus, now: Instant): InstanceSeen | undefined {
  const base = { attempt: status.restartCount, id: status.containerID ?? '', state: 'exited' as const };
  const ended = status.state.terminated;
  if (ended !== undefined) {
    const startedAt = timeOf(ended.startedAt).at;
    const finishedAt = timeOf(ended.finishedAt).at;
    return {
      ...base,
      exitCode: ended.exitCode,
      ...(startedAt === undefined ? {} : { startedAt }),
      ...(finishedAt === undefined ? {} : { finishedAt }),
      ...(ended.signal === undefined ? {} : { signal: ended.signal }),
      ...(ended.reason === undefined ? {} : { reason: ended.reason }),
      ...(ended.message === undefined ? {} : { message: ended.message }),
    };
  }
  if (status.state.running === undefined) return undefined;
  const startedAt = timeOf(status.state.running.startedAt).at;
  return {
    ...base,
    exitCode: 137,
    reason: 'ContainerStatusUnknown',
    message: 'The container could not be located when the node agent started again',
    ...(startedAt === undefined ? {} : { startedAt }),
    finishedAt: now,
  };
}

function statusOf(pod: Pod, name: string): ContainerStatus | undefined {
  return allStatuses(pod.status).find((status) => status.name === name);
}

function seenOf(observed: PodObserved, container: RoledContainer, now: Instant): ContainerSeen {
  const { name } = container.spec;
  const seen = Object.hasOwn(observed.containers, name) ? (observed.containers[name] ?? {}) : {};
  if (seen.current !== undefined) return seen;
  const status = statusOf(observed.pod, name);
  const lost = status === undefined ? undefined : lostInstance(status, now);
  return lost === undefined ? seen : { ...seen, current: lost };
}

/** The containers of a pod in starting order, each with what is known and remembered of it. */
export function viewsOf(observed: PodObserved, now: Instant, timing: PodTiming): readonly ContainerView[] {
  return rolesOf(observed.pod.spec).map((container) => {
    const seen = seenOf(observed, container, now);
    const memories = observed.memory.containers;
    const remembered = Object.hasOwn(memories, container.spec.name) ? memories[container.spec.name] : undefined;
    return { ...container, seen, memory: memoryFor(remembered, seen, timing) };
  });
}
