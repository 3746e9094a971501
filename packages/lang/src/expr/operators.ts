import { pow } from '../gomath/index.ts';
import { fail } from './failure.ts';
import { wrapInt } from './numbers.ts';
import { Walk } from './walk.ts';
import {
  compareUtf8,
  goTypeOf,
  GoDuration,
  GoLocation,
  GoTime,
  isGoObject,
  isRecord,
  type ExprValue,
  type GoRecord,
} from './values.ts';

type Numeric = bigint | number;

const isNumeric = (value: ExprValue): value is Numeric => typeof value === 'bigint' || typeof value === 'number';

function mismatched(operator: string, a: ExprValue, b: ExprValue): never {
  return fail(`invalid operation: ${goTypeOf(a)} ${operator} ${goTypeOf(b)}`);
}

function equalLists(a: readonly ExprValue[], b: readonly ExprValue[], walk: Walk): boolean {
  return a.length === b.length && a.every((item, index) => equalAt(item, b[index], walk));
}

function equalMaps(a: ReadonlyMap<ExprValue, ExprValue>, b: ReadonlyMap<ExprValue, ExprValue>, walk: Walk): boolean {
  if (a.size !== b.size) return false;
  for (const [key, item] of a) if (!b.has(key) || !deepEqual(item, b.get(key), walk)) return false;
  return true;
}

/** Go's reflect.DeepEqual: within a map an int is never a float. */
function deepEqual(a: ExprValue, b: ExprValue, walk: Walk): boolean {
  if (isNumeric(a) || isNumeric(b)) return a === b;
  if (Array.isArray(a) && Array.isArray(b)) {
    return walk.within(() => a.length === b.length && a.every((item, index) => deepEqual(item, b[index], walk)));
  }
  return equalAt(a, b, walk);
}

function equalRecords(a: GoRecord, b: GoRecord, walk: Walk): boolean {
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  return keys.every((key) => Object.hasOwn(b, key) && deepEqual(a[key] ?? null, b[key] ?? null, walk));
}

function equalGoObjects(a: GoTime | GoDuration | GoLocation, b: ExprValue): boolean {
  if (a instanceof GoTime) return b instanceof GoTime && a.epochNs === b.epochNs;
  if (a instanceof GoDuration) return b instanceof GoDuration && a.ns === b.ns;
  return b instanceof GoLocation && a.zone.name === b.zone.name;
}

function equalObjects(a: object, b: object, walk: Walk): boolean {
  if (Array.isArray(a) && Array.isArray(b)) return equalLists(a, b, walk);
  if (a instanceof Map && b instanceof Map) return equalMaps(a, b, walk);
  if (isGoObject(a)) return equalGoObjects(a, b);
  return isRecord(a) && isRecord(b) && equalRecords(a, b, walk);
}

const isObjectValue = (value: ExprValue): value is object => typeof value === 'object' && value !== null;

function equalAt(a: ExprValue, b: ExprValue, walk: Walk): boolean {
  walk.scalar(typeof a === 'string' ? a.length : 0);
  if (a === b) return true;
  // compat(lang-0201): an int and a float are compared as floats, so large ints can equal their neighbours.
  if (isNumeric(a) && isNumeric(b)) return typeof a !== typeof b && Number(a) === Number(b);
  if (isObjectValue(a) && isObjectValue(b)) return walk.within(() => equalObjects(a, b, walk));
  return (a ?? null) === (b ?? null);
}

/** `==`: never fails; ints and floats compare by value, everything else by kind. */
export function equal(a: ExprValue, b: ExprValue, walk = new Walk()): boolean {
  return equalAt(a, b, walk);
}

function compare<T extends bigint | number>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : a === b ? 0 : Number.NaN;
}

function orderTimes(a: ExprValue, b: ExprValue): number | undefined {
  if (a instanceof GoTime && b instanceof GoTime) return compare(a.epochNs, b.epochNs);
  return a instanceof GoDuration && b instanceof GoDuration ? compare(a.ns, b.ns) : undefined;
}

/** The order of two values for `<`, or undefined for those that have none. NaN gives NaN. */
function order(a: ExprValue, b: ExprValue): number | undefined {
  if (typeof a === 'bigint' && typeof b === 'bigint') return compare(a, b);
  if (isNumeric(a) && isNumeric(b)) return compare(Number(a), Number(b));
  return typeof a === 'string' && typeof b === 'string' ? compareUtf8(a, b) : orderTimes(a, b);
}

