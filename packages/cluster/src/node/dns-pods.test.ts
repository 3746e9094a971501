import { createSocket } from 'node:dgram';
import { afterEach, describe, expect, it } from 'vitest';
import { resources } from '@argosy/api';
import { createObject } from '@argosy/kube/port';
import { startDnsServer } from './dns-server.ts';
import { openNodeFixture, type NodeFixture } from './node-fixture.ts';

const ADDRESS = '127.64.98.10';

/** resolv.conf cannot name a port, and 53 needs a right that not every user has. */
function mayServeNames(): Promise<boolean> {
  const socket = createSocket('udp4');
  return new Promise((resolve) => {
    socket.once('error', () => resolve(false));
    socket.bind({ address: ADDRESS, port: 53 }, () => socket.close(() => resolve(true)));
  });
}

const isAble = process.platform === 'linux' && (await mayServeNames());

describe.runIf(isAble)('names in process pods', () => {
  let fixture: NodeFixture;
  afterEach(() => fixture.close());

  it('are looked up at the cluster with the search path of the namespace', async () => {
    fixture = await openNodeFixture();
    const spec = { clusterIP: '127.64.98.80', ports: [{ port: 80 }] };
    const object = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'site' }, spec };
    await createObject(fixture.api, { resource: resources.services, namespace: 'default', object });
    const dns = await startDnsServer(fixture.context, { address: ADDRESS, upstreams: [] });
    await fixture.start({ clusterDns: ADDRESS });
    const script = 'getent ahostsv4 site; getent ahostsv4 site.default; getent ahostsv4 nobody || echo none';
    const container = { name: 'main', image: 'any', command: ['/bin/sh', '-c', script] };
    await fixture.create({ name: 'asks', spec: { restartPolicy: 'Never', containers: [container] } });
    await fixture.until('asks', (pod) => pod.status?.phase === 'Succeeded');
    const text = await fixture.logText({ name: 'asks' });
    expect(text.match(/127\.64\.98\.80 +STREAM/g)?.length).toBe(2);
    expect(text).toContain('none');
    await dns.close();
  });
});
