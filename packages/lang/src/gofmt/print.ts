import { DiagnosticError, limitReached } from '../diagnostic/index.ts';
import { formatGoFloat, type FloatVerb } from './number.ts';
import { canBackquote, quoteGo, quoteGoAscii, quoteGoRune } from './quote.ts';
import { isPrint } from './unicode.ts';
import { encodeBytes, runeCount } from './utf8.ts';
import {
  entriesOf,
  GoComplex,
  GoInteger,
  GoMap,
  GoNamed,
  GoObject,
  GoSlice,
  GoStruct,
  integerOf,
  itemsOf,
  kindOf,
  sortedKeys,
  typeOf,
  type GoValue,
} from './values.ts';

/** The flags, width and precision of one verb. */
export interface Spec {
  readonly minus: boolean;
  readonly plus: boolean;
  readonly sharp: boolean;
  readonly space: boolean;
  readonly zero: boolean;
  readonly width: number | undefined;
  readonly precision: number | undefined;
  /** `%+v` */
  readonly plusV: boolean;
  /** `%#v` */
  readonly sharpV: boolean;
}

/** No flags at all: plain `%v`. */
export const PLAIN: Spec = {
  minus: false,
  plus: false,
  sharp: false,
  space: false,
  zero: false,
  width: undefined,
  precision: undefined,
  plusV: false,
  sharpV: false,
};

/** How deep a value is printed. */
export const PRINT_DEPTH_LIMIT = 500;
/** How many parts of a value are printed at once: a map inside itself would never end. */
export const PRINT_PARTS_LIMIT = 100_000;

function pad(text: string, spec: Spec, zeros = spec.zero): string {
  const missing = (spec.width ?? 0) - runeCount(text);
  if (missing <= 0) return text;
  if (spec.minus) return text + ' '.repeat(missing);
  return (zeros ? '0' : ' ').repeat(missing) + text;
}

function bad(value: GoValue, verb: string, spec: Spec): string {
  if (value === null || value === undefined) return `%!${verb}(<nil>)`;
  return `%!${verb}(${typeOf(value)}=${printValue(value, 'v', { spec, depth: 0, plain: true })})`;
}

function signOf(negative: boolean, spec: Spec): string {
  if (negative) return '-';
  if (spec.plus) return '+';
  return spec.space ? ' ' : '';
}

const BASES: { readonly [verb: string]: number } = { v: 10, d: 10, b: 2, o: 8, O: 8, x: 16, X: 16 };

function basePrefix(verb: string, digits: string, spec: Spec): string {
  if (verb === 'O') return spec.sharp && !digits.startsWith('0') ? '0o0' : '0o';
  if (!spec.sharp) return '';
  if (verb === 'b') return '0b';
  if (verb === 'o') return digits.startsWith('0') ? '' : '0';
  return verb === 'x' ? '0x' : verb === 'X' ? '0X' : '';
}

function formatInteger(value: bigint, verb: string, spec: Spec): string {
  const negative = value < 0n;
  const base = BASES[verb] ?? 10;
  let digits = (negative ? -value : value).toString(base);
  if (verb === 'X') digits = digits.toUpperCase();
  if (spec.precision === 0 && value === 0n) return ' '.repeat(spec.width ?? 0);
  const sign = signOf(negative, spec);
  // A precision asks for leading zeros and silences the zero flag.
  const filled = spec.precision ?? (spec.zero && spec.width !== undefined ? spec.width - sign.length : 0);
  digits = digits.padStart(filled, '0');
  return pad(`${sign}${basePrefix(verb, digits, spec)}${digits}`, spec, false);
}

function formatUnicode(value: bigint, spec: Spec): string {
  const digits = BigInt.asUintN(64, value)
    .toString(16)
    .toUpperCase()
    .padStart(Math.max(4, spec.precision ?? 0), '0');
  const char = value >= 0n && value <= 0x10ffffn ? String.fromCodePoint(Number(value)) : '';
  return pad(`U+${digits}${spec.sharp && char !== '' && isPrint(char) ? ` '${char}'` : ''}`, spec, false);
}

