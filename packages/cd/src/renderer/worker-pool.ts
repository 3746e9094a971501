import { fork, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { err, isObject, type Result } from '@argosy/std';
import type { Planned, RenderFailure, RenderRequest } from '../render/index.ts';
import type { KustomizeOptions } from './kustomize-build.ts';
import { rendererOf, type Renderer } from './renderer.ts';

/** How many processes render, and what each may use. */
export interface PoolOptions extends KustomizeOptions {
  /** @default 2 */
  readonly processes?: number;
  /** Wall-clock time of one source. @default 60 s */
  readonly renderTimeoutMs?: number;
  /** Heap of one process. @default 512 MiB */
  readonly memoryMegabytes?: number;
  /** Sources waiting for a process. @default 1000 */
  readonly waiting?: number;
}

const DEFAULTS = { processes: 2, renderTimeoutMs: 60_000, memoryMegabytes: 512, waiting: 1000 };
type Outcome = Result<Planned, RenderFailure>;

interface Job {
  readonly request: RenderRequest;
  readonly resolve: (outcome: Outcome) => void;
}

interface Worker {
  readonly child: ChildProcess;
  job: Job | undefined;
  timer: NodeJS.Timeout | undefined;
  nextId: number;
}

const failed = (message: string, limit: string): Outcome => err({ message, limit });

/** What runs TypeScript, by its place: the worker's own directory knows no modules. */
const sourceLoader = (): string => pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;

/** From a source tree the worker is TypeScript and needs the loader that we run under; built, it lies beside us. */
function workerProgram(): { readonly file: string; readonly loader: readonly string[] } {
  const isSource = import.meta.url.endsWith('.ts');
  const file = fileURLToPath(new URL(isSource ? './render-worker.ts' : './render-worker.js', import.meta.url));
  return { file, loader: isSource ? ['--import', sourceLoader()] : [] };
}

/** Processes that render, kept warm; one that goes over a limit is ended and another takes its place. */
class WorkerPool {
  readonly #options: typeof DEFAULTS;
  readonly #directory: string;
  readonly #idle: Worker[] = [];
  readonly #all = new Set<Worker>();
  readonly #waiting: Job[] = [];
  #closed = false;

  constructor(options: PoolOptions) {
    this.#options = { ...DEFAULTS, ...options };
    this.#directory = mkdtempSync(join(tmpdir(), 'argosy-render-'));
  }

  plan(request: RenderRequest): Promise<Outcome> {
    const { waiting } = this.#options;
    if (this.#closed) return Promise.resolve(failed('the renderer is closed', 'render closed'));
    if (this.#waiting.length >= waiting) {
      return Promise.resolve(failed(`more than ${waiting} sources wait to be rendered`, 'render queue'));
    }
    return new Promise((resolve) => {
      this.#waiting.push({ request, resolve });
      this.#next();
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const job of this.#waiting.splice(0)) job.resolve(failed('the renderer is closed', 'render closed'));
    const ends = [...this.#all].map(({ child }) => new Promise((resolve) => child.once('exit', resolve)));
    for (const { child } of this.#all) child.kill('SIGKILL');
    await Promise.all(ends);
    rmSync(this.#directory, { recursive: true, force: true });
  }

  #next(): void {
    if (this.#waiting.length === 0 || this.#closed) return;
    const worker = this.#idle.pop() ?? (this.#all.size < this.#options.processes ? this.#start() : undefined);
    const job = worker === undefined ? undefined : this.#waiting.shift();
    if (worker === undefined || job === undefined) return;
    this.#give(worker, job);
  }

  #give(worker: Worker, job: Job): void {
    const { renderTimeoutMs } = this.#options;
    worker.job = job;
    worker.nextId += 1;
    worker.timer = setTimeout(() => {
      const words = `rendering took longer than ${renderTimeoutMs} ms`;
      this.#retire(worker, failed(words, 'render time'));
    }, renderTimeoutMs);
    worker.child.send({ id: worker.nextId, request: job.request });
  }

  #start(): Worker {
    const { file, loader } = workerProgram();
    const child = fork(file, [], {
      cwd: this.#directory,
      // Nothing of ours: no token, no proxy, no home.
      env: { HOME: this.#directory, TMPDIR: this.#directory, PATH: '/nonexistent' },
      execArgv: [...loader, `--max-old-space-size=${this.#options.memoryMegabytes}`, '--stack-size=900'],
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    const worker: Worker = { child, job: undefined, timer: undefined, nextId: 0 };
    this.#all.add(worker);
    child.on('message', (message) => this.#answered(worker, message));
    child.on('error', () => this.#lost(worker));
    child.on('exit', () => this.#lost(worker));
    return worker;
  }

  #answered(worker: Worker, message: unknown): void {
    if (!isObject(message) || message['id'] !== worker.nextId || worker.job === undefined) return;
    this.#finish(worker, message['outcome'] as Outcome);
    this.#idle.push(worker);
    this.#next();
  }

  #finish(worker: Worker, outcome: Outcome): void {
    clearTimeout(worker.timer);
    const { job } = worker;
    worker.job = undefined;
    job?.resolve(outcome);
  }

  /** Ends a process that went too far. */
  #retire(worker: Worker, outcome: Outcome): void {
    this.#all.delete(worker);
    worker.child.kill('SIGKILL');
    this.#finish(worker, outcome);
    this.#next();
  }

  #lost(worker: Worker): void {
    if (!this.#all.delete(worker)) return;
    const at = this.#idle.indexOf(worker);
    if (at >= 0) this.#idle.splice(at, 1);
    const { memoryMegabytes } = this.#options;
    const words = `the process that rendered ended; it may use ${memoryMegabytes} MiB`;
    this.#finish(worker, failed(words, 'render memory'));
    this.#next();
  }
}

/** Renders in processes of their own, apart from our secrets and bounded in time and memory. */
export function createWorkerRenderer(options: PoolOptions = {}): Renderer {
  const pool = new WorkerPool(options);
  return rendererOf(
    (request) => pool.plan(request),
    options,
    () => pool.close(),
  );
}
