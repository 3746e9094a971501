import { spawn, type ChildProcess } from 'node:child_process';
import { after, milliseconds, type Clock } from '@argosy/std';
import { RepositoryError } from './errors.ts';

/** How git is run: the binary, and what it may use. */
export interface GitRunner {
  readonly binary: string;
  readonly clock: Clock;
  /** An empty directory: git finds no configuration of a user there. */
  readonly home: string;
  /** `file:http:https:ssh`, or less. */
  readonly allowedProtocols: string;
}

/** One run of git. */
export interface GitRun {
  readonly args: readonly string[];
  readonly directory: string;
  readonly env?: { readonly [name: string]: string };
  readonly timeoutMs: number;
  readonly maxOutputBytes: number;
  readonly signal?: AbortSignal;
}

/** What a finished run said. */
export interface GitResult {
  readonly code: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

const MAX_STDERR_BYTES = 64 * 1024;

const CONFIG: readonly string[] = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'core.askPass=',
  'credential.helper=',
  'protocol.ext.allow=never',
  'http.followRedirects=initial',
  'gc.auto=0',
  'maintenance.auto=false',
  'fetch.fsckObjects=false',
  'transfer.credentialsInUrl=die',
  'submodule.recurse=false',
];

/** The environment of every git process: nothing of ours, no configuration of the machine, no prompts. */
export function gitEnvironment(runner: GitRunner): { readonly [name: string]: string } {
  return {
    PATH: '/usr/local/bin:/usr/bin:/bin',
    HOME: runner.home,
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_SYSTEM: '/dev/null',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ASKPASS: '/bin/false',
    SSH_ASKPASS: '/bin/false',
    GIT_ALLOW_PROTOCOL: runner.allowedProtocols,
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_SSH_COMMAND: 'ssh -F /dev/null -o BatchMode=yes -o IdentitiesOnly=yes -o StrictHostKeyChecking=yes',
  };
}

/** Starts git without a shell in its own process group, so that its own children can be ended with it. */
export function spawnGit(runner: GitRunner, run: Pick<GitRun, 'args' | 'directory' | 'env'>): ChildProcess {
  const config = CONFIG.flatMap((setting) => ['-c', setting]);
  return spawn(runner.binary, [...config, ...run.args], {
    cwd: run.directory,
    env: { ...gitEnvironment(runner), ...run.env },
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
    shell: false,
  });
}

/** Ends a process and all that it started. */
export function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    child.kill('SIGKILL');
  }
}

class Collector {
  readonly #chunks: Buffer[] = [];
  readonly #limit: number;
  #bytes = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Takes a chunk; false once the limit is passed, and then keeps nothing more. */
  add(chunk: Buffer): boolean {
    this.#bytes += chunk.length;
    if (this.#bytes > this.#limit) return false;
    this.#chunks.push(chunk);
    return true;
  }

  take(): Buffer {
    return Buffer.concat(this.#chunks);
  }
}

/**
 * Runs git to its end.
 * @throws RepositoryError Timeout, TooLarge, Cancelled, or Unknown when git cannot be started.
 */
export function runGit(runner: GitRunner, run: GitRun): Promise<GitResult> {
  return new Promise((resolve, reject) => {
    const child = spawnGit(runner, run);
    const [stdout, stderr] = [new Collector(run.maxOutputBytes), new Collector(MAX_STDERR_BYTES)];
    let failure: RepositoryError | undefined;
    const stop = (error: RepositoryError): void => {
      failure ??= error;
      killGroup(child);
    };
    const late = (): void => stop(new RepositoryError('Timeout', `git did not finish within ${run.timeoutMs} ms`));
    const timer = runner.clock.schedule(after(runner.clock.now(), milliseconds(run.timeoutMs)), late);
    const cancel = (): void => stop(new RepositoryError('Cancelled', 'stopped while git was running'));
    run.signal?.addEventListener('abort', cancel, { once: true });
    if (run.signal?.aborted === true) cancel();
    const end = (): void => {
      timer.cancel();
      run.signal?.removeEventListener('abort', cancel);
    };
    child.stdout?.on('data', (chunk: Buffer) => {
      if (!stdout.add(chunk)) stop(new RepositoryError('TooLarge', `git said more than ${run.maxOutputBytes} bytes`));
    });
    child.stderr?.on('data', (chunk: Buffer) => void stderr.add(chunk));
    child.stdin?.on('error', () => undefined);
    child.stdin?.end();
    child.on('error', (error) => {
      end();
      reject(failure ?? new RepositoryError('Unknown', `git cannot be started: ${error.message}`));
    });
    child.on('close', (code) => {
      end();
      if (failure === undefined)
        resolve({ code: code ?? -1, stdout: stdout.take(), stderr: stderr.take().toString('utf8') });
      else reject(failure);
    });
  });
}
