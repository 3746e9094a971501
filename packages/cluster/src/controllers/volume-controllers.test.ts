import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { KubeObject } from '@argosy/kube/meta';
import { targets, type PersistentVolume, type VolumeClaim } from '../workloads/index.ts';
import { openTestCluster, type PodFate, type TestCluster } from './test-cluster.ts';

let root: string;
let cluster: TestCluster;
const open = async (fateOf: () => PodFate = () => 'ready'): Promise<void> => {
  cluster = await openTestCluster({ fateOf, localVolumes: { root, nodeName: 'node-1' } });
  await cluster.until(async () => (await cluster.list(targets.storageClasses)).length === 1);
};
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'argosy-volumes-'));
});
afterEach(async () => {
  await cluster.close();
  await rm(root, { recursive: true, force: true });
});

const key = (name: string) => ({ namespace: 'default', name });
const claim = (name: string, spec: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name, namespace: 'default' },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, ...spec },
});
const volume = (name: string, spec: object = {}, labels = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'PersistentVolume',
  metadata: { name, labels },
  spec: {
    accessModes: ['ReadWriteOnce'],
    capacity: { storage: '5Gi' },
    storageClassName: 'hand',
    hostPath: { path: `/data/${name}` },
    ...spec,
  },
});
const pod = (name: string, claimName: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'default' },
  spec: {
    containers: [{ name: 'c', image: 'i' }],
    volumes: [{ name: 'v', persistentVolumeClaim: { claimName } }],
  },
});
const getClaim = (name: string) => cluster.get<VolumeClaim>(targets.persistentVolumeClaims, key(name));
const getVolume = (name: string) => cluster.get<PersistentVolume>(targets.persistentVolumes, { namespace: '', name });
const isBound = async (name: string): Promise<boolean> => (await getClaim(name))?.status?.phase === 'Bound';
const reasons = async (): Promise<readonly unknown[]> =>
  (await cluster.list({ group: '', version: 'v1', resource: 'events' }, 'default')).map((event) => event['reason']);

