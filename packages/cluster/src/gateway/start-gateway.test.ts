import { randomUUID } from 'node:crypto';
import { createServer as createHttpServer, request as httpRequest, type IncomingMessage, type Server } from 'node:http';
import { connect as connectHttp2, createServer as createHttp2Server } from 'node:http2';
import { connect as connectTcp, type AddressInfo } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { resources } from '@argosy/api';
import { gatewayCrds } from '@argosy/api/gateway';
import { silentLogger } from '@argosy/std';
import type { KubeObject, ResourceRef } from '@argosy/kube/meta';
import { connectInProcess } from '@argosy/kube/client';
import { createObject, getObject, type ClusterApi } from '@argosy/kube/port';
import { createEventRecorder, createInformerFactory, createMemoryJournal, systemClock } from '@argosy/kube/runtime';
import { inMemoryCommitLog, openControlPlane } from '../control-plane/index.ts';
import type { ControlPlane } from '../apiserver/index.ts';
import { startGateway, type RunningGateway } from './start-gateway.ts';
import { selfSigned } from './test-certificate.ts';

let plane: ControlPlane;
let api: ClusterApi;
let gateway: RunningGateway;
let stop: AbortController;
const servers: { close(done: () => void): unknown; closeAllConnections?(): void }[] = [];

async function put(resource: ResourceRef, object: KubeObject): Promise<void> {
  await createObject(api, { resource, namespace: object.metadata.namespace ?? '', object });
}

const named = (kind: string, name: string, more: object): KubeObject => ({
  apiVersion: 'v1',
  kind,
  metadata: { name, namespace: 'default' },
  ...more,
});

/** A Service whose one endpoint is a real server of this process. */
async function offer(name: string, server: Server | ReturnType<typeof createHttp2Server>): Promise<void> {
  servers.push(server);
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
  await put(resources.services, named('Service', name, { spec: { ports: [{ port: 80 }] } }));
  const subsets = [{ addresses: [{ ip: '127.0.0.1' }], ports: [{ port }] }];
  await put(resources.endpoints, named('Endpoints', name, { subsets }));
}

function greeter(word: string): Server {
  return createHttpServer((request, response) => {
    response.setHeader('x-backend', word);
    response.end(JSON.stringify({ word, url: request.url, headers: request.headers }));
  });
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

function ask(path: string, headers: { readonly [name: string]: string } = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({ host: '127.0.0.1', port: gateway.httpPort, path, headers, agent: false });
    request.on('error', reject);
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString(),
        }),
      );
    });
    request.end();
  });
}

const GATEWAY = 'gateway.networking.k8s.io/v1';

async function putGateway(): Promise<void> {
  await put(resources.gatewayClasses, {
    apiVersion: GATEWAY,
    kind: 'GatewayClass',
    metadata: { name: 'argosy' },
    spec: { controllerName: 'argosy.io/gateway' },
  });
  const listeners = [
    { name: 'http', port: 80, protocol: 'HTTP' },
    { name: 'tls', port: 443, protocol: 'HTTPS', hostname: 'shop.test', tls: { certificateRefs: [{ name: 'cert' }] } },
  ];
  await put(
    resources.gateways,
    named('Gateway', 'front', { apiVersion: GATEWAY, spec: { gatewayClassName: 'argosy', listeners } }),
  );
}

const httpRoute = (name: string, rules: readonly object[], hostnames: readonly string[]): KubeObject =>
  named('HTTPRoute', name, { apiVersion: GATEWAY, spec: { parentRefs: [{ name: 'front' }], hostnames, rules } });

const until = (path: string, headers: { readonly [name: string]: string }, status = 200): Promise<void> =>
  expect.poll(async () => (await ask(path, headers)).status).toBe(status);

beforeEach(async () => {
  plane = await openControlPlane({
    log: inMemoryCommitLog(),
    clock: systemClock,
    authorizer: { authorize: () => ({ allowed: true, reason: '' }) },
    newUid: () => randomUUID(),
  });
  api = connectInProcess(plane, { name: 'admin', groups: ['system:masters'] });
  for (const crd of gatewayCrds()) await put(resources.customResourceDefinitions, crd);
  await expect.poll(() => plane.discovery().some(({ kind }) => kind === 'HTTPRoute')).toBe(true);
  stop = new AbortController();
  const [clock, logger, signal] = [systemClock, silentLogger, stop.signal];
  const context = {
    api,
    clock,
    logger,
    signal,
    seed: 1,
    journal: createMemoryJournal(),
    informers: createInformerFactory({ api, clock, logger, signal }),
    events: createEventRecorder({ api, clock, component: 'test', host: '' }),
  };
  gateway = await startGateway(context, {
    httpPort: 0,
    httpsPort: 0,
    limits: { connections: 40, headBytes: 8192, headMs: 700 },
  });
  await putGateway();
});
afterEach(async () => {
  await gateway.close();
  stop.abort();
  for (const server of servers) {
    server.closeAllConnections?.();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }
  servers.length = 0;
  await plane.close();
});

