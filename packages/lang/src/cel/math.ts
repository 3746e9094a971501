import { compareValues } from './compare.ts';
import { toInt, toUint } from './operators.ts';
import { noOverload, overload, type Overload } from './registry.ts';
import { fail, type Run } from './run.ts';
import { CelList, CelUint } from './values.ts';

const isNumber = (value: unknown): boolean =>
  typeof value === 'bigint' || typeof value === 'number' || value instanceof CelUint;

/** The least (-1) or greatest (1) of numbers. */
export function extremeOf(values: readonly unknown[], sign: number, run: Run): unknown {
  const name = sign < 0 ? 'math.@min' : 'math.@max';
  const [first, ...rest] = values;
  if (first === undefined) return fail(`${name}(list) argument must not be empty`);
  if (!values.every(isNumber)) return noOverload(name, values);
  let best: unknown = first;
  for (const value of rest) if ((compareValues(value, best, run) ?? 0) * sign > 0) best = value;
  return best;
}

function rounded(name: string, round: (value: number) => number): Overload {
  return overload(name, ['double'], ([value]) => round(value));
}

/** Half away from zero, as Go's math.Round. */
const roundHalfAway = (value: number): number =>
  Number.isFinite(value) ? Math.sign(value) * Math.floor(Math.abs(value) + 0.5) : value;

function shifted(count: bigint, shift: (by: bigint) => bigint): bigint {
  if (count < 0n) return fail(`math.bitShift() negative offset: ${count}`);
  return count > 63n ? 0n : shift(count);
}

const unsigned = (value: bigint): CelUint => new CelUint(BigInt.asUintN(64, value));
const signed = (value: bigint): bigint => BigInt.asIntN(64, value);

const BITS: readonly (readonly [string, (a: bigint, b: bigint) => bigint])[] = [
  ['math.bitAnd', (a, b) => a & b],
  ['math.bitOr', (a, b) => a | b],
  ['math.bitXor', (a, b) => a ^ b],
];

const right = (value: bigint, by: bigint): bigint => signed(BigInt.asUintN(64, value) >> by);

/** Functions of cel-go's math library. */
export const MATH_FUNCTIONS: readonly Overload[] = [
  rounded('math.ceil', Math.ceil),
  rounded('math.floor', Math.floor),
  rounded('math.round', roundHalfAway),
  rounded('math.trunc', Math.trunc),
  overload('math.abs', ['int'], ([value]) => toInt(value < 0n ? -value : value)),
  overload('math.abs', ['uint'], ([value]) => value),
  overload('math.abs', ['double'], ([value]) => Math.abs(value)),
  overload('math.sign', ['int'], ([value]) => (value < 0n ? -1n : value > 0n ? 1n : 0n)),
  overload('math.sign', ['uint'], ([value]) => toUint(value.value > 0n ? 1n : 0n)),
  overload('math.sign', ['double'], ([value]) => Math.sign(value)),
  overload('math.sqrt', ['double'], ([value]) => Math.sqrt(value)),
  overload('math.sqrt', ['int'], ([value]) => Math.sqrt(Number(value))),
  overload('math.sqrt', ['uint'], ([value]) => Math.sqrt(Number(value.value))),
  overload('math.isNaN', ['double'], ([value]) => Number.isNaN(value)),
  overload('math.isInf', ['double'], ([value]) => value === Infinity || value === -Infinity),
  overload('math.isFinite', ['double'], ([value]) => Number.isFinite(value)),
  ...BITS.flatMap(([name, work]) => [
    overload(name, ['int', 'int'], ([a, b]) => work(a, b)),
    overload(name, ['uint', 'uint'], ([a, b]) => unsigned(work(a.value, b.value))),
  ]),
  overload('math.bitNot', ['int'], ([value]) => ~value),
  overload('math.bitNot', ['uint'], ([value]) => unsigned(~value.value)),
  overload('math.bitShiftLeft', ['int', 'int'], ([value, by]) => signed(shifted(by, (count) => value << count))),
  overload('math.bitShiftLeft', ['uint', 'int'], ([value, by]) =>
    unsigned(shifted(by, (count) => value.value << count)),
  ),
  overload('math.bitShiftRight', ['int', 'int'], ([value, by]) => shifted(by, (count) => right(value, count))),
  overload('math.bitShiftRight', ['uint', 'int'], ([value, by]) =>
    unsigned(shifted(by, (count) => value.value >> count)),
  ),
];

/** The functions that take any number of arguments. */
export const VARIADIC: ReadonlyMap<string, (values: readonly unknown[], run: Run) => unknown> = new Map([
  ['math.greatest', (values: readonly unknown[], run: Run) => extremeOf(spread(values), 1, run)],
  ['math.least', (values: readonly unknown[], run: Run) => extremeOf(spread(values), -1, run)],
]);

function spread(values: readonly unknown[]): readonly unknown[] {
  const [only] = values;
  return values.length === 1 && only instanceof CelList ? only.items() : values;
}
