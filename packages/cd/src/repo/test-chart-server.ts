import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createHash } from 'node:crypto';

/** A chart repository over HTTP, for tests: the files of a directory. */
export interface TestChartServer {
  readonly url: string;
  /** Path, status and Authorization header of all requests so far. */
  readonly requests: { readonly path: string; readonly status: number; readonly authorization: string | undefined }[];
  /** Sends every request for a packed chart there. */
  redirect: string | undefined;
  mood: 'well' | 'hung';
  close(): Promise<void>;
}

/** Serves the files of a directory; requests need ada's `password`, unless it is empty. */
export async function startChartServer(directory: string, password = ''): Promise<TestChartServer> {
  const wanted = `Basic ${Buffer.from(`ada:${password}`).toString('base64')}`;
  const server = createServer((request, response) => {
    if (state.mood === 'hung') return;
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    const finish = (status: number, headers: { readonly [name: string]: string } = {}, body?: Buffer): void => {
      state.requests.push({ path, status, authorization: request.headers.authorization });
      response.writeHead(status, headers).end(body);
    };
    if (password !== '' && request.headers.authorization !== wanted) return finish(401);
    if (state.redirect !== undefined && path.endsWith('.tgz')) {
      return finish(302, { location: `${state.redirect}${path}` });
    }
    readFile(join(directory, path)).then(
      (body) => {
        const etag = `"${createHash('sha256').update(body).digest('hex')}"`;
        if (request.headers['if-none-match'] === etag) finish(304, { etag });
        else finish(200, { etag }, body);
      },
      () => finish(404),
    );
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const state: TestChartServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: [],
    redirect: undefined,
    mood: 'well',
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return state;
}
