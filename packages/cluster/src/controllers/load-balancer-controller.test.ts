import { afterEach, expect, it } from 'vitest';
import { getPath } from '@argosy/std';
import { targets } from '../workloads/index.ts';
import { openTestCluster, type TestCluster } from './test-cluster.ts';

let cluster: TestCluster;
afterEach(() => cluster.close());

it('gives a load balancer its own loopback address, and takes it back', async () => {
  cluster = await openTestCluster();
  const key = { namespace: 'default', name: 'front' };
  const spec = { type: 'LoadBalancer', ports: [{ port: 80 }], selector: { app: 'front' } };
  const made = await cluster.create(targets.services, { apiVersion: 'v1', kind: 'Service', metadata: key, spec });
  const list = async (): Promise<unknown> =>
    getPath(await cluster.get(targets.services, key), ['status', 'loadBalancer', 'ingress']);
  await cluster.until(async () => (await list()) !== undefined);
  expect(await list()).toEqual([{ ip: getPath(made, ['spec', 'clusterIP']), ipMode: 'VIP' }]);
  await cluster.patch(targets.services, key, { spec: { type: 'ClusterIP' } });
  await cluster.until(async () => (await list()) === undefined);
  expect(cluster.problems).toEqual([]);
});
