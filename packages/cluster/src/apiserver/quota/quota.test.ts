import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import type { KubeObject } from '@argosy/kube/meta';
import { at, configMap, refusal, testServer, type TestServer } from '../test-server.ts';

const quotas = at('v1', 'resourcequotas');
const pods = at('v1', 'pods');
const maps = at('v1', 'configmaps');
const services = at('v1', 'services');
const claims = at('v1', 'persistentvolumeclaims');
const ranges = at('v1', 'limitranges');
const classes = at('scheduling.k8s.io/v1', 'priorityclasses');

type Members = { readonly [field: string]: unknown };

const quota = (hard: Members, more: Members = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ResourceQuota',
  metadata: { name: 'q' },
  spec: { hard, ...more },
});
const pod = (name: string, resources: Members = {}, more: Members = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name },
  spec: { containers: [{ name: 'main', image: 'example/web:1', resources }], ...more },
});
const small = { requests: { cpu: '100m', memory: '64Mi' }, limits: { cpu: '200m', memory: '128Mi' } };
const used = (server: TestServer): unknown => (server.get(quotas, 'q')['status'] as Members)['used'];

describe('ResourceQuotas', () => {
  it('count what is there when they are made, and every write from then on', () => {
    const server = testServer();
    server.create(pods, pod('a', small));
    server.create(quotas, quota({ pods: '3', 'requests.cpu': '1', memory: '1Gi', 'limits.memory': '1Gi' }));
    expect(used(server)).toEqual({ 'limits.memory': '128Mi', memory: '64Mi', pods: '1', 'requests.cpu': '100m' });
    server.create(pods, pod('b', small));
    expect(used(server)).toEqual({ 'limits.memory': '256Mi', memory: '128Mi', pods: '2', 'requests.cpu': '200m' });
    server.remove(pods, 'a');
    expect(used(server)).toMatchObject({ pods: '1', 'requests.cpu': '100m' });
  });

  it('refuse in upstream words, and then nothing is written', () => {
    const server = testServer();
    server.create(quotas, quota({ pods: '1', 'requests.cpu': '150m' }));
    server.create(pods, pod('a', small));
    expect(refusal(() => server.create(pods, pod('x', small)))).toEqual({
      code: 403,
      reason: 'Forbidden',
      message:
        'pods "x" is forbidden: exceeded quota: q, requested: pods=1,requests.cpu=100m, used: pods=1,requests.cpu=100m, limited: pods=1,requests.cpu=150m',
    });
    expect(server.names(pods)).toEqual(['a']);
    expect(used(server)).toEqual({ pods: '1', 'requests.cpu': '100m' });
  });

  it('let go of pods that are over', () => {
    const server = testServer();
    server.create(quotas, quota({ pods: '1', 'count/pods': '9' }));
    server.create(pods, pod('a'));
    server.patch(pods, 'a', { patch: { status: { phase: 'Succeeded' } }, subresource: 'status' });
    expect(used(server)).toEqual({ 'count/pods': '1', pods: '0' });
    server.create(pods, pod('b'));
    expect(used(server)).toEqual({ 'count/pods': '2', pods: '1' });
  });

  it('demand that amounts are stated which they limit', () => {
    const server = testServer();
    server.create(quotas, quota({ 'limits.cpu': '1', memory: '1Gi' }));
    expect(refusal(() => server.create(pods, pod('x'))).message).toBe(
      'pods "x" is forbidden: failed quota: q: must specify limits.cpu for: main; memory for: main',
    );
  });

  const counted: readonly {
    reason: string;
    hard: Members;
    ref: ReturnType<typeof at>;
    object: KubeObject;
    uses: Members;
  }[] = [
    { reason: 'config maps', hard: { configmaps: '5' }, ref: maps, object: configMap('c'), uses: { configmaps: '1' } },
    {
      reason: 'any kind by count/',
      hard: { 'count/deployments.apps': '5' },
      ref: at('apps/v1', 'deployments'),
      object: {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'd' },
        spec: {
          selector: { matchLabels: { a: 'b' } },
          template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'm', image: 'i' }] } },
        },
      },
      uses: { 'count/deployments.apps': '1' },
    },
    {
      reason: 'node ports',
      hard: { services: '5', 'services.nodeports': '5', 'services.loadbalancers': '5' },
      ref: services,
      object: {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 's' },
        spec: {
          type: 'NodePort',
          ports: [
            { name: 'a', port: 1 },
            { name: 'b', port: 2 },
          ],
        },
      },
      uses: { services: '1', 'services.loadbalancers': '0', 'services.nodeports': '2' },
    },
    {
      reason: 'storage, by class too',
      hard: {
        'requests.storage': '5Gi',
        'fast.storageclass.storage.k8s.io/requests.storage': '2Gi',
        persistentvolumeclaims: '2',
      },
      ref: claims,
      object: {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        metadata: { name: 'p' },
        spec: { storageClassName: 'fast', accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
      },
      uses: {
        'fast.storageclass.storage.k8s.io/requests.storage': '1Gi',
        persistentvolumeclaims: '1',
        'requests.storage': '1Gi',
      },
    },
  ];
  it.each(counted)('count $reason', ({ hard, ref, object, uses }) => {
    const before = testServer();
    before.create(quotas, quota(hard));
    before.create(ref, object);
    expect(used(before)).toEqual(uses);
    const after = testServer();
    after.create(ref, object);
    after.create(quotas, quota(hard));
    expect(used(after)).toEqual(uses);
  });

  const scoped: readonly { reason: string; more: Members; object: KubeObject; counts: boolean }[] = [
    { reason: 'BestEffort', more: { scopes: ['BestEffort'] }, object: pod('x'), counts: true },
    { reason: 'BestEffort not', more: { scopes: ['BestEffort'] }, object: pod('x', small), counts: false },
    {
      reason: 'Terminating',
      more: { scopes: ['Terminating'] },
      object: pod('x', {}, { activeDeadlineSeconds: 5 }),
      counts: true,
    },
    { reason: 'NotTerminating', more: { scopes: ['NotTerminating'] }, object: pod('x'), counts: true },
    {
      reason: 'a priority class',
      more: {
        scopeSelector: {
          matchExpressions: [{ scopeName: 'PriorityClass', operator: 'In', values: ['system-node-critical'] }],
        },
      },
      object: pod('x', {}, { priorityClassName: 'system-node-critical' }),
      counts: true,
    },
  ];
  it.each(scoped)('hold to their scopes: $reason', ({ more, object, counts }) => {
    const server = testServer();
    server.create(quotas, quota({ pods: '5' }, more));
    server.create(pods, object);
    expect(used(server)).toEqual({ pods: counts ? '1' : '0' });
  });

  it('are left alone by dry runs, and by what takes nothing', () => {
    const server = testServer();
    server.create(quotas, quota({ pods: '5' }));
    const version = server.get(quotas, 'q').metadata.resourceVersion;
    server.ask({ verb: 'create', resource: pods, namespace: 'default', object: pod('d'), dryRun: true });
    server.create(maps, configMap('c'));
    expect(server.get(quotas, 'q').metadata.resourceVersion).toBe(version);
  });

  it('property: used is always what a fresh count finds, and never above hard', () => {
    const action = fc.record({
      kind: fc.constantFrom('create', 'remove', 'finish'),
      name: fc.constantFrom('a', 'b', 'c', 'd'),
    });
    fc.assert(
      fc.property(fc.array(action, { maxLength: 25 }), (actions) => {
        const server = testServer();
        server.create(quotas, quota({ pods: '2', 'requests.cpu': '250m' }));
        for (const { kind, name } of actions) {
          try {
            if (kind === 'create') server.create(pods, pod(name, small));
            else if (kind === 'remove') server.remove(pods, name);
            else server.patch(pods, name, { patch: { status: { phase: 'Failed' } }, subresource: 'status' });
          } catch {
            // Refusals are part of the play.
          }
        }
        const kept = used(server);
        server.patch(quotas, 'q', { patch: { metadata: { labels: { recount: 'yes' } } } });
        expect(used(server)).toEqual(kept);
        expect(Number((kept as { pods: string }).pods)).toBeLessThanOrEqual(2);
      }),
      { numRuns: 40 },
    );
  });
});

