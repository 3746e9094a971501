import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createObject } from '@argosy/kube/port';
import { resources } from '@argosy/api';
import { openManyWatches } from './many-watches.ts';
import { admin, openWire, type Wire } from './open-wire.ts';
import { openRaw, requestHead, type RawStream } from './raw-stream.ts';

const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';

let wire: Wire;
const opened: RawStream[] = [];
beforeAll(async () => {
  wire = await openWire({ http: { limits: { bodyTimeoutMs: 300 } } });
});
afterAll(async () => {
  for (const raw of opened) raw.destroy();
  await wire.close();
});

/** Sends a request's head and gives the connection. */
async function begin(line: string, headers: { readonly [name: string]: string }): Promise<RawStream> {
  const raw = await openRaw(wire.url, wire.authority.certificate);
  opened.push(raw);
  raw.send(requestHead(line, { Authorization: `Bearer ${wire.adminToken}`, ...headers }));
  return raw;
}

/** A whole request with a body of bytes; what came back. */
async function whole(line: string, type: string, body: Buffer): Promise<string> {
  const raw = await begin(line, { Connection: 'close', 'Content-Type': type, 'Content-Length': String(body.length) });
  raw.send(body);
  return (await raw.closed).toString('utf8');
}

describe('bodies', () => {
  it.each([
    [
      'JSON that is no UTF-8',
      'application/json',
      Buffer.from('{"metadata":{"name":"\xff"}}', 'latin1'),
      400,
      'not valid UTF-8',
    ],
    [
      'YAML that is no UTF-8',
      'application/yaml',
      Buffer.from('metadata: {name: "\xff"}', 'latin1'),
      400,
      'not valid UTF-8',
    ],
    ['JSON that ends early', 'application/json', Buffer.from('{"metadata":{"name":"x"'), 400, 'parse the body as JSON'],
    ['two values', 'application/json', Buffer.from('{} {}'), 400, 'parse the body as JSON'],
    ['a number', 'application/json', Buffer.from('7'), 400, 'must be an object'],
    ['lists in lists', 'application/json', Buffer.from('['.repeat(100_000)), 400, 'nested deeper than 256 levels'],
    ['a form', 'application/x-www-form-urlencoded', Buffer.from('a=b'), 415, 'accepted media types include'],
    [
      'protobuf that ends early',
      'application/vnd.kubernetes.protobuf',
      Buffer.from('k8s\0\x0a\x7f'),
      400,
      'BadRequest',
    ],
  ] as const)('%s', async (...row) => {
    const [, type, body, code, says] = row;
    const answer = await whole(`POST ${CONFIG_MAPS}`, type, body);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${code} `));
    expect(answer).toContain('"kind":"Status"');
    expect(answer).toContain(says);
  });

  it('a patch of an unknown kind', async () => {
    const answer = await whole(`PATCH ${CONFIG_MAPS}/x`, 'application/json', Buffer.from('{}'));
    expect(answer).toMatch(/^HTTP\/1\.1 415 .*"reason":"UnsupportedMediaType"/s);
  });

  it('a patch that is no UTF-8', async () => {
    const answer = await whole(
      `PATCH ${CONFIG_MAPS}/x`,
      'application/merge-patch+json',
      Buffer.from('{"data":{"a":"\xff"}}', 'latin1'),
    );
    expect(answer).toMatch(/^HTTP\/1\.1 400 .*not valid UTF-8/s);
  });

  it('one that is announced and does not come', async () => {
    const raw = await begin(`POST ${CONFIG_MAPS}`, { 'Content-Type': 'application/json', 'Content-Length': '100' });
    raw.send('{"metadata"');
    const answer = (await raw.until('did not arrive')).toString('utf8');
    expect(answer).toMatch(/^HTTP\/1\.1 504 .*"reason":"Timeout"/s);
  });

  it('one that breaks off: nothing is stored, nothing falls', async () => {
    const raw = await begin(`POST ${CONFIG_MAPS}`, { 'Content-Type': 'application/json', 'Content-Length': '100' });
    raw.send('{"metadata":{"name":"half"}}');
    raw.socket.destroy();
    expect(await whole(`GET ${CONFIG_MAPS}/half`, 'application/json', Buffer.alloc(0))).toMatch(/^HTTP\/1\.1 404 /);
  });

  it('bytes that are no HTTP', async () => {
    const raw = await openRaw(wire.url, wire.authority.certificate);
    raw.send('\0\0\0\0 nonsense\r\n\r\n');
    expect((await raw.closed).toString('latin1')).toMatch(/^(HTTP\/1\.1 400 |$)/);
  });
});

describe('watches', () => {
  it('end with a client that leaves, also one that only says that it will send no more', async () => {
    const raw = await begin(`GET ${CONFIG_MAPS}?watch=true`, {});
    await raw.until('200 OK');
    raw.socket.end();
    await raw.closed;
  });

  it('of 2,000 clients at one time all hear of a change', { timeout: 30_000 }, async () => {
    const watches = await openManyWatches(wire, 2000);
    const told = watches.told('many');
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'many' } };
    await createObject(wire.inProcess(admin), { resource: resources.configMaps, namespace: 'default', object });
    await told;
    watches.close();
  });
});
