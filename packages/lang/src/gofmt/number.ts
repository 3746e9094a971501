/** How strconv writes a float: `e`, `f`, `g`, `b` (power of two) or `x` (hexadecimal); upper case for `E`, `G`, `X`. */
export type FloatVerb = 'e' | 'E' | 'f' | 'g' | 'G' | 'b' | 'x' | 'X';

/** Decimal digits without a point, and where the point stands (0.digits × 10^point). */
interface Decimal {
  readonly digits: string;
  readonly point: number;
}

const ZERO: Decimal = { digits: '', point: 0 };

/** Mantissa and exponent (base 2) of a positive finite float. */
function binaryParts(value: number): { readonly mantissa: bigint; readonly exponent: number } {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  const bits = view.getBigUint64(0);
  const biased = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & 0xfffffffffffffn;
  return biased === 0
    ? { mantissa: fraction, exponent: -1074 }
    : { mantissa: fraction | 0x10000000000000n, exponent: biased - 1075 };
}

/** Every decimal digit of a positive float. */
function exactDecimal(value: number): Decimal {
  const { mantissa, exponent } = binaryParts(value);
  const scaled = exponent >= 0 ? mantissa << BigInt(exponent) : mantissa * 5n ** BigInt(-exponent);
  const text = String(scaled);
  return { digits: text, point: text.length + Math.min(0, exponent) };
}

/** Keeps `count` digits, rounding half to even. */
function roundTo(decimal: Decimal, count: number): Decimal {
  const { digits, point } = decimal;
  if (count >= digits.length) return decimal;
  if (count < 0) return ZERO;
  const kept = digits.slice(0, count);
  const rest = digits.slice(count);
  const half = /^50*$/.test(rest);
  const odd = count > 0 && Number(kept.at(-1)) % 2 === 1;
  const up = half ? odd : rest.charAt(0) >= '5';
  if (!up) return { digits: kept, point };
  const raised = String(BigInt(kept === '' ? '0' : kept) + 1n).padStart(count, '0');
  return { digits: raised, point: point + (raised.length > count ? 1 : 0) };
}

/** The fewest digits that read back as the same float. */
function shortestDecimal(value: number): Decimal {
  const [digits = '', exponent = '0'] = value.toExponential().split('e');
  return { digits: digits.replace('.', ''), point: Number(exponent) + 1 };
}

function withExponent(decimal: Decimal, precision: number, letter: string): string {
  const first = decimal.digits.charAt(0) || '0';
  const rest = decimal.digits.slice(1, precision + 1).padEnd(precision, '0');
  const exponent = decimal.digits === '' ? 0 : decimal.point - 1;
  const power = String(Math.abs(exponent)).padStart(2, '0');
  return `${first}${rest === '' ? '' : `.${rest}`}${letter}${exponent < 0 ? '-' : '+'}${power}`;
}

function withoutExponent(decimal: Decimal, precision: number): string {
  const { digits, point } = decimal;
  const whole = point > 0 ? digits.slice(0, point).padEnd(point, '0') : '0';
  if (precision === 0) return whole;
  const fraction = point >= 0 ? digits.slice(point) : `${'0'.repeat(Math.min(-point, precision))}${digits}`;
  return `${whole}.${fraction.slice(0, precision).padEnd(precision, '0')}`;
}

const trimmed = (decimal: Decimal): Decimal => ({ ...decimal, digits: decimal.digits.replace(/0+$/, '') });

function general(value: number, precision: number, letter: string): string {
  const shortest = precision < 0;
  const wanted = precision === 0 ? 1 : precision;
  const decimal =
    value === 0
      ? { digits: '', point: 1 }
      : trimmed(shortest ? shortestDecimal(value) : roundTo(exactDecimal(value), wanted));
  const count = decimal.digits.length;
  const limit = shortest ? 6 : wanted > count && count >= decimal.point ? count : wanted;
  const exponent = decimal.point - 1;
  if (exponent < -4 || exponent >= limit) {
    return withExponent(decimal, Math.max(0, count - 1), letter);
  }
  return withoutExponent(decimal, Math.max(count - decimal.point, 0));
}

