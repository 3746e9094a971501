import type { OperationPhase, ResourceResult } from '@argosy/api/cd';
import { healthOf, type HealthOverrides } from './health/index.ts';
import { imagesOf } from './images.ts';
import type { TaskOutcome } from './observed.ts';
import { comparePlaced } from './sync-order.ts';
import { taskId, type SyncTask } from './sync-tasks.ts';

/** Results by task id. */
export type Results = ReadonlyMap<string, ResourceResult>;

/** Reads the results that an operation has kept. */
export function readResults(list: readonly ResourceResult[] | undefined): Results {
  return new Map((list ?? []).map((result) => [taskId(result.syncPhase ?? 'Sync', result), result]));
}

/** A task with what became of it. */
export function makeResult(
  task: SyncTask,
  parts: Pick<ResourceResult, 'message'> & {
    readonly status?: ResourceResult['status'];
    readonly hookPhase: OperationPhase;
  },
): ResourceResult {
  const images = task.desired === undefined ? [] : imagesOf(task.desired.object);
  return {
    group: task.key.group,
    version: task.version,
    kind: task.key.kind,
    namespace: task.key.namespace,
    name: task.key.name,
    ...(parts.status === undefined ? {} : { status: parts.status }),
    ...(parts.message === undefined ? {} : { message: parts.message }),
    ...(images.length === 0 ? {} : { images }),
    ...(task.hookType === undefined ? {} : { hookType: task.hookType }),
    hookPhase: parts.hookPhase,
    syncPhase: task.phase,
  };
}

function fromOutcome(task: SyncTask, outcome: TaskOutcome): ResourceResult {
  const { message } = outcome;
  if (!outcome.ok) return makeResult(task, { status: 'SyncFailed', message, hookPhase: 'Failed' });
  if (task.desired === undefined)
    return makeResult(task, { status: 'Pruned', message: 'pruned', hookPhase: 'Running' });
  return makeResult(task, {
    ...(task.hookType === undefined ? { status: 'Synced' } : {}),
    message,
    hookPhase: 'Running',
  });
}

/** How a task's progress is judged. */
export interface Judging {
  /** Done once it was applied. */
  readonly immediate: boolean;
  readonly health?: HealthOverrides | undefined;
}

function hookProgress(task: SyncTask, result: ResourceResult, how: Judging): ResourceResult {
  if (task.live === undefined) {
    return { ...result, hookPhase: 'Error', message: 'hook was deleted before it was complete' };
  }
  const health = healthOf(task.live, how.health);
  const message = health?.message ?? result.message;
  const more = message === undefined ? {} : { message };
  switch (health?.status) {
    case undefined:
    case 'Healthy':
      return { ...result, ...more, hookPhase: 'Succeeded' };
    case 'Degraded':
      return { ...result, ...more, hookPhase: 'Failed' };
    case 'Unknown':
      return { ...result, ...more, hookPhase: 'Error' };
    default:
      return { ...result, ...more };
  }
}

function resourceProgress(task: SyncTask, result: ResourceResult, how: Judging): ResourceResult {
  const health = task.live === undefined ? undefined : healthOf(task.live, how.health);
  if (task.live === undefined) return result;
  if (health === undefined || health.status === 'Healthy') return { ...result, hookPhase: 'Succeeded' };
  if (health.status !== 'Degraded') return result;
  return { ...result, hookPhase: 'Failed', ...(health.message === undefined ? {} : { message: health.message }) };
}

/** Where a started task stands now, by its live object. `immediate` tasks are done once they were applied. */
export function progress(task: SyncTask, result: ResourceResult, how: Judging): ResourceResult {
  if (result.hookPhase !== 'Running') return result;
  if (task.hookType !== undefined) return hookProgress(task, result, how);
  if (how.immediate) return { ...result, hookPhase: 'Succeeded' };
  if (task.desired === undefined) return task.live === undefined ? { ...result, hookPhase: 'Succeeded' } : result;
  return resourceProgress(task, result, how);
}

/** Takes over what the cluster answered since the last round. */
export function foldOutcomes(tasks: readonly SyncTask[], results: Results, outcomes: readonly TaskOutcome[]): Results {
  const folded = new Map(results);
  const byTask = new Map(outcomes.filter((outcome) => !outcome.dryRun).map((outcome) => [outcome.taskId, outcome]));
  for (const task of tasks) {
    const outcome = byTask.get(task.id);
    if (outcome !== undefined && (!folded.has(task.id) || !outcome.ok)) folded.set(task.id, fromOutcome(task, outcome));
  }
  return folded;
}

/** The deletion of an object that is no longer there is complete. */
function withoutWaiting(result: ResourceResult): ResourceResult {
  return result.status === 'Pruned' && result.hookPhase === 'Running' ? { ...result, hookPhase: 'Succeeded' } : result;
}

/** The results in task order; those of tasks that are no longer in the list come last, in their old order. */
export function listResults(tasks: readonly SyncTask[], results: Results): readonly ResourceResult[] {
  const known = new Set(tasks.map((task) => task.id));
  const ordered = [...tasks].sort(comparePlaced).map((task) => results.get(task.id));
  const others = [...results].filter(([id]) => !known.has(id)).map(([, result]) => withoutWaiting(result));
  return [...ordered.filter((result) => result !== undefined), ...others];
}
