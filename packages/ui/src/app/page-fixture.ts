// @table: fixed data for the page's test: applications, a resource tree, workflows, a log
import type { RestRequest, RestRoute } from '@argosy/api/rest';
import type { ApiObject } from '../model/index.ts';

const ago = (minutes: number): string => new Date(Date.now() - minutes * 60_000).toISOString().replace(/\.\d+/, '');

interface AppSketch {
  readonly name: string;
  readonly sync: string;
  readonly health: string;
  readonly version: number;
  readonly running?: boolean;
}

/** An Application as the API sends it. */
export function application({ name, sync, health, version, running = false }: AppSketch): ApiObject {
  return {
    metadata: { name, namespace: 'argocd', uid: `uid-${name}`, resourceVersion: String(version) },
    spec: {
      project: 'default',
      source: { repoURL: 'https://git.example/shop.git', path: `apps/${name}`, targetRevision: 'HEAD' },
      destination: { server: 'https://kubernetes.default.svc', namespace: 'shop' },
    },
    status: {
      sync: { status: sync, revision: '4f0c1d2e3b4a59687766554433221100ffeeddcc' },
      health: { status: health },
      operationState: {
        phase: running ? 'Running' : 'Succeeded',
        message: 'successfully synced (all tasks run)',
        startedAt: ago(12),
        ...(running ? {} : { finishedAt: ago(11) }),
      },
      conditions: sync === 'OutOfSync' ? [{ type: 'SyncError', message: 'one resource differs from the source' }] : [],
      resources: [
        { group: 'apps', kind: 'Deployment', namespace: 'shop', name: 'web', status: sync, health: { status: health } },
        { kind: 'Service', namespace: 'shop', name: 'web', status: 'Synced', health: { status: 'Healthy' } },
        { kind: 'ConfigMap', namespace: 'shop', name: 'settings', status: 'Synced' },
        { group: 'batch', kind: 'Job', namespace: 'shop', name: 'migrate', status: 'OutOfSync' },
      ],
    },
  };
}

/** What the list starts with. */
export const applications: readonly ApiObject[] = [
  application({ name: 'guestbook', sync: 'Synced', health: 'Healthy', version: 10 }),
  application({ name: 'checkout', sync: 'OutOfSync', health: 'Degraded', version: 11 }),
  application({ name: 'search', sync: 'Synced', health: 'Progressing', version: 12, running: true }),
  application({ name: 'mailer', sync: 'Unknown', health: 'Unknown', version: 13 }),
  application({ name: 'nightly-reports', sync: 'Synced', health: 'Suspended', version: 14 }),
];

interface NodeSketch {
  readonly kind: string;
  readonly name: string;
  readonly parent?: string;
  readonly health?: string;
  readonly group?: string;
}

const treeNode = ({ kind, name, parent, health, group = '' }: NodeSketch): ApiObject => ({
  group,
  version: 'v1',
  kind,
  namespace: 'shop',
  name,
  uid: `${kind}-${name}`,
  ...(parent === undefined ? {} : { parentRefs: [{ uid: parent }] }),
  ...(health === undefined ? {} : { health: { status: health } }),
});

/** The tree of every application. */
export const tree: ApiObject = {
  nodes: [
    treeNode({ kind: 'Deployment', name: 'web', group: 'apps', health: 'Healthy' }),
    treeNode({ kind: 'ReplicaSet', name: 'web-7d9c', group: 'apps', parent: 'Deployment-web', health: 'Healthy' }),
    treeNode({ kind: 'ReplicaSet', name: 'web-55b1', group: 'apps', parent: 'Deployment-web', health: 'Healthy' }),
    treeNode({ kind: 'Pod', name: 'web-7d9c-x2v4q', parent: 'ReplicaSet-web-7d9c', health: 'Healthy' }),
    treeNode({ kind: 'Pod', name: 'web-7d9c-k8s2m', parent: 'ReplicaSet-web-7d9c', health: 'Progressing' }),
    treeNode({ kind: 'Pod', name: 'web-7d9c-p0qrt', parent: 'ReplicaSet-web-7d9c', health: 'Degraded' }),
    treeNode({ kind: 'Service', name: 'web', health: 'Healthy' }),
    treeNode({ kind: 'EndpointSlice', name: 'web-f6k2d', group: 'discovery.k8s.io', parent: 'Service-web' }),
    treeNode({ kind: 'ConfigMap', name: 'settings' }),
  ],
};

interface StepSketch {
  readonly id: string;
  readonly name: string;
  readonly type?: string;
  readonly phase: string;
  readonly children?: readonly string[];
}

const step = ({ id, name, type = 'Pod', phase, children = [] }: StepSketch): readonly [string, ApiObject] => [
  id,
  {
    id,
    name,
    displayName: name,
    type,
    templateName: type === 'Pod' ? 'work' : 'main',
    phase,
    children,
    startedAt: ago(5),
    ...(phase === 'Running' || phase === 'Pending' ? {} : { finishedAt: ago(4) }),
    ...(phase === 'Failed' ? { message: 'Error (exit code 1)' } : {}),
    inputs: { parameters: [{ name: 'environment', value: 'staging' }] },
    outputs: { parameters: [{ name: 'digest', value: 'sha256:9f2c' }], exitCode: '0' },
  },
];

