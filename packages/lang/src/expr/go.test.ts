import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  evaluateExpr,
  fixedZone,
  formatFloat,
  formatGoTime,
  formatJsonFloat,
  formatValue,
  GoTime,
  parseGoTime,
  UTC_ZONE,
} from './index.ts';
import { readFloatText, readIntegerText } from './numbers.ts';

interface Golden {
  readonly floats: readonly { readonly bits: string; readonly text: string; readonly json: string }[];
  readonly reads: readonly { readonly text: string; readonly int: string; readonly float: string }[];
  readonly times: readonly {
    readonly layout: string;
    readonly text: string;
    readonly ns: string;
    readonly shown: string;
    readonly error: string;
  }[];
  readonly formats: readonly {
    readonly ns: string;
    readonly offset: number;
    readonly layout: string;
    readonly text: string;
  }[];
  readonly texts: readonly { readonly call: string; readonly result: unknown }[];
}

// Made by tools/oracles/expr with Go's standard library.
const golden = JSON.parse(readFileSync(join(import.meta.dirname, 'testdata/go.json'), 'utf8')) as Golden;

function floatOf(bits: string): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, BigInt(`0x${bits}`));
  return view.getFloat64(0);
}

function readsAlike(row: Golden['times'][number]): boolean {
  const parsed = parseGoTime(row.layout, row.text, UTC_ZONE);
  if (!parsed.ok) {
    // Go 1.19, which made the table, shows another rest for a broken year or offset than the Go of today.
    const tail = / as "(2006|Z0700|-07)"$/.exec(row.error)?.[0];
    return parsed.error === row.error || (tail !== undefined && parsed.error.endsWith(tail));
  }
  if (row.error !== '') return false;
  const { ns, zone } = parsed.value;
  // Seconds and nanoseconds stand side by side in the table, so that times before 1970 are exact as well.
  const [seconds, rest] = [BigInt(row.ns.slice(0, -9)), BigInt(row.ns.slice(-9))];
  return ns === seconds * 1_000_000_000n + rest && formatValue(new GoTime(ns, zone)) === row.shown;
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

  it('reads times', () => {
    const wrong = golden.times.filter((row) => !readsAlike(row));
    expect(golden.times.length).toBeGreaterThan(1500);
    expect(wrong).toEqual([]);
  });

  it('writes times', () => {
    const wrong = golden.formats.flatMap((row) => {
      const zone = row.text.includes('UTC') ? UTC_ZONE : fixedZone(row.offset, undefined);
      const found = formatGoTime(BigInt(row.ns), zone, row.layout);
      return found === row.text ? [] : [{ ...row, found }];
    });
    expect(golden.formats.length).toBe(900);
    expect(wrong.slice(0, 40)).toEqual([]);
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