describe('the embedded gateway', () => {
  it('serves an Ingress of the default class, with forwarded headers of its own, and writes its address', async () => {
    await offer('web', greeter('web'));
    const metadata = { name: 'argosy', annotations: { 'ingressclass.kubernetes.io/is-default-class': 'true' } };
    const spec = { controller: 'argosy.io/gateway' };
    await put(resources.ingressClasses, { apiVersion: 'networking.k8s.io/v1', kind: 'IngressClass', metadata, spec });
    const service = { name: 'web', port: { number: 80 } };
    const rules = [{ host: 'web.test', http: { paths: [{ path: '/', pathType: 'Prefix', backend: { service } }] } }];
    await put(resources.ingresses, named('Ingress', 'web', { apiVersion: 'networking.k8s.io/v1', spec: { rules } }));
    await until('/', { host: 'web.test' });
    const answer = await ask('/a?b=1', {
      host: 'web.test',
      'x-forwarded-for': '6.6.6.6',
      connection: 'x-secret',
      'x-secret': '1',
    });
    const seen = JSON.parse(answer.body) as { url: string; headers: { [name: string]: string } };
    expect(seen.url).toBe('/a?b=1');
    expect(seen.headers).toMatchObject({
      host: 'web.test',
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'http',
    });
    expect(seen.headers['x-secret']).toBeUndefined();
    expect((await ask('/', { host: 'else.test' })).status).toBe(404);
    const key = { namespace: 'default', name: 'web' };
    await expect
      .poll(async () => (await getObject(api, { resource: resources.ingresses, key }))['status'])
      .toMatchObject({ loadBalancer: { ingress: [{ ip: '127.0.0.1' }] } });
  });

  it('shares requests by weight exactly', async () => {
    await offer('old', greeter('old'));
    await offer('new', greeter('new'));
    const backendRefs = [
      { name: 'old', port: 80, weight: 9 },
      { name: 'new', port: 80, weight: 1 },
    ];
    await put(resources.httpRoutes, httpRoute('split', [{ backendRefs }], ['split.test']));
    await until('/', { host: 'split.test' });
    const counts: { [word: string]: number } = {};
    for (let index = 0; index < 100; index += 1) {
      const word = String((await ask('/', { host: 'split.test' })).headers['x-backend']);
      counts[word] = (counts[word] ?? 0) + 1;
    }
    expect(counts).toEqual({ old: 90, new: 10 });
  });

  it('changes, redirects, mirrors and limits as filters and timeouts say', async () => {
    await offer('web', greeter('web'));
    const copies: string[] = [];
    await offer(
      'copy',
      createHttpServer((request, response) => {
        copies.push(request.url ?? '');
        response.end();
      }),
    );
    await offer(
      'slow',
      createHttpServer(() => undefined),
    );
    const web = [{ name: 'web', port: 80 }];
    const rules = [
      {
        matches: [{ path: { value: '/go' } }],
        filters: [{ type: 'RequestRedirect', requestRedirect: { scheme: 'https', statusCode: 301 } }],
      },
      {
        matches: [{ path: { value: '/old' } }],
        filters: [
          {
            type: 'URLRewrite',
            urlRewrite: { hostname: 'inner', path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/new' } },
          },
          {
            type: 'RequestHeaderModifier',
            requestHeaderModifier: { set: [{ name: 'X-Set', value: '1' }], remove: ['x-gone'] },
          },
          { type: 'ResponseHeaderModifier', responseHeaderModifier: { add: [{ name: 'X-Add', value: '2' }] } },
        ],
        backendRefs: web,
      },
      {
        matches: [{ path: { value: '/both' } }],
        filters: [{ type: 'RequestMirror', requestMirror: { backendRef: { name: 'copy', port: 80 } } }],
        backendRefs: web,
      },
      {
        matches: [{ path: { value: '/slow' } }],
        timeouts: { request: '50ms' },
        backendRefs: [{ name: 'slow', port: 80 }],
      },
      { matches: [{ path: { value: '/none' } }], backendRefs: [{ name: 'nobody', port: 80 }] },
    ];
    const host = { host: 'filters.test' };
    await put(resources.httpRoutes, httpRoute('filters', rules, ['filters.test']));
    await until('/old', host);
    expect(await ask('/go?x', host)).toMatchObject({ status: 301, headers: { location: 'https://filters.test/go?x' } });
    const changed = await ask('/old/a', { ...host, 'x-gone': '1' });
    const seen = JSON.parse(changed.body) as { url: string; headers: object };
    expect(seen).toMatchObject({ url: '/new/a', headers: { host: 'inner', 'x-set': '1' } });
    expect(seen.headers).not.toHaveProperty('x-gone');
    expect(changed.headers['x-add']).toBe('2');
    expect((await ask('/both/1', host)).status).toBe(200);
    await expect.poll(() => copies).toEqual(['/both/1']);
    expect((await ask('/slow', host)).status).toBe(504);
    expect((await ask('/none', host)).status).toBe(503);
  });

  it('passes WebSocket connections on', async () => {
    const server = createHttpServer();
    server.on('upgrade', (request, socket, head) => {
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\r\n${request.url} `,
      );
      socket.write(head);
      socket.pipe(socket);
    });
    await offer('chat', server);
    await put(resources.httpRoutes, httpRoute('chat', [{ backendRefs: [{ name: 'chat', port: 80 }] }], ['chat.test']));
    const talk = (): Promise<string> =>
      new Promise((resolve) => {
        let text = '';
        const socket = connectTcp(gateway.httpPort, '127.0.0.1');
        socket.write('GET /room HTTP/1.1\r\nhost: chat.test\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\r\nhello');
        socket.on('data', (chunk: Buffer) => {
          text += chunk.toString();
          if (text.endsWith('hello')) socket.end();
        });
        socket.on('error', () => undefined);
        socket.on('close', () => resolve(text));
      });
    await expect.poll(talk).toMatch(/^HTTP\/1\.1 101 [\s\S]*\/room hello$/);
  });

  it('passes gRPC on with its trailers, by HTTP/2 without TLS', async () => {
    const server = createHttp2Server();
    server.on('stream', (stream) => {
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
      stream.pipe(stream);
    });
    await offer('grpc', server);
    await put(resources.httpRoutes, httpRoute('grpc', [{ backendRefs: [{ name: 'grpc', port: 80 }] }], ['grpc.test']));
    await until('/', { host: 'grpc.test' }, 502);
    const session = connectHttp2(`http://127.0.0.1:${gateway.httpPort}`);
    const stream = session.request({
      ':method': 'POST',
      ':path': '/s.S/M',
      ':authority': 'grpc.test',
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    const outcome = new Promise<unknown>((resolve) =>
      stream.on('trailers', (trailers) => resolve(trailers['grpc-status'])),
    );
    let echoed = '';
    stream.on('data', (chunk: Buffer) => (echoed += chunk.toString()));
    stream.end('payload');
    expect(await outcome).toBe('0');
    expect(echoed).toBe('payload');
    session.destroy();
  });

  it('speaks TLS with the certificate of the name, HTTP/2 and HTTP/1.1, and refuses other names', async () => {
    await offer('web', greeter('web'));
    const { certificate, privateKey } = await selfSigned('shop.test');
    const data = {
      'tls.crt': Buffer.from(certificate).toString('base64'),
      'tls.key': Buffer.from(privateKey).toString('base64'),
    };
    await put(resources.secrets, named('Secret', 'cert', { type: 'kubernetes.io/tls', data }));
    await put(resources.httpRoutes, httpRoute('tls', [{ backendRefs: [{ name: 'web', port: 80 }] }], ['shop.test']));
    await until('/', { host: 'shop.test' });
    const session = connectHttp2(`https://127.0.0.1:${gateway.httpsPort}`, {
      servername: 'shop.test',
      rejectUnauthorized: false,
    });
    const stream = session.request({ ':path': '/x', ':authority': 'shop.test' });
    let body = '';
    stream.on('data', (chunk: Buffer) => (body += chunk.toString()));
    await new Promise((resolve) => stream.on('end', resolve));
    expect(JSON.parse(body)).toMatchObject({ url: '/x', headers: { 'x-forwarded-proto': 'https' } });
    session.destroy();
    const foreign = connectTls({ port: gateway.httpsPort, servername: 'else.test', rejectUnauthorized: false });
    await new Promise((resolve) => foreign.once('error', resolve));
  });

  it('refuses a head that is too long, and a connection that says nothing', async () => {
    expect((await ask('/', { host: 'x.test', 'x-long': 'a'.repeat(9000) })).status).toBe(431);
    const silent = connectTcp(gateway.httpPort, '127.0.0.1');
    silent.on('error', () => undefined);
    await new Promise((resolve) => silent.once('close', resolve));
  });

  it('closes connections over its limit', async () => {
    const sockets = Array.from({ length: 40 }, () => connectTcp(gateway.httpPort, '127.0.0.1'));
    await Promise.all(sockets.map((socket) => new Promise((resolve) => socket.once('connect', resolve))));
    const last = connectTcp(gateway.httpPort, '127.0.0.1');
    last.on('error', () => undefined);
    await new Promise((resolve) => last.once('close', resolve));
    for (const socket of sockets) socket.destroy();
  });
});
