import { spawn } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openCommitLog } from './index.ts';

/** How often the writer is killed. */
const KILL_COUNT = 20;
/** The writer is killed after it acknowledged this many writes, plus a number that differs each time. */
const LEAST_WRITES = 20;

let workplace = '';
beforeAll(async () => {
  workplace = await mkdtemp(join(tmpdir(), 'argosy-crash-'));
  // Bundled as a release is: the main program and the worker side by side, native modules outside.
  const source = (name: string): string => fileURLToPath(new URL(`./${name}.ts`, import.meta.url));
  await build({
    entryPoints: [source('crash-writer-fixture'), source('commit-log-worker')],
    outdir: workplace,
    bundle: true,
    platform: 'node',
    format: 'esm',
    external: ['libsql'],
    logLevel: 'error',
  });
  const modules = dirname(dirname(createRequire(import.meta.url).resolve('libsql')));
  await symlink(modules, join(workplace, 'node_modules'));
  await writeFile(join(workplace, 'package.json'), '{"type":"module"}');
});
afterAll(() => rm(workplace, { recursive: true, force: true }));

/** Runs the writer, kills it in the middle of its work, and gives the versions that it acknowledged. */
function writeAndKill(first: number, writes: number): Promise<readonly number[]> {
  const child = spawn(
    process.execPath,
    [join(workplace, 'crash-writer-fixture.js'), join(workplace, 'data'), String(first)],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let output = '';
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
    if (output.split('\n').length > writes) child.kill('SIGKILL');
  });
  return new Promise((resolve, reject) => {
    child.on('close', (_code, signal) => {
      if (signal !== 'SIGKILL') reject(new Error(`the writer ended by itself: ${errors}`));
      // The last line may have been cut by the kill: only whole lines count.
      else resolve(output.split('\n').slice(0, -1).map(Number));
    });
  });
}

describe('a writer that is killed', () => {
  it(`loses nothing that it acknowledged, ${KILL_COUNT} times over`, { timeout: 60_000 }, async () => {
    const acknowledged: number[] = [];
    for (let round = 0; round < KILL_COUNT; round += 1) {
      acknowledged.push(...(await writeAndKill(round * 1_000_000, LEAST_WRITES + round * 7)));
    }
    const log = await openCommitLog(join(workplace, 'data'));
    const { records, resourceVersion } = await log.load();
    await log.close();
    const stored = new Map(records.map((record) => [record.key, Buffer.from(record.bytes ?? []).toString()]));
    const lost = acknowledged.filter((version) => stored.get(`/crash/n/a${version}`) !== `value ${version}`);
    expect(lost).toEqual([]);
    const other = (key: string): string =>
      key.includes('/n/a') ? key.replace('/n/a', '/n/b') : key.replace('/n/b', '/n/a');
    expect([...stored.keys()].filter((key) => !stored.has(other(key)))).toEqual([]);
    expect(resourceVersion).toBeGreaterThanOrEqual(Math.max(...acknowledged));
    expect(acknowledged.length).toBeGreaterThan(KILL_COUNT * LEAST_WRITES);
  });
});
