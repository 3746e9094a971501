import { rename, rm } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { resources } from '@argosy/api';
import type { Application } from '@argosy/api/cd';
import type { KubeObject } from '@argosy/kube/meta';
import { deleteObject } from '@argosy/kube/port';
import { configMapYaml, openTestDelivery, testApplication, type TestDelivery } from './test-delivery.ts';

const AUTOMATED = { syncPolicy: { automated: { prune: true, selfHeal: true } } };
const APP = { namespace: 'argocd', name: 'web' };

let delivery: TestDelivery;

beforeEach(async () => {
  delivery = await openTestDelivery();
});

afterEach(async () => {
  expect(delivery.controller.metrics().bugs).toBe(0);
  await delivery.close();
});

const isDone = ({ status, operation }: Application): boolean =>
  operation === undefined &&
  status?.operationState?.finishedAt !== undefined &&
  status.operationState.phase !== 'Running';
const isSynced = (app: Application): boolean => isDone(app) && app.status?.sync?.status === 'Synced';
const conditionOf = (app: Application, type: string): string | undefined =>
  app.status?.conditions?.find((condition) => condition.type === type)?.message;

function refresh(): Promise<KubeObject> {
  return delivery.patch(resources.applications, APP, {
    metadata: { annotations: { 'argocd.argoproj.io/refresh': 'normal' } },
  });
}

function configMap(name: string): { resource: typeof resources.configMaps; namespace: string; name: string } {
  return { resource: resources.configMaps, namespace: 'prod', name };
}

async function deliver(
  files: { readonly [path: string]: string },
  spec: Partial<Application['spec']> = AUTOMATED,
): Promise<Application> {
  await delivery.repo.commit(files);
  await delivery.create(resources.applications, testApplication(delivery.repo.url, spec));
  return await delivery.application('web', isSynced);
}

