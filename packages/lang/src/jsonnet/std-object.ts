import type { LazyNative, NativeTable } from './native.ts';
import { JsonnetObject, objectOf, type Layer } from './object.ts';
import type { Runtime } from './runtime.ts';
import { callLater } from './std-array.ts';
import { JsonnetArray, JsonnetFunction, typeName, type Lazy, type Value } from './value.ts';

/** The value as an object, or an error. */
export function objectFor(value: Value, runtime: Runtime): JsonnetObject {
  if (!(value instanceof JsonnetObject)) throw runtime.typeError(value, 'object');
  return value;
}

function names(value: Value, hidden: boolean, runtime: Runtime): Value {
  return runtime.list(objectFor(value, runtime).names(hidden));
}

function values(value: Value, hidden: boolean, runtime: Runtime): Value {
  const object = objectFor(value, runtime);
  return runtime.list(object.names(hidden).map((name) => object.lazy(name)));
}

function pairs(value: Value, hidden: boolean, runtime: Runtime): Value {
  const object = objectFor(value, runtime);
  const pair = (name: string): Value =>
    objectOf([
      ['key', name],
      ['value', object.lazy(name)],
    ]);
  return runtime.list(object.names(hidden).map(pair));
}

function has(values: readonly [Value, Value, ...Value[]], hidden: boolean, runtime: Runtime): boolean {
  return objectFor(values[0], runtime).has(runtime.string(values[1]), hidden);
}

function mapWithKey(target: Value, value: Value, runtime: Runtime): Value {
  if (!(target instanceof JsonnetFunction)) {
    throw runtime.error(`std.mapWithKey first param must be function, got ${typeName(target)}`);
  }
  if (!(value instanceof JsonnetObject)) {
    throw runtime.error(`std.mapWithKey second param must be object, got ${typeName(value)}`);
  }
  return objectOf(value.names(false).map((name) => [name, callLater(target, name, value.lazy(name))] as const));
}

/** RFC 7396; hidden fields of both sides play no part. */
function mergePatch(target: Value, patch: Value, runtime: Runtime): Value {
  if (!(patch instanceof JsonnetObject)) return patch;
  runtime.enter('builtin function <mergePatch>');
  const merged = new Map<string, Lazy>();
  if (target instanceof JsonnetObject) for (const name of target.names(false)) merged.set(name, target.lazy(name));
  const names = patch.names(false);
  runtime.step((merged.size + names.length) * 4);
  for (const name of names) {
    const change = patch.get(name, runtime);
    const known = merged.get(name);
    const before = known === undefined || !(change instanceof JsonnetObject) ? null : runtime.force(known);
    if (change === null) merged.delete(name);
    else merged.set(name, mergePatch(before, change, runtime));
  }
  runtime.leave();
  return objectOf(merged);
}

function hasContent(value: Value): boolean {
  if (value === null) return false;
  if (value instanceof JsonnetArray) return value.items.length > 0;
  return value instanceof JsonnetObject ? value.names(false).length > 0 : true;
}

function prune(value: Value, runtime: Runtime): Value {
  if (!(value instanceof JsonnetArray) && !(value instanceof JsonnetObject)) return value;
  runtime.enter('builtin function <prune>');
  const pruned = value instanceof JsonnetArray ? pruneArray(value, runtime) : pruneObject(value, runtime);
  runtime.leave();
  return pruned;
}

function pruneArray(value: JsonnetArray, runtime: Runtime): Value {
  return runtime.list(value.items.map((item) => prune(runtime.force(item), runtime)).filter(hasContent));
}

function pruneObject(value: JsonnetObject, runtime: Runtime): Value {
  const kept: [string, Value][] = [];
  const names = value.names(false);
  runtime.step(names.length * 2);
  for (const name of names) {
    const content = prune(value.get(name, runtime), runtime);
    if (hasContent(content)) kept.push([name, content]);
  }
  return objectOf(kept);
}

function removeKey(value: Value, name: Value, runtime: Runtime): Value {
  const object = objectFor(value, runtime);
  const removed = new Set([runtime.string(name)]);
  const layer: Layer = { fields: new Map(), locals: [], asserts: [], frame: undefined, removed };
  return new JsonnetObject([...object.layers, layer]);
}

/** Objects. */
export const OBJECT: NativeTable = {
  'objectFields(o)': ([value], runtime) => names(value, false, runtime),
  'objectFieldsAll(o)': ([value], runtime) => names(value, true, runtime),
  'objectFieldsEx(obj, hidden)': ([value, hidden], runtime) => names(value, runtime.boolean(hidden), runtime),
  'objectValues(o)': ([value], runtime) => values(value, false, runtime),
  'objectValuesAll(o)': ([value], runtime) => values(value, true, runtime),
  'objectKeysValues(o)': ([value], runtime) => pairs(value, false, runtime),
  'objectKeysValuesAll(o)': ([value], runtime) => pairs(value, true, runtime),
  'objectHas(o, f)': (values, runtime) => has(values, false, runtime),
  'objectHasAll(o, f)': (values, runtime) => has(values, true, runtime),
  'objectHasEx(obj, fname, hidden)': (values, runtime) => has(values, runtime.boolean(values[2]), runtime),
  'objectRemoveKey(obj, key)': ([value, name], runtime) => removeKey(value, name, runtime),
  'mapWithKey(func, obj)': ([target, value], runtime) => mapWithKey(target, value, runtime),
  'mergePatch(target, patch)': ([target, patch], runtime) => mergePatch(target, patch, runtime),
  'prune(a)': ([value], runtime) => prune(value, runtime),
};

/** Functions that must not work out all that they are given. */
export const LAZY_OBJECT: Readonly<Record<string, LazyNative>> = {
  'get(o, f, default=null, inc_hidden=true)': ([value, name, fallback, hidden], runtime) => {
    const object = objectFor(runtime.force(value ?? null), runtime);
    const key = runtime.string(runtime.force(name ?? null));
    const all = hidden === undefined || runtime.boolean(runtime.force(hidden));
    return object.has(key, all) ? object.get(key, runtime) : runtime.force(fallback ?? null);
  },
};
