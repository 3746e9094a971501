import { describe, expect, it } from 'vitest';
import { killRounds } from './kill-rounds.ts';

/** Two hundred and more are for `npm run soak:kill`. */
const KILLS = 6;

describe('a serving cluster that is killed', () => {
  it(`keeps what it acknowledged and told, ${KILLS} times over`, { timeout: 60_000 }, async () => {
    const report = await killRounds({ kills: KILLS, seed: 7 });
    expect(report.faults).toEqual([]);
    expect(report.kills).toBe(KILLS);
    expect(report.acknowledged).toBeGreaterThan(KILLS);
    expect(report.watchEvents).toBeGreaterThan(KILLS);
    expect(report.watchesExpired + report.watchesResumed).toBeGreaterThan(0);
  });
});
