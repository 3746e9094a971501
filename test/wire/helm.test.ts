import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLiveWire } from './live-wire.ts';
import { toolVersions } from './kubectl-binary.ts';
import { openToolSession, type ToolSession } from './tool-session.ts';

let session: ToolSession;

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

const greeting = (): Promise<string> => session.good('kubectl get cm site-settings -o jsonpath={.data.greeting}');

describe.each(toolVersions)('helm $helm', { timeout: 40_000 }, ({ layer }) => {
  // helm 4 applies server-side, so what another tool has set since is a conflict.
  const force = layer === 'v35' ? ' --force-conflicts' : '';
  beforeAll(async () => {
    session = await openToolSession(await openLiveWire(), { layer });
    await writeChart(join(session.home, 'chart'));
  });
  afterAll(() => session.close());

  it('installs a chart with a definition, and waits for it', async () => {
    const text = await session.good(`helm install site ${join(session.home, 'chart')} --wait --timeout 20s`);
    expect(text).toMatch(/STATUS: deployed\nREVISION: 1/);
    expect(await greeting()).toBe('hello');
    expect(await session.good('kubectl get boat site -o jsonpath={.spec.masts}')).toBe('2');
    const secret = 'kubectl get secret sh.helm.release.v1.site.v1 -o jsonpath={.type}';
    expect(await session.good(secret)).toBe('helm.sh/release.v1');
  });

  it('upgrades by a three-way patch and lists', async () => {
    await session.good('kubectl scale deploy site --replicas=3');
    await session.good('kubectl annotate deploy site note=mine');
    const upgrade = `helm upgrade site ${join(session.home, 'chart')} --set greeting=ahoy --wait --timeout 20s`;
    if (force !== '') expect(await session.bad(upgrade)).toContain('conflict with "kubectl"');
    await session.good(`${upgrade}${force}`);
    expect(await greeting()).toBe('ahoy');
    const read = 'kubectl get deploy site -o jsonpath={.spec.replicas}|{.metadata.annotations.note}';
    expect(await session.good(read)).toBe('1|mine');
    expect(await session.good('helm list')).toMatch(/site\s+default\s+\d\s.*deployed\s+site-0\.1\.0\s+1/);
    expect(await session.good('helm status site')).toMatch(/REVISION: \d/);
    expect(await session.good('helm get values site')).toContain('greeting: ahoy');
  });

  it('refuses to take over what another made', async () => {
    await session.good('kubectl create configmap rival-settings --from-literal=a=b');
    const { code, stderr } = await session.run(`helm install rival ${join(session.home, 'chart')}`);
    expect(code).toBe(1);
    expect(stderr).toMatch(/ConfigMap "rival-settings" in namespace "default" exists and cannot be imported/);
  });

  it('rolls back, tells the history, uninstalls', async () => {
    expect(await session.good(`helm rollback site 1 --wait --timeout 20s${force}`)).toContain('Rollback was a success');
    expect(await greeting()).toBe('hello');
    expect(await session.good('helm history site')).toMatch(
      /superseded[^\n]*\n(?:2[^\n]*failed[^\n]*\n)?\d[^\n]*superseded[^\n]*\n\d[^\n]*deployed/,
    );
    expect(await session.good('helm uninstall site --wait --timeout 20s')).toBe('release "site" uninstalled\n');
    expect(await session.good('helm list -q')).toBe('');
    expect(await session.good('kubectl get cm site-settings --ignore-not-found -o name')).toBe('');
    expect(await session.good('kubectl get secret -l owner=helm -o name')).toBe('');
  });
});
