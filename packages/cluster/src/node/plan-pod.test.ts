import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { instant, type Instant } from '@argosy/std';
import { planPod } from './plan-pod.ts';
import { defaultTiming, emptyMemory, type ContainerSeen, type PodAction, type PodObserved } from './plan-types.ts';
import {
  isTerminal,
  rolesOf,
  type Container,
  type ContainerStatus,
  type Pod,
  type PodPhase,
  type PodSpec,
} from './pod-types.ts';

const START = instant(1_767_225_600_000);

/** A world of one pod: applies actions at once, ends containers on order, moves time. The planner's slow twin of a node. */
class World {
  now: Instant = START;
  seen: PodObserved;
  readonly said: PodAction[] = [];
  finalized = false;

  constructor(spec: PodSpec) {
    const pod: Pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'n', uid: 'u' }, spec };
    this.seen = {
      pod,
      gone: false,
      hostIp: '127.0.0.1',
      setup: { state: 'absent' },
      containers: {},
      probeResults: [],
      memory: emptyMemory,
    };
  }

  container(name: string): ContainerSeen {
    return this.seen.containers[name] ?? {};
  }

  set(name: string, seen: ContainerSeen): void {
    this.seen = { ...this.seen, containers: { ...this.seen.containers, [name]: seen } };
  }

  end(name: string, exitCode: number): void {
    const { current, ...rest } = this.container(name);
    if (current?.state !== 'running') return;
    this.set(name, { ...rest, current: { ...current, state: 'exited', exitCode, finishedAt: this.now } });
  }

  remove(graceSeconds = 30): void {
    const metadata = {
      ...this.seen.pod.metadata,
      deletionTimestamp: '2026-01-01T00:00:00Z',
      deletionGracePeriodSeconds: graceSeconds,
    };
    this.seen = { ...this.seen, pod: { ...this.seen.pod, metadata } };
  }

  apply(action: PodAction): void {
    this.said.push(action);
    if (action.kind === 'prepare-pod') this.seen = { ...this.seen, setup: { state: 'ready' } };
    if (action.kind === 'finalize-pod') this.finalized = true;
    if (action.kind === 'signal-container' && action.signal === 'SIGKILL') this.end(action.container, 137);
    if (action.kind !== 'start-container') return;
    const { current } = this.container(action.container);
    if (current !== undefined && current.attempt >= action.attempt) return;
    const next = { attempt: action.attempt, id: 'sim://x', state: 'running', startedAt: this.now } as const;
    this.set(action.container, { current: next, ...(current === undefined ? {} : { previous: current }) });
  }

  /** One round; `prefix` actions are all that happens (a crash, which also loses the memory). */
  round(prefix = Number.POSITIVE_INFINITY): ReturnType<typeof planPod> {
    const plan = planPod(this.seen, { now: this.now, seed: 1, timing: defaultTiming });
    for (const action of plan.actions.slice(0, prefix)) this.apply(action);
    if (prefix < plan.actions.length) {
      this.seen = { ...this.seen, memory: emptyMemory };
      return plan;
    }
    const pod: Pod = { ...this.seen.pod, status: plan.status.pod };
    this.seen = { ...this.seen, pod, memory: plan.status.memory, probeResults: [] };
    return plan;
  }

  settle(): void {
    for (let rounds = 0; rounds < 20; rounds += 1) {
      if (this.finalized || this.round().actions.length === 0) return;
    }
    throw new Error('the planner does not come to rest');
  }

  pass(ms: number): void {
    this.now = instant(this.now + ms);
    this.settle();
  }

  get phase(): PodPhase | undefined {
    return this.seen.pod.status?.phase;
  }

  started(): readonly string[] {
    return this.said.flatMap((action) => (action.kind === 'start-container' ? [action.container] : []));
  }
}

const named = (name: string, more: Partial<Container> = {}): Container => ({
  name,
  image: 'i',
  command: ['x'],
  ...more,
});

function world(spec: PodSpec): World {
  const made = new World(spec);
  made.settle();
  return made;
}

const statusOf = (w: World): ContainerStatus | undefined => w.seen.pod.status?.containerStatuses?.[0];

