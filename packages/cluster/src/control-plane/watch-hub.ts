import { after, milliseconds, seconds, type Clock, type Logger, type Timer } from '@argosy/std';
import { kubeError, type KubeObject } from '@argosy/kube/meta';
import type { WatchRequest } from '@argosy/kube/port';
import {
  forbiddenField,
  invalid,
  parseVersion,
  presentBytes,
  presentObject,
  selectionOf,
  WebhooksNeeded,
  type ApiState,
  type Selection,
  type ServedResource,
  type WatchFrame,
  type WatchSink,
} from '../apiserver/index.ts';
import {
  createWatchHistory,
  decodeObject,
  encodeObject,
  typeChange,
  withResourceVersion,
  type StoreChange,
  type StoredObject,
  type TypedChange,
  type WatchHistory,
} from '../store/index.ts';
import { CommitRefused, type CommitQueue } from './commit-queue.ts';

/** Time between two bookmarks of a watch that asked for them, in milliseconds. */
export const BOOKMARK_INTERVAL_MS = 60_000;
/** How often the first state of a watch is read again when the log refused what it would have shown. */
const START_ATTEMPTS = 5;

/** A sink that can take the first state as one piece, however large it is. */
export interface HubSink extends WatchSink {
  readonly pushInitial?: (frames: readonly WatchFrame[]) => void;
}

/** Delivers durable changes to watchers. */
export interface WatchHub {
  open(resource: ServedResource, request: WatchRequest, sink: HubSink): () => void;
  publish(changes: readonly StoreChange[]): void;
  /** Ends every watch cleanly. */
  close(): void;
  watcherCount(): number;
}

interface Watcher {
  readonly resource: ServedResource;
  readonly namespace: string;
  readonly matches: (stored: StoredObject) => boolean;
  readonly sink: HubSink;
  readonly bookmarks: boolean;
  readonly timers: Timer[];
  /** Events up to this version are not shown (again). */
  from: number;
  live: boolean;
  ended: boolean;
}

interface Hub {
  readonly state: ApiState;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly queue: CommitQueue;
  /** Asks webhooks what these look like as `resource`, where that is theirs to say. */
  readonly convert: (resource: ServedResource, items: readonly StoredObject[]) => Promise<void>;
  readonly histories: Map<string, WatchHistory>;
  readonly watchers: Map<string, Set<Watcher>>;
  readonly frames: WeakMap<StoreChange, Map<string, WatchFrame>>;
  readonly floor: number;
  published: number;
}

function historyOf(hub: Hub, storage: string): WatchHistory {
  let history = hub.histories.get(storage);
  if (history === undefined) {
    history = createWatchHistory(hub.floor, hub.state.config.store);
    hub.histories.set(storage, history);
  }
  return history;
}

function end(hub: Hub, watcher: Watcher, error?: Error): void {
  if (watcher.ended) return;
  watcher.ended = true;
  hub.watchers.get(watcher.resource.storage)?.delete(watcher);
  for (const timer of watcher.timers) timer.cancel();
  try {
    watcher.sink.end(error);
  } catch (failure) {
    hub.logger.error('a watch sink failed while it was ended', { error: String(failure) });
  }
}

/** Gives one frame; a receiver that cannot keep up, or fails, is ended. */
function give(hub: Hub, watcher: Watcher, frame: WatchFrame): void {
  if (watcher.ended) return;
  let taken = false;
  try {
    taken = watcher.sink.push(frame);
  } catch (failure) {
    hub.logger.error('a watch sink failed', { error: String(failure) });
  }
  if (!taken) end(hub, watcher);
}

function frameOf(type: WatchFrame['type'], bytes: Uint8Array, read: () => KubeObject): WatchFrame {
  let known: KubeObject | undefined;
  return { type, bytes, object: () => (known ??= read()) };
}

function storedFrame(hub: Hub, resource: ServedResource, typed: TypedChange): WatchFrame {
  const { stored, type } = typed;
  const { state } = hub;
  return frameOf(type, presentBytes(state, resource, stored), () => presentObject(state.store, resource, stored));
}

