import { once } from 'node:events';
import { connect as http2Connect } from 'node:http2';
import { Readable } from 'node:stream';
import { connect as tlsConnect } from 'node:tls';
import { join } from 'node:path';
import { Agent, request, type Dispatcher } from 'undici';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ensureAuthority, type LeafPem } from '@argosy/auth/tls';
import { createServiceAccountTokens } from '@argosy/cluster/http';
import { instant } from '@argosy/std';
import { openWire, type Wire } from './open-wire.ts';

let wire: Wire;
let agent: Agent;
beforeAll(async () => {
  wire = await openWire({
    http: { limits: { bodyBytes: 100_000, bodyDepth: 30, yamlValueCount: 1000, urlBytes: 2000 } },
  });
  agent = new Agent({ connect: { ca: wire.authority.certificate } });
  for (const name of ['a', 'b']) {
    await call('POST', '/api/v1/namespaces/default/configmaps', {
      body: JSON.stringify({ metadata: { name }, data: { x: 'y' } }),
    });
  }
});
afterAll(async () => {
  await agent.destroy();
  await wire.close();
});

interface Called {
  readonly code: number;
  readonly headers: Dispatcher.ResponseData['headers'];
  readonly text: string;
  readonly json: { readonly [field: string]: unknown };
}

interface CallOptions {
  readonly headers?: { readonly [name: string]: string };
  readonly body?: string | Buffer;
  readonly anonymous?: boolean;
  readonly agent?: Agent;
  readonly url?: string;
  readonly token?: string;
}

function parse(text: string): { readonly [field: string]: unknown } {
  try {
    return JSON.parse(text) as { readonly [field: string]: unknown };
  } catch {
    return {};
  }
}

async function call(method: string, path: string, options: CallOptions = {}): Promise<Called> {
  const authorization =
    options.anonymous === true ? {} : { authorization: `Bearer ${options.token ?? wire.adminToken}` };
  const response = await request((options.url ?? wire.url) + path, {
    method: method as Dispatcher.HttpMethod,
    headers: { ...authorization, ...options.headers },
    dispatcher: options.agent ?? agent,
    ...(options.body === undefined ? {} : { body: options.body }),
  });
  const text = await response.body.text();
  return { code: response.statusCode, headers: response.headers, text, json: parse(text) };
}

const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';

