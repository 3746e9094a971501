import { setOwn } from '@argosy/std';

/**
 * A floating-point number that happens to be whole (`3.0`, `1e30`). Go keeps such a value apart from the integer, and so
 * it overflows and divides differently. Fractions need no box: a plain `number` with a fraction is always a float, a
 * whole `number` is an integer, and an integer beyond the safe range is a `bigint`.
 */
export class Float {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}

/** What a jq program computes with. Objects are plain; their members are own members only. */
export type Value = null | boolean | number | bigint | string | Float | readonly Value[] | JqObject;

/** A jq object. Members that are `undefined` do not exist. */
export interface JqObject {
  readonly [key: string]: Value | undefined;
}

/** A jq number. */
export type Numeric = number | bigint | Float;

/** From here on Go prints a float with an exponent, and we take a plain `number` for a float. */
const WHOLE_LIMIT = 1e21;

/**
 * The empty array that some builtins give. It is an array like any other, but a path that leads to an empty array never
 * leads to this one.
 */
export const NO_ITEMS: readonly Value[] = [];

/** True for an object, false for arrays, floats and scalars. */
export function isObject(value: Value): value is JqObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Float);
}

/** True for an array. */
export function isArray(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

/** True for any number. */
export function isNumeric(value: Value): value is Numeric {
  return typeof value === 'number' || typeof value === 'bigint' || value instanceof Float;
}

/** True for a number that Go holds as an integer (of any size). */
export function isInteger(value: Value): value is number | bigint {
  return (
    typeof value === 'bigint' ||
    (typeof value === 'number' && Number.isInteger(value) && value < WHOLE_LIMIT && value > -WHOLE_LIMIT)
  );
}

/** The name of a value's type as jq says it. */
export function typeOf(value: Value): 'null' | 'boolean' | 'number' | 'string' | 'array' | 'object' {
  if (value === null) return 'null';
  if (typeof value === 'boolean') return 'boolean';
  if (typeof value === 'string') return 'string';
  if (Array.isArray(value)) return 'array';
  return isNumeric(value) ? 'number' : 'object';
}

/** A float as a value: boxed when it could be taken for an integer. */
export function floatValue(value: number): Numeric {
  return Number.isInteger(value) && value < WHOLE_LIMIT && value > -WHOLE_LIMIT ? new Float(value) : value;
}

/** An integer as a value: a `number` when that is exact. */
export function integerValue(value: bigint): number | bigint {
  const small = Number(value);
  return Number.isSafeInteger(small) ? small : value;
}

/** An integer value as a bigint. */
export function toBigInt(value: number | bigint): bigint {
  return typeof value === 'bigint' ? value : BigInt(value);
}

/** Any number as a JavaScript float; `undefined` for what is no number. */
export function toFloat(value: Value): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  return value instanceof Float ? value.value : undefined;
}

const INT64_MAX = 9_223_372_036_854_775_807n;
const INT64_MIN = -9_223_372_036_854_775_808n;

/** A float cut to an int64, clamped as Go's engine does; NaN becomes the least int64. */
export function floatToInt64(value: number): bigint {
  if (Number.isNaN(value)) return INT64_MIN;
  if (value >= 2 ** 63) return INT64_MAX;
  return value <= -(2 ** 63) ? INT64_MIN : BigInt(Math.trunc(value));
}

/** Any number as an index: cut to a whole number; sizes beyond ±2^53 stay as large as they are. */
export function toIndex(value: Value): number | undefined {
  const float = toFloat(value);
  if (float === undefined) return undefined;
  return Number.isNaN(float) ? Number.MIN_SAFE_INTEGER : Math.trunc(float) + 0;
}

const SURROGATE = /[\ud800-\udfff]/;

/** Orders text by code point, which is the order of its UTF-8 bytes. */
export function compareCodePoints(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at += 1) {
    let left = a.charCodeAt(at);
    let right = b.charCodeAt(at);
    if (left === right) continue;
    // A surrogate belongs to a code point above all of the basic plane.
    if (left >= 0xd800 && left < 0xe000) left += 0x10000;
    if (right >= 0xd800 && right < 0xe000) right += 0x10000;
    return left < right ? -1 : 1;
  }
  return a.length < b.length ? -1 : 1;
}

/** The keys of an object in order. */
export function sortedKeys(object: JqObject): string[] {
  const keys: string[] = [];
  for (const key of Object.keys(object)) if (object[key] !== undefined) keys.push(key);
  keys.sort();
  return keys.some((key) => SURROGATE.test(key)) ? keys.sort(compareCodePoints) : keys;
}

/** The member of an object, or `undefined`; never what the prototype has. */
export function member(object: JqObject, key: string): Value | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

/** A copy of an object that its maker may fill. */
export function copyObject(object: JqObject): { [key: string]: Value | undefined } {
  return { ...object };
}

/** An object of pairs; a later pair wins. */
export function objectOf(pairs: Iterable<readonly [string, Value]>): JqObject {
  const object: { [key: string]: Value | undefined } = {};
  for (const [key, value] of pairs) setOwn(object, key, value);
  return object;
}

const RANK = { null: 0, boolean: 1, number: 3, string: 4, array: 5, object: 6 } as const;

function rank(value: Value): number {
  return value === true ? 2 : RANK[typeOf(value)];
}

const orderOf = (a: number | bigint, b: number | bigint): number => (a < b ? -1 : a > b ? 1 : 0);

function compareNumbers(a: Numeric, b: Numeric): number {
  const isBig = typeof a === 'bigint' || typeof b === 'bigint';
  if (isBig && isInteger(a) && isInteger(b)) return orderOf(a, b);
  const left = toFloat(a) ?? 0;
  const right = toFloat(b) ?? 0;
  // compat(lang-0400): NaN is less than everything, also than itself.
  if (Number.isNaN(left)) return -1;
  return left < right ? -1 : left === right ? 0 : 1;
}

function compareArrays(a: readonly Value[], b: readonly Value[]): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at += 1) {
    const order = compareValues(a[at] ?? null, b[at] ?? null);
    if (order !== 0) return order;
  }
  return Math.sign(a.length - b.length);
}

function compareObjects(a: JqObject, b: JqObject): number {
  const keys = sortedKeys(a);
  const order = compareArrays(keys, sortedKeys(b));
  if (order !== 0) return order;
  for (const key of keys) {
    const members = compareValues(a[key] ?? null, b[key] ?? null);
    if (members !== 0) return members;
  }
  return 0;
}

/** The order of jq: null, false, true, numbers, strings, arrays, objects; −1, 0 or 1. */
export function compareValues(a: Value, b: Value): number {
  if (typeof a === 'string' && typeof b === 'string') return compareCodePoints(a, b);
  if (isNumeric(a) && isNumeric(b)) return compareNumbers(a, b);
  if (Array.isArray(a) && Array.isArray(b)) return compareArrays(a as readonly Value[], b as readonly Value[]);
  if (isObject(a) && isObject(b)) return compareObjects(a, b);
  return Math.sign(rank(a) - rank(b));
}

/** How many code points a text has. */
export function countCodePoints(text: string): number {
  let count = text.length;
  for (let at = 0; at + 1 < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit >= 0xd800 && unit < 0xdc00 && (text.charCodeAt(at + 1) & 0xfc00) === 0xdc00) {
      count -= 1;
      at += 1;
    }
  }
  return count;
}
