import { compareText } from '@argosy/std';
import type { StoredObject } from './stored-object.ts';

/**
 * The objects of one resource in one namespace, listed by name. Writes are O(1): new names wait unsorted until the
 * next list merges them in, so a burst of creates costs one sort and not one insertion each.
 */
export interface Bucket {
  get(name: string): StoredObject | undefined;
  set(stored: StoredObject): void;
  delete(name: string): void;
  size(): number;
  /** All objects in name order. The array is fresh or shared, never changed later. */
  sorted(): readonly StoredObject[];
}

function mergeNames(sorted: readonly string[], added: readonly string[]): string[] {
  const fresh = [...added].sort(compareText);
  const merged: string[] = [];
  const add = (name: string): void => {
    if (merged.at(-1) !== name) merged.push(name);
  };
  let index = 0;
  for (const name of sorted) {
    for (let next = fresh[index]; next !== undefined && next <= name; next = fresh[index]) {
      add(next);
      index += 1;
    }
    add(name);
  }
  for (const name of fresh.slice(index)) add(name);
  return merged;
}

/** Builds an empty bucket. */
export function createBucket(): Bucket {
  const objects = new Map<string, StoredObject>();
  let names: string[] = [];
  let added: string[] = [];
  let removed = false;
  let listed: readonly StoredObject[] | undefined;

  const sorted = (): readonly StoredObject[] => {
    if (listed !== undefined) return listed;
    const merged = added.length > 0 ? mergeNames(names, added) : names;
    const all: StoredObject[] = [];
    for (const name of merged) {
      const stored = objects.get(name);
      if (stored !== undefined) all.push(stored);
    }
    names = removed ? all.map((stored) => stored.name) : merged;
    added = [];
    removed = false;
    listed = all;
    return all;
  };
  return {
    get: (name) => objects.get(name),
    set: (stored) => {
      if (!objects.has(stored.name)) added.push(stored.name);
      objects.set(stored.name, stored);
      listed = undefined;
    },
    delete: (name) => {
      if (!objects.delete(name)) return;
      removed = true;
      listed = undefined;
    },
    size: () => objects.size,
    sorted,
  };
}
