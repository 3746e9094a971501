/** Bounds of the embedded gateway. */
export interface GatewayLimits {
  /** Connections of clients at one time; further ones are closed at once. @default 2048 */
  readonly connections: number;
  /** Milliseconds until a backend must have taken a connection. @default 5000 */
  readonly connectMs: number;
  /** Milliseconds that a client has to send the head of a request. @default 30 000 */
  readonly headMs: number;
  /** Bytes of a request's head. @default 64 KiB */
  readonly headBytes: number;
  /** Copies of requests that are on their way at one time; further ones are not made. @default 64 */
  readonly mirrors: number;
  /** Bytes of a body that a copy may be behind; then it is given up. @default 1 MiB */
  readonly mirrorBytes: number;
}

/** The limits unless told otherwise. */
export const defaultGatewayLimits: GatewayLimits = Object.freeze({
  connections: 2048,
  connectMs: 5000,
  headMs: 30_000,
  headBytes: 64 * 1024,
  mirrors: 64,
  mirrorBytes: 1024 * 1024,
});
