import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { eventually } from './eventually.ts';

const run = promisify(execFile);

/** The repository. */
export const root = join(import.meta.dirname, '..', '..');
const program = join(root, 'dist', 'argosy.js');

/** What the ready file says. */
export interface Ready {
  readonly kubeconfig: string;
  readonly url: string;
  readonly adminPasswordFile: string;
  readonly caFile: string;
}

/** A running `argosy up`. */
export interface ArgosyProcess {
  readonly ready: Ready;
  readonly pid: number;
  /** From the start of the process to the ready file. */
  readonly readyMs: number;
  /** All that it printed. */
  output(): string;
  /** Ends it and gives back the exit code, null after SIGKILL. */
  stop(signal: 'SIGINT' | 'SIGTERM' | 'SIGKILL'): Promise<number | null>;
}

function ended(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => child.once('exit', (code) => resolve(code)));
}

/** Starts the built program and waits until it says that it is ready. */
export async function startArgosy(dataDirectory: string, flags: readonly string[] = []): Promise<ArgosyProcess> {
  const readyFile = join(dataDirectory, '..', `ready-${process.pid}-${Math.round(performance.now())}.json`);
  const started = performance.now();
  const args = [program, 'up', '--data-dir', dataDirectory, '--ready-file', readyFile, ...flags];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let printed = '';
  child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  const exit = ended(child);
  const ready = await eventually('argosy up is ready', 60_000, async () => {
    if (child.exitCode !== null) throw new Error(`argosy up ended with ${child.exitCode}: ${printed}`);
    return JSON.parse(await readFile(readyFile, 'utf8')) as Ready;
  }).catch((error: unknown) => {
    child.kill('SIGKILL');
    throw new Error(`${error instanceof Error ? error.message : String(error)}\n${printed}`);
  });
  const readyMs = performance.now() - started;
  rmSync(readyFile, { force: true });
  return {
    ready,
    readyMs,
    pid: child.pid ?? 0,
    output: () => printed,
    stop: async (signal) => {
      child.kill(signal);
      return exit;
    },
  };
}

/** Starts the program without waiting for anything: to be killed on the way up. */
export function spawnArgosy(dataDirectory: string): { ageMs(): number; kill(): Promise<number | null> } {
  const started = performance.now();
  const args = [program, 'up', '--data-dir', dataDirectory, '--port', '0', '--kube-port', '0'];
  const child = spawn(process.execPath, args, { stdio: 'ignore' });
  const exit = ended(child);
  return {
    ageMs: () => performance.now() - started,
    kill: () => {
      child.kill('SIGKILL');
      return exit;
    },
  };
}

/** Runs the built program to its end. */
export async function runArgosy(
  args: readonly string[],
  env: { readonly [name: string]: string } = {},
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  try {
    const options = { env: { ...process.env, ...env }, timeout: 60_000 };
    const { stdout, stderr } = await run(process.execPath, [program, ...args], options);
    return { code: 0, stdout, stderr };
  } catch (error) {
    const failed = error as { code?: number; stdout?: string; stderr?: string };
    return { code: failed.code ?? 1, stdout: failed.stdout ?? '', stderr: failed.stderr ?? '' };
  }
}

/** Resident memory of a process in MB. */
export function residentMegabytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
}
