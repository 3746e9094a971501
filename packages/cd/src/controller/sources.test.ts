import { execFile } from 'node:child_process';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { resources } from '@argosy/api';
import type { Application } from '@argosy/api/cd';
import type { KubeObject } from '@argosy/kube/meta';
import { toolBinary } from '../../../../test/wire/kubectl-binary.ts';
import { startChartServer } from '../repo/test-chart-server.ts';
import { startTestRegistry } from '../repo/test-registry.ts';
import {
  configMapYaml,
  createTestRepository,
  openTestDelivery,
  testApplication,
  type TestDelivery,
} from './test-delivery.ts';

const run = promisify(execFile);
const AUTOMATED = { syncPolicy: { automated: { prune: true, selfHeal: true } } };
let delivery: TestDelivery;

beforeEach(async () => {
  delivery = await openTestDelivery();
});

afterEach(async () => {
  expect(delivery.controller.metrics().bugs).toBe(0);
  await delivery.close();
});

type Source = NonNullable<Application['spec']['source']>;

const isSynced = ({ status, operation }: Application): boolean =>
  operation === undefined && status?.operationState?.phase === 'Succeeded' && status.sync?.status === 'Synced';
const problemOf = (app: Application): string | undefined =>
  app.status?.conditions?.find(({ type }) => type === 'ComparisonError')?.message;

async function create(source: Partial<Source>, spec: Partial<Application['spec']> = {}): Promise<void> {
  const main = { repoURL: delivery.repo.url, path: 'app', targetRevision: 'main', ...source };
  await delivery.create(
    resources.applications,
    testApplication(delivery.repo.url, { ...AUTOMATED, source: main, ...spec }),
  );
}

const synced = (): Promise<Application> => delivery.application('web', isSynced, 30_000);
const failed = async (): Promise<string | undefined> =>
  problemOf(await delivery.application('web', (app) => problemOf(app) !== undefined, 30_000));
const live = (name: string): Promise<KubeObject | undefined> => delivery.get(resources.configMaps, 'prod', name);

const CHART = {
  'app/Chart.yaml': 'apiVersion: v2\nname: site\nversion: 1.0.0\n',
  'app/values.yaml': 'greeting: hello\n',
  'app/templates/settings.yaml': `apiVersion: v1
kind: ConfigMap
metadata: {name: "{{ .Release.Name }}-settings"}
data: {greeting: "{{ .Values.greeting }}", namespace: "{{ .Release.Namespace }}", extra: "{{ .Values.extra }}"}
`,
  'app/templates/setup.yaml': `apiVersion: batch/v1
kind: Job
metadata: {name: setup, annotations: {"helm.sh/hook": pre-install}}
spec: {template: {spec: {restartPolicy: Never, containers: [{name: a, image: b}]}}}
`,
};

