import { createRandom, must, type Clock, type Logger, type Random } from '@argosy/std';
import {
  formatLabelSelector,
  hasReason,
  keyOf,
  parseLabelSelector,
  resourceText,
  type KubeList,
  type KubeObject,
  type ResourceRef,
} from '../meta/index.ts';
import { listObjects, type ClusterApi, type WatchEvent } from '../port/index.ts';
import { backoffMs, WATCH_BACKOFF } from './backoff.ts';
import type { Change, Informer, InformerFactory, Lister } from './contract.ts';
import { delay, expectManyListeners } from './delay.ts';
import { ObjectCache } from './object-cache.ts';

/** Objects a page when a list is read from the most recent version. */
export const LIST_PAGE_SIZE = 500;

/** A watch asks to be ended after this long plus up to as much again, so that long streams are renewed. */
export const WATCH_TIMEOUT_SECONDS = 300;

/** A watch that ended sooner without an event counts as a failure, so that a broken server is not hammered. */
export const SHORT_WATCH_MS = 1000;

/** What informers need. */
export interface InformerFactoryOptions {
  readonly api: ClusterApi;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Ends all informers of the factory. */
  readonly signal: AbortSignal;
  /**
   * Seeds the jitter of retries.
   * @default 0
   */
  readonly seed?: number;
  /** Applied to each object before it is filed, e.g. to drop fields nobody reads. Pure; must keep metadata. */
  readonly transform?: (object: KubeObject, resource: ResourceRef) => KubeObject;
}

interface Scope {
  readonly resource: ResourceRef;
  readonly namespace: string;
  readonly labelSelector?: string;
}

type Handler = (change: Change) => void;

/** One list-and-watch. Starts by `run`; never throws; ends with the signal. */
class ListWatch implements Informer {
  readonly resource: ResourceRef;
  readonly #options: InformerFactoryOptions;
  readonly #scope: Scope;
  readonly #cache = new ObjectCache();
  readonly #handlers = new Set<Handler>();
  readonly #logger: Logger;
  readonly #random: Random;
  #resourceVersion: string | undefined;
  #failures = 0;
  #isSynced = false;
  readonly #synced: Promise<void>;
  #markSynced: () => void = () => undefined;

