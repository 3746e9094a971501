// What hostile sources cost as lines of `argosy eval --batch`, the JSON of the line included. A row over 300 ms is marked
// with `!`; one over three seconds, or out of memory, ends its process and is marked with `X`.
// Run: npx tsx test/bench/hostile.bench.ts [language] [least milliseconds shown]
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { performance } from 'node:perf_hooks';
import { systemTimeZones } from '@argosy/kube/runtime';
import * as languages from '@argosy/lang/evaluate';
import { answerLine } from '../../packages/cli/src/eval/batch.ts';
import { createTimeLimit } from '../../packages/cli/src/eval/time-limit.ts';
import { HOSTILE } from '../../packages/lang/src/evaluate/hostile-fixture.ts';

const PATIENCE_MS = 3000;
const megabytes = (bytes: number): string => (bytes / 1024 / 1024).toFixed(0);

interface Outcome {
  readonly spent: number;
  readonly end: string;
  /** The most memory that the process has ever used. */
  readonly peak: number;
}

const limit = createTimeLimit();

function measure(index: number): Outcome {
  const { language, source, vars } = HOSTILE[index] ?? { language: '', source: '' };
  const line = JSON.stringify({ id: index, lang: language, source, vars });
  const start = performance.now();
  const answer = answerLine(languages, line, { limit, zones: systemTimeZones });
  const spent = performance.now() - start;
  const { error } = JSON.parse(answer) as { readonly error?: { readonly message: string } };
  const end = error?.message.split('\n')[0] ?? 'value';
  return { spent, end: end.slice(0, 80), peak: process.resourceUsage().maxRSS * 1024 };
}

/** A process that has loaded the languages. */
async function startChild(): Promise<ChildProcess> {
  const execArgv = [...process.execArgv, '--max-old-space-size=1024'];
  const child = fork(import.meta.filename, ['child'], { execArgv });
  await once(child, 'message');
  return child;
}

function ask(child: ChildProcess, index: number): Promise<Outcome | undefined> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
    const done = (outcome?: Outcome): void => {
      clearTimeout(timer);
      child.removeAllListeners();
      resolve(outcome);
    };
    child.once('message', (message) => done(message as Outcome));
    child.once('exit', () => done());
    child.send(index);
  });
}

function show(name: string, spent: number, { end, grown }: { readonly end: string; readonly grown: number }): void {
  const mark = spent >= PATIENCE_MS ? 'X' : spent > 300 ? '!' : ' ';
  const [time, memory] = [spent.toFixed(0).padStart(5), megabytes(grown).padStart(4)];
  process.stdout.write(`${mark} ${time} ms  +${memory} MB  ${name}: ${end}\n`);
}

async function main(language: string, least: number): Promise<void> {
  let child = await startChild();
  const times: number[] = [];
  let peak = 0;
  let over = 0;
  const rows = [...HOSTILE.entries()].filter(([, row]) => language === '' || row.language === language);
  for (const [index, row] of rows) {
    const outcome = await ask(child, index);
    if (outcome === undefined) child = await startChild();
    const { spent, end, ...used } = outcome ?? { spent: PATIENCE_MS, end: 'did not end', peak: 0 };
    const grown = used.peak - peak;
    ({ peak } = used);
    times.push(spent);
    if (spent > 300) over += 1;
    if (spent >= least || grown >= 100 * 1024 * 1024) show(`${row.language}: ${row.name}`, spent, { end, grown });
  }
  child.kill();
  times.sort((a, b) => b - a);
  const top = times
    .slice(0, 3)
    .map((time) => time.toFixed(0))
    .join(', ');
  process.stdout.write(
    `${language} ${times.length} sources, ${over} over 300 ms, the longest ${top} ms, peak ${megabytes(peak)} MB\n`,
  );
}

const [, , first = '', least = '60'] = process.argv;
if (first === 'child') {
  process.on('message', (index) => process.send?.(measure(Number(index))));
  process.send?.('ready');
} else await main(first, Number(least));
