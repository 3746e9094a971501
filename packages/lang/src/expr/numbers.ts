/** Go's int64 from any whole number: what is too large wraps. */
export const wrapInt = (value: bigint): bigint => BigInt.asIntN(64, value);

const MAX_INT = 9_223_372_036_854_775_807n;
const MIN_INT = -9_223_372_036_854_775_808n;

const INTEGER_FORMS: { readonly 0: RegExp; readonly 10: RegExp } = {
  0: /^([+-]?)((?:0x[0-9a-f]+)|(?:0b[01]+)|(?:0o[0-7]+)|\d+)$/i,
  10: /^([+-]?)(\d+)$/,
};

/** Longest text that is read as a number, in characters; longer ones are out of range anyway. */
const INTEGER_LIMIT_CHARACTERS = 400;

/** Reads an integer as strconv.ParseInt does: base 10, or 0 for what the prefix says. Text: Go's reason. */
export function readIntegerText(text: string, base: 0 | 10): bigint | 'invalid syntax' | 'value out of range' {
  const match = INTEGER_FORMS[base].exec(text);
  if (match === null) return 'invalid syntax';
  const digits = (match[2] ?? '').toLowerCase();
  if (digits.length > INTEGER_LIMIT_CHARACTERS) return 'value out of range';
  const magnitude = BigInt(digits);
  const value = match[1] === '-' ? -magnitude : magnitude;
  return value > MAX_INT || value < MIN_INT ? 'value out of range' : value;
}

/** Go's int(float64) on amd64: what does not fit, and NaN, becomes the smallest integer. */
export function truncate(value: number): bigint {
  if (!Number.isFinite(value)) return MIN_INT;
  const whole = BigInt(Math.trunc(value));
  return whole > MAX_INT || whole < MIN_INT ? MIN_INT : whole;
}

const FLOAT_TEXT = /^[+-]?(\d+(_\d+)*(\.(\d+(_\d+)*)?)?|\.\d+(_\d+)*)(e[+-]?\d+(_\d+)*)?$/i;
const HEX_FLOAT = /^([+-]?)0x([0-9a-f]*)(?:\.([0-9a-f]*))?p([+-]?\d+)$/i;

function readHexFloat(text: string): number | undefined {
  const match = HEX_FLOAT.exec(text);
  if (match === null) return undefined;
  const [whole, fraction] = [match[2] ?? '', match[3] ?? ''];
  if (whole === '' && fraction === '') return undefined;
  const mantissa = Number(`0x${whole}${fraction}`);
  const value = mantissa * 2 ** (Number(match[4]) - 4 * fraction.length);
  return match[1] === '-' ? -value : value;
}

/** Reads a float as strconv.ParseFloat does; `undefined` for what is no float or too large. */
export function readFloatText(text: string): number | undefined {
  const special = /^([+-]?)(inf|infinity|nan)$/i.exec(text);
  if (special !== null) {
    if ((special[2] ?? '').toLowerCase() === 'nan') return Number.NaN;
    return special[1] === '-' ? -Infinity : Infinity;
  }
  if (/^[+-]?0x/i.test(text)) return readHexFloat(text);
  if (!FLOAT_TEXT.test(text)) return undefined;
  const value = Number(text.replaceAll('_', ''));
  return Number.isFinite(value) ? value : undefined;
}

/** The shortest digits of a finite float and the place of the point: 0.digits × 10^point. */
function digitsOf(value: number): { readonly digits: string; readonly point: number } {
  const [mantissa = '', exponent = '0'] = Math.abs(value).toExponential().split('e');
  return { digits: mantissa.replace('.', ''), point: Number(exponent) + 1 };
}

function scientific(sign: string, digits: string, exponent: number): string {
  const rest = digits.length > 1 ? `.${digits.slice(1)}` : '';
  const size = String(Math.abs(exponent)).padStart(2, '0');
  return `${sign}${digits.charAt(0)}${rest}e${exponent < 0 ? '-' : '+'}${size}`;
}

function plain(sign: string, digits: string, point: number): string {
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  if (digits.length <= point) return `${sign}${digits.padEnd(point, '0')}`;
  return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
}

/** Writes a float as Go's %v does: shortest, with an exponent from 1e+06 up and below 1e-4. */
export function formatFloat(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  if (value === 0) return `${sign}0`;
  const { digits, point } = digitsOf(value);
  return point - 1 < -4 || point - 1 >= 6 ? scientific(sign, digits, point - 1) : plain(sign, digits, point);
}

/** Writes a finite float as Go's encoding/json does: an exponent only below 1e-6 and from 1e21 up. */
export function formatJsonFloat(value: number): string {
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  if (value === 0) return `${sign}0`;
  const { digits, point } = digitsOf(value);
  if (point - 1 >= -6 && point - 1 < 21) return plain(sign, digits, point);
  return scientific(sign, digits, point - 1).replace(/e-0(\d)$/, 'e-$1');
}
