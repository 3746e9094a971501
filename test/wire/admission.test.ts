import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { admin, openWire } from './open-wire.ts';
import { openToolSession, type ToolSession } from './tool-session.ts';
import { jsonPatch, openWebhookServer, type ReceivedReview, type WebhookServer } from './webhook-server.ts';

type Members = { readonly [field: string]: unknown };
type Respond = (review: ReceivedReview) => Members | undefined | Promise<Members>;

let session: ToolSession;
let hook: WebhookServer;
const allow: Respond = () => ({ allowed: true });
let respond: Respond = allow;

const good = (args: string, input?: string): Promise<string> => session.good(`kubectl ${args}`, input);
const bad = (args: string, input?: string): Promise<string> => session.bad(`kubectl ${args}`, input);

beforeAll(async () => {
  session = await openToolSession(await openWire());
  hook = await openWebhookServer(session.wire.authority, (review) => respond(review));
});
afterAll(async () => {
  await session.close();
  await hook.close();
});
afterEach(async () => {
  respond = allow;
  hook.received.length = 0;
  await good(
    'delete validatingwebhookconfigurations,mutatingwebhookconfigurations,validatingadmissionpolicybindings --all',
  );
});

const caBundle = (): string => Buffer.from(session.wire.authority.certificate).toString('base64');
const rule = {
  apiGroups: [''],
  apiVersions: ['v1'],
  operations: ['CREATE', 'UPDATE', 'DELETE'],
  resources: ['configmaps'],
};

function configuration(kind: string, name: string, more: Members = {}): string {
  const webhook = {
    name: `${name}.check.example`,
    clientConfig: { url: `https://127.0.0.1:${hook.port}/${name}`, caBundle: caBundle() },
    rules: [rule],
    sideEffects: 'None',
    admissionReviewVersions: ['v1'],
    namespaceSelector: {
      matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'In', values: ['default'] }],
    },
    ...more,
  };
  return JSON.stringify({
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind,
    metadata: { name },
    webhooks: [webhook],
  });
}
const validating = (name: string, more?: Members): string =>
  configuration('ValidatingWebhookConfiguration', name, more);
const mutating = (name: string, more?: Members): string => configuration('MutatingWebhookConfiguration', name, more);
const configMap = (name: string, more: Members = {}): string =>
  JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, ...more });