describe('planPod', () => {
  it('runs init containers one after the other, sidecars on the way, then the main ones', () => {
    const w = world({
      initContainers: [named('one'), named('side', { restartPolicy: 'Always' }), named('two')],
      containers: [named('main')],
      restartPolicy: 'Never',
    });
    expect(w.started()).toEqual(['one']);
    expect(w.phase).toBe('Pending');
    w.end('one', 0);
    w.settle();
    expect(w.started()).toEqual(['one', 'side', 'two']);
    w.end('two', 0);
    w.settle();
    expect(w.started()).toEqual(['one', 'side', 'two', 'main']);
    expect(w.phase).toBe('Running');
    w.end('main', 0);
    w.settle();
    expect(w.phase).toBe('Running');
    expect(w.said).toContainEqual({ kind: 'signal-container', container: 'side', attempt: 0, signal: 'SIGTERM' });
    w.end('side', 143);
    w.settle();
    expect(w.phase).toBe('Succeeded');
  });

  it.each([
    { restartPolicy: 'Never', exitCode: 0, phase: 'Succeeded', starts: 1, reason: 'done' },
    { restartPolicy: 'Never', exitCode: 2, phase: 'Failed', starts: 1, reason: 'no second chance' },
    { restartPolicy: 'OnFailure', exitCode: 0, phase: 'Succeeded', starts: 1, reason: 'success is not restarted' },
    { restartPolicy: 'OnFailure', exitCode: 2, phase: 'Running', starts: 2, reason: 'the first restart is immediate' },
    { restartPolicy: 'Always', exitCode: 0, phase: 'Running', starts: 2, reason: 'always is always' },
  ])('$restartPolicy and exit $exitCode give $phase: $reason', ({ restartPolicy, exitCode, phase, starts }) => {
    const w = world({ containers: [named('main')], restartPolicy });
    w.end('main', exitCode);
    w.settle();
    expect(w.phase).toBe(phase);
    expect(w.started()).toHaveLength(starts);
  });

  it('doubles the restart delay from 10 s to 300 s and forgets it after ten good minutes', () => {
    const w = world({ containers: [named('main')] });
    const delays: number[] = [];
    const crash = (): void => {
      w.end('main', 1);
      const { next } = w.round();
      const delay = next.kind === 'requeue' ? next.after : 0;
      delays.push(delay);
      if (delay > 0) w.pass(delay - 1);
      if (delay > 0) expect(statusOf(w)?.state.waiting?.reason).toBe('CrashLoopBackOff');
      w.pass(1);
      expect(w.container('main').current?.attempt).toBe(delays.length);
    };
    for (let count = 0; count < 8; count += 1) crash();
    expect(delays).toEqual([0, 10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000]);
    w.pass(600_000);
    w.end('main', 1);
    w.settle();
    expect(w.container('main').current?.state).toBe('running');
  });

  it('tells readiness in conditions, with the containers that are not', () => {
    const readinessProbe = { exec: { command: ['x'] }, periodSeconds: 5 };
    const w = world({ containers: [named('a', { readinessProbe }), named('b')] });
    const ready = () => w.seen.pod.status?.conditions?.find((item) => item.type === 'Ready');
    expect(ready()).toMatchObject({
      status: 'False',
      reason: 'ContainersNotReady',
      message: 'containers with unready status: [a]',
    });
    const result = { container: 'a', attempt: 0, probe: 'readiness', success: true, message: '' } as const;
    w.seen = { ...w.seen, probeResults: [result] };
    w.settle();
    expect(ready()).toMatchObject({ status: 'True' });
    expect(w.round().next).toMatchObject({ kind: 'requeue', after: 5000 });
  });

  it('holds readiness and liveness back until the startup probe has passed', () => {
    const probe = { exec: { command: ['x'] } };
    const w = world({ containers: [named('a', { startupProbe: probe, readinessProbe: probe, livenessProbe: probe })] });
    const probes = (): readonly string[] => w.said.flatMap((item) => (item.kind === 'run-probe' ? [item.probe] : []));
    expect(probes()).toEqual(['startup']);
    const result = { container: 'a', attempt: 0, probe: 'startup', success: true, message: '' } as const;
    w.seen = { ...w.seen, probeResults: [result] };
    w.settle();
    expect(probes()).toEqual(['startup', 'readiness', 'liveness']);
  });

  it('stops a container after as many liveness failures as allowed, and SIGKILLs it after its grace', () => {
    const livenessProbe = { exec: { command: ['x'] }, failureThreshold: 2, terminationGracePeriodSeconds: 3 };
    const w = world({ containers: [named('a', { livenessProbe })] });
    const result = { container: 'a', attempt: 0, probe: 'liveness', success: false, message: 'no' } as const;
    w.seen = { ...w.seen, probeResults: [result] };
    w.settle();
    expect(w.said.filter((item) => item.kind === 'signal-container')).toEqual([]);
    w.seen = { ...w.seen, probeResults: [result] };
    w.settle();
    w.pass(2999);
    expect(w.container('a').current?.state).toBe('running');
    w.pass(1);
    expect(w.container('a')).toMatchObject({ current: { attempt: 1 }, previous: { exitCode: 137 } });
  });

  it('fails a pod whose init container failed for good and never starts the rest', () => {
    const w = world({ initContainers: [named('init')], containers: [named('main')], restartPolicy: 'Never' });
    w.end('init', 1);
    w.settle();
    expect(w.phase).toBe('Failed');
    expect(w.started()).toEqual(['init']);
    expect(w.seen.pod.status?.containerStatuses?.[0]?.state.waiting?.reason).toBe('PodInitializing');
  });

  it('deletes in order: main containers first, sidecars from the last to the first, then the object', () => {
    const sidecar = { restartPolicy: 'Always' } as const;
    const w = world({ initContainers: [named('s1', sidecar), named('s2', sidecar)], containers: [named('main')] });
    w.remove();
    const order: string[] = [];
    for (const name of ['main', 's2', 's1']) {
      w.settle();
      const signals = w.said.flatMap((item) => (item.kind === 'signal-container' ? [item.container] : []));
      order.push(signals.at(-1) ?? '');
      expect(w.finalized).toBe(false);
      w.end(name, 143);
    }
    w.round();
    expect(order).toEqual(['main', 's2', 's1']);
    expect(w.finalized).toBe(true);
  });

  it('treats a container that the runtime has lost as killed, and restarts it by policy', () => {
    const w = world({ containers: [named('main')] });
    w.seen = { ...w.seen, containers: {}, memory: emptyMemory };
    w.settle();
    expect(w.started()).toEqual(['main', 'main']);
    expect(w.container('main').current?.attempt).toBe(1);
  });
});

