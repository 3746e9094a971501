import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, constants, openSync, readFileSync, readSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import type { ContainerOutput } from './container-output.ts';
import { SYSTEM_PATH } from './find-program.ts';
import { onTerminal, shellWord } from './terminal.ts';

/** The files of one container instance. */
export interface InstanceFiles {
  readonly dir: string;
  /** Written by the keeper process: its own pid, and the exit code once the container has ended. */
  readonly pid: string;
  readonly exit: string;
  readonly stdout: string;
  readonly stderr: string;
  /** A pipe, only when the container has stdin or a terminal; `holder` then has the pid of what keeps it open. */
  readonly stdin: string;
  readonly holder: string;
  /** The path of the container's terminal, when it has one. */
  readonly tty: string;
  readonly state: string;
  readonly terminationMessage: string;
  readonly hosts: string;
  readonly resolvConf: string;
}

/** Names the files of an instance under its folder. */
export function instanceFiles(dir: string): InstanceFiles {
  return {
    dir,
    pid: join(dir, 'pid'),
    exit: join(dir, 'exit'),
    stdout: join(dir, 'stdout'),
    stderr: join(dir, 'stderr'),
    stdin: join(dir, 'stdin'),
    holder: join(dir, 'holder'),
    tty: join(dir, 'tty'),
    state: join(dir, 'state.json'),
    terminationMessage: join(dir, 'termination-log'),
    hosts: join(dir, 'hosts'),
    resolvConf: join(dir, 'resolv.conf'),
  };
}

/** Keeps a container's stdin open while nobody writes to it; its end is the end of that stdin. */
const HOLDER =
  '(trap "" TERM INT HUP QUIT USR1 USR2; exec 3<&- 4<&-; exec sleep 2147483647) < /dev/null > /dev/null 2>&1 9<> "$dir/stdin" &';

/**
 * The keeper: a shell that outlives the agent, waits for the container and writes its exit code to a file. It catches
 * signals (they are meant for the container, and caught ones are reset in it) and stays until its child has ended.
 */
const KEEPER = [
  'trap : TERM INT HUP QUIT USR1 USR2',
  'dir=$1; shift',
  'echo $$ > "$dir/pid"',
  'if [ -p "$dir/stdin" ]; then',
  `  ${HOLDER}`,
  '  holder=$!; echo "$holder" > "$dir/holder"',
  '  "$@" < "$dir/stdin"',
  '  code=$?; kill -9 "$holder" 2>/dev/null',
  'else',
  '  "$@"; code=$?',
  'fi',
  // What is still in the pipes would vanish with the last process that holds them: with no agent there, save it.
  'read -r agent 2>/dev/null < "$dir/../../../../../agent" && kill -0 "$agent" 2>/dev/null || for name in stdout stderr; do',
  '  command -p dd if="$dir/$name" of="$dir/$name.rest" iflag=nonblock bs=65536 count=1 2>/dev/null',
  'done',
  'echo $code > "$dir/exit"',
  'exit $code',
].join('\n');

/** Makes named pipes. They let output wait, and nothing dies, while no agent is there to read. */
export function makePipes(paths: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('mkfifo', ['-m', '600', ...paths], { stdio: 'ignore', env: { PATH: SYSTEM_PATH } });
    child.on('error', reject);
    child.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`mkfifo ended with code ${code}`))));
  });
}

