import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runTool, toolBinary } from '../wire/kubectl-binary.ts';
import { runArgosy, startArgosy, type ArgosyProcess } from './argosy-process.ts';
import { eventually } from './eventually.ts';

const run = promisify(execFile);
let home = '';
let repository = '';
let kubectlBinary = '';
let charts: Server;
let argosy: ArgosyProcess;

const configMap = (name: string, value: string): string =>
  JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { value } });

async function commit(files: { readonly [path: string]: string }): Promise<string> {
  const identity = ['-c', 'user.name=Tester', '-c', 'user.email=tester@argosy.invalid'];
  for (const [path, text] of Object.entries(files)) await writeFile(join(repository, path), text);
  await run('git', ['add', '-A'], { cwd: repository });
  await run('git', [...identity, 'commit', '-q', '-m', 'change'], { cwd: repository });
  return (await run('git', ['rev-parse', 'HEAD'], { cwd: repository })).stdout.trim();
}

async function kubectl(input: string, ...args: readonly string[]): Promise<string> {
  const options = { kubeconfig: argosy.ready.kubeconfig, home, input };
  const { code, stdout, stderr } = await runTool(kubectlBinary, args, options);
  if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr}`);
  return stdout;
}

/** Runs a command against the server under test. */
async function cd(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runArgosy(['cd', ...args], { ARGOSY_DATA_DIR: join(home, 'data') });
  if (code !== 0) throw new Error(`argosy cd ${args.join(' ')}: ${stderr}`);
  return stdout;
}

const application = (name: string, source: object, syncPolicy: object): string =>
  JSON.stringify({
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name, namespace: 'argocd' },
    spec: {
      project: 'default',
      source,
      destination: { server: 'https://kubernetes.default.svc', namespace: 'default' },
      syncPolicy,
    },
  });

async function serveCharts(): Promise<Server> {
  const site = join(home, 'site');
  await mkdir(join(site, 'remote', 'templates'), { recursive: true });
  await writeFile(join(site, 'remote', 'Chart.yaml'), 'apiVersion: v2\nname: remote\nversion: 1.0.0\n');
  await writeFile(join(site, 'remote', 'templates', 'cm.yaml'), configMap('from-chart', 'packed'));
  const helm = await toolBinary('helm');
  await run(helm, ['package', 'remote', '--destination', '.'], { cwd: site, env: { HOME: home } });
  await run(helm, ['repo', 'index', '.'], { cwd: site, env: { HOME: home } });
  const server = createServer((request, response) => {
    readFile(join(site, request.url ?? '')).then(
      (body) => response.end(body),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return server;
}

beforeAll(async () => {
  kubectlBinary = await toolBinary('kubectl');
  home = await mkdtemp(join(tmpdir(), 'argosy-explain-e2e-'));
  repository = join(home, 'repository');
  await mkdir(repository);
  await run('git', ['init', '-q', '-b', 'main'], { cwd: repository });
  await commit({ 'a.yaml': configMap('a', 'one'), 'b.yaml': configMap('b', 'one') });
  charts = await serveCharts();
  argosy = await startArgosy(join(home, 'data'), ['--port', '0', '--kube-port', '0', '--runtime', 'simulated']);
}, 90_000);

afterAll(async () => {
  await argosy?.stop('SIGINT');
  charts?.close();
  await rm(home, { recursive: true, force: true });
}, 30_000);

describe('a chart of an HTTP repository', { timeout: 60_000 }, () => {
  it('is delivered by the running product', async () => {
    const { port } = charts.address() as AddressInfo;
    const source = { repoURL: `http://127.0.0.1:${port}`, chart: 'remote', targetRevision: '1.x' };
    await kubectl(application('remote', source, { automated: {} }), 'apply', '-f', '-');
    const value = await eventually('the chart is delivered', 40_000, async () => {
      const get = ['get', 'configmap', 'from-chart', '--ignore-not-found', '-o', 'jsonpath={.data.value}'];
      const text = await kubectl('', ...get);
      return text === '' ? undefined : text;
    });
    expect(value).toBe('packed');
  });
});

describe('repositories', { timeout: 60_000 }, () => {
  it('are added when they answer, listed and removed', async () => {
    const { port } = charts.address() as AddressInfo;
    const url = `http://127.0.0.1:${port}`;
    expect(await cd('repo', 'add', url, '--type', 'helm', '--name', 'team')).toBe(`Repository '${url}' added\n`);
    await expect(cd('repo', 'add', `${url}/none`, '--type', 'helm')).rejects.toThrow('not found');
    expect(await cd('repo', 'list')).toMatch(new RegExp(`helm +team +${url} +false`));
    expect(await cd('repo', 'list', '-o', 'url')).toBe(`${url}\n`);
    expect(await cd('repo', 'rm', url)).toBe(`Repository '${url}' removed\n`);
    expect(await cd('repo', 'list', '-o', 'url')).toBe('');
  });
});

describe('why, and what would be', { timeout: 120_000 }, () => {
  it('is told field by field, and in the order of the sync', async () => {
    await kubectl(application('web', { repoURL: `file://${repository}`, path: '.' }, {}), 'apply', '-f', '-');
    await eventually('web is compared', 40_000, async () =>
      (await cd('app', 'get', 'web')).includes('OutOfSync') ? true : undefined,
    );
    const before = await cd('explain', 'web');
    expect(before).toContain('nothing syncs by itself: spec.syncPolicy.automated is not set');
    expect(before).toContain('the source has a manifest for it, and the cluster has no such object');
    await cd('app', 'sync', 'web', '--timeout', '40');
    await kubectl('', 'patch', 'configmap', 'a', '--type', 'merge', '-p', '{"data":{"value":"by hand"}}');
    await cd('app', 'get', 'web', '--refresh');
    const told = JSON.parse(await cd('explain', 'web', 'ConfigMap/a', '--refresh', '-o', 'json')) as {
      readonly resources: readonly unknown[];
    };
    expect(told.resources).toMatchObject([
      { name: 'a', sync: 'OutOfSync', fields: [{ path: 'data.value', found: 'by hand', wanted: 'one' }] },
    ]);
    await expect(cd('explain', 'web', 'ConfigMap/none')).rejects.toThrow('has no object "ConfigMap/none"');

    const next = await commit({ 'b.yaml': configMap('b', 'two'), 'c.yaml': configMap('c', 'new') });
    const steps = JSON.parse(await cd('preview', 'web', '--revision', next, '-o', 'json')) as {
      readonly revision: string;
      readonly steps: readonly { readonly name: string; readonly effect: string }[];
    };
    expect(steps.revision).toBe(next);
    expect(steps.steps.map(({ name, effect }) => `${name} ${effect}`)).toEqual(['a change', 'b change', 'c create']);
    expect(await cd('preview', 'web', '--revision', next)).toContain('data.value: "one" → "two"');
    const live = await kubectl('', 'get', 'configmap', 'b', '-o', 'jsonpath={.data.value}');
    expect(live).toBe('one');
  });
});