describe('validating webhooks', () => {
  it('refuse in the words of upstream, after they saw the whole write', async () => {
    await good('apply -f -', validating('deny'));
    respond = () => ({ allowed: false, status: { message: 'not on Mondays', code: 403 } });
    const said = await bad('create configmap one --from-literal=a=b');
    expect(said).toContain(
      'error: failed to create configmap: admission webhook "deny.check.example" denied the request: not on Mondays',
    );
    expect(await bad('get configmap one')).toContain('NotFound');
    expect(hook.received).toHaveLength(1);
    const [review] = hook.received;
    expect(review).toMatchObject({
      path: '/deny?timeout=10s',
      apiVersion: 'admission.k8s.io/v1',
      kind: 'AdmissionReview',
      request: {
        kind: { group: '', version: 'v1', kind: 'ConfigMap' },
        resource: { group: '', version: 'v1', resource: 'configmaps' },
        name: 'one',
        namespace: 'default',
        operation: 'CREATE',
        userInfo: { username: 'admin' },
        dryRun: false,
        object: { kind: 'ConfigMap', data: { a: 'b' }, metadata: { name: 'one', namespace: 'default' } },
        oldObject: null,
      },
    });
    respond = () => ({ allowed: false });
    expect(await bad('create configmap one')).toContain('denied the request without explanation');
  });

  it('let through, warn, and see what was there before', async () => {
    await good('apply -f -', validating('warn'));
    respond = () => ({ allowed: true, warnings: ['think twice'] });
    const made = await session.run('kubectl create -f -', configMap('two', { data: { a: '1' } }));
    expect(made.stdout).toBe('configmap/two created\n');
    expect(made.stderr).toBe('Warning: think twice\n');
    await good('patch configmap two -p {"data":{"a":"2"}}');
    await good('delete configmap two');
    expect(hook.received.map(({ request }) => request['operation'])).toEqual(['CREATE', 'UPDATE', 'DELETE']);
    expect(hook.received[1]?.request).toMatchObject({ object: { data: { a: '2' } }, oldObject: { data: { a: '1' } } });
    expect(hook.received[2]?.request).toMatchObject({ object: null, oldObject: { data: { a: '2' } } });
  });

  it('are asked only about what they are for', async () => {
    const matchConditions = [{ name: 'named', expression: "request.name.startsWith('x')" }];
    await good(
      'apply -f -',
      validating('narrow', { matchConditions, objectSelector: { matchLabels: { watch: 'me' } } }),
    );
    await good('create -f -', configMap('x1'));
    await good('create -f -', configMap('y1', { metadata: { name: 'y1', labels: { watch: 'me' } } }));
    await good('create secret generic x2');
    await good('create namespace elsewhere');
    await good('create -n elsewhere -f -', configMap('x3', { metadata: { name: 'x3', labels: { watch: 'me' } } }));
    expect(hook.received).toEqual([]);
    await good('create -f -', configMap('x4', { metadata: { name: 'x4', labels: { watch: 'me' } } }));
    expect(hook.received).toHaveLength(1);
    await good('delete configmaps --all');
  });

  it('that fail refuse or are ignored, as their failurePolicy says', async () => {
    const dead = { url: 'https://127.0.0.1:9/x', caBundle: caBundle() };
    await good('apply -f -', validating('dead', { clientConfig: dead }));
    expect(await bad('create configmap three')).toContain(
      'Internal error occurred: failed calling webhook "dead.check.example": failed to call webhook: Post "https://127.0.0.1:9/x?timeout=10s": dial tcp: connect: connection refused',
    );
    await good('apply -f -', validating('dead', { clientConfig: dead, failurePolicy: 'Ignore' }));
    await good('create configmap three');
    await good('delete configmap three');
  });

  it('that do not answer in time, or are not who they say, count as failed', async () => {
    await good('apply -f -', validating('slow', { timeoutSeconds: 1 }));
    respond = () => undefined;
    expect(await bad('create configmap four')).toContain('context deadline exceeded');
    const { certificate } = await session.wire.authority.clientLeaf('other', []);
    const stranger = Buffer.from(certificate).toString('base64');
    const clientConfig = { url: `https://127.0.0.1:${hook.port}/x`, caBundle: stranger };
    await good('apply -f -', validating('slow', { clientConfig }));
    expect(await bad('create configmap four')).toContain('tls: failed to verify certificate: x509');
  });

  it('see dry runs only when they say that they have no side effects', async () => {
    await good('apply -f -', validating('dry'));
    await good('create configmap five --dry-run=server');
    expect(hook.received[0]?.request['dryRun']).toBe(true);
    expect(await bad('get configmap five')).toContain('NotFound');
  });

  it('are asked about each object of a deleted collection', async () => {
    await good('create configmap d1');
    await good('create configmap d2');
    await good('apply -f -', validating('each'));
    respond = ({ request }) => ({ allowed: request['name'] !== 'd2', status: { message: 'keep d2' } });
    const refusal = session.wire.inProcess(admin).send({
      verb: 'deletecollection',
      resource: { group: '', version: 'v1', resource: 'configmaps' },
      namespace: 'default',
    });
    await expect(refusal).rejects.toMatchObject({ message: expect.stringContaining('keep d2') as string });
    expect(await good('get configmaps -o name')).toContain('configmap/d1');
    respond = allow;
    await good('delete configmaps --all');
  });

  it('are found behind a Service, by its name', async () => {
    const port = { port: 443, targetPort: hook.port };
    const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'hook' }, spec: { ports: [port] } };
    const subsets = [{ addresses: [{ ip: '127.0.0.1' }], ports: [{ port: hook.port }] }];
    const clientConfig = { service: { name: 'hook', namespace: 'default', path: '/via' }, caBundle: caBundle() };
    await good('apply -f -', validating('service', { clientConfig }));
    expect(await bad('create configmap six')).toContain('service "hook" not found');
    await good('create -f -', JSON.stringify(service));
    expect(await bad('create configmap six')).toContain('no endpoints available for service "hook"');
    await good(
      'create -f -',
      JSON.stringify({ apiVersion: 'v1', kind: 'Endpoints', metadata: { name: 'hook' }, subsets }),
    );
    await good('create configmap six');
    expect(hook.received.at(-1)?.path).toBe('/via?timeout=10s');
  });

  it('judge what is stored: a write that changed meanwhile is asked about again', async () => {
    await good('create configmap race --from-literal=a=0');
    await good('apply -f -', validating('race'));
    const api = session.wire.inProcess(admin);
    const resource = { group: '', version: 'v1', resource: 'configmaps' };
    const key = { namespace: 'default', name: 'race' };
    const patch = (data: Members): Promise<unknown> =>
      api.send({ verb: 'patch', resource, key, patchType: 'merge', patch: { data } });
    let other: Promise<unknown> | undefined;
    respond = async ({ request }) => {
      const { data } = request['object'] as { data: Members };
      if (data['mine'] === '1' && other === undefined) {
        other = patch({ theirs: '1' });
        await other;
      }
      return { allowed: true };
    };
    await patch({ mine: '1' });
    const asked = hook.received.map(({ request }) => (request['object'] as { data: Members }).data);
    expect(asked).toEqual([
      { a: '0', mine: '1' },
      { a: '0', theirs: '1' },
      { a: '0', theirs: '1', mine: '1' },
    ]);
    expect(await good('get configmap race -o jsonpath={.data}')).toBe('{"a":"0","mine":"1","theirs":"1"}');
  });
});

