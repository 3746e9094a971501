/** Numbers of the patch and schema engines. Run: npx tsx test/bench/kube-merge.bench.ts */
import { instant } from '@argosy/std';
import type { KubeObject } from '@argosy/kube/meta';
import {
  applyMergePatch,
  applyServerSide,
  applyStrategicMergePatch,
  createThreeWayMergePatch,
  trackUpdate,
} from '@argosy/kube/merge';
import {
  ANY_SCHEMA,
  builtinSchema,
  builtinStruct,
  compileSchema,
  decodeProtobufObject,
  defaultObject,
} from '@argosy/kube/schema';
import { normalizeObject, openApiComponents, pruneObject, validateObject } from '@argosy/kube/schema';

/** Writes one line of the report. */
function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

const DEPLOYMENT = { group: 'apps', version: 'v1', kind: 'Deployment' };
const schema = builtinSchema(DEPLOYMENT) ?? ANY_SCHEMA;

function probe(path: string): object {
  return {
    httpGet: { path, port: 8080, scheme: 'HTTP' },
    initialDelaySeconds: 5,
    periodSeconds: 10,
    timeoutSeconds: 1,
    failureThreshold: 3,
  };
}

function container(name: string): object {
  return {
    name,
    image: `registry.example.com/team/${name}:1.2.3`,
    imagePullPolicy: 'IfNotPresent',
    args: ['--listen=:8080', '--log=info'],
    ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }],
    env: ['A', 'B', 'C', 'D'].map((key) => ({ name: `${name}_${key}`, value: key })),
    resources: { limits: { cpu: '500m', memory: '256Mi' }, requests: { cpu: '100m', memory: '128Mi' } },
    livenessProbe: probe('/live'),
    readinessProbe: probe('/ready'),
    volumeMounts: [{ name: 'data', mountPath: '/data' }],
    securityContext: { runAsNonRoot: true, allowPrivilegeEscalation: false },
  };
}

/** About 100 leaves and 3.5 KB. */
function deployment(image = '1.2.3'): KubeObject {
  const first = { ...container('app'), image: `registry.example.com/team/app:${image}` };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name: 'web',
      namespace: 'team',
      labels: { app: 'web', tier: 'front' },
      annotations: { owner: 'team@example.com' },
    },
    spec: {
      replicas: 3,
      revisionHistoryLimit: 10,
      selector: { matchLabels: { app: 'web' } },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
      template: {
        metadata: { labels: { app: 'web', tier: 'front' } },
        spec: {
          serviceAccountName: 'web',
          terminationGracePeriodSeconds: 30,
          containers: [first, container('sidecar')],
          volumes: [
            { name: 'data', emptyDir: {} },
            { name: 'config', configMap: { name: 'web-config', defaultMode: 420 } },
          ],
          tolerations: [{ key: 'dedicated', operator: 'Equal', value: 'web', effect: 'NoSchedule' }],
        },
      },
    },
  };
}

function measure(name: string, work: () => unknown, rounds = 20_000): void {
  for (let round = 0; round < rounds / 4; round += 1) work();
  const times: number[] = [];
  for (let batch = 0; batch < 10; batch += 1) {
    const start = performance.now();
    for (let round = 0; round < rounds / 10; round += 1) work();
    times.push(((performance.now() - start) * 1000) / (rounds / 10));
  }
  times.sort((a, b) => a - b);
  print(`${name.padEnd(62)} ${(times[4] ?? 0).toFixed(1).padStart(9)} µs`);
}

function leaves(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1;
  return Object.values(value).reduce((sum: number, item) => sum + leaves(item), 0);
}

const fresh = (): KubeObject => JSON.parse(JSON.stringify(deployment())) as KubeObject;

function applied(): KubeObject {
  const result = applyServerSide({
    schema,
    live: undefined,
    config: fresh(),
    manager: 'cd',
    force: false,
    now: instant(0),
  });
  if (!result.ok) throw new Error(result.error.message);
  return result.value.object;
}

function benchApply(): void {
  const live = applied();
  const changed = JSON.parse(JSON.stringify(deployment('2.0.0'))) as KubeObject;
  const same = fresh();
  print(`object: ${JSON.stringify(deployment()).length} bytes, ${leaves(deployment())} leaves`);
  const apply = (config: KubeObject) => () =>
    applyServerSide({ schema, live, config, manager: 'cd', force: false, now: instant(9) });
  measure('server-side apply, nothing new', apply(same));
  measure('server-side apply, new image', apply(changed));
  measure('server-side apply, create', () =>
    applyServerSide({ schema, live: undefined, config: same, manager: 'cd', force: false, now: instant(9) }),
  );
}

