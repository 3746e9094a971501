import type { Application, OperationState, SyncOperation, SyncOperationResource } from '@argosy/api/cd';
import { getPath, parseTime } from '@argosy/std';
import type { KubeObject } from '@argosy/kube/meta';
import type { ComparedResource } from './compare.ts';
import { defined } from './defined.ts';
import { hookTypesOf, type HookType } from './hooks.ts';
import type { DesiredResource, KindTable, TaskOutcome } from './observed.ts';
import { kindKey, resourceKeyOf, resourceKeyText, type ResourceKey } from './resource-key.ts';
import { comparePlaced, mirrorWaves, phaseRank, waveOf, type Placed, type SyncPhase } from './sync-order.ts';
import { hasResourceOption, isEnabled, isKept, optionValue, type SyncOptions } from './sync-options.ts';
import { instanceName, withTracking } from './tracking.ts';

/** One thing that a sync does: apply an object, run a hook, or prune a live object. */
export interface SyncTask extends Placed {
  readonly id: string;
  readonly key: ResourceKey;
  readonly version: string;
  readonly desired?: DesiredResource;
  readonly live?: KubeObject;
  readonly hookType?: HookType;
  /** The project does not permit the kind. */
  readonly forbidden: boolean;
}

/** What the task list is made from. */
export interface TaskInput {
  readonly app: Application;
  readonly controlNamespace: string;
  readonly sync: SyncOperation;
  readonly state: OperationState;
  readonly revision: string;
  readonly resources: readonly ComparedResource[];
  readonly live: readonly KubeObject[];
  readonly kinds: KindTable;
  readonly options: SyncOptions;
  readonly outcomes: readonly TaskOutcome[];
}

/** `Sync|apps/Deployment/prod/web`: names a task for results and outcomes. */
export function taskId(phase: SyncPhase, key: ResourceKey): string {
  return `${phase}|${resourceKeyText(key)}`;
}

/** True when the sync names single resources; then no hooks run and no history is kept. */
export function isPartial(sync: SyncOperation): boolean {
  return (sync.resources ?? []).length > 0;
}

function names(entry: SyncOperationResource, key: ResourceKey): boolean {
  const namespaceFits = entry.namespace === undefined || entry.namespace === '' || entry.namespace === key.namespace;
  return (entry.group ?? '') === key.group && entry.kind === key.kind && entry.name === key.name && namespaceFits;
}

function isSelected(sync: SyncOperation, key: ResourceKey): boolean {
  const entries = sync.resources ?? [];
  if (entries.length === 0) return true;
  if (entries.some((entry) => entry.exclude === true && names(entry, key))) return false;
  const wanted = entries.filter((entry) => entry.exclude !== true);
  return wanted.length === 0 || wanted.some((entry) => names(entry, key));
}

/** True once the operation has begun with an object: the cluster has answered, or there is a result. */
function isStarted(input: TaskInput, key: ResourceKey): boolean {
  const text = resourceKeyText(key);
  return (
    (input.state.syncResult?.resources ?? []).some((result) => names(result, key)) ||
    input.outcomes.some((outcome) => !outcome.dryRun && outcome.taskId.endsWith(`|${text}`))
  );
}

const versionOf = (object: KubeObject): string => object.apiVersion.split('/').pop() ?? '';

function makeTask(parts: Omit<SyncTask, 'id' | 'kind' | 'name' | 'version'>): SyncTask {
  const object = parts.desired?.object ?? parts.live;
  return {
    ...parts,
    id: taskId(parts.phase, parts.key),
    kind: parts.key.kind,
    name: parts.key.name,
    version: object === undefined ? '' : versionOf(object),
  };
}

function startSeconds(state: OperationState): number {
  return Math.floor((parseTime(state.startedAt) ?? 0) / 1000);
}

/** A hook with generateName gets a name that the revision, the phase and the start of the operation determine. */
function namedHook(input: TaskInput, item: DesiredResource, phase: SyncPhase): DesiredResource {
  if (item.object.metadata.name !== undefined && item.object.metadata.name !== '') return item;
  const { generateName, ...metadata } = item.object.metadata;
  const suffix = `${input.revision.slice(0, 7)}-${phase}-${startSeconds(input.state)}`;
  const name = `${generateName ?? ''}${suffix}`.toLowerCase();
  const instance = instanceName(input.app, input.controlNamespace);
  const object = { ...item.object, metadata: { ...metadata, name } };
  const tracked = withTracking(object, instance, item.key.namespace);
  return { ...item, object: tracked, key: resourceKeyOf(tracked) };
}

function hookTasks(input: TaskInput, item: ComparedResource, liveByKey: ReadonlyMap<string, KubeObject>): SyncTask[] {
  const source = item.desired;
  if (source === undefined || isPartial(input.sync) || input.sync.syncStrategy?.apply !== undefined) return [];
  const tasks: SyncTask[] = [];
  for (const hookType of hookTypesOf(source.object)) {
    if (hookType === 'Skip' || hookType === 'PreDelete' || hookType === 'PostDelete') continue;
    const desired = namedHook(input, source, hookType);
    const live = liveByKey.get(resourceKeyText(desired.key));
    const wave = waveOf(desired.object);
    tasks.push(
      makeTask({
        phase: hookType,
        wave,
        key: desired.key,
        desired,
        ...(live === undefined ? {} : { live }),
        hookType,
        forbidden: false,
      }),
    );
  }
  return tasks;
}

