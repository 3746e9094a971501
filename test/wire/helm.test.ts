import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kubeconfigText } from '@argosy/kube/client';
import { runTool, toolBinary, type Finished } from './kubectl-binary.ts';
import { openLiveWire } from './live-wire.ts';
import { admin, type Wire } from './open-wire.ts';

let wire: Wire;
let home: string;
let binaries: { readonly helm: string; readonly kubectl: string };

function run(tool: 'helm' | 'kubectl', args: string): Promise<Finished> {
  return runTool(binaries[tool], args.split(' '), { kubeconfig: join(home, 'config'), home });
}

async function good(tool: 'helm' | 'kubectl', args: string): Promise<string> {
  const { code, stdout, stderr } = await run(tool, args);
  expect({ args, code, stderr: code === 0 ? '' : stderr }).toEqual({ args, code: 0, stderr: '' });
  return stdout;
}

const chartFiles: { readonly [path: string]: string } = {
  'Chart.yaml': 'apiVersion: v2\nname: site\nversion: 0.1.0\nappVersion: "1"\n',
  'values.yaml': 'greeting: hello\nreplicas: 1\n',
  'crds/boats.yaml': `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: boats.sea.example }
spec:
  group: sea.example
  scope: Namespaced
  names: { kind: Boat, plural: boats, singular: boat }
  versions:
    - name: v1
      served: true
      storage: true
      schema: { openAPIV3Schema: { type: object, x-kubernetes-preserve-unknown-fields: true } }
`,
  'templates/all.yaml': `
apiVersion: v1
kind: ConfigMap
metadata: { name: "{{ .Release.Name }}-settings" }
data: { greeting: "{{ .Values.greeting }}" }
---
apiVersion: sea.example/v1
kind: Boat
metadata: { name: "{{ .Release.Name }}" }
spec: { masts: 2 }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: "{{ .Release.Name }}" }
spec:
  replicas: {{ .Values.replicas }}
  selector: { matchLabels: { app: "{{ .Release.Name }}" } }
  template:
    metadata:
      labels: { app: "{{ .Release.Name }}" }
      annotations: { simulation.argosy.io/run: forever }
    spec: { containers: [{ name: web, image: "site:{{ .Values.greeting }}" }] }
`,
};

async function writeChart(directory: string): Promise<void> {
  for (const [path, text] of Object.entries(chartFiles)) {
    await mkdir(join(directory, path, '..'), { recursive: true });
    await writeFile(join(directory, path), text);
  }
}

beforeAll(async () => {
  binaries = { helm: await toolBinary('helm'), kubectl: await toolBinary('kubectl') };
  wire = await openLiveWire();
  home = await mkdtemp(join(tmpdir(), 'argosy-helm-'));
  const { certificate, privateKey } = await wire.authority.clientLeaf(admin.name, admin.groups);
  const text = kubeconfigText({ server: wire.url, ca: wire.authority.certificate, certificate, privateKey });
  await writeFile(join(home, 'config'), text, { mode: 0o600 });
  await writeChart(join(home, 'chart'));
});
afterAll(async () => {
  await wire.close();
  await rm(home, { recursive: true, force: true });
});

const greeting = (): Promise<string> => good('kubectl', 'get cm site-settings -o jsonpath={.data.greeting}');

describe('helm 3', { timeout: 40_000 }, () => {
  it('installs a chart with a definition, and waits for it', async () => {
    const text = await good('helm', `install site ${join(home, 'chart')} --wait --timeout 20s`);
    expect(text).toMatch(/STATUS: deployed\nREVISION: 1/);
    expect(await greeting()).toBe('hello');
    expect(await good('kubectl', 'get boat site -o jsonpath={.spec.masts}')).toBe('2');
    const secret = 'get secret sh.helm.release.v1.site.v1 -o jsonpath={.type}';
    expect(await good('kubectl', secret)).toBe('helm.sh/release.v1');
  });

  it('upgrades by a three-way patch and lists', async () => {
    await good('kubectl', 'scale deploy site --replicas=3');
    await good('kubectl', 'annotate deploy site note=mine');
    await good('helm', `upgrade site ${join(home, 'chart')} --set greeting=ahoy --wait --timeout 20s`);
    expect(await greeting()).toBe('ahoy');
    const read = 'get deploy site -o jsonpath={.spec.replicas}|{.metadata.annotations.note}';
    expect(await good('kubectl', read)).toBe('1|mine');
    expect(await good('helm', 'list')).toMatch(/site\s+default\s+2\s.*deployed\s+site-0\.1\.0\s+1/);
    expect(await good('helm', 'status site')).toContain('REVISION: 2');
    expect(await good('helm', 'get values site')).toContain('greeting: ahoy');
  });

  it('refuses to take over what another made', async () => {
    await good('kubectl', 'create configmap rival-settings --from-literal=a=b');
    const { code, stderr } = await run('helm', `install rival ${join(home, 'chart')}`);
    expect(code).toBe(1);
    expect(stderr).toMatch(/ConfigMap "rival-settings" in namespace "default" exists and cannot be imported/);
  });

  it('rolls back, tells the history, uninstalls', async () => {
    expect(await good('helm', 'rollback site 1 --wait --timeout 20s')).toContain('Rollback was a success');
    expect(await greeting()).toBe('hello');
    expect(await good('helm', 'history site')).toMatch(/superseded[^\n]*\n2[^\n]*superseded[^\n]*\n3[^\n]*deployed/);
    expect(await good('helm', 'uninstall site --wait --timeout 20s')).toBe('release "site" uninstalled\n');
    expect(await good('helm', 'list -q')).toBe('');
    expect(await good('kubectl', 'get cm site-settings --ignore-not-found -o name')).toBe('');
    expect(await good('kubectl', 'get secret -l owner=helm -o name')).toBe('');
  });
});
