import { compareValues, equalValues } from './compare.ts';
import { noOverload } from './registry.ts';
import { fail, spend, spendUnits, type Run } from './run.ts';
import { addTime, subtractTime } from './time.ts';
import { CelList, CelUint, isMap } from './values.ts';

const MAX_INT = 9_223_372_036_854_775_807n;
const MIN_INT = -9_223_372_036_854_775_808n;
const MAX_UINT = 18_446_744_073_709_551_615n;

/** An int64, or an overflow error. */
export function toInt(value: bigint): bigint {
  return value > MAX_INT || value < MIN_INT ? fail('integer overflow') : value;
}

/** A uint64, or an overflow error. */
export function toUint(value: bigint): CelUint {
  return value > MAX_UINT || value < 0n ? fail('unsigned integer overflow') : new CelUint(value);
}

type Binary = (a: unknown, b: unknown, run: Run) => unknown;

function concatenate(a: unknown, b: unknown, run: Run): unknown {
  if (typeof a === 'string' && typeof b === 'string') {
    spendUnits(run, a.length + b.length);
    return a + b;
  }
  if (a instanceof Uint8Array && b instanceof Uint8Array) {
    spendUnits(run, a.length + b.length);
    return Uint8Array.from([...a, ...b]);
  }
  if (a instanceof CelList && b instanceof CelList) {
    spend(run, a.size + b.size);
    return new CelList([...a.items(), ...b.items()]);
  }
  return addTime(a, b) ?? noOverload('_+_', [a, b]);
}

interface Arithmetic {
  readonly name: string;
  readonly int: (a: bigint, b: bigint) => bigint;
  readonly double?: (a: number, b: number) => number;
  readonly other?: Binary;
}

function arithmetic(operator: Arithmetic): Binary {
  const { int, double, name, other } = operator;
  return (a, b, run) => {
    if (typeof a === 'bigint' && typeof b === 'bigint') return toInt(int(a, b));
    if (typeof a === 'number' && typeof b === 'number' && double !== undefined) return double(a, b);
    if (a instanceof CelUint && b instanceof CelUint) return toUint(int(a.value, b.value));
    return other === undefined ? noOverload(name, [a, b]) : other(a, b, run);
  };
}

function contains(item: unknown, collection: unknown, run: Run): boolean {
  if (isMap(collection)) return collection.find(item) !== undefined;
  if (!(collection instanceof CelList)) return noOverload('@in', [item, collection]);
  for (let index = 0; index < collection.size; index += 1) {
    spend(run, 1);
    if (equalValues(item, collection.get(index), run)) return true;
  }
  return false;
}

function ordering(name: string, accepts: (order: number) => boolean): Binary {
  return (a, b, run) => accepts(compareValues(a, b, run) ?? noOverload(name, [a, b]));
}

/** The operators on two values that have both been evaluated. */
export const BINARY_OPERATORS: ReadonlyMap<string, Binary> = new Map<string, Binary>([
  ['_+_', arithmetic({ name: '_+_', int: (a, b) => a + b, double: (a, b) => a + b, other: concatenate })],
  [
    '_-_',
    arithmetic({
      name: '_-_',
      int: (a, b) => a - b,
      double: (a, b) => a - b,
      other: (a, b) => subtractTime(a, b) ?? noOverload('_-_', [a, b]),
    }),
  ],
  ['_*_', arithmetic({ name: '_*_', int: (a, b) => a * b, double: (a, b) => a * b })],
  [
    '_/_',
    arithmetic({
      name: '_/_',
      int: (a, b) => (b === 0n ? fail('division by zero') : a / b),
      double: (a, b) => a / b,
    }),
  ],
  ['_%_', arithmetic({ name: '_%_', int: (a, b) => (b === 0n ? fail('modulus by zero') : a % b) })],
  ['_==_', equalValues],
  ['_!=_', (a, b, run) => !equalValues(a, b, run)],
  ['_<_', ordering('_<_', (order) => order < 0)],
  ['_<=_', ordering('_<=_', (order) => order <= 0)],
  ['_>_', ordering('_>_', (order) => order > 0)],
  ['_>=_', ordering('_>=_', (order) => order >= 0)],
  ['@in', contains],
]);

/** `-x`. */
export function negate(value: unknown): unknown {
  if (typeof value === 'bigint') return toInt(-value);
  return typeof value === 'number' ? -value : noOverload('-_', [value]);
}

/** `!x`. */
export function not(value: unknown): boolean {
  return typeof value === 'boolean' ? !value : noOverload('!_', [value]);
}
