import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, readFile, mkdir, writeFile } from 'node:fs/promises';
import { request as httpsRequest } from 'node:https';
import { connect as connectHttp2 } from 'node:http2';
import { connect as connectTls } from 'node:tls';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentLogger, instant, type Logger } from '@argosy/std';
import { systemClock } from '@argosy/kube/runtime';
import { kubeError } from '@argosy/kube/meta';
import { RestError, type RestRoute } from '@argosy/api/rest';
import { createPolicy, parsePolicy } from '@argosy/auth/policy';
import { openAudit, verifyAudit, type Audit } from '@argosy/auth/audit';
import { openSessions, type Sessions } from '@argosy/auth/sessions';
import type { ControlPlane } from '@argosy/cluster/apiserver';
import { inMemoryCommitLog, openControlPlane } from '@argosy/cluster/control-plane';
import { connectInProcess } from '@argosy/kube/client';
import { createObject } from '@argosy/kube/port';
import { resources } from '@argosy/api';
import { ensureAuthority } from '@argosy/auth/tls';
import { loadStaticFiles, startServer, type RunningServer, type ServerOptions } from './index.ts';

interface Answer {
  readonly status: number;
  readonly headers: { readonly [name: string]: string | string[] | undefined };
  readonly body: string;
}

interface Ask {
  readonly method?: string;
  readonly headers?: { readonly [name: string]: string };
  readonly body?: string;
  readonly base?: string;
}

let directory = '';
let plane: ControlPlane;
let server: RunningServer;
let options: ServerOptions;
let sessions: Sessions;
let audit: Audit;
let ca = '';
let password = '';
let token = '';
const logged: string[] = [];
const logger: Logger = {
  ...silentLogger,
  error: (message, fields) => void logged.push(`${message} ${JSON.stringify(fields)}`),
  with: () => logger,
};

async function* endless(signal: AbortSignal): AsyncGenerator<unknown> {
  yield { type: 'ADDED' };
  await new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve());
  });
}

let lastSignal: AbortSignal | undefined;
let floodCount = 0;
let flooded = (): void => undefined;

/** Never waits; ends only when the server stops asking. */
async function* flood(): AsyncGenerator<unknown> {
  try {
    for (;;) {
      floodCount += 1;
      yield 'x'.repeat(10_000);
    }
  } finally {
    flooded();
  }
}

const open = (path: string, handle: RestRoute['handle']): RestRoute => ({ method: 'GET', path, handle });
const routes: readonly RestRoute[] = [
  {
    method: 'GET',
    path: '/api/v1/applications/{name}',
    access: { resource: 'applications', action: 'get', object: ({ params }) => `default/${params['name'] ?? ''}` },
    handle: ({ params, query, identity }) =>
      Promise.resolve({ kind: 'json', body: { name: params['name'], refresh: query.getAll('r'), who: identity } }),
  },
  {
    method: 'POST',
    path: '/api/v1/applications/{name}/sync',
    access: { resource: 'applications', action: 'sync', object: ({ params }) => `default/${params['name'] ?? ''}` },
    handle: ({ body }) => Promise.resolve({ kind: 'json', body: { got: body } }),
  },
  {
    method: 'GET',
    path: '/api/v1/stream/applications',
    access: { resource: 'applications', action: 'get', object: () => '*' },
    handle: ({ signal }) => {
      lastSignal = signal;
      return Promise.resolve({ kind: 'stream', items: endless(signal) });
    },
  },
  open('/api/v1/flood', () => Promise.resolve({ kind: 'stream', items: flood() })),
  open('/api/v1/broken', () => Promise.reject(new Error('the password is hunter2'))),
  open('/api/v1/missing', () => Promise.reject(kubeError('NotFound', 'applications "x" not found'))),
  open('/api/v1/refused', () => Promise.reject(new RestError('FailedPrecondition', 'not now'))),
  { ...open('/api/v1/slow', () => new Promise(() => undefined)), timeout: 50 as never },
  open('/api/v1/short', () =>
    Promise.resolve({
      kind: 'stream',
      items: (async function* () {
        yield 1;
        throw new RestError('Unavailable', 'cut');
      })(),
    }),
  ),
  {
    method: 'POST',
    path: '/api/webhook',
    handle: ({ rawBody, header }) =>
      Promise.resolve({ kind: 'json', body: { bytes: rawBody?.length, event: header?.('x-github-event') } }),
  },
];

