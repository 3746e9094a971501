import type { Application } from '@argosy/api/cd';
import { keyText } from '@argosy/kube/meta';
import type { Change, Informer } from '@argosy/kube/runtime';

/** One item of a watch, as the API tells it. */
export interface ApplicationWatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly application: Application;
}

/** What one watcher wants. */
export interface WatchQuery {
  /** Decides by identity and query; called for every change. */
  readonly matches: (app: Application) => boolean;
  /** Send what exists first. */
  readonly initial: boolean;
  readonly signal: AbortSignal;
}

/** Open watches; more are refused by the caller. */
export const MAX_WATCHERS = 5000;

class Watcher {
  readonly #pending = new Map<string, ApplicationWatchEvent>();
  #wake: (() => void) | undefined;
  #ended = false;

  /** Files an event; an older one of the same object that nobody has taken yet is replaced. */
  push(event: ApplicationWatchEvent): void {
    const key = keyText({
      namespace: event.application.metadata.namespace ?? '',
      name: event.application.metadata.name,
    });
    const older = this.#pending.get(key);
    const type = older?.type === 'ADDED' && event.type === 'MODIFIED' ? 'ADDED' : event.type;
    this.#pending.set(key, { ...event, type });
    this.#wake?.();
  }

  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  async *events(): AsyncGenerator<ApplicationWatchEvent> {
    while (!this.#ended) {
      const [next] = this.#pending;
      if (next === undefined) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        this.#wake = undefined;
      } else {
        this.#pending.delete(next[0]);
        yield next[1];
      }
    }
  }
}

/**
 * All watches of Applications behind one informer: a change costs one filter a watcher, and a watcher that is slow holds
 * at most one event an Application.
 */
export class ApplicationWatchHub {
  readonly #informer: Informer<Application>;
  readonly #watchers = new Map<Watcher, WatchQuery>();

  constructor(informer: Informer<Application>, signal: AbortSignal) {
    this.#informer = informer;
    const leave = informer.onChange((change) => this.#changed(change));
    signal.addEventListener('abort', () => {
      leave();
      for (const watcher of this.#watchers.keys()) watcher.end();
    });
  }

  /** Watches that are open now. */
  get size(): number {
    return this.#watchers.size;
  }

  /** A stream of changes; it ends when the query's signal aborts. */
  async *watch(query: WatchQuery): AsyncGenerator<ApplicationWatchEvent> {
    await this.#informer.synced();
    const watcher = new Watcher();
    const end = (): void => watcher.end();
    query.signal.addEventListener('abort', end);
    if (query.signal.aborted) end();
    const existing = query.initial ? this.#informer.lister.list() : [];
    for (const application of existing) if (query.matches(application)) watcher.push({ type: 'ADDED', application });
    this.#watchers.set(watcher, query);
    try {
      yield* watcher.events();
    } finally {
      this.#watchers.delete(watcher);
      query.signal.removeEventListener('abort', end);
    }
  }

  #changed({ before, after }: Change<Application>): void {
    const application = after ?? before;
    if (application === undefined) return;
    const type = after === undefined ? 'DELETED' : before === undefined ? 'ADDED' : 'MODIFIED';
    for (const [watcher, query] of this.#watchers) {
      if (query.matches(application)) watcher.push({ type, application });
    }
  }
}
