import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLineSplitter, LineTooLongError } from './line-splitter.ts';

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');

describe('createLineSplitter', () => {
  it('gives the same lines whatever pieces the bytes arrive in', () => {
    const lines = fc.array(fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => !text.includes('\n')));
    fc.assert(
      fc.property(lines, fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1 }), (texts, sizes) => {
        const bytes = Buffer.from(texts.map((text) => `${text}\n`).join(''));
        const splitter = createLineSplitter(1_000_000);
        const found: string[] = [];
        for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
          const size = sizes[turn % sizes.length] ?? 1;
          found.push(...splitter.push(bytes.subarray(at, at + size)).map(textOf));
          at += size;
        }
        expect(found).toEqual(texts);
        expect(splitter.rest()).toHaveLength(0);
      }),
    );
  });

  it('keeps what has no line feed, and drops empty lines', () => {
    const splitter = createLineSplitter(100);
    expect(splitter.push(Buffer.from('\n\na\n\nb')).map(textOf)).toEqual(['a']);
    expect(textOf(splitter.rest())).toBe('b');
  });

  it('refuses a line beyond its limit', () => {
    const splitter = createLineSplitter(4);
    expect(splitter.push(Buffer.from('1234\n')).map(textOf)).toEqual(['1234']);
    splitter.push(Buffer.from('123'));
    expect(() => splitter.push(Buffer.from('45'))).toThrow(LineTooLongError);
  });
});
