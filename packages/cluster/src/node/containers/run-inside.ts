import type { Duplex } from 'node:stream';
import { after, milliseconds, type Clock } from '@argosy/std';
import type { ContainerSession, ExecOrder, SessionEnd, TerminalSize } from '../../apiserver/index.ts';
import type { ExecAnswer } from '../contract.ts';
import { writeInput } from '../write-input.ts';
import { isStillRunning, numberField, textField } from './engine-answers.ts';
import type { EngineClient } from './engine-client.ts';
import { FrameReader, type OutputFrame } from './frames.ts';

/** Where commands are run. */
export interface ExecIo {
  readonly client: EngineClient;
  readonly clock: Clock;
}

/** Looks at a command that has closed its output and is not over yet. */
const END_TRIES = 100;
const END_PAUSE_MS = 20;

/** A command inside a container with its streams. */
class EngineExec implements ContainerSession {
  readonly ended: Promise<SessionEnd>;
  readonly #io: ExecIo;
  readonly #path: string;
  readonly #socket: Duplex;
  readonly #order: ExecOrder;
  #isCancelled = false;

  constructor(io: ExecIo, path: string, parts: { readonly socket: Duplex; readonly order: ExecOrder }) {
    this.#io = io;
    this.#path = path;
    this.#socket = parts.socket;
    this.#order = parts.order;
    if (!parts.order.stdin) this.#socket.end();
    this.ended = this.#run().catch((error: unknown) => ({
      kind: 'failed',
      message: error instanceof Error ? error.message : String(error),
    }));
  }

  write(bytes: Uint8Array): Promise<void> {
    return this.#order.stdin ? writeInput(this.#socket, bytes) : Promise.resolve();
  }

  closeInput(): void {
    if (!this.#socket.destroyed) this.#socket.end();
  }

  /** Engines offer no way to end a command: it is let go. */
  cancel(): void {
    this.#isCancelled = true;
    this.#socket.destroy();
  }

  resize(size: TerminalSize): void {
    const query = { h: String(size.height), w: String(size.width) };
    const call = { method: 'POST', path: `${this.#path}/resize`, query } as const;
    // The command may have ended in this moment.
    if (this.#order.tty) void this.#io.client.call(call).catch(() => undefined);
  }

  async #run(): Promise<SessionEnd> {
    const { client } = this.#io;
    const frames = new FrameReader(client.limits.frameBytes);
    const framesOf = (chunk: Buffer): readonly OutputFrame[] =>
      this.#order.tty ? [{ stream: 'stdout', payload: chunk }] : frames.read(chunk);
    try {
      for await (const chunk of this.#socket as AsyncIterable<Buffer>) await this.#tell(framesOf(chunk));
    } catch (error) {
      if (!this.#isCancelled) throw error;
    }
    if (this.#isCancelled) return { kind: 'failed', message: 'the client has left' };
    return { kind: 'exited', exitCode: await this.#exitCode() };
  }

  async #tell(pieces: readonly OutputFrame[]): Promise<void> {
    for (const { stream, payload } of pieces) if (this.#order[stream]) await this.#order.take(stream, payload);
  }

  async #exitCode(): Promise<number> {
    const { client, clock } = this.#io;
    for (let tries = 0; tries < END_TRIES; tries += 1) {
      const state = await client.call({ method: 'GET', path: `${this.#path}/json` });
      if (!isStillRunning(state)) return numberField(state, 'ExitCode') ?? 126;
      await new Promise<void>((resolve) => {
        clock.schedule(after(clock.now(), milliseconds(END_PAUSE_MS)), resolve);
      });
    }
    throw new Error('the command closed its output and did not end');
  }
}

/** Begins a command inside a container. @throws EngineError when the container does not run. */
export async function openExec(io: ExecIo, id: string, order: ExecOrder): Promise<ContainerSession> {
  const { client } = io;
  const body = {
    AttachStdin: order.stdin,
    AttachStdout: true,
    AttachStderr: true,
    Tty: order.tty,
    Cmd: order.command,
  };
  const made = await client.call({ method: 'POST', path: `/containers/${id}/exec`, body });
  const path = `/exec/${textField(made, 'Id')}`;
  const begin = { method: 'POST', path: `${path}/start`, body: { Detach: false, Tty: order.tty } } as const;
  const { socket, head } = await client.hijack(begin);
  if (head.length > 0) socket.unshift(head);
  return new EngineExec(io, path, { socket, order });
}

/**
 * Runs a command inside a container to its end, bounded in time and output. One over its time is let go with code 124.
 * @throws EngineError when the container does not run.
 */
export async function runInside(
  io: ExecIo,
  id: string,
  order: { readonly command: readonly string[]; readonly timeoutMs: number },
): Promise<ExecAnswer> {
  const { client, clock } = io;
  let output = '';
  let isLate = false;
  const take = (_stream: string, bytes: Uint8Array): void => {
    output = (output + Buffer.from(bytes).toString('utf8')).slice(0, client.limits.execOutputBytes);
  };
  const streams = { stdin: false, stdout: true, stderr: true, tty: false };
  const session = await openExec(io, id, { ...streams, command: order.command, take });
  const timer = clock.schedule(after(clock.now(), milliseconds(order.timeoutMs)), () => {
    isLate = true;
    session.cancel();
  });
  const end = await session.ended;
  timer.cancel();
  if (isLate) return { exitCode: 124, output: `command timed out after ${order.timeoutMs / 1000}s` };
  return end.kind === 'exited' ? { exitCode: end.exitCode, output } : { exitCode: 126, output: end.message };
}
