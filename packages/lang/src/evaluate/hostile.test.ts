import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DEADLINE_STEPS, StepMeter, TIME_LIMIT_NAME, type Deadline } from '../diagnostic/index.ts';
import { HOSTILE } from './hostile-fixture.ts';
import { evaluateLanguage } from './index.ts';

/** Languages that ask the deadline; the work of the others is bound by the size of what they are given. */
const ASKING = ['cel', 'expr', 'gotemplate', 'jq', 'jsonnet', 'lua', 'tags'];

/**
 * Where each source ends when the deadline passes early: the name of the limit, `value` when its work is small, `error`
 * when the language refuses it.
 */
const ENDS = JSON.parse(readFileSync(join(import.meta.dirname, 'testdata/hostile-ends.json'), 'utf8')) as {
  readonly [row: string]: string;
};

/** A deadline that passes when it is asked for the `count`th time: a clock that ticks with the work. */
function deadlineOf(count: number): Deadline & { asked: number } {
  const deadline = {
    limitMs: count,
    asked: 0,
    isExpired: () => {
      deadline.asked += 1;
      return deadline.asked >= count;
    },
  };
  return deadline;
}

describe('hostile sources', () => {
  it('are no larger than a megabyte', () => {
    for (const { name, source } of HOSTILE) {
      expect(source.length, name).toBeLessThan(1_000_000);
    }
  });

  it.each(HOSTILE.filter(({ timed }) => timed !== true))('$language: $name', ({ language, name, source, vars }) => {
    // A small part of what the defaults allow, to keep the test short: what ends, ends at one of the two.
    const deadline = deadlineOf(50_000 / DEADLINE_STEPS);
    const got = evaluateLanguage(language, source, { vars, env: { deadline } });
    const end = got.ok ? 'value' : (got.error.limit ?? 'error');
    expect(got.ok ? '' : got.error.message).not.toMatch(/internal error|Maximum call stack|is not a function/);
    // Counted in steps, so each row ends at the same limit on every machine.
    expect(end).toBe(ENDS[`${language}: ${name}`]);
  });

  it('are all listed with their ends', () => {
    const listed = HOSTILE.filter(({ timed }) => timed !== true).map(({ language, name }) => `${language}: ${name}`);
    expect(Object.keys(ENDS).sort()).toEqual([...new Set(listed)].sort());
  });

  it.each(ASKING)('%s asks the deadline and ends at it', (language) => {
    const rows = HOSTILE.filter((row) => row.language === language && row.timed !== true);
    const ended = rows.slice(0, 12).filter(({ source, vars }) => {
      const got = evaluateLanguage(language, source, { vars, env: { deadline: deadlineOf(2) } });
      return !got.ok && got.error.limit === TIME_LIMIT_NAME;
    });
    expect(ended.length).toBeGreaterThan(0);
  });
});

describe('StepMeter', () => {
  it('ends at its budget, with the name and the place', () => {
    const meter = new StepMeter({ limit: 'x steps', allowed: 10, place: () => ({ line: 2, column: 3 }) });
    for (let step = 0; step < 10; step += 1) meter.spend(1);
    expect(meter.spent).toBe(10);
    expect(() => meter.spend(0.5)).toThrow('x steps is limited to 10');
  });

  it('ends at NaN, so that no wrong size is free', () => {
    expect(() => new StepMeter({ limit: 'x', allowed: 10, deadline: deadlineOf(9) }).spend(Number.NaN)).toThrow();
  });

  it('asks the deadline once every so many steps', () => {
    const deadline = deadlineOf(4);
    const meter = new StepMeter({ limit: 'x', allowed: 1e6, deadline });
    expect(() => {
      for (;;) meter.spend(1);
    }).toThrow('evaluation milliseconds is limited to 4');
    expect(meter.spent).toBeLessThanOrEqual(4 * (DEADLINE_STEPS + 1));
  });
});
