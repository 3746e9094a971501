import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { milliseconds, after, type Clock } from '@argosy/std';
import type { ExecAnswer } from './contract.ts';
import { enterCommand, openRootOf, rightsOf } from './enter-sandbox.ts';
import { SYSTEM_PATH } from './find-program.ts';
import { onTerminal, TERMINAL_ENVIRONMENT } from './terminal.ts';

/** Where and how a command is run beside a container. */
export interface ExecPlace {
  readonly command: readonly string[];
  readonly env: readonly (readonly [string, string])[];
  /** The main process of the sandbox; `undefined` runs the command as a plain process. */
  readonly sandboxPid: number | undefined;
  /** A private folder for the moment of the start. */
  readonly dir: string;
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

/** The standard streams of a command. On a terminal, the fourth descriptor tells its path. */
export interface ExecStreams {
  readonly stdin: boolean;
  readonly tty: boolean;
}

function spawnInside(place: ExecPlace, sandboxPid: number, streams: ExecStreams): ChildProcess {
  const words = enterCommand(sandboxPid, rightsOf(sandboxPid), place.command);
  const [program = '', ...args] = streams.tty ? onTerminal(words, '>&4; exec 4>&-') : words;
  const fds: number[] = [];
  try {
    fds.push(environmentFd(place), openRootOf(sandboxPid));
    const [environment, root] = fds;
    return spawn(program, args, {
      detached: true,
      env: streams.tty ? TERMINAL_ENVIRONMENT : { PATH: SYSTEM_PATH },
      stdio: [stdinOf(streams), 'pipe', 'pipe', environment, streams.tty ? 'pipe' : 'ignore', root],
    });
  } finally {
    for (const fd of fds) closeSync(fd);
  }
}

const stdinOf = ({ stdin, tty }: ExecStreams): 'pipe' | 'ignore' => (stdin || tty ? 'pipe' : 'ignore');

function spawnPlain(place: ExecPlace, streams: ExecStreams): ChildProcess {
  const words = streams.tty ? onTerminal(place.command, '>&4; exec 4>&-') : place.command;
  const [program = '', ...args] = words;
  const env = Object.fromEntries(place.env);
  return spawn(program, args, {
    detached: true,
    env: streams.tty ? { ...env, SHELL: TERMINAL_ENVIRONMENT.SHELL } : env,
    cwd: place.dir,
    stdio: [stdinOf(streams), 'pipe', 'pipe', 'ignore', ...(streams.tty ? ['pipe' as const] : [])],
  });
}

/** Starts a command beside a container, leader of a process group of its own. @throws when the container has gone. */
export function spawnBeside(place: ExecPlace, streams: ExecStreams): ChildProcess {
  const { sandboxPid } = place;
  return sandboxPid === undefined ? spawnPlain(place, streams) : spawnInside(place, sandboxPid, streams);
}

/** Kills a process group by its leader. */
export function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // The group has ended by itself in this moment.
  }
}

/** The exit code of a process as a shell tells it: 128 and the number of the signal that ended it. */
export function exitCodeOf(code: number | null, signal: NodeJS.Signals | null): number {
  if (code !== null) return code;
  return 128 + (signal === null ? constants.signals.SIGKILL : constants.signals[signal]);
}

/** Runs a command inside a container, bounded in time and output. A command that outlives its time is killed: code 124. */
export function execInside(
  place: ExecPlace,
  bounds: { readonly timeoutMs: number; readonly outputBytes: number; readonly clock: Clock },
): Promise<ExecAnswer> {
  const { clock, outputBytes, timeoutMs } = bounds;
  return new Promise((resolve) => {
    const child = spawnBeside(place, { stdin: false, tty: false });
    let output = '';
    let isLate = false;
    const take = (chunk: Buffer): void => {
      if (output.length < outputBytes) output = (output + chunk.toString('utf8')).slice(0, outputBytes);
    };
    child.stdout?.on('data', take);
    child.stderr?.on('data', take);
    const timer = clock.schedule(after(clock.now(), milliseconds(timeoutMs)), () => {
      isLate = true;
      killGroup(child.pid);
    });
    const finish = (exitCode: number, words: string): void => {
      timer.cancel();
      resolve({ exitCode, output: words === '' ? output : words });
    };
    child.on('error', (error) => finish(126, error.message));
    child.on('close', (code, signal) => {
      if (isLate) finish(124, `command timed out after ${timeoutMs / 1000}s`);
      else finish(exitCodeOf(code, signal), '');
    });
  });
}
