import { after, milliseconds, parseTime, type Instant } from '@argosy/std';
import type { KubeObject } from '@argosy/kube/meta';
import type { StoredObject } from '../store/index.ts';
import type { ApiState } from './state.ts';

/** Where Events are stored. */
export const EVENTS = '/events';

function lastSeen(object: KubeObject): Instant {
  const series = object['series'] as { readonly lastObservedTime?: unknown } | undefined;
  const times = [
    object['lastTimestamp'],
    series?.lastObservedTime,
    object['eventTime'],
    object.metadata.creationTimestamp,
  ];
  const found = times.map((time) => (typeof time === 'string' ? parseTime(time) : undefined));
  const known = found.filter((time): time is Instant => time !== undefined);
  return known.reduce((latest, time) => (time > latest ? time : latest), 0 as Instant);
}

function expiryOf(state: ApiState, stored: StoredObject): Instant {
  return after(lastSeen(state.store.tree(stored)), milliseconds(state.config.eventTtlMs));
}

/** Removes the Events that were last seen longer ago than their time to live; how many there were. */
export function sweepEvents(state: ApiState, now: Instant): number {
  const expired = state.store.list(EVENTS, '').filter((stored) => expiryOf(state, stored) <= now);
  for (const stored of expired) state.store.remove(stored);
  return expired.length;
}

/** When the next Event expires; `undefined` when there is none. */
export function nextEventExpiry(state: ApiState): Instant | undefined {
  let next: Instant | undefined;
  for (const stored of state.store.list(EVENTS, '')) {
    const expires = expiryOf(state, stored);
    if (next === undefined || expires < next) next = expires;
  }
  return next;
}