/** The frame of a typed change, made once for all watchers that see it the same way. */
function changeFrame(
  hub: Hub,
  resource: ServedResource,
  given: { change: StoreChange; typed: TypedChange },
): WatchFrame {
  const { change, typed } = given;
  const crossing = typed.stored === change.previous;
  const key = `${typed.type}${crossing ? ' crossing' : ''} ${resource.apiVersion}`;
  let frames = hub.frames.get(change);
  if (frames === undefined) hub.frames.set(change, (frames = new Map()));
  const known = frames.get(key);
  if (known !== undefined) return known;
  let frame: WatchFrame;
  if (crossing) {
    const last = withResourceVersion(presentObject(hub.state.store, resource, typed.stored), change.resourceVersion);
    const bytes = encodeObject(last);
    frame = frameOf(typed.type, bytes, () => decodeObject(bytes));
  } else {
    frame = storedFrame(hub, resource, typed);
  }
  frames.set(key, frame);
  return frame;
}

function deliver(hub: Hub, watcher: Watcher, change: StoreChange): void {
  if (change.resourceVersion <= watcher.from) return;
  const typed = typeChange(change, watcher.matches);
  watcher.from = change.resourceVersion;
  if (typed === undefined) return;
  try {
    give(hub, watcher, changeFrame(hub, watcher.resource, { change, typed }));
  } catch (error) {
    if (!(error instanceof WebhooksNeeded)) throw error;
    // The definition changed under its objects: what a webhook once made of them counts no more. A list asks anew.
    end(hub, watcher, kubeError('Expired', 'the conversion of this resource changed; list it again'));
  }
}

function bookmarkFrame(hub: Hub, resource: ServedResource, given: { version: number; initial: boolean }): WatchFrame {
  void hub;
  const annotations = given.initial ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {};
  const object = {
    kind: resource.kind,
    apiVersion: resource.apiVersion,
    metadata: { resourceVersion: String(given.version), creationTimestamp: null, ...annotations },
  } as unknown as KubeObject;
  return frameOf('BOOKMARK', encodeObject(object), () => object);
}

function scheduleBookmarks(hub: Hub, watcher: Watcher): void {
  if (!watcher.bookmarks || watcher.ended) return;
  const timer = hub.clock.schedule(after(hub.clock.now(), milliseconds(BOOKMARK_INTERVAL_MS)), () => {
    watcher.timers.splice(watcher.timers.indexOf(timer), 1);
    if (watcher.live) {
      const version = Math.max(watcher.from, hub.published);
      give(hub, watcher, bookmarkFrame(hub, watcher.resource, { version, initial: false }));
    }
    scheduleBookmarks(hub, watcher);
  });
  watcher.timers.push(timer);
}

function scheduleEnd(hub: Hub, watcher: Watcher, timeoutSeconds: number | undefined): void {
  if (timeoutSeconds === undefined || timeoutSeconds <= 0) return;
  const at = after(hub.clock.now(), seconds(timeoutSeconds));
  watcher.timers.push(
    hub.clock.schedule(at, () => {
      if (watcher.bookmarks && watcher.live) {
        const version = Math.max(watcher.from, hub.published);
        give(hub, watcher, bookmarkFrame(hub, watcher.resource, { version, initial: false }));
      }
      end(hub, watcher);
    }),
  );
}

/** Shows what happened since `watcher.from` and lets the watcher follow from there. */
function goLive(hub: Hub, watcher: Watcher): void {
  for (const change of historyOf(hub, watcher.resource.storage).since(watcher.from)) deliver(hub, watcher, change);
  watcher.live = true;
}

function pushInitial(hub: Hub, watcher: Watcher, frames: readonly WatchFrame[]): void {
  if (watcher.sink.pushInitial !== undefined) {
    watcher.sink.pushInitial(frames);
    return;
  }
  for (const frame of frames) give(hub, watcher, frame);
}

async function showState(hub: Hub, watcher: Watcher, marksEnd: boolean): Promise<void> {
  const { state, queue } = hub;
  const { resource } = watcher;
  for (let attempt = 1; ; attempt += 1) {
    const version = state.store.resourceVersion();
    const items = state.store.list(resource.storage, watcher.namespace).filter(watcher.matches);
    try {
      await queue.durable(version);
    } catch (error) {
      if (!(error instanceof CommitRefused) || attempt >= START_ATTEMPTS) throw error;
      continue;
    }
    await hub.convert(resource, items);
    if (watcher.ended) return;
    watcher.from = version;
    pushInitial(
      hub,
      watcher,
      items.map((stored) => storedFrame(hub, resource, { type: 'ADDED', stored })),
    );
    if (marksEnd) give(hub, watcher, bookmarkFrame(hub, resource, { version, initial: true }));
    return;
  }
}