function ask(path: string, wish: Ask = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { method = 'GET', headers = {}, body, base = server.url } = wish;
    const sent = httpsRequest(`${base}${path}`, { method, headers, ca, agent: false }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('end', () =>
        resolve({
          status: incoming.statusCode ?? 0,
          headers: incoming.headers,
          body: Buffer.concat(chunks).toString(),
        }),
      );
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

const bearer = (): { authorization: string } => ({ authorization: `Bearer ${token}` });
const JSON_TYPE = { 'content-type': 'application/json' };

async function login(): Promise<Answer> {
  const body = JSON.stringify({ username: 'admin', password });
  return ask('/api/v1/session', { method: 'POST', headers: JSON_TYPE, body });
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'argosy-server-'));
  const authority = await ensureAuthority(join(directory, 'ca'), { now: () => instant(Date.now()) });
  const leaf = await authority.serverLeaf();
  ca = authority.certificate;
  audit = openAudit({ file: join(directory, 'audit.log'), clock: systemClock });
  const file = join(directory, 'password');
  plane = await openControlPlane({
    log: inMemoryCommitLog(),
    clock: systemClock,
    authorizer: { authorize: () => ({ allowed: true, reason: '' }) },
    newUid: randomUUID,
  });
  const api = connectInProcess(plane, { name: 'argocd-server', groups: [] });
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'argocd' } };
  await createObject(api, { resource: resources.namespaces, namespace: '', object: namespace });
  sessions = await openSessions({
    api,
    clock: systemClock,
    logger: silentLogger,
    audit,
    bcryptCost: 4,
    initialPasswordFile: file,
  });
  password = (await readFile(file, 'utf8')).trim();
  const page = join(directory, 'page');
  await mkdir(join(page, 'assets'), { recursive: true });
  await writeFile(join(page, 'index.html'), '<!doctype html><title>page</title>');
  await writeFile(join(page, 'assets', 'main-AbCd1234.js'), 'x'.repeat(2000));
  const parsed = parsePolicy('p, admin, applications, sync, default/locked, deny');
  if (!parsed.ok) throw new Error(parsed.error.message);
  options = {
    tls: { cert: leaf.certificate, key: leaf.privateKey },
    port: 0,
    routes,
    sessions,
    policy: createPolicy({ document: parsed.value }),
    audit,
    clock: systemClock,
    logger,
    staticFiles: await loadStaticFiles(page),
    limits: {
      bodyBytes: 2000,
      headerTimeoutMs: 300,
      heartbeatMs: 40,
      recheckMs: 40,
      streamsPerIdentity: 3,
      drainMs: 200,
      stalledMs: 100,
    },
  };
  server = await startServer(options);
  token = (JSON.parse((await login()).body) as { token: string }).token;
});

afterAll(async () => {
  await server.close();
  sessions.close();
  await plane.close();
  audit.close();
  await rm(directory, { recursive: true });
});

