import { afterEach, describe, expect, it } from 'vitest';
import { controllerOf, keyOf, type KubeObject } from '@argosy/kube/meta';
import { targets, type Namespace, type Pod, type ReplicaSet } from '../workloads/index.ts';
import { openTestCluster, type TestCluster } from './test-cluster.ts';

let cluster: TestCluster;
afterEach(() => cluster.close());

function deployment(namespace = 'default'): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace },
    spec: {
      replicas: 3,
      selector: { matchLabels: { app: 'web' } },
      template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image: 'nginx:1' }] } },
    },
  };
}

function configMap(name: string, owners: readonly unknown[] = []): KubeObject {
  const metadata = { name, namespace: 'default', ownerReferences: owners as never };
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: {} };
}

function ownerOf(object: KubeObject, more: { readonly [field: string]: unknown } = {}): unknown {
  const { apiVersion, kind, metadata } = object;
  return { apiVersion, kind, name: metadata.name, uid: metadata.uid, ...more };
}

const counts = async (namespace = 'default'): Promise<readonly number[]> => [
  (await cluster.list(targets.deployments, namespace)).length,
  (await cluster.list(targets.replicaSets, namespace)).length,
  (await cluster.list(targets.pods, namespace)).length,
];

async function startDeployment(namespace = 'default'): Promise<void> {
  await cluster.create(targets.deployments, deployment(namespace));
  await cluster.until(async () => (await counts(namespace)).join() === '1,1,3');
}

describe('garbage collector', () => {
  it('deletes dependents of dependents in the background', async () => {
    cluster = await openTestCluster();
    await startDeployment();
    await cluster.remove(targets.deployments, { namespace: 'default', name: 'web' });
    await cluster.until(async () => (await counts()).join() === '0,0,0');
    expect(cluster.problems).toEqual([]);
  });

  it('keeps the owner until its dependents are gone in the foreground', async () => {
    cluster = await openTestCluster();
    await startDeployment();
    await cluster.remove(
      targets.deployments,
      { namespace: 'default', name: 'web' },
      { propagationPolicy: 'Foreground' },
    );
    const seen: string[] = [];
    await cluster.until(async () => {
      const now = (await counts()).join();
      if (seen.at(-1) !== now) seen.push(now);
      return now === '0,0,0';
    });
    expect(seen.filter((each) => each.startsWith('0') && each !== '0,0,0')).toEqual([]);
  });

  it('sets dependents free when told to orphan them', async () => {
    cluster = await openTestCluster();
    await startDeployment();
    await cluster.remove(targets.deployments, { namespace: 'default', name: 'web' }, { propagationPolicy: 'Orphan' });
    await cluster.until(async () => (await counts()).join() === '0,1,3');
    const [set] = await cluster.list<ReplicaSet>(targets.replicaSets, 'default');
    expect(controllerOf(set as ReplicaSet)).toBeUndefined();
    await cluster.clock.advanceBy(60_000);
    expect((await counts()).join()).toBe('0,1,3');
  });

  it('collects an object that is created after its owner has gone, and only drops the dead reference of others', async () => {
    cluster = await openTestCluster();
    const gone = await cluster.create(targets.configMaps, configMap('gone'));
    const stays = await cluster.create(targets.configMaps, configMap('stays'));
    await cluster.remove(targets.configMaps, keyOf(gone));
    await cluster.create(targets.configMaps, configMap('late', [ownerOf(gone)]));
    await cluster.create(targets.configMaps, configMap('both', [ownerOf(gone), ownerOf(stays)]));
    await cluster.until(async () => (await cluster.get(targets.configMaps, keyOf(configMap('late')))) === undefined);
    await cluster.until(async () => {
      const both = await cluster.get(targets.configMaps, keyOf(configMap('both')));
      return both?.metadata.ownerReferences?.length === 1;
    });
  });

  it('leaves an object alone whose owner has a kind that is not served, or lives', async () => {
    cluster = await openTestCluster();
    const owner = await cluster.create(targets.configMaps, configMap('owner'));
    const strange = { apiVersion: 'example.com/v1', kind: 'Strange', name: 'x', uid: 'u-x' };
    await cluster.create(targets.configMaps, configMap('strange', [strange]));
    await cluster.create(targets.configMaps, configMap('owned', [ownerOf(owner, { blockOwnerDeletion: true })]));
    await cluster.clock.advanceBy(120_000);
    const names = (await cluster.list(targets.configMaps, 'default')).map((each) => each.metadata.name);
    expect(names).toEqual(['kube-root-ca.crt', 'owned', 'owner', 'strange']);
  });
});

