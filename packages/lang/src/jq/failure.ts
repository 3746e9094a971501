import { preview } from './json-text.ts';
import { type Value, typeOf } from './value.ts';

/**
 * How an operation says that it failed. It is returned, not thrown: `.[]?` over a long list fails often and must stay
 * cheap. Shapes: a message; the value of `error(value)`; or the label that `break` leaves.
 */
export class Failure {
  readonly message: string;
  /** The value of `error(value)`; `undefined` for the engine's own failures. */
  readonly value: Value | undefined;
  /** Set for `break`: the number of the label to leave. */
  readonly label: number | undefined;
  /** How many enclosing `try` have finished already and must let this pass. */
  passes = 0;

  constructor(message: string, more: { readonly value?: Value; readonly label?: number } = {}) {
    this.message = message;
    this.value = more.value;
    this.label = more.label;
  }
}

/** A failure with the engine's own message. */
export function failure(message: string): Failure {
  return new Failure(message);
}

/** A value with its type for a message: `number (1)`, or just `null`. */
export function describe(value: Value): string {
  return value === null ? 'null' : `${typeOf(value)} (${preview(value)})`;
}

/** `length cannot be applied to: boolean (true)`. */
export function notApplicable(name: string, value: Value): Failure {
  return failure(`${name} cannot be applied to: ${describe(value)}`);
}

/** `cannot add: object ({}) and number (1)`. */
export function badOperands(name: string, left: Value, right: Value): Failure {
  return failure(`cannot ${name}: ${describe(left)} and ${describe(right)}`);
}

/** `expected an object but got: number (1)`. */
export function expected(what: string, value: Value): Failure {
  return failure(`expected ${what} but got: ${describe(value)}`);
}
