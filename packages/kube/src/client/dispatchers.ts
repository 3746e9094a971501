import { Agent, ProxyAgent, type Dispatcher } from 'undici';
import type { ClientLimits, ClusterConnection, ClusterCredentials } from './cluster-connection.ts';

/** Connection pools to one server with one client certificate. */
export interface Dispatchers {
  /** Bounded, for requests with one answer. */
  readonly requests: Dispatcher;
  /** Unbounded, for watches and logs: they would starve the others. */
  readonly streams: Dispatcher;
}

/** Hands out pools; a new certificate gets new ones, and the old ones end when they are idle. */
export interface DispatcherPool {
  for(credentials: ClusterCredentials): Dispatchers;
  close(): Promise<void>;
}

function tlsOptions(
  connection: ClusterConnection,
  credentials: ClusterCredentials,
): { readonly [option: string]: unknown } {
  const { ca, serverName, insecureSkipVerify } = connection;
  const { certificate, privateKey } = credentials;
  return {
    rejectUnauthorized: insecureSkipVerify !== true,
    ...(ca === undefined ? {} : { ca }),
    ...(serverName === undefined ? {} : { servername: serverName }),
    ...(certificate === undefined || privateKey === undefined ? {} : { cert: certificate, key: privateKey }),
  };
}

function createDispatcher(
  connection: ClusterConnection,
  credentials: ClusterCredentials,
  options: { readonly limits: ClientLimits; readonly connections: number | null },
): Dispatcher {
  const { limits, connections } = options;
  const connect = { ...tlsOptions(connection, credentials), timeout: limits.connectTimeoutMs };
  const common = { connections, headersTimeout: limits.headersTimeoutMs, bodyTimeout: limits.bodyTimeoutMs };
  if (connection.proxyUrl === undefined) return new Agent({ ...common, connect });
  return new ProxyAgent({ ...common, uri: connection.proxyUrl, requestTls: connect });
}

/** Makes the pools of one connection. */
export function createDispatcherPool(connection: ClusterConnection, limits: ClientLimits): DispatcherPool {
  let current: (Dispatchers & { readonly certificate: string | undefined }) | undefined;
  const retired = new Set<Promise<void>>();
  const retire = (old: Dispatchers): void => {
    const ending = Promise.all([old.requests.close(), old.streams.close()]).then(
      () => undefined,
      () => undefined,
    );
    retired.add(ending);
    void ending.then(() => retired.delete(ending));
  };
  return {
    for: (credentials) => {
      if (current !== undefined && current.certificate === credentials.certificate) return current;
      if (current !== undefined) retire(current);
      current = {
        certificate: credentials.certificate,
        requests: createDispatcher(connection, credentials, { limits, connections: limits.connections }),
        streams: createDispatcher(connection, credentials, { limits, connections: null }),
      };
      return current;
    },
    close: async () => {
      const open = current;
      current = undefined;
      if (open !== undefined) await Promise.all([open.requests.destroy(), open.streams.destroy()]);
    },
  };
}
