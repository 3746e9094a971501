import { toText } from './manifest.ts';
import { IDENTITY, type LazyNative, type NativeTable } from './native.ts';
import { EMPTY_FRAME, JsonnetObject } from './object.ts';
import { compare, equals, plus } from './operators.ts';
import { formatNumber } from './print.ts';
import type { Runtime } from './runtime.ts';
import { sliceValue } from './slice.ts';
import { characters, codePointLength } from './text.ts';
import { JsonnetArray, JsonnetFunction, Thunk, typeName, type Lazy, type Value } from './value.ts';

/** What a waiting call costs: it holds some hundred bytes until it is needed. */
const THUNK_STEPS = 10;

/** The value that calling a function will give. */
export function callLater(target: JsonnetFunction, ...values: Lazy[]): Lazy {
  return new Thunk((_frame, runtime) => runtime.callWith(target, ...values), EMPTY_FRAME, 'thunk <array_element>');
}

function length(value: Value, runtime: Runtime): number {
  if (typeof value === 'string') return codePointLength(value);
  if (value instanceof JsonnetArray) return value.items.length;
  if (value instanceof JsonnetObject) return value.names(false).length;
  if (!(value instanceof JsonnetFunction)) throw runtime.typeError(value);
  // compat(lang-0600): go-jsonnet counts the parameters without a default; the C++ tool counts all.
  return value.parameters.filter((parameter) => !parameter.optional).length;
}

/** The items of a list, or the characters of a string. */
function itemsOf(value: Value, runtime: Runtime, refuse: () => Error): readonly Lazy[] {
  if (typeof value === 'string') {
    runtime.reserve(value.length);
    return characters(value);
  }
  if (value instanceof JsonnetArray) return value.items;
  throw refuse();
}

function functionFor(value: Value, what: string, runtime: Runtime): JsonnetFunction {
  if (!(value instanceof JsonnetFunction)) {
    throw runtime.error(`${what} param must be function, got ${typeName(value)}`);
  }
  return value;
}

function whole(value: Value, runtime: Runtime): number {
  const number = runtime.number(value);
  if (!Number.isInteger(number)) throw runtime.error(`Expected an integer, but got ${formatNumber(number)}`);
  return number;
}

function makeArray(size: Value, make: Value, runtime: Runtime): Value {
  const count = whole(size, runtime);
  const target = runtime.function(make);
  if (count < 0) throw runtime.error(`makeArray requires size >= 0, got ${formatNumber(count)}`);
  runtime.reserve(count);
  runtime.step(count * THUNK_STEPS);
  return new JsonnetArray(Array.from({ length: count }, (_, index) => callLater(target, index)));
}

function range(from: Value, to: Value, runtime: Runtime): Value {
  const start = whole(from, runtime);
  const count = Math.max(0, whole(to, runtime) - start + 1);
  runtime.reserve(count);
  return new JsonnetArray(Array.from({ length: count }, (_, index) => start + index));
}

function map(target: Value, list: Value, runtime: Runtime): Value {
  const apply = functionFor(target, 'std.map first', runtime);
  const items = itemsOf(list, runtime, () =>
    runtime.error(`std.map second param must be array / string, got ${typeName(list)}`),
  );
  runtime.step(items.length * THUNK_STEPS);
  return runtime.list(items.map((item) => callLater(apply, item)));
}

function mapWithIndex(target: Value, list: Value, runtime: Runtime): Value {
  const apply = functionFor(target, 'std.mapWithIndex first', runtime);
  const items = itemsOf(list, runtime, () =>
    runtime.error(`std.mapWithIndex second param must be array, got ${typeName(list)}`),
  );
  runtime.step(items.length * THUNK_STEPS);
  return runtime.list(items.map((item, index) => callLater(apply, index, item)));
}

function filter(target: JsonnetFunction, items: readonly Lazy[], runtime: Runtime): readonly Lazy[] {
  return items.filter((item) => runtime.boolean(runtime.callWith(target, item)));
}

function flatMap(target: Value, list: Value, runtime: Runtime): Value {
  const apply = functionFor(target, 'std.flatMap first', runtime);
  const items = itemsOf(list, runtime, () =>
    runtime.error(`std.flatMap second param must be array / string, got ${typeName(list)}`),
  );
  if (typeof list !== 'string') {
    const all: Lazy[] = [];
    for (const item of items) appendAll(all, runtime.array(runtime.callWith(apply, item)).items, runtime);
    return new JsonnetArray(all);
  }
  let text = '';
  for (const item of items) {
    const part = runtime.callWith(apply, item);
    if (part !== null) text += runtime.string(part);
    runtime.reserveText(text.length);
  }
  return text;
}

