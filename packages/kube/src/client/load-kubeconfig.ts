import { join } from 'node:path';
import { isObject } from '@argosy/std';
import type { UserInfo } from '../port/index.ts';
import type { ClusterConnection, ClusterCredentials } from './cluster-connection.ts';
import { execCredentials, readExecPlugin, type ExecContext } from './exec-credential.ts';
import {
  entryPath,
  entryPem,
  entryText,
  KubeconfigError,
  readConfigFile,
  readKubeconfig,
  type Kubeconfig,
  type KubeconfigEntry,
} from './kubeconfig.ts';

/** Where to look for a kubeconfig; environment values come in as data. */
export interface KubeconfigOptions extends ExecContext {
  /** One file, as `--kubeconfig` names it: it must exist, and nothing else is looked at. */
  readonly path?: string;
  /** The value of KUBECONFIG: files joined by `:`. */
  readonly pathList?: string;
  /** The user's home directory, for `~/.kube/config`. */
  readonly home?: string;
  /** @default the current context of the file */
  readonly context?: string;
}

/** A connection with what its context says beside. */
export interface KubeconfigConnection {
  readonly connection: ClusterConnection;
  readonly context: string;
  /** The namespace of the context. @default `default` */
  readonly namespace: string;
}

/** A token file is read again when what was read is this old. */
const TOKEN_FILE_MS = 60_000;

function pathsOf(options: KubeconfigOptions): readonly string[] {
  if (options.path !== undefined) return [options.path];
  const listed = (options.pathList ?? '').split(':').filter((path) => path !== '');
  if (listed.length > 0) return [...new Set(listed)];
  if (options.home === undefined)
    throw new KubeconfigError('no kubeconfig: neither a path nor a home directory is known');
  return [join(options.home, '.kube', 'config')];
}

function find(entries: ReadonlyMap<string, KubeconfigEntry>, name: string, what: string): KubeconfigEntry {
  const entry = entries.get(name);
  if (entry !== undefined) return entry;
  const known = [...entries.keys()].sort().join(', ');
  throw new KubeconfigError(
    `${what} ${JSON.stringify(name)} does not exist; there are: ${known === '' ? 'none' : known}`,
  );
}

function refuseOldWays(user: KubeconfigEntry, name: string): void {
  for (const field of ['username', 'password', 'auth-provider']) {
    if (user.fields[field] === undefined) continue;
    throw new KubeconfigError(
      `user ${JSON.stringify(name)}: ${field} is not supported; use a certificate, a token or exec`,
    );
  }
}

function tokenFromFile(path: string, now: () => number): (refused: boolean) => Promise<string> {
  let held: { readonly token: string; readonly readAt: number } | undefined;
  return async (refused) => {
    if (held === undefined || refused || now() - held.readAt >= TOKEN_FILE_MS) {
      held = { token: (await readConfigFile(path)).trim(), readAt: now() };
    }
    return held.token;
  };
}

/** Credentials whose token is read from a file that others renew, as in a pod. */
export function tokenFileCredentials(
  path: string,
  now: () => number,
  more: ClusterCredentials = {},
): (refused: boolean) => Promise<ClusterCredentials> {
  const token = tokenFromFile(path, now);
  return async (refused) => ({ ...more, token: await token(refused) });
}

async function credentialsOf(
  user: KubeconfigEntry,
  cluster: KubeconfigEntry,
  context: ExecContext,
): Promise<NonNullable<ClusterConnection['credentials']>> {
  const { server } = cluster.fields;
  const plugin = readExecPlugin(user, {
    server,
    'certificate-authority-data': cluster.fields['certificate-authority-data'],
  });
  if (plugin !== undefined) return execCredentials(plugin, context);
  const [certificate, privateKey] = [await entryPem(user, 'client-certificate'), await entryPem(user, 'client-key')];
  const pair = certificate === undefined || privateKey === undefined ? {} : { certificate, privateKey };
  const tokenFile = entryText(user, 'tokenFile');
  if (tokenFile !== undefined) return tokenFileCredentials(entryPath(user, tokenFile), context.now, pair);
  const token = entryText(user, 'token');
  return { ...pair, ...(token === undefined ? {} : { token }) };
}

