import { randomBytes } from 'node:crypto';
import { createSecureServer, type Http2SecureServer, type ServerHttp2Session } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { after, milliseconds, type Clock, type Logger, type Timer } from '@argosy/std';
import { RestError, type RestRoute } from '@argosy/api/rest';
import type { Audit } from '@argosy/auth/audit';
import type { Policy } from '@argosy/auth/policy';
import type { Sessions } from '@argosy/auth/sessions';
import { dispatch, fail, type DispatchContext, type DomainRoute } from './dispatch.ts';
import { HttpError } from './errors.ts';
import { sendJson, endWith, hostOf, type Exchange, type Incoming, type Outgoing } from './exchange.ts';
import { SECURITY_HEADERS } from './headers.ts';
import { DEFAULT_LIMITS, type ServerLimits } from './limits.ts';
import { createStreamBudget } from './respond.ts';
import { createRouter } from './router.ts';
import { ownRoutes } from './session-routes.ts';
import type { StaticFiles } from './static-files.ts';

/** The server's certificate: PEM texts. */
export interface TlsMaterial {
  readonly cert: string;
  readonly key: string;
}

/** What the HTTPS front is made of. */
export interface ServerOptions {
  readonly tls: TlsMaterial;
  /** The address to listen on. @default '127.0.0.1' */
  readonly host?: string;
  /** 0 takes a free one. @default 8080 */
  readonly port?: number;
  /** The domains' operations. */
  readonly routes: readonly RestRoute[];
  readonly sessions: Sessions;
  readonly policy: Policy;
  readonly audit: Audit;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The built page; without it only the API is served. */
  readonly staticFiles?: StaticFiles;
  /** What `/api/version` says. @default 'v0.1.0' */
  readonly version?: string;
  /** Asked by `/healthz?full=true`; reasons why the server cannot work, none when all is well. */
  readonly healthProblems?: () => readonly string[];
  readonly limits?: Partial<ServerLimits>;
}

/** A running server. */
export interface RunningServer {
  readonly port: number;
  /** `https://<host>:<port>`. */
  readonly url: string;
  /** Uses another certificate for new connections. */
  replaceTls(tls: TlsMaterial): void;
  /** Stops listening, ends streams, waits a little for requests in work; resolves when all connections are gone. */
  close(): Promise<void>;
}

/**
 * Starts the HTTPS front: HTTP/2 and HTTP/1.1 on one port, TLS 1.2 or newer.
 * Throws RouteError for routes that collide; rejects when the port cannot be taken or the certificate is bad.
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const limits: ServerLimits = { ...DEFAULT_LIMITS, ...options.limits };
  const context = contextOf(options, limits);
  const server = createSecureServer({
    ...options.tls,
    allowHTTP1: true,
    minVersion: 'TLSv1.2',
    maxHeaderListPairs: 100,
    settings: { maxConcurrentStreams: limits.streamsPerConnection, maxHeaderListSize: limits.headerBytes },
    // Passed on to the HTTP/1.1 parser; the option is missing from the type of HTTP/2 servers.
    ...({ maxHeaderSize: limits.headerBytes } as object),
  });
  server.maxConnections = limits.connectionCount;
  const front: Front = { options, context, limits, open: new Set(), silent: new Map(), sessions: new Set() };
  server.on('session', (session) => {
    front.sessions.add(session);
    session.on('close', () => front.sessions.delete(session));
  });
  server.on('request', (incoming, outgoing) => onRequest(front, incoming, outgoing));
  const sockets = guardSockets(server, front);
  const host = options.host ?? '127.0.0.1';
  await listen(server, options.port ?? 8080, host);
  // A port that is taken is the caller's to tell; from here on failures are ours.
  server.on('error', (error) => options.logger.error('server failed', { error: error.message }));
  const { port } = server.address() as AddressInfo;
  const name = host.includes(':') ? `[${host}]` : host;
  options.logger.info('listening', { host, port });
  return {
    port,
    url: `https://${name}:${port}`,
    replaceTls: (tls) => server.setSecureContext({ ...tls }),
    close: () => close(server, front, sockets),
  };
}

interface Front {
  readonly options: ServerOptions;
  readonly context: DispatchContext;
  readonly limits: ServerLimits;
  /** Requests in work. */
  readonly open: Set<Exchange>;
  /** Connections that have sent no whole request yet, by peer. */
  readonly silent: Map<string, Timer>;
  readonly sessions: Set<ServerHttp2Session>;
}

function contextOf(options: ServerOptions, limits: ServerLimits): DispatchContext {
  const { sessions, policy } = options;
  const domain = options.routes.map((route): DomainRoute => ({ ...route, kind: 'domain' }));
  const own = ownRoutes({ sessions, policy, version: options.version ?? 'v0.1.0' });
  return {
    router: createRouter([...domain, ...own]),
    sessions,
    policy,
    audit: options.audit,
    clock: options.clock,
    logger: options.logger,
    limits,
    streams: createStreamBudget(limits),
  };
}

function listen(server: Http2SecureServer, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.removeListener('error', reject);
      resolve();
    });
  });
}

