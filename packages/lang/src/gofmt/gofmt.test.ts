import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  alignTabs,
  byteLength,
  canBackquote,
  decodeBytes,
  encodeBytes,
  formatGoFloat,
  formatGoJson,
  fromJsonValue,
  jsonNumber,
  parseGoFloat64,
  parseGoInt,
  parseGoJson,
  PRINT_DEPTH_LIMIT,
  printPlain,
  quoteGo,
  quoteGoAscii,
  quoteJson,
  sprintf,
  unquoteGo,
  type FloatVerb,
} from './index.ts';

interface Golden {
  readonly floats: readonly (readonly [number, FloatVerb, number, string])[];
  readonly integers: readonly (readonly [string, string | null, string])[];
  readonly parsedFloats: readonly (readonly [string, string | null, string])[];
  readonly quotes: readonly (readonly [string, string, string, string, string])[];
  readonly tabs: readonly (readonly [readonly [number, number, number, number, number], string, string])[];
  readonly jsonNumbers: readonly (readonly [number, string])[];
}

// Made by tools/oracles/gofmt with Go's own packages.
const golden = JSON.parse(readFileSync(join(import.meta.dirname, 'testdata/golden.json'), 'utf8')) as Golden;

describe('gofmt against Go', () => {
  it('writes floats as strconv.FormatFloat does', () => {
    const wrong = golden.floats
      .map(([value, verb, precision, wanted]) => [
        value,
        verb,
        precision,
        wanted,
        formatGoFloat(value, verb, precision),
      ])
      .filter((row) => row[3] !== row[4]);
    expect(golden.floats.length).toBeGreaterThan(2000);
    expect(wrong).toEqual([]);
  });

  it('reads numbers as strconv.ParseInt and ParseFloat do', () => {
    const integers = golden.integers.map(([text]) => [text, ...outcome(parseGoInt(text, 0))]);
    expect(integers).toEqual(golden.integers);
    const floats = golden.parsedFloats.map(([text]) => {
      const value = parseGoFloat64(text);
      return typeof value === 'string' ? [text, null, value] : [text, formatGoFloat(value, 'g', -1), ''];
    });
    expect(floats).toEqual(golden.parsedFloats);
  });

  it('quotes as strconv.Quote and encoding/json do', () => {
    const found = golden.quotes.map(([text]) => [
      text,
      quoteGo(text),
      quoteGoAscii(text),
      quoteJson(text, true),
      String(canBackquote(text)),
    ]);
    expect(found).toEqual(golden.quotes);
  });

  it('writes JSON numbers as encoding/json does', () => {
    expect(golden.jsonNumbers.map(([value]) => [value, jsonNumber(value)])).toEqual(golden.jsonNumbers);
  });

  it('aligns columns as text/tabwriter does', () => {
    const wrong = golden.tabs.filter(([[minWidth, tabWidth, padding, pad, right], text, wanted]) => {
      const settings = { minWidth, tabWidth, padding, padChar: String.fromCharCode(pad), alignRight: right === 1 };
      return alignTabs(text, settings) !== wanted;
    });
    expect(wrong).toEqual([]);
  });
});

function outcome(value: bigint | string): [string | null, string] {
  return typeof value === 'bigint' ? [String(value), ''] : [null, value];
}

describe('gofmt by properties', () => {
  it('keeps bytes and text through each other', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(encodeBytes(decodeBytes(bytes))).toEqual(bytes);
        expect(byteLength(decodeBytes(bytes))).toBe(bytes.length);
      }),
    );
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(decodeBytes(encodeBytes(text))).toBe(text);
      }),
    );
  });

  it('unquotes what it quotes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(unquoteGo(quoteGo(text))).toBe(text);
        expect(unquoteGo(quoteGoAscii(text))).toBe(text);
      }),
    );
  });

  it('reads back floats and JSON', () => {
    const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(finite, (value) => {
        expect(parseGoFloat64(formatGoFloat(value, 'g', -1))).toBe(value);
      }),
    );
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        const plain: unknown = JSON.parse(JSON.stringify(value));
        expect(parseGoJson(formatGoJson(plain))).toEqual(plain);
      }),
    );
  });

  it('prints anything with any format without throwing', () => {
    const format = fc.string({ unit: fc.constantFrom(...'%%%#+- 0123456789.*[]vdsqxXfegGtcUboOTpw☃') });
    fc.assert(
      fc.property(format, fc.array(fc.jsonValue({ maxDepth: 2 })), (text, values) => {
        expect(
          typeof sprintf(
            text,
            values.map((value) => fromJsonValue(value, 'int')),
          ),
        ).toBe('string');
      }),
      { numRuns: 2000 },
    );
  });

  it('ends with a limit on a map inside itself', () => {
    const map: { [key: string]: unknown } = {};
    map['a'] = map;
    map['b'] = map;
    expect(() => printPlain(map)).toThrow(/limited to/);
    expect(() => formatGoJson(map)).toThrow(/cycle|limited to/);
    expect(PRINT_DEPTH_LIMIT).toBe(500);
  });
});
