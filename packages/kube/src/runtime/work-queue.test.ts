import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createVirtualClock } from '@argosy/sim';
import { createWorkQueue, type WorkQueue, type WorkQueueOptions } from './work-queue.ts';

function setup(more: Partial<WorkQueueOptions> = {}) {
  const clock = createVirtualClock(0);
  return { clock, queue: createWorkQueue({ clock, seed: 1, ...more }) };
}

/** Takes everything that is ready now, in order, finishing each at once. */
async function drain(queue: WorkQueue): Promise<string[]> {
  const keys: string[] = [];
  while (queue.metrics().depth > 0) {
    const key = await queue.next();
    if (key === undefined) break;
    keys.push(key);
    queue.done(key);
  }
  return keys;
}

describe('work queue', () => {
  it('hands out distinct keys in order of arrival', async () => {
    const { queue } = setup();
    for (const key of ['b', 'a', 'b', 'c', 'a']) queue.add(key);
    expect(await drain(queue)).toEqual(['b', 'a', 'c']);
    expect(queue.metrics()).toMatchObject({ adds: 3, depth: 0, processing: 0 });
  });

  it('gives a key that was added while worked on once more, after done', async () => {
    const { queue } = setup();
    queue.add('a');
    expect(await queue.next()).toBe('a');
    queue.add('a');
    queue.add('a');
    expect(queue.metrics().depth).toBe(0);
    queue.done('a');
    expect(await drain(queue)).toEqual(['a']);
  });

  it('lets the earliest of several waits win', async () => {
    const { clock, queue } = setup();
    queue.addAfter('a', 100);
    queue.addAfter('a', 50);
    queue.addAfter('a', 70);
    await clock.advanceTo(49);
    expect(queue.metrics()).toMatchObject({ depth: 0, delayed: 1 });
    await clock.advanceTo(50);
    expect(await drain(queue)).toEqual(['a']);
    expect(clock.pending).toBe(0);
  });

  it('doubles the wait of a failing key up to the cap and starts over after forget', async () => {
    const { clock, queue } = setup();
    const waits: number[] = [];
    for (let round = 0; round < 16; round += 1) {
      const from = clock.now();
      queue.addRateLimited('a');
      await clock.advanceUntil(() => queue.metrics().depth === 1, 60_000);
      waits.push(clock.now() - from);
      await drain(queue);
    }
    expect(waits[0]).toBeGreaterThanOrEqual(5);
    expect(waits[0]).toBeLessThan(6);
    waits.slice(1).forEach((wait, index) => expect(wait).toBeGreaterThanOrEqual(waits[index] ?? 0));
    expect(waits.at(-1)).toBe(30_000);
    queue.forget('a');
    expect(queue.failures('a')).toBe(0);
    queue.addRateLimited('a');
    expect(clock.nextDueAt).toBeLessThan(clock.now() + 6);
  });

  it('refuses keys over its length limit, and says so', () => {
    const { queue } = setup({ maxLength: 2 });
    expect([queue.add('a'), queue.addAfter('b', 10), queue.add('c'), queue.addAfter('d', 10)]).toEqual([
      true,
      true,
      false,
      false,
    ]);
    expect([queue.add('a'), queue.add('b')]).toEqual([true, true]);
    expect(queue.metrics().overflows).toBe(2);
  });

  it('releases waiting takers and cancels waits on shut-down', async () => {
    const { clock, queue } = setup();
    const taken = queue.next();
    queue.addAfter('a', 10);
    queue.shutDown();
    expect(await taken).toBeUndefined();
    expect(queue.add('b')).toBe(true);
    expect(await queue.next()).toBeUndefined();
    expect(clock.pending).toBe(0);
  });

  it('measures waiting and working time', async () => {
    const { clock, queue } = setup();
    queue.add('a');
    await clock.advanceBy(30);
    const key = await queue.next();
    await clock.advanceBy(12);
    queue.done(key ?? '');
    const { waiting, working } = queue.metrics();
    expect({ waiting: waiting.maxMs, working: working.sumMs }).toEqual({ waiting: 30, working: 12 });
  });
});

describe('work queue under any interleaving', () => {
  const keys = ['a', 'b', 'c'];
  const step = fc.record({
    key: fc.constantFrom(...keys),
    how: fc.constantFrom('add', 'after', 'limited'),
    delayMs: fc.nat(20),
  });

  function perform(queue: WorkQueue, { key, how, delayMs }: { key: string; how: string; delayMs: number }): void {
    if (how === 'add') queue.add(key);
    else if (how === 'after') queue.addAfter(key, delayMs);
    else queue.addRateLimited(key);
  }

  it('never hands a key out twice at once, and works on every key after its last add', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.array(step, { maxLength: 25 }), async (scheduler, steps) => {
        const { clock, queue } = setup();
        const busy = new Set<string>();
        const lastAdd = new Map<string, number>();
        const lastWork = new Map<string, number>();
        let event = 0;
        const worker = async (): Promise<void> => {
          for (let key = await queue.next(); key !== undefined; key = await queue.next()) {
            expect(busy.has(key)).toBe(false);
            busy.add(key);
            lastWork.set(key, (event += 1));
            await scheduler.schedule(Promise.resolve(), `work ${key}`);
            busy.delete(key);
            queue.done(key);
          }
        };
        const workers = [worker(), worker()];
        const adding = steps.map(async (each) => {
          await scheduler.schedule(Promise.resolve(), `add ${each.key}`);
          lastAdd.set(each.key, (event += 1));
          perform(queue, each);
        });
        await scheduler.waitFor(Promise.all(adding));
        await scheduler.waitAll();
        await clock.advanceBy(60_000);
        for (let round = 0; round < 20 && (scheduler.count() > 0 || queue.metrics().depth > 0); round += 1) {
          await scheduler.waitAll();
          await clock.settle();
        }
        expect(queue.metrics()).toMatchObject({ depth: 0, processing: 0, delayed: 0 });
        for (const [key, added] of lastAdd) expect(lastWork.get(key) ?? 0).toBeGreaterThan(added);
        queue.shutDown();
        await Promise.all(workers);
      }),
      { numRuns: 60 },
    );
  });
});