const specs: fc.Arbitrary<PodSpec> = fc.record({
  restartPolicy: fc.constantFrom('Always', 'OnFailure', 'Never'),
  containers: fc.constantFrom([named('a')], [named('a'), named('b')]),
  initContainers: fc.constantFrom([], [named('i')], [named('i'), named('s', { restartPolicy: 'Always' })]),
});
const steps = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('end'), pick: fc.nat(), code: fc.constantFrom(0, 1, 137) }),
    fc.record({ kind: fc.constant('pass'), pick: fc.nat(400_000), code: fc.constant(0) }),
    fc.record({ kind: fc.constant('crash'), pick: fc.nat(3), code: fc.constant(0) }),
    fc.record({ kind: fc.constant('delete'), pick: fc.nat(60), code: fc.constant(0) }),
  ),
  { maxLength: 25 },
);
const RANK: { readonly [phase in PodPhase]: number } = { Pending: 0, Unknown: 0, Running: 1, Succeeded: 2, Failed: 2 };

function perform(w: World, step: { kind: string; pick: number; code: number }): void {
  if (step.kind === 'pass') w.now = instant(w.now + step.pick);
  if (step.kind === 'crash') w.round(step.pick);
  if (step.kind === 'delete' && step.pick < 10) w.remove(step.pick);
  const names = rolesOf(w.seen.pod.spec).map((item) => item.spec.name);
  if (step.kind === 'end') w.end(names[step.pick % names.length] ?? '', step.code);
}

describe('planPod on random lives', () => {
  it('never lets a phase go back, never leaves a terminal one, always comes to rest (also after crashes)', () => {
    fc.assert(
      fc.property(specs, steps, (spec, list) => {
        const w = world(spec);
        for (const step of list) {
          const before = w.phase ?? 'Pending';
          perform(w, step);
          w.settle();
          const after = w.phase ?? 'Pending';
          expect(RANK[after]).toBeGreaterThanOrEqual(RANK[before]);
          if (isTerminal(before)) expect(after).toBe(before);
          if (isTerminal(after)) {
            const running = Object.values(w.seen.containers).filter((item) => item.current?.state === 'running');
            expect(running).toEqual([]);
          }
          if (w.finalized) return;
        }
      }),
      { numRuns: 300 },
    );
  });

  it('ends every deleted pod within its grace, whatever happened before', () => {
    fc.assert(
      fc.property(specs, steps, fc.integer({ min: 1, max: 40 }), (spec, list, grace) => {
        const w = world(spec);
        for (const step of list.filter((item) => item.kind !== 'delete')) {
          perform(w, step);
          w.settle();
        }
        w.remove(grace);
        for (let rounds = 0; rounds < 40 && !w.finalized; rounds += 1) {
          const { next } = w.round();
          if (next.kind === 'requeue') w.now = instant(w.now + next.after);
        }
        expect(w.finalized).toBe(true);
        expect(w.now - START).toBeLessThanOrEqual(25 * 400_000 + (grace + 10) * 1000);
      }),
      { numRuns: 200 },
    );
  });
});
