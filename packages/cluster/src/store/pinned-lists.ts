import { after, milliseconds, type Instant } from '@argosy/std';
import type { StoreLimits } from './limits.ts';
import type { StoredObject } from './stored-object.ts';

/** Lists kept whole, so that the pages of one list show one moment. They hold references, not copies. */
export interface PinnedLists {
  pin(
    scope: string,
    resourceVersion: number,
    entry: { readonly items: readonly StoredObject[]; readonly now: Instant },
  ): void;
  /** The list of that scope at that version, when it is still kept. */
  find(scope: string, resourceVersion: number, now: Instant): readonly StoredObject[] | undefined;
  size(): number;
}

interface Pin {
  readonly items: readonly StoredObject[];
  readonly expires: Instant;
}

/** Builds an empty set of pins. The oldest gives way when there are too many. */
export function createPinnedLists(limits: Pick<StoreLimits, 'pinnedListCount' | 'pinnedListMs'>): PinnedLists {
  const pins = new Map<string, Pin>();
  const expire = (now: Instant): void => {
    for (const [key, pin] of pins) if (pin.expires <= now) pins.delete(key);
  };
  return {
    pin: (scope, resourceVersion, { items, now }) => {
      expire(now);
      const key = `${resourceVersion} ${scope}`;
      pins.delete(key);
      pins.set(key, { items, expires: after(now, milliseconds(limits.pinnedListMs)) });
      for (const oldest of pins.keys()) {
        if (pins.size <= limits.pinnedListCount) break;
        pins.delete(oldest);
      }
    },
    find: (scope, resourceVersion, now) => {
      expire(now);
      return pins.get(`${resourceVersion} ${scope}`)?.items;
    },
    size: () => pins.size,
  };
}
