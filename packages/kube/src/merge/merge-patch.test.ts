import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { cloneJson, equalJson, isObject } from '@argosy/std';

import { MAX_DEPTH } from '../schema/index.ts';
import { applyMergePatch } from './merge-patch.ts';

const cases: readonly { reason: string; target: unknown; patch: unknown; want: unknown }[] = [
  { reason: 'members merge', target: { a: { b: 1, c: 2 } }, patch: { a: { b: 3 } }, want: { a: { b: 3, c: 2 } } },
  { reason: 'null deletes', target: { a: 1, b: 2 }, patch: { a: null }, want: { b: 2 } },
  { reason: 'null of an absent member is nothing', target: {}, patch: { a: { b: null } }, want: { a: {} } },
  { reason: 'lists are replaced', target: { a: [1, 2] }, patch: { a: [3] }, want: { a: [3] } },
  { reason: 'a map replaces a scalar', target: { a: 1 }, patch: { a: { b: 1 } }, want: { a: { b: 1 } } },
  { reason: 'a list replaces a map', target: { a: {} }, patch: { a: [null] }, want: { a: [null] } },
  { reason: 'a scalar patch replaces all', target: { a: 1 }, patch: 5, want: 5 },
  { reason: 'a map patch of a scalar starts empty', target: 5, patch: { a: 1, b: null }, want: { a: 1 } },
];

/** The obvious inverse: what turns `from` into `to`, when neither holds nulls. */
function difference(from: unknown, to: unknown): unknown {
  if (!isObject(from) || !isObject(to)) return to;
  const patch = Object.create(null) as { [key: string]: unknown };
  for (const key of Object.keys(from)) if (!Object.hasOwn(to, key)) patch[key] = null;
  for (const key of Object.keys(to)) {
    if (!Object.hasOwn(from, key)) patch[key] = to[key];
    else if (!equalJson(from[key], to[key])) patch[key] = difference(from[key], to[key]);
  }
  return patch;
}

const tree = fc.letrec((tie) => ({
  node: fc.oneof(
    { maxDepth: 3 },
    fc.integer({ min: 0, max: 3 }),
    fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 2 }),
    fc.dictionary(fc.constantFrom('a', 'b', 'c'), tie('node')),
  ),
})).node;

describe('applyMergePatch', () => {
  it.each(cases)('$reason', ({ target, patch, want }) => {
    const before = cloneJson(target);
    expect(applyMergePatch(target, patch)).toEqual(want);
    expect(target).toEqual(before);
  });

  it('treats __proto__ as a plain member', () => {
    const result = applyMergePatch({ a: 1 }, JSON.parse('{"__proto__":{"x":1}}'));
    expect(JSON.stringify(result)).toBe('{"a":1,"__proto__":{"x":1}}');
    expect((result as { x?: unknown }).x).toBeUndefined();
  });

  it('refuses endless nesting', () => {
    const deep: unknown = JSON.parse('{"a":'.repeat(MAX_DEPTH + 1) + '1' + '}'.repeat(MAX_DEPTH + 1));
    expect(() => applyMergePatch({}, deep)).toThrow('nested too deeply');
  });

  it('undoes what the obvious difference describes', () => {
    fc.assert(
      fc.property(tree, tree, (from, to) => {
        expect(applyMergePatch(from, difference(from, to))).toEqual(to);
      }),
    );
  });

  it('gives the same when applied twice', () => {
    fc.assert(
      fc.property(tree, fc.jsonValue({ maxDepth: 3 }), (target, patch) => {
        const once = applyMergePatch(target, patch);
        expect(applyMergePatch(once, patch)).toEqual(once);
      }),
    );
  });
});
