import { performance } from 'node:perf_hooks';
import { createContext, Script } from 'node:vm';
import { limitReached, TIME_LIMIT_NAME, type Deadline, type Diagnostic } from '@argosy/lang/diagnostic';
import { err, isObject, type Result } from '@argosy/std';

/** How long one evaluation may take, in milliseconds of this process's processor time. */
export const EVAL_TIME_LIMIT_MS = 250;

/** How much longer than that it may last while others hold the processor, in milliseconds. */
export const EVAL_STARVED_MS = 600;

/** How long a template may take that calls slow cryptography, whose amount has a limit of its own. */
export const EVAL_CRYPTOGRAPHY_LIMIT_MS = 30_000;

const SLOW_CRYPTOGRAPHY = /\b(?:gen[A-Z]\w*|bcrypt|htpasswd|derivePassword|buildCustomCert)\b/;

/** How long a source may take, in milliseconds. */
export function timeLimitFor(language: string, source: string): number {
  const slow = language === 'gotemplate' && SLOW_CRYPTOGRAPHY.test(source);
  return slow ? EVAL_CRYPTOGRAPHY_LIMIT_MS : EVAL_TIME_LIMIT_MS;
}

/** How long after that an evaluation that was asked in vain is cut off, in milliseconds. */
export const EVAL_GRACE_MS = 30;

/** Says how much processor time has passed since the call, in milliseconds. */
function processorTimer(): () => number {
  const start = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1000;
  };
}

/**
 * A deadline that passes when `limitMs` of processor time are used from now on: an honest source must not fail because
 * the machine is busy. When they are used is asked only after as much time has passed.
 */
export function deadlineAfter(limitMs: number): Deadline {
  const start = performance.now();
  const used = processorTimer();
  const isExpired = (): boolean => {
    const passed = performance.now() - start;
    return passed >= limitMs && (passed >= limitMs + EVAL_STARVED_MS || used() >= limitMs);
  };
  return { limitMs, isExpired };
}

/** Runs evaluations one after the other, each for no longer than it may. */
export interface TimeLimit {
  /**
   * Runs synchronous work. It is given a deadline that it should ask; when it does not (one long call into a library,
   * say), it is ended from outside a little later. Either way the diagnostic is that of the time limit.
   */
  readonly run: <T>(work: (deadline: Deadline) => Result<T, Diagnostic>, limitMs?: number) => Result<T, Diagnostic>;
}

/** Makes a time limit of so many milliseconds, unless a run asks for another. */
export function createTimeLimit(usualMs = EVAL_TIME_LIMIT_MS): TimeLimit {
  let current: () => void = () => undefined;
  // The script only calls back: what counts is that the platform can end whatever runs below it.
  const script = new Script('work()');
  const context = createContext({ work: () => current() });
  const run: TimeLimit['run'] = (work, limitMs = usualMs) => {
    let result: ReturnType<typeof work> | undefined;
    current = () => {
      result = work(deadlineAfter(limitMs));
    };
    const used = processorTimer();
    if (!endsWithin(limitMs + EVAL_GRACE_MS) && used() < limitMs) {
      // It had no processor to run on: evaluations change nothing, so it may try once more.
      endsWithin(limitMs + EVAL_STARVED_MS + EVAL_GRACE_MS);
    }
    return result ?? err(limitReached(TIME_LIMIT_NAME, limitMs));
  };
  const endsWithin = (timeout: number): boolean => {
    try {
      script.runInContext(context, { timeout });
      return true;
    } catch (error) {
      if (!isTimeout(error)) throw error;
      return false;
    }
  };
  return { run };
}

/** The error of the platform comes from another realm: it is no instance of our Error. */
function isTimeout(error: unknown): boolean {
  return isObject(error) && error['code'] === 'ERR_SCRIPT_EXECUTION_TIMEOUT';
}
