import type { LockFacts, LockState } from './contract.ts';
import type { LockRef, LockTable } from './locks.ts';

/** A workflow as queues for locks see it. */
export interface LockOwner {
  readonly key: string;
  /** The higher goes first. */
  readonly priority: number;
  /** Among equals the older goes first. */
  readonly createdAt: string;
}

interface Waiter {
  readonly locks: readonly LockRef[];
  /** Order of arrival. */
  readonly turn: number;
}

interface Entry {
  readonly owner: LockOwner;
  holding: ReadonlyMap<string, readonly LockRef[]>;
  readonly waiting: Map<string, Waiter>;
  /** Waiters that have their locks and have not recorded it yet. */
  readonly granted: Set<string>;
}

/**
 * Who has which lock, over all workflows. What statuses record is all that it needs: it can be filled anew from them.
 * It changes in place; it reads no clock and does no I/O.
 */
export interface LockManager {
  /** Takes in what a workflow's status says now. */
  report(owner: LockOwner, table: LockTable): void;
  /** A workflow that is over or gone gives everything back. */
  forget(key: string): void;
  /** How many may hold a semaphore, or why nobody may. */
  setLimit(lock: string, limit: number | string): void;
  /** Gives free locks to those who are next; the keys of their workflows. */
  grant(): readonly string[];
  /** What one workflow must know. */
  factsFor(key: string): LockFacts;
  /** Semaphores that somebody in this workflow waits for. */
  semaphoresOf(key: string): readonly string[];
}

function isBefore(a: readonly [Entry, Waiter], b: readonly [Entry, Waiter]): number {
  const [x, y] = [a[0].owner, b[0].owner];
  if (x.priority !== y.priority) return y.priority - x.priority;
  if (x.createdAt !== y.createdAt) return x.createdAt < y.createdAt ? -1 : 1;
  if (x.key !== y.key) return x.key < y.key ? -1 : 1;
  return a[1].turn - b[1].turn;
}

class Locks implements LockManager {
  readonly #entries = new Map<string, Entry>();
  readonly #limits = new Map<string, number | string>();
  #turn = 0;

  report(owner: LockOwner, table: LockTable): void {
    const before = this.#entries.get(owner.key);
    if (table.holding.size + table.waiting.size === 0) {
      this.#entries.delete(owner.key);
      return;
    }
    const waiting = new Map<string, Waiter>();
    for (const [holder, locks] of table.waiting) {
      waiting.set(holder, { locks, turn: before?.waiting.get(holder)?.turn ?? (this.#turn += 1) });
    }
    const granted = new Set([...(before?.granted ?? [])].filter((holder) => waiting.has(holder)));
    this.#entries.set(owner.key, { owner, holding: new Map(table.holding), waiting, granted });
  }

  forget(key: string): void {
    this.#entries.delete(key);
  }

  setLimit(lock: string, limit: number | string): void {
    this.#limits.set(lock, limit);
  }

  grant(): readonly string[] {
    const used = this.#used();
    const taken = new Set<string>();
    const lucky = new Set<string>();
    for (const [entry, waiter, holder] of this.#queue()) {
      const isFree = waiter.locks.every(
        (lock) => !taken.has(lock.name) && (used.get(lock.name) ?? 0) < this.#limit(lock),
      );
      for (const { name } of waiter.locks) {
        if (isFree) used.set(name, (used.get(name) ?? 0) + 1);
        // Nobody overtakes whoever is next for a lock.
        else taken.add(name);
      }
      if (!isFree) continue;
      entry.granted.add(holder);
      lucky.add(entry.owner.key);
    }
    return [...lucky];
  }

  factsFor(key: string): LockFacts {
    const entry = this.#entries.get(key);
    const used = this.#used();
    const locks = [...(entry?.waiting.values() ?? [])].flatMap((waiter) => waiter.locks);
    const states = locks.map((lock): [string, LockState | undefined] => [lock.name, this.#stateOf(lock, used)]);
    const known = states.filter((state): state is [string, LockState] => state[1] !== undefined);
    return { granted: [...(entry?.granted ?? [])], states: Object.fromEntries(known) };
  }

  semaphoresOf(key: string): readonly string[] {
    const locks = [...(this.#entries.get(key)?.waiting.values() ?? [])].flatMap((waiter) => waiter.locks);
    return [...new Set(locks.filter((lock) => lock.kind === 'semaphore').map((lock) => lock.name))];
  }

  #stateOf(lock: LockRef, used: ReadonlyMap<string, number>): LockState | undefined {
    const limit = lock.kind === 'mutex' ? 1 : this.#limits.get(lock.name);
    if (limit === undefined) return undefined;
    if (typeof limit === 'string') return { refusal: limit };
    return { available: Math.max(0, limit - (used.get(lock.name) ?? 0)), limit };
  }

  #limit(lock: LockRef): number {
    const limit = lock.kind === 'mutex' ? 1 : this.#limits.get(lock.name);
    return typeof limit === 'number' ? limit : 0;
  }

  #used(): Map<string, number> {
    const used = new Map<string, number>();
    for (const entry of this.#entries.values()) {
      const granted = [...entry.granted].map((holder) => entry.waiting.get(holder)?.locks ?? []);
      for (const { name } of [...entry.holding.values(), ...granted].flat()) used.set(name, (used.get(name) ?? 0) + 1);
    }
    return used;
  }

  #queue(): readonly (readonly [Entry, Waiter, string])[] {
    const waiters = [...this.#entries.values()].flatMap((entry) =>
      [...entry.waiting]
        .filter(([holder]) => !entry.granted.has(holder))
        .map(([holder, waiter]) => [entry, waiter, holder] as const),
    );
    return waiters.sort((a, b) => isBefore([a[0], a[1]], [b[0], b[1]]));
  }
}

/** A manager that knows nothing yet. */
export function createLockManager(): LockManager {
  return new Locks();
}
