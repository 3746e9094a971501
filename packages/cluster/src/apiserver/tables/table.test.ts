import { describe, expect, it } from 'vitest';
import { instant } from '@argosy/std';
import type { KubeObject } from '@argosy/kube/meta';
import { at, testServer } from '../test-server.ts';
import { durationText } from './age.ts';
import { membersOf } from './cells.ts';
import { compileJsonPath } from './json-path.ts';
import { podStatusText } from './pod-cells.ts';
import { tableOf } from './table.ts';

describe('ages', () => {
  const second = 1000;
  const hour = 3600 * second;
  const day = 24 * hour;
  it.each([
    [-3 * second, '<invalid>'],
    [-1500, '0s'],
    [0, '0s'],
    [119 * second, '119s'],
    [120 * second, '2m'],
    [330 * second, '5m30s'],
    [10 * 60 * second, '10m'],
    [179 * 60 * second, '179m'],
    [3 * hour, '3h'],
    [7 * hour + 30 * 60 * second, '7h30m'],
    [47 * hour, '47h'],
    [2 * day, '2d'],
    [7 * day + 5 * hour, '7d5h'],
    [100 * day, '100d'],
    [800 * day, '2y70d'],
    [3000 * day, '8y'],
  ])('%d ms is %s', (span, text) => {
    expect(durationText(span)).toBe(text);
  });
});

describe('pod status', () => {
  const pod = (status: object, spec: object = {}, metadata: object = {}): ReturnType<typeof membersOf> =>
    membersOf({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', ...metadata }, spec, status } as KubeObject);
  const ended = (exitCode: number, reason?: string): object => ({ state: { terminated: { exitCode, reason } } });
  it.each([
    { reason: 'the phase by default', pod: pod({ phase: 'Pending' }), text: 'Pending' },
    { reason: 'the reason of the pod', pod: pod({ phase: 'Failed', reason: 'Evicted' }), text: 'Evicted' },
    {
      reason: 'why a container waits',
      pod: pod({ phase: 'Pending', containerStatuses: [{ state: { waiting: { reason: 'ContainerCreating' } } }] }),
      text: 'ContainerCreating',
    },
    {
      reason: 'how a container ended',
      pod: pod({ phase: 'Succeeded', containerStatuses: [ended(0, 'Completed')] }),
      text: 'Completed',
    },
    {
      reason: 'an exit code without a reason',
      pod: pod({ phase: 'Failed', containerStatuses: [ended(3)] }),
      text: 'ExitCode:3',
    },
    {
      reason: 'how far the init containers are',
      pod: pod(
        { phase: 'Pending', initContainerStatuses: [ended(0), { state: { waiting: { reason: 'PodInitializing' } } }] },
        { initContainers: [{ name: 'a' }, { name: 'b' }] },
      ),
      text: 'Init:1/2',
    },
    {
      reason: 'how an init container failed',
      pod: pod({ phase: 'Pending', initContainerStatuses: [ended(1, 'Error')] }),
      text: 'Init:Error',
    },
    {
      reason: 'that it is going away',
      pod: pod({ phase: 'Running' }, {}, { deletionTimestamp: 'x' }),
      text: 'Terminating',
    },
  ])('shows $reason', ({ pod: shown, text }) => {
    expect(podStatusText(shown)).toBe(text);
  });
});

describe('JSONPath of printer columns', () => {
  const object = {
    spec: {
      'a.b': 1,
      list: [
        { type: 'X', status: 'no' },
        { type: 'Ready', status: 'True' },
      ],
    },
    metadata: { labels: { 'x.org/y': 'z' } },
  };
  it.each([
    ['.spec.list[0].type', 'X'],
    ['.spec.list[1].status', 'True'],
    ['.spec.list[?(@.type=="Ready")].status', 'True'],
    [".spec.list[?(@.type=='Ready')].status", 'True'],
    ["['spec']['a.b']", 1],
    ['.spec.list[*].type', 'X'],
    ['.metadata.labels.x\\.org/y', 'z'],
    ['.spec.none', undefined],
    ['.spec.list[?(broken].x', undefined],
    ['.__proto__.polluted', undefined],
  ])('%s', (path, value) => {
    expect(compileJsonPath(path)(object)).toBe(value);
  });
});

describe('tables', () => {
  const now = instant(1_767_225_600_000 + 90_000);
  const created = '2026-01-01T00:00:00Z';
  const metadata = { name: 'x', creationTimestamp: created };
  it.each([
    {
      resource: at('v1', 'services'),
      object: {
        metadata,
        spec: {
          type: 'LoadBalancer',
          clusterIP: '127.64.0.1',
          ports: [{ port: 80, nodePort: 30080, protocol: 'TCP' }],
        },
      },
      cells: ['x', 'LoadBalancer', '127.64.0.1', '<pending>', '80:30080/TCP', '90s'],
    },
    {
      resource: at('apps/v1', 'deployments'),
      object: { metadata, spec: { replicas: 3 }, status: { readyReplicas: 1, updatedReplicas: 2 } },
      cells: ['x', '1/3', 2, 0, '90s'],
    },
    {
      resource: at('batch/v1', 'jobs'),
      object: { metadata, spec: { completions: 2 }, status: { succeeded: 1, startTime: created } },
      cells: ['x', 'Running', '1/2', '90s', '90s'],
    },
    { resource: at('v1', 'configmaps'), object: { metadata, data: { a: '', b: '' } }, cells: ['x', '2', '90s'] },
    {
      resource: at('v1', 'namespaces'),
      object: { metadata, status: { phase: 'Active' } },
      cells: ['x', 'Active', '90s'],
    },
    { resource: at('rbac.authorization.k8s.io/v1', 'clusterroles'), object: { metadata }, cells: ['x', created] },
    {
      resource: at('rbac.authorization.k8s.io/v1', 'rolebindings'),
      object: { metadata, roleRef: { kind: 'Role', name: 'r' } },
      cells: ['x', 'Role/r', '90s'],
    },
    {
      resource: at('v1', 'events'),
      object: {
        metadata,
        type: 'Normal',
        reason: 'R',
        message: 'm\n',
        involvedObject: { kind: 'Pod', name: 'p' },
        lastTimestamp: created,
      },
      cells: ['90s', 'Normal', 'R', 'pod/p', 'm'],
    },
  ])('of $resource.resource', ({ resource, object, cells }) => {
    const served = testServer().state.registry.find(resource);
    const table = served && tableOf(served, [object as unknown as KubeObject], now);
    const narrow = table?.rows[0]?.cells.filter((_, index) => table.columnDefinitions[index]?.priority === 0);
    expect(narrow).toEqual(cells);
    expect(table?.rows[0]?.object).toMatchObject({ kind: 'PartialObjectMetadata', metadata: { name: 'x' } });
  });

  it('can be made of every built-in kind', () => {
    const { registry } = testServer().state;
    for (const resource of registry.all()) {
      const object = { apiVersion: resource.apiVersion, kind: resource.kind, metadata };
      const table = tableOf(resource, [object], now);
      expect(table.rows[0]?.cells.length, resource.resource).toBe(table.columnDefinitions.length);
    }
  });
});
