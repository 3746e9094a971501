import type { Clock } from '@argosy/std';
import { kubeError } from '@argosy/kube/meta';
import type { LogRequest } from '@argosy/kube/port';
import type { ContainerLog, LogPiece } from './container-log.ts';
import { linesOfStream, linesSince, LogPrinter, parseLines, sinceOf, type LogLine } from './log-lines.ts';

/** What serving a log needs beside the request. */
export interface LogReadIo {
  readonly clock: Clock;
  readonly followers: number;
  readonly followerBytes: number;
}

/** The wanted lines of a snapshot, newest pieces read first so that a short tail does not read everything. */
async function readPieces(
  pieces: readonly LogPiece[],
  request: LogRequest,
  io: LogReadIo,
): Promise<readonly LogLine[]> {
  const tail = request.tailLines ?? Number.POSITIVE_INFINITY;
  const since = sinceOf(request, io.clock.now());
  const chunks: (readonly LogLine[])[] = [];
  let count = 0;
  for (const piece of pieces.toReversed()) {
    if (count >= tail) {
      piece.release();
      continue;
    }
    const lines = linesOfStream(linesSince(parseLines(await piece.read()), since), request.stream);
    chunks.unshift(lines);
    count += lines.filter((line) => line.isWhole).length;
  }
  return tailOf(chunks.flat(), tail);
}

function tailOf(lines: readonly LogLine[], tail: number): readonly LogLine[] {
  if (!Number.isFinite(tail)) return lines;
  if (tail <= 0) return [];
  let index = lines.length;
  let seen = 0;
  while (index > 0) {
    const startsLine = index < 2 || lines[index - 2]?.isWhole === true;
    index -= 1;
    if (startsLine) seen += 1;
    if (seen >= tail) break;
  }
  return lines.slice(index);
}

/** A bounded queue between the writer of a log and one slow reader. */
class FollowerQueue {
  readonly #limit: number;
  #batches: Buffer[] = [];
  #size = 0;
  #isEnded = false;
  #isOverrun = false;
  #wake: (() => void) | undefined;

  constructor(limit: number) {
    this.#limit = limit;
  }

  push(batch: Buffer): void {
    if (this.#isOverrun) return;
    this.#batches.push(batch);
    this.#size += batch.length;
    if (this.#size > this.#limit) this.#isOverrun = true;
    this.#wake?.();
  }

  end(): void {
    this.#isEnded = true;
    this.#wake?.();
  }

  /** The next batches; `undefined` at the end. */
  async next(): Promise<Buffer | undefined> {
    while (this.#batches.length === 0) {
      if (this.#isEnded) return undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    if (this.#isOverrun) {
      throw kubeError(
        'TooManyRequests',
        `the log grew by more than ${this.#limit} bytes while its reader was waiting; read it again`,
      );
    }
    const all = Buffer.concat(this.#batches);
    this.#batches = [];
    this.#size = 0;
    return all;
  }
}

async function* followLog(log: ContainerLog, request: LogRequest, io: LogReadIo): AsyncGenerator<Uint8Array> {
  if (log.followerCount >= io.followers) {
    throw kubeError('TooManyRequests', `this log is followed by ${io.followers} readers already; that is the limit`);
  }
  const queue = new FollowerQueue(io.followerBytes);
  const { pieces, leave } = log.follow({ lines: (batch) => queue.push(batch), end: () => queue.end() });
  const stop = (): void => queue.end();
  request.signal?.addEventListener('abort', stop, { once: true });
  try {
    const printer = new LogPrinter(request);
    const head = printer.print(await readPieces(pieces, request, io));
    if (head.length > 0) yield head;
    while (!printer.isFull && request.signal?.aborted !== true) {
      const batch = await queue.next();
      if (batch === undefined) return;
      const part = printer.print(linesOfStream(parseLines(batch), request.stream));
      if (part.length > 0) yield part;
    }
  } finally {
    leave();
    request.signal?.removeEventListener('abort', stop);
  }
}

/** Serves a log: what is there, and with `follow` what comes until the container ends or the reader leaves. */
export async function* readLog(log: ContainerLog, request: LogRequest, io: LogReadIo): AsyncGenerator<Uint8Array> {
  if (!log.isEnded) await log.flushed().catch(() => undefined);
  if (request.follow === true && !log.isEnded) {
    yield* followLog(log, request, io);
    return;
  }
  const lines = await readPieces(log.snapshot(), request, io);
  const text = new LogPrinter(request).print(lines);
  if (text.length > 0) yield text;
}
