import { must } from '@argosy/std';
import { resources } from '@argosy/api';
import type { Application, AppProject } from '@argosy/api/cd';
import { RestError, type RestRequest } from '@argosy/api/rest';
import type { KubeObject, ResourceRef } from '@argosy/kube/meta';
import type { Informer } from '@argosy/kube/runtime';
import { KindLookup, OrphanFinder } from '../controller/index.ts';
import {
  compareObjects,
  defined,
  desiredState,
  destinationNamespace,
  diffOptionsOf,
  isHook,
  isSecret,
  kindKey,
  projectNameOf,
  resourceKeyOf,
  resourceKeyText,
  resourceNode,
  resourceTree,
  sourcesOf,
  targetOf,
  type ApplicationTree,
  type DesiredResource,
  type ResourceNode,
  type ResourceSettings,
} from '../engine/index.ts';
import { createManifestLoader, type ManifestLoader, type SourceToLoad } from '../repo/index.ts';
import type { ServiceContext } from './context.ts';
import { maskSecret } from './mask.ts';
import { accessFor } from './repository-access.ts';

const OWNER_INDEX = 'argocd-owner-uid';

const ownerUids = (object: KubeObject): readonly string[] =>
  (object.metadata.ownerReferences ?? []).map((owner) => owner.uid);

const CHILD_RESOURCES: readonly ResourceRef[] = [
  resources.replicaSets,
  resources.pods,
  resources.endpoints,
  resources.endpointSlices,
  resources.jobs,
  resources.persistentVolumeClaims,
];

/** One pair of a comparison, as the API tells it. States are JSON texts, `null` when absent. */
export interface ResourceDiff {
  readonly group?: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
  readonly targetState: string;
  readonly liveState: string;
  readonly normalizedLiveState: string;
  readonly predictedLiveState: string;
  readonly hook?: boolean;
  readonly modified?: boolean;
  readonly resourceVersion?: string;
}

type StatusEntry = NonNullable<NonNullable<Application['status']>['resources']>[number];

const apiVersionOfEntry = (entry: StatusEntry): string =>
  entry.group === undefined || entry.group === '' ? (entry.version ?? '') : `${entry.group}/${entry.version ?? ''}`;

/** Reads what an Application is made of, from the same informers that the controller uses. */
export class ApplicationView {
  readonly #context: ServiceContext;
  readonly #kinds: KindLookup;
  readonly #loader: ManifestLoader;
  readonly #orphans: OrphanFinder;

  constructor(context: ServiceContext, salt: string) {
    this.#context = context;
    this.#kinds = new KindLookup(context.options.restMapper);
    this.#orphans = new OrphanFinder(context.options.informers, context.options.restMapper);
    this.#loader = context.options.loader ?? createManifestLoader({ repositories: context.options.repositories, salt });
  }

  /** The tree of managed objects and what they own. */
  async tree(app: Application): Promise<ApplicationTree> {
    const live = await this.liveObjects(app);
    const informers = await this.#childInformers(app);
    const childrenOf = (object: KubeObject): readonly KubeObject[] => children(informers, object);
    const settings = await this.settings();
    const tree = resourceTree([...live.values()], childrenOf, settings.health);
    const missing = (app.status?.resources ?? [])
      .filter((entry) => !live.has(entryKey(entry)) && entry.hook !== true)
      .map(missingNode);
    const orphans = await this.#orphans.find(app, await this.#projectOf(app), settings);
    const orphanedNodes = orphans.map((object) => resourceNode(object, [], settings.health));
    return { ...tree, nodes: [...tree.nodes, ...missing], orphanedNodes };
  }

  /** Live managed objects by resource key. */
  async liveObjects(app: Application): Promise<ReadonlyMap<string, KubeObject>> {
    const found = new Map<string, KubeObject>();
    for (const entry of app.status?.resources ?? []) {
      const informer = await this.#informerOf({ apiVersion: apiVersionOfEntry(entry), kind: entry.kind });
      const object = informer?.lister.get({ namespace: entry.namespace ?? '', name: entry.name });
      if (object !== undefined) found.set(entryKey(entry), object);
    }
    return found;
  }

