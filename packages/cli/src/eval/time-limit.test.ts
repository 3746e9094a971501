import { ok } from '@argosy/std';
import { TIME_LIMIT_NAME } from '@argosy/lang/diagnostic';
import * as languages from '@argosy/lang/evaluate';
import { describe, expect, it } from 'vitest';
import { answerLine } from './batch.ts';
import { createTimeLimit } from './time-limit.ts';

const atLimit = { ok: false, error: { limit: TIME_LIMIT_NAME, message: `${TIME_LIMIT_NAME} is limited to 20` } };

describe('createTimeLimit', () => {
  const limit = createTimeLimit(20);

  it('passes results and errors of the work through', () => {
    expect(limit.run(() => ok(1))).toEqual(ok(1));
    expect(() =>
      limit.run(() => {
        throw new TypeError('ours');
      }),
    ).toThrow('ours');
  });

  it('lends a deadline that expires', () => {
    const asked = limit.run((deadline) => {
      while (!deadline.isExpired());
      return ok(deadline.limitMs);
    });
    expect(asked).toEqual(ok(20));
  });

  it.each<readonly [string, () => void]>([
    [
      'an endless loop',
      () => {
        for (;;);
      },
    ],
    ['a regular expression that backtracks', () => void /^(a+)+$/.test(`${'a'.repeat(40)}b`)],
    [
      'integers that grow',
      () => {
        for (let value = 3n; ; value = (value * value) % 10n ** 50_000n);
      },
    ],
    [
      'lists that grow',
      () => {
        for (const list: unknown[] = []; ; list.push({ list: [list.length] }));
      },
    ],
  ])('cuts off %s', (_, work) => {
    expect(
      limit.run(() => {
        work();
        return ok(1);
      }),
    ).toMatchObject(atLimit);
    expect(
      limit.run(() => ok('next')),
      'and goes on',
    ).toEqual(ok('next'));
  });

  it.each([
    ['lua', 'while true do end', undefined],
    ['jq', 'reduce range(1e9) as $i (3; . * .)', null],
    ['glob', `${'*a'.repeat(500)}*b`, { inputs: Array.from({ length: 50 }, () => 'a'.repeat(16_000)) }],
    ['yaml', `a: [${'1,'.repeat(600_000)}]`, undefined],
  ])('ends %s in a batch, with an answer', (lang, source, vars) => {
    const line = JSON.stringify({ id: 'x', lang, source, vars });
    const answer = JSON.parse(answerLine(languages, line, { limit })) as { id: string; error: { message: string } };
    expect(answer).toMatchObject({ id: 'x', error: { message: atLimit.error.message } });
  });
});
