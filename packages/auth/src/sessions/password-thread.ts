import { Worker } from 'node:worker_threads';
import { compare, hash as bcryptHash } from 'bcryptjs';
import type { Logger } from '@argosy/std';

/** What a thread is asked. */
export type PasswordOrder =
  | { readonly kind: 'hash'; readonly password: string; readonly cost: number }
  | { readonly kind: 'compare'; readonly password: string; readonly hash: string };

/** What it answers. */
export type PasswordAnswer =
  | { readonly kind: 'hash'; readonly hash: string }
  | { readonly kind: 'compare'; readonly matches: boolean };

/** Does bcrypt's work. The caller bounds how many orders run at one time; each then has a thread of its own. */
export interface PasswordThreads {
  run(order: PasswordOrder): Promise<PasswordAnswer>;
  close(): void;
}

/** Runs orders on this thread, in slices of a tenth of a second; for small costs, where a hop takes longer. */
export const inlineThreads: PasswordThreads = {
  run: async (order) =>
    order.kind === 'hash'
      ? { kind: 'hash', hash: await bcryptHash(order.password, order.cost) }
      : { kind: 'compare', matches: await compare(order.password, order.hash) },
  close: () => undefined,
};

/** Starts threads as orders come and keeps them. Where none can be started, the work is done inline, and the log says so. */
export function createPasswordThreads(logger: Logger): PasswordThreads {
  const idle: Worker[] = [];
  const all = new Set<Worker>();
  let isUsable = true;
  const run = async (order: PasswordOrder): Promise<PasswordAnswer> => {
    if (!isUsable) return inlineThreads.run(order);
    const worker = idle.pop() ?? startWorker();
    all.add(worker);
    try {
      const answer = await ask(worker, order);
      idle.push(worker);
      return answer;
    } catch (error) {
      all.delete(worker);
      if (isUsable) logger.warn('password thread failed', { error: String(error) });
      isUsable = false;
      return inlineThreads.run(order);
    }
  };
  return {
    run,
    close() {
      isUsable = false;
      for (const worker of all) void worker.terminate();
      all.clear();
      idle.length = 0;
    },
  };
}

function startWorker(): Worker {
  const worker = import.meta.url.endsWith('.ts')
    ? new Worker(sourceLoader(new URL('./password-worker.ts', import.meta.url)), { eval: true, execArgv: [] })
    : new Worker(new URL('./password-worker.js', import.meta.url));
  // A thread that waits for work does not keep the process alive.
  worker.unref();
  return worker;
}

/** Runs TypeScript source: a thread does not inherit its parent's loader on Node 20. */
function sourceLoader(file: URL): string {
  const loader = JSON.stringify(import.meta.resolve?.('tsx/esm/api') ?? 'tsx/esm/api');
  return `import(${loader}).then((tsx) => { tsx.register(); return import(${JSON.stringify(file.href)}); });`;
}

function ask(worker: Worker, order: PasswordOrder): Promise<PasswordAnswer> {
  return new Promise((resolve, reject) => {
    const onMessage = (answer: PasswordAnswer): void => settle(() => resolve(answer));
    const onError = (error: Error): void => settle(() => reject(error));
    const onExit = (code: number): void => settle(() => reject(new Error(`the thread ended with code ${code}`)));
    const settle = (finish: () => void): void => {
      worker.off('message', onMessage).off('exit', onExit);
      worker.unref();
      finish();
    };
    worker.ref();
    // The last error listener stays: a thread that fails while it is idle must not end the process.
    worker.removeAllListeners('error');
    worker.on('message', onMessage).on('error', onError).on('exit', onExit);
    worker.postMessage(order);
  });
}
