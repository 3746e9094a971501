import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { equalJson, instant } from '@argosy/std';
import { planDeployment } from './deployment.ts';
import { replicasOf, rollingBounds } from './deployment-replica-sets.ts';
import { proportionalSizes } from './deployment-scaling.ts';
import type { Deployment, Pod, ReplicaSet } from './kinds.ts';
import { isReady } from './pods.ts';
import { makeReady, observeDeployment, observeReplicaSet, PureWorld, reconcileAll } from './pure-world.ts';
import { planReplicaSet } from './replica-set.ts';
import { targets } from './resources.ts';

const template = (image: string) => ({
  metadata: { labels: { app: 'web' } },
  spec: { containers: [{ name: 'c', image }] },
});

interface Shape {
  readonly replicas: number;
  readonly maxSurge: number | string;
  readonly maxUnavailable: number | string;
  readonly minReadySeconds: number;
}

function deployment(shape: Shape, image: string): Deployment {
  const { replicas, maxSurge, maxUnavailable, minReadySeconds } = shape;
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'default' },
    spec: {
      replicas,
      minReadySeconds,
      selector: { matchLabels: { app: 'web' } },
      template: template(image),
      progressDeadlineSeconds: 600,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge, maxUnavailable } },
    },
  };
}

const bound = fc.oneof(
  fc.nat(4),
  fc.nat(100).map((percent) => `${percent}%`),
);
const shapes = fc.record({
  replicas: fc.nat(7),
  maxSurge: bound,
  maxUnavailable: bound,
  minReadySeconds: fc.constantFrom(0, 3),
});
/** One thing that happens next; counts choose pods and cut-off points. */
const steps = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('round' as const), crashAfter: fc.oneof(fc.nat(4), fc.constant(1000)) }),
    fc.record({ kind: fc.constant('ready' as const), pick: fc.nat(20) }),
    fc.record({ kind: fc.constant('wait' as const), ms: fc.nat(5000) }),
  ),
  { maxLength: 40 },
);
type Step = typeof steps extends fc.Arbitrary<readonly (infer S)[]> ? S : never;

/** Runs of the main property; `RUNS=5000` soaks it. */
const RUNS = Number(process.env['RUNS'] ?? 120);

/** The old ReplicaSet's status still counts the pod that it was told to give up when the next round plans. */
const STALE_STATUS: [Shape, Step[]] = [
  { replicas: 3, maxSurge: '67%', maxUnavailable: 1, minReadySeconds: 0 },
  [
    { kind: 'round', crashAfter: 1 },
    { kind: 'ready', pick: 0 },
    { kind: 'round', crashAfter: 1000 },
    { kind: 'round', crashAfter: 1000 },
  ],
];

function take(world: PureWorld, step: Step): void {
  if (step.kind === 'round') reconcileAll(world, step.crashAfter);
  else if (step.kind === 'wait') world.now = instant(world.now + step.ms);
  else {
    const waiting = world.list<Pod>(targets.pods).filter((pod) => !isReady(pod));
    const pod = waiting[step.pick % Math.max(1, waiting.length)];
    if (pod !== undefined) makeReady(world, pod);
  }
}

/** Everything goes well from here on: rounds are whole, pods get ready, time passes. */
function settle(world: PureWorld): void {
  for (let round = 0; round < 80; round += 1) {
    reconcileAll(world);
    for (const pod of world.list<Pod>(targets.pods)) if (!isReady(pod)) makeReady(world, pod);
    world.now = instant(world.now + 1000);
  }
}

function roll(world: PureWorld, image: string): void {
  const [old] = world.list<Deployment>(targets.deployments);
  if (old === undefined) return;
  const generation = (old.metadata.generation ?? 1) + 1;
  world.put(targets.deployments, {
    ...old,
    metadata: { ...old.metadata, generation },
    spec: { ...old.spec, template: template(image) },
  });
}

function started(shape: Shape): PureWorld {
  const world = new PureWorld();
  world.put(targets.deployments, deployment(shape, 'v1'));
  settle(world);
  return world;
}

const sizes = (world: PureWorld): string =>
  world
    .list<ReplicaSet>(targets.replicaSets)
    .map((set) => `${set.metadata.name}=${replicasOf(set)}`)
    .join();

const podNames = (world: PureWorld): string =>
  world
    .list<Pod>(targets.pods)
    .map((pod) => pod.metadata.name)
    .join();

