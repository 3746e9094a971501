import {
  compareKeys,
  keyOf,
  keyText,
  matchesLabels,
  type KubeObject,
  type LabelSelector,
  type ObjectKey,
} from '../meta/index.ts';
import type { Change, Lister } from './contract.ts';

type ValuesOf<T> = (object: T) => readonly string[];

/** Objects by key text with a key order that is sorted only when somebody asks after a change of membership. */
class Bucket<T extends KubeObject> {
  readonly byKey = new Map<string, T>();
  #sorted: readonly string[] | undefined;

  set(text: string, object: T): void {
    if (!this.byKey.has(text)) this.#sorted = undefined;
    this.byKey.set(text, object);
  }

  remove(text: string): void {
    if (this.byKey.delete(text)) this.#sorted = undefined;
  }

  list(): readonly T[] {
    this.#sorted ??= [...this.byKey.entries()]
      .map(([text, object]) => ({ text, key: keyOf(object) }))
      .sort((a, b) => compareKeys(a.key, b.key))
      .map((entry) => entry.text);
    const objects: T[] = [];
    for (const text of this.#sorted) {
      const object = this.byKey.get(text);
      if (object !== undefined) objects.push(object);
    }
    return objects;
  }
}

interface Index<T extends KubeObject> {
  readonly valuesOf: ValuesOf<T>;
  readonly buckets: Map<string, Bucket<T>>;
}

const NOTHING: readonly never[] = Object.freeze([]);

/**
 * The local copy behind an informer: objects by key, by namespace and by any number of indexes, always listed in key
 * order. Filing costs O(indexes); listing costs what it returns, plus a sort after membership changed.
 */
export class ObjectCache<T extends KubeObject = KubeObject> implements Lister<T> {
  readonly #all = new Bucket<T>();
  readonly #namespaces = new Map<string, Bucket<T>>();
  readonly #indexes = new Map<string, Index<T>>();

  get size(): number {
    return this.#all.byKey.size;
  }

  get(key: ObjectKey): T | undefined {
    return this.#all.byKey.get(keyText(key));
  }

  list(namespace = '', selector: LabelSelector = NOTHING): readonly T[] {
    const bucket = namespace === '' ? this.#all : this.#namespaces.get(namespace);
    const objects = bucket?.list() ?? NOTHING;
    if (selector.length === 0) return objects;
    return objects.filter((object) => matchesLabels(selector, object.metadata.labels));
  }

  byIndex(index: string, value: string): readonly T[] {
    const found = this.#indexes.get(index);
    if (found === undefined) throw new TypeError(`informer has no index ${JSON.stringify(index)}: add it first`);
    return found.buckets.get(value)?.list() ?? NOTHING;
  }

  /** Adds an index and files what is there. The same name again must bring the same function. */
  addIndex(name: string, valuesOf: ValuesOf<T>): void {
    const existing = this.#indexes.get(name);
    if (existing !== undefined) {
      if (existing.valuesOf === valuesOf) return;
      throw new TypeError(`informer index ${JSON.stringify(name)} exists with another function`);
    }
    const index: Index<T> = { valuesOf, buckets: new Map() };
    this.#indexes.set(name, index);
    for (const [text, object] of this.#all.byKey) fileUnder(index, text, object);
  }

  /** Files an object; `undefined` when this version is there already. */
  put(object: T): Change<T> | undefined {
    const key = keyOf(object);
    const text = keyText(key);
    const before = this.#all.byKey.get(text);
    if (before !== undefined && isSameVersion(before, object)) return undefined;
    if (before !== undefined) this.#unfile(text, before);
    this.#all.set(text, object);
    bucketOf(this.#namespaces, key.namespace).set(text, object);
    for (const index of this.#indexes.values()) fileUnder(index, text, object);
    return before === undefined ? { key, after: object } : { key, before, after: object };
  }

  /** Removes an object; `undefined` when it was not there. */
  remove(key: ObjectKey): Change<T> | undefined {
    const text = keyText(key);
    const before = this.#all.byKey.get(text);
    if (before === undefined) return undefined;
    this.#unfile(text, before);
    this.#all.remove(text);
    removeFrom(this.#namespaces, key.namespace, text);
    return { key, before };
  }

  #unfile(text: string, object: T): void {
    for (const index of this.#indexes.values()) {
      for (const value of index.valuesOf(object)) removeFrom(index.buckets, value, text);
    }
  }
}

function isSameVersion(a: KubeObject, b: KubeObject): boolean {
  return a.metadata.resourceVersion === b.metadata.resourceVersion && a.metadata.uid === b.metadata.uid;
}

function bucketOf<T extends KubeObject>(buckets: Map<string, Bucket<T>>, value: string): Bucket<T> {
  let bucket = buckets.get(value);
  if (bucket === undefined) {
    bucket = new Bucket<T>();
    buckets.set(value, bucket);
  }
  return bucket;
}

function removeFrom<T extends KubeObject>(buckets: Map<string, Bucket<T>>, value: string, text: string): void {
  const bucket = buckets.get(value);
  bucket?.remove(text);
  if (bucket?.byKey.size === 0) buckets.delete(value);
}

function fileUnder<T extends KubeObject>(index: Index<T>, text: string, object: T): void {
  for (const value of index.valuesOf(object)) bucketOf(index.buckets, value).set(text, object);
}
