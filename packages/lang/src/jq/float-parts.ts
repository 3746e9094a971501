import { bitsOf, frexp, fromBits, ldexp } from '../gomath/index.ts';

/** Rounds to the nearest whole number, halves away from zero. */
export function round(x: number): number {
  const whole = Math.trunc(x);
  return Math.abs(x - whole) >= 0.5 ? whole + Math.sign(x) : whole;
}

/** The fraction of a float as a number from 1 to 2. */
export function significand(x: number): number {
  if (x === 0 || !Number.isFinite(x)) return x;
  return fromBits((bitsOf(x) & 0x800f_ffff_ffff_ffffn) | 0x3ff0_0000_0000_0000n);
}

/** The exponent of a float as Go's `math.Logb` gives it. */
export function logb(x: number): number {
  if (x === 0) return -Infinity;
  if (!Number.isFinite(x)) return Number.isNaN(x) ? x : Infinity;
  return frexp(x).exponent - 1;
}

/** `x` with the sign of `sign`. */
export function copysign(x: number, sign: number): number {
  const isNegative = sign < 0 || Object.is(sign, -0);
  return isNegative ? -Math.abs(x) : Math.abs(x);
}

/** What is left of `rest` when the nearest multiple of `size` is taken; `0 ≤ rest < 2 × size`. */
function nearestRest(rest: number, size: number): number {
  // Halves of the smallest floats are not exact, doubles are; and the other way round for the largest.
  const isTiny = size < 4.450147717014403e-308;
  const beyond = (left: number): number => (isTiny ? left + left - size : left - size / 2);
  if (beyond(rest) <= 0) return rest;
  const once = rest - size;
  return beyond(once) >= 0 ? once - size : once;
}

/** The IEEE 754 remainder: `x` less the nearest multiple of `y`, halves to the even one. */
export function remainder(x: number, y: number): number {
  if (!Number.isFinite(x) || Number.isNaN(y) || y === 0) return Number.NaN;
  if (!Number.isFinite(y)) return x;
  const size = Math.abs(y);
  const rest = nearestRest(size <= Number.MAX_VALUE / 2 ? Math.abs(x) % (size * 2) : Math.abs(x), size);
  return x < 0 || Object.is(x, -0) ? -rest : rest;
}

/** The remainder with the sign of `x` where it is zero. */
export function drem(x: number, y: number): number {
  const rest = remainder(x, y);
  return rest === 0 ? copysign(rest, x) : rest;
}

/** The float next to `x` on the way to `y`. */
export function nextAfter(x: number, y: number): number {
  if (Number.isNaN(x) || Number.isNaN(y)) return Number.NaN;
  if (x === y) return x;
  if (x === 0) return copysign(5e-324, y);
  return fromBits(bitsOf(x) + (y > x === x > 0 ? 1n : -1n));
}

/** The larger number; NaN when one is. */
export function fmax(x: number, y: number): number {
  return x === Infinity || y === Infinity ? Infinity : Math.max(x, y);
}

/** The smaller number; NaN when one is. */
export function fmin(x: number, y: number): number {
  return x === -Infinity || y === -Infinity ? -Infinity : Math.min(x, y);
}

/** Scales an exact product and sum through big integers, so that only one rounding happens. */
function exact(x: number): { readonly digits: bigint; readonly power: number } {
  const { fraction, exponent } = frexp(x);
  return { digits: BigInt(fraction * 2 ** 53), power: exponent - 53 };
}

/** A big integer times a power of two as the nearest float, halves to even. */
function nearest(digits: bigint, power: number): number {
  const size = digits < 0n ? -digits : digits;
  const length = size.toString(2).length;
  const least = Math.max(length - 53, -1074 - power);
  if (least <= 0) return ldexp(Number(digits), power);
  const shift = BigInt(least);
  const kept = size >> shift;
  const rest = size - (kept << shift);
  const half = 1n << (shift - 1n);
  const up = rest > half || (rest === half && (kept & 1n) === 1n) ? 1n : 0n;
  const value = ldexp(Number(kept + up), power + least);
  return digits < 0n ? -value : value;
}

/** `x × y + z` with one rounding. */
export function fma(x: number, y: number, z: number): number {
  if (!Number.isFinite(x) || !Number.isFinite(y) || !Number.isFinite(z)) return x * y + z;
  if (x === 0 || y === 0 || z === 0) return x * y + z;
  const [a, b, c] = [exact(x), exact(y), exact(z)];
  const power = Math.min(a.power + b.power, c.power);
  const product = (a.digits * b.digits) << BigInt(a.power + b.power - power);
  const sum = product + (c.digits << BigInt(c.power - power));
  return sum === 0n ? 0 : nearest(sum, power);
}
