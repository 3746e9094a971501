import { compareCodePoints, JsonnetObject } from './object.ts';
import { toText } from './manifest.ts';
import type { Runtime } from './runtime.ts';
import { formatWith } from './format.ts';
import { JsonnetArray, JsonnetFunction, typeName, type Value } from './value.ts';

/** What a binary operator does once both sides are known. */
export type BinaryOperator = (left: Value, right: Value, runtime: Runtime) => Value;

/** `+`: numbers, strings (with anything), arrays and objects. */
export function plus(left: Value, right: Value, runtime: Runtime): Value {
  if (typeof left === 'number' && typeof right === 'number') return runtime.finite(left + right);
  if (typeof left === 'string')
    return runtime.text(left + (typeof right === 'string' ? right : toText(right, runtime)));
  if (typeof right === 'string') return runtime.text(toText(left, runtime) + right);
  if (left instanceof JsonnetObject) {
    if (!(right instanceof JsonnetObject)) throw runtime.typeError(right, 'object');
    runtime.step(left.layers.length + right.layers.length);
    return left.extend(right);
  }
  if (left instanceof JsonnetArray) return concatenate(left, runtime.array(right), runtime);
  if (typeof left === 'number') throw runtime.typeError(right, 'number');
  throw runtime.typeError(left);
}

function concatenate(left: JsonnetArray, right: JsonnetArray, runtime: Runtime): JsonnetArray {
  if (left.items.length === 0) return right;
  if (right.items.length === 0) return left;
  runtime.reserve(left.items.length + right.items.length);
  return new JsonnetArray([...left.items, ...right.items]);
}

/** Deep equality; comparing functions is an error. */
export function equals(left: Value, right: Value, runtime: Runtime): boolean {
  runtime.step(typeof left === 'string' ? 1 + (left.length >>> 6) : 1);
  if (typeof left !== 'object' || left === null) return left === right;
  if (left instanceof JsonnetArray && right instanceof JsonnetArray) return equalArrays(left, right, runtime);
  if (left instanceof JsonnetObject && right instanceof JsonnetObject) return equalObjects(left, right, runtime);
  if (left instanceof JsonnetFunction && right instanceof JsonnetFunction) {
    throw runtime.error('Cannot test equality of functions');
  }
  return false;
}

function equalArrays(left: JsonnetArray, right: JsonnetArray, runtime: Runtime): boolean {
  if (left.items.length !== right.items.length) return false;
  runtime.enter('operator');
  const same = left.items.every((item, index) =>
    equals(runtime.force(item), runtime.force(right.items[index] ?? null), runtime),
  );
  runtime.leave();
  return same;
}

function equalObjects(left: JsonnetObject, right: JsonnetObject, runtime: Runtime): boolean {
  const names = left.names(false);
  const others = right.names(false);
  if (names.length !== others.length || names.some((name, index) => name !== others[index])) return false;
  runtime.enter('operator');
  const same = names.every((name) => equals(left.get(name, runtime), right.get(name, runtime), runtime));
  runtime.leave();
  return same;
}

/** Order of numbers, strings (by code point) and arrays; anything else is an error. */
export function compare(left: Value, right: Value, runtime: Runtime): number {
  if (typeof left === 'number') return left - runtime.number(right);
  if (typeof left === 'string') {
    runtime.step(left.length >>> 6);
    return compareCodePoints(left, runtime.string(right));
  }
  if (left instanceof JsonnetArray) return compareArrays(left, runtime.array(right), runtime);
  throw runtime.typeError(left);
}

function compareArrays(left: JsonnetArray, right: JsonnetArray, runtime: Runtime): number {
  runtime.enter('operator');
  const length = Math.min(left.items.length, right.items.length);
  for (let index = 0; index < length; index += 1) {
    runtime.step();
    const order = compare(runtime.force(left.items[index] ?? null), runtime.force(right.items[index] ?? null), runtime);
    if (order !== 0) {
      runtime.leave();
      return order;
    }
  }
  runtime.leave();
  return left.items.length - right.items.length;
}

const MIN_INT64 = -9223372036854775808;
const MAX_INT64 = 9223372036854775808;

function integerBits(value: number, runtime: Runtime): bigint {
  if (value < MIN_INT64 || value > MAX_INT64) {
    throw runtime.error(
      `Bitwise operator argument ${value} outside of range [-9223372036854775808, 9223372036854775807]`,
    );
  }
  return BigInt.asIntN(64, BigInt(Math.trunc(value)));
}

function bitwise(apply: (left: bigint, right: bigint, runtime: Runtime) => bigint): BinaryOperator {
  return (left, right, runtime) => {
    const [x, y] = [runtime.number(left), runtime.number(right)];
    const result = apply(integerBits(x, runtime), integerBits(y, runtime), runtime);
    return Number(BigInt.asIntN(64, result));
  };
}

/** compat(lang-0603): bits shifted out of an int64 are lost without an error, and counts wrap at 64. */
function shiftCount(count: bigint, runtime: Runtime): bigint {
  if (count < 0n) throw runtime.error('Shift by negative exponent.');
  return count % 64n;
}

/** `~` on the integer part. */
export function bitwiseNot(value: Value, runtime: Runtime): Value {
  return Number(~integerBits(runtime.number(value), runtime));
}

/** `%`: remainder, or formatting when the left side is a string. */
export function modulo(left: Value, right: Value, runtime: Runtime): Value {
  if (typeof left === 'string') return formatWith(left, right, runtime);
  if (typeof left !== 'number' || typeof right !== 'number') {
    throw runtime.error(`Operator % cannot be used on types ${typeName(left)} and ${typeName(right)}.`);
  }
  return remainder(left, right, runtime);
}

/** The remainder with the sign of the left side. */
export function remainder(left: number, right: number, runtime: Runtime): number {
  if (right === 0) throw runtime.error('Division by zero.');
  return runtime.finite(left % right);
}

function divide(left: Value, right: Value, runtime: Runtime): Value {
  const [x, y] = [runtime.number(left), runtime.number(right)];
  if (y === 0) throw runtime.error('Division by zero.');
  return runtime.finite(x / y);
}

function contains(left: Value, right: Value, runtime: Runtime): Value {
  if (!(right instanceof JsonnetObject)) throw runtime.typeError(right, 'object');
  return right.has(runtime.string(left), true);
}

/** The operators that need both sides; `&&` and `||` are the evaluator's. */
export const BINARY_OPERATORS: ReadonlyMap<string, BinaryOperator> = new Map<string, BinaryOperator>([
  ['+', plus],
  ['-', (left, right, runtime) => runtime.finite(runtime.number(left) - runtime.number(right))],
  ['*', (left, right, runtime) => runtime.finite(runtime.number(left) * runtime.number(right))],
  ['/', divide],
  ['%', modulo],
  ['==', equals],
  ['!=', (left, right, runtime) => !equals(left, right, runtime)],
  ['<', (left, right, runtime) => compare(left, right, runtime) < 0],
  ['<=', (left, right, runtime) => compare(left, right, runtime) <= 0],
  ['>', (left, right, runtime) => compare(left, right, runtime) > 0],
  ['>=', (left, right, runtime) => compare(left, right, runtime) >= 0],
  ['&', bitwise((left, right) => left & right)],
  ['|', bitwise((left, right) => left | right)],
  ['^', bitwise((left, right) => left ^ right)],
  ['<<', bitwise((left, right, runtime) => left << shiftCount(right, runtime))],
  ['>>', bitwise((left, right, runtime) => left >> shiftCount(right, runtime))],
  ['in', contains],
]);
