import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { resources } from '@argosy/api';
import type { Application } from '@argosy/api/cd';
import { configMapYaml, openTestDelivery, testApplication, type TestDelivery } from './test-delivery.ts';

const SETTINGS = { namespace: 'argocd', name: 'argocd-cm' };
const MAP = { namespace: 'prod', name: 'a' };

let delivery: TestDelivery;

beforeEach(async () => {
  delivery = await openTestDelivery();
  await delivery.repo.commit({ 'app/a.yaml': configMapYaml('a', '1') });
});

afterEach(async () => {
  expect(delivery.controller.metrics().bugs).toBe(0);
  await delivery.close();
});

const configure = (data: { readonly [key: string]: string }): Promise<unknown> =>
  delivery.create(resources.configMaps, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { ...SETTINGS, labels: { 'app.kubernetes.io/part-of': 'argocd' } },
    data,
  });

const PROJECT = { namespace: 'argocd', name: 'default' };
const isSynced = ({ status }: Application): boolean => status?.sync?.status === 'Synced';
const AUTOMATED = { automated: { prune: true } };

describe('settings that change while Applications are delivered', () => {
  it('judges health anew as soon as a script is set, and tells of one that fails', async () => {
    await delivery.create(resources.applications, testApplication(delivery.repo.url, { syncPolicy: AUTOMATED }));
    await delivery.application('web', (app) => isSynced(app) && app.status?.health?.status === 'Healthy');
    const script = 'return {status = "Degraded", message = obj.data.value}';
    await configure({ 'resource.customizations.health.ConfigMap': script });
    const judged = await delivery.application('web', ({ status }) => status?.health?.status === 'Degraded');
    expect(judged.status?.resources?.[0]?.health).toEqual({ status: 'Degraded', message: '1' });
    await delivery.patch(resources.configMaps, SETTINGS, {
      data: { 'resource.customizations.health.ConfigMap': 'error("broken")' },
    });
    const failed = await delivery.application('web', ({ status }) => status?.health?.status === 'Unknown');
    expect(failed.status?.conditions?.find(({ type }) => type === 'ComparisonError')?.message).toMatch(
      /^error setting app health: .*broken/,
    );
    expect(failed.status?.resources?.[0]?.health).not.toHaveProperty('error');
  });

  it('ignores differences of the system, and writes the instance label when it is asked to', async () => {
    await configure({
      'resource.customizations.ignoreDifferences.ConfigMap': 'jsonPointers: [/data/value]',
      'application.resourceTrackingMethod': 'annotation+label',
    });
    await delivery.create(resources.applications, testApplication(delivery.repo.url, { syncPolicy: AUTOMATED }));
    await delivery.application('web', isSynced);
    const made = await delivery.get(resources.configMaps, MAP.namespace, MAP.name);
    expect(made?.metadata.labels).toEqual({ 'app.kubernetes.io/instance': 'web' });
    await delivery.patch(resources.configMaps, MAP, { data: { value: 'tuned' } });
    await delivery.patch(resources.configMaps, SETTINGS, {
      data: { 'resource.customizations.ignoreDifferences.ConfigMap': null },
    });
    await delivery.application('web', ({ status }) => status?.sync?.status === 'OutOfSync');
  });
});

describe('a project that asks for orphans', () => {
  it('is warned of what lies in the namespace of an Application and belongs to nobody', async () => {
    const left = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'left', namespace: 'prod' } };
    await delivery.create(resources.configMaps, left);
    await delivery.create(resources.applications, testApplication(delivery.repo.url, { syncPolicy: AUTOMATED }));
    const calm = await delivery.application('web', isSynced);
    expect(calm.status?.conditions ?? []).toEqual([]);
    await delivery.patch(resources.appProjects, PROJECT, { spec: { orphanedResources: { warn: true } } });
    const warned = await delivery.application('web', ({ status }) => (status?.conditions ?? []).length > 0);
    expect(warned.status?.conditions).toMatchObject([
      { type: 'OrphanedResourceWarning', message: 'Application has 1 orphaned resources' },
    ]);
    const ignore = [{ group: '', kind: 'ConfigMap', name: 'l*' }];
    await delivery.patch(resources.appProjects, PROJECT, { spec: { orphanedResources: { ignore } } });
    await delivery.application('web', ({ status }) => (status?.conditions ?? []).length === 0);
  });
});
