import { expect, it } from 'vitest';
import type { KubeObject } from '@argosy/kube/meta';
import { at, refusal, testServer, type TestServer } from './test-server.ts';

const claims = at('v1', 'persistentvolumeclaims');
const volumes = at('v1', 'persistentvolumes');
const pods = at('v1', 'pods');
const classes = at('storage.k8s.io/v1', 'storageclasses');

const claim = (name: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
});
const user = (name: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name },
  spec: {
    containers: [{ name: 'main', image: 'example/a:1' }],
    volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }],
  },
});
const withClaim = (): TestServer => {
  const server = testServer();
  server.create(claims, claim('data'));
  return server;
};

it('a claim that nobody uses goes at once', () => {
  const server = withClaim();
  expect(server.get(claims, 'data').metadata.finalizers).toEqual(['kubernetes.io/pvc-protection']);
  server.remove(claims, 'data');
  expect(server.names(claims)).toEqual([]);
});

it('a claim that pods use waits for the last of them to go or to end', () => {
  const server = withClaim();
  server.create(pods, user('a'));
  server.create(pods, user('b'));
  server.remove(claims, 'data');
  expect(server.get(claims, 'data').metadata.deletionTimestamp).toBeDefined();
  server.remove(pods, 'a');
  expect(server.names(claims)).toEqual(['data']);
  server.patch(pods, 'b', { patch: { status: { phase: 'Succeeded' } }, subresource: 'status' });
  expect(server.names(claims)).toEqual([]);
});

it('a finalizer of somebody else keeps the claim', () => {
  const server = withClaim();
  server.create(pods, user('a'));
  server.patch(claims, 'data', {
    patch: { metadata: { finalizers: ['kubernetes.io/pvc-protection', 'example.org/mine'] } },
  });
  server.remove(claims, 'data');
  server.remove(pods, 'a');
  expect(server.get(claims, 'data').metadata.finalizers).toEqual(['example.org/mine']);
});

it('a volume goes unless a claim is bound to it', () => {
  const server = testServer();
  const volume = {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: 'v' },
    spec: { capacity: { storage: '1Gi' } },
  };
  server.create(volumes, volume);
  server.patch(volumes, 'v', { patch: { status: { phase: 'Bound' } }, subresource: 'status' });
  server.remove(volumes, 'v');
  expect(server.names(volumes)).toEqual(['v']);
  server.create(volumes, { ...volume, metadata: { name: 'free' } });
  server.remove(volumes, 'free');
  expect(server.names(volumes)).toEqual(['v']);
});

it('the newest default class is the one for claims that name none', () => {
  const server = testServer();
  const annotations = { 'storageclass.kubernetes.io/is-default-class': 'true' };
  const make = (name: string): KubeObject => ({
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name, annotations },
    provisioner: 'example.org/x',
  });
  server.create(classes, make('z-old'));
  server.now = (server.now + 60_000) as typeof server.now;
  server.create(classes, make('a-new'));
  expect(server.create(claims, claim('c'))['spec']).toMatchObject({ storageClassName: 'a-new' });
});

it('servers that would be asked for a part of the API are refused aloud', () => {
  const server = testServer();
  const object = {
    apiVersion: 'apiregistration.k8s.io/v1',
    kind: 'APIService',
    metadata: { name: 'v1.other.example' },
    spec: {
      group: 'other.example',
      version: 'v1',
      groupPriorityMinimum: 1,
      versionPriority: 1,
      service: { name: 's', namespace: 'n' },
    },
  };
  expect(refusal(() => server.create(at('apiregistration.k8s.io/v1', 'apiservices'), object)).message).toContain(
    'spec.service: Forbidden: this server does not aggregate other API servers',
  );
});
