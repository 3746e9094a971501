import type { Socket } from 'node:net';
import type { ContainerSession, SessionEnd, SessionOrder, TerminalSize } from '../apiserver/index.ts';
import { overrunEnd, PendingOutput } from './container-output.ts';
import type { LiveProcess } from './live-process.ts';
import { writeInput } from './write-input.ts';

/** A client of a running container's main process. */
export class AttachSession implements ContainerSession {
  readonly ended: Promise<SessionEnd>;
  readonly #live: LiveProcess;
  readonly #input: Socket | undefined;
  readonly #leave: (() => void)[] = [];
  #finish: (end: SessionEnd) => void = () => undefined;

  /** `pendingLimit` in bytes: what may wait for the client before it is cut off. */
  constructor(live: LiveProcess, order: SessionOrder, pendingLimit: number) {
    this.#live = live;
    this.#input = order.stdin ? live.openInput() : undefined;
    this.ended = new Promise((resolve) => {
      this.#finish = resolve;
    });
    const pending = new PendingOutput(order.take, pendingLimit);
    this.#leave.push(
      live.output.join((stream, chunk) => {
        const isWanted = stream === 'stdout' ? order.stdout : order.stderr;
        if (isWanted && !pending.push(stream, chunk)) this.#close(overrunEnd(pendingLimit));
      }),
    );
    const onEnd = (): void => {
      // Nobody reads it any more, so what waits in it would wait for ever.
      this.#input?.destroy();
      void pending.idle().then(() => this.#close({ kind: 'exited', exitCode: live.seen.exitCode ?? 0 }));
    };
    this.#leave.push(live.whenEnded(onEnd));
  }

  write(bytes: Uint8Array): Promise<void> {
    return writeInput(this.#input, bytes);
  }

  closeInput(): void {
    const input = this.#input;
    if (input === undefined || input.destroyed || input.writableEnded) return;
    // The container reads its end only when all was written and nobody else holds the pipe.
    input.end(() => this.#live.endInput());
  }

  cancel(): void {
    this.closeInput();
    this.#close({ kind: 'failed', message: 'the client has left' });
  }

  resize(size: TerminalSize): void {
    void this.#live.resize(size);
  }

  #close(end: SessionEnd): void {
    for (const leave of this.#leave) leave();
    this.#finish(end);
    this.closeInput();
  }
}
