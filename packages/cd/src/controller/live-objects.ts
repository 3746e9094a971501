import type { KubeObject, ObjectKey, ResourceRef } from '@argosy/kube/meta';
import type { Change, Informer, InformerFactory } from '@argosy/kube/runtime';
import {
  applicationKeyOfInstance,
  isIgnoredUpdate,
  resourceKeyOf,
  resourceKeyText,
  sealSecret,
  trackingOf,
  type ResourceKey,
  type ResourceSettings,
} from '../engine/index.ts';
import type { WrittenObjects } from './written-objects.ts';

const TRACKING_INDEX = 'argocd-tracking';

function trackingInstances(object: KubeObject): readonly string[] {
  const tracking = trackingOf(object);
  return tracking === undefined ? [] : [tracking.instance];
}

interface LiveObjectsOptions {
  readonly informers: InformerFactory;
  readonly written: WrittenObjects;
  readonly controlNamespace: string;
  readonly salt: string;
  /** Wakes an Application. */
  readonly wake: (key: ObjectKey) => void;
  /** What the installation's settings say now. */
  readonly resourceSettings: () => ResourceSettings;
}

/** Live objects of the kinds that any Application manages: one informer a kind, indexed by tracking. */
export class LiveObjects {
  readonly #options: LiveObjectsOptions;
  readonly #informers = new Map<string, Informer>();
  readonly #sealed = new WeakMap<KubeObject, KubeObject>();
  readonly #desiredBy = new Map<string, Set<string>>();
  readonly #desiredOf = new Map<string, readonly string[]>();
  readonly #leave: (() => void)[] = [];

  constructor(options: LiveObjectsOptions) {
    this.#options = options;
  }

  /** The synced informer of a resource. */
  async informer(resource: ResourceRef): Promise<Informer> {
    const name = `${resource.group}/${resource.version}/${resource.resource}`;
    const known = this.#informers.get(name);
    if (known !== undefined) {
      await known.synced();
      return known;
    }
    const informer = this.#options.informers.informer(resource);
    this.#informers.set(name, informer);
    informer.addIndex(TRACKING_INDEX, trackingInstances);
    this.#leave.push(informer.onChange((change) => this.#changed(change)));
    await informer.synced();
    return informer;
  }

  /** What an Application tracks in `resources`, and the live side of `keys`. Secrets are sealed. */
  async find(query: {
    readonly instance: string;
    readonly resources: readonly ResourceRef[];
    readonly keys: readonly { readonly key: ResourceKey; readonly resource: ResourceRef }[];
  }): Promise<readonly KubeObject[]> {
    const found = new Map<string, KubeObject>();
    const file = (object: KubeObject | undefined): void => {
      if (object === undefined) return;
      const text = resourceKeyText(resourceKeyOf(object));
      found.set(text, this.#seal(object));
    };
    for (const resource of query.resources) {
      const informer = await this.informer(resource);
      for (const object of informer.lister.byIndex(TRACKING_INDEX, query.instance)) {
        file(this.#options.written.newest(resourceKeyText(resourceKeyOf(object)), object));
      }
    }
    for (const { key, resource } of query.keys) {
      const informer = await this.informer(resource);
      const { namespace, name } = key;
      file(this.#options.written.newest(resourceKeyText(key), informer.lister.get({ namespace, name })));
    }
    return [...found.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => object);
  }

  /** Notes which objects an Application desires, so that their changes wake it even when they carry no tracking. */
  desires(app: string, keys: readonly string[]): void {
    if (this.#desiredOf.get(app) === keys) return;
    for (const key of this.#desiredOf.get(app) ?? []) this.#desiredBy.get(key)?.delete(app);
    if (keys.length === 0) this.#desiredOf.delete(app);
    else this.#desiredOf.set(app, keys);
    for (const key of keys) {
      const apps = this.#desiredBy.get(key) ?? new Set<string>();
      apps.add(app);
      this.#desiredBy.set(key, apps);
    }
  }

  /** Lets go of all informers. */
  close(): void {
    for (const leave of this.#leave.splice(0)) leave();
  }

  #seal(object: KubeObject): KubeObject {
    if (object.kind !== 'Secret') return object;
    const sealed = this.#sealed.get(object) ?? sealSecret(object, this.#options.salt);
    this.#sealed.set(object, sealed);
    return sealed;
  }

  #isIgnored({ before, after }: Change): boolean {
    if (before === undefined || after === undefined) return false;
    return isIgnoredUpdate(before, after, this.#options.resourceSettings());
  }

  #changed(change: Change): void {
    const { wake, written, controlNamespace } = this.#options;
    const object = change.after ?? change.before;
    if (object === undefined) return;
    const text = resourceKeyText(resourceKeyOf(object));
    written.seen(text, change.after);
    if (this.#isIgnored(change)) return;
    for (const each of [change.before, change.after]) {
      const tracking = each === undefined ? undefined : trackingOf(each);
      if (tracking !== undefined) wake(applicationKeyOfInstance(tracking.instance, controlNamespace));
    }
    for (const app of this.#desiredBy.get(text) ?? []) {
      const slash = app.indexOf('/');
      wake({ namespace: app.slice(0, slash), name: app.slice(slash + 1) });
    }
  }
}
