import { performance } from 'node:perf_hooks';
import { createContext, Script } from 'node:vm';
import { limitReached, TIME_LIMIT_NAME, type Deadline, type Diagnostic } from '@argosy/lang/diagnostic';
import { err, isObject, type Result } from '@argosy/std';

/** How long one evaluation may take, in milliseconds. */
export const EVAL_TIME_LIMIT_MS = 200;

/** How long a template may take that calls slow cryptography, whose amount has a limit of its own. */
export const EVAL_CRYPTOGRAPHY_LIMIT_MS = 30_000;

const SLOW_CRYPTOGRAPHY = /\b(?:gen[A-Z]\w*|bcrypt|htpasswd|derivePassword|buildCustomCert)\b/;

/** How long a source may take, in milliseconds. */
export function timeLimitFor(language: string, source: string): number {
  const slow = language === 'gotemplate' && SLOW_CRYPTOGRAPHY.test(source);
  return slow ? EVAL_CRYPTOGRAPHY_LIMIT_MS : EVAL_TIME_LIMIT_MS;
}

/** How long after that an evaluation that was asked in vain is cut off, in milliseconds. */
export const EVAL_GRACE_MS = 50;

/** A deadline that passes `limitMs` after now. */
export function deadlineAfter(limitMs: number): Deadline {
  const end = performance.now() + limitMs;
  return { limitMs, isExpired: () => performance.now() >= end };
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
    try {
      script.runInContext(context, { timeout: limitMs + EVAL_GRACE_MS });
    } catch (error) {
      if (!isTimeout(error)) throw error;
    }
    return result ?? err(limitReached(TIME_LIMIT_NAME, limitMs));
  };
  return { run };
}

/** The error of the platform comes from another realm: it is no instance of our Error. */
function isTimeout(error: unknown): boolean {
  return isObject(error) && error['code'] === 'ERR_SCRIPT_EXECUTION_TIMEOUT';
}
