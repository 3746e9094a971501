import type { DurationMs, Instant } from '@argosy/std';
import type { KubeEventRecord, PlanEnv } from '@argosy/kube/plan';
import type { Handler, Pod } from './pod-types.ts';

/** One run of a container, as the runtime tells it. `attempt` counts from 0 and equals the restart count. */
export interface InstanceSeen {
  readonly attempt: number;
  /** `<runtime>://<hex>`. */
  readonly id: string;
  readonly state: 'running' | 'exited';
  readonly startedAt?: Instant;
  readonly finishedAt?: Instant;
  readonly exitCode?: number;
  readonly signal?: number;
  readonly reason?: string;
  readonly message?: string;
  /** status.imageID; empty or absent for runtimes without images. */
  readonly imageId?: string;
}

/** Why the last attempt to start a container did not produce an instance; `count` grows with each repetition. */
export interface RefusalSeen {
  readonly reason: string;
  readonly message: string;
  readonly at: Instant;
  readonly count: number;
}

/** How far a hook of the current instance has come. */
export type HookSeen =
  | { readonly state: 'running' }
  | { readonly state: 'done' }
  | { readonly state: 'failed'; readonly message: string };

/** Everything known about one container. */
export interface ContainerSeen {
  readonly current?: InstanceSeen;
  readonly previous?: InstanceSeen;
  readonly refusal?: RefusalSeen;
  readonly postStart?: HookSeen;
  readonly preStop?: HookSeen;
}

/** The three kinds of probes. */
export type ProbeKind = 'startup' | 'readiness' | 'liveness';

/** The outcome of one probe run. */
export interface ProbeResult {
  readonly container: string;
  readonly attempt: number;
  readonly probe: ProbeKind;
  readonly success: boolean;
  readonly message: string;
}

/** Volumes, address and sandbox of the pod. */
export type SetupSeen =
  | { readonly state: 'absent' }
  | { readonly state: 'ready' }
  | ({ readonly state: 'failed' } & RefusalSeen);

/** Counters of one probe of one instance. */
export interface ProbeMemory {
  readonly lastRunAt: Instant;
  readonly inFlight: boolean;
  readonly successes: number;
  readonly failures: number;
}

/** A container on its way down. */
export interface StopMemory {
  readonly since: Instant;
  readonly graceMs: number;
  readonly stage: 'pre-stop' | 'terminating' | 'killing';
}

/** What the planner remembers of one container between rounds; belongs to the instance `attempt`. */
export interface ContainerMemory {
  readonly attempt: number;
  /** Short runs in a row: the exponent of the restart delay. */
  readonly shortRuns: number;
  readonly startupPassed: boolean;
  readonly ready: boolean;
  readonly probes: { readonly [kind in ProbeKind]?: ProbeMemory };
  readonly stop?: StopMemory;
  /** The attempt whose back-off has been told in an event. */
  readonly backoffTold?: number;
  /** The failed pull (by its count) whose back-off has been told in an event. */
  readonly pullTold?: number;
}

/** What the planner remembers of a pod between rounds. Lost with the agent, on purpose: it is rebuilt from facts. */
export interface PodMemory {
  readonly containers: { readonly [name: string]: ContainerMemory };
  /** Set once the whole pod is on its way down. */
  readonly stop?: { readonly since: Instant; readonly graceMs: number };
}

/** The memory of a pod just seen. */
export const emptyMemory: PodMemory = Object.freeze({ containers: Object.freeze({}) });

/** What planPod looks at. */
export interface PodObserved {
  readonly pod: Pod;
  /** The object is gone from the API while containers may still run. */
  readonly gone: boolean;
  readonly hostIp: string;
  readonly podIp?: string;
  readonly setup: SetupSeen;
  readonly containers: { readonly [name: string]: ContainerSeen };
  /** Why the node does not keep the pod any longer. */
  readonly evicted?: string;
  /** Results that arrived since the last round, oldest first. */
  readonly probeResults: readonly ProbeResult[];
  readonly memory: PodMemory;
}

/** The named times of a pod's life. */
export interface PodTiming {
  /** First delay after a repeated crash. @default 10 s */
  readonly backoffInitialMs: number;
  /** Longest delay between restarts. @default 300 s */
  readonly backoffLimitMs: number;
  /** A run this long forgives earlier crashes. @default 10 min */
  readonly backoffResetMs: number;
  /** What a container gets after SIGTERM when preStop used up the grace. @default 2 s */
  readonly leastGraceMs: number;
}

/** Upstream's times. */
export const defaultTiming: PodTiming = Object.freeze({
  backoffInitialMs: 10_000,
  backoffLimitMs: 300_000,
  backoffResetMs: 600_000,
  leastGraceMs: 2000,
});

/** What planPod may know beside the pod. */
export interface PodPlanEnv extends PlanEnv {
  readonly timing: PodTiming;
}

/** What the worker is asked to do. Every action may be repeated without harm. */
export type PodAction =
  | { readonly kind: 'prepare-pod' }
  | { readonly kind: 'start-container'; readonly container: string; readonly attempt: number }
  | {
      readonly kind: 'run-hook';
      readonly container: string;
      readonly attempt: number;
      readonly hook: 'postStart' | 'preStop';
      readonly handler: Handler;
    }
  | {
      readonly kind: 'run-probe';
      readonly container: string;
      readonly attempt: number;
      readonly probe: ProbeKind;
      readonly handler: Handler;
      readonly timeoutMs: number;
    }
  | {
      readonly kind: 'signal-container';
      readonly container: string;
      readonly attempt: number;
      readonly signal: string;
    }
  | { readonly kind: 'record-event'; readonly event: KubeEventRecord; readonly container?: string }
  /** After the status has been published: delete the object (grace 0, uid precondition) and clean up. */
  | { readonly kind: 'finalize-pod' };

/** A wake-up: `undefined` means only a change wakes the pod. */
export type WakeAfter = DurationMs | undefined;
