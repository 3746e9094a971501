import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runTool, toolBinary } from '../wire/kubectl-binary.ts';
import { runArgosy, startArgosy, type ArgosyProcess } from './argosy-process.ts';
import { eventually } from './eventually.ts';

const run = promisify(execFile);
let home = '';
let repository = '';
let kubectlBinary = '';
let argosy: ArgosyProcess;

const FILES: { readonly [path: string]: string } = {
  'chart/Chart.yaml': 'apiVersion: v2\nname: site\nversion: 1.0.0\n',
  'chart/templates/cm.yaml':
    'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: "{{ .Release.Name }}"}\ndata: {kube: "{{ .Capabilities.KubeVersion }}", apps: "{{ .Capabilities.APIVersions.Has "argoproj.io/v1alpha1/Application" }}", v: "{{ .Values.v }}"}\n',
  'overlay/kustomization.yaml': 'resources: [cm.yaml]\nnamePrefix: k-\n',
  'overlay/cm.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {a: b}\n',
};

async function kubectl(input: string, ...args: readonly string[]): Promise<string> {
  const options = { kubeconfig: argosy.ready.kubeconfig, home, input };
  const { code, stdout, stderr } = await runTool(kubectlBinary, args, options);
  if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr}`);
  return stdout;
}

const application = (name: string, source: object): string =>
  JSON.stringify({
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name, namespace: 'argocd' },
    spec: {
      project: 'default',
      source: { repoURL: `file://${repository}`, ...source },
      destination: { server: 'https://kubernetes.default.svc', namespace: 'default' },
      syncPolicy: { automated: {} },
    },
  });

beforeAll(async () => {
  kubectlBinary = await toolBinary('kubectl');
  home = await mkdtemp(join(tmpdir(), 'argosy-render-e2e-'));
  repository = join(home, 'repository');
  for (const [path, text] of Object.entries(FILES)) {
    await mkdir(dirname(join(repository, path)), { recursive: true });
    await writeFile(join(repository, path), text);
  }
  const identity = ['-c', 'user.name=Tester', '-c', 'user.email=tester@argosy.invalid'];
  for (const args of [
    ['init', '-q', '-b', 'main'],
    ['add', '-A'],
    ['commit', '-q', '-m', 'first'],
  ]) {
    await run('git', [...identity, ...args], { cwd: repository });
  }
  argosy = await startArgosy(join(home, 'data'), ['--port', '0', '--kube-port', '0', '--runtime', 'simulated']);
}, 90_000);

afterAll(async () => {
  await argosy?.stop('SIGINT');
  await rm(home, { recursive: true, force: true });
}, 30_000);

async function delivered(name: string, path: string): Promise<string> {
  return eventually(`${name} is delivered`, 40_000, async () => {
    const text = await kubectl('', 'get', 'configmap', name, '--ignore-not-found', '-o', `jsonpath=${path}`);
    return text === '' ? undefined : text;
  });
}

describe('argosy up with charts and kustomizations', { timeout: 60_000 }, () => {
  it('delivers a chart that a process of its own has rendered, told what the cluster is', async () => {
    const helm = { parameters: [{ name: 'v', value: 'from $ARGOCD_APP_NAME' }] };
    await kubectl(application('site', { path: 'chart', helm }), 'apply', '-f', '-');
    expect(await delivered('site', '{.data.kube} {.data.apps} {.data.v}')).toMatch(/^v1\.\d+\.\d+ true from site$/);
  });

  it('delivers a kustomization', async () => {
    await kubectl(application('overlay', { path: 'overlay' }), 'apply', '-f', '-');
    expect(await delivered('k-settings', '{.data.a}')).toBe('b');
  });

  it('renders without a server', async () => {
    const { code, stdout } = await runArgosy(['render', join(repository, 'chart'), '--set', 'v=1', '-o', 'json'], {});
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject([{ kind: 'ConfigMap', data: { v: '1' } }]);
  });
});
