import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ClusterCredentials } from './cluster-connection.ts';
import {
  inClusterConnection,
  KubeconfigError,
  kubeconfigText,
  loadKubeconfig,
  type KubeconfigOptions,
} from './index.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'argosy-kubeconfig-'));
});
afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

const base = { environment: { PATH: process.env['PATH'] }, now: () => 0 };

function config(parts: { cluster?: object; user?: object; context?: object; name?: string; current?: string }): string {
  const { name = 'one', cluster = {}, user = {}, context = {}, current = name } = parts;
  return JSON.stringify({
    clusters: [{ name, cluster: { server: `https://${name}.example:6443`, ...cluster } }],
    users: [{ name, user }],
    contexts: [{ name, context: { cluster: name, user: name, ...context } }],
    'current-context': current,
  });
}

async function load(text: string, more: Partial<KubeconfigOptions> = {}) {
  const path = join(directory, 'config');
  await writeFile(path, text, { mode: 0o600 });
  return loadKubeconfig({ ...base, path, ...more });
}

async function credentialsOf(text: string, refused = false): Promise<ClusterCredentials> {
  const { credentials } = (await load(text)).connection;
  return typeof credentials === 'function' ? credentials(refused) : (credentials ?? {});
}

describe('loadKubeconfig', () => {
  it('reads what kubeconfigText writes', async () => {
    const text = kubeconfigText({
      server: 'https://h:1',
      ca: 'CA',
      certificate: 'C',
      privateKey: 'K',
      token: 't',
      namespace: 'n',
    });
    expect(await load(text)).toEqual({
      connection: { server: 'https://h:1', ca: 'CA', credentials: { certificate: 'C', privateKey: 'K', token: 't' } },
      context: 'argosy',
      namespace: 'n',
    });
  });

  it('merges files: the first to name a thing wins, missing files are passed over', async () => {
    const [first, second] = [join(directory, 'first'), join(directory, 'second')];
    await writeFile(first, config({ name: 'one', current: '' }));
    await writeFile(
      second,
      config({ name: 'one', current: 'two', cluster: { server: 'https://other' } }).replace('"one"', '"one"'),
    );
    const both = await readFile(second, 'utf8');
    await writeFile(second, JSON.stringify({ ...(JSON.parse(both) as object), 'current-context': 'one' }));
    const loaded = await loadKubeconfig({ ...base, pathList: `${join(directory, 'none')}:${first}:${second}` });
    expect(loaded.connection.server).toBe('https://one.example:6443');
  });

  it('reads files beside the kubeconfig, names, proxies and impersonation', async () => {
    await mkdir(join(directory, 'pki'));
    await writeFile(join(directory, 'pki', 'ca.crt'), 'CA');
    await writeFile(join(directory, 'token'), ' secret\n');
    const text = config({
      cluster: { 'certificate-authority': 'pki/ca.crt', 'tls-server-name': 's', 'proxy-url': 'http://p:1' },
      user: { tokenFile: 'token', as: 'bob', 'as-groups': ['g'], 'as-uid': '7', 'as-user-extra': { k: ['v'] } },
      context: { namespace: 'team' },
    });
    const { connection, namespace } = await load(text);
    expect(namespace).toBe('team');
    expect(connection).toMatchObject({ ca: 'CA', serverName: 's', proxyUrl: 'http://p:1' });
    expect(connection.impersonate).toEqual({ name: 'bob', groups: ['g'], uid: '7', extra: { k: ['v'] } });
    expect(await credentialsOf(text)).toEqual({ token: 'secret' });
  });

  const faults: readonly { reason: string; text: string; says: RegExp }[] = [
    {
      reason: 'a password',
      text: config({ user: { username: 'u', password: 'hunter2' } }),
      says: /username is not supported/,
    },
    {
      reason: 'an auth provider',
      text: config({ user: { 'auth-provider': { name: 'x' } } }),
      says: /auth-provider is not supported/,
    },
    {
      reason: 'an unknown context',
      text: config({ current: 'no' }),
      says: /context "no" does not exist; there are: one/,
    },
    { reason: 'no server', text: config({ cluster: { server: '' } }), says: /server is missing/ },
    {
      reason: 'an authority that is not used',
      text: config({ cluster: { 'certificate-authority-data': 'Q0E=', 'insecure-skip-tls-verify': true } }),
      says: /exclude each other/,
    },
    {
      reason: 'an old exec API',
      text: config({ user: { exec: { apiVersion: 'client.authentication.k8s.io/v1alpha1', command: 'x' } } }),
      says: /allowed are/,
    },
    {
      reason: 'exec that needs a terminal',
      text: config({
        user: { exec: { apiVersion: 'client.authentication.k8s.io/v1', command: 'x', interactiveMode: 'Always' } },
      }),
      says: /no terminal/,
    },
    { reason: 'no YAML', text: 'token: "hunter2\n\t- {', says: /:\d+: not valid YAML/ },
  ];
  it.each(faults)('refuses $reason, and tells no secret', async ({ text, says }) => {
    const error: unknown = await load(text).then(
      () => undefined,
      (failure: unknown) => failure,
    );
    expect(error).toBeInstanceOf(KubeconfigError);
    expect(String(error)).toMatch(says);
    expect(String(error)).not.toContain('hunter2');
  });

  it('names a file that is missing', async () => {
    await expect(loadKubeconfig({ ...base, path: join(directory, 'none') })).rejects.toThrow(
      /none: cannot be read \(ENOENT\)/,
    );
  });
});

