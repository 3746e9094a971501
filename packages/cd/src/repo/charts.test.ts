import { execFile } from 'node:child_process';
import { gzipSync } from 'node:zlib';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { systemClock } from '@argosy/kube/runtime';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { toolBinary } from '../../../../test/wire/kubectl-binary.ts';
import type { RepositoryAccess, RepositorySecret } from './access.ts';
import { ByteCache } from './byte-cache.ts';
import { chooseVersion } from './chart-versions.ts';
import { openCharts } from './charts.ts';
import type { ChartSource } from './chart-source.ts';
import { RepositoryError } from './errors.ts';
import { CHART_LIMIT_BYTES, readChartIndex } from './http-charts.ts';
import { bypassesProxy, HttpFetcher, REDIRECT_LIMIT } from './http-fetch.ts';
import { MANIFEST_LIMIT_BYTES, parseOciUrl } from './oci-registry.ts';
import { startChartServer, type TestChartServer } from './test-chart-server.ts';
import { startTestRegistry, type TestRegistry } from './test-registry.ts';

const run = promisify(execFile);
const PASSWORD = 'correct horse';
let home = '';
let site = '';
let server: TestChartServer;
let registry: TestRegistry;
let charts: ChartSource;
let secrets: RepositorySecret[] = [];
let permitted: string[] = [];

const helm = async (...args: readonly string[]): Promise<string> => {
  const env = { PATH: process.env['PATH'], HOME: home, HELM_REGISTRY_CONFIG: join(home, 'registry.json') };
  return (await run(await toolBinary('helm'), [...args], { cwd: home, env })).stdout;
};

async function pack(name: string, version: string, destination: string): Promise<void> {
  const files = {
    'Chart.yaml': `apiVersion: v2\nname: ${name}\nversion: ${version}\n`,
    'templates/cm.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: "{{ .Chart.Version }}"}\n',
  };
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(home, name, path)), { recursive: true });
    await writeFile(join(home, name, path), text);
  }
  await helm('package', name, '--destination', destination);
}

const VERSIONS = ['1.0.0', '1.2.0', '1.10.0', '2.0.0-rc.1', '1.2.3+build.4'];

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'argosy-charts-'));
  site = join(home, 'site');
  await mkdir(site);
  for (const version of VERSIONS) await pack('web', version, site);
  await helm('repo', 'index', site);
});
afterAll(() => rm(home, { recursive: true, force: true }));

beforeEach(async () => {
  server = await startChartServer(site, PASSWORD);
  registry = await startTestRegistry(PASSWORD);
  secrets = [];
  permitted = [];
  charts = openCharts({
    clock: systemClock,
    secrets: () => Promise.resolve(secrets),
    permits: (_project, url) => Promise.resolve(permitted.includes(url)),
    timeoutMs: 3000,
  });
});
afterEach(() => Promise.all([server.close(), registry.close()]));

const own = { username: 'ada', password: PASSWORD };
const http = (more: Partial<RepositoryAccess> = own): RepositoryAccess => ({
  url: server.url,
  project: '',
  insecure: false,
  ...more,
});
const oci = (path: string, more: Partial<RepositoryAccess> = own): RepositoryAccess => ({
  url: `oci://${registry.host}/${path}`,
  project: '',
  insecure: false,
  plainHttp: true,
  ...more,
});
const wanting = (version: string) => ({ chart: 'web', version });

async function kindOf(promise: Promise<unknown>): Promise<string> {
  return await promise.then(
    () => 'OK',
    (error: unknown) => (error instanceof RepositoryError ? error.kind : `not typed: ${String(error)}`),
  );
}

describe('versions', () => {
  it.each([
    ['', '1.10.0'],
    ['*', '1.10.0'],
    ['1.2.0', '1.2.0'],
    ['v1.2.0', '1.2.0'],
    ['~1.2', '1.2.3+build.4'],
    ['>=1.0.0-0', '2.0.0-rc.1'],
    ['<1.2', '1.0.0'],
    ['3.x', undefined],
    ['no version', undefined],
  ])('%j is %j', (wanted, version) => {
    expect(chooseVersion(wanted, VERSIONS)).toBe(version);
  });
});

