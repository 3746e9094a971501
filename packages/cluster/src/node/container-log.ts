import { civilTime, formatTime, type Clock, type Instant } from '@argosy/std';

/** Where the bytes of a log go. Adapters: files with rotation, and memory. */
export interface LogStorage {
  /** Adds whole lines; resolves when they can be read back. */
  append(lines: Buffer): Promise<void>;
  /** The content at this moment, oldest piece first, each piece read when asked for. Later appends do not show. */
  snapshot(): readonly LogPiece[];
  close(): Promise<void>;
}

/** One piece (file) of a snapshot. `release` is called once, read or not. */
export interface LogPiece {
  read(): Promise<Buffer>;
  release(): void;
}

/** Lines longer than this are written in parts, as container runtimes do. */
export const LONGEST_LINE_BYTES = 16 * 1024;
/** Unwritten bytes at which `isFull` asks the source to pause. */
const PENDING_LIMIT_BYTES = 1024 * 1024;
const NEWLINE = 10;

type Stream = 'stdout' | 'stderr';

/** `2026-01-02T03:04:05.678000000Z`: the time stamp of a log line. */
export function formatLogTime(at: Instant): string {
  const { millisecond } = civilTime(at);
  return `${formatTime(at).slice(0, -1)}.${String(millisecond).padStart(3, '0')}000000Z`;
}

/** A follower gets each batch of lines as it is written, and one `end`. */
export interface LogFollower {
  readonly lines: (batch: Buffer) => void;
  readonly end: () => void;
}

/** The log of one container instance: splits output into lines, stamps them, writes in order, tells followers. */
export class ContainerLog {
  readonly #storage: LogStorage;
  readonly #clock: Clock;
  readonly #followers = new Set<LogFollower>();
  readonly #partial: { [stream in Stream]: Buffer } = { stdout: Buffer.alloc(0), stderr: Buffer.alloc(0) };
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  #writing: Promise<void> | undefined;
  #failure: Error | undefined;
  #isEnded = false;

  constructor(storage: LogStorage, clock: Clock) {
    this.#storage = storage;
    this.#clock = clock;
  }

  /** True when the source should pause until `flushed`. */
  get isFull(): boolean {
    return this.#pendingBytes >= PENDING_LIMIT_BYTES;
  }

  /** True once `end` was called. */
  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** The number of followers now. */
  get followerCount(): number {
    return this.#followers.size;
  }

  /** Takes output of the container. Never throws; a disk that refuses is told by `flushed`. */
  write(stream: Stream, chunk: Buffer): void {
    if (this.#isEnded) return;
    const head = this.#partial[stream];
    const data = head.length === 0 ? chunk : Buffer.concat([head, chunk]);
    const stamp = formatLogTime(this.#clock.now());
    let start = 0;
    for (;;) {
      const newline = data.indexOf(NEWLINE, start);
      const end = newline < 0 ? data.length : newline;
      if (end - start > LONGEST_LINE_BYTES) {
        this.#push(stamp, `${stream} P`, data.subarray(start, start + LONGEST_LINE_BYTES));
        start += LONGEST_LINE_BYTES;
        continue;
      }
      if (newline < 0) break;
      this.#push(stamp, `${stream} F`, data.subarray(start, newline));
      start = newline + 1;
    }
    this.#partial[stream] = Buffer.from(data.subarray(start));
    this.#flushSoon();
  }

  /** Resolves when everything taken so far is written. Rejects when the storage refused. */
  async flushed(): Promise<void> {
    this.#flushSoon();
    while (this.#writing !== undefined) await this.#writing;
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Writes what is left, ends the followers and closes the storage. */
  async end(): Promise<void> {
    if (this.#isEnded) return;
    const stamp = formatLogTime(this.#clock.now());
    for (const stream of ['stdout', 'stderr'] as const) {
      const rest = this.#partial[stream];
      if (rest.length > 0) this.#push(stamp, `${stream} P`, rest);
    }
    this.#isEnded = true;
    try {
      await this.flushed();
    } finally {
      for (const follower of this.#followers) follower.end();
      this.#followers.clear();
      await this.#storage.close();
    }
  }

  /** What is written at this moment, and from here on every batch: nothing twice, nothing lost. */
  follow(follower: LogFollower): { readonly pieces: readonly LogPiece[]; readonly leave: () => void } {
    const pieces = this.#storage.snapshot();
    if (!this.#isEnded) this.#followers.add(follower);
    else follower.end();
    return { pieces, leave: () => this.#followers.delete(follower) };
  }

  /** The content without following. */
  snapshot(): readonly LogPiece[] {
    return this.#storage.snapshot();
  }

  #push(stamp: string, tag: string, text: Buffer): void {
    const line = Buffer.concat([Buffer.from(`${stamp} ${tag} `), text, Buffer.from('\n')]);
    this.#pending.push(line);
    this.#pendingBytes += line.length;
  }

  #flushSoon(): void {
    if (this.#writing !== undefined || this.#pending.length === 0) return;
    this.#writing = this.#flush().finally(() => {
      this.#writing = undefined;
    });
  }

  async #flush(): Promise<void> {
    while (this.#pending.length > 0) {
      const batch = Buffer.concat(this.#pending);
      this.#pending = [];
      this.#pendingBytes = 0;
      try {
        await this.#storage.append(batch);
      } catch (error) {
        this.#failure = error instanceof Error ? error : new Error(String(error));
        continue;
      }
      for (const follower of this.#followers) follower.lines(batch);
    }
  }
}

/** A log kept in memory: the last `lines` batches up to `limitBytes`. */
export function memoryLogStorage(limitBytes: number): LogStorage {
  let batches: Buffer[] = [];
  let size = 0;
  return {
    append: async (lines) => {
      batches.push(lines);
      size += lines.length;
      while (size > limitBytes && batches.length > 1) size -= batches.shift()?.length ?? 0;
    },
    snapshot: () => batches.map((batch) => ({ read: async () => batch, release: () => undefined })),
    close: async () => {
      batches = [Buffer.concat(batches)];
    },
  };
}
