import { afterEach, describe, expect, it } from 'vitest';
import { keyOf, type KubeObject } from '@argosy/kube/meta';
import { targets, type Pod } from '../workloads/index.ts';
import { openTestCluster, type TestCluster } from './test-cluster.ts';

let cluster: TestCluster;
afterEach(() => cluster.close());

function pod(name: string, spec: { readonly [field: string]: unknown } = {}): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', labels: { app: 'web' } },
    spec: { containers: [{ name: 'c', image: 'nginx', ports: [{ name: 'http', containerPort: 8080 }] }], ...spec },
  };
}

const cpu = (amount: string) => ({
  containers: [{ name: 'c', image: 'nginx', resources: { requests: { cpu: amount } } }],
});

const podNow = (name: string): Promise<Pod | undefined> =>
  cluster.get<Pod>(targets.pods, { namespace: 'default', name });

async function scheduledText(name: string): Promise<string> {
  const condition = (await podNow(name))?.status?.conditions?.find((each) => each.type === 'PodScheduled');
  return `${condition?.status} ${condition?.reason}: ${condition?.message}`;
}

describe('scheduler', () => {
  const rows = [
    {
      reason: 'more processor time than the node has',
      spec: cpu('65'),
      text: 'False Unschedulable: 0/1 nodes are available: 1 Insufficient cpu.',
    },
    {
      reason: 'a label that no node carries',
      spec: { nodeSelector: { disk: 'ssd' } },
      text: "False Unschedulable: 0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector.",
    },
    {
      reason: 'a gate that nobody has opened',
      spec: { schedulingGates: [{ name: 'example.com/wait' }] },
      text: 'False SchedulingGated: Scheduling is blocked due to non-empty scheduling gates',
    },
  ];
  for (const { reason, spec, text } of rows) {
    it(`leaves a pod pending and says why: ${reason}`, async () => {
      cluster = await openTestCluster();
      await cluster.create(targets.pods, pod('p', spec));
      await cluster.until(async () => (await scheduledText('p')) === text);
      expect((await podNow('p'))?.spec.nodeName).toBeUndefined();
    });
  }

  it('places a waiting pod when another one leaves', async () => {
    cluster = await openTestCluster();
    await cluster.create(targets.pods, pod('first', cpu('40')));
    await cluster.until(async () => (await podNow('first'))?.spec.nodeName === 'node-1');
    await cluster.create(targets.pods, pod('second', cpu('40')));
    await cluster.until(async () => (await scheduledText('second')).includes('Insufficient cpu'));
    await cluster.remove(targets.pods, { namespace: 'default', name: 'first' });
    await cluster.until(async () => (await podNow('second'))?.spec.nodeName === 'node-1');
  });

  it('respects taints and their tolerations', async () => {
    cluster = await openTestCluster();
    const nodes = { group: '', version: 'v1', resource: 'nodes' };
    const taints = [{ key: 'dedicated', value: 'gpu', effect: 'NoSchedule' }];
    await cluster.patch(nodes, { namespace: '', name: 'node-1' }, { spec: { taints } });
    await cluster.create(targets.pods, pod('plain'));
    const tolerations = [{ key: 'dedicated', operator: 'Equal', value: 'gpu', effect: 'NoSchedule' }];
    await cluster.create(targets.pods, pod('tolerant', { tolerations }));
    await cluster.until(async () => (await podNow('tolerant'))?.spec.nodeName === 'node-1');
    await cluster.until(async () => (await scheduledText('plain')).includes('untolerated taint {dedicated: gpu}'));
    await cluster.patch(nodes, { namespace: '', name: 'node-1' }, { spec: { taints: null } });
    await cluster.until(async () => (await podNow('plain'))?.spec.nodeName === 'node-1');
  });
});

describe('endpoints controller', () => {
  const service: KubeObject = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', namespace: 'default' },
    spec: { selector: { app: 'web' }, ports: [{ name: 'http', port: 80, targetPort: 'http' }] },
  };
  const services = { group: '', version: 'v1', resource: 'services' };

  async function readyIps(): Promise<string> {
    const slices = await cluster.list<KubeObject>(targets.endpointSlices, 'default');
    const all = slices.flatMap(
      (slice) => slice['endpoints'] as { addresses: string[]; conditions: { ready: boolean } }[],
    );
    return all
      .filter((each) => each.conditions.ready)
      .flatMap((each) => each.addresses)
      .sort()
      .join();
  }

  it('follows ready pods in Endpoints and EndpointSlices, with named ports resolved', async () => {
    cluster = await openTestCluster({ fateOf: (each) => (each.metadata.name === 'lame' ? 'running' : 'ready') });
    await cluster.create(services, service);
    for (const name of ['a', 'b', 'lame']) await cluster.create(targets.pods, pod(name));
    await cluster.until(async () => (await readyIps()).split(',').length === 2);
    const found = await cluster.get(targets.endpoints, keyOf(service));
    const [subset] = (found?.['subsets'] ?? []) as {
      addresses: unknown[];
      notReadyAddresses: unknown[];
      ports: unknown[];
    }[];
    expect(subset?.addresses.length).toBe(2);
    expect(subset?.notReadyAddresses.length).toBe(1);
    expect(subset?.ports).toMatchObject([{ name: 'http', port: 8080, protocol: 'TCP' }]);
    await cluster.remove(targets.pods, { namespace: 'default', name: 'a' });
    await cluster.until(async () => (await readyIps()) === (await podNow('b'))?.status?.podIP);
    const rounds = cluster.controllers.metrics()['endpoint-controller']?.rounds;
    await cluster.clock.advanceBy(600_000);
    expect(cluster.controllers.metrics()['endpoint-controller']?.rounds).toBe(rounds);
    await cluster.remove(services, keyOf(service));
    await cluster.until(async () => (await cluster.list(targets.endpointSlices, 'default')).length === 0);
    expect(cluster.problems).toEqual([]);
  });
});
