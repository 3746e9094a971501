import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatJsonPointer, getByPointer, parseJsonPointer, removeByPointer } from './index.ts';

// The document and the answers of RFC 6901, section 5.
const document = {
  foo: ['bar', 'baz'],
  '': 0,
  'a/b': 1,
  'c%d': 2,
  'e^f': 3,
  'g|h': 4,
  'i\\j': 5,
  'k"l': 6,
  ' ': 7,
  'm~n': 8,
};
const rows: readonly (readonly [string, unknown])[] = [
  ['', document],
  ['/foo', ['bar', 'baz']],
  ['/foo/0', 'bar'],
  ['/', 0],
  ['/a~1b', 1],
  ['/c%d', 2],
  ['/e^f', 3],
  ['/g|h', 4],
  ['/i\\j', 5],
  ['/k"l', 6],
  ['/ ', 7],
  ['/m~0n', 8],
  ['/foo/01', undefined],
  ['/foo/-', undefined],
  ['/missing/x', undefined],
  ['/__proto__', undefined],
  ['/constructor', undefined],
];

const tokensOf = (text: string): readonly string[] => {
  const tokens = parseJsonPointer(text);
  if (!tokens.ok) throw new Error(tokens.error.message);
  return tokens.value;
};

describe('jsonpointer', () => {
  it.each(rows)('%j', (text, expected) => {
    expect(getByPointer(document, tokensOf(text))).toEqual(expected);
  });

  it.each(['a', '/~', '/~2', `/${'x'.repeat(9000)}`])('refuses %.20s', (text) => {
    expect(parseJsonPointer(text).ok).toBe(false);
  });

  it('removes without touching the original', () => {
    expect(removeByPointer(document, ['foo', '0'])).toEqual({ ...document, foo: ['baz'] });
    expect(document.foo).toHaveLength(2);
    expect(removeByPointer(document, ['foo', '7'])).toBe(document);
  });

  it('reads what it writes', () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { minLength: 1 }), (tokens) => {
        expect(tokensOf(formatJsonPointer(tokens))).toEqual(tokens);
      }),
    );
  });
});
