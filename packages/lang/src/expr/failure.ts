/** How a function of the language fails: upstream's message, without a place; the caller knows where it is. */
export class ExprFailure extends Error {
  override readonly name = 'ExprFailure';
}

/** Stops the evaluation with a message. */
export function fail(message: string): never {
  throw new ExprFailure(message);
}