function codePoint(value: bigint): number {
  const code = Number(BigInt.asUintN(64, value));
  return code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff) ? 0xfffd : code;
}

function printInteger(value: GoValue, verb: string, spec: Spec): string {
  const integer = integerOf(value) ?? 0n;
  switch (verb) {
    case 'v':
      // `%#v` shows unsigned numbers in hexadecimal.
      if (spec.sharpV && kindOf(value).startsWith('uint')) return formatInteger(integer, 'x', { ...spec, sharp: true });
      return formatInteger(integer, 'v', spec);
    case 'd':
    case 'b':
    case 'o':
    case 'O':
    case 'x':
    case 'X':
      return formatInteger(integer, verb, spec);
    case 'c':
      return pad(String.fromCodePoint(codePoint(integer)), spec);
    case 'q':
      return pad(quoteGoRune(codePoint(integer), spec.plus), spec);
    case 'U':
      return formatUnicode(integer, spec);
    default:
      return bad(value, verb, spec);
  }
}

/** What `#` adds to a float: always a point, and zeros up to the precision. */
function sharpened(text: string, verb: string, precision: number): string {
  if (verb === 'b') return text;
  const split = verb === 'x' || verb === 'X' ? /^(.*?)([pP].*)?$/ : /^(.*?)([eE].*)?$/;
  const [, body = '', tail = ''] = split.exec(text) ?? [];
  const written = body === '0' ? 1 : body.replace(/^[0.]*/, '').replace('.', '').length;
  const missing = Math.max(0, sharpDigits(verb, precision) - written);
  return `${body}${body.includes('.') ? '' : '.'}${'0'.repeat(missing)}${tail}`;
}

/** How many digits `#` fills a float up to. */
function sharpDigits(verb: string, precision: number): number {
  if (!/[vgGx]/.test(verb)) return 0;
  return precision === -1 ? 6 : precision;
}

const FLOAT_VERBS: { readonly [verb: string]: readonly [FloatVerb, number] } = {
  v: ['g', -1],
  b: ['b', -1],
  g: ['g', -1],
  G: ['G', -1],
  x: ['x', -1],
  X: ['X', -1],
  f: ['f', 6],
  F: ['f', 6],
  e: ['e', 6],
  E: ['E', 6],
};

/** Infinity shows its sign, and neither is filled with zeros. */
function notFinite(body: string, negative: boolean, spec: Spec): string {
  const sign = body === 'Inf' && !negative && !spec.space ? '+' : signOf(negative, spec);
  return pad(`${sign}${body}`, spec, false);
}

function formatFloat(value: number, verb: string, spec: Spec): string {
  const [kind, usual] = FLOAT_VERBS[verb] ?? ['g', -1];
  const precision = spec.precision ?? usual;
  const text = formatGoFloat(value, kind, precision).replace(/^\+/, '');
  const negative = text.startsWith('-');
  const body = negative ? text.slice(1) : text;
  if (body === 'Inf' || body === 'NaN') return notFinite(body, negative, spec);
  const digits = spec.sharp ? sharpened(body, verb, precision) : body;
  const sign = signOf(negative, spec);
  const missing = (spec.width ?? 0) - sign.length - digits.length;
  if (spec.zero && missing > 0) return sign + '0'.repeat(missing) + digits;
  return pad(sign + digits, spec);
}

function printFloat(value: number, verb: string, spec: Spec): string {
  if (verb === 'v' && spec === PLAIN && (value === 0 ? !Object.is(value, -0) : isEveryday(value))) return String(value);
  return FLOAT_VERBS[verb] === undefined ? bad(value, verb, spec) : formatFloat(value, verb, spec);
}

/** Floats that Go and JavaScript write alike. */
function isEveryday(value: number): boolean {
  const size = Math.abs(value);
  return size >= 1e-4 && size < 1e6;
}

