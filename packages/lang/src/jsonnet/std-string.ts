import { toText } from './manifest.ts';
import { characterOf, formatWith } from './format.ts';
import type { NativeTable } from './native.ts';
import { formatNumber, quoteJson } from './print.ts';
import type { Runtime } from './runtime.ts';
import { characters, codePointLength, hasAstral, sliceCodePoints } from './text.ts';
import { JsonnetArray, typeName, type Value } from './value.ts';

function substring(values: readonly [Value, Value, Value, ...Value[]], runtime: Runtime): string {
  const [text, from, length] = values;
  if (typeof text !== 'string') {
    throw runtime.error(`substr first parameter should be a string, got ${typeName(text)}`);
  }
  if (typeof from !== 'number') {
    throw runtime.error(`substr second parameter should be a number, got ${typeName(from)}`);
  }
  if (typeof length !== 'number') {
    throw runtime.error(`substr third parameter should be a number, got ${typeName(length)}`);
  }
  if (!Number.isInteger(from)) {
    throw runtime.error(`substr second parameter should be an integer, got ${from.toFixed(6)}`);
  }
  if (!Number.isInteger(length)) {
    throw runtime.error(`substr third parameter should be an integer, got ${length.toFixed(6)}`);
  }
  if (length < 0) {
    throw runtime.error(`substr third parameter should be greater than zero, got ${formatNumber(length)}`);
  }
  return sliceCodePoints(text, Math.max(0, from), Math.max(0, from + length));
}

interface Ends {
  readonly left: boolean;
  readonly right: boolean;
}

/** A text without the characters of a set at its ends. */
function strip(values: readonly [Value, Value, ...Value[]], ends: Ends, runtime: Runtime): string {
  const text = runtime.string(values[0]);
  const [, set] = values;
  const drop = new Set(setCharacters(set, runtime));
  runtime.step(text.length >>> 4);
  // Without surrogates a text can be walked as it is.
  const all = hasAstral(text) ? characters(text) : text;
  const last = all.length - 1;
  const from = ends.left ? dropped((index) => drop.has(all[index] ?? ''), all.length) : 0;
  const behind = ends.right ? dropped((index) => drop.has(all[last - index] ?? ''), all.length - from) : 0;
  const kept = all.slice(from, all.length - behind);
  return typeof kept === 'string' ? kept : kept.join('');
}

/** How many of the first `count` places in a row are to be dropped. */
function dropped(drops: (index: number) => boolean, count: number): number {
  let index = 0;
  while (index < count && drops(index)) index += 1;
  return index;
}

function setCharacters(set: Value, runtime: Runtime): readonly Value[] {
  if (typeof set === 'string') return characters(set);
  return runtime.array(set).items.map((item) => runtime.force(item));
}

const WHITE_SPACE = ' \t\n\f\r\u0085\u00a0';

function splitParameters(
  values: readonly [Value, Value, ...Value[]],
  name: string,
  runtime: Runtime,
): { readonly text: string; readonly separator: string } {
  const [text, separator] = values;
  if (typeof text !== 'string') {
    throw runtime.error(`std.${name} first parameter must be a String, got ${typeName(text)}`);
  }
  if (typeof separator !== 'string') {
    throw runtime.error(`std.${name} second parameter must be a String, got ${typeName(separator)}`);
  }
  if (separator === '') {
    throw runtime.error(`std.${name} second parameter must have length 1 or greater, got 0`);
  }
  return { text, separator };
}

function splitCount(limit: Value, name: string, runtime: Runtime): number {
  if (typeof limit !== 'number') {
    throw runtime.error(`std.${name} third parameter must be a Number, got ${typeName(limit)}`);
  }
  return limit;
}

