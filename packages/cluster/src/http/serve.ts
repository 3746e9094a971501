import {
  createSecureServer,
  type Http2SecureServer,
  type Http2ServerRequest,
  type ServerHttp2Session,
} from 'node:http2';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { silentLogger, type Logger } from '@argosy/std';
import { decodeProtobufObject } from '@argosy/kube/schema';
import type { ControlPlane } from '../apiserver/index.ts';
import type { AuditSink } from './audit.ts';
import type { Authenticator } from './authenticate.ts';
import { createDiscovery } from './discovery.ts';
import { createGate } from './gate.ts';
import { handleRequest, type Arrival, type HandlerContext } from './handle-request.ts';
import { DEFAULT_HTTP_LIMITS, type HttpLimits } from './limits.ts';
import { createOpenApi } from './openapi.ts';
import type { ServiceAccountTokens } from './service-account-tokens.ts';
import { handleUpgrade } from './upgrade.ts';

/** What the server shows and whom it believes; PEM. */
export interface ClusterTls {
  readonly certificate: string;
  readonly privateKey: string;
  /** Client certificates must be signed by this authority. */
  readonly authority: string;
}

/** Settings of `serveClusterHttp`. */
export interface ClusterHttpOptions {
  readonly plane: ControlPlane;
  readonly tls: ClusterTls;
  readonly authenticator: Authenticator;
  readonly tokens: ServiceAccountTokens;
  /** @default 127.0.0.1 */
  readonly host?: string;
  /** @default 0: any free port */
  readonly port?: number;
  readonly logger?: Logger;
  readonly limits?: Partial<HttpLimits>;
  readonly metrics?: () => Promise<string>;
  /** Gets an event for each write, each refusal and each read of a Secret. */
  readonly audit?: AuditSink;
  /** Milliseconds since the epoch. @default the system clock */
  readonly now?: () => number;
}

/** A running server. */
export interface ClusterHttpServer {
  readonly port: number;
  /** Shows another certificate to new connections. */
  setTls(tls: ClusterTls): void;
  /** Refuses new requests, ends watches, and waits for the rest up to the close timeout. */
  close(): Promise<void>;
}

/** Streams of one HTTP/2 connection; Go clients open another connection above it. */
const MAX_STREAMS = 1000;
/** Flow-control window of a connection, so that watches do not wait for each other. */
const CONNECTION_WINDOW = 16 * 1024 * 1024;

/** Silence after which a connection is asked whether its peer is still there. */
const KEEP_ALIVE_MS = 30_000;

function tlsOptions(tls: ClusterTls): { cert: string; key: string; ca: string } {
  return { cert: tls.certificate, key: tls.privateKey, ca: tls.authority };
}

function createContext(options: ClusterHttpOptions): HandlerContext {
  const { plane, tokens, authenticator, metrics } = options;
  const limits: HttpLimits = { ...DEFAULT_HTTP_LIMITS, ...options.limits };
  const discovery = createDiscovery(plane);
  const decode = { limits, decodeProtobuf: decodeProtobufObject };
  return {
    resources: { plane, discovery, decode, watchBufferBytes: limits.watchBufferBytes, openStreams: new Set() },
    paths: {
      plane,
      discovery,
      openApi: createOpenApi(plane, discovery),
      tokens,
      ...(metrics === undefined ? {} : { metrics }),
    },
    authenticator,
    gate: createGate(limits),
    limits,
    logger: options.logger ?? silentLogger,
    ...(options.audit === undefined ? {} : { audit: options.audit }),
    now: options.now ?? Date.now,
  };
}

/** The TLS socket under a request of either protocol. */
function socketOf(request: IncomingMessage | Http2ServerRequest): TLSSocket {
  const session = 'stream' in request ? request.stream.session : undefined;
  return (session?.socket ?? request.socket) as TLSSocket;
}

interface Connections {
  readonly sessions: Set<ServerHttp2Session>;
  readonly sockets: Set<Duplex>;
  /** Requests that are worked on, by the HTTP/1.1 connection they came on. */
  readonly busy: Map<Duplex, number>;
  closing: boolean;
}

function trackConnections(server: Http2SecureServer): Connections {
  const connections: Connections = { sessions: new Set(), sockets: new Set(), busy: new Map(), closing: false };
  server.on('session', (session) => {
    session.setLocalWindowSize(CONNECTION_WINDOW);
    connections.sessions.add(session);
    session.on('close', () => connections.sessions.delete(session));
    session.on('error', () => session.destroy());
  });
  server.on('secureConnection', (socket) => {
    connections.sockets.add(socket);
    // A peer that vanished without a word is noticed, so that its watches and streams end.
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    socket.on('close', () => connections.sockets.delete(socket));
    socket.on('error', () => socket.destroy());
  });
  return connections;
}

function listen(server: Http2SecureServer, options: ClusterHttpOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, options.host ?? '127.0.0.1', () => {
      server.off('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

/** HTTP/1.1 connections that only wait for another request end at once; HTTP/2 sessions end by themselves. */
function endIdle(connections: Connections): void {
  const multiplexed = new Set<Duplex>([...connections.sessions].map((session) => session.socket));
  for (const socket of connections.sockets) {
    if (!multiplexed.has(socket) && !connections.busy.has(socket)) socket.end();
  }
}

async function serveOne(context: HandlerContext, connections: Connections, arrival: Arrival): Promise<void> {
  const { socket } = arrival;
  connections.busy.set(socket, (connections.busy.get(socket) ?? 0) + 1);
  await handleRequest(context, arrival);
  const left = (connections.busy.get(socket) ?? 1) - 1;
  if (left > 0) connections.busy.set(socket, left);
  else connections.busy.delete(socket);
  if (connections.closing) endIdle(connections);
}

async function close(server: Http2SecureServer, connections: Connections, context: HandlerContext): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  connections.closing = true;
  for (const end of context.resources.openStreams) end();
  for (const session of connections.sessions) session.close();
  endIdle(connections);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, context.limits.closeTimeoutMs);
  });
  await Promise.race([closed, late]);
  clearTimeout(timer);
  for (const session of connections.sessions) session.destroy();
  for (const socket of connections.sockets) socket.destroy();
  await closed;
}

/**
 * Serves a control plane over HTTPS: HTTP/2 and HTTP/1.1 on one port, as kubectl, helm and client libraries expect.
 * @throws the system's error when the port cannot be opened.
 */
export async function serveClusterHttp(options: ClusterHttpOptions): Promise<ClusterHttpServer> {
  const context = createContext(options);
  const server = createSecureServer({
    ...tlsOptions(options.tls),
    allowHTTP1: true,
    requestCert: true,
    rejectUnauthorized: false,
    minVersion: 'TLSv1.2',
    settings: { maxConcurrentStreams: MAX_STREAMS, initialWindowSize: 1024 * 1024 },
    unknownProtocolTimeout: 10_000,
  });
  const connections = trackConnections(server);
  server.on('request', (request, response) => {
    void serveOne(context, connections, { request, response, socket: socketOf(request) });
  });
  server.on('upgrade', (request: IncomingMessage, socket: TLSSocket, head: Buffer) => {
    void handleUpgrade(context, { request, socket, head });
  });
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  const port = await listen(server, options);
  return {
    port,
    setTls: (tls) => server.setSecureContext({ ...tlsOptions(tls), minVersion: 'TLSv1.2' }),
    close: () => close(server, connections, context),
  };
}
