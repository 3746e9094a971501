import type { DurationMs } from '@argosy/std';

/** Who is logged in to Argosy. `subject` is the stable id (`admin`, or `iss`+`sub`). */
export interface Identity {
  readonly subject: string;
  readonly username: string;
  readonly groups: readonly string[];
  /** The issuer of the session: `argosy` for local accounts. */
  readonly issuer: string;
}

/** A decoded request to a domain's service. Path parameters and query values are already unescaped. */
export interface RestRequest {
  readonly params: { readonly [name: string]: string };
  readonly query: {
    readonly get: (name: string) => string | undefined;
    readonly getAll: (name: string) => readonly string[];
  };
  /** The decoded JSON body; `undefined` when there was none. */
  readonly body: unknown;
  readonly identity: Identity;
  /** Aborted when the client goes away. */
  readonly signal: AbortSignal;
  /** Reads a request header by lower-case name; for signatures of webhooks. The server always sets it. */
  readonly header?: (name: string) => string | undefined;
  /** The body as it came, for signatures over raw bytes; only on routes without `access`. */
  readonly rawBody?: Uint8Array;
  /** The peer's address as text. The server always sets it. */
  readonly address?: string;
}

/**
 * One JSON answer, or a stream. `stream` items are sent as upstream does: JSON lines `{"result":…}`, or
 * server-sent events (`data: {"result":…}`) when the client accepts `text/event-stream`.
 */
export type RestResponse =
  | { readonly kind: 'json'; readonly status?: number; readonly body: unknown }
  | { readonly kind: 'stream'; readonly items: AsyncIterable<unknown> }
  | {
      readonly kind: 'bytes';
      readonly contentType: string;
      /** Beside, or instead of, those that every answer has; names in lower case. */
      readonly headers?: { readonly [name: string]: string };
      readonly chunks: AsyncIterable<Uint8Array>;
    };

/** What the caller must be allowed to do (server enforces it before the handler runs): upstream's RBAC words. */
export interface RouteAccess {
  readonly resource: string;
  readonly action: string;
  /** The object, from path parameters and body, e.g. `project/name`; `*` when the handler filters by itself. */
  readonly object: (request: RestRequest) => string | Promise<string>;
}

/** One operation. `path` uses `{name}` for parameters (`/api/v1/applications/{name}`). */
export interface RestRoute {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  /** Absent only for routes that need no login; then `identity` is the anonymous one. */
  readonly access?: RouteAccess;
  readonly timeout?: DurationMs;
  readonly handle: (request: RestRequest) => Promise<RestResponse>;
}

/** A refusal with upstream's gRPC code and words; the server maps it to HTTP. */
export class RestError extends Error {
  override readonly name = 'RestError';
  readonly code: RestErrorCode;

  constructor(code: RestErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** gRPC status words. */
export type RestErrorCode =
  | 'InvalidArgument'
  | 'NotFound'
  | 'AlreadyExists'
  | 'PermissionDenied'
  | 'Unauthenticated'
  | 'FailedPrecondition'
  | 'ResourceExhausted'
  | 'Aborted'
  | 'Unimplemented'
  | 'Internal'
  | 'Unavailable'
  | 'DeadlineExceeded';
