import { formatTime, type Logger } from '@argosy/std';
import { connectInProcess } from '@argosy/kube/client';
import { keyOf, type KubeObject, type ObjectKey, type ResourceRef } from '@argosy/kube/meta';
import {
  createObject,
  deleteObject,
  getObjectOrUndefined,
  listObjects,
  patchObject,
  updateStatus,
  type ClusterApi,
  type DeleteOptions,
} from '@argosy/kube/port';
import {
  createEventRecorder,
  createInformerFactory,
  createMemoryJournal,
  type ControllerContext,
  type MemoryJournal,
} from '@argosy/kube/runtime';
import { createVirtualClock, type VirtualClock } from '@argosy/sim';
import type { ControlPlane } from '../apiserver/index.ts';
import { inMemoryCommitLog, openControlPlane } from '../control-plane/index.ts';
import { isTerminal, type Pod } from '../workloads/index.ts';
import { startClusterControllers, type ClusterControllers } from './start-cluster-controllers.ts';

/** 2026-01-01T00:00:00Z. */
export const START_MS = 1_767_225_600_000;

const PODS = Object.freeze({ group: '', version: 'v1', resource: 'pods' });
const NODES = Object.freeze({ group: '', version: 'v1', resource: 'nodes' });

/** How the simulated kubelet treats a pod: what becomes of it once it runs. */
export type PodFate = 'ready' | 'running' | 'succeed' | 'fail' | 'hang';

/** A whole cluster in memory under virtual time: real API server, real controllers, a simulated kubelet. */
export interface TestCluster {
  readonly api: ClusterApi;
  readonly plane: ControlPlane;
  readonly clock: VirtualClock;
  readonly context: ControllerContext;
  readonly journal: MemoryJournal;
  readonly controllers: ClusterControllers;
  /** Messages of warnings and errors that controllers logged. */
  readonly problems: string[];
  create(resource: ResourceRef, object: KubeObject): Promise<KubeObject>;
  patch(resource: ResourceRef, key: ObjectKey, patch: unknown): Promise<KubeObject>;
  get<T extends KubeObject>(resource: ResourceRef, key: ObjectKey): Promise<T | undefined>;
  list<T extends KubeObject>(resource: ResourceRef, namespace?: string): Promise<readonly T[]>;
  remove(resource: ResourceRef, key: ObjectKey, options?: DeleteOptions): Promise<void>;
  /** Steps virtual time until `holds`. */
  until(holds: () => boolean | Promise<boolean>, limitMs?: number): Promise<void>;
  close(): Promise<void>;
}

/** How a test cluster differs from the plain one. */
export interface TestClusterOptions {
  readonly fateOf?: (pod: Pod) => PodFate;
  readonly localVolumes?: { readonly root: string; readonly nodeName: string };
}

const admin = { name: 'admin', groups: ['system:masters', 'system:authenticated'] };

function recordingLogger(problems: string[]): Logger {
  const note = (message: string, fields?: { readonly [key: string]: unknown }): void => {
    const { key, error } = fields ?? {};
    problems.push(`${message} ${typeof key === 'string' ? key : ''} ${error instanceof Error ? error.message : ''}`);
  };
  const logger: Logger = { debug: () => undefined, info: () => undefined, warn: note, error: note, with: () => logger };
  return logger;
}

function nodeObject(name: string): KubeObject {
  return { apiVersion: 'v1', kind: 'Node', metadata: { name, labels: { 'kubernetes.io/hostname': name } } };
}