const range = (...limits: readonly Members[]): KubeObject => ({
  apiVersion: 'v1',
  kind: 'LimitRange',
  metadata: { name: 'l' },
  spec: { limits },
});

describe('LimitRanges', () => {
  it('give defaults, and say so', () => {
    const server = testServer();
    server.create(
      ranges,
      range({ type: 'Container', max: { cpu: '1' }, default: { memory: '256Mi' }, min: { cpu: '10m' } }),
    );
    const made = server.create(pods, pod('x'));
    const [container] = (made['spec'] as { containers: readonly Members[] }).containers;
    expect(container?.['resources']).toEqual({
      limits: { cpu: '1', memory: '256Mi' },
      requests: { cpu: '1', memory: '256Mi' },
    });
    expect(made.metadata.annotations?.['kubernetes.io/limit-ranger']).toBe(
      'LimitRanger plugin set: cpu, memory request for container main; cpu, memory limit for container main',
    );
    expect(made['status']).toMatchObject({ qosClass: 'Guaranteed' });
  });

  const bounds: readonly { reason: string; limit: Members; object: KubeObject; says: string }[] = [
    {
      reason: 'too much',
      limit: { type: 'Container', max: { cpu: '150m' } },
      object: pod('x', small),
      says: 'pods "x" is forbidden: maximum cpu usage per Container is 150m, but limit is 200m',
    },
    {
      reason: 'too little, twice',
      limit: { type: 'Container', min: { cpu: '150m', memory: '100Mi' } },
      object: pod('x', small),
      says: 'pods "x" is forbidden: [minimum cpu usage per Container is 150m, but request is 100m, minimum memory usage per Container is 100Mi, but request is 64Mi]',
    },
    {
      reason: 'too far apart',
      limit: { type: 'Container', maxLimitRequestRatio: { cpu: '1500m' } },
      object: pod('x', small),
      says: 'pods "x" is forbidden: cpu max limit to request ratio per Container is 1500m, but provided ratio is 2.000000',
    },
    {
      reason: 'a pod as a whole',
      limit: { type: 'Pod', max: { memory: '100Mi' } },
      object: pod('x', small),
      says: 'pods "x" is forbidden: maximum memory usage per Pod is 100Mi, but limit is 128Mi',
    },
  ];
  it.each(bounds)('refuse $reason', ({ limit, object, says }) => {
    const server = testServer();
    server.create(ranges, range(limit));
    expect(refusal(() => server.create(pods, object))).toEqual({ code: 403, reason: 'Forbidden', message: says });
  });

  it('bound the size of claims', () => {
    const server = testServer();
    server.create(ranges, range({ type: 'PersistentVolumeClaim', max: { storage: '1Gi' }, min: { storage: '10Mi' } }));
    const claim = (storage: string): KubeObject => ({
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'p' },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage } } },
    });
    expect(refusal(() => server.create(claims, claim('2Gi'))).message).toBe(
      'persistentvolumeclaims "p" is forbidden: maximum storage usage per PersistentVolumeClaim is 1Gi, but request is 2Gi',
    );
    server.create(claims, claim('1Gi'));
  });

  it('are refused when they contradict themselves', () => {
    const server = testServer();
    const bad = range({ type: 'Container', min: { cpu: '2' }, max: { cpu: '1' } });
    expect(refusal(() => server.create(ranges, bad)).message).toContain('min value 2 is greater than max value 1');
  });
});

