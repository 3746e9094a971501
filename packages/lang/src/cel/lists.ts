import { compareValues, equalValues } from './compare.ts';
import { BINARY_OPERATORS, toInt } from './operators.ts';
import { noOverload, overload, type Overload } from './registry.ts';
import { fail, spend, type Run } from './run.ts';
import { CelDuration, CelList, CelOptional, CelUint, keyId, NONE } from './values.ts';

/** The order of two items, or an error for those that have none. */
export function orderItems(a: unknown, b: unknown, run: Run): number {
  spend(run, 1);
  return compareValues(a, b, run) ?? noOverload('_<_', [a, b]);
}

/** The smallest (`sign` -1) or greatest (1) of items. */
function extreme(list: CelList, sign: number, run: Run): unknown {
  const [first, ...rest] = list.items();
  if (first === undefined) return fail(`${sign < 0 ? 'min' : 'max'} called on empty list`);
  let best: unknown = first;
  for (const item of rest) if (orderItems(item, best, run) * sign > 0) best = item;
  return best;
}

function sum(list: CelList, run: Run): unknown {
  const [first, ...rest] = list.items();
  if (first === undefined) return 0n;
  const summable =
    ['bigint', 'number'].includes(typeof first) || first instanceof CelUint || first instanceof CelDuration;
  if (!summable) return noOverload('sum', [list], true);
  const add = BINARY_OPERATORS.get('_+_');
  return rest.reduce((total: unknown, item) => {
    spend(run, 1);
    return add?.(total, item, run);
  }, first);
}

function isSorted(list: CelList, run: Run): boolean {
  const items = list.items();
  return items.every((item, index) => index === 0 || orderItems(items[index - 1], item, run) <= 0);
}

function indexOf(list: CelList, wanted: unknown, run: Run): bigint {
  spend(run, list.size);
  return BigInt(list.items().findIndex((item) => equalValues(item, wanted, run)));
}

function lastIndexOf(list: CelList, wanted: unknown, run: Run): bigint {
  spend(run, list.size);
  return BigInt(list.items().findLastIndex((item) => equalValues(item, wanted, run)));
}

function slice(list: CelList, from: bigint, to: bigint): CelList {
  if (from < 0n || to < 0n) fail(`cannot slice(${from}, ${to}), negative indexes not supported`);
  if (from > to) fail(`cannot slice(${from}, ${to}), start index must be less than or equal to end index`);
  if (to > BigInt(list.size)) fail(`cannot slice(${from}, ${to}), list is length ${list.size}`);
  return new CelList(list.items().slice(Number(from), Number(to)));
}

function flatten(list: CelList, depth: bigint, run: Run): readonly unknown[] {
  if (depth < 0n) fail('level must be non-negative');
  spend(run, list.size);
  return list.items().flatMap((item) => {
    if (!(item instanceof CelList)) return [item];
    return depth > 1n ? flatten(item, depth - 1n, run) : depth === 1n ? item.items() : [item];
  });
}

function distinct(list: CelList, run: Run): CelList {
  const kept: unknown[] = [];
  const seen = new Set<string>();
  for (const item of list.items()) {
    const id = keyId(item);
    spend(run, id === undefined ? 1 + kept.length : 1);
    const known = id === undefined ? kept.some((other) => equalValues(item, other, run)) : seen.has(id);
    if (id !== undefined) seen.add(id);
    if (!known) kept.push(item);
  }
  return new CelList(kept);
}

/** The items in order of their keys; equal keys keep their order. */
export function sortByKeys(items: readonly unknown[], keys: readonly unknown[], run: Run): CelList {
  const order = items.map((_, index) => index);
  order.sort((a, b) => orderItems(keys[a], keys[b], run) || a - b);
  return new CelList(order.map((index) => items[index]));
}

function range(count: bigint, run: Run): CelList {
  spend(run, Number(count < 0n ? 0n : count));
  return new CelList(Array.from({ length: Math.max(0, Number(count)) }, (_, index) => BigInt(index)));
}

function reversed(list: CelList, run: Run): CelList {
  spend(run, list.size);
  return new CelList(list.items().toReversed());
}

/** Methods of lists: those of Kubernetes and of cel-go's lists library. */
export const LIST_METHODS: readonly Overload[] = [
  overload('sum', ['list'], ([list], run) => sum(list, run)),
  overload('min', ['list'], ([list], run) => extreme(list, -1, run)),
  overload('max', ['list'], ([list], run) => extreme(list, 1, run)),
  overload('isSorted', ['list'], ([list], run) => isSorted(list, run)),
  overload('indexOf', ['list', 'any'], ([list, item], run) => indexOf(list, item, run)),
  overload('lastIndexOf', ['list', 'any'], ([list, item], run) => lastIndexOf(list, item, run)),
  overload('slice', ['list', 'int', 'int'], ([list, from, to]) => slice(list, from, to)),
  overload('flatten', ['list'], ([list], run) => new CelList(flatten(list, 1n, run))),
  overload('flatten', ['list', 'int'], ([list, depth], run) => new CelList(flatten(list, depth, run))),
  overload('distinct', ['list'], ([list], run) => distinct(list, run)),
  overload('sort', ['list'], ([list], run) => sortByKeys(list.items(), list.items(), run)),
  overload('reverse', ['list'], ([list], run) => reversed(list, run)),
  overload('first', ['list'], ([list]) => (list.size === 0 ? NONE : new CelOptional(true, list.get(0)))),
  overload('last', ['list'], ([list]) => (list.size === 0 ? NONE : new CelOptional(true, list.get(list.size - 1)))),
];

function hasAll(list: CelList, wanted: CelList, run: Run): boolean {
  return wanted.items().every((item) => indexOf(list, item, run) >= 0n);
}

/** Functions on lists and sets. */
export const LIST_FUNCTIONS: readonly Overload[] = [
  overload('lists.range', ['int'], ([count], run) => range(toInt(count), run)),
  overload('sets.contains', ['list', 'list'], ([list, wanted], run) => hasAll(list, wanted, run)),
  overload('sets.equivalent', ['list', 'list'], ([a, b], run) => hasAll(a, b, run) && hasAll(b, a, run)),
  overload('sets.intersects', ['list', 'list'], ([a, b], run) => a.items().some((item) => indexOf(b, item, run) >= 0n)),
];
