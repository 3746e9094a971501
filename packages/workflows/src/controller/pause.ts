import { instant, type Clock } from '@argosy/std';

/** Waits `spanMs` milliseconds, or until `signal` aborts; never throws. */
export function pause(clock: Clock, spanMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const stop = (): void => {
      timer.cancel();
      resolve();
    };
    const timer = clock.schedule(instant(clock.now() + spanMs), () => {
      signal.removeEventListener('abort', stop);
      resolve();
    });
    signal.addEventListener('abort', stop, { once: true });
  });
}
