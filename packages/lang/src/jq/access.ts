import { Failure, describe, expected, failure } from './failure.ts';
import { type JqObject, type Value, compareValues, isArray, isNumeric, isObject, member, toIndex } from './value.ts';

/** Brings an index into `least … length`; a negative one counts from the end. */
export function clampIndex(at: number, least: number, length: number): number {
  const from = at < 0 ? at + length : at;
  return from < least ? least : Math.min(from, length);
}

/** The positions where `part` begins in `list`. */
export function positionsOf(list: readonly Value[], part: readonly Value[]): number[] {
  const found: number[] = [];
  if (part.length === 0) return found;
  for (let at = 0; at + part.length <= list.length; at += 1) {
    if (part.every((item, offset) => compareValues(list[at + offset] ?? null, item) === 0)) found.push(at);
  }
  return found;
}

function indexText(text: string, at: number): Value {
  const characters = Array.from(text);
  const place = clampIndex(at, -1, characters.length);
  return characters[place] ?? null;
}

function indexByNumber(value: Value, key: Value): Value | Failure {
  if (value === null) return null;
  const at = toIndex(key) ?? 0;
  if (isArray(value)) return value[clampIndex(at, -1, value.length)] ?? null;
  return typeof value === 'string' ? indexText(value, at) : expected('an array', value);
}

function indexByObject(value: Value, key: JqObject): Value | Failure {
  if (value === null) return null;
  const start = member(key, 'start');
  const end = member(key, 'end');
  if (start === undefined || end === undefined) return expected('"start" and "end" for slicing', key);
  return sliceValue(value, start, end);
}

function wrongKey(value: Value, key: Value): Failure {
  if (isArray(value)) return expected('a number for indexing an array', key);
  return expected(typeof value === 'string' ? 'a number for indexing a string' : 'a string for object key', key);
}

/** `value[key]`; a missing member is null. */
export function indexValue(value: Value, key: Value): Value | Failure {
  if (typeof key === 'string') {
    if (value === null) return null;
    return isObject(value) ? (member(value, key) ?? null) : expected('an object', value);
  }
  if (isNumeric(key)) return indexByNumber(value, key);
  if (isArray(key)) {
    if (value === null) return null;
    return isArray(value) ? positionsOf(value, key) : expected('an array', value);
  }
  return isObject(key) ? indexByObject(value, key) : wrongKey(value, key);
}

/** The bounds of a slice in something of `length`; the bound itself when it is no number. */
function bounds(length: number, start: Value, end: Value): { from: number; to: number } | { wrong: Value } {
  const first = start === null ? 0 : toIndex(start);
  if (first === undefined) return { wrong: start };
  const from = clampIndex(first, 0, length);
  const last = end === null ? length : toIndex(end);
  if (last === undefined) return { wrong: end };
  return { from, to: clampIndex(last, from, length) };
}

/** `value[start:end]` of an array or a string. */
export function sliceValue(value: Value, start: Value, end: Value): Value | Failure {
  if (value === null) return null;
  if (typeof value === 'string') {
    const characters = Array.from(value);
    const range = bounds(characters.length, start, end);
    if ('wrong' in range) return expected('a number for indexing a string', range.wrong);
    return characters.slice(range.from, range.to).join('');
  }
  if (!isArray(value)) return expected('an array', value);
  const range = bounds(value.length, start, end);
  if ('wrong' in range) return expected('a number for indexing an array', range.wrong);
  const isWhole = range.from === 0 && range.to === value.length;
  // The very same array, so that a path through `.[0:]` still leads to it.
  return isWhole ? value : value.slice(range.from, range.to);
}

function badPath(value: Value, path: Value): Failure {
  return failure(`cannot getpath with ${path === null ? 'null' : describePath(path)} against: ${describe(value)}`);
}

function describePath(path: Value): string {
  // `array ([…])` without its type.
  return describe(path)
    .replace(/^\w+ \(/, '')
    .slice(0, -1);
}

/** The value where `path` leads; null where nothing is. */
export function getPath(value: Value, path: Value): Value | Failure {
  if (!isArray(path)) return failure(`getpath cannot be applied to: ${describe(path)}`);
  let current = value;
  for (const key of path) {
    if (current !== null && !isArray(current) && !isObject(current)) return badPath(value, path);
    const next = indexValue(current, key);
    if (next instanceof Failure) return badPath(value, path);
    current = next;
  }
  return current;
}