/** `<`, `>`, `<=`, `>=`. Throws ExprFailure for values that have no order. */
export const COMPARISONS: { readonly [operator: string]: (a: ExprValue, b: ExprValue) => boolean } = {
  '<': (a, b) => (order(a, b) ?? mismatched('<', a, b)) < 0,
  '>': (a, b) => (order(a, b) ?? mismatched('>', a, b)) > 0,
  '<=': (a, b) => (order(a, b) ?? mismatched('<=', a, b)) <= 0,
  '>=': (a, b) => (order(a, b) ?? mismatched('>=', a, b)) >= 0,
};

/** True when `a` sorts before `b`. */
export const less = (a: ExprValue, b: ExprValue): boolean => (order(a, b) ?? mismatched('<', a, b)) < 0;

/** True when `a` sorts after `b`. */
export const more = (a: ExprValue, b: ExprValue): boolean => (order(a, b) ?? mismatched('>', a, b)) > 0;

function addTimes(a: ExprValue, b: ExprValue): ExprValue {
  if (a instanceof GoTime && b instanceof GoDuration) return new GoTime(a.epochNs + b.ns, a.zone);
  if (!(a instanceof GoDuration)) return mismatched('+', a, b);
  if (b instanceof GoTime) return new GoTime(a.ns + b.epochNs, b.zone);
  return b instanceof GoDuration ? new GoDuration(a.ns + b.ns) : mismatched('+', a, b);
}

/** `a + b`: numbers, texts, times and durations. */
export function add(a: ExprValue, b: ExprValue): ExprValue {
  if (typeof a === 'string' && typeof b === 'string') return a + b;
  if (typeof a === 'bigint' && typeof b === 'bigint') return wrapInt(a + b);
  return isNumeric(a) && isNumeric(b) ? Number(a) + Number(b) : addTimes(a, b);
}

function subtractTimes(a: ExprValue, b: ExprValue): ExprValue {
  if (a instanceof GoTime && b instanceof GoTime) return new GoDuration(a.epochNs - b.epochNs);
  if (a instanceof GoTime && b instanceof GoDuration) return new GoTime(a.epochNs - b.ns, a.zone);
  return a instanceof GoDuration && b instanceof GoDuration ? new GoDuration(a.ns - b.ns) : mismatched('-', a, b);
}

/** `a - b`: numbers, times and durations. */
export function subtract(a: ExprValue, b: ExprValue): ExprValue {
  if (typeof a === 'bigint' && typeof b === 'bigint') return wrapInt(a - b);
  return isNumeric(a) && isNumeric(b) ? Number(a) - Number(b) : subtractTimes(a, b);
}

/** `a * b`: numbers; a whole number times a duration is a duration, a float times one is a float. */
export function multiply(a: ExprValue, b: ExprValue): ExprValue {
  const [x, y] = [a, b].map((item) => (item instanceof GoDuration ? item.ns : item));
  if (!isNumeric(x) || !isNumeric(y)) return mismatched('*', a, b);
  if (typeof x === 'number' || typeof y === 'number') return Number(x) * Number(y);
  return x === a && y === b ? wrapInt(x * y) : new GoDuration(x * y);
}

/** `a / b`: always a float. */
export function divide(a: ExprValue, b: ExprValue): number {
  return isNumeric(a) && isNumeric(b) ? Number(a) / Number(b) : mismatched('/', a, b);
}

/** `a % b`: ints only. */
export function modulo(a: ExprValue, b: ExprValue): bigint {
  if (typeof a !== 'bigint' || typeof b !== 'bigint') return mismatched('%', a, b);
  return b === 0n ? fail('runtime error: integer divide by zero') : wrapInt(a % b);
}

/** `a ** b`: always a float, to Go's last digit. */
export function power(a: ExprValue, b: ExprValue): number {
  for (const item of [a, b]) if (!isNumeric(item)) fail(`invalid operation: float(${goTypeOf(item)})`);
  return pow(Number(a), Number(b));
}

/** `-a`. */
export function negate(value: ExprValue): ExprValue {
  if (typeof value === 'bigint') return wrapInt(-value);
  return typeof value === 'number' ? -value : fail(`invalid operation: - ${goTypeOf(value)}`);
}