function scientific(value: number, precision: number, letter: string): string {
  if (value === 0) return withExponent(ZERO, Math.max(precision, 0), letter);
  const decimal = precision < 0 ? trimmed(shortestDecimal(value)) : roundTo(exactDecimal(value), precision + 1);
  return withExponent(decimal, precision < 0 ? Math.max(0, decimal.digits.length - 1) : precision, letter);
}

function plain(value: number, precision: number): string {
  if (value === 0) return withoutExponent({ digits: '', point: 1 }, Math.max(precision, 0));
  if (precision < 0) {
    const decimal = trimmed(shortestDecimal(value));
    return withoutExponent(decimal, Math.max(decimal.digits.length - decimal.point, 0));
  }
  const exact = exactDecimal(value);
  return withoutExponent(roundTo(exact, exact.point + precision), precision);
}

function powerOfTwo(value: number): string {
  const { mantissa, exponent } = binaryParts(value);
  return `${mantissa}p${exponent < 0 ? '-' : '+'}${Math.abs(exponent)}`;
}

/** Keeps so many hexadecimal digits behind the first one, rounding half to even. */
function roundHex(mantissa: bigint, digits: number): bigint {
  const drop = BigInt(4 * (13 - digits));
  const kept = mantissa >> drop;
  const rest = mantissa & ((1n << drop) - 1n);
  const half = 1n << (drop - 1n);
  return rest > half || (rest === half && (kept & 1n) === 1n) ? kept + 1n : kept;
}

/** A fraction's digits behind a point; nothing when there are none. */
const point = (digits: string): string => (digits === '' ? '' : `.${digits}`);

function hexadecimal(value: number, precision: number): string {
  if (value === 0) return `0x0${point('0'.repeat(Math.max(0, precision)))}p+00`;
  let { mantissa, exponent } = binaryParts(value);
  while (mantissa < 1n << 52n) [mantissa, exponent] = [mantissa << 1n, exponent - 1];
  exponent += 52;
  const rounded = precision >= 0 && precision < 13 ? roundHex(mantissa, precision) : mantissa;
  // Rounding up may have made a second digit before the point; all others are then zero.
  if (rounded.toString(16).startsWith('2')) exponent += 1;
  const all = rounded.toString(16).slice(1);
  const digits = precision < 0 ? all.replace(/0+$/, '') : all.padEnd(precision, '0');
  const power = String(Math.abs(exponent)).padStart(2, '0');
  return `0x1${point(digits)}p${exponent < 0 ? '-' : '+'}${power}`;
}

function magnitude(value: number, verb: FloatVerb, precision: number): string {
  switch (verb) {
    case 'e':
    case 'E':
      return scientific(value, precision, verb);
    case 'f':
      return plain(value, precision);
    case 'b':
      return powerOfTwo(value);
    case 'x':
      return hexadecimal(value, precision);
    case 'X':
      return hexadecimal(value, precision).toUpperCase();
    default:
      return general(value, precision, verb === 'G' ? 'E' : 'e');
  }
}

/** Go's strconv.FormatFloat for float64; `precision` -1 gives the fewest digits that read back the same. */
export function formatGoFloat(value: number, verb: FloatVerb, precision: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  const negative = value < 0 || Object.is(value, -0);
  return `${negative ? '-' : ''}${magnitude(Math.abs(value), verb, precision)}`;
}

const UNDERSCORES_OK =
  /^[-+]?(0[xX]_?[0-9a-fA-F]+(_[0-9a-fA-F]+)*|0[bB]_?[01]+(_[01]+)*|0[oO]?_?[0-7]+(_[0-7]+)*|[0-9]+(_[0-9]+)*)$/;

