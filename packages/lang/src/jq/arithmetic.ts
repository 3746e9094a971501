import { setOwn } from '@argosy/std';
import { type Failure, badOperands, describe, failure } from './failure.ts';
import type { Operator } from './instructions.ts';
import { utf8Length } from './json-text.ts';
import type { Machine } from './machine.ts';
import { weigh } from './weight.ts';
import type { BinaryOperator } from './syntax.ts';
import {
  type JqObject,
  type Numeric,
  type Value,
  compareValues,
  copyObject,
  floatToInt64,
  floatValue,
  integerValue,
  isArray,
  isInteger,
  isNumeric,
  isObject,
  member,
  toBigInt,
  toFloat,
} from './value.ts';

type Integer = number | bigint;

function addIntegers(a: Integer, b: Integer): Integer {
  if (typeof a === 'number' && typeof b === 'number') {
    const sum = a + b;
    if (Number.isSafeInteger(sum)) return sum;
  }
  return integerValue(toBigInt(a) + toBigInt(b));
}

function multiplyIntegers(a: Integer, b: Integer): Integer {
  if (typeof a === 'number' && typeof b === 'number') {
    const product = a * b;
    // `+ 0` turns −0 into 0: integers have one zero.
    if (Number.isSafeInteger(product)) return product + 0;
  }
  return integerValue(toBigInt(a) * toBigInt(b));
}

/** Computes with integers when both are, else with floats. */
function numeric(
  left: Numeric,
  right: Numeric,
  by: { readonly integers: (a: Integer, b: Integer) => Integer; readonly floats: (a: number, b: number) => number },
): Numeric {
  if (isInteger(left) && isInteger(right)) return by.integers(left, right);
  return floatValue(by.floats(toFloat(left) ?? 0, toFloat(right) ?? 0));
}

const ADDITION = { integers: addIntegers, floats: (a: number, b: number): number => a + b };
const SUBTRACTION = {
  integers: (a: Integer, b: Integer): Integer => addIntegers(a, typeof b === 'number' ? 0 - b : -b),
  floats: (a: number, b: number): number => a - b,
};
const MULTIPLICATION = { integers: multiplyIntegers, floats: (a: number, b: number): number => a * b };

/** The sum of two numbers. */
export function addNumbers(left: Numeric, right: Numeric): Numeric {
  return numeric(left, right, ADDITION);
}

function addArrays(left: readonly Value[], right: readonly Value[], machine: Machine): Value {
  if (left.length === 0) return right;
  if (right.length === 0) return left;
  machine.charge((left.length + right.length) / 2);
  return left.concat(right);
}

function addObjects(left: JqObject, right: JqObject): Value {
  const sum = copyObject(left);
  for (const key of Object.keys(right)) setOwn(sum, key, right[key]);
  return sum;
}

function addContainers(left: Value, right: Value, machine: Machine): Value | Failure {
  if (isArray(left) && isArray(right)) return addArrays(left, right, machine);
  if (!isObject(left) || !isObject(right)) return badOperands('add', left, right);
  machine.charge(1 + (Object.keys(left).length + Object.keys(right).length) / 2);
  return addObjects(left, right);
}

/** `left + right`: numbers, strings, arrays, objects; null changes nothing. */
export function add(left: Value, right: Value, machine: Machine): Value | Failure {
  if (isNumeric(left) && isNumeric(right)) return numeric(left, right, ADDITION);
  if (left === null) return right;
  if (right === null) return left;
  if (typeof left === 'string' && typeof right === 'string') {
    machine.chargeText(left.length + right.length);
    return left + right;
  }
  return addContainers(left, right, machine);
}

function subtract(left: Value, right: Value, machine: Machine): Value | Failure {
  if (isNumeric(left) && isNumeric(right)) return numeric(left, right, SUBTRACTION);
  if (!isArray(left) || !isArray(right)) return badOperands('subtract', left, right);
  machine.charge((left.length * weigh(right, machine)) / 4);
  return left.filter((item) => right.every((other) => compareValues(item, other) !== 0));
}

function mergeDeep(left: JqObject, right: JqObject, machine: Machine): JqObject {
  const merged = copyObject(left);
  machine.charge(1 + (Object.keys(left).length + Object.keys(right).length) / 2);
  for (const key of Object.keys(right)) {
    const value = right[key];
    if (value === undefined) continue;
    const old = member(merged, key);
    const isDeep = old !== undefined && isObject(old) && isObject(value);
    setOwn(merged, key, isDeep ? mergeDeep(old, value, machine) : value);
  }
  return merged;
}

/** Go's engine repeats a string only up to so many bytes and gives null beyond. */
const REPEAT_LIMIT_BYTES = 0x1000_0000;

