import { diagnostic, DiagnosticError } from '../diagnostic/index.ts';

/** The family of suffixes a quantity was written with, which its canonical form keeps. */
export type QuantityFormat = 'DecimalSI' | 'BinarySI' | 'DecimalExponent';

/** An exact amount: `digits × 10^exponent` of a base unit, or of 1 when `format` is BinarySI and the exponent is 0. */
export interface Quantity {
  /** The unscaled integer; may be negative. */
  readonly digits: bigint;
  /** Power of ten; at least -9 and at most 18 after reading. */
  readonly exponent: number;
  readonly format: QuantityFormat;
}

/** Longest text that is read as a quantity. */
export const MAX_QUANTITY_LENGTH = 256;

const BINARY_SUFFIXES = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
const DECIMAL_SUFFIXES = new Map<string, number>([
  ['n', -9],
  ['u', -6],
  ['m', -3],
  ['', 0],
  ['k', 3],
  ['M', 6],
  ['G', 9],
  ['T', 12],
  ['P', 15],
  ['E', 18],
]);
const SUFFIX_BY_EXPONENT = new Map([...DECIMAL_SUFFIXES].map(([suffix, exponent]) => [exponent, suffix]));
const FORM = /^([+-]?)(\d*)(?:\.(\d*))?([A-Za-z]*)([+-]?\d+)?$/;

/** Finest step: anything smaller rounds away from zero to it. */
const FINEST = -9;
/** Largest amount that upstream keeps: 2^63 − 1; more is cut to it. */
const LARGEST = 9_223_372_036_854_775_807n;

function malformed(): Error {
  const expression = "'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
  return new DiagnosticError(diagnostic(`quantities must match the regular expression ${expression}`));
}

interface Scale {
  readonly format: QuantityFormat;
  readonly exponent: number;
  readonly factor: bigint;
}

function scaleOf(suffix: string, exponentText: string | undefined): Scale {
  const binary = suffix === '' ? -1 : BINARY_SUFFIXES.indexOf(suffix);
  if ((suffix === 'e' || suffix === 'E') && exponentText !== undefined) {
    const exponent = Number(exponentText);
    if (!Number.isSafeInteger(exponent) || Math.abs(exponent) > 1000) throw malformed();
    return { format: 'DecimalExponent', exponent, factor: 1n };
  }
  if (exponentText !== undefined) throw malformed();
  if (binary > 0) return { format: 'BinarySI', exponent: 0, factor: 1n << BigInt(10 * binary) };
  const exponent = DECIMAL_SUFFIXES.get(suffix);
  if (exponent === undefined) throw malformed();
  return { format: 'DecimalSI', exponent, factor: 1n };
}

/** Divides away from zero: quantities round up, so that a request is never smaller than asked for. */
function divideUp(value: bigint, by: bigint): bigint {
  const quotient = value / by;
  const remainder = value % by;
  if (remainder === 0n) return quotient;
  return value < 0n ? quotient - 1n : quotient + 1n;
}

function dropZeros(quantity: Quantity): Quantity {
  let { digits, exponent } = quantity;
  if (digits === 0n) return { digits, exponent: 0, format: quantity.format };
  while (digits % 10n === 0n) {
    digits /= 10n;
    exponent += 1;
  }
  return { digits, exponent, format: quantity.format };
}

/** Digits of a decimal quantity up to which upstream keeps it whole, however large its suffix. */
const EXACT_DECIMAL_DIGITS = 18;

/** Rounds to the finest step and cuts at the largest amount, where upstream cuts. */
function bounded(quantity: Quantity, exact = false): Quantity {
  let { digits, exponent } = dropZeros(quantity);
  if (exponent < FINEST) {
    digits = divideUp(digits, 10n ** BigInt(FINEST - exponent));
    exponent = FINEST;
  } else if (exact) {
    return { digits, exponent, format: quantity.format };
  }
  const whole = exponent >= 0 ? digits * 10n ** BigInt(exponent) : digits / 10n ** BigInt(-exponent);
  if (whole > LARGEST) return { digits: LARGEST, exponent: 0, format: quantity.format };
  if (whole < -LARGEST) return { digits: -LARGEST, exponent: 0, format: quantity.format };
  return dropZeros({ digits, exponent, format: quantity.format });
}

