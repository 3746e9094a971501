import { IDENTITY, type NativeTable } from './native.ts';
import { compare, equals } from './operators.ts';
import type { Runtime } from './runtime.ts';
import type { JsonnetFunction, Lazy, Value } from './value.ts';

interface Keyed {
  readonly item: Lazy;
  readonly key: Value;
}

function keyed(items: readonly Lazy[], key: JsonnetFunction, runtime: Runtime): Keyed[] {
  if (key === IDENTITY) return items.map((item) => ({ item, key: runtime.force(item) }));
  return items.map((item) => ({ item, key: runtime.callWith(key, item) }));
}

function sort(list: Value, key: Value, runtime: Runtime): Value {
  const pairs = keyed(runtime.array(list).items, runtime.function(key), runtime);
  pairs.sort((a, b) => {
    runtime.step();
    return compare(a.key, b.key, runtime);
  });
  return runtime.list(pairs.map((pair) => pair.item));
}

function unique(list: Value, key: Value, runtime: Runtime): Value {
  const pairs = keyed(runtime.array(list).items, runtime.function(key), runtime);
  const kept = pairs.filter((pair, index) => {
    const before = pairs[index - 1];
    return before === undefined || !equals(before.key, pair.key, runtime);
  });
  return runtime.list(kept.map((pair) => pair.item));
}

/** Which items a set operation keeps: those only left, in both, only right. */
interface Keep {
  readonly left: boolean;
  readonly both: boolean;
  readonly right: boolean;
}

function merge(values: readonly [Value, Value, Value, ...Value[]], keep: Keep, runtime: Runtime): Value {
  const key = runtime.function(values[2]);
  const left = keyed(runtime.array(values[0]).items, key, runtime);
  const right = keyed(runtime.array(values[1]).items, key, runtime);
  const found: Lazy[] = [];
  let [i, j] = [0, 0];
  let [a, b] = [left[0], right[0]];
  while (a !== undefined && b !== undefined) {
    const order = orderOf(a.key, b.key, runtime);
    if (keeps(keep, order)) found.push(order <= 0 ? a.item : b.item);
    if (order <= 0) a = left[(i += 1)];
    if (order >= 0) b = right[(j += 1)];
  }
  const rest = [...(keep.left ? left.slice(i) : []), ...(keep.right ? right.slice(j) : [])];
  return runtime.list([...found, ...rest.map((pair) => pair.item)]);
}

function orderOf(a: Value, b: Value, runtime: Runtime): number {
  runtime.step();
  return equals(a, b, runtime) ? 0 : compare(a, b, runtime) < 0 ? -1 : 1;
}

function keeps(keep: Keep, order: number): boolean {
  if (order === 0) return keep.both;
  return order < 0 ? keep.left : keep.right;
}

function setMember(values: readonly [Value, Value, Value, ...Value[]], runtime: Runtime): boolean {
  const key = runtime.function(values[2]);
  const wanted = runtime.callWith(key, values[0]);
  const { items } = runtime.array(values[1]);
  let low = 0;
  let high = items.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const order = compare(runtime.callWith(key, items[middle] ?? null), wanted, runtime);
    if (order === 0) return true;
    if (order < 0) low = middle + 1;
    else high = middle - 1;
  }
  return false;
}

/** Sorting, and sets: sorted lists without repetition. */
export const SET: NativeTable = {
  'sort(arr, keyF=id)': ([list, key], runtime) => sort(list, key, runtime),
  'uniq(arr, keyF=id)': ([list, key], runtime) => unique(list, key, runtime),
  'set(arr, keyF=id)': ([list, key], runtime) => unique(sort(list, key, runtime), key, runtime),
  'setMember(x, arr, keyF=id)': setMember,
  'setUnion(a, b, keyF=id)': (values, runtime) => merge(values, { left: true, both: true, right: true }, runtime),
  'setInter(a, b, keyF=id)': (values, runtime) => merge(values, { left: false, both: true, right: false }, runtime),
  'setDiff(a, b, keyF=id)': (values, runtime) => merge(values, { left: true, both: false, right: false }, runtime),
};
