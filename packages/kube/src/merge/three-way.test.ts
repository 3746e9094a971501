import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { applyMergePatch } from './merge-patch.ts';
import { applyStrategicMergePatch } from './strategic-patch.ts';
import { createThreeWayMergePatch, createTwoWayMergePatch } from './three-way.ts';

const POD = { group: '', version: 'v1', kind: 'Pod' };
const DEPLOYMENT = { group: 'apps', version: 'v1', kind: 'Deployment' };
const THING = { group: 'x.io', version: 'v1', kind: 'Thing' };
const containers = (...items: readonly object[]): object => ({ spec: { containers: items } });

const cases: readonly {
  reason: string;
  gvk: typeof POD;
  original: object;
  modified: object;
  current: object;
  patch: object;
}[] = [
  {
    reason: 'fields that only the server set stay out of the patch',
    gvk: DEPLOYMENT,
    original: { spec: { replicas: 1 } },
    modified: { spec: { replicas: 2 } },
    current: { spec: { replicas: 1, paused: false }, status: {} },
    patch: { spec: { replicas: 2 } },
  },
  {
    reason: 'what was applied before and is gone now is deleted',
    gvk: DEPLOYMENT,
    original: { metadata: { labels: { a: '1', b: '2' } } },
    modified: { metadata: { labels: { a: '1' } } },
    current: { metadata: { labels: { a: '1', b: '2', c: 'other' } } },
    patch: { metadata: { labels: { b: null } } },
  },
  {
    reason: 'a container taken out, another changed: one list with the order said',
    gvk: POD,
    original: containers({ name: 'a', image: '1' }, { name: 'b', image: '1' }),
    modified: containers({ name: 'a', image: '2' }),
    current: containers(
      { name: 'a', image: '1', imagePullPolicy: 'Always' },
      { name: 'b', image: '1' },
      { name: 'side' },
    ),
    patch: {
      spec: {
        '$setElementOrder/containers': [{ name: 'a' }],
        containers: [
          { name: 'a', image: '2' },
          { name: 'b', $patch: 'delete' },
        ],
      },
    },
  },
  {
    reason: 'a variable taken out of a container that stays',
    gvk: POD,
    original: containers({
      name: 'a',
      env: [
        { name: 'X', value: '1' },
        { name: 'Y', value: '1' },
      ],
    }),
    modified: containers({ name: 'a', env: [{ name: 'Y', value: '2' }] }),
    current: containers({
      name: 'a',
      env: [
        { name: 'X', value: '1' },
        { name: 'Y', value: '1' },
      ],
    }),
    patch: {
      spec: {
        '$setElementOrder/containers': [{ name: 'a' }],
        containers: [
          {
            name: 'a',
            '$setElementOrder/env': [{ name: 'Y' }],
            env: [
              { name: 'Y', value: '2' },
              { name: 'X', $patch: 'delete' },
            ],
          },
        ],
      },
    },
  },
  {
    reason: 'finalizers: additions and deletions apart',
    gvk: POD,
    original: { metadata: { finalizers: ['a', 'b'] } },
    modified: { metadata: { finalizers: ['b', 'c'] } },
    current: { metadata: { finalizers: ['a', 'b', 's'] } },
    patch: {
      metadata: {
        '$setElementOrder/finalizers': ['b', 'c'],
        '$deleteFromPrimitiveList/finalizers': ['a'],
        finalizers: ['c'],
      },
    },
  },
  {
    reason: 'a changed strategy retains only its keys',
    gvk: DEPLOYMENT,
    original: { spec: { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } } } },
    modified: { spec: { strategy: { type: 'Recreate' } } },
    current: { spec: { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 1 } } } },
    patch: { spec: { strategy: { $retainKeys: ['type'], rollingUpdate: null, type: 'Recreate' } } },
  },
  {
    reason: 'nothing to do is the empty patch',
    gvk: POD,
    original: containers({ name: 'a' }),
    modified: containers({ name: 'a' }),
    current: containers({ name: 'a', image: 'x' }),
    patch: {},
  },
  {
    reason: 'custom resources replace lists and delete by null',
    gvk: THING,
    original: { spec: { a: [1], gone: 1 } },
    modified: { spec: { a: [1, 2] } },
    current: { spec: { a: [1], gone: 1, server: 1 } },
    patch: { spec: { a: [1, 2], gone: null } },
  },
];

describe('createThreeWayMergePatch', () => {
  it.each(cases)('$reason', ({ gvk, original, modified, current, patch }) => {
    expect(createThreeWayMergePatch(gvk, { original, modified, current, overwrite: true })).toEqual(patch);
  });

  it('refuses to overwrite what others changed, unless told to', () => {
    const inputs = {
      original: { spec: { replicas: 1 } },
      modified: { spec: { replicas: 2 } },
      current: { spec: { replicas: 5 } },
    };
    expect(() => createThreeWayMergePatch(DEPLOYMENT, { ...inputs, overwrite: false })).toThrow(
      'conflicts with changes',
    );
    expect(createThreeWayMergePatch(DEPLOYMENT, { ...inputs, overwrite: true })).toEqual({ spec: { replicas: 2 } });
    const agreed = { ...inputs, current: { spec: { replicas: 2 } } };
    expect(createThreeWayMergePatch(DEPLOYMENT, { ...agreed, overwrite: false })).toEqual({});
  });
});

const name = fc.constantFrom('a', 'b', 'c', 'd');
const variables = fc.uniqueArray(fc.record({ name, value: fc.constantFrom('1', '2') }), {
  selector: (item) => item.name,
  maxLength: 4,
});
const container = fc.record(
  { name, image: fc.constantFrom('x', 'y'), env: variables, args: fc.array(name, { maxLength: 2 }) },
  { requiredKeys: ['name'] },
);
const pod = fc.record({
  metadata: fc.record({ finalizers: fc.uniqueArray(name), labels: fc.dictionary(name, name) }, { requiredKeys: [] }),
  spec: fc.record({
    containers: fc.uniqueArray(container, { selector: (item) => item.name, minLength: 1, maxLength: 4 }),
    nodeSelector: fc.dictionary(name, name),
  }),
});

/** Empty maps and lists of merged places cannot be told from absent ones by a merge: left out before comparing. */
function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmpty);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, member]) => [key, withoutEmpty(member)] as const);
  return Object.fromEntries(
    entries.filter(([, member]) => typeof member !== 'object' || Object.keys(member ?? {}).length > 0),
  );
}

describe('patches and their application are inverse', () => {
  it('two-way, strategic', () => {
    fc.assert(
      fc.property(pod, pod, (before, after) => {
        const patch = createTwoWayMergePatch(POD, before, after);
        expect(withoutEmpty(applyStrategicMergePatch(POD, before, patch))).toEqual(withoutEmpty(after));
      }),
    );
  });

  it('two-way, plain', () => {
    fc.assert(
      fc.property(pod, pod, (before, after) => {
        expect(applyMergePatch(before, createTwoWayMergePatch(THING, before, after))).toEqual(after);
      }),
    );
  });

  it('three-way: applying twice changes nothing, and what is modified holds', () => {
    fc.assert(
      fc.property(pod, pod, pod, (original, modified, current) => {
        const inputs = { original, modified, overwrite: true };
        const once = applyStrategicMergePatch(POD, current, createThreeWayMergePatch(POD, { ...inputs, current }));
        // The order of a list that others added to is said again and again, as upstream does; it moves nothing.
        const again = createThreeWayMergePatch(POD, { original: modified, modified, current: once, overwrite: true });
        expect(applyStrategicMergePatch(POD, once, again)).toEqual(once);
      }),
    );
  });
});