/**
 * Reads a quantity: `100m`, `1.5Gi`, `1e3`, `0.5`. A number is read as its text. Exact, save that upstream's bounds
 * apply: nothing finer than a billionth (rounded away from zero), nothing beyond 2^63 − 1.
 * @throws DiagnosticError with upstream's words when it is no quantity.
 */
export function parseQuantity(text: string | number): Quantity {
  const source = String(text);
  const match = source.length > MAX_QUANTITY_LENGTH ? null : FORM.exec(source);
  if (match === null) throw malformed();
  const part = (index: number): string => match[index] ?? '';
  const [whole, fraction] = [part(2), part(3)];
  if (whole === '' && fraction === '') throw malformed();
  const scale = scaleOf(part(4), match[5]);
  const magnitude = BigInt(`${whole}${fraction}`) * scale.factor;
  const digits = part(1) === '-' ? -magnitude : magnitude;
  const significant = whole.replace(/^0+/, '').length + fraction.length;
  const exact = scale.format !== 'BinarySI' && significant <= EXACT_DECIMAL_DIGITS;
  return bounded({ digits, exponent: scale.exponent - fraction.length, format: scale.format }, exact);
}

function formatDecimal(quantity: Quantity, exponential: boolean): string {
  const { digits, exponent } = dropZeros(quantity);
  // The exponent becomes a multiple of three that leaves an integer in front.
  const step = Math.floor(exponent / 3) * 3;
  const target = exponential ? step : Math.max(FINEST, Math.min(step, 18));
  const front = digits * 10n ** BigInt(exponent - target);
  if (!exponential) return `${front}${SUFFIX_BY_EXPONENT.get(target) ?? ''}`;
  return target === 0 ? String(front) : `${front}e${target}`;
}

function formatBinary(quantity: Quantity): string {
  const { digits, exponent } = quantity;
  if (exponent < 0) return formatDecimal(quantity, false);
  let front = digits * 10n ** BigInt(exponent);
  // compat(kube-0202): small amounts have no binary suffix of their own, so upstream prints them as decimal ones.
  if (front > -1024n && front < 1024n) return formatDecimal(quantity, false);
  let power = 0;
  while (power < BINARY_SUFFIXES.length - 1 && front % 1024n === 0n) {
    front /= 1024n;
    power += 1;
  }
  return `${front}${BINARY_SUFFIXES[power] ?? ''}`;
}

/** The canonical text: no fraction, the largest suffix that leaves an integer, the family it was written in. */
export function formatQuantity(quantity: Quantity): string {
  if (quantity.digits === 0n) return '0';
  if (quantity.format === 'BinarySI') return formatBinary(quantity);
  return formatDecimal(quantity, quantity.format === 'DecimalExponent');
}

/** The canonical text of a text: `0.5` → `500m`, `1024Mi` → `1Gi`, `1000m` → `1`. @throws as `parseQuantity`. */
export function canonicalQuantity(text: string | number): string {
  return formatQuantity(parseQuantity(text));
}

/** Negative, zero or positive as `a` is less than, equal to or greater than `b`. Exact. */
export function compareQuantity(a: Quantity, b: Quantity): number {
  const exponent = Math.min(a.exponent, b.exponent);
  const left = a.digits * 10n ** BigInt(a.exponent - exponent);
  const right = b.digits * 10n ** BigInt(b.exponent - exponent);
  return left < right ? -1 : left > right ? 1 : 0;
}

/** The sum, in the format of `a` (of `b` when `a` is zero), as upstream adds. */
export function addQuantity(a: Quantity, b: Quantity): Quantity {
  const exponent = Math.min(a.exponent, b.exponent);
  const digits = a.digits * 10n ** BigInt(a.exponent - exponent) + b.digits * 10n ** BigInt(b.exponent - exponent);
  return bounded({ digits, exponent, format: a.digits === 0n ? b.format : a.format });
}

/** `a − b`, in the format of `a`. */
export function subtractQuantity(a: Quantity, b: Quantity): Quantity {
  return addQuantity(a, { ...b, digits: -b.digits });
}

/** The value in units of `10^scale`, rounded away from zero: `scale` -3 gives milli-units. */
export function scaledQuantity(quantity: Quantity, scale: number): bigint {
  const shift = quantity.exponent - scale;
  if (shift >= 0) return quantity.digits * 10n ** BigInt(shift);
  return divideUp(quantity.digits, 10n ** BigInt(-shift));
}
