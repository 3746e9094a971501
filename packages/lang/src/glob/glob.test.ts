import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileDoublestar, compileFilepathMatch, compileGlob, evaluateGlob, GLOB_LIMIT_PATTERN } from './index.ts';

interface Row {
  readonly d: 'gobwas' | 'filepath';
  readonly p: string;
  readonly s?: string;
  readonly e?: string;
  readonly i?: readonly string[];
  readonly m?: string;
}

// Made by tools/oracles/glob with the Go libraries.
const golden = JSON.parse(readFileSync(join(import.meta.dirname, 'testdata/golden.json'), 'utf8')) as readonly Row[];

/** A bad class behind a star: Go sees it only when the rest of the text comes that far. */
const LAZY_ERRORS = new Set(['[ab]-*[]']);

function answers(row: Row): string {
  const glob = row.d === 'gobwas' ? compileGlob(row.p, row.s ?? '') : compileFilepathMatch(row.p);
  if (!glob.ok) return glob.error.message;
  // Where the library panicked any answer will do.
  return (row.i ?? []).map((text, at) => (row.m?.[at] === 'p' ? 'p' : glob.value.match(text) ? '1' : '0')).join('');
}

const stars: readonly (readonly [string, string, boolean, string])[] = [
  ['**', 'a/b/c', true, 'everything'],
  ['**', '', true, 'nothing at all'],
  ['a/**', 'a', true, 'the directory itself'],
  ['a/**', 'a/b/c', true, 'any depth'],
  ['a/**', 'ab', false, 'a whole element'],
  ['**/a', 'a', true, 'no directories'],
  ['**/a', 'x/y/a', true, 'some directories'],
  ['**/a', 'xa', false, 'elements are whole'],
  ['a/**/b', 'a/b', true, 'none between'],
  ['a/**/b', 'a/x/y/b', true, 'some between'],
  ['a/**/b', 'a/xb', false, 'whole elements between'],
  ['a**b', 'axxb', true, 'not a whole element: one star'],
  ['a**b', 'a/b', false, 'and one star stays inside'],
  ['*.{yaml,yml}', 'x.yml', true, 'alternatives'],
  ['*.{yaml,yml}', 'x/y.yml', false, 'a star stays inside'],
  ['{a/**,b}/c', 'a/x/c', true, 'alternatives with slashes'],
  ['[!a]', 'b', true, 'negation'],
  ['[^a]', 'a', false, 'the other negation'],
  ['[^a]', '/', false, 'a class stays inside'],
  ['\\*', '*', true, 'escapes'],
  ['?', '/', false, 'one character, no separator'],
];

describe('glob', () => {
  it('answers as the Go libraries, pattern by pattern', () => {
    expect(golden.length).toBeGreaterThan(8000);
    const wrong = golden.filter((row) => answers(row) !== (row.e ?? row.m ?? '') && !LAZY_ERRORS.has(row.p));
    expect(wrong).toEqual([]);
  });

  it.each(stars)('doublestar %s on %s: %s', (...[pattern, text, expected, reason]) => {
    const glob = compileDoublestar(pattern);
    expect(glob.ok && glob.value.match(text), reason).toBe(expected);
  });

  it.each(['[', '{a', 'a}', '[a-]', '\\'])('doublestar refuses %s', (pattern) => {
    expect(compileDoublestar(pattern)).toMatchObject({ ok: false, error: { message: 'syntax error in pattern' } });
  });

  it('never throws on any pattern and text', () => {
    const text = fc.string({ unit: fc.constantFrom(...'ab/*?[]{}!^-\\,.é🙂\0'), maxLength: 12 });
    fc.assert(
      fc.property(text, text, fc.constantFrom('', '/', './'), (pattern, input, separators) => {
        for (const glob of [
          compileGlob(pattern, separators),
          compileFilepathMatch(pattern),
          compileDoublestar(pattern),
        ]) {
          expect(glob.ok ? typeof glob.value.match(input) : glob.error.message).not.toBe('');
        }
      }),
      { numRuns: 3000 },
    );
  });

  it.each([
    [`${'*a'.repeat(200)}b`, 'a'.repeat(5000)],
    [`${'{a*,*a}'.repeat(100)}b`, 'a'.repeat(5000)],
    [`${'?*'.repeat(500)}b`, 'a'.repeat(5000)],
    [`${'{'.repeat(400)}a*${'}'.repeat(400)}b`, 'a'.repeat(5000)],
    [`${'[!b]*'.repeat(300)}b`, 'a'.repeat(5000)],
  ])('ends soon on a hostile pattern %#', (pattern, text) => {
    const started = performance.now();
    const glob = compileGlob(pattern, '/');
    if (glob.ok) expect(glob.value.match(text)).toBe(false);
    expect(performance.now() - started).toBeLessThan(3000);
  });

  it('names its limits', () => {
    const long = 'a'.repeat(GLOB_LIMIT_PATTERN + 1);
    expect(compileGlob(long)).toMatchObject({ ok: false, error: { limit: 'glob pattern characters' } });
    expect(compileDoublestar('{a,b}'.repeat(20))).toMatchObject({
      ok: false,
      error: { limit: 'doublestar alternatives' },
    });
    expect(evaluateGlob('a*b*', { inputs: ['x'.repeat(20_000)] })).toMatchObject({
      error: { limit: 'glob text characters' },
    });
  });

  it('has a batch form', () => {
    const vars = { inputs: ['a/b', 'ab'], separators: ['/'] };
    expect(evaluateGlob('a*', vars)).toEqual({ ok: true, value: [false, true] });
    expect(evaluateGlob('[a', {})).toMatchObject({
      ok: false,
      error: { message: 'unexpected end of input', column: 3 },
    });
    expect(evaluateGlob('a', { inputs: 'a' })).toMatchObject({ ok: false });
  });
});
