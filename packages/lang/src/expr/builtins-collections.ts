import { fetchMember, toInt } from './access.ts';
import { byteLength } from './bytes.ts';
import { ExprFailure, fail } from './failure.ts';
import type { Frame } from './frame.ts';
import { equal, less } from './operators.ts';
import { sortValues } from './sorting.ts';
import { formatValue, goTypeOf, isRecord, sortedKeys, type ExprValue } from './values.ts';

type Builtin = (args: readonly ExprValue[], frame: Frame) => ExprValue;
type List = readonly ExprValue[];

/** Go's kind of a value, as messages print it. */
function kindOf(value: ExprValue): string {
  if (value === null || value === undefined) return 'invalid';
  if (Array.isArray(value)) return 'slice';
  const name = goTypeOf(value);
  if (name.startsWith('map[')) return 'map';
  return { 'time.Time': 'struct', 'time.Duration': 'int64', '*time.Location': 'ptr' }[name] ?? name;
}

function listOf(value: ExprValue, words: string): List {
  return Array.isArray(value) ? (value as List) : fail(words.replace('%s', kindOf(value)));
}

function lengthOf(value: ExprValue): bigint {
  if (typeof value === 'string') return BigInt(byteLength(value));
  if (Array.isArray(value)) return BigInt(value.length);
  if (value instanceof Map) return BigInt(value.size);
  if (isRecord(value)) return BigInt(Object.keys(value).length);
  return fail(`invalid argument for len (type ${goTypeOf(value)})`);
}

/** The pairs of a map; Go's order is random, ours is by key. */
function pairsOf(value: ExprValue, words: string): (readonly [ExprValue, ExprValue])[] {
  if (value instanceof Map) return [...(value as ReadonlyMap<ExprValue, ExprValue>).entries()];
  if (!isRecord(value)) return fail(words.replace('%s', kindOf(value)));
  // compat(lang-0208): where upstream's order is random, ours is by key.
  return sortedKeys(value).map((key) => [key, value[key] ?? null] as const);
}

function fromPairs(value: ExprValue): ExprValue {
  const result = new Map<ExprValue, ExprValue>();
  for (const pair of listOf(value, 'cannot transform %s from pairs')) {
    if (!Array.isArray(pair)) return fail(`invalid pair ${formatValue(pair)}`);
    if (pair.length !== 2) return fail(`invalid pair length ${formatValue(pair)}`);
    const [key, item] = pair as List;
    if (typeof key === 'object' && key !== null) fail(`runtime error: hash of unhashable type ${goTypeOf(key)}`);
    result.set(key ?? null, item ?? null);
  }
  return result;
}

/** Like fetchMember, but nil where that would fail. */
function get(from: ExprValue, key: ExprValue): ExprValue {
  try {
    return fetchMember(from, key);
  } catch (error) {
    if (error instanceof ExprFailure) return null;
    throw error;
  }
}

function take(args: List): ExprValue {
  const list = listOf(args[0], 'cannot take from %s');
  if (typeof args[1] !== 'bigint') return fail(`cannot take ${kindOf(args[1])} elements`);
  const count = toInt(args[1]);
  if (count < 0) fail(`reflect.Value.Slice: slice index out of bounds`);
  return list.slice(0, count);
}

/** Remembers texts and numbers by value, so that most elements need no search through all that was kept. */
class Seen {
  readonly #values = new Set<ExprValue>();
  readonly #ints = new Set<ExprValue>();

  /** True for a value that an equal one came before; undefined for kinds that need a search. */
  before(item: ExprValue): boolean | undefined {
    if (typeof item === 'string') return this.#remember(item, item);
    if (typeof item !== 'bigint' && typeof item !== 'number') return undefined;
    // NaN is equal to nothing, not even to itself.
    return Number.isNaN(item) ? false : this.#remember(item, Number(item));
  }

  #remember(item: ExprValue, alike: string | number): boolean {
    const known = this.#values.has(item) || this.#values.has(alike) || (item === alike && this.#ints.has(alike));
    this.#values.add(item);
    if (typeof item === 'bigint') this.#ints.add(alike);
    return known;
  }
}

function unique(value: ExprValue, frame: Frame): ExprValue {
  const seen = new Seen();
  const searched: ExprValue[] = [];
  return listOf(value, 'cannot uniq %s').filter((item) => {
    frame.step();
    const before = seen.before(item) ?? searched.some((other) => countedEqual(frame, other, item));
    if (!before && typeof item === 'object') searched.push(item);
    if (!before && typeof item === 'boolean') searched.push(item);
    return !before;
  });
}

function countedEqual(frame: Frame, a: ExprValue, b: ExprValue): boolean {
  frame.step();
  return equal(a, b);
}

function concat(args: List, frame: Frame): ExprValue {
  if (args.length === 0) fail('invalid number of arguments (expected at least 1, got 0)');
  const lists = args.map((arg) => listOf(arg, 'cannot concat %s'));
  frame.grow(lists.reduce((sum, list) => sum + list.length, 0));
  return lists.flat(1);
}

function flatten(list: List, into: ExprValue[], frame: Frame): ExprValue[] {
  for (const item of list) {
    frame.step();
    if (Array.isArray(item)) flatten(item as List, into, frame);
    else into.push(item);
  }
  return into;
}

function sort(args: List, frame: Frame): ExprValue {
  const [value, order = 'asc'] = args;
  const list = Array.isArray(value) ? (value as List) : [];
  if (order !== 'asc' && order !== 'desc') fail(`invalid order ${formatValue(order)}, expected asc or desc`);
  frame.grow(list.length);
  return sortValues(list, order === 'desc' ? (a, b) => less(b, a) : less);
}

/** The functions of arrays and maps. */
export const COLLECTION_BUILTINS: ReadonlyMap<string, Builtin> = new Map<string, Builtin>([
  ['len', ([value]) => lengthOf(value)],
  ['first', ([value]) => get(value, 0n)],
  ['last', ([value]) => get(value, -1n)],
  ['get', ([value, key]) => get(value, key)],
  ['take', (args) => take(args)],
  ['keys', ([value]) => pairsOf(value, 'cannot get keys from %s').map(([key]) => key)],
  ['values', ([value]) => pairsOf(value, 'cannot get values from %s').map(([, item]) => item)],
  ['toPairs', ([value]) => pairsOf(value, 'cannot transform %s to pairs').map(([key, item]) => [key, item])],
  ['fromPairs', ([value]) => fromPairs(value)],
  ['reverse', ([value]) => listOf(value, 'cannot reverse %s').toReversed()],
  ['uniq', ([value], frame) => unique(value, frame)],
  ['concat', concat],
  [
    'flatten',
    ([value], frame) => {
      const flat = flatten(listOf(value, 'cannot flatten %s'), [], frame);
      frame.grow(flat.length);
      return flat;
    },
  ],
  ['sort', sort],
]);
