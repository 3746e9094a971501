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
    const env: { [name: string]: string } = { GIT_SSH_COMMAND: await sshCommand(access, directory) };
    const { origin, host } = originOf(access.url);
    if (access.password !== undefined && origin !== '') {
      await privateFile(directory, 'username', access.username ?? 'git');
      await privateFile(directory, 'password', access.password);
      env['GIT_ASKPASS'] = paths.askpass;
      env['ARGOSY_CREDENTIAL_DIRECTORY'] = directory;
      env['ARGOSY_CREDENTIAL_ORIGIN'] = origin;
      env['ARGOSY_CREDENTIAL_HOST'] = host;
    }
    if (access.bearerToken !== undefined && origin !== '') {
      env['GIT_CONFIG_COUNT'] = '1';
      env['GIT_CONFIG_KEY_0'] = `http.${origin}/.extraHeader`;
      env['GIT_CONFIG_VALUE_0'] = `Authorization: Bearer ${access.bearerToken}`;
    }
    if (access.insecure) env['GIT_SSL_NO_VERIFY'] = 'true';
    return { env, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}
