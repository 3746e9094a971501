import type { ChildProcess } from 'node:child_process';
import { statSync, watch, type FSWatcher } from 'node:fs';
import { after, milliseconds } from '@argosy/std';
import type { Socket } from 'node:net';
import type { TerminalSize } from '../apiserver/index.ts';
import type { ContainerLog } from './container-log.ts';
import type { ContainerOutput } from './container-output.ts';
import type { InstanceRef, RuntimeHost } from './contract.ts';
import { seenFromRecord, writeRecord, type InstanceRecord } from './instance-state.ts';
import type { InstanceSeen } from './plan-types.ts';
import { childPids, isKeeper } from './process-identity.ts';
import {
  openStdin,
  readExitCode,
  readNote,
  readSavedOutput,
  sandboxStands,
  type InstanceFiles,
  type PipeReader,
} from './process-launch.ts';
import { resizeTerminal } from './terminal.ts';
import { terminationMessage } from './termination-message.ts';

/** How often and how long a sandbox is asked for its main process. */
const MAIN_TRIES = 250;
const MAIN_PAUSE_MS = 4;

/** The parts of a container process. */
export interface LiveParts {
  readonly ref: InstanceRef;
  readonly files: InstanceFiles;
  readonly record: InstanceRecord;
  readonly log: ContainerLog;
  /** Where its output goes: into the log and to attached clients. */
  readonly output: ContainerOutput;
  readonly host: RuntimeHost;
}

/** One container instance: running under its keeper, or ended. Our own child or adopted from an earlier agent. */
export class LiveProcess {
  readonly ref: InstanceRef;
  readonly files: InstanceFiles;
  readonly output: ContainerOutput;
  readonly #log: ContainerLog;
  readonly #host: RuntimeHost;
  #record: InstanceRecord;
  #readers: readonly PipeReader[] = [];
  #watcher: FSWatcher | undefined;
  #child: ChildProcess | undefined;
  #finishing: Promise<void> | undefined;
  #isOutOfMemory = false;
  #standing: Promise<void> = Promise.resolve();
  readonly #onEnd = new Set<() => void>();

  constructor(parts: LiveParts) {
    this.ref = parts.ref;
    this.files = parts.files;
    this.output = parts.output;
    this.#log = parts.log;
    this.#host = parts.host;
    this.#record = parts.record;
  }

  get record(): InstanceRecord {
    return this.#record;
  }

