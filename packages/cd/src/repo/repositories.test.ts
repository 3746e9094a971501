import { mkdtemp, readdir, rename, rm, symlink } from 'node:fs/promises';
import { createServer as createPlainServer } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ensureAuthority } from '@argosy/auth/tls';
import { systemClock } from '@argosy/kube/runtime';
import { instant } from '@argosy/std';
import { createTestRepository, type TestRepository } from '../controller/test-delivery.ts';
import { findAccess, readRepositorySecret, type RepositoryAccess } from './access.ts';
import { RepositoryError, sanitizeGitText } from './errors.ts';
import { openRepositories, type Repositories } from './repositories.ts';
import { startGitServer, type TestGitServer } from './test-git-server.ts';
import { checkRepoUrl, checkRevision, checkSourcePath } from './validate.ts';

const LIMITS = { files: 100, fileBytes: 10_000, totalBytes: 20_000 };

let directory: string;
let repo: TestRepository;
let repositories: Repositories;
let server: TestGitServer | undefined;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'argosy-repo-'));
  repo = await createTestRepository(directory, 'a.git');
  repositories = await openRepositories({
    cacheDirectory: join(directory, 'cache'),
    clock: systemClock,
    fetchTimeoutMs: 2000,
  });
});

afterEach(async () => {
  await repositories.close();
  await server?.close();
  server = undefined;
  await rm(directory, { recursive: true, force: true });
});

const anonymous = (url = repo.url): RepositoryAccess => ({ url, project: '', insecure: false });

async function kindOf(promise: Promise<unknown>): Promise<string> {
  return await promise.then(
    () => 'OK',
    (error: unknown) => (error instanceof RepositoryError ? error.kind : `not typed: ${String(error)}`),
  );
}

function tree(commit: string, path = '', recurse = true) {
  return repositories.readTree(anonymous(), {
    commit,
    path,
    recurse,
    select: (name) => name.endsWith('.yaml'),
    limits: LIMITS,
  });
}

describe('revisions', () => {
  it('resolves HEAD, branches, tags of both kinds, full and short ids', async () => {
    const first = await repo.commit({ 'a.yaml': '1' });
    await repo.git('tag', 'light');
    await repo.git('tag', '-a', 'heavy', '-m', 'x');
    await repo.git('branch', 'feature/x');
    const second = await repo.commit({ 'a.yaml': '2' });
    const cases: readonly (readonly [string, string])[] = [
      ['', second],
      ['HEAD', second],
      ['main', second],
      ['refs/heads/main', second],
      ['feature/x', first],
      ['light', first],
      ['heavy', first],
      ['refs/tags/heavy', first],
      [first, first],
      [first.slice(0, 8), first],
    ];
    for (const [revision, sha] of cases)
      expect(await repositories.resolve(anonymous(), revision, false), revision).toBe(sha);
    expect(await repositories.commit(anonymous(), first)).toMatchObject({
      author: 'Ada <ada@example.com>',
      tags: ['heavy', 'light'],
    });
    expect(await kindOf(repositories.resolve(anonymous(), 'none', true))).toBe('RevisionNotFound');
    expect(await kindOf(repositories.resolve(anonymous(), '0123456789012345678901234567890123456789', true))).toBe(
      'RevisionNotFound',
    );
  });

  it('follows forced pushes and deleted branches', async () => {
    const first = await repo.commit({ 'a.yaml': '1' });
    await repo.git('branch', 'gone');
    await repo.commit({ 'a.yaml': '2' });
    await repositories.resolve(anonymous(), 'main', true);
    await repo.git('reset', '--hard', first);
    await repo.git('branch', '-D', 'gone');
    expect(await repositories.resolve(anonymous(), 'main', true)).toBe(first);
    expect(await kindOf(repositories.resolve(anonymous(), 'gone', true))).toBe('RevisionNotFound');
  });

  it('makes at most two fetches for many who ask at once', async () => {
    await repo.commit({ 'a.yaml': '1' });
    const asked = Array.from({ length: 50 }, () => repositories.resolve(anonymous(), 'main', true));
    expect(new Set(await Promise.all(asked)).size).toBe(1);
    expect(repositories.fetchCount()).toBeLessThanOrEqual(2);
  });
});