const texts = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];

function impersonationOf(user: KubeconfigEntry): UserInfo | undefined {
  const name = entryText(user, 'as');
  if (name === undefined) return undefined;
  const uid = entryText(user, 'as-uid');
  const extra = user.fields['as-user-extra'];
  return {
    name,
    groups: texts(user.fields['as-groups']),
    ...(uid === undefined ? {} : { uid }),
    ...(isObject(extra)
      ? { extra: Object.fromEntries(Object.entries(extra).map(([key, list]) => [key, texts(list)])) }
      : {}),
  };
}

async function clusterPart(cluster: KubeconfigEntry, name: string): Promise<ClusterConnection> {
  const server = entryText(cluster, 'server');
  if (server === undefined) throw new KubeconfigError(`cluster ${JSON.stringify(name)}: server is missing`);
  const ca = await entryPem(cluster, 'certificate-authority');
  const insecure = cluster.fields['insecure-skip-tls-verify'] === true;
  if (insecure && ca !== undefined) {
    throw new KubeconfigError(
      `cluster ${JSON.stringify(name)}: insecure-skip-tls-verify and a certificate authority exclude each other`,
    );
  }
  const serverName = entryText(cluster, 'tls-server-name');
  const proxyUrl = entryText(cluster, 'proxy-url');
  return {
    server,
    ...(ca === undefined ? {} : { ca }),
    ...(insecure ? { insecureSkipVerify: true } : {}),
    ...(serverName === undefined ? {} : { serverName }),
    ...(proxyUrl === undefined ? {} : { proxyUrl }),
  };
}

/**
 * The connection that a context of a kubeconfig describes.
 * @throws KubeconfigError naming what is missing or refused.
 */
export async function kubeconfigConnection(
  config: Kubeconfig,
  options: ExecContext & { readonly context?: string },
): Promise<KubeconfigConnection> {
  const name = options.context ?? config.currentContext;
  if (name === '') throw new KubeconfigError('current-context is not set');
  const context = find(config.contexts, name, 'context');
  const clusterName = entryText(context, 'cluster') ?? '';
  const cluster = find(config.clusters, clusterName, 'cluster');
  const userName = entryText(context, 'user');
  const user = userName === undefined ? undefined : find(config.users, userName, 'user');
  const base = await clusterPart(cluster, clusterName);
  const namespace = entryText(context, 'namespace') ?? 'default';
  if (user === undefined) return { connection: base, context: name, namespace };
  refuseOldWays(user, userName ?? '');
  const impersonate = impersonationOf(user);
  const connection: ClusterConnection = {
    ...base,
    credentials: await credentialsOf(user, cluster, options),
    ...(impersonate === undefined ? {} : { impersonate }),
  };
  return { connection, context: name, namespace };
}

/**
 * Finds kubeconfig files as kubectl does and gives the connection of a context.
 * @throws KubeconfigError naming the file or what is missing.
 */
export async function loadKubeconfig(options: KubeconfigOptions): Promise<KubeconfigConnection> {
  return kubeconfigConnection(await readKubeconfig(pathsOf(options)), options);
}

/** What a pod knows about its cluster. */
export interface InClusterOptions {
  /** The values of KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT. */
  readonly host: string;
  readonly port: string;
  /** @default `/var/run/secrets/kubernetes.io/serviceaccount` */
  readonly directory?: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** The connection of a pod to its own cluster. @throws KubeconfigError when the mounted files are missing. */
export async function inClusterConnection(options: InClusterOptions): Promise<KubeconfigConnection> {
  const directory = options.directory ?? '/var/run/secrets/kubernetes.io/serviceaccount';
  const host = options.host.includes(':') ? `[${options.host}]` : options.host;
  const ca = await readConfigFile(join(directory, 'ca.crt'));
  const namespace = (await readConfigFile(join(directory, 'namespace'))).trim();
  const credentials = tokenFileCredentials(join(directory, 'token'), options.now);
  // Asked once here, so that a missing token is told at the start.
  await credentials(false);
  return {
    connection: { server: `https://${host}:${options.port}`, ca, credentials },
    context: 'in-cluster',
    namespace,
  };
}
