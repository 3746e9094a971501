import { spawn } from 'node:child_process';
import { closeSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { milliseconds, after, type Clock } from '@argosy/std';
import type { ExecAnswer } from './contract.ts';
import { SYSTEM_PATH } from './process-launch.ts';

/** Where and how a command is run beside a container. */
export interface ExecPlace {
  readonly command: readonly string[];
  readonly env: readonly (readonly [string, string])[];
  /** The main process of the sandbox; `undefined` runs the command as a plain process. */
  readonly sandboxPid: number | undefined;
  /** A private folder for the moment of the start. */
  readonly dir: string;
  readonly timeoutMs: number;
  readonly outputBytes: number;
  readonly clock: Clock;
}

const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;

function exportScript(env: ExecPlace['env']): string {
  return env
    .filter(([name]) => VARIABLE.test(name))
    .map(([name, value]) => `export ${name}='${value.replaceAll("'", `'\\''`)}'\n`)
    .join('');
}

let execCount = 0;

/** Opens a file with the environment, already unlinked: values stay out of argument lists and off the disk. */
function environmentFd(place: ExecPlace): number {
  execCount += 1;
  const path = join(place.dir, `exec-${execCount}`);
  writeFileSync(path, exportScript(place.env), { mode: 0o600 });
  const fd = openSync(path, 'r');
  rmSync(path);
  return fd;
}

function spawnInside(place: ExecPlace, sandboxPid: number): ReturnType<typeof spawn> {
  const fd = environmentFd(place);
  const enter = ['-t', String(sandboxPid), '-m', '-p', '-i', '-u', '-r', '-w', '--'];
  const shell = ['/bin/sh', '-c', '. /proc/self/fd/3; exec 3<&-; exec "$@"', 'exec', ...place.command];
  try {
    return spawn('nsenter', [...enter, ...shell], {
      detached: true,
      env: { PATH: SYSTEM_PATH },
      stdio: ['ignore', 'pipe', 'pipe', fd],
    });
  } finally {
    closeSync(fd);
  }
}

function spawnPlain(place: ExecPlace): ReturnType<typeof spawn> {
  const [program = '', ...args] = place.command;
  return spawn(program, args, {
    detached: true,
    env: Object.fromEntries(place.env),
    cwd: place.dir,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // The group has ended by itself in this moment.
  }
}

/** Runs a command inside a container, bounded in time and output. A command that outlives its time is killed: code 124. */
export function execInside(place: ExecPlace): Promise<ExecAnswer> {
  return new Promise((resolve) => {
    const child = place.sandboxPid === undefined ? spawnPlain(place) : spawnInside(place, place.sandboxPid);
    let output = '';
    let isLate = false;
    const take = (chunk: Buffer): void => {
      if (output.length < place.outputBytes) output = (output + chunk.toString('utf8')).slice(0, place.outputBytes);
    };
    child.stdout?.on('data', take);
    child.stderr?.on('data', take);
    const timer = place.clock.schedule(after(place.clock.now(), milliseconds(place.timeoutMs)), () => {
      isLate = true;
      killGroup(child.pid);
    });
    const finish = (exitCode: number, words: string): void => {
      timer.cancel();
      resolve({ exitCode, output: words === '' ? output : words });
    };
    child.on('error', (error) => finish(126, error.message));
    child.on('close', (code) => {
      if (isLate) finish(124, `command timed out after ${place.timeoutMs / 1000}s`);
      else finish(code ?? 137, '');
    });
  });
}