/** True when only what differs is to be applied and this does not. What was started stays, or its wave would forget it. */
function isLeftOut(input: TaskInput, item: ComparedResource): boolean {
  const onlyOutOfSync = optionValue(input.options, 'ApplyOutOfSyncOnly') === 'true';
  return onlyOutOfSync && item.desired !== undefined && item.status === 'Synced' && !isStarted(input, item.key);
}

function resourceTask(input: TaskInput, item: ComparedResource): SyncTask[] {
  const object = item.desired?.object ?? item.live;
  if (object === undefined || !isSelected(input.sync, item.key)) return [];
  if (item.desired === undefined && (!item.requiresPruning || isKept(object))) return [];
  if (isLeftOut(input, item)) return [];
  const { key, desired, live } = item;
  const forbidden = item.status === 'Unknown';
  return [makeTask(defined({ phase: 'Sync' as const, wave: waveOf(object), key, desired, live, forbidden }))];
}

function withPruneWaves(tasks: readonly SyncTask[], options: SyncOptions): readonly SyncTask[] {
  const isPrune = (task: SyncTask): boolean => task.desired === undefined;
  const mirrored = mirrorWaves(tasks.filter(isPrune).map((task) => task.wave));
  const lastWave = Math.max(
    0,
    ...tasks.filter((task) => !isPrune(task) && task.phase === 'Sync').map(({ wave }) => wave),
  );
  return tasks.map((task) => {
    if (!isPrune(task)) return task;
    const last = optionValue(options, 'PruneLast') === 'true' || hasResourceOption(task.live, 'PruneLast=true');
    return { ...task, wave: last ? lastWave + 1 : (mirrored.get(task.wave) ?? task.wave) };
  });
}

/** True when `task` needs what `provider` brings: its namespace, or the definition of its kind. */
function depends(task: SyncTask, provider: SyncTask): boolean {
  if (task.id === provider.id || task.desired === undefined) return false;
  if (provider.kind === 'Namespace') return task.key.namespace === provider.name;
  const definition = provider.desired?.object;
  return (
    definition !== undefined &&
    getPath(definition, ['spec', 'group']) === task.key.group &&
    getPath(definition, ['spec', 'names', 'kind']) === task.key.kind
  );
}

function bubbleUp(tasks: readonly SyncTask[]): readonly SyncTask[] {
  return tasks.map((task) => {
    const provides = task.desired !== undefined && ['Namespace', 'CustomResourceDefinition'].includes(task.kind);
    if (!provides || task.phase === 'SyncFail') return task;
    const earliest = tasks
      .filter((other) => depends(other, task))
      .reduce<SyncTask>((first, other) => (isEarlier(other, first) ? other : first), task);
    return { ...task, id: taskId(earliest.phase, task.key), phase: earliest.phase, wave: earliest.wave };
  });
}

function isEarlier(a: SyncTask, b: SyncTask): boolean {
  return phaseRank(a.phase) - phaseRank(b.phase) < 0 || (a.phase === b.phase && a.wave < b.wave);
}

function namespaceObject(input: TaskInput, name: string): KubeObject {
  const managed = input.app.spec.syncPolicy?.managedNamespaceMetadata;
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: {
      name,
      ...(managed?.labels === undefined ? {} : { labels: managed.labels }),
      ...(managed?.annotations === undefined ? {} : { annotations: managed.annotations }),
    },
  };
}

/** The task that creates the destination namespace; none when it exists already or is part of the manifests. */
function namespaceTask(input: TaskInput, tasks: readonly SyncTask[]): readonly SyncTask[] {
  const name = input.app.spec.destination.namespace ?? '';
  if (name === '' || optionValue(input.options, 'CreateNamespace') !== 'true') return [];
  if (tasks.some((task) => task.kind === 'Namespace' && task.name === name)) return [];
  const live = input.live.find((object) => object.kind === 'Namespace' && object.metadata.name === name);
  const object = namespaceObject(input, name);
  const key = resourceKeyOf(object);
  const started = isStarted(input, key);
  if (live !== undefined && !started) return [];
  const wave = Math.min(0, ...tasks.filter((task) => task.phase === 'PreSync').map((task) => task.wave)) - 1;
  const desired = { key, object, resource: input.kinds[kindKey(object)]?.resource };
  const found = live === undefined ? {} : { live };
  return [makeTask({ phase: 'PreSync', wave, key, desired, ...found, forbidden: false })];
}

/** All tasks of a sync in the order in which they run. */
export function syncTasks(input: TaskInput): readonly SyncTask[] {
  const liveByKey = new Map(input.live.map((object) => [resourceKeyText(resourceKeyOf(object)), object]));
  const plain = input.resources
    .filter((item) => !item.skipped)
    .flatMap((item) => (item.hook ? hookTasks(input, item, liveByKey) : resourceTask(input, item)));
  const placed = bubbleUp(withPruneWaves(plain, input.options));
  return [...namespaceTask(input, placed), ...placed].sort(comparePlaced);
}

/** True when the object shall be applied by server-side apply. */
export function usesServerSideApply(task: SyncTask, options: SyncOptions): boolean {
  return isEnabled(options, task.desired?.object, 'ServerSideApply');
}
