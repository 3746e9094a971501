import type { CryptoResult } from '../gotemplate/index.ts';

/** How this folder throws inside itself: the words go into a result, and never further. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  /** The limit that was reached, when it was one. */
  readonly limit: string | undefined;

  constructor(message: string, limit?: string) {
    super(message);
    this.limit = limit;
  }
}

/** Refuses what is over a named limit. */
export function checkLimit(name: string, found: number, allowed: number): void {
  if (found > allowed) throw new Refusal(`${name} is limited to ${allowed}, found ${found}`, name);
}

/** Runs a piece of work; a refusal becomes a failure. */
export function attempt<T>(work: () => T): CryptoResult<T> {
  try {
    return { ok: true, value: work() };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const { message, limit } = error;
    return limit === undefined ? { ok: false, error: message } : { ok: false, error: message, limit };
  }
}

/** Puts words before a refusal, as Go wraps errors; limits stay as they are. */
export function within<T>(prefix: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof Refusal && error.limit === undefined) throw new Refusal(`${prefix}: ${error.message}`);
    throw error;
  }
}
