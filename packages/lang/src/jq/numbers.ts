import type { Source } from './machine.ts';
import { type Failure, notApplicable } from './failure.ts';
import type { Native } from './instructions.ts';
import { addNumbers } from './arithmetic.ts';
import * as math from '../gomath/index.ts';
import * as calc from './float-parts.ts';
import * as elementary from './elementary.ts';
import { erf, erfc, gamma, lgamma } from './special.ts';
import { besselJ, besselY } from './bessel.ts';
import { type Value, compareValues, floatValue, isNumeric, toFloat } from './value.ts';

const unary =
  (name: string, compute: (x: number) => number): Native =>
  (input) => {
    const x = toFloat(input);
    return x === undefined ? notApplicable(name, input) : floatValue(compute(x));
  };

const nary =
  (name: string, compute: (...numbers: readonly number[]) => number): Native =>
  (_input, args) => {
    const numbers: number[] = [];
    for (const arg of args) {
      const x = toFloat(arg);
      if (x === undefined) return notApplicable(name, arg);
      numbers.push(x);
    }
    return floatValue(compute(...numbers));
  };

type Two = (x: number, y: number) => number;
const two = (name: string, compute: Two): Native => nary(name, (x = 0, y = 0) => compute(x, y));

const UNARY: { readonly [name: string]: (x: number) => number } = {
  sin: elementary.sin,
  cos: elementary.cos,
  tan: elementary.tan,
  asin: elementary.asin,
  acos: elementary.acos,
  atan: elementary.atan,
  sinh: elementary.sinh,
  cosh: elementary.cosh,
  tanh: elementary.tanh,
  asinh: elementary.asinh,
  acosh: elementary.acosh,
  atanh: elementary.atanh,
  floor: Math.floor,
  round: calc.round,
  nearbyint: calc.round,
  rint: calc.round,
  ceil: Math.ceil,
  trunc: Math.trunc,
  significand: calc.significand,
  fabs: Math.abs,
  sqrt: Math.sqrt,
  cbrt: elementary.cbrt,
  exp: elementary.exp,
  exp10: (x) => math.pow(10, x),
  pow10: (x) => math.pow(10, x),
  exp2: elementary.exp2,
  expm1: elementary.expm1,
  log: math.log,
  log10: elementary.log10,
  log1p: elementary.log1p,
  log2: elementary.log2,
  logb: calc.logb,
  gamma: gamma,
  tgamma: gamma,
  lgamma: lgamma,
  lgamma_r: lgamma,
  erf: erf,
  erfc: erfc,
  j0: (x) => besselJ(0, x),
  j1: (x) => besselJ(1, x),
  y0: (x) => besselY(0, x),
  y1: (x) => besselY(1, x),
};

const BINARY: { readonly [name: string]: Two } = {
  atan2: elementary.atan2,
  copysign: calc.copysign,
  drem: (x, y) => calc.drem(x, y),
  fdim: (x, y) => (x - y <= 0 ? 0 : x - y),
  fmax: calc.fmax,
  fmin: calc.fmin,
  fmod: (x, y) => x % y,
  hypot: elementary.hypot,
  jn: (order, x) => besselJ(Math.trunc(order), x),
  yn: (order, x) => besselY(Math.trunc(order), x),
  ldexp: (x, power) => math.ldexp(x, Math.trunc(power)),
  nextafter: calc.nextAfter,
  nexttoward: calc.nextAfter,
  remainder: calc.remainder,
  scalb: (x, power) => x * math.pow(2, power),
  scalbln: (x, power) => x * math.pow(2, power),
  pow: math.pow,
};

const frexp: Native = (input) => {
  const x = toFloat(input);
  if (x === undefined) return notApplicable('frexp', input);
  const { fraction, exponent } = math.frexp(x);
  return [floatValue(fraction), exponent];
};

const modf: Native = (input) => {
  const x = toFloat(input);
  if (x === undefined) return notApplicable('modf', input);
  const whole = Math.trunc(x);
  return [floatValue(calc.copysign(x - whole, x)), floatValue(whole)];
};

const isNan: Native = (input) => {
  const x = toFloat(input);
  if (x === undefined) return input === null ? false : notApplicable('isnan', input);
  return Number.isNaN(x);
};

const abs: Native = (input) => {
  if (!isNumeric(input)) return notApplicable('abs', input);
  const x = toFloat(input) ?? 0;
  if (typeof input === 'bigint') return input < 0n ? -input : input;
  return x < 0 ? (typeof input === 'number' ? -input : floatValue(-x)) : input;
};

const LEAST_NORMAL = 2.2250738585072014e-308;

const checks: readonly (readonly [string, Native])[] = [
  ['isnan/0', isNan],
  ['isfinite/0', (input) => Math.abs(toFloat(input) ?? Infinity) !== Infinity],
  ['isinfinite/0', (input) => Math.abs(toFloat(input) ?? 0) === Infinity],
  ['isnormal/0', (input) => Number.isFinite(toFloat(input) ?? 0) && Math.abs(toFloat(input) ?? 0) >= LEAST_NORMAL],
  ['infinite/0', () => Infinity],
  ['nan/0', () => Number.NaN],
  ['have_literal_numbers/0', () => true],
  ['have_decnum/0', () => false],
  ['abs/0', abs],
];

/** The numbers of `range`, one after the other. */
export function rangeSource(args: readonly Value[]): Source | Failure {
  const [start = 0, end = 0, step = 1] = args;
  if (!isNumeric(start)) return notApplicable('range', start);
  if (!isNumeric(end)) return notApplicable('range', end);
  if (!isNumeric(step)) return notApplicable('range', step);
  let next = start;
  const direction = compareValues(step, 0);
  return () => {
    if (direction * compareValues(next, end) >= 0) return undefined;
    const value = next;
    next = addNumbers(value, step);
    return { step: undefined, value };
  };
}

/** The builtins on numbers. */
export const NUMBER_NATIVES: readonly (readonly [string, Native])[] = [
  ...Object.entries(UNARY).map(([name, compute]) => [`${name}/0`, unary(name, compute)] as const),
  ...Object.entries(BINARY).map(([name, compute]) => [`${name}/2`, two(name, compute)] as const),
  ['fma/3', nary('fma', (x = 0, y = 0, z = 0) => calc.fma(x, y, z))],
  ['frexp/0', frexp],
  ['modf/0', modf],
  ...checks,
];
