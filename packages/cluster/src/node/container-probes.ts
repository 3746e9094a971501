import { after, instant, must, seconds, type Instant } from '@argosy/std';
import type { ContainerMemory, PodAction, PodPlanEnv, ProbeKind, ProbeMemory, ProbeResult } from './plan-types.ts';
import { planStop, runningOf, type ContainerStep, type ContainerView } from './container-stop.ts';
import type { Container, Handler, Probe } from './pod-types.ts';

const KINDS: readonly ProbeKind[] = ['startup', 'readiness', 'liveness'];

/** The probe of a kind, if the container has one. */
export function probeOf(spec: Container, kind: ProbeKind): Probe | undefined {
  if (kind === 'startup') return spec.startupProbe;
  return kind === 'readiness' ? spec.readinessProbe : spec.livenessProbe;
}

/** The memory of an instance that has just begun. */
export function freshMemory(attempt: number, shortRuns: number): ContainerMemory {
  return { attempt, shortRuns, startupPassed: false, ready: false, probes: {} };
}

/** True when the container counts as started: postStart is over and a startup probe, if any, has passed. */
export function isStarted(view: ContainerView): boolean {
  if (runningOf(view) === undefined || isHookOpen(view)) return false;
  return view.spec.startupProbe === undefined || view.memory.startupPassed;
}

/** True when the container counts as ready. A container on its way down never does. */
export function isReady(view: ContainerView): boolean {
  if (!isStarted(view) || view.memory.stop !== undefined) return false;
  return view.spec.readinessProbe === undefined || view.memory.ready;
}

/** True while a postStart hook has not succeeded yet. */
export function isHookOpen(view: ContainerView): boolean {
  return view.spec.lifecycle?.postStart !== undefined && view.seen.postStart?.state !== 'done';
}

const LABELS = { startup: 'Startup', readiness: 'Readiness', liveness: 'Liveness' } as const;

function unhealthy(result: ProbeResult): PodAction {
  return {
    kind: 'record-event',
    container: result.container,
    event: {
      type: 'Warning',
      reason: 'Unhealthy',
      message: `${LABELS[result.probe]} probe failed: ${result.message}`,
    },
  };
}

function counted(memory: ContainerMemory, result: ProbeResult): ProbeMemory {
  const before = memory.probes[result.probe];
  return {
    lastRunAt: before?.lastRunAt ?? instant(0),
    inFlight: false,
    successes: result.success ? (before?.successes ?? 0) + 1 : 0,
    failures: result.success ? 0 : (before?.failures ?? 0) + 1,
  };
}

/** The grace that a failed probe allows. */
function graceMs(view: ContainerView, probe: Probe, podGraceSeconds: number): number {
  return (probe.terminationGracePeriodSeconds ?? podGraceSeconds) * 1000;
}

function passed(memory: ContainerMemory, kind: ProbeKind): ContainerMemory {
  if (kind === 'readiness') return { ...memory, ready: true };
  return kind === 'startup' ? { ...memory, startupPassed: true } : memory;
}

/** What failed probes lead to, once there are enough of them. */
function foldFailure(view: ContainerView, result: ProbeResult, options: FoldOptions): ContainerStep {
  const probe = must(probeOf(view.spec, result.probe), result.probe);
  const { memory } = view;
  const failures = memory.probes[result.probe]?.failures ?? 0;
  if (failures < (probe.failureThreshold ?? 3)) return { actions: [unhealthy(result)], memory };
  if (result.probe === 'readiness') return { actions: [unhealthy(result)], memory: { ...memory, ready: false } };
  const order = {
    graceMs: graceMs(view, probe, options.podGraceSeconds),
    message: `Container ${view.spec.name} failed ${result.probe} probe, will be restarted`,
  };
  const stop = planStop(view, order, options.env);
  return { ...stop, actions: [unhealthy(result), ...stop.actions] };
}

interface FoldOptions {
  readonly env: PodPlanEnv;
  readonly podGraceSeconds: number;
}

