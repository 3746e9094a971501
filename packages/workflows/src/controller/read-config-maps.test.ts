import { resources } from '@argosy/api';
import { createObject } from '@argosy/kube/port';
import { createWorld, type World } from '@argosy/sim';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { CONFIG_MAP_TYPE_LABEL } from '../engine/index.ts';
import { isComplete, MAX_CONFIG_MAPS, readConfigMaps } from './read-config-maps.ts';

describe('readConfigMaps', () => {
  let world: World;
  beforeAll(async () => {
    world = await createWorld({ seed: 1 });
    for (const [name, labels] of [
      ['open', { [CONFIG_MAP_TYPE_LABEL]: 'Parameter' }],
      ['closed', {}],
    ] as const) {
      const metadata = { name, namespace: 'default', labels };
      const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { asked: 'yes', other: 'no' } };
      await createObject(world.api, { resource: resources.configMaps, namespace: 'default', object });
    }
  });
  afterAll(() => world.close());

  it('gives the keys that are asked for, of ConfigMaps that are labelled for it', async () => {
    const references = [
      { name: 'open', key: 'asked' },
      { name: 'open', key: 'missing' },
      { name: 'closed', key: 'asked' },
      { name: 'nowhere', key: 'asked' },
    ];
    const label = `${CONFIG_MAP_TYPE_LABEL}: Parameter`;
    const facts = await readConfigMaps(world.api, 'default', references);
    expect(facts).toEqual({
      open: { values: { asked: 'yes' } },
      closed: { refusal: `ConfigMap 'closed' needs to have the label ${label} to load parameters` },
    });
    expect(references.map((reference) => isComplete([reference], facts))).toEqual([true, false, false, false]);
  });

  it('reads no more than its limit', async () => {
    const names = Array.from({ length: MAX_CONFIG_MAPS + 1 }, (_, index) => `map-${index}`);
    const references = names.map((name) => ({ name, key: 'asked' }));
    const facts = await readConfigMaps(world.api, 'default', references);
    const last = names.at(-1) ?? '';
    expect(Object.keys(facts)).toEqual([last]);
    expect(facts[last]?.refusal).toContain(`at most ${MAX_CONFIG_MAPS} are read for one workflow`);
  });
});