describe('trees', () => {
  it('reads selected files, follows links inside, refuses links outside', async () => {
    await repo.commit({ 'app/a.yaml': 'a', 'app/deep/b.yaml': 'b', 'app/note.txt': 'n', 'lib/c.yaml': 'c' });
    await symlink('../lib/c.yaml', join(repo.directory, 'app', 'link.yaml'));
    const inside = await repo.commit({});
    await repositories.resolve(anonymous(), inside, true);
    const read = await tree(inside, 'app');
    expect([...read.files].map(([path, data]) => [path, Buffer.from(data).toString()])).toEqual([
      ['a.yaml', 'a'],
      ['link.yaml', 'c'],
      ['deep/b.yaml', 'b'],
    ]);
    expect([...(await tree(inside, 'app', false)).files.keys()]).toEqual(['a.yaml', 'link.yaml']);
    await symlink('../../etc/passwd', join(repo.directory, 'app', 'out.yaml'));
    const outside = await repo.commit({});
    await repositories.resolve(anonymous(), outside, true);
    await expect(tree(outside, 'app')).rejects.toThrow('out-of-bounds symlinks. file: out.yaml');
  });

  it('tells missing paths, files in place of directories, and too much', async () => {
    const sha = await repo.commit({ 'app/a.yaml': 'a', 'big/a.yaml': 'x'.repeat(LIMITS.fileBytes + 1) });
    await repositories.resolve(anonymous(), sha, true);
    expect(await kindOf(tree(sha, 'none'))).toBe('PathNotFound');
    await expect(tree(sha, 'app/a.yaml')).rejects.toThrow('app path is not a directory');
    expect(await kindOf(tree(sha, 'big'))).toBe('TooLarge');
  });
});

