import { GoSlice, int64, parseGoInt, printPlain, wrapInt64, type GoValue } from '../gofmt/index.ts';
import { castFloat, castInt64, castInteger } from './cast.ts';
import { failCall, goFunction, type FunctionBody, type FunctionContext, type GoFunction } from './function.ts';
import type { Entry } from './sprig-strings.ts';

/** The most numbers that `until`, `untilStep` and `seq` make. */
export const SEQUENCE_LIMIT = 1_000_000;

/** Integers from `start` to before `stop`. */
function sequence(
  start: bigint,
  end: { readonly stop: bigint; readonly step: bigint },
  context: FunctionContext,
): bigint[] {
  const { stop, step } = end;
  const away = stop < start ? step >= 0n : step <= 0n;
  if (away) return [];
  const distance = stop < start ? start - stop : stop - start;
  const size = step < 0n ? -step : step;
  const count = (distance + size - 1n) / size;
  if (count > BigInt(SEQUENCE_LIMIT)) return failCall(`a sequence is limited to ${SEQUENCE_LIMIT} numbers`);
  context.spend(Number(count));
  return Array.from({ length: Number(count) }, (_, index) => start + step * BigInt(index));
}

const int = (value: GoValue): bigint => (typeof value === 'bigint' ? value : 0n);

const until: FunctionBody = ([count], context) =>
  new GoSlice('int', sequence(0n, { stop: int(count), step: int(count) < 0n ? -1n : 1n }, context));

const untilStep: FunctionBody = ([start, stop, step], context) =>
  new GoSlice('int', sequence(int(start), { stop: int(stop), step: int(step) }, context));

/** Start, step and end of `seq` by how many numbers it was given; `undefined` for none at all. */
function seqRange(params: readonly bigint[]): readonly [bigint, bigint, bigint] | undefined {
  const [first = 0n, second = 0n, third = 0n] = params;
  switch (params.length) {
    case 1:
      return [1n, first < 1n ? -1n : 1n, first];
    case 2:
      return [first, second < first ? -1n : 1n, second];
    case 3:
      return third < first && second > 0n ? undefined : [first, second, third];
    default:
      return undefined;
  }
}

const seq: FunctionBody = (args, context) => {
  const range = seqRange(args.map(int));
  if (range === undefined) return '';
  const [start, step, end] = range;
  return sequence(start, { stop: end + (end < start ? -1n : 1n), step }, context).join(' ');
};

/** A decimal number: value × 10^exponent. */
interface Decimal {
  readonly value: bigint;
  readonly exponent: number;
}

function toDecimal(value: GoValue): Decimal {
  const float = castFloat(value);
  if (!Number.isFinite(float)) return failCall(`Cannot create a Decimal from ${printPlain(float)}`);
  const [digits = '0', exponent = '0'] = float.toExponential().split('e');
  const [whole = '0', fraction = ''] = digits.split('.');
  return { value: BigInt(whole + fraction), exponent: Number(exponent) - fraction.length };
}

function atExponent(decimal: Decimal, exponent: number): bigint {
  return decimal.value * 10n ** BigInt(decimal.exponent - exponent);
}

function added(a: Decimal, b: Decimal, sign: bigint): Decimal {
  const exponent = Math.min(a.exponent, b.exponent);
  return { value: atExponent(a, exponent) + sign * atExponent(b, exponent), exponent };
}

const absolute = (value: bigint): bigint => (value < 0n ? -value : value);

/** Digits behind the point of a quotient. */
const DIVISION_DIGITS = 16;

function divided(a: Decimal, b: Decimal): Decimal {
  if (b.value === 0n) return failCall('decimal division by 0');
  const shift = a.exponent - b.exponent + DIVISION_DIGITS;
  const top = shift >= 0 ? a.value * 10n ** BigInt(shift) : a.value;
  const bottom = shift >= 0 ? b.value : b.value * 10n ** BigInt(-shift);
  const quotient = top / bottom;
  const up = absolute(top % bottom) * 2n >= absolute(bottom);
  const sign = a.value < 0n !== b.value < 0n ? -1n : 1n;
  return { value: up ? quotient + sign : quotient, exponent: -DIVISION_DIGITS };
}

const times = (a: Decimal, b: Decimal): Decimal => ({ value: a.value * b.value, exponent: a.exponent + b.exponent });

/** A function over floats that counts in decimals, so that 0.1 and 0.2 make 0.3. */
function decimals(combine: (a: Decimal, b: Decimal) => Decimal): (values: readonly GoValue[]) => number {
  return ([first, ...others]) => {
    const result = others.map(toDecimal).reduce(combine, toDecimal(first));
    return Number(`${result.value}e${result.exponent}`);
  };
}

