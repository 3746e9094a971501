import { X509Certificate } from 'node:crypto';
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { instant, seconds, type Instant } from '@argosy/std';
import { AuthorityError, ensureAuthority } from './index.ts';

let directory: string;
beforeEach(async () => {
  directory = join(await mkdtemp(join(tmpdir(), 'argosy-tls-')), 'keys');
});
afterEach(async () => {
  await rm(join(directory, '..'), { recursive: true, force: true });
});

const start = instant(Date.UTC(2026, 0, 1));
const at = (now: Instant) => ({ now: () => now });

describe('ensureAuthority', () => {
  it('generates once, privately, and finds the same again', async () => {
    const first = await ensureAuthority(directory, at(start));
    await first.serverLeaf();
    const second = await ensureAuthority(directory, at(start));
    expect(second.certificate).toBe(first.certificate);
    expect(second.serviceAccountKey).toEqual(first.serviceAccountKey);
    expect((await stat(directory)).mode & 0o777).toBe(0o700);
    const names = await readdir(directory);
    expect(names.sort()).toEqual(['ca.pem', 'server.pem', 'service-account.pem']);
    for (const name of names) expect((await stat(join(directory, name))).mode & 0o777).toBe(0o600);
  });

  it('two starts at once agree on the keys', async () => {
    const all = await Promise.all(Array.from({ length: 5 }, () => ensureAuthority(directory, at(start))));
    expect(new Set(all.map((authority) => authority.certificate)).size).toBe(1);
    expect(new Set(all.map((authority) => authority.serviceAccountKey.privateKey)).size).toBe(1);
  });

  it('issues leaves that say who they are for', async () => {
    const authority = await ensureAuthority(directory, at(start));
    const ca = new X509Certificate(authority.certificate);
    const server = new X509Certificate((await authority.serverLeaf(['argosy.example'])).certificate);
    expect(server.verify(ca.publicKey)).toBe(true);
    for (const name of ['localhost', 'argosy.example']) expect(server.checkHost(name)).toBe(name);
    for (const address of ['127.0.0.1', '::1']) expect(server.checkIP(address)).toBe(address);
    const client = new X509Certificate((await authority.clientLeaf('jane', ['dev', 'system:masters'])).certificate);
    expect(client.subject).toBe('CN=jane\nO=dev\nO=system:masters');
    expect(client.keyUsage).toEqual(['1.3.6.1.5.5.7.3.2']);
    expect(client.ca).toBe(false);
  });

  it.each(['jane,O=system:masters', 'jane+O=system:masters', 'a"b\\c', 'ünï', 'CN=x', '#00', ' lead'])(
    'a user name cannot add groups: %s',
    async (name) => {
      const authority = await ensureAuthority(directory, at(start));
      const subject = new X509Certificate((await authority.clientLeaf(name, ['dev'])).certificate).toLegacyObject()
        .subject;
      expect(subject).toEqual({ CN: name, O: 'dev' });
    },
  );

  it('keeps a leaf until half of its life, and renews it when a name is missing', async () => {
    let now = start;
    const authority = await ensureAuthority(directory, { now: () => now, leafLifetime: seconds(86_400) });
    const first = await authority.serverLeaf();
    now = instant(first.renewAt - 1);
    expect((await authority.serverLeaf()).certificate).toBe(first.certificate);
    const named = await authority.serverLeaf(['other.example']);
    expect(named.certificate).not.toBe(first.certificate);
    now = named.renewAt;
    expect((await authority.serverLeaf(['other.example'])).certificate).not.toBe(named.certificate);
  });

  it('a stored leaf of another authority is replaced', async () => {
    const other = await ensureAuthority(join(directory, 'other'), at(start));
    const authority = await ensureAuthority(directory, at(start));
    const foreign = await other.serverLeaf();
    await writeFile(join(directory, 'server.pem'), foreign.certificate + foreign.privateKey, { mode: 0o600 });
    const leaf = new X509Certificate((await authority.serverLeaf()).certificate);
    expect(leaf.verify(new X509Certificate(authority.certificate).publicKey)).toBe(true);
  });

  const faults: readonly { reason: string; damage: (path: string) => Promise<void>; says: RegExp }[] = [
    { reason: 'readable by others', damage: (path) => chmod(path, 0o640), says: /mode 0640.*allowed is 0600/ },
    { reason: 'broken content', damage: (path) => writeFile(path, 'garbage'), says: /expected a PEM certificate/ },
    {
      reason: 'too large',
      damage: (path) => writeFile(path, 'x'.repeat(70_000)),
      says: /70000 bytes, allowed are 65536/,
    },
  ];
  it.each(faults)(
    'refuses a CA file that is $reason, naming it and telling nothing of it',
    async ({ damage, says }) => {
      await ensureAuthority(directory, at(start));
      const path = join(directory, 'ca.pem');
      await damage(path);
      const error = await ensureAuthority(directory, at(start)).then(
        () => undefined,
        (failure: unknown) => failure,
      );
      expect(error).toBeInstanceOf(AuthorityError);
      expect(String(error)).toContain(path);
      expect(String(error)).toMatch(says);
      expect(String(error)).not.toContain('PRIVATE');
    },
  );

  it('refuses a key of another certificate', async () => {
    const authority = await ensureAuthority(directory, at(start));
    const key = /-----BEGIN PRIVATE[^]*/.exec(await readFile(join(directory, 'ca.pem'), 'utf8'))?.[0] ?? '';
    const leaf = await authority.issue({ commonName: 'x', usage: 'client' });
    await writeFile(join(directory, 'ca.pem'), leaf.certificate + key);
    await expect(ensureAuthority(directory, at(start))).rejects.toThrow(/do not belong together/);
  });
});
