import type { KubeObject } from '@argosy/kube/meta';
import { decodeObject, freezeTree } from './encode.ts';
import type { StoredObject } from './stored-object.ts';

/** Parsed trees of stored objects, bounded by the bytes they came from. Trees that were read lately stay longer. */
export interface TreeCache {
  /** The tree of `stored`, parsed when it is not kept. */
  read(stored: StoredObject): KubeObject;
  /** Remembers a tree that was just written. */
  keep(stored: StoredObject, tree: KubeObject): void;
  /** Forgets a version that was replaced. */
  drop(stored: StoredObject): void;
  /** Bytes behind the kept trees. */
  byteCount(): number;
  /** Places in the queue, dead ones included. */
  placeCount(): number;
}

interface Slot {
  readonly bytes: number;
  tree: KubeObject | undefined;
  /** Read since the sweep came by: it gets another round. */
  used: boolean;
}

/** The queue is rebuilt when it has at least this many dead places, and more dead than living ones. */
const COMPACT_AT = 4096;

/**
 * Builds an empty cache of `limitBytes`. With `freeze`, trees are frozen deeply, so that a caller's write fails loudly.
 * Second chance instead of strict recency: a read only sets a flag, so reads and writes cost the same at any size.
 */
export function createTreeCache(limitBytes: number, freeze: boolean): TreeCache {
  const slots = new WeakMap<StoredObject, Slot>();
  let queue: Slot[] = [];
  let head = 0;
  let bytes = 0;
  let live = 0;

  const empty = (slot: Slot | undefined): void => {
    if (slot?.tree === undefined) return;
    slot.tree = undefined;
    bytes -= slot.bytes;
    live -= 1;
  };
  const sweep = (): void => {
    while (bytes > limitBytes) {
      const slot = queue[head];
      if (slot === undefined) return;
      head += 1;
      if (slot.tree !== undefined && slot.used) {
        slot.used = false;
        queue.push(slot);
      } else {
        empty(slot);
      }
    }
    // Places behind the sweep, and places of replaced versions, are dead weight.
    if (queue.length - live < COMPACT_AT || queue.length < live * 2) return;
    queue = queue.slice(head).filter((slot) => slot.tree !== undefined);
    head = 0;
  };
  const keep = (stored: StoredObject, tree: KubeObject): void => {
    if (freeze) freezeTree(tree);
    if (stored.bytes.byteLength > limitBytes) return;
    empty(slots.get(stored));
    const slot: Slot = { bytes: stored.bytes.byteLength, tree, used: false };
    slots.set(stored, slot);
    queue.push(slot);
    bytes += slot.bytes;
    live += 1;
    sweep();
  };
  const read = (stored: StoredObject): KubeObject => {
    const slot = slots.get(stored);
    if (slot?.tree !== undefined) {
      slot.used = true;
      return slot.tree;
    }
    const tree = decodeObject(stored.bytes);
    keep(stored, tree);
    return tree;
  };
  return {
    read,
    keep,
    drop: (stored) => empty(slots.get(stored)),
    byteCount: () => bytes,
    placeCount: () => queue.length,
  };
}
