import { unreachable } from '@argosy/std';
import type { Application, AppProject } from '@argosy/api/cd';
import { hasReason, keyText, type KubeObject, type ObjectKey, type ResourceRef } from '@argosy/kube/meta';
import { deleteObject } from '@argosy/kube/port';
import type { ControllerContext, Informer } from '@argosy/kube/runtime';
import {
  desiredState,
  destinationNamespace,
  kindKey,
  projectNameOf,
  resourceKeyOf,
  resourceKeyText,
  targetOf,
  type ApplicationAction,
  type ApplicationObserved,
  type ApplicationResult,
  type ApplyTask,
  type DeleteTarget,
  type DesiredResource,
  type EngineSettings,
  type KindTable,
  type ManifestOutcome,
  type ManifestRequest,
  type ResourceSettings,
} from '../engine/index.ts';
import {
  findAccess,
  readRepositorySecret,
  RepositoryError,
  unsealSecret,
  type ManifestLoader,
  type RenderedSource,
} from '../repo/index.ts';
import { ApplicationMemory, type SlotName } from './application-memory.ts';
import { applyResource, refusalMessage } from './apply-resource.ts';
import { inParallel } from './in-parallel.ts';
import type { KindLookup } from './kind-mapper.ts';
import type { OrphanFinder } from './orphan-finder.ts';
import type { LiveObjects } from './live-objects.ts';
import { publishApplication } from './publish-application.ts';
import type { WrittenObjects } from './written-objects.ts';

/** What the reconciler works with. */
export interface ReconcilerParts {
  readonly context: ControllerContext;
  readonly applications: Informer<Application>;
  readonly projects: Informer<AppProject>;
  readonly secrets: Informer;
  readonly live: LiveObjects;
  readonly written: WrittenObjects;
  readonly kinds: KindLookup;
  readonly loader: ManifestLoader;
  readonly wake: (key: ObjectKey) => void;
  /** What the installation's settings say now. */
  readonly resourceSettings: () => ResourceSettings;
  readonly orphans: OrphanFinder;
}

/** Writes of one action that are under way at once. */
const MAX_PARALLEL_WRITES = 16;

const appKeyText = (key: ObjectKey): string => resourceKeyText({ group: 'argoproj.io', kind: 'Application', ...key });

type KindName = { readonly apiVersion: string; readonly kind: string };

/** The edge of delivery: reads what the planner asks about, performs what it decides. */
export class ApplicationReconciler {
  readonly #parts: ReconcilerParts;
  readonly #settings: EngineSettings;
  readonly #memories = new Map<string, ApplicationMemory>();
  readonly #desiredKeys = new WeakMap<readonly DesiredResource[], readonly string[]>();

  constructor(parts: ReconcilerParts, settings: EngineSettings) {
    this.#parts = parts;
    this.#settings = settings;
  }

