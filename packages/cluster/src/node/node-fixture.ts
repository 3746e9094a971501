import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { resources } from '@argosy/api';
import { silentLogger, type Clock } from '@argosy/std';
import { keyOf, type KubeObject } from '@argosy/kube/meta';
import { createObject, deleteObject, type ClusterApi, type LogRequest } from '@argosy/kube/port';
import { createEventRecorder, createInformerFactory, createMemoryJournal, systemClock } from '@argosy/kube/runtime';
import type { ControllerContext } from '@argosy/kube/runtime';
import type { ControlPlane } from '../apiserver/index.ts';
import { inMemoryCommitLog, openControlPlane } from '../control-plane/index.ts';
import { startNodeAgent, type NodeAgent, type NodeAgentOptions } from './node-agent.ts';
import type { Pod, PodSpec } from './pod-types.ts';
import { createProcessRuntime } from './process-runtime.ts';

const USER = { name: 'admin', groups: ['system:masters'] };

/** A control plane in memory, a client for it, and node agents that come and go. For tests. */
export interface NodeFixture {
  readonly api: ClusterApi;
  readonly plane: ControlPlane;
  readonly stateDir: string;
  readonly context: ControllerContext;
  /** Starts an agent on the fixture's state folder. */
  start(options?: Partial<NodeAgentOptions>): Promise<NodeAgent>;
  create(pod: PodInput): Promise<Pod>;
  /** Resolves with the pod as soon as `holds`; fails after 10 s with what was seen last. */
  until(name: string, holds: (pod: Pod) => boolean): Promise<Pod>;
  /** Asks for a pod's deletion. */
  remove(name: string): Promise<void>;
  /** Resolves once the pod is gone. */
  untilGone(name: string): Promise<void>;
  /** The whole log text of a request. */
  logText(request: Omit<LogRequest, 'key'> & { readonly name: string }): Promise<string>;
  events(): Promise<readonly KubeObject[]>;
  close(): Promise<void>;
}

/** A pod in few words: namespace `default`, node `node-a`. */
export interface PodInput {
  readonly name: string;
  readonly spec: PodSpec;
  readonly annotations?: { readonly [key: string]: string };
}

/** The fixture's pod as an object. */
export function podObject(input: PodInput): Pod {
  const { name, spec, annotations } = input;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', ...(annotations === undefined ? {} : { annotations }) },
    spec: { nodeName: 'node-a', ...spec },
  };
}

function apiOf(plane: ControlPlane): ClusterApi {
  return {
    send: (request) => plane.send(USER, request),
    watch: (request) => plane.watch(USER, request),
    logs: (request) => plane.logs(USER, request),
  };
}

async function untilPod(
  io: { api: ClusterApi; clock: Clock },
  name: string,
  holds: (pod: Pod | undefined) => boolean,
): Promise<Pod | undefined> {
  const controller = new AbortController();
  let last: Pod | undefined;
  const timer = setTimeout(() => controller.abort(), 10_000);
  try {
    const watch = { resource: resources.pods, namespace: 'default', signal: controller.signal };
    for await (const event of io.api.watch(watch)) {
      if (event.object.metadata.name !== name) continue;
      last = event.type === 'DELETED' ? undefined : (event.object as Pod);
      if (holds(last)) return last;
    }
  } catch (error) {
    if (!controller.signal.aborted) throw error;
  } finally {
    clearTimeout(timer);
  }
  throw new Error(`pod ${name} did not get there; last status: ${JSON.stringify(last?.status, undefined, 1)}`);
}

/** What the root-ca publisher does in a whole cluster: pods mount this. */
async function publishAuthority(api: ClusterApi): Promise<void> {
  const object = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'kube-root-ca.crt' },
    data: { 'ca.crt': 'authority' },
  };
  await createObject(api, { resource: resources.configMaps, namespace: 'default', object });
}

async function readLogText(api: ClusterApi, request: LogRequest): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of api.logs(request)) parts.push(part);
  return Buffer.concat(parts).toString('utf8');
}

/** Opens a fixture. `clock` defaults to the system's. */
export async function openNodeFixture(clock: Clock = systemClock): Promise<NodeFixture> {
  const stateDir = await mkdtemp(join(tmpdir(), 'argosy-node-'));
  const plane = await openControlPlane({
    log: inMemoryCommitLog(),
    clock,
    authorizer: { authorize: () => ({ allowed: true, reason: '' }) },
    newUid: () => randomUUID(),
  });
  const api = apiOf(plane);
  await publishAuthority(api);
  const agents: { agent: NodeAgent; controller: AbortController }[] = [];
  const contextFor = (signal: AbortSignal): ControllerContext => ({
    api,
    informers: createInformerFactory({ api, clock, logger: silentLogger, signal }),
    clock,
    journal: createMemoryJournal(),
    events: createEventRecorder({ api, clock, component: 'test', host: 'node-a' }),
    logger: silentLogger,
    signal,
    seed: 1,
  });
  const whole = new AbortController();
  return {
    api,
    plane,
    stateDir,
    context: contextFor(whole.signal),
    start: async (options = {}) => {
      const controller = new AbortController();
      const runtime = options.runtime ?? (await createProcessRuntime());
      const agent = await startNodeAgent(contextFor(controller.signal), {
        nodeName: 'node-a',
        stateDirectory: stateDir,
        mintToken: async (account) => `token of ${account.name}`,
        ...options,
        runtime,
      });
      plane.connectNode(agent);
      agents.push({ agent, controller });
      return agent;
    },
    create: (pod) => createObject<Pod>(api, { resource: resources.pods, namespace: 'default', object: podObject(pod) }),
    until: async (name, holds) => {
      const pod = await untilPod({ api, clock }, name, (item) => item !== undefined && holds(item));
      return pod as Pod;
    },
    remove: async (name) => {
      await deleteObject(api, { resource: resources.pods, key: { namespace: 'default', name } });
    },
    untilGone: async (name) => {
      const list = await api.send({ verb: 'list', resource: resources.pods, namespace: 'default' });
      const items = (list['items'] as readonly Pod[]).map((item) => keyOf(item).name);
      if (items.includes(name)) await untilPod({ api, clock }, name, (pod) => pod === undefined);
    },
    logText: ({ name, ...request }) => readLogText(api, { ...request, key: { namespace: 'default', name } }),
    events: async () => {
      const list = await api.send({ verb: 'list', resource: resources.events, namespace: 'default' });
      return list['items'] as readonly KubeObject[];
    },
    close: async () => {
      for (const { agent, controller } of agents) {
        await agent.stop({ drainPods: true });
        controller.abort();
      }
      whole.abort();
      await plane.close();
      await rm(stateDir, { recursive: true, force: true });
    },
  };
}
