import { assert, compareText } from '@argosy/std';
import type { KubeObject } from '@argosy/kube/meta';
import { createBucket, type Bucket } from './bucket.ts';
import { decodeObject, encodeObject } from './encode.ts';
import { DEFAULT_STORE_LIMITS, type StoreLimits } from './limits.ts';
import { describeObject, type FieldIndexer, type StoredObject } from './stored-object.ts';
import { createTreeCache, type TreeCache } from './tree-cache.ts';

/** One write: what stood before and what stands now. `removed` is the last state under the deletion's version. */
export interface StoreChange {
  readonly resourceVersion: number;
  readonly resource: string;
  readonly previous: StoredObject | undefined;
  readonly current: StoredObject | undefined;
  readonly removed: StoredObject | undefined;
}

/** A record as it comes from the log. */
export interface StoreRecord {
  readonly resource: string;
  readonly bytes: Uint8Array;
}

/** What a new store needs. */
export interface StoreOptions {
  readonly indexFields: FieldIndexer;
  readonly limits?: StoreLimits;
  /** Freeze trees that leave the store. */
  readonly freeze?: boolean;
}

/**
 * The versioned objects of the control plane, in memory. Writes take effect at once and stay in the undo log until
 * `commit` says that they are durable, or `rollback` takes them back, newest first.
 */
export interface Store {
  /** The highest version given out so far. */
  resourceVersion(): number;
  /** The version of the last write to a resource (0 when there was none since loading). */
  changedAt(resource: string): number;
  get(resource: string, namespace: string, name: string): StoredObject | undefined;
  /** Everything of a resource in (namespace, name) order; `namespace` `''` means all namespaces. */
  list(resource: string, namespace: string): readonly StoredObject[];
  /** How many objects a resource has. */
  count(resource: string): number;
  /** The parsed tree, shared: never write to it. */
  tree(stored: StoredObject): KubeObject;
  /** Stores `object` under the next version (its metadata.resourceVersion is set here). */
  write(resource: string, object: KubeObject): StoredObject;
  /** Removes an object; the answer is its last state, `last` when given, under the deletion's version. */
  remove(stored: StoredObject, last?: KubeObject): StoredObject;
  /** A position in the undo log, for `rollback`. */
  mark(): number;
  /** Takes back every uncommitted write after `mark`. Versions are not given out again. */
  rollback(mark: number): void;
  /** Writes that are not durable yet, oldest first. */
  uncommitted(): readonly StoreChange[];
  /** Declares the oldest `count` uncommitted writes durable and forgets how to undo them. */
  commit(count: number): readonly StoreChange[];
  /** Loads records at start; must come before any write. */
  load(records: readonly StoreRecord[], resourceVersion: number): void;
  /** Computes the selectable fields of a resource again, after its definition changed. */
  reindex(resource: string): void;
}

type Buckets = Map<string, Bucket>;

interface Memory {
  readonly resources: Map<string, Buckets>;
  readonly changedAt: Map<string, number>;
  readonly cache: TreeCache;
  readonly indexFields: FieldIndexer;
  changes: StoreChange[];
  version: number;
}

function bucketOf(memory: Memory, resource: string, namespace: string): Bucket {
  let buckets = memory.resources.get(resource);
  if (buckets === undefined) memory.resources.set(resource, (buckets = new Map()));
  let bucket = buckets.get(namespace);
  if (bucket === undefined) buckets.set(namespace, (bucket = createBucket()));
  return bucket;
}

function place(memory: Memory, stored: StoredObject): void {
  bucketOf(memory, stored.resource, stored.namespace).set(stored);
}

function unplace(memory: Memory, stored: StoredObject): void {
  const buckets = memory.resources.get(stored.resource);
  const bucket = buckets?.get(stored.namespace);
  bucket?.delete(stored.name);
  if (bucket?.size() === 0) buckets?.delete(stored.namespace);
}

/** The object with another resourceVersion. */
export function withResourceVersion(object: KubeObject, resourceVersion: number): KubeObject {
  return { ...object, metadata: { ...object.metadata, resourceVersion: String(resourceVersion) } };
}

function encodeVersion(memory: Memory, resource: string, object: KubeObject): StoredObject {
  memory.version += 1;
  const tree = withResourceVersion(object, memory.version);
  const bytes = encodeObject(tree);
  const stored = describeObject(tree, { resource, bytes, fields: memory.indexFields(resource, tree) });
  memory.cache.keep(stored, tree);
  return stored;
}