describe('mutating webhooks', () => {
  it('change the object one after another; IfNeeded is asked again', async () => {
    const add = (name: string): Members => jsonPatch([{ op: 'add', path: `/metadata/labels/${name}`, value: 'yes' }]);
    await good('apply -f -', mutating('a-first', { reinvocationPolicy: 'IfNeeded' }));
    await good('apply -f -', mutating('b-second'));
    respond = ({ path }) => ({ allowed: true, ...add(path.startsWith('/a-first') ? 'first' : 'second') });
    await good('create -f -', configMap('seven', { metadata: { name: 'seven', labels: { own: '1' } } }));
    expect(await good('get configmap seven -o jsonpath={.metadata.labels}')).toBe(
      '{"first":"yes","own":"1","second":"yes"}',
    );
    expect(hook.received.map(({ path }) => path.split('?')[0])).toEqual(['/a-first', '/b-second', '/a-first']);
    expect(hook.received[1]?.request).toMatchObject({ object: { metadata: { labels: { first: 'yes' } } } });
  });

  it('that put in a container get it a token, defaults, and one review of its form', async () => {
    const pods = [{ ...rule, resources: ['pods'], operations: ['CREATE'] }];
    await good('apply -f -', mutating('sidecar', { rules: pods }));
    const container = { name: 'side', image: 'example/side:2', command: ['true'] };
    respond = () => ({ allowed: true, ...jsonPatch([{ op: 'add', path: '/spec/containers/-', value: container }]) });
    await good('run p --image=example/main:1');
    const spec = JSON.parse(await good('get pod p -o jsonpath={.spec}')) as {
      containers: { name: string; imagePullPolicy: string; volumeMounts: { mountPath: string }[] }[];
      volumes: unknown[];
    };
    expect(spec.containers.map((item) => [item.name, item.imagePullPolicy])).toEqual([
      ['p', 'IfNotPresent'],
      ['side', 'IfNotPresent'],
    ]);
    expect(spec.containers[1]?.volumeMounts).toHaveLength(1);
    expect(spec.volumes).toHaveLength(1);
    respond = () => ({
      allowed: true,
      ...jsonPatch([{ op: 'add', path: '/spec/containers/-', value: { name: 'BAD' } }]),
    });
    expect(await bad('run q --image=example/main:1')).toContain('spec.containers[1]');
    respond = () => ({ allowed: true, ...jsonPatch([{ op: 'remove', path: '/spec/nope' }]) });
    expect(await bad('run q --image=example/main:1')).toContain('failed calling webhook "sidecar.check.example"');
    await good('delete pod p --force');
  });

  it('are checked when they are configured', async () => {
    const said = await bad('apply -f -', mutating('bad', { sideEffects: 'Some', timeoutSeconds: 31, name: 'x' }));
    expect(said).toContain('webhooks[0].name: Invalid value: "x": should be a domain with at least three segments');
    expect(said).toContain('webhooks[0].sideEffects: Unsupported value: "Some"');
    expect(said).toContain('webhooks[0].timeoutSeconds: Invalid value: 31');
    const http = { url: 'http://127.0.0.1/x' };
    expect(await bad('apply -f -', validating('bad', { clientConfig: http }))).toContain(
      "'https' is the only allowed URL scheme",
    );
    const matchConditions = [{ name: 'c', expression: 'object.metadata.name =' }];
    expect(await bad('apply -f -', validating('bad', { matchConditions }))).toContain(
      'compilation failed: ERROR: <input>',
    );
  });
});

