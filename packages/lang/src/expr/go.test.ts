import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { evaluateExpr, formatFloat, formatJsonFloat } from './index.ts';
import { readFloatText, readIntegerText } from './numbers.ts';

interface Golden {
  readonly floats: readonly { readonly bits: string; readonly text: string; readonly json: string }[];
  readonly reads: readonly { readonly text: string; readonly int: string; readonly float: string }[];
  readonly texts: readonly { readonly call: string; readonly result: unknown }[];
}

// Made by tools/oracles/expr with Go's standard library.
const golden = JSON.parse(readFileSync(join(import.meta.dirname, 'testdata/go.json'), 'utf8')) as Golden;

function floatOf(bits: string): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, BigInt(`0x${bits}`));
  return view.getFloat64(0);
}

describe('what expr has from Go', () => {
  it('prints floats', () => {
    const wrong = golden.floats.filter(({ bits, text, json }) => {
      const value = floatOf(bits);
      return formatFloat(value) !== text || formatJsonFloat(value) !== json;
    });
    expect(golden.floats.length).toBeGreaterThan(4000);
    expect(wrong).toEqual([]);
  });

  it('reads numbers', () => {
    const wrong = golden.reads.flatMap(({ text, int, float }) => {
      const [whole, real] = [readIntegerText(text, 10), readFloatText(text)];
      const found = {
        int: typeof whole === 'bigint' ? String(whole) : '',
        float: real === undefined ? '' : formatFloat(real),
      };
      return found.int === int && found.float === float ? [] : [{ text, int, float, found }];
    });
    expect(wrong).toEqual([]);
  });

  it('cuts, searches and changes texts, and reads JSON and base64', () => {
    const wrong = golden.texts.flatMap(({ call, result }) => {
      const found = evaluateExpr(call, {});
      let shown: unknown = found.ok ? found.value : found.error.message;
      if (!found.ok && call.startsWith('fromJSON')) shown = `error: ${found.error.message}`;
      if (found.ok && call.startsWith('fromBase64')) shown = `ok:${String(found.value)}`;
      return JSON.stringify(shown) === JSON.stringify(result)
        ? []
        : [`${call} | ${JSON.stringify(result)} | ${JSON.stringify(shown)}`];
    });
    expect(golden.texts.length).toBeGreaterThan(6000);
    expect(wrong.slice(0, 40)).toEqual([]);
  });
});
