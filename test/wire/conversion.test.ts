import { afterAll, beforeAll, expect, it } from 'vitest';
import type { KubeObject } from '@argosy/kube/meta';
import { admin, openWire } from './open-wire.ts';
import { openToolSession, type ToolSession } from './tool-session.ts';
import { openWebhookServer, type ReceivedReview, type WebhookServer } from './webhook-server.ts';

type Members = { readonly [field: string]: unknown };

let session: ToolSession;
let hook: WebhookServer;
let broken = false;

/** v1 has one `name`, v2 `first` and `last`. */
function convert(object: KubeObject, apiVersion: string): KubeObject {
  const spec = object['spec'] as { name?: string; first?: string; last?: string; age?: number };
  const { name = '', first = '', last = '', ...rest } = spec;
  const [one = '', two = ''] = name.split(' ');
  const next = apiVersion === 'people.example/v1' ? { name: `${first} ${last}` } : { first: one, last: two };
  return { ...object, apiVersion, spec: { ...rest, ...next } };
}

function respond({ request }: ReceivedReview): Members {
  if (broken) return { result: { status: 'Failure', message: 'out of order' } };
  const objects = request['objects'] as readonly KubeObject[];
  const convertedObjects = objects.map((object) => convert(object, String(request['desiredAPIVersion'])));
  return { result: { status: 'Success' }, convertedObjects };
}

const version = (name: string, storage: boolean, properties: Members): Members => ({
  name,
  served: true,
  storage,
  schema: {
    openAPIV3Schema: {
      type: 'object',
      properties: { spec: { type: 'object', properties: { ...properties, age: { type: 'integer' } } } },
    },
  },
});
const text = { type: 'string' };

beforeAll(async () => {
  session = await openToolSession(await openWire());
  hook = await openWebhookServer(session.wire.authority, respond);
  const caBundle = Buffer.from(session.wire.authority.certificate).toString('base64');
  const clientConfig = { url: `https://127.0.0.1:${hook.port}/convert`, caBundle };
  const v2 = version('v2', false, {
    first: text,
    last: { ...text, 'x-kubernetes-validations': [{ rule: "self != 'Nobody'", message: 'who?' }] },
  });
  const definition = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'persons.people.example' },
    spec: {
      group: 'people.example',
      scope: 'Namespaced',
      names: { plural: 'persons', kind: 'Person' },
      conversion: { strategy: 'Webhook', webhook: { clientConfig, conversionReviewVersions: ['v1'] } },
      versions: [version('v1', true, { name: text }), v2],
    },
  };
  await session.good('kubectl create -f -', JSON.stringify(definition));
});
afterAll(async () => {
  await session.close();
  await hook.close();
});

const good = (args: string, input?: string): Promise<string> => session.good(`kubectl ${args}`, input);
const bad = (args: string, input?: string): Promise<string> => session.bad(`kubectl ${args}`, input);
const person = (apiVersion: string, name: string, spec: Members): string =>
  JSON.stringify({ apiVersion: `people.example/${apiVersion}`, kind: 'Person', metadata: { name }, spec });
const v1 = { group: 'people.example', version: 'v1', resource: 'persons' };
const v2 = { ...v1, version: 'v2' };

it('shows what was written in one version in the other, and stores one', async () => {
  await good('create -f -', person('v2', 'ada', { first: 'Ada', last: 'Lovelace' }));
  expect(await good('get persons.v1.people.example ada -o jsonpath={.spec}')).toBe('{"name":"Ada Lovelace"}');
  expect(await good('get persons.v2.people.example ada -o jsonpath={.spec}')).toBe('{"first":"Ada","last":"Lovelace"}');
  await good('create -f -', person('v1', 'alan', { name: 'Alan Turing' }));
  expect(await good('get persons.v2.people.example alan -o jsonpath={.spec}')).toBe('{"first":"Alan","last":"Turing"}');
});

it('changes an object in the version of the request, and checks it by the schema of that version', async () => {
  await good('patch persons.v2.people.example ada --type=merge -p {"spec":{"last":"King"}}');
  expect(await good('get persons.v1.people.example ada -o jsonpath={.spec.name}')).toBe('Ada King');
  expect(await bad('patch persons.v2.people.example ada --type=merge -p {"spec":{"last":"Nobody"}}')).toContain(
    'spec.last: Invalid value: "string": who?',
  );
  await good('patch persons.v1.people.example ada --type=merge -p {"spec":{"age":36}}');
  expect(await good('get persons.v2.people.example ada -o jsonpath={.spec}')).toBe(
    '{"age":36,"first":"Ada","last":"King"}',
  );
  expect(await good('get persons.v2.people.example -o jsonpath={.items[*].spec.last}')).toBe('King Turing');
});

it('shows watchers each change in their version, from the first state on', async () => {
  const api = session.wire.inProcess(admin);
  const closing = new AbortController();
  const seen: string[] = [];
  const watching = (async () => {
    for await (const event of api.watch({ resource: v2, namespace: 'default', signal: closing.signal })) {
      const spec = event.object['spec'] as { last: string };
      seen.push(`${event.type} ${event.object.apiVersion} ${spec.last}`);
      if (seen.length === 2) await good('create -f -', person('v1', 'bob', { name: 'Bob Old' }));
      if (seen.length === 3)
        await good('patch persons.v1.people.example bob --type=merge -p {"spec":{"name":"Bob\\u0020New"}}');
      if (seen.length === 4) await good('delete person bob');
      if (seen.length === 5) closing.abort();
    }
  })();
  await watching.catch(() => undefined);
  expect(seen).toEqual([
    'ADDED people.example/v2 King',
    'ADDED people.example/v2 Turing',
    'ADDED people.example/v2 Old',
    'MODIFIED people.example/v2 New',
    'DELETED people.example/v2 New',
  ]);
});

it('asks once for each state of an object', async () => {
  const api = session.wire.inProcess(admin);
  const list = (resource: typeof v1): Promise<unknown> => api.send({ verb: 'list', resource, namespace: '' });
  await list(v2);
  const asked = hook.received.length;
  await list(v2);
  await list(v1);
  expect(hook.received.length).toBe(asked);
});

it('refuses when the webhook does, and lets the definition go all the same', async () => {
  broken = true;
  expect(await bad('create -f -', person('v2', 'eve', { first: 'Eve', last: 'X' }))).toContain(
    'conversion webhook for people.example, Kind=Person failed: out of order',
  );
  await good('delete crd persons.people.example');
  expect(await good('get crd -o name')).not.toContain('persons');
});

it('checks how the webhook is configured', async () => {
  const definition = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'cats.people.example' },
    spec: {
      group: 'people.example',
      scope: 'Cluster',
      names: { plural: 'cats', kind: 'Cat' },
      conversion: { strategy: 'Webhook', webhook: { clientConfig: { url: 'http://x' }, conversionReviewVersions: [] } },
      versions: [version('v1', true, {})],
    },
  };
  const said = await bad('create -f -', JSON.stringify(definition));
  expect(said).toContain(
    'spec.conversion.webhook.clientConfig.url: Invalid value: "http://x": \'https\' is the only allowed URL scheme',
  );
  expect(said).toContain('spec.conversion.webhook.conversionReviewVersions');
});