function benchTrack(): void {
  const live = trackUpdate({ schema, live: undefined, next: fresh(), manager: 'edit', now: instant(0) });
  const copy = JSON.parse(JSON.stringify(live)) as KubeObject;
  const spec = copy['spec'] as { replicas: number };
  const next: KubeObject = {
    ...copy,
    spec: { ...spec, replicas: 5 },
    metadata: { ...copy.metadata, managedFields: live.metadata.managedFields ?? [] },
  };
  measure('update tracking, one field of a decoded body', () =>
    trackUpdate({ schema, live, next, manager: 'edit', now: instant(9) }),
  );
  const shared = applyMergePatch(live, { spec: { replicas: 5 } }) as KubeObject;
  measure('update tracking, one field by patch (shared parts)', () =>
    trackUpdate({ schema, live, next: shared, manager: 'edit', now: instant(9) }),
  );
  measure('update tracking, create', () =>
    trackUpdate({ schema, live: undefined, next: copy, manager: 'edit', now: instant(9) }),
  );
}

function benchPatches(): void {
  const live = fresh();
  const patch = {
    spec: {
      template: {
        spec: {
          '$setElementOrder/containers': [{ name: 'app' }, { name: 'sidecar' }],
          containers: [{ name: 'app', image: 'x' }],
        },
      },
    },
  };
  measure('strategic merge patch, one image', () => applyStrategicMergePatch(DEPLOYMENT, live, patch));
  measure('merge patch, replicas', () => applyMergePatch(live, { spec: { replicas: 4 } }));
  const inputs = {
    original: fresh(),
    modified: JSON.parse(JSON.stringify(deployment('2.0.0'))) as unknown,
    current: live,
    overwrite: true,
  };
  measure('three-way merge patch, one image', () => createThreeWayMergePatch(DEPLOYMENT, inputs));
}

function benchSchema(): void {
  const object = fresh();
  measure('validate (built-in)', () => validateObject(schema, object));
  measure('default (built-in)', () => defaultObject(schema, object));
  measure('prune (built-in)', () => pruneObject(schema, object));
  measure('normalize (built-in)', () => normalizeObject(schema, object));
  measure('JSON.parse of the object, for scale', () => JSON.parse(JSON.stringify(object)) as unknown);
}

/** A secret as helm sends it: 20 KB of data. */
function secretBytes(): Uint8Array {
  const text = (value: string): number[] => [...new TextEncoder().encode(value)];
  const part = (number: number, inner: readonly number[]): number[] => {
    const size: number[] = [];
    for (let left = inner.length; ; left >>= 7) {
      size.push(left > 127 ? (left & 127) | 128 : left);
      if (left <= 127) break;
    }
    return [(number << 3) | 2, ...size, ...inner];
  };
  const data = part(2, [...part(1, text('release')), ...part(2, text('x'.repeat(20_000)))]);
  const raw = [...part(1, part(1, text('sh.helm.release.v1.web.v1'))), ...data, ...part(3, text('helm.sh/release.v1'))];
  const typeMeta = part(1, [...part(1, text('v1')), ...part(2, text('Secret'))]);
  return new Uint8Array([0x6b, 0x38, 0x73, 0, ...typeMeta, ...part(2, raw)]);
}

/** JSON of a type with every struct written out where it is used, as controller-gen writes CRDs. */
function expanded(node: unknown, components: { readonly [name: string]: unknown }): unknown {
  if (Array.isArray(node)) return node.map((item) => expanded(item, components));
  if (typeof node !== 'object' || node === null) return node;
  const all = (node as { allOf?: readonly { $ref?: string }[] }).allOf;
  const reference = all?.[0]?.$ref?.split('/').at(-1);
  if (reference !== undefined) return expanded(components[reference], components);
  return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, expanded(value, components)]));
}

function benchCustomResource(): void {
  const podSpec = builtinStruct('core.v1.PodSpec') ?? ANY_SCHEMA;
  const components = openApiComponents([{ gvk: { group: '', version: 'v1', kind: 'PodSpec' }, schema: podSpec }]);
  const pod = expanded(components['PodSpec'], components);
  const properties = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`template${index}`, pod]));
  const text = JSON.stringify({ type: 'object', properties: { spec: { type: 'object', properties } } });
  const start = performance.now();
  const custom = compileSchema(JSON.parse(text));
  const compiled = performance.now();
  const pods = (fresh()['spec'] as { template: { spec: object } }).template.spec;
  const object = {
    apiVersion: 'x/v1',
    kind: 'X',
    metadata: { name: 'x' },
    spec: { template0: pods, template39: pods },
  };
  validateObject(custom, object);
  defaultObject(custom, object);
  pruneObject(custom, object);
  const used = performance.now();
  print(
    `custom resource schema of ${(text.length / 1e6).toFixed(1)} MB: parse and compile ${(compiled - start).toFixed(0)} ms, first use ${(used - compiled).toFixed(0)} ms`,
  );
  measure('validate (custom resource, two pods)', () => validateObject(custom, object));
  measure('default (custom resource)', () => defaultObject(custom, object));
  measure('prune (custom resource)', () => pruneObject(custom, object));
}

benchApply();
benchTrack();
benchPatches();
benchSchema();
const bytes = secretBytes();
measure('protobuf decode of a 20 KB secret', () => decodeProtobufObject(bytes), 4000);
benchCustomResource();
