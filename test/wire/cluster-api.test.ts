import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KubeError, type KubeObject } from '@argosy/kube/meta';
import {
  createObject,
  deleteObject,
  getObject,
  getObjectOrUndefined,
  listObjects,
  patchObject,
  updateObject,
  type ClusterApi,
  type UserInfo,
  type WatchEvent,
  type WatchRequest,
} from '@argosy/kube/port';
import { connectHttp, createRestMapper, mappingsOf, type HttpClusterApi } from '@argosy/kube/client';
import { admin, openWire, type Wire } from './open-wire.ts';

const configMaps = { group: '', version: 'v1', resource: 'configmaps' };
const pods = { group: '', version: 'v1', resource: 'pods' };
const namespaces = { group: '', version: 'v1', resource: 'namespaces' };

let wire: Wire;
beforeAll(async () => {
  wire = await openWire({ historyEventCount: 40 });
});
afterAll(async () => {
  await wire.close();
});

function configMap(name: string, more: { data?: object; labels?: { [key: string]: string } } = {}): KubeObject {
  const { data = { a: '1' }, labels = {} } = more;
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, labels }, data };
}

async function failureOf(promise: Promise<unknown>): Promise<KubeError> {
  const error: unknown = await promise.then(
    () => undefined,
    (failure: unknown) => failure,
  );
  if (error instanceof KubeError) return error;
  throw new Error(`expected a KubeError, found ${String(error)}`);
}

/** The first `count` events of a watch, then the watch is left. */
async function take(api: ClusterApi, request: WatchRequest, count: number): Promise<readonly WatchEvent[]> {
  const events: WatchEvent[] = [];
  for await (const event of api.watch(request)) {
    events.push(event);
    if (events.length === count) break;
  }
  return events;
}

const shortForm = (event: WatchEvent): string => `${event.type} ${event.object.metadata.name}`;

