import type { ClusterApi, RestMapper } from '@argosy/kube/port';
import type { Clock } from '@argosy/std';

import type { ResourceOrder, TaskOutcome } from '../engine/index.ts';
import { performResource } from './perform-resource.ts';
import type { CachedWorkflow } from './workflow-cache.ts';

/** Most resource templates of one workflow that are performed at once; the others wait for their turn. */
export const MAX_RESOURCE_JOBS = 200;

/** What jobs need; `wake` asks for a round of the workflow. */
export interface JobIo {
  readonly api: ClusterApi;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly kinds: Pick<RestMapper, 'resourceFor'> | undefined;
  readonly wake: () => void;
}

const NO_MAPPER: TaskOutcome = { error: 'resource templates cannot run: the controller has no discovery of kinds' };

function learn(entry: CachedWorkflow, nodeId: string, io: JobIo): void {
  entry.dirty.add(nodeId);
  io.wake();
}

/** Orders that had to wait are given again by the round that looks at their nodes. */
function endJob(entry: CachedWorkflow, io: JobIo): void {
  if (entry.deferred.size === 0) return;
  for (const nodeId of entry.deferred) entry.dirty.add(nodeId);
  entry.deferred.clear();
  io.wake();
}

/** Begins with an order unless it is under way or its outcome is known. */
export function startResourceJob(entry: CachedWorkflow, order: ResourceOrder, io: JobIo): void {
  const { nodeId } = order;
  const running = entry.performing.get(nodeId);
  if (running !== undefined || entry.performing.size >= MAX_RESOURCE_JOBS) {
    if (running?.signal.aborted !== false) entry.deferred.add(nodeId);
    return;
  }
  const { kinds } = io;
  if (kinds === undefined) entry.outcomes.set(nodeId, NO_MAPPER);
  if (kinds === undefined || entry.outcomes.has(nodeId)) return learn(entry, nodeId, io);
  const job = new AbortController();
  entry.performing.set(nodeId, job);
  const signal = AbortSignal.any([io.signal, job.signal]);
  void performResource(entry.workflow, order, { ...io, kinds, signal }).then((outcome) => {
    entry.performing.delete(nodeId);
    if (io.signal.aborted) return;
    if (!job.signal.aborted) {
      entry.outcomes.set(nodeId, outcome);
      learn(entry, nodeId, io);
    }
    endJob(entry, io);
  });
  return undefined;
}

/** Ends the jobs of a workflow that is gone. */
export function abortJobs(entry: CachedWorkflow | undefined): void {
  for (const job of entry?.performing.values() ?? []) job.abort(new Error('the workflow is gone'));
}