describe('priorities', () => {
  const make = (name: string, value: number, more: Members = {}): KubeObject => ({
    apiVersion: 'scheduling.k8s.io/v1',
    kind: 'PriorityClass',
    metadata: { name },
    value,
    ...more,
  });

  it('come from the class, or the one default there may be', () => {
    const server = testServer();
    server.create(classes, make('high', 7, { preemptionPolicy: 'Never' }));
    server.create(classes, make('usual', 3, { globalDefault: true }));
    expect(refusal(() => server.create(classes, make('second', 3, { globalDefault: true }))).message).toContain(
      'PriorityClass usual is already marked as default. Only one default can exist',
    );
    expect(server.create(pods, pod('a', {}, { priorityClassName: 'high' }))['spec']).toMatchObject({
      priority: 7,
      preemptionPolicy: 'Never',
    });
    expect(server.create(pods, pod('b'))['spec']).toMatchObject({ priority: 3, priorityClassName: 'usual' });
    expect(refusal(() => server.create(pods, pod('c', {}, { priority: 9 }))).message).toContain(
      'the integer value of priority (9) must not be provided in pod spec; priority admission controller computed 3',
    );
    expect(refusal(() => server.create(pods, pod('c', {}, { priorityClassName: 'none' }))).message).toContain(
      'no PriorityClass with name none was found',
    );
  });

  it('of the system are not for users to make', () => {
    const server = testServer();
    expect(refusal(() => server.create(classes, make('system-mine', 1))).message).toContain(
      'reserved for system use only',
    );
    expect(refusal(() => server.create(classes, make('mine', 1_000_000_001))).message).toContain(
      'maximum allowed value of a user defined priority is 1000000000',
    );
  });
});
