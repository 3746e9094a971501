import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { parseYaml, parseYamlDocuments } from './index.ts';

function value(text: string): unknown {
  const result = parseYaml(text);
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}

describe('parseYaml', () => {
  const scalars: readonly (readonly [string, unknown, string])[] = [
    ['yes', true, 'YAML 1.1 boolean'],
    ['off', false, 'YAML 1.1 boolean'],
    ['y', true, 'one letter is a boolean too'],
    ['0777', 511, 'a leading zero is octal'],
    ['0o17', 15, 'so is 0o'],
    ['0b11', 3, 'binary'],
    ['0x1F', 31, 'hexadecimal'],
    ['1_000', 1000, 'underscores group digits'],
    ['08', 8, 'not octal, so it is a float'],
    ['-12', -12, 'negative'],
    ['1e3', 1000, 'exponent'],
    ['.5', 0.5, 'no leading digit'],
    ['12:30:45', '12:30:45', 'no sexagesimals'],
    ['2026-01-02', '2026-01-02', 'dates stay text'],
    ['"yes"', 'yes', 'quoted is text'],
    ['~', null, 'null'],
    ['', null, 'empty is null'],
  ];
  it.each(scalars)('%s', (text, expected, reason) => {
    expect(value(text), reason).toEqual(expected);
  });

  it('merges keys and lets the last duplicate win', () => {
    expect(value('base: &b {a: 1, b: 2}\nuse:\n  <<: *b\n  b: 3\n')).toEqual({
      base: { a: 1, b: 2 },
      use: { a: 1, b: 3 },
    });
    expect(value('a: 1\na: 2\n')).toEqual({ a: 2 });
  });

  it.each([
    ['a: {{ x }}', 'invalid map key: a mapping', 1],
    ['a: 1\n? [x, y]\n: b', 'invalid map key: a list', 3],
    ['a:\n  ~: b\n', 'invalid map key: null', 2],
    ['a:\n  <<: 5', 'map merge requires map or sequence of maps as the value', 1],
  ])('refuses keys that Go refuses: %j', (text, message, line) => {
    const result = parseYaml(text);
    expect(result.ok ? '' : result.error.message).toBe(message);
    expect(result.ok ? 0 : result.error.line).toBeLessThanOrEqual(Math.max(1, line));
  });

  it('takes the later of a merge and a key', () => {
    const bases = 'a: &a {x: 1}\nb: &b {x: 2, k: 3}\n';
    expect(value(`${bases}c: {x: 5, <<: *a, k: 6}`)).toMatchObject({ c: { x: 1, k: 6 } });
    expect(value(`${bases}c: {<<: [*a, *b], z: 1}`)).toMatchObject({ c: { x: 1, k: 3, z: 1 } });
    expect(value(`${bases}c: {<<: *a, <<: *b}`)).toMatchObject({ c: { x: 2, k: 3 } });
    expect(value('"<<": 1\nb: <<')).toEqual({ '<<': 1, b: '<<' });
  });

  it('refuses duplicates when asked, with the place', () => {
    const result = parseYaml('a: 1\na: 2\n', { uniqueKeys: true });
    expect(result.ok).toBe(false);
    if (!result.ok) expect(result.error).toMatchObject({ message: 'duplicated mapping key', line: 2 });
  });

  it('keeps __proto__ a plain key', () => {
    const object = value('__proto__: {polluted: true}') as object;
    expect(Object.hasOwn(object, '__proto__')).toBe(true);
    expect(Object.getPrototypeOf(object)).toBe(Object.prototype);
  });

  it('tells where each document starts', () => {
    const result = parseYamlDocuments('# note\na: 1\n---\n\nb: 2\n');
    expect(result).toMatchObject({ ok: true, value: [{ line: 2 }, { line: 5 }] });
  });

  it('points at malformed text', () => {
    const result = parseYaml('a: [1, 2\nb: }');
    expect(result.ok).toBe(false);
    if (!result.ok) expect(result.error.line).toBeGreaterThan(0);
  });

  it('stops alias bombs, cycles and deep nesting at named limits', () => {
    const levels = Array.from({ length: 30 }, (_, i) => `l${i + 1}: &l${i + 1} [${`*l${i},`.repeat(10)}]`);
    const bomb = parseYaml(`l0: &l0 [x]\n${levels.join('\n')}`);
    expect(bomb).toMatchObject({ ok: false, error: { limit: 'yaml nodes' } });
    expect(parseYaml('&a [*a]')).toMatchObject({ ok: false });
    expect(parseYaml('['.repeat(100_000))).toMatchObject({ ok: false });
    expect(parseYaml('['.repeat(300) + ']'.repeat(300))).toMatchObject({ ok: false, error: { limit: 'yaml depth' } });
  });

  it('never throws, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        expect(typeof parseYamlDocuments(text).ok).toBe('boolean');
      }),
      { numRuns: 500 },
    );
  });

  it('reads back any JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (json) => {
        const result = parseYaml(JSON.stringify(json));
        expect(result.ok && JSON.stringify(result.value)).toBe(JSON.stringify(JSON.parse(JSON.stringify(json))));
      }),
      { numRuns: 300 },
    );
  });
});