  constructor(options: InformerFactoryOptions, scope: Scope) {
    this.resource = scope.resource;
    this.#options = options;
    this.#scope = scope;
    this.#logger = options.logger.with({ resource: resourceText(scope.resource) });
    this.#random = createRandom(options.seed ?? 0);
    this.#synced = new Promise((resolve) => {
      this.#markSynced = resolve;
    });
  }

  get lister(): Lister {
    return this.#cache;
  }

  synced(): Promise<void> {
    return this.#synced;
  }

  onChange(handler: Handler): () => void {
    const own: Handler = (change) => handler(change);
    this.#handlers.add(own);
    for (const object of this.#cache.list()) this.#call(own, { key: keyOf(object), after: object });
    return () => this.#handlers.delete(own);
  }

  addIndex(name: string, valuesOf: (object: KubeObject) => readonly string[]): void {
    this.#cache.addIndex(name, valuesOf);
  }

  async run(): Promise<void> {
    const { signal, clock } = this.#options;
    while (!signal.aborted) {
      const failed = await this.#round();
      if (signal.aborted) return;
      if (failed) await delay(clock, backoffMs(WATCH_BACKOFF, this.#failures++, this.#random), signal);
    }
  }

  /** One list if needed and one watch; true when the next round must wait. */
  async #round(): Promise<boolean> {
    try {
      if (this.#resourceVersion === undefined) await this.#list();
      return await this.#watch();
    } catch (error) {
      if (this.#options.signal.aborted) return false;
      if (hasReason(error, 'Expired', 'Gone')) {
        this.#logger.debug('watch expired, listing again');
        // An immediate relist is right once; a server that keeps expiring us must not be hammered.
        this.#resourceVersion = undefined;
        return this.#failures++ > 0;
      }
      this.#logger.warn('list or watch failed', { error, failures: this.#failures });
      return true;
    }
  }

  async #list(): Promise<void> {
    const { items, resourceVersion } = await this.#readAll();
    const present = new Set<string>();
    for (const item of items) {
      present.add(`${item.metadata.namespace ?? ''}/${item.metadata.name}`);
      this.#file(item);
    }
    for (const object of this.#cache.list()) {
      if (present.has(`${object.metadata.namespace ?? ''}/${object.metadata.name}`)) continue;
      this.#announce(this.#cache.remove(keyOf(object)));
    }
    this.#resourceVersion = resourceVersion;
    this.#isSynced = true;
    this.#markSynced();
  }

  /** The first list may come from the server's cache; later ones follow an expiry and must be most recent. */
  async #readAll(): Promise<{ readonly items: readonly KubeObject[]; readonly resourceVersion: string }> {
    if (!this.#isSynced) return this.#readPages({ resourceVersion: '0' });
    try {
      return await this.#readPages({ limit: LIST_PAGE_SIZE });
    } catch (error) {
      if (!hasReason(error, 'Expired', 'Gone')) throw error;
      return this.#readPages({});
    }
  }

  async #readPages(first: { readonly resourceVersion?: string; readonly limit?: number }) {
    const { resource, namespace, labelSelector } = this.#scope;
    const more = { signal: this.#options.signal, ...(labelSelector === undefined ? {} : { labelSelector }) };
    const items: KubeObject[] = [];
    let page: KubeList = await listObjects(this.#options.api, { resource, namespace }, { ...first, ...more });
    for (;;) {
      for (const item of page.items) items.push(withKind(item, page));
      const next = page.metadata.continue;
      if (next === undefined || next === '') break;
      const rest = { limit: first.limit ?? LIST_PAGE_SIZE, continue: next, ...more };
      page = await listObjects(this.#options.api, { resource, namespace }, rest);
    }
    return { items, resourceVersion: must(page.metadata.resourceVersion, 'resourceVersion of a list') };
  }

  /** Follows one watch to its end; true when it ended so soon that the next must wait. */
  async #watch(): Promise<boolean> {
    const { api, clock, signal } = this.#options;
    const startedAt = clock.now();
    let events = 0;
    const stream = api.watch({
      ...this.#scope,
      resourceVersion: must(this.#resourceVersion, 'resourceVersion to watch from'),
      allowWatchBookmarks: true,
      timeoutSeconds: WATCH_TIMEOUT_SECONDS + this.#random.below(WATCH_TIMEOUT_SECONDS),
      signal,
    });
    for await (const event of stream) {
      events += 1;
      this.#failures = 0;
      this.#take(event);
    }
    const wasShort = events === 0 && clock.now() - startedAt < SHORT_WATCH_MS;
    if (!wasShort) this.#failures = 0;
    return wasShort;
  }

  #take(event: WatchEvent): void {
    if (event.type === 'DELETED') this.#announce(this.#cache.remove(keyOf(event.object)));
    else if (event.type !== 'BOOKMARK') this.#file(event.object);
    this.#resourceVersion = event.object.metadata.resourceVersion ?? this.#resourceVersion;
  }

  #file(object: KubeObject): void {
    const transform = this.#options.transform;
    const before = this.#cache.get(keyOf(object));
    // Another uid under the same name is another object: its predecessor's end was missed, so it is told now.
    if (before !== undefined && before.metadata.uid !== object.metadata.uid) {
      this.#announce(this.#cache.remove(keyOf(object)));
    }
    this.#announce(this.#cache.put(transform === undefined ? object : transform(object, this.resource)));
  }

  #announce(change: Change | undefined): void {
    if (change === undefined) return;
    for (const handler of this.#handlers) this.#call(handler, change);
  }

  #call(handler: Handler, change: Change): void {
    try {
      handler(change);
    } catch (error) {
      // A handler's fault must not end the stream for all others.
      this.#logger.error('change handler failed', { error, key: change.key });
    }
  }
}

/** Items of built-in lists come without apiVersion and kind from a real API server; the list knows them. */
function withKind(item: KubeObject, list: KubeList): KubeObject {
  const bare: { readonly apiVersion?: string; readonly kind?: string } = item;
  if (bare.apiVersion !== undefined && bare.kind !== undefined) return item;
  return { ...item, apiVersion: list.apiVersion, kind: list.kind.replace(/List$/, '') };
}

/** Creates the informers of a process: one list-and-watch for each (resource, namespace, selector) that is asked for. */
export function createInformerFactory(options: InformerFactoryOptions): InformerFactory {
  const running = new Map<string, ListWatch>();
  expectManyListeners(options.signal);

  function informer<T extends KubeObject>(
    resource: ResourceRef,
    more: { readonly namespace?: string; readonly labelSelector?: string } = {},
  ): Informer<T> {
    const namespace = more.namespace ?? '';
    // Selectors that say the same share one informer.
    const labelSelector =
      more.labelSelector === undefined ? '' : formatLabelSelector(parseLabelSelector(more.labelSelector));
    const { group, version } = resource;
    const id = [group, version, resource.resource, namespace, labelSelector].join('|');
    let found = running.get(id);
    if (found === undefined) {
      const scope = { resource, namespace, ...(labelSelector === '' ? {} : { labelSelector }) };
      found = new ListWatch(options, scope);
      running.set(id, found);
      void found.run();
    }
    return found as Informer as Informer<T>;
  }
  return { informer };
}
