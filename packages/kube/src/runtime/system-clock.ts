import { instant, type Clock, type Instant, type Timer } from '@argosy/std';

/** The longest wait one platform timer can hold; longer ones are armed again on the way. */
const MAX_TIMEOUT_MS = 2_147_483_647;

/**
 * A clock on real time. Timers do not keep the process alive unless `holdsProcess` is set: a server lives by its
 * sockets, a command-line tool that only waits needs the hold.
 */
export function createSystemClock(options: { readonly holdsProcess: boolean }): Clock {
  const now = (): Instant => instant(Date.now());
  function schedule(at: Instant, wake: () => void): Timer {
    let timer: NodeJS.Timeout;
    const arm = (): void => {
      const left = Math.max(0, at - now());
      timer = setTimeout(() => (now() >= at ? wake() : arm()), Math.min(left, MAX_TIMEOUT_MS));
      if (!options.holdsProcess) timer.unref();
    };
    arm();
    return { cancel: () => clearTimeout(timer) };
  }
  return { now, schedule };
}

/** The clock of long-running processes. */
export const systemClock: Clock = createSystemClock({ holdsProcess: false });
