import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  MAX_ADMISSION_STEPS,
  MAX_AUDIT_VALUE_LENGTH,
  MAX_CONVERSION_OBJECTS,
  MAX_WEBHOOK_WARNINGS,
} from '@argosy/cluster/apiserver';
import { MAX_WEBHOOK_ROUNDS, MAX_WEBHOOKS_AT_ONCE } from '@argosy/cluster/control-plane';
import { MAX_WEBHOOK_ANSWER_BYTES } from '@argosy/cluster/http';
import type { KubeObject, ResourceRef } from '@argosy/kube/meta';
import { admin, openWire, type Wire } from './open-wire.ts';
import { openWebhookServer, type ReceivedReview, type WebhookServer } from './webhook-server.ts';

type Members = { readonly [field: string]: unknown };
type Respond = (review: ReceivedReview) => Members | Promise<Members>;

let wire: Wire;
let hook: WebhookServer;
const allow: Respond = () => ({ allowed: true });
let respond: Respond = allow;

const ref = (group: string, resource: string): ResourceRef => ({ group, version: 'v1', resource });
const maps = ref('', 'configmaps');
const webhooks = ref('admissionregistration.k8s.io', 'validatingwebhookconfigurations');
const policies = ref('admissionregistration.k8s.io', 'validatingadmissionpolicies');
const bindings = ref('admissionregistration.k8s.io', 'validatingadmissionpolicybindings');

const create = (resource: ResourceRef, object: Members, namespace = ''): Promise<KubeObject> =>
  wire.plane.send(admin, { verb: 'create', resource, namespace, object: object as unknown as KubeObject });
const map = (name: string, data: Members = {}): Members => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name },
  data,
});
const patch = (name: string, data: Members): Promise<KubeObject> =>
  wire.plane.send(admin, {
    verb: 'patch',
    resource: maps,
    key: { namespace: 'default', name },
    patchType: 'merge',
    patch: { data },
  });
const clear = (resource: ResourceRef, namespace = ''): Promise<KubeObject> =>
  wire.plane.send(admin, { verb: 'deletecollection', resource, namespace });
const caBundle = (): string => Buffer.from(wire.authority.certificate).toString('base64');

function configuration(more: Members = {}): Members {
  const webhook = {
    name: 'limits.check.example',
    clientConfig: { url: `https://127.0.0.1:${hook.port}/`, caBundle: caBundle() },
    rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['*'], resources: ['configmaps'] }],
    namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'default' } },
    sideEffects: 'None',
    admissionReviewVersions: ['v1'],
    ...more,
  };
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name: 'limits' },
    webhooks: [webhook],
  };
}

beforeAll(async () => {
  wire = await openWire();
  hook = await openWebhookServer(wire.authority, (review) => respond(review));
});
afterAll(async () => {
  await wire.close();
  await hook.close();
});
afterEach(async () => {
  respond = allow;
  for (const resource of [webhooks, bindings, policies]) await clear(resource);
  await clear(maps, 'default');
});

describe('limits of webhooks', () => {
  it('a write whose object changes under every round of questions is given up', async () => {
    await create(maps, map('moving', { n: '0' }), 'default');
    await create(webhooks, configuration());
    let others = 0;
    respond = async ({ request }) => {
      const { data } = request['object'] as { data: Members };
      if (data['mine'] === undefined) return { allowed: true };
      await clear(webhooks);
      await patch('moving', { n: String((others += 1)) });
      await create(webhooks, configuration());
      return { allowed: true };
    };
    await expect(patch('moving', { mine: 'yes' })).rejects.toMatchObject({
      code: 409,
      message: expect.stringContaining(`the object changed during each of ${MAX_WEBHOOK_ROUNDS} rounds`) as string,
    });
    expect(others).toBe(MAX_WEBHOOK_ROUNDS + 1);
  });

  it('so many are asked at one time', async () => {
    const count = MAX_WEBHOOKS_AT_ONCE + 8;
    for (let index = 0; index < count; index += 1) await create(maps, map(`m-${index}`), 'default');
    await create(webhooks, configuration());
    const seen = { open: 0, most: 0 };
    respond = async () => {
      seen.open += 1;
      seen.most = Math.max(seen.most, seen.open);
      await new Promise((resolve) => setImmediate(resolve));
      seen.open -= 1;
      return { allowed: true };
    };
    hook.received.length = 0;
    await clear(maps, 'default');
    expect(hook.received.length).toBeGreaterThanOrEqual(count);
    expect(seen.most).toBeGreaterThan(1);
    expect(seen.most).toBeLessThanOrEqual(MAX_WEBHOOKS_AT_ONCE);
  });

  it('an answer that is too large counts as none, and warnings are cut', async () => {
    await create(webhooks, configuration());
    respond = () => ({ allowed: true, fill: 'x'.repeat(MAX_WEBHOOK_ANSWER_BYTES) });
    await expect(create(maps, map('big'), 'default')).rejects.toMatchObject({
      message: expect.stringContaining(`the answer has more than ${MAX_WEBHOOK_ANSWER_BYTES} bytes`) as string,
    });
    respond = () => ({ allowed: true, warnings: Array.from({ length: 100 }, (_, index) => `warning ${index}`) });
    const answer = await wire.plane.answer(admin, {
      verb: 'create',
      resource: maps,
      namespace: 'default',
      object: map('warned') as unknown as KubeObject,
    });
    expect(answer.warnings).toHaveLength(MAX_WEBHOOK_WARNINGS);
  });

  it('answers that are no answers count as failures', async () => {
    await create(webhooks, configuration());
    respond = () => ({ uid: 'another', allowed: true });
    await expect(create(maps, map('odd'), 'default')).rejects.toMatchObject({
      message: expect.stringMatching(
        /failed calling webhook "limits.check.example": expected response.uid="[^"]+", got "another"/,
      ) as string,
    });
  });

  it('a webhook or policy has so many match conditions', async () => {
    const matchConditions = Array.from({ length: 65 }, (_, index) => ({ name: `c${index}`, expression: 'true' }));
    await expect(create(webhooks, configuration({ matchConditions }))).rejects.toMatchObject({
      message: expect.stringContaining('must have at most 64 items') as string,
    });
  });
});

