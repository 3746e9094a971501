import { equalJson, formatTime, instant, milliseconds, type Instant } from '@argosy/std';
import type { Application } from '@argosy/api/cd';
import type { KubeObject } from '@argosy/kube/meta';
import type { Next } from '@argosy/kube/plan';
import {
  defaultProject,
  planApplication,
  resourceKeyOf,
  resourceKeyText,
  type ApplicationAction,
  type ApplicationObserved,
  type ApplicationResult,
  type KindTable,
  type ManifestOutcome,
  type ManifestRequest,
  type TaskOutcome,
} from './index.ts';
import { lastAppliedOf, predictLive } from './predict.ts';

const ref = (group: string, resource: string) => ({ group, version: 'v1', resource });

const KINDS: KindTable = {
  'v1|ConfigMap': { resource: ref('', 'configmaps'), namespaced: true },
  'v1|Namespace': { resource: ref('', 'namespaces'), namespaced: false },
  'batch/v1|Job': { resource: ref('batch', 'jobs'), namespaced: true },
};

type Slots = { spec: ApplicationObserved['manifests']; operation: ApplicationObserved['operationManifests'] };

/** A world of values: one Application, a repository as a list of objects, a cluster as a map. Time moves when told to. */
export interface World {
  now: Instant;
  app: Application;
  revision: string;
  repository: readonly KubeObject[];
  readonly live: Map<string, KubeObject>;
  /** What the controller holds in memory; a crash empties it. */
  slots: Slots;
  outcomes: Map<string, TaskOutcome>;
  /** Every action that was performed, in order. */
  readonly log: string[];
  readonly rejected: Set<string>;
  version: number;
}

/** A ConfigMap as it stands in a repository. */
export function configMap(
  name: string,
  value: string,
  annotations: { readonly [key: string]: string } = {},
): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, annotations }, data: { value } };
}

/** A Job that is a hook. */
export function hookJob(name: string, hook: string, annotations: { readonly [key: string]: string } = {}): KubeObject {
  const all = { 'argocd.argoproj.io/hook': hook, ...annotations };
  return { apiVersion: 'batch/v1', kind: 'Job', metadata: { name, annotations: all }, spec: {} };
}

/** An Application with an automated policy, and an empty cluster. */
export function createWorld(
  repository: readonly KubeObject[],
  policy: Application['spec']['syncPolicy'] = { automated: { prune: true, selfHeal: true } },
): World {
  return {
    now: instant(1_700_000_000_000),
    app: {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Application',
      metadata: { name: 'web', namespace: 'argocd', uid: 'app-1', resourceVersion: '1' },
      spec: {
        project: 'default',
        source: { repoURL: 'https://example.com/a.git', path: 'app' },
        destination: { server: 'https://kubernetes.default.svc', namespace: 'prod' },
        ...(policy === undefined ? {} : { syncPolicy: policy }),
      },
    },
    revision: 'r1',
    repository,
    live: new Map(),
    slots: { spec: {}, operation: {} },
    outcomes: new Map(),
    log: [],
    rejected: new Set(),
    version: 1,
  };
}

/** What the controller would see. */
export function observe(world: World): ApplicationObserved {
  return {
    app: world.app,
    project: defaultProject(),
    manifests: world.slots.spec,
    operationManifests: world.slots.operation,
    live: [...world.live.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => object),
    kinds: KINDS,
    outcomes: [...world.outcomes.values()],
    settings: {
      namespace: 'argocd',
      pollIntervalMs: milliseconds(120_000),
      pollJitterMs: milliseconds(60_000),
      loadRetryMs: milliseconds(10_000),
      definitionWaitMs: milliseconds(30_000),
      zones: () => undefined,
    },
  };
}

function load(world: World, request: ManifestRequest): ManifestOutcome {
  const objects = [...world.repository];
  return {
    request,
    at: world.now,
    failures: 0,
    ok: true,
    revisions: [world.revision],
    sourceTypes: ['Directory'],
    objects,
  };
}

