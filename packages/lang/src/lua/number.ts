const HEXADECIMAL = /^[+-]?0[xX][0-9a-fA-F]+$/;
const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const SPACE = /^[ \t\n\v\f\r]+|[ \t\n\v\f\r]+$/g;
const INT64_END = 2 ** 63;

/** The longest text that is read as a number. */
const NUMBER_LIMIT_CHARACTERS = 400;

/** Text → number as Lua's coercions read it: decimal or hexadecimal, blanks around; `undefined` when it is none. */
export function parseLuaNumber(text: string): number | undefined {
  if (text.length > NUMBER_LIMIT_CHARACTERS) return undefined;
  const trimmed = text.replaceAll(SPACE, '');
  if (DECIMAL.test(trimmed)) return Number(trimmed);
  if (!HEXADECIMAL.test(trimmed)) return undefined;
  return trimmed.startsWith('-') ? -Number(trimmed.slice(1)) : Number(trimmed.replace('+', ''));
}

/** Text → integer in a base from 2 to 36; `undefined` when a digit does not belong to the base. */
export function parseInBase(text: string, radix: number): number | undefined {
  const trimmed = text.replaceAll(SPACE, '').toLowerCase();
  const negative = trimmed.startsWith('-');
  let digits = /^[+-]/.test(trimmed) ? trimmed.slice(1) : trimmed;
  if (radix === 16 && digits.startsWith('0x')) digits = digits.slice(2);
  if (digits.length === 0 || digits.length > NUMBER_LIMIT_CHARACTERS) return undefined;
  let value = 0;
  for (const digit of digits) {
    const worth = '0123456789abcdefghijklmnopqrstuvwxyz'.indexOf(digit);
    if (worth < 0 || worth >= radix) return undefined;
    value = value * radix + worth;
  }
  return negative ? -value : value;
}

/** True for a number that Go's int64 holds exactly. */
export function isInt64(value: number): boolean {
  return Number.isInteger(value) && value >= -INT64_END && value < INT64_END;
}

/** Digits of an integer, never with an exponent. Shape: an integral double in, `-?\d+` out. */
export function integerText(value: number): string {
  return Number.isSafeInteger(value) ? String(value === 0 ? 0 : value) : BigInt(value).toString();
}

/** `mantissa e±dd` with at least two exponent digits, as Go and C write it. */
export function padExponent(text: string): string {
  return text.replace(/e([+-])(\d)$/, 'e$10$2');
}

const goSpecial = (value: number): string => (Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf');

/** The shortest text that reads back as the same double, in Go's `%g`. */
export function shortestText(value: number): string {
  if (!Number.isFinite(value)) return goSpecial(value);
  if (Object.is(value, -0)) return '-0';
  const scientific = value.toExponential();
  const exponent = Number(scientific.slice(scientific.indexOf('e') + 1));
  return exponent < -4 || exponent >= 6 ? padExponent(scientific) : String(value);
}

/**
 * A number as Lua's `tostring` gives it under gopher-lua: whole numbers without point or exponent, others shortest.
 */
export function numberText(value: number): string {
  // compat(lang-0500): gopher-lua prints Go's shortest form (0.1, 0.3333333333333333, +Inf, NaN), not C's %.14g.
  return isInt64(value) ? integerText(value) : shortestText(value);
}
