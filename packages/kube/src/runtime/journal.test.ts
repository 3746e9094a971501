import { describe, expect, it } from 'vitest';
import { instant } from '@argosy/std';
import { done } from '../plan/index.ts';
import type { JournalEntry } from './contract.ts';
import { createMemoryJournal, replay } from './journal.ts';

const key = (name: string) => ({ namespace: 'n', name });

function entry(name: string, now: number): JournalEntry {
  return {
    reconciler: 'r',
    key: key(name),
    observed: { count: now },
    env: { now: instant(now), seed: 1 },
    plan: done({ doubled: now * 2 }),
  };
}

describe('memory journal', () => {
  it('keeps the last entries of a key, oldest first', () => {
    const journal = createMemoryJournal({ limitPerKey: 2 });
    for (const now of [1, 2, 3]) journal.append(entry('a', now));
    expect(journal.entries('r', key('a')).map((each) => each.env.now)).toEqual([2, 3]);
    expect(journal.entries('other', key('a'))).toEqual([]);
    expect(journal.size).toBe(2);
  });

  it('forgets first the key that was planned longest ago', () => {
    const journal = createMemoryJournal({ limitPerKey: 4, limitTotal: 3 });
    for (const [name, now] of [
      ['a', 1],
      ['b', 2],
      ['a', 3],
      ['c', 4],
      ['c', 5],
    ] as const)
      journal.append(entry(name, now));
    expect(journal.size).toBe(3);
    expect(journal.entries('r', key('b'))).toEqual([]);
    expect(journal.all().map((each) => `${each.key.name}${each.env.now}`)).toEqual(['a3', 'c4', 'c5']);
  });

  it('replays an entry, also one that went through JSON, and shows a changed plan', () => {
    const stored = JSON.parse(JSON.stringify(entry('a', 4))) as JournalEntry;
    const twice = { plan: (seen: { count: number }) => done({ doubled: seen.count * 2 }) };
    const thrice = { plan: (seen: { count: number }) => done({ doubled: seen.count * 3 }) };
    expect(replay(stored, twice).same).toBe(true);
    expect(replay(stored, thrice)).toMatchObject({ same: false, replayed: { status: { doubled: 12 } } });
  });
});
