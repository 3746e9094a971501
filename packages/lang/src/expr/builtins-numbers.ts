import { fail } from './failure.ts';
import type { Frame } from './frame.ts';
import { readFloatText, readIntegerText, truncate, wrapInt } from './numbers.ts';
import { less, more } from './operators.ts';
import { goTypeOf, GoDuration, type ExprValue } from './values.ts';

type Builtin = (args: readonly ExprValue[], frame: Frame) => ExprValue;

const isNumeric = (value: ExprValue): value is bigint | number =>
  typeof value === 'bigint' || typeof value === 'number';

/** The built-in `int`. */
export function toInteger(value: ExprValue): bigint {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number') return truncate(value);
  if (value instanceof GoDuration) return value.ns;
  if (typeof value !== 'string') return fail(`invalid operation: int(${goTypeOf(value)})`);
  const parsed = readIntegerText(value, 10);
  return typeof parsed === 'bigint' ? parsed : fail(`invalid operation: int(${value})`);
}

/** The built-in `float`. */
export function toFloat(value: ExprValue): number {
  if (isNumeric(value)) return Number(value);
  if (typeof value !== 'string') return fail(`invalid operation: float(${goTypeOf(value)})`);
  return readFloatText(value) ?? fail(`invalid operation: float(${value})`);
}

function abs(value: ExprValue): ExprValue {
  if (typeof value === 'bigint') return value < 0n ? wrapInt(-value) : value;
  if (typeof value === 'number') return value < 0 ? -value : value;
  return fail(`invalid argument for abs (type ${goTypeOf(value)})`);
}

/** Rounds half away from zero, as Go's math.Round. */
function roundHalf(value: number): number {
  const size = Math.abs(value);
  const floor = Math.floor(size);
  return Math.sign(value) * (size - floor >= 0.5 ? floor + 1 : floor);
}

const rounding =
  (name: string, round: (value: number) => number): Builtin =>
  ([value]) => {
    if (isNumeric(value)) return typeof value === 'number' ? round(value) : Number(value);
    return fail(`invalid argument for ${name} (type ${goTypeOf(value)})`);
  };

type Beats = (best: ExprValue, candidate: ExprValue) => boolean;

interface Search {
  readonly name: string;
  readonly beats: Beats;
  readonly frame: Frame;
}

function extreme(search: Search, args: readonly ExprValue[]): ExprValue {
  let best: ExprValue = null;
  for (const arg of args) {
    const found = Array.isArray(arg) ? extremeOfList(search, arg as readonly ExprValue[]) : arg;
    if (!isNumeric(found)) {
      if (Array.isArray(arg)) continue;
      return args.length === 1 ? arg : fail(`invalid argument for ${search.name} (type ${goTypeOf(arg)})`);
    }
    if (best === null || search.beats(best, found)) best = found;
  }
  return best;
}

function extremeOfList(search: Search, list: readonly ExprValue[]): ExprValue {
  let best: ExprValue = null;
  for (const item of list) {
    search.frame.step();
    const found = extreme(search, [item]);
    if (!isNumeric(found)) fail(`invalid argument for ${search.name} (type ${goTypeOf(found)})`);
    if (best === null || search.beats(best, found)) best = found;
  }
  return best;
}

function collectFloats(name: string, args: readonly ExprValue[], into: { frame: Frame; values: number[] }): void {
  for (const arg of args) {
    into.frame.step();
    if (isNumeric(arg)) into.values.push(Number(arg));
    else if (Array.isArray(arg)) collectFloats(name, arg as readonly ExprValue[], into);
    else fail(`invalid argument for ${name} (type ${goTypeOf(arg)})`);
  }
}

function floatsOf(name: string, args: readonly ExprValue[], frame: Frame): number[] {
  const values: number[] = [];
  collectFloats(name, args, { frame, values });
  return values;
}

function mean(args: readonly ExprValue[], frame: Frame): number {
  const values = floatsOf('mean', args, frame);
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}

function median(args: readonly ExprValue[], frame: Frame): number {
  const values = floatsOf('median', args, frame).toSorted((a, b) => a - b);
  const half = Math.floor(values.length / 2);
  if (values.length === 0) return 0;
  const upper = values[half] ?? 0;
  return values.length % 2 === 1 ? upper : ((values[half - 1] ?? 0) + upper) / 2;
}

function integerArgument(name: string, value: ExprValue): bigint {
  return typeof value === 'bigint'
    ? value
    : fail(`cannot use ${goTypeOf(value)} as argument (type int) to call ${name}`);
}

function bitwise(name: string, compute: (x: bigint, y: bigint) => bigint): [string, Builtin] {
  return [name, ([x, y]) => wrapInt(compute(integerArgument(name, x), integerArgument(name, y)))];
}

function shift(name: string, compute: (x: bigint, y: bigint) => bigint): [string, Builtin] {
  return bitwise(name, (x, y) => {
    if (y < 0n) fail(`invalid operation: negative shift count ${y} (type int)`);
    return compute(x, y > 64n ? 64n : y);
  });
}

/** The functions of numbers. */
export const NUMBER_BUILTINS: ReadonlyMap<string, Builtin> = new Map<string, Builtin>([
  ['int', ([value]) => toInteger(value)],
  ['float', ([value]) => toFloat(value)],
  ['abs', ([value]) => abs(value)],
  ['ceil', rounding('ceil', Math.ceil)],
  ['floor', rounding('floor', Math.floor)],
  ['round', rounding('round', roundHalf)],
  ['max', (args, frame) => extreme({ name: 'max', beats: less, frame }, args)],
  ['min', (args, frame) => extreme({ name: 'min', beats: more, frame }, args)],
  ['mean', mean],
  ['median', median],
  ['bitnot', ([value]) => ~integerArgument('bitnot', value)],
  bitwise('bitand', (x, y) => x & y),
  bitwise('bitor', (x, y) => x | y),
  bitwise('bitxor', (x, y) => x ^ y),
  bitwise('bitnand', (x, y) => x & ~y),
  shift('bitshl', (x, y) => x << y),
  shift('bitshr', (x, y) => x >> y),
  shift('bitushr', (x, y) => BigInt.asUintN(64, x) >> y),
]);
