import { describe, expect, it } from 'vitest';
import { FetchSlots } from './fetch-slots.ts';

describe('FetchSlots', () => {
  it('never lets more in than there are places, and lets everybody in at last', async () => {
    const slots = new FetchSlots(2);
    let [inside, most, served] = [0, 0, 0];
    const visit = async (): Promise<void> => {
      const release = await slots.take();
      inside += 1;
      most = Math.max(most, inside);
      await Promise.resolve();
      inside -= 1;
      served += 1;
      release();
      release();
    };
    await Promise.all(Array.from({ length: 20 }, visit));
    expect([most, served]).toEqual([2, 20]);
  });
});
