import { resources } from '@argosy/api';
import { cdCrds, type Application } from '@argosy/api/cd';
import { workflowCrds, type Workflow } from '@argosy/api/workflows';
import { startApplicationController } from '@argosy/cd/controller';
import { startClusterControllers } from '@argosy/cluster/controllers';
import { createRestMapper, mappingsOf } from '@argosy/kube/client';
import type { KubeObject, ResourceRef } from '@argosy/kube/meta';
import { createObject, getObjectOrUndefined, listObjects, patchObject } from '@argosy/kube/port';
import { canonicalJson } from '@argosy/std';
import { startWorkflowController } from '@argosy/workflows/controller';
import type { FaultRates } from './faulty-api.ts';
import { startKubelet } from './kubelet.ts';
import { createMemoryRepository } from './memory-repositories.ts';
import { createWorld, type Sabotage, type World } from './world.ts';

/** How long faults may go on, in virtual time. */
const STORM_MS = 20_000;
/** How long the world may take to settle once faults have ended, in virtual time. */
const CALM_LIMIT_MS = 30 * 60_000;
/** Faults while the storm lasts. */
const STORM: FaultRates = { crashBeforeWrite: 0.06, crashAfterWrite: 0.06, refuseWrite: 0.05, dropWatch: 0.02 };

/** One simulated story. Rejects with what went wrong; `crashes` says how stormy it was. */
export type Scenario = (seed: number, sabotage?: Sabotage) => Promise<{ readonly crashes: number }>;

interface Pod extends KubeObject {
  readonly status?: { readonly phase?: string };
}

interface Deployment extends KubeObject {
  readonly spec: { readonly replicas: number };
  readonly status?: { readonly readyReplicas?: number; readonly updatedReplicas?: number; readonly replicas?: number };
}

async function listAll<T extends KubeObject>(
  world: World,
  resource: ResourceRef,
  namespace = '',
): Promise<readonly T[]> {
  return (await listObjects<T>(world.api, { resource, namespace })).items;
}

function demand(holds: boolean, message: string): void {
  if (!holds) throw new Error(message);
}

/** Steps through the storm; `check` must hold at every step. */
async function weather(world: World, check: () => Promise<void>): Promise<void> {
  const until = world.clock.now() + STORM_MS;
  while (world.clock.now() < until) {
    await world.clock.advanceTo(Math.min(until, world.clock.nextDueAt ?? until));
    await check();
  }
  world.endFaults();
}

async function startCluster(world: World): Promise<void> {
  await world.start('controllers', (context) => {
    const running = startClusterControllers(context, { discovery: () => world.plane.discovery() });
    return Promise.resolve(running);
  });
  await world.start('kubelet', startKubelet);
}

const pod = (image: string): object => ({
  metadata: { labels: { app: 'web' } },
  spec: { automountServiceAccountToken: false, containers: [{ name: 'web', image }] },
});

/** A Deployment is created, changed and scaled while its controllers crash: it never exceeds its surge, and gets there. */
export const deploymentScenario: Scenario = async (seed, sabotage) => {
  const world = await createWorld({ seed, faults: STORM, ...(sabotage === undefined ? {} : { sabotage }) });
  try {
    await startCluster(world);
    const key = { namespace: 'default', name: 'web' };
    const replicas = 2 + world.random.below(3);
    const object = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web', namespace: 'default' },
      spec: { replicas, selector: { matchLabels: { app: 'web' } }, template: pod('one') },
    };
    await createObject(world.api, { resource: resources.deployments, namespace: 'default', object });
    let most = replicas;
    const check = async (): Promise<void> => {
      const pods = await listAll<Pod>(world, resources.pods, 'default');
      const alive = pods.filter((item) => item.metadata.deletionTimestamp === undefined).length;
      // 25 % surge of up to six replicas, rounded up, is two.
      demand(alive <= most + 2, `${alive} pods for ${most} replicas`);
    };
    await world.clock.advanceBy(world.random.below(3000));
    const target = 2 + world.random.below(4);
    most = Math.max(most, target);
    const patch = { spec: { replicas: target, template: pod('two') } };
    await patchObject(world.api, { resource: resources.deployments, key, patchType: 'merge', patch });
    await weather(world, check);
    await world.clock.advanceUntil(async () => {
      await check();
      const now = await getObjectOrUndefined<Deployment>(world.api, { resource: resources.deployments, key });
      const { readyReplicas, updatedReplicas, replicas: all } = now?.status ?? {};
      const left = await listAll<Pod>(world, resources.pods, 'default');
      return readyReplicas === target && updatedReplicas === target && all === target && left.length === target;
    }, CALM_LIMIT_MS);
    return { crashes: world.crashes };
  } finally {
    await world.close();
  }
};

