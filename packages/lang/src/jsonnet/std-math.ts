import type { NativeTable } from './native.ts';
import { compare, equals, modulo, remainder } from './operators.ts';
import type { Runtime } from './runtime.ts';
import { JsonnetArray, typeName, type Value } from './value.ts';

function lift(apply: (value: number) => number): (values: readonly [Value, ...Value[]], runtime: Runtime) => Value {
  return ([value], runtime) => runtime.finite(apply(runtime.number(value)));
}

/** A number for a function that names itself in its errors. */
function numberFor(value: Value, what: string, runtime: Runtime): number {
  if (typeof value !== 'number') throw runtime.error(`${what} expected number, got ${typeName(value)}`);
  return value;
}

/** Mantissa in [0.5, 1) and exponent to base two, as C's frexp. */
function splitDouble(value: number): { readonly mantissa: number; readonly exponent: number } {
  if (value === 0) return { mantissa: value, exponent: 0 };
  let exponent = Math.max(-1023, Math.floor(Math.log2(Math.abs(value))) + 1);
  let mantissa = value * 2 ** -exponent;
  while (Math.abs(mantissa) < 0.5) {
    mantissa *= 2;
    exponent -= 1;
  }
  while (Math.abs(mantissa) >= 1) {
    mantissa /= 2;
    exponent += 1;
  }
  return { mantissa, exponent };
}

function sum(list: Value, runtime: Runtime): number {
  let total = 0;
  for (const item of runtime.array(list).items) total = runtime.finite(total + runtime.number(runtime.force(item)));
  return total;
}

function average(list: Value, runtime: Runtime): Value {
  const { length } = runtime.array(list).items;
  if (length === 0) throw runtime.error('Cannot calculate average of an empty array.');
  return runtime.finite(sum(list, runtime) / length);
}

function allOf(list: Value, name: 'all' | 'any', runtime: Runtime): boolean {
  if (!(list instanceof JsonnetArray)) {
    throw runtime.error(`${name}() parameter should be an array, got ${typeName(list)}`);
  }
  const decisive = name === 'any';
  for (const item of list.items) {
    const value = runtime.force(item);
    if (typeof value !== 'boolean') throw runtime.typeError(value, 'boolean');
    if (value === decisive) return decisive;
  }
  return !decisive;
}

function isInteger(value: Value, runtime: Runtime): boolean {
  return Math.trunc(runtime.number(value)) === value;
}

/** The remainder of the whole part by two: 0, 1 or -1. */
function parity(value: Value, runtime: Runtime): number {
  return Math.round(runtime.number(value)) % 2;
}

function primitiveEquals(left: Value, right: Value, runtime: Runtime): boolean {
  const type = typeName(left);
  if (type !== typeName(right)) return false;
  if (type === 'array' || type === 'object') {
    throw runtime.error(`primitiveEquals operates on primitive types, got ${type}`);
  }
  return equals(left, right, runtime);
}

/** Degrees in a radian and back, and other one-argument functions of newer versions. */
const NEWER: NativeTable = {
  'log2(x)': lift(Math.log2),
  'log10(x)': lift(Math.log10),
  'deg2rad(x)': lift((value) => (value * Math.PI) / 180),
  'rad2deg(x)': lift((value) => (value * 180) / Math.PI),
  'atan2(y, x)': ([y, x], runtime) => runtime.finite(Math.atan2(runtime.number(y), runtime.number(x))),
  'hypot(a, b)': ([a, b], runtime) => runtime.finite(Math.sqrt(runtime.number(a) ** 2 + runtime.number(b) ** 2)),
  'isEven(x)': ([value], runtime) => parity(value, runtime) === 0,
  'isOdd(x)': ([value], runtime) => parity(value, runtime) !== 0,
  'isInteger(x)': ([value], runtime) => isInteger(value, runtime),
  'isDecimal(x)': ([value], runtime) => !isInteger(value, runtime),
  'avg(arr)': ([list], runtime) => average(list, runtime),
};

/** Numbers, booleans and comparison. */
export const MATH: NativeTable = {
  ...NEWER,
  'floor(x)': lift(Math.floor),
  'ceil(x)': lift(Math.ceil),
  'sqrt(x)': lift(Math.sqrt),
  'sin(x)': lift(Math.sin),
  'cos(x)': lift(Math.cos),
  'tan(x)': lift(Math.tan),
  'asin(x)': lift(Math.asin),
  'acos(x)': lift(Math.acos),
  'atan(x)': lift(Math.atan),
  'log(n)': lift(Math.log),
  'exp(n)': lift(Math.exp),
  'mantissa(n)': lift((value) => splitDouble(value).mantissa),
  'exponent(n)': lift((value) => splitDouble(value).exponent),
  'round(x)': lift((value) => Math.floor(value + 0.5)),
  'pow(x, n)': ([base, power], runtime) => runtime.finite(runtime.number(base) ** runtime.number(power)),
  'modulo(a, b)': ([a, b], runtime) => remainder(runtime.number(a), runtime.number(b), runtime),
  'mod(a, b)': ([a, b], runtime) => modulo(a, b, runtime),
  'abs(n)': ([value], runtime) => Math.abs(numberFor(value, 'std.abs', runtime)),
  'sign(n)': ([value], runtime) => {
    const number = numberFor(value, 'std.sign', runtime);
    return number > 0 ? 1 : number < 0 ? -1 : 0;
  },
  'max(a, b)': ([a, b], runtime) => {
    const [left, right] = [numberFor(a, 'std.max first param', runtime), numberFor(b, 'std.max second param', runtime)];
    return left > right ? left : right;
  },
  'min(a, b)': ([a, b], runtime) => {
    const [left, right] = [numberFor(a, 'std.min first param', runtime), numberFor(b, 'std.min second param', runtime)];
    return left < right ? left : right;
  },
  'clamp(x, minVal, maxVal)': ([value, low, high], runtime) => {
    if (compare(value, low, runtime) < 0) return low;
    return compare(value, high, runtime) > 0 ? high : value;
  },
  'sum(arr)': ([list], runtime) => sum(list, runtime),
  'all(arr)': ([list], runtime) => allOf(list, 'all', runtime),
  'any(arr)': ([list], runtime) => allOf(list, 'any', runtime),
  'equals(x, y)': ([a, b], runtime) => equals(a, b, runtime),
  'primitiveEquals(x, y)': ([a, b], runtime) => primitiveEquals(a, b, runtime),
  'xor(x, y)': ([a, b], runtime) => runtime.boolean(a) !== runtime.boolean(b),
  'xnor(x, y)': ([a, b], runtime) => runtime.boolean(a) === runtime.boolean(b),
  'type(x)': ([value]) => typeName(value),
  'isString(v)': ([value]) => typeof value === 'string',
  'isNumber(v)': ([value]) => typeof value === 'number',
  'isBoolean(v)': ([value]) => typeof value === 'boolean',
  'isNull(v)': ([value]) => value === null,
  'isObject(v)': ([value]) => typeName(value) === 'object',
  'isArray(v)': ([value]) => value instanceof JsonnetArray,
  'isFunction(v)': ([value]) => typeName(value) === 'function',
};
