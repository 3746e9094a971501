import type { Agent, IncomingMessage, ServerResponse } from 'node:http';
import type { ClientHttp2Session, Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import type { Logger } from '@argosy/std';
import type { Arrival, RequestFacts } from '../routing/index.ts';
import { forwardedHeaders } from './forward-headers.ts';
import type { GatewayLimits } from './limits.ts';
import type { Place, Router, Routing } from './router.ts';

/** A request of either protocol. */
export type ClientRequest = IncomingMessage | Http2ServerRequest;
/** An answer of either protocol. */
export type ClientResponse = ServerResponse | Http2ServerResponse;

/** What every request is proxied with. */
export interface ProxyContext {
  readonly router: Router;
  readonly agent: Agent;
  readonly sessions: { to(place: Place): ClientHttp2Session };
  /** Copies on their way. */
  readonly mirrors: { inFlight: number };
  readonly limits: GatewayLimits;
  readonly logger: Logger;
  readonly arrival: () => Arrival;
}

/** A request that is forwarded. */
export type Forward = Routing & { readonly kind: 'forward' };

/** The host that was asked for: with its port as sent, and alone in lower case. */
export function authorityOf(request: ClientRequest): { readonly authority: string; readonly host: string } {
  const pseudo = request.headers[':authority'];
  const authority = (typeof pseudo === 'string' ? pseudo : request.headers.host) ?? '';
  return { authority, host: authority.replace(/:\d+$/, '').toLowerCase() };
}

/** A request as routes look at it. */
export function factsOf(
  request: ClientRequest,
  arrival: Arrival,
): { readonly facts: RequestFacts; readonly search: string } {
  const url = request.url ?? '/';
  const at = url.indexOf('?');
  const [path, search] = at < 0 ? [url, ''] : [url.slice(0, at), url.slice(at)];
  const { authority, host } = authorityOf(request);
  const client = request.socket.remoteAddress ?? '';
  const headers = forwardedHeaders(request.headers, { client, authority, arrival });
  const query = new Map([...new URLSearchParams(search)].toReversed());
  return { facts: { host, path, method: request.method ?? 'GET', headers, query }, search };
}

/** Sends a short answer of our own; nothing when one has begun. */
export function answerPlainly(response: ClientResponse, status: number, text: string): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' });
  response.end(`${text}\n`);
}

/** One request with its answer. */
export interface Exchange {
  readonly request: ClientRequest;
  readonly response: ClientResponse;
}