/** Runs pods by status writes alone; a pod's fate is asked once it is bound. */
function startKubelet(context: ControllerContext, fateOf: (pod: Pod) => PodFate): void {
  const { api, clock } = context;
  const pods = context.informers.informer<Pod>(PODS);
  let lastAddress = 0;

  async function run(pod: Pod): Promise<void> {
    const fate = fateOf(pod);
    if (fate === 'hang') return;
    const now = formatTime(clock.now());
    const phase = fate === 'succeed' ? 'Succeeded' : fate === 'fail' ? 'Failed' : 'Running';
    const ready = fate === 'ready' ? 'True' : 'False';
    const condition = { type: 'Ready', status: ready, lastTransitionTime: now };
    const kept = (pod.status?.conditions ?? []).filter((each) => each.type !== 'Ready');
    lastAddress += 1;
    const podIP = `10.0.${Math.floor(lastAddress / 250)}.${(lastAddress % 250) + 1}`;
    const status = { ...pod.status, phase, podIP, startTime: now, conditions: [...kept, condition] };
    await updateStatus(api, { resource: PODS, key: keyOf(pod), object: { ...pod, status } });
  }

  async function step(pod: Pod): Promise<void> {
    if ((pod.spec.nodeName ?? '') === '') return;
    if (pod.metadata.deletionTimestamp !== undefined) {
      const uid = pod.metadata.uid;
      const preconditions = uid === undefined ? {} : { preconditions: { uid } };
      await deleteObject(api, { resource: PODS, key: keyOf(pod) }, { gracePeriodSeconds: 0, ...preconditions });
    } else if (!isTerminal(pod) && pod.status?.phase !== 'Running') {
      await run(pod);
    }
  }
  pods.onChange(({ after }) => {
    // A conflict means that a newer version is on its way, which wakes us again.
    if (after !== undefined) step(after).catch(() => undefined);
  });
}

/** Opens a cluster with one ready node. */
export async function openTestCluster(options: TestClusterOptions = {}): Promise<TestCluster> {
  const clock = createVirtualClock(START_MS);
  let count = 0;
  const newUid = (): string => `00000000-0000-4000-8000-${String((count += 1)).padStart(12, '0')}`;
  const authorizer = { authorize: () => ({ allowed: true, reason: '' }) };
  const plane = await openControlPlane({ log: inMemoryCommitLog(), clock, authorizer, newUid });
  const api = connectInProcess(plane, admin);
  const abort = new AbortController();
  const problems: string[] = [];
  const logger = recordingLogger(problems);
  const { signal } = abort;
  const journal = createMemoryJournal();
  const context: ControllerContext = {
    api,
    clock,
    journal,
    logger,
    signal,
    seed: 1,
    informers: createInformerFactory({ api, clock, logger, signal }),
    events: createEventRecorder({ api, clock, component: 'test', host: '' }),
  };
  const local = options.localVolumes === undefined ? {} : { localVolumes: options.localVolumes };
  const controllers = startClusterControllers(context, { discovery: () => plane.discovery(), rootCa: 'PEM', ...local });
  startKubelet(context, options.fateOf ?? (() => 'ready'));
  const node = await createObject(api, { resource: NODES, namespace: '', object: nodeObject('node-1') });
  const allocatable = { cpu: '64', memory: '256Gi', pods: '5000' };
  const status = { allocatable, conditions: [{ type: 'Ready', status: 'True' }] };
  await updateStatus(api, { resource: NODES, key: keyOf(node), object: { ...node, status } });

  return {
    api,
    plane,
    clock,
    context,
    journal,
    controllers,
    problems,
    create: (resource, object) => createObject(api, { resource, namespace: object.metadata.namespace ?? '', object }),
    patch: (resource, key, patch) => patchObject(api, { resource, key, patchType: 'merge', patch }),
    get: (resource, key) => getObjectOrUndefined(api, { resource, key }),
    list: async <T extends KubeObject>(resource: ResourceRef, namespace = '') =>
      (await listObjects<T>(api, { resource, namespace })).items,
    remove: (resource, key, more) => deleteObject(api, { resource, key }, more),
    until: (holds, limitMs = 60_000) => clock.advanceUntil(holds, limitMs),
    close: async () => {
      abort.abort();
      await controllers.stopped();
      await plane.close();
    },
  };
}