describe('authentication', () => {
  it.each(['/version', '/healthz', '/livez', '/readyz'])('%s needs no login', async (path) => {
    expect((await call('GET', path, { anonymous: true })).code).toBe(200);
  });

  it.each(['/api', '/apis', '/openapi/v3', '/metrics', '/api/v1/pods', '/nonsense', '/', '/api/v1/nonsense'])(
    '%s needs a login',
    async (path) => {
      const { code, json } = await call('GET', path, { anonymous: true });
      expect({ code, reason: json['reason'] }).toEqual({ code: 401, reason: 'Unauthorized' });
    },
  );

  it.each(['Bearer nonsense', 'Bearer ', 'Basic YTpi', 'Bearer a.b.c', 'Bearer a b'])(
    'refuses %s, also where nobody need log in',
    async (authorization) => {
      for (const path of ['/version', '/api/v1/pods']) {
        expect((await call('GET', path, { anonymous: true, headers: { authorization } })).code).toBe(401);
      }
    },
  );

  async function withLeaf(leaf: LeafPem): Promise<number> {
    const own = new Agent({
      connect: { ca: wire.authority.certificate, cert: leaf.certificate, key: leaf.privateKey },
    });
    try {
      return (await call('GET', '/api/v1/pods', { anonymous: true, agent: own })).code;
    } finally {
      await own.destroy();
    }
  }

  it('believes only client certificates of its own authority', async () => {
    expect(await withLeaf(await wire.authority.clientLeaf('root', ['system:masters']))).toBe(200);
    expect(await withLeaf(await wire.authority.serverLeaf())).toBe(401);
    const both = await wire.authority.issue({ commonName: '', organizations: ['system:masters'], usage: 'client' });
    expect(await withLeaf(both)).toBe(401);
    const stranger = await ensureAuthority(join(wire.directory, 'stranger'), { now: () => instant(Date.now()) });
    expect(await withLeaf(await stranger.clientLeaf('root', ['system:masters']))).toBe(401);
    const late = await ensureAuthority(join(wire.directory, 'keys'), {
      now: () => instant(Date.now() - 3 * 86_400_000),
    });
    expect(
      await withLeaf(await late.issue({ commonName: 'root', organizations: ['system:masters'], usage: 'client' })),
    ).toBe(401);
  });

  it('a ServiceAccount token lives as long as its account', async () => {
    const accounts = '/api/v1/namespaces/default/serviceaccounts';
    await call('POST', accounts, { body: '{"metadata":{"name":"bot"}}' });
    const made = await call('POST', `${accounts}/bot/token`, { body: '{"spec":{"expirationSeconds":600}}' });
    expect(made.code).toBe(201);
    const { token } = made.json['status'] as { token: string };
    const review = await call('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', { token, body: '{}' });
    expect(review.json['status']).toMatchObject({
      userInfo: {
        username: 'system:serviceaccount:default:bot',
        groups: ['system:serviceaccounts', 'system:serviceaccounts:default', 'system:authenticated'],
      },
    });
    const asked = await call('POST', '/apis/authentication.k8s.io/v1/tokenreviews', {
      body: JSON.stringify({ spec: { token } }),
    });
    expect(asked.json['status']).toMatchObject({ authenticated: true });
    expect(asked.text).not.toContain(token);
    await call('DELETE', `${accounts}/bot`);
    await call('POST', accounts, { body: '{"metadata":{"name":"bot"}}' });
    expect((await call('GET', '/api', { token })).code).toBe(401);
    const bad = await call('POST', `${accounts}/bot/token`, { body: '{"spec":{"expirationSeconds":599}}' });
    expect(bad.json).toMatchObject({ code: 422, reason: 'Invalid' });
    expect((await call('POST', `${accounts}/nobody/token`, { body: '{}' })).code).toBe(404);
  });

  it('refuses tokens that are changed, expired or for somebody else', async () => {
    const account = await call('GET', '/api/v1/namespaces/default/serviceaccounts/default');
    const { uid } = account.json['metadata'] as { uid: string };
    const claims = { namespace: 'default', serviceAccount: { name: 'default', uid } };
    const now = Math.floor(Date.now() / 1000);
    const tokens = createServiceAccountTokens({ key: wire.authority.serviceAccountKey, now: Date.now });
    const issue = (more: object): string =>
      tokens.issue({ ...claims, audiences: tokens.audiences, issuedAt: now, expiresAt: now + 600, ...more }).token;
    const good = issue({});
    const [head = '', body = '', signature = ''] = good.split('.');
    const none = Buffer.from('{"alg":"none"}').toString('base64url');
    const answers = async (token: string): Promise<number> => (await call('GET', '/api', { token })).code;
    expect(await answers(good)).toBe(200);
    const defects = [
      issue({ expiresAt: now - 1 }),
      issue({ issuedAt: now + 3600, expiresAt: now + 7200 }),
      issue({ audiences: ['elsewhere'] }),
      issue({ serviceAccount: { name: 'default', uid: 'other' } }),
      issue({ pod: { name: 'gone', uid: 'x' } }),
      `${none}.${body}.`,
      `${none}.${body}.${signature}`,
      `${head}.${body}.${signature.slice(0, -2)}AA`,
      `${head}.${Buffer.from('{}').toString('base64url')}.${signature}`,
      `${good}.x`,
      `${head}.${body}`,
    ];
    for (const token of defects) expect({ token, code: await answers(token) }).toEqual({ token, code: 401 });
  });
});