  /** Everything that the planner sees of one Application; `undefined` when it is gone. */
  async observe(key: ObjectKey): Promise<ApplicationObserved | undefined> {
    const { applications, projects, written, kinds } = this.#parts;
    const found = applications.lister.get(key);
    if (found === undefined) return this.#forget(key);
    const app = written.newest(appKeyText(key), found) ?? found;
    const memory = this.#memory(key, app);
    const project = projects.lister.get({ namespace: this.#settings.namespace, name: projectNameOf(app) });
    const table = await kinds.table(kindsOf(app, memory));
    const live = await this.#live(app, memory, table);
    const orphans = await this.#parts.orphans.find(app, project, this.#parts.resourceSettings());
    return {
      app,
      ...(project === undefined ? {} : { project }),
      manifests: memory.slot('spec'),
      operationManifests: memory.slot('operation'),
      live,
      kinds: table,
      outcomes: memory.outcomes(),
      orphans: orphans.length,
      settings: this.#currentSettings(),
    };
  }

  /** Performs one planned action. Refusals by the cluster become outcomes; passing trouble ends the round. */
  async apply(action: ApplicationAction, observed: ApplicationObserved): Promise<void> {
    const key = { namespace: observed.app.metadata.namespace ?? '', name: observed.app.metadata.name };
    const memory = this.#memory(key, observed.app);
    switch (action.kind) {
      case 'load-manifests':
        if (memory.begin(action.slot, action.request.id)) void this.#load(key, memory, action);
        return;
      case 'dry-run-resources':
      case 'apply-resources':
        await inParallel(action.tasks, MAX_PARALLEL_WRITES, (task) =>
          this.#applyTask(memory, task, action.kind === 'dry-run-resources'),
        );
        return this.#parts.wake(key);
      case 'delete-resources':
        await inParallel(action.targets, MAX_PARALLEL_WRITES, (target) => this.#delete(memory, target));
        return this.#parts.wake(key);
      case 'forget-outcomes':
        return memory.forgetOutcomes();
      case 'record-event':
        return this.#parts.context.events.record(observed.app, action.event);
      default:
        return unreachable(action);
    }
  }

  /** Writes the result, in one patch, if it differs. */
  async publish(observed: ApplicationObserved, result: ApplicationResult): Promise<void> {
    const { context, written } = this.#parts;
    const stored = await publishApplication(context.api, observed.app, result);
    if (stored === undefined) return;
    const key = { namespace: observed.app.metadata.namespace ?? '', name: observed.app.metadata.name };
    written.remember(appKeyText(key), stored);
    if (result.dropAnnotations.length > 0) this.#memory(key, observed.app).acknowledge();
  }

  /** Lets failed loads of an Application be tried again. */
  forgetFailures(key: string): void {
    this.#memories.get(key)?.forgetFailure('spec');
    this.#memories.get(key)?.forgetFailure('operation');
  }

  #currentSettings(): EngineSettings {
    const resources = this.#parts.resourceSettings();
    const { pollIntervalMs = this.#settings.pollIntervalMs, pollJitterMs = this.#settings.pollJitterMs } = resources;
    return { ...this.#settings, pollIntervalMs, pollJitterMs, resources };
  }

  #memory(key: ObjectKey, app: Application): ApplicationMemory {
    const text = keyText(key);
    const uid = app.metadata.uid ?? '';
    const known = this.#memories.get(text);
    if (known !== undefined && known.uid === uid) return known;
    const memory = new ApplicationMemory(uid);
    this.#memories.set(text, memory);
    return memory;
  }

  #forget(key: ObjectKey): undefined {
    this.#memories.delete(keyText(key));
    this.#parts.live.desires(keyText(key), []);
    this.#parts.written.seen(appKeyText(key), undefined);
    return undefined;
  }

  async #live(app: Application, memory: ApplicationMemory, kinds: KindTable): Promise<readonly KubeObject[]> {
    const target = targetOf(app, kinds, this.#currentSettings());
    const { instance } = target;
    const slots = [memory.slot('spec'), memory.slot('operation')];
    const desired = slots.flatMap(({ outcome }) =>
      outcome?.ok === true ? desiredState(outcome.objects, target).resources : [],
    );
    const namespace = namespaceResource(app, kinds);
    const keys = [...desired, ...namespace].flatMap(({ key, resource }) =>
      resource === undefined || key.name === '' ? [] : [{ key, resource }],
    );
    const texts = this.#keyTexts(
      slots[0]?.outcome?.ok === true ? desiredState(slots[0].outcome.objects, target).resources : [],
    );
    this.#parts.live.desires(keyText({ namespace: app.metadata.namespace ?? '', name: app.metadata.name }), texts);
    return await this.#parts.live.find({ instance, resources: resourcesOf(kinds), keys });
  }

  #keyTexts(desired: readonly DesiredResource[]): readonly string[] {
    const known = this.#desiredKeys.get(desired) ?? desired.map((item) => resourceKeyText(item.key));
    this.#desiredKeys.set(desired, known);
    return known;
  }

