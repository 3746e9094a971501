import type { Application, SyncOperation } from '@argosy/api/cd';
import type { ApplyMode, ApplyTask, DeleteTarget, KindTable } from './observed.ts';
import { hasResourceOption, isEnabled, propagationPolicyOf, type SyncOptions } from './sync-options.ts';
import { kindKey } from './resource-key.ts';
import type { SyncTask } from './sync-tasks.ts';

function modeOf(task: SyncTask, options: SyncOptions): ApplyMode {
  if (isEnabled(options, task.desired?.object, 'Replace')) return 'replace';
  return isEnabled(options, task.desired?.object, 'ServerSideApply') ? 'server-side' : 'client-side';
}

/** The apply of a task; `undefined` when the cluster does not serve its kind. */
export function applyTask(task: SyncTask, sync: SyncOperation, options: SyncOptions): ApplyTask | undefined {
  const { desired } = task;
  if (desired?.resource === undefined) return undefined;
  const forced = sync.syncStrategy?.apply?.force === true || sync.syncStrategy?.hook?.force === true;
  return {
    id: task.id,
    resource: desired.resource,
    key: { namespace: task.key.namespace, name: task.key.name },
    object: desired.object,
    mode: modeOf(task, options),
    force: forced || isEnabled(options, desired.object, 'Force'),
    validate: !options.includes('Validate=false') && !hasResourceOption(desired.object, 'Validate=false'),
  };
}

/** The deletion of a task's live object; `undefined` when there is none, or its kind is not served. */
export function deleteTarget(task: SyncTask, kinds: KindTable, options: SyncOptions): DeleteTarget | undefined {
  const { live } = task;
  const resource = live === undefined ? undefined : kinds[kindKey(live)]?.resource;
  if (live === undefined || resource === undefined) return undefined;
  return {
    taskId: task.id,
    resource,
    key: { namespace: task.key.namespace, name: task.key.name },
    ...(live.metadata.uid === undefined ? {} : { uid: live.metadata.uid }),
    propagationPolicy: propagationPolicyOf(options),
  };
}

/** The sync options in force: those of the request when it has any, else those of the spec. */
export function syncOptionsOf(app: Application, sync: SyncOperation): SyncOptions {
  return sync.syncOptions ?? app.spec.syncPolicy?.syncOptions ?? [];
}
