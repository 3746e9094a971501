import { compileRegex, ExprFailure, formatValue, matchesRegex } from '../expr/index.ts';
import { pow } from '../gomath/index.ts';
import type { Stage } from './stages.ts';
import { failAt } from './tokens.ts';

/** A value of a condition: Go's float64, string, bool, nil, or a list. Objects only pass through. */
export type WhenValue = unknown;

/** Finds a parameter. Answers undefined for one that nobody knows. */
export type Parameters = (name: string) => { readonly value: WhenValue } | undefined;

interface Texts {
  readonly words: (value: string, operator: string) => string;
}

const LOGICAL: Texts = {
  words: (value, operator) =>
    `Value '${value}' cannot be used with the logical operator '${operator}', it is not a bool`,
};
const MODIFIER: Texts = {
  words: (value, operator) => `Value '${value}' cannot be used with the modifier '${operator}', it is not a number`,
};
const COMPARATOR: Texts = {
  words: (value, operator) => `Value '${value}' cannot be used with the comparator '${operator}', it is not a number`,
};
const TERNARY: Texts = {
  words: (value, operator) =>
    `Value '${value}' cannot be used with the ternary operator '${operator}', it is not a bool`,
};
const PREFIX: Texts = { words: (value, operator) => `Value '${value}' cannot be used with the prefix '${operator}'` };

type Test = (value: WhenValue) => boolean;

const isNumber: Test = (value) => typeof value === 'number';
const isText: Test = (value) => typeof value === 'string';
const isBool: Test = (value) => typeof value === 'boolean';
const isList: Test = (value) => value instanceof WhenList;

/** A list made by commas or given as a parameter. */
export class WhenList {
  readonly items: readonly WhenValue[];

  constructor(items: readonly WhenValue[]) {
    this.items = items;
  }
}

interface Operator {
  readonly texts: Texts;
  readonly left?: Test;
  readonly right?: Test;
  readonly both?: (left: WhenValue, right: WhenValue) => boolean;
  readonly run: (left: WhenValue, right: WhenValue) => WhenValue;
}

/** Go's int64(float64) on amd64. */
function toInt64(value: WhenValue): bigint {
  const number = value as number;
  if (!Number.isFinite(number) || number >= 2 ** 63 || number < -(2 ** 63)) return -(2n ** 63n);
  return BigInt(Math.trunc(number));
}

/** Go's uint64(float64) on amd64: negative numbers wrap, what is too large is 2^63. */
function toUint64(value: WhenValue): bigint {
  const number = value as number;
  if (number >= 2 ** 63 && number < 2 ** 64) return BigInt(Math.trunc(number));
  return BigInt.asUintN(64, toInt64(number));
}

const bits = (compute: (left: bigint, right: bigint) => bigint): Operator => ({
  texts: MODIFIER,
  left: isNumber,
  right: isNumber,
  run: (left, right) => Number(BigInt.asIntN(64, compute(toInt64(left), toInt64(right)))),
});

const shift = (compute: (left: bigint, right: bigint) => bigint): Operator => ({
  texts: MODIFIER,
  left: isNumber,
  right: isNumber,
  run: (left, right) => {
    const count = toUint64(right);
    return Number(BigInt.asUintN(64, compute(toUint64(left), count > 64n ? 64n : count)));
  },
});

const arithmetic = (compute: (left: number, right: number) => number): Operator => ({
  texts: MODIFIER,
  left: isNumber,
  right: isNumber,
  run: (left, right) => compute(left as number, right as number),
});

