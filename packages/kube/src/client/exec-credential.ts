import { execFile } from 'node:child_process';
import { isObject, parseTime } from '@argosy/std';
import type { ClusterCredentials } from './cluster-connection.ts';
import { entryPath, KubeconfigError, type KubeconfigEntry } from './kubeconfig.ts';

type Json = { readonly [field: string]: unknown };

/** An exec plug-in as kubeconfig names it. */
export interface ExecPlugin {
  readonly apiVersion: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly environment: { readonly [name: string]: string };
  readonly installHint: string | undefined;
  /** What KUBERNETES_EXEC_INFO tells about the cluster; only when the plug-in asks for it. */
  readonly cluster: Json | undefined;
}

const VERSIONS = ['client.authentication.k8s.io/v1', 'client.authentication.k8s.io/v1beta1'];
/** How long a plug-in may take. */
const TIMEOUT_MS = 60_000;
/** Largest output of a plug-in. */
const OUTPUT_LIMIT_BYTES = 1024 * 1024;
/** Credentials are renewed this long before they expire. */
const EARLY_MS = 10_000;

function environmentOf(value: unknown): { readonly [name: string]: string } {
  const pairs = Array.isArray(value) ? value.filter(isObject) : [];
  return Object.fromEntries(
    pairs.flatMap((pair) =>
      typeof pair['name'] === 'string' && typeof pair['value'] === 'string' ? [[pair['name'], pair['value']]] : [],
    ),
  );
}

function commandOf(user: KubeconfigEntry, exec: Json): string {
  const command = exec['command'];
  if (typeof command !== 'string' || command === '') throw new KubeconfigError('exec.command is missing');
  // As with a shell, a bare name is searched in PATH; anything with a separator is a path beside the kubeconfig.
  return command.includes('/') ? entryPath(user, command) : command;
}

/** Reads `exec` of a user. @throws KubeconfigError for other API versions and plug-ins that need a terminal. */
export function readExecPlugin(user: KubeconfigEntry, cluster: Json): ExecPlugin | undefined {
  const exec = user.fields['exec'];
  if (!isObject(exec)) return undefined;
  const apiVersion = exec['apiVersion'];
  if (typeof apiVersion !== 'string' || !VERSIONS.includes(apiVersion)) {
    throw new KubeconfigError(
      `exec.apiVersion: found ${JSON.stringify(apiVersion)}, allowed are ${VERSIONS.join(' and ')}`,
    );
  }
  if (exec['interactiveMode'] === 'Always') {
    throw new KubeconfigError('exec.interactiveMode: found "Always", but there is no terminal to ask on');
  }
  const args = Array.isArray(exec['args']) ? exec['args'] : [];
  const hint = exec['installHint'];
  return {
    apiVersion,
    command: commandOf(user, exec),
    args: args.filter((item): item is string => typeof item === 'string'),
    environment: environmentOf(exec['env']),
    installHint: typeof hint === 'string' ? hint : undefined,
    cluster: exec['provideClusterInfo'] === true ? cluster : undefined,
  };
}

function failure(plugin: ExecPlugin, error: { readonly code?: unknown; readonly killed?: boolean }): KubeconfigError {
  if (error.code === 'ENOENT') {
    const hint = plugin.installHint === undefined ? '' : `. ${plugin.installHint}`;
    return new KubeconfigError(`the exec plug-in ${plugin.command} is not installed${hint}`);
  }
  const why = error.killed === true ? `ended after ${TIMEOUT_MS} ms` : `failed (${String(error.code)})`;
  return new KubeconfigError(`the exec plug-in ${plugin.command} ${why}`);
}

function runPlugin(plugin: ExecPlugin, environment: { readonly [name: string]: string | undefined }): Promise<string> {
  const info = {
    apiVersion: plugin.apiVersion,
    kind: 'ExecCredential',
    spec: { interactive: false, ...(plugin.cluster === undefined ? {} : { cluster: plugin.cluster }) },
  };
  const env = { ...environment, ...plugin.environment, KUBERNETES_EXEC_INFO: JSON.stringify(info) };
  const options = { env, timeout: TIMEOUT_MS, maxBuffer: OUTPUT_LIMIT_BYTES, shell: false, windowsHide: true };
  return new Promise((fulfil, reject) => {
    const child = execFile(plugin.command, [...plugin.args], options, (error, stdout) => {
      if (error === null) fulfil(stdout);
      else reject(failure(plugin, error));
    });
    child.stdin?.end();
  });
}

interface Held {
  readonly credentials: ClusterCredentials;
  readonly expiresAt: number;
}

/** The `status` of the ExecCredential that a plug-in printed. */
function readStatus(plugin: ExecPlugin, output: string): Json {
  let value: unknown;
  try {
    value = JSON.parse(output);
  } catch {
    throw new KubeconfigError(`the exec plug-in ${plugin.command} did not print JSON`);
  }
  const status = isObject(value) && value['apiVersion'] === plugin.apiVersion ? value['status'] : undefined;
  if (isObject(status)) return status;
  throw new KubeconfigError(`the exec plug-in ${plugin.command} did not print an ExecCredential ${plugin.apiVersion}`);
}

function readCredential(plugin: ExecPlugin, output: string): Held {
  const status = readStatus(plugin, output);
  const text = (field: string): string | undefined => (typeof status[field] === 'string' ? status[field] : undefined);
  const token = text('token');
  const [certificate, privateKey] = [text('clientCertificateData'), text('clientKeyData')];
  const pair = certificate === undefined || privateKey === undefined ? undefined : { certificate, privateKey };
  if (token === undefined && pair === undefined) {
    throw new KubeconfigError(`the exec plug-in ${plugin.command} gave neither a token nor a certificate with its key`);
  }
  return {
    credentials: { ...pair, ...(token === undefined ? {} : { token }) },
    expiresAt: parseTime(text('expirationTimestamp') ?? '') ?? Number.POSITIVE_INFINITY,
  };
}

/** What running plug-ins needs. */
export interface ExecContext {
  /** The environment that plug-ins inherit. */
  readonly environment: { readonly [name: string]: string | undefined };
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Credentials from a plug-in, kept until they expire or are refused; concurrent callers share one run. */
export function execCredentials(
  plugin: ExecPlugin,
  context: ExecContext,
): (refused: boolean) => Promise<ClusterCredentials> {
  let held: Held | undefined;
  let running: Promise<Held> | undefined;
  return async (refused) => {
    if (held !== undefined && !refused && context.now() < held.expiresAt - EARLY_MS) return held.credentials;
    running ??= runPlugin(plugin, context.environment)
      .then((output) => readCredential(plugin, output))
      .finally(() => {
        running = undefined;
      });
    held = await running;
    return held.credentials;
  };
}
