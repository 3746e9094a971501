import { describe, expect, it } from 'vitest';

import { instant } from '@argosy/std';

import { KubeError, type KubeObject } from '../meta/index.ts';
import { builtinSchema, MAX_DEPTH } from '../schema/index.ts';
import { objectOf, owners, run, THING, type Step } from './apply-scenario.ts';
import { applyServerSide } from './apply-server-side.ts';
import { trackUpdate } from './track-update.ts';

const DEPLOYMENT = builtinSchema({ group: 'apps', version: 'v1', kind: 'Deployment' });

const cases: readonly { reason: string; steps: readonly Step[]; spec: unknown; owners: object }[] = [
  {
    reason: 'an apply owns the leaves it names',
    steps: [{ apply: 'one', spec: { a: '1', struct: { x: '1' } } }],
    spec: { a: '1', struct: { x: '1' } },
    owners: { one: ['.spec.a', '.spec.struct.x'] },
  },
  {
    reason: 'a field that is no longer applied goes away',
    steps: [
      { apply: 'one', spec: { a: '1', b: '1' } },
      { apply: 'one', spec: { a: '1' } },
    ],
    spec: { a: '1' },
    owners: { one: ['.spec.a'] },
  },
  {
    reason: 'equal values are owned together, so leaving one keeps the field',
    steps: [
      { apply: 'one', spec: { a: '1', b: '1' } },
      { apply: 'two', spec: { a: '1' } },
      { apply: 'one', spec: { b: '1' } },
    ],
    spec: { a: '1', b: '1' },
    owners: { one: ['.spec.b'], two: ['.spec.a'] },
  },
  {
    reason: 'another value is a conflict',
    steps: [
      { apply: 'one', spec: { a: '1' } },
      { apply: 'two', spec: { a: '2' }, conflict: 'Apply failed with 1 conflict: conflict with "one": .spec.a' },
    ],
    spec: { a: '1' },
    owners: { one: ['.spec.a'] },
  },
  {
    reason: 'force takes the field over',
    steps: [
      { apply: 'one', spec: { a: '1', b: '1' } },
      { apply: 'two!', spec: { a: '2' } },
    ],
    spec: { a: '2', b: '1' },
    owners: { one: ['.spec.b'], two: ['.spec.a'] },
  },
  {
    reason: 'after losing everything the old manager is gone',
    steps: [
      { apply: 'one', spec: { a: '1' } },
      { apply: 'two!', spec: { a: '2' } },
    ],
    spec: { a: '2' },
    owners: { two: ['.spec.a'] },
  },
  {
    reason: 'conflicts with several managers are grouped by manager',
    steps: [
      { apply: 'one', spec: { a: '1' } },
      { update: 'edit', spec: { a: '1', b: '1', number: 1 } },
      {
        apply: 'two',
        spec: { a: '2', b: '2', number: 2 },
        conflict:
          'Apply failed with 3 conflicts: conflicts with "edit" using x.io/v1:\n- .spec.b\n- .spec.number\nconflicts with "one":\n- .spec.a',
      },
    ],
    spec: { a: '1', b: '1', number: 1 },
    owners: { one: ['.spec.a'], 'edit*': ['.spec.b', '.spec.number'] },
  },
  {
    reason: 'an update takes ownership without asking',
    steps: [
      { apply: 'one', spec: { a: '1', b: '1' } },
      { update: 'edit', spec: { a: '2', b: '1' } },
    ],
    spec: { a: '2', b: '1' },
    owners: { one: ['.spec.b'], 'edit*': ['.spec.a'] },
  },
  {
    reason: 'what an updater owns stays when an applier leaves it',
    steps: [
      { apply: 'one', spec: { a: '1', b: '1' } },
      { update: 'edit', spec: { a: '2', b: '1' } },
      { apply: 'one', spec: { b: '1' } },
    ],
    spec: { a: '2', b: '1' },
    owners: { one: ['.spec.b'], 'edit*': ['.spec.a'] },
  },
  {
    reason: 'a removal by update takes it from every owner',
    steps: [
      { apply: 'one', spec: { a: '1', b: '1' } },
      { apply: 'two', spec: { a: '1' } },
      { update: 'edit', spec: { b: '1' } },
    ],
    spec: { b: '1' },
    owners: { one: ['.spec.b'] },
  },
  {
    reason: 'list items are owned by key, their members one by one',
    steps: [
      { apply: 'one', spec: { list: [{ name: 'x', value: '1' }] } },
      { apply: 'two', spec: { list: [{ name: 'x', other: '2' }, { name: 'y' }] } },
    ],
    spec: { list: [{ name: 'x', value: '1', other: '2' }, { name: 'y' }] },
    owners: {
      one: ['.spec.list[name="x"]', '.spec.list[name="x"].name', '.spec.list[name="x"].value'],
      two: [
        '.spec.list[name="x"]',
        '.spec.list[name="x"].name',
        '.spec.list[name="x"].other',
        '.spec.list[name="y"]',
        '.spec.list[name="y"].name',
      ],
    },
  },
  {
    reason: 'an item left by one applier stays for the other, without the first one’s members',
    steps: [
      { apply: 'one', spec: { list: [{ name: 'x', value: '1' }] } },
      { apply: 'two', spec: { list: [{ name: 'x', other: '2' }] } },
      { apply: 'one', spec: { a: '1' } },
    ],
    spec: { list: [{ name: 'x', other: '2' }], a: '1' },
    owners: {
      one: ['.spec.a'],
      two: ['.spec.list[name="x"]', '.spec.list[name="x"].name', '.spec.list[name="x"].other'],
    },
  },
  {
    reason: 'an item is a unit: what an updater put into it goes with it',
    steps: [
      { apply: 'one', spec: { list: [{ name: 'x' }, { name: 'y' }] } },
      { update: 'edit', spec: { list: [{ name: 'x', value: '9' }, { name: 'y' }] } },
      { apply: 'one', spec: { list: [{ name: 'y' }] } },
    ],
    spec: { list: [{ name: 'y' }] },
    owners: { one: ['.spec.list[name="y"]', '.spec.list[name="y"].name'] },
  },
  {
    reason: 'the config’s order of items wins, others keep their place',
    steps: [
      { apply: 'one', spec: { list: [{ name: 'a' }, { name: 'b' }, { name: 'c' }] } },
      { apply: 'two', spec: { list: [{ name: 'c' }, { name: 'n' }, { name: 'a' }] } },
    ],
    spec: { list: [{ name: 'b' }, { name: 'c' }, { name: 'n' }, { name: 'a' }] },
    owners: {
      one: ['a', 'b', 'c'].flatMap((key) => [`.spec.list[name="${key}"]`, `.spec.list[name="${key}"].name`]),
      two: ['a', 'c', 'n'].flatMap((key) => [`.spec.list[name="${key}"]`, `.spec.list[name="${key}"].name`]),
    },
  },
  {
    reason: 'two keys, one of them defaulted',
    steps: [
      { apply: 'one', spec: { ports: [{ port: 80, name: 'web' }] } },
      {
        apply: 'two',
        spec: {
          ports: [
            { port: 80, protocol: 'UDP' },
            { port: 80, protocol: 'TCP', name: 'web' },
          ],
        },
      },
    ],
    spec: {
      ports: [
        { port: 80, protocol: 'UDP' },
        { port: 80, name: 'web', protocol: 'TCP' },
      ],
    },
    owners: {
      one: [
        '.spec.ports[port=80,protocol="TCP"]',
        '.spec.ports[port=80,protocol="TCP"].name',
        '.spec.ports[port=80,protocol="TCP"].port',
      ],
      two: [
        '.spec.ports[port=80,protocol="TCP"]',
        '.spec.ports[port=80,protocol="TCP"].name',
        '.spec.ports[port=80,protocol="TCP"].port',
        '.spec.ports[port=80,protocol="TCP"].protocol',
        '.spec.ports[port=80,protocol="UDP"]',
        '.spec.ports[port=80,protocol="UDP"].port',
        '.spec.ports[port=80,protocol="UDP"].protocol',
      ],
    },
  },
  {
    reason: 'set items are owned one by one',
    steps: [
      { apply: 'one', spec: { set: ['a', 'b'] } },
      { apply: 'two', spec: { set: ['b', 'c'] } },
      { apply: 'one', spec: { set: ['a'] } },
    ],
    spec: { set: ['a', 'b', 'c'] },
    owners: { one: ['.spec.set[="a"]'], two: ['.spec.set[="b"]', '.spec.set[="c"]'] },
  },
  {
    reason: 'an atomic list belongs to one as a whole',
    steps: [
      { apply: 'one', spec: { atoms: ['a'] } },
      {
        apply: 'two',
        spec: { atoms: ['a', 'b'] },
        conflict: 'Apply failed with 1 conflict: conflict with "one": .spec.atoms',
      },
    ],
    spec: { atoms: ['a'] },
    owners: { one: ['.spec.atoms'] },
  },
  {
    reason: 'an atomic map is replaced as a whole',
    steps: [
      { apply: 'one', spec: { frozen: { x: '1' } } },
      { apply: 'two!', spec: { frozen: { y: '1' } } },
    ],
    spec: { frozen: { y: '1' } },
    owners: { two: ['.spec.frozen'] },
  },
  {
    reason: 'a map without schema goes by member, its lists as one value',
    steps: [
      { apply: 'one', spec: { free: { m: { x: 1 }, l: [1] } } },
      { apply: 'two', spec: { free: { m: { y: 2 } } } },
    ],
    spec: { free: { m: { x: 1, y: 2 }, l: [1] } },
    owners: { one: ['.spec.free.l', '.spec.free.m', '.spec.free.m.x'], two: ['.spec.free.m', '.spec.free.m.y'] },
  },
  {
    reason: 'members of plain maps are shared out',
    steps: [
      { apply: 'one', spec: { labels: { a: '1' } } },
      { apply: 'two', spec: { labels: { b: '1' } } },
      { apply: 'one', spec: { a: '1' } },
    ],
    spec: { labels: { b: '1' }, a: '1' },
    owners: { one: ['.spec.a'], two: ['.spec.labels.b'] },
  },
  {
    reason: 'the last owner of a map leaves: the map goes too',
    steps: [
      { apply: 'one', spec: { labels: { a: '1' }, a: '1' } },
      { apply: 'one', spec: { a: '1' } },
    ],
    spec: { a: '1' },
    owners: { one: ['.spec.a'] },
  },
  {
    reason: 'an empty map is owned by itself',
    steps: [{ apply: 'one', spec: { struct: {}, labels: {} } }],
    spec: { struct: {}, labels: {} },
    owners: { one: ['.spec.labels', '.spec.struct'] },
  },
  {
    reason: 'another version of the same kind keeps one entry for an applier',
    steps: [
      { apply: 'one', spec: { a: '1', b: '1' } },
      { apply: 'one', version: 'v2', spec: { a: '1' } },
    ],
    spec: { a: '1' },
    owners: { one: ['.spec.a'] },
  },
  {
    reason: 'an update under another version still takes from the appliers of the first',
    steps: [
      { apply: 'one', spec: { a: '1', b: '1' } },
      { update: 'edit', version: 'v2', spec: { a: '2', b: '1' } },
      {
        apply: 'one',
        spec: { a: '1' },
        conflict: 'Apply failed with 1 conflict: conflict with "edit" using x.io/v2: .spec.a',
      },
    ],
    spec: { a: '2', b: '1' },
    owners: { one: ['.spec.b'], 'edit*': ['.spec.a'] },
  },
  {
    reason: 'the status endpoint gives no ownership of spec',
    steps: [
      { apply: 'one', spec: { a: '1' } },
      { update: 'controller', subresource: 'status', spec: { a: '2' }, status: { phase: 'Up' } },
    ],
    spec: { a: '2' },
    owners: { one: ['.spec.a'], 'controller*': ['.status', '.status.phase'] },
  },
];

