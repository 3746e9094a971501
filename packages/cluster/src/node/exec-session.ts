import type { ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import { Socket } from 'node:net';
import { after, milliseconds, type Clock } from '@argosy/std';
import type { ContainerSession, OutputStream, SessionEnd, SessionOrder, TerminalSize } from '../apiserver/index.ts';
import { exitCodeOf, killGroup } from './process-exec.ts';
import { resizeTerminal } from './terminal.ts';
import { writeInput } from './write-input.ts';

/** Silence after a command's end after which its output is taken as whole: what it left running may hold it open. */
const SILENCE_MS = 250;

/** A command with its streams, from its process to its client. */
export class ExecSession implements ContainerSession {
  readonly ended: Promise<SessionEnd>;
  readonly #child: ChildProcess;
  readonly #order: SessionOrder;
  readonly #clock: Clock;
  readonly #terminal: Promise<string>;
  #resizing: Promise<void> = Promise.resolve();
  #taking = 0;
  #isQuiet = false;
  #isCancelled = false;
  #isOver = false;

  constructor(child: ChildProcess, order: SessionOrder, clock: Clock) {
    this.#child = child;
    this.#order = order;
    this.#clock = clock;
    this.#terminal = terminalOf(child);
    // A command that has ended or does not read: what is written to it is lost, and its end says so.
    child.stdin?.on('error', () => child.stdin?.destroy());
    if (child.stdout !== null) this.#pump(child.stdout, 'stdout', order.stdout);
    if (child.stderr !== null) this.#pump(child.stderr, 'stderr', order.stderr);
    this.ended = this.#end();
  }

  write(bytes: Uint8Array): Promise<void> {
    return this.#order.stdin ? writeInput(this.#child.stdin, bytes) : Promise.resolve();
  }

  closeInput(): void {
    this.#child.stdin?.end();
  }

  cancel(): void {
    // After its end, what the command left running is not ours to kill.
    if (this.#isOver) return;
    this.#isCancelled = true;
    killGroup(this.#child.pid);
    this.#destroy();
  }

  resize(size: TerminalSize): void {
    if (!this.#order.tty) return;
    this.#resizing = this.#resizing.then(async () => resizeTerminal(await this.#terminal, size));
  }

  #pump(source: Readable, stream: OutputStream, isWanted: boolean): void {
    source.on('error', () => source.destroy());
    source.on('data', (chunk: Buffer) => {
      this.#isQuiet = false;
      const taken = isWanted ? this.#order.take(stream, chunk) : undefined;
      if (taken === undefined) return;
      source.pause();
      this.#taking += 1;
      const goOn = (): void => {
        this.#taking -= 1;
        this.#isQuiet = false;
        source.resume();
      };
      taken.then(goOn, goOn);
    });
  }

  #end(): Promise<SessionEnd> {
    return new Promise((resolve) => {
      const child = this.#child;
      child.on('error', (error) => resolve({ kind: 'failed', message: error.message }));
      child.on('close', (code, signal) => {
        this.#isOver = true;
        resolve({ kind: 'exited', exitCode: exitCodeOf(code, signal) });
      });
      child.on('exit', () => this.#waitForSilence());
    });
  }

  #waitForSilence(): void {
    this.#isQuiet = true;
    this.#clock.schedule(after(this.#clock.now(), milliseconds(SILENCE_MS)), () => {
      if ((this.#isQuiet && this.#taking === 0) || this.#isCancelled) this.#destroy();
      else this.#waitForSilence();
    });
  }

  #destroy(): void {
    for (const stream of this.#child.stdio) stream?.destroy();
  }
}

/** The path of the terminal that a command was put on, as it says on its fourth descriptor; empty without one. */
function terminalOf(child: ChildProcess): Promise<string> {
  const told = child.stdio[4];
  if (!(told instanceof Socket)) return Promise.resolve('');
  return new Promise((resolve) => {
    let text = '';
    told.on('data', (chunk: Buffer) => {
      text = (text + chunk.toString('latin1')).slice(0, 256);
      if (text.includes('\n')) resolve(text.trim());
    });
    told.on('error', () => told.destroy());
    told.on('close', () => resolve(text.trim()));
  });
}
