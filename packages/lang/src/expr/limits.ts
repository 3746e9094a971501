import { DiagnosticError, limitReached } from '../diagnostic/index.ts';

/** Longest source of an expression, in characters. */
export const EXPR_LIMIT_CHARACTERS = 100_000;

/** Most nodes of one expression: upstream's default MaxNodes. */
export const EXPR_LIMIT_NODES = 10_000;

/** Deepest nesting of brackets, operators and predicates while reading. */
export const EXPR_LIMIT_NESTING = 250;

/** Tallest tree that may be evaluated: a chain `a + b + …` is as tall as it is long. */
export const EXPR_LIMIT_HEIGHT = 1500;

/** Elements that one evaluation may create: upstream's default MemoryBudget. */
export const EXPR_LIMIT_MEMORY = 1_000_000;

/** Predicate calls, calls of functions, and units of bulk work (items read, some characters) of one evaluation. */
export const EXPR_LIMIT_STEPS = 1_000_000;

/** Deepest value that is printed, compared or turned to JSON. */
export const EXPR_LIMIT_VALUE_DEPTH = 200;

/** How deep JSON may nest that `fromJSON` and `jsonpath` read; the stack holds it. */
export const EXPR_LIMIT_JSON_NESTING = 1000;

/** Most parts of a value that one printing or comparison visits. */
export const EXPR_LIMIT_VALUE_NODES = 100_000;

/** Longest text that one operation may make, in characters. */
export const EXPR_LIMIT_TEXT_CHARACTERS = 2 * 1024 * 1024;

/** Fails with the named limit. */
export function overLimit(limit: string, allowed: number): never {
  throw new DiagnosticError(limitReached(limit, allowed));
}