describe('volumes made for claims', () => {
  it('waits for the first pod, makes a volume, protects it while it is used, and removes it with the claim', async () => {
    await open();
    await cluster.create(targets.persistentVolumeClaims, claim('data'));
    await cluster.until(async () => (await reasons()).includes('WaitForFirstConsumer'));
    expect(await getClaim('data')).toMatchObject({
      status: { phase: 'Pending' },
      spec: { storageClassName: 'local-path' },
    });
    await cluster.create(targets.pods, pod('user', 'data'));
    await cluster.until(() => isBound('data'));
    const bound = await getClaim('data');
    const name = `pvc-${bound?.metadata.uid}`;
    expect(bound?.spec.volumeName).toBe(name);
    expect(bound?.status).toMatchObject({ capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'] });
    const made = await getVolume(name);
    expect(made?.status?.phase).toBe('Bound');
    const path = `${root}/${name}_default_data`;
    expect(made?.spec.hostPath?.path).toBe(path);
    await mkdir(path);
    await writeFile(join(path, 'file'), 'content');

    await cluster.remove(targets.persistentVolumeClaims, key('data'));
    await cluster.clock.advanceBy(60_000);
    expect((await getClaim('data'))?.metadata.deletionTimestamp).toBeDefined();
    expect(existsSync(join(path, 'file'))).toBe(true);
    await cluster.remove(targets.pods, key('user'), { gracePeriodSeconds: 0 });
    // Removing the folder takes real time, which the virtual clock does not wait for.
    const left = async (): Promise<unknown> => {
      await cluster.clock.advanceBy(100);
      return getVolume(name);
    };
    await expect.poll(left, { timeout: 10_000 }).toBeUndefined();
    expect(await getClaim('data')).toBeUndefined();
    expect(existsSync(path)).toBe(false);
    expect(cluster.problems).toEqual([]);
  });

  it('binds at once for an Immediate class, and keeps the folder for Retain', async () => {
    await open();
    const name = 'now';
    const storageClass: KubeObject = {
      apiVersion: 'storage.k8s.io/v1',
      kind: 'StorageClass',
      metadata: { name },
      provisioner: 'argosy.io/local-path',
      reclaimPolicy: 'Retain',
      volumeBindingMode: 'Immediate',
    };
    await cluster.create(targets.persistentVolumeClaims, claim('early', { storageClassName: name }));
    await cluster.until(async () => (await reasons()).includes('ProvisioningFailed'));
    await cluster.create(targets.storageClasses, storageClass);
    await cluster.until(() => isBound('early'));
    const volumeName = (await getClaim('early'))?.spec.volumeName ?? '';
    const path = (await getVolume(volumeName))?.spec.hostPath?.path ?? '';
    await mkdir(path);
    await cluster.remove(targets.persistentVolumeClaims, key('early'));
    await cluster.until(async () => (await getVolume(volumeName))?.status?.phase === 'Released');
    expect(existsSync(path)).toBe(true);
  });

  it.each([
    ['another provisioner', { provisioner: 'example.com/disks' }, {}, 'ExternalProvisioning'],
    ['a selector', {}, { selector: { matchLabels: { a: 'b' } } }, 'ProvisioningFailed'],
    ['a block device', {}, { volumeMode: 'Block' }, 'ProvisioningFailed'],
  ])('says why it makes none for %s', async (...row) => {
    const [, more, spec, reason] = row;
    await open();
    const metadata = { name: 'odd' };
    const base = {
      apiVersion: 'storage.k8s.io/v1',
      kind: 'StorageClass',
      metadata,
      provisioner: 'argosy.io/local-path',
    };
    await cluster.create(targets.storageClasses, { ...base, ...more });
    await cluster.create(targets.persistentVolumeClaims, claim('odd', { storageClassName: 'odd', ...spec }));
    await cluster.until(async () => (await reasons()).includes(reason));
    expect(await cluster.list(targets.persistentVolumes)).toEqual([]);
  });
});

describe('volumes made by hand', () => {
  it('chooses by class, size, access modes and labels: the smallest that is large enough', async () => {
    await open();
    await cluster.create(targets.persistentVolumes, volume('small', { capacity: { storage: '1Gi' } }));
    await cluster.create(targets.persistentVolumes, volume('large', { capacity: { storage: '10Gi' } }));
    await cluster.create(targets.persistentVolumes, volume('fits', { capacity: { storage: '3Gi' } }));
    await cluster.create(targets.persistentVolumes, volume('many', { accessModes: ['ReadWriteMany'] }));
    await cluster.create(targets.persistentVolumes, volume('gold', {}, { tier: 'gold' }));
    const asked = { storageClassName: 'hand', resources: { requests: { storage: '2Gi' } } };
    await cluster.create(targets.persistentVolumeClaims, claim('a', asked));
    await cluster.create(targets.persistentVolumeClaims, claim('b', { ...asked, accessModes: ['ReadWriteMany'] }));
    const selector = { matchLabels: { tier: 'gold' } };
    await cluster.create(targets.persistentVolumeClaims, claim('c', { ...asked, selector }));
    for (const name of ['a', 'b', 'c']) await cluster.until(() => isBound(name));
    const names = await Promise.all(['a', 'b', 'c'].map(async (name) => (await getClaim(name))?.spec.volumeName));
    expect(names).toEqual(['fits', 'many', 'gold']);
    expect((await getClaim('a'))?.status?.capacity).toEqual({ storage: '3Gi' });
    expect((await getVolume('small'))?.status?.phase).toBe('Available');
  });

  it('gives one volume to one of two claims, keeps a reservation, and releases what is retained', async () => {
    await open();
    const claimRef = { namespace: 'default', name: 'mine' };
    await cluster.create(targets.persistentVolumes, volume('one', { claimRef }));
    await cluster.create(targets.persistentVolumeClaims, claim('other', { storageClassName: 'hand' }));
    await cluster.create(targets.persistentVolumeClaims, claim('mine', { storageClassName: 'hand' }));
    await cluster.until(() => isBound('mine'));
    expect((await getClaim('other'))?.status?.phase).toBe('Pending');
    await cluster.create(targets.persistentVolumes, volume('two'));
    await cluster.create(targets.persistentVolumeClaims, claim('third', { storageClassName: 'hand' }));
    await cluster.until(() => isBound('other'));
    await cluster.clock.advanceBy(10_000);
    expect((await getClaim('third'))?.status?.phase).toBe('Pending');
    await cluster.remove(targets.persistentVolumeClaims, key('mine'));
    await cluster.until(async () => (await getVolume('one'))?.status?.phase === 'Released');
  });

  it('tells a claim that its volume is lost, and never removes a folder that is not its own', async () => {
    await open();
    const spec = { persistentVolumeReclaimPolicy: 'Delete', hostPath: { path: `${root}/../elsewhere` } };
    await cluster.create(targets.persistentVolumes, volume('odd', spec));
    await cluster.create(targets.persistentVolumeClaims, claim('data', { storageClassName: 'hand' }));
    await cluster.until(() => isBound('data'));
    await cluster.remove(targets.persistentVolumeClaims, key('data'));
    await cluster.until(async () => (await getVolume('odd'))?.status?.phase === 'Failed');

    await cluster.create(targets.persistentVolumes, volume('gone'));
    await cluster.create(targets.persistentVolumeClaims, claim('loser', { storageClassName: 'hand' }));
    await cluster.until(() => isBound('loser'));
    await cluster.patch(targets.persistentVolumes, { namespace: '', name: 'gone' }, { metadata: { finalizers: null } });
    await cluster.remove(targets.persistentVolumes, { namespace: '', name: 'gone' });
    await cluster.until(async () => (await getClaim('loser'))?.status?.phase === 'Lost');
  });

  it('keeps a bound volume that is deleted until its claim is gone', async () => {
    await open();
    await cluster.create(targets.persistentVolumes, volume('kept'));
    await cluster.create(targets.persistentVolumeClaims, claim('data', { storageClassName: 'hand' }));
    await cluster.until(() => isBound('data'));
    await cluster.remove(targets.persistentVolumes, { namespace: '', name: 'kept' });
    await cluster.clock.advanceBy(60_000);
    expect((await getVolume('kept'))?.metadata.deletionTimestamp).toBeDefined();
    await cluster.remove(targets.persistentVolumeClaims, key('data'));
    await cluster.until(async () => (await getVolume('kept')) === undefined);
  });
});
