import { resources } from '@argosy/api';
import { workflowCrds, type CronWorkflow, type Workflow } from '@argosy/api/workflows';
import { createObject, getObject, listObjects, patchObject } from '@argosy/kube/port';
import { createWorld, type World } from '@argosy/sim';
import { describe, expect, it } from 'vitest';

import { startCronController } from './cron-controller.ts';

const NAMESPACE = 'default';
const STORM = { crashBeforeWrite: 0.1, crashAfterWrite: 0.1, refuseWrite: 0.05, dropWatch: 0.02 };

async function workflowsOf(world: World): Promise<readonly Workflow[]> {
  return (await listObjects<Workflow>(world.api, { resource: resources.workflows, namespace: NAMESPACE })).items;
}

/** Ends every workflow that has not ended: there is no controller of workflows here. */
async function finish(world: World): Promise<void> {
  for (const { metadata, status } of await workflowsOf(world)) {
    if (status?.phase !== undefined) continue;
    const patch = { status: { phase: 'Succeeded', finishedAt: new Date(world.clock.now()).toISOString() } };
    const key = { namespace: NAMESPACE, name: metadata.name };
    await patchObject(world.api, { resource: resources.workflows, key, patchType: 'merge', patch });
  }
}

async function play(
  seed: number,
  faults: Partial<typeof STORM>,
): Promise<{ cron: CronWorkflow; names: readonly string[] }> {
  const world = await createWorld({
    seed,
    faults: { crashBeforeWrite: 0, crashAfterWrite: 0, refuseWrite: 0, dropWatch: 0, ...faults },
  });
  try {
    for (const crd of workflowCrds()) {
      await createObject(world.api, { resource: resources.customResourceDefinitions, namespace: '', object: crd });
    }
    const spec = {
      schedules: ['*/2 * * * *'],
      startingDeadlineSeconds: 100,
      successfulJobsHistoryLimit: 10,
      stopStrategy: { expression: 'cronworkflow.succeeded >= 3' },
      workflowSpec: { entrypoint: 'a', templates: [{ name: 'a', suspend: {} }] },
    };
    const object = { apiVersion: 'argoproj.io/v1alpha1', kind: 'CronWorkflow', metadata: { name: 'tick' }, spec };
    await createObject(world.api, { resource: resources.cronWorkflows, namespace: NAMESPACE, object });
    await world.start('cron', (context) => Promise.resolve(startCronController(context)));
    const key = { namespace: NAMESPACE, name: 'tick' };
    const read = (): Promise<CronWorkflow> =>
      getObject<CronWorkflow>(world.api, { resource: resources.cronWorkflows, key });
    await world.clock.advanceUntil(async () => {
      await finish(world);
      return (await read()).status?.phase === 'Stopped';
    }, 3_600_000);
    return { cron: await read(), names: (await workflowsOf(world)).map((item) => item.metadata.name) };
  } finally {
    await world.close();
  }
}

describe('startCronController', () => {
  it('runs on schedule, counts, and stops when its strategy says so', async () => {
    const { cron, names } = await play(1, {});
    expect(names).toHaveLength(3);
    expect(cron.status).toMatchObject({ succeeded: 3, failed: 0, phase: 'Stopped' });
  });

  it('never runs twice for one time, however often it crashes', { timeout: 120_000 }, async () => {
    for (let seed = 1; seed <= 10; seed += 1) {
      const { names, cron } = await play(seed, STORM);
      expect(new Set(names).size, `seed ${seed}`).toBe(names.length);
      expect(cron.status?.succeeded, `seed ${seed}`).toBeLessThanOrEqual(names.length);
    }
  });
});
