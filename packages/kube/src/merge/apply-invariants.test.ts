import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { cloneJson, instant } from '@argosy/std';

import { objectOf, owners, run, THING, type Step } from './apply-scenario.ts';
import { applyServerSide } from './apply-server-side.ts';
import { trackUpdate } from './track-update.ts';

const key = fc.constantFrom('x', 'y', 'z');
const value = fc.constantFrom('1', '2');
const specs = fc.record(
  {
    a: value,
    b: value,
    labels: fc.dictionary(key, value, { minKeys: 1 }),
    frozen: fc.record({ x: value }, { requiredKeys: [] }),
    list: fc.uniqueArray(fc.record({ name: key, value, other: value }, { requiredKeys: ['name'] }), {
      selector: (item) => item.name,
      minLength: 1,
    }),
    set: fc.uniqueArray(key, { minLength: 1 }),
    atoms: fc.array(key),
    free: fc.dictionary(key, fc.oneof(value, fc.dictionary(key, value, { minKeys: 1 })), { minKeys: 1 }),
  },
  { requiredKeys: [] },
);
const steps = fc.array(
  fc.record({ kind: fc.constantFrom('apply', 'update'), manager: fc.constantFrom('one', 'two', 'three'), spec: specs }),
  { minLength: 1, maxLength: 6 },
);

describe('invariants of ownership', () => {
  const states = (list: readonly { kind: string; manager: string; spec: object }[]): Step[] =>
    list.map(({ kind, manager, spec }) =>
      kind === 'apply' ? { apply: `${manager}!`, spec } : { update: `${manager}-edit`, spec },
    );

  it('applying the same again is no write', () => {
    fc.assert(
      fc.property(steps, specs, (list, spec) => {
        const { live } = run([...states(list), { apply: 'one!', spec }]);
        const config = objectOf({ spec });
        const again = applyServerSide({
          schema: THING,
          live,
          config,
          manager: 'one',
          force: false,
          now: instant(10 ** 9),
        });
        expect(again).toEqual({ ok: true, value: { object: live, changed: false } });
      }),
    );
  });

  it('an applied configuration holds, and inputs are never changed', () => {
    fc.assert(
      fc.property(steps, specs, (list, spec) => {
        const { live } = run(states(list));
        const before = cloneJson(live);
        const config = objectOf({ spec });
        const result = applyServerSide({ schema: THING, live, config, manager: 'two', force: true, now: instant(0) });
        expect(live).toEqual(before);
        if (!result.ok) throw new Error(result.error.message);
        const once = applyServerSide({
          schema: THING,
          live: result.value.object,
          config,
          manager: 'new',
          force: false,
          now: instant(0),
        });
        expect(once.ok ? once.value.object['spec'] : undefined).toEqual(result.value.object['spec']);
      }),
    );
  });

  it('nobody owns a path that the object does not have', () => {
    fc.assert(
      fc.property(steps, (list) => {
        const { live } = run(states(list));
        const all = trackUpdate({
          schema: THING,
          live: undefined,
          next: { ...objectOf({}), spec: live?.['spec'] ?? {} },
          manager: 'all',
          now: instant(0),
        });
        const there = new Set(Object.values(owners(all)).flat());
        for (const path of Object.values(owners(live)).flat()) expect(there).toContain(path);
      }),
    );
  });
});
