// @table: every limit of the HTTPS front; tests read the same values
/** Limits of the HTTPS front. Units are in the names; tests may lower them through `ServerOptions.limits`. */
export interface ServerLimits {
  /** Bytes of all request headers together. */
  readonly headerBytes: number;
  /** Characters of path and query. */
  readonly urlLength: number;
  /** Query parameters of one request. */
  readonly queryCount: number;
  /** Bytes of a JSON body. */
  readonly bodyBytes: number;
  /** How deep a JSON body may nest. */
  readonly bodyDepth: number;
  /** From the first byte of a body to its last. */
  readonly bodyTimeoutMs: number;
  /** From the connection's start to its first whole request. */
  readonly headerTimeoutMs: number;
  /** How long a connection may be silent. */
  readonly idleTimeoutMs: number;
  /** How long a handler may take unless its route says otherwise. */
  readonly handlerTimeoutMs: number;
  /** Open connections. */
  readonly connectionCount: number;
  /** Requests at one time on one HTTP/2 connection. */
  readonly streamsPerConnection: number;
  /** Requests in work at one time, streams included. */
  readonly requestCount: number;
  /** Open streaming answers at one time. */
  readonly streamCount: number;
  /** Open streaming answers of one identity. */
  readonly streamsPerIdentity: number;
  /** Silence on a stream after which a heartbeat is sent. */
  readonly heartbeatMs: number;
  /** How often the session behind a stream is checked again. */
  readonly recheckMs: number;
  /** How long a client may leave a full send buffer unread before its stream is ended. */
  readonly stalledMs: number;
  /** How long `close()` waits for requests in work before it cuts them. */
  readonly drainMs: number;
}

/** What a server uses unless told otherwise. */
export const DEFAULT_LIMITS: ServerLimits = Object.freeze({
  headerBytes: 16 * 1024,
  urlLength: 8192,
  queryCount: 200,
  bodyBytes: 4 * 1024 * 1024,
  bodyDepth: 128,
  bodyTimeoutMs: 60_000,
  headerTimeoutMs: 10_000,
  idleTimeoutMs: 120_000,
  handlerTimeoutMs: 60_000,
  connectionCount: 2000,
  streamsPerConnection: 100,
  requestCount: 2000,
  streamCount: 1000,
  streamsPerIdentity: 200,
  heartbeatMs: 15_000,
  recheckMs: 5000,
  stalledMs: 60_000,
  drainMs: 5000,
});
