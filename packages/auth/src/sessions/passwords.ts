import { assert, silentLogger, type Logger } from '@argosy/std';
import { RestError } from '@argosy/api/rest';
import { createPasswordThreads, inlineThreads, type PasswordThreads } from './password-thread.ts';

/** bcrypt's work factor for new hashes. */
export const BCRYPT_COST = 12;

/** From this cost on the work is done on threads: below, it takes less than the hop. */
export const MIN_THREAD_COST = 8;

/** Password checks that run at one time; the rest waits. */
export const MAX_CONCURRENT_CHECKS = 2;

/** Password checks that may wait; more are refused. */
export const MAX_WAITING_CHECKS = 50;

/** The shortest new password, in characters. */
export const MIN_PASSWORD_LENGTH = 12;

/** The longest password, in UTF-8 bytes: bcrypt reads no more. */
export const MAX_PASSWORD_BYTES = 72;

/** Hashes and checks passwords, a bounded number at a time. */
export interface Passwords {
  hash(password: string): Promise<string>;
  /** False also for an unknown account (`hash` undefined), after the same work. */
  matches(password: string, hash: string | undefined): Promise<boolean>;
  /** Ends the threads. */
  close(): void;
}

/** How to hash. */
export interface PasswordOptions {
  /** @default BCRYPT_COST */
  readonly cost?: number;
  /** Told when threads cannot be used. */
  readonly logger?: Logger;
}

/**
 * Creates the checker. Work is done on threads, so other requests go on meanwhile.
 * Its methods reject with RestError ResourceExhausted when too many wait.
 */
export function createPasswords(options: PasswordOptions = {}): Passwords {
  const cost = options.cost ?? BCRYPT_COST;
  const gate = createGate();
  // The hash of no password: unknown accounts cost as much as known ones.
  let decoy: Promise<string> | undefined;
  const threads = cost < MIN_THREAD_COST ? inlineThreads : createPasswordThreads(options.logger ?? silentLogger);
  return {
    close: () => threads.close(),
    hash: (password) => gate(() => hashOn(threads, normalise(password), cost)),
    matches: (password, hash) =>
      gate(async () => {
        decoy ??= hashOn(threads, '', cost);
        const order = { kind: 'compare', password: normalise(password), hash: hash ?? (await decoy) } as const;
        const answer = await threads.run(order);
        return hash !== undefined && answer.kind === 'compare' && answer.matches;
      }),
  };
}

async function hashOn(threads: PasswordThreads, password: string, cost: number): Promise<string> {
  const answer = await threads.run({ kind: 'hash', password, cost });
  assert(answer.kind === 'hash', 'a hash was asked for');
  return answer.hash;
}

const normalise = (password: string): string => password.normalize('NFC');

/** True when a password has a form that can be right at all: not blank, no NUL, not longer than bcrypt reads. */
export function isPlausiblePassword(password: string): boolean {
  return password !== '' && !password.includes('\0') && Buffer.byteLength(normalise(password)) <= MAX_PASSWORD_BYTES;
}

/** Why a new password is refused; `undefined` when it is fine. */
export function passwordFault(password: string): string | undefined {
  if (password.includes('\0')) return 'newPassword has a NUL character';
  const length = [...normalise(password)].length;
  if (length < MIN_PASSWORD_LENGTH) {
    return `newPassword has ${length} characters, at least ${MIN_PASSWORD_LENGTH} are needed`;
  }
  if (Buffer.byteLength(normalise(password)) > MAX_PASSWORD_BYTES) {
    return `newPassword is longer than ${MAX_PASSWORD_BYTES} bytes`;
  }
  return undefined;
}

function createGate(): <T>(work: () => Promise<T>) => Promise<T> {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (running >= MAX_CONCURRENT_CHECKS) {
      if (waiting.length >= MAX_WAITING_CHECKS) {
        throw new RestError('ResourceExhausted', 'too many logins at once, try again later');
      }
      await new Promise<void>((resolve) => {
        waiting.push(resolve);
      });
    } else running += 1;
    try {
      return await work();
    } finally {
      // The place goes to the next in line, or is given back.
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}