describe('Helm in a repository', { timeout: 40_000 }, () => {
  it('is rendered with its values, parameters and value files, and synced', async () => {
    const { 'app/templates/setup.yaml': _hook, ...plain } = CHART;
    await delivery.repo.commit({ ...plain, 'env/prod.yaml': 'greeting: from file\nextra: file\n' });
    const parameters = [{ name: 'extra', value: 'for $ARGOCD_APP_NAME, really' }];
    await create({ helm: { releaseName: 'r1', valueFiles: ['../env/prod.yaml'], parameters } });
    const app = await synced();
    expect(app.status?.sourceType).toBe('Helm');
    const data = { greeting: 'from file', namespace: 'prod', extra: 'for web, really' };
    expect((await live('r1-settings'))?.['data']).toEqual(data);
  });

  it('runs its hooks as Argo CD does', async () => {
    await delivery.repo.commit(CHART);
    await create({});
    const running = await delivery.application(
      'web',
      ({ status }) =>
        (status?.operationState?.syncResult?.resources ?? []).some(({ hookType }) => hookType === 'PreSync'),
      30_000,
    );
    expect(running.status?.operationState?.syncResult?.resources).toMatchObject([{ kind: 'Job', name: 'setup' }]);
  });

  it('follows its repository and its value files', async () => {
    const { 'app/templates/setup.yaml': _hook, ...plain } = CHART;
    await delivery.repo.commit({ ...plain, 'env/prod.yaml': 'greeting: one\n' });
    await create({ helm: { valueFiles: ['/env/prod.yaml'] } });
    await synced();
    await delivery.repo.commit({ 'env/prod.yaml': 'greeting: two\n' });
    await delivery.patch(
      resources.applications,
      { namespace: 'argocd', name: 'web' },
      {
        metadata: { annotations: { 'argocd.argoproj.io/refresh': 'normal' } },
      },
    );
    const target = { resource: resources.configMaps, namespace: 'prod', name: 'web-settings' };
    const found = await delivery.object(
      target,
      (object) => (object?.['data'] as { greeting?: string } | undefined)?.greeting === 'two',
    );
    expect(found).toBeDefined();
  });

  it('tells what is wrong with a chart, with the place', async () => {
    await delivery.repo.commit({ ...CHART, 'app/templates/bad.yaml': 'a: {{ fail "not today" }}\n' });
    await create({});
    expect(await failed()).toContain('execution error at (site/templates/bad.yaml:1:6): not today');
  });

  it('refuses charts of repositories that it cannot ask', async () => {
    await create({ chart: 'nginx', targetRevision: '1.0.0' });
    expect(await failed()).toContain('source type Helm with chart nginx');
  });

  it('takes values from another repository by $ref', async () => {
    const { 'app/templates/setup.yaml': _hook, ...plain } = CHART;
    await delivery.repo.commit(plain);
    const values = await createTestRepository(delivery.directory, 'values');
    await values.commit({ 'prod/site.yaml': 'greeting: by reference\n', 'more/a.yaml': configMapYaml('plain', '1') });
    const sources: Source[] = [
      {
        repoURL: delivery.repo.url,
        path: 'app',
        targetRevision: 'main',
        helm: { valueFiles: ['$vals/prod/site.yaml'] },
      },
      { repoURL: values.url, targetRevision: 'main', ref: 'vals', path: 'more' },
    ];
    const { source: _source, ...rest } = testApplication(delivery.repo.url, AUTOMATED)['spec'] as Application['spec'];
    const object = { ...testApplication(delivery.repo.url), spec: { ...rest, sources } };
    await delivery.create(resources.applications, object);
    expect((await synced()).status?.sourceTypes).toEqual(['Helm', 'Directory']);
    expect((await live('web-settings'))?.['data']).toMatchObject({ greeting: 'by reference' });
    expect((await live('plain'))?.['data']).toEqual({ value: '1' });
  });
});

describe('charts and artifacts that lie elsewhere', { timeout: 60_000 }, () => {
  const FILES = {
    'Chart.yaml': 'apiVersion: v2\nname: site\nversion: 1.4.0\n',
    'values.yaml': 'greeting: packed\n',
    'templates/cm.yaml':
      'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: "{{ .Chart.Name }}-cm"}\ndata: {value: "{{ .Values.greeting }}"}\n',
  };
  let site: string;

  beforeEach(async () => {
    site = join(delivery.directory, 'site');
    for (const [path, text] of Object.entries(FILES)) {
      await mkdir(dirname(join(site, 'site', path)), { recursive: true });
      await writeFile(join(site, 'site', path), text);
    }
    const helm = await toolBinary('helm');
    await run(helm, ['package', 'site', '--destination', '.'], { cwd: site, env: { HOME: delivery.directory } });
    await run(helm, ['repo', 'index', '.'], { cwd: site, env: { HOME: delivery.directory } });
  });

  const createChart = (repoURL: string, source: Partial<Source>): Promise<unknown> => {
    const object = testApplication(repoURL, { ...AUTOMATED, source: { repoURL, ...source } });
    return delivery.create(resources.applications, object);
  };

  it('are found in an HTTP repository by constraint, with the password of a Secret, and synced', async () => {
    const server = await startChartServer(site, 'secret words');
    const stringData = { url: server.url, type: 'helm', username: 'ada', password: 'secret words' };
    const labels = { 'argocd.argoproj.io/secret-type': 'repository' };
    const metadata = { name: 'site', namespace: 'argocd', labels };
    await delivery.create(resources.secrets, { apiVersion: 'v1', kind: 'Secret', metadata, stringData });
    await createChart(server.url, { chart: 'site', targetRevision: '1.x', helm: { values: 'greeting: from values' } });
    const app = await synced();
    expect(app.status?.sync).toMatchObject({ status: 'Synced', revision: '1.4.0' });
    expect(app.status?.sourceType).toBe('Helm');
    expect((await live('site-cm'))?.['data']).toEqual({ value: 'from values' });
    await server.close();
  });

  it('are read from a registry as an artifact, and synced at its digest', async () => {
    const registry = await startTestRegistry();
    const data = await readFile(join(site, 'site-1.4.0.tgz'));
    const type = 'application/vnd.cncf.helm.chart.content.v1.tar+gzip';
    const digest = registry.put('charts/site', '1.4.0', [{ type, data }]);
    const url = `oci://${registry.host}/charts/site`;
    const stringData = { url, type: 'oci', insecureOCIForceHttp: 'true' };
    const metadata = { name: 'oci', namespace: 'argocd', labels: { 'argocd.argoproj.io/secret-type': 'repository' } };
    await delivery.create(resources.secrets, { apiVersion: 'v1', kind: 'Secret', metadata, stringData });
    await createChart(url, { path: '.', targetRevision: '1.x' });
    expect((await synced()).status?.sync).toMatchObject({ revision: digest });
    expect((await live('site-cm'))?.['data']).toEqual({ value: 'packed' });
    await registry.close();
  });

  it('are the dependencies of a chart in Git, if the project may read them', async () => {
    const server = await startChartServer(site);
    const dependency = `dependencies: [{name: site, version: "^1.0.0", repository: "${server.url}"}]`;
    await delivery.repo.commit({ 'app/Chart.yaml': `apiVersion: v2\nname: top\nversion: 1.0.0\n${dependency}\n` });
    await create({});
    await synced();
    expect((await live('site-cm'))?.['data']).toEqual({ value: 'packed' });
    await server.close();
  });

  it('are told to be missing', async () => {
    const server = await startChartServer(site);
    await createChart(server.url, { chart: 'site', targetRevision: '2.x' });
    expect(await failed()).toContain("No version matching constraint '2.x' for chart site in http://127.0.0.1");
    await server.close();
  });
});