describe('applyServerSide', () => {
  it.each(cases)('$reason', (row) => {
    const { live } = run(row.steps);
    expect(live?.['spec']).toEqual(row.spec);
    expect(owners(live)).toEqual(row.owners);
  });

  it.each([
    { reason: 'the only label', metadata: { labels: { a: 'b' } } },
    { reason: 'labels and annotations at once', metadata: { labels: { a: 'b' }, annotations: { c: 'd' } } },
    { reason: 'the only finalizer', metadata: { finalizers: ['x.io/hold'] } },
  ])('keeps the identity when a manager drops all that it owned in metadata: $reason', ({ metadata }) => {
    const { live } = run([
      { apply: 'one', spec: { a: '1' }, metadata },
      { apply: 'one', spec: { a: '1' } },
    ]);
    expect(live).toMatchObject({ metadata: { name: 'n' }, spec: { a: '1' } });
    expect(Object.keys(live?.metadata ?? {}).toSorted()).toEqual(['managedFields', 'name']);
    expect(owners(live)).toEqual({ one: ['.spec.a'] });
  });

  it('writes entries as Kubernetes stores them', () => {
    const { live } = run([
      { apply: 'one', spec: { list: [{ name: 'x' }], set: ['s'] } },
      { update: 'edit', subresource: 'status', spec: { list: [{ name: 'x' }], set: ['s'] }, status: { phase: 'Up' } },
    ]);
    expect(live?.metadata.managedFields).toEqual([
      {
        manager: 'one',
        operation: 'Apply',
        apiVersion: 'x.io/v1',
        time: '1970-01-01T00:00:00Z',
        fieldsType: 'FieldsV1',
        fieldsV1: { 'f:spec': { 'f:list': { 'k:{"name":"x"}': { '.': {}, 'f:name': {} } }, 'f:set': { 'v:"s"': {} } } },
      },
      {
        manager: 'edit',
        operation: 'Update',
        apiVersion: 'x.io/v1',
        time: '1970-01-01T00:01:00Z',
        fieldsType: 'FieldsV1',
        fieldsV1: { 'f:status': { '.': {}, 'f:phase': {} } },
        subresource: 'status',
      },
    ]);
  });

  it('gives each conflict its cause', () => {
    const { live } = run([{ update: 'edit', spec: { a: '1' } }]);
    const config = objectOf({ spec: { a: '2' } });
    const result = applyServerSide({ schema: THING, live, config, manager: 'two', force: false, now: instant(0) });
    expect(result.ok ? [] : result.error.causes).toEqual([
      {
        reason: 'FieldManagerConflict',
        message: 'conflict with "edit" using x.io/v1 at 1970-01-01T00:00:00Z',
        field: '.spec.a',
      },
    ]);
  });

  it('does not write what is already there, and keeps the time', () => {
    const { live } = run([{ apply: 'one', spec: { a: '1', list: [{ name: 'x' }] } }]);
    const config = objectOf({ spec: { list: [{ name: 'x' }], a: '1' } });
    const result = applyServerSide({ schema: THING, live, config, manager: 'one', force: false, now: instant(99_000) });
    expect(result).toEqual({ ok: true, value: { object: live, changed: false } });
  });

  it('attributes an untracked object to what was before the first apply', () => {
    const live = objectOf({ spec: { a: '1', b: '1' } });
    const config = objectOf({ spec: { a: '2' } });
    const result = applyServerSide({ schema: THING, live, config, manager: 'one', force: false, now: instant(0) });
    expect(result.ok ? '' : result.error.message).toBe(
      'Apply failed with 1 conflict: conflict with "before-first-apply" using x.io/v1: .spec.a',
    );
    const forced = applyServerSide({ schema: THING, live, config, manager: 'one', force: true, now: instant(0) });
    expect(forced.ok ? owners(forced.value.object) : {}).toEqual({
      one: ['.spec.a'],
      'before-first-apply*': ['.spec', '.spec.b'],
    });
  });

  it('lets kubectl take over what its client-side apply put there, and keeps the annotation in step', () => {
    const applied = { apiVersion: 'x.io/v1', kind: 'Thing', metadata: { name: 'n' }, spec: { a: '1', b: '1' } };
    const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify(applied) };
    const { live } = run([
      { update: 'kubectl-client-side-apply', spec: { a: '1', b: '9' }, metadata: { annotations } },
    ]);
    const apply = (spec: object, manager: string): ReturnType<typeof applyServerSide> =>
      applyServerSide({ schema: THING, live, config: objectOf({ spec }), manager, force: false, now: instant(0) });
    const taken = apply({ a: '2' }, 'kubectl');
    expect(taken.ok ? taken.value.object['spec'] : undefined).toEqual({ a: '2', b: '9' });
    expect(taken.ok ? taken.value.object.metadata.annotations?.[Object.keys(annotations)[0] ?? ''] : '').toContain(
      '{"a":"2"}',
    );
    expect(apply({ b: '2' }, 'kubectl').ok).toBe(false);
    expect(apply({ a: '2' }, 'other').ok).toBe(false);
  });

  const refusals: readonly { reason: string; spec: unknown; want: string }[] = [
    {
      reason: 'a field without schema',
      spec: { nope: 1 },
      want: '(/n; x.io/v1, Kind=Thing): .spec.nope: field not declared in schema',
    },
    { reason: 'a wrong type', spec: { number: 'x' }, want: '.spec.number: expected numeric (int or float), got x' },
    {
      reason: 'an item without its key',
      spec: { list: [{ value: '1' }] },
      want: '.spec.list: element 0: associative list with keys has an element that omits key field "name"',
    },
    {
      reason: 'a key twice',
      spec: { list: [{ name: 'x' }, { name: 'x' }] },
      want: '.spec.list: duplicate entries for key [name="x"]',
    },
    { reason: 'a set item twice', spec: { set: ['x', 'x'] }, want: '.spec.set: duplicate entries for key [="x"]' },
    {
      reason: 'several problems at once',
      spec: { nope: 1, number: [] },
      want: 'errors:\n  .spec.nope: field not declared in schema\n  .spec.number: expected numeric (int or float), got []',
    },
  ];

  it.each(refusals)('refuses $reason', ({ spec, want }) => {
    const config = { ...objectOf({}), spec };
    const act = (): unknown =>
      applyServerSide({ schema: THING, live: undefined, config, manager: 'm', force: false, now: instant(0) });
    expect(act).toThrow(KubeError);
    expect(act).toThrow(want);
  });

  it('refuses managed fields and endless nesting', () => {
    const config = objectOf({ metadata: { managedFields: [] } });
    const apply = { schema: THING, live: undefined, manager: 'm', force: false, now: instant(0) };
    expect(() => applyServerSide({ ...apply, config })).toThrow('metadata.managedFields must be nil');
    const deep: unknown = JSON.parse('['.repeat(MAX_DEPTH + 1) + ']'.repeat(MAX_DEPTH + 1));
    expect(() => applyServerSide({ ...apply, config: objectOf({ spec: { free: { deep } } }) })).toThrow(
      'nested too deeply',
    );
  });

  it('treats __proto__ as a plain member', () => {
    const spec = JSON.parse('{"labels":{"__proto__":"1"}}') as object;
    const { live } = run([{ apply: 'one', spec }]);
    expect(JSON.stringify(live?.['spec'])).toBe('{"labels":{"__proto__":"1"}}');
    expect(owners(live)).toEqual({ one: ['.spec.labels.__proto__'] });
  });

  it('tracks a created deployment as a real server does', () => {
    const next: KubeObject = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web', labels: { app: 'web' }, annotations: { a: 'b' } },
      spec: {
        replicas: 1,
        selector: { matchLabels: { app: 'web' } },
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%' } },
        template: {
          metadata: { labels: { app: 'web' } },
          spec: { containers: [{ name: 'c', image: 'x', env: [{ name: 'E' }] }] },
        },
      },
    };
    const tracked = trackUpdate({
      schema: DEPLOYMENT,
      live: undefined,
      next,
      manager: 'kubectl-create',
      now: instant(0),
    });
    expect(tracked.metadata.managedFields?.[0]?.fieldsV1).toEqual({
      'f:metadata': { 'f:annotations': { '.': {}, 'f:a': {} }, 'f:labels': { '.': {}, 'f:app': {} } },
      'f:spec': {
        'f:replicas': {},
        'f:selector': {},
        'f:strategy': { 'f:rollingUpdate': { '.': {}, 'f:maxSurge': {} }, 'f:type': {} },
        'f:template': {
          'f:metadata': { 'f:labels': { '.': {}, 'f:app': {} } },
          'f:spec': {
            'f:containers': {
              'k:{"name":"c"}': {
                '.': {},
                'f:env': { '.': {}, 'k:{"name":"E"}': { '.': {}, 'f:name': {} } },
                'f:image': {},
                'f:name': {},
              },
            },
          },
        },
      },
    });
  });
});