describe('login and identity', () => {
  it('answers a token and sets a guarded cookie', async () => {
    const answer = await login();
    expect(answer.status).toBe(200);
    const cookie = answer.headers['set-cookie']?.[0] ?? '';
    expect(cookie).toMatch(/^argocd\.token=[^;]+; Path=\/; Max-Age=86400; HttpOnly; Secure; SameSite=Strict$/);
  });

  it('says the same for a wrong password and an unknown account', async () => {
    const bodies = await Promise.all(
      ['admin', 'nobody'].map(async (username) => {
        const body = JSON.stringify({ username, password: 'wrong wrong wrong' });
        return ask('/api/v1/session', { method: 'POST', headers: JSON_TYPE, body });
      }),
    );
    expect(bodies.map((answer) => answer.status)).toEqual([401, 401]);
    expect(bodies[0]?.body).toBe(bodies[1]?.body);
  });

  it('gives handlers the identity and unescaped parameters', async () => {
    const answer = await ask('/api/v1/applications/a%2Fb?r=1&r=2', { headers: bearer() });
    expect(JSON.parse(answer.body)).toEqual({
      name: 'a/b',
      refresh: ['1', '2'],
      who: { subject: 'admin', username: 'admin', groups: [], issuer: 'argosy' },
    });
  });

  it.each([
    { reason: 'no token', headers: {}, message: 'no session information' },
    { reason: 'a token that is none', headers: { authorization: 'Bearer x.y.z' }, message: 'invalid session' },
    { reason: 'Basic is no session', headers: { authorization: 'Basic YTpi' }, message: 'invalid session' },
    { reason: 'a token in the query is not read', headers: {}, message: 'no session information', query: '?token=' },
  ])('refuses: $reason', async ({ headers, message, query }) => {
    const answer = await ask(`/api/v1/applications/a${query === undefined ? '' : query + token}`, { headers });
    expect(answer.status).toBe(401);
    expect(JSON.parse(answer.body)).toEqual({ error: message, code: 16, message });
  });

  it('does not fall back to a good cookie when the header is bad', async () => {
    const headers = { authorization: 'Bearer bad', cookie: `argocd.token=${token}` };
    expect((await ask('/api/v1/applications/a', { headers })).status).toBe(401);
  });

  it('ends a session on logout and its streams soon after', async () => {
    const own = (JSON.parse((await login()).body) as { token: string }).token;
    const headers = { authorization: `Bearer ${own}`, accept: 'text/event-stream' };
    const streaming = ask('/api/v1/stream/applications', { headers });
    const done = await ask('/api/v1/session', { method: 'DELETE', headers: { ...headers, ...JSON_TYPE } });
    expect(done.headers['set-cookie']?.[0]).toContain('Max-Age=0');
    const stream = await streaming;
    expect(stream.body).toContain('session has ended');
    expect((await ask('/api/v1/applications/a', { headers })).status).toBe(401);
    expect(JSON.parse((await ask('/api/v1/session/userinfo', { headers })).body)).toEqual({ loggedIn: false });
  });
});

describe('cross-site requests', () => {
  const post = (headers: { readonly [name: string]: string }): Promise<Answer> =>
    ask('/api/v1/applications/a/sync', { method: 'POST', headers, body: '{"prune":true}' });
  const cookie = (): { cookie: string } => ({ cookie: `argocd.token=${token}` });

  it.each([
    { reason: 'same origin by fetch metadata', extra: { 'sec-fetch-site': 'same-origin' }, status: 200 },
    { reason: 'another site', extra: { 'sec-fetch-site': 'cross-site' }, status: 403 },
    { reason: 'a sibling domain', extra: { 'sec-fetch-site': 'same-site' }, status: 403 },
    { reason: 'another origin', extra: { origin: 'https://evil.example' }, status: 403 },
    { reason: 'an opaque origin', extra: { origin: 'null' }, status: 403 },
    { reason: 'a cookie without any word of a browser', extra: {}, status: 403 },
  ])('$reason → $status', async ({ extra, status }) => {
    expect((await post({ ...JSON_TYPE, ...cookie(), ...extra } as { [name: string]: string })).status).toBe(status);
  });

  it('takes the own origin, and bearer tokens from scripts', async () => {
    expect((await post({ ...JSON_TYPE, ...cookie(), origin: server.url })).status).toBe(200);
    expect((await post({ ...JSON_TYPE, ...bearer() })).status).toBe(200);
  });

  it('takes JSON only', async () => {
    const answer = await post({ ...bearer(), 'content-type': 'text/plain' });
    expect([answer.status, JSON.parse(answer.body)]).toEqual([
      415,
      { error: 'Invalid content type', code: 3, message: 'Invalid content type' },
    ]);
  });

  it('lets webhooks through with their raw body and headers', async () => {
    const headers = { 'content-type': 'application/json', 'x-github-event': 'push' };
    const answer = await ask('/api/webhook', { method: 'POST', headers, body: '{"a": 1}' });
    expect(JSON.parse(answer.body)).toEqual({ bytes: 8, event: 'push' });
  });
});

