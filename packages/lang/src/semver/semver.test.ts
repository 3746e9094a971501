import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareVersions, parseConstraint, parseVersion, type Version } from './index.ts';

interface Golden {
  readonly versions: readonly string[];
  readonly constraints: readonly {
    readonly constraint: string;
    readonly error: boolean;
    readonly accepts: readonly number[];
  }[];
  readonly order: readonly (readonly number[])[];
  readonly parses: { readonly [text: string]: boolean };
}

// Made by tools/oracles/semver with the Go library.
const golden = JSON.parse(readFileSync(join(import.meta.dirname, 'testdata/golden.json'), 'utf8')) as Golden;

function version(text: string): Version {
  const parsed = parseVersion(text);
  if (!parsed.ok) throw new Error(parsed.error.message);
  return parsed.value;
}

describe('semver', () => {
  it('accepts what the Go library accepts, constraint by constraint', () => {
    const versions = golden.versions.map(version);
    const wrong = golden.constraints.filter(({ constraint, error, accepts }) => {
      const parsed = parseConstraint(constraint);
      if (!parsed.ok || error) return parsed.ok === error;
      const found = versions.flatMap((item, index) => (parsed.value.check(item) ? [index] : []));
      return JSON.stringify(found) !== JSON.stringify(accepts);
    });
    expect(golden.constraints.length).toBeGreaterThan(600);
    expect(wrong.map((row) => row.constraint)).toEqual([]);
  });

  it('orders versions as the Go library does', () => {
    const versions = golden.versions.map(version);
    expect(versions.map((a) => versions.map((b) => compareVersions(a, b)))).toEqual(golden.order);
  });

  it.each(Object.entries(golden.parses))('parses %j: %s', (text, parses) => {
    expect(parseVersion(text).ok).toBe(parses);
  });

  it('never throws, and ends at once on hostile text', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'0123456789.xX*-+|,<>=~^! v') }), (text) => {
        expect(typeof parseConstraint(text).ok).toBe('boolean');
        expect(typeof parseVersion(text).ok).toBe('boolean');
      }),
    );
    expect(parseConstraint('1.1 '.repeat(5000))).toMatchObject({ ok: false });
    expect(parseVersion(`1.2.3-${'a.'.repeat(5000)}`)).toMatchObject({ ok: false });
  });
});
