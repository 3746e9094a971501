import { RestError, type RestErrorCode } from '@argosy/api/rest';
import { KubeError, type StatusReason } from '@argosy/kube/meta';

/** gRPC's number and the HTTP status of each word. */
const CODES: { readonly [code in RestErrorCode | 'Unknown']: { readonly grpc: number; readonly http: number } } = {
  Unknown: { grpc: 2, http: 500 },
  InvalidArgument: { grpc: 3, http: 400 },
  DeadlineExceeded: { grpc: 4, http: 504 },
  NotFound: { grpc: 5, http: 404 },
  AlreadyExists: { grpc: 6, http: 409 },
  PermissionDenied: { grpc: 7, http: 403 },
  ResourceExhausted: { grpc: 8, http: 429 },
  FailedPrecondition: { grpc: 9, http: 400 },
  Aborted: { grpc: 10, http: 409 },
  Unimplemented: { grpc: 12, http: 501 },
  Internal: { grpc: 13, http: 500 },
  Unavailable: { grpc: 14, http: 503 },
  Unauthenticated: { grpc: 16, http: 401 },
};

const CODE_BY_REASON: { readonly [reason in StatusReason]?: RestErrorCode } = {
  NotFound: 'NotFound',
  AlreadyExists: 'AlreadyExists',
  Invalid: 'InvalidArgument',
  MethodNotAllowed: 'Unimplemented',
  ServiceUnavailable: 'Unavailable',
  ServerTimeout: 'Unavailable',
  BadRequest: 'FailedPrecondition',
  Unauthorized: 'Unauthenticated',
  Forbidden: 'PermissionDenied',
  Timeout: 'DeadlineExceeded',
  Conflict: 'Aborted',
  TooManyRequests: 'ResourceExhausted',
  RequestEntityTooLarge: 'ResourceExhausted',
  InternalError: 'Internal',
};

/** A refusal that HTTP itself knows (405, 413, 415): its own status, upstream's body. */
export class HttpError extends Error {
  override readonly name = 'HttpError';
  readonly status: number;
  readonly code: RestErrorCode;

  constructor(status: number, code: RestErrorCode, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** What a client is told: HTTP status and upstream's body. */
export interface ErrorAnswer {
  readonly status: number;
  readonly body: { readonly error: string; readonly code: number; readonly message: string };
  /** True when the error is ours and unforeseen: the text holds only `incident`, the log holds the rest. */
  readonly isUnforeseen: boolean;
}

const answer = (code: RestErrorCode | 'Unknown', message: string, status?: number): ErrorAnswer => ({
  status: status ?? CODES[code].http,
  body: { error: message, code: CODES[code].grpc, message },
  isUnforeseen: false,
});

/** Maps what a handler threw. Unforeseen errors tell the client nothing but `incident`. */
export function errorAnswer(error: unknown, incident: string): ErrorAnswer {
  if (error instanceof HttpError) return answer(error.code, error.message, error.status);
  if (error instanceof RestError) return answer(error.code, error.message);
  if (error instanceof KubeError) {
    const code = CODE_BY_REASON[error.reason];
    if (code !== undefined && code !== 'Internal') return answer(code, error.message);
  }
  return { ...answer('Internal', `internal error, incident ${incident}`), isUnforeseen: true };
}

/** The last line of a broken JSON-lines stream, as upstream writes it. */
export function streamError(told: ErrorAnswer): { readonly error: object } {
  const { code, message } = told.body;
  return { error: { grpc_code: code, http_code: told.status, message, http_status: String(told.status) } };
}
