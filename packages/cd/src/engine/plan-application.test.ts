import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { instant } from '@argosy/std';
import type { KubeObject } from '@argosy/kube/meta';
import { planApplication } from './index.ts';
import { completeJobs, configMap, createWorld, hookJob, observe, round, settle, type World } from './test-world.ts';

const WAVE = 'argocd.argoproj.io/sync-wave';
const values = (world: World): { readonly [key: string]: unknown } =>
  Object.fromEntries([...world.live].map(([key, object]) => [key, object['data'] ?? object.kind]));
const phase = (world: World): string | undefined => world.app.status?.operationState?.phase;

function commit(world: World, repository: readonly KubeObject[], revision: string): void {
  world.repository = repository;
  world.revision = revision;
  const annotations = { 'argocd.argoproj.io/refresh': 'normal', 'argocd.argoproj.io/refresh-timestamp': revision };
  world.app = { ...world.app, metadata: { ...world.app.metadata, annotations } };
}

describe('planApplication', () => {
  it('delivers, and then plans nothing but the next poll', () => {
    const world = createWorld([configMap('a', '1'), configMap('b', '1')]);
    const next = settle(world);
    expect(world.log).toEqual(['apply a', 'apply b']);
    expect(world.app.status?.sync).toMatchObject({ status: 'Synced', revision: 'r1' });
    expect(next).toMatchObject({ kind: 'requeue', reason: 'Poll' });
    if (next.kind !== 'requeue') return;
    expect(next.after).toBeGreaterThanOrEqual(120_000);
    expect(next.after).toBeLessThanOrEqual(180_000);
  });

  it('wakes up exactly when it said', () => {
    const world = createWorld([configMap('a', '1')]);
    const next = settle(world);
    if (next.kind !== 'requeue') throw new Error('expected a poll');
    const start = world.now;
    world.now = instant(start + next.after - 1);
    expect(round(world).idle).toBe(true);
    world.now = instant(start + next.after);
    const plan = planApplication(observe(world), { now: world.now, seed: 1 });
    expect(plan.actions).toMatchObject([{ kind: 'load-manifests', slot: 'spec' }]);
  });

  it('orders phases, waves and kinds, and waits for hooks', () => {
    const world = createWorld([
      configMap('late', '1', { [WAVE]: '5' }),
      hookJob('after', 'PostSync'),
      configMap('early', '1', { [WAVE]: '-1' }),
      hookJob('before', 'PreSync'),
      configMap('middle', '1'),
    ]);
    settle(world);
    expect(world.log).toEqual(['apply before', 'apply early', 'apply middle', 'apply late', 'apply after']);
    expect(phase(world)).toBe('Succeeded');
  });

  it('prunes against the order of creation, and last what asks for it', () => {
    const old = [
      configMap('x', '1', { [WAVE]: '1' }),
      configMap('y', '1', { [WAVE]: '2' }),
      configMap('z', '1', { 'argocd.argoproj.io/sync-options': 'PruneLast=true' }),
    ];
    const world = createWorld([configMap('stay', '1'), ...old]);
    settle(world);
    world.log.length = 0;
    commit(world, [configMap('stay', '2')], 'r2');
    settle(world);
    expect(world.log.filter((line) => line.startsWith('delete'))).toEqual(['delete y', 'delete x', 'delete z']);
  });

  const failures: readonly {
    reason: string;
    repository: readonly KubeObject[];
    reject?: string;
    jobs?: 'Failed';
    expected: readonly string[];
    message: string;
  }[] = [
    {
      reason: 'a rejected object fails in the dry run, before anything is changed',
      repository: [configMap('good', '1'), configMap('bad', '1')],
      reject: 'bad',
      expected: [],
      message: 'one or more objects failed to apply (dry run)',
    },
    {
      reason: 'a failed PreSync hook keeps the sync from starting and runs SyncFail',
      repository: [hookJob('before', 'PreSync'), configMap('a', '1'), hookJob('rescue', 'SyncFail')],
      jobs: 'Failed',
      expected: ['apply before', 'apply rescue'],
      message: 'one or more synchronization tasks completed unsuccessfully, reason: Failed',
    },
  ];
  for (const { reason, repository, reject, jobs, expected, message } of failures) {
    it(reason, () => {
      const world = createWorld(repository, { automated: {}, retry: { limit: 0 } });
      if (reject !== undefined) world.rejected.add(reject);
      settle(world, jobs);
      expect(world.log).toEqual(expected);
      expect(world.app.status?.operationState).toMatchObject({ phase: 'Failed', message });
      expect(world.app.status?.conditions).toMatchObject([{ type: 'SyncError' }]);
    });
  }

  it('retries with a growing delay and then says how often', () => {
    const world = createWorld([configMap('bad', '1')], {
      automated: {},
      retry: { limit: 3, backoff: { duration: '5s', factor: 2, maxDuration: '3m' } },
    });
    world.rejected.add('bad');
    const delays: number[] = [];
    for (let count = 0; count < 3; count += 1) {
      const next = settle(world);
      if (next.kind !== 'requeue') throw new Error('expected a retry');
      delays.push(next.after);
      world.now = instant(world.now + next.after);
    }
    settle(world);
    expect(delays).toEqual([5000, 10_000, 20_000]);
    expect(world.app.status?.operationState?.message).toMatch(/\(retried 3 times\)\.$/);
  });

  it('heals drift at once and then ever more slowly', () => {
    const world = createWorld([configMap('a', '1')]);
    settle(world);
    const waits: number[] = [];
    for (let count = 0; count < 4; count += 1) {
      const [key, object] = [...world.live][0] ?? ['', configMap('a', '')];
      world.live.set(key, { ...object, data: { value: `drift ${count}` } });
      const next = settle(world);
      const isWaiting = next.kind === 'requeue' && next.reason === 'SelfHealBackoff';
      waits.push(isWaiting ? next.after : 0);
      if (isWaiting) world.now = instant(world.now + next.after);
      settle(world);
      expect(Object.values(values(world))).toEqual([{ value: '1' }]);
    }
    expect(waits).toEqual([0, 2000, 6000, 18_000]);
  });

  it('does not wipe out everything unless that is allowed', () => {
    const world = createWorld([configMap('a', '1')]);
    settle(world);
    commit(world, [], 'r2');
    settle(world);
    expect(world.live.size).toBe(1);
    expect(world.app.status?.conditions?.[0]?.message).toContain('auto-sync will wipe out all resources');
  });

  it('leaves hooks by their delete policy', () => {
    const policy = 'argocd.argoproj.io/hook-delete-policy';
    const world = createWorld([
      hookJob('gone', 'PreSync', { [policy]: 'HookSucceeded' }),
      hookJob('kept', 'PreSync', { [policy]: 'HookFailed' }),
      configMap('a', '1'),
    ]);
    settle(world);
    expect([...world.live.values()].map((object) => object.metadata.name).sort()).toEqual(['a', 'kept']);
  });

  it('ends an operation that is terminated', () => {
    const world = createWorld([hookJob('slow', 'PreSync'), configMap('a', '1')], {
      automated: {},
      retry: { limit: 0 },
    });
    while (world.app.status?.operationState?.message?.startsWith('waiting for completion') !== true) round(world);
    const state = world.app.status.operationState;
    world.app = { ...world.app, status: { ...world.app.status, operationState: { ...state, phase: 'Terminating' } } };
    settle(world);
    expect(world.app.status?.operationState).toMatchObject({ phase: 'Failed', message: 'Operation terminated' });
    expect(world.live.size).toBe(0);
  });
});

