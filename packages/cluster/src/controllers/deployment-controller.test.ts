import { afterEach, describe, expect, it } from 'vitest';
import type { KubeObject } from '@argosy/kube/meta';
import { targets, type Deployment, type Pod, type ReplicaSet } from '../workloads/index.ts';
import { openTestCluster, type TestCluster } from './test-cluster.ts';

let cluster: TestCluster;
afterEach(() => cluster.close());

const key = { namespace: 'default', name: 'web' };

function deployment(more: { readonly [field: string]: unknown } = {}): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'default' },
    spec: {
      replicas: 3,
      selector: { matchLabels: { app: 'web' } },
      template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image: 'nginx:1' }] } },
      ...more,
    },
  };
}

const image = (name: string) => ({ spec: { template: { spec: { containers: [{ name: 'c', image: name }] } } } });

async function imagesOf(): Promise<string[]> {
  const pods = await cluster.list<Pod>(targets.pods, 'default');
  return pods
    .filter((pod) => pod.metadata.deletionTimestamp === undefined)
    .map((pod) => pod.spec.containers[0]?.image ?? '');
}

async function isDone(): Promise<boolean> {
  const found = await cluster.get<Deployment>(targets.deployments, key);
  const { observedGeneration, updatedReplicas = 0, availableReplicas = 0, replicas = 0 } = found?.status ?? {};
  const wanted = found?.spec.replicas;
  const counts = [updatedReplicas, availableReplicas, replicas];
  return observedGeneration === found?.metadata.generation && counts.every((each) => each === wanted);
}

function conditionOf(found: Deployment | undefined, type: string): string {
  const condition = found?.status?.conditions?.find((each) => each.type === type);
  return `${condition?.status} ${condition?.reason}`;
}

describe('deployment controller', () => {
  it('brings up pods, tells so in status and conditions, and rolls over to a new template', async () => {
    cluster = await openTestCluster();
    await cluster.create(targets.deployments, deployment());
    await cluster.until(isDone);
    const first = await cluster.get<Deployment>(targets.deployments, key);
    expect(conditionOf(first, 'Available')).toBe('True MinimumReplicasAvailable');
    expect(conditionOf(first, 'Progressing')).toBe('True NewReplicaSetAvailable');
    expect(first?.metadata.annotations?.['deployment.kubernetes.io/revision']).toBe('1');
    await cluster.patch(targets.deployments, key, image('nginx:2'));
    await cluster.until(isDone);
    expect(await imagesOf()).toEqual(['nginx:2', 'nginx:2', 'nginx:2']);
    const sets = await cluster.list<ReplicaSet>(targets.replicaSets, 'default');
    expect(sets.map((set) => `${set.spec.replicas}`).sort()).toEqual(['0', '3']);
    const second = await cluster.get<Deployment>(targets.deployments, key);
    expect(second?.metadata.annotations?.['deployment.kubernetes.io/revision']).toBe('2');
    expect(cluster.problems).toEqual([]);
  });

  it('goes back to an old template in the old ReplicaSet, under a new revision', async () => {
    cluster = await openTestCluster();
    await cluster.create(targets.deployments, deployment());
    await cluster.until(isDone);
    await cluster.patch(targets.deployments, key, image('nginx:2'));
    await cluster.until(isDone);
    await cluster.patch(targets.deployments, key, image('nginx:1'));
    await cluster.until(isDone);
    const sets = await cluster.list<ReplicaSet>(targets.replicaSets, 'default');
    expect(sets.length).toBe(2);
    const active = sets.find((set) => set.spec.replicas === 3);
    expect(active?.metadata.annotations).toMatchObject({
      'deployment.kubernetes.io/revision': '3',
      'deployment.kubernetes.io/revision-history': '1',
    });
  });

  it('scales up and down', async () => {
    cluster = await openTestCluster();
    await cluster.create(targets.deployments, deployment());
    await cluster.until(isDone);
    for (const replicas of [8, 2, 0]) {
      await cluster.patch(targets.deployments, key, { spec: { replicas } });
      await cluster.until(isDone);
      await cluster.until(async () => (await imagesOf()).length === replicas);
    }
    expect(cluster.problems).toEqual([]);
  });

  it('stops a rollout that gets no ready pods at the bounds, and says so when the deadline passes', async () => {
    cluster = await openTestCluster({
      fateOf: (pod) => (pod.spec.containers[0]?.image === 'broken' ? 'running' : 'ready'),
    });
    await cluster.create(targets.deployments, deployment({ replicas: 4, progressDeadlineSeconds: 60 }));
    await cluster.until(isDone);
    await cluster.patch(targets.deployments, key, image('broken'));
    await cluster.until(
      async () =>
        conditionOf(await cluster.get(targets.deployments, key), 'Progressing') === 'False ProgressDeadlineExceeded',
      120_000,
    );
    expect((await imagesOf()).sort()).toEqual(['broken', 'broken', 'nginx:1', 'nginx:1', 'nginx:1']);
  });

  it('with Recreate ends all old pods before a new one starts', async () => {
    cluster = await openTestCluster();
    await cluster.create(targets.deployments, deployment({ strategy: { type: 'Recreate' } }));
    await cluster.until(isDone);
    const seen = new Set<string>();
    const pods = cluster.context.informers.informer<Pod>(targets.pods);
    pods.onChange(() => seen.add([...new Set(pods.lister.list().map((pod) => pod.spec.containers[0]?.image))].join()));
    await cluster.patch(targets.deployments, key, image('nginx:2'));
    await cluster.until(isDone);
    await cluster.until(async () => (await imagesOf()).every((each) => each === 'nginx:2'));
    expect([...seen].sort()).toEqual(['', 'nginx:1', 'nginx:2']);
  });

  it('holds a paused rollout and goes on when resumed', async () => {
    cluster = await openTestCluster();
    await cluster.create(targets.deployments, deployment());
    await cluster.until(isDone);
    await cluster.patch(targets.deployments, key, { spec: { ...image('nginx:2').spec, paused: true } });
    await cluster.until(
      async () =>
        conditionOf(await cluster.get(targets.deployments, key), 'Progressing') === 'Unknown DeploymentPaused',
    );
    expect(await imagesOf()).toEqual(['nginx:1', 'nginx:1', 'nginx:1']);
    await cluster.patch(targets.deployments, key, { spec: { paused: false } });
    await cluster.until(isDone);
    expect(await imagesOf()).toEqual(['nginx:2', 'nginx:2', 'nginx:2']);
  });
});
