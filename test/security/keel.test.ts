import { execFile } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { request as plainRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MAX_PAIR_FAILURES } from '@argosy/auth/sessions';
import { startArgosy, type ArgosyProcess } from '../e2e/argosy-process.ts';
import { eventually } from '../e2e/eventually.ts';
import { runTool, toolBinary } from '../wire/kubectl-binary.ts';
import { ask, type Answer, type Ask } from './ask.ts';
import { listeningAddresses } from './listening.ts';

const run = promisify(execFile);
const JSON_TYPE = { 'content-type': 'application/json' };
const CANARY = 'canary-5f0c1e7a-never-shown';

let home: string;
let data: string;
let argosy: ArgosyProcess;
let binary: string;
let ca: string;
let password: string;
let kubeUrl: string;
let token: string;

type Wish = Omit<Ask, 'ca'>;
const front = (path: string, wish: Wish = {}): Promise<Answer> => ask(argosy.ready.url, path, { ca, ...wish });
const kube = (path: string, wish: Wish = {}): Promise<Answer> => ask(kubeUrl, path, { ca, ...wish });
const bearer = (): { readonly authorization: string } => ({ authorization: `Bearer ${token}` });

async function kubectl(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runTool(binary, args, { kubeconfig: argosy.ready.kubeconfig, home });
  if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr}`);
  return stdout;
}

function login(secret: string, username = 'admin'): Promise<Answer> {
  const body = JSON.stringify({ username, password: secret });
  return front('/api/v1/session', { method: 'POST', headers: JSON_TYPE, body });
}

/** Puts a Secret into the demo repository and waits until it is delivered. */
async function deliverSecret(): Promise<void> {
  const cwd = join(data, 'demo');
  const text = `apiVersion: v1\nkind: Secret\nmetadata: {name: canary}\nstringData: {password: ${CANARY}}\n`;
  await writeFile(join(cwd, 'app', 'secret.yaml'), text);
  const identity = ['-c', 'user.name=Tester', '-c', 'user.email=tester@argosy.invalid'];
  await run('git', ['add', '--all'], { cwd });
  await run('git', [...identity, 'commit', '--quiet', '--message', 'Add a secret'], { cwd });
  await front('/api/v1/applications/demo?refresh=normal', { headers: bearer() });
  await eventually('the secret is delivered', 30_000, async () =>
    (await kubectl('get', 'secret', '-n', 'demo', '-o', 'name')).includes('secret/canary'),
  );
}

beforeAll(async () => {
  binary = await toolBinary('kubectl');
  home = await mkdtemp(join(tmpdir(), 'argosy-security-'));
  data = join(home, 'data');
  argosy = await startArgosy(data, [
    '--port',
    '0',
    '--kube-port',
    '0',
    '--runtime',
    'simulated',
    '--log-level',
    'debug',
  ]);
  ca = await readFile(argosy.ready.caFile, 'utf8');
  password = (await readFile(argosy.ready.adminPasswordFile, 'utf8')).trim();
  kubeUrl = /server: "?(https:[^"\s]+)/.exec(await readFile(argosy.ready.kubeconfig, 'utf8'))?.[1] ?? '';
  token = (JSON.parse((await login(password)).body) as { token: string }).token;
}, 90_000);

afterAll(async () => {
  await argosy?.stop('SIGINT');
  await rm(home, { recursive: true, force: true });
}, 30_000);

describe('nothing without a login', () => {
  it.each(['/healthz', '/api/version', '/api/v1/settings', '/'])('the front answers %s to anybody', async (path) => {
    expect((await front(path)).status).toBe(200);
  });

  it.each([
    '/api/v1/applications',
    '/api/v1/applications/demo',
    '/api/v1/applications/demo/resource-tree',
    '/api/v1/applications/demo/managed-resources',
    '/api/v1/applications/demo/manifests',
    '/api/v1/applications/demo/events',
    '/api/v1/applications/demo/pods/x/logs',
    '/api/v1/stream/applications',
    '/api/v1/projects',
    '/api/v1/projects/default',
    '/api/v1/repositories',
    '/api/v1/account',
    '/api/v1/account/can-i/applications/get/x',
    '/api/v1/workflows/demo',
    '/api/v1/workflows/demo/tour',
    '/api/v1/workflow-events/demo',
    '/api/v1/info',
  ])('the front refuses %s', async (path) => {
    const { status, body } = await front(path);
    expect({ path, status }).toEqual({ path, status: 401 });
    expect(JSON.parse(body)).toMatchObject({ code: 16 });
  });

  it('the front tells a stranger that he is one', async () => {
    const { status, body } = await front('/api/v1/session/userinfo');
    expect({ status, body: JSON.parse(body) as unknown }).toEqual({ status: 200, body: { loggedIn: false } });
  });

  it('the front refuses changes before it reads them', async () => {
    for (const [method, path] of [
      ['POST', '/api/v1/applications'],
      ['POST', '/api/v1/applications/demo/sync'],
      ['DELETE', '/api/v1/applications/demo'],
      ['POST', '/api/v1/workflows/demo'],
      ['PUT', '/api/v1/account/password'],
    ] as const) {
      expect((await front(path, { method, headers: JSON_TYPE, body: '{}' })).status, `${method} ${path}`).toBe(401);
    }
  });

  it.each(['/healthz', '/livez', '/readyz', '/version'])('the Kubernetes API answers %s to anybody', async (path) => {
    expect((await kube(path)).status).toBe(200);
  });

  it.each(['/', '/api', '/apis', '/openapi/v3', '/metrics', '/api/v1/secrets', '/apis/argoproj.io/v1alpha1/workflows'])(
    'the Kubernetes API refuses %s',
    async (path) => {
      expect((await kube(path)).status).toBe(401);
    },
  );
});

describe('bad tokens', () => {
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const parts = (): readonly [string, string, string] => {
    const [header = '', payload = '', signature = ''] = token.split('.');
    return [header, payload, signature];
  };
  const claims = (): object => JSON.parse(Buffer.from(parts()[1], 'base64url').toString()) as object;
  const none = encode({ alg: 'none', typ: 'JWT' });
  const guess = (secret: string): string => {
    const signed = `${encode({ alg: 'HS256', typ: 'JWT' })}.${parts()[1]}`;
    return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
  };
  const forged: readonly { reason: string; make: () => string }[] = [
    { reason: 'empty', make: () => '' },
    { reason: 'no token', make: () => 'x' },
    { reason: 'not signed', make: () => `${none}.${parts()[1]}.` },
    { reason: 'not signed, with the old signature', make: () => `${none}.${parts()[1]}.${parts()[2]}` },
    {
      reason: 'another subject',
      make: () => `${parts()[0]}.${encode({ ...claims(), sub: 'bob:login' })}.${parts()[2]}`,
    },
    { reason: 'a longer life', make: () => `${parts()[0]}.${encode({ ...claims(), exp: 4e9 })}.${parts()[2]}` },
    { reason: 'a flipped bit', make: () => `${token.slice(0, -2)}${token.endsWith('AA') ? 'BB' : 'AA'}` },
    { reason: 'signed with nothing', make: () => guess('') },
    { reason: 'signed with the certificate', make: () => guess(ca) },
    { reason: 'signed with the password', make: () => guess(password) },
    { reason: 'with more behind it', make: () => `${token}.x` },
    { reason: 'far too long', make: () => 'x'.repeat(10_000) },
  ];

  it.each(forged)('are refused by both servers: $reason', async ({ make }) => {
    const headers = { authorization: `Bearer ${make()}` };
    expect((await front('/api/v1/applications', { headers })).status).toBe(401);
    expect((await kube('/api/v1/namespaces', { headers })).status).toBe(401);
    // A bad token is not better than none where none is asked for.
    expect((await kube('/version', { headers })).status).toBe(401);
  });

  it('are refused in other places: Basic, the query, a cookie of another name', async () => {
    const basic = Buffer.from(`admin:${password}`).toString('base64');
    expect((await front('/api/v1/applications', { headers: { authorization: `Basic ${basic}` } })).status).toBe(401);
    expect((await front(`/api/v1/applications?token=${token}`)).status).toBe(401);
    expect((await front('/api/v1/applications', { headers: { cookie: `token=${token}` } })).status).toBe(401);
  });

  it('of the other server are refused', async () => {
    expect((await kube('/api/v1/namespaces', { headers: bearer() })).status).toBe(401);
    const account = (await kubectl('create', 'token', 'default', '-n', 'default')).trim();
    expect((await kube('/version', { headers: { authorization: `Bearer ${account}` } })).status).toBe(200);
    const headers = { authorization: `Bearer ${account}` };
    expect((await front('/api/v1/applications', { headers })).status).toBe(401);
  });

  it('ends with the session', async () => {
    const own = (JSON.parse((await login(password)).body) as { token: string }).token;
    const headers = { authorization: `Bearer ${own}` };
    expect((await front('/api/v1/account', { headers })).status).toBe(200);
    await front('/api/v1/session', { method: 'DELETE', headers: { ...headers, ...JSON_TYPE } });
    expect((await front('/api/v1/account', { headers })).status).toBe(401);
  });
});

describe('no secrets', () => {
  const encoded = Buffer.from(CANARY).toString('base64');
  const expectClean = (what: string, text: string, secrets: readonly string[]): void => {
    for (const secret of [...secrets, 'PRIVATE KEY'])
      expect(text.includes(secret), `${what} tells a secret`).toBe(false);
  };

  it('in answers about the instance, the session and applications', { timeout: 60_000 }, async () => {
    await deliverSecret();
    const live = '/api/v1/applications/demo/resource?namespace=demo&resourceName=canary&version=v1&kind=Secret&group=';
    const paths = [
      '/api/version',
      '/api/v1/settings',
      '/api/v1/session/userinfo',
      '/api/v1/account',
      '/api/v1/projects',
      '/api/v1/repositories',
      '/api/v1/applications',
      '/api/v1/applications/demo',
      '/api/v1/applications/demo/resource-tree',
      '/api/v1/applications/demo/managed-resources',
      '/api/v1/applications/demo/manifests',
      '/api/v1/applications/demo/events',
      live,
    ];
    const settings = await kubectl('get', 'secret', 'argocd-secret', '-n', 'argocd', '-o', 'jsonpath={.data}');
    const own = Object.values(JSON.parse(settings) as { [name: string]: string });
    expect(own.length).toBeGreaterThan(1);
    for (const path of paths) {
      const { status, body } = await front(path, { headers: bearer() });
      expect({ path, status }).toEqual({ path, status: 200 });
      expectClean(path, body, [CANARY, encoded, password, ...own]);
    }
    expect((await front(live, { headers: bearer() })).body).toContain('++++++++');
  });

  it('in what the program prints, even at the finest level', () => {
    expect(argosy.output()).toContain(argosy.ready.url);
    expectClean('the output', argosy.output(), [password, token, CANARY, encoded]);
  });

  it('in its arguments, environment and audit log', async () => {
    const names = ['cmdline', 'environ'];
    for (const name of names) expectClean(name, readFileSync(`/proc/${argosy.pid}/${name}`, 'utf8'), [password, token]);
    await login('a wrong password');
    const audit = await readFile(join(data, 'audit', 'audit.log'), 'utf8');
    expect(audit).toContain('admin');
    expectClean('the audit log', audit, [password, token, 'a wrong password']);
  });

  it('in files that others can read', () => {
    const open: string[] = [];
    for (const directory of ['.', 'pki', 'audit', 'cluster']) {
      for (const entry of readdirSync(join(data, directory), { withFileTypes: true })) {
        if (!entry.isFile()) continue;
        const path = join(data, directory, entry.name);
        if ((statSync(path).mode & 0o077) !== 0) open.push(path);
      }
      expect(statSync(join(data, directory)).mode & 0o077, directory).toBe(0);
    }
    expect(open).toEqual([]);
  });
});

describe('the wire', () => {
  it('listens on loopback only', () => {
    const addresses = listeningAddresses(argosy.pid);
    expect(addresses).toContain(`127.0.0.1:${new URL(argosy.ready.url).port}`);
    expect(addresses).toContain(`127.0.0.1:${new URL(kubeUrl).port}`);
    expect(addresses.filter((address) => !address.startsWith('127.'))).toEqual([]);
  });

  it('speaks TLS only', async () => {
    for (const url of [argosy.ready.url, kubeUrl]) {
      const { port } = new URL(url);
      const outcome = await new Promise<string>((resolve) => {
        const call = plainRequest({ host: '127.0.0.1', port, path: '/healthz', agent: false }, (answer) => {
          answer.resume();
          resolve(`status ${answer.statusCode}`);
        });
        call.on('error', () => resolve('refused'));
        call.end();
      });
      expect(outcome).not.toBe('status 200');
    }
  });

  it.each(['TLSv1', 'TLSv1.1'] as const)('refuses %s', async (version) => {
    for (const url of [argosy.ready.url, kubeUrl]) {
      const outcome = await new Promise<string>((resolve) => {
        const socket = connectTls({
          host: '127.0.0.1',
          port: Number(new URL(url).port),
          ca,
          minVersion: version,
          maxVersion: version,
          ciphers: 'DEFAULT@SECLEVEL=0',
        });
        socket.on('secureConnect', () => {
          resolve('connected');
          socket.destroy();
        });
        socket.on('error', () => resolve('refused'));
      });
      expect(outcome).toBe('refused');
    }
  });
});

describe('browsers', () => {
  let cookie = '';

  it('get a cookie that scripts, plain connections and other sites cannot use', async () => {
    const header = (await login(password)).headers['set-cookie']?.[0] ?? '';
    expect(header).toMatch(/^argocd\.token=[^;]+;/);
    for (const flag of ['HttpOnly', 'Secure', 'SameSite=Strict', 'Path=/']) expect(header).toContain(`; ${flag}`);
    expect(header).not.toMatch(/domain=/i);
    cookie = header.slice(0, header.indexOf(';'));
  });

  it.each([
    { reason: 'from another site', headers: { 'sec-fetch-site': 'cross-site' } },
    { reason: 'from another origin', headers: { origin: 'https://evil.example' } },
    { reason: 'from a sandboxed frame', headers: { origin: 'null' } },
    { reason: 'from nowhere', headers: {} },
  ])('cannot be made to change anything: $reason', async ({ headers }) => {
    const body = '{}';
    const wish = { method: 'POST', headers: { ...JSON_TYPE, cookie, ...headers }, body };
    expect((await front('/api/v1/applications/demo/sync', wish)).status).toBe(403);
  });

  it('cannot send a form', async () => {
    const headers = { cookie, 'content-type': 'text/plain', 'sec-fetch-site': 'same-origin' };
    expect((await front('/api/v1/applications/demo/sync', { method: 'POST', headers, body: '{}' })).status).toBe(415);
  });

  it('get strict headers with every answer', async () => {
    for (const path of ['/', '/api/v1/settings', '/api/v1/applications', '/api/nothing', '/assets/none.js']) {
      const { headers } = await front(path);
      expect(headers['content-security-policy'], path).toContain("default-src 'none'");
      expect(headers['x-content-type-options'], path).toBe('nosniff');
      expect(headers['x-frame-options'], path).toBe('DENY');
      expect(headers['strict-transport-security'], path).toContain('max-age=31536000');
      expect(headers['access-control-allow-origin'], path).toBeUndefined();
    }
  });

  it.each([
    '/../../../../etc/passwd',
    '/assets/../../../admin-password',
    '/assets/%2e%2e/%2e%2e/admin-password',
    '/assets/..%2f..%2fadmin-password',
    '/assets/..%5c..%5cadmin-password',
    '//etc/passwd',
    '/%00',
  ])('get no file outside the page: %s', async (path) => {
    const { status, body } = await front(path);
    expect(body).not.toContain(password);
    expect(body).not.toContain('root:');
    expect(status === 200 ? body.toLowerCase().startsWith('<!doctype html>') : status >= 400).toBe(true);
  });
});

describe('limits', () => {
  it.each(['/api/nothing', '/api/v1/none', '/api/v1/applications/demo/none'])(
    'answers JSON 404 to %s',
    async (path) => {
      const { status, body, headers } = await front(path, { headers: bearer() });
      expect(status).toBe(404);
      expect(headers['content-type']).toContain('application/json');
      expect(JSON.parse(body)).toMatchObject({ code: 5 });
    },
  );

  it('refuses bodies that are too large or too deep', async () => {
    const deep = '['.repeat(5000) + ']'.repeat(5000);
    const post = { method: 'POST', headers: { ...bearer(), ...JSON_TYPE } };
    const large = { announcedBytes: 5 * 1024 * 1024, body: '{' };
    expect((await front('/api/v1/applications', { ...post, ...large })).status).toBe(413);
    expect((await front('/api/v1/applications', { ...post, body: deep })).status).toBe(413);
    expect((await front('/api/webhook', { method: 'POST', headers: JSON_TYPE, ...large })).status).toBe(413);
    const account = (await kubectl('create', 'token', 'default', '-n', 'default')).trim();
    const asAccount = { method: 'POST', headers: { authorization: `Bearer ${account}`, ...JSON_TYPE } };
    const target = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
    expect((await kube(target, { ...asAccount, ...large })).status).toBe(413);
    expect((await kube(target, { ...asAccount, body: deep })).status).toBe(400);
  });

  it('a pod’s own account may do nothing', async () => {
    const account = (await kubectl('create', 'token', 'default', '-n', 'default')).trim();
    const headers = { authorization: `Bearer ${account}` };
    for (const path of [
      '/api/v1/secrets',
      '/api/v1/namespaces/argocd/secrets',
      '/api/v1/pods',
      '/apis/apps/v1/deployments',
    ]) {
      expect((await kube(path, { headers })).status, path).toBe(403);
    }
  });

  it('stops a guesser without telling him, and leaves open sessions alone', async () => {
    const nobody = await login('not this one', 'nobody');
    expect(nobody.status).toBe(401);
    for (let attempt = 0; attempt < MAX_PAIR_FAILURES; attempt += 1) {
      const { status, body } = await login(`guess number ${attempt}`);
      expect({ status, body }).toEqual({ status: 401, body: nobody.body });
    }
    const { status, body } = await login(password);
    expect({ status, body }).toEqual({ status: 401, body: nobody.body });
    expect((await front('/api/v1/account', { headers: bearer() })).status).toBe(200);
  });
});