describe('charts of an HTTP repository', { timeout: 30_000 }, () => {
  it('are found by constraint, checked and unpacked', async () => {
    const { version, files } = await charts.fetch(http(), wanting('1.x'), true);
    expect(version).toBe('1.10.0');
    expect(Buffer.from(files.get('Chart.yaml') ?? []).toString()).toContain('version: 1.10.0');
    expect([...files.keys()].sort()).toEqual(['Chart.yaml', 'templates/cm.yaml']);
  });

  it('are not asked for twice', async () => {
    await charts.fetch(http(), wanting('^1'), true);
    await charts.fetch(http(), wanting('^1'), true);
    await charts.fetch(http(), wanting('1.10.0'), true);
    const seen = server.requests.map(({ path, status }) => `${path} ${status}`);
    expect(seen).toEqual(['/index.yaml 200', '/web-1.10.0.tgz 200', '/index.yaml 304']);
  });

  it('need the password, which is in no error', async () => {
    const wrong = { username: 'ada', password: 'battery staple' };
    const refused = await charts.fetch(http(wrong), wanting('1.x'), true).catch((error: unknown) => error);
    expect(refused).toMatchObject({ kind: 'AuthenticationRequired' });
    expect(String(refused)).not.toContain('battery');
    expect(await kindOf(charts.check(http({})))).toBe('AuthenticationRequired');
    expect(await kindOf(charts.check(http()))).toBe('OK');
  });

  it('tell what is missing', async () => {
    await expect(charts.fetch(http(), wanting('9.x'), true)).rejects.toThrow("No version matching constraint '9.x'");
    const none = charts.fetch(http(), { chart: 'none', version: '1.x' }, true);
    await expect(none).rejects.toThrow('chart none not found in http://127.0.0.1');
    const nowhere = http({ url: `${server.url}/nowhere`, ...own });
    expect(await kindOf(charts.fetch(nowhere, wanting('1.x'), true))).toBe('NotFound');
    expect(await kindOf(charts.fetch(http({ url: 'http://127.0.0.1:1' }), wanting('1'), true))).toBe('HostUnreachable');
    await expect(charts.fetch(http({ url: 'ftp://x/y' }), wanting('1'), true)).rejects.toThrow(
      'must be an http, https',
    );
  });

  it('are refused when they are not what the index promises', async () => {
    const other = join(home, 'other');
    await mkdir(other, { recursive: true });
    const index = await readFile(join(site, 'index.yaml'), 'utf8');
    await writeFile(join(other, 'index.yaml'), index);
    await writeFile(join(other, 'web-1.2.0.tgz'), await readFile(join(site, 'web-1.10.0.tgz')));
    const liar = await startChartServer(other);
    const promise = charts.fetch(http({ url: liar.url }), wanting('1.2.0'), true);
    await expect(promise).rejects.toThrow(/the digest of chart web 1\.2\.0 is [0-9a-f]{64}, its index promises/);
    await liar.close();
  });

  it('are given up on when nothing comes', async () => {
    server.mood = 'hung';
    const impatient = openCharts({
      clock: systemClock,
      secrets: () => Promise.resolve([]),
      permits: () => Promise.resolve(true),
      timeoutMs: 100,
    });
    expect(await kindOf(impatient.fetch(http(), wanting('1.x'), true))).toBe('Timeout');
  });
});

describe('credentials', { timeout: 30_000 }, () => {
  it('do not follow a redirect to somebody else', async () => {
    const stranger = await startChartServer(site);
    server.redirect = stranger.url;
    expect((await charts.fetch(http(), wanting('1.0.0'), true)).version).toBe('1.0.0');
    expect(stranger.requests).toEqual([{ path: '/web-1.0.0.tgz', status: 200, authorization: undefined }]);
    await stranger.close();
  });

  it('go to other hosts of the index only when they are passed on purpose', async () => {
    const stranger = await startChartServer(site);
    const away = join(home, 'away');
    await mkdir(away, { recursive: true });
    await helm('repo', 'index', site, '--url', stranger.url);
    await writeFile(join(away, 'index.yaml'), await readFile(join(site, 'index.yaml')));
    await helm('repo', 'index', site);
    const pointing = await startChartServer(away, PASSWORD);
    const access = http({ url: pointing.url, ...own });
    await charts.fetch(access, wanting('1.0.0'), true);
    await charts.fetch(access, { ...wanting('1.2.0'), passCredentials: true }, true);
    const expected = `Basic ${Buffer.from(`ada:${PASSWORD}`).toString('base64')}`;
    expect(stranger.requests.map(({ authorization }) => authorization)).toEqual([undefined, expected]);
    await Promise.all([stranger.close(), pointing.close()]);
  });

  it('end a chain of redirects', async () => {
    server.redirect = server.url;
    const promise = charts.fetch(http(), wanting('1.0.0'), true);
    await expect(promise).rejects.toThrow(`redirects more than ${REDIRECT_LIMIT} times`);
  });
});

