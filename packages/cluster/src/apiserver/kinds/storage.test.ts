import { expect, it } from 'vitest';
import type { KubeObject } from '@argosy/kube/meta';
import { at, refusal, testServer } from '../test-server.ts';

const claims = at('v1', 'persistentvolumeclaims');
const classes = at('storage.k8s.io/v1', 'storageclasses');

const claim = (name: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
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
