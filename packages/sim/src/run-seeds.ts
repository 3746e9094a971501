import type { Scenario } from './scenarios.ts';

/** A story that did not end well, with the line that repeats it. */
export class SimulationFailure extends Error {
  override readonly name = 'SimulationFailure';
  readonly seed: number;

  constructor(name: string, seed: number, cause: unknown) {
    const reason = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
    super(`${name}: seed ${seed} failed; repeat with SEED=${seed} npx vitest run packages/sim -t ${name}\n${reason}`);
    this.seed = seed;
  }
}

/**
 * Plays a scenario with `count` seeds from `first` on and gives back how many crashes there were.
 * @throws SimulationFailure for the first seed that fails.
 */
export async function runSeeds(
  name: string,
  scenario: Scenario,
  seeds: { first: number; count: number },
): Promise<number> {
  let crashes = 0;
  for (let seed = seeds.first; seed < seeds.first + seeds.count; seed += 1) {
    try {
      crashes += (await scenario(seed)).crashes;
    } catch (error) {
      throw new SimulationFailure(name, seed, error);
    }
  }
  return crashes;
}
