import { afterEach, describe, expect, it } from 'vitest';
import type { KubeObject } from '@argosy/kube/meta';
import { finishedCondition, targets, type Job, type Pod } from '../workloads/index.ts';
import { openTestCluster, START_MS, type TestCluster } from './test-cluster.ts';

let cluster: TestCluster;
afterEach(() => cluster.close());

const key = { namespace: 'default', name: 'work' };

function job(spec: { readonly [field: string]: unknown } = {}): KubeObject {
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'work', namespace: 'default' },
    spec: {
      template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'busybox' }] } },
      ...spec,
    },
  };
}

const jobNow = async (): Promise<Job | undefined> => cluster.get<Job>(targets.jobs, key);

async function ended(limitMs?: number): Promise<Job> {
  await cluster.until(async () => {
    const found = await jobNow();
    return found !== undefined && finishedCondition(found) !== undefined;
  }, limitMs);
  return (await jobNow()) as Job;
}

const jobPods = (): Promise<readonly Pod[]> => cluster.list<Pod>(targets.pods, 'default');

describe('job controller', () => {
  it('runs to its completions, counts each pod once and lets the pods go', async () => {
    cluster = await openTestCluster({ fateOf: () => 'succeed' });
    await cluster.create(targets.jobs, job({ completions: 5, parallelism: 2 }));
    const found = await ended();
    expect(finishedCondition(found)).toMatchObject({ type: 'Complete', reason: 'CompletionsReached' });
    expect(found.status).toMatchObject({ succeeded: 5, uncountedTerminatedPods: {} });
    const pods = await jobPods();
    expect(pods.length).toBe(5);
    expect(pods.flatMap((pod) => pod.metadata.finalizers ?? [])).toEqual([]);
    expect(cluster.problems).toEqual([]);
  });

  it('fails when its pods fail more often than the limit, with growing waits between attempts', async () => {
    cluster = await openTestCluster({ fateOf: () => 'fail' });
    await cluster.create(targets.jobs, job({ backoffLimit: 2 }));
    const found = await ended(300_000);
    expect(finishedCondition(found)).toMatchObject({ type: 'Failed', reason: 'BackoffLimitExceeded' });
    expect(found.status?.failed).toBe(3);
    expect(cluster.clock.now() - START_MS).toBeGreaterThanOrEqual(30_000);
    expect(cluster.clock.now() - START_MS).toBeLessThan(40_000);
  });

  it('fails at its deadline and deletes what still runs', async () => {
    cluster = await openTestCluster({ fateOf: () => 'running' });
    await cluster.create(targets.jobs, job({ activeDeadlineSeconds: 20, parallelism: 2 }));
    const found = await ended();
    expect(finishedCondition(found)).toMatchObject({ type: 'Failed', reason: 'DeadlineExceeded' });
    expect(cluster.clock.now() - START_MS).toBe(20_000);
    await cluster.until(async () => (await jobPods()).length === 0);
    expect(found.status).toMatchObject({ failed: 2, ready: 0, terminating: 0 });
  });

  it('completes each index once, with the index told to the pod', async () => {
    cluster = await openTestCluster({ fateOf: () => 'succeed' });
    await cluster.create(targets.jobs, job({ completionMode: 'Indexed', completions: 4, parallelism: 2 }));
    const found = await ended();
    expect(found.status).toMatchObject({ succeeded: 4, completedIndexes: '0-3' });
    const indexes = (await jobPods()).map(
      (pod) => pod.metadata.labels?.['batch.kubernetes.io/job-completion-index'] ?? '',
    );
    expect(indexes.sort()).toEqual(['0', '1', '2', '3']);
  });

  it('runs nothing while suspended and starts the clock anew when resumed', async () => {
    cluster = await openTestCluster({ fateOf: () => 'running' });
    await cluster.create(targets.jobs, job({ parallelism: 2, completions: 2 }));
    await cluster.until(async () => (await jobPods()).length === 2);
    await cluster.patch(targets.jobs, key, { spec: { suspend: true } });
    await cluster.until(async () => (await jobPods()).length === 0);
    await cluster.until(async () => (await jobNow())?.status?.conditions?.[0]?.reason === 'JobSuspended');
    expect((await jobNow())?.status).toMatchObject({ terminating: 0, uncountedTerminatedPods: {} });
    expect((await jobNow())?.status?.failed).toBeUndefined();
    expect((await jobNow())?.status?.startTime).toBeUndefined();
    await cluster.patch(targets.jobs, key, { spec: { suspend: false } });
    await cluster.until(async () => (await jobPods()).length === 2);
    expect((await jobNow())?.status?.startTime).toBeDefined();
  });

  it('is deleted with its pods when its time to live is over', async () => {
    cluster = await openTestCluster({ fateOf: () => 'succeed' });
    await cluster.create(targets.jobs, job({ ttlSecondsAfterFinished: 30 }));
    await ended();
    const endedAt = cluster.clock.now();
    await cluster.until(async () => (await jobNow()) === undefined && (await jobPods()).length === 0);
    expect(cluster.clock.now() - endedAt).toBe(30_000);
  });

  it('lets its running pods go when it is deleted', async () => {
    cluster = await openTestCluster({ fateOf: () => 'running' });
    await cluster.create(targets.jobs, job({ parallelism: 3, completions: 3 }));
    await cluster.until(async () => (await jobPods()).length === 3);
    await cluster.remove(targets.jobs, key, { propagationPolicy: 'Background' });
    await cluster.until(async () => (await jobPods()).length === 0);
    expect(cluster.problems).toEqual([]);
  });
});
