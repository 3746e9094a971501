import { describe, expect, it } from 'vitest';
import type { KubeObject } from '@argosy/kube/meta';
import { at, configMap, deployment, refusal, template, testServer, type TestServer } from './test-server.ts';

const maps = at('v1', 'configmaps');
const pods = at('v1', 'pods');
const deployments = at('apps/v1', 'deployments');
const services = at('v1', 'services');
const namespaces = at('v1', 'namespaces');
const pod = (name: string, spec: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name },
  spec: { ...template.spec, ...spec },
});

describe('create', () => {
  it('stamps what the server owns and ignores what the caller says of it', () => {
    const server = testServer();
    const made = server.create(maps, {
      ...configMap('a'),
      metadata: { name: 'a', uid: 'mine', generation: 9, creationTimestamp: '1999-01-01T00:00:00Z', selfLink: '/x' },
    });
    expect(made.metadata).toEqual({
      name: 'a',
      namespace: 'default',
      uid: expect.stringMatching(/^uid-/),
      creationTimestamp: '2026-01-01T00:00:00Z',
      resourceVersion: expect.stringMatching(/^\d+$/),
    });
  });

  it('draws a name from generateName and shortens the base to 58 characters', () => {
    const server = testServer();
    const made = server.create(maps, { ...configMap(''), metadata: { generateName: `${'x'.repeat(70)}-` } });
    expect(made.metadata.name).toMatch(/^x{58}[bcdfghjklmnpqrstvwxz2456789]{5}$/);
  });

  const refused: readonly {
    reason: string;
    act: (s: ReturnType<typeof testServer>) => unknown;
    code: number;
    says: RegExp;
  }[] = [
    {
      reason: 'the name is taken',
      act: (s) => s.create(maps, configMap('twice')),
      code: 409,
      says: /^configmaps "twice" already exists$/,
    },
    {
      reason: 'no name',
      act: (s) => s.create(maps, configMap('')),
      code: 422,
      says: /metadata.name: Required value: name or generateName is required/,
    },
    {
      reason: 'a name that is no subdomain',
      act: (s) => s.create(maps, configMap('Bad_Name')),
      code: 422,
      says: /a lowercase RFC 1123 subdomain must consist of/,
    },
    {
      reason: 'a resourceVersion',
      act: (s) => s.create(maps, { ...configMap('v'), metadata: { name: 'v', resourceVersion: '5' } }),
      code: 500,
      says: /^resourceVersion should not be set on objects to be created$/,
    },
    {
      reason: 'another namespace in the body',
      act: (s) => s.create(maps, { ...configMap('n'), metadata: { name: 'n', namespace: 'other' } }),
      code: 400,
      says: /does not match the namespace sent on the request/,
    },
    {
      reason: 'another kind',
      act: (s) => s.create(maps, { ...configMap('k'), kind: 'Secret' }),
      code: 400,
      says: /Secret in version "v1" cannot be handled as a ConfigMap/,
    },
    {
      reason: 'another version',
      act: (s) => s.create(maps, { ...configMap('k'), apiVersion: 'v2' }),
      code: 400,
      says: /the API version in the data \(v2\) does not match/,
    },
    {
      reason: 'a namespace that is not there',
      act: (s) => s.create(maps, configMap('n'), 'nowhere'),
      code: 404,
      says: /^namespaces "nowhere" not found$/,
    },
    {
      reason: 'an unknown resource',
      act: (s) => s.create(at('v1', 'things'), configMap('n')),
      code: 404,
      says: /could not find the requested resource/,
    },
    {
      reason: 'a label that is none',
      act: (s) => s.create(maps, { ...configMap('l'), metadata: { name: 'l', labels: { a: '-' } } }),
      code: 422,
      says: /a valid label must be an empty string or consist of/,
    },
    {
      reason: 'too many annotations',
      act: (s) =>
        s.create(maps, { ...configMap('l'), metadata: { name: 'l', annotations: { a: 'x'.repeat(262_145) } } }),
      code: 422,
      says: /Too long: may not be more than 262144 bytes/,
    },
    {
      reason: 'two controllers',
      act: (s) =>
        s.create(maps, {
          ...configMap('o'),
          metadata: {
            name: 'o',
            ownerReferences: [1, 2].map((uid) => ({
              apiVersion: 'v1',
              kind: 'Pod',
              name: 'p',
              uid: String(uid),
              controller: true,
            })),
          },
        }),
      code: 422,
      says: /Only one reference can have Controller set to true/,
    },
    {
      reason: 'a selector that misses the template',
      act: (s) => s.create(deployments, deployment('d', { selector: { matchLabels: { app: 'other' } } })),
      code: 422,
      says: /`selector` does not match template `labels`/,
    },
    {
      reason: 'negative replicas',
      act: (s) => s.create(deployments, deployment('d', { replicas: -1 })),
      code: 422,
      says: /spec.replicas: Invalid value: -1: must be greater than or equal to 0/,
    },
    {
      reason: 'text where a number belongs',
      act: (s) => s.create(deployments, deployment('d', { replicas: 'two' })),
      code: 400,
      says: /json: cannot unmarshal string into Go struct field/,
    },
    {
      reason: 'a pod without containers',
      act: (s) => s.create(pods, pod('p', { containers: [] })),
      code: 422,
      says: /spec.containers: Required value/,
    },
    {
      reason: 'a mount without a volume',
      act: (s) =>
        s.create(
          pods,
          pod('p', { containers: [{ name: 'c', image: 'i', volumeMounts: [{ name: 'v', mountPath: '/v' }] }] }),
        ),
      code: 422,
      says: /volumeMounts\[0\].name: Not found: "v"/,
    },
    {
      reason: 'two containers of one name',
      act: (s) =>
        s.create(
          pods,
          pod('p', {
            containers: [
              { name: 'c', image: 'i' },
              { name: 'c', image: 'i' },
            ],
          }),
        ),
      code: 422,
      says: /Duplicate value: "c"/,
    },
    {
      reason: 'a service account that is not there',
      act: (s) => s.create(pods, pod('p', { serviceAccountName: 'x' })),
      code: 403,
      says: /error looking up service account default\/x: serviceaccount "x" not found/,
    },
    {
      reason: 'a Job that restarts always',
      act: (s) =>
        s.create(at('batch/v1', 'jobs'), { metadata: { name: 'j' }, spec: { template: { spec: template.spec } } }),
      code: 422,
      says: /Required value: valid values: "OnFailure", "Never"/,
    },
    {
      reason: 'a Secret that is not base64',
      act: (s) => s.create(at('v1', 'secrets'), { metadata: { name: 's' }, data: { a: '%' } }),
      code: 400,
      says: /illegal base64 data/,
    },
    {
      reason: 'a ConfigMap beyond a mebibyte',
      act: (s) => s.create(maps, configMap('big', { a: 'x'.repeat(1_048_577) })),
      code: 422,
      says: /may not be more than 1048576 bytes/,
    },
    {
      reason: 'a CronJob with six fields',
      act: (s) =>
        s.create(at('batch/v1', 'cronjobs'), {
          metadata: { name: 'c' },
          spec: {
            schedule: '* * * * * *',
            jobTemplate: { spec: { template: { spec: { ...template.spec, restartPolicy: 'Never' } } } },
          },
        }),
      code: 422,
      says: /expected exactly 5 fields, found 6/,
    },
  ];
  it.each(refused)('refuses: $reason', ({ act, code, says }) => {
    const server = testServer();
    server.create(maps, configMap('twice'));
    const before = server.state.store.uncommitted().length;
    const answer = refusal(() => act(server));
    expect(answer.message).toMatch(says);
    expect(answer.code).toBe(code);
    expect(server.state.store.uncommitted().length).toBe(before);
  });

  it('tells unknown fields: as warnings by default, as an error when strict, not at all when ignored', () => {
    const server = testServer();
    const object = { ...deployment('d'), spec: { ...(deployment('d')['spec'] as object), foo: 1 } };
    const base = { verb: 'create', resource: deployments, namespace: 'default', object, dryRun: true } as const;
    expect(server.ask(base).warnings).toEqual(['unknown field "spec.foo"']);
    expect(server.ask({ ...base, fieldValidation: 'Ignore' }).warnings).toEqual([]);
    expect(refusal(() => server.ask({ ...base, fieldValidation: 'Strict' })).message).toBe(
      'Deployment in version "v1" cannot be handled as a Deployment: strict decoding error: unknown field "spec.foo"',
    );
  });

  it('leaves nothing behind after a dry run', () => {
    const server = testServer();
    const answer = server.ask({
      verb: 'create',
      resource: maps,
      namespace: 'default',
      object: configMap('d'),
      dryRun: true,
    });
    expect(answer.object.metadata.resourceVersion).toBeUndefined();
    expect(server.names(maps)).toEqual([]);
  });
});