const sum = decimals((a, b) => added(a, b, 1n));
const difference = decimals((a, b) => added(a, b, -1n));
const product = decimals(times);
const quotient = decimals(divided);

/** A division whose divisor must not be zero. */
function dividing(divide: (a: bigint, b: bigint) => bigint): GoFunction {
  return goFunction('any, any', ([a, b]) => {
    const divisor = castInteger(b);
    return divisor === 0n ? failCall('runtime error: integer divide by zero') : int64(divide(castInteger(a), divisor));
  });
}

function folding(combine: (a: bigint, b: bigint) => bigint): FunctionBody {
  return (args) => int64(args.map(castInteger).reduce((a, b) => wrapInt64(combine(a, b))));
}

function foldingFloats(combine: (a: number, b: number) => number): FunctionBody {
  return (args) => args.map(castFloat).reduce((a, b) => combine(a, b));
}

/** compat(lang-0304): sprig rounds halves of negative numbers down, as it compares the signed fraction. */
const round: FunctionBody = ([value, places, at]) => {
  const power = 10 ** Number(places);
  const digits = power * castFloat(value);
  const up = digits - Math.trunc(digits) >= (at === undefined ? 0.5 : Number(at));
  return (up ? Math.ceil(digits) : Math.floor(digits)) / power;
};

const larger = (a: bigint, b: bigint): bigint => (b > a ? b : a);
const smaller = (a: bigint, b: bigint): bigint => (b < a ? b : a);

/** A text of octal digits as a number. */
const octal: FunctionBody = ([value]) => {
  const parsed = parseGoInt(printPlain(value), 8);
  return int64(typeof parsed === 'bigint' ? parsed : 0n);
};

const atoi: FunctionBody = ([text]) => {
  const parsed = parseGoInt(String(text), 10);
  if (typeof parsed === 'bigint') return parsed;
  // Atoi gives the nearest number it can hold when the text is out of range.
  if (parsed === 'invalid syntax') return 0n;
  return String(text).startsWith('-') ? -9_223_372_036_854_775_808n : 9_223_372_036_854_775_807n;
};

const INTEGERS: readonly Entry[] = [
  ['int', goFunction('any', ([value]) => castInteger(value))],
  ['int64', goFunction('any', ([value]) => castInt64(value))],
  ['float64', goFunction('any', ([value]) => castFloat(value))],
  ['atoi', goFunction('string', atoi)],
  ['toDecimal', goFunction('any', octal)],
  ['add1', goFunction('any', ([value]) => int64(castInteger(value) + 1n))],
  ['add', goFunction('...any', (args) => int64(args.map(castInteger).reduce((a, b) => wrapInt64(a + b), 0n)))],
  [
    'sub',
    goFunction(
      'any, any',
      folding((a, b) => a - b),
    ),
  ],
  [
    'mul',
    goFunction(
      'any, ...any',
      folding((a, b) => a * b),
    ),
  ],
  ['div', dividing((a, b) => a / b)],
  ['mod', dividing((a, b) => a % b)],
  ['max', goFunction('any, ...any', folding(larger))],
  ['biggest', goFunction('any, ...any', folding(larger))],
  ['min', goFunction('any, ...any', folding(smaller))],
  ['until', goFunction('int', until)],
  ['untilStep', goFunction('int, int, int', untilStep)],
  ['seq', goFunction('...int', seq)],
];

const FLOATS: readonly Entry[] = [
  ['add1f', goFunction('any', ([value]) => sum([value, 1n]))],
  ['addf', goFunction('...any', (args) => sum([0, ...args]))],
  ['subf', goFunction('any, ...any', difference)],
  ['mulf', goFunction('any, ...any', product)],
  ['divf', goFunction('any, ...any', quotient)],
  [
    'maxf',
    goFunction(
      'any, ...any',
      foldingFloats((a, b) => Math.max(a, b)),
    ),
  ],
  [
    'minf',
    goFunction(
      'any, ...any',
      foldingFloats((a, b) => Math.min(a, b)),
    ),
  ],
  ['floor', goFunction('any', ([value]) => Math.floor(castFloat(value)))],
  ['ceil', goFunction('any', ([value]) => Math.ceil(castFloat(value)))],
  ['round', goFunction('any, int, ...float64', round)],
];

/** sprig's functions over numbers. */
export const MATH_FUNCTIONS: readonly Entry[] = [...INTEGERS, ...FLOATS];
