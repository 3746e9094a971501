import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isObject } from '@argosy/std';
import { describe, expect, it } from 'vitest';
import { evaluateYaml, formatYaml, parseYaml } from './index.ts';

/** What helm's fromYaml reads (JSON, or an error), and what its toYaml writes. */
type Row =
  | { readonly source: string; readonly json: string; readonly error?: undefined }
  | { readonly source: string; readonly error: true }
  | { readonly value: unknown; readonly yaml: string };

// Made by tools/oracles/yaml with the real helm.
const golden = JSON.parse(readFileSync(join(import.meta.dirname, 'testdata/golden.json'), 'utf8')) as readonly Row[];

/** Differences of the reader that are known; docs/languages/yaml.md names them. */
const KNOWN: readonly (readonly [RegExp, string])[] = [
  [/^[-+.]*(inf|Inf|INF|nan|NaN|NAN): 1|^(1e20|0\.00001|1e-7): 1/, 'float keys are written differently'],
  [
    /^v: (\[|\{a: )(\?a|:a|a:|-|:)[\]}]|^v:\n- \?$|^\{: a\}$|^\? $/,
    'indicators at the edges of flow text, keys without text',
  ],
  [/^---: 1$/, 'document markers as keys'],
  [/[\u0085\u2028\u2029]/, 'line breaks of YAML 1.1'],
  [/\\\//, 'an escaped slash, which Go 2 does not know'],
  [/&anchor-with_chars\.1/, 'dots in anchors'],
  [/^a: !!?$/, 'a tag without a name'],
];

const isKnown = (source: string): boolean => KNOWN.some(([pattern]) => pattern.test(source));

/** JSON numbers differ in the last digit where Go wrote a float. */
function sameJson(a: unknown, b: unknown): boolean {
  if (typeof a === 'number' && typeof b === 'number') return a === b || Math.abs(a - b) <= Math.abs(b) * 1e-15;
  if (Array.isArray(a))
    return Array.isArray(b) && a.length === b.length && a.every((item, at) => sameJson(item, b[at]));
  if (!isObject(a) || !isObject(b)) return a === b;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && sameJson(a[key], b[key]))
  );
}

function reads(source: string, json: string | undefined): boolean {
  const parsed = parseYaml(source);
  const value = parsed.ok ? (parsed.value ?? {}) : undefined;
  // fromYaml takes nothing but mappings.
  if (json === undefined) return !isObject(value);
  return sameJson(value, JSON.parse(json));
}

describe('yaml', () => {
  it('reads what helm reads', () => {
    const rows = golden.filter((row) => 'source' in row);
    const misses = rows.filter((row) => !reads(row.source, row.error ? undefined : row.json));
    expect(rows.length).toBeGreaterThan(3200);
    expect(misses.map((row) => row.source).filter((source) => !isKnown(source))).toEqual([]);
    const isBreak = (source: string): boolean => /[\u0085\u2028\u2029]/.test(source);
    expect(misses.filter((row) => !isBreak(row.source)).length).toBeLessThan(29);
  });

  it('writes byte for byte what helm writes', () => {
    // helm goes through JSON, where U+0085 turns into a space; U+2028 and U+2029 are escaped here.
    const rows = golden
      .filter((row) => 'yaml' in row)
      .filter((row) => !/[\u0085\u2028\u2029]/.test(JSON.stringify(row.value)));
    const misses = rows.filter(
      (row) => formatYaml(row.value) !== (row.yaml.endsWith('\n') ? row.yaml : `${row.yaml}\n`),
    );
    expect(rows.length).toBeGreaterThan(1400);
    expect(misses.filter((row) => formatYaml(row.value).trimEnd() !== row.yaml.trimEnd())).toEqual([]);
  });

  it('keeps all digits of integers in its batch form', () => {
    expect(evaluateYaml('[18446744073709551615, -9223372036854775808, 9007199254740993, 7]')).toEqual({
      ok: true,
      value: [18_446_744_073_709_551_615n, -9_223_372_036_854_775_808n, 9_007_199_254_740_993n, 7],
    });
    expect(evaluateYaml('18446744073709551616')).toEqual({ ok: true, value: 18_446_744_073_709_552_000 });
  });
});
