import { overLimit, EXPR_LIMIT_MEMORY, EXPR_LIMIT_STEPS, EXPR_LIMIT_TEXT_CHARACTERS } from './limits.ts';
import { fail } from './failure.ts';
import type { ExprContext } from './functions.ts';
import type { ExprValue, GoRecord } from './values.ts';

/** The state of one evaluation. */
export class Frame {
  readonly environment: GoRecord;
  readonly context: ExprContext;
  readonly variables: ExprValue[] = [];
  /** The code point that a failure points to. */
  at = 0;
  item: ExprValue = null;
  index = 0;
  accumulator: ExprValue = null;
  #memory = 0;
  #steps = 0;

  constructor(environment: GoRecord, context: Omit<ExprContext, 'grow' | 'environment'>) {
    this.environment = environment;
    const { now, seed, zones } = context;
    this.context = { now, seed, zones, environment, grow: (elements) => this.grow(elements) };
  }

  /** Counts created elements against the memory budget. */
  grow(elements: number): void {
    this.#memory += elements;
    if (this.#memory >= EXPR_LIMIT_MEMORY) fail('memory budget exceeded');
  }

  /** Counts one call of a predicate or a function. */
  step(): void {
    this.#steps += 1;
    if (this.#steps > EXPR_LIMIT_STEPS) overLimit('expression steps', EXPR_LIMIT_STEPS);
  }

  /** Passes a text through if it is not too long. */
  text(value: string): string {
    if (value.length > EXPR_LIMIT_TEXT_CHARACTERS) overLimit('expression text characters', EXPR_LIMIT_TEXT_CHARACTERS);
    return value;
  }
}

/** Stands for an element of a map, which a predicate can count but not look at. */
export const MAP_ELEMENT: ExprValue = Object.freeze({});

/** The element that a predicate looks at. Throws ExprFailure when it is one of a map. */
export function readable(item: ExprValue): ExprValue {
  return item === MAP_ELEMENT ? fail('reflect: call of reflect.Value.Index on map Value') : item;
}

/** What a chain passes up once a `?.` met nil. */
export const BROKEN: unique symbol = Symbol('broken chain');

/** A compiled node. */
export type Exec = (frame: Frame) => ExprValue;
