import { createHash, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A registry by the distribution API, in memory, for tests; real clients can push to it. */
export interface TestRegistry {
  /** `host:port`. */
  readonly host: string;
  /** Method and path of all requests so far. */
  readonly requests: string[];
  /** Appends a byte to every blob that holds the text. */
  corrupt(text: string): void;
  /** Stores an artifact with layers; gives its digest. */
  put(name: string, tag: string, layers: readonly { readonly type: string; readonly data: Buffer }[]): string;
  close(): Promise<void>;
}

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const digestOf = (data: Buffer): string => `sha256:${createHash('sha256').update(data).digest('hex')}`;

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

class Store {
  readonly blobs = new Map<string, Buffer>();
  /** By `name:reference`. */
  readonly manifests = new Map<string, Buffer>();
  readonly uploads = new Map<string, Buffer>();

  putManifest(name: string, tag: string, data: Buffer): string {
    const digest = digestOf(data);
    this.manifests.set(`${name}:${tag}`, data);
    this.manifests.set(`${name}:${digest}`, data);
    return digest;
  }

  /** Names that begin with the repository's, without digests, in order. */
  tags(name: string): readonly string[] {
    const keys = [...this.manifests.keys()].filter((key) => key.startsWith(`${name}:`));
    return keys
      .map((key) => key.slice(name.length + 1))
      .filter((tag) => !tag.startsWith('sha256:'))
      .sort();
  }
}

interface Call {
  readonly store: Store;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  readonly name: string;
  readonly rest: string;
}

function sendData({ request, response }: Call, data: Buffer | undefined, type: string): void {
  if (data === undefined) return void response.writeHead(404).end('{"errors":[{"code":"NOT_FOUND"}]}');
  const headers = { 'content-type': type, 'content-length': data.length, 'docker-content-digest': digestOf(data) };
  response.writeHead(200, headers).end(request.method === 'HEAD' ? undefined : data);
}

function sendTags({ store, url, name, response }: Call): void {
  // Pages of two: what reads only the first one is found out.
  const after = url.searchParams.get('last') ?? '';
  const all = store.tags(name).filter((tag) => tag > after);
  const page = all.slice(0, 2);
  const link = all.length > 2 ? { link: `</v2/${name}/tags/list?last=${page.at(-1)}>; rel="next"` } : {};
  response.writeHead(200, link).end(JSON.stringify({ name, tags: page }));
}

async function upload({ store, request, response, url, name, rest }: Call): Promise<void> {
  const data = await bodyOf(request);
  if (request.method === 'POST') {
    const id = randomUUID();
    store.uploads.set(id, Buffer.alloc(0));
    return void response.writeHead(202, { location: `/v2/${name}/blobs/uploads/${id}` }).end();
  }
  const id = rest.split('/').at(-1) ?? '';
  const all = Buffer.concat([store.uploads.get(id) ?? Buffer.alloc(0), data]);
  store.uploads.set(id, all);
  if (request.method === 'PATCH') return void response.writeHead(202, { location: url.pathname }).end();
  store.blobs.set(url.searchParams.get('digest') ?? '', all);
  const digest = digestOf(all);
  response.writeHead(201, { location: `/v2/${name}/blobs/${digest}`, 'docker-content-digest': digest }).end();
}

async function answer(call: Call): Promise<void> {
  const { store, request, response, name, rest } = call;
  const [kind = '', reference = ''] = rest.split('/');
  if (rest.startsWith('blobs/uploads')) return await upload(call);
  if (kind === 'tags') return sendTags(call);
  if (kind === 'blobs') return sendData(call, store.blobs.get(reference), 'application/octet-stream');
  if (request.method !== 'PUT') return sendData(call, store.manifests.get(`${name}:${reference}`), MANIFEST);
  const digest = store.putManifest(name, reference, await bodyOf(request));
  response.writeHead(201, { 'docker-content-digest': digest, location: `/v2/${name}/manifests/${digest}` }).end();
}

/** Starts a registry that wants a token, which its own token service gives for ada's password; empty wants nothing. */
export async function startTestRegistry(password = ''): Promise<TestRegistry> {
  const store = new Store();
  const requests: string[] = [];
  const token = randomUUID();
  const wanted = `Basic ${Buffer.from(`ada:${password}`).toString('base64')}`;
  const giveToken = (request: IncomingMessage, response: ServerResponse): void => {
    const isKnown = request.headers.authorization === wanted;
    response.writeHead(isKnown ? 200 : 401).end(JSON.stringify({ token: isKnown ? token : undefined }));
  };
  const challenge = (response: ServerResponse, name: string): void => {
    const scope = `repository:${name}:pull,push`;
    const header = `Bearer realm="http://${state.host}/token",service="test",scope="${scope}"`;
    response.writeHead(401, { 'www-authenticate': header }).end('{}');
  };
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', `http://${state.host}`);
    requests.push(`${request.method} ${url.pathname}`);
    if (url.pathname === '/token') return giveToken(request, response);
    const [, name = '', rest = ''] = /^\/v2\/(?:(.+)\/((?:tags|manifests|blobs)\/.+))?$/.exec(url.pathname) ?? [];
    if (password !== '' && request.headers.authorization !== `Bearer ${token}`) return challenge(response, name);
    if (rest === '') return void response.writeHead(200).end('{}');
    await answer({ store, request, response, url, name, rest });
  };
  const server = createServer((request, response) => {
    serve(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const state: TestRegistry = {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    corrupt: (text) => {
      for (const [digest, data] of store.blobs) {
        if (data.includes(text)) store.blobs.set(digest, Buffer.concat([data, Buffer.from('x')]));
      }
    },
    put: (name, tag, layers) => {
      for (const { data } of layers) store.blobs.set(digestOf(data), data);
      const listed = layers.map(({ type, data }) => ({ mediaType: type, digest: digestOf(data), size: data.length }));
      const manifest = { schemaVersion: 2, mediaType: MANIFEST, layers: listed };
      return store.putManifest(name, tag, Buffer.from(JSON.stringify(manifest)));
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return state;
}