describe('delivery', () => {
  it('brings what is committed to the cluster and reports it Synced and Healthy', async () => {
    const { status } = await deliver({ 'app/a.yaml': configMapYaml('a', '1'), 'app/b.yml': configMapYaml('b', '1') });
    const revision = await delivery.repo.git('rev-parse', 'HEAD');
    const operationState = { message: 'successfully synced (all tasks run)', phase: 'Succeeded' };
    expect(status).toMatchObject({ sync: { revision }, health: { status: 'Healthy' }, operationState });
    expect(status?.history).toHaveLength(1);
    expect(status?.operationState?.syncResult?.resources).toMatchObject([
      { kind: 'ConfigMap', name: 'a', status: 'Synced', message: 'configmap/a created', syncPhase: 'Sync' },
      { kind: 'ConfigMap', name: 'b', status: 'Synced', message: 'configmap/b created' },
    ]);
    const live = await delivery.get(resources.configMaps, 'prod', 'a');
    expect(live?.metadata.annotations?.['argocd.argoproj.io/tracking-id']).toBe('web:/ConfigMap:prod/a');
  });

  it('heals drift at once and keeps no history of it', async () => {
    await deliver({ 'app/a.yaml': configMapYaml('a', '1') });
    await delivery.patch(resources.configMaps, { namespace: 'prod', name: 'a' }, { data: { value: 'drifted' } });
    await delivery.application(
      'web',
      (app) => isSynced(app) && app.status?.operationState?.operation.sync?.autoHealAttemptsCount === 1,
    );
    const live = await delivery.get(resources.configMaps, 'prod', 'a');
    expect(live?.['data']).toEqual({ value: '1' });
    expect((await delivery.application('web', isSynced)).status?.history).toHaveLength(1);
  });

  it('prunes what left the repository and nothing that it does not track', async () => {
    await deliver({ 'app/a.yaml': configMapYaml('a', '1'), 'app/b.yaml': configMapYaml('b', '1') });
    const foreign = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'foreign', namespace: 'prod' } };
    await delivery.create(resources.configMaps, foreign);
    await delivery.repo.commit({ 'app/b.yaml': undefined });
    await refresh();
    await delivery.object(configMap('b'), (object) => object === undefined);
    await delivery.object(configMap('foreign'), (object) => object !== undefined);
    const app = await delivery.application('web', (found) => isSynced(found) && found.status?.history?.length === 2);
    expect(app.metadata.annotations?.['argocd.argoproj.io/refresh']).toBeUndefined();
    expect(app.status?.operationState?.syncResult?.resources).toContainEqual(
      expect.objectContaining({ name: 'b', status: 'Pruned' }),
    );
  });

  it('runs hooks and waves in their order, and waits for each', async () => {
    const job = {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'before', annotations: { 'argocd.argoproj.io/hook': 'PreSync' } },
      spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'x', image: 'x' }] } } },
    };
    await delivery.repo.commit({
      'app/job.json': JSON.stringify(job),
      'app/late.yaml': configMapYaml('late', '1', { 'argocd.argoproj.io/sync-wave': '5' }),
      'app/early.yaml': configMapYaml('early', '1', { 'argocd.argoproj.io/sync-wave': '-1' }),
    });
    await delivery.create(resources.applications, testApplication(delivery.repo.url, AUTOMATED));
    const waiting = await delivery.application(
      'web',
      ({ status }) => status?.operationState?.message?.startsWith('waiting') === true,
    );
    expect(waiting.status?.operationState?.message).toBe('waiting for completion of hook batch/Job/before');
    expect(await delivery.get(resources.configMaps, 'prod', 'early')).toBeUndefined();
    const status = { conditions: [{ type: 'Complete', status: 'True', message: 'done' }] };
    await delivery.api.send({
      verb: 'patch',
      resource: resources.jobs,
      key: { namespace: 'prod', name: 'before' },
      subresource: 'status',
      patchType: 'merge',
      patch: { status },
    });
    const app = await delivery.application('web', isSynced);
    const order = app.status?.operationState?.syncResult?.resources?.map(({ name }) => name);
    expect(order).toEqual(['before', 'early', 'late']);
    const versions = await Promise.all(
      ['early', 'late'].map(async (name) =>
        Number((await delivery.get(resources.configMaps, 'prod', name))?.metadata.resourceVersion),
      ),
    );
    expect(versions[0]).toBeLessThan(versions[1] ?? 0);
    expect(app.status?.resources?.find(({ name }) => name === 'before')).toMatchObject({ hook: true });
  });

  it('creates the namespace that is asked for', async () => {
    const app = await deliver(
      { 'app/a.yaml': configMapYaml('a', '1') },
      {
        destination: { name: 'in-cluster', namespace: 'fresh' },
        syncPolicy: { automated: {}, syncOptions: ['CreateNamespace=true'] },
      },
    );
    expect(app.status?.operationState?.syncResult?.resources?.[0]).toMatchObject({
      kind: 'Namespace',
      message: 'namespace/fresh created',
    });
  });

  it('keeps the content of Secrets out of status and journal', async () => {
    const secret = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 's' },
      stringData: { token: 'hunter2-hunter2' },
    };
    const app = await deliver({ 'app/s.json': JSON.stringify(secret) });
    const live = await delivery.get(resources.secrets, 'prod', 's');
    expect(live?.['data']).toEqual({ token: Buffer.from('hunter2-hunter2').toString('base64') });
    const told = JSON.stringify(app) + JSON.stringify(delivery.journal.all());
    expect(told).not.toContain('hunter2');
    expect(told).not.toContain(Buffer.from('hunter2-hunter2').toString('base64'));
  });
});