describe('limits of policies', () => {
  const policy = (spec: Members): Members => ({
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name: 'p' },
    spec: {
      matchConstraints: {
        resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['configmaps'] }],
      },
      ...spec,
    },
  });
  const binding = {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata: { name: 'p' },
    spec: { policyName: 'p', validationActions: ['Deny'] },
  };
  const data = Object.fromEntries(Array.from({ length: 700 }, (_, index) => [`k${index}`, '']));

  it('all expressions of one policy share a budget of steps', async () => {
    const costly = 'object.data.all(a, object.data.all(b, true))';
    await create(policies, policy({ validations: Array.from({ length: 20 }, () => ({ expression: costly })) }));
    await create(bindings, binding);
    expect(MAX_ADMISSION_STEPS).toBe(10_000_000);
    await expect(create(maps, map('costly', data), 'default')).rejects.toMatchObject({
      message: expect.stringContaining('validation failed due to running out of cost budget') as string,
    });
    await create(maps, map('cheap', { a: 'b' }), 'default');
  });

  it('facts for the audit log are cut', async () => {
    const valueExpression = "object.data.k.replace('x', 'yyyyyyyyyy')";
    await create(policies, policy({ auditAnnotations: [{ key: 'fact', valueExpression }] }));
    await create(bindings, binding);
    const object = map('long', { k: 'x'.repeat(2000) }) as unknown as KubeObject;
    const answer = await wire.plane.answer(admin, { verb: 'create', resource: maps, namespace: 'default', object });
    expect(answer.annotations?.get('p/fact')).toHaveLength(MAX_AUDIT_VALUE_LENGTH);
  });
});

it('one question about conversions is about so many objects', async () => {
  const version = (name: string, storage: boolean): Members => ({
    name,
    served: true,
    storage,
    schema: { openAPIV3Schema: { type: 'object' } },
  });
  const crds = ref('apiextensions.k8s.io', 'customresourcedefinitions');
  const clientConfig = { url: `https://127.0.0.1:${hook.port}/`, caBundle: caBundle() };
  await create(crds, {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'things.many.example' },
    spec: {
      group: 'many.example',
      scope: 'Cluster',
      names: { plural: 'things', kind: 'Thing' },
      conversion: { strategy: 'Webhook', webhook: { clientConfig, conversionReviewVersions: ['v1'] } },
      versions: [version('v1', true), version('v2', false)],
    },
  });
  respond = ({ request }) => ({
    result: { status: 'Success' },
    convertedObjects: (request['objects'] as readonly KubeObject[]).map((object) => ({
      ...object,
      apiVersion: String(request['desiredAPIVersion']),
    })),
  });
  const things = ref('many.example', 'things');
  for (let index = 0; index <= MAX_CONVERSION_OBJECTS; index += 1) {
    await create(things, { apiVersion: 'many.example/v1', kind: 'Thing', metadata: { name: `t-${index}` } });
  }
  const key = { namespace: '', name: 'things.many.example' };
  const labels = { metadata: { labels: { changed: 'yes' } } };
  await wire.plane.send(admin, { verb: 'patch', resource: crds, key, patchType: 'merge', patch: labels });
  hook.received.length = 0;
  const list = await wire.plane.send(admin, { verb: 'list', resource: { ...things, version: 'v2' }, namespace: '' });
  expect((list['items'] as readonly KubeObject[]).every((item) => item.apiVersion === 'many.example/v2')).toBe(true);
  const asked = hook.received.map(({ request }) => (request['objects'] as readonly unknown[]).length);
  expect(asked).toEqual([MAX_CONVERSION_OBJECTS, 1]);
});
