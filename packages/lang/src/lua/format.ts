import { integerText, isInt64, numberText, padExponent, parseLuaNumber, shortestText } from './number.ts';
import { plainText } from './operations.ts';
import type { Run } from './run.ts';
import { decodeBytes, decodePoint, encodePoint } from './text.ts';
import type { LuaValue } from './value.ts';

/** Characters that a width or precision of `string.format` may ask for. */
export const LUA_LIMIT_FORMAT_WIDTH = 1000;

/** One verb of a format: flags, width, precision (absent: -1) and the letter. */
interface Verb {
  readonly flags: string;
  readonly width: number;
  readonly precision: number;
  readonly letter: string;
}

const VERB = /%([-+# 0]*)(\d*)(?:\.(\d*))?([\s\S])?/g;

/** `string.format`: the verbs of Go's fmt, which gopher-lua hands its values to. */
export function formatText(run: Run, format: string, args: readonly LuaValue[]): string {
  const parts: string[] = [];
  let used = 0;
  let from = 0;
  let bytes = 0;
  for (const found of format.matchAll(VERB)) {
    const letter = found[4];
    const taken = letter !== undefined && letter !== '%';
    run.spend(taken ? 50 : 1);
    const text = taken ? formatNext(run, readVerb(run, found), args.slice(used, used + 1)) : letter;
    if (taken) used += 1;
    parts.push(format.slice(from, found.index), text ?? '%!(NOVERB)');
    from = found.index + found[0].length;
    bytes += text?.length ?? 0;
    if (bytes > run.limits.stringBytes) run.allocateText(bytes);
  }
  parts.push(format.slice(from));
  return parts.join('');
}

function readVerb(run: Run, [, flags, width, precision, letter]: RegExpMatchArray): Verb {
  const verb = {
    flags: flags ?? '',
    width: Number(width ?? ''),
    precision: precision === undefined ? -1 : Number(precision),
    letter: letter ?? '',
  };
  if (Math.max(verb.width, verb.precision) <= LUA_LIMIT_FORMAT_WIDTH) return verb;
  throw run.failure('invalid format (width or precision too long)');
}

/** One verb with its argument, if there is one left. */
function formatNext(run: Run, verb: Verb, args: readonly LuaValue[]): string {
  // compat(lang-0502): a verb without argument prints Go's %!d(MISSING) instead of raising an error.
  return args.length === 0 ? `%!${verb.letter}(MISSING)` : formatValue(run, verb, args[0]);
}

function formatValue(run: Run, verb: Verb, value: LuaValue): string {
  if (typeof value === 'number') return formatNumber(verb, value);
  if (typeof value === 'string') return formatString(verb, value);
  if (verb.letter === 's' || verb.letter === 'v') return pad(verb, cut(verb, plainText(run, value)));
  if (typeof value === 'boolean' && verb.letter === 't') return pad(verb, String(value));
  if (verb.letter === 'q') return pad(verb, quote(plainText(run, value)));
  return `%!${verb.letter}(${plainText(run, value)})`;
}

function formatString(verb: Verb, value: string): string {
  switch (verb.letter) {
    case 's':
    case 'v':
      return pad(verb, cut(verb, value));
    case 'q':
      return pad(verb, quote(cut(verb, value)));
    case 'x':
    case 'X':
      return pad(verb, hexText(value, verb));
    case 'd':
    case 'i':
      // compat(lang-0503): under %d text that is a number prints as it is, and other text prints as 0.
      return parseLuaNumber(value) === undefined ? formatInteger({ ...verb, letter: 'd' }, 0) : pad(verb, value);
    default:
      return `%!${verb.letter}(string=${pad(verb, cut(verb, value))})`;
  }
}

function hexText(value: string, { letter, flags }: Verb): string {
  const prefix = flags.includes('#') && value.length > 0 ? `0${letter}` : '';
  const digits = Array.from(value, (unit) => unit.charCodeAt(0).toString(16).padStart(2, '0')).join('');
  return prefix + (letter === 'X' ? digits.toUpperCase() : digits);
}

function formatNumber(verb: Verb, value: number): string {
  switch (verb.letter) {
    case 's':
      return pad(verb, cut(verb, numberText(value)));
    case 'q':
      return pad(verb, quote(numberText(value)));
    case 'd':
    case 'i':
      return formatInteger({ ...verb, letter: 'd' }, value);
    case 'b':
    case 'o':
    case 'x':
    case 'X':
      return formatInteger(verb, value);
    case 'c':
      return pad(verb, encodePoint(Math.trunc(value) >= 0 && value <= 0x10_ffff ? Math.trunc(value) : 0xfffd));
    case 'e':
    case 'E':
    case 'f':
    case 'F':
    case 'g':
    case 'G':
      return signed(verb, floatText(verb, value));
    case 'v':
      return isInt64(value) ? formatInteger({ ...verb, letter: 'd' }, value) : signed(verb, shortestText(value));
    default:
      return isInt64(value)
        ? `%!${verb.letter}(int64=${integerText(value)})`
        : `%!${verb.letter}(float64=${shortestText(value)})`;
  }
}

const RADIX: { readonly [letter: string]: number } = { b: 2, o: 8, x: 16, X: 16 };

function formatInteger(verb: Verb, value: number): string {
  const whole = Number.isFinite(value) && isInt64(Math.trunc(value)) ? BigInt(Math.trunc(value)) : -(2n ** 63n);
  const magnitude = whole < 0n ? -whole : whole;
  let digits = magnitude.toString(RADIX[verb.letter] ?? 10).padStart(Math.max(0, verb.precision), '0');
  if (verb.letter === 'X') digits = digits.toUpperCase();
  if (verb.flags.includes('#') && verb.letter.toLowerCase() === 'x') digits = `0${verb.letter}${digits}`;
  const plain = verb.precision >= 0 ? { ...verb, flags: verb.flags.replaceAll('0', '') } : verb;
  return signed(plain, whole < 0n ? `-${digits}` : digits);
}

function floatText(verb: Verb, value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
  const { letter } = verb;
  const lower = letter.toLowerCase();
  const minus = Object.is(value, -0) ? '-' : '';
  if (lower === 'f') return minus + fixedText(value, verb.precision < 0 ? 6 : verb.precision);
  const text =
    lower === 'e'
      ? padExponent(exponentText(value, verb.precision < 0 ? 6 : verb.precision))
      : generalText(value, verb.precision);
  return letter === lower ? minus + text : minus + text.toUpperCase();
}

/** Digits that are looked at to tell an exact half from more than half. */
const TIE_DIGITS = 30;

/** Rounds the last digit of `up` down to even when `long`, which has more digits, says that it was an exact half. */
function evenTie(up: string, long: string, size: number): string {
  const rest = long.slice(size).replace('.', '');
  if (!/^50*$/.test(rest)) return up;
  const down = long.slice(0, size).replace(/\.$/, '');
  return /[02468]$/.test(down) ? down : up;
}

/** Scientific notation; exact halves go to even, as in Go and C. */
function exponentText(value: number, precision: number): string {
  const digits = Math.min(precision, 100);
  const [mantissa, power] = value.toExponential(digits).split('e');
  const [long, longPower] = value.toExponential(Math.min(100, digits + TIE_DIGITS)).split('e');
  if (mantissa === undefined || long === undefined || power !== longPower) return value.toExponential(digits);
  return `${evenTie(mantissa, long, mantissa.length)}e${power ?? ''}`;
}

/** Fixed notation with every digit exact, also where the platform's own stops. */
function fixedText(value: number, precision: number): string {
  const digits = Math.min(precision, 100);
  const small = Math.abs(value) < 1e21;
  const text = small ? roundedText(value, digits) : `${BigInt(value)}${digits > 0 ? '.' : ''}`;
  const padded = small ? text : text + '0'.repeat(digits);
  return padded + '0'.repeat(precision - digits);
}

function roundedText(value: number, digits: number): string {
  const up = value.toFixed(digits);
  const long = value.toFixed(Math.min(100, digits + TIE_DIGITS));
  const point = long.indexOf('.');
  return point < 0 ? up : evenTie(up, long, point + 1 + digits);
}

function generalText(value: number, precision: number): string {
  // compat(lang-0504): %g without precision prints the shortest exact form (0.1), not six digits.
  if (precision < 0) return Object.is(value, -0) ? '0' : shortestText(value);
  const digits = Math.min(Math.max(1, precision), 100);
  const scientific = exponentText(value, digits - 1);
  const exponent = Number(scientific.slice(scientific.indexOf('e') + 1));
  if (exponent < -4 || exponent >= digits) {
    const [mantissa, power] = scientific.split('e');
    return padExponent(`${dropZeros(mantissa ?? '')}e${power ?? ''}`);
  }
  return dropZeros(fixedText(value, Math.max(0, digits - 1 - exponent)));
}

function dropZeros(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

/** Adds the sign that the flags ask for, and pads; zeros go between sign and digits. */
function signed(verb: Verb, text: string): string {
  const negative = text.startsWith('-');
  const bare = negative || text.startsWith('+') ? text.slice(1) : text;
  const sign = signOf(verb, text);
  const width = verb.width - sign.length;
  const zeros = verb.flags.includes('0') && !verb.flags.includes('-') && /^\d/.test(bare);
  return zeros ? sign + bare.padStart(width, '0') : pad({ ...verb, flags: verb.flags.replace('0', '') }, sign + bare);
}

function signOf(verb: Verb, text: string): string {
  if (text.startsWith('-')) return '-';
  if (verb.flags.includes('+') || text.startsWith('+')) return '+';
  return verb.flags.includes(' ') ? ' ' : '';
}

/** Pads to the width, counted in characters of UTF-8. */
function pad(verb: Verb, text: string): string {
  const missing = verb.width - decodeBytes(text).length;
  if (missing <= 0) return text;
  if (verb.flags.includes('-')) return text + ' '.repeat(missing);
  return (verb.flags.includes('0') ? '0' : ' ').repeat(missing) + text;
}

/** Cuts to the precision, counted in characters of UTF-8. */
function cut(verb: Verb, text: string): string {
  if (verb.precision < 0) return text;
  let at = 0;
  for (let count = 0; count < verb.precision && at < text.length; count += 1) at += decodePoint(text, at).length;
  return text.slice(0, at);
}

const QUOTED: ReadonlyMap<number, string> = new Map([
  [7, '\\a'],
  [8, '\\b'],
  [9, '\\t'],
  [10, '\\n'],
  [11, '\\v'],
  [12, '\\f'],
  [13, '\\r'],
  [34, '\\"'],
  [92, '\\\\'],
]);

/** Text as Go's `%q` quotes it: printable characters stay, others become escapes. */
function quote(bytes: string): string {
  const parts = ['"'];
  for (let at = 0; at < bytes.length;) {
    const { point, length } = decodePoint(bytes, at);
    const broken = point === 0xfffd && length === 1;
    parts.push(broken ? hexEscape(bytes.charCodeAt(at)) : quotePoint(point, bytes.slice(at, at + length)));
    at += length;
  }
  parts.push('"');
  return parts.join('');
}

const hexEscape = (code: number): string => `\\x${code.toString(16).padStart(2, '0')}`;

function quotePoint(point: number, bytes: string): string {
  const known = QUOTED.get(point);
  if (known !== undefined) return known;
  if (point < 32 || point === 127) return hexEscape(point);
  if (point < 127 || /[\p{L}\p{M}\p{N}\p{P}\p{S}]/u.test(String.fromCodePoint(point))) return bytes;
  return point > 0xffff ? `\\U${point.toString(16).padStart(8, '0')}` : `\\u${point.toString(16).padStart(4, '0')}`;
}