describe.each([
  { adapter: 'in-process', connect: async (user: UserInfo): Promise<ClusterApi> => wire.inProcess(user) },
  { adapter: 'https', connect: async (user: UserInfo): Promise<ClusterApi> => wire.http(user) },
])('ClusterApi $adapter', ({ adapter, connect }) => {
  let api: ClusterApi;
  const namespace = `ns-${adapter}`;
  beforeAll(async () => {
    api = await connect(admin);
    const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } };
    await createObject(api, { resource: namespaces, namespace: '', object });
  });
  const at = (name: string) => ({ resource: configMaps, key: { namespace, name } });
  const create = (object: KubeObject): Promise<KubeObject> =>
    createObject(api, { resource: configMaps, namespace, object });

  it('creates, reads, replaces and deletes', async () => {
    const made = await create(configMap('crud'));
    expect(made.metadata.uid).toMatch(/^[0-9a-f-]{36}$/);
    expect(await getObject(api, at('crud'))).toEqual(made);
    const changed = await updateObject(api, { ...at('crud'), object: { ...made, data: { a: '2' } } });
    expect(changed['data']).toEqual({ a: '2' });
    expect(Number(changed.metadata.resourceVersion)).toBeGreaterThan(Number(made.metadata.resourceVersion));
    await deleteObject(api, at('crud'));
    expect(await getObjectOrUndefined(api, at('crud'))).toBeUndefined();
    await deleteObject(api, at('crud'));
  });

  it('refuses with the same words and codes', async () => {
    const made = await create(configMap('refused'));
    await updateObject(api, { ...at('refused'), object: { ...made, data: { a: '2' } } });
    const conflict = await failureOf(updateObject(api, { ...at('refused'), object: { ...made, data: { a: '3' } } }));
    expect(conflict.status).toMatchObject({
      code: 409,
      reason: 'Conflict',
      details: { name: 'refused', kind: 'configmaps' },
    });
    expect(conflict.message).toContain('the object has been modified');
    const missing = await failureOf(getObject(api, at('missing')));
    expect(missing.status).toMatchObject({ code: 404, reason: 'NotFound', message: 'configmaps "missing" not found' });
    const again = await failureOf(create(configMap('refused')));
    expect(again.status).toMatchObject({
      code: 409,
      reason: 'AlreadyExists',
      message: 'configmaps "refused" already exists',
    });
    const invalid = await failureOf(create(configMap('Not-A-Name')));
    expect(invalid.status).toMatchObject({ code: 422, reason: 'Invalid', details: { kind: 'ConfigMap' } });
    const unknown = { group: 'nobody.example', version: 'v1', resource: 'things' };
    const none = await failureOf(listObjects(api, { resource: unknown, namespace }));
    expect(none.status).toMatchObject({
      code: 404,
      reason: 'NotFound',
      message: 'the server could not find the requested resource',
    });
  });

  it.each([
    { patchType: 'merge', patch: { data: { b: '2', a: null } }, data: { b: '2' } },
    { patchType: 'json', patch: [{ op: 'add', path: '/data/c', value: '3' }], data: { a: '1', c: '3' } },
    { patchType: 'strategic', patch: { data: { d: '4' } }, data: { a: '1', d: '4' } },
  ] as const)('patches: $patchType', async ({ patchType, patch, data }) => {
    await create(configMap(`patch-${patchType}`));
    const patched = await patchObject(api, { ...at(`patch-${patchType}`), patchType, patch });
    expect(patched['data']).toEqual(data);
  });

  it('pages a list over one snapshot and selects by labels and fields', async () => {
    for (const index of [0, 1, 2, 3, 4])
      await create(configMap(`page-${index}`, { labels: { set: 'page', odd: String(index % 2) } }));
    const names: string[] = [];
    let next: string | undefined;
    do {
      const token = next === undefined ? {} : { continue: next };
      const page = await listObjects(
        api,
        { resource: configMaps, namespace },
        { labelSelector: 'set=page', limit: 2, ...token },
      );
      names.push(...page.items.map((item) => item.metadata.name));
      expect(page.items.every((item) => item.kind === 'ConfigMap')).toBe(true);
      next = page.metadata.continue;
      if (names.length === 2) await create(configMap('page-9', { labels: { set: 'page' } }));
    } while (next !== undefined && next !== '');
    expect(names).toEqual(['page-0', 'page-1', 'page-2', 'page-3', 'page-4']);
    const selected = async (options: object): Promise<readonly string[]> =>
      (await listObjects(api, { resource: configMaps, namespace }, options)).items.map((item) => item.metadata.name);
    expect(await selected({ labelSelector: 'set in (page),odd!=0,odd' })).toEqual(['page-1', 'page-3']);
    expect(await selected({ fieldSelector: 'metadata.name=page-2' })).toEqual(['page-2']);
  });

  it('watches from a version on, in order, by selector', async () => {
    const made = await create(configMap('w1', { labels: { w: '1' } }));
    const request = {
      resource: configMaps,
      namespace,
      labelSelector: 'w',
      resourceVersion: made.metadata.resourceVersion ?? '',
    };
    await create(configMap('w2', { labels: { w: '1' } }));
    await create(configMap('unseen'));
    await patchObject(api, { ...at('w1'), patchType: 'merge', patch: { data: { z: 'ünïcödé ✓' } } });
    await patchObject(api, { ...at('w2'), patchType: 'merge', patch: { metadata: { labels: { w: null } } } });
    await deleteObject(api, at('w1'));
    const events = await take(api, request, 4);
    expect(events.map(shortForm)).toEqual(['ADDED w2', 'MODIFIED w1', 'DELETED w2', 'DELETED w1']);
    expect(events[1]?.object['data']).toEqual({ a: '1', z: 'ünïcödé ✓' });
  });

  it('begins a watch with what exists, and marks its end when asked', async () => {
    await create(configMap('begin', { labels: { begin: '1' } }));
    const selection = { resource: configMaps, namespace, labelSelector: 'begin' };
    expect((await take(api, selection, 1)).map(shortForm)).toEqual(['ADDED begin']);
    const initial = {
      sendInitialEvents: true,
      resourceVersionMatch: 'NotOlderThan',
      allowWatchBookmarks: true,
    } as const;
    const [added, mark] = await take(api, { ...selection, ...initial }, 2);
    expect(added?.type).toBe('ADDED');
    expect(mark?.type).toBe('BOOKMARK');
    expect(mark?.object.metadata.annotations).toEqual({ 'k8s.io/initial-events-end': 'true' });
  });

  it('ends a watch after its time', async () => {
    const events = await take(
      api,
      { resource: configMaps, namespace, labelSelector: 'none=none', timeoutSeconds: 1 },
      1,
    );
    expect(events).toEqual([]);
  });

  it('says 410 Expired for versions that are gone', async () => {
    const made = await create(configMap('gone'));
    for (let turn = 0; turn < 45; turn += 1) {
      await patchObject(api, { ...at('gone'), patchType: 'merge', patch: { data: { turn: String(turn) } } });
    }
    const resourceVersion = made.metadata.resourceVersion ?? '';
    const error = await failureOf(take(api, { resource: configMaps, namespace, resourceVersion }, 1));
    expect(error.status).toMatchObject({ code: 410, reason: 'Expired' });
  });

  it('ends a watch quietly and rejects a request when aborted', async () => {
    const controller = new AbortController();
    const watching = take(
      api,
      { resource: configMaps, namespace, labelSelector: 'none=none', signal: controller.signal },
      1,
    );
    controller.abort(new Error('enough'));
    expect(await watching).toEqual([]);
    await expect(getObject(api, at('any'), { signal: controller.signal })).rejects.toThrow('enough');
  });

  it('refuses logs without a node agent, and of pods that do not exist', async () => {
    const read = async (name: string): Promise<void> => {
      for await (const chunk of api.logs({ key: { namespace, name } })) expect(chunk).toBeUndefined();
    };
    expect((await failureOf(read('nobody'))).status).toMatchObject({ code: 404, reason: 'NotFound' });
    const spec = { containers: [{ name: 'c', image: 'i' }] };
    await createObject(api, {
      resource: pods,
      namespace,
      object: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec },
    });
    expect((await failureOf(read('p'))).status).toMatchObject({ code: 503, reason: 'ServiceUnavailable' });
  });

  it('lets users do only what they may, and impersonates', async () => {
    const jane = await connect({ name: `jane-${adapter}`, groups: ['dev'] });
    const denied = await failureOf(getObject(jane, at('any')));
    expect(denied.status).toMatchObject({ code: 403, reason: 'Forbidden' });
    expect(denied.message).toContain(
      `User "jane-${adapter}" cannot get resource "configmaps" in API group "" in the namespace "${namespace}"`,
    );
    expect((await failureOf(getObject(jane, at('any'), { impersonate: admin }))).message).toContain(
      'cannot impersonate resource "users"',
    );
    const review = { group: 'authentication.k8s.io', version: 'v1', resource: 'selfsubjectreviews' };
    const impersonate = { name: 'bob', uid: '7', groups: ['a', 'b,c'], extra: { 'example.com/k': ['v,1', 'w'] } };
    const object = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview', metadata: { name: '' } };
    const answer = await createObject(api, { resource: review, namespace: '', object, impersonate });
    expect(answer['status']).toEqual({
      userInfo: { username: 'bob', uid: '7', groups: ['a', 'b,c', 'system:authenticated'], extra: impersonate.extra },
    });
  });

  it('dry-runs without a trace', async () => {
    await createObject(api, { resource: configMaps, namespace, object: configMap('dry'), dryRun: true });
    expect(await getObjectOrUndefined(api, at('dry'))).toBeUndefined();
  });

  it('keeps __proto__ and constructor as plain keys', async () => {
    const data = JSON.parse('{"__proto__":"p","constructor":"c"}') as object;
    await create(configMap('proto', { data }));
    const found = await getObject(api, at('proto'));
    expect(JSON.stringify(found['data'])).toBe('{"__proto__":"p","constructor":"c"}');
  });

  it('maps kinds to resources', async () => {
    const discover =
      'discover' in api ? () => (api as HttpClusterApi).discover() : async () => mappingsOf(wire.plane.discovery());
    const mapper = createRestMapper({ discover, now: () => 0 });
    const found = await mapper.resourceFor({ group: 'apps', kind: 'Deployment' });
    expect(found).toMatchObject({
      resource: { group: 'apps', version: 'v1', resource: 'deployments' },
      namespaced: true,
    });
    expect(found?.subresources).toContain('scale');
    expect((await mapper.kindFor(configMaps))?.kind).toBe('ConfigMap');
    expect(await mapper.resourceFor({ group: 'apps', kind: 'Nonsense' })).toBeUndefined();
  });
});

it('asks for fresh credentials once when the old ones are refused', async () => {
  const asked: boolean[] = [];
  const api = connectHttp({
    server: wire.url,
    ca: wire.authority.certificate,
    credentials: async (refused) => {
      asked.push(refused);
      return { token: refused ? wire.adminToken : 'old' };
    },
  });
  await listObjects(api, { resource: namespaces, namespace: '' });
  expect(asked).toEqual([false, true]);
  await api.close();
});

it('believes no server of another authority', async () => {
  const api = connectHttp({ server: wire.url, credentials: { token: wire.adminToken } });
  await expect(listObjects(api, { resource: namespaces, namespace: '' })).rejects.toMatchObject({ fault: 'tls' });
  await api.close();
});