describe('deployment and its replica sets', () => {
  it('keep within surge and availability whatever is cut off in between, and end where an undisturbed run ends', () => {
    fc.assert(
      fc.property(shapes, steps, (shape, list) => {
        const world = started(shape);
        const { surge, unavailable } = rollingBounds(deployment(shape, 'v1'));
        roll(world, 'v2');
        for (const step of list) {
          take(world, step);
          const total = world.list<ReplicaSet>(targets.replicaSets).reduce((sum, set) => sum + replicasOf(set), 0);
          expect(total).toBeLessThanOrEqual(shape.replicas + surge);
          expect(world.list(targets.pods).length).toBeLessThanOrEqual(shape.replicas + surge);
          const ready = world.list<Pod>(targets.pods).filter(isReady).length;
          expect(ready).toBeGreaterThanOrEqual(shape.replicas - unavailable);
        }
        settle(world);
        const calm = started(shape);
        roll(calm, 'v2');
        settle(calm);
        expect(sizes(world)).toBe(sizes(calm));
        expect(world.list<Pod>(targets.pods).every((pod) => pod.spec.containers[0]?.image === 'v2')).toBe(true);
        expect(world.list(targets.pods).length).toBe(shape.replicas);
      }),
      { numRuns: RUNS, examples: [STALE_STATUS] },
    );
  });

  it('plan nothing more once all is done, and the same whatever the order of what they observe', () => {
    fc.assert(
      fc.property(shapes, steps, (shape, list) => {
        const world = started(shape);
        roll(world, 'v2');
        for (const step of list) {
          take(world, step);
          const seen = observeDeployment(world);
          if (seen === undefined) continue;
          const env = { now: world.now, seed: 1 };
          const turned = { ...seen, replicaSets: [...seen.replicaSets].reverse() };
          const [one, two] = [planDeployment(seen, env), planDeployment(turned, env)];
          expect(equalJson(one.status, two.status)).toBe(true);
          expect(one.actions.map((each) => JSON.stringify(each)).sort()).toEqual(
            two.actions.map((each) => JSON.stringify(each)).sort(),
          );
          for (const set of seen.replicaSets) {
            const own = observeReplicaSet(world, set);
            expect(planReplicaSet({ ...own, pods: [...own.pods].reverse() }, env)).toEqual(planReplicaSet(own, env));
          }
        }
        settle(world);
        const before = [sizes(world), podNames(world), world.list(targets.deployments)];
        settle(world);
        expect([sizes(world), podNames(world), world.list(targets.deployments)]).toEqual(before);
      }),
      { numRuns: 60 },
    );
  });

  it('wakes exactly when a ready pod becomes available', () => {
    const world = new PureWorld();
    world.put(
      targets.deployments,
      deployment({ replicas: 2, maxSurge: 1, maxUnavailable: 0, minReadySeconds: 30 }, 'v1'),
    );
    reconcileAll(world);
    reconcileAll(world);
    const [pod] = world.list<Pod>(targets.pods);
    makeReady(world, pod as Pod);
    const [set] = world.list<ReplicaSet>(targets.replicaSets);
    const at = (offset: number) =>
      planReplicaSet(observeReplicaSet(world, set as ReplicaSet), { now: instant(world.now + offset), seed: 1 });
    expect(at(0).next).toEqual({ kind: 'requeue', after: 30_000, reason: 'MinReadySeconds' });
    expect(at(29_999).status.availableReplicas).toBeUndefined();
    expect(at(30_000).status.availableReplicas).toBe(1);
    expect(at(30_000).next.kind).toBe('settled');
  });

  it('tells of a passed progress deadline exactly when it passes', () => {
    const world = new PureWorld();
    world.put(
      targets.deployments,
      deployment({ replicas: 1, maxSurge: 1, maxUnavailable: 0, minReadySeconds: 0 }, 'v1'),
    );
    for (let round = 0; round < 5; round += 1) reconcileAll(world);
    const plan = (offset: number) => {
      const seen = observeDeployment(world);
      if (seen === undefined) throw new Error('the deployment is there');
      return planDeployment(seen, { now: instant(world.now + offset), seed: 1 });
    };
    const reason = (offset: number): string | undefined =>
      plan(offset).status?.conditions?.find((each) => each.type === 'Progressing')?.reason;
    const { next } = plan(0);
    expect(next).toMatchObject({ kind: 'requeue', after: 600_000 });
    expect(reason(599_999)).not.toBe('ProgressDeadlineExceeded');
    expect(reason(600_000)).toBe('ProgressDeadlineExceeded');
  });
});

describe('proportional scaling', () => {
  const set = (name: string, replicas: number, available = replicas): ReplicaSet => ({
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name,
      creationTimestamp: `2026-01-01T00:00:0${name.length}Z`,
      annotations: { 'deployment.kubernetes.io/desired-replicas': '10', 'deployment.kubernetes.io/max-replicas': '13' },
    },
    spec: { replicas, selector: {}, template: template(name) },
    status: { replicas, availableReplicas: available },
  });
  const rows = [
    { reason: 'growth is shared by size', from: [8, 5], replicas: 20, sum: 23, want: 'a=14 bb=9' },
    { reason: 'shrinking is shared by size', from: [8, 5], replicas: 5, sum: 8, want: 'a=5 bb=3' },
    { reason: 'zero empties all', from: [8, 5], replicas: 0, sum: 0, want: 'a=0 bb=0' },
  ];
  for (const { reason, from, replicas, sum, want } of rows) {
    it(`${reason}: ${from.join('+')} to ${replicas}`, () => {
      const wanted = deployment({ replicas, maxSurge: 3, maxUnavailable: 2, minReadySeconds: 0 }, 'v1');
      const result = proportionalSizes(wanted, { old: [set('a', from[0] ?? 0)], current: set('bb', from[1] ?? 0, 0) });
      const shares = [...result].map(([name, size]) => `${name}=${size}`);
      expect(shares.sort().join(' ')).toBe(want);
      expect([...result.values()].reduce((total, size) => total + size, 0)).toBe(sum);
    });
  }
});
