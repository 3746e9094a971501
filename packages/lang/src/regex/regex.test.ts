import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileRegex, quoteRegex, REGEX_LIMIT_CACHE, REGEX_LIMIT_PATTERN, type Regex } from './index.ts';

interface Row {
  readonly p: string;
  readonly e?: string;
  readonly t?: string;
  readonly all?: readonly (readonly string[])[];
  readonly r?: string;
  readonly out?: string;
  readonly lit?: string;
  readonly split?: readonly string[];
  readonly split2?: readonly string[];
}

// Made by tools/oracles/regex with Go's regexp.
const golden = JSON.parse(readFileSync(join(import.meta.dirname, 'testdata/golden.json'), 'utf8')) as readonly Row[];

function groupsOf(regex: Regex, text: string): readonly (readonly string[])[] {
  return regex.findAll(text).map((spans) => spans.map((span) => (span === undefined ? '' : text.slice(...span))));
}

function answer(row: Row): Row {
  const regex = compileRegex(row.p);
  if (!regex.ok) return { p: row.p, e: regex.error.message };
  const text = row.t ?? '';
  const template = row.r ?? '';
  return {
    p: row.p,
    t: text,
    all: groupsOf(regex.value, text),
    r: template,
    out: regex.value.replaceAll(text, template),
    lit: regex.value.replaceAllLiteral(text, template),
    split: regex.value.split(text, -1),
    split2: regex.value.split(text, 2),
  };
}

/** The oracle is older than `(?<name>`, which Go takes since 1.22. */
const isNewer = (row: Row): boolean => row.p.includes('(?<');

const full = (row: Row): Row =>
  row.e === undefined
    ? { t: '', all: [], r: '', out: '', lit: '', split: [], split2: [], ...row }
    : { p: row.p, e: row.e };

describe('regex', () => {
  it('finds, replaces, splits and complains as Go does', () => {
    expect(golden.length).toBeGreaterThan(2500);
    const wrong = golden
      .filter((row) => !isNewer(row))
      .map((row) => ({ want: full(row), got: answer(row) }))
      .filter(({ want, got }) =>
        Object.keys(want).some(
          (key) => JSON.stringify(want[key as keyof Row]) !== JSON.stringify(got[key as keyof Row]),
        ),
      );
    expect(wrong).toEqual([]);
  });

  it('keeps only so many compiled patterns', () => {
    const first = compileRegex('kept-0');
    expect(compileRegex('kept-0')).toBe(first);
    for (let count = 1; count <= REGEX_LIMIT_CACHE; count += 1) compileRegex(`kept-${count}`);
    expect(compileRegex('kept-0')).not.toBe(first);
  });

  it.each([
    ['(a+)+$', `${'a'.repeat(20_000)}b`],
    ['(a|aa)*c', 'a'.repeat(20_000)],
    ['(.*)(.*)(.*)x', 'y'.repeat(5000)],
    ['(x{30}){30}', 'x'.repeat(5000)],
  ])('is linear on %s', (pattern, text) => {
    const started = performance.now();
    const regex = compileRegex(pattern);
    if (regex.ok) regex.value.test(text);
    expect(performance.now() - started).toBeLessThan(1000);
  });

  it('names its limits', () => {
    expect(compileRegex('a'.repeat(REGEX_LIMIT_PATTERN + 1))).toMatchObject({
      error: { limit: 'regex pattern characters' },
    });
    expect(compileRegex(`${'('.repeat(4000)}a${')'.repeat(4000)}`).ok).toBe(false);
  });

  it('never throws, and quotes any text', () => {
    const text = fc.string({ unit: fc.constantFrom(...'ab()[]{}*+?|^$\\.-1,<>:=!é🙂\n'), maxLength: 12 });
    fc.assert(
      fc.property(text, text, (pattern, input) => {
        const regex = compileRegex(pattern);
        if (regex.ok) regex.value.replaceAll(input, '[$1]');
        const quoted = compileRegex(quoteRegex(pattern));
        expect(quoted.ok && quoted.value.replaceAllLiteral(pattern, '')).toBe('');
      }),
    );
  });
});
