/**
 * Makes packages/lang/src/jq/testdata/golden.json with Debian's `gojq` (apt-get install gojq; 0.12.11):
 *   npx tsx tools/oracles/jq/generate.ts
 * A row is [query, input, outputs, error?]: outputs as gojq prints them with --compact-output.
 */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRandom } from '../../../packages/std/src/index.ts';
import {
  FILTERS,
  FORMATS,
  INPUTS,
  INSTANTS,
  MATH,
  MATH_PAIRS,
  NUMBERS,
  OPERANDS,
  OPERATORS,
  PROGRAMS,
  TIME_TEXTS,
} from './queries.ts';
import { randomInput, randomQuery } from './random-query.ts';

type Row = readonly [query: string, input: string, outputs: readonly string[], error?: string];

const OUTPUT_LIMIT_CHARACTERS = 600;
const random = createRandom(20_261_123);
const pick = <T>(items: readonly T[], share: number): readonly T[] => items.filter(() => random.next() < share);

/** What gojq writes to standard error, without its decoration. */
function errorText(stderr: string): string | undefined {
  if (stderr === '') return undefined;
  const text = stderr.replace(/^gojq: /, '').replace(/\n$/, '');
  if (!text.startsWith('invalid query: ')) return text.replace(/^compile error: /, '');
  return /\^ {2}([^\n]*)$/.exec(text)?.[1] ?? text;
}

/** Runs one query; nothing when it takes too long or says too much. */
function run(query: string, input: string): Promise<Row | undefined> {
  return new Promise((resolve) => {
    const child = spawn('/usr/bin/gojq', ['-c', '--', query], { env: {}, timeout: 4000 });
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text.slice(0, 100_000)));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text.slice(0, 100_000)));
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
    child.on('close', (_code, signal) => {
      const outputs = stdout.split('\n').slice(0, -1);
      const error = errorText(stderr);
      if (signal !== null || stdout.length > OUTPUT_LIMIT_CHARACTERS || stderr.startsWith('panic')) resolve(undefined);
      else resolve(error === undefined ? [query, input, outputs] : [query, input, outputs, error]);
    });
  });
}

/** Orders and powers that Go cuts to integers must be integers of a size that means something. */
function isMeant(name: string, x: string, y: string): boolean {
  if (name === 'jn' || name === 'yn') return /^-?\d{1,3}(\.\d+)?$/.test(x) && y !== '1e300';
  return name !== 'ldexp' || /^-?\d{1,3}(\.\d+)?$/.test(y);
}

function cases(): (readonly [string, string])[] {
  // Times beyond the int64 wrap around in Go.
  const isFar = (filter: string, input: string): boolean => /date|time/.test(filter) && /^\d{15}/.test(input);
  const filters = FILTERS.flatMap((filter) =>
    pick(INPUTS, 0.36)
      .filter((input) => !isFar(filter, input))
      .map((input) => [filter, input] as const),
  );
  const operators = OPERATORS.flatMap((operator) =>
    OPERANDS.flatMap((left) => pick(OPERANDS, 0.1).map((right) => [`${left} ${operator} ${right}`, 'null'] as const)),
  );
  const math = MATH.flatMap((name) => NUMBERS.map((x) => [`${x} | ${name}`, 'null'] as const));
  const pairs = MATH_PAIRS.flatMap((name) =>
    NUMBERS.flatMap((x) =>
      pick(NUMBERS, 0.2)
        .filter((y) => isMeant(name, x, y))
        .map((y) => [`${name}(${x}; ${y})`, 'null'] as const),
    ),
  );
  const formats = FORMATS.flatMap((format) =>
    pick(INSTANTS, 0.6).map((at) => [`strftime(${JSON.stringify(format)})`, at] as const),
  );
  const texts = TIME_TEXTS.map(
    ([text, format]) => [`strptime(${JSON.stringify(format)})`, JSON.stringify(text)] as const,
  );
  const programs = PROGRAMS.map((program) => [program, 'null'] as const);
  const composed = Array.from({ length: 1600 }, () => [randomQuery(random, 3), randomInput(random, 2)] as const);
  return [...programs, ...filters, ...operators, ...math, ...pairs, ...formats, ...texts, ...composed];
}

async function main(): Promise<void> {
  const unique = [...new Map(cases().map((item) => [item.join('\n'), item] as const)).values()];
  const rows: (Row | undefined)[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    for (let at = next++; at < unique.length; at = next++) {
      const [query, input] = unique[at] ?? ['.', 'null'];
      rows[at] = await run(query, input);
    }
  };
  await Promise.all(Array.from({ length: 3 }, work));
  const kept = rows.filter((row) => row !== undefined);
  const file = join(import.meta.dirname, '../../../packages/lang/src/jq/testdata/golden.json');
  writeFileSync(file, `[\n${kept.map((row) => JSON.stringify(row)).join(',\n')}\n]\n`);
  console.log(`${kept.length} rows, ${unique.length - kept.length} left out`);
}

await main();