  /** The manifests of the revision that was compared last, or of another one. */
  async manifests(
    app: Application,
    revision?: string,
  ): Promise<{ readonly revision: string; readonly sourceType: string; readonly desired: readonly DesiredResource[] }> {
    const wanted = await this.#sourcesToLoad(app, revision);
    const { name } = app.metadata;
    const about = { name, namespace: destinationNamespace(app), project: projectNameOf(app) };
    const loaded = await this.#loader.load(wanted, { app: about, fresh: false, hard: false });
    const [first] = loaded;
    const objects = loaded.length === 1 && first !== undefined ? first.objects : loaded.flatMap((each) => each.objects);
    const kinds = await this.#kinds.table(objects);
    const resources = await this.settings();
    const state = desiredState(objects, targetOf(app, kinds, { namespace: this.#context.namespace, resources }));
    return { revision: first?.revision ?? '', sourceType: first?.sourceType ?? 'Directory', desired: state.resources };
  }

  /** The sources at the revision that was compared last, or at another one. */
  async #sourcesToLoad(app: Application, revision: string | undefined): Promise<readonly SourceToLoad[]> {
    const sources = sourcesOf(app.spec);
    const wanted: SourceToLoad[] = [];
    for (const [index, source] of sources.entries()) {
      const asked = revision ?? comparedRevision(app, index) ?? source.targetRevision ?? '';
      const access = await accessFor(this.#context, source.repoURL, app.spec.project);
      wanted.push({ access, source, revision: asked });
    }
    return wanted;
  }

  /** Desired and live side by side; the content of Secrets is masked. */
  async managedResources(app: Application): Promise<readonly ResourceDiff[]> {
    const live = await this.liveObjects(app);
    const { desired } = await this.manifests(app);
    const byKey = new Map(desired.map((item) => [resourceKeyText(item.key), item]));
    const keys = [...new Set([...byKey.keys(), ...live.keys()])].sort();
    const settings = await this.settings();
    return keys.map((key) => diffOf({ app, settings }, byKey.get(key), live.get(key)));
  }

  /** One live object of the tree. */
  async resource(app: Application, query: Pick<RestRequest['query'], 'get'>): Promise<KubeObject> {
    const text = (field: string): string => query.get(field) ?? '';
    const [group, kind, namespace, name] = [text('group'), text('kind'), text('namespace'), text('resourceName')];
    const tree = await this.tree(app);
    const wanted = resourceKeyText({ group, kind, namespace, name });
    const node = tree.nodes.find((each) => entryKey(each) === wanted);
    if (node?.uid === undefined) {
      throw new RestError(
        'InvalidArgument',
        `${kind} ${group} ${name} not found as part of application ${app.metadata.name}`,
      );
    }
    const version = node.version ?? '';
    const informer = await this.#informerOf({ apiVersion: group === '' ? version : `${group}/${version}`, kind });
    const object = informer?.lister.get({ namespace, name });
    if (object === undefined) throw new RestError('NotFound', `${kind} ${name} not found`);
    return object;
  }

  async #projectOf(app: Application): Promise<AppProject | undefined> {
    const { projects, namespace } = this.#context;
    await projects.synced();
    return projects.lister.get({ namespace, name: projectNameOf(app) });
  }

  /** What the installation's settings say now. */
  async settings(): Promise<ResourceSettings> {
    const { settings } = this.#context;
    await settings.informer.synced();
    return settings.current();
  }

  async #informerOf(kind: { readonly apiVersion: string; readonly kind: string }): Promise<Informer | undefined> {
    const table = await this.#kinds.table([kind]);
    const resource = table[kindKey(kind)]?.resource;
    if (resource === undefined) return undefined;
    const informer = this.#context.options.informers.informer(resource);
    await informer.synced();
    return informer;
  }

  async #childInformers(app: Application): Promise<readonly Informer[]> {
    const managed = await Promise.all(
      (app.status?.resources ?? []).map((entry) =>
        this.#informerOf({ apiVersion: apiVersionOfEntry(entry), kind: entry.kind }),
      ),
    );
    const fixed = CHILD_RESOURCES.map((resource) => this.#context.options.informers.informer(resource));
    const informers = [...new Set([...fixed, ...managed.filter((informer) => informer !== undefined)])];
    for (const informer of informers) {
      informer.addIndex(OWNER_INDEX, ownerUids);
    }
    await Promise.all(informers.map((informer) => informer.synced()));
    return informers;
  }
}

function children(informers: readonly Informer[], object: KubeObject): readonly KubeObject[] {
  const { uid, namespace = '', name } = object.metadata;
  const owned = uid === undefined ? [] : informers.flatMap((informer) => informer.lister.byIndex(OWNER_INDEX, uid));
  if (object.kind !== 'Service' || object.apiVersion !== 'v1') return owned;
  const endpoints = informers
    .find((informer) => informer.resource.resource === 'endpoints')
    ?.lister.get({ namespace, name });
  return endpoints === undefined ? owned : [...owned, endpoints];
}

function comparedRevision(app: Application, index: number): string | undefined {
  const sync = app.status?.sync;
  return sync?.revisions?.[index] ?? sync?.revision;
}

function entryKey(entry: Pick<StatusEntry, 'group' | 'kind' | 'namespace' | 'name'>): string {
  return resourceKeyText({
    group: entry.group ?? '',
    kind: entry.kind,
    namespace: entry.namespace ?? '',
    name: entry.name,
  });
}

function missingNode(entry: StatusEntry): ResourceNode {
  const { group, version, kind, namespace, name } = entry;
  return {
    ...(group === undefined ? {} : { group }),
    ...(version === undefined ? {} : { version }),
    kind,
    ...(namespace === undefined ? {} : { namespace }),
    name,
    health: { status: 'Missing' },
  };
}

/** Whose resources are compared, and what the settings say of them. */
interface DiffContext {
  readonly app: Application;
  readonly settings: ResourceSettings;
}

const nothing = 'null';

/** A pair whose content may be shown. */
function plainStates(
  { app, settings }: DiffContext,
  desired: DesiredResource | undefined,
  live: KubeObject | undefined,
): States {
  const show = (object: KubeObject | undefined): string => (object === undefined ? nothing : JSON.stringify(object));
  const states = { targetState: show(desired?.object), liveState: show(live) };
  if (desired === undefined || live === undefined) {
    const predictedLiveState = show(desired?.object);
    return { ...states, normalizedLiveState: show(live), predictedLiveState, modified: desired !== undefined };
  }
  const compared = compareObjects(desired.object, live, diffOptionsOf(app, desired, settings));
  return {
    ...states,
    normalizedLiveState: show(compared.normalizedLive),
    predictedLiveState: show(compared.predictedLive),
    modified: compared.modified,
  };
}

/** A pair of Secrets: both sides masked; whether they differ is known from the controller. */
function secretStates(
  { app }: DiffContext,
  desired: DesiredResource | undefined,
  live: KubeObject | undefined,
): States {
  const show = (object: KubeObject | undefined): string =>
    object === undefined ? nothing : JSON.stringify(maskSecret(object));
  const [targetState, liveState] = [show(desired?.object), show(live)];
  const modified = statusOf(app, desired) === 'OutOfSync';
  return { targetState, liveState, normalizedLiveState: liveState, predictedLiveState: targetState, modified };
}

type States = Pick<ResourceDiff, 'targetState' | 'liveState' | 'normalizedLiveState' | 'predictedLiveState'> & {
  readonly modified: boolean;
};

const textOrNone = (text: string): string | undefined => (text === '' ? undefined : text);

function diffOf(
  context: DiffContext,
  desired: DesiredResource | undefined,
  live: KubeObject | undefined,
): ResourceDiff {
  const key = desired?.key ?? resourceKeyOf(must(live, 'one side of a pair'));
  const isHidden = key.kind === 'Secret' && key.group === '';
  const { modified, ...states } = (isHidden ? secretStates : plainStates)(context, desired, live);
  const hook = [desired?.object, live].some((object) => object !== undefined && isHook(object));
  return defined({
    group: textOrNone(key.group),
    kind: key.kind,
    namespace: textOrNone(key.namespace),
    name: key.name,
    ...states,
    hook: hook ? true : undefined,
    modified: modified ? true : undefined,
    resourceVersion: live?.metadata.resourceVersion,
  });
}

function statusOf(app: Application, desired: DesiredResource | undefined): string | undefined {
  if (desired === undefined) return undefined;
  const text = resourceKeyText(desired.key);
  return app.status?.resources?.find((entry) => entryKey(entry) === text)?.status;
}

/** Text of a live object for the API. */
export function manifestText(object: KubeObject): string {
  return JSON.stringify(isSecret(object) ? maskSecret(object) : object);
}
