import { setTimeout as delay } from 'node:timers/promises';
import type { Dispatcher } from 'undici';
import { hasReason, type KubeObject } from '../meta/index.ts';
import type {
  ClusterApi,
  KubeRequest,
  LogRequest,
  RequestOptions,
  UserInfo,
  WatchEvent,
  WatchRequest,
} from '../port/index.ts';
import {
  DEFAULT_CLIENT_LIMITS,
  type ClientLimits,
  type ClusterConnection,
  type ClusterCredentials,
} from './cluster-connection.ts';
import { ConnectionError, connectionError } from './connection-error.ts';
import { createDispatcherPool, type DispatcherPool, type Dispatchers } from './dispatchers.ts';
import { decodeAnswer, decodeEvent, readAnswer, refusal } from './http-answer.ts';
import { createLineSplitter } from './line-splitter.ts';
import { logPath, watchPath, wireRequest, type WireRequest } from './request-url.ts';
import { discoverHttp } from './discover.ts';
import type { RestMapping } from '../port/index.ts';

/** A cluster over HTTPS. */
export interface HttpClusterApi extends ClusterApi {
  /** What the cluster serves, by its discovery; give it to `createRestMapper`. */
  discover(): Promise<readonly RestMapping[]>;
  /** Reads a path that is no resource (`/version`) as JSON. */
  readPath(path: string, options?: RequestOptions): Promise<unknown>;
  /** Ends all connections; open watches end too. */
  close(): Promise<void>;
}

interface Client {
  readonly connection: ClusterConnection;
  readonly origin: string;
  readonly prefix: string;
  readonly limits: ClientLimits;
  readonly pool: DispatcherPool;
  closed: boolean;
}

type Headers = { [name: string]: string | string[] };

function impersonationHeaders(user: UserInfo): Headers {
  const headers: Headers = { 'impersonate-user': user.name };
  if (user.groups.length > 0) headers['impersonate-group'] = [...user.groups];
  if (user.uid !== undefined) headers['impersonate-uid'] = user.uid;
  for (const [key, values] of Object.entries(user.extra ?? {})) {
    headers[`impersonate-extra-${encodeURIComponent(key).toLowerCase()}`] = [...values];
  }
  return headers;
}

async function credentialsOf(client: Client, refused: boolean): Promise<ClusterCredentials> {
  const { credentials } = client.connection;
  return typeof credentials === 'function' ? credentials(refused) : (credentials ?? {});
}

function headersOf(
  client: Client,
  options: { credentials: ClusterCredentials; request: RequestOptions; wire: WireRequest },
): Headers {
  const { credentials, request, wire } = options;
  const impersonate = request.impersonate ?? client.connection.impersonate;
  return {
    accept: 'application/json',
    'user-agent': client.connection.userAgent ?? 'argosy',
    ...(wire.contentType === undefined ? {} : { 'content-type': wire.contentType }),
    ...(credentials.token === undefined ? {} : { authorization: `Bearer ${credentials.token}` }),
    ...(impersonate === undefined ? {} : impersonationHeaders(impersonate)),
  };
}

interface Attempt {
  readonly wire: WireRequest;
  readonly request: RequestOptions;
  readonly refused: boolean;
  readonly lane: keyof Dispatchers;
  readonly accept?: string;
}

async function dispatch(client: Client, attempt: Attempt): Promise<Dispatcher.ResponseData> {
  const { wire, request, lane } = attempt;
  if (client.closed) throw new ConnectionError('closed', client.origin, 'the client is closed');
  request.signal?.throwIfAborted();
  const credentials = await credentialsOf(client, attempt.refused);
  const headers = headersOf(client, { credentials, request, wire });
  if (attempt.accept !== undefined) headers['accept'] = attempt.accept;
  try {
    return await client.pool.for(credentials)[lane].request({
      origin: client.origin,
      path: client.prefix + wire.path,
      method: wire.method,
      headers,
      ...(wire.body === undefined ? {} : { body: wire.body }),
      ...(request.signal === undefined ? {} : { signal: request.signal }),
      ...(lane === 'streams' ? { bodyTimeout: 0 } : {}),
    });
  } catch (error) {
    request.signal?.throwIfAborted();
    throw connectionError(error, client.origin);
  }
}

const textHeader = (value: string | string[] | undefined): string | undefined =>
  Array.isArray(value) ? value[0] : value;

async function readWhole(
  client: Client,
  response: Dispatcher.ResponseData,
  signal: AbortSignal | undefined,
): Promise<Buffer> {
  try {
    return await readAnswer(response.body, client.limits.responseBytes, client.origin);
  } catch (error) {
    signal?.throwIfAborted();
    throw connectionError(error, client.origin);
  }
}

/** One attempt: the response when it is good. @throws KubeError for refusals. */
async function attempted(client: Client, attempt: Attempt): Promise<Dispatcher.ResponseData> {
  const response = await dispatch(client, attempt);
  if (response.statusCode < 300) return response;
  const bytes = await readWhole(client, response, attempt.request.signal);
  throw refusal(response.statusCode, bytes, textHeader(response.headers['retry-after']));
}

