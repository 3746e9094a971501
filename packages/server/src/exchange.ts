import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';

/** A request of either protocol. */
export type Incoming = IncomingMessage | Http2ServerRequest;

/** An answer of either protocol; used only through what both have. */
export type Outgoing = ServerResponse | Http2ServerResponse;

/** One request, decoded as far as every handler needs it. */
export interface Exchange {
  /** Names the request in the log and in unforeseen errors. */
  readonly id: string;
  readonly incoming: Incoming;
  readonly outgoing: Outgoing;
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly address: string;
  /** Aborted when the client goes away, the time is over, or the server closes. */
  readonly abort: AbortController;
}

/** Reads a header that may come once; `undefined` when it is missing. */
export function headerOf(exchange: Pick<Exchange, 'incoming'>, name: string): string | undefined {
  const value = exchange.incoming.headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
}

/** The host that the client asked for: `:authority` of HTTP/2 or `host`. */
export function hostOf(exchange: Pick<Exchange, 'incoming'>): string {
  return headerOf(exchange, ':authority') ?? headerOf(exchange, 'host') ?? '';
}

/** Writes to either protocol's answer; false when the buffer is full. */
export function writeChunk(outgoing: Outgoing, chunk: string | Uint8Array): boolean {
  return (outgoing as { write(part: string | Uint8Array): boolean }).write(chunk);
}

/** Ends an answer with a body. */
export function endWith(outgoing: Outgoing, body: string | Uint8Array): void {
  (outgoing as { end(part: string | Uint8Array): unknown }).end(body);
}

/** Answers JSON; headers that are already set stay. */
export function sendJson(exchange: Exchange, status: number, body: unknown): void {
  const { outgoing } = exchange;
  const text = JSON.stringify(body) ?? 'null';
  outgoing.statusCode = status;
  outgoing.setHeader('content-type', 'application/json');
  outgoing.setHeader('cache-control', 'no-store');
  outgoing.setHeader('content-length', Buffer.byteLength(text));
  endWith(outgoing, exchange.method === 'HEAD' ? '' : text);
}
