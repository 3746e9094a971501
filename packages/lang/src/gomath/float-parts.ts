const view = new DataView(new ArrayBuffer(8));

/** The bits of a float. */
export function bitsOf(x: number): bigint {
  view.setFloat64(0, x);
  return view.getBigUint64(0);
}

/** The float with these bits. */
export function fromBits(bits: bigint): number {
  view.setBigUint64(0, bits);
  return view.getFloat64(0);
}

/** Takes a float apart: `x = fraction × 2^exponent` with `0.5 ≤ |fraction| < 1`. */
export function frexp(x: number): { readonly fraction: number; readonly exponent: number } {
  if (x === 0 || !Number.isFinite(x)) return { fraction: x, exponent: 0 };
  const isTiny = Math.abs(x) < 2.2250738585072014e-308;
  const bits = bitsOf(isTiny ? x * 2 ** 52 : x);
  const exponent = Number((bits >> 52n) & 0x7ffn) - 1022 - (isTiny ? 52 : 0);
  return { fraction: fromBits((bits & ~(0x7ffn << 52n)) | (1022n << 52n)), exponent };
}

/** `fraction × 2^exponent`, in steps that do not overflow on the way. */
export function ldexp(fraction: number, exponent: number): number {
  if (fraction === 0 || !Number.isFinite(fraction)) return fraction;
  const power = Math.max(-2200, Math.min(2200, exponent));
  let x = fraction;
  let left = power;
  for (; left > 1000; left -= 1000) x *= 2 ** 1000;
  const { fraction: part, exponent: own } = frexp(x);
  const total = own + left;
  if (total > -1021)
    return total > 1024 ? part * Infinity : part * 2 ** Math.min(total, 1000) * 2 ** Math.max(0, total - 1000);
  // One rounding only: the part is scaled so that the last step alone loses digits.
  return part * 2 ** -1000 * 2 ** Math.max(-1074, total + 1000);
}

/** True for a whole number that is odd. */
export function isOdd(x: number): boolean {
  return Number.isInteger(x) && x % 2 !== 0;
}
