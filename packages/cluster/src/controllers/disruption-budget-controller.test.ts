import { afterEach, describe, expect, it } from 'vitest';
import type { KubeObject } from '@argosy/kube/meta';
import { targets, type DisruptionBudget, type Pod } from '../workloads/index.ts';
import { openTestCluster, type TestCluster } from './test-cluster.ts';

let cluster: TestCluster;
afterEach(() => cluster.close());

const key = (name: string): { readonly namespace: string; readonly name: string } => ({ namespace: 'default', name });

function budget(spec: object): KubeObject {
  const metadata = { name: 'p', namespace: 'default' };
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata,
    spec: { selector: { matchLabels: { app: 'web' } }, ...spec },
  };
}

function deployment(replicas: number): KubeObject {
  const labels = { app: 'web' };
  const template = { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'i' }] } };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'default' },
    spec: { replicas, selector: { matchLabels: labels }, template },
  };
}

async function status(): Promise<DisruptionBudget['status']> {
  return (await cluster.get<DisruptionBudget>(targets.podDisruptionBudgets, key('p')))?.status;
}

async function open(replicas: number, spec: object, fate: 'ready' | 'running' = 'ready'): Promise<void> {
  cluster = await openTestCluster({ fateOf: () => fate });
  await cluster.create(targets.deployments, deployment(replicas));
  await cluster.until(async () => (await cluster.list<Pod>(targets.pods, 'default')).length === replicas);
  await cluster.create(targets.podDisruptionBudgets, budget(spec));
}

const evict = (name: string): Promise<KubeObject> =>
  cluster.api.send({
    verb: 'create',
    resource: targets.pods,
    namespace: 'default',
    name,
    subresource: 'eviction',
    object: { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace: 'default' } },
  });

describe('PodDisruptionBudget', () => {
  it.each([
    { reason: 'a least number', spec: { minAvailable: 3 }, allowed: 1, desired: 3 },
    { reason: 'a least share, rounded up', spec: { minAvailable: '60%' }, allowed: 1, desired: 3 },
    { reason: 'a greatest number of missing ones', spec: { maxUnavailable: 2 }, allowed: 2, desired: 2 },
    { reason: 'a greatest share, rounded up', spec: { maxUnavailable: '30%' }, allowed: 2, desired: 2 },
    { reason: 'more than there are', spec: { minAvailable: 9 }, allowed: 0, desired: 9 },
  ])('counts what $reason allows', async ({ spec, allowed, desired }) => {
    await open(4, spec);
    await cluster.until(async () => (await status())?.currentHealthy === 4);
    expect(await status()).toMatchObject({
      disruptionsAllowed: allowed,
      desiredHealthy: desired,
      expectedPods: 4,
      conditions: [{ type: 'DisruptionAllowed', status: allowed > 0 ? 'True' : 'False' }],
    });
  });

  it('allows nothing while pods are not ready', async () => {
    await open(2, { minAvailable: 1 }, 'running');
    await cluster.until(async () => (await status())?.expectedPods === 2);
    expect(await status()).toMatchObject({ currentHealthy: 0, disruptionsAllowed: 0 });
  });

  it('lets one pod go at a time, and the next when the one before is replaced', async () => {
    await open(3, { minAvailable: 2 });
    for (let round = 0; round < 3; round += 1) {
      await cluster.until(async () => (await status())?.disruptionsAllowed === 1);
      const [first, second] = (await cluster.list<Pod>(targets.pods, 'default')).filter(
        ({ metadata }) => metadata.deletionTimestamp === undefined,
      );
      await evict(first?.metadata.name ?? '');
      await expect(evict(second?.metadata.name ?? '')).rejects.toThrow(/disruption budget/);
      await cluster.until(async () => {
        const pods = await cluster.list<Pod>(targets.pods, 'default');
        return pods.length === 3 && pods.every(({ metadata }) => metadata.uid !== first?.metadata.uid);
      });
    }
    await cluster.until(async () => (await status())?.disruptionsAllowed === 1);
    expect((await status())?.disruptedPods).toBeUndefined();
    expect(cluster.problems).toEqual([]);
  });

  it('rests when nothing changes', async () => {
    await open(2, { minAvailable: 1 });
    await cluster.until(async () => (await status())?.disruptionsAllowed === 1);
    await cluster.clock.advanceBy(1000);
    const rounds = cluster.controllers.metrics()['disruption-controller']?.rounds;
    await cluster.clock.advanceBy(600_000);
    expect(cluster.controllers.metrics()['disruption-controller']?.rounds).toBe(rounds);
  });
});
