import { frexp, log } from '../gomath/index.ts';

/** Where the platform's functions are good enough. */
export const { sinh, cosh, tanh, asinh, acosh, atanh, cbrt, exp, expm1, log1p, hypot } = Math;

/** Cephes' polynomials, from the highest term downwards. */
const SINE = [
  1.5896230157654656e-10, -2.5050747762857807e-8, 2.7557313621385722e-6, -0.0001984126982958954, 0.008333333333322118,
  -0.1666666666666663,
];
const COSINE = [
  -1.1358536521387682e-11, 2.087570084197473e-9, -2.755731417929674e-7, 2.4801587288851704e-5, -0.0013888888888873056,
  0.041666666666666595,
];
const TANGENT = [-13093.693918138379, 1153516.6483858742, -17956525.197648488];
const TANGENT_BELOW = [1, 13681.296347069296, -1320892.3444021097, 25008380.18233579, -53869575.592945464];
const ARC = [-0.8750608600031904, -16.157537187333652, -75.00855792314705, -122.88666844901361, -64.85021904942025];
const ARC_BELOW = [1, 24.858464901423062, 165.02700983169885, 432.88106049129027, 485.3903996359137, 194.5506571482614];

const descending = (coefficients: readonly number[], x: number): number =>
  coefficients.reduce((sum, coefficient) => sum * x + coefficient);

/** Beyond this the platform's functions are used: they reduce large angles exactly. */
const REDUCE_LIMIT = 2 ** 29;

/** A positive angle as an eighth of the circle and what is left of it. */
function eighths(x: number): { readonly octant: number; readonly rest: number } {
  const whole = Math.trunc(x * (4 / Math.PI));
  const even = whole % 2 === 1 ? whole + 1 : whole;
  const rest = x - even * 0.7853981256484985 - even * 3.774894707930798e-8 - even * 2.6951514290790595e-15;
  return { octant: even % 8, rest };
}

const sineNear = (z: number): number => z + z * (z * z) * descending(SINE, z * z);
const cosineNear = (z: number): number => 1 - 0.5 * (z * z) + z * z * (z * z) * descending(COSINE, z * z);

/** The sine. */
export function sin(x: number): number {
  if (x === 0 || !(Math.abs(x) < REDUCE_LIMIT)) return Math.sin(x);
  const { octant, rest } = eighths(Math.abs(x));
  const value = octant % 4 === 2 ? cosineNear(rest) : sineNear(rest);
  return octant > 3 === x < 0 ? value : -value;
}

/** The cosine. */
export function cos(x: number): number {
  if (!(Math.abs(x) < REDUCE_LIMIT)) return Math.cos(x);
  const { octant, rest } = eighths(Math.abs(x));
  const value = octant % 4 === 2 ? sineNear(rest) : cosineNear(rest);
  return octant === 2 || octant === 4 ? -value : value;
}

/** The tangent. */
export function tan(x: number): number {
  if (x === 0 || !(Math.abs(x) < REDUCE_LIMIT)) return Math.tan(x);
  const { octant, rest } = eighths(Math.abs(x));
  const square = rest * rest;
  const ratio = (square * descending(TANGENT, square)) / descending(TANGENT_BELOW, square);
  const near = square > 1e-14 ? rest + rest * ratio : rest;
  const value = octant % 4 === 2 ? -1 / near : near;
  return x < 0 ? -value : value;
}

function arcNear(x: number): number {
  const z = x * x;
  return x * ((z * descending(ARC, z)) / descending(ARC_BELOW, z)) + x;
}

function arcPositive(x: number): number {
  const more = 6.123233995736766e-17;
  if (x <= 0.66) return arcNear(x);
  if (x > 2.414213562373095) return Math.PI / 2 - arcNear(1 / x) + more;
  return Math.PI / 4 + arcNear((x - 1) / (x + 1)) + 0.5 * more;
}

/** The arc tangent. */
export function atan(x: number): number {
  if (x === 0) return x;
  return x > 0 ? arcPositive(x) : -arcPositive(-x);
}

/** The arc sine. */
export function asin(x: number): number {
  if (x === 0) return x;
  const size = Math.abs(x);
  if (size > 1) return Number.NaN;
  const root = Math.sqrt(1 - size * size);
  const value = size > 0.7 ? Math.PI / 2 - arcPositive(root / size) : arcPositive(size / root);
  return x < 0 ? -value : value;
}

/** The arc cosine. */
export const acos = (x: number): number => Math.PI / 2 - asin(x);

/** The angle of the point (x, y). */
export function atan2(y: number, x: number): number {
  const isPlain = Number.isFinite(x) && Number.isFinite(y) && x !== 0 && y !== 0;
  if (!isPlain) return Math.atan2(y, x);
  const angle = atan(y / x);
  if (x > 0) return angle;
  return angle <= 0 ? angle + Math.PI : angle - Math.PI;
}

/** The logarithm to base 2, exact for powers of two. */
export function log2(x: number): number {
  const { fraction, exponent } = frexp(x);
  if (fraction === 0.5) return exponent - 1;
  return log(fraction) * Math.LOG2E + exponent;
}

/** The logarithm to base 10. */
export const log10 = (x: number): number => log(x) * Math.LOG10E;

/** Two to the power of `x`. */
export const exp2 = (x: number): number => 2 ** x;