/** Ends connections that send no whole request in time, or nothing at all for long. */
function guardSockets(server: Http2SecureServer, front: Front): ReadonlySet<Socket> {
  const { clock, logger } = front.options;
  const sockets = new Set<Socket>();
  server.setTimeout(front.limits.idleTimeoutMs);
  server.on('connection', (socket: Socket) => {
    const deadline = after(clock.now(), milliseconds(front.limits.headerTimeoutMs));
    const timer = clock.schedule(deadline, () => socket.destroy());
    const name = peerName(socket);
    sockets.add(socket);
    front.silent.set(name, timer);
    socket.on('close', () => {
      timer.cancel();
      sockets.delete(socket);
      front.silent.delete(name);
    });
    socket.on('error', (error) => logger.debug('connection failed', { error: error.message }));
  });
  server.on('tlsClientError', (error) => logger.debug('TLS failed', { error: error.message }));
  server.on('sessionError', (error) => logger.debug('HTTP/2 failed', { error: error.message }));
  return sockets;
}

const peerName = (socket: Pick<Socket, 'remoteAddress' | 'remotePort'> | undefined): string =>
  `${socket?.remoteAddress ?? ''} ${socket?.remotePort ?? ''}`;

function onRequest(front: Front, incoming: Incoming, outgoing: Outgoing): void {
  front.silent.get(peerName(incoming.socket))?.cancel();
  for (const [name, value] of SECURITY_HEADERS) outgoing.setHeader(name, value);
  // Browsers apply it to every port of a name: other programs of the same machine may speak plain HTTP.
  if (/^localhost(?::|$)/i.test(hostOf({ incoming }))) outgoing.removeHeader('strict-transport-security');
  const address = incoming.socket?.remoteAddress ?? '';
  const abort = new AbortController();
  const bare = { id: randomBytes(6).toString('hex'), incoming, outgoing, address, abort };
  const exchange: Exchange = { ...bare, method: incoming.method ?? '', path: '/', query: new URLSearchParams() };
  outgoing.on('error', (error: Error) => {
    front.options.logger.debug('answer failed', { id: bare.id, error: error.message });
  });
  outgoing.on('close', () => {
    front.open.delete(exchange);
    abort.abort();
  });
  try {
    if (front.open.size >= front.limits.requestCount) throw new RestError('ResourceExhausted', 'too many requests');
    front.open.add(exchange);
    route(front, { ...exchange, ...readTarget(incoming.url ?? '/', front.limits) });
  } catch (error) {
    fail(front.context, exchange, error);
  }
}

function readTarget(url: string, limits: ServerLimits): Pick<Exchange, 'path' | 'query'> {
  if (url.length > limits.urlLength) {
    throw new HttpError(414, 'InvalidArgument', `the URL is longer than ${limits.urlLength} characters`);
  }
  const mark = url.indexOf('?');
  const path = mark < 0 ? url : url.slice(0, mark);
  const query = new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1));
  if (!path.startsWith('/') || path.includes('\0'))
    throw new RestError('InvalidArgument', 'the path must start with /');
  if (query.size > limits.queryCount) {
    throw new RestError('InvalidArgument', `more than ${limits.queryCount} query parameters`);
  }
  return { path, query };
}

/** Below these are operations; everything else is a file of the page. */
const OPERATIONS = ['api', 'artifact-files', 'artifacts', 'input-artifacts'];

const isOperation = (path: string): boolean => OPERATIONS.includes(path.split('/')[1] ?? '');

function route(front: Front, exchange: Exchange): void {
  if (exchange.path === '/healthz') answerHealth(front, exchange);
  else if (isOperation(exchange.path)) void dispatch(front.context, exchange);
  else if (front.options.staticFiles?.serve(exchange) !== true) throw new RestError('NotFound', 'Not Found');
}

function answerHealth(front: Front, exchange: Exchange): void {
  const isFull = exchange.query.get('full') === 'true';
  const problems = isFull ? (front.options.healthProblems?.() ?? []) : [];
  // Anybody may ask, so the answer is only yes or no; the reasons are for the log.
  if (problems.length > 0) front.options.logger.warn('not healthy', { problems });
  if (problems.length > 0) sendJson(exchange, 503, { error: 'not healthy', code: 14, message: 'not healthy' });
  else {
    exchange.outgoing.setHeader('content-type', 'text/plain; charset=utf-8');
    exchange.outgoing.setHeader('cache-control', 'no-store');
    endWith(exchange.outgoing, 'ok');
  }
}

async function close(server: Http2SecureServer, front: Front, sockets: ReadonlySet<Socket>): Promise<void> {
  const { clock } = front.options;
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  // Streams end now; other requests may finish, but not for ever.
  for (const exchange of front.open) if (exchange.outgoing.headersSent) exchange.abort.abort();
  for (const session of front.sessions) session.close();
  const deadline = after(clock.now(), milliseconds(front.open.size === 0 ? 0 : front.limits.drainMs));
  const timer = clock.schedule(deadline, () => {
    for (const socket of sockets) socket.destroy();
  });
  await closed;
  timer.cancel();
}