function retryPause(
  client: Client,
  error: unknown,
  attempt: { readonly wire: WireRequest; readonly count: number },
): number | undefined {
  if (attempt.wire.method !== 'GET' || attempt.count >= client.limits.retries) return undefined;
  if (!hasReason(error, 'TooManyRequests')) return undefined;
  const asked = (error.status.details?.retryAfterSeconds ?? 1) * 1000;
  return Math.min(asked, client.limits.retryAfterMs);
}

/** Opens a response: reads wait when told to, and refused credentials are fetched anew once. */
async function open(client: Client, attempt: Omit<Attempt, 'refused'>): Promise<Dispatcher.ResponseData> {
  let refused = false;
  for (let count = 0; ; count += 1) {
    try {
      return await attempted(client, { ...attempt, refused });
    } catch (error) {
      const pause = retryPause(client, error, { wire: attempt.wire, count });
      const renew: boolean =
        !refused && hasReason(error, 'Unauthorized') && typeof client.connection.credentials === 'function';
      if (pause === undefined && !renew) throw error;
      refused = renew;
      const { signal } = attempt.request;
      if (pause !== undefined) await delay(pause, undefined, signal === undefined ? {} : { signal });
    }
  }
}

async function send(client: Client, request: KubeRequest): Promise<KubeObject> {
  const response = await open(client, { wire: wireRequest(request), request, lane: 'requests' });
  return decodeAnswer(await readWhole(client, response, request.signal), client.origin);
}

/** The pieces of a streamed answer; ends quietly when the caller aborts. */
async function* stream(client: Client, path: string, request: RequestOptions): AsyncGenerator<Uint8Array> {
  const wire: WireRequest = { method: 'GET', path };
  const { signal } = request;
  let body: Dispatcher.ResponseData['body'] | undefined;
  try {
    ({ body } = await open(client, { wire, request, lane: 'streams' }));
    for await (const chunk of body as AsyncIterable<Buffer>) yield chunk;
  } catch (error) {
    if (signal?.aborted === true) return;
    throw hasKubeReason(error) ? error : connectionError(error, client.origin);
  } finally {
    body?.destroy();
  }
}

const hasKubeReason = (error: unknown): boolean => error instanceof Error && error.name === 'KubeError';

async function* watch(client: Client, request: WatchRequest): AsyncGenerator<WatchEvent> {
  const splitter = createLineSplitter(client.limits.eventBytes);
  for await (const chunk of stream(client, watchPath(request), request)) {
    for (const line of splitter.push(chunk)) yield decodeEvent(line, client.origin) as WatchEvent;
  }
  const rest = splitter.rest();
  if (rest.length > 0 && request.signal?.aborted !== true) yield decodeEvent(rest, client.origin) as WatchEvent;
}

async function readPath(client: Client, path: string, options: RequestOptions & { accept?: string }): Promise<unknown> {
  const wire: WireRequest = { method: 'GET', path };
  const accept = options.accept === undefined ? {} : { accept: options.accept };
  const response = await open(client, { wire, request: options, lane: 'requests', ...accept });
  return decodeAnswer(await readWhole(client, response, options.signal), client.origin);
}

function serverUrl(connection: ClusterConnection): URL {
  let url: URL;
  try {
    url = new URL(connection.server);
  } catch {
    throw new ConnectionError('unreachable', connection.server, 'the server is not a URL');
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw new ConnectionError('unreachable', connection.server, `found ${url.protocol}, allowed are https: and http:`);
  }
  if (url.username !== '' || url.password !== '') {
    throw new ConnectionError('unreachable', url.origin, 'credentials in the URL are refused');
  }
  if (url.protocol === 'http:' && connection.credentials !== undefined) {
    throw new ConnectionError('tls', url.origin, 'credentials are not sent over plain http');
  }
  return url;
}

/**
 * Connects to a cluster over HTTPS. Nothing is sent before the first request.
 * @throws ConnectionError when the server's address cannot be used.
 */
export function connectHttp(connection: ClusterConnection): HttpClusterApi {
  const url = serverUrl(connection);
  const limits: ClientLimits = { ...DEFAULT_CLIENT_LIMITS, ...connection.limits };
  const pool = createDispatcherPool(connection, limits);
  const prefix = url.pathname.replace(/\/$/, '');
  const client: Client = { connection, origin: url.origin, prefix, limits, pool, closed: false };
  return {
    send: (request) => send(client, request),
    watch: (request) => watch(client, request),
    logs: (request: LogRequest) => stream(client, logPath(request), request),
    readPath: (path, options = {}) => readPath(client, path, options),
    discover: () => discoverHttp((path, accept) => readPath(client, path, { accept })),
    close: async () => {
      client.closed = true;
      await pool.close();
    },
  };
}
