/** What the wire skin accepts before it refuses. Every number has a default. */
export interface HttpLimits {
  /** Largest request body. @default 3 MiB */
  readonly bodyBytes: number;
  /** Deepest nesting of a body. @default 256 */
  readonly bodyDepth: number;
  /** Most values that a YAML body may expand to through aliases. @default 1,000,000 */
  readonly yamlValueCount: number;
  /** Time for a body to arrive whole. @default 30 s */
  readonly bodyTimeoutMs: number;
  /** Time for an answer, watches and followed logs aside. @default 60 s */
  readonly requestTimeoutMs: number;
  /** Reads worked on at once. @default 400 */
  readonly readsInFlight: number;
  /** Writes worked on at once. @default 200 */
  readonly writesInFlight: number;
  /** Watches and followed logs open at once. @default 10,000 */
  readonly longRunning: number;
  /** Bytes that may wait for one slow watcher. @default 4 MiB */
  readonly watchBufferBytes: number;
  /** Time without a byte either way after which an exec, attach or port-forward ends. @default 4 h */
  readonly streamIdleMs: number;
  /** Time for a client to open the streams that it asked for. @default 30 s */
  readonly streamOpenMs: number;
  /** Streams of one SPDY connection; a forwarded connection has two. @default 1024 */
  readonly streamsPerConnection: number;
  /** Bytes of one SPDY frame or WebSocket message. @default 1 MiB */
  readonly streamFrameBytes: number;
  /** Bytes of the headers of one SPDY stream. @default 16 KiB */
  readonly streamHeaderBytes: number;
  /** Ports of one port-forward of the old WebSocket form. @default 32 */
  readonly forwardedPorts: number;
  /** Bytes of a request's path and query. @default 16 KiB */
  readonly urlBytes: number;
  /** Time for open requests to end when the server closes. @default 5 s */
  readonly closeTimeoutMs: number;
}

/** The limits that hold unless settings say otherwise. */
export const DEFAULT_HTTP_LIMITS: HttpLimits = {
  bodyBytes: 3 * 1024 * 1024,
  bodyDepth: 256,
  yamlValueCount: 1_000_000,
  bodyTimeoutMs: 30_000,
  requestTimeoutMs: 60_000,
  readsInFlight: 400,
  writesInFlight: 200,
  longRunning: 10_000,
  watchBufferBytes: 4 * 1024 * 1024,
  streamIdleMs: 4 * 60 * 60 * 1000,
  streamOpenMs: 30_000,
  streamsPerConnection: 1024,
  streamFrameBytes: 1024 * 1024,
  streamHeaderBytes: 16 * 1024,
  forwardedPorts: 32,
  urlBytes: 16 * 1024,
  closeTimeoutMs: 5000,
};
