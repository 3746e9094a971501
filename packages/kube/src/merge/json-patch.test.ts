import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { cloneJson } from '@argosy/std';

import { KubeError } from '../meta/index.ts';
import { applyJsonPatch } from './json-patch.ts';
import { MAX_DEPTH } from '../schema/index.ts';
import { MAX_JSON_PATCH_OPERATIONS } from './limits.ts';

const attempt = (target: unknown, operations: unknown): unknown => {
  try {
    return applyJsonPatch(target, operations);
  } catch (error) {
    if (error instanceof KubeError) return error.code;
    throw error;
  }
};

const cases: readonly { reason: string; target: unknown; patch: unknown; want: unknown }[] = [
  { reason: 'add a member', target: { a: 1 }, patch: [{ op: 'add', path: '/b', value: 2 }], want: { a: 1, b: 2 } },
  { reason: 'add replaces a member', target: { a: 1 }, patch: [{ op: 'add', path: '/a', value: 2 }], want: { a: 2 } },
  { reason: 'add inserts into a list', target: [1, 3], patch: [{ op: 'add', path: '/1', value: 2 }], want: [1, 2, 3] },
  { reason: 'a dash appends', target: [1], patch: [{ op: 'add', path: '/-', value: 2 }], want: [1, 2] },
  { reason: 'add past the end is refused', target: [1], patch: [{ op: 'add', path: '/3', value: 2 }], want: 422 },
  { reason: 'leading zeros are no index', target: [1, 2], patch: [{ op: 'remove', path: '/01' }], want: 422 },
  {
    reason: 'the empty path is the document',
    target: { a: 1 },
    patch: [{ op: 'replace', path: '', value: 5 }],
    want: 5,
  },
  {
    reason: 'a label whose map is absent cannot be added',
    target: { metadata: {} },
    patch: [{ op: 'add', path: '/metadata/labels/a~1b', value: 'x' }],
    want: 422,
  },
  {
    reason: 'escapes stand for slash and tilde',
    target: { l: {} },
    patch: [{ op: 'add', path: '/l/a~1b~0c', value: 1 }],
    want: { l: { 'a/b~c': 1 } },
  },
  { reason: 'a bad escape is malformed', target: {}, patch: [{ op: 'add', path: '/a~2', value: 1 }], want: 400 },
  { reason: 'remove of nothing is refused', target: {}, patch: [{ op: 'remove', path: '/a' }], want: 422 },
  { reason: 'the document itself cannot be removed', target: {}, patch: [{ op: 'remove', path: '' }], want: 422 },
  { reason: 'replace needs an old value', target: {}, patch: [{ op: 'replace', path: '/a', value: 1 }], want: 422 },
  {
    reason: 'move takes the value away',
    target: { a: { x: 1 } },
    patch: [{ op: 'move', from: '/a', path: '/b' }],
    want: { b: { x: 1 } },
  },
  { reason: 'move into itself', target: { a: { x: 1 } }, patch: [{ op: 'move', from: '/a', path: '/a/x' }], want: 422 },
  {
    reason: 'move to itself changes nothing',
    target: { a: 1 },
    patch: [{ op: 'move', from: '/a', path: '/a' }],
    want: { a: 1 },
  },
  {
    reason: 'a copy is independent of its source',
    target: { a: { x: 1 } },
    patch: [
      { op: 'add', path: '/a/y', value: 2 },
      { op: 'copy', from: '/a', path: '/b' },
      { op: 'add', path: '/b/z', value: 3 },
    ],
    want: { a: { x: 1, y: 2 }, b: { x: 1, y: 2, z: 3 } },
  },
  {
    reason: 'test compares deeply',
    target: { a: [{ b: 1 }] },
    patch: [{ op: 'test', path: '/a', value: [{ b: 1 }] }],
    want: { a: [{ b: 1 }] },
  },
  { reason: 'a failed test refuses', target: { a: 1 }, patch: [{ op: 'test', path: '/a', value: 2 }], want: 422 },
  {
    reason: 'test for null passes on an absent member',
    target: {},
    patch: [{ op: 'test', path: '/a', value: null }],
    want: {},
  },
  {
    reason: 'but not below an absent parent',
    target: {},
    patch: [{ op: 'test', path: '/a/b', value: null }],
    want: 422,
  },
  { reason: 'unknown operations are malformed', target: {}, patch: [{ op: 'merge', path: '/a' }], want: 400 },
  { reason: 'add without value is malformed', target: {}, patch: [{ op: 'add', path: '/a' }], want: 400 },
  { reason: 'a patch is a list', target: {}, patch: { op: 'add' }, want: 400 },
  { reason: 'copy without from is malformed', target: {}, patch: [{ op: 'copy', path: '/a' }], want: 400 },
  {
    reason: 'too many operations',
    target: {},
    patch: Array.from({ length: MAX_JSON_PATCH_OPERATIONS + 1 }, () => ({ op: 'add', path: '/a', value: 1 })),
    want: 413,
  },
  {
    reason: 'doubling by copy ends at the limit',
    target: { a: { text: 'x'.repeat(100) } },
    patch: Array.from({ length: 60 }, (_, index) => ({ op: 'copy', from: '/a', path: `/a/${index}` })),
    want: 422,
  },
  {
    reason: 'a pointer has a longest length',
    target: {},
    patch: [{ op: 'add', path: '/a'.repeat(MAX_DEPTH + 1), value: 1 }],
    want: 400,
  },
];

describe('applyJsonPatch', () => {
  it.each(cases)('$reason', ({ target, patch, want }) => {
    const before = cloneJson(target);
    expect(attempt(target, patch)).toEqual(want);
    expect(target).toEqual(before);
  });

  it('treats __proto__ as a plain member', () => {
    const result = applyJsonPatch({}, JSON.parse('[{"op":"add","path":"/__proto__","value":{"x":1}}]'));
    expect(JSON.stringify(result)).toBe('{"__proto__":{"x":1}}');
    expect(attempt({}, [{ op: 'add', path: '/constructor/x', value: 1 }])).toBe(422);
  });

  it('never changes its inputs, whatever the operations', () => {
    const segment = fc.constantFrom('a', 'b', '0', '1', '-');
    const path = fc.array(segment, { minLength: 1, maxLength: 3 }).map((parts) => `/${parts.join('/')}`);
    const operation = fc.record({
      op: fc.constantFrom('add', 'remove', 'replace', 'move', 'copy', 'test'),
      path,
      from: path,
      value: fc.jsonValue({ maxDepth: 2 }),
    });
    const tree = fc.letrec((tie) => ({
      node: fc.oneof(
        { depthSize: 'small', maxDepth: 3 },
        fc.integer(),
        fc.dictionary(fc.constantFrom('a', 'b'), tie('node')),
        fc.array(tie('node'), { maxLength: 3 }),
      ),
    })).node;
    fc.assert(
      fc.property(tree, fc.array(operation, { maxLength: 8 }), (target, patch) => {
        const text = JSON.stringify([target, patch]);
        const result = attempt(target, patch);
        expect(JSON.stringify([target, patch])).toBe(text);
        if (typeof result === 'number') return;
        // The slow twin: a run whose every step starts from a full copy gives the same.
        let slow: unknown = target;
        for (const step of patch) slow = cloneJson(applyJsonPatch(cloneJson(slow), [step]));
        expect(result).toEqual(slow);
      }),
    );
  });
});
