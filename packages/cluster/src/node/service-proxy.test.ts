import { createSocket } from 'node:dgram';
import { createServer, connect, type Server } from 'node:net';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { resources } from '@argosy/api';
import type { KubeObject } from '@argosy/kube/meta';
import { createObject, updateObject, getObject } from '@argosy/kube/port';
import { BackendChoice, MAX_REMEMBERED_CLIENTS } from './backend-choice.ts';
import { openNodeFixture, type NodeFixture } from './node-fixture.ts';
import { addressesOf, startServiceProxy, type ServiceProxy } from './service-proxy.ts';

function greet(word: string): Promise<{ server: Server; port: number }> {
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.end(word));
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve({ server, port: typeof address === 'object' && address !== null ? address.port : 0 });
    });
  });
}

function ask(host: string, port: number): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const socket = connect({ host, port });
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('utf8');
    });
    socket.on('error', () => resolve('refused'));
    socket.on('close', () => resolve(text === '' ? 'refused' : text));
  });
}

const subsets = (ports: readonly number[]): unknown =>
  ports.map((port) => ({ addresses: [{ ip: '127.0.0.1' }], ports: [{ port, protocol: 'TCP' }] }));

describe('the service proxy', () => {
  let fixture: NodeFixture;
  let proxy: ServiceProxy;
  const servers: Server[] = [];
  beforeEach(async () => {
    fixture = await openNodeFixture();
  });
  afterEach(async () => {
    await proxy.close();
    for (const server of servers) await new Promise((resolve) => server.close(resolve));
    servers.length = 0;
    await fixture.close();
  });

  const create = (resource: typeof resources.services, object: KubeObject): Promise<KubeObject> =>
    createObject(fixture.api, { resource, namespace: 'default', object });

  it('passes connections to ready endpoints in turn, follows changes and closes cleanly', async () => {
    const [one, two] = [await greet('one'), await greet('two')];
    servers.push(one.server, two.server);
    const spec = { clusterIP: '127.64.77.1', ports: [{ port: 18_080, protocol: 'TCP' }] };
    await create(resources.services, { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web' }, spec });
    const metadata = { name: 'web' };
    await create(resources.endpoints, {
      apiVersion: 'v1',
      kind: 'Endpoints',
      metadata,
      subsets: subsets([one.port, two.port]),
    });
    proxy = await startServiceProxy(fixture.context);
    await proxy.settled();
    expect(proxy.listening()).toContain('127.64.77.1:18080');
    const answers = [await ask('127.64.77.1', 18_080), await ask('127.64.77.1', 18_080)];
    expect(answers.toSorted()).toEqual(['one', 'two']);

    const key = { namespace: 'default', name: 'web' };
    const stored = await getObject(fixture.api, { resource: resources.endpoints, key });
    await updateObject(fixture.api, {
      resource: resources.endpoints,
      key,
      object: { ...stored, subsets: subsets([two.port]) },
    });
    await expect
      .poll(async () => [await ask('127.64.77.1', 18_080), await ask('127.64.77.1', 18_080)])
      .toEqual(['two', 'two']);
  });

  it('refuses connections while nothing is ready', async () => {
    const spec = { clusterIP: '127.64.77.2', ports: [{ port: 18_081, protocol: 'TCP' }] };
    await create(resources.services, { apiVersion: 'v1', kind: 'Service', metadata: { name: 'empty' }, spec });
    proxy = await startServiceProxy(fixture.context);
    await proxy.settled();
    expect(await ask('127.64.77.2', 18_081)).toBe('refused');
  });

  it('closes connections over the limit of a service port', async () => {
    const holder = createServer(() => undefined);
    servers.push(holder);
    const sockets: { destroy(): void }[] = [];
    holder.on('connection', (socket) => sockets.push(socket));
    const port = await new Promise<number>((resolve) => {
      holder.listen(0, '127.0.0.1', () => {
        const address = holder.address();
        resolve(typeof address === 'object' && address !== null ? address.port : 0);
      });
    });
    const spec = { clusterIP: '127.64.77.3', ports: [{ port: 18_082, protocol: 'TCP' }] };
    await create(resources.services, { apiVersion: 'v1', kind: 'Service', metadata: { name: 'full' }, spec });
    const metadata = { name: 'full' };
    await create(resources.endpoints, { apiVersion: 'v1', kind: 'Endpoints', metadata, subsets: subsets([port]) });
    proxy = await startServiceProxy(fixture.context, { connectionsPerService: 1 });
    await proxy.settled();
    const first = connect({ host: '127.64.77.3', port: 18_082 });
    first.on('error', () => undefined);
    await expect.poll(() => sockets.length).toBe(1);
    expect(await ask('127.64.77.3', 18_082)).toBe('refused');
    first.destroy();
    for (const socket of sockets) socket.destroy();
  });
});

describe('datagrams', () => {
  it('go to an endpoint and the answer comes back', async () => {
    const fixture = await openNodeFixture();
    const server = createSocket('udp4');
    const port = await new Promise<number>((resolve) =>
      server.bind(0, '127.0.0.1', () => resolve(server.address().port)),
    );
    server.on('message', (message, from) => server.send(`re: ${message.toString()}`, from.port, from.address));
    const ports = [{ port: 18_090, protocol: 'UDP' }];
    const create = (resource: typeof resources.services, object: KubeObject): Promise<KubeObject> =>
      createObject(fixture.api, { resource, namespace: 'default', object });
    const metadata = { name: 'echo' };
    await create(resources.services, {
      apiVersion: 'v1',
      kind: 'Service',
      metadata,
      spec: { clusterIP: '127.64.77.9', ports },
    });
    const subset = { addresses: [{ ip: '127.0.0.1' }], ports: [{ port, protocol: 'UDP' }] };
    await create(resources.endpoints, { apiVersion: 'v1', kind: 'Endpoints', metadata, subsets: [subset] });
    const proxy = await startServiceProxy(fixture.context);
    await proxy.settled();
    expect(proxy.listening()).toEqual(['127.64.77.9:18090/udp']);
    const client = createSocket('udp4');
    const answer = new Promise<string>((resolve) => client.once('message', (message) => resolve(message.toString())));
    client.send('hello', 18_090, '127.64.77.9');
    expect(await answer).toBe('re: hello');
    client.close();
    server.close();
    await proxy.close();
    await fixture.close();
  });
});

describe('BackendChoice', () => {
  const backends = ['a', 'b', 'c'].map((host) => ({ host, port: 1 }));

  it('spreads evenly: no backend gets two more than another', () => {
    fc.assert(
      fc.property(fc.nat(200), (connections) => {
        const choice = new BackendChoice();
        choice.set(backends, 0);
        const counts = new Map<string, number>();
        for (let index = 0; index < connections; index += 1) {
          const host = choice.choose(`client-${index}`, index)?.host ?? '';
          counts.set(host, (counts.get(host) ?? 0) + 1);
        }
        const all = backends.map(({ host }) => counts.get(host) ?? 0);
        expect(Math.max(...all) - Math.min(...all)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('keeps a client with its backend for its time, and no longer than the backend stands', () => {
    const choice = new BackendChoice();
    choice.set(backends, 1000);
    expect([choice.choose('x', 0)?.host, choice.choose('x', 900)?.host, choice.choose('y', 900)?.host]).toEqual([
      'a',
      'a',
      'b',
    ]);
    expect(choice.choose('x', 1800)?.host).toBe('a');
    expect(choice.choose('x', 2800)?.host).toBe('c');
    choice.set(backends.slice(0, 2), 1000);
    expect(choice.choose('x', 2900)?.host).not.toBe('c');
  });

  it('forgets the client seen longest ago when there are too many', () => {
    const choice = new BackendChoice();
    choice.set(backends, 1e9);
    const first = choice.choose('first', 0)?.host;
    for (let index = 0; index < MAX_REMEMBERED_CLIENTS; index += 1) choice.choose(`c${index}`, 1);
    expect(choice.choose('first', 2)?.host).not.toBe(first);
  });
});

describe('addressesOf', () => {
  const service = (spec: unknown): KubeObject => ({ apiVersion: 'v1', kind: 'Service', metadata: { name: 's' }, spec });
  it.each([
    { spec: { clusterIP: 'None', ports: [{ port: 1 }] }, want: [], reason: 'headless has no address' },
    { spec: { clusterIP: '10.0.0.1', ports: [{ port: 1 }] }, want: [], reason: 'not a loopback address' },
    {
      spec: { clusterIP: '127.64.0.9', ports: [{ port: 1, protocol: 'UDP' }] },
      want: ['127.64.0.9:1/udp'],
      reason: 'UDP',
    },
    { spec: { clusterIP: '127.64.0.9', ports: [{ port: 1, protocol: 'SCTP' }] }, want: [], reason: 'no SCTP' },
    {
      spec: { clusterIP: '127.64.0.9', ports: [{ port: 1, nodePort: 30_001 }] },
      want: ['127.64.0.9:1', '127.0.0.1:30001'],
      reason: 'cluster address and node port',
    },
  ])('$reason', ({ spec, want }) => {
    expect([...addressesOf(service(spec), '127.').keys()]).toEqual(want);
  });
});