describe('Kustomize in a repository', { timeout: 40_000 }, () => {
  const BASE = {
    'base/kustomization.yaml': 'resources: [settings.yaml]\n',
    'base/settings.yaml': configMapYaml('settings', 'base'),
    'app/kustomization.yaml': 'resources: [../base]\nnamePrefix: prod-\npatches: [{path: patch.yaml}]\n',
    'app/patch.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {value: patched}\n',
  };

  it('is built with the options of the Application, and synced', async () => {
    await delivery.repo.commit(BASE);
    const commonLabels = { team: '${ARGOCD_APP_NAME}' };
    await create({
      kustomize: { nameSuffix: '-v2', commonLabels, commonAnnotations: { a: 'b' }, forceCommonLabels: true },
    });
    expect((await synced()).status?.sourceType).toBe('Kustomize');
    const found = await live('prod-settings-v2');
    expect(found?.['data']).toEqual({ value: 'patched' });
    expect(found?.metadata.labels).toMatchObject({ team: 'web' });
    expect(found?.metadata.annotations).toMatchObject({ a: 'b' });
  });

  it.each([
    ['https://github.com/org/repo//base?ref=v1', 'is remote: rendering has no network'],
    ['../../../../etc', 'kustomize build'],
  ])('refuses %s', async (resource, words) => {
    await delivery.repo.commit({ 'app/kustomization.yaml': `resources: ["${resource}"]\n` });
    await create({});
    expect(await failed()).toContain(words);
  });
});

describe('other sources', { timeout: 40_000 }, () => {
  it('evaluates jsonnet with libraries, variables and arguments', async () => {
    const lib =
      '{cm(name, value):: {apiVersion: "v1", kind: "ConfigMap", metadata: {name: name}, data: {value: value}}}';
    await delivery.repo.commit({
      'vendor/k.libsonnet': lib,
      'app/main.jsonnet': 'local k = import "k.libsonnet"; function(who) [k.cm("j", who + std.extVar("count"))]',
    });
    const jsonnet = {
      libs: ['vendor'],
      tlas: [{ name: 'who', value: '$ARGOCD_APP_NAME' }],
      extVars: [{ name: 'count', value: '1 + 1', code: true }],
    };
    await create({ directory: { jsonnet } });
    await synced();
    expect((await live('j'))?.['data']).toEqual({ value: 'web2' });
  });

  it('lets .argocd-source files say more', async () => {
    const { 'app/templates/setup.yaml': _hook, ...plain } = CHART;
    await delivery.repo.commit({
      ...plain,
      'app/.argocd-source.yaml': 'helm: {parameters: [{name: greeting, value: overridden}]}\npath: elsewhere\n',
      'app/.argocd-source-web.yaml': 'helm: {releaseName: special}\n',
    });
    await create({});
    await synced();
    expect((await live('special-settings'))?.['data']).toMatchObject({ greeting: 'overridden' });
  });

  it('refuses a chart whose files lead out of the repository', async () => {
    await delivery.repo.commit(CHART);
    await symlink('../../../etc/hostname', join(delivery.repo.directory, 'app', 'templates', 'out.yaml'));
    await delivery.repo.commit({});
    await create({});
    expect(await failed()).toContain('out-of-bounds symlinks. file: templates/out.yaml');
  });

  it('refuses plugins aloud', async () => {
    await delivery.repo.commit(CHART);
    await create({ plugin: { name: 'x' } });
    expect(await failed()).toContain('config management plugins are not served');
  });
});