function appendAll(all: Lazy[], items: readonly Lazy[], runtime: Runtime): void {
  if (all.length + items.length > runtime.limits.arrayItems) runtime.reserve(all.length + items.length);
  runtime.step(items.length);
  for (const item of items) all.push(item);
}

function join(separator: Value, list: Value, runtime: Runtime): Value {
  if (typeof separator !== 'string' && !(separator instanceof JsonnetArray)) {
    throw runtime.error(`join first parameter should be string or array, got ${typeName(separator)}`);
  }
  const parts: Value[] = [];
  for (const item of runtime.array(list).items) {
    const part = runtime.force(item);
    if (part !== null) parts.push(part);
  }
  if (typeof separator === 'string') {
    const texts = parts.map((part) => runtime.string(part));
    runtime.reserveText(texts.reduce((total, text) => total + text.length + separator.length, 0));
    return texts.join(separator);
  }
  const all: Lazy[] = [];
  parts.forEach((part, index) => {
    if (index > 0) appendAll(all, separator.items, runtime);
    appendAll(all, runtime.array(part).items, runtime);
  });
  return new JsonnetArray(all);
}

function deepJoin(value: Value, runtime: Runtime): string {
  if (typeof value === 'string') return value;
  if (!(value instanceof JsonnetArray)) throw runtime.error(`Expected string or array, got ${typeName(value)}`);
  runtime.enter('builtin function <deepJoin>');
  const text = value.items.map((item) => deepJoin(runtime.force(item), runtime)).join('');
  runtime.leave();
  return runtime.text(text);
}

function fold(values: readonly [Value, Value, Value, ...Value[]], fromRight: boolean, runtime: Runtime): Value {
  const target = runtime.function(values[0]);
  const items = itemsOf(values[1], runtime, () => runtime.typeError(values[1], 'array'));
  let running = values[2];
  for (let index = 0; index < items.length; index += 1) {
    const item = items[fromRight ? items.length - 1 - index : index] ?? null;
    running = fromRight ? runtime.callWith(target, item, running) : runtime.callWith(target, running, item);
  }
  return running;
}

function repeat(what: Value, count: Value, runtime: Runtime): Value {
  const times = whole(count, runtime);
  if (times < 0) throw runtime.error(`makeArray requires size >= 0, got ${formatNumber(times)}`);
  if (typeof what === 'string') {
    runtime.reserveText(what.length * times);
    return what.repeat(times);
  }
  if (!(what instanceof JsonnetArray)) {
    throw runtime.error('std.repeat first argument must be an array or a string');
  }
  runtime.reserve(what.items.length * times);
  const all: Lazy[] = [];
  for (let index = 0; index < times && what.items.length > 0; index += 1) all.push(...what.items);
  return new JsonnetArray(all);
}

function member(list: Value, wanted: Value, runtime: Runtime): boolean {
  if (typeof list === 'string') return runtime.string(wanted) !== '' && list.includes(runtime.string(wanted));
  if (!(list instanceof JsonnetArray)) {
    throw runtime.error('std.member first argument must be an array or a string');
  }
  return list.items.some((item) => equals(runtime.force(item), wanted, runtime));
}

function flattenDeep(value: Lazy, all: Lazy[], runtime: Runtime): void {
  const item = runtime.force(value);
  if (!(item instanceof JsonnetArray)) {
    all.push(item);
    return;
  }
  runtime.enter('builtin function <flattenDeepArray>');
  for (const inner of item.items) flattenDeep(inner, all, runtime);
  runtime.leave();
}

function removeAt(list: Value, at: Value, runtime: Runtime): Value {
  const { items } = runtime.array(list);
  const position = whole(at, runtime);
  if (position < 0 || position >= items.length) {
    throw runtime.error(`Index ${formatNumber(position)} out of bounds, not within [0, ${items.length})`);
  }
  return runtime.list(items.filter((_item, index) => index !== position));
}

function remove(list: Value, wanted: Value, runtime: Runtime): Value {
  const { items } = runtime.array(list);
  const at = items.findIndex((item) => equals(runtime.force(item), wanted, runtime));
  return at < 0 ? list : removeAt(list, at, runtime);
}

