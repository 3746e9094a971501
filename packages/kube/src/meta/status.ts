/** metav1.StatusReason words that we produce or act on. */
export type StatusReason =
  | 'BadRequest'
  | 'Unauthorized'
  | 'Forbidden'
  | 'NotFound'
  | 'AlreadyExists'
  | 'Conflict'
  | 'Gone'
  | 'Expired'
  | 'Invalid'
  | 'ServerTimeout'
  | 'Timeout'
  | 'TooManyRequests'
  | 'MethodNotAllowed'
  | 'NotAcceptable'
  | 'RequestEntityTooLarge'
  | 'UnsupportedMediaType'
  | 'InternalError'
  | 'ServiceUnavailable'
  | 'Unknown'
  | '';

/** One reason inside a Status: a field, or a missing permission. */
export interface StatusCause {
  readonly reason?: string;
  readonly message?: string;
  readonly field?: string;
}

/** metav1.StatusDetails. `kind` holds the resource for 404 and 409 and the Kind for 422 (kube.md §16). */
export interface StatusDetails {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
  readonly uid?: string;
  readonly causes?: readonly StatusCause[];
  readonly retryAfterSeconds?: number;
}

/** metav1.Status as it goes over the wire. */
export interface KubeStatus {
  readonly kind: 'Status';
  readonly apiVersion: 'v1';
  readonly metadata: { readonly continue?: string };
  readonly status: 'Success' | 'Failure';
  readonly message?: string;
  readonly reason?: StatusReason;
  readonly details?: StatusDetails;
  readonly code: number;
}

const CODE_BY_REASON: { readonly [reason in StatusReason]: number } = {
  BadRequest: 400,
  Unauthorized: 401,
  Forbidden: 403,
  NotFound: 404,
  MethodNotAllowed: 405,
  NotAcceptable: 406,
  AlreadyExists: 409,
  Conflict: 409,
  Gone: 410,
  Expired: 410,
  RequestEntityTooLarge: 413,
  UnsupportedMediaType: 415,
  Invalid: 422,
  TooManyRequests: 429,
  InternalError: 500,
  ServerTimeout: 500,
  Unknown: 500,
  '': 500,
  ServiceUnavailable: 503,
  Timeout: 504,
};

/** A refusal by an API server, ours or a real one: the only error that a ClusterApi throws on an answered request. */
export class KubeError extends Error {
  override readonly name = 'KubeError';
  readonly status: KubeStatus;

  constructor(status: KubeStatus) {
    super(status.message ?? status.reason ?? `status ${status.code}`);
    this.status = status;
  }

  get reason(): StatusReason {
    return this.status.reason ?? 'Unknown';
  }

  get code(): number {
    return this.status.code;
  }
}

/** Builds the error for a reason; the code follows from it unless given. */
export function kubeError(
  reason: StatusReason,
  message: string,
  more: { readonly details?: StatusDetails; readonly code?: number } = {},
): KubeError {
  return new KubeError({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    reason,
    ...(more.details === undefined ? {} : { details: more.details }),
    code: more.code ?? CODE_BY_REASON[reason],
  });
}

/** True when `error` is a KubeError with one of `reasons`. */
export function hasReason(error: unknown, ...reasons: readonly StatusReason[]): error is KubeError {
  return error instanceof KubeError && reasons.includes(error.reason);
}