interface Start {
  readonly state: boolean;
  readonly marksEnd: boolean;
  readonly from: number;
}

function startOf(request: WatchRequest): Start {
  const refuse = (field: string, message: string): never => {
    throw invalid({ group: 'meta.k8s.io', kind: 'ListOptions' }, '', [forbiddenField(field, message)]);
  };
  const from = parseVersion(request.resourceVersion);
  if (request.sendInitialEvents === undefined) {
    if (request.resourceVersionMatch !== undefined) {
      refuse(
        'resourceVersionMatch',
        'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided',
      );
    }
    return { state: from === 0, marksEnd: false, from };
  }
  if (request.resourceVersionMatch !== 'NotOlderThan') {
    refuse('resourceVersionMatch', 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan');
  }
  if (request.sendInitialEvents && request.allowWatchBookmarks !== true) {
    refuse('sendInitialEvents', 'sendInitialEvents is forbidden for watch unless allowWatchBookmarks is true');
  }
  return { state: request.sendInitialEvents, marksEnd: request.sendInitialEvents, from };
}

async function start(hub: Hub, watcher: Watcher, from: Start): Promise<void> {
  try {
    // The caller gets its way out before the first frame.
    await Promise.resolve();
    if (watcher.ended) return;
    if (from.state) await showState(hub, watcher, from.marksEnd);
    if (!watcher.ended) goLive(hub, watcher);
  } catch (error) {
    end(hub, watcher, error instanceof CommitRefused ? kubeError('InternalError', error.message) : (error as Error));
  }
}

function selectionMatcher(resource: ServedResource, namespace: string, selection: Selection): Watcher['matches'] {
  const everything = selection.labels.length === 0 && selection.fields.length === 0;
  if (namespace === '') return everything ? () => true : selection.matches;
  return everything
    ? (stored) => stored.namespace === namespace
    : (stored) => stored.namespace === namespace && selection.matches(stored);
}

function openWatcher(hub: Hub, resource: ServedResource, given: { request: WatchRequest; sink: HubSink }): () => void {
  const { request, sink } = given;
  const from = startOf(request);
  const namespace = resource.namespaced ? request.namespace : '';
  const watcher: Watcher = {
    resource,
    namespace,
    matches: selectionMatcher(resource, namespace, selectionOf(resource, request)),
    sink,
    bookmarks: request.allowWatchBookmarks === true,
    timers: [],
    from: from.from,
    live: false,
    ended: false,
  };
  let watchers = hub.watchers.get(resource.storage);
  if (watchers === undefined) hub.watchers.set(resource.storage, (watchers = new Set()));
  watchers.add(watcher);
  scheduleBookmarks(hub, watcher);
  scheduleEnd(hub, watcher, request.timeoutSeconds);
  void start(hub, watcher, from);
  return () => end(hub, watcher);
}

function publish(hub: Hub, changes: readonly StoreChange[]): void {
  for (const change of changes) {
    hub.published = change.resourceVersion;
    historyOf(hub, change.resource).push(change);
    for (const watcher of hub.watchers.get(change.resource) ?? []) {
      if (watcher.live) deliver(hub, watcher, change);
    }
  }
}

/** Builds a hub whose histories begin at the loaded version. */
export function createWatchHub(
  options: Pick<Hub, 'state' | 'clock' | 'logger' | 'queue' | 'convert'> & { readonly floor: number },
): WatchHub {
  const hub: Hub = {
    ...options,
    histories: new Map(),
    watchers: new Map(),
    frames: new WeakMap(),
    published: options.floor,
  };
  return {
    open: (resource, request, sink) => openWatcher(hub, resource, { request, sink }),
    publish: (changes) => publish(hub, changes),
    close: () => {
      for (const watchers of hub.watchers.values()) for (const watcher of watchers) end(hub, watcher);
    },
    watcherCount: () => [...hub.watchers.values()].reduce((count, watchers) => count + watchers.size, 0),
  };
}
