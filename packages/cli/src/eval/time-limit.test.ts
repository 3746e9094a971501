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
      expect(deadline.isExpired()).toBe(false);
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

describe('honest sources', () => {
  const manifests = `[{ metadata: { name: 'd%d' % i, labels+: { app: 'x' } }, spec: { replicas: i } }
    for i in std.range(1, 500)]`;
  it.each([
    ['gotemplate', '{{ range $i := until 5000 }}\nline {{ $i }}: {{ printf "%05d" $i | quote }}{{ end }}'],
    ['jsonnet', manifests],
    ['jsonnet', "std.lines(['line %05d' % i for i in std.range(1, 5000)])"],
    ['jq', '[range(5000) | {id: ., name: "n\\(.)"}] | map(select(.id % 2 == 0)) | length'],
    ['lua', 'local s = "" for i = 1, 2000 do s = s .. i end return {status = "Healthy", message = s}'],
  ])('of %s that make much still end well', (lang, source) => {
    // It is the counts that must let them pass: how fast they are is for the benchmarks to say.
    const limit = createTimeLimit(10_000);
    const line = JSON.stringify({ id: 1, lang, source, vars: { obj: {} } });
    const answer = JSON.parse(answerLine(languages, line, { limit })) as { value?: unknown; error?: unknown };
    expect(answer.error).toBeUndefined();
    expect(answer.value).toBeDefined();
  });
});