describe('over HTTP', () => {
  it('uses the password of its repository, and leaves no file of it behind', async () => {
    const sha = await repo.commit({ 'a.yaml': '1' });
    server = await startGitServer(directory, 'hunter2');
    const url = `${server.url}/a.git/.git`;
    expect(await kindOf(repositories.resolve(anonymous(url), 'main', true))).toBe('AuthenticationRequired');
    const wrong = { ...anonymous(url), username: 'ada', password: 'wrong-password' };
    const refused = await repositories.resolve(wrong, 'main', true).catch((error: unknown) => error as RepositoryError);
    expect(refused).toMatchObject({ kind: 'AuthenticationRequired' });
    expect(String(refused)).not.toContain('wrong-password');
    const access = { ...anonymous(url), username: 'ada', password: 'hunter2' };
    expect(await repositories.resolve(access, 'main', true)).toBe(sha);
    const left = await readdir(join(directory, 'cache'));
    expect(left.filter((name) => name.startsWith('credentials-'))).toEqual([]);
  });

  it('gives up on a server that says nothing, and on one that goes away', async () => {
    await repo.commit({ 'a.yaml': '1' });
    server = await startGitServer(directory);
    const url = `${server.url}/a.git/.git`;
    server.mood = 'hung';
    expect(await kindOf(repositories.resolve(anonymous(url), 'main', true))).toBe('Timeout');
    server.mood = 'cut';
    expect(await kindOf(repositories.resolve(anonymous(url), 'main', true))).toBe('DisappearedMidFetch');
    server.mood = 'well';
    expect(await kindOf(repositories.resolve(anonymous(url), 'main', true))).toBe('OK');
  });

  it('believes no certificate that it cannot verify, unless the repository says so', async () => {
    const authority = await ensureAuthority(join(directory, 'pki'), { now: () => instant(Date.now()) });
    const { certificate: cert, privateKey: key } = await authority.serverLeaf();
    let requests = 0;
    const stranger = createServer({ cert, key }, (_request, response) => {
      requests += 1;
      response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve));
    const url = `https://127.0.0.1:${(stranger.address() as AddressInfo).port}/a.git`;
    expect(await kindOf(repositories.resolve(anonymous(url), '', true))).toBe('CertificateUntrusted');
    expect(requests).toBe(0);
    const insecure = { ...anonymous(url), project: 'lax', insecure: true };
    expect(await kindOf(repositories.resolve(insecure, '', true))).toBe('NotFound');
    expect(requests).toBeGreaterThan(0);
    await new Promise((resolve) => stranger.close(resolve));
  });

  it('asks through the proxy of the repository, with what the proxy wants', async () => {
    const seen: (string | undefined)[] = [];
    const proxy = createPlainServer((request, response) => {
      seen.push(request.url, request.headers['proxy-authorization']);
      response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const { port } = proxy.address() as AddressInfo;
    const through = { ...anonymous('http://git.invalid/a.git'), proxy: `http://ada:pw@127.0.0.1:${port}` };
    expect(await kindOf(repositories.resolve(through, '', true))).toBe('NotFound');
    expect(seen[0]).toBe('http://git.invalid/a.git/info/refs?service=git-upload-pack');
    const past = { ...through, url: 'http://127.0.0.1:1/a.git', noProxy: '127.0.0.1' };
    expect(await kindOf(repositories.resolve(past, '', true))).toBe('HostUnreachable');
    await new Promise((resolve) => proxy.close(resolve));
  });

  it('refuses repositories whose files lie in Git LFS', async () => {
    const access = { ...anonymous(), enableLfs: true };
    await expect(repositories.resolve(access, 'main', true)).rejects.toThrow('enableLfs');
  });

  it('shows its client certificate to whom asks for one', async () => {
    const authority = await ensureAuthority(join(directory, 'pki'), { now: () => instant(Date.now()) });
    const { certificate: cert, privateKey: key } = await authority.serverLeaf();
    const shown: boolean[] = [];
    const options = { cert, key, requestCert: true, rejectUnauthorized: false };
    const curious = createServer(options, (request, response) => {
      shown.push(Object.keys((request.socket as TLSSocket).getPeerCertificate()).length > 0);
      response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => curious.listen(0, '127.0.0.1', resolve));
    const url = `https://127.0.0.1:${(curious.address() as AddressInfo).port}/a.git`;
    const without = { ...anonymous(url), insecure: true };
    const access = { ...without, project: 'b', tlsClientCertificate: cert, tlsClientKey: key };
    expect(await kindOf(repositories.resolve(without, '', true))).toBe('NotFound');
    expect(await kindOf(repositories.resolve(access, '', true))).toBe('NotFound');
    expect([shown[0], shown.at(-1)]).toEqual([false, true]);
    await new Promise((resolve) => curious.close(resolve));
  });

  it('tells missing repositories and hosts that cannot be reached', async () => {
    server = await startGitServer(directory);
    expect(await kindOf(repositories.resolve(anonymous(`${server.url}/none.git`), '', true))).toBe('NotFound');
    expect(await kindOf(repositories.resolve(anonymous('http://127.0.0.1:1/a.git'), '', true))).toBe('HostUnreachable');
    expect(await kindOf(repositories.resolve(anonymous(`file://${directory}/none`), '', true))).toBe('NotFound');
  });
});

describe('recovery', () => {
  it('serves what it has and fetches again when the repository is back', async () => {
    const sha = await repo.commit({ 'a.yaml': '1' });
    await repositories.resolve(anonymous(), 'main', true);
    await rename(repo.directory, `${repo.directory}-away`);
    expect(await kindOf(repositories.resolve(anonymous(), 'main', true))).toBe('NotFound');
    expect((await tree(sha)).files).toHaveLength(1);
    await rename(`${repo.directory}-away`, repo.directory);
    expect(await repositories.resolve(anonymous(), 'main', true)).toBe(sha);
  });
});

describe('validation', () => {
  const all = ['file', 'http', 'https', 'ssh'] as const;
  it.each(['--upload-pack=x', 'ext::sh -c id', 'https://a b', 'gopher://x', '', 'https://x\n', '-oProxyCommand=x@h:p'])(
    'refuses the URL %j',
    (url) => {
      expect(() => checkRepoUrl(url, all)).toThrow(RepositoryError);
    },
  );
  it.each(['https://e.com/a.git', 'git@e.com:a/b.git', 'ssh://git@e.com/a', '/srv/a.git', 'file:///srv/a'])(
    'accepts the URL %j',
    (url) => {
      expect(checkRepoUrl(url, all)).toBeDefined();
    },
  );
  it.each(['-x', 'a..b', 'a^{}', 'a:b', 'HEAD~1', 'a\nb', 'x@{1}', 'x'.repeat(251)])(
    'refuses the revision %j',
    (revision) => {
      expect(() => checkRevision(revision)).toThrow(RepositoryError);
    },
  );
  it.each(['../a', '/a', 'a/../../b', 'a\\b', 'a\0b'])('refuses the path %j', (path) => {
    expect(() => checkSourcePath(path)).toThrow(RepositoryError);
  });
});

describe('credentials', () => {
  const encode = (text: string): string => Buffer.from(text).toString('base64');
  const secret = (name: string, type: string, data: { readonly [key: string]: string }) =>
    readRepositorySecret({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name, labels: { 'argocd.argoproj.io/secret-type': type } },
      data: Object.fromEntries(Object.entries(data).map(([key, value]) => [key, encode(value)])),
    });

  it('prefers the own Secret, then the longest template of whole path segments', () => {
    const secrets = [
      secret('own', 'repository', { url: 'https://e.com/org/a.git', username: 'own' }),
      secret('short', 'repo-creds', { url: 'https://e.com', username: 'short' }),
      secret('long', 'repo-creds', { url: 'https://e.com/org', username: 'long' }),
      secret('other', 'repository', { url: 'https://e.com/org/b', username: 'other', project: 'other' }),
    ].filter((item) => item !== undefined);
    const user = (url: string): string | undefined => findAccess(secrets, url, 'default').username;
    expect(user('https://E.com/org/a')).toBe('own');
    expect(user('https://e.com/org/b')).toBe('long');
    expect(user('https://e.com/x')).toBe('short');
    expect(user('https://e.com.evil.net/org/a')).toBeUndefined();
  });

  it('takes credentials and local places out of what git says', () => {
    const text = sanitizeGitText("fatal: unable to access 'https://ada:hunter2@e.com/a': 403\nhint: /tmp/x", [
      '/tmp/x',
    ]);
    expect(text).toBe("fatal: unable to access 'https://e.com/a': 403");
  });
});
