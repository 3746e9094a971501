import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatGoDuration, parseGoDuration, parseSpanMs } from './index.ts';

const good: readonly (readonly [string, bigint])[] = [
  ['0', 0n],
  ['1h30m', 5_400_000_000_000n],
  ['-1.5s', -1_500_000_000n],
  ['+5m', 300_000_000_000n],
  ['.5s', 500_000_000n],
  ['1.s', 1_000_000_000n],
  ['300ms', 300_000_000n],
  ['1µs', 1000n],
  ['1us2ns', 1002n],
  ['0.0000000001s', 0n],
  ['9223372036854775807ns', 9_223_372_036_854_775_807n],
  ['-9223372036854775808ns', -9_223_372_036_854_775_808n],
];

const bad: readonly (readonly [string, string])[] = [
  ['', 'time: invalid duration ""'],
  ['3', 'time: missing unit in duration "3"'],
  ['1d', 'time: unknown unit "d" in duration "1d"'],
  ['.s', 'time: invalid duration ".s"'],
  ['-', 'time: invalid duration "-"'],
  ['9223372036854775808ns', 'time: invalid duration "9223372036854775808ns"'],
  ['1h 2m', 'time: unknown unit "h " in duration "1h 2m"'],
];

describe('durations', () => {
  it.each(good)('%s', (text, expected) => {
    expect(parseGoDuration(text)).toEqual({ ok: true, value: expected });
  });

  it.each(bad)('refuses %j', (text, message) => {
    expect(parseGoDuration(text)).toMatchObject({ ok: false, error: { message } });
  });

  it('writes what it reads', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n) + 1n, max: 2n ** 63n - 1n }), (span) => {
        expect(parseGoDuration(formatGoDuration(span))).toEqual({ ok: true, value: span });
      }),
    );
  });

  it.each([
    ['2d', 172_800_000],
    ['1d12h', 129_600_000],
    ['30', 30_000],
    ['1m30s', 90_000],
    ['1.5s', 1500],
    ['soon', undefined],
    ['', undefined],
    ['-5s', undefined],
    ['1d-5s', undefined],
    ['1h2d', undefined],
  ])('a person types %s for %s ms', (text, expected) => {
    expect(parseSpanMs(text)).toBe(expected);
  });
});