describe('namespace controller', () => {
  it('empties a namespace and lets it go', async () => {
    cluster = await openTestCluster();
    await cluster.create(targets.namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'team' } });
    await startDeployment('team');
    await cluster.remove(targets.namespaces, { namespace: '', name: 'team' });
    await cluster.until(
      async () => (await cluster.get(targets.namespaces, { namespace: '', name: 'team' })) === undefined,
    );
    expect(await counts('team')).toEqual([0, 0, 0]);
  });

  it('says what is left and by which finalizer', async () => {
    cluster = await openTestCluster();
    await cluster.create(targets.namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'team' } });
    const metadata = { name: 'held', namespace: 'team', finalizers: ['example.com/hold'] };
    await cluster.create(targets.configMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata });
    await cluster.remove(targets.namespaces, { namespace: '', name: 'team' });
    const conditionText = async (): Promise<string | undefined> => {
      const found = await cluster.get<Namespace>(targets.namespaces, { namespace: '', name: 'team' });
      return found?.status?.conditions?.find((each) => each.type === 'NamespaceFinalizersRemaining')?.message;
    };
    await cluster.until(async () => (await conditionText())?.includes('example.com/hold in 1') === true);
    await cluster.patch(targets.configMaps, { namespace: 'team', name: 'held' }, { metadata: { finalizers: null } });
    await cluster.until(
      async () => (await cluster.get(targets.namespaces, { namespace: '', name: 'team' })) === undefined,
    );
  });

  it('gives each namespace its ServiceAccount and root certificates, and gives them back', async () => {
    cluster = await openTestCluster();
    await cluster.create(targets.namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'team' } });
    const ca = { namespace: 'team', name: 'kube-root-ca.crt' };
    const account = { namespace: 'team', name: 'default' };
    const complete = async (): Promise<boolean> =>
      (await cluster.get(targets.configMaps, ca)) !== undefined &&
      (await cluster.get(targets.serviceAccounts, account)) !== undefined;
    await cluster.until(complete);
    await cluster.remove(targets.configMaps, ca);
    await cluster.remove(targets.serviceAccounts, account);
    await cluster.until(complete);
  });
});

describe('replica set controller', () => {
  const replicaSet = (replicas: number): KubeObject => ({
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: { name: 'set', namespace: 'default' },
    spec: {
      replicas,
      selector: { matchLabels: { app: 'web' } },
      template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image: 'nginx:1' }] } },
    },
  });
  const live = async (): Promise<readonly Pod[]> =>
    (await cluster.list<Pod>(targets.pods, 'default')).filter((pod) => pod.metadata.deletionTimestamp === undefined);

  it('adopts a matching pod, releases one that no longer matches and replaces it under another name', async () => {
    cluster = await openTestCluster();
    const pod = (name: string): KubeObject => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: 'default', labels: { app: 'web' } },
      spec: { containers: [{ name: 'c', image: 'nginx:1' }] },
    });
    await cluster.create(targets.pods, pod('mine'));
    await cluster.create(targets.replicaSets, replicaSet(2));
    await cluster.until(async () => (await live()).length === 2);
    await cluster.until(async () => (await live()).every((each) => controllerOf(each)?.name === 'set'));
    const [victim] = (await live()).filter((each) => each.metadata.name !== 'mine');
    await cluster.patch(targets.pods, keyOf(victim as Pod), { metadata: { labels: { app: 'debug' } } });
    await cluster.until(async () => (await live()).length === 3);
    const released = (await live()).find((each) => each.metadata.labels?.['app'] === 'debug');
    expect(controllerOf(released as Pod)).toBeUndefined();
    expect(cluster.problems).toEqual([]);
  });

  it('replaces failed and deleted pods', async () => {
    cluster = await openTestCluster();
    await cluster.create(targets.replicaSets, replicaSet(3));
    await cluster.until(async () => (await live()).length === 3);
    const before = await live();
    await cluster.remove(targets.pods, keyOf(before[0] as Pod), { gracePeriodSeconds: 0 });
    await cluster.until(
      async () =>
        (await live()).length === 3 &&
        (await live()).some((each) => !before.some((old) => old.metadata.uid === each.metadata.uid)),
    );
  });
});
