import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DiagnosticError } from '../diagnostic/index.ts';
import {
  addQuantity,
  canonicalQuantity,
  compareQuantity,
  formatQuantity,
  parseQuantity,
  scaledQuantity,
} from './index.ts';

const rows: readonly (readonly [string, string])[] = [
  ['0.5', '500m'],
  ['1024Mi', '1Gi'],
  ['1000m', '1'],
  ['1e3', '1e3'],
  ['1500', '1500'],
  ['100n', '100n'],
  ['0.1n', '1n'],
  ['9223372036854775807', '9223372036854775807'],
  ['-1.5Gi', '-1536Mi'],
  ['+2k', '2k'],
];

describe('quantity', () => {
  it.each(rows)('%s is %s', (text, canonical) => {
    expect(canonicalQuantity(text)).toBe(canonical);
  });

  it.each(['', '.', 'x', '1 Gi', '1KiB', '--1', '1e', `${'1'.repeat(300)}`])('refuses %j', (text) => {
    expect(() => parseQuantity(text)).toThrow(DiagnosticError);
  });

  it('adds and compares exactly', () => {
    const sum = addQuantity(parseQuantity('1Gi'), parseQuantity('1'));
    expect(formatQuantity(sum)).toBe('1073741825');
    expect(compareQuantity(parseQuantity('1000m'), parseQuantity('1'))).toBe(0);
    expect(scaledQuantity(parseQuantity('1.5'), 0)).toBe(2n);
  });

  it('has one text for one amount', () => {
    fc.assert(
      fc.property(fc.integer(), fc.constantFrom('', 'm', 'k', 'Mi', 'G', 'n'), (number, suffix) => {
        const text = canonicalQuantity(`${number}${suffix}`);
        expect(canonicalQuantity(text)).toBe(text);
        expect(compareQuantity(parseQuantity(text), parseQuantity(`${number}${suffix}`))).toBe(0);
      }),
    );
  });
});
