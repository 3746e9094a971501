/** A broken invariant of our own: a bug, never a user's mistake. Stays on in production. */
export class AssertionError extends Error {
  override readonly name = 'AssertionError';
}

/**
 * Fails when an invariant of ours does not hold.
 * @throws AssertionError with `message` when `condition` is false.
 */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new AssertionError(message);
}

/**
 * Closes a `switch` over a union: a new case stops compiling here.
 * @throws AssertionError always, when data from outside slipped past the types.
 */
export function unreachable(value: never): never {
  throw new AssertionError(`unreachable case: ${String(value)}`);
}

/**
 * Unwraps a value that an invariant of ours guarantees to be there.
 * @throws AssertionError naming `what` when it is missing.
 */
export function must<T>(value: T | undefined | null, what: string): T {
  if (value === undefined || value === null) throw new AssertionError(`missing: ${what}`);
  return value;
}
