import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileJsonPath, evaluateJsonpath, relaxedTemplate } from './index.ts';

interface Golden {
  readonly object: unknown;
  readonly rows: readonly { readonly template: string; readonly output?: string; readonly error?: string }[];
}

// Made by tools/oracles/jsonpath with the real kubectl.
const golden = JSON.parse(readFileSync(join(import.meta.dirname, 'testdata/golden.json'), 'utf8')) as Golden;

/** Orders of Go maps are random and their messages print Go's own forms: these rows are compared by kind only. */
const ORDERLESS = /\.\.|\.\*/;

describe('jsonpath', () => {
  it('prints what kubectl prints', () => {
    expect(golden.rows.length).toBeGreaterThanOrEqual(200);
    const wrong = golden.rows.filter(({ template, output, error }) => {
      const result = evaluateJsonpath(template, golden.object);
      if (error !== undefined || !result.ok) return result.ok !== (error === undefined);
      if (result.value === output) return false;
      const sorted = (text: string): string => [...text].sort().join('');
      return !ORDERLESS.test(template) || sorted(result.value) !== sorted(output ?? '');
    });
    expect(wrong.map((row) => ({ ...row, ours: evaluateJsonpath(row.template, golden.object) }))).toEqual([]);
  });

  it('gives values, and takes paths without braces', () => {
    const compiled = compileJsonPath(relaxedTemplate('.spec.words[*]'));
    expect(compiled.ok && compiled.value.values(golden.object)).toEqual({ ok: true, value: ['b', 'a', 'c'] });
    expect(['x', '.x', '{x}', '{.x}'].map(relaxedTemplate)).toEqual(['{.x}', '{.x}', '{.x}', '{.x}']);
  });

  it('ends at named limits and never throws', () => {
    const text = fc.string({ unit: fc.constantFrom(...'{}[]().@$*,:\'"?=<>&|-0123ab \\'), maxLength: 60 });
    fc.assert(
      fc.property(text, (template) => {
        expect(typeof evaluateJsonpath(template, golden.object).ok).toBe('boolean');
      }),
      { numRuns: 2000 },
    );
    expect(evaluateJsonpath('x'.repeat(100_000), {})).toMatchObject({
      ok: false,
      error: { limit: 'jsonpath characters' },
    });
    const wide = { a: Array.from({ length: 2000 }, () => Array.from({ length: 2000 }, () => 1)) };
    expect(evaluateJsonpath('{..a[*][*]}', wide)).toMatchObject({ ok: false, error: { limit: 'jsonpath values' } });
    expect(evaluateJsonpath('{.__proto__}{.constructor}', {})).toEqual({ ok: true, value: '' });
  });
});