const configMap = (name: string, value: string, more = ''): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n${more}data:\n  value: "${value}"\n`;

const wave = (number: number): string => `  annotations:\n    argocd.argoproj.io/sync-wave: "${number}"\n`;

interface ConfigMap extends KubeObject {
  readonly data?: { readonly value?: string };
}

function application(): Application {
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name: 'app', namespace: 'argocd' },
    spec: {
      project: 'default',
      source: { repoURL: 'https://git.invalid/app.git', path: 'app', targetRevision: 'main' },
      destination: { server: 'https://kubernetes.default.svc', namespace: 'default' },
      syncPolicy: { automated: { prune: true, selfHeal: true }, retry: { limit: -1 } },
    },
  };
}

/** A repository is delivered, changed and drifted from while the controller crashes: the end is the last commit. */
export const applicationScenario: Scenario = async (seed, sabotage) => {
  const world = await createWorld({ seed, faults: STORM, ...(sabotage === undefined ? {} : { sabotage }) });
  try {
    for (const crd of cdCrds()) {
      await createObject(world.api, { resource: resources.customResourceDefinitions, namespace: '', object: crd });
    }
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'argocd' } };
    await createObject(world.api, { resource: resources.namespaces, namespace: '', object: namespace });
    const stranger = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'stranger', namespace: 'default' } };
    await createObject(world.api, { resource: resources.configMaps, namespace: 'default', object: stranger });
    const repository = createMemoryRepository(() => world.clock.now());
    repository.commitFiles({
      'app/first.yaml': configMap('first', 'one', wave(-1)),
      'app/second.yaml': configMap('second', 'one'),
      'app/third.yaml': configMap('third', 'one', wave(2)),
    });
    await startCluster(world);
    await world.start('application-controller', (context) => {
      const discover = (): ReturnType<typeof Promise.resolve<ReturnType<typeof mappingsOf>>> =>
        Promise.resolve(mappingsOf(world.plane.discovery()));
      const restMapper = createRestMapper({ discover, now: () => world.clock.now() });
      return startApplicationController(context, {
        repositories: repository,
        restMapper,
        pollIntervalMs: 5000,
        pollJitterMs: 1000,
      });
    });
    await createObject(world.api, { resource: resources.applications, namespace: 'argocd', object: application() });
    await world.clock.advanceBy(world.random.below(4000));
    repository.commitFiles({
      'app/first.yaml': configMap('first', 'two', wave(-1)),
      'app/fourth.yaml': configMap('fourth', 'two', wave(1)),
      'app/second.yaml': configMap('second', 'one'),
    });
    await weather(world, async () => {
      if (world.random.next() < 0.02) await drift(world);
      const kept = await getObjectOrUndefined(world.api, {
        resource: resources.configMaps,
        key: { namespace: 'default', name: 'stranger' },
      });
      demand(kept !== undefined, 'an object that nobody tracks was pruned');
    });
    await world.clock.advanceUntil(async () => (await delivered(world)) === DELIVERED, CALM_LIMIT_MS);
    return { crashes: world.crashes };
  } finally {
    await world.close();
  }
};

const DELIVERED = canonicalJson({ first: 'two', fourth: 'two', second: 'one', stranger: '', sync: 'Synced' });

/** What lies in the namespace and what the application says of it, in one text. */
async function delivered(world: World): Promise<string> {
  const maps = await listAll<ConfigMap>(world, resources.configMaps, 'default');
  const found = maps.filter((map) => map.metadata.name !== 'kube-root-ca.crt');
  const app = await getObjectOrUndefined<Application>(world.api, {
    resource: resources.applications,
    key: { namespace: 'argocd', name: 'app' },
  });
  const values = Object.fromEntries(found.map((map) => [map.metadata.name, map.data?.value ?? '']));
  return canonicalJson({ ...values, sync: app?.status?.sync?.status ?? '' });
}

async function drift(world: World): Promise<void> {
  const name = world.random.next() < 0.5 ? 'first' : 'second';
  const key = { namespace: 'default', name };
  const found = await getObjectOrUndefined(world.api, { resource: resources.configMaps, key });
  if (found === undefined) return;
  const patch = { data: { value: 'drifted' } };
  await patchObject(world.api, { resource: resources.configMaps, key, patchType: 'merge', patch });
}

const task = (name: string, depends?: string): object => ({
  name,
  template: 'work',
  ...(depends === undefined ? {} : { depends }),
});

function workflow(): Workflow {
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Workflow',
    metadata: { name: 'diamond', namespace: 'default' },
    spec: {
      entrypoint: 'main',
      templates: [
        { name: 'main', dag: { tasks: [task('a'), task('b', 'a'), task('c', 'a'), task('d', 'b && c')] } },
        { name: 'work', container: { image: 'busybox', command: ['work'] } },
      ],
    },
  } as unknown as Workflow;
}

/** The phase of a workflow; rejects when it ended otherwise than it must. */
async function phaseOf(world: World, name: string): Promise<string> {
  const key = { namespace: 'default', name };
  const found = await getObjectOrUndefined<Workflow>(world.api, { resource: resources.workflows, key });
  const { phase = '', message = '' } = found?.status ?? {};
  demand(phase !== 'Failed' && phase !== 'Error', `the workflow ended as ${phase}: ${message}`);
  return phase;
}

/** A diamond of four pods runs while controller and node crash: each pod is made once, in order, and the whole succeeds. */
export const workflowScenario: Scenario = async (seed, sabotage) => {
  const world = await createWorld({ seed, faults: STORM, ...(sabotage === undefined ? {} : { sabotage }) });
  try {
    for (const crd of workflowCrds()) {
      await createObject(world.api, { resource: resources.customResourceDefinitions, namespace: '', object: crd });
    }
    await startCluster(world);
    await world.start('workflow-controller', (context) => Promise.resolve(startWorkflowController(context)));
    await createObject(world.api, { resource: resources.workflows, namespace: 'default', object: workflow() });
    const uids = new Map<string, string>();
    const check = async (): Promise<void> => {
      for (const item of await listAll<Pod>(world, resources.pods, 'default')) {
        const { name, uid = '' } = item.metadata;
        const before = uids.get(name) ?? uid;
        uids.set(name, uid);
        demand(before === uid, `pod ${name} was made twice`);
      }
      demand(uids.size <= 4, `${uids.size} pods for four tasks`);
    };
    await weather(world, check);
    await world.clock.advanceUntil(async () => {
      await check();
      return (await phaseOf(world, 'diamond')) === 'Succeeded';
    }, CALM_LIMIT_MS);
    demand(uids.size === 4, `${uids.size} pods for four tasks`);
    return { crashes: world.crashes };
  } finally {
    await world.close();
  }
};
