import { COEFFICIENTS as C } from './coefficients.ts';
import { isOdd, log } from '../gomath/index.ts';
import { cos, sin } from './elementary.ts';
import { polynomial } from './special.ts';

/** 1/√π as Go computes it. */
const ROOT = 1 / 1.772453850905516;

/** Which row of the tables holds for x ≥ 2. */
function rowFor(x: number): number {
  if (x >= 8) return 0;
  if (x >= 4.5454) return 1;
  return x >= 2.8571 ? 2 : 3;
}

function quotient(above: readonly (readonly number[])[], below: readonly (readonly number[])[], x: number): number {
  const z = 1 / (x * x);
  const row = rowFor(x);
  return polynomial(above[row] ?? [], z) / polynomial([1, ...(below[row] ?? [])], z);
}

/** The two slowly changing factors of the asymptotic form. */
function factors(order: 0 | 1, x: number): readonly [number, number] {
  if (order === 0) return [1 + quotient(C.p0R, C.p0S, x), (-0.125 + quotient(C.q0R, C.q0S, x)) / x];
  return [1 + quotient(C.p1R, C.p1S, x), (0.375 + quotient(C.q1R, C.q1S, x)) / x];
}

/** J and Y of order 0 or 1 for x ≥ 2. */
function asymptotic(order: 0 | 1, x: number, isSecondKind: boolean): number {
  const [s, c] = [sin(x), cos(x)];
  let ss = order === 0 ? s - c : -s - c;
  let cc = order === 0 ? s + c : s - c;
  if (x < Number.MAX_VALUE / 2) {
    const z = order === 0 ? -cos(x + x) : cos(x + x);
    // One of the two sums cancels; it is taken from the other.
    if (order === 0 ? s * c < 0 : s * c > 0) cc = z / ss;
    else ss = z / cc;
  }
  if (x > 2 ** 129) return (ROOT * (isSecondKind ? ss : cc)) / Math.sqrt(x);
  const [u, v] = factors(order, x);
  return (ROOT * (isSecondKind ? u * ss + v * cc : u * cc - v * ss)) / Math.sqrt(x);
}

function j0(signed: number): number {
  const x = Math.abs(signed);
  if (x === Infinity) return 0;
  if (x >= 2) return asymptotic(0, x, false);
  const z = x * x;
  if (x < 2 ** -13) return 1 - 0.25 * z;
  const ratio = (z * polynomial(C.j0R, z)) / polynomial([1, ...C.j0S], z);
  return x < 1 ? 1 + z * (-0.25 + ratio) : (1 + 0.5 * x) * (1 - 0.5 * x) + z * ratio;
}

function j1(signed: number): number {
  const x = Math.abs(signed);
  if (x === Infinity || x === 0) return 0;
  const z = x * x;
  const near = (): number =>
    x < 2 ** -27 ? 0.5 * x : 0.5 * x + (z * polynomial(C.j1R, z) * x) / polynomial([1, ...C.j1S], z);
  const value = x >= 2 ? asymptotic(1, x, false) : near();
  return signed < 0 ? -value : value;
}

const TWO_BY_PI = 2 / Math.PI;

function y0(x: number): number {
  if (x >= 2) return asymptotic(0, x, true);
  const [first] = C.y0U;
  if (x <= 2 ** -27) return first + TWO_BY_PI * log(x);
  const z = x * x;
  return polynomial(C.y0U, z) / polynomial([1, ...C.y0V], z) + TWO_BY_PI * j0(x) * log(x);
}

function y1(x: number): number {
  if (x >= 2) return asymptotic(1, x, true);
  if (x <= 2 ** -54) return -TWO_BY_PI / x;
  const z = x * x;
  return x * (polynomial(C.y1U, z) / polynomial([1, ...C.y1V], z)) + TWO_BY_PI * (j1(x) * log(x) - 1 / x);
}

/** Orders beyond this are not computed step by step. */
const ORDER_LIMIT = 100_000;

/** J for an order above x, from the continued fraction downwards. */
function backward(order: number, x: number): number {
  let [low, high] = [(order + order) / x, ((order + order) / x) * ((order + order + 2) / x) - 1];
  let steps = 1;
  for (let z = (order + order) / x + 2 / x; high < 1e9; steps += 1) {
    z += 2 / x;
    [low, high] = [high, z * high - low];
  }
  let t = 0;
  for (let at = 2 * (order + steps); at >= order + order; at -= 2) t = 1 / (at / x - t);
  let [before, value] = [t, 1];
  for (let at = order - 1; at > 0; at -= 1) {
    [before, value] = [value, (value * (at + at)) / x - before];
    if (value > 1e100) [before, t, value] = [before / value, t / value, 1];
  }
  return (t * j0(x)) / value;
}

function smallJ(order: number, x: number): number {
  if (order > 33) return 0;
  let [value, factorial] = [x * 0.5, 1];
  for (let at = 2; at <= order; at += 1) {
    factorial *= at;
    value *= x * 0.5;
  }
  return value / factorial;
}

function forward(order: number, x: number): number {
  let [before, value] = [j0(x), j1(x)];
  for (let at = 1; at < order; at += 1) [before, value] = [value, value * ((at + at) / x) - before];
  return value;
}

function higherJ(order: number, x: number): number {
  if (order > ORDER_LIMIT) return order > x ? 0 : Number.NaN;
  if (order <= x) return x >= 2 ** 302 ? Number.NaN : forward(order, x);
  return x < 2 ** -29 ? smallJ(order, x) : backward(order, x);
}

/** The Bessel function of the first kind; the order is a whole number. */
export function besselJ(order: number, x: number): number {
  if (Number.isNaN(x)) return x;
  if (order === 0) return j0(x);
  if (x === 0 || !Number.isFinite(x)) return 0;
  const [positive, at] = order < 0 ? [-order, -x] : [order, x];
  if (positive === 1) return j1(at);
  const value = higherJ(positive, Math.abs(at));
  return at < 0 && isOdd(positive) ? -value : value;
}

function higherY(order: number, x: number): number {
  if (order > ORDER_LIMIT || x >= 2 ** 302) return order > x ? -Infinity : Number.NaN;
  let [before, value] = [y0(x), y1(x)];
  for (let at = 1; at < order && value !== -Infinity; at += 1) {
    [before, value] = [value, ((at + at) / x) * value - before];
  }
  return value;
}

/** The Bessel function of the second kind; NaN below zero. */
export function besselY(order: number, x: number): number {
  if (Number.isNaN(x) || x < 0) return Number.NaN;
  if (x === Infinity) return 0;
  const isFlipped = order < 0 && isOdd(-order);
  if (x === 0) return isFlipped ? Infinity : -Infinity;
  if (order === 0) return y0(x);
  const value = Math.abs(order) === 1 ? y1(x) : higherY(Math.abs(order), x);
  return isFlipped ? -value : value;
}
