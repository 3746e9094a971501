import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RepositoryAccess } from './access.ts';

/** The environment that lets git use credentials, and the way to take them away again. */
export interface PreparedCredentials {
  readonly env: { readonly [name: string]: string };
  remove(): Promise<void>;
}

/** Answers git's prompts from private files, and only for the host that the credentials belong to. */
export const ASKPASS_SCRIPT = `#!/bin/sh
case "$1" in
  *"'$ARGOSY_CREDENTIAL_ORIGIN'"*|*"@$ARGOSY_CREDENTIAL_HOST'"*) ;;
  *) exit 1 ;;
esac
case "$1" in
  Username*) cat "$ARGOSY_CREDENTIAL_DIRECTORY/username" ;;
  Password*) cat "$ARGOSY_CREDENTIAL_DIRECTORY/password" ;;
  *) exit 1 ;;
esac
`;

function originOf(url: string): { readonly origin: string; readonly host: string } {
  try {
    const parsed = new URL(url);
    return { origin: `${parsed.protocol}//${parsed.host}`, host: parsed.host };
  } catch {
    return { origin: '', host: '' };
  }
}

async function privateFile(directory: string, name: string, text: string): Promise<string> {
  const path = join(directory, name);
  await writeFile(path, text, { mode: 0o600, flag: 'wx' });
  return path;
}

function quote(path: string): string {
  return `'${path.replaceAll("'", "'\\''")}'`;
}

async function sshCommand(access: RepositoryAccess, directory: string): Promise<string> {
  const parts = [
    'ssh',
    '-F',
    '/dev/null',
    '-o',
    'BatchMode=yes',
    '-o',
    'IdentitiesOnly=yes',
    '-o',
    'ConnectTimeout=20',
  ];
  if (access.sshPrivateKey !== undefined) {
    const key = access.sshPrivateKey.endsWith('\n') ? access.sshPrivateKey : `${access.sshPrivateKey}\n`;
    parts.push('-i', quote(await privateFile(directory, 'key', key)));
  }
  if (access.insecure) {
    parts.push('-o', 'StrictHostKeyChecking=no', '-o', 'UserKnownHostsFile=/dev/null');
  } else {
    const hosts = await privateFile(directory, 'known_hosts', access.sshKnownHosts ?? '');
    parts.push('-o', 'StrictHostKeyChecking=yes', '-o', `UserKnownHostsFile=${quote(hosts)}`);
  }
  return parts.join(' ');
}

type Environment = { [name: string]: string };

/** What git is told about HTTP: whom to ask with what, and through whom. */
async function addHttp(
  access: RepositoryAccess,
  { directory, askpass, origin }: { readonly directory: string; readonly askpass: string; readonly origin: string },
  env: Environment,
): Promise<void> {
  const settings: [key: string, value: string][] = [];
  if (access.password !== undefined) {
    await privateFile(directory, 'username', access.username ?? 'git');
    await privateFile(directory, 'password', access.password);
    env['GIT_ASKPASS'] = askpass;
    env['ARGOSY_CREDENTIAL_DIRECTORY'] = directory;
    env['ARGOSY_CREDENTIAL_ORIGIN'] = origin;
    env['ARGOSY_CREDENTIAL_HOST'] = originOf(access.url).host;
  }
  if (access.bearerToken !== undefined) {
    settings.push([`http.${origin}/.extraHeader`, `Authorization: Bearer ${access.bearerToken}`]);
  }
  if (access.tlsClientCertificate !== undefined && access.tlsClientKey !== undefined) {
    const certificate = await privateFile(directory, 'certificate', access.tlsClientCertificate);
    settings.push([`http.${origin}/.sslCert`, certificate]);
    settings.push([`http.${origin}/.sslKey`, await privateFile(directory, 'certificate-key', access.tlsClientKey)]);
  }
  if (access.proxy !== undefined) settings.push(['http.proxy', access.proxy]);
  if (access.noProxy !== undefined) env['no_proxy'] = access.noProxy;
  for (const [index, [key, value]] of settings.entries()) {
    env[`GIT_CONFIG_KEY_${index}`] = key;
    env[`GIT_CONFIG_VALUE_${index}`] = value;
  }
  if (settings.length > 0) env['GIT_CONFIG_COUNT'] = String(settings.length);
}

/**
 * Puts credentials where git finds them and nobody else: files of mode 0600 in a directory of mode 0700. Nothing of
 * them is in an argument, a URL or a log.
 */
export async function prepareCredentials(
  access: RepositoryAccess,
  paths: { readonly directory: string; readonly askpass: string },
): Promise<PreparedCredentials> {
  const directory = await mkdtemp(join(paths.directory, 'credentials-'));
  const remove = (): Promise<void> => rm(directory, { recursive: true, force: true });
  try {
    const env: Environment = { GIT_SSH_COMMAND: await sshCommand(access, directory) };
    const { origin } = originOf(access.url);
    if (origin !== '') await addHttp(access, { directory, askpass: paths.askpass, origin }, env);
    if (access.insecure) env['GIT_SSL_NO_VERIFY'] = 'true';
    return { env, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}