describe('defaults that show', () => {
  it('gives a pod its account, token, tolerations, priority, policies and phase', () => {
    const made = testServer().create(pods, pod('p'));
    expect(made['spec']).toMatchObject({
      serviceAccountName: 'default',
      restartPolicy: 'Always',
      dnsPolicy: 'ClusterFirst',
      priority: 0,
      enableServiceLinks: true,
      tolerations: [{ key: 'node.kubernetes.io/not-ready' }, { key: 'node.kubernetes.io/unreachable' }],
      containers: [{ imagePullPolicy: 'IfNotPresent', terminationMessagePolicy: 'File' }],
    });
    expect(made['status']).toEqual({ phase: 'Pending', qosClass: 'BestEffort' });
  });

  it('gives a Deployment its strategy and limits, and canonical quantities', () => {
    const limits = { cpu: '0.5', memory: '1024Mi' };
    const containers = [{ name: 'main', image: 'example/web', resources: { limits } }];
    const made = testServer().create(deployments, deployment('d', { template: { ...template, spec: { containers } } }));
    expect(made['spec']).toMatchObject({
      replicas: 1,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' } },
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
      template: {
        spec: { containers: [{ imagePullPolicy: 'Always', resources: { limits: { cpu: '500m', memory: '1Gi' } } }] },
      },
    });
  });

  it('gives Services addresses and node ports of their own, and frees them with the Service', () => {
    const server = testServer({ serviceCidr: '127.64.0.0/30', nodePorts: { from: 30_000, to: 30_001 } });
    const service = (name: string): unknown => ({
      metadata: { name },
      spec: { type: 'NodePort', ports: [{ port: 80 }] },
    });
    const seen = ['a', 'b'].map(
      (name) => server.create(services, service(name))['spec'] as { clusterIP: string; ports: { nodePort: number }[] },
    );
    expect(new Set(seen.map((spec) => spec.clusterIP))).toEqual(new Set(['127.64.0.1', '127.64.0.2']));
    expect(new Set(seen.map((spec) => spec.ports[0]?.nodePort))).toEqual(new Set([30_000, 30_001]));
    expect(refusal(() => server.create(services, service('c'))).message).toMatch(/range is full/);
    server.remove(services, 'a');
    expect(server.create(services, service('c'))['spec']).toMatchObject({ clusterIP: seen[0]?.clusterIP });
  });

  it('merges stringData into data and does not give it back', () => {
    const made = testServer().create(at('v1', 'secrets'), { metadata: { name: 's' }, stringData: { a: 'b' } });
    expect([made['data'], made['stringData'], made['type']]).toEqual([{ a: 'Yg==' }, undefined, 'Opaque']);
  });

  it('brings a namespace its label, phase, finalizer and ServiceAccount', () => {
    const server = testServer();
    const made = server.create(namespaces, { metadata: { name: 'team' } });
    expect(made).toMatchObject({
      metadata: { labels: { 'kubernetes.io/metadata.name': 'team' } },
      spec: { finalizers: ['kubernetes'] },
      status: { phase: 'Active' },
    });
    expect(server.get(at('v1', 'serviceaccounts'), 'default', 'team').metadata.name).toBe('default');
  });
});

