/** Why a request got no answer. */
export type ConnectionFault =
  | 'unreachable'
  | 'tls'
  | 'timeout'
  | 'reset'
  | 'response-too-large'
  | 'bad-response'
  | 'closed';

/** The cluster did not answer, or answered something that is not Kubernetes. Names the server, never credentials. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError';
  readonly fault: ConnectionFault;
  readonly server: string;

  constructor(fault: ConnectionFault, server: string, message: string) {
    super(`${server}: ${message}`);
    this.fault = fault;
    this.server = server;
  }

  /** True when the same request may succeed later. */
  get retryable(): boolean {
    return this.fault === 'unreachable' || this.fault === 'timeout' || this.fault === 'reset';
  }
}

const FAULTS: { readonly [code: string]: ConnectionFault } = {
  ECONNREFUSED: 'unreachable',
  ENOTFOUND: 'unreachable',
  EAI_AGAIN: 'unreachable',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  ETIMEDOUT: 'timeout',
  UND_ERR_CONNECT_TIMEOUT: 'timeout',
  UND_ERR_HEADERS_TIMEOUT: 'timeout',
  UND_ERR_BODY_TIMEOUT: 'timeout',
  ECONNRESET: 'reset',
  EPIPE: 'reset',
  UND_ERR_SOCKET: 'reset',
  UND_ERR_DESTROYED: 'closed',
  UND_ERR_CLOSED: 'closed',
};

function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return '';
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? code : '';
}

function isTlsCode(code: string): boolean {
  return /CERT|SSL|TLS|SELF_SIGNED|UNABLE_TO_|ISSUER/.test(code);
}

/** Names what went wrong with a connection. */
export function connectionError(error: unknown, server: string): ConnectionError {
  if (error instanceof ConnectionError) return error;
  const code = codeOf(error) || codeOf(error instanceof Error ? error.cause : undefined);
  const fault = FAULTS[code] ?? (isTlsCode(code) ? 'tls' : 'reset');
  const why = error instanceof Error ? error.message : String(error);
  return new ConnectionError(fault, server, code === '' ? why : `${why} (${code})`);
}
