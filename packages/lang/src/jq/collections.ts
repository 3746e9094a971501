import { setOwn } from '@argosy/std';
import { positionsOf } from './access.ts';
import { add, negate } from './arithmetic.ts';
import { Failure, describe, expected, failure, notApplicable } from './failure.ts';
import type { Native } from './instructions.ts';
import { numberToJson, preview } from './json-text.ts';
import type { Machine } from './machine.ts';
import { weigh } from './weight.ts';
import {
  type JqObject,
  NO_ITEMS,
  type Value,
  compareValues,
  countCodePoints,
  isArray,
  isNumeric,
  isObject,
  member,
  sortedKeys,
  toFloat,
  toIndex,
  typeOf,
} from './value.ts';

/** The elements of an array or the members of an object in order; `undefined` for scalars. */
function valuesOf(value: Value): readonly Value[] | undefined {
  if (isArray(value)) return value;
  return isObject(value) ? sortedKeys(value).map((key) => value[key] ?? null) : undefined;
}

const length: Native = (input, _args, machine) => {
  if (input === null) return 0;
  if (typeof input === 'string') {
    machine.charge(input.length / 64);
    return countCodePoints(input);
  }
  if (isArray(input)) return input.length;
  if (isObject(input)) return sortedKeys(input).length;
  if (!isNumeric(input)) return notApplicable('length', input);
  return (toFloat(input) ?? 0) < 0 ? negate(input) : input;
};

const keys: Native = (input) => {
  if (isArray(input)) return input.map((_, at) => at);
  return isObject(input) ? sortedKeys(input) : notApplicable('keys', input);
};

const has: Native = (input, [key = null]) => {
  if (input === null) return false;
  if (isArray(input)) {
    const at = toIndex(key);
    if (at !== undefined) return at >= 0 && at < input.length;
  }
  if (isObject(input) && typeof key === 'string') return member(input, key) !== undefined;
  return failure(`cannot check whether ${describe(input)} has a key: ${describe(key)}`);
};

const toEntries: Native = (input) => {
  if (isArray(input)) return input.map((value, key) => ({ key, value }));
  if (!isObject(input)) return notApplicable('to_entries', input);
  return sortedKeys(input).map((key) => ({ key, value: input[key] ?? null }));
};

/** The key of an entry: the first of its spellings that is neither null nor false. */
function entryKey(entry: JqObject): string | Failure {
  for (const name of ['key', 'Key', 'name', 'Name']) {
    const key = member(entry, name) ?? null;
    if (typeof key === 'string') return key;
    if (key !== null && key !== false) return expected('a string for object key', key);
  }
  return expected('a string for object key', null);
}

const fromEntries: Native = (input) => {
  if (!isArray(input)) return notApplicable('from_entries', input);
  const object: { [key: string]: Value } = {};
  for (const entry of input) {
    if (!isObject(entry)) return notApplicable('from_entries', entry);
    const key = entryKey(entry);
    if (key instanceof Failure) return key;
    const value = member(entry, 'value');
    setOwn(object, key, value === undefined ? (member(entry, 'Value') ?? null) : value);
  }
  return object;
};

/** Joins strings and arrays in one go, so that a long sum does not cost its square. */
function addRun(
  items: readonly Value[],
  from: number,
  machine: Machine,
): { readonly sum: Value; readonly next: number } {
  let next = from;
  const kind = typeOf(items[from] ?? null);
  while (next < items.length && typeOf(items[next] ?? null) === kind) next += 1;
  const run = items.slice(from, next);
  if (kind === 'string') {
    const texts = run.filter((text) => typeof text === 'string');
    machine.chargeText(texts.reduce((sum, text) => sum + text.length, 0));
    return { sum: texts.join(''), next };
  }
  const flat = run.flat() as Value[];
  machine.charge(flat.length);
  return { sum: flat, next };
}

/** True when a run of strings or arrays can be joined to the sum so far. */
function isRun(sum: Value, item: Value): boolean {
  if (typeof item === 'string') return sum === null || typeof sum === 'string';
  return isArray(item) && (sum === null || isArray(sum));
}

const addAll: Native = (input, _args, machine) => {
  const items = valuesOf(input);
  if (items === undefined) return notApplicable('add', input);
  machine.charge(items.length);
  let sum: Value = null;
  for (let at = 0; at < items.length;) {
    const item: Value = items[at] ?? null;
    const run = isRun(sum, item) ? addRun(items, at, machine) : { sum: item, next: at + 1 };
    const next: Value | Failure = add(sum, run.sum, machine);
    if (next instanceof Failure) return next;
    sum = next;
    at = run.next;
  }
  return sum;
};

const reverse: Native = (input, _args, machine) => {
  if (!isArray(input)) return notApplicable('reverse', input);
  machine.charge(input.length / 8);
  return input.toReversed();
};

function containsArray(left: readonly Value[], right: readonly Value[], machine: Machine): boolean {
  machine.charge(left.length * right.length);
  return right.every((wanted) => left.some((item) => containsValue(item, wanted, machine) === true));
}

function containsObject(left: JqObject, right: JqObject, machine: Machine): boolean {
  const wanted = sortedKeys(right);
  machine.charge(wanted.length);
  return wanted.every((key) => {
    const item = member(left, key);
    return item !== undefined && containsValue(item, right[key] ?? null, machine) === true;
  });
}

