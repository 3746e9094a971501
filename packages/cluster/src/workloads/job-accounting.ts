import { keyOf } from '@argosy/kube/meta';
import type { StandardAction } from '@argosy/kube/plan';
import { completionIndexOf, parseIndexes } from './job-indexes.ts';
import type { Job, JobStatus, Pod } from './kinds.ts';
import { isActive, isReady } from './pods.ts';
import { targets } from './resources.ts';

/** Keeps a pod of a job until its end has been counted in the job's status. */
export const TRACKING_FINALIZER = 'batch.kubernetes.io/job-tracking';

/** Pods whose end is noted in one status write at most. */
export const MAX_UNCOUNTED_PODS = 500;

/** True when the pod still waits to be counted. */
export function isTracked(pod: Pod): boolean {
  return pod.metadata.finalizers?.includes(TRACKING_FINALIZER) ?? false;
}

/** The write that lets a counted pod go. */
export function releasePod(pod: Pod): StandardAction {
  const finalizers = (pod.metadata.finalizers ?? []).filter((each) => each !== TRACKING_FINALIZER);
  const { uid, resourceVersion } = pod.metadata;
  return {
    kind: 'patch',
    resource: targets.pods,
    key: keyOf(pod),
    patchType: 'merge',
    patch: { metadata: { uid, resourceVersion, finalizers } },
  };
}

/** What the pods and the status together say about a job. */
export interface JobAccount {
  readonly active: readonly Pod[];
  readonly ready: number;
  readonly terminating: number;
  /** Ends that are settled for good, whether counted or still listed. */
  readonly succeeded: number;
  readonly failed: number;
  readonly indexes: ReadonlySet<number>;
  /** Lets go of pods whose end stands in the published status. */
  readonly releases: readonly StandardAction[];
  readonly uncounted: { readonly succeeded: readonly string[]; readonly failed: readonly string[] };
  readonly countedSucceeded: number;
  readonly countedFailed: number;
}

function hasFailed(pod: Pod, abandonsActive: boolean): boolean {
  if (pod.status?.phase === 'Succeeded') return false;
  // A pod that is deleted before it ended never will end by itself: it counts as failed.
  return pod.status?.phase === 'Failed' || pod.metadata.deletionTimestamp !== undefined || abandonsActive;
}

/**
 * Exactly-once counting in three steps that may each be cut off: the end of a tracked pod is listed in
 * `uncountedTerminatedPods`; once that list is published the finalizer is removed; what is listed and no longer tracked
 * moves into the counters. `abandonsActive` counts running pods as failed: the job has failed and deletes them.
 */
export function accountPods(job: Job, pods: readonly Pod[], options: AccountOptions): JobAccount {
  const status: JobStatus = job.status ?? {};
  const indexes = parseIndexes(status.completedIndexes ?? '', job.spec.completions ?? 0);
  const listed = listedPods(status);
  const { releases, uncounted } = sortEnds(pods, { ...options, indexes, listed });
  const countedSucceeded = (status.succeeded ?? 0) + listed.succeeded.length;
  const countedFailed = (status.failed ?? 0) + listed.failed.length;
  const active = pods.filter(isActive);
  return {
    active,
    ready: active.filter(isReady).length,
    terminating: pods.filter((pod) => pod.metadata.deletionTimestamp !== undefined && !isEnded(pod)).length,
    succeeded: options.indexed ? indexes.size : countedSucceeded + uncounted.succeeded.length,
    failed: countedFailed + uncounted.failed.length,
    indexes,
    releases,
    uncounted,
    countedSucceeded: options.indexed ? indexes.size : countedSucceeded,
    countedFailed,
  };
}

interface AccountOptions {
  readonly abandonsActive: boolean;
  readonly indexed: boolean;
}

interface EndLists {
  readonly succeeded: readonly string[];
  readonly failed: readonly string[];
}

function listedPods(status: JobStatus): EndLists {
  const { succeeded = [], failed = [] } = status.uncountedTerminatedPods ?? {};
  return { succeeded, failed };
}

/** Which ended pods can be let go, and which must be listed first. Adds the indexes that succeeded pods complete. */
function sortEnds(
  pods: readonly Pod[],
  context: AccountOptions & { readonly indexes: Set<number>; readonly listed: EndLists },
): { readonly releases: readonly StandardAction[]; readonly uncounted: EndLists } {
  const listed = new Set([...context.listed.succeeded, ...context.listed.failed]);
  const uncounted: { succeeded: string[]; failed: string[] } = { succeeded: [], failed: [] };
  const releases: StandardAction[] = [];
  for (const pod of pods.filter(isTracked)) {
    const uid = pod.metadata.uid ?? '';
    const end = endOf(pod, context.indexes, context);
    if (end === 'none') continue;
    if (end === 'duplicate' || listed.has(uid)) releases.push(releasePod(pod));
    else if (uncounted.succeeded.length + uncounted.failed.length < MAX_UNCOUNTED_PODS) uncounted[end].push(uid);
  }
  return { releases, uncounted };
}

const isEnded = (pod: Pod): boolean => pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';

/** How a tracked pod ended; for Indexed jobs a success also completes its index, a second one is a duplicate. */
function endOf(pod: Pod, indexes: Set<number>, options: AccountOptions): 'succeeded' | 'failed' | 'duplicate' | 'none' {
  if (pod.status?.phase === 'Succeeded') {
    if (!options.indexed) return 'succeeded';
    const index = completionIndexOf(pod);
    if (index === undefined) return 'duplicate';
    const isNew = !indexes.has(index);
    indexes.add(index);
    return isNew ? 'succeeded' : 'duplicate';
  }
  return hasFailed(pod, options.abandonsActive) ? 'failed' : 'none';
}
