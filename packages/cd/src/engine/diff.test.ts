import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ResourceIgnoreDifferences } from '@argosy/api/cd';
import type { KubeObject } from '@argosy/kube/meta';
import { diffObjects, type DiffOptions } from './diff.ts';
import { ignoreRulesOf } from './ignore-differences.ts';
import { predictLive } from './predict.ts';
import { resourceKeyOf } from './resource-key.ts';

type Fields = { readonly [field: string]: unknown };

const make = (apiVersion: string, kind: string, parts: Fields): KubeObject =>
  ({ apiVersion, kind, metadata: { name: 'x', namespace: 'n' }, ...parts }) as unknown as KubeObject;

const remembering = (live: KubeObject, applied: KubeObject): KubeObject => {
  const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify(applied) };
  return { ...live, metadata: { ...live.metadata, annotations } };
};

const deployment = (container: Fields, spec: Fields = {}, template: Fields = {}): KubeObject =>
  make('apps/v1', 'Deployment', {
    spec: {
      selector: { matchLabels: { a: 'b' } },
      template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', ...container }], ...template } },
      ...spec,
    },
  });

const rulesFor = (object: KubeObject, ...rules: readonly Omit<ResourceIgnoreDifferences, 'kind'>[]): DiffOptions => {
  const kind = object.kind;
  const { group } = resourceKeyOf(object);
  const whole = rules.map((rule) => ({ kind, group, ...rule }));
  return { rules: ignoreRulesOf(whole, resourceKeyOf(object)) };
};

interface Case {
  readonly reason: string;
  readonly desired: KubeObject;
  readonly live: KubeObject;
  readonly modified: boolean;
  readonly options?: DiffOptions;
}

const stored = deployment(
  { image: 'v1', imagePullPolicy: 'IfNotPresent', terminationMessagePath: '/dev/termination-log' },
  { replicas: 1, revisionHistoryLimit: 10, strategy: { type: 'RollingUpdate' } },
  { restartPolicy: 'Always', dnsPolicy: 'ClusterFirst' },
);
const widget = (spec: Fields): KubeObject => make('example.com/v1', 'Widget', { spec });

const cases: readonly Case[] = [
  { reason: 'defaults of the server', desired: deployment({ image: 'v1' }), live: stored, modified: false },
  { reason: 'another image', desired: deployment({ image: 'v2' }), live: stored, modified: true },
  {
    reason: 'another spelling of a quantity',
    desired: deployment({ image: 'v1', resources: { limits: { cpu: '1000m', memory: '1024Mi' } } }),
    live: deployment({ image: 'v1', resources: { limits: { cpu: '1', memory: '1Gi' } } }),
    modified: false,
  },
  {
    reason: 'a container that somebody injected',
    desired: deployment({ image: 'v1' }),
    live: deployment({ image: 'v1' }, {}, { containers: [{ name: 'side' }, { name: 'c', image: 'v1' }] }),
    modified: false,
  },
  {
    reason: 'a container that was ours and is no longer asked for',
    desired: deployment({ image: 'v1' }),
    live: remembering(
      deployment({}, {}, { containers: [{ name: 'c', image: 'v1' }, { name: 'old' }] }),
      deployment({}, {}, { containers: [{ name: 'c', image: 'v1' }, { name: 'old' }] }),
    ),
    modified: true,
  },
  {
    reason: 'protocols that the server filled into a list without keys',
    desired: make('networking.k8s.io/v1', 'NetworkPolicy', {
      spec: { podSelector: {}, ingress: [{ ports: [{ port: 80 }] }] },
    }),
    live: make('networking.k8s.io/v1', 'NetworkPolicy', {
      spec: { podSelector: {}, ingress: [{ ports: [{ port: 80, protocol: 'TCP' }] }], policyTypes: ['Ingress'] },
    }),
    modified: false,
  },
  {
    reason: 'defaults inside the claims of a StatefulSet',
    desired: make('apps/v1', 'StatefulSet', {
      spec: { volumeClaimTemplates: [{ metadata: { name: 'd' }, spec: { accessModes: ['ReadWriteOnce'] } }] },
    }),
    live: make('apps/v1', 'StatefulSet', {
      spec: {
        volumeClaimTemplates: [
          {
            kind: 'PersistentVolumeClaim',
            metadata: { name: 'd' },
            spec: { accessModes: ['ReadWriteOnce'], volumeMode: 'Filesystem', storageClassName: 'x' },
          },
        ],
      },
    }),
    modified: false,
  },
  {
    reason: 'stringData against data',
    desired: make('v1', 'Secret', { stringData: { k: 'v' } }),
    live: make('v1', 'Secret', { data: { k: 'dg==' }, type: 'Opaque' }),
    modified: false,
  },
  {
    reason: 'members of a custom resource that others added',
    desired: widget({ list: [{ a: 1 }] }),
    live: widget({ list: [{ a: 1, filled: true }], more: 1 }),
    modified: false,
  },
  {
    reason: 'a changed list of a custom resource',
    desired: widget({ list: [{ a: 2 }] }),
    live: widget({ list: [{ a: 1 }] }),
    modified: true,
  },
  {
    reason: 'a member of a custom resource that was asked for before',
    desired: widget({}),
    live: remembering(widget({ old: 1 }), widget({ old: 1 })),
    modified: true,
  },
  {
    reason: 'a status',
    desired: make('example.com/v1', 'Widget', { status: { a: 1 } }),
    live: make('example.com/v1', 'Widget', { status: { a: 2 } }),
    modified: false,
  },
  {
    reason: 'a pointer',
    desired: deployment({ image: 'v1' }, { replicas: 3 }),
    live: deployment({ image: 'v1' }, { replicas: 5 }),
    modified: false,
    options: rulesFor(stored, { jsonPointers: ['/spec/replicas', '/spec/missing/deep'] }),
  },
  {
    reason: 'a jq path',
    desired: deployment({ image: 'v1' }),
    live: deployment({ image: 'v2' }),
    modified: false,
    options: rulesFor(stored, {
      jqPathExpressions: ['.spec.template.spec.containers[] | select(.name == "c") | .image'],
    }),
  },
  {
    reason: 'a jq path that fails on this object',
    desired: deployment({ image: 'v1' }),
    live: deployment({ image: 'v2' }),
    modified: true,
    options: rulesFor(stored, { jqPathExpressions: ['.spec.replicas[]', 'error("no")'] }),
  },
  {
    reason: 'rules for another name',
    desired: deployment({ image: 'v1' }),
    live: deployment({ image: 'v2' }),
    modified: true,
    options: rulesFor(stored, { name: 'y', jsonPointers: ['/spec'] }),
  },
];