describe('what can go wrong', () => {
  it('tells what the API server said about a manifest that it rejects', async () => {
    await delivery.repo.commit({ 'app/bad.yaml': configMapYaml('Not_A_Name', '1') });
    const retry = { limit: 0 };
    await delivery.create(
      resources.applications,
      testApplication(delivery.repo.url, { syncPolicy: { automated: {}, retry } }),
    );
    const app = await delivery.application('web', isDone);
    expect(app.status?.operationState?.phase).toBe('Failed');
    const [result] = app.status?.operationState?.syncResult?.resources ?? [];
    expect(result).toMatchObject({ status: 'SyncFailed', hookPhase: 'Failed' });
    expect(result?.message).toContain('Not_A_Name');
    const told = await delivery.application('web', (found) => conditionOf(found, 'SyncError') !== undefined);
    expect(conditionOf(told, 'SyncError')).toContain('Failed last sync attempt to');
  });

  const broken: readonly {
    reason: string;
    source: Partial<NonNullable<Application['spec']['source']>>;
    says: string;
  }[] = [
    {
      reason: 'a repository that is not there',
      source: { repoURL: 'file:///nowhere/at/all' },
      says: 'repository not found',
    },
    {
      reason: 'a revision that is not there',
      source: { targetRevision: 'gone' },
      says: "unable to resolve 'gone' to a commit SHA",
    },
    { reason: 'a path that is not there', source: { path: 'elsewhere' }, says: 'app path does not exist' },
    { reason: 'a path that leaves the repository', source: { path: '../etc' }, says: 'app path outside root' },
    { reason: 'an absolute path', source: { path: '/etc' }, says: 'app path is absolute' },
    {
      reason: 'an option in place of a revision',
      source: { targetRevision: '--upload-pack=x' },
      says: 'is not a branch, tag or commit',
    },
    { reason: 'a transport that runs programs', source: { repoURL: 'ext::sh -c id' }, says: 'repository address' },
  ];
  for (const { reason, source, says } of broken) {
    it(`says clearly: ${reason}`, async () => {
      await delivery.repo.commit({ 'app/a.yaml': configMapYaml('a', '1') });
      const spec = { source: { repoURL: delivery.repo.url, path: 'app', targetRevision: 'main', ...source } };
      await delivery.create(resources.applications, testApplication(delivery.repo.url, spec));
      const app = await delivery.application('web', (found) => conditionOf(found, 'ComparisonError') !== undefined);
      expect(conditionOf(app, 'ComparisonError')).toContain(says);
      expect(app.status?.sync?.status).toBe('Unknown');
    });
  }

  it('says where a manifest is malformed', async () => {
    await delivery.repo.commit({ 'app/a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n bad: [\n' });
    await delivery.create(resources.applications, testApplication(delivery.repo.url));
    const app = await delivery.application('web', (found) => conditionOf(found, 'ComparisonError') !== undefined);
    expect(conditionOf(app, 'ComparisonError')).toMatch(/a\.yaml:\d+:\d+/);
  });

  it('survives a repository that disappears, and recovers when it is back', async () => {
    await deliver({ 'app/a.yaml': configMapYaml('a', '1') });
    const hidden = `${delivery.repo.directory}-hidden`;
    await rename(delivery.repo.directory, hidden);
    await refresh();
    const broken = await delivery.application('web', (app) => conditionOf(app, 'ComparisonError') !== undefined);
    expect(broken.status?.sync?.status).toBe('Unknown');
    await rename(hidden, delivery.repo.directory);
    await refresh();
    const healed = await delivery.application('web', (app) => app.status?.sync?.status === 'Synced');
    expect(conditionOf(healed, 'ComparisonError')).toBeUndefined();
    await rm(hidden, { recursive: true, force: true });
  });

  it('refuses what the project does not permit', async () => {
    await delivery.repo.commit({ 'app/a.yaml': configMapYaml('a', '1') });
    await delivery.create(resources.appProjects, {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'AppProject',
      metadata: { name: 'narrow', namespace: 'argocd' },
      spec: { sourceRepos: ['https://example.com/**'], destinations: [{ server: '*', namespace: 'other' }] },
    });
    await delivery.create(resources.applications, testApplication(delivery.repo.url, { project: 'narrow' }));
    const app = await delivery.application('web', (found) => conditionOf(found, 'InvalidSpecError') !== undefined);
    expect(app.status?.conditions?.map(({ message }) => message)).toEqual([
      expect.stringContaining("do not match any of the allowed destinations in project 'narrow'"),
      expect.stringContaining("is not permitted in project 'narrow'"),
    ]);
  });
});

describe('deletion', () => {
  it('takes the resources along when the finalizer asks for it', async () => {
    await delivery.repo.commit({ 'app/a.yaml': configMapYaml('a', '1') });
    const app = testApplication(delivery.repo.url, AUTOMATED);
    const finalizers = ['resources-finalizer.argocd.argoproj.io'];
    await delivery.create(resources.applications, { ...app, metadata: { ...app.metadata, finalizers } });
    await delivery.application('web', isSynced);
    await deleteObject(delivery.api, { resource: resources.applications, key: APP });
    await delivery.object(configMap('a'), (object) => object === undefined);
    await delivery.object({ resource: resources.applications, ...APP }, (object) => object === undefined);
  });

  it('leaves the resources when it does not', async () => {
    await deliver({ 'app/a.yaml': configMapYaml('a', '1') });
    await deleteObject(delivery.api, { resource: resources.applications, key: APP });
    await delivery.object({ resource: resources.applications, ...APP }, (object) => object === undefined);
    expect(await delivery.get(resources.configMaps, 'prod', 'a')).toBeDefined();
  });
});
