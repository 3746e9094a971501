import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A registry on this machine with one image, `tools:v1`, of one layer. For tests. */
export interface TestRegistry {
  /** `127.0.0.1:12345`. */
  readonly host: string;
  /** The digest of the image's manifest. */
  readonly digest: string;
  /** Paths that were asked for with a user, and without one. */
  readonly requests: readonly string[];
  close(): Promise<void>;
}

interface Blob {
  readonly type: string;
  readonly content: Buffer;
}

const digestOf = (content: Buffer): string => `sha256:${createHash('sha256').update(content).digest('hex')}`;

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const CONFIG = 'application/vnd.oci.image.config.v1+json';
const LAYER = 'application/vnd.oci.image.layer.v1.tar';

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

/** The blobs of an image by digest; the manifest is the last. */
function imageOf(layer: Buffer): readonly (readonly [digest: string, blob: Blob])[] {
  const config = json({
    architecture: 'amd64',
    os: 'linux',
    config: { Cmd: ['/bin/sh', '-c', 'echo pulled'], Env: ['PATH=/bin'], User: '65534' },
    rootfs: { type: 'layers', diff_ids: [digestOf(layer)] },
  });
  const describe = (mediaType: string, content: Buffer): object => ({
    mediaType,
    digest: digestOf(content),
    size: content.length,
  });
  const manifest = json({
    schemaVersion: 2,
    mediaType: MANIFEST,
    config: describe(CONFIG, config),
    layers: [describe(LAYER, layer)],
  });
  return [
    [digestOf(layer), { type: LAYER, content: layer }],
    [digestOf(config), { type: CONFIG, content: config }],
    [digestOf(manifest), { type: MANIFEST, content: manifest }],
  ];
}

function send(response: ServerResponse, blob: Blob | undefined): void {
  if (blob === undefined) {
    response.writeHead(404, { 'Content-Type': 'application/json' });
    response.end('{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}');
    return;
  }
  response.writeHead(200, {
    'Content-Type': blob.type,
    'Content-Length': String(blob.content.length),
    'Docker-Content-Digest': digestOf(blob.content),
  });
  response.end(blob.content);
}

/** Starts the registry; with `user` (`name:password`) it asks for that user. */
export async function openTestRegistry(layer: Buffer, user?: string): Promise<TestRegistry> {
  const image = imageOf(layer);
  const [digest = ''] = image.at(-1) ?? [];
  const blobs = new Map<string, Blob>(image);
  const requests: string[] = [];
  const wanted = user === undefined ? undefined : `Basic ${Buffer.from(user).toString('base64')}`;
  const serve = (request: IncomingMessage, response: ServerResponse): void => {
    const path = request.url ?? '';
    requests.push(path);
    if (wanted !== undefined && request.headers.authorization !== wanted) {
      response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="test"' });
      response.end();
      return;
    }
    if (path === '/v2/') response.end('{}');
    else if (path === '/v2/tools/manifests/v1') send(response, blobs.get(digest));
    else send(response, blobs.get(path.split('/').at(-1) ?? ''));
  };
  const server = createServer(serve);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    host: `127.0.0.1:${port}`,
    digest,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
