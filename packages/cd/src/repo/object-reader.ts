import type { ChildProcess } from 'node:child_process';
import { RepositoryError } from './errors.ts';
import { killGroup, spawnGit, type GitRunner } from './git-process.ts';

/** One object of a repository. */
export interface GitObject {
  readonly id: string;
  readonly type: string;
  readonly size: number;
  /** Absent when the object is larger than was asked for. */
  readonly content?: Buffer;
}

interface Waiter {
  readonly maxBytes: number;
  readonly resolve: (object: GitObject | undefined) => void;
  readonly reject: (error: Error) => void;
}

interface Receiving {
  readonly header: GitObject;
  readonly chunks: Buffer[];
  readonly keep: boolean;
  /** Bytes still to come, the closing line feed included. */
  left: number;
}

/** A long-lived `git cat-file --batch`: objects by name, in order, without starting a process for each. */
export class ObjectReader {
  readonly #child: ChildProcess;
  readonly #waiters: Waiter[] = [];
  readonly #closed: Promise<void>;
  #buffer: Buffer = Buffer.alloc(0);
  #receiving: Receiving | undefined;
  #ended = false;

  constructor(runner: GitRunner, directory: string) {
    this.#child = spawnGit(runner, { args: ['cat-file', '--batch'], directory });
    this.#child.stdout?.on('data', (chunk: Buffer) => this.#take(chunk));
    this.#child.stderr?.resume();
    this.#child.stdin?.on('error', () => this.#fail());
    this.#closed = new Promise((resolve) => {
      this.#child.on('close', () => {
        this.#fail();
        resolve();
      });
      this.#child.on('error', () => {
        this.#fail();
        resolve();
      });
    });
  }

  /** False once the process is gone; then a new reader is needed. */
  get alive(): boolean {
    return !this.#ended;
  }

  /** Reads `name` (an id, or `commit:path`); `undefined` when there is no such object. */
  read(name: string, maxBytes: number): Promise<GitObject | undefined> {
    if (this.#ended) return Promise.reject(new RepositoryError('CorruptRepository', 'the object reader has ended'));
    return new Promise((resolve, reject) => {
      this.#waiters.push({ maxBytes, resolve, reject });
      this.#child.stdin?.write(`${name}\n`);
    });
  }

  /** Ends the process and waits for its end. */
  async close(): Promise<void> {
    killGroup(this.#child);
    await this.#closed;
  }

  #fail(): void {
    this.#ended = true;
    for (const waiter of this.#waiters.splice(0)) {
      waiter.reject(new RepositoryError('CorruptRepository', 'the object reader ended while reading'));
    }
  }

  #take(chunk: Buffer): void {
    this.#buffer = this.#buffer.length === 0 ? chunk : Buffer.concat([this.#buffer, chunk]);
    while (this.#receiving === undefined ? this.#header() : this.#body(this.#receiving)) {
      // Each step consumes what it can; the loop ends when more bytes are needed.
    }
  }

  #header(): boolean {
    const end = this.#buffer.indexOf(10);
    if (end < 0) return false;
    const line = this.#buffer.subarray(0, end).toString('utf8');
    this.#buffer = this.#buffer.subarray(end + 1);
    const match = /^([0-9a-f]{40,64}) (blob|tree|commit|tag) (\d+)$/.exec(line);
    const [waiter] = this.#waiters;
    if (match === null || waiter === undefined) {
      this.#waiters.shift()?.resolve(undefined);
      return true;
    }
    const header = { id: match[1] ?? '', type: match[2] ?? '', size: Number(match[3]) };
    this.#receiving = { header, chunks: [], keep: header.size <= waiter.maxBytes, left: header.size + 1 };
    return true;
  }

  #body(receiving: Receiving): boolean {
    const part = this.#buffer.subarray(0, receiving.left);
    this.#buffer = this.#buffer.subarray(part.length);
    receiving.left -= part.length;
    if (receiving.keep) receiving.chunks.push(Buffer.from(part));
    if (receiving.left > 0) return false;
    this.#receiving = undefined;
    const content = receiving.keep
      ? { content: Buffer.concat(receiving.chunks).subarray(0, receiving.header.size) }
      : {};
    this.#waiters.shift()?.resolve({ ...receiving.header, ...content });
    return true;
  }
}