function splitLimit(values: readonly [Value, Value, Value, ...Value[]], runtime: Runtime): Value {
  const { text, separator } = splitParameters(values, 'splitLimit', runtime);
  const limit = splitCount(values[2], 'splitLimit', runtime);
  const parts = text.split(separator, runtime.limits.arrayItems + 1);
  if (limit === -1 || parts.length <= limit + 1) return runtime.list(parts);
  const count = Math.max(0, Math.ceil(limit));
  return runtime.list([...parts.slice(0, count), parts.slice(count).join(separator)]);
}

/** From the right: the leftmost part is what is left when `limit` parts are cut off. */
function splitLimitRight(values: readonly [Value, Value, Value, ...Value[]], runtime: Runtime): Value {
  const { text, separator } = splitParameters(values, 'splitLimitR', runtime);
  const limit = splitCount(values[2], 'splitLimitR', runtime);
  const parts: string[] = [];
  let end = text.length;
  while (limit === -1 || parts.length < limit) {
    const at = end - separator.length < 0 ? -1 : text.lastIndexOf(separator, end - separator.length);
    if (at < 0) break;
    parts.push(text.slice(at + separator.length, end));
    end = at;
  }
  return runtime.list([...parts, text.slice(0, end)].reverse());
}

function replace(values: readonly [Value, Value, Value, ...Value[]], runtime: Runtime): string {
  const [text, from, to] = [runtime.string(values[0]), runtime.string(values[1]), runtime.string(values[2])];
  if (from === '') throw runtime.error("'from' string must not be zero length.");
  const parts = text.split(from);
  runtime.reserveText(text.length + parts.length * to.length);
  return parts.join(to);
}

function charactersOf(value: Value, runtime: Runtime): readonly string[] {
  const text = runtime.string(value);
  runtime.reserve(text.length);
  return characters(text);
}

interface Radix {
  readonly radix: number;
  readonly empty: string;
}

function parseDigits(text: string, radix: number, runtime: Runtime): number {
  let value = 0;
  for (const character of characters(text)) {
    const code = character.codePointAt(0) ?? 0;
    const digit = code >= 97 ? code - 87 : code >= 65 ? code - 55 : code - 48;
    if (digit < 0 || digit >= radix) throw runtime.error(`${text} is not a base ${radix} integer`);
    value = runtime.finite(value * radix + digit);
  }
  return value;
}

function parseWhole(value: Value, { radix, empty }: Radix, runtime: Runtime): number {
  if (typeof value !== 'string') throw runtime.error(`Expected string, got ${typeName(value)}`);
  if (value === '') throw runtime.error(empty);
  if (radix !== 10) return parseDigits(value, radix, runtime);
  if (value === '-') throw runtime.error('Not an integer: "-"');
  const digits = value.startsWith('-') ? value.slice(1) : value;
  const number = parseDigits(digits, radix, runtime);
  return value.startsWith('-') ? -number : number;
}

function asciiCase(value: Value, upper: boolean, runtime: Runtime): string {
  const text = runtime.string(value);
  const pattern = upper ? /[a-z]+/g : /[A-Z]+/g;
  return text.replace(pattern, (run) => (upper ? run.toUpperCase() : run.toLowerCase()));
}

function codepoint(value: Value, runtime: Runtime): number {
  const text = runtime.string(value);
  const length = codePointLength(text);
  if (length !== 1) throw runtime.error(`codepoint takes a string of length 1, got length ${length}`);
  return text.codePointAt(0) ?? 0;
}

function findSubstring(pattern: Value, text: Value, runtime: Runtime): Value {
  if (typeof pattern !== 'string') {
    throw runtime.error(`findSubstr first parameter should be a string, got ${typeName(pattern)}`);
  }
  if (typeof text !== 'string') {
    throw runtime.error(`findSubstr second parameter should be a string, got ${typeName(text)}`);
  }
  const found: number[] = [];
  if (pattern === '') return new JsonnetArray(found);
  const astral = hasAstral(text);
  for (let at = text.indexOf(pattern); at >= 0; at = text.indexOf(pattern, at + 1)) {
    runtime.step();
    found.push(astral ? codePointLength(text.slice(0, at)) : at);
  }
  return runtime.list(found);
}