/** Keeps a few pairs of named pipes ready, because making them costs a process. */
export class PipeStock {
  readonly #folder: string;
  #ready: string[] = [];
  #refill: Promise<void> | undefined;
  #made = 0;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Moves a pair into place. */
  async take(stdout: string, stderr: string): Promise<void> {
    while (this.#ready.length < 2) await this.fill();
    renameSync(this.#ready.pop() ?? '', stdout);
    renameSync(this.#ready.pop() ?? '', stderr);
    if (this.#ready.length < PAIRS) void this.fill().catch(() => undefined);
  }

  /** Fills the stock; concurrent calls share one process. */
  fill(): Promise<void> {
    this.#refill ??= this.#make().finally(() => {
      this.#refill = undefined;
    });
    return this.#refill;
  }

  async #make(): Promise<void> {
    const names = Array.from({ length: PAIRS * 2 }, () => join(this.#folder, `pipe-${(this.#made += 1)}`));
    for (const name of names) rmSync(name, { force: true });
    await makePipes(names);
    this.#ready.push(...names);
  }
}

const PAIRS = 16;

/** What is launched: a program with its arguments, and for a sandbox the arguments that must not be seen in `ps`. */
export interface Launch {
  readonly id: string;
  readonly files: InstanceFiles;
  readonly command: readonly string[];
  readonly env: { readonly [name: string]: string };
  readonly cwd: string;
  /** What makes the sandbox; without it the program runs as a plain process. */
  readonly sandbox?: SandboxLaunch;
  /** Run it on a terminal. */
  readonly tty: boolean;
}

/** A sandbox: the program that makes it, and what that reads from descriptor 3 (it holds the environment). */
export interface SandboxLaunch {
  readonly wrapper: readonly string[];
  readonly input: string;
}

/** Bubblewrap with its arguments. */
export function bubblewrapLaunch(list: readonly string[]): SandboxLaunch {
  const wrapper = ['bwrap', '--args', '3', '--info-fd', '4', '--'];
  return { wrapper, input: list.map((item) => `${item}\0`).join('') };
}

/** The system's own namespaces with the script of their first process; `isRoot` tells whether that needs a user namespace. */
export function namespaceLaunch(script: string, isRoot: boolean): SandboxLaunch {
  const user = isRoot ? [] : ['--user', '--map-root-user'];
  const spaces = ['--mount', '--pid', '--ipc', '--uts', '--fork'];
  return { wrapper: ['unshare', ...user, ...spaces, '--', '/bin/sh', '/proc/self/fd/3'], input: script };
}

function openArguments(launch: Launch): number | undefined {
  if (launch.sandbox === undefined) return undefined;
  const path = join(launch.files.dir, 'arguments');
  writeFileSync(path, launch.sandbox.input, { mode: 0o600 });
  const fd = openSync(path, 'r');
  rmSync(path);
  return fd;
}

/** The writing ends of an instance's pipes; `launchKeeper` closes them on our side. */
export interface PipeWriters {
  readonly outFd: number;
  readonly errFd: number;
}

/** Opens the pipes for reading and writing: so they never break under the container, also when the agent is killed. */
export function openWriters(files: InstanceFiles): PipeWriters {
  return { outFd: openSync(files.stdout, constants.O_RDWR), errFd: openSync(files.stderr, constants.O_RDWR) };
}

/** Starts the keeper in a session of its own, writing to the instance's named pipes. */
export function launchKeeper(launch: Launch, writers: PipeWriters): ChildProcess {
  const { files } = launch;
  const { outFd, errFd } = writers;
  const argumentsFd = openArguments(launch);
  const plain = [...(launch.sandbox?.wrapper ?? []), ...launch.command];
  const wrapped = launch.tty ? onTerminal(plain, `> ${shellWord(files.tty)}`) : plain;
  const env = launch.sandbox === undefined ? launch.env : { PATH: SYSTEM_PATH };
  try {
    return spawn('/bin/sh', ['-c', KEEPER, `argosy-container-${launch.id}`, files.dir, ...wrapped], {
      detached: true,
      cwd: launch.cwd,
      env: launch.tty ? { ...env, SHELL: '/bin/sh' } : env,
      stdio: ['ignore', outFd, errFd, ...(argumentsFd === undefined ? [] : [argumentsFd, 'pipe' as const])],
    });
  } finally {
    for (const fd of [outFd, errFd, argumentsFd]) if (fd !== undefined) closeSync(fd);
  }
}

/** Resolves when the sandbox stands (bubblewrap says so on its info pipe), or the process has ended before that. */
export function sandboxStands(child: ChildProcess): Promise<void> {
  const info = child.stdio[4];
  return new Promise((resolve) => {
    child.once('error', () => resolve());
    child.once('exit', () => resolve());
    if (!(info instanceof Socket)) {
      child.once('spawn', () => resolve());
      return;
    }
    let text = '';
    info.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
      // Closed before the last brace, the pipe would break under bubblewrap while it still writes.
      if (!text.includes('}')) return;
      resolve();
      info.destroy();
    });
    // The reader may meet a reset when the sandbox fails early; the exit tells that story.
    info.on('error', () => info.destroy());
  });
}

/** Opens a container's stdin for one client: both ways, so that it also works before the container has opened it. */
export function openStdin(files: InstanceFiles): Socket {
  const fd = openSync(files.stdin, constants.O_RDWR | constants.O_NONBLOCK);
  const socket = new Socket({ fd, readable: false, writable: true });
  socket.on('error', () => socket.destroy());
  return socket;
}

/** A small file that the keeper or a terminal wrote; empty when there is none. */
export function readNote(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    // Not written yet, or this container has none.
    return '';
  }
}

