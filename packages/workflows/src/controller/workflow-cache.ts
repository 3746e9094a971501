import type { Workflow } from '@argosy/api/workflows';
import {
  indexNodes,
  type compileWorkflow,
  type Carried,
  type ConfigMapFacts,
  type NodeMemory,
  type TaskOutcome,
} from '../engine/index.ts';

/** What the controller keeps of one workflow between rounds. All of it can be rebuilt from the cluster. */
export interface CachedWorkflow {
  readonly uid: string;
  /** The workflow as last written by us, or as last indexed. */
  workflow: Workflow;
  /** Absent until the templates that it refers to were read. */
  compiled: ReturnType<typeof compileWorkflow> | undefined;
  /** Absent while a round is under way and after one that failed: the next round then looks at everything. */
  index: { readonly memory: NodeMemory; readonly carried: Carried } | undefined;
  /** Ids of nodes whose pod changed since the last round began. */
  dirty: Set<string>;
  readonly outcomes: Map<string, TaskOutcome>;
  readonly refusals: Map<string, string>;
  /** Values of ConfigMaps that were found, and when. */
  configMaps: { readonly facts: { readonly [name: string]: ConfigMapFacts }; readonly readAtMs: number } | undefined;
  /** Resource templates under way, by node id. */
  readonly performing: Map<string, AbortController>;
  /** Resource templates that wait for their turn, by node id. */
  readonly deferred: Set<string>;
  /** Ids of nodes whose outputs are being read. */
  readonly collecting: Set<string>;
}

/** True when the local copy is older than what we wrote last: its watch event is still on its way. */
function isBehind(seen: Workflow, written: Workflow): boolean {
  return Number(seen.metadata.resourceVersion ?? '0') < Number(written.metadata.resourceVersion ?? '0');
}

/** Files a workflow that is seen for the first time. */
export function cacheWorkflow(workflow: Workflow): CachedWorkflow {
  return {
    uid: workflow.metadata.uid ?? '',
    workflow,
    compiled: undefined,
    index: undefined,
    dirty: new Set(),
    outcomes: new Map(),
    refusals: new Map(),
    configMaps: undefined,
    performing: new Map(),
    deferred: new Set(),
    collecting: new Set(),
  };
}

/** Brings the entry up to date with the local copy; somebody else's write drops the index. */
export function refresh(cached: CachedWorkflow, seen: Workflow): void {
  if (seen.metadata.resourceVersion === cached.workflow.metadata.resourceVersion) return;
  if (isBehind(seen, cached.workflow)) return;
  cached.workflow = seen;
  cached.compiled = undefined;
  cached.index = undefined;
}

/** An index over the workflow's nodes for the round that begins. */
export function takeIndex(cached: CachedWorkflow): {
  readonly memory: NodeMemory;
  readonly carried: Carried | undefined;
} {
  const { index, workflow } = cached;
  cached.index = undefined;
  if (index !== undefined) return index;
  return { memory: indexNodes(workflow.metadata.name, workflow.status?.nodes), carried: undefined };
}