const objects = fc.uniqueArray(
  fc.record({
    name: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
    value: fc.constantFrom('1', '2'),
    wave: fc.integer({ min: -2, max: 2 }),
    hook: fc.constantFrom('', '', '', 'PreSync', 'PostSync'),
  }),
  { selector: (item) => item.name, minLength: 1, maxLength: 5 },
);
type Spec = { name: string; value: string; wave: number; hook: string };

function build(specs: readonly Spec[]): readonly KubeObject[] {
  const plain = specs.map(({ name, value, wave, hook }) => {
    const annotations = { [WAVE]: String(wave) };
    return hook === '' ? configMap(name, value, annotations) : hookJob(`hook-${name}`, hook, annotations);
  });
  return [configMap('anchor', '1'), ...plain];
}

describe('properties of planApplication', () => {
  it('reaches the same world whatever action it dies after', () => {
    fc.assert(
      fc.property(
        objects,
        objects,
        fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 12 }),
        (first, second, crashes) => {
          const [calm, shaken] = [createWorld(build(first)), createWorld(build(first))];
          for (const world of [calm, shaken]) {
            settle(world);
            commit(world, build(second), 'r2');
          }
          for (const after of crashes) {
            round(shaken, after);
            completeJobs(shaken);
          }
          settle(calm);
          settle(shaken);
          expect(values(shaken)).toEqual(values(calm));
          expect(phase(shaken)).toBe(phase(calm));
          expect(shaken.app.status?.sync?.status).toBe('Synced');
        },
      ),
      { numRuns: 60 },
    );
  });

  it('never touches what it does not track', () => {
    fc.assert(
      fc.property(objects, objects, (first, second) => {
        const world = createWorld(build(first));
        const foreign = { ...configMap('foreign', '1'), metadata: { name: 'foreign', namespace: 'prod', uid: 'f' } };
        const copy = {
          ...configMap('copy', '1'),
          metadata: {
            name: 'copy',
            namespace: 'prod',
            uid: 'g',
            annotations: { 'argocd.argoproj.io/tracking-id': 'web:/ConfigMap:prod/a' },
          },
        };
        world.live.set('foreign', foreign);
        world.live.set('copy', copy);
        settle(world);
        commit(world, build(second), 'r2');
        settle(world);
        expect(world.live.get('foreign')).toEqual(foreign);
        expect(world.live.get('copy')).toEqual(copy);
      }),
      { numRuns: 40 },
    );
  });

  it('plans the same from the same, and nothing from a fixpoint', () => {
    fc.assert(
      fc.property(objects, fc.nat(10), (specs, rounds) => {
        const world = createWorld(build(specs));
        for (let count = 0; count < rounds; count += 1) round(world);
        const env = { now: world.now, seed: 1 };
        const again = JSON.parse(JSON.stringify(observe(world))) as ReturnType<typeof observe>;
        expect(planApplication(again, env)).toEqual(planApplication(observe(world), env));
        settle(world);
        expect(planApplication(observe(world), env).actions).toEqual([]);
      }),
      { numRuns: 40 },
    );
  });

  it('starts no wave before the one before it is done', () => {
    fc.assert(
      fc.property(objects, (specs) => {
        const world = createWorld(build(specs));
        settle(world);
        const waves = new Map(build(specs).map((object) => [object.metadata.name, rank(object)]));
        const applied = world.log.map((line) => waves.get(line.replace('apply ', '')) ?? 0);
        expect(applied).toEqual([...applied].sort((a, b) => a - b));
      }),
      { numRuns: 40 },
    );
  });
});

function rank(object: KubeObject): number {
  const hook = object.metadata.annotations?.['argocd.argoproj.io/hook'];
  const phaseRank = hook === 'PreSync' ? -1 : hook === 'PostSync' ? 1 : 0;
  return phaseRank * 100 + Number(object.metadata.annotations?.[WAVE] ?? 0);
}