/** A pipe that is being copied into a log. */
export interface PipeReader {
  /** Resolves when every writer has closed the pipe. */
  readonly ended: Promise<void>;
  /** Takes at once what the ended container left in the pipe, and closes it. */
  drain(): void;
  close(): void;
}

/** Copies a named pipe into a container's output, and pauses while its log is behind. */
export function readPipe(path: string, stream: 'stdout' | 'stderr', output: ContainerOutput): PipeReader {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const socket = new Socket({ fd, readable: true, writable: false });
  const ended = new Promise<void>((resolve) => {
    socket.on('close', () => resolve());
    // A read error ends the copy like an end of file: what was read is in the log already.
    socket.on('error', () => socket.destroy());
  });
  socket.on('end', () => socket.destroy());
  socket.on('data', (chunk: Buffer) => {
    output.write(stream, chunk);
    if (!output.isFull) return;
    socket.pause();
    void output.flushed().then(
      () => socket.resume(),
      () => socket.resume(),
    );
  });
  const drain = (): void => {
    if (socket.destroyed) return;
    const held: unknown = socket.read();
    if (Buffer.isBuffer(held)) output.write(stream, held);
    for (let round = 0; round < DRAIN_ROUNDS; round += 1) output.write(stream, readNow(fd));
    socket.destroy();
  };
  return { ended, drain, close: () => socket.destroy() };
}

/** A pipe holds 64 KiB; more rounds than it takes would only serve processes that outlived their container. */
const DRAIN_ROUNDS = 2;

/** What a pipe holds at this moment; empty at its end or when there is nothing. */
function readNow(fd: number): Buffer {
  const buffer = Buffer.alloc(64 * 1024);
  try {
    return buffer.subarray(0, readSync(fd, buffer, 0, buffer.length, null));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EAGAIN') return Buffer.alloc(0);
    throw error;
  }
}

/** Output that the keeper saved because no agent was reading when the container ended. */
export function readSavedOutput(path: string): Buffer {
  try {
    return readFileSync(`${path}.rest`);
  } catch {
    // The usual case: an agent was there and read everything.
    return Buffer.alloc(0);
  }
}

/** Where the running agent leaves its pid for the keepers. */
export function agentFile(stateDir: string): string {
  return join(stateDir, 'agent');
}

/** The exit code that the keeper left, if the container has ended. */
export function readExitCode(files: InstanceFiles): number | undefined {
  try {
    const text = readFileSync(files.exit, 'utf8');
    // Without its newline the number is still being written.
    return /^\d{1,3}\n$/.test(text) ? Number(text) : undefined;
  } catch {
    // No file: the container has not ended, or its keeper was killed.
    return undefined;
  }
}
