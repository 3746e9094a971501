import { createServer as createHttpServer, type IncomingMessage } from 'node:http';
import { createSecureServer, createServer as createHttp2Server, type Http2Server } from 'node:http2';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { SecureContext } from 'node:tls';
import type { Arrival } from '../routing/index.ts';
import type { ProxyContext } from './exchange.ts';
import { proxyRequest } from './proxy-request.ts';
import { proxyUpgrade } from './proxy-upgrade.ts';
import { ReplayedSocket } from './replayed-socket.ts';

/** A listening front of the gateway. */
export interface Front {
  readonly port: number;
  close(): Promise<void>;
}

/** Where a front listens and what it passes requests on with. */
export interface FrontOptions {
  readonly host: string;
  readonly port: number;
  readonly context: Omit<ProxyContext, 'arrival'>;
}

/** How HTTP/2 begins when nothing was agreed before. */
const HTTP2_PREFACE = 'PRI * HTTP/2';

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

/** Keeps every socket so that closing ends them, and closes those over the limit. */
function bound(server: Server, most: number): Set<Socket> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    socket.on('error', () => socket.destroy());
    if (sockets.size >= most) {
      socket.destroy();
      return;
    }
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  return sockets;
}

function frontOf(server: Server, port: number, sockets: ReadonlySet<Socket>): Front {
  return {
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

type Emitter = { on(event: string, listener: (...args: never[]) => void): unknown };

function serve(server: Emitter, context: ProxyContext): void {
  server.on('request', (request: IncomingMessage, response: never) => proxyRequest(context, { request, response }));
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) =>
    proxyUpgrade(context, { request, socket, head }),
  );
}

/** Opens the plain front: HTTP/1.1, and HTTP/2 for clients that begin with it (gRPC). */
export async function startPlainFront(options: FrontOptions): Promise<Front> {
  const { limits } = options.context;
  const arrival: { current: Arrival } = { current: { scheme: 'http', port: options.port } };
  const context: ProxyContext = { ...options.context, arrival: () => arrival.current };
  const http1 = createHttpServer({ maxHeaderSize: limits.headBytes, headersTimeout: limits.headMs, requestTimeout: 0 });
  const http2: Http2Server = createHttp2Server({ maxHeaderListPairs: 256 });
  serve(http1, context);
  serve(http2, context);
  http2.on('sessionError', () => undefined);
  const server = createServer({ pauseOnConnect: false });
  const sockets = bound(server, limits.connections);
  server.on('connection', (socket: Socket) => {
    if (!sockets.has(socket)) return;
    const late = setTimeout(() => socket.destroy(), limits.headMs);
    socket.once('close', () => clearTimeout(late));
    socket.once('data', (chunk: Buffer) => {
      clearTimeout(late);
      if (HTTP2_PREFACE.startsWith(chunk.toString('latin1', 0, 3))) {
        // The HTTP/2 server reads below the stream, where what was read already is missing.
        http2.emit(
          'connection',
          new ReplayedSocket(socket, chunk).on('error', () => socket.destroy()),
        );
        return;
      }
      socket.pause();
      socket.unshift(chunk);
      http1.emit('connection', socket);
      socket.resume();
    });
  });
  const port = await listen(server, options.host, options.port);
  arrival.current = { scheme: 'http', port };
  return frontOf(server, port, sockets);
}

/** Opens the TLS front: HTTP/1.1 and HTTP/2, with the certificate of the name that the client asks for. */
export async function startTlsFront(
  options: FrontOptions & { readonly certificateFor: (name: string) => SecureContext | undefined },
): Promise<Front> {
  const { limits } = options.context;
  const arrival: { current: Arrival } = { current: { scheme: 'https', port: options.port } };
  const context: ProxyContext = { ...options.context, arrival: () => arrival.current };
  const server = createSecureServer({
    allowHTTP1: true,
    minVersion: 'TLSv1.2',
    maxHeaderListPairs: 256,
    SNICallback: (name, done) => {
      const certificate = options.certificateFor(name.toLowerCase());
      if (certificate === undefined) done(new Error(`no certificate for ${name}`));
      else done(null, certificate);
    },
  });
  const sockets = bound(server as unknown as Server, limits.connections);
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  server.on('sessionError', () => undefined);
  serve(server, context);
  const port = await listen(server as unknown as Server, options.host, options.port);
  arrival.current = { scheme: 'https', port };
  return frontOf(server as unknown as Server, port, sockets);
}
