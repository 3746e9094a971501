import type { Instant } from '@argosy/std';
import type { KubeObject } from '@argosy/kube/meta';
import type { LogRequest } from '@argosy/kube/port';

/** The two outputs of a program. A terminal has only `stdout`. */
export type OutputStream = 'stdout' | 'stderr';

/** Takes output in order. While the promise that it gives is pending, the source must wait with more. */
export type TakeOutput = (stream: OutputStream, bytes: Uint8Array) => void | Promise<void>;

/** Which streams a session has, and where its output goes. */
export interface SessionOrder {
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  /** Run on a terminal: stderr joins stdout, and `resize` has a meaning. */
  readonly tty: boolean;
  readonly take: TakeOutput;
}

/** A command beside a running container. */
export interface ExecOrder extends SessionOrder {
  readonly command: readonly string[];
}

/** The size of a terminal in characters. */
export interface TerminalSize {
  readonly width: number;
  readonly height: number;
}

/** How a session ended: the program's exit code, or a sentence about what went wrong. */
export type SessionEnd =
  | { readonly kind: 'exited'; readonly exitCode: number }
  | { readonly kind: 'failed'; readonly message: string };

/** Bytes into a pod, held by its client. Output goes to the `take` of the order. */
export interface PodStream {
  /** Hands bytes in; resolves when more can be taken. Bytes after the end are dropped. Never rejects. */
  write(bytes: Uint8Array): Promise<void>;
  /** No more bytes will come; output still may. */
  closeInput(): void;
  /** The client is gone: what was begun for it is ended. */
  cancel(): void;
  /** Resolves once, after all output was taken. Never rejects. */
  readonly ended: Promise<SessionEnd>;
}

/** A running exec or attach. */
export interface ContainerSession extends PodStream {
  /** Tells the terminal its size; without one it does nothing. */
  resize(size: TerminalSize): void;
}

/** A port of a pod that is to be connected to. */
export interface DialOrder {
  /** 1 to 65535. */
  readonly port: number;
  /** Takes what the pod sends; while its promise is pending, no more is read. */
  readonly take: (bytes: Uint8Array) => void | Promise<void>;
}

/**
 * The node agent as the API server sees it: it serves what only the node has. A node that cannot stream leaves the
 * later members out. All of them reject with KubeError before anything has begun: BadRequest for a wrong container,
 * InternalError when it does not run.
 */
export interface NodeGateway {
  logs(pod: KubeObject, request: LogRequest): AsyncIterable<Uint8Array>;
  /** Runs a command in a container; an empty name means the default or only one. */
  exec?(pod: KubeObject, container: string, order: ExecOrder): Promise<ContainerSession>;
  /** Joins the main process of a container: new output, and its stdin when the container has one. */
  attach?(pod: KubeObject, container: string, order: SessionOrder): Promise<ContainerSession>;
  /** Connects to a port of the pod. Rejects when nothing listens there. */
  dial?(pod: KubeObject, order: DialOrder): Promise<PodStream>;
  /** What the containers of the node's pods used lately; absent when the node does not measure. */
  usage?(): NodeUsage | undefined;
}

/** What one container used on average over the window, and holds at its end. */
export interface ContainerUsage {
  readonly podUid: string;
  readonly container: string;
  readonly cpuNano: number;
  readonly memoryBytes: number;
}

/** One measurement of a node. */
export interface NodeUsage {
  readonly nodeName: string;
  readonly measuredAt: Instant;
  readonly windowMs: number;
  readonly cpuNano: number;
  readonly memoryBytes: number;
  readonly containers: readonly ContainerUsage[];
}
