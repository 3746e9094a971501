import { createSocket } from 'node:dgram';
import { Resolver } from 'node:dns/promises';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { resources } from '@argosy/api';
import type { KubeObject, ResourceRef } from '@argosy/kube/meta';
import { createObject } from '@argosy/kube/port';
import { encodeAnswer, encodeName, MAX_UDP_BYTES, readQuestion } from './dns-message.ts';
import { nameserversOf, startDnsServer, type DnsServer } from './dns-server.ts';
import { openNodeFixture, type NodeFixture } from './node-fixture.ts';

const ADDRESS = '127.64.99.10';
let fixture: NodeFixture;
let server: DnsServer | undefined;
let resolver: Resolver;

async function put(resource: ResourceRef, object: KubeObject): Promise<void> {
  await createObject(fixture.api, { resource, namespace: 'default', object });
}

function service(name: string, spec: object): KubeObject {
  return { apiVersion: 'v1', kind: 'Service', metadata: { name }, spec };
}

function endpoints(name: string, addresses: readonly object[]): KubeObject {
  const ports = [{ name: 'web', port: 8080, protocol: 'TCP' }];
  return {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: { name },
    subsets: [{ addresses, ports }],
  } as unknown as KubeObject;
}

async function open(upstreams: readonly string[] = []): Promise<void> {
  const started = await startDnsServer(fixture.context, {
    address: ADDRESS,
    port: 0,
    upstreams,
    limits: { forwardMs: 200 },
  });
  server = started;
  resolver = new Resolver({ tries: 1, timeout: 3000 });
  resolver.setServers([`${ADDRESS}:${started.port}`]);
}

beforeEach(async () => {
  fixture = await openNodeFixture();
  const ports = [{ name: 'web', port: 80, protocol: 'TCP' }];
  await put(resources.services, service('site', { clusterIP: '127.64.99.80', ports }));
  await put(resources.services, service('db', { clusterIP: 'None', ports: [{ name: 'web', port: 8080 }] }));
  await put(
    resources.services,
    service('far', { type: 'ExternalName', externalName: 'site.default.svc.cluster.local' }),
  );
  await put(resources.endpoints, endpoints('db', [{ ip: '127.65.0.1', hostname: 'db-0' }, { ip: '127.65.0.2' }]));
});
afterEach(async () => {
  await server?.close();
  server = undefined;
  await fixture.close();
});

