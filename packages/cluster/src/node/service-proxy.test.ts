import { createServer, connect, type Server } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { resources } from '@argosy/api';
import type { KubeObject } from '@argosy/kube/meta';
import { createObject, updateObject, getObject } from '@argosy/kube/port';
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

describe('addressesOf', () => {
  const service = (spec: unknown): KubeObject => ({ apiVersion: 'v1', kind: 'Service', metadata: { name: 's' }, spec });
  it.each([
    { spec: { clusterIP: 'None', ports: [{ port: 1 }] }, want: [], reason: 'headless has no address' },
    { spec: { clusterIP: '10.0.0.1', ports: [{ port: 1 }] }, want: [], reason: 'not a loopback address' },
    { spec: { clusterIP: '127.64.0.9', ports: [{ port: 1, protocol: 'UDP' }] }, want: [], reason: 'only TCP' },
    {
      spec: { clusterIP: '127.64.0.9', ports: [{ port: 1, nodePort: 30_001 }] },
      want: ['127.64.0.9:1', '127.0.0.1:30001'],
      reason: 'cluster address and node port',
    },
  ])('$reason', ({ spec, want }) => {
    expect([...addressesOf(service(spec), '127.').keys()]).toEqual(want);
  });
});
