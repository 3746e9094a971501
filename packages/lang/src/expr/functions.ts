import type { Instant } from '@argosy/std';
import type { TimeZones } from '../cron/index.ts';
import type { Nature } from './natures.ts';
import type { ExprValue, GoRecord } from './values.ts';

/** What a function may use beside its arguments. */
export interface ExprContext {
  /** The moment that `now()` gives. */
  readonly now: Instant;
  /** Seeds whatever is random. */
  readonly seed: number;
  /** IANA names to zones; UTC is always known. */
  readonly zones: TimeZones;
  /** The variables of the evaluation. */
  readonly environment: GoRecord;
  /** Counts elements that a function creates; fails when the memory budget is used up. */
  readonly grow: (elements: number) => void;
  /** Counts steps: about one for each item that a function reads, or sixteen characters. */
  readonly spend: (steps: number) => void;
}

/**
 * A function that an environment offers. It gets values of the language (see ExprValue) and fails by throwing
 * ExprFailure. `parameters`: what the arguments must be, checked at compile time; left out, nothing is checked.
 */
export interface ExprFunction {
  readonly name: string;
  readonly parameters?: readonly Nature[];
  readonly variadic?: boolean;
  readonly result?: Nature;
  readonly call: (args: readonly ExprValue[], context: ExprContext) => ExprValue;
}

/** Functions by name; a table within a table is addressed with a dot, as in `sprig.trim(x)`. */
export interface FunctionTable extends ReadonlyMap<string, ExprFunction | FunctionTable> {}

/** True for a table within a table. */
export function isFunctionTable(item: ExprFunction | FunctionTable): item is FunctionTable {
  return item instanceof Map;
}

const offeredBy = new WeakMap<FunctionTable, ReadonlySet<unknown>>();

function collect(table: FunctionTable, into: Set<unknown>): Set<unknown> {
  into.add(table);
  for (const item of table.values()) {
    if (isFunctionTable(item)) collect(item, into);
    else into.add(item);
  }
  return into;
}

/** Every function and table that a table offers, itself included. Tables do not change once they are used. */
export function offeredIn(table: FunctionTable): ReadonlySet<unknown> {
  const known = offeredBy.get(table);
  if (known !== undefined) return known;
  const offered = collect(table, new Set());
  offeredBy.set(table, offered);
  return offered;
}