describe('the name server', () => {
  it('answers services, endpoints of headless ones, ports, aliases and addresses backwards', async () => {
    await open();
    const name = 'site.default.svc.cluster.local';
    expect(await resolver.resolve4(name)).toEqual(['127.64.99.80']);
    expect(await resolver.resolve4(name.toUpperCase())).toEqual(['127.64.99.80']);
    expect((await resolver.resolve4('db.default.svc.cluster.local')).sort()).toEqual(['127.65.0.1', '127.65.0.2']);
    expect(await resolver.resolve4('db-0.db.default.svc.cluster.local')).toEqual(['127.65.0.1']);
    expect(await resolver.resolve4('127-65-0-2.db.default.svc.cluster.local')).toEqual(['127.65.0.2']);
    expect(await resolver.resolveCname('far.default.svc.cluster.local')).toEqual([name]);
    expect(await resolver.resolveSrv(`_web._tcp.${name}`)).toEqual([{ name, port: 80, priority: 0, weight: 100 }]);
    const places = await resolver.resolveSrv('_web._tcp.db.default.svc.cluster.local');
    expect(places.map((place) => `${place.name}:${place.port}`).sort()).toEqual([
      '127-65-0-2.db.default.svc.cluster.local:8080',
      'db-0.db.default.svc.cluster.local:8080',
    ]);
    expect(await resolver.reverse('127.64.99.80')).toEqual([name]);
  });

  it('tells a name that is not there from one without an address of the kind', async () => {
    await open();
    await expect(resolver.resolve4('gone.default.svc.cluster.local')).rejects.toMatchObject({ code: 'ENOTFOUND' });
    await expect(resolver.resolve4('a.site.default.svc.cluster.local')).rejects.toMatchObject({ code: 'ENOTFOUND' });
    await expect(resolver.resolve6('site.default.svc.cluster.local')).rejects.toMatchObject({ code: 'ENODATA' });
  });

  it('follows what changes, and answers pods that are there', async () => {
    await open();
    await fixture.create({
      name: 'p',
      spec: { nodeName: 'elsewhere', containers: [{ name: 'c', image: 'x' }] } as never,
    });
    const key = { namespace: 'default', name: 'p' };
    const patch = { status: { podIP: '127.65.0.9' } };
    await fixture.api.send({
      verb: 'patch',
      resource: resources.pods,
      key,
      subresource: 'status',
      patchType: 'merge',
      patch,
    });
    await expect
      .poll(() => resolver.resolve4('127-65-0-9.default.pod.cluster.local').catch(() => []))
      .toEqual(['127.65.0.9']);
    await put(resources.services, service('late', { clusterIP: '127.64.99.81', ports: [{ port: 1 }] }));
    await expect
      .poll(() => resolver.resolve4('late.default.svc.cluster.local').catch(() => []))
      .toEqual(['127.64.99.81']);
  });

  it('passes other names on, and fails when nobody answers', async () => {
    const other = createSocket('udp4');
    const port = await new Promise<number>((resolve) =>
      other.bind(0, '127.0.0.1', () => resolve(other.address().port)),
    );
    other.on('message', (message, from) => {
      const question = readQuestion(message);
      if (question === undefined || question.name !== 'example.org') return;
      const answers = [{ name: question.name, type: 1, ttl: 1, data: Buffer.from([192, 0, 2, 1]) }];
      other.send(encodeAnswer(question, { code: 0, isOwn: true, answers }, 512), from.port, from.address);
    });
    await open([`127.0.0.1:${port}`]);
    expect(await resolver.resolve4('example.org')).toEqual(['192.0.2.1']);
    await expect(resolver.resolve4('silent.example.org')).rejects.toMatchObject({ code: 'ESERVFAIL' });
    other.close();
  });

  it('does not ask others when too many questions wait, and ends silent connections', async () => {
    const limits = { forwarded: 0, idleMs: 50 };
    const started = await startDnsServer(fixture.context, {
      address: ADDRESS,
      port: 0,
      upstreams: ['127.0.0.1:9'],
      limits,
    });
    server = started;
    const asking = new Resolver({ tries: 1, timeout: 3000 });
    asking.setServers([`${ADDRESS}:${started.port}`]);
    await expect(asking.resolve4('example.org')).rejects.toMatchObject({ code: 'ESERVFAIL' });
    const silent = connect(started.port, ADDRESS);
    silent.on('error', () => undefined);
    await new Promise((resolve) => silent.once('close', resolve));
  });

  it('sends long answers by TCP', async () => {
    const addresses = Array.from({ length: 200 }, (_, index) => ({ ip: `127.65.1.${index + 1}` }));
    await put(resources.services, service('many', { clusterIP: 'None', ports: [{ port: 1 }] }));
    await put(resources.endpoints, endpoints('many', addresses));
    await open();
    expect((await resolver.resolve4('many.default.svc.cluster.local')).length).toBe(200);
  });

  it('closes connections over its limit and listens on loopback only', async () => {
    const started = await startDnsServer(fixture.context, {
      address: ADDRESS,
      port: 0,
      upstreams: [],
      limits: { connections: 1 },
    });
    server = started;
    const first = connect(started.port, ADDRESS);
    await new Promise((resolve) => first.once('connect', resolve));
    const second = connect(started.port, ADDRESS);
    second.on('error', () => undefined);
    await new Promise((resolve) => second.once('close', resolve));
    first.destroy();
    await expect(startDnsServer(fixture.context, { address: '0.0.0.0', port: 0 })).rejects.toThrow('127.0.0.0/8 only');
  });
});

describe('readQuestion', () => {
  it('never throws, whatever comes', async () => {
    await open();
    fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => void readQuestion(Buffer.from(bytes))));
    const head = Buffer.from([0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
    const whole = Buffer.concat([head, encodeName('A.b'), Buffer.from([0, 1, 0, 1])]);
    expect(readQuestion(whole)).toMatchObject({ id: 7, name: 'a.b', type: 1, recursion: true, udpBytes: 512 });
    for (let end = 0; end < whole.length; end += 1) expect(readQuestion(whole.subarray(0, end))).toBeUndefined();
    expect(MAX_UDP_BYTES).toBeLessThan(1280);
  });
});

describe('nameserversOf', () => {
  it('reads the IPv4 servers of a resolv.conf', () => {
    expect(nameserversOf('search a\nnameserver 10.0.0.2\nnameserver ::1\n nameserver 10.0.0.3 # b\n')).toEqual([
      '10.0.0.2',
      '10.0.0.3',
    ]);
  });
});