function printComplex(value: GoComplex, verb: string, spec: Spec): string {
  if (FLOAT_VERBS[verb] === undefined) return bad(value, verb, spec);
  const real = formatFloat(value.real, verb, spec);
  return `(${real}${formatFloat(value.imaginary, verb, { ...spec, plus: true })}i)`;
}

function hexText(text: string, verb: string, spec: Spec): string {
  const bytes = encodeBytes(text).subarray(0, spec.precision);
  const upper = verb === 'X';
  const pairs = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).map((pair) =>
    upper ? pair.toUpperCase() : pair,
  );
  if (pairs.length === 0) return pad('', spec);
  const prefix = spec.sharp ? `0${verb}` : '';
  const body = spec.space ? pairs.map((pair) => prefix + pair).join(' ') : prefix + pairs.join('');
  return pad(body, spec);
}

function cut(text: string, spec: Spec): string {
  return spec.precision === undefined ? text : [...text].slice(0, spec.precision).join('');
}

function quoted(text: string, spec: Spec): string {
  const body = cut(text, spec);
  const literal = spec.sharp && canBackquote(body) ? `\`${body}\`` : spec.plus ? quoteGoAscii(body) : quoteGo(body);
  return pad(literal, spec);
}

function printText(text: string, verb: string, spec: Spec): string | undefined {
  switch (verb) {
    case 'v':
      return spec.sharpV ? quoted(text, spec) : pad(cut(text, spec), spec);
    case 's':
      return pad(cut(text, spec), spec);
    case 'x':
    case 'X':
      return hexText(text, verb, spec);
    case 'q':
      return quoted(text, spec);
    default:
      return undefined;
  }
}

interface At {
  readonly spec: Spec;
  readonly depth: number;
  /** True inside an error text: methods are not asked. */
  readonly plain?: boolean;
  /** Parts printed so far. */
  readonly meter?: { parts: number };
}

function below(at: At): At {
  const meter = at.meter ?? { parts: 0 };
  meter.parts += 1;
  if (at.depth >= PRINT_DEPTH_LIMIT) throw new DiagnosticError(limitReached('printed depth', PRINT_DEPTH_LIMIT));
  if (meter.parts > PRINT_PARTS_LIMIT) throw new DiagnosticError(limitReached('printed parts', PRINT_PARTS_LIMIT));
  return { ...at, depth: at.depth + 1, meter };
}

/** Members between Go's brackets; `%#v` writes the type and commas. */
function bracketed(
  value: GoValue,
  parts: readonly string[],
  shape: { readonly head: string; readonly spec: Spec },
): string {
  if (shape.spec.sharpV) return `${typeOf(value)}{${parts.join(', ')}}`;
  return `${shape.head}${parts.join(' ')}]`;
}

function printSlice(value: GoValue, verb: string, at: At): string {
  if (value instanceof GoSlice && value.isNil && at.spec.sharpV) return `${value.type}(nil)`;
  if (value instanceof GoSlice && value.elementType === 'uint8' && 'sqxX'.includes(verb)) {
    const text = String.fromCharCode(...value.items.map((item) => Number(integerOf(item) ?? 0n)));
    return printText(text, verb, at.spec) ?? '';
  }
  const parts = (itemsOf(value) ?? []).map((item) => printElement(value, item, { verb, at }));
  return bracketed(value, parts, { head: '[', spec: at.spec });
}

/** One element; a nil in a list of anything shows its static type in `%#v`. */
function printElement(owner: GoValue, item: GoValue, how: { readonly verb: string; readonly at: At }): string {
  const { verb, at } = how;
  if (item !== null && item !== undefined) return printValue(item, verb, below(at));
  const typed = owner instanceof GoObject ? undefined : 'interface {}';
  if (at.spec.sharpV && typed !== undefined) return `${typed}(nil)`;
  return '<nil>';
}

