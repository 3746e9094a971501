import { COEFFICIENTS as C } from './coefficients.ts';
import { bitsOf, fromBits, isOdd, log, pow } from '../gomath/index.ts';
import { cos, exp, sin } from './elementary.ts';

/** A polynomial from its constant term upwards, by Horner's rule. */
export function polynomial(coefficients: readonly number[], x: number): number {
  return coefficients.reduceRight((sum, coefficient) => coefficient + x * sum, 0);
}

/** A polynomial from its highest term downwards. */
const descending = (coefficients: readonly number[], x: number): number =>
  coefficients.reduce((sum, coefficient) => sum * x + coefficient, 0);

const everyThird = (coefficients: readonly number[], from: number): readonly number[] =>
  coefficients.filter((_, at) => at % 3 === from);

const isNegativeWhole = (x: number): boolean => x < 0 && Number.isInteger(x);

/** Stirling's formula in two factors, whose product may overflow. */
function stirling(x: number): readonly [number, number] {
  if (x > 200) return [Infinity, 1];
  const series = 1 + (1 / x) * descending(C.gammaS, 1 / x);
  const root = 2.5066282746310007;
  if (x <= 143.01608) return [pow(x, x - 0.5) / exp(x), root * series];
  const half = pow(x, 0.5 * x - 0.25);
  return [half, root * series * (half / exp(x))];
}

function gammaOfLarge(x: number): number {
  const size = Math.abs(x);
  const [first, second] = stirling(size);
  if (x >= 0) return first * second;
  let whole = Math.floor(size);
  const sign = isOdd(whole) ? 1 : -1;
  if (size - whole > 0.5) whole += 1;
  const part = Math.abs(size * sin(Math.PI * (size - whole)));
  if (part === 0) return sign * Infinity;
  const product = part * first * second;
  return sign * (Number.isFinite(product) ? Math.PI / product : Math.PI / part / first / second);
}

/** Γ(x); NaN for the negative whole numbers. */
export function gamma(x: number): number {
  if (!Number.isFinite(x)) return x > 0 ? x : Number.NaN;
  if (isNegativeWhole(x)) return Number.NaN;
  if (x === 0) return 1 / x;
  return Math.abs(x) > 33 ? gammaOfLarge(x) : gammaOfSmall(x);
}

function gammaOfSmall(x: number): number {
  let factor = 1;
  let rest = x;
  for (; rest >= 3; factor *= rest) rest -= 1;
  for (; rest < 2; rest += 1) {
    if (Math.abs(rest) < 1e-9) return rest === 0 ? Infinity : factor / ((1 + 0.5772156649015329 * rest) * rest);
    factor /= rest;
  }
  if (rest === 2) return factor;
  return (factor * descending(C.gammaP, rest - 2)) / descending(C.gammaQ, rest - 2);
}

/** −sin(πx) for a positive x, exact at the zeros. */
function minusSinPi(x: number): number {
  if (x < 0.25) return -sin(Math.PI * x);
  const rest = x % 2;
  const eighth = Math.trunc(rest * 4);
  if (eighth === 0) return -sin(Math.PI * rest);
  if (eighth <= 2) return -cos(Math.PI * (0.5 - rest));
  if (eighth <= 4) return -sin(Math.PI * (1 - rest));
  return eighth <= 6 ? cos(Math.PI * (rest - 1.5)) : -sin(Math.PI * (rest - 2));
}

const LEAST = 1.4616321449683622;

function lgammaNearTwo(x: number): number {
  const isLow = x <= 0.9;
  const start = isLow ? -log(x) : 0;
  const shift = isLow ? 1 : 0;
  if (x >= LEAST - shift + 0.27) {
    const y = 2 - shift - x;
    const z = y * y;
    const odd =
      z *
      polynomial(
        C.lgammaA.filter((_, at) => at % 2 === 1),
        z,
      );
    return (
      start +
      (y *
        polynomial(
          C.lgammaA.filter((_, at) => at % 2 === 0),
          z,
        ) +
        odd -
        0.5 * y)
    );
  }
  if (x >= LEAST - shift - 0.27) return start + lgammaNearLeast(x - (LEAST - shift));
  const y = isLow ? x : x - 1;
  return start + (-0.5 * y + (y * polynomial(C.lgammaU, y)) / polynomial([1, ...C.lgammaV.slice(1)], y));
}