function containsValue(left: Value, right: Value, machine: Machine): Value | Failure {
  if (isNumeric(left) && isNumeric(right)) return compareValues(left, right) === 0;
  if (typeof left === 'string' && typeof right === 'string') {
    machine.charge(left.length / 64);
    return left.includes(right);
  }
  if (isArray(left) && isArray(right)) return containsArray(left, right, machine);
  if (isObject(left) && isObject(right)) return containsObject(left, right, machine);
  if (left === right) return true;
  return failure(`cannot check contains(${preview(right)}): ${describe(left)}`);
}

const contains: Native = (input, [wanted = null], machine) => containsValue(input, wanted, machine);

/** Where a part stands in an array or a string, as positions in code points. */
function positions(input: Value, part: Value, machine: Machine): readonly number[] | Failure {
  if (isArray(input)) {
    const wanted = isArray(part) ? part : [part];
    machine.charge((input.length * weigh(wanted, machine)) / 4);
    return positionsOf(input, wanted);
  }
  if (typeof input !== 'string') return expected('an array', input);
  if (typeof part !== 'string') return expected('a string', part);
  machine.charge(input.length);
  return textPositions(input, part);
}

function textPositions(text: string, part: string): readonly number[] {
  const found: number[] = [];
  if (part === '') return found;
  let points = 0;
  let counted = 0;
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + 1)) {
    points += countCodePoints(text.slice(counted, at));
    counted = at;
    found.push(points);
  }
  return found;
}

const indexWith =
  (choose: (found: readonly number[]) => Value): Native =>
  (input, [part = null], machine) => {
    if (input === null) return null;
    const found = positions(input, part, machine);
    return found instanceof Failure ? found : choose(found);
  };

function flattenInto(
  target: Value[],
  items: readonly Value[],
  by: { readonly depth: number; readonly machine: Machine },
): void {
  by.machine.charge(items.length);
  for (const item of items) {
    if (isArray(item) && by.depth !== 0) flattenInto(target, item, { ...by, depth: by.depth - 1 });
    else target.push(item);
  }
}

const flatten: Native = (input, args, machine) => {
  const items = valuesOf(input);
  if (items === undefined) return notApplicable('flatten', input);
  const [wanted] = args;
  const depth = wanted === undefined ? -1 : toFloat(wanted);
  if (depth === undefined) return notApplicable('flatten', wanted ?? null);
  if (wanted !== undefined && depth < 0) return failure(`flatten depth must not be negative: ${describe(depth)}`);
  const flat: Value[] = [];
  flattenInto(flat, items, { depth, machine });
  return flat.length === 0 ? NO_ITEMS : flat;
};

const transpose: Native = (input, _args, machine) => {
  if (!isArray(input)) return notApplicable('transpose', input);
  let width = 0;
  for (const row of input) {
    if (!isArray(row)) return notApplicable('transpose', input);
    width = Math.max(width, row.length);
  }
  machine.charge(width * input.length);
  return Array.from({ length: width }, (_, at) => input.map((row) => (isArray(row) ? (row[at] ?? null) : null)));
};

const bsearch: Native = (input, [wanted = null], machine) => {
  if (!isArray(input)) return notApplicable('bsearch', input);
  machine.charge(weigh(wanted, machine));
  let low = 0;
  let high = input.length;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (compareValues(input[middle] ?? null, wanted) < 0) low = middle + 1;
    else high = middle;
  }
  return low < input.length && compareValues(input[low] ?? null, wanted) === 0 ? low : -low - 1;
};

function joinable(value: Value): string | undefined {
  if (value === null) return '';
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return String(value);
  return isNumeric(value) ? numberToJson(value) : undefined;
}

const join: Native = (input, [separator = null], machine) => {
  const items = valuesOf(input);
  if (items === undefined) return notApplicable('join', input);
  if (items.length === 0) return '';
  if (items.length > 1 && typeof separator !== 'string') return notApplicable('join', separator);
  const texts: string[] = [];
  for (const item of items) {
    const text = joinable(item);
    if (text === undefined) return failure(`cannot join: ${describe(item)}`);
    texts.push(text);
  }
  const glue = typeof separator === 'string' ? separator : '';
  machine.chargeText(texts.reduce((sum, text) => sum + text.length + glue.length, 0));
  machine.charge(texts.length);
  return texts.join(glue);
};

/** The builtins on arrays and objects that take no filter. */
export const COLLECTION_NATIVES: readonly (readonly [string, Native])[] = [
  ['length/0', length],
  ['keys/0', keys],
  ['has/1', has],
  ['to_entries/0', toEntries],
  ['from_entries/0', fromEntries],
  ['add/0', addAll],
  ['reverse/0', reverse],
  ['contains/1', contains],
  ['indices/1', indexWith((found) => (found.length === 0 ? NO_ITEMS : found))],
  ['index/1', indexWith((found) => found[0] ?? null)],
  ['rindex/1', indexWith((found) => found.at(-1) ?? null)],
  ['flatten/0', flatten],
  ['flatten/1', flatten],
  ['transpose/0', transpose],
  ['bsearch/1', bsearch],
  ['join/1', join],
  ['type/0', (input) => typeOf(input)],
  ['toarray/0', (input) => (isArray(input) ? input : [input])],
];
