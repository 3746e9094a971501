import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { systemClock } from '@argosy/kube/runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestRepository, type TestRepository } from '../controller/test-delivery.ts';
import { unpackChart } from '../renderer/index.ts';
import { DEPENDENCY_LIMIT } from './load-manifests.ts';
import {
  createManifestLoader,
  openRepositories,
  RepositoryError,
  type ChartSource,
  type Repositories,
} from './index.ts';

const run = promisify(execFile);
let home = '';
let repositories: Repositories;
let repo: TestRepository;
let asked: string[] = [];

/** Charts that lie packed in a directory: the smallest repository of charts there is. */
function directoryOfCharts(): ChartSource {
  const archive = async (chart: string): Promise<Uint8Array> =>
    readFile(join(home, `${chart}.tgz`)).catch(() => {
      throw new RepositoryError('NotFound', `no chart ${chart}`);
    });
  return {
    fetch: async (_access, { chart, version }) => {
      asked.push(`${chart} ${version}`);
      const unpacked = unpackChart(await archive(chart));
      if (!unpacked.ok) throw new RepositoryError('RenderFailed', unpacked.error);
      return { version: '1.0.0', digest: chart, files: unpacked.value };
    },
    fetchDependency: async (project, { name, version, repository }) => {
      asked.push(`${project} ${name} ${version} ${repository}`);
      return archive(name);
    },
    fetchArtifact: () => Promise.reject(new RepositoryError('NotFound', 'no artifacts')),
    check: () => Promise.resolve(),
  };
}

const CM = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: "{{ .Chart.Name }}-{{ .Release.Name }}"}\n';

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'load-manifests-'));
  repositories = await openRepositories({ cacheDirectory: join(home, 'cache'), clock: systemClock });
  repo = await createTestRepository(home);
  const files = { 'dep/Chart.yaml': 'apiVersion: v2\nname: dep\nversion: 1.2.0\n', 'dep/templates/cm.yaml': CM };
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(home, path)), { recursive: true });
    await writeFile(join(home, path), text);
  }
  await run('tar', ['-czf', join(home, 'dep.tgz'), '-C', home, 'dep']);
});
afterAll(async () => {
  await repositories.close();
  await rm(home, { recursive: true, force: true });
});

const how = { app: { name: 'web', namespace: 'prod', project: 'shop' }, fresh: true, hard: false };

async function names(charts: ChartSource | undefined, source: object): Promise<readonly string[]> {
  asked = [];
  const loader = createManifestLoader({ repositories, salt: 'x', ...(charts === undefined ? {} : { charts }) });
  const access = { url: repo.url, project: 'shop', insecure: false };
  const [rendered] = await loader.load([{ access, source: { repoURL: repo.url, ...source }, revision: '1.x' }], how);
  return rendered?.objects.map(({ metadata }) => metadata.name) ?? [];
}

describe('charts that lie elsewhere', { timeout: 30_000 }, () => {
  it('are fetched by name and rendered', async () => {
    expect(await names(directoryOfCharts(), { chart: 'dep' })).toEqual(['dep-web']);
    expect(asked).toEqual(['dep 1.x']);
  });

  it('are refused where nobody can fetch them', async () => {
    await expect(names(undefined, { chart: 'dep' })).rejects.toThrow('source type Helm with chart dep');
  });
});

describe('dependencies that are not under charts/', { timeout: 30_000 }, () => {
  const load = async (charts: ChartSource | undefined, revision: string): Promise<readonly string[]> => {
    asked = [];
    const loader = createManifestLoader({ repositories, salt: 'x', ...(charts === undefined ? {} : { charts }) });
    const access = { url: repo.url, project: 'shop', insecure: false };
    const [rendered] = await loader.load([{ access, source: { repoURL: repo.url, path: 'app' }, revision }], how);
    return rendered?.objects.map(({ metadata }) => metadata.name) ?? [];
  };

  it('are fetched at their locked version, or told to be missing', async () => {
    const revision = await repo.commit({
      'app/Chart.yaml':
        'apiVersion: v2\nname: top\nversion: 1.0.0\ndependencies: [{name: dep, version: "^1.0.0", repository: "https://charts.example"}]\n',
      'app/Chart.lock': 'dependencies: [{name: dep, version: 1.2.0}]\n',
      'app/templates/cm.yaml': CM,
    });
    expect(await load(directoryOfCharts(), revision)).toEqual(['dep-web', 'top-web']);
    expect(asked).toEqual(['shop dep 1.2.0 https://charts.example']);
    await expect(load(undefined, revision)).rejects.toThrow('missing in charts/ directory: dep');
  });
});

describe('the limit on dependencies', { timeout: 30_000 }, () => {
  it('ends a chart that wants too many', async () => {
    const list = Array.from({ length: DEPENDENCY_LIMIT + 1 }, (_, n) => `{name: d${n}, version: "1", repository: ""}`);
    const text = `apiVersion: v2\nname: top\nversion: 1.0.0\ndependencies: [${list.join(', ')}]\n`;
    const revision = await repo.commit({ 'many/Chart.yaml': text });
    const loader = createManifestLoader({ repositories, salt: 'x', charts: directoryOfCharts() });
    const access = { url: repo.url, project: 'shop', insecure: false };
    const sources = [{ access, source: { repoURL: repo.url, path: 'many' }, revision }];
    await expect(loader.load(sources, how)).rejects.toThrow(`misses more than ${DEPENDENCY_LIMIT} dependencies`);
  });
});

describe('what is remembered', { timeout: 30_000 }, () => {
  it('comes again as the same objects, for as long as the folder is the same', async () => {
    const loader = createManifestLoader({ repositories, salt: 'x' });
    const access = { url: repo.url, project: 'shop', insecure: false };
    const source = { repoURL: repo.url, path: 'solo' };
    const load = async (revision: string) => (await loader.load([{ access, source, revision }], how))[0]?.objects;
    const chart = { 'solo/Chart.yaml': 'apiVersion: v2\nname: solo\nversion: 1.0.0\n', 'solo/templates/cm.yaml': CM };
    const first = await load(await repo.commit(chart));
    expect(await load(await repo.commit({ 'elsewhere/x': '1' }))).toBe(first);
    expect(await load(await repo.commit({ 'solo/values.yaml': 'a: 1\n' }))).not.toBe(first);
  });
});
