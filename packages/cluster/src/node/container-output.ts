import type { OutputStream, SessionEnd, TakeOutput } from '../apiserver/index.ts';
import type { ContainerLog } from './container-log.ts';

type Tap = (stream: OutputStream, chunk: Buffer) => void;

/** The output of an instance: into its log, and to whoever is attached at the moment. */
export class ContainerOutput {
  readonly #log: ContainerLog;
  readonly #taps = new Set<Tap>();

  constructor(log: ContainerLog) {
    this.#log = log;
  }

  /** True when the source should pause until `flushed`. */
  get isFull(): boolean {
    return this.#log.isFull;
  }

  write(stream: OutputStream, chunk: Buffer): void {
    this.#log.write(stream, chunk);
    if (chunk.length > 0) for (const tap of this.#taps) tap(stream, chunk);
  }

  flushed(): Promise<void> {
    return this.#log.flushed();
  }

  /** Hands every further piece to `tap`; returns the way out. */
  join(tap: Tap): () => void {
    this.#taps.add(tap);
    return () => void this.#taps.delete(tap);
  }
}

/** Output on its way to a client that may be slower than its source, which is not held up by it. */
export class PendingOutput {
  readonly #take: TakeOutput;
  readonly #limit: number;
  #waiting: (readonly [OutputStream, Uint8Array])[] = [];
  #bytes = 0;
  #pump: Promise<void> | undefined;

  /** `limit` in bytes: what may wait. */
  constructor(take: TakeOutput, limit: number) {
    this.#take = take;
    this.#limit = limit;
  }

  /** Queues a piece; false when the client is too far behind: then it must be cut off. */
  push(stream: OutputStream, bytes: Uint8Array): boolean {
    this.#bytes += bytes.length;
    if (this.#bytes > this.#limit) return false;
    this.#waiting.push([stream, bytes]);
    this.#pump ??= this.#run().finally(() => {
      this.#pump = undefined;
    });
    return true;
  }

  /** Resolves when everything queued was taken. */
  async idle(): Promise<void> {
    while (this.#pump !== undefined) await this.#pump;
  }

  async #run(): Promise<void> {
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      await this.#take(next[0], next[1]);
      this.#bytes -= next[1].length;
    }
  }
}

/** The end of an attached client that does not read. */
export function overrunEnd(limit: number): SessionEnd {
  return { kind: 'failed', message: `the output grew by more than ${limit} bytes while its reader was waiting` };
}