describe('requests that cannot be answered', () => {
  const json = { 'content-type': 'application/json' };
  const deep = `${'{"a":'.repeat(40)}1${'}'.repeat(40)}`;
  const bomb = `a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\n`;
  const cases: readonly {
    reason: string;
    method: string;
    path: string;
    options?: CallOptions;
    code: number;
    says: RegExp;
  }[] = [
    { reason: 'unknown resource', method: 'GET', path: '/api/v1/nonsense', code: 404, says: /^404 page not found/ },
    { reason: 'unknown group', method: 'GET', path: '/apis/no.example/v1/x', code: 404, says: /^404 page not found/ },
    {
      reason: 'unknown subresource',
      method: 'GET',
      path: `${CONFIG_MAPS}/a/scale`,
      code: 404,
      says: /^404 page not found/,
    },
    {
      reason: 'cluster-scoped inside a namespace',
      method: 'GET',
      path: '/api/v1/namespaces/default/nodes',
      code: 404,
      says: /^404/,
    },
    { reason: 'namespaced without a namespace', method: 'GET', path: '/api/v1/configmaps/a', code: 404, says: /^404/ },
    { reason: 'empty segments', method: 'GET', path: '/api//v1/pods', code: 404, says: /^404/ },
    { reason: 'a name with a slash', method: 'GET', path: `${CONFIG_MAPS}/a%2Fb`, code: 400, says: /invalid name/ },
    { reason: 'broken escapes', method: 'GET', path: `${CONFIG_MAPS}/%zz`, code: 400, says: /percent-encoding/ },
    { reason: 'a long URL', method: 'GET', path: `/${'a'.repeat(2000)}`, code: 414, says: /allowed are 2000/ },
    {
      reason: 'POST to a name',
      method: 'POST',
      path: `${CONFIG_MAPS}/a`,
      options: { body: '{}' },
      code: 405,
      says: /MethodNotAllowed/,
    },
    {
      reason: 'PUT without a name',
      method: 'PUT',
      path: CONFIG_MAPS,
      options: { body: '{}' },
      code: 405,
      says: /MethodNotAllowed/,
    },
    {
      reason: 'reading a review',
      method: 'GET',
      path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
      code: 405,
      says: /MethodNotAllowed/,
    },
    {
      reason: 'an answer nobody makes',
      method: 'GET',
      path: CONFIG_MAPS,
      options: { headers: { accept: 'text/html' } },
      code: 406,
      says: /NotAcceptable/,
    },
    {
      reason: 'only protobuf',
      method: 'GET',
      path: CONFIG_MAPS,
      options: { headers: { accept: 'application/vnd.kubernetes.protobuf' } },
      code: 406,
      says: /NotAcceptable/,
    },
    {
      reason: 'a large body',
      method: 'POST',
      path: CONFIG_MAPS,
      options: { body: 'x'.repeat(100_001), headers: json },
      code: 413,
      says: /limit is 100000/,
    },
    {
      reason: 'another media type',
      method: 'POST',
      path: CONFIG_MAPS,
      options: { body: '<a/>', headers: { 'content-type': 'text/xml' } },
      code: 415,
      says: /accepted media types include: application\/json/,
    },
    {
      reason: 'a patch without a dialect',
      method: 'PATCH',
      path: `${CONFIG_MAPS}/a`,
      options: { body: '{}', headers: json },
      code: 415,
      says: /json-patch/,
    },
    {
      reason: 'broken JSON',
      method: 'POST',
      path: CONFIG_MAPS,
      options: { body: '{', headers: json },
      code: 400,
      says: /parse the body as JSON/,
    },
    {
      reason: 'a JSON list',
      method: 'POST',
      path: CONFIG_MAPS,
      options: { body: '[]', headers: json },
      code: 400,
      says: /must be an object/,
    },
    { reason: 'no body', method: 'POST', path: CONFIG_MAPS, code: 400, says: /needs a body/ },
    {
      reason: 'a deep body',
      method: 'POST',
      path: CONFIG_MAPS,
      options: { body: deep, headers: json },
      code: 400,
      says: /deeper than 30 levels/,
    },
    {
      reason: 'a YAML bomb',
      method: 'POST',
      path: CONFIG_MAPS,
      options: { body: bomb, headers: { 'content-type': 'application/yaml' } },
      code: 400,
      says: /nodes/,
    },
    {
      reason: 'broken protobuf',
      method: 'POST',
      path: CONFIG_MAPS,
      options: { body: 'xxxx', headers: { 'content-type': 'application/vnd.kubernetes.protobuf' } },
      code: 400,
      says: /BadRequest/,
    },
    {
      reason: 'an unknown dry run',
      method: 'POST',
      path: `${CONFIG_MAPS}?dryRun=Some`,
      options: { body: '{"metadata":{"name":"z"}}' },
      code: 422,
      says: /dryRun: Unsupported value: \\"Some\\"/,
    },
    {
      reason: 'an unknown propagation',
      method: 'DELETE',
      path: `${CONFIG_MAPS}/a?propagationPolicy=No`,
      code: 422,
      says: /propagationPolicy/,
    },
    {
      reason: 'a limit that is no number',
      method: 'GET',
      path: `${CONFIG_MAPS}?limit=x`,
      code: 400,
      says: /limit: found/,
    },
    {
      reason: 'groups without a user',
      method: 'GET',
      path: CONFIG_MAPS,
      options: { headers: { 'impersonate-group': 'system:masters' } },
      code: 400,
      says: /need Impersonate-User/,
    },
    {
      reason: 'exec without an upgrade',
      method: 'POST',
      path: '/api/v1/namespaces/default/pods/p/exec',
      code: 400,
      says: /Upgrade request required/,
    },
    {
      reason: 'negative lines of a log',
      method: 'GET',
      path: '/api/v1/namespaces/default/pods/p/log?tailLines=-1',
      code: 422,
      says: /tailLines/,
    },
  ];
  it.each(cases)('$code: $reason', async ({ method, path, options, code, says }) => {
    const answer = await call(method, path, options);
    expect({ code: answer.code, text: answer.text }).toEqual({ code, text: expect.stringMatching(says) as unknown });
    expect(answer.headers['audit-id']).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('refuses a large body that does not say its length', async () => {
    const parts = async function* (): AsyncGenerator<Buffer> {
      for (let part = 0; part < 20; part += 1) yield Buffer.alloc(10_000, 0x20);
    };
    const { statusCode, body } = await request(wire.url + CONFIG_MAPS, {
      method: 'POST',
      headers: { authorization: `Bearer ${wire.adminToken}` },
      body: Readable.from(parts()),
      dispatcher: agent,
    }).catch(() => ({ statusCode: 413, body: undefined }));
    await body?.dump();
    expect(statusCode).toBe(413);
  });

  it('answers an upgrade that cannot be with a Status, and with 401 to strangers', async () => {
    const port = Number(new URL(wire.url).port);
    const answerTo = async (authorization: string): Promise<string> => {
      const socket = tlsConnect({
        port,
        host: '127.0.0.1',
        ca: wire.authority.certificate,
        ALPNProtocols: ['http/1.1'],
      });
      await once(socket, 'secureConnect');
      socket.write(
        `GET /api/v1/namespaces/default/pods/p/exec?command=x HTTP/1.1\r\nhost: x\r\n${authorization}connection: upgrade\r\nupgrade: websocket\r\n\r\n`,
      );
      let text = '';
      for await (const chunk of socket) text += String(chunk);
      return text;
    };
    expect(await answerTo('')).toMatch(/^HTTP\/1.1 401 /);
    const answer = await answerTo(`authorization: Bearer ${wire.adminToken}\r\n`);
    expect(answer).toMatch(/^HTTP\/1.1 400 .*Sec-WebSocket-Version must be 13/s);
  });
});

describe('forms of answers', () => {
  it('YAML in and out', async () => {
    const yaml = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: yam\ndata:\n  when: "2020-01-01"\n';
    const made = await call('POST', CONFIG_MAPS, {
      body: yaml,
      headers: { 'content-type': 'application/yaml', accept: 'application/yaml' },
    });
    expect(made.code).toBe(201);
    expect(made.headers['content-type']).toBe('application/yaml');
    expect(made.text).toContain('data:\n  when: "2020-01-01"\n');
  });

  it('metadata only', async () => {
    const one = { accept: 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1' };
    const found = await call('GET', `${CONFIG_MAPS}/a`, { headers: one });
    expect(found.json).toMatchObject({ kind: 'PartialObjectMetadata', metadata: { name: 'a' } });
    expect(found.json).not.toHaveProperty('data');
    const many = { accept: 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1' };
    const list = await call('GET', CONFIG_MAPS, { headers: many });
    expect(list.json).toMatchObject({
      kind: 'PartialObjectMetadataList',
      items: expect.arrayContaining([expect.objectContaining({ kind: 'PartialObjectMetadata' })]) as unknown,
    });
  });

  it('tables, with as much of the object as asked', async () => {
    const headers = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json' };
    for (const [include, kind] of [
      ['', 'PartialObjectMetadata'],
      ['Object', 'ConfigMap'],
      ['None', undefined],
    ] as const) {
      const { json } = await call('GET', `${CONFIG_MAPS}/a?includeObject=${include}`, { headers });
      expect(json['kind']).toBe('Table');
      const [row] = json['rows'] as { object?: { kind: string }; cells: unknown[] }[];
      expect(row?.object?.kind).toBe(kind);
      expect(row?.cells[0]).toBe('a');
    }
    expect((await call('GET', `${CONFIG_MAPS}/missing`, { headers })).json).toMatchObject({
      kind: 'Status',
      code: 404,
    });
  });

  it('HEAD has headers and no body', async () => {
    const { code, headers, text } = await call('HEAD', `${CONFIG_MAPS}/a`);
    expect(code).toBe(200);
    expect(Number(headers['content-length'])).toBeGreaterThan(10);
    expect(text).toBe('');
  });

  it('discovery, legacy and aggregated, revalidated by ETag and changing with CRDs', async () => {
    const headers = { accept: 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json' };
    const first = await call('GET', '/apis', { headers });
    expect(first.headers['content-type']).toBe('application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList');
    expect(first.headers['vary']).toBe('Accept');
    const again = { ...headers, 'if-none-match': String(first.headers['etag']) };
    expect((await call('GET', '/apis', { headers: again })).code).toBe(304);
    const crd = {
      metadata: { name: 'things.example.com' },
      spec: {
        group: 'example.com',
        scope: 'Namespaced',
        names: { kind: 'Thing', plural: 'things', singular: 'thing' },
        versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
      },
    };
    expect(
      (await call('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', { body: JSON.stringify(crd) }))
        .code,
    ).toBe(201);
    const changed = await call('GET', '/apis', { headers: again });
    expect(changed.text).toContain('"things"');
    expect((await call('GET', '/apis')).json).toMatchObject({ kind: 'APIGroupList' });
    expect((await call('GET', '/apis/example.com')).json).toMatchObject({
      kind: 'APIGroup',
      preferredVersion: { groupVersion: 'example.com/v1' },
    });
    expect((await call('GET', '/apis/example.com/v1')).json).toMatchObject({
      kind: 'APIResourceList',
      resources: [{ name: 'things', kind: 'Thing' }],
    });
    const core = await call('GET', '/api/v1');
    expect(core.json['resources']).toContainEqual({
      name: 'pods/eviction',
      singularName: '',
      namespaced: true,
      group: 'policy',
      version: 'v1',
      kind: 'Eviction',
      verbs: ['create'],
    });
  });

  it('OpenAPI: index, document, revalidation and redirect of an old hash', async () => {
    const index = await call('GET', '/openapi/v3');
    const { serverRelativeURL } = (index.json['paths'] as { [path: string]: { serverRelativeURL: string } })[
      'apis/apps/v1'
    ] ?? { serverRelativeURL: '' };
    const document = await call('GET', serverRelativeURL);
    expect(document.text).toContain(
      '"x-kubernetes-group-version-kind":{"group":"apps","version":"v1","kind":"Deployment"}',
    );
    expect(
      (await call('GET', serverRelativeURL, { headers: { 'if-none-match': String(document.headers['etag']) } })).code,
    ).toBe(304);
    const old = await call('GET', '/openapi/v3/apis/apps/v1?hash=OLD');
    expect([old.code, old.headers['location']]).toEqual([301, serverRelativeURL]);
    expect((await call('GET', '/openapi/v2')).json).toMatchObject({ swagger: '2.0', definitions: {} });
  });
});

describe('limits', () => {
  let other: Wire | undefined;
  afterEach(async () => {
    await other?.close();
    other = undefined;
  });

  it('says 429 with a time to come back when too much is asked at once', async () => {
    other = await openWire({ http: { limits: { writesInFlight: 0 } } });
    const own = new Agent({ connect: { ca: other.authority.certificate } });
    const answer = await call('POST', CONFIG_MAPS, { url: other.url, token: other.adminToken, agent: own, body: '{}' });
    await own.destroy();
    expect([answer.code, answer.headers['retry-after'], answer.json['reason']]).toEqual([429, '1', 'TooManyRequests']);
  });

  it('ends open watches cleanly and soon when it closes, on both protocols', async () => {
    const limits = { closeTimeoutMs: 60_000 };
    other = await openWire({ http: { limits } });
    const path = '/api/v1/namespaces?watch=true';
    const authorization = `Bearer ${other.adminToken}`;
    const session = http2Connect(other.url, { ca: other.authority.certificate });
    const stream = session.request({ ':path': path, authorization });
    const responded = once(stream, 'response');
    const own = new Agent({ connect: { ca: other.authority.certificate } });
    const one = await request(other.url + path, { headers: { authorization }, dispatcher: own, bodyTimeout: 0 });
    await responded;
    const texts = Promise.all([one.body.text(), readAll(stream)]);
    await other.closeServer();
    for (const text of await texts) expect(text.trim().split('\n').length).toBeGreaterThanOrEqual(4);
    await own.destroy();
    session.destroy();
  });
});

async function readAll(stream: AsyncIterable<unknown>): Promise<string> {
  let text = '';
  for await (const chunk of stream) text += String(chunk);
  return text;
}