describe('charts of a registry', { timeout: 30_000 }, () => {
  const push = async (): Promise<void> => {
    const auth = Buffer.from(`ada:${PASSWORD}`).toString('base64');
    await writeFile(join(home, 'registry.json'), JSON.stringify({ auths: { [registry.host]: { auth } } }));
    for (const version of VERSIONS) {
      await helm('push', join(site, `web-${version}.tgz`), `oci://${registry.host}/charts`, '--plain-http');
    }
    registry.requests.length = 0;
  };

  it('are read as helm pushed them, by version and by constraint', async () => {
    await push();
    const versionOf = async (version: string) => (await charts.fetch(oci('charts'), wanting(version), true)).version;
    expect(await versionOf('1.2.3+build.4')).toBe('1.2.3+build.4');
    expect(await versionOf('>1.2.0')).toBe('1.10.0');
    const helmStyle = oci('', { ...own, url: `${registry.host}/charts`, enableOci: true });
    const { files } = await charts.fetch(helmStyle, wanting('1.0.0'), true);
    expect(Buffer.from(files.get('Chart.yaml') ?? []).toString()).toContain('version: 1.0.0');
    await expect(charts.fetch(oci('charts'), wanting('7.x'), true)).rejects.toThrow('No version matching constraint');
    expect(await kindOf(charts.fetch(oci('charts'), wanting('7.0.0'), true))).toBe('NotFound');
  });

  it('are fetched once by their digest', async () => {
    await push();
    await charts.fetch(oci('charts'), wanting('1.0.0'), true);
    await charts.fetch(oci('charts'), wanting('1.0.0'), true);
    expect(registry.requests.filter((line) => line.includes('/blobs/'))).toHaveLength(1);
  });

  it('need the password, and tokens are only asked for over TLS otherwise', async () => {
    await push();
    expect(await kindOf(charts.fetch(oci('charts', {}), wanting('1.0.0'), true))).toBe('AuthenticationRequired');
    expect(await kindOf(charts.check(oci('charts/web', { ...own, password: 'x' })))).toBe('AuthenticationRequired');
    expect(await kindOf(charts.check(oci('charts/web')))).toBe('OK');
    const helmStyle = { url: `${registry.host}/charts`, enableOci: true };
    expect(await kindOf(charts.check(oci('', { ...own, ...helmStyle })))).toBe('OK');
    expect(await kindOf(charts.check(oci('', helmStyle)))).toBe('AuthenticationRequired');
  });

  it('are artifacts too, whose files lie below the chart', async () => {
    await push();
    const { digest, files } = await charts.fetchArtifact(oci('charts/web'), '~1.2');
    expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(files.has('Chart.yaml')).toBe(true);
    expect((await charts.fetchArtifact(oci('charts/web'), digest)).digest).toBe(digest);
  });
});

