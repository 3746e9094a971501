import { connect, type ClientHttp2Session, type Http2ServerResponse, type IncomingHttpHeaders } from 'node:http2';
import { changeResponse } from '../routing/index.ts';
import { answeredHeaders, outgoing } from './forward-headers.ts';
import { answerPlainly, type Exchange, type Forward, type ProxyContext } from './exchange.ts';
import type { Place } from './router.ts';

/** HTTP/2 connections to backends that are kept at most; the one used longest ago is closed. */
export const MAX_GRPC_SESSIONS = 256;

/** True for gRPC requests: they go to the backend by HTTP/2, trailers included. */
export function isGrpc(headers: IncomingHttpHeaders): boolean {
  return /^application\/grpc(?:$|[+;])/.test(headers['content-type'] ?? '');
}

/** HTTP/2 connections to backends, one a place. */
export class GrpcSessions {
  readonly #sessions = new Map<string, ClientHttp2Session>();

  to(place: Place): ClientHttp2Session {
    const key = `${place.host}:${place.port}`;
    const known = this.#sessions.get(key);
    if (known !== undefined && !known.closed && !known.destroyed) return known;
    const session = connect(`http://${key}`);
    session.on('error', () => session.destroy());
    session.on('close', () => {
      if (this.#sessions.get(key) === session) this.#sessions.delete(key);
    });
    this.#sessions.set(key, session);
    for (const [oldest, each] of this.#sessions) {
      if (this.#sessions.size <= MAX_GRPC_SESSIONS) break;
      this.#sessions.delete(oldest);
      each.close();
    }
    return session;
  }

  close(): void {
    for (const session of this.#sessions.values()) session.destroy();
    this.#sessions.clear();
  }
}

function headersFor(exchange: Exchange, forward: Forward): { [name: string]: string | string[] } {
  const { host, ...headers } = outgoing(forward.forwarding.headers);
  return {
    ...headers,
    te: 'trailers',
    ':method': exchange.request.method ?? 'POST',
    ':path': forward.forwarding.path,
    ':scheme': 'http',
    ':authority': forward.forwarding.host ?? (typeof host === 'string' ? host : ''),
  };
}

type Head = IncomingHttpHeaders & { readonly ':status'?: number | undefined };

/** Passes a gRPC call on: streams both ways, and the trailers that hold its outcome. */
export function forwardGrpc(context: ProxyContext, exchange: Exchange, forward: Forward): void {
  const { request, response } = exchange;
  if (!('stream' in response)) return answerPlainly(response, 505, 'gRPC needs HTTP/2');
  const upstream = context.sessions.to(forward.place).request(headersFor(exchange, forward));
  upstream.on('error', () => answerPlainly(response, 503, 'the backend is not reachable'));
  upstream.on('response', (head: Head) => {
    const changed = outgoing(changeResponse(answeredHeaders(head), forward.filters));
    response.writeHead(head[':status'] ?? 502, changed);
  });
  upstream.on('trailers', (head) => response.addTrailers(outgoing(answeredHeaders(head)) as OutgoingTrailers));
  upstream.on('end', () => response.end());
  response.once('close', () => upstream.destroy());
  request.on('error', () => upstream.destroy());
  request.pipe(upstream);
  upstream.pipe(response, { end: false });
}

type OutgoingTrailers = Parameters<Http2ServerResponse['addTrailers']>[0];