function store(world: World, object: KubeObject): void {
  const key = resourceKeyText(resourceKeyOf(object));
  const old = world.live.get(key);
  const next =
    old === undefined ? object : predictLive({ original: lastAppliedOf(old) ?? object, desired: object, live: old });
  if (old !== undefined && equalJson(old, next)) return;
  world.version += 1;
  const uid = old?.metadata.uid ?? `uid-${world.version}`;
  const creationTimestamp = old?.metadata.creationTimestamp ?? formatTime(world.now);
  const metadata = { ...next.metadata, uid, creationTimestamp, resourceVersion: String(world.version) };
  world.live.set(key, { ...next, metadata });
}

/** Performs one action as the cluster would. */
export function perform(world: World, action: ApplicationAction): void {
  switch (action.kind) {
    case 'load-manifests':
      world.slots = { ...world.slots, [action.slot]: { outcome: load(world, action.request) } };
      return;
    case 'dry-run-resources':
    case 'apply-resources':
      for (const task of action.tasks) {
        const dryRun = action.kind === 'dry-run-resources';
        const ok = !world.rejected.has(task.key.name);
        if (ok && !dryRun) store(world, task.object);
        if (!dryRun) world.log.push(`apply ${task.key.name}`);
        const message = ok ? 'applied' : `${task.key.name} is rejected`;
        world.outcomes.set(`${dryRun} ${task.id}`, { taskId: task.id, dryRun, ok, message });
      }
      return;
    case 'delete-resources':
      for (const target of action.targets) {
        const found = [...world.live].find(([, object]) => object.metadata.uid === target.uid);
        if (found !== undefined) world.live.delete(found[0]);
        world.log.push(`delete ${target.key.name}`);
      }
      return;
    case 'forget-outcomes':
      world.outcomes.clear();
      return;
    default:
  }
}

/** Writes a result back. */
export function publish(world: World, result: ApplicationResult): boolean {
  const { operation: _operation, status: _status, ...rest } = world.app;
  const operation = result.operation === null ? undefined : result.operation;
  const annotations = Object.fromEntries(
    Object.entries(world.app.metadata.annotations ?? {}).filter(([name]) => !result.dropAnnotations.includes(name)),
  );
  const next: Application = {
    ...rest,
    metadata: { ...rest.metadata, annotations },
    ...(operation === undefined ? {} : { operation }),
    ...(result.status === undefined ? {} : { status: result.status }),
  };
  const changed = JSON.stringify(next) !== JSON.stringify(world.app);
  world.app = next;
  return changed;
}

/** Ends every Job that runs, successfully or not. */
export function completeJobs(world: World, type: 'Complete' | 'Failed' = 'Complete'): boolean {
  let any = false;
  for (const [key, object] of world.live) {
    if (object.kind !== 'Job' || object['status'] !== undefined) continue;
    world.live.set(key, { ...object, status: { conditions: [{ type, status: 'True', message: type }] } });
    any = true;
  }
  return any;
}

/** One round; `actions` limits how many actions are performed before the controller dies without publishing. */
export function round(
  world: World,
  actions = Number.POSITIVE_INFINITY,
): { readonly next: Next; readonly idle: boolean } {
  const plan = planApplication(observe(world), { now: world.now, seed: 1 });
  const done = plan.actions.slice(0, actions);
  for (const action of done) perform(world, action);
  if (actions < plan.actions.length) {
    world.slots = { spec: {}, operation: {} };
    world.outcomes.clear();
    return { next: plan.next, idle: false };
  }
  const changed = publish(world, plan.status);
  return { next: plan.next, idle: !changed && plan.actions.length === 0 };
}

const MAX_ROUNDS = 200;

/** Rounds until nothing is left to do; throws when that never happens. Jobs complete whenever the planner waits. */
export function settle(world: World, jobs: 'Complete' | 'Failed' = 'Complete'): Next {
  for (let count = 0; count < MAX_ROUNDS; count += 1) {
    const { next, idle } = round(world);
    if (!idle) continue;
    if (!completeJobs(world, jobs)) return next;
  }
  throw new Error(`no fixpoint after ${MAX_ROUNDS} rounds: ${JSON.stringify(world.app.status?.operationState)}`);
}
