import { setMaxListeners } from 'node:events';
import { after, milliseconds, type Clock } from '@argosy/std';

/** Waits `spanMs` on `clock`; resolves early, without an error, when `signal` aborts. */
export function delay(clock: Clock, spanMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const finish = (): void => {
      timer.cancel();
      signal.removeEventListener('abort', finish);
      resolve();
    };
    const timer = clock.schedule(after(clock.now(), milliseconds(spanMs)), finish);
    signal.addEventListener('abort', finish);
  });
}

/** Resolves when `signal` aborts. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** Tells the platform that a signal of a whole process has many listeners by design: it warns of a leak at eleven. */
export function expectManyListeners(signal: AbortSignal): void {
  setMaxListeners(0, signal);
}
