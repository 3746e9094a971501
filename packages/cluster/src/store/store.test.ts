import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import type { KubeObject } from '@argosy/kube/meta';
import { instant } from '@argosy/std';
import { createPinnedLists } from './pinned-lists.ts';
import { createStore, type Store } from './store.ts';
import { createTreeCache } from './tree-cache.ts';
import { createWatchHistory, typeChange } from './watch-history.ts';
import { DEFAULT_STORE_LIMITS } from './limits.ts';

const RESOURCE = '/configmaps';
const object = (namespace: string, name: string, value = 0): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { namespace, name, uid: `${namespace}/${name}`, labels: { value: String(value) } },
});
const fresh = (): Store => createStore({ indexFields: () => ({}) });
const snapshot = (store: Store): unknown =>
  store.list(RESOURCE, '').map((stored) => [store.tree(stored), Buffer.from(stored.bytes).toString()]);

interface Write {
  readonly namespace: string;
  readonly name: string;
  readonly value: number;
}
const write: fc.Arbitrary<Write> = fc.record({
  namespace: fc.constantFrom('a', 'b', ''),
  name: fc.constantFrom('x', 'y', 'z', '10', '9'),
  value: fc.integer({ min: -1, max: 4 }),
});
const perform = (store: Store, { namespace, name, value }: Write): void => {
  const stored = store.get(RESOURCE, namespace, name);
  if (value >= 0) store.write(RESOURCE, object(namespace, name, value));
  else if (stored !== undefined) store.remove(stored);
};

describe('store', () => {
  it('lists by namespace and name whatever the order of writes, and gives versions that grow', () => {
    fc.assert(
      fc.property(fc.array(write), (writes) => {
        const store = fresh();
        const model = new Map<string, number>();
        let last = 0;
        for (const item of writes) {
          perform(store, item);
          expect(store.resourceVersion()).toBeGreaterThanOrEqual(last);
          last = store.resourceVersion();
          if (item.value >= 0) model.set(`${item.namespace}/${item.name}`, item.value);
          else model.delete(`${item.namespace}/${item.name}`);
          // Listing in between must not disturb what later lists show.
          if (item.value === 2) store.list(RESOURCE, item.namespace);
        }
        const keys = store.list(RESOURCE, '').map((stored) => `${stored.namespace}/${stored.name}`);
        const order = (key: string): string => key.replace('/', '\0');
        expect(keys).toEqual([...model.keys()].sort((a, b) => (order(a) < order(b) ? -1 : 1)));
        const versions = store.list(RESOURCE, '').map((stored) => stored.resourceVersion);
        expect(new Set(versions).size).toBe(versions.length);
      }),
    );
  });

  it('is after a rollback as if nothing had been written', () => {
    fc.assert(
      fc.property(fc.array(write), fc.array(write), (kept, lost) => {
        const store = fresh();
        for (const item of kept) perform(store, item);
        store.commit(store.uncommitted().length);
        const before = snapshot(store);
        for (const item of lost) perform(store, item);
        store.rollback(0);
        expect(snapshot(store)).toEqual(before);
        expect(store.uncommitted()).toEqual([]);
      }),
    );
  });

  it('takes back only what came after the mark', () => {
    const store = fresh();
    store.write(RESOURCE, object('a', 'kept'));
    const mark = store.mark();
    store.write(RESOURCE, object('a', 'lost'));
    store.rollback(mark);
    expect(store.list(RESOURCE, 'a').map((stored) => stored.name)).toEqual(['kept']);
    expect(store.uncommitted().length).toBe(1);
  });

  it('never gives out a version twice, not even after a rollback', () => {
    const store = fresh();
    const lost = store.write(RESOURCE, object('a', 'x')).resourceVersion;
    store.rollback(0);
    expect(store.write(RESOURCE, object('a', 'x')).resourceVersion).toBeGreaterThan(lost);
  });

  it('gives frozen trees', () => {
    const store = fresh();
    const tree = store.tree(store.write(RESOURCE, object('a', 'x')));
    expect(() => Object.assign(tree.metadata, { name: 'y' })).toThrow(TypeError);
  });

  it('loads what another store held', () => {
    const store = fresh();
    store.write(RESOURCE, object('a', 'x', 3));
    const loaded = fresh();
    loaded.load(
      store.list(RESOURCE, '').map(({ resource, bytes }) => ({ resource, bytes })),
      40,
    );
    expect(snapshot(loaded)).toEqual(snapshot(store));
    expect(loaded.resourceVersion()).toBe(40);
  });
});