describe('update', () => {
  it('counts generations on changes of the spec, not of metadata or status', () => {
    const server = testServer();
    const made = server.create(deployments, deployment('d'));
    const labelled = server.patch(deployments, 'd', { patch: { metadata: { labels: { a: 'b' } } } });
    const status = server.patch(deployments, 'd', { patch: { status: { replicas: 2 } }, subresource: 'status' });
    const scaled = server.patch(deployments, 'd', { patch: { spec: { replicas: 3 } } });
    const generations = [made, labelled, status, scaled].map((object) => object.metadata.generation);
    expect(generations).toEqual([1, 1, 1, 2]);
    expect(scaled['status']).toEqual({ replicas: 2 });
  });

  it('writes nothing when nothing changes', () => {
    const server = testServer();
    const made = server.create(deployments, deployment('d'));
    const again = server.patch(deployments, 'd', { patch: { spec: { replicas: 1 } } });
    expect(again).toEqual(made);
    expect(server.update(deployments, { ...made, metadata: { ...made.metadata } })).toEqual(made);
  });

  const key = { namespace: 'default', name: 'a' };
  const cases: readonly { reason: string; change: (live: KubeObject) => KubeObject; code: number; says: RegExp }[] = [
    {
      reason: 'an old resourceVersion',
      change: (live) => ({ ...live, metadata: { ...live.metadata, resourceVersion: '1' } }),
      code: 409,
      says: /Operation cannot be fulfilled on configmaps "a": the object has been modified/,
    },
    {
      reason: 'another uid',
      change: (live) => ({ ...live, metadata: { ...live.metadata, uid: 'x' } }),
      code: 409,
      says: /Precondition failed: UID in precondition: x/,
    },
    {
      reason: 'another name',
      change: (live) => ({ ...live, metadata: { ...live.metadata, name: 'b' } }),
      code: 400,
      says: /the name of the object \(b\) does not match the name on the URL \(a\)/,
    },
  ];
  it.each(cases)('refuses $reason', ({ change, code, says }) => {
    const server = testServer();
    const live = server.create(maps, configMap('a'));
    const answer = refusal(() => server.ask({ verb: 'update', resource: maps, key, object: change(live) }));
    expect(answer.code).toBe(code);
    expect(answer.message).toMatch(says);
  });

  it('takes a PUT without resourceVersion for built-in kinds, and creates some of them', () => {
    const server = testServer();
    server.create(maps, configMap('a'));
    expect(
      server.ask({ verb: 'update', resource: maps, key, object: configMap('a', { x: 'y' }) }).object['data'],
    ).toEqual({ x: 'y' });
    const lease = {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: 'a', namespace: 'default' },
      spec: {},
    };
    const leases = at('coordination.k8s.io/v1', 'leases');
    expect(server.ask({ verb: 'update', resource: leases, key, object: lease }).code).toBe(201);
    const missing = { namespace: 'default', name: 'b' };
    expect(
      refusal(() => server.ask({ verb: 'update', resource: maps, key: missing, object: configMap('b') })).code,
    ).toBe(404);
  });

  const immutable: readonly { reason: string; act: (s: ReturnType<typeof testServer>) => unknown; says: RegExp }[] = [
    {
      reason: 'the selector of a Deployment',
      act: (s) => (
        s.create(deployments, deployment('d')),
        s.patch(deployments, 'd', {
          patch: { spec: { selector: { matchLabels: { x: 'y' } }, template: { metadata: { labels: { x: 'y' } } } } },
        })
      ),
      says: /spec.selector: Invalid value: .*: field is immutable/,
    },
    {
      reason: 'the type of a Secret',
      act: (s) => (
        s.create(at('v1', 'secrets'), { metadata: { name: 's' } }),
        s.patch(at('v1', 'secrets'), 's', { patch: { type: 'other' } })
      ),
      says: /type: Invalid value: "other": field is immutable/,
    },
    {
      reason: 'the data of an immutable ConfigMap',
      act: (s) => (
        s.create(maps, { ...configMap('i'), immutable: true }),
        s.patch(maps, 'i', { patch: { data: { a: 'b' } } })
      ),
      says: /field is immutable when `immutable` is set/,
    },
    {
      reason: 'the address of a Service',
      act: (s) => (
        s.create(services, { metadata: { name: 's' }, spec: { ports: [{ port: 1 }] } }),
        s.patch(services, 's', { patch: { spec: { clusterIP: '127.64.9.9', clusterIPs: ['127.64.9.9'] } } })
      ),
      says: /field is immutable/,
    },
    {
      reason: 'the spec of a pod',
      act: (s) => (s.create(pods, pod('p')), s.patch(pods, 'p', { patch: { spec: { hostNetwork: true } } })),
      says: /pod updates may not change fields other than/,
    },
    {
      reason: 'a uid, by patch',
      act: (s) => (s.create(maps, configMap('u')), s.patch(maps, 'u', { patch: { metadata: { uid: 'other' } } })),
      says: /metadata.uid: Invalid value: "other": field is immutable/,
    },
  ];
  it.each(immutable)('answers 422 for a change of $reason', ({ act, says }) => {
    const answer = refusal(() => act(testServer()));
    expect(answer.code).toBe(422);
    expect(answer.message).toMatch(says);
  });

  it('lets a pod change its image', () => {
    const server = testServer();
    server.create(pods, pod('p'));
    const patch = { spec: { containers: [{ name: 'main', image: 'example/web:2' }] } };
    expect(server.patch(pods, 'p', { type: 'strategic', patch })['spec']).toMatchObject({
      containers: [{ image: 'example/web:2' }],
    });
  });

  describe('the subresource ephemeralcontainers', () => {
    const added = (name: string, more: object = {}): { readonly spec: object } => ({
      spec: { ephemeralContainers: [{ name, image: 'tool', ...more }] },
    });
    const change = (server: TestServer, patch: object): KubeObject =>
      server.patch(pods, 'p', { type: 'strategic', patch, subresource: 'ephemeralcontainers' });

    it('adds containers, and changes nothing else', () => {
      const server = testServer();
      server.create(pods, pod('p'));
      change(server, added('one'));
      const patch = {
        ...added('two'),
        metadata: { labels: { a: 'b' } },
        spec: { ...added('two').spec, hostNetwork: true },
      };
      const changed = change(server, patch);
      const names = (changed['spec'] as { ephemeralContainers: { name: string }[] }).ephemeralContainers.map(
        (item) => item.name,
      );
      expect(names.toSorted()).toEqual(['one', 'two']);
      expect(changed['spec']).not.toHaveProperty('hostNetwork');
      expect(changed.metadata.labels?.['a']).toBeUndefined();
      expect(refusal(() => server.patch(pods, 'p', { patch: { spec: { ephemeralContainers: [] } } })).code).toBe(422);
    });

    it.each([
      {
        reason: 'another image of one',
        patch: added('one', { image: 'other' }),
        says: /existing ephemeral container one may not be changed/,
      },
      {
        reason: 'a probe',
        patch: added('two', { livenessProbe: { exec: { command: ['x'] } } }),
        says: /livenessProbe: Forbidden/,
      },
      { reason: 'ports', patch: added('two', { ports: [{ containerPort: 80 }] }), says: /ports: Forbidden/ },
      { reason: 'the name of another container', patch: added('main'), says: /Duplicate value: "main"/ },
    ])('refuses $reason', ({ patch, says }) => {
      const server = testServer();
      server.create(pods, pod('p'));
      change(server, added('one'));
      const answer = refusal(() => change(server, patch));
      expect(answer.code).toBe(422);
      expect(answer.message).toMatch(says);
    });

    it('is the only way to them', () => {
      const object = pod('p', { ephemeralContainers: [{ name: 'one', image: 'tool' }] });
      expect(refusal(() => testServer().create(pods, object)).message).toMatch(
        /ephemeralContainers: Forbidden: cannot be set on create/,
      );
    });
  });

  it('lets a resize change resources and nothing else', () => {
    const server = testServer();
    server.create(pods, pod('p'));
    const resize = (container: object): KubeObject => {
      const patch = { spec: { containers: [{ name: 'main', ...container }] } };
      return server.patch(pods, 'p', { type: 'strategic', patch, subresource: 'resize' });
    };
    expect(resize({ resources: { limits: { cpu: '2' } } })['spec']).toMatchObject({
      containers: [{ resources: { limits: { cpu: '2' } } }],
    });
    expect(refusal(() => resize({ image: 'other' })).message).toMatch(
      /only resources of containers may be changed by a resize/,
    );
  });

  it('reads and writes scale', () => {
    const server = testServer();
    server.create(deployments, deployment('d', { replicas: 2 }));
    const scaled = server.patch(deployments, 'd', { patch: { spec: { replicas: 5 } }, subresource: 'scale' });
    expect(scaled).toMatchObject({
      kind: 'Scale',
      spec: { replicas: 5 },
      status: { replicas: 0, selector: 'app=web' },
    });
    expect(server.get(deployments, 'd')).toMatchObject({ metadata: { generation: 2 }, spec: { replicas: 5 } });
    expect(
      refusal(() => server.patch(deployments, 'd', { patch: { spec: { replicas: -1 } }, subresource: 'scale' })).code,
    ).toBe(422);
  });

  it('binds a pod once', () => {
    const server = testServer();
    server.create(pods, pod('p'));
    const bind = (): unknown =>
      server.ask({
        verb: 'create',
        resource: pods,
        namespace: 'default',
        name: 'p',
        subresource: 'binding',
        object: { apiVersion: 'v1', kind: 'Binding', metadata: { name: 'p' }, target: { kind: 'Node', name: 'n1' } },
      });
    bind();
    expect(server.get(pods, 'p')).toMatchObject({
      spec: { nodeName: 'n1' },
      status: { conditions: [{ type: 'PodScheduled', status: 'True' }] },
    });
    expect(refusal(bind).code).toBe(409);
  });
});
