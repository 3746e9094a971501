/** Splits a number into a fraction in [0.5, 1) and a power of two. */
export function splitBinary(value: number): readonly [fraction: number, exponent: number] {
  if (value === 0 || !Number.isFinite(value)) return [value, 0];
  let exponent = Math.max(-1022, Math.floor(Math.log2(Math.abs(value))));
  let fraction = value / 2 ** exponent;
  while (Math.abs(fraction) < 0.5) {
    fraction *= 2;
    exponent -= 1;
  }
  while (Math.abs(fraction) >= 1) {
    fraction /= 2;
    exponent += 1;
  }
  return [fraction, exponent];
}

/** `fraction * 2^exponent` without leaving the range on the way. */
function joinBinary(fraction: number, exponent: number): number {
  let value = fraction;
  let rest = Math.max(-2200, Math.min(2200, exponent));
  for (; rest > 1000; rest -= 1000) value *= 2 ** 1000;
  for (; rest < -1000; rest += 1000) value *= 2 ** -1000;
  return value * 2 ** rest;
}

/** Exponents up to here are multiplied out; greater ones are left to the platform. */
const WHOLE_LIMIT = 2 ** 31;

/**
 * `base ^ exponent`, multiplied out by squaring as Go's library does, so that the last digit of the result is Go's too;
 * the platform's own operator is off by a unit now and then.
 */
export function power(base: number, exponent: number): number {
  if (exponent === 0.5) return Math.sqrt(base);
  if (exponent === -0.5) return 1 / Math.sqrt(base);
  const size = Math.abs(exponent);
  if (!Number.isFinite(base) || base === 0 || size >= WHOLE_LIMIT || Number.isNaN(size)) return base ** exponent;
  if (base < 0 && !Number.isInteger(exponent)) return Number.NaN;
  let whole = Math.trunc(size);
  let part = size - whole;
  if (part > 0.5) {
    part -= 1;
    whole += 1;
  }
  return multiplyOut(base, { whole, part, negative: exponent < 0 });
}

function multiplyOut(
  base: number,
  { whole, part, negative }: { readonly whole: number; readonly part: number; readonly negative: boolean },
): number {
  let product = part === 0 ? 1 : Math.exp(part * Math.log(base));
  let productExponent = 0;
  let [factor, factorExponent] = splitBinary(base);
  for (let rest = whole; rest > 0; rest = Math.floor(rest / 2)) {
    if (Math.abs(factorExponent) > 4096) return negative === factorExponent > 0 ? 0 : Infinity;
    if (rest % 2 === 1) {
      product *= factor;
      productExponent += factorExponent;
    }
    factor *= factor;
    factorExponent *= 2;
    if (factor < 0.5) {
      factor += factor;
      factorExponent -= 1;
    }
  }
  return negative ? joinBinary(1 / product, -productExponent) : joinBinary(product, productExponent);
}
