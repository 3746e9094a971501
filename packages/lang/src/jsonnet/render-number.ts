import type { Runtime } from './runtime.ts';

// compat(lang-0604): The arithmetic follows Jsonnet's own standard library step by step, in doubles: its rounding is part of the language.

/** What the flags of a format code ask for. */
export interface NumberStyle {
  /** Total width to fill with zeros; 0 for none. */
  readonly zeros: number;
  readonly blank: boolean;
  readonly plus: boolean;
  readonly alternate: boolean;
  readonly capitals: boolean;
}

function sign(negative: boolean, style: { readonly plus: boolean; readonly blank: boolean }): string {
  if (negative) return '-';
  if (style.plus) return '+';
  return style.blank ? ' ' : '';
}

function padZeros(text: string, width: number): string {
  return '0'.repeat(Math.max(0, Math.ceil(width - text.length))) + text;
}

function digitsOf(magnitude: number, radix: number): string {
  const numerals = '0123456789abcdef';
  let text = '';
  for (let rest = magnitude; rest !== 0; rest = Math.floor(rest / radix)) text = numerals.charAt(rest % radix) + text;
  return text;
}

interface IntegerStyle extends NumberStyle {
  readonly digits: number;
  readonly radix: number;
}

/** `%d` and `%o`. */
export function renderInteger(value: number, style: IntegerStyle): string {
  const prefix = style.alternate && style.radix === 8 ? '0' : '';
  return renderMagnitude(value <= -1, Math.floor(Math.abs(value)), { ...style, prefix });
}

function renderMagnitude(negative: boolean, magnitude: number, style: IntegerStyle & { prefix: string }): string {
  const digits = magnitude === 0 ? '0' : style.prefix + digitsOf(magnitude, style.radix);
  const room = style.zeros - (negative || style.blank || style.plus ? 1 : 0);
  return sign(negative, style) + padZeros(digits, Math.max(room, style.digits));
}

/** `%x` and `%X` of a whole number. */
export function renderHex(value: number, style: NumberStyle & { readonly digits: number }): string {
  const magnitude = Math.abs(value);
  const digits = magnitude === 0 ? '0' : digitsOf(magnitude, 16);
  const negative = value < 0;
  const room = style.zeros - (negative || style.blank || style.plus ? 1 : 0) - (style.alternate ? 2 : 0);
  const shown = padZeros(style.capitals ? digits.toUpperCase() : digits, Math.max(room, style.digits));
  const prefix = style.alternate ? (style.capitals ? '0X' : '0x') : '';
  return sign(negative, style) + prefix + shown;
}

interface FractionStyle extends NumberStyle {
  readonly precision: number;
  /** Keep zeros at the end of the fraction. */
  readonly trailing: boolean;
}

const PLAIN = { zeros: 0, blank: false, plus: false, alternate: false, capitals: false, radix: 10, prefix: '' };

/** `%f`. */
export function renderPoint(value: number, style: FractionStyle, runtime: Runtime): string {
  const { precision } = style;
  const denominator = runtime.finite(10 ** precision);
  const numerator = runtime.finite(runtime.finite(Math.abs(value) * denominator) + 0.5);
  const whole = (value === 0 ? 0 : 1) * Math.floor(numerator / denominator);
  const fraction = Math.floor(numerator) % denominator;
  const dot = precision === 0 && !style.alternate ? 0 : 1;
  const integer = { ...style, zeros: style.zeros - precision - dot, digits: 0, radix: 10, prefix: '' };
  const text = renderMagnitude(value < 0, whole, integer);
  if (precision === 0) return text + (style.alternate ? '.' : '');
  if (!style.trailing && !(fraction > 0)) return text;
  const digits = renderMagnitude(false, fraction, { ...PLAIN, zeros: precision, digits: 0 });
  return `${text}.${style.trailing ? digits : digits.replace(/0+$/, '')}`;
}

function decimalExponent(value: number): number {
  return value === 0 ? 0 : Math.floor(Math.log(Math.abs(value)) / Math.log(10));
}

/** `%e` and `%E`. */
export function renderScientific(value: number, style: FractionStyle, runtime: Runtime): string {
  const exponent = decimalExponent(value);
  const size = renderMagnitude(exponent < 0, Math.abs(exponent), { ...PLAIN, zeros: 3, plus: true, digits: 0 });
  const suffix = (style.capitals ? 'E' : 'e') + size;
  // The smallest doubles: the power itself would be zero.
  const mantissa = exponent === -324 ? (value * 10) / 10 ** (exponent + 1) : value / 10 ** exponent;
  return renderPoint(mantissa, { ...style, zeros: style.zeros - suffix.length }, runtime) + suffix;
}

/** `%g` and `%G`. */
export function renderGeneral(
  value: number,
  style: NumberStyle & { readonly precision: number },
  runtime: Runtime,
): string {
  const exponent = decimalExponent(value);
  const trailing = style.alternate;
  if (exponent < -4 || exponent >= style.precision) {
    return renderScientific(value, { ...style, precision: style.precision - 1, trailing }, runtime);
  }
  const before = Math.max(1, exponent + 1);
  return renderPoint(value, { ...style, precision: style.precision - before, trailing }, runtime);
}