function printMap(value: GoValue, verb: string, at: At): string {
  if (value instanceof GoMap && value.isNil && at.spec.sharpV) return `${value.type}(nil)`;
  const entries = entriesOf(value) ?? {};
  const parts = sortedKeys(entries).map((key) => {
    const name = printValue(key, verb, below(at));
    return `${name}:${printElement(value, entries[key], { verb, at })}`;
  });
  return bracketed(value, parts, { head: 'map[', spec: at.spec });
}

function printStruct(value: GoStruct, verb: string, at: At): string {
  const { spec } = at;
  const names = spec.plusV || spec.sharpV;
  const parts = [...value.parts.fields].map(([name, field]) => {
    const text = printElement(value, field, { verb, at });
    return names ? `${name}:${text}` : text;
  });
  const pointer = value.kind === 'ptr' ? '&' : '';
  return spec.sharpV
    ? `${pointer}${value.type.replace(/^\*/, '')}{${parts.join(', ')}}`
    : `${pointer}{${parts.join(' ')}}`;
}

/** Go's address of a function or channel, which has no meaning here. */
const ADDRESS = '0x47b5c0';

function printPointer(value: GoObject, verb: string, spec: Spec): string {
  if (verb === 'v' && spec.sharpV) return `(${value.type})(${ADDRESS})`;
  return 'vpbodxX'.includes(verb) ? pad(ADDRESS, spec) : bad(value, verb, spec);
}

function ownText(value: GoObject, verb: string, at: At): string | undefined {
  if (at.plain === true && at.depth === 0) return undefined;
  if (at.spec.sharpV || !'vsxXq'.includes(verb)) return undefined;
  const text = value.text();
  return text === undefined ? undefined : printText(text, verb, at.spec);
}

function printObject(value: GoObject, verb: string, at: At): string {
  const text = ownText(value, verb, at);
  if (text !== undefined) return text;
  if (value instanceof GoNamed) return printValue(value.value, verb, below(at));
  if (value instanceof GoInteger) return printInteger(value, verb, at.spec);
  if (value instanceof GoComplex) return printComplex(value, verb, at.spec);
  if (value instanceof GoSlice) return printSlice(value, verb, at);
  if (value instanceof GoMap) return printMap(value, verb, at);
  return value instanceof GoStruct ? printStruct(value, verb, at) : printPointer(value, verb, at.spec);
}

function printValue(value: GoValue, verb: string, at: At): string {
  switch (typeof value) {
    case 'string':
      return printText(value, verb, at.spec) ?? bad(value, verb, at.spec);
    case 'number':
      return printFloat(value, verb, at.spec);
    case 'bigint':
      return printInteger(value, verb, at.spec);
    case 'boolean':
      return verb === 't' || verb === 'v' ? pad(String(value), at.spec) : bad(value, verb, at.spec);
    default:
      return printComposite(value, verb, at);
  }
}

function printComposite(value: GoValue, verb: string, at: At): string {
  if (value === null || value === undefined) return at.depth > 0 && verb === 'v' ? '<nil>' : bad(value, verb, at.spec);
  if (value instanceof GoObject) return printObject(value, verb, at);
  return Array.isArray(value) ? printSlice(value, verb, at) : printMap(value, verb, at);
}

/** One argument of a print call, as Go's fmt shows it with a verb. */
export function printArgument(value: GoValue, verb: string, spec: Spec): string {
  if (value === null || value === undefined) {
    return verb === 'v' || verb === 'T' ? pad('<nil>', spec) : `%!${verb}(<nil>)`;
  }
  if (verb === 'T') return pad(cut(typeOf(value), spec), spec);
  if (verb === 'p') {
    const addressable = ['func', 'map', 'slice', 'ptr'].includes(kindOf(value));
    return addressable ? pad(ADDRESS, spec) : bad(value, verb, spec);
  }
  return printValue(value, verb, { spec, depth: 0, meter: { parts: 0 } });
}

/** Go's `%v` of a value. */
export function printPlain(value: GoValue): string {
  return typeof value === 'string' ? value : printArgument(value, 'v', PLAIN);
}
