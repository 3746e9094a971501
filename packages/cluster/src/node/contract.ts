import type { Clock, Logger } from '@argosy/std';
import type { ContainerSession, DialOrder, ExecOrder, PodStream, SessionOrder } from '../apiserver/index.ts';
import type { ContainerLog } from './container-log.ts';
import type { InstanceSeen } from './plan-types.ts';
import type { ContainerRole, Handler, Pod, SecurityContext } from './pod-types.ts';

/** Names one run of one container. Everything a runtime does is idempotent by these three. */
export interface InstanceRef {
  readonly podUid: string;
  readonly container: string;
  readonly attempt: number;
}

/** A directory or file of the host as a container sees it. */
export interface RuntimeMount {
  readonly mountPath: string;
  readonly hostPath: string;
  readonly readOnly: boolean;
  /** Put there by the agent, not asked for by the pod: a runtime that cannot offer it leaves it out. */
  readonly isOptional: boolean;
}

/** A pod as a runtime prepares for it. */
export interface PodSandbox {
  readonly podUid: string;
  readonly namespace: string;
  readonly podName: string;
  readonly podIp: string;
  readonly hostname: string;
  readonly annotations: { readonly [key: string]: string };
  readonly restartPolicy: string;
  /** Text of /etc/resolv.conf; absent when the machine's own is meant. */
  readonly resolvConf?: string;
  readonly hostAliases: readonly { readonly ip: string; readonly hostnames?: readonly string[] }[];
  readonly subdomain: string;
  readonly spaces: SharedSpaces;
  /** Containers of all roles but ephemeral ones: one alone shares nothing with others. */
  readonly containerCount: number;
}

/** Which of the machine's and of each other's namespaces the containers of a pod see. */
export interface SharedSpaces {
  readonly hostNetwork: boolean;
  readonly hostPid: boolean;
  readonly hostIpc: boolean;
  /** spec.shareProcessNamespace: the containers of the pod see each other's processes. */
  readonly podPid: boolean;
}

/** A container's image as the pod asks for it. */
export interface ImageRequest {
  readonly image: string;
  readonly policy: 'Always' | 'IfNotPresent' | 'Never' | undefined;
  /** `.dockerconfigjson` contents of imagePullSecrets, in order. */
  readonly pullSecrets: readonly string[];
  /** Called once when a pull begins. */
  readonly onPulling: () => void;
  /** Ends the wait; a pull that others wait for goes on. */
  readonly signal: AbortSignal;
}

/** An image that is there. */
export interface ImageFound {
  /** What containers are created from and status.imageID tells. */
  readonly id: string;
  /** `undefined` when it was there already. */
  readonly pulled?: { readonly tookMs: number; readonly bytes: number };
}

/** Everything a runtime needs to run a container once. Values are final: no variables are left in them. */
export interface ContainerOrder extends InstanceRef {
  readonly sandbox: PodSandbox;
  readonly role: ContainerRole;
  readonly image: string;
  /** `command` of the spec; empty when the image's entry point is meant. */
  readonly command: readonly string[];
  readonly args: readonly string[];
  readonly workingDir?: string;
  readonly env: readonly (readonly [name: string, value: string])[];
  readonly mounts: readonly RuntimeMount[];
  readonly security: SecurityContext;
  readonly memoryLimitBytes?: number;
  readonly memoryRequestBytes?: number;
  /** In billionths of one processor. */
  readonly cpuLimitNano?: number;
  readonly cpuRequestNano?: number;
  /** The answer of `ensureImage`; `undefined` for runtimes without images. */
  readonly imageId?: string;
  readonly terminationMessagePath: string;
  readonly terminationMessagePolicy: string;
  /** `open` keeps stdin open between clients, `once` ends it with the first one, `none` has none. */
  readonly stdin: 'none' | 'open' | 'once';
  /** Run on a terminal: all output is stdout. */
  readonly tty: boolean;
  readonly log: ContainerLog;
}

/** A pod that is connected to, with one of its containers that run. */
export interface PodPlace {
  readonly podUid: string;
  readonly podIp: string;
  readonly instance: InstanceRef;
}

/** A change of one container, as the runtime tells it. */
export interface InstanceChange {
  readonly ref: InstanceRef;
  readonly instance: InstanceSeen;
}

/** What one running container has used since it began, and holds now. */
export interface InstanceUsage {
  readonly ref: InstanceRef;
  readonly cpuMs: number;
  readonly memoryBytes: number;
}

/** What a command inside a container gave back. `output` is stdout and stderr together, bounded. */
export interface ExecAnswer {
  readonly exitCode: number;
  readonly output: string;
}

/** A container cannot be started as asked; `reason` is a waiting reason of the pod status, `message` teaches. */
export class ContainerRefusal extends Error {
  override readonly name = 'ContainerRefusal';
  readonly reason: string;

  constructor(reason: string, message: string) {
    super(message);
    this.reason = reason;
  }
}

