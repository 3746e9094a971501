import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { compareText, isObject } from '@argosy/std';

import { compileSchema } from '../schema/index.ts';
import { compareObjects } from './compare-typed.ts';
import {
  fieldSetPaths,
  formatFieldSet,
  intersectSets,
  isEmptySet,
  MAX_FIELD_SET_DEPTH,
  parseFieldSet,
} from './field-set.ts';
import { pathSet, sameSets, subtractSets, subtractSubtrees, unionSets, type FieldSet } from './field-set.ts';
import { atomOf, indexList, itemOf, memberOf } from './typed-value.ts';
import type { TypeSchema } from '../schema/index.ts';

const element = fc.constantFrom('f:a', 'f:b', 'k:{"name":"x"}', 'v:"s"', 'i:0');
const path = fc.array(element, { minLength: 1, maxLength: 4 });
const paths = fc.array(path, { maxLength: 8 });
const make = (list: readonly (readonly string[])[]): FieldSet => list.map(pathSet).reduce(unionSets, {});

/** The twin: a set of paths is a sorted list of texts. */
const flat = (set: FieldSet): readonly string[] => [...fieldSetPaths(set)].sort(compareText);
const texts = (list: readonly (readonly string[])[]): ReadonlySet<string> =>
  new Set(list.flatMap((item) => fieldSetPaths(pathSet(item))));
const sorted = (list: Iterable<string>): readonly string[] => [...new Set(list)].sort(compareText);

describe('field sets agree with plain sets of paths', () => {
  it('union, difference, intersection', () => {
    fc.assert(
      fc.property(paths, paths, (left, right) => {
        const [a, b] = [make(left), make(right)];
        const [as, bs] = [texts(left), texts(right)];
        expect(flat(unionSets(a, b))).toEqual(sorted([...as, ...bs]));
        expect(flat(subtractSets(a, b))).toEqual(sorted([...as].filter((item) => !bs.has(item))));
        expect(flat(intersectSets(a, b))).toEqual(sorted([...as].filter((item) => bs.has(item))));
        expect(flat(a)).toEqual(sorted(as));
      }),
    );
  });

  it('taking subtrees away', () => {
    fc.assert(
      fc.property(paths, paths, (left, right) => {
        const roots = right.map((item) => item.join('\n'));
        const kept = left.filter(
          (item) => !roots.some((root) => item.join('\n') === root || item.join('\n').startsWith(`${root}\n`)),
        );
        expect(flat(subtractSubtrees(make(left), make(right)))).toEqual(sorted(texts(kept)));
      }),
    );
  });

  it('written and read again they are the same', () => {
    fc.assert(
      fc.property(paths, (list) => {
        const set = make(list);
        const again = parseFieldSet(JSON.parse(JSON.stringify(formatFieldSet(set))));
        expect(again !== undefined && sameSets(again, set)).toBe(true);
      }),
    );
  });
});

describe('parseFieldSet', () => {
  const cases: readonly { reason: string; given: unknown; want: readonly string[] | undefined }[] = [
    { reason: 'keys are sorted', given: { 'k:{"protocol":"TCP","port":80}': {} }, want: ['[port=80,protocol="TCP"]'] },
    { reason: 'a dot is the path itself', given: { 'f:a': { '.': {}, 'f:b': {} } }, want: ['.a', '.a.b'] },
    { reason: 'a dot alone is a leaf', given: { 'f:a': { '.': {} } }, want: ['.a'] },
    {
      reason: 'labels keep their dots and slashes',
      given: { 'f:app.kubernetes.io/name': {} },
      want: ['.app.kubernetes.io/name'],
    },
    { reason: 'set items and indexes', given: { 'v:"x"': {}, 'v:1': {}, 'i:0': {} }, want: ['[0]', '[="x"]', '[=1]'] },
    { reason: 'an unknown kind of element', given: { 'x:a': {} }, want: undefined },
    { reason: 'a key that is no JSON', given: { 'k:{': {} }, want: undefined },
    { reason: 'a key that is no map', given: { 'k:1': {} }, want: undefined },
    { reason: 'no map', given: [], want: undefined },
    { reason: 'members that are no maps', given: { 'f:a': 1 }, want: undefined },
    {
      reason: 'endless nesting',
      given: JSON.parse('{"f:a":'.repeat(MAX_FIELD_SET_DEPTH + 2) + '{}' + '}'.repeat(MAX_FIELD_SET_DEPTH + 2)),
      want: undefined,
    },
    { reason: '__proto__ is a plain name', given: JSON.parse('{"f:__proto__":{}}'), want: ['.__proto__'] },
  ];

  it.each(cases)('$reason', ({ given, want }) => {
    const set = parseFieldSet(given);
    expect(set === undefined ? undefined : sorted(fieldSetPaths(set))).toEqual(
      want === undefined ? undefined : sorted(want),
    );
  });
});

