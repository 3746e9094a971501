import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { resources } from '@argosy/api';
import type { Application } from '@argosy/api/cd';
import { configMapYaml, openTestDelivery, testApplication, type TestDelivery } from './test-delivery.ts';

const AUTOMATED = { automated: { prune: true, selfHeal: true } };
const APP = { namespace: 'argocd', name: 'web' };
const PROJECT = { namespace: 'argocd', name: 'default' };
const MAP = { resource: resources.configMaps, namespace: 'prod', name: 'a' };
/** Every minute, for two minutes: always open. */
const ALWAYS = { schedule: '* * * * *', duration: '2m', applications: ['*'] };

let delivery: TestDelivery;

beforeEach(async () => {
  delivery = await openTestDelivery();
});

afterEach(async () => {
  expect(delivery.controller.metrics().bugs).toBe(0);
  await delivery.close();
});

const isSynced = ({ status, operation }: Application): boolean =>
  operation === undefined && status?.operationState?.finishedAt !== undefined && status.sync?.status === 'Synced';

async function create(spec: Partial<Application['spec']>): Promise<void> {
  await delivery.repo.commit({ 'app/a.yaml': configMapYaml('a', '1') });
  await delivery.create(resources.applications, testApplication(delivery.repo.url, spec));
}

const startSync = (): Promise<unknown> =>
  delivery.patch(resources.applications, APP, {
    operation: { sync: {}, initiatedBy: { username: 'ada' } },
    status: { operationState: null },
  });

describe('what keeps a sync from writing', () => {
  it('waits for a window, by hand and by policy, and goes on when it opens', async () => {
    await delivery.patch(resources.appProjects, PROJECT, { spec: { syncWindows: [{ kind: 'deny', ...ALWAYS }] } });
    await create({ syncPolicy: AUTOMATED });
    const compared = await delivery.application('web', ({ status }) => status?.sync?.status === 'OutOfSync');
    expect(compared.status?.operationState).toBeUndefined();
    await startSync();
    const blocked = await delivery.application(
      'web',
      ({ status }) => status?.operationState?.message === 'Sync operation blocked by sync window',
    );
    expect(blocked.status?.operationState?.phase).toBe('Running');
    expect(blocked.status?.operationState?.syncResult).toBeUndefined();
    await delivery.patch(resources.appProjects, PROJECT, { spec: { syncWindows: null } });
    await delivery.application('web', isSynced);
  });

  it('keeps live values that are ignored, when the Application respects them', async () => {
    const ignoreDifferences = [{ group: '', kind: 'ConfigMap', jqPathExpressions: ['.data.value'] }];
    const syncOptions = ['RespectIgnoreDifferences=true'];
    await create({ ignoreDifferences, syncPolicy: { ...AUTOMATED, syncOptions } });
    await delivery.application('web', isSynced);
    await delivery.patch(MAP.resource, MAP, { data: { value: 'tuned' } });
    const more = configMapYaml('a', '2').replace('"value":"2"', '"value":"2","other":"x"');
    await delivery.repo.commit({ 'app/a.yaml': more });
    await delivery.patch(resources.applications, APP, {
      metadata: { annotations: { 'argocd.argoproj.io/refresh': 'normal' } },
    });
    const live = await delivery.object(
      MAP,
      (found) => (found?.['data'] as { other?: string } | undefined)?.other === 'x',
    );
    expect(live?.['data']).toEqual({ value: 'tuned', other: 'x' });
    await delivery.application('web', isSynced);
  });

  it('fails on what another Application holds, when told to', async () => {
    await create({ syncPolicy: AUTOMATED });
    await delivery.application('web', isSynced);
    const greedy = testApplication(
      delivery.repo.url,
      { syncPolicy: { ...AUTOMATED, retry: { limit: 0 }, syncOptions: ['FailOnSharedResource=true'] } },
      'greedy',
    );
    await delivery.create(resources.applications, greedy);
    const { status } = await delivery.application(
      'greedy',
      (app) => app.status?.operationState?.finishedAt !== undefined,
    );
    expect(status?.operationState).toMatchObject({
      phase: 'Failed',
      message: 'Shared resource found: ConfigMap/a is part of applications argocd/greedy and web',
    });
    const live = await delivery.object(MAP, (found) => found !== undefined);
    expect(live?.metadata.annotations?.['argocd.argoproj.io/tracking-id']).toMatch(/^web:/);
  });
});
