import { once } from 'node:events';
import { connect as tlsConnect } from 'node:tls';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { KubeObject } from '@argosy/kube/meta';
import { createObject, patchObject, type ClusterApi } from '@argosy/kube/port';
import { admin, openWire, type Wire } from './open-wire.ts';

const configMaps = { group: '', version: 'v1', resource: 'configmaps' };
const namespace = 'default';
let wire: Wire;
let api: ClusterApi;

beforeEach(async () => {
  wire = await openWire({ http: { limits: { watchBufferBytes: 64 * 1024 } } });
  api = wire.inProcess(admin);
});
afterEach(async () => {
  await wire.close();
});

const large = (name: string, kilobytes: number): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, labels: { flow: 'x' } },
  data: { filler: 'x'.repeat(kilobytes * 1024) },
});

it('delivers a first state that is larger than the buffer, and then what is new', async () => {
  for (let index = 0; index < 60; index += 1) {
    await createObject(api, { resource: configMaps, namespace, object: large(`n${index}`, 100) });
  }
  const client = await wire.http(admin);
  const names: string[] = [];
  for await (const event of client.watch({ resource: configMaps, namespace, labelSelector: 'flow' })) {
    names.push(event.object.metadata.name);
    if (names.length === 60) await createObject(api, { resource: configMaps, namespace, object: large('last', 1) });
    if (names.length === 61) break;
  }
  expect(names.toSorted()).toEqual([...Array.from({ length: 60 }, (_, index) => `n${index}`), 'last'].toSorted());
});

it('ends the watch of a client that does not read, without holding up the writer', async () => {
  await createObject(api, { resource: configMaps, namespace, object: large('slow', 1) });
  const port = Number(new URL(wire.url).port);
  const socket = tlsConnect({ port, host: '127.0.0.1', ca: wire.authority.certificate, ALPNProtocols: ['http/1.1'] });
  await once(socket, 'secureConnect');
  const path = `/api/v1/namespaces/${namespace}/configmaps?watch=true`;
  socket.write(`GET ${path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${wire.adminToken}\r\n\r\n`);
  await once(socket, 'readable');
  const turns = 60;
  for (let turn = 0; turn < turns; turn += 1) {
    const patch = { data: { filler: `${turn}`.padEnd(500 * 1024, 'x') } };
    await patchObject(api, { resource: configMaps, key: { namespace, name: 'slow' }, patchType: 'merge', patch });
  }
  let text = '';
  for await (const chunk of socket) {
    text += String(chunk);
    // The last piece of a chunked answer: the server ended the watch by itself.
    if (text.endsWith('0\r\n\r\n')) break;
  }
  expect(text.split('"type":"MODIFIED"').length - 1).toBeLessThan(turns);
});