/** What a runtime is given when the agent starts. */
export interface RuntimeHost {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Where the runtime may keep files; private to the agent. */
  readonly stateDir: string;
  /** Called for every change of an instance: started (also by adoption) or ended. */
  readonly onChange: (change: InstanceChange) => void;
  /** Opens the log of an instance that is adopted after a restart of the agent. */
  readonly openLog: (ref: InstanceRef) => ContainerLog;
  /** A sentence about a pod that belongs into an event. */
  readonly onNotice: (podUid: string, reason: string, message: string) => void;
}

/** What runs containers: host processes, a container engine, or a simulation. */
export interface PodRuntime {
  /** `bwrap`, `process`, `docker`, `sim`: the scheme of container ids. */
  readonly name: string;
  readonly version: string;
  /** `host`: the agent lays volumes and logs out on disk. `none`: nothing touches the disk. */
  readonly storage: 'host' | 'none';
  /** Set by runtimes that have images: makes one available. @throws ContainerRefusal with a waiting reason of images. */
  ensureImage?(request: ImageRequest): Promise<ImageFound>;
  /** Set by runtimes that give pods an own address: makes the pod's namespaces, or finds them. @throws ContainerRefusal */
  prepareSandbox?(sandbox: PodSandbox): Promise<{ readonly podIp?: string }>;
  /** Forgets all of one ended instance but its log. */
  removeInstance?(ref: InstanceRef): Promise<void>;
  /** Begins work: adopts what still runs from before and tells of every instance it knows. */
  open(host: RuntimeHost): Promise<readonly InstanceChange[]>;
  /**
   * Runs a container. Resolves with its first instance state (running, or exited with reason StartError).
   * @throws ContainerRefusal when it cannot even be created as asked.
   */
  start(order: ContainerOrder): Promise<InstanceSeen>;
  /** Sends a signal to the container's main process; one that has ended is success. */
  signal(ref: InstanceRef, signal: string): Promise<void>;
  /** Runs a command inside a running container. */
  exec(ref: InstanceRef, command: readonly string[], timeoutMs: number): Promise<ExecAnswer>;
  /**
   * Runs a command inside a running container with its streams.
   * @throws ContainerRefusal when it cannot be begun as asked (not running, no terminals here).
   */
  openExec(ref: InstanceRef, order: ExecOrder): Promise<ContainerSession>;
  /**
   * Joins the main process: output from now on, and its stdin when it has one. One that has ended gives its end.
   * @throws ContainerRefusal when the instance is not known.
   */
  attach(ref: InstanceRef, order: SessionOrder): Promise<ContainerSession>;
  /** Connects to a port inside the pod. @throws ContainerRefusal when nothing listens there. */
  dial(pod: PodPlace, order: DialOrder): Promise<PodStream>;
  /** Set when probes and hooks must not leave the runtime (simulation): answers instead of the network. */
  reach?(
    ref: InstanceRef,
    handler: Handler,
    purpose: 'probe' | 'hook',
  ): Promise<{ readonly success: boolean; readonly message: string }>;
  /** What running containers use; absent when the runtime cannot tell. */
  usage?(): readonly InstanceUsage[];
  /** Forgets a pod and everything kept for it. Its containers have ended. */
  removePod(podUid: string): Promise<void>;
  /** Lets go. Containers keep running and are adopted by the next `open`, unless `killContainers`. */
  close(options: { readonly killContainers: boolean }): Promise<void>;
}

/** Issues a bound ServiceAccount token. */
export type MintToken = (
  serviceAccount: { readonly namespace: string; readonly name: string },
  pod: Pod,
  request: { readonly audiences: readonly string[]; readonly expirationSeconds: number },
) => Promise<string>;

/** The limits of the node agent. Each has a test. */
export interface NodeLimits {
  /** Containers that are being started at one time. @default 16 */
  readonly startsInFlight: number;
  /** Pods this node takes; more fail with reason OutOfpods. @default 1000 */
  readonly pods: number;
  /** Bytes of one log file before it is rotated. @default 10 MiB */
  readonly logFileBytes: number;
  /** Log files kept for an instance, the current one included. @default 5 */
  readonly logFiles: number;
  /** Bytes that wait for a slow follower of a log before it is cut off. @default 4 MiB */
  readonly followerBytes: number;
  /** Followers of one log. @default 64 */
  readonly followers: number;
  /** Execs, attaches and forwarded connections at one time. @default 1000 */
  readonly sessions: number;
}

/** The limits unless told otherwise. */
export const defaultNodeLimits: NodeLimits = Object.freeze({
  startsInFlight: 16,
  pods: 1000,
  logFileBytes: 10 * 1024 * 1024,
  logFiles: 5,
  followerBytes: 4 * 1024 * 1024,
  followers: 64,
  sessions: 1000,
});

/** Output that may wait for a slow attached client before it is cut off, in bytes. */
export const ATTACH_PENDING_BYTES = 4 * 1024 * 1024;

/** An instance's text key, unique on the node. */
export function instanceKey(ref: InstanceRef): string {
  return `${ref.podUid}/${ref.container}/${ref.attempt}`;
}