/** An unsigned integer whose prefix says its base. */
function prefixedDigits(text: string): bigint | undefined {
  if (text.includes('_') && !UNDERSCORES_OK.test(text)) return undefined;
  const digits = text.replaceAll('_', '');
  if (/^0[xX][0-9a-fA-F]+$|^0[bB][01]+$|^0[oO][0-7]+$/.test(digits)) return BigInt(digits.toLowerCase());
  if (/^0[0-7]+$/.test(digits)) return BigInt(`0o${digits.slice(1)}`);
  return /^(0|[1-9][0-9]*)$/.test(digits) ? BigInt(digits) : undefined;
}

/** The digits of an unsigned integer literal in a base; `undefined` for wrong syntax. */
function unsignedDigits(text: string, base: number): bigint | undefined {
  if (base === 0) return prefixedDigits(text);
  if (base === 8) return /^[0-7]+$/.test(text) ? BigInt(`0o${text}`) : undefined;
  if (base === 16) return /^[0-9a-fA-F]+$/.test(text) ? BigInt(`0x${text}`) : undefined;
  return /^[0-9]+$/.test(text) ? BigInt(text) : undefined;
}

/** Why a number was not read: the words of strconv. */
export type NumberFault = 'invalid syntax' | 'value out of range';

/** Go's int64 range. */
export const MAX_INT64 = 9_223_372_036_854_775_807n;

/** Go's strconv.ParseInt(text, base, 64) for base 0 (by prefix), 8, 10, 16. */
export function parseGoInt(text: string, base: number): bigint | NumberFault {
  const negative = text.startsWith('-');
  const digits = unsignedDigits(/^[-+]/.test(text) ? text.slice(1) : text, base);
  if (digits === undefined) return 'invalid syntax';
  if (digits > MAX_INT64 + (negative ? 1n : 0n)) return 'value out of range';
  return negative ? -digits : digits;
}

/** Go's strconv.ParseUint(text, base, 64). */
export function parseGoUint(text: string, base: number): bigint | NumberFault {
  const digits = unsignedDigits(text, base);
  if (digits === undefined) return 'invalid syntax';
  return digits > 18_446_744_073_709_551_615n ? 'value out of range' : digits;
}

const DECIMAL_FLOAT = /^[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?$/;
const HEX_FLOAT = /^([-+]?)0[xX]([0-9a-fA-F]*)(?:\.([0-9a-fA-F]*))?[pP]([-+]?[0-9]+)$/;
const SPECIAL_FLOAT = /^([-+]?)(inf|infinity)$/i;

function hexFloat(match: RegExpExecArray): number | NumberFault {
  const [whole, fraction] = [match[2] ?? '', match[3] ?? ''];
  if (whole === '' && fraction === '') return 'invalid syntax';
  const power = Number(match[4]) - 4 * fraction.length;
  const value = Number(BigInt(`0x${whole}${fraction}`)) * 2 ** power;
  if (!Number.isFinite(value)) return 'value out of range';
  return match[1] === '-' ? -value : value;
}

/** Go's strconv.ParseFloat(text, 64). Underscores may stand between digits. */
export function parseGoFloat64(text: string): number | NumberFault {
  const special = SPECIAL_FLOAT.exec(text);
  if (special !== null) return special[1] === '-' ? -Infinity : Infinity;
  if (/^nan$/i.test(text)) return Number.NaN;
  const hex = HEX_FLOAT.exec(text);
  if (hex !== null) return hexFloat(hex);
  const digits = text.replaceAll(/(?<=[0-9])_(?=[0-9])/g, '');
  if (!DECIMAL_FLOAT.test(digits)) return 'invalid syntax';
  const value = Number(digits);
  return Number.isFinite(value) ? value : 'value out of range';
}

/** Wraps an integer into 64 signed bits, as Go's arithmetic does. */
export function wrapInt64(value: bigint): bigint {
  return BigInt.asIntN(64, value);
}

/** Go's int64(f) on amd64: truncation; what does not fit becomes the least int64. */
export function floatToInt64(value: number): bigint {
  if (!Number.isFinite(value) || Math.abs(value) >= 9_223_372_036_854_775_808) return -MAX_INT64 - 1n;
  return BigInt(Math.trunc(value));
}
