import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { resources } from '@argosy/api';
import { formatTime } from '@argosy/std';
import type { KubeObject } from '@argosy/kube/meta';
import type { LogRequest } from '@argosy/kube/port';
import { createEventRecorder, type Change, type ControllerContext } from '@argosy/kube/runtime';
import type {
  ContainerSession,
  DialOrder,
  ExecOrder,
  NodeGateway,
  NodeUsage,
  PodStream,
  SessionOrder,
} from '../apiserver/index.ts';
import { claimNames, ClaimPaths } from './claim-paths.ts';
import {
  defaultNodeLimits,
  type InstanceChange,
  type MintToken,
  type NodeLimits,
  type PodRuntime,
} from './contract.ts';
import { machineCapacity, startHeartbeat, type NodeHeartbeat } from './node-object.ts';
import { chooseAttempt, chooseContainer, NodeLogs } from './node-logs.ts';
import type { NodeIo } from './node-io.ts';
import { createPodAddresses, recordedAddress } from './pod-addresses.ts';
import { PodObjectReader } from './pod-objects.ts';
import { PodSessions } from './pod-sessions.ts';
import { removePodFolders, type InlineFolder } from './pod-volumes.ts';
import { PodWorker } from './pod-worker.ts';
import { isTerminal, type Pod } from './pod-types.ts';
import { defaultTiming, type PodTiming } from './plan-types.ts';
import { programFolder } from './process-runtime.ts';
import { readLog } from './read-log.ts';
import { StartSlots } from './start-slots.ts';
import { startUsageSampler, type UsageSampler } from './usage-sampler.ts';

/** How a node agent is set up. */
export interface NodeAgentOptions {
  readonly nodeName: string;
  /** Private folder of the agent; made with mode 0700. */
  readonly stateDirectory: string;
  readonly runtime: PodRuntime;
  /** Loopback addresses for pods. @default 127.65.0.0/16 */
  readonly podAddressRange?: string;
  /** Where pods reach the API server; told in KUBERNETES_SERVICE_HOST and _PORT. */
  readonly apiServerAddress?: { readonly host: string; readonly port: number };
  /** Loopback address of the cluster's name server, on port 53; without it pods look names up as this machine does. */
  readonly clusterDns?: string;
  /** Issues tokens for pods; without it pods get none. */
  readonly mintToken?: MintToken;
  /** Folders that hostPath volumes may name. @default none */
  readonly hostPathRoots?: readonly string[];
  /** Where the cluster makes folders for PersistentVolumeClaims. @default none: only folders that hostPath may name */
  readonly volumeRoot?: string;
  /** Folders of volumes of kind `csi`, by driver and pod. @default none */
  readonly inlineFolder?: InlineFolder;
  /** What the Node offers. @default this machine's cpu and memory */
  readonly capacity?: { readonly [resource: string]: string };
  readonly timing?: Partial<PodTiming>;
  /** How often pods are measured for metrics.k8s.io. @default USAGE_WINDOW_MS */
  readonly usageWindowMs?: number;
  readonly limits?: Partial<NodeLimits>;
}

/** A running node agent: it also serves the logs of its pods, and streams into them. */
export interface NodeAgent extends Required<NodeGateway> {
  /** Ends the agent. Containers are stopped with `drainPods`; otherwise they run on and the next agent adopts them. */
  stop(options: { readonly drainPods: boolean }): Promise<void>;
}

const HOST_IP = '127.0.0.1';
const SYSTEM_FOLDERS = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** This machine's resolv.conf; empty where there is none. */
function hostResolvConf(): string {
  return existsSync(RESOLV_CONF) ? readFileSync(RESOLV_CONF, 'utf8') : '';
}

const RESOLV_CONF = '/etc/resolv.conf';

/** Where the volumes of this node's pods come from. */
function volumeSources(options: NodeAgentOptions, claims: ClaimPaths): NodeIo['volumes'] {
  const { mintToken, runtime, inlineFolder } = options;
  return {
    hostPathRoots: options.hostPathRoots ?? [],
    hasForeignUsers: runtime.ensureImage !== undefined,
    ...(mintToken === undefined ? {} : { mintToken }),
    ...(inlineFolder === undefined ? {} : { inlineFolder }),
    findClaim: (namespace, claim) => claims.find(namespace, claim),
  };
}

class Agent implements NodeAgent {
  readonly #options: NodeAgentOptions;
  readonly #context: ControllerContext;
  readonly #limits: NodeLimits;
  readonly #workers = new Map<string, PodWorker>();
  readonly #claims: ClaimPaths;
  readonly #io: NodeIo;
  readonly #leave: (() => void)[] = [];
  readonly #unclaimed = new Map<string, InstanceChange[]>();
  readonly #sessions: PodSessions;
  #heartbeat: NodeHeartbeat | undefined;
  #sampler: UsageSampler | undefined;
  #isStopped = false;