  /** The instance in the planner's words. */
  get seen(): InstanceSeen {
    return seenFromRecord(this.#record, this.ref.attempt);
  }

  /** `undefined` without a limit, or when the container has ended. */
  get memoryLimitBytes(): number | undefined {
    return this.#record.ended === undefined && this.#finishing === undefined
      ? this.#record.memoryLimitBytes
      : undefined;
  }

  /** The processes whose descendants are the container: keeper and sandbox are not counted to it. */
  get memoryRoots(): readonly number[] {
    if (!this.#isOurs()) return [];
    const { keeperPid, mode } = this.#record;
    return mode === 'process' ? [keeperPid] : childPids(keeperPid);
  }

  /** Ends the container as the kernel would when it holds more memory than it may. */
  endOutOfMemory(): void {
    this.#isOutOfMemory = true;
    this.signal('SIGKILL').catch((error: unknown) => {
      this.#host.logger.warn('container over its memory limit not ended', { ...this.ref, error: String(error) });
    });
  }

  /** Resolves when the container's sandbox stands or has failed. */
  get standing(): Promise<void> {
    return this.#standing;
  }

  /** Takes over the readers of the output and waits for the end, by exit of our child or by what an adopted keeper leaves behind. */
  watch(child: ChildProcess | undefined, readers: readonly PipeReader[]): void {
    this.#child = child;
    this.#readers = readers;
    if (child !== undefined) {
      this.#standing = sandboxStands(child);
      child.on('error', (error) => this.#finish(128, { reason: 'StartError', message: error.message }));
      child.on('exit', (code) => this.#finish(readExitCode(this.files) ?? code ?? 137, {}));
      return;
    }
    // The keeper holds the pipes open until it has noted the exit code: their end is its end.
    void Promise.all(this.#readers.map((reader) => reader.ended)).then(() => this.#finishAdopted());
    this.#watcher = watch(this.files.dir, () => {
      if (readExitCode(this.files) !== undefined) this.#finishAdopted();
    });
    if (readExitCode(this.files) !== undefined) this.#finishAdopted();
  }

  /** Sends a signal to the container's main process, or to everything in it for SIGKILL. */
  async signal(signal: string): Promise<void> {
    if (this.#record.ended !== undefined || !this.#isOurs()) return;
    const name = toSignal(signal);
    if (this.#record.mode === 'process') {
      this.#signalGroup(name);
      return;
    }
    // A container is told as running only when its sandbox stands: none left means that it is ending already.
    const init = this.#sandboxPid();
    if (init === undefined) return;
    // With process 1 everything dies. Some versions of unshare then lose the exit code: there the main process goes first,
    // and process 1 ends with its code.
    const killsInit = name === 'SIGKILL' && this.#record.mode === 'bwrap';
    const target = killsInit ? init : ((await this.mainPid()) ?? (name === 'SIGKILL' ? init : undefined));
    if (target !== undefined) send(target, name);
  }

  /** A plain process leads a group: the keeper's, or that of its terminal. */
  #signalGroup(name: NodeJS.Signals): void {
    const leader = this.#record.tty === true ? this.#launched() : this.#record.keeperPid;
    if (leader !== undefined) send(-leader, name);
  }

  /**
   * The container's own main process, seen from the host; `undefined` when it is not there (any more). The sandbox names
   * its first process a moment before that starts the program, and nothing tells when: so this looks again for a while.
   */
  async mainPid(): Promise<number | undefined> {
    for (let tries = 0; tries < MAIN_TRIES; tries += 1) {
      const init = this.#sandboxPid();
      if (init === undefined) return undefined;
      const [main] = childPids(init);
      if (main !== undefined) return main;
      const { clock } = this.#host;
      await new Promise<void>((resolve) => {
        clock.schedule(after(clock.now(), milliseconds(MAIN_PAUSE_MS)), resolve);
      });
    }
    return undefined;
  }

  /** Calls once when the container has ended and all its output was told; at once when it has already. */
  whenEnded(listener: () => void): () => void {
    if (this.#record.ended !== undefined) listener();
    else this.#onEnd.add(listener);
    return () => void this.#onEnd.delete(listener);
  }

  /** The container's stdin for one client; `undefined` when it has none or has ended. The client destroys it then. */
  openInput(): Socket | undefined {
    const hasInput = this.#record.stdin !== undefined && this.#record.ended === undefined;
    return hasInput ? openStdin(this.files) : undefined;
  }

  /** The client that had stdin has left: with `once`, the container reads its end. */
  endInput(): void {
    const holder = Number(readNote(this.files.holder));
    if (this.#record.stdin !== 'once' || !this.#isOurs()) return;
    if (childPids(this.#record.keeperPid).includes(holder)) send(holder, 'SIGKILL');
  }

  resize(size: TerminalSize): Promise<void> {
    return this.#record.tty === true ? resizeTerminal(readNote(this.files.tty), size) : Promise.resolve();
  }

  /** Ends the container at once and waits for its end. */
  async kill(): Promise<void> {
    if (this.#record.ended === undefined && this.#finishing === undefined) {
      await this.signal('SIGKILL');
      await new Promise<void>((resolve) => {
        if (this.#child === undefined)
          void Promise.all(this.#readers.map((reader) => reader.ended)).then(() => resolve());
        else if (this.#child.exitCode !== null || this.#child.signalCode !== null) resolve();
        else this.#child.once('exit', () => resolve());
      });
    }
    await this.#finishing;
    this.#release();
  }

  /** Stops reading and waiting; the container goes on by itself. */
  async letGo(): Promise<void> {
    if (this.#finishing !== undefined) await this.#finishing;
    this.#child?.removeAllListeners();
    this.#child?.unref();
    this.#release();
    if (!this.#log.isEnded) await this.#log.end();
  }

  /** Notes the end of a container whose keeper is gone: by its exit file, or as unknown. */
  async finishLost(): Promise<void> {
    const exitCode = readExitCode(this.files);
    if (exitCode !== undefined) this.#finish(exitCode, {});
    else {
      this.#finish(137, {
        reason: 'ContainerStatusUnknown',
        message: 'The container ended while no node agent was running, without leaving an exit code',
      });
    }
    await this.#finishing;
  }

  #finishAdopted(): void {
    this.#finish(readExitCode(this.files) ?? 137, {});
  }

  #finish(exitCode: number, words: { readonly reason?: string; readonly message?: string }): void {
    const told = this.#isOutOfMemory ? { exitCode: 137, words: { reason: 'OOMKilled' } } : { exitCode, words };
    this.#finishing ??= this.#end(told.exitCode, told.words).catch((error: unknown) => {
      this.#host.logger.error('container end not recorded', { ...this.ref, error: String(error) });
    });
  }

  async #end(exitCode: number, words: { readonly reason?: string; readonly message?: string }): Promise<void> {
    const finishedAt = this.#endTime();
    // Everything the container wrote is in the pipes by now; processes that outlive it are not waited for.
    for (const reader of this.#readers) reader.drain();
    for (const stream of ['stdout', 'stderr'] as const) this.output.write(stream, readSavedOutput(this.files[stream]));
    await this.#log.flushed().catch((error: unknown) => {
      this.#host.logger.error('container output not written', { ...this.ref, error: String(error) });
    });
    const message =
      words.message ??
      (await terminationMessage({
        path: this.files.terminationMessage,
        policy: this.#record.terminationPolicy,
        exitCode,
        log: this.#log,
      }));
    await this.#log.end().catch(() => undefined);
    this.#release();
    this.#record = {
      ...this.#record,
      ended: { finishedAt, exitCode, message, ...(words.reason === undefined ? {} : { reason: words.reason }) },
    };
    writeRecord(this.files.state, this.#record);
    this.#host.onChange({ ref: this.ref, instance: this.seen });
    for (const listener of this.#onEnd) listener();
    this.#onEnd.clear();
  }

  /** The exit file's own time for an adopted container: it may have ended while no agent was there. */
  #endTime(): number {
    if (this.#child !== undefined) return this.#host.clock.now();
    try {
      return Math.floor(statSync(this.files.exit).mtimeMs);
    } catch {
      return this.#host.clock.now();
    }
  }

  #release(): void {
    for (const reader of this.#readers) reader.close();
    this.#watcher?.close();
    this.#watcher = undefined;
  }

  #isOurs(): boolean {
    const { keeperPid, id, keeperTicks } = this.#record;
    return keeperPid > 0 && isKeeper(keeperPid, id, keeperTicks);
  }

  /** What the keeper runs: the sandbox's program or the container's own; on a terminal below the program that has it. */
  #launched(): number | undefined {
    if (!this.#isOurs()) return undefined;
    const holder = Number(readNote(this.files.holder));
    const child = childPids(this.#record.keeperPid).find((pid) => pid !== holder);
    return child === undefined || this.#record.tty !== true ? child : childPids(child)[0];
  }

  /** Process 1 of the sandbox: keeper → bubblewrap → process 1. */
  #sandboxPid(): number | undefined {
    const bubblewrap = this.#launched();
    return bubblewrap === undefined ? undefined : childPids(bubblewrap)[0];
  }
}

function toSignal(text: string): NodeJS.Signals {
  return /^SIG[A-Z0-9]+$/.test(text) ? (text as NodeJS.Signals) : 'SIGTERM';
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    // The process ended in this moment: what the signal was for has happened.
    if (code !== 'ESRCH') throw error;
  }
}
