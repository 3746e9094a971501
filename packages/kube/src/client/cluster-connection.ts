import type { UserInfo } from '../port/index.ts';

/** What proves who we are. The values are secrets, except the certificate. */
export interface ClusterCredentials {
  readonly token?: string;
  /** Client certificate and its key, PEM. */
  readonly certificate?: string;
  readonly privateKey?: string;
}

/** What a client accepts before it gives up. */
export interface ClientLimits {
  /** Largest answer. @default 256 MiB */
  readonly responseBytes: number;
  /** Largest watch event. @default 32 MiB */
  readonly eventBytes: number;
  /** Time until an answer begins. @default 65 s, a little more than servers take */
  readonly headersTimeoutMs: number;
  /** Longest silence inside an answer; watches and logs may be silent for ever. @default 60 s */
  readonly bodyTimeoutMs: number;
  /** Time to open a connection. @default 10 s */
  readonly connectTimeoutMs: number;
  /** Connections for requests; watches and logs open their own. @default 32 */
  readonly connections: number;
  /** How often a read is repeated when the server says 429. @default 5 */
  readonly retries: number;
  /** Longest pause that `Retry-After` may ask for. @default 30 s */
  readonly retryAfterMs: number;
}

/** The limits that hold unless settings say otherwise. */
export const DEFAULT_CLIENT_LIMITS: ClientLimits = {
  responseBytes: 256 * 1024 * 1024,
  eventBytes: 32 * 1024 * 1024,
  headersTimeoutMs: 65_000,
  bodyTimeoutMs: 60_000,
  connectTimeoutMs: 10_000,
  connections: 32,
  retries: 5,
  retryAfterMs: 30_000,
};

/** How to reach a cluster, and as whom. */
export interface ClusterConnection {
  /** `https://host:port`, possibly with a path before `/api`. Plain `http` carries no credentials. */
  readonly server: string;
  /** The authority to trust, PEM. @default the system's */
  readonly ca?: string;
  /** The name to expect in the server's certificate. @default the host of `server` */
  readonly serverName?: string;
  /** Believe any certificate: only when the user asked for it by name. */
  readonly insecureSkipVerify?: boolean;
  readonly proxyUrl?: string;
  /** Asked before each request; `refused` is true when the server did not accept the last ones. */
  readonly credentials?: ClusterCredentials | ((refused: boolean) => Promise<ClusterCredentials>);
  /** Act as this user by default. */
  readonly impersonate?: UserInfo;
  /** @default `argosy` */
  readonly userAgent?: string;
  readonly limits?: Partial<ClientLimits>;
}