  constructor(context: ControllerContext, options: NodeAgentOptions) {
    this.#options = options;
    this.#context = context;
    this.#limits = { ...defaultNodeLimits, ...options.limits };
    this.#claims = new ClaimPaths(context, options.volumeRoot);
    this.#io = this.#lend();
    this.#sessions = new PodSessions({
      runtime: options.runtime,
      limit: this.#limits.sessions,
      workerOf: (podUid) => this.#workers.get(podUid),
    });
  }

  #lend(): NodeIo {
    const { runtime, nodeName, stateDirectory, apiServerAddress, clusterDns } = this.#options;
    const context = this.#context;
    const isOnDisk = runtime.storage === 'host';
    const stateDir = isOnDisk ? stateDirectory : undefined;
    return {
      context,
      runtime,
      events: createEventRecorder({
        api: context.api,
        clock: context.clock,
        component: 'kubelet',
        host: nodeName,
        logger: context.logger,
      }),
      timing: { ...defaultTiming, ...this.#options.timing },
      stateDir: stateDirectory,
      slots: new StartSlots(this.#limits.startsInFlight),
      logs: new NodeLogs({ clock: context.clock, limits: this.#limits, stateDir }),
      objects: new PodObjectReader(context),
      addresses: createPodAddresses(this.#options.podAddressRange ?? '127.65.0.0/16'),
      volumes: isOnDisk ? volumeSources(this.#options, this.#claims) : undefined,
      facts: {
        hostIp: HOST_IP,
        allocatable: this.#options.capacity ?? machineCapacity(this.#limits.pods),
        ...(apiServerAddress === undefined ? {} : { apiServer: apiServerAddress }),
      },
      names: { host: hostResolvConf(), ...(clusterDns === undefined ? {} : { clusterDns }) },
      defaultPath: runtime.ensureImage === undefined ? `${programFolder()}${delimiter}${SYSTEM_FOLDERS}` : undefined,
      onFinal: (worker) => this.#workers.delete(worker.uid),
    };
  }

  async start(): Promise<void> {
    const { runtime, stateDirectory, nodeName, capacity } = this.#options;
    const context = this.#context;
    if (runtime.storage === 'host') mkdirSync(stateDirectory, { recursive: true, mode: 0o700 });
    const known = await runtime.open({
      clock: context.clock,
      logger: context.logger,
      stateDir: stateDirectory,
      onChange: (change) => this.#onInstance(change),
      openLog: (ref) => this.#io.logs.open(ref),
      onNotice: (podUid, reason, message) => this.#notice(podUid, reason, message),
    });
    // Instances that ended while the runtime was opened have told so already; the order of telling does not matter.
    for (const change of known) this.#onInstance(change);
    this.#heartbeat = await startHeartbeat(context, {
      name: nodeName,
      runtimeVersion: `${runtime.name}://${runtime.version}`,
      pods: this.#limits.pods,
      hostIp: HOST_IP,
      ...(capacity === undefined ? {} : { capacity }),
    });
    await this.#watchPods();
    if (runtime.usage !== undefined) {
      const { usageWindowMs } = this.#options;
      const window = usageWindowMs === undefined ? {} : { windowMs: usageWindowMs };
      this.#sampler = startUsageSampler({ clock: context.clock, nodeName, ...window }, () => runtime.usage?.() ?? []);
    }
  }

  usage(): NodeUsage | undefined {
    return this.#sampler?.usage();
  }

  async #watchPods(): Promise<void> {
    const pods = this.#context.informers.informer<Pod>(resources.pods);
    await Promise.all([pods.synced(), this.#io.objects.synced(), this.#claims.synced()]);
    // Addresses of pods that may still run are held before any new pod can take one.
    for (const pod of pods.lister.list()) this.#holdAddress(pod);
    this.#leave.push(pods.onChange((change) => this.#onPod(change)));
    this.#leave.push(this.#io.objects.onChange((namespace) => this.#onObjects(namespace)));
    this.#leave.push(this.#claims.onChange((namespace, claim) => this.#onClaim(namespace, claim)));
    const mine = pods.lister.list().filter((pod) => pod.spec.nodeName === this.#options.nodeName);
    const wanted = new Set(mine.map((pod) => pod.metadata.uid));
    // Whatever runs or lies on disk for a pod that no longer exists is a leftover.
    const found = new Set([...this.#unclaimed.keys(), ...this.#podFolders()]);
    for (const podUid of [...found].filter((uid) => !wanted.has(uid))) {
      this.#unclaimed.delete(podUid);
      await this.#options.runtime.removePod(podUid);
      await this.#io.logs.forgetPod(podUid);
      if (this.#io.volumes !== undefined) removePodFolders(join(this.#podsFolder(), podUid));
    }
  }

  #holdAddress(pod: Pod): void {
    const uid = pod.metadata.uid ?? '';
    if (pod.spec.nodeName !== this.#options.nodeName || isTerminal(pod.status?.phase)) return;
    const address = recordedAddress(join(this.#podsFolder(), uid)) ?? pod.status?.podIP;
    if (address !== undefined) this.#io.addresses.take(uid, address);
  }

  #podsFolder(): string {
    return join(this.#options.stateDirectory, 'pods');
  }

  #podFolders(): readonly string[] {
    const folder = this.#podsFolder();
    return this.#io.volumes !== undefined && existsSync(folder) ? readdirSync(folder) : [];
  }

  /** A change of an instance; those of pods that are not taken over yet are kept for them. */
  #onInstance(change: InstanceChange): void {
    const { podUid } = change.ref;
    const worker = this.#workers.get(podUid);
    if (worker !== undefined) worker.onInstance(change.ref, change.instance);
    else this.#unclaimed.set(podUid, [...(this.#unclaimed.get(podUid) ?? []), change]);
  }

  #notice(podUid: string, reason: string, message: string): void {
    const worker = this.#workers.get(podUid);
    if (worker !== undefined) this.#io.events.record(worker.pod, { type: 'Warning', reason, message });
  }

  #onObjects(namespace: string): void {
    for (const worker of this.#workers.values()) {
      if (worker.pod.metadata.namespace === namespace && !isTerminal(worker.pod.status?.phase)) worker.onObjects();
    }
  }

  #onClaim(namespace: string, claim: string): void {
    for (const worker of this.#workers.values()) {
      const isConcerned = worker.pod.metadata.namespace === namespace && claimNames(worker.pod).includes(claim);
      if (isConcerned && !isTerminal(worker.pod.status?.phase)) worker.onObjects();
    }
  }

  #onPod(change: Change<Pod>): void {
    const { before, after } = change;
    const oldUid = before?.metadata.uid ?? '';
    if (oldUid !== after?.metadata.uid) this.#workers.get(oldUid)?.vanish();
    if (after !== undefined && after.spec.nodeName === this.#options.nodeName && !this.#isStopped) this.#onMine(after);
  }

  #onMine(pod: Pod): void {
    const uid = pod.metadata.uid ?? '';
    const worker = this.#workers.get(uid);
    if (worker !== undefined) worker.update(pod);
    else this.#adopt(pod, uid);
  }

  #adopt(pod: Pod, uid: string): void {
    const worker = new PodWorker(pod, this.#io);
    const isFull = this.#workers.size >= this.#limits.pods;
    if (isFull && pod.status?.startTime === undefined) {
      this.#reject(worker);
      return;
    }
    this.#workers.set(uid, worker);
    for (const { ref, instance } of this.#unclaimed.get(uid) ?? []) worker.onInstance(ref, instance);
    this.#unclaimed.delete(uid);
    worker.wake();
  }

  #reject(worker: PodWorker): void {
    const { pods } = this.#limits;
    const message = `Pod was rejected: Node didn't have enough resource: pods, requested: 1, used: ${pods}, capacity: ${pods}`;
    const status = {
      phase: 'Failed',
      reason: 'OutOfpods',
      message,
      startTime: formatTime(this.#context.clock.now()),
    } as const;
    this.#io.events.record(worker.pod, { type: 'Warning', reason: 'OutOfpods', message });
    void worker.reject(status).catch((error: unknown) => {
      this.#context.logger.warn('pod rejection not written', { pod: worker.pod.metadata.name, error: String(error) });
    });
  }

  async *logs(pod: KubeObject, request: LogRequest): AsyncGenerator<Uint8Array> {
    const podUid = pod.metadata.uid ?? '';
    const worker = this.#workers.get(podUid);
    const known = worker?.pod ?? (pod as Pod);
    const container = chooseContainer(known, request.container);
    const attempt = chooseAttempt(known, container, { seen: worker?.seen(container) ?? {}, request });
    const log = this.#io.logs.find({ podUid, container, attempt });
    if (log === undefined) return;
    const { followers, followerBytes } = this.#limits;
    yield* readLog(log, request, { clock: this.#context.clock, followers, followerBytes });
  }

  exec(pod: KubeObject, container: string, order: ExecOrder): Promise<ContainerSession> {
    return this.#sessions.exec(pod as Pod, container, order);
  }

  attach(pod: KubeObject, container: string, order: SessionOrder): Promise<ContainerSession> {
    return this.#sessions.attach(pod as Pod, container, order);
  }

  dial(pod: KubeObject, order: DialOrder): Promise<PodStream> {
    return this.#sessions.dial(pod as Pod, order);
  }

  async stop(options: { readonly drainPods: boolean }): Promise<void> {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#sessions.close();
    for (const leave of this.#leave) leave();
    this.#sampler?.stop();
    await this.#heartbeat?.stop();
    await Promise.all([...this.#workers.values()].map((worker) => worker.stop()));
    await this.#options.runtime.close({ killContainers: options.drainPods });
    await this.#io.logs.close();
    this.#context.logger.info('node agent stopped', { node: this.#options.nodeName, pods: this.#workers.size });
  }
}

/**
 * Starts the agent of one node: registers the Node with its Lease, adopts what still runs from before, and from then on
 * runs every pod whose spec.nodeName is this node. Resolves when the existing pods are taken over.
 * @throws KubeError when the Node cannot be registered, Error when `podAddressRange` cannot be read.
 */
export async function startNodeAgent(context: ControllerContext, options: NodeAgentOptions): Promise<NodeAgent> {
  const agent = new Agent(context, options);
  await agent.start();
  return agent;
}
