import { isAbsolute, resolve } from 'node:path';
import { CommandError, defaultDataDirectory, type Flag, type Invocation } from '@argosy/cli';
import { LOG_LEVELS, type LogLevel } from './text-logger.ts';

/** How pods run. */
export const RUNTIMES = ['auto', 'containers', 'processes', 'simulated'] as const;

/** One of the runtimes. `auto` takes the best that this machine has. */
export type RuntimeChoice = (typeof RUNTIMES)[number];

/** On what network the containers of pods are. */
export const POD_NETWORKS = ['host', 'engine', 'none'] as const;

/** One of the networks of pods. */
export type PodNetworkChoice = (typeof POD_NETWORKS)[number];

/** Resolved settings of `argosy up`. */
export interface UpOptions {
  /** Absolute path; created 0700. */
  readonly dataDirectory: string;
  /** Port of the page and the REST API; 0 takes a free one. */
  readonly port: number;
  /** Port of the Kubernetes API; 0 takes a free one. */
  readonly kubePort: number;
  /** Ports of the gateway for Ingresses and HTTPRoutes; 0 takes a free one. */
  readonly gatewayPort: number;
  readonly gatewayTlsPort: number;
  /** A Kubernetes AuthenticationConfiguration with the OpenID Connect issuers that the Kubernetes API believes. */
  readonly kubeAuthentication: string | undefined;
  readonly runtime: RuntimeChoice;
  /** Socket of the container engine; `undefined` looks in the usual places. */
  readonly engineSocket: string | undefined;
  readonly podNetwork: PodNetworkChoice;
  readonly demo: boolean;
  /** Gets a JSON description when everything is ready. */
  readonly readyFile: string | undefined;
  readonly logLevel: LogLevel;
}

/** The flags of `argosy up`. */
export const upFlags: readonly Flag[] = [
  {
    name: 'data-dir',
    type: 'string',
    description: 'where everything is kept (default ~/.argosy)',
    placeholder: 'directory',
    env: 'ARGOSY_DATA_DIR',
  },
  {
    name: 'port',
    type: 'integer',
    description: 'port of the page and the API (0 takes a free one)',
    defaultValue: '8080',
  },
  {
    name: 'kube-port',
    type: 'integer',
    description: 'port of the Kubernetes API (0 takes a free one)',
    defaultValue: '6443',
  },
  {
    name: 'gateway-port',
    type: 'integer',
    description: 'port of the gateway for Ingresses and HTTPRoutes (0 takes a free one)',
    defaultValue: '8000',
  },
  {
    name: 'gateway-tls-port',
    type: 'integer',
    description: 'port of the gateway for HTTPS (0 takes a free one)',
    defaultValue: '8443',
  },
  {
    name: 'kube-authentication',
    type: 'string',
    description: 'an AuthenticationConfiguration: OpenID Connect issuers whose tokens the Kubernetes API takes',
    placeholder: 'file',
  },
  { name: 'runtime', type: 'string', description: `how pods run: ${RUNTIMES.join(', ')}`, defaultValue: 'auto' },
  {
    name: 'engine-socket',
    type: 'string',
    description: 'unix socket of Docker or Podman for --runtime containers (default: the usual places)',
    placeholder: 'path',
    env: 'ARGOSY_ENGINE_SOCKET',
  },
  {
    name: 'pod-network',
    type: 'string',
    description: `network of containers: ${POD_NETWORKS.join(', ')}`,
    defaultValue: 'host',
  },
  { name: 'no-demo', type: 'boolean', description: 'do not create the demo repository and its application' },
  {
    name: 'ready-file',
    type: 'string',
    description: 'write a JSON description here when everything is ready',
    placeholder: 'file',
  },
  {
    name: 'log-level',
    type: 'string',
    description: `least urgent lines on standard error: ${LOG_LEVELS.join(', ')}`,
    defaultValue: 'warn',
  },
];

const HIGHEST_PORT = 65_535;

function portOf(invocation: Invocation, name: string): number {
  const port = invocation.flags.integer(name);
  if (port >= 0 && port <= HIGHEST_PORT) return port;
  throw new CommandError(`--${name}: found ${port}, allowed is 0 to ${HIGHEST_PORT}`);
}

function wordOf<W extends string>(invocation: Invocation, name: string, allowed: readonly W[]): W {
  const text = invocation.flags.text(name);
  const word = allowed.find((item) => item === text);
  if (word !== undefined) return word;
  throw new CommandError(`--${name}: found ${JSON.stringify(text)}, allowed are ${allowed.join(', ')}`);
}

const absolute = (path: string): string => (isAbsolute(path) ? path : resolve(path));

/** Resolved settings of the control plane alone. */
export type ServeOptions = Pick<UpOptions, 'dataDirectory' | 'kubePort' | 'kubeAuthentication' | 'logLevel'>;

/** The flags of `argosy up` that concern the control plane. */
export const serveFlags: readonly Flag[] = upFlags.filter(({ name }) =>
  ['data-dir', 'kube-port', 'kube-authentication', 'log-level'].includes(name),
);

/**
 * Reads the flags of the control plane.
 * @throws CommandError naming the flag, what was found and what is allowed.
 */
export function resolveServeOptions(invocation: Invocation): ServeOptions {
  const directory = invocation.flags.text('data-dir');
  const kubeAuthentication = invocation.flags.text('kube-authentication');
  return {
    dataDirectory: absolute(directory === '' ? defaultDataDirectory(invocation.terminal.env) : directory),
    kubePort: portOf(invocation, 'kube-port'),
    kubeAuthentication: kubeAuthentication === '' ? undefined : absolute(kubeAuthentication),
    logLevel: wordOf(invocation, 'log-level', LOG_LEVELS),
  };
}

/**
 * Reads the flags of `argosy up`.
 * @throws CommandError naming the flag, what was found and what is allowed.
 */
export function resolveUpOptions(invocation: Invocation): UpOptions {
  const { flags } = invocation;
  const readyFile = flags.text('ready-file');
  const engineSocket = flags.text('engine-socket');
  return {
    ...resolveServeOptions(invocation),
    port: portOf(invocation, 'port'),
    gatewayPort: portOf(invocation, 'gateway-port'),
    gatewayTlsPort: portOf(invocation, 'gateway-tls-port'),
    runtime: wordOf(invocation, 'runtime', RUNTIMES),
    engineSocket: engineSocket === '' ? undefined : absolute(engineSocket),
    podNetwork: wordOf(invocation, 'pod-network', POD_NETWORKS),
    demo: !flags.boolean('no-demo'),
    readyFile: readyFile === '' ? undefined : absolute(readyFile),
  };
}
