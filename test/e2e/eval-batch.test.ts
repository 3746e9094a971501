import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';
import { root } from './argosy-process.ts';

const program = join(root, 'dist', 'argosy.js');

/** What the process has used at most, in megabytes. */
function peakMegabytes(pid: number): number {
  const [, kilobytes = '0'] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) / 1024;
}

interface Answer {
  readonly id: unknown;
  readonly value?: unknown;
  readonly error?: { readonly message: string; readonly line: number };
}

/** Pipes chunks into `argosy eval --batch` and reads what comes out. */
async function evaluate(chunks: Iterable<Buffer | string>): Promise<{ answers: readonly Answer[]; peak: number }> {
  const child = spawn(process.execPath, [program, 'eval', '--batch'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const exit = once(child, 'exit');
  const answers: Answer[] = [];
  const read = (async () => {
    let peak = 0;
    for await (const line of createInterface({ input: child.stdout })) {
      answers.push(JSON.parse(line) as Answer);
      if (answers.length % 500 === 0) peak = Math.max(peak, peakMegabytes(child.pid ?? 0));
    }
    return peak;
  })();
  for (const chunk of chunks) if (!child.stdin.write(chunk)) await once(child.stdin, 'drain');
  child.stdin.end();
  const peak = await read;
  expect(await exit).toEqual([0, null]);
  return { answers, peak };
}

const SOURCES: readonly (readonly [lang: string, source: string])[] = [
  ['expr', 'a + 1'],
  ['gotemplate', '{{ .a }}-{{ .s | upper | repeat 50 }}'],
  ['jq', '.a, (.s | length)'],
  ['when', 'a >= 0'],
  ['yaml', 'a: [yes, 1]'],
  ['lua', 'return {status = "Healthy", message = tostring(obj)}'],
  ['cel', 'a +'],
];

function* requests(count: number): Generator<string> {
  for (let id = 0; id < count; id += 1) {
    const [lang, source] = SOURCES[id % SOURCES.length] ?? ['', ''];
    yield `${JSON.stringify({ id, lang, source, vars: { a: id, s: 'x'.repeat(1000) } })}\n`;
  }
}

describe('argosy eval --batch through a pipe', () => {
  it('answers ten thousand lines, each once and in order, in bounded memory', { timeout: 120_000 }, async () => {
    const { answers, peak } = await evaluate(requests(10_000));
    expect(answers.map(({ id }) => id)).toEqual(Array.from({ length: 10_000 }, (_, index) => index));
    expect(answers[7_000]).toEqual({ id: 7000, value: 7001 });
    expect(answers.filter(({ error }) => error !== undefined).every(({ id }) => Number(id) % 7 === 6)).toBe(true);
    expect(peak).toBeGreaterThan(20);
    expect(peak).toBeLessThan(400);
  });

  it('takes bytes that are no text, cut anywhere', { timeout: 60_000 }, async () => {
    const good = Buffer.from('{"id":"é","lang":"jq","source":".","vars":"🙂"}\n');
    const bad = Buffer.from([0xff, 0xfe, 0x00, 0x0a, 0x7b, 0x22, 0xc3, 0x28, 0x0a]);
    const surrogate = '{"id":"s","lang":"jq","source":".","vars":"\\ud800\\u0000"}\n';
    const last = '{"id":"end","lang":"jq","source":".","vars":null}';
    const all = Buffer.concat([bad, good, Buffer.from(surrogate), Buffer.from(last)]);
    const { answers } = await evaluate(Array.from(all, (_, index) => all.subarray(index, index + 1)));
    expect(answers.map(({ id }) => id)).toEqual([null, null, 'é', 's', 'end']);
    expect(answers.slice(0, 2).map(({ error }) => error?.message.split(':')[0])).toEqual([
      'malformed line',
      'malformed line',
    ]);
    expect(answers.slice(2).map(({ value }) => value)).toEqual([['🙂'], ['\ud800\u0000'], [null]]);
  });
});
