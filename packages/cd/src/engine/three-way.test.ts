import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyMergePatch } from '@argosy/kube/merge';
import { createMergePatch, mergeThreeWay } from './three-way.ts';

const merge = (original: unknown, desired: unknown, live: unknown): unknown =>
  mergeThreeWay({ original, desired, live }, { builtIn: true });

describe('mergeThreeWay', () => {
  const c = (name: string, more: object = {}): object => ({ name, ...more });
  it.each([
    ['keeps what others added', {}, { a: 1 }, { a: 0, b: 2 }, { a: 1, b: 2 }],
    ['removes what was asked for before', { a: 1, b: 1 }, { a: 1 }, { a: 1, b: 1, c: 1 }, { a: 1, c: 1 }],
    [
      'merges containers by name',
      { containers: [c('x', { image: '1' })] },
      { containers: [c('x', { image: '2' })] },
      { containers: [c('x', { image: '1', policy: 'P' })] },
      { containers: [c('x', { policy: 'P', image: '2' })] },
    ],
    [
      'keeps injected containers in their place',
      { containers: [c('x')] },
      { containers: [c('x')] },
      { containers: [c('side'), c('x')] },
      { containers: [c('side'), c('x')] },
    ],
    [
      'removes a container that was ours',
      { containers: [c('x'), c('y')] },
      { containers: [c('x')] },
      { containers: [c('x'), c('y')] },
      { containers: [c('x')] },
    ],
    ['replaces lists of values', { args: ['a'] }, { args: ['b'] }, { args: ['a'] }, { args: ['b'] }],
    [
      'keeps defaults inside an unchanged list',
      { rules: [{ a: 1 }] },
      { rules: [{ a: 1 }] },
      { rules: [{ a: 1, d: 0 }] },
      { rules: [{ a: 1, d: 0 }] },
    ],
    [
      'replaces a changed list',
      { rules: [{ a: 1 }] },
      { rules: [{ a: 2 }] },
      { rules: [{ a: 1, d: 0 }] },
      { rules: [{ a: 2 }] },
    ],
    ['null removes', {}, { a: null }, { a: 1 }, {}],
  ])('%s', (...[, original, desired, live, expected]) => {
    expect(merge(original, desired, live)).toEqual(expected);
  });

  const json = fc.object({
    maxDepth: 3,
    values: [fc.integer({ min: 0, max: 3 }), fc.constantFrom('a', 'b')],
    key: fc.constantFrom('a', 'b', 'containers', '__proto__'),
  });
  it('is settled once applied', () => {
    fc.assert(
      fc.property(json, json, json, (original, desired, live) => {
        const once = merge(original, desired, live);
        expect(merge(desired, desired, once)).toEqual(once);
      }),
    );
  });

  it('createMergePatch turns one object into the other', () => {
    fc.assert(
      fc.property(json, json, (from, to) => {
        expect(applyMergePatch(from, createMergePatch(from, to))).toEqual(to);
      }),
    );
  });
});