const owned = (manager: string, fieldsV1: object, operation: 'Apply' | 'Update' = 'Update') => ({
  manager,
  operation,
  apiVersion: 'apps/v1',
  fieldsType: 'FieldsV1',
  fieldsV1,
});

const managed = (object: KubeObject, ...managedFields: readonly object[]): KubeObject =>
  ({ ...object, metadata: { ...object.metadata, managedFields } }) as unknown as KubeObject;

describe('diffObjects', () => {
  it.each(cases)('$modified: $reason', ({ desired, live, modified, options }) => {
    const difference = diffObjects(desired, live, options);
    expect(difference.modified).toBe(modified);
    // What is predicted is where the comparison comes to rest.
    expect(diffObjects(desired, difference.predictedLive, options).modified).toBe(false);
  });

  it('leaves to a manager what it owns, and only that', () => {
    const live = managed(
      deployment({ image: 'v1' }, { replicas: 9 }),
      owned('scaler', { 'f:spec': { 'f:replicas': {} } }),
    );
    const options = rulesFor(stored, { managedFieldsManagers: ['scaler'] });
    expect(diffObjects(deployment({ image: 'v1' }, { replicas: 2 }), live, options).modified).toBe(false);
    expect(diffObjects(deployment({ image: 'v2' }, { replicas: 2 }), live, options).modified).toBe(true);
    const others = rulesFor(stored, { managedFieldsManagers: ['somebody'] });
    expect(diffObjects(deployment({ image: 'v1' }, { replicas: 2 }), live, others).modified).toBe(true);
  });

  it('predicts server-side apply: what this manager owned and no longer asks for goes', () => {
    const container = { 'k:{"name":"c"}': { '.': {}, 'f:name': {}, 'f:image': {}, 'f:workingDir': {} } };
    const fields = { 'f:spec': { 'f:template': { 'f:spec': { 'f:containers': container } } } };
    const live = managed(
      deployment({ image: 'v1', workingDir: '/srv' }, { paused: true }),
      owned('argocd-controller', fields, 'Apply'),
    );
    const desired = deployment({ image: 'v1' });
    expect(diffObjects(desired, live, { strategy: 'three-way' }).modified).toBe(false);
    const structured = diffObjects(desired, live, { strategy: 'structured' });
    expect(structured.modified).toBe(true);
    expect(structured.predictedLive).toMatchObject({ spec: { paused: true } });
    expect(JSON.stringify(structured.predictedLive)).not.toContain('/srv');
  });

  const json = fc.object({
    maxDepth: 3,
    values: [fc.integer({ min: 0, max: 3 }), fc.constantFrom('a', 'b')],
    key: fc.constantFrom('a', 'b', 'containers', '__proto__'),
  });
  it('is settled once applied', () => {
    fc.assert(
      fc.property(json, json, json, (before, wanted, found) => {
        const [original, desired, live] = [widget(before), widget(wanted), widget(found)];
        const once = predictLive({ original, desired, live });
        expect(predictLive({ original: desired, desired, live: once })).toEqual(once);
      }),
    );
  });
});