const SCHEMA = compileSchema({
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      properties: {
        a: { type: 'string' },
        map: { type: 'object', additionalProperties: { type: 'string' } },
        list: {
          type: 'array',
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['name'],
          items: { type: 'object', properties: { name: { type: 'string' }, v: { type: 'string' } } },
        },
        set: { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'string' } },
        atoms: { type: 'array', items: { type: 'string' } },
        free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
      },
    },
  },
});

/** The twin of the comparison: every path of a value with the text of what stands there. */
function pathValues(schema: TypeSchema, value: unknown, at: string): readonly (readonly [string, string])[] {
  const atom = atomOf(schema, value);
  if (atom === 'members' && isObject(value)) {
    const below = Object.keys(value).flatMap((key) => pathValues(memberOf(schema, key), value[key], `${at}.${key}`));
    return [[at, below.length === 0 ? '{}' : 'parts'], ...below];
  }
  if (atom === 'items' && Array.isArray(value)) {
    const items = [...indexList(schema, value).byElement];
    const below = items.flatMap(([key, item]) =>
      pathValues(itemOf(schema), item, `${at}${fieldSetPaths(pathSet([key]))[0] ?? ''}`),
    );
    return [[at, below.length === 0 ? '[]' : 'parts'], ...below];
  }
  return [[at, JSON.stringify(value)]];
}

const name = fc.constantFrom('x', 'y', 'z');
const text = fc.constantFrom('1', '2');
const spec = fc.record(
  {
    a: text,
    map: fc.dictionary(name, text, { minKeys: 1 }),
    list: fc.uniqueArray(fc.record({ name, v: text }, { requiredKeys: ['name'] }), {
      selector: (item) => item.name,
      minLength: 1,
    }),
    set: fc.uniqueArray(name, { minLength: 1 }),
    atoms: fc.array(name, { minLength: 1 }),
    free: fc.dictionary(name, fc.dictionary(name, text, { minKeys: 1 }), { minKeys: 1 }),
  },
  { requiredKeys: [] },
);

describe('compareObjects', () => {
  it('agrees with comparing all paths one by one', () => {
    fc.assert(
      fc.property(spec, spec, (before, after) => {
        const delta = compareObjects(SCHEMA, { spec: before }, { spec: after });
        const old = new Map(pathValues(memberOf(SCHEMA, 'spec'), before, '.spec'));
        const next = new Map(pathValues(memberOf(SCHEMA, 'spec'), after, '.spec'));
        const isEmpty = (value: string | undefined): boolean => value === '{}' || value === '[]';
        // Going from empty to filled is told by the parts, not by the whole.
        const changed = [...next].filter(
          ([key, value]) => old.get(key) !== value && !(old.has(key) && (isEmpty(old.get(key)) || isEmpty(value))),
        );
        expect(sorted(fieldSetPaths(delta.changed))).toEqual(sorted(changed.map(([key]) => key)));
        expect(sorted(fieldSetPaths(delta.removed))).toEqual(sorted([...old.keys()].filter((key) => !next.has(key))));
      }),
    );
  });

  it('finds nothing between equal values', () => {
    fc.assert(
      fc.property(spec, (value) => {
        const copy: unknown = JSON.parse(JSON.stringify(value));
        const delta = compareObjects(SCHEMA, { spec: value }, { spec: copy });
        expect([isEmptySet(delta.changed), isEmptySet(delta.removed)]).toEqual([true, true]);
      }),
    );
  });
});