describe('exec plug-ins', () => {
  async function plugin(script: string, more: object = {}): Promise<string> {
    await writeFile(join(directory, 'plugin'), `#!/bin/sh\necho run >> ${directory}/runs\n${script}\n`);
    await chmod(join(directory, 'plugin'), 0o700);
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: './plugin', ...more };
    return config({ user: { exec } });
  }
  const runs = async (): Promise<number> => (await readFile(join(directory, 'runs'), 'utf8')).trim().split('\n').length;
  const printed = (status: object): string =>
    `echo '${JSON.stringify({ apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status })}'`;

  it('runs without a shell, with environment and arguments as they are', async () => {
    const text = await plugin(
      'printf \'{"apiVersion":"client.authentication.k8s.io/v1","status":{"token":"%s-%s"}}\' "$1" "$WHO"',
      {
        args: ['$(id); x'],
        env: [{ name: 'WHO', value: 'me' }],
      },
    );
    expect(await credentialsOf(text)).toEqual({ token: '$(id); x-me' });
  });

  it('keeps credentials until they expire or are refused; concurrent callers share a run', async () => {
    let now = 0;
    const text = await plugin(printed({ token: 't', expirationTimestamp: '1970-01-01T01:00:00Z' }));
    const { credentials } = (await load(text, { now: () => now })).connection;
    if (typeof credentials !== 'function') throw new Error('expected a function');
    expect(await Promise.all([credentials(false), credentials(false)])).toEqual([{ token: 't' }, { token: 't' }]);
    now = 3_589_000;
    await credentials(false);
    expect(await runs()).toBe(1);
    now = 3_591_000;
    await credentials(false);
    expect(await runs()).toBe(2);
    now = 0;
    await credentials(true);
    expect(await runs()).toBe(3);
  });

  it.each([
    { reason: 'fails', script: 'echo hunter2 >&2; exit 3', says: /failed \(3\)/ },
    { reason: 'prints no JSON', script: 'echo hunter2', says: /did not print JSON/ },
    {
      reason: 'prints another version',
      script: `echo '{"apiVersion":"v2","status":{"token":"hunter2"}}'`,
      says: /did not print an ExecCredential/,
    },
    {
      reason: 'gives half a pair',
      script: printed({ clientKeyData: 'hunter2' }),
      says: /neither a token nor a certificate/,
    },
  ])('refuses a plug-in that $reason', async ({ script, says }) => {
    const error: unknown = await credentialsOf(await plugin(script)).catch((failure: unknown) => failure);
    expect(String(error)).toMatch(says);
    expect(String(error)).not.toContain('hunter2');
  });

  it('says how to install what is not there', async () => {
    const exec = { apiVersion: 'client.authentication.k8s.io/v1beta1', command: './none', installHint: 'Get it.' };
    await expect(credentialsOf(config({ user: { exec } }))).rejects.toThrow(/is not installed\. Get it\./);
  });
});

describe('inClusterConnection', () => {
  it('reads the mounted files, the token again when it is old', async () => {
    for (const [name, text] of [
      ['ca.crt', 'CA'],
      ['namespace', 'team\n'],
      ['token', 'one'],
    ] as const) {
      await writeFile(join(directory, name), text);
    }
    let now = 0;
    const { connection, namespace } = await inClusterConnection({
      host: '::1',
      port: '443',
      directory,
      now: () => now,
    });
    expect([connection.server, connection.ca, namespace]).toEqual(['https://[::1]:443', 'CA', 'team']);
    const { credentials } = connection;
    if (typeof credentials !== 'function') throw new Error('expected a function');
    await writeFile(join(directory, 'token'), 'two');
    expect(await credentials(false)).toEqual({ token: 'one' });
    now = 60_000;
    expect(await credentials(false)).toEqual({ token: 'two' });
  });
});