function repeat(text: string, times: number, machine: Machine): Value {
  if (times <= 0 || Number.isNaN(times)) return null;
  if (text.length > 0 && times > Math.floor(REPEAT_LIMIT_BYTES / utf8Length(text))) return null;
  if (times < 1) return text;
  machine.chargeText(text.length * Math.trunc(times));
  return text.length === 0 ? '' : text.repeat(Math.trunc(times));
}

function multiply(left: Value, right: Value, machine: Machine): Value | Failure {
  if (isNumeric(left) && isNumeric(right)) return numeric(left, right, MULTIPLICATION);
  if (isObject(left) && isObject(right)) return mergeDeep(left, right, machine);
  const [text, times] = typeof left === 'string' ? [left, right] : [right, left];
  if (typeof text === 'string' && isNumeric(times)) return repeat(text, toFloat(times) ?? 0, machine);
  return badOperands('multiply', left, right);
}

function zeroBy(what: 'divide' | 'modulo', left: Value, right: Value): Failure {
  return failure(`cannot ${what} ${describe(left)} by: ${describe(right)}`);
}

/** The quotient of two integers when it is one too. */
function divideIntegers(left: Integer, right: Integer): Integer | undefined {
  if (typeof left === 'number' && typeof right === 'number') return left % right === 0 ? left / right + 0 : undefined;
  const [a, b] = [toBigInt(left), toBigInt(right)];
  return a % b === 0n ? integerValue(a / b) : undefined;
}

function divideNumbers(left: Numeric, right: Numeric): Value | Failure {
  const divisor = toFloat(right) ?? 0;
  const dividend = toFloat(left) ?? 0;
  // compat(lang-0409): 0 / 0 is NaN, which prints as null; every other division by zero is an error.
  if (divisor === 0) return dividend === 0 ? Number.NaN : zeroBy('divide', left, right);
  if (!isInteger(left) || !isInteger(right)) return floatValue(dividend / divisor);
  return divideIntegers(left, right) ?? floatValue(dividend / divisor);
}

function splitText(left: string, right: string, machine: Machine): Value {
  machine.charge(left.length / 4);
  if (left === '') return [];
  return right === '' ? Array.from(left) : left.split(right);
}

function divide(left: Value, right: Value, machine: Machine): Value | Failure {
  if (isNumeric(left) && isNumeric(right)) return divideNumbers(left, right);
  if (typeof left === 'string' && typeof right === 'string') return splitText(left, right, machine);
  return badOperands('divide', left, right);
}

function moduloIntegers(left: Integer, right: Integer): Value | Failure {
  if (toBigInt(right) === 0n) return zeroBy('modulo', left, right);
  if (typeof left === 'number' && typeof right === 'number') return (left % right) + 0;
  return integerValue(toBigInt(left) % toBigInt(right));
}

function modulo(left: Value, right: Value): Value | Failure {
  if (!isNumeric(left) || !isNumeric(right)) return badOperands('modulo', left, right);
  if (isInteger(left) && isInteger(right)) return moduloIntegers(left, right);
  const [a, b] = [toFloat(left) ?? 0, toFloat(right) ?? 0];
  const divisor = floatToInt64(b);
  if (divisor === 0n) return zeroBy('modulo', floatValue(a), floatValue(b));
  return integerValue(floatToInt64(a) % divisor);
}

/** `-input`. */
export function negate(input: Value): Value | Failure {
  if (!isNumeric(input)) return failure(`cannot negate: ${describe(input)}`);
  if (!isInteger(input)) return floatValue(-(toFloat(input) ?? 0));
  return typeof input === 'bigint' ? integerValue(-input) : 0 - input;
}

/** `+input`. */
export function plus(input: Value): Value | Failure {
  return isNumeric(input) ? input : failure(`cannot plus: ${describe(input)}`);
}

const ordered =
  (holds: (order: number) => boolean): Operator =>
  (left, right, machine) => {
    if (typeof right === 'object' && typeof left === 'object') weigh(right, machine);
    return holds(compareValues(left, right));
  };

/** What the operators compute. */
export const OPERATORS: { readonly [operator in BinaryOperator]: Operator } = {
  '+': add,
  '-': subtract,
  '*': multiply,
  '/': divide,
  '%': modulo,
  '==': ordered((order) => order === 0),
  '!=': ordered((order) => order !== 0),
  '<': ordered((order) => order < 0),
  '<=': ordered((order) => order <= 0),
  '>': ordered((order) => order > 0),
  '>=': ordered((order) => order >= 0),
  '//': (left, right) => (left === null || left === false ? right : left),
};
