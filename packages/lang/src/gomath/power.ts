import { bitsOf, frexp, fromBits, isOdd, ldexp } from './float-parts.ts';

const LOG_ODD = [0.6666666666666735, 0.2857142874366239, 0.1818357216161805, 0.14798198605116586];
const LOG_EVEN = [0.3999999999940942, 0.22222198432149784, 0.15313837699209373];

const ascending = (coefficients: readonly number[], x: number): number =>
  coefficients.reduceRight((sum, coefficient) => coefficient + x * sum);

/**
 * The natural logarithm.
 * compat(lang-0415): the smallest floats are taken apart like all others, which gives them a wrong logarithm.
 */
export function log(x: number): number {
  if (!(x > 0) || x === Infinity) return Math.log(x);
  const bits = bitsOf(x);
  const part = fromBits((bits & 0xf_ffff_ffff_ffffn) | 0x3fe0_0000_0000_0000n);
  const isLow = part < Math.SQRT1_2;
  const power = Number(bits >> 52n) - 1022 - (isLow ? 1 : 0);
  const f = (isLow ? part * 2 : part) - 1;
  const s = f / (2 + f);
  const s2 = s * s;
  const s4 = s2 * s2;
  const half = 0.5 * f * f;
  const rest = s2 * ascending(LOG_ODD, s4) + s4 * ascending(LOG_EVEN, s4);
  return power * 0.6931471803691238 - (half - (s * (half + rest) + power * 1.9082149292705877e-10) - f);
}

/** The powers that need no computing. */
function specialPower(x: number, y: number): number | undefined {
  if (y === 0 || x === 1 || (x === -1 && Math.abs(y) === Infinity)) return 1;
  if (y === 1) return x;
  if (!isOrdinary(x) || !Number.isFinite(y)) return x ** y;
  if (Math.abs(y) === 0.5) return y > 0 ? Math.sqrt(x) : 1 / Math.sqrt(x);
  return plainPower(x, y);
}

const isOrdinary = (x: number): boolean => x !== 0 && Number.isFinite(x);

function plainPower(x: number, y: number): number | undefined {
  if (x < 0 && !Number.isInteger(y)) return Number.NaN;
  return Math.abs(y) >= 2 ** 63 ? hugePower(x, y) : undefined;
}

function hugePower(x: number, y: number): number {
  if (x === -1) return 1;
  return Math.abs(x) < 1 === y > 0 ? 0 : Infinity;
}

/**
 * `x` to the power of `y` as Go's math.Pow on amd64: by squaring, with Go's special cases, so that the last digit of the
 * result is Go's too. The platform's own operator is off by a unit now and then.
 */
export function pow(x: number, y: number): number {
  const special = specialPower(x, y);
  if (special !== undefined) return special;
  let whole = Math.trunc(Math.abs(y));
  let part = Math.abs(y) - whole;
  if (part > 0.5) {
    part -= 1;
    whole += 1;
  }
  const { value, power } = raise(x, whole, part === 0 ? 1 : Math.exp(part * log(x)));
  return y < 0 ? ldexp(1 / value, -power) : ldexp(value, power);
}

/** `start × x^whole`, with the powers of two kept apart. */
function raise(x: number, whole: number, start: number): { readonly value: number; readonly power: number } {
  let value = start;
  let power = 0;
  let { fraction, exponent } = frexp(x);
  for (let left = whole; left !== 0; left = Math.floor(left / 2)) {
    // So far away the result over- or underflows in any case.
    if (Math.abs(exponent) > 4096) return { value, power: power + exponent };
    if (isOdd(left)) {
      value *= fraction;
      power += exponent;
    }
    fraction *= fraction;
    exponent *= 2;
    if (fraction < 0.5) {
      fraction += fraction;
      exponent -= 1;
    }
  }
  return { value, power };
}
