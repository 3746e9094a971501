import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addDate, fixedZone, formatGoTime, parseGoTime, timeText, UTC_ZONE, type DateSpan } from './index.ts';

interface ReadRow {
  readonly layout: string;
  readonly text: string;
  readonly ns?: string;
  readonly shown?: string;
  readonly error?: string;
}

interface FormatRow {
  readonly ns: string;
  readonly offset: number;
  readonly name: string;
  readonly layout: string;
  readonly text: string;
}

// Made by tools/oracles/gotime with Go's time package.
const golden = JSON.parse(readFileSync(join(import.meta.dirname, 'testdata/golden.json'), 'utf8')) as {
  readonly reads: readonly ReadRow[];
  readonly formats: readonly FormatRow[];
};

/** Seconds and nanoseconds stand side by side in the table, so that times before 1970 are exact as well. */
const epochNsOf = (ns: string): bigint => BigInt(ns.slice(0, -9)) * 1_000_000_000n + BigInt(ns.slice(-9));

/** Go 1.19, which made the table, shows the rest behind the broken part where the Go of today shows the part itself. */
const withoutRest = (error: string): string => error.replace(/cannot parse "(?:[^"\\]|\\.)*" as/, 'cannot parse … as');

/** Where Go 1.19, which made the table, is laxer than the Go of today; `found` is our answer. */
const NEWER: readonly ((row: ReadRow, found: string) => boolean)[] = [
  // Distances from UTC have a range, and no second sign.
  (row, found) => /time zone offset \w+ out of range$/.test(found) || row.text.startsWith('++'),
  // Seconds cannot be missing in front of their fraction.
  (row) => /^0?5$/.test(row.layout) && /^[.,]/.test(row.text),
  // A fraction may have any number of digits also where the layout has nines.
  (row) => /[.,]9+/.test(row.layout) && /: extra text: "\d+"$/.test(row.error ?? ''),
];

function misread(row: ReadRow): object | undefined {
  const parsed = parseGoTime(row.layout, row.text);
  const found = parsed.ok ? `${parsed.value.epochNs} ${timeText(parsed.value)}` : withoutRest(parsed.error);
  const wanted = row.ns === undefined ? withoutRest(row.error ?? '') : `${epochNsOf(row.ns)} ${row.shown}`;
  return found === wanted || NEWER.some((isNewer) => isNewer(row, found)) ? undefined : { row, found };
}

describe("Go's times", () => {
  it('reads as Go reads', () => {
    expect(golden.reads.length).toBeGreaterThan(6000);
    expect(golden.reads.filter((row) => row.error === undefined).length).toBeGreaterThan(1000);
    expect(golden.reads.flatMap((row) => misread(row) ?? []).slice(0, 20)).toEqual([]);
  });

  it('writes as Go writes', () => {
    const wrong = golden.formats.flatMap((row) => {
      const zone = row.name === 'UTC' ? UTC_ZONE : fixedZone(row.name, row.offset);
      const found = formatGoTime({ epochNs: epochNsOf(row.ns), zone }, row.layout);
      return found === row.text ? [] : [{ ...row, found }];
    });
    expect(golden.formats.length).toBe(1500);
    expect(wrong.slice(0, 20)).toEqual([]);
  });

  it('shows the part that does not fit', () => {
    const parsed = parseGoTime('2006-01-02 (MST)', '2024-x1-02');
    expect(parsed).toEqual({
      ok: false,
      error: 'parsing time "2024-x1-02" as "2006-01-02 (MST)": cannot parse "x1-02" as "01"',
    });
  });

  it('adds years, months and days, and keeps the time of day over a change of clocks', () => {
    const layout = '2006-01-02 15:04:05.999 -0700';
    const added = (text: string, span: DateSpan, zone = UTC_ZONE): string => {
      const parsed = parseGoTime('2006-01-02 15:04:05.999', text, zone);
      return parsed.ok ? formatGoTime(addDate(parsed.value, span), layout) : parsed.error;
    };
    const zone = {
      name: 'Europe/Zurich',
      at: (ms: number) => ({ offsetSeconds: ms < Date.UTC(2024, 2, 31, 1) ? 3600 : 7200, abbreviation: '' }),
    };
    expect([
      added('2024-01-31 10:00:00.5', { years: 0, months: 1, days: 0 }),
      added('2024-02-29 00:00:00', { years: 1, months: 0, days: 0 }),
      added('2024-01-15 00:00:00', { years: 0, months: -13, days: -15 }),
      added('2024-03-30 12:00:00', { years: 0, months: 0, days: 1 }, zone),
      added('9999-12-31 00:00:00', { years: 0, months: 0, days: 1 }),
    ]).toEqual([
      '2024-03-02 10:00:00.5 +0000',
      '2025-03-01 00:00:00 +0000',
      '2022-11-30 00:00:00 +0000',
      '2024-03-31 12:00:00 +0200',
      '10000-01-01 00:00:00 +0000',
    ]);
  });

  it('counts a text without a zone in the one given, on either side of a change of clocks', () => {
    const change = Date.UTC(2024, 2, 31, 1);
    const zone = {
      name: 'Europe/Zurich',
      at: (ms: number) => ({ offsetSeconds: ms < change ? 3600 : 7200, abbreviation: '' }),
    };
    const shown = ['2024-03-31 01:59', '2024-03-31 03:00'].map((text) => {
      const parsed = parseGoTime('2006-01-02 15:04', text, zone);
      return parsed.ok
        ? [new Date(Number(parsed.value.epochNs / 1_000_000n)).toISOString(), timeText(parsed.value)]
        : [];
    });
    expect(shown).toEqual([
      ['2024-03-31T00:59:00.000Z', '2024-03-31 01:59:00 +0100 +0100'],
      ['2024-03-31T01:00:00.000Z', '2024-03-31 03:00:00 +0200 +0200'],
    ]);
  });

  it('reads back what it writes in a full layout', () => {
    const layout = '2006-01-02T15:04:05.000000000Z07:00';
    fc.assert(
      fc.property(fc.bigInt({ min: -62_135_596_800n * 10n ** 9n, max: 253_402_300_799n * 10n ** 9n }), (epochNs) => {
        const read = parseGoTime(layout, formatGoTime({ epochNs, zone: UTC_ZONE }, layout));
        expect(read.ok && read.value.epochNs).toBe(epochNs);
      }),
    );
  });

  it('never throws', () => {
    const text = fc.string({ unit: fc.constantFrom(...'0123456789-+:. ,ZTJanMoPMSUTC_é\udc80') });
    fc.assert(
      fc.property(text, text, (layout, value) => {
        expect(typeof parseGoTime(layout, value).ok).toBe('boolean');
      }),
      { numRuns: 2000 },
    );
  });
});
