import type { OutgoingHttpHeaders } from 'node:http';
import type { Writable } from 'node:stream';
import type { AuditFacts } from './audit.ts';
import { KubeError, kubeError, type KubeStatus } from '@argosy/kube/meta';

/** The part of an HTTP/1.1 or HTTP/2 response that answers are written with. */
export interface Outgoing {
  readonly headersSent: boolean;
  readonly writableEnded: boolean;
  writeHead(status: number, headers: OutgoingHttpHeaders): unknown;
  /** HTTP/1.1 and HTTP/2 both have it; the types of the latter leave it out. */
  flushHeaders?(): void;
  end(data?: Uint8Array | string): unknown;
  on(event: 'close', listener: () => void): unknown;
}

/** One answer on its way out. */
export interface Exchange {
  readonly response: Outgoing;
  readonly auditId: string;
  /** True for HEAD: headers as for GET, no body. */
  readonly headOnly: boolean;
  /** What the audit log will tell of this answer. */
  readonly facts: AuditFacts;
}

/** Most bytes that all `Warning` headers of an answer may have together. */
const WARNINGS_LIMIT = 4096;

function baseHeaders(exchange: Exchange): { readonly [name: string]: string } {
  return { 'audit-id': exchange.auditId, 'cache-control': 'no-cache, private' };
}

/** A `Warning` header value: code 299, no agent, the text quoted; bytes that no header may carry become `?`. */
function warningHeader(text: string): string {
  const safe = text.replace(/[^\x20-\x7e]/g, '?').replace(/[\\"]/g, '\\$&');
  return `299 - "${safe}"`;
}

/** The header values for warnings: repeats dropped, cut when they would not fit. */
export function warningHeaders(warnings: readonly string[]): readonly string[] {
  const values: string[] = [];
  let size = 0;
  for (const text of new Set(warnings)) {
    const value = warningHeader(text);
    size += value.length;
    if (size > WARNINGS_LIMIT) break;
    values.push(value);
  }
  return values;
}

/** A body with its type and what else its headers say. */
export interface Payload {
  readonly code?: number;
  readonly contentType: string;
  readonly body: Uint8Array | string;
  readonly headers?: { readonly [name: string]: string };
  readonly warnings?: readonly string[];
}

/** Sends a whole answer. Does nothing when the client is gone or an answer was begun. */
export function sendPayload(exchange: Exchange, payload: Payload): void {
  const { response } = exchange;
  if (response.headersSent || response.writableEnded) return;
  const warnings = warningHeaders(payload.warnings ?? []);
  const headers: OutgoingHttpHeaders = { ...baseHeaders(exchange), ...payload.headers };
  headers['content-type'] = payload.contentType;
  headers['content-length'] = Buffer.byteLength(payload.body);
  if (warnings.length > 0) headers['warning'] = warnings.join(', ');
  exchange.facts.code = payload.code ?? 200;
  response.writeHead(payload.code ?? 200, headers);
  if (exchange.headOnly) response.end();
  else response.end(payload.body);
}

/** Begins an answer whose body comes later, and gives the stream to write it to. Headers leave at once. */
export function beginStream(exchange: Exchange, contentType: string): Writable {
  exchange.facts.code = 200;
  exchange.response.writeHead(200, { ...baseHeaders(exchange), 'content-type': contentType });
  exchange.response.flushHeaders?.();
  return streamOf(exchange.response);
}

/** HTTP/2 responses wrap a stream that has the buffer counts; HTTP/1.1 responses are it themselves. */
function streamOf(response: Outgoing): Writable {
  const wrapped = (response as { readonly stream?: unknown }).stream;
  return (wrapped === undefined ? response : wrapped) as Writable;
}

/** The Status for any failure. What is no KubeError is our fault: the client learns only where to look. */
export function statusOf(error: unknown, auditId: string): KubeStatus {
  if (error instanceof KubeError) return error.status;
  return kubeError('InternalError', `Internal error occurred: see the server's log for audit id ${auditId}`).status;
}

/** Sends a Status. */
export function sendStatus(exchange: Exchange, status: KubeStatus): void {
  const retryAfter = status.details?.retryAfterSeconds;
  exchange.facts.reason = status.reason ?? '';
  exchange.facts.message = status.message ?? '';
  sendPayload(exchange, {
    code: status.code,
    contentType: 'application/json',
    body: JSON.stringify(status),
    headers: {
      ...(retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }),
      ...(status.code === 401 ? { 'www-authenticate': 'Bearer' } : {}),
    },
  });
}

/** Sends plain text; unknown paths and resources are answered so. */
export function sendText(exchange: Exchange, code: number, text: string): void {
  sendPayload(exchange, { code, contentType: 'text/plain; charset=utf-8', body: text });
}

/** Cuts an answer off that cannot be finished. */
export function abandon(exchange: Exchange): void {
  streamOf(exchange.response).destroy();
}