describe('policy and audit', () => {
  it('enforces, names what was asked, and records changes', async () => {
    const headers = { ...bearer(), ...JSON_TYPE };
    const denied = await ask('/api/v1/applications/locked/sync', { method: 'POST', headers, body: '{}' });
    expect(denied.status).toBe(403);
    expect(denied.body).toContain('permission denied: applications, sync, default/locked, sub: admin, iat: ');
    const lines = (await readFile(join(directory, 'audit.log'), 'utf8')).trim().split('\n');
    expect(verifyAudit(lines)).toBe(-1);
    expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({
      actor: 'admin',
      action: 'applications/sync',
      object: 'default/locked',
      outcome: 'denied',
    });
    expect(lines.join('\n')).not.toContain(password);
  });

  it('makes no change that it cannot record, and goes on answering reads', async () => {
    const closed = openAudit({ file: join(directory, 'closed.log'), clock: systemClock });
    closed.close();
    const other = await startServer({ ...options, audit: closed });
    const { url: base } = other;
    const headers = { ...bearer(), ...JSON_TYPE };
    const change = await ask('/api/v1/applications/free/sync', { base, method: 'POST', headers, body: '{}' });
    expect(change).toMatchObject({
      status: 503,
      body: expect.stringContaining('the security log cannot take records'),
    });
    expect((await ask('/api/v1/account', { base, headers: bearer() })).status).toBe(200);
    expect((await ask('/api/v1/applications/free/sync', { method: 'POST', headers, body: '{}' })).status).toBe(200);
    await other.close();
  });

  it('answers can-i and lists accounts', async () => {
    const can = await ask('/api/v1/account/can-i/applications/sync/default/locked', { headers: bearer() });
    expect(JSON.parse(can.body)).toEqual({ value: 'no' });
    const accounts = await ask('/api/v1/account', { headers: bearer() });
    expect(JSON.parse(accounts.body)).toEqual({
      items: [{ name: 'admin', enabled: true, capabilities: ['login'], tokens: [] }],
    });
  });
});

describe('errors and limits', () => {
  it.each([
    { path: '/api/v1/missing', status: 404, code: 5, message: 'applications "x" not found' },
    { path: '/api/v1/refused', status: 400, code: 9, message: 'not now' },
    { path: '/api/v1/nothing', status: 404, code: 5, message: 'Not Found' },
    { path: '/api/v1/slow', status: 504, code: 4, message: 'no answer within 50 ms' },
    { path: '/api/v1/%zz', status: 400, code: 3, message: 'the path has a broken % escape' },
  ])('$path → $status', async ({ path, status, code, message }) => {
    const answer = await ask(path);
    expect([answer.status, JSON.parse(answer.body)]).toEqual([status, { error: message, code, message }]);
  });

  it('tells nothing of an unforeseen error but an incident that the log has', async () => {
    const answer = await ask('/api/v1/broken');
    expect(answer.status).toBe(500);
    const incident = /incident ([0-9a-f]{12})/.exec(answer.body)?.[1] ?? 'none';
    expect(answer.body).not.toContain('hunter2');
    expect(logged.some((line) => line.includes(incident))).toBe(true);
  });

  it.each([
    { reason: 'a large body', body: JSON.stringify('x'.repeat(2001)), status: 413 },
    { reason: 'a deep body', body: '['.repeat(129) + ']'.repeat(129), status: 413 },
    { reason: 'a broken body', body: '{"a":', status: 400 },
    { reason: 'a body at the depth limit', body: '['.repeat(128) + ']'.repeat(128), status: 200 },
  ])('$reason → $status', async ({ body, status }) => {
    const headers = { ...bearer(), ...JSON_TYPE };
    expect((await ask('/api/v1/applications/a/sync', { method: 'POST', headers, body })).status).toBe(status);
  });

  it('keeps __proto__ in a body a plain key', async () => {
    const headers = { ...bearer(), ...JSON_TYPE };
    const answer = await ask('/api/v1/applications/a/sync', { method: 'POST', headers, body: '{"__proto__":{"x":1}}' });
    expect(answer.body).toBe('{"got":{"__proto__":{"x":1}}}');
  });

  it('answers wrong methods, long URLs and health', async () => {
    const wrong = await ask('/api/v1/missing', { method: 'DELETE', headers: JSON_TYPE });
    expect([wrong.status, wrong.headers['allow']]).toEqual([405, 'GET']);
    expect((await ask(`/api/v1/x?${'y'.repeat(8200)}`)).status).toBe(414);
    expect((await ask('/healthz')).body).toBe('ok');
    expect(JSON.parse((await ask('/api/version')).body)).toEqual({ Version: 'v0.1.0' });
  });

  it('cuts a connection that sends no whole request', async () => {
    const socket = connectTls({ port: server.port, host: '127.0.0.1', ca, ALPNProtocols: ['http/1.1'] });
    await new Promise<void>((resolve, reject) => {
      socket.on('secureConnect', () => socket.write('GET / HTTP/1.1\r\nHost: x\r\n'));
      socket.on('close', () => resolve());
      socket.on('error', reject);
      socket.resume();
    });
    expect(socket.destroyed).toBe(true);
  });
});