function extreme(values: readonly (Lazy | undefined)[], sign: 1 | -1, runtime: Runtime): Value {
  const [list = null, keyFunction = IDENTITY, onEmpty] = values;
  const key = runtime.function(runtime.force(keyFunction));
  const { items } = runtime.array(runtime.force(list));
  const [first] = items;
  if (first === undefined) {
    if (onEmpty === undefined) throw runtime.error('Expected at least one element in array. Got none');
    return runtime.force(onEmpty);
  }
  let best = { item: first, key: runtime.callWith(key, first) };
  for (const item of items.slice(1)) {
    const found = runtime.callWith(key, item);
    if (compare(found, best.key, runtime) * sign > 0) best = { item, key: found };
  }
  return runtime.force(best.item);
}

/** Functions that must not work out all that they are given. */
export const LAZY_ARRAY: Readonly<Record<string, LazyNative>> = {
  'minArray(arr, keyF=id, onEmpty=null)': (values, runtime) => extreme(values, -1, runtime),
  'maxArray(arr, keyF=id, onEmpty=null)': (values, runtime) => extreme(values, 1, runtime),
};

const NEWER: NativeTable = {
  'flattenDeepArray(value)': ([value], runtime) => {
    const all: Lazy[] = [];
    flattenDeep(value, all, runtime);
    return runtime.list(all);
  },
  'contains(arr, elem)': ([list, wanted], runtime) => member(runtime.array(list), wanted, runtime),
  'remove(arr, elem)': ([list, wanted], runtime) => remove(list, wanted, runtime),
  'removeAt(arr, at)': ([list, at], runtime) => removeAt(list, at, runtime),
};

/** Lists. */
export const ARRAY: NativeTable = {
  ...NEWER,
  'length(x)': ([value], runtime) => length(value, runtime),
  'makeArray(sz, func)': ([size, make], runtime) => makeArray(size, make, runtime),
  'range(from, to)': ([from, to], runtime) => range(from, to, runtime),
  'map(func, arr)': ([target, list], runtime) => map(target, list, runtime),
  'mapWithIndex(func, arr)': ([target, list], runtime) => mapWithIndex(target, list, runtime),
  'flatMap(func, arr)': ([target, list], runtime) => flatMap(target, list, runtime),
  'filter(func, arr)': ([target, list], runtime) =>
    runtime.list(filter(runtime.function(target), runtime.array(list).items, runtime)),
  'filterMap(filter_func, map_func, arr)': ([test, target, list], runtime) => {
    const keep = functionFor(test, 'std.filterMap first', runtime);
    functionFor(target, 'std.filterMap second', runtime);
    if (!(list instanceof JsonnetArray)) {
      throw runtime.error(`std.filterMap third param must be array, got ${typeName(list)}`);
    }
    return map(target, new JsonnetArray(filter(keep, list.items, runtime)), runtime);
  },
  'foldl(func, arr, init)': (values, runtime) => fold(values, false, runtime),
  'foldr(func, arr, init)': (values, runtime) => fold(values, true, runtime),
  'join(sep, arr)': ([separator, list], runtime) => join(separator, list, runtime),
  'lines(arr)': ([list], runtime) => join('\n', plus(list, new JsonnetArray(['']), runtime), runtime),
  'deepJoin(arr)': ([value], runtime) => deepJoin(value, runtime),
  'flattenArrays(arrs)': ([list], runtime) => {
    const all: Lazy[] = [];
    for (const item of runtime.array(list).items) appendAll(all, runtime.array(runtime.force(item)).items, runtime);
    return new JsonnetArray(all);
  },
  'repeat(what, count)': ([what, count], runtime) => repeat(what, count, runtime),
  'slice(indexable, index, end, step)': ([target, ...bounds], runtime) => sliceValue(target, bounds, runtime),
  'member(arr, x)': ([list, wanted], runtime) => member(list, wanted, runtime),
  'count(arr, x)': ([list, wanted], runtime) =>
    runtime.array(list).items.filter((item) => equals(runtime.force(item), wanted, runtime)).length,
  'find(value, arr)': ([wanted, list], runtime) => {
    if (!(list instanceof JsonnetArray)) {
      throw runtime.error(`find second parameter should be an array, got ${typeName(list)}`);
    }
    const found: number[] = [];
    list.items.forEach((item, index) => {
      if (equals(runtime.force(item), wanted, runtime)) found.push(index);
    });
    return runtime.list(found);
  },
  'reverse(arr)': ([list], runtime) => runtime.list([...runtime.array(list).items].reverse()),
  'assertEqual(a, b)': ([a, b], runtime) => {
    if (equals(a, b, runtime)) return true;
    throw runtime.error(`Assertion failed. ${toText(a, runtime)} != ${toText(b, runtime)}`);
  },
};