describe('other artifacts', { timeout: 30_000 }, () => {
  const layer = async (type: string, zip: boolean): Promise<{ type: string; data: Buffer }> => {
    const folder = join(home, 'plain', 'deploy');
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'cm.yaml'), 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: plain}\n');
    await run('tar', ['-cf', join(home, 'plain.tar'), '-C', join(home, 'plain'), '.']);
    const data = await readFile(join(home, 'plain.tar'));
    return { type, data: zip ? gzipSync(data) : data };
  };
  const TAR = 'application/vnd.oci.image.layer.v1.tar';

  it('are read with their paths, gzipped or not', async () => {
    registry.put('team/app', 'latest', [await layer(TAR, false)]);
    const digest = registry.put('team/app', '1.0.0', [await layer(`${TAR}+gzip`, true)]);
    expect([...(await charts.fetchArtifact(oci('team/app'), 'latest')).files.keys()]).toEqual(['deploy/cm.yaml']);
    expect((await charts.fetchArtifact(oci('team/app'), '1.x')).digest).toBe(digest);
  });

  it('are refused with more layers, of other kinds, or with other bytes', async () => {
    const one = await layer(TAR, false);
    registry.put('team/app', 'two', [one, { ...one, data: Buffer.from('x') }]);
    registry.put('team/app', 'odd', [{ ...one, type: 'application/x-odd' }]);
    registry.put('team/app', 'good', [one]);
    const fetch = (tag: string) => charts.fetchArtifact(oci('team/app'), tag);
    await expect(fetch('two')).rejects.toThrow('expected only a single oci layer, got 2');
    await expect(fetch('odd')).rejects.toThrow('application/x-odd is not in the list of allowed media types');
    registry.corrupt('plain');
    await expect(fetch('good')).rejects.toThrow('the digest of the artifact is sha256:');
  });

  it('are refused when they are too large', async () => {
    const access = http();
    const fetcher = new HttpFetcher(systemClock, 3000);
    const authorization = `Basic ${Buffer.from(`ada:${PASSWORD}`).toString('base64')}`;
    const ask = { url: `${server.url}/index.yaml`, maxBytes: 10, authorization };
    await expect(fetcher.get(access, ask)).rejects.toThrow('is larger than 10 bytes');
    expect([CHART_LIMIT_BYTES, MANIFEST_LIMIT_BYTES]).toEqual([104_857_600, 4_194_304]);
  });
});

describe('dependencies', { timeout: 30_000 }, () => {
  it('come from repositories that the project may read, by address and by name', async () => {
    const secret = { name: 's', repositoryName: 'team', type: 'helm', prefix: false, access: http() };
    secrets = [secret];
    const wanted = (repository: string) => charts.fetchDependency('shop', { name: 'web', version: '1.x', repository });
    await expect(wanted(server.url)).rejects.toThrow(`helm repos ${server.url} are not permitted in project 'shop'`);
    permitted = [server.url];
    const archive = await wanted(server.url);
    expect(archive).toEqual(await readFile(join(site, 'web-1.10.0.tgz')));
    expect(await wanted('@team')).toEqual(archive);
    expect(await wanted('alias:team')).toEqual(archive);
    await expect(wanted('@other')).rejects.toThrow('no repository is named "other"');
    await expect(wanted('file://../x')).rejects.toThrow('must be an http, https or oci address');
  });
});

describe('small parts', () => {
  it('read addresses of registries', () => {
    expect(parseOciUrl('oci://docker.io/library/x', false)).toEqual({
      base: 'https://registry-1.docker.io',
      name: 'library/x',
    });
    for (const bad of ['oci://host', 'oci://host/UPPER', 'oci://user:pw@host/x', 'host/x/../y', 'oci://host/x?y=z']) {
      expect(() => parseOciUrl(bad, false), bad).toThrow('is not a repository of a registry');
    }
  });

  it('know which hosts go without the proxy', () => {
    expect(bypassesProxy('a.example.com', 'x, .example.com')).toBe(true);
    expect(bypassesProxy('notexample.com', 'example.com')).toBe(false);
    expect(bypassesProxy('anything', '*')).toBe(true);
    expect(bypassesProxy('anything', '')).toBe(false);
  });

  it('refuse an index that is none', () => {
    expect(() => readChartIndex('<html>', 'https://x')).toThrow('is no chart index');
    const odd = readChartIndex('entries: {a: [{version: 1}, null, {version: "1.0.0", urls: [x]}], b: 7}', 'https://x');
    expect(odd.get('a')).toEqual([{ version: '1.0.0', url: 'x', digest: '' }]);
  });

  it('forget what was used longest ago', () => {
    const cache = new ByteCache<number>(10);
    cache.set('a', 1, 5);
    cache.set('b', 2, 5);
    cache.get('a');
    cache.set('c', 3, 5);
    expect([cache.get('a'), cache.get('b'), cache.get('c')]).toEqual([1, undefined, 3]);
    cache.set('d', 4, 11);
    expect(cache.get('d')).toBeUndefined();
  });
});
