import { afterEach, describe, expect, it } from 'vitest';
import { keyOf, type KubeObject } from '@argosy/kube/meta';
import { targets, type DaemonSet, type Pod, type StatefulSet } from '../workloads/index.ts';
import { openTestCluster, type TestCluster } from './test-cluster.ts';

let cluster: TestCluster;
afterEach(() => cluster.close());

const key = { namespace: 'default', name: 'db' };
const template = (image: string) => ({
  metadata: { labels: { app: 'db' } },
  spec: { containers: [{ name: 'c', image }] },
});

function statefulSet(spec: { readonly [field: string]: unknown } = {}): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'db', namespace: 'default' },
    spec: {
      replicas: 3,
      serviceName: 'db',
      selector: { matchLabels: { app: 'db' } },
      template: template('v1'),
      ...spec,
    },
  };
}

const pods = async (): Promise<readonly Pod[]> => cluster.list<Pod>(targets.pods, 'default');
const text = async (): Promise<string> =>
  (await pods()).map((pod) => `${pod.metadata.name}=${pod.spec.containers[0]?.image}`).join(' ');
const status = async () => (await cluster.get<StatefulSet>(targets.statefulSets, key))?.status;

async function isDone(): Promise<boolean> {
  const found = await cluster.get<StatefulSet>(targets.statefulSets, key);
  if (found?.status === undefined) return false;
  const { observedGeneration, readyReplicas, replicas, currentRevision, updateRevision } = found.status;
  const counts = [readyReplicas, replicas].every((each) => each === found.spec.replicas);
  return counts && observedGeneration === found.metadata.generation && currentRevision === updateRevision;
}

/** Names of pods in the order in which they first appeared. */
function watchCreation(): string[] {
  const names: string[] = [];
  cluster.context.informers.informer<Pod>(targets.pods).onChange(({ before, after }) => {
    if (before === undefined && after !== undefined) names.push(after.metadata.name);
  });
  return names;
}

describe('stateful set controller', () => {
  it('creates in order, replaces from the highest ordinal down, and shrinks from the top', async () => {
    cluster = await openTestCluster();
    const names = watchCreation();
    await cluster.create(targets.statefulSets, statefulSet());
    await cluster.until(isDone);
    expect(names).toEqual(['db-0', 'db-1', 'db-2']);
    expect((await pods())[0]?.spec).toMatchObject({ hostname: 'db-0', subdomain: 'db' });
    await cluster.patch(targets.statefulSets, key, { spec: { template: template('v2') } });
    await cluster.until(isDone);
    expect(names.slice(3)).toEqual(['db-2', 'db-1', 'db-0']);
    expect(await text()).toBe('db-0=v2 db-1=v2 db-2=v2');
    await cluster.patch(targets.statefulSets, key, { spec: { replicas: 1 } });
    await cluster.until(async () => (await text()) === 'db-0=v2');
    expect(cluster.problems).toEqual([]);
  });

  it('updates only ordinals at or above the partition, and brings the others back as they were', async () => {
    cluster = await openTestCluster();
    await cluster.create(targets.statefulSets, statefulSet());
    await cluster.until(isDone);
    const updateStrategy = { type: 'RollingUpdate', rollingUpdate: { partition: 2 } };
    await cluster.patch(targets.statefulSets, key, { spec: { template: template('v2'), updateStrategy } });
    await cluster.until(async () => (await text()) === 'db-0=v1 db-1=v1 db-2=v2');
    await cluster.remove(targets.pods, { namespace: 'default', name: 'db-0' }, { gracePeriodSeconds: 0 });
    await cluster.until(async () => (await status())?.readyReplicas === 3 && (await text()).startsWith('db-0=v1'));
    expect(await status()).toMatchObject({ updatedReplicas: 1, currentReplicas: 2 });
  });

  it('waits for a pod that does not get ready, unless it is Parallel', async () => {
    cluster = await openTestCluster({ fateOf: (pod) => (pod.metadata.name === 'db-1' ? 'running' : 'ready') });
    await cluster.create(targets.statefulSets, statefulSet());
    await cluster.until(async () => (await text()) === 'db-0=v1 db-1=v1');
    await cluster.clock.advanceBy(600_000);
    expect(await text()).toBe('db-0=v1 db-1=v1');
    await cluster.remove(targets.statefulSets, key);
    await cluster.until(async () => (await text()) === '');
    await cluster.create(targets.statefulSets, statefulSet({ podManagementPolicy: 'Parallel' }));
    await cluster.until(async () => (await text()) === 'db-0=v1 db-1=v1 db-2=v1');
  });

  it('makes a claim for each ordinal from the templates', async () => {
    cluster = await openTestCluster();
    const volumeClaimTemplates = [
      {
        metadata: { name: 'data' },
        spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
      },
    ];
    await cluster.create(targets.statefulSets, statefulSet({ replicas: 2, volumeClaimTemplates }));
    await cluster.until(async () => (await text()) === 'db-0=v1 db-1=v1');
    const claims = await cluster.list(targets.persistentVolumeClaims, 'default');
    expect(claims.map((each) => each.metadata.name)).toEqual(['data-db-0', 'data-db-1']);
    const volume = (await pods())[0]?.spec.volumes?.find((each) => each.name === 'data');
    expect(volume?.['persistentVolumeClaim']).toMatchObject({ claimName: 'data-db-0' });
  });
});

describe('daemon set controller', () => {
  it('runs one pod on the node, replaces it for a new template, and leaves a node that it no longer selects', async () => {
    cluster = await openTestCluster();
    const daemon: KubeObject = {
      apiVersion: 'apps/v1',
      kind: 'DaemonSet',
      metadata: { name: 'agent', namespace: 'default' },
      spec: { selector: { matchLabels: { app: 'db' } }, template: template('v1') },
    };
    await cluster.create(targets.daemonSets, daemon);
    const available = async (): Promise<number | undefined> =>
      (await cluster.get<DaemonSet>(targets.daemonSets, keyOf(daemon)))?.status?.numberAvailable;
    await cluster.until(async () => (await available()) === 1);
    await cluster.patch(targets.daemonSets, keyOf(daemon), { spec: { template: template('v2') } });
    await cluster.until(async () => (await text()).endsWith('=v2') && (await available()) === 1);
    const selective = { spec: { nodeSelector: { disk: 'ssd' } } };
    await cluster.patch(targets.daemonSets, keyOf(daemon), { spec: { template: selective } });
    await cluster.until(async () => (await text()) === '');
    expect(cluster.problems).toEqual([]);
  });
});
