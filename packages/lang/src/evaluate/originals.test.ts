import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemTimeZones } from '@argosy/kube/runtime';
import { isObject } from '@argosy/std';
import { describe, expect, it } from 'vitest';
import { evaluateLanguage } from './index.ts';

/** A source, which of the variables it sees, and what the original made of it; a row without that is refused. */
type Row = readonly [language: string, source: string, vars: number, value?: unknown];

// What users of Argo write, judged by the originals: tools/oracles/batch, gojq and jsonnet.
const { vars, rows } = JSON.parse(readFileSync(join(import.meta.dirname, 'testdata/originals.json'), 'utf8')) as {
  readonly vars: readonly unknown[];
  readonly rows: readonly Row[];
};

/** Keys in order; numbers as JSON has them: whole ones of either kind alike, negative zero as zero. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint' || value === 0) return Number(value) + 0;
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  if (Array.isArray(value)) return value.map(plain);
  if (!isObject(value)) return value ?? null;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, plain(value[key])]),
  );
}

describe.each([...new Set(rows.map(([language]) => language))])('%s', (language) => {
  it('answers as the original', () => {
    const own = rows.filter((row) => row[0] === language);
    const wrong = own.flatMap(([, source, at, ...wanted]) => {
      const got = evaluateLanguage(language, source, { vars: vars[at], env: { zones: systemTimeZones } });
      const found = got.ok ? [plain(got.value)] : [];
      return JSON.stringify(found) === JSON.stringify(wanted.map(plain)) ? [] : [{ source, found, wanted }];
    });
    expect(own.length).toBeGreaterThan(30);
    expect(wrong).toEqual([]);
  });
});