function record(memory: Memory, change: StoreChange): void {
  memory.changes.push(change);
  memory.changedAt.set(change.resource, change.resourceVersion);
}

function writeObject(memory: Memory, resource: string, object: KubeObject): StoredObject {
  const stored = encodeVersion(memory, resource, object);
  const previous = memory.resources.get(resource)?.get(stored.namespace)?.get(stored.name);
  place(memory, stored);
  record(memory, {
    resource,
    resourceVersion: stored.resourceVersion,
    previous,
    current: stored,
    removed: undefined,
  });
  return stored;
}

function removeObject(memory: Memory, stored: StoredObject, last: KubeObject | undefined): StoredObject {
  const removed = encodeVersion(memory, stored.resource, last ?? memory.cache.read(stored));
  unplace(memory, stored);
  record(memory, {
    resource: stored.resource,
    resourceVersion: removed.resourceVersion,
    previous: stored,
    current: undefined,
    removed,
  });
  return removed;
}

function undo(memory: Memory, change: StoreChange): void {
  if (change.current !== undefined) {
    unplace(memory, change.current);
    memory.cache.drop(change.current);
  }
  if (change.previous !== undefined) place(memory, change.previous);
}

/** One array for every empty list, so that an unchanged list is the same list. */
const NOTHING: readonly StoredObject[] = Object.freeze([]);

function listObjects(memory: Memory, resource: string, namespace: string): readonly StoredObject[] {
  const buckets = memory.resources.get(resource);
  if (buckets === undefined) return NOTHING;
  if (namespace !== '') return buckets.get(namespace)?.sorted() ?? NOTHING;
  const names = [...buckets.keys()].sort(compareText);
  if (names.length === 0) return NOTHING;
  if (names.length === 1) return buckets.get(names[0] ?? '')?.sorted() ?? NOTHING;
  return names.flatMap((name) => buckets.get(name)?.sorted() ?? []);
}

function loadRecords(memory: Memory, records: readonly StoreRecord[], resourceVersion: number): void {
  assert(memory.changes.length === 0, 'a store is loaded before it is written to');
  for (const { resource, bytes } of records) {
    const tree = decodeObject(bytes);
    const stored = describeObject(tree, { resource, bytes, fields: memory.indexFields(resource, tree) });
    place(memory, stored);
    memory.version = Math.max(memory.version, stored.resourceVersion);
  }
  memory.version = Math.max(memory.version, resourceVersion);
}

function reindex(memory: Memory, resource: string): void {
  for (const stored of listObjects(memory, resource, '')) {
    place(memory, { ...stored, fields: memory.indexFields(resource, memory.cache.read(stored)) });
  }
}

/** Builds an empty store. */
export function createStore(options: StoreOptions): Store {
  const limits = options.limits ?? DEFAULT_STORE_LIMITS;
  const memory: Memory = {
    resources: new Map(),
    changedAt: new Map(),
    cache: createTreeCache(limits.treeCacheBytes, options.freeze ?? true),
    indexFields: options.indexFields,
    changes: [],
    version: 0,
  };
  return {
    resourceVersion: () => memory.version,
    changedAt: (resource) => memory.changedAt.get(resource) ?? 0,
    get: (resource, namespace, name) => memory.resources.get(resource)?.get(namespace)?.get(name),
    list: (resource, namespace) => listObjects(memory, resource, namespace),
    count: (resource) => {
      let count = 0;
      for (const bucket of memory.resources.get(resource)?.values() ?? []) count += bucket.size();
      return count;
    },
    tree: (stored) => memory.cache.read(stored),
    write: (resource, object) => writeObject(memory, resource, object),
    remove: (stored, last) => removeObject(memory, stored, last),
    mark: () => memory.changes.length,
    rollback: (mark) => {
      for (const change of memory.changes.splice(mark).reverse()) undo(memory, change);
    },
    uncommitted: () => memory.changes,
    commit: (count) => {
      const durable = memory.changes.splice(0, count);
      for (const change of durable) if (change.previous !== undefined) memory.cache.drop(change.previous);
      return durable;
    },
    load: (records, resourceVersion) => loadRecords(memory, records, resourceVersion),
    reindex: (resource) => reindex(memory, resource),
  };
}