/** Folds one probe result in: counts, readiness, and the restart that a failed liveness or startup probe asks for. */
export function foldResult(view: ContainerView, result: ProbeResult, options: FoldOptions): ContainerStep {
  const probe = probeOf(view.spec, result.probe);
  const isStale = runningOf(view)?.attempt !== result.attempt || view.memory.attempt !== result.attempt;
  if (probe === undefined || isStale || view.memory.stop !== undefined) return { actions: [], memory: view.memory };
  const counts = counted(view.memory, result);
  const memory = { ...view.memory, probes: { ...view.memory.probes, [result.probe]: counts } };
  if (!result.success) return foldFailure({ ...view, memory }, result, options);
  const isEnough = counts.successes >= (probe.successThreshold ?? 1);
  return { actions: [], memory: isEnough ? passed(memory, result.probe) : memory };
}

/** Only the way to reach the container; the counting stays with the planner. */
function handlerOf(probe: Probe): Handler {
  return {
    ...(probe.exec === undefined ? {} : { exec: probe.exec }),
    ...(probe.httpGet === undefined ? {} : { httpGet: probe.httpGet }),
    ...(probe.tcpSocket === undefined ? {} : { tcpSocket: probe.tcpSocket }),
    ...(probe.grpc === undefined ? {} : { grpc: probe.grpc }),
  };
}

function dueAt(probe: Probe, memory: ProbeMemory | undefined, startedAt: Instant): Instant {
  if (memory === undefined) return after(startedAt, seconds(probe.initialDelaySeconds ?? 0));
  return after(memory.lastRunAt, seconds(Math.max(1, probe.periodSeconds ?? 10)));
}

function isGated(view: ContainerView, kind: ProbeKind): boolean {
  const hasStartup = view.spec.startupProbe !== undefined;
  if (kind === 'startup') return view.memory.startupPassed;
  return hasStartup && !view.memory.startupPassed;
}

/** One probe of a container: begun when due, otherwise the time when it will be. */
function planProbe(view: ContainerView, kind: ProbeKind, env: PodPlanEnv): ContainerStep {
  const instance = must(runningOf(view), 'running instance');
  const probe = probeOf(view.spec, kind);
  const { memory } = view;
  const counts = memory.probes[kind];
  if (probe === undefined || isGated(view, kind) || counts?.inFlight === true) return { actions: [], memory };
  const due = dueAt(probe, counts, instance.startedAt ?? env.now);
  if (due > env.now) return { actions: [], memory, wakeAt: due };
  const before = counts ?? { successes: 0, failures: 0 };
  const begun: ProbeMemory = { ...before, lastRunAt: env.now, inFlight: true };
  const action: PodAction = {
    kind: 'run-probe',
    container: view.spec.name,
    attempt: instance.attempt,
    probe: kind,
    handler: handlerOf(probe),
    timeoutMs: Math.max(1, probe.timeoutSeconds ?? 1) * 1000,
  };
  return { actions: [action], memory: { ...memory, probes: { ...memory.probes, [kind]: begun } } };
}

/** Runs the probes that are due and tells when the next one is. A startup probe holds the others back until it passes. */
export function planProbes(view: ContainerView, env: PodPlanEnv): ContainerStep {
  const isIdle = runningOf(view) === undefined || view.memory.stop !== undefined || isHookOpen(view);
  if (isIdle) return { actions: [], memory: view.memory };
  return KINDS.reduce<ContainerStep>(
    (step, kind) => {
      const next = planProbe({ ...view, memory: step.memory }, kind, env);
      const wakes = [step.wakeAt, next.wakeAt].filter((at) => at !== undefined);
      const wakeAt = wakes.length === 0 ? {} : { wakeAt: instant(Math.min(...wakes)) };
      return { actions: [...step.actions, ...next.actions], memory: next.memory, ...wakeAt };
    },
    { actions: [], memory: view.memory },
  );
}
