import type { Application, SyncOperation } from '@argosy/api/cd';
import { ignoreRulesOf, NO_IGNORE_RULES, type IgnoreRules } from './ignore-differences.ts';
import type { EngineSettings, ApplyMode, ApplyTask, DeleteTarget, KindTable } from './observed.ts';
import { hasResourceOption, isEnabled, optionValue, propagationPolicyOf, type SyncOptions } from './sync-options.ts';
import { kindKey, type ResourceKey } from './resource-key.ts';
import type { SyncTask } from './sync-tasks.ts';

function modeOf(task: SyncTask, options: SyncOptions): ApplyMode {
  if (isEnabled(options, task.desired?.object, 'Replace')) return 'replace';
  return isEnabled(options, task.desired?.object, 'ServerSideApply') ? 'server-side' : 'client-side';
}

/** What the applies of a sync are made from. */
export interface ApplyInput {
  readonly app: Application;
  readonly sync: SyncOperation;
  readonly options: SyncOptions;
  readonly settings?: Pick<EngineSettings, 'resources'>;
}

function isForced({ syncStrategy }: SyncOperation): boolean {
  return syncStrategy?.apply?.force === true || syncStrategy?.hook?.force === true;
}

function keptFields(input: ApplyInput, key: ResourceKey): { readonly keeps?: IgnoreRules } {
  const { app, options, settings } = input;
  if (optionValue(options, 'RespectIgnoreDifferences') !== 'true') return {};
  const rules = ignoreRulesOf(
    [...(settings?.resources?.ignoreDifferences ?? []), ...(app.spec.ignoreDifferences ?? [])],
    key,
  );
  return rules === NO_IGNORE_RULES ? {} : { keeps: rules };
}

/** The apply of a task; `undefined` when the cluster does not serve its kind. */
export function applyTask(task: SyncTask, input: ApplyInput): ApplyTask | undefined {
  const { desired } = task;
  const { sync, options } = input;
  if (desired?.resource === undefined) return undefined;
  return {
    id: task.id,
    resource: desired.resource,
    key: { namespace: task.key.namespace, name: task.key.name },
    object: desired.object,
    mode: modeOf(task, options),
    force: isForced(sync) || isEnabled(options, desired.object, 'Force'),
    validate: !options.includes('Validate=false') && !hasResourceOption(desired.object, 'Validate=false'),
    ...keptFields(input, desired.key),
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
