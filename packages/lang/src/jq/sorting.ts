import { Failure, describe, failure, notApplicable } from './failure.ts';
import type { Native } from './instructions.ts';
import type { Machine } from './machine.ts';
import { weigh } from './weight.ts';
import { type Value, NO_ITEMS, compareValues, isArray } from './value.ts';

/** An element with the key that it is ordered by. */
interface Keyed {
  readonly value: Value;
  readonly key: Value;
}

/** Pairs elements with keys; the keys are the elements themselves where none are given. */
function keyed(name: string, input: Value, keys: Value | undefined): readonly Keyed[] | Failure {
  if (!isArray(input)) return notApplicable(name, input);
  if (keys === undefined) return input.map((value) => ({ value, key: value }));
  if (!isArray(keys)) return notApplicable(name, keys);
  if (input.length !== keys.length) return failure(`length mismatch in ${name}: ${describe(input)}, ${describe(keys)}`);
  return input.map((value, at) => ({ value, key: keys[at] ?? null }));
}

function sorted(items: readonly Keyed[], machine: Machine): Keyed[] {
  const weight = items.reduce((sum, item) => sum + weigh(item.key, machine), 0);
  machine.charge((weight * Math.log2(items.length + 1)) / 8);
  return items.toSorted((a, b) => compareValues(a.key, b.key));
}

function groups(items: readonly Keyed[]): Keyed[][] {
  const found: Keyed[][] = [];
  for (const item of items) {
    const last = found.at(-1);
    const first = last?.[0];
    if (last === undefined || first === undefined || compareValues(first.key, item.key) !== 0) found.push([item]);
    else last.push(item);
  }
  return found;
}

function extreme(items: readonly Keyed[], isLeast: boolean): Value {
  let [best] = items;
  for (const item of items.slice(1)) {
    if (best !== undefined && compareValues(best.key, item.key) > 0 === isLeast) best = item;
  }
  return best?.value ?? null;
}

function weighed(items: readonly Keyed[], machine: Machine): readonly Keyed[] {
  for (const item of items) weigh(item.key, machine);
  return items;
}

type Choice = (items: readonly Keyed[], machine: Machine) => Value;

const SORT: Choice = (items, machine) => sorted(items, machine).map((item) => item.value);
const UNIQUE: Choice = (items, machine) => groups(sorted(items, machine)).map((group) => group[0]?.value ?? null);
const GROUP: Choice = (items, machine) =>
  groups(sorted(items, machine)).map((group) => group.map((item) => item.value));
const LEAST: Choice = (items, machine) => extreme(weighed(items, machine), true);
const MOST: Choice = (items, machine) => extreme(weighed(items, machine), false);

const native =
  (name: string, choose: Choice): Native =>
  (input, args, machine) => {
    const items = keyed(name, input, args[0]);
    if (items instanceof Failure) return items;
    return items.length === 0 && (choose === UNIQUE || choose === GROUP) ? NO_ITEMS : choose(items, machine);
  };

/** The builtins that order. The ones with `_` take the keys as an array; the prelude computes it. */
export const SORTING_NATIVES: readonly (readonly [string, Native])[] = [
  ['sort/0', native('sort', SORT)],
  ['_sort_by/1', native('sort_by', SORT)],
  ['_group_by/1', native('group_by', GROUP)],
  ['unique/0', native('unique', UNIQUE)],
  ['_unique_by/1', native('unique_by', UNIQUE)],
  ['min/0', native('min', LEAST)],
  ['_min_by/1', native('min_by', LEAST)],
  ['max/0', native('max', MOST)],
  ['_max_by/1', native('max_by', MOST)],
];
