import { describe, expect, it } from 'vitest';

import { cloneJson } from '@argosy/std';

import { KubeError } from '../meta/index.ts';
import { applyStrategicMergePatch } from './strategic-patch.ts';

const DEPLOYMENT = { group: 'apps', version: 'v1', kind: 'Deployment' };
const POD = { group: '', version: 'v1', kind: 'Pod' };
const containers = (...items: readonly object[]): object => ({ spec: { containers: items } });

const cases: readonly { reason: string; gvk?: typeof POD; live: unknown; patch: unknown; want: unknown }[] = [
  {
    reason: 'maps merge by member',
    live: { metadata: { labels: { a: '1', b: '2' } } },
    patch: { metadata: { labels: { b: '3', a: null } } },
    want: { metadata: { labels: { b: '3' } } },
  },
  {
    reason: 'containers merge by name, the patched one keeps its other fields',
    live: containers({ name: 'a', image: 'x', env: [{ name: 'E', value: '1' }] }, { name: 'b', image: 'y' }),
    patch: containers({ name: 'a', image: 'z', env: [{ name: 'F', value: '2' }] }),
    want: containers(
      {
        name: 'a',
        image: 'z',
        env: [
          { name: 'F', value: '2' },
          { name: 'E', value: '1' },
        ],
      },
      { name: 'b', image: 'y' },
    ),
  },
  {
    reason: 'a new item goes before the items that only the server has, as upstream orders them',
    live: containers({ name: 'a' }),
    patch: containers({ name: 'n' }),
    want: containers({ name: 'n' }, { name: 'a' }),
  },
  {
    reason: '$setElementOrder puts the new item where the client wants it',
    live: containers({ name: 'a' }, { name: 'b' }),
    patch: {
      spec: {
        '$setElementOrder/containers': [{ name: 'a' }, { name: 'n' }, { name: 'b' }],
        containers: [{ name: 'n' }],
      },
    },
    want: containers({ name: 'a' }, { name: 'n' }, { name: 'b' }),
  },
  {
    reason: 'items that only the server has keep their relative place under $setElementOrder',
    live: containers({ name: 's1' }, { name: 'a' }, { name: 's2' }, { name: 'b' }),
    patch: { spec: { '$setElementOrder/containers': [{ name: 'a' }, { name: 'b' }] } },
    want: containers({ name: 's1' }, { name: 'a' }, { name: 's2' }, { name: 'b' }),
  },
  {
    reason: '$setElementOrder alone reorders',
    live: containers({ name: 'a' }, { name: 'b' }),
    patch: { spec: { '$setElementOrder/containers': [{ name: 'b' }, { name: 'a' }] } },
    want: containers({ name: 'b' }, { name: 'a' }),
  },
  {
    reason: 'a patch list against its own order list is refused',
    live: { spec: {} },
    patch: { spec: { '$setElementOrder/containers': [{ name: 'a' }], containers: [{ name: 'b' }] } },
    want: 400,
  },
  {
    reason: '$patch: delete removes the item of that key',
    live: containers({ name: 'a' }, { name: 'b' }),
    patch: containers({ name: 'a', $patch: 'delete' }),
    want: containers({ name: 'b' }),
  },
  {
    reason: '$patch: replace as an item replaces the list',
    live: containers({ name: 'a', image: 'x' }),
    patch: containers({ $patch: 'replace' }, { name: 'c' }),
    want: containers({ name: 'c' }),
  },
  {
    reason: '$patch: replace in a map replaces the map',
    live: { metadata: { labels: { a: '1' } } },
    patch: { metadata: { labels: { $patch: 'replace', b: '2' } } },
    want: { metadata: { labels: { b: '2' } } },
  },
  {
    reason: '$patch: delete in a map empties it',
    live: { metadata: { labels: { a: '1' } } },
    patch: { metadata: { labels: { $patch: 'delete' } } },
    want: { metadata: { labels: {} } },
  },
  {
    reason: 'an unknown $patch is malformed',
    live: { metadata: {} },
    patch: { metadata: { $patch: 'mix' } },
    want: 400,
  },
  {
    reason: '$retainKeys drops what it does not name: changing a strategy clears the old one',
    gvk: DEPLOYMENT,
    live: { spec: { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } } } },
    patch: { spec: { strategy: { $retainKeys: ['type'], type: 'Recreate' } } },
    want: { spec: { strategy: { type: 'Recreate' } } },
  },
  {
    reason: '$retainKeys must name what the patch brings',
    gvk: DEPLOYMENT,
    live: { spec: { strategy: {} } },
    patch: { spec: { strategy: { $retainKeys: ['type'], rollingUpdate: {} } } },
    want: 400,
  },
  {
    reason: 'finalizers are a set: union',
    live: { metadata: { finalizers: ['a', 'b'] } },
    patch: { metadata: { finalizers: ['b', 'c'] } },
    want: { metadata: { finalizers: ['a', 'b', 'c'] } },
  },
  {
    reason: '$deleteFromPrimitiveList takes scalars away',
    live: { metadata: { finalizers: ['a', 'b', 'c'] } },
    patch: { metadata: { '$deleteFromPrimitiveList/finalizers': ['b'] } },
    want: { metadata: { finalizers: ['a', 'c'] } },
  },
  {
    reason: '$deleteFromPrimitiveList of an absent list is nothing',
    live: { metadata: {} },
    patch: { metadata: { '$deleteFromPrimitiveList/finalizers': ['b'] } },
    want: { metadata: {} },
  },
  {
    reason: 'atomic lists are replaced',
    live: containers({ name: 'a', args: ['1', '2'] }),
    patch: containers({ name: 'a', args: ['3'] }),
    want: containers({ name: 'a', args: ['3'] }),
  },
  {
    reason: 'tolerations have no merge key: replaced',
    live: { spec: { tolerations: [{ key: 'a' }] } },
    patch: { spec: { tolerations: [{ key: 'b' }] } },
    want: { spec: { tolerations: [{ key: 'b' }] } },
  },
  {
    reason: 'volumes with $retainKeys change their source',
    live: { spec: { volumes: [{ name: 'v', emptyDir: {} }] } },
    patch: { spec: { volumes: [{ name: 'v', $retainKeys: ['name', 'configMap'], configMap: { name: 'c' } }] } },
    want: { spec: { volumes: [{ name: 'v', configMap: { name: 'c' } }] } },
  },
  {
    reason: 'service ports merge by port, so two protocols of one port collapse onto the first, as upstream',
    gvk: { group: '', version: 'v1', kind: 'Service' },
    live: {
      spec: {
        ports: [
          { port: 53, protocol: 'TCP' },
          { port: 53, protocol: 'UDP' },
        ],
      },
    },
    patch: { spec: { ports: [{ port: 53, name: 'dns' }] } },
    want: {
      spec: {
        ports: [
          { port: 53, protocol: 'TCP', name: 'dns' },
          { port: 53, protocol: 'UDP' },
        ],
      },
    },
  },
  {
    reason: 'the selector of a disruption budget is replaced',
    gvk: { group: 'policy', version: 'v1', kind: 'PodDisruptionBudget' },
    live: { spec: { selector: { matchLabels: { a: '1' } } } },
    patch: { spec: { selector: { matchLabels: { b: '2' } } } },
    want: { spec: { selector: { matchLabels: { b: '2' } } } },
  },
  {
    reason: 'directives and nulls of a new subtree do not survive',
    live: {},
    patch: {
      spec: {
        containers: [{ name: 'a', image: null, env: [{ name: 'x', $patch: 'delete' }] }],
        $retainKeys: ['containers'],
      },
    },
    want: containers({ name: 'a', env: [] }),
  },
  {
    reason: 'the merge key is required',
    live: containers({ name: 'a' }),
    patch: containers({ image: 'x' }),
    want: 422,
  },
  { reason: 'a patch is an object', live: {}, patch: [], want: 400 },
  {
    reason: 'custom resources have no merge keys',
    gvk: { group: 'x.io', version: 'v1', kind: 'X' },
    live: {},
    patch: {},
    want: 415,
  },
];

describe('applyStrategicMergePatch', () => {
  it.each(cases)('$reason', ({ gvk, live, patch, want }) => {
    const before = cloneJson([live, patch]);
    let result: unknown;
    try {
      result = applyStrategicMergePatch(gvk ?? POD, live, patch);
    } catch (error) {
      if (!(error instanceof KubeError)) throw error;
      result = error.code;
    }
    expect(result).toEqual(want);
    expect([live, patch]).toEqual(before);
  });

  it('names the map and the key that it lacks', () => {
    const act = (): unknown => applyStrategicMergePatch(POD, containers({ name: 'a' }), containers({ image: 'x' }));
    expect(act).toThrow('map: map[image:x] does not contain declared merge key: name');
  });
});