describe('tree cache', () => {
  it('stays within its bytes and reads again what it forgot', () => {
    const store = fresh();
    const stored = Array.from({ length: 50 }, (_, index) => store.write(RESOURCE, object('a', `n${index}`)));
    const limit = stored.slice(0, 10).reduce((sum, item) => sum + item.bytes.byteLength, 0);
    const cache = createTreeCache(limit, true);
    for (const item of stored) {
      expect(cache.read(item).metadata.name).toBe(item.name);
      expect(cache.byteCount()).toBeLessThanOrEqual(limit);
    }
    const [first] = stored;
    expect(first && cache.read(first).metadata.name).toBe('n0');
  });
});

describe('tree cache under one object', () => {
  it('does not grow when the object is replaced again and again', () => {
    const store = fresh();
    const cache = createTreeCache(1_000_000, false);
    for (let index = 0; index < 20_000; index += 1) {
      const stored = store.write(RESOURCE, object('a', 'x', index % 5));
      cache.keep(stored, store.tree(stored));
      cache.drop(stored);
    }
    store.commit(store.uncommitted().length);
    expect(cache.byteCount()).toBe(0);
    expect(cache.placeCount()).toBeLessThan(5000);
  });
});

describe('watch history', () => {
  const changesOf = (count: number): ReturnType<Store['uncommitted']> => {
    const store = fresh();
    for (let index = 0; index < count; index += 1) store.write(RESOURCE, object('a', `n${index}`));
    return store.uncommitted();
  };

  it.each([
    { reason: 'by count', limits: { historyEventCount: 3, historyBytes: 1_000_000 }, kept: 3 },
    { reason: 'by bytes', limits: { historyEventCount: 100, historyBytes: 250 }, kept: 1 },
  ])('is bounded $reason and says so', ({ limits, kept }) => {
    const history = createWatchHistory(0, limits);
    for (const change of changesOf(10)) history.push(change);
    expect(history.size()).toBe(kept);
    expect(history.since(10 - kept).map((change) => change.resourceVersion)).toEqual(
      Array.from({ length: kept }, (_, index) => 10 - kept + index + 1),
    );
    expect(() => history.since(9 - kept)).toThrow(/too old resource version/);
  });

  it('stays cheap over many events', () => {
    const history = createWatchHistory(0, { historyEventCount: 100, historyBytes: 1_000_000 });
    for (const change of changesOf(5000)) history.push(change);
    expect(history.since(4990).length).toBe(10);
  });

  it.each([
    { reason: 'begins to match', before: 1, after: 2, type: 'ADDED', shows: '2' },
    { reason: 'still matches', before: 2, after: 2, type: 'MODIFIED', shows: '2' },
    { reason: 'stops matching: shown as it was', before: 2, after: 1, type: 'DELETED', shows: '2' },
    { reason: 'never matched', before: 1, after: 3, type: undefined, shows: undefined },
    { reason: 'is created matching', before: undefined, after: 2, type: 'ADDED', shows: '2' },
    { reason: 'is deleted while matching', before: 2, after: undefined, type: 'DELETED', shows: '2' },
    { reason: 'is deleted while not matching', before: 1, after: undefined, type: undefined, shows: undefined },
  ])('types a change for a watcher: the object $reason', ({ before, after, type, shows }) => {
    const store = fresh();
    if (before !== undefined) store.write(RESOURCE, object('a', 'x', before));
    store.commit(store.uncommitted().length);
    const stored = store.get(RESOURCE, 'a', 'x');
    if (after !== undefined) store.write(RESOURCE, object('a', 'x', after));
    else if (stored !== undefined) store.remove(stored);
    const [change] = store.uncommitted();
    const typed = change && typeChange(change, (item) => item.labels['value'] === '2');
    expect([typed?.type, typed?.stored.labels['value']]).toEqual([type, shows]);
  });
});

describe('pinned lists', () => {
  it('expire and stay few', () => {
    const pins = createPinnedLists({ ...DEFAULT_STORE_LIMITS, pinnedListCount: 2, pinnedListMs: 10 });
    for (const version of [1, 2, 3]) pins.pin('s', version, { items: [], now: instant(0) });
    expect([1, 2, 3].map((version) => pins.find('s', version, instant(9)) !== undefined)).toEqual([false, true, true]);
    expect(pins.find('s', 3, instant(10))).toBeUndefined();
    expect(pins.size()).toBe(0);
  });
});