describe('ValidatingAdmissionPolicies', () => {
  const group = 'admissionregistration.k8s.io/v1';
  const policy = (name: string, spec: Members): string =>
    JSON.stringify({
      apiVersion: group,
      kind: 'ValidatingAdmissionPolicy',
      metadata: { name },
      spec: {
        matchConstraints: {
          resourceRules: [
            { apiGroups: ['apps'], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], resources: ['deployments'] },
          ],
        },
        ...spec,
      },
    });
  const binding = (name: string, policyName: string, spec: Members = {}): string =>
    JSON.stringify({
      apiVersion: group,
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata: { name },
      spec: { policyName, validationActions: ['Deny'], ...spec },
    });

  it('deny with the message of the rule, over computed variables and the namespace', async () => {
    const spec = {
      variables: [
        { name: 'replicas', expression: 'object.spec.replicas' },
        { name: 'most', expression: "int(namespaceObject.metadata.?labels['most'].orValue('2'))" },
      ],
      validations: [
        {
          expression: 'variables.replicas <= variables.most',
          messageExpression: "'at most ' + string(variables.most) + ' replicas, found ' + string(variables.replicas)",
        },
      ],
    };
    await good('apply -f -', policy('few', spec));
    await good('apply -f -', binding('few-here', 'few'));
    const said = await bad('create deployment web --image=example/web:1 --replicas=3');
    expect(said).toContain(
      `deployments.apps "web" is forbidden: ValidatingAdmissionPolicy 'few' with binding 'few-here' denied request: at most 2 replicas, found 3`,
    );
    await good('label namespace default most=5');
    await good('create deployment web --image=example/web:1 --replicas=3');
    await good('label namespace default most-');
    expect(await bad('scale deployment web --replicas=6')).toContain('at most 2 replicas, found 6');
    await good('delete deployment web');
  });

  it('take params, and warn instead of denying', async () => {
    const spec = {
      paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
      matchConditions: [{ name: 'not-free', expression: "object.metadata.name != 'free'" }],
      validations: [
        { expression: "object.spec.replicas <= int(params.data['most'])", message: 'too many', reason: 'Forbidden' },
      ],
    };
    await good('apply -f -', policy('param', spec));
    const paramRef = { name: 'limits', parameterNotFoundAction: 'Deny' };
    await good('apply -f -', binding('param', 'param', { paramRef }));
    expect(await bad('create deployment web --image=example/web:1')).toContain('no params found for policy binding');
    await good('create configmap limits --from-literal=most=1');
    expect(await bad('create deployment web --image=example/web:1 --replicas=2')).toContain('denied request: too many');
    await good('create deployment free --image=example/web:1 --replicas=9');
    await good('apply -f -', binding('param', 'param', { paramRef, validationActions: ['Warn', 'Audit'] }));
    const made = await session.run('kubectl create deployment web --image=example/web:1 --replicas=2');
    expect(made.code).toBe(0);
    expect(made.stderr).toContain(
      `Warning: Validation failed for ValidatingAdmissionPolicy 'param' with binding 'param': too many`,
    );
    await good('delete deployment web free');
  });

  it('and webhooks hear of streams into pods, with the command', async () => {
    const resourceRules = [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CONNECT'], resources: ['pods/exec'] }];
    const validations = [
      { expression: "request.operation != 'CONNECT' || object.command[0] != 'sh'", message: 'no shells' },
    ];
    await good('apply -f -', policy('shells', { matchConstraints: { resourceRules }, validations }));
    await good('apply -f -', binding('shells', 'shells'));
    await good('apply -f -', validating('exec', { rules: resourceRules }));
    await good('run p --image=example/a:1');
    expect(await bad('exec p -- sh')).toContain('denied request: no shells');
    expect(hook.received).toEqual([]);
    respond = () => ({ allowed: false, status: { message: 'not today' } });
    expect(await bad('exec p -- ls -l')).toContain('denied the request: not today');
    expect(hook.received[0]?.request).toMatchObject({
      operation: 'CONNECT',
      kind: { kind: 'PodExecOptions' },
      subResource: 'exec',
      object: { command: ['ls', '-l'], container: 'p', stdout: true },
      options: null,
    });
    await good('delete pod p --force');
  });

  it('are compiled when they are made, and fail as their failurePolicy says', async () => {
    expect(await bad('apply -f -', policy('bad', { validations: [{ expression: 'nope > 1' }] }))).toContain(
      'spec.validations[0].expression: Invalid value: "nope > 1": compilation failed: ERROR: <input>:1:1: undeclared reference to \'nope\'',
    );
    const validations = [{ expression: 'object.spec.nothing == 1' }];
    await good('apply -f -', policy('error', { validations }));
    await good('apply -f -', binding('error', 'error'));
    expect(await bad('create deployment web --image=example/web:1')).toContain(
      'resulted in error: no such key: nothing',
    );
    await good('apply -f -', policy('error', { validations, failurePolicy: 'Ignore' }));
    await good('create deployment web --image=example/web:1 --dry-run=server');
  });
});
