import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluateLanguage, formatLosslessJson, LANGUAGES, parseLosslessJson } from './index.ts';

const rows: readonly (readonly [string, string, unknown, unknown, string])[] = [
  ['cel', 'a.b + 1', { a: { b: 2 } }, 3, 'variables'],
  ['cel', 'big + 1', { big: 9_007_199_254_740_993n }, 9_007_199_254_740_994n, 'integers beyond 2^53'],
  [
    'cron',
    '0 3 * * *',
    { from: '2026-01-01T00:00:00Z', count: 2 },
    ['2026-01-01T03:00:00Z', '2026-01-02T03:00:00Z'],
    'instants',
  ],
  ['cron', '0 0 * * *', { from: '2026-01-01T12:00:00+02:00' }, ['2026-01-01T22:00:00Z'], 'the zone of the start'],
  ['cron', 'TZ=Local 0 3 * * *', { from: '2026-01-01T00:00:00Z' }, ['2026-01-01T03:00:00Z'], 'the local zone is UTC'],
  ['cron', '0 0 31 2 *', { from: '2026-01-01T00:00:00Z', count: 2 }, [], 'never'],
  ['expr', 'big + 1', { big: 9_007_199_254_740_993n }, 9_007_199_254_740_994n, 'integers beyond 2^53'],
  ['glob', 'a*', { inputs: ['ab', 'b'] }, [true, false], 'booleans'],
  ['gotemplate', '{{ .a }}', { a: 9_007_199_254_740_993n }, '9007199254740993', 'integers beyond 2^53'],
  [
    'semver',
    '>= 1.2',
    { versions: ['1.1.0', 'v1.3.0', 'x', '1.2.0'] },
    ['v1.3.0', '1.2.0'],
    'those that satisfy, in order',
  ],
  ['when', '2 > 1', {}, true, 'a boolean'],
  ['yaml', 'a: yes\n---\nb: 1', {}, { a: true }, 'the first document'],
];

const errors: readonly (readonly [string, string, unknown, string])[] = [
  ['nope', '', {}, 'unknown language "nope"'],
  ['cron', '* *', { from: '2026-01-01T00:00:00Z' }, 'expected exactly 5 fields'],
  ['cron', '* * * * *', {}, 'vars.from must be an RFC 3339 time'],
  ['cron', '* * * * *', { from: '2026-01-01T00:00:00Z', count: 1e9 }, 'cron count is limited to 10000'],
  ['cron', '* * * * *', { from: '2026-01-01T00:00:00Z', count: 'x' }, 'vars.count must be a whole number'],
  ['semver', '>>1', { versions: [] }, 'improper constraint'],
  ['semver', '>1', { versions: 'x' }, 'vars.versions must be a list of texts'],
  ['glob', '[', { inputs: [] }, 'unexpected end of input'],
];

describe('evaluateLanguage', () => {
  it.each(rows)('%s: %s', (...[language, source, vars, value, reason]) => {
    expect(evaluateLanguage(language, source, { vars }), reason).toEqual({ ok: true, value });
  });

  it.each([
    ['jq', '., type', null, [null, 'null']],
    ['jq', '.', undefined, [null]],
    ['gotemplate', '{{ . }}', null, '<no value>'],
    ['gotemplate', '{{ . }}', undefined, 'map[]'],
    ['jsonpath', '<{.a}>', null, '<>'],
    ['expr', '1', null, 1],
  ])('%s takes %j without variables', (...[language, source, vars, value]) => {
    expect(evaluateLanguage(language, source, { vars })).toEqual({ ok: true, value });
  });

  it.each(['cel', 'cron', 'expr', 'glob', 'jsonnet', 'lua', 'semver', 'tags', 'when'])(
    '%s refuses variables that have no names',
    (language) => {
      for (const [vars, found] of [
        ['x', 'a string'],
        [[1], 'a list'],
        [5n, 'a number'],
        [true, 'a boolean'],
      ] as const) {
        const got = evaluateLanguage(language, '1', { vars });
        expect(got.ok ? '' : got.error.message).toBe(`vars must be a JSON object, found ${found}`);
      }
    },
  );

  it('lends zones to the dates of templates', () => {
    const zones = (name: string): (() => number) | undefined => (name === 'A/B' ? () => 3_600_000 : undefined);
    expect(evaluateLanguage('gotemplate', '{{ dateInZone "15:04" 0 "A/B" }}', { env: { zones } })).toEqual({
      ok: true,
      value: '01:00',
    });
  });

  it.each(errors)('%s: %s fails', (...[language, source, vars, message]) => {
    const got = evaluateLanguage(language, source, { vars });
    expect(got.ok ? '' : got.error.message).toContain(message);
  });

  it('gives nothing but diagnostics, whatever the source and the variables', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...LANGUAGES),
        fc.string({ maxLength: 30 }),
        fc.jsonValue(),
        (language, source, vars) => {
          const got = evaluateLanguage(language, source, { vars });
          const message = got.ok ? '' : got.error.message;
          expect(message).not.toContain('internal error');
          expect(formatLosslessJson(got.ok ? got.value : null).ok).toBe(true);
        },
      ),
      { numRuns: 1500 },
    );
  });
});

describe('lossless JSON', () => {
  it('keeps what JSON.parse rounds', () => {
    const text =
      '{"a":9007199254740993,"b":-18446744073709551616,"c":1.5,"d":1e3,"e":"12345678901234567890","__proto__":1}';
    const parsed = parseLosslessJson(text);
    expect(parsed.ok && formatLosslessJson(parsed.value)).toEqual({ ok: true, value: text.replace('1e3', '1000') });
  });

  it('reads what JSON.parse reads', () => {
    fc.assert(
      // Integers beyond 2^53 are the point of the other test.
      fc.property(fc.jsonValue(), (value) => {
        fc.pre(!/\d{16}/.test(JSON.stringify(value)));
        const padded = JSON.stringify({ value, long: '1234567890123456' });
        expect(parseLosslessJson(padded)).toEqual({ ok: true, value: JSON.parse(padded) as unknown });
      }),
    );
  });

  it('writes NaN, infinities, negative zero and bigints', () => {
    expect(formatLosslessJson([Number.NaN, Infinity, -Infinity, -0, 10n ** 30n, undefined])).toEqual({
      ok: true,
      value: '["NaN","Infinity","-Infinity",-0,1000000000000000000000000000000,null]',
    });
  });

  it('refuses broken text and endless depth with a diagnostic', () => {
    expect(parseLosslessJson('{"a":1234567890123456').ok).toBe(false);
    expect(parseLosslessJson('{').ok).toBe(false);
    let deep: unknown = 1;
    for (let depth = 0; depth < 20_000; depth += 1) deep = [deep];
    expect(formatLosslessJson(deep)).toMatchObject({ ok: false, error: { limit: 'json depth' } });
  });
});
