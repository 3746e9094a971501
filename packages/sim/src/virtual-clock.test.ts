import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { instant } from '@argosy/std';
import { createVirtualClock } from './virtual-clock.ts';

describe('virtual clock', () => {
  it('wakes in (due, sequence) order and shows each due time while it wakes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 30 }), async (dues) => {
        const clock = createVirtualClock(0);
        const seen: { due: number; index: number; now: number }[] = [];
        dues.forEach((due, index) => clock.schedule(instant(due), () => seen.push({ due, index, now: clock.now() })));
        await clock.advanceTo(60);
        const wanted = dues.map((due, index) => ({ due, index, now: due }));
        wanted.sort((a, b) => a.due - b.due || a.index - b.index);
        expect(seen).toEqual(wanted);
        expect(clock.pending).toBe(0);
        expect(clock.now()).toBe(60);
      }),
      { numRuns: 30 },
    );
  });

  it('cancels any subset without disturbing the rest', async () => {
    const rows = fc.array(fc.record({ due: fc.nat(20), cancel: fc.boolean() }), { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(rows, async (list) => {
        const clock = createVirtualClock(0);
        const seen: number[] = [];
        const timers = list.map((row, index) => clock.schedule(instant(row.due), () => seen.push(index)));
        list.forEach((row, index) => {
          if (row.cancel) timers[index]?.cancel();
          if (row.cancel) timers[index]?.cancel();
        });
        await clock.advanceBy(20);
        const wanted = list.map((row, index) => ({ ...row, index })).filter((row) => !row.cancel);
        expect(seen).toEqual(wanted.sort((a, b) => a.due - b.due || a.index - b.index).map((row) => row.index));
      }),
      { numRuns: 30 },
    );
  });

  it('runs what a wake-up schedules when it falls within the span, and only then', async () => {
    const clock = createVirtualClock(100);
    const seen: number[] = [];
    const again = (): void => {
      seen.push(clock.now());
      clock.schedule(instant(clock.now() + 10), again);
    };
    clock.schedule(instant(105), again);
    await clock.advanceTo(130);
    expect(seen).toEqual([105, 115, 125]);
    expect(clock.nextDueAt).toBe(135);
  });

  it('steps until a condition holds and refuses to wait for ever', async () => {
    const clock = createVirtualClock(0);
    let count = 0;
    for (const due of [5, 6, 7]) clock.schedule(instant(due), () => (count += 1));
    await clock.advanceUntil(() => count === 2, 100);
    expect(clock.now()).toBe(6);
    await expect(clock.advanceUntil(() => count === 9, 100)).rejects.toThrow('within 100 ms');
  });
});
