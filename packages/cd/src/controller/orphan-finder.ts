import type { AppProject, Application } from '@argosy/api/cd';
import type { KubeObject, ResourceRef } from '@argosy/kube/meta';
import type { Informer, InformerFactory } from '@argosy/kube/runtime';
import { destinationNamespace, isOrphan, type ResourceSettings } from '../engine/index.ts';
import type { KindMapper } from './kind-mapper.ts';

const NAMESPACE_INDEX = 'argocd-namespace';
const namespaces = (object: KubeObject): readonly string[] => [object.metadata.namespace ?? ''];

/** Orphans beyond this many are not counted: a warning is for people. */
export const MAX_ORPHANS = 1000;

/** Finds what lies in the namespace of an Application and belongs to nobody. Looks only for projects that ask for it. */
export class OrphanFinder {
  readonly #informers: InformerFactory;
  readonly #mapper: KindMapper;
  readonly #known = new Map<string, Informer>();

  constructor(informers: InformerFactory, mapper: KindMapper) {
    this.#informers = informers;
    this.#mapper = mapper;
  }

  /** The orphans of an Application; empty when its project does not ask for them. */
  async find(
    app: Application,
    project: AppProject | undefined,
    settings: ResourceSettings,
  ): Promise<readonly KubeObject[]> {
    const namespace = destinationNamespace(app);
    if (project?.spec.orphanedResources === undefined || namespace === '') return [];
    const { spec } = project;
    const found: KubeObject[] = [];
    for (const resource of await this.#resources(settings)) {
      const informer = await this.#informer(resource);
      found.push(...informer.lister.byIndex(NAMESPACE_INDEX, namespace).filter((item) => isOrphan(item, spec)));
      if (found.length >= MAX_ORPHANS) break;
    }
    return found.slice(0, MAX_ORPHANS);
  }

  /** Every namespaced resource that can be listed and watched, in one version, unless the settings leave it out. */
  async #resources(settings: ResourceSettings): Promise<readonly ResourceRef[]> {
    const served = (await this.#mapper.all?.()) ?? [];
    const byKind = new Map<string, ResourceRef>();
    for (const { resource, kind, namespaced, verbs = [] } of served) {
      const watchable = namespaced && verbs.includes('list') && verbs.includes('watch');
      const key = `${resource.group}/${kind}`;
      if (watchable && !byKind.has(key) && !settings.isExcluded(resource.group, kind)) byKind.set(key, resource);
    }
    return [...byKind.values()];
  }

  async #informer(resource: ResourceRef): Promise<Informer> {
    const name = `${resource.group}/${resource.version}/${resource.resource}`;
    const informer = this.#known.get(name) ?? this.#informers.informer(resource);
    if (!this.#known.has(name)) informer.addIndex(NAMESPACE_INDEX, namespaces);
    this.#known.set(name, informer);
    await informer.synced();
    return informer;
  }
}
