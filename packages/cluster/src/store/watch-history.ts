import { kubeError } from '@argosy/kube/meta';
import type { StoreLimits } from './limits.ts';
import type { StoreChange } from './store.ts';
import type { StoredObject } from './stored-object.ts';

/** What a watcher sees of a change: its kind and the state to show (still under its own resourceVersion). */
export interface TypedChange {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly stored: StoredObject;
}

/**
 * Types a change for one watcher by what its selector says of the states before and after. An object that stops
 * matching is DELETED in its previous state; one that never matched is silent (`undefined`).
 */
export function typeChange(change: StoreChange, matches: (stored: StoredObject) => boolean): TypedChange | undefined {
  const before = change.previous !== undefined && matches(change.previous);
  if (change.current === undefined) {
    return before && change.removed !== undefined ? { type: 'DELETED', stored: change.removed } : undefined;
  }
  const after = matches(change.current);
  if (after) return { type: before ? 'MODIFIED' : 'ADDED', stored: change.current };
  return before && change.previous !== undefined ? { type: 'DELETED', stored: change.previous } : undefined;
}

/** The recent durable changes of one resource, in order. */
export interface WatchHistory {
  push(change: StoreChange): void;
  /**
   * The changes after `resourceVersion`, oldest first.
   * @throws KubeError Expired when some of them are gone already.
   */
  since(resourceVersion: number): readonly StoreChange[];
  /** The oldest version that `since` can start from. */
  floor(): number;
  size(): number;
}

const sizeOf = (change: StoreChange): number => (change.current ?? change.removed)?.bytes.byteLength ?? 0;

/** Builds an empty history that knows nothing before `floor`. */
export function createWatchHistory(
  floor: number,
  limits: Pick<StoreLimits, 'historyEventCount' | 'historyBytes'>,
): WatchHistory {
  let changes: StoreChange[] = [];
  let head = 0;
  let bytes = 0;
  let oldest = floor;

  const evict = (): void => {
    while (changes.length - head > limits.historyEventCount || (bytes > limits.historyBytes && head < changes.length)) {
      const change = changes[head];
      if (change === undefined) break;
      head += 1;
      bytes -= sizeOf(change);
      oldest = change.resourceVersion;
    }
    if (head > 1024 && head * 2 > changes.length) {
      changes = changes.slice(head);
      head = 0;
    }
  };
  const firstAfter = (resourceVersion: number): number => {
    let low = head;
    let high = changes.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((changes[middle]?.resourceVersion ?? 0) <= resourceVersion) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  return {
    push: (change) => {
      changes.push(change);
      bytes += sizeOf(change);
      evict();
    },
    since: (resourceVersion) => {
      if (resourceVersion < oldest) {
        throw kubeError('Expired', `too old resource version: ${resourceVersion} (${oldest})`);
      }
      return changes.slice(firstAfter(resourceVersion));
    },
    floor: () => oldest,
    size: () => changes.length - head,
  };
}
