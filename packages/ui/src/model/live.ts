import { isObject } from '@argosy/std';
import { keyAt, textAt, type ApiObject } from './read.ts';

/** How the page is connected to what it shows. */
export type Link =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'live' }
  /** What is shown was true at `sinceMs`; since then nothing is known. */
  | { readonly kind: 'broken'; readonly sinceMs: number; readonly reason: string };

/** A list that follows the server. `items` is undefined until the first list came: nothing is known yet. */
export interface LiveState {
  readonly items: ReadonlyMap<string, ApiObject> | undefined;
  readonly link: Link;
}

/** One change of a watched object. */
export interface WatchItem {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: ApiObject;
}

/** What happens to a live list. */
export type LiveEvent =
  | { readonly kind: 'listed'; readonly items: readonly ApiObject[] }
  | { readonly kind: 'changed'; readonly changes: readonly WatchItem[] }
  | { readonly kind: 'broken'; readonly nowMs: number; readonly reason: string };

/** Before anything is known. */
export const NOTHING_YET: LiveState = { items: undefined, link: { kind: 'connecting' } };

/** The next state. A list replaces everything; changes apply in order, older versions than the one held are dropped. */
export function reduceLive(state: LiveState, event: LiveEvent): LiveState {
  switch (event.kind) {
    case 'listed':
      return { items: new Map(event.items.map((item) => [keyAt(item), item])), link: { kind: 'live' } };
    case 'changed':
      return { items: applyChanges(state.items ?? new Map(), event.changes), link: { kind: 'live' } };
    case 'broken':
      // The first break counts: what is shown has been stale since then.
      if (state.link.kind === 'broken') return { ...state, link: { ...state.link, reason: event.reason } };
      return { ...state, link: { kind: 'broken', sinceMs: event.nowMs, reason: event.reason } };
  }
}

function applyChanges(
  before: ReadonlyMap<string, ApiObject>,
  changes: readonly WatchItem[],
): ReadonlyMap<string, ApiObject> {
  const items = new Map(before);
  for (const { type, object } of changes) {
    const key = keyAt(object);
    if (type === 'DELETED') items.delete(key);
    else if (!isOlder(object, items.get(key))) items.set(key, object);
  }
  return items;
}

/** Only tells for versions that are numbers and objects that are the same one; others are taken as newer. */
function isOlder(object: ApiObject, held: ApiObject | undefined): boolean {
  if (held === undefined || textAt(held, 'metadata', 'uid') !== textAt(object, 'metadata', 'uid')) return false;
  const [next, last] = [object, held].map((one) => Number(textAt(one, 'metadata', 'resourceVersion')));
  return next !== undefined && last !== undefined && next < last;
}

/** Reads a stream item `{type, application|object}`; undefined for anything else (bookmarks, future types). */
export function watchItemOf(result: unknown): WatchItem | undefined {
  if (!isObject(result)) return undefined;
  const type = result['type'];
  const object = result['application'] ?? result['object'];
  if (type !== 'ADDED' && type !== 'MODIFIED' && type !== 'DELETED') return undefined;
  return isObject(object) ? { type, object } : undefined;
}

/** The waits between tries to reconnect, in milliseconds. */
export const RETRY_WAITS_MS: readonly number[] = [500, 1000, 2000, 4000, 8000, 15_000];

/** The wait after `failures` failures in a row (1: the first). */
export function retryWaitMs(failures: number): number {
  return RETRY_WAITS_MS[Math.min(Math.max(failures, 1), RETRY_WAITS_MS.length) - 1] ?? 0;
}
