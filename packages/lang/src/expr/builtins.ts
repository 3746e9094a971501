import { NUMBER_BUILTINS } from './builtins-numbers.ts';
import { COLLECTION_BUILTINS } from './builtins-collections.ts';
import { TEXT_BUILTINS } from './builtins-text.ts';
import { TIME_BUILTINS } from './builtins-time.ts';
import type { Frame } from './frame.ts';
import type { ExprValue } from './values.ts';

/** A built-in function. Throws ExprFailure. */
export type Builtin = (args: readonly ExprValue[], frame: Frame) => ExprValue;

/** Every built-in that takes no predicate. */
export const BUILTINS: ReadonlyMap<string, Builtin> = new Map<string, Builtin>([
  ...TEXT_BUILTINS,
  ...NUMBER_BUILTINS,
  ...COLLECTION_BUILTINS,
  ...TIME_BUILTINS,
]);