const XML_ESCAPES: ReadonlyMap<string, string> = new Map([
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['&', '&amp;'],
  ['"', '&quot;'],
  ["'", '&apos;'],
]);

/** `a` starts or ends with `b`; both have to be strings. */
function affix(values: readonly [Value, Value, ...Value[]], runtime: Runtime): [string, string] {
  return [runtime.string(values[0]), runtime.string(values[1])];
}

const ESCAPES: NativeTable = {
  'escapeStringJson(str_)': ([value], runtime) => quoteJson(toText(value, runtime)),
  'escapeStringPython(str)': ([value], runtime) => quoteJson(toText(value, runtime)),
  'escapeStringBash(str_)': ([value], runtime) => `'${toText(value, runtime).replaceAll("'", `'"'"'`)}'`,
  'escapeStringDollars(str_)': ([value], runtime) => toText(value, runtime).replaceAll('$', '$$$$'),
  'escapeStringXML(str_)': ([value], runtime) =>
    toText(value, runtime).replaceAll(/[<>&"']/g, (character) => XML_ESCAPES.get(character) ?? character),
};

/** Text. */
export const STRING: NativeTable = {
  ...ESCAPES,
  'toString(a)': ([value], runtime) => toText(value, runtime),
  'codepoint(str)': ([value], runtime) => codepoint(value, runtime),
  'char(n)': ([value], runtime) => characterOf(runtime.number(value), runtime),
  'substr(str, from, len)': substring,
  'findSubstr(pat, str)': ([pattern, text], runtime) => findSubstring(pattern, text, runtime),
  'startsWith(a, b)': (values, runtime) => {
    const [text, prefix] = affix(values, runtime);
    return text.startsWith(prefix);
  },
  'endsWith(a, b)': (values, runtime) => {
    const [text, suffix] = affix(values, runtime);
    return text.endsWith(suffix);
  },
  'stripChars(str, chars)': (values, runtime) => strip(values, { left: true, right: true }, runtime),
  'lstripChars(str, chars)': (values, runtime) => strip(values, { left: true, right: false }, runtime),
  'rstripChars(str, chars)': (values, runtime) => strip(values, { left: false, right: true }, runtime),
  'trim(str)': ([text], runtime) => strip([text, WHITE_SPACE], { left: true, right: true }, runtime),
  'stringChars(str)': ([text], runtime) => runtime.list(charactersOf(text, runtime)),
  'split(str, c)': (values, runtime) => {
    const { text, separator } = splitParameters(values, 'split', runtime);
    return runtime.list(text.split(separator, runtime.limits.arrayItems + 1));
  },
  'splitLimit(str, c, maxsplits)': splitLimit,
  'splitLimitR(str, c, maxsplits)': splitLimitRight,
  'strReplace(str, from, to)': replace,
  'asciiUpper(str)': ([text], runtime) => asciiCase(text, true, runtime),
  'asciiLower(str)': ([text], runtime) => asciiCase(text, false, runtime),
  'equalsIgnoreCase(str1, str2)': ([a, b], runtime) => asciiCase(a, false, runtime) === asciiCase(b, false, runtime),
  'isEmpty(str)': ([text], runtime) => runtime.string(text) === '',
  'format(str, vals)': ([text, values], runtime) => formatWith(runtime.string(text), values, runtime),
  'parseInt(str)': ([text], runtime) => parseWhole(text, { radix: 10, empty: 'Not an integer: ""' }, runtime),
  'parseOctal(str)': ([text], runtime) => parseWhole(text, { radix: 8, empty: 'Not an octal number: ""' }, runtime),
  'parseHex(str)': ([text], runtime) => parseWhole(text, { radix: 16, empty: 'Not hexadecimal: ""' }, runtime),
};
