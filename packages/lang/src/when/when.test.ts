import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileWhen, evaluateArgoWhen, evaluateWhen, parametersOf } from './index.ts';

interface Row {
  readonly s: string;
  readonly k: 'value' | 'compile' | 'run' | 'panic';
  readonly v?: unknown;
}

// Made by tools/oracles/when with the Go library.
const golden = JSON.parse(readFileSync(join(import.meta.dirname, 'testdata/golden.json'), 'utf8')) as {
  readonly rows: readonly Row[];
  readonly argo: readonly Row[];
};

const parameters = parametersOf({
  n: 5,
  m: -2.5,
  zero: 0,
  s: 'abc',
  t: 'b',
  empty: '',
  yes: true,
  no: false,
  nothing: null,
  list: [1, 'abc', true],
  'with space': 7,
  'a-b': 3,
  big: 1e18,
  digits: '42',
});

function shown(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shown);
  if (typeof value !== 'number') return value ?? null;
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  return Object.is(value, -0) ? 0 : value;
}

function outcome(source: string, bareWords: boolean): { readonly k: string; readonly v: unknown } {
  const program = compileWhen(source, { bareWords });
  if (!program.ok) return { k: 'compile', v: program.error.message };
  const value = program.value.run(bareWords ? () => undefined : parameters);
  return value.ok ? { k: 'value', v: shown(value.value) } : { k: 'run', v: value.error.message };
}

/** Powers may differ in the last digit between platforms; everything else is equal. */
function close(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, at) => close(item, b[at]));
  if (typeof a !== 'number' || typeof b !== 'number') return JSON.stringify(a) === JSON.stringify(b);
  return a === b || Math.abs(a - b) <= Math.abs(b) * 1e-14;
}

describe('when', () => {
  it.each([
    { name: 'rows', bareWords: false, least: 11_000, reason: 'with parameters' },
    { name: 'argo', bareWords: true, least: 250, reason: 'as Argo Workflows uses it: bare words are texts' },
  ] as const)('gives what the Go library gives, row by row: $reason', ({ name, bareWords, least }) => {
    const wrong = golden[name].flatMap(({ s, k, v = null }): object[] => {
      const found = outcome(s, bareWords);
      // Where the Go library panics ours is an error, never a value.
      if (k === 'panic') return found.k === 'value' ? [{ s, k, v, found }] : [];
      return found.k === k && close(found.v, v) ? [] : [{ s, k, v, found }];
    });
    expect(golden[name].length).toBeGreaterThan(least);
    expect(wrong.slice(0, 40)).toEqual([]);
  });

  it.each([
    { source: 'heads == heads', value: true, reason: 'bare words are texts' },
    { source: 'heads == tails', value: false, reason: 'bare words are texts' },
    { source: '', value: true, reason: 'no condition' },
    { source: '5 > 3 && "a" != "b"', value: true, reason: 'numbers and texts' },
    { source: 'abc =~ "^a"', value: true, reason: 'a pattern is RE2' },
    { source: 'a-b == c', value: undefined, reason: 'a dash is minus, and words are no numbers' },
  ])('as Argo uses it: $source ($reason)', ({ source, value }) => {
    const found = evaluateArgoWhen(source);
    expect(found.ok ? found.value : undefined).toBe(value);
  });

  it.each([
    {
      source: '{{x}} == 1',
      message: `Invalid 'when' expression '{{x}} == 1': Invalid token: '{{' (hint: try wrapping the affected expression in quotes ("))`,
    },
    { source: '1 + 1', message: "Expected boolean evaluation for '1 + 1'. Got 2" },
    {
      source: 'a > 1',
      message:
        "Invalid 'when' expression 'a > 1': Value 'a' cannot be used with the comparator '>', it is not a number",
    },
  ])('says what Argo says: $source', ({ source, message }) => {
    expect(evaluateArgoWhen(source)).toEqual({ ok: false, error: message });
  });

  it('treats names of the prototype as plain names', () => {
    expect(evaluateWhen('__proto__ == 1', {})).toMatchObject({ ok: false, error: { message: "Invalid token: '__'" } });
    expect(evaluateWhen('constructor == 1', {})).toMatchObject({
      ok: false,
      error: { message: "No parameter 'constructor' found.", line: 1, column: 1 },
    });
    expect(evaluateWhen('constructor == 1', JSON.parse('{"constructor":1}'))).toEqual({ ok: true, value: true });
  });

  it('ends at its limits', () => {
    const limitOf = (source: string): unknown => {
      const found = evaluateWhen(source, {});
      return found.ok ? undefined : found.error.limit;
    };
    expect(limitOf(' '.repeat(70_000).concat('true'))).toBe('when characters');
    expect(limitOf(`${'('.repeat(2000)}true${')'.repeat(2000)}`)).toBe('when depth');
    expect(limitOf(`true${' && true'.repeat(2000)}`)).toBe('when depth');
    expect(limitOf(`true${','.repeat(20_000)}`)).toBe('when tokens');
    expect(evaluateWhen(`'${'a'.repeat(30_000)}!' =~ '^(a+)+$'`, {})).toEqual({ ok: true, value: false });
  });

  it('answers anything with a value or a diagnostic', () => {
    const piece = fc.constantFrom(
      ...'n 1 ( ) , + - ! ~ ? : ?? && || == =~ in \' " \\ [ ] a.B 0x 2014-01-02 < >'.split(' '),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        expect(typeof evaluateWhen(pieces.join(' '), { n: 1 }).ok).toBe('boolean');
      }),
      { numRuns: 2000 },
    );
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(typeof evaluateArgoWhen(text).ok).toBe('boolean');
      }),
      { numRuns: 1000 },
    );
  });
});
