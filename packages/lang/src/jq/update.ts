import { setOwn } from '@argosy/std';
import { clampIndex } from './access.ts';
import { Failure, expected, failure, notApplicable } from './failure.ts';
import type { Machine } from './machine.ts';
import { preview } from './json-text.ts';
import { type JqObject, type Value, copyObject, isArray, isNumeric, isObject, member, toIndex } from './value.ts';

/** Stands for "nothing here any more" while paths are deleted. No program ever sees it. */
export const GONE: Value = Object.freeze({});

/** Go's engine refuses to make arrays that long. */
const ARRAY_INDEX_LIMIT = 0x800_0000;

/** One update: what goes in, who counts the work. */
interface Update {
  readonly value: Value;
  readonly machine: Machine;
}

function updateObject(object: JqObject, path: readonly Value[], update: Update): Value | Failure {
  const key = path[0] as string;
  const old = member(object, key);
  // compat(lang-0404): deleting below null leaves an empty object or array, not null.
  if (old === undefined && update.value === GONE) return object;
  const changed = updatePath(old ?? null, path.slice(1), update);
  if (changed instanceof Failure) return changed;
  const copy = copyObject(object);
  update.machine.charge(1 + Object.keys(copy).length / 2);
  setOwn(copy, key, changed);
  return copy;
}

/** Where an update of `.[wanted]` goes; `undefined` for before the start. */
function placeOf(wanted: number, length: number): number | undefined {
  const place = clampIndex(wanted, -1, length);
  if (place < 0) return undefined;
  return place < length ? place : wanted;
}

function updateElement(array: readonly Value[], path: readonly Value[], update: Update): Value | Failure {
  const wanted = toIndex(path[0] ?? null) ?? 0;
  const at = placeOf(wanted, array.length);
  const isInside = at !== undefined && at < array.length;
  if (update.value === GONE && !isInside) return array;
  // compat(lang-0402): the message names `setpath`, also for `.[-1] = 1`.
  if (at === undefined) return notApplicable('setpath', wanted);
  if (at >= ARRAY_INDEX_LIMIT) return failure(`array index too large: ${preview(at)}`);
  return replaceElement(array, at, { path, update });
}

function replaceElement(
  array: readonly Value[],
  at: number,
  by: { readonly path: readonly Value[]; readonly update: Update },
): Value | Failure {
  const { path, update } = by;
  const changed = updatePath(array[at] ?? null, path.slice(1), update);
  if (changed instanceof Failure) return changed;
  update.machine.charge(Math.max(array.length, at) / 8);
  const copy = array.slice();
  while (copy.length < at) copy.push(null);
  copy[at] = changed;
  return copy;
}

function updateSlice(array: readonly Value[], path: readonly Value[], update: Update): Value | Failure {
  const slice = path[0] as JqObject;
  const start = member(slice, 'start');
  const end = member(slice, 'end');
  if (start === undefined || end === undefined) return expected('"start" and "end" for slicing', slice);
  const from = clampIndex(toIndex(start) ?? 0, 0, array.length);
  const to = clampIndex(toIndex(end) ?? array.length, from, array.length);
  if (from === to && update.value === GONE) return array;
  update.machine.charge(array.length / 8);
  const changed = updatePath(array.slice(from, to), path.slice(1), update);
  return changed instanceof Failure ? changed : replaceSlice(array, { from, to }, changed);
}

function replaceSlice(
  array: readonly Value[],
  range: { readonly from: number; readonly to: number },
  changed: Value,
): Value | Failure {
  const { from, to } = range;
  if (changed === GONE) return array.map((item, at) => (at >= from && at < to ? GONE : item));
  if (!isArray(changed)) return expected('an array', changed);
  return array.slice(0, from).concat(changed, array.slice(to));
}

/** A copy of `value` with another value where `path` leads; shares what it does not change. */
export function updatePath(value: Value, path: readonly Value[], update: Update): Value | Failure {
  const step = path[0];
  if (step === undefined) return update.value;
  if (value === GONE) return GONE;
  if (typeof step !== 'string') return updateInArray(value, path, update);
  if (value !== null && !isObject(value)) return expected('an object', value);
  return updateObject(value ?? {}, path, update);
}

function updateInArray(value: Value, path: readonly Value[], update: Update): Value | Failure {
  const step = path[0] ?? null;
  const isSlice = isObject(step);
  if (!isNumeric(step) && !isSlice) {
    return expected(isArray(value) ? 'a number for indexing an array' : 'a string for object key', step);
  }
  if (value !== null && !isArray(value)) return expected('an array', value);
  return (isSlice ? updateSlice : updateElement)(value ?? [], path, update);
}

/** Takes out everything that is gone. */
function sweep(value: Value, machine: Machine): Value {
  if (value === GONE) return null;
  if (isArray(value)) {
    machine.charge(1 + value.length / 4);
    return value.filter((item) => item !== GONE).map((item) => sweep(item, machine));
  }
  if (!isObject(value)) return value;
  const kept: { [key: string]: Value } = {};
  const keys = Object.keys(value);
  machine.charge(1 + keys.length / 2);
  for (const key of keys) {
    const item = value[key];
    if (item !== undefined && item !== GONE) setOwn(kept, key, sweep(item, machine));
  }
  return kept;
}

/** `setpath(path; value)`. */
export function setPath(input: Value, args: readonly Value[], machine: Machine): Value | Failure {
  const [path = null, value = null] = args;
  if (!isArray(path)) return notApplicable('setpath', path);
  return updatePath(input, path, { value, machine });
}

/** `delpaths(paths)`: all paths are read against the same value, then everything goes at once. */
export function deletePaths(input: Value, args: readonly Value[], machine: Machine): Value | Failure {
  const [paths = null] = args;
  if (!isArray(paths)) return notApplicable('delpaths', paths);
  if (paths.length === 0) return input;
  let current = input;
  for (const path of paths) {
    if (!isArray(path)) return notApplicable('delpaths', path);
    const next = updatePath(current, path, { value: GONE, machine });
    if (next instanceof Failure) return next;
    current = next;
  }
  machine.charge(paths.length);
  return sweep(current, machine);
}
