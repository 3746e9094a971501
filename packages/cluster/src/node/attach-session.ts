import type { Duplex } from 'node:stream';
import type { ContainerSession, SessionEnd, SessionOrder, TerminalSize } from '../apiserver/index.ts';
import { overrunEnd, PendingOutput, type ContainerOutput } from './container-output.ts';
import type { InstanceSeen } from './plan-types.ts';
import { writeInput } from './write-input.ts';

/** The main process of a container, as its clients join it. */
export interface AttachTarget {
  readonly output: Pick<ContainerOutput, 'join'>;
  readonly seen: InstanceSeen;
  /** Calls once when the container has ended and all its output was told; at once when it has already. */
  whenEnded(listener: () => void): () => void;
  /** stdin for one client, who ends it; `undefined` when there is none. */
  openInput(): Duplex | undefined;
  /** The client that had stdin has left. */
  endInput(): void;
  resize(size: TerminalSize): Promise<void>;
}

/** A client of a running container's main process. */
export class AttachSession implements ContainerSession {
  readonly ended: Promise<SessionEnd>;
  readonly #live: AttachTarget;
  readonly #input: Duplex | undefined;
  readonly #leave: (() => void)[] = [];
  #finish: (end: SessionEnd) => void = () => undefined;

  /** `pendingLimit` in bytes: what may wait for the client before it is cut off. */
  constructor(live: AttachTarget, order: SessionOrder, pendingLimit: number) {
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
