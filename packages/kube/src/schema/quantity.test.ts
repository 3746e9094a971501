import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { KubeError } from '../meta/index.ts';
import { addQuantity, canonicalQuantity, compareQuantity, formatQuantity, MAX_QUANTITY_LENGTH } from './quantity.ts';
import { parseQuantity, scaledQuantity, subtractQuantity } from './quantity.ts';

const canonical: readonly { text: string; want: string; reason: string }[] = [
  { text: '0.5', want: '500m', reason: 'a fraction takes a smaller suffix' },
  { text: '1024Mi', want: '1Gi', reason: 'binary amounts climb' },
  { text: '1000m', want: '1', reason: 'milli-units climb' },
  { text: '1500m', want: '1500m', reason: 'no fraction in the canonical form' },
  { text: '1.5Gi', want: '1536Mi', reason: 'binary fractions step down' },
  { text: '0', want: '0', reason: 'zero' },
  { text: '0Ki', want: '0', reason: 'zero drops its suffix' },
  { text: '-0.5', want: '-500m', reason: 'negative amounts keep their sign' },
  { text: '+5', want: '5', reason: 'a plus sign is dropped' },
  { text: '1e3', want: '1e3', reason: 'exponents stay exponents' },
  { text: '1E3', want: '1e3', reason: 'a capital exponent is the same' },
  { text: '12e4', want: '120e3', reason: 'exponents are multiples of three' },
  { text: '100', want: '100', reason: 'no suffix below a thousand' },
  { text: '1000', want: '1k', reason: 'a thousand takes k' },
  { text: '1234567', want: '1234567', reason: 'no suffix without loss' },
  { text: '1E', want: '1E', reason: 'E alone is exa' },
  { text: '1n', want: '1n', reason: 'the finest step' },
  { text: '0.1n', want: '1n', reason: 'finer amounts round up' },
  { text: '-0.1n', want: '-1n', reason: 'away from zero' },
  { text: '1Ki', want: '1Ki', reason: '1024 is binary' },
  { text: '0.5Ki', want: '512', reason: 'below 1024 a binary amount prints as a decimal one' },
  { text: '1025', want: '1025', reason: 'a decimal amount never becomes binary' },
  { text: '1.1Mi', want: '1153433600m', reason: 'a binary amount with a fraction prints as decimal' },
  { text: '8Ei', want: '9223372036854775807', reason: 'binary amounts are cut at 2^63 - 1' },
  { text: '7Ei', want: '7Ei', reason: 'exactly representable below the cut' },
  { text: '.5', want: '500m', reason: 'the integer part may be missing' },
  { text: '5.', want: '5', reason: 'the fraction may be missing' },
  { text: '100000000000000000000m', want: '100P', reason: 'twenty-one digits are exact' },
];

describe('quantities', () => {
  it.each(canonical)('$text is $want: $reason', ({ text, want }) => {
    expect(canonicalQuantity(text)).toBe(want);
  });

  it.each([
    '',
    'abc',
    '1.2.3',
    '1 Gi',
    '1KiB',
    '1kI',
    '--1',
    '1e',
    '1e1.5',
    'Ki',
    '.',
    '1m3',
    '1'.repeat(MAX_QUANTITY_LENGTH + 1),
    '1e5000',
  ])('refuses %j', (text) => {
    expect(() => parseQuantity(text)).toThrow(KubeError);
  });

  it('compares exactly where floats cannot', () => {
    expect(compareQuantity(parseQuantity('9007199254740993'), parseQuantity('9007199254740992'))).toBe(1);
    expect(compareQuantity(parseQuantity('0.1'), parseQuantity('100m'))).toBe(0);
    expect(compareQuantity(parseQuantity('1Gi'), parseQuantity('1G'))).toBe(1);
    expect(compareQuantity(parseQuantity('-1'), parseQuantity('1n'))).toBe(-1);
  });

  it('scales away from zero', () => {
    expect(scaledQuantity(parseQuantity('1.0001'), -3)).toBe(1001n);
    expect(scaledQuantity(parseQuantity('1500m'), 0)).toBe(2n);
    expect(scaledQuantity(parseQuantity('2k'), 0)).toBe(2000n);
  });

  it('keeps the format of the first operand', () => {
    expect(formatQuantity(addQuantity(parseQuantity('1Gi'), parseQuantity('1024Mi')))).toBe('2Gi');
    expect(formatQuantity(subtractQuantity(parseQuantity('1'), parseQuantity('250m')))).toBe('750m');
    expect(formatQuantity(addQuantity(parseQuantity('0'), parseQuantity('1Ki')))).toBe('1Ki');
  });

  it('is a fixed point: canonical text reads back as the same amount', () => {
    const suffix = fc.constantFrom('', 'n', 'u', 'm', 'k', 'M', 'G', 'T', 'Ki', 'Mi', 'Gi', 'Ti', 'e3', 'e-3', 'E6');
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 9n), max: 10n ** 9n }), fc.nat(999), suffix, (whole, fraction, unit) => {
        const text = `${whole}.${fraction}${unit}`;
        const canonicalText = canonicalQuantity(text);
        expect(canonicalQuantity(canonicalText)).toBe(canonicalText);
        expect(compareQuantity(parseQuantity(text), parseQuantity(canonicalText))).toBe(0);
      }),
    );
  });
});