function lgammaNearLeast(y: number): number {
  const z = y * y;
  const w = z * y;
  const [p1, p2, p3] = [0, 1, 2].map((from) => polynomial(everyThird(C.lgammaT, from), w));
  const correction = z * (p1 ?? 0) - (-3.638676997039505e-18 - w * ((p2 ?? 0) + y * (p3 ?? 0)));
  return -0.12148629053584961 + correction;
}

function lgammaOfMiddle(x: number): number {
  const whole = Math.trunc(x);
  const y = x - whole;
  const quotient = (y * polynomial(C.lgammaS, y)) / polynomial([1, ...C.lgammaR.slice(1)], y);
  let factor = 1;
  for (let at = whole - 1; at >= 2; at -= 1) factor *= y + at;
  return 0.5 * y + quotient + (whole >= 3 ? log(factor) : 0);
}

function lgammaOfPositive(x: number): number {
  if (x < 2 ** -70) return -log(x);
  if (x === 1 || x === 2) return 0;
  if (x < 2) return lgammaNearTwo(x);
  if (x < 8) return lgammaOfMiddle(x);
  if (x >= 2 ** 58) return x * (log(x) - 1);
  const z = 1 / x;
  const [first, ...rest] = C.lgammaW;
  return (x - 0.5) * (log(x) - 1) + (first + z * polynomial(rest, z * z));
}

/** ln|Γ(x)|. */
export function lgamma(x: number): number {
  if (Number.isNaN(x) || !Number.isFinite(x)) return x;
  if (x === 0) return Infinity;
  if (x > 0) return lgammaOfPositive(x);
  if (-x < 2 ** -70) return -log(-x);
  const sine = isNegativeWhole(x) ? 0 : minusSinPi(-x);
  return sine === 0 ? Infinity : log(Math.PI / Math.abs(sine * x)) - lgammaOfPositive(-x);
}

/** The tail of the error function for |x| ≥ 1.25, times x. */
function erfTail(x: number): number {
  const s = 1 / (x * x);
  const isNear = x < 1 / 0.35;
  const r = polynomial(isNear ? C.erfRa : C.erfRb, s);
  const t = polynomial([1, ...(isNear ? C.erfSa : C.erfSb)], s);
  const rough = fromBits(bitsOf(x) & 0xffff_ffff_0000_0000n);
  return exp(-rough * rough - 0.5625) * exp((rough - x) * (rough + x) + r / t);
}

const ERF_AT_ONE = 0.8450629115104675;

function erfNearZero(x: number): number {
  const z = x * x;
  return polynomial(C.erfPp, z) / polynomial([1, ...C.erfQq], z);
}

const erfNearOne = (x: number): number => polynomial(C.erfPa, x - 1) / polynomial([1, ...C.erfQa], x - 1);

/** The error function. */
export function erf(x: number): number {
  if (Number.isNaN(x)) return x;
  const size = Math.abs(x);
  const sign = x < 0 ? -1 : 1;
  if (size < 2 ** -28) return x + 0.1283791670955126 * x;
  if (size < 0.84375) return x + x * erfNearZero(size);
  if (size < 1.25) return sign * (ERF_AT_ONE + erfNearOne(size));
  return size >= 6 ? sign : sign * (1 - erfTail(size) / size);
}

function erfcOfSmall(x: number): number {
  const size = Math.abs(x);
  if (size < 2 ** -56) return 1 - x;
  const y = erfNearZero(size);
  const value = size < 0.25 ? size + size * y : 0.5 + (size * y + (size - 0.5));
  return x < 0 ? 1 + value : 1 - value;
}

/** One less the error function, exact also where that is tiny. */
export function erfc(x: number): number {
  if (Number.isNaN(x)) return x;
  const size = Math.abs(x);
  if (size < 0.84375) return erfcOfSmall(x);
  if (size < 1.25) return x < 0 ? 1 + ERF_AT_ONE + erfNearOne(size) : 1 - ERF_AT_ONE - erfNearOne(size);
  if (x < -6 || x >= 28) return x < 0 ? 2 : 0;
  return x < 0 ? 2 - erfTail(size) / size : erfTail(size) / size;
}
