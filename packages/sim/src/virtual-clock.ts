import type { Clock, Instant, Timer } from '@argosy/std';

/** Macrotask turns granted after each wake-up, so that what it started can settle before time moves on. */
export const TURNS_PER_STEP = 4;

/** Wake-ups one advance may make before it gives up: a key that is woken without end is a bug, not a long test. */
export const MAX_STEPS_PER_ADVANCE = 1_000_000;

/** A clock that stands still until it is told to move. */
export interface VirtualClock extends Clock {
  /** Moves to `at` (milliseconds since the epoch), stepping to each due time on the way in (due, sequence) order. */
  advanceTo(at: number): Promise<void>;
  /** Moves by `spanMs`, stepping to each due time on the way. */
  advanceBy(spanMs: number): Promise<void>;
  /**
   * Steps from due time to due time until `holds` says so; looks once before the first step.
   * @throws Error when it still does not hold after `limitMs` of virtual time.
   */
  advanceUntil(holds: () => boolean | Promise<boolean>, limitMs: number): Promise<void>;
  /** Lets what is already due or running settle without moving time. */
  settle(): Promise<void>;
  /** Wake-ups that wait. */
  readonly pending: number;
  /** When the next wake-up is due. */
  readonly nextDueAt: Instant | undefined;
}

interface Entry {
  readonly dueAt: number;
  readonly sequence: number;
  readonly wake: () => void;
  position: number;
}

const isBefore = (a: Entry, b: Entry): boolean => a.dueAt < b.dueAt || (a.dueAt === b.dueAt && a.sequence < b.sequence);

/** A binary heap that can also remove from the middle; position -1 marks entries that are out. */
class DueHeap {
  readonly #entries: Entry[] = [];

  get size(): number {
    return this.#entries.length;
  }

  first(): Entry | undefined {
    return this.#entries[0];
  }

  add(entry: Entry): void {
    entry.position = this.#entries.length;
    this.#entries.push(entry);
    this.#up(entry);
  }

  remove(entry: Entry): void {
    const position = entry.position;
    if (position < 0) return;
    entry.position = -1;
    const last = this.#entries.pop();
    if (last === undefined || last === entry) return;
    this.#place(last, position);
    this.#up(last);
    this.#down(last);
  }

  #place(entry: Entry, position: number): void {
    this.#entries[position] = entry;
    entry.position = position;
  }

  #swap(a: Entry, b: Entry): void {
    const position = a.position;
    this.#place(a, b.position);
    this.#place(b, position);
  }

  #up(entry: Entry): void {
    for (;;) {
      const parent = entry.position === 0 ? undefined : this.#entries[(entry.position - 1) >> 1];
      if (parent === undefined || !isBefore(entry, parent)) return;
      this.#swap(entry, parent);
    }
  }

  #down(entry: Entry): void {
    for (;;) {
      const left = this.#entries[entry.position * 2 + 1];
      const right = this.#entries[entry.position * 2 + 2];
      const least = left !== undefined && right !== undefined && isBefore(right, left) ? right : left;
      if (least === undefined || !isBefore(least, entry)) return;
      this.#swap(entry, least);
    }
  }
}

async function grantTurns(): Promise<void> {
  for (let turn = 0; turn < TURNS_PER_STEP; turn += 1) {
    await new Promise<void>((resolve) => {
      setImmediate(resolve);
    });
  }
}

/** Creates a virtual clock that stands at `startMs` (milliseconds since the epoch). */
export function createVirtualClock(startMs: number): VirtualClock {
  const heap = new DueHeap();
  let nowMs = startMs;
  let sequence = 0;

  function schedule(at: Instant, wake: () => void): Timer {
    sequence += 1;
    const entry: Entry = { dueAt: Math.max(at, nowMs), sequence, wake, position: -1 };
    heap.add(entry);
    return { cancel: () => heap.remove(entry) };
  }

  async function stepTo(limit: number): Promise<boolean> {
    const entry = heap.first();
    if (entry === undefined || entry.dueAt > limit) return false;
    heap.remove(entry);
    nowMs = entry.dueAt;
    entry.wake();
    await grantTurns();
    return true;
  }

  async function advanceTo(at: number): Promise<void> {
    await grantTurns();
    for (let steps = 0; await stepTo(at); steps += 1) {
      if (steps >= MAX_STEPS_PER_ADVANCE) throw new Error(`virtual clock: over ${MAX_STEPS_PER_ADVANCE} wake-ups`);
    }
    nowMs = Math.max(nowMs, at);
    await grantTurns();
  }

  async function advanceUntil(holds: () => boolean | Promise<boolean>, limitMs: number): Promise<void> {
    const limit = nowMs + limitMs;
    await grantTurns();
    while (!(await holds())) {
      if (await stepTo(limit)) continue;
      throw new Error(`virtual clock: the condition did not come to hold within ${limitMs} ms of virtual time`);
    }
  }

  return {
    now: () => nowMs as Instant,
    schedule,
    advanceTo,
    advanceBy: (spanMs) => advanceTo(nowMs + spanMs),
    advanceUntil,
    settle: grantTurns,
    get pending() {
      return heap.size;
    },
    get nextDueAt() {
      return heap.first()?.dueAt as Instant | undefined;
    },
  };
}
