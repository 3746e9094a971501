import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { systemTimeZones } from '@argosy/kube/runtime';
import { formatTime, instant, parseTime, type Instant } from '@argosy/std';
import { nextFire, parseCron } from './index.ts';

interface Row {
  readonly spec: string;
  readonly from: string;
  readonly error?: string;
  readonly next?: readonly string[];
}

// Made by tools/oracles/cron with the Go library.
const golden = JSON.parse(readFileSync(join(import.meta.dirname, 'testdata/golden.json'), 'utf8')) as readonly Row[];

function fires(spec: string, from: string, count: number): readonly string[] | string {
  const parsed = parseCron(spec, { zones: systemTimeZones });
  if (!parsed.ok) return parsed.error.message;
  const times: string[] = [];
  let at: Instant | undefined = parseTime(from);
  while (times.length < count && at !== undefined) {
    at = nextFire(parsed.value, at);
    if (at !== undefined) times.push(formatTime(at));
  }
  return times;
}

describe('cron', () => {
  it('fires when the Go library fires, over zones and changes of daylight saving', () => {
    expect(golden.length).toBeGreaterThan(800);
    const wrong = golden
      .map((row) => ({ row, got: fires(row.spec, row.from, 8) }))
      .filter(({ row, got }) => JSON.stringify(got) !== JSON.stringify(row.error ?? row.next ?? []))
      .map(({ row, got }) => ({ ...row, got }));
    expect(wrong).toEqual([]);
  });

  it('takes six fields when asked', () => {
    const parsed = parseCron('*/20 * * * * *', { withSeconds: true });
    expect(parsed.ok && formatTime(nextFire(parsed.value, instant(0)) ?? instant(0))).toBe('1970-01-01T00:00:20Z');
  });

  it('never throws and always ends', () => {
    const text = fc.string({ unit: fc.constantFrom(...'0123456789*/,- @?TZ=') });
    fc.assert(
      fc.property(text, (spec) => {
        const parsed = parseCron(spec, { zones: systemTimeZones });
        if (parsed.ok) nextFire(parsed.value, instant(0));
      }),
    );
    expect(parseCron('* '.repeat(2000)).ok).toBe(false);
  });
});
