import { describe, expect, it } from 'vitest';
import { runSeeds } from './run-seeds.ts';
import { applicationScenario, deploymentScenario, workflowScenario, type Scenario } from './scenarios.ts';
import type { Sabotage } from './world.ts';

/** `SEED=n` repeats one story; `SEEDS=n` plays n of each: the soak. */
const only = process.env['SEED'];
const soak = process.env['SEEDS'];
const count = (usual: number): { first: number; count: number } =>
  only === undefined ? { first: 1, count: Number(soak ?? usual) } : { first: Number(only), count: 1 };

const scenarios: readonly (readonly [string, Scenario, number])[] = [
  ['deployment', deploymentScenario, 300],
  ['application', applicationScenario, 350],
  ['workflow', workflowScenario, 400],
];

describe('simulated worlds', () => {
  it.each(scenarios)('%s', { timeout: 3_600_000 }, async (name, scenario, usual) => {
    const seeds = count(usual);
    const crashes = await runSeeds(name, scenario, seeds);
    // A storm without a crash proves nothing.
    if (only === undefined) expect(crashes).toBeGreaterThan(seeds.count);
  });

  /** A planted fault: what processes create gets a random name, so that a repeated create makes a second object. */
  const renaming: Sabotage = (api, random) => ({
    ...api,
    send: (request) => {
      if (request.verb !== 'create' || request.resource.resource !== 'pods' || request.subresource !== undefined)
        return api.send(request);
      const { metadata } = request.object;
      const name = `${metadata.name}-${random.below(1000)}`;
      return api.send({ ...request, object: { ...request.object, metadata: { ...metadata, name } } });
    },
  });

  /** A planted fault: deletions are answered and forgotten. */
  const keeping: Sabotage = (api) => ({
    ...api,
    send: async (request) => {
      if (request.verb !== 'delete') return api.send(request);
      return api.send({ verb: 'get', resource: request.resource, key: request.key });
    },
  });

  /** A planted fault: updates of anything are lost. */
  const losing: Sabotage = (api) => ({
    ...api,
    send: async (request) => {
      if (request.verb !== 'update' && request.verb !== 'patch') return api.send(request);
      return api.send({ verb: 'get', resource: request.resource, key: request.key });
    },
  });

  it.each([
    ['workflow pods get random names', workflowScenario, renaming],
    ['deletions are forgotten', applicationScenario, keeping],
    ['updates are lost', deploymentScenario, losing],
  ] as const)('notice when %s', { timeout: 120_000 }, async (_what, scenario, sabotage) => {
    await expect(runSeeds('sabotage', (seed) => scenario(seed, sabotage), { first: 1, count: 5 })).rejects.toThrow(
      /repeat with SEED=\d/,
    );
  });
});