function compareBytes(left: string, right: string): number {
  const [a, b] = [Array.from(left), Array.from(right)];
  for (let index = 0; index < Math.min(a.length, b.length); index += 1) {
    const difference = (a[index]?.codePointAt(0) ?? 0) - (b[index]?.codePointAt(0) ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

const ordered = (holds: (order: number) => boolean): Operator => ({
  texts: COMPARATOR,
  both: (left, right) => (isNumber(left) && isNumber(right)) || (isText(left) && isText(right)),
  run: (left, right) => {
    if (typeof left === 'string') return holds(compareBytes(left, right as string));
    const [a, b] = [left as number, right as number];
    return holds(a < b ? -1 : a > b ? 1 : a === b ? 0 : Number.NaN);
  },
});

/** Go's reflect.DeepEqual, as far as values of a condition go. */
export function deepEqual(left: WhenValue, right: WhenValue): boolean {
  if (left === right) return true;
  const [a, b] = [left, right].map((item) => (item instanceof WhenList ? item.items : item));
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) {
    return (left ?? null) === (right ?? null);
  }
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const [x, y] = [a as { readonly [key: string]: unknown }, b as { readonly [key: string]: unknown }];
  const keys = Object.keys(x);
  if (keys.length !== Object.keys(y).length) return false;
  return keys.every((key) => Object.hasOwn(y, key) && deepEqual(x[key], y[key]));
}

function matches(left: WhenValue, right: WhenValue): boolean {
  try {
    return matchesRegex(compileRegex(right as string), left as string);
  } catch (error) {
    if (error instanceof ExprFailure) {
      throw new ExprFailure(`Unable to compile regexp pattern '${String(right)}': ${error.message}`);
    }
    throw error;
  }
}

const regex = (wanted: boolean): Operator => ({
  texts: COMPARATOR,
  left: isText,
  right: isText,
  run: (left, right) => matches(left, right) === wanted,
});

const logical = (run: (left: boolean, right: boolean) => boolean): Operator => ({
  texts: LOGICAL,
  left: isBool,
  right: isBool,
  run: (left, right) => run(left as boolean, right as boolean),
});

const coalesce: Operator = { texts: TERNARY, run: (left, right) => left ?? right };

const OPERATORS: ReadonlyMap<string, Operator> = new Map<string, Operator>([
  [
    '+',
    {
      texts: MODIFIER,
      both: (left, right) => (isNumber(left) && isNumber(right)) || isText(left) || isText(right),
      run: (left, right) =>
        isText(left) || isText(right) ? `${shown(left)}${shown(right)}` : (left as number) + (right as number),
    },
  ],
  ['-', arithmetic((left, right) => left - right)],
  ['*', arithmetic((left, right) => left * right)],
  ['/', arithmetic((left, right) => left / right)],
  ['%', arithmetic((left, right) => left % right)],
  ['**', arithmetic(pow)],
  ['&', bits((left, right) => left & right)],
  ['|', bits((left, right) => left | right)],
  ['^', bits((left, right) => left ^ right)],
  ['<<', shift((left, right) => left << right)],
  ['>>', shift((left, right) => left >> right)],
  ['==', { texts: COMPARATOR, run: deepEqual }],
  ['!=', { texts: COMPARATOR, run: (left, right) => !deepEqual(left, right) }],
  ['>', ordered((order) => order > 0)],
  ['<', ordered((order) => order < 0)],
  ['>=', ordered((order) => order >= 0)],
  ['<=', ordered((order) => order <= 0)],
  ['=~', regex(true)],
  ['!~', regex(false)],
  [
    'in',
    {
      texts: COMPARATOR,
      right: isList,
      run: (left, right) => (right as WhenList).items.some((item) => item === left),
    },
  ],
  ['&&', logical((left, right) => left && right)],
  ['||', logical((left, right) => left || right)],
  ['neg', { texts: PREFIX, right: isNumber, run: (_, right) => -(right as number) }],
  ['!', { texts: PREFIX, right: isBool, run: (_, right) => right !== true }],
  ['~', { texts: PREFIX, right: isNumber, run: (_, right) => Number(~toInt64(right)) }],
  ['?', { texts: TERNARY, left: isBool, run: (left, right) => (left === true ? right : null) }],
  [':', coalesce],
  ['??', coalesce],
  [
    ',',
    {
      texts: { words: () => '' },
      run: (left, right) =>
        left instanceof WhenList ? new WhenList([...left.items, right]) : new WhenList([left, right]),
    },
  ],
]);

/** Prints a value as Go's %v. */
function shown(value: WhenValue): string {
  return formatValue(plain(value));
}

/** A value without our list type. */
export function plain(value: WhenValue): unknown {
  return value instanceof WhenList ? value.items.map(plain) : (value ?? null);
}

/** What the left side alone decides. */
function shortCut(symbol: string, left: WhenValue): { readonly value: WhenValue } | undefined {
  if (symbol === '&&' && left === false) return { value: false };
  if (symbol === '||' && left === true) return { value: true };
  return symbol === '??' && left !== null && left !== undefined ? { value: left } : undefined;
}

function refuse(stage: Stage, operator: Operator, value: WhenValue): never {
  const sign = { neg: '-', '==': '=' }[stage.symbol] ?? stage.symbol;
  return failAt(operator.texts.words(shown(value), sign), stage.at);
}

function apply(stage: Stage, left: WhenValue, right: WhenValue): WhenValue {
  const operator = OPERATORS.get(stage.symbol);
  if (operator === undefined) return failAt(`Unknown operator '${stage.symbol}'`, stage.at);
  if (operator.both !== undefined) {
    if (!operator.both(left, right)) refuse(stage, operator, left);
  } else {
    if (operator.left !== undefined && !operator.left(left)) refuse(stage, operator, left);
    if (operator.right !== undefined && !operator.right(right)) refuse(stage, operator, right);
  }
  try {
    return operator.run(left, right);
  } catch (error) {
    if (error instanceof ExprFailure) return failAt(error.message, stage.at);
    throw error;
  }
}

function parameterOf(stage: Stage, parameters: Parameters): WhenValue {
  const name = String(stage.value);
  const found = parameters(name);
  if (found === undefined) return failAt(`No parameter '${name}' found.`, stage.at);
  return Array.isArray(found.value) ? new WhenList(found.value) : (found.value ?? null);
}

/** Dotted names reach into Go structs; a parameter of ours never is one. */
function accessorOf(stage: Stage, parameters: Parameters): never {
  const parts = String(stage.value).split('.');
  const [first = '', second = ''] = parts;
  if (parameters(first) === undefined) return failAt(`No parameter '${first}' found.`, stage.at);
  return failAt(`Unable to access '${second}', '${first}' is not a struct`, stage.at);
}

/** The right side, unless the left one has decided that it does not count. */
function evaluateRight(stage: Stage, left: WhenValue, parameters: Parameters): WhenValue {
  const skipped = (stage.symbol === '?' && left === false) || (stage.symbol === ':' && left !== null);
  return skipped || stage.right === undefined ? null : evaluateStage(stage.right, parameters);
}

function evaluateOperation(stage: Stage, parameters: Parameters): WhenValue {
  const left = stage.left === undefined ? null : evaluateStage(stage.left, parameters);
  const decided = shortCut(stage.symbol, left);
  if (decided !== undefined) return decided.value;
  const right = evaluateRight(stage, left, parameters);
  return stage.symbol === 'NOOP' ? right : apply(stage, left, right);
}

/** Evaluates a plan. */
export function evaluateStage(stage: Stage, parameters: Parameters): WhenValue {
  if (stage.symbol === 'LITERAL') return stage.value;
  if (stage.symbol === 'VALUE') return parameterOf(stage, parameters);
  if (stage.symbol !== 'ACCESS') return evaluateOperation(stage, parameters);
  if (stage.right !== undefined) evaluateStage(stage.right, parameters);
  return accessorOf(stage, parameters);
}
