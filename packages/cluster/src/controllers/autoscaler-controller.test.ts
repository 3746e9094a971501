import { afterEach, describe, expect, it } from 'vitest';
import type { KubeObject } from '@argosy/kube/meta';
import { createSimulatedRuntime, startNodeAgent } from '../node/index.ts';
import { targets, type Autoscaler, type Deployment } from '../workloads/index.ts';
import { openTestCluster, type TestCluster } from './test-cluster.ts';

let cluster: TestCluster;
afterEach(() => cluster.close());

const key = { namespace: 'default', name: 'web' };

function deployment(cpu: string): KubeObject {
  const container = { name: 'c', image: 'any', resources: { requests: { cpu: '100m' } } };
  const annotations = { 'simulation.argosy.io/run': `forever;cpu=${cpu};memory=64Mi` };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'default' },
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: 'web' } },
      template: { metadata: { labels: { app: 'web' }, annotations }, spec: { containers: [container] } },
    },
  };
}

const autoscaler = (kind = 'Deployment'): KubeObject => ({
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name: 'web', namespace: 'default' },
  spec: {
    scaleTargetRef: { apiVersion: 'apps/v1', kind, name: 'web' },
    maxReplicas: 5,
    metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } } }],
  },
});

const replicas = async (): Promise<number> =>
  (await cluster.get<Deployment>(targets.deployments, key))?.spec.replicas ?? 0;
const status = async (): Promise<Autoscaler['status']> =>
  (await cluster.get<Autoscaler>(targets.horizontalPodAutoscalers, key))?.status;

async function open(): Promise<() => Promise<void>> {
  cluster = await openTestCluster({ fateOf: () => 'hang' });
  const agent = await startNodeAgent(cluster.context, {
    nodeName: 'node-1',
    stateDirectory: '/nowhere',
    runtime: createSimulatedRuntime(),
  });
  cluster.plane.connectNode(agent);
  return () => agent.stop({ drainPods: true });
}

describe('autoscaler', () => {
  it('grows a deployment by what its pods use, and shrinks it when five minutes agree', async () => {
    const stop = await open();
    await cluster.create(targets.deployments, deployment('150m'));
    await cluster.create(targets.horizontalPodAutoscalers, autoscaler());
    await cluster.until(async () => (await replicas()) === 5, 900_000);
    await cluster.until(async () => (await status())?.currentReplicas === 5, 60_000);
    expect(await status()).toMatchObject({ desiredReplicas: 5 });
    const annotations = { 'simulation.argosy.io/run': 'forever;cpu=10m' };
    await cluster.patch(targets.deployments, key, { spec: { template: { metadata: { annotations } } } });
    const changedAt = cluster.clock.now();
    await cluster.until(async () => (await replicas()) < 5, 900_000);
    expect(cluster.clock.now() - changedAt).toBeGreaterThanOrEqual(290_000);
    await cluster.until(async () => (await replicas()) === 1, 900_000);
    expect(cluster.problems).toEqual([]);
    await stop();
  });

  it('says so when there is nothing to scale', async () => {
    const stop = await open();
    await cluster.create(targets.horizontalPodAutoscalers, autoscaler('Elevator'));
    await cluster.until(async () => ((await status())?.conditions ?? []).length > 0);
    expect((await status())?.conditions).toMatchObject([
      { type: 'AbleToScale', status: 'False', reason: 'FailedGetScale' },
    ]);
    await stop();
  });
});
