import { equalJson } from '@argosy/std';
import { keyText, type ObjectKey } from '../meta/index.ts';
import type { Plan } from '../plan/index.ts';
import type { Journal, JournalEntry, Reconciler } from './contract.ts';

/** Plans kept for one key by default. */
export const JOURNAL_LIMIT_PER_KEY = 8;

/** Plans kept in all by default; entries share what they observed with the informers. */
export const JOURNAL_LIMIT_TOTAL = 4096;

/** A journal in memory that can be read: the source of `explain`. */
export interface MemoryJournal extends Journal {
  /** The last plans of a key, oldest first. */
  entries(reconciler: string, key: ObjectKey): readonly JournalEntry[];
  /** All kept entries, grouped by key; the key planned longest ago first. */
  all(): readonly JournalEntry[];
  readonly size: number;
}

/** Creates a ring of entries: the oldest of a key goes first, then those of the key planned longest ago. */
export function createMemoryJournal(
  limits: { readonly limitPerKey?: number; readonly limitTotal?: number } = {},
): MemoryJournal {
  const limitPerKey = limits.limitPerKey ?? JOURNAL_LIMIT_PER_KEY;
  const limitTotal = limits.limitTotal ?? JOURNAL_LIMIT_TOTAL;
  const rings = new Map<string, JournalEntry[]>();
  let size = 0;
  const idOf = (reconciler: string, key: ObjectKey): string => `${reconciler}|${keyText(key)}`;

  function evict(): void {
    for (const [id, ring] of rings) {
      if (size <= limitTotal) return;
      const surplus = ring.splice(0, size - limitTotal);
      size -= surplus.length;
      if (ring.length === 0) rings.delete(id);
    }
  }

  function append(entry: JournalEntry): void {
    const id = idOf(entry.reconciler, entry.key);
    const ring = rings.get(id) ?? [];
    ring.push(entry);
    size += 1;
    if (ring.length > limitPerKey) {
      ring.shift();
      size -= 1;
    }
    rings.delete(id);
    rings.set(id, ring);
    evict();
  }

  return {
    append,
    entries: (reconciler, key) => [...(rings.get(idOf(reconciler, key)) ?? [])],
    all: () => [...rings.values()].flat(),
    get size() {
      return size;
    },
  };
}

/** What planning a journalled round again gave. */
export interface Replay {
  readonly same: boolean;
  readonly recorded: Plan<{ readonly kind: string }, unknown>;
  readonly replayed: Plan<{ readonly kind: string }, unknown>;
}

/** Plans a journalled round again and compares; also for entries that were stored as JSON and read back. */
export function replay<Observed, Action extends { readonly kind: string }, Status>(
  entry: JournalEntry,
  reconciler: Pick<Reconciler<Observed, Action, Status>, 'plan'>,
): Replay {
  const replayed = reconciler.plan(entry.observed as Observed, entry.env);
  return { same: equalJson(replayed, entry.plan), recorded: entry.plan, replayed };
}