/** A running workflow with a diamond in it. */
export const workflow: ApiObject = {
  metadata: { name: 'release-x7k2p', namespace: 'ci', uid: 'uid-release', resourceVersion: '30' },
  status: {
    phase: 'Running',
    progress: '3/6',
    startedAt: ago(6),
    nodes: Object.fromEntries([
      step({
        id: 'release-x7k2p',
        name: 'release-x7k2p',
        type: 'DAG',
        phase: 'Running',
        children: ['release-x7k2p-1'],
      }),
      step({
        id: 'release-x7k2p-1',
        name: 'fetch',
        phase: 'Succeeded',
        children: ['release-x7k2p-2', 'release-x7k2p-3'],
      }),
      step({ id: 'release-x7k2p-2', name: 'build', phase: 'Succeeded', children: ['release-x7k2p-4'] }),
      step({ id: 'release-x7k2p-3', name: 'lint', phase: 'Failed', children: ['release-x7k2p-4'] }),
      step({ id: 'release-x7k2p-4', name: 'test', phase: 'Running', children: ['release-x7k2p-5'] }),
      step({ id: 'release-x7k2p-5', name: 'publish', phase: 'Pending' }),
    ]),
  },
};

const finished: ApiObject = {
  metadata: { name: 'nightly-2210', namespace: 'ci', uid: 'uid-nightly', resourceVersion: '31' },
  status: { phase: 'Succeeded', progress: '4/4', startedAt: ago(600), finishedAt: ago(590), nodes: {} },
};

const fresh: ApiObject = {
  metadata: {
    name: 'just-submitted',
    namespace: 'ci',
    uid: 'uid-fresh',
    resourceVersion: '32',
    creationTimestamp: ago(0),
  },
};

/** What a test may push into open streams, and see of what was asked. */
export interface Fixture {
  readonly routes: readonly RestRoute[];
  /** Sends a change to every open stream of applications. */
  readonly push: (item: unknown) => void;
  /** Bodies of sync requests. */
  readonly syncs: unknown[];
}

/** Routes over the fixed data. */
export function createFixture(): Fixture {
  const open = new Set<(item: unknown) => void>();
  const syncs: unknown[] = [];
  const follow = async function* (signal: AbortSignal): AsyncGenerator<unknown> {
    const waiting: unknown[] = [];
    let wake = (): void => undefined;
    const take = (item: unknown): void => {
      waiting.push(item);
      wake();
    };
    open.add(take);
    signal.addEventListener('abort', () => wake());
    while (!signal.aborted) {
      yield* waiting.splice(0);
      if (waiting.length === 0 && !signal.aborted) await new Promise<void>((resolve) => (wake = resolve));
    }
    open.delete(take);
  };
  const get = (path: string, answer: (request: RestRequest) => unknown): RestRoute => ({
    method: 'GET',
    path,
    access: { resource: 'applications', action: 'get', object: () => '*' },
    handle: (request) => Promise.resolve({ kind: 'json', body: answer(request) }),
  });
  const stream = (path: string, items: (signal: AbortSignal) => AsyncIterable<unknown>): RestRoute => ({
    method: 'GET',
    path,
    access: { resource: 'applications', action: 'get', object: () => '*' },
    handle: ({ signal }) => Promise.resolve({ kind: 'stream', items: items(signal) }),
  });
  const log = async function* (signal: AbortSignal): AsyncGenerator<unknown> {
    for (let line = 1; line <= 40; line += 1) yield { content: `step ${line}: compiling module ${line}`, podName: 'x' };
    yield* follow(signal);
  };
  const listed = (items: readonly ApiObject[]): unknown => ({ metadata: { resourceVersion: '40' }, items });
  const routes: readonly RestRoute[] = [
    get('/api/v1/applications', ({ query }) =>
      listed(
        applications.filter((one) =>
          [undefined, (one['metadata'] as { name: string }).name].includes(query.get('name')),
        ),
      ),
    ),
    stream('/api/v1/stream/applications', follow),
    get('/api/v1/applications/{name}/resource-tree', () => tree),
    get('/api/v1/applications/{name}/resource', ({ query }) => ({
      manifest: JSON.stringify({ kind: query.get('kind'), metadata: { name: query.get('resourceName') } }),
    })),
    get('/api/v1/applications/{name}/events', () => ({
      items: [{ metadata: { name: 'e1' }, reason: 'Scheduled', message: 'assigned to node-1', lastTimestamp: ago(3) }],
    })),
    {
      method: 'POST',
      path: '/api/v1/applications/{name}/sync',
      access: { resource: 'applications', action: 'sync', object: ({ params }) => `default/${params['name'] ?? ''}` },
      handle: ({ body }) => {
        syncs.push(body);
        return Promise.resolve({ kind: 'json', body: {} });
      },
    },
    get('/api/v1/workflows/{namespace}', () => listed([finished, workflow, fresh])),
    get('/api/v1/workflows/{namespace}/{name}', () => workflow),
    stream('/api/v1/workflow-events/{namespace}', follow),
    stream('/api/v1/workflows/{namespace}/{name}/log', log),
  ];
  return { routes, syncs, push: (item) => open.forEach((take) => take(item)) };
}
