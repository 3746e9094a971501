import { afterEach, describe, expect, it } from 'vitest';
import type { KubeObject } from '@argosy/kube/meta';
import { targets, type CronJob, type Job } from '../workloads/index.ts';
import { openTestCluster, START_MS, type TestCluster } from './test-cluster.ts';

let cluster: TestCluster;
afterEach(() => cluster.close());

const key = { namespace: 'default', name: 'tick' };

function cronJob(spec: { readonly [field: string]: unknown } = {}): KubeObject {
  const template = { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'busybox' }] } };
  return {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name: 'tick', namespace: 'default' },
    spec: { schedule: '*/2 * * * *', jobTemplate: { spec: { template } }, ...spec },
  };
}

const jobs = (): Promise<readonly Job[]> => cluster.list<Job>(targets.jobs, 'default');
const stored = (): Promise<CronJob | undefined> => cluster.get<CronJob>(targets.cronJobs, key);
const minute = START_MS / 60_000;

describe('cron job controller', () => {
  it('starts a job at each time, clears its list when jobs end and keeps its history short', async () => {
    cluster = await openTestCluster({ fateOf: () => 'succeed' });
    await cluster.create(targets.cronJobs, cronJob({ successfulJobsHistoryLimit: 2 }));
    const last = `tick-${minute + 8}`;
    await cluster.until(async () => (await stored())?.status?.lastScheduleTime === '2026-01-01T00:08:00Z', 600_000);
    await cluster.until(async () => (await stored())?.status?.active === undefined);
    await cluster.until(async () => (await jobs()).length === 2);
    expect((await jobs()).map((job) => job.metadata.name)).toEqual([`tick-${minute + 6}`, last]);
    expect((await stored())?.status?.lastSuccessfulTime).toBe('2026-01-01T00:08:00Z');
    expect(cluster.problems).toEqual([]);
  });

  it('holds back what Forbid forbids and lists what runs', async () => {
    cluster = await openTestCluster({ fateOf: () => 'running' });
    await cluster.create(targets.cronJobs, cronJob({ concurrencyPolicy: 'Forbid' }));
    await cluster.until(async () => ((await stored())?.status?.active?.length ?? 0) === 1, 300_000);
    await cluster.clock.advanceBy(600_000);
    expect((await jobs()).map((job) => job.metadata.name)).toEqual([`tick-${minute + 2}`]);
    expect((await stored())?.status).toMatchObject({
      active: [{ kind: 'Job', name: `tick-${minute + 2}` }],
      lastScheduleTime: '2026-01-01T00:02:00Z',
    });
  });

  it('refuses a schedule that cannot be read, with the words of the parser', async () => {
    cluster = await openTestCluster();
    await expect(cluster.create(targets.cronJobs, cronJob({ schedule: '* * *' }))).rejects.toThrow(
      'expected exactly 5 fields, found 3: [* * *]',
    );
  });
});
