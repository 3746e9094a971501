import type { NodeStatus, Outputs, Workflow, WorkflowStatus } from '@argosy/api/workflows';
import type { KubeEventRecord } from '@argosy/kube/plan';
import type { KubeObject } from '@argosy/kube/meta';
import type { DurationMs, Instant, Result } from '@argosy/std';

import type { CompiledWorkflow, ValidationProblem } from './compiled.ts';
import type { NodeMemory } from './node-memory.ts';
import type { ArtifactLoad, ArtifactSave } from './pod-artifacts.ts';
import type { ResourceOrder } from './resource-nodes.ts';

/** What the engine reads of a pod. */
export interface PodFacts {
  readonly name: string;
  readonly uid: string;
  /** The node that the pod runs, from its annotation. */
  readonly nodeId: string;
  readonly phase: 'Pending' | 'Running' | 'Succeeded' | 'Failed';
  /** Why it waits, or why it failed, in upstream's words. */
  readonly message?: string;
  /** With phase Failed: whose failure it is. `Failed` the user's, `Error` ours. */
  readonly blame?: 'Failed' | 'Error';
  readonly exitCode?: number;
  /** What `main` left in its termination message when it exited with 0. */
  readonly terminationMessage?: string;
  readonly podIP?: string;
  readonly hostNodeName?: string;
  /** True when every container is ready to be used. */
  readonly isReady?: boolean;
  readonly labels: { readonly [key: string]: string };
  /** True once the label says that the controller is done with it. */
  readonly labelledCompleted: boolean;
}

/**
 * What a finished pod's program gave, whoever collected it: outputs as in a WorkflowTaskResult, or why there are none.
 */
export type TaskOutcome =
  | { readonly outputs: Outputs; readonly error?: undefined }
  | { readonly error: string; readonly outputs?: undefined };

/** What is known of a ConfigMap: the values of the keys that were asked for, or why it may not be read. */
export type ConfigMapFacts =
  | { readonly values: { readonly [key: string]: string }; readonly refusal?: undefined }
  | { readonly refusal: string; readonly values?: undefined };

/** What is known of a cache of outputs: its entries by key, or why it may not be used. */
export type CacheFacts = ConfigMapFacts;

/** How a lock stands: free places of all, or why it cannot be had. */
export type LockState =
  | { readonly available: number; readonly limit: number; readonly refusal?: undefined }
  | { readonly refusal: string; readonly available?: undefined; readonly limit?: undefined };

/** What is known of the locks that a workflow waits for. */
export interface LockFacts {
  /** Holders of this workflow that waited and have their locks now. */
  readonly granted: readonly string[];
  readonly states: { readonly [lock: string]: LockState };
}

/** The store of artifacts as a round sees it. */
export interface ArtifactFacts {
  /** How keys begin that artifacts do not name themselves. */
  readonly keyFormat: string;
  /** Keep the log of every pod. */
  readonly archiveLogs: boolean;
  /** Why nothing can be stored. */
  readonly refusal?: string;
}

/** Settings of the controller that change what is planned. */
export interface WorkflowSettings {
  /** Record an event for every node that starts to run or ends. */
  readonly nodeEvents: boolean;
  /** How long finished pods are kept when podGC deletes them and names no delay. */
  readonly podGcDelay: DurationMs;
}

/** What waits from one round to the next. */
export interface Carried {
  /** When to look at a node again, by node id. */
  readonly waits: { readonly [nodeId: string]: Instant };
  /** Ids of boundaries and Retry nodes that wait for a free pod. */
  readonly blocked: readonly string[];
  /**
   * How many dependencies of a task are through, counted from the first one, by the name of its node. Only of tasks
   * that wait for more than `MANY_DEPENDENCIES`: so that each look goes on where the last one stopped.
   */
  readonly through?: { readonly [nodeName: string]: number };
}

/** A snapshot of one workflow and of what changed around it. */
export interface WorkflowObserved {
  readonly workflow: Workflow;
  readonly compiled: Result<CompiledWorkflow, readonly ValidationProblem[]>;
  /**
   * Ids of nodes whose pod changed since `memory` was made; `all` when that is not known, when the workflow is over
   * and when it is past its deadline.
   */
  readonly touched: 'all' | readonly string[];
  /** The pods of the touched nodes; a touched node without one has lost it. */
  readonly pods: readonly PodFacts[];
  /** What finished pods gave, by node id; only of touched nodes. */
  readonly outcomes: { readonly [nodeId: string]: TaskOutcome };
  /** Pods that the API server refused for good, by node id. */
  readonly refusals: { readonly [nodeId: string]: string };
  /** The ConfigMaps that `compiled` refers to, by name; one that does not exist is missing. */
  readonly configMaps?: { readonly [name: string]: ConfigMapFacts };
  /** The caches that memoized templates use, by name; one that does not exist is missing. */
  readonly caches?: { readonly [name: string]: CacheFacts };
  /** The locks that the workflow's last status waits for. */
  readonly locks?: LockFacts;
  /** Where artifacts go; absent when pods cannot be given any. */
  readonly artifacts?: ArtifactFacts;
  readonly settings: WorkflowSettings;
  /** What the round before left to wait for; needed when `touched` is a list. */
  readonly carried?: Carried;
  /** An index over status.nodes, kept by the caller from the round before; makes rounds cheap, changes no answer. */
  readonly memory?: NodeMemory;
}

/** Fetch what a finished pod gave: stdout of `main` where `wantsResult`, and the artifacts of `saves`. */
export interface CollectRequest {
  readonly nodeId: string;
  readonly podName: string;
  readonly podUid: string;
  readonly wantsResult: boolean;
  /** A program that failed need not have written its artifacts. */
  readonly hasFailed: boolean;
  readonly saves: readonly ArtifactSave[];
}

/** The planned writes of one workflow. */
export type WorkflowAction =
  | {
      readonly kind: 'create-pod';
      readonly nodeId: string;
      readonly object: KubeObject;
      /** What must lie in its volume before it starts. */
      readonly loads: readonly ArtifactLoad[];
    }
  | { readonly kind: 'create-object'; readonly object: KubeObject }
  | { readonly kind: 'delete-object'; readonly objectKind: string; readonly name: string }
  | { readonly kind: 'save-memo'; readonly cacheName: string; readonly key: string; readonly entry: string }
  | { readonly kind: 'delete-pod'; readonly podName: string; readonly podUid?: string }
  | { readonly kind: 'terminate-pod'; readonly podName: string; readonly podUid?: string }
  | { readonly kind: 'label-pod-completed'; readonly podName: string }
  | { readonly kind: 'collect-outputs'; readonly request: CollectRequest }
  | { readonly kind: 'perform-resource'; readonly order: ResourceOrder }
  | { readonly kind: 'record-event'; readonly event: KubeEventRecord }
  | { readonly kind: 'delete-workflow' };

/** The next status as a change: nodes that differ, and everything beside the nodes whole. */
export interface WorkflowStatusChange {
  readonly nodes: { readonly [id: string]: NodeStatus };
  readonly fields: Omit<WorkflowStatus, 'nodes'>;
  readonly labels: { readonly [key: string]: string };
  readonly annotations: { readonly [key: string]: string };
  readonly carried: Carried;
}