describe('streams', () => {
  it('sends JSON lines, and a last line for an error', async () => {
    const lines = (await ask('/api/v1/short')).body.split('\n').filter((line) => line !== '');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      { result: 1 },
      { error: { grpc_code: 14, http_code: 503, message: 'cut', http_status: '503' } },
    ]);
  });

  it('sends events with heartbeats over HTTP/2 and ends the handler when the client leaves', async () => {
    const client = connectHttp2(server.url, { ca });
    const stream = client.request({
      ':path': '/api/v1/stream/applications',
      accept: 'text/event-stream',
      authorization: `Bearer ${token}`,
    });
    let text = '';
    await new Promise<void>((resolve) => {
      stream.on('data', (chunk: Buffer) => {
        text += chunk.toString();
        if (text.split(':\n\n').length > 3) resolve();
      });
    });
    expect(text).toContain('data: {"result":{"type":"ADDED"}}\n\n');
    const signal = lastSignal;
    const ended = new Promise<void>((resolve) => {
      signal?.addEventListener('abort', () => resolve());
    });
    client.destroy();
    await ended;
    expect(signal?.aborted).toBe(true);
  });

  it('waits for a slow reader, and ends the stream of one that stalls', async () => {
    const ended = new Promise<void>((resolve) => {
      flooded = resolve;
    });
    const client = connectHttp2(server.url, { ca });
    const stream = client.request({ ':path': '/api/v1/flood' });
    stream.pause();
    await ended;
    client.destroy();
    expect(floodCount).toBeLessThan(1000);
  });

  it('bounds the streams of one user', async () => {
    const client = connectHttp2(server.url, { ca });
    const openOne = (): Promise<number> =>
      new Promise((resolve) => {
        const headers = { ':path': '/api/v1/stream/applications', authorization: `Bearer ${token}` };
        const stream = client.request(headers);
        stream.on('response', (answer) => resolve(Number(answer[':status'])));
        stream.resume();
      });
    const statuses: number[] = [];
    for (let count = 0; count < 4; count += 1) statuses.push(await openOne());
    client.destroy();
    expect(statuses).toEqual([200, 200, 200, 429]);
  });
});

describe('the page', () => {
  it('serves index.html for page routes, never stored, with strict headers', async () => {
    const answer = await ask('/applications/argocd/a.b', { headers: { accept: 'text/html' } });
    expect([answer.status, answer.headers['cache-control']]).toEqual([200, 'no-store']);
    expect(answer.headers['content-security-policy']).toContain("script-src 'self'");
    expect(answer.headers['strict-transport-security']).toBeDefined();
    expect(answer.headers['x-content-type-options']).toBe('nosniff');
    const local = await ask('/', { headers: { host: `localhost:${server.port}` } });
    expect(local.headers['strict-transport-security']).toBeUndefined();
  });

  it('serves hashed files for ever, compressed, and 304 for a known tag', async () => {
    const path = '/assets/main-AbCd1234.js';
    const answer = await ask(path, { headers: { 'accept-encoding': 'gzip' } });
    expect(answer.headers['cache-control']).toContain('immutable');
    expect(answer.headers['content-encoding']).toBe('gzip');
    const again = await ask(path, { headers: { 'if-none-match': String(answer.headers['etag']) } });
    expect([again.status, again.body]).toEqual([304, '']);
  });

  it.each(['/assets/../../password', '/assets/%2e%2e/%2e%2e/password', '/assets/none.js'])(
    '404 for %s',
    async (path) => {
      expect((await ask(path)).status).toBe(404);
    },
  );
});