  async #load(
    key: ObjectKey,
    memory: ApplicationMemory,
    action: { slot: SlotName; request: ManifestRequest },
  ): Promise<void> {
    const { context, wake } = this.#parts;
    const { slot, request } = action;
    const before = memory.slot(slot).outcome;
    const failures = before?.request.sourceId === request.sourceId ? before.failures : 0;
    let secrets: ReadonlyMap<string, KubeObject> = new Map();
    let outcome: ManifestOutcome;
    try {
      const loaded = await this.#loadSources(key, request);
      secrets = new Map(loaded.flatMap((source) => [...source.secrets]));
      outcome = { request, at: context.clock.now(), failures: 0, ok: true, ...joined(loaded) };
    } catch (error) {
      const told = this.#explain(key, error);
      outcome = { request, at: context.clock.now(), failures: failures + 1, ok: false, ...told };
    }
    if (memory.finish(slot, outcome, secrets) && !context.signal.aborted) wake(key);
  }

  /** What a failed load says to the user; what is not a repository's fault is ours, and is logged. */
  #explain(key: ObjectKey, error: unknown): { readonly reason: string; readonly message: string } {
    if (error instanceof RepositoryError) return { reason: error.kind, message: error.message };
    this.#parts.context.logger.error('manifest load failed', { key: keyText(key), error });
    return { reason: 'Unknown', message: 'manifests could not be loaded: internal error' };
  }

  async #loadSources(key: ObjectKey, request: ManifestRequest): Promise<readonly RenderedSource[]> {
    const { loader, secrets, applications } = this.#parts;
    await secrets.synced();
    const app = applications.lister.get(key);
    const project = app === undefined ? 'default' : projectNameOf(app);
    const known = secrets.lister
      .list()
      .map(readRepositorySecret)
      .filter((secret) => secret !== undefined);
    const sources = request.sources.map((source, index) => ({
      access: findAccess(known, source.repoURL, project),
      source,
      revision: request.revisions[index] ?? '',
    }));
    const namespace = app === undefined ? '' : destinationNamespace(app);
    return await loader.load(sources, { app: { name: key.name, namespace, project }, fresh: true, hard: request.hard });
  }

  async #applyTask(memory: ApplicationMemory, task: ApplyTask, dryRun: boolean): Promise<void> {
    const { context, written } = this.#parts;
    try {
      const object = unsealSecret(task.object, memory.secrets());
      const applied = await applyResource(context.api, { ...task, object }, dryRun);
      if (applied.object !== undefined)
        written.remember(resourceKeyText(resourceKeyOf(applied.object)), applied.object);
      memory.record({ taskId: task.id, dryRun, ok: true, message: applied.message });
    } catch (error) {
      const message = refusalMessage(error, task);
      if (message === undefined) throw error;
      memory.record({ taskId: task.id, dryRun, ok: false, message });
    }
  }

  async #delete(memory: ApplicationMemory, target: DeleteTarget): Promise<void> {
    const { resource, key, uid, propagationPolicy, taskId } = target;
    const preconditions = uid === undefined ? {} : { preconditions: { uid } };
    try {
      await deleteObject(this.#parts.context.api, { resource, key }, { propagationPolicy, ...preconditions });
    } catch (error) {
      // Another object of the same name took its place: what was to go is gone.
      if (hasReason(error, 'Conflict')) return;
      if (taskId === undefined || !hasReason(error, 'Forbidden', 'Invalid', 'BadRequest', 'MethodNotAllowed'))
        throw error;
      memory.record({ taskId, dryRun: false, ok: false, message: error.message });
    }
  }
}

function joined(
  loaded: readonly RenderedSource[],
): Pick<Extract<ManifestOutcome, { ok: true }>, 'revisions' | 'sourceTypes' | 'objects'> {
  const [first] = loaded;
  return {
    revisions: loaded.map((source) => source.revision),
    sourceTypes: loaded.map((source) => source.sourceType),
    objects: loaded.length === 1 && first !== undefined ? first.objects : loaded.flatMap((source) => source.objects),
  };
}

/** All kinds that an Application has to do with: what it desires, and what it was last seen to manage. */
function kindsOf(app: Application, memory: ApplicationMemory): readonly KindName[] {
  const slots = [memory.slot('spec'), memory.slot('operation')];
  const desired = slots.flatMap(({ outcome }) => (outcome?.ok === true ? outcome.objects : []));
  const managed = (app.status?.resources ?? []).map(({ group, version, kind }) => ({
    apiVersion: group === undefined || group === '' ? (version ?? '') : `${group}/${version ?? ''}`,
    kind,
  }));
  const synced = (app.status?.operationState?.syncResult?.resources ?? []).map(({ group, version, kind }) => ({
    apiVersion: group === '' ? version : `${group}/${version}`,
    kind,
  }));
  return [...desired, ...managed, ...synced, { apiVersion: 'v1', kind: 'Namespace' }];
}

function resourcesOf(kinds: KindTable): readonly ResourceRef[] {
  const found = new Map<string, ResourceRef>();
  for (const info of Object.values(kinds)) {
    if (info !== null) found.set(`${info.resource.group}/${info.resource.resource}`, info.resource);
  }
  return [...found.values()];
}

/** The destination namespace as something to observe. */
function namespaceResource(app: Application, kinds: KindTable): readonly DesiredResource[] {
  const name = destinationNamespace(app);
  const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
  const resource = kinds[kindKey(object)]?.resource;
  return name === '' ? [] : [{ key: resourceKeyOf(object), object, resource }];
}
