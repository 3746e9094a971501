import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { KubeError } from '../meta/index.ts';
import { getObject, listObjects } from '../port/index.ts';
import { connectHttp, ConnectionError, type ClientLimits, type HttpClusterApi } from './index.ts';

let server: Server | undefined;
let api: HttpClusterApi | undefined;
afterEach(async () => {
  await api?.close();
  const closing = server;
  server = undefined;
  await new Promise<void>((resolve) => (closing === undefined ? resolve() : closing.close(() => resolve())));
});

type Answer = (request: IncomingMessage, response: ServerResponse, count: number) => void;

async function start(answer: Answer, limits: Partial<ClientLimits> = {}): Promise<HttpClusterApi> {
  let count = 0;
  const started = createServer((request, response) => {
    count += 1;
    answer(request, response, count);
  });
  server = started;
  await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', resolve));
  api = connectHttp({ server: `http://127.0.0.1:${(started.address() as AddressInfo).port}/prefix/`, limits });
  return api;
}

const pods = { group: '', version: 'v1', resource: 'pods' };
const target = { resource: pods, key: { namespace: 'd', name: 'p' } };
const pod = JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' } });

const failureOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

describe('connectHttp', () => {
  it('keeps the path of the server and repeats reads that are told to wait', async () => {
    const paths: (string | undefined)[] = [];
    const client = await start((request, response, count) => {
      paths.push(request.url);
      if (count < 3) response.writeHead(429, { 'retry-after': '0' }).end('slow down');
      else response.end(pod);
    });
    expect((await getObject(client, target)).metadata.name).toBe('p');
    expect(paths).toEqual(Array.from({ length: 3 }, () => '/prefix/api/v1/namespaces/d/pods/p'));
  });

  it('asks for one stream of a log', async () => {
    let path = '';
    const client = await start((request, response) => {
      path = request.url ?? '';
      response.end('out');
    });
    const chunks: Uint8Array[] = [];
    for await (const chunk of client.logs({ key: target.key, container: 'main', stream: 'Stdout' })) chunks.push(chunk);
    expect(Buffer.concat(chunks).toString()).toBe('out');
    expect(path).toBe('/prefix/api/v1/namespaces/d/pods/p/log?container=main&stream=Stdout');
  });

  it('gives up after the last retry, and never repeats a write', async () => {
    let count = 0;
    const client = await start(
      (_request, response) => {
        count += 1;
        response.writeHead(429, { 'retry-after': '0' }).end();
      },
      { retries: 2 },
    );
    expect(await failureOf(getObject(client, target))).toMatchObject({ reason: 'TooManyRequests' });
    expect(count).toBe(3);
    await failureOf(client.send({ ...target, verb: 'delete' }));
    expect(count).toBe(4);
  });

  it('completes the items of typed lists', async () => {
    const client = await start((_request, response, count) => {
      const items = count === 1 ? [{ metadata: { name: 'a' } }] : null;
      response.end(JSON.stringify({ apiVersion: 'v1', kind: 'PodList', metadata: {}, items }));
    });
    const list = await listObjects(client, { resource: pods, namespace: '' });
    expect(list.items).toEqual([{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' } }]);
    expect((await listObjects(client, { resource: pods, namespace: '' })).items).toEqual([]);
  });

  it('turns foreign refusals into KubeErrors', async () => {
    const client = await start((_request, response) => void response.writeHead(404).end('404 page not found\n'));
    const error = await failureOf(getObject(client, target));
    expect(error).toBeInstanceOf(KubeError);
    expect(error).toMatchObject({
      code: 404,
      reason: 'NotFound',
      message: 'the server could not find the requested resource',
    });
  });

  const faults: readonly { fault: string; answer: Answer; limits?: Partial<ClientLimits> }[] = [
    { fault: 'bad-response', answer: (_request, response) => void response.end('<html>') },
    {
      fault: 'response-too-large',
      answer: (_request, response) => void response.end(pod),
      limits: { responseBytes: 10 },
    },
    { fault: 'reset', answer: (request) => void request.socket.destroy() },
    { fault: 'timeout', answer: () => undefined, limits: { headersTimeoutMs: 20 } },
    { fault: 'reset', answer: (_request, response) => void response.write('{', () => response.destroy()) },
  ];
  it.each(faults)('names the fault: $fault', async ({ fault, answer, limits }) => {
    const error = await failureOf(getObject(await start(answer, limits), target));
    expect(error).toBeInstanceOf(ConnectionError);
    expect((error as ConnectionError).fault).toBe(fault);
  });

  it('names a server that is not there, and says when it is closed', async () => {
    const client = connectHttp({ server: 'http://127.0.0.1:1' });
    expect(await failureOf(getObject(client, target))).toMatchObject({ fault: 'unreachable', retryable: true });
    await client.close();
    expect(await failureOf(getObject(client, target))).toMatchObject({ fault: 'closed', retryable: false });
  });

  it.each(['ftp://x', 'nonsense', 'https://user:hunter2@host'])('refuses the address %s', (address) => {
    expect(() => connectHttp({ server: address })).toThrow(ConnectionError);
    expect(() => connectHttp({ server: address })).not.toThrow(/hunter2/);
  });

  it('does not send credentials without TLS', () => {
    expect(() => connectHttp({ server: 'http://host', credentials: { token: 't' } })).toThrow(
      /not sent over plain http/,
    );
  });

  it.each(['..', '.', 'a/b', 'a%2fb', ''])('refuses the name %j before anything is sent', async (name) => {
    const client = connectHttp({ server: 'http://127.0.0.1:1' });
    const error = await failureOf(getObject(client, { ...target, key: { namespace: 'd', name } }));
    expect(error).toMatchObject({ reason: 'BadRequest' });
    await client.close();
  });
});
