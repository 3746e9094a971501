import { setOwn } from '@argosy/std';
import { GoJsonError } from './json.ts';
import { quoteGoRune } from './quote.ts';
import { toPlainText } from './utf8.ts';
import { int64, type GoValue } from './values.ts';

/** How JSON numbers come in: all as float64 (Go's `interface {}`), or integral ones as `int` or `int64`. */
export type NumberMode = 'float64' | 'int' | 'int64';

/** How deep JSON may nest, as in encoding/json. */
export const JSON_NESTING_LIMIT = 10_000;

interface Reader {
  readonly text: string;
  readonly numbers: NumberMode;
  readonly nestingLimit: number;
  at: number;
  depth: number;
}

/** Places where more white space would have been fine: there the end is only unexpected. */
const OPEN_ENDS = /^(looking for|after (array|object|top)|in string literal)/;

function unexpected(reader: Reader, context: string): never {
  if (reader.at >= reader.text.length) {
    // Go's scanner takes the end for a space, and complains about that where a space is wrong.
    throw new GoJsonError(
      OPEN_ENDS.test(context) ? 'unexpected end of JSON input' : `invalid character ' ' ${context}`,
    );
  }
  const code = reader.text.codePointAt(reader.at) ?? 0;
  const shown = code === 39 ? `'\\''` : code === 34 ? `'"'` : quoteGoRune(code < 0x80 ? code : firstByte(code));
  throw new GoJsonError(`invalid character ${shown} ${context}`);
}

/** Go looks at bytes: the first one of a character beyond ASCII is shown as a character of its own. */
function firstByte(code: number): number {
  if (code < 0x800) return 0xc0 | (code >> 6);
  return code < 0x10000 ? 0xe0 | (code >> 12) : 0xf0 | (code >> 18);
}

function skipSpace(reader: Reader): void {
  while (' \t\r\n'.includes(reader.text.charAt(reader.at)) && reader.at < reader.text.length) reader.at += 1;
}

const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?/y;

function numberValue(literal: string, numbers: NumberMode): GoValue {
  const integral = /^-?[0-9]+$/.test(literal);
  if (numbers === 'float64' || !integral) {
    const value = Number(literal);
    if (!Number.isFinite(value)) {
      throw new GoJsonError(`json: cannot unmarshal number ${literal} into Go value of type float64`);
    }
    return value;
  }
  return numbers === 'int' ? BigInt(literal) : int64(BigInt(literal));
}

function readNumber(reader: Reader): GoValue {
  NUMBER.lastIndex = reader.at;
  const literal = NUMBER.exec(reader.text)?.[0];
  if (literal === undefined) {
    reader.at += 1;
    return unexpected(reader, 'in numeric literal');
  }
  reader.at += literal.length;
  const next = reader.text.charAt(reader.at);
  const fault = numberFault(literal, next, reader.text.charAt(reader.at + 1));
  if (fault !== undefined) {
    reader.at += fault.skip;
    return unexpected(reader, fault.context);
  }
  return numberValue(literal, reader.numbers);
}

/** What is wrong with the character behind a number's readable part. */
function numberFault(literal: string, next: string, after: string): { skip: number; context: string } | undefined {
  if (next === '.' && !/[.eE]/.test(literal)) return { skip: 1, context: 'after decimal point in numeric literal' };
  if (/[eE]/.test(next) && !/[eE]/.test(literal)) {
    return { skip: /[-+]/.test(after) ? 2 : 1, context: 'in exponent of numeric literal' };
  }
  return undefined;
}

const STRING_END = /["\\\p{Cc}]/gu;
const ESCAPES = new Map([
  ['"', '"'],
  ['\\', '\\'],
  ['/', '/'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
]);

function readEscape(reader: Reader): string {
  reader.at += 1;
  const letter = reader.text.charAt(reader.at);
  const simple = ESCAPES.get(letter);
  if (simple !== undefined) {
    reader.at += 1;
    return simple;
  }
  if (letter !== 'u') return unexpected(reader, 'in string escape code');
  reader.at += 1;
  for (let index = 0; index < 4; index += 1, reader.at += 1) {
    if (!/[0-9a-fA-F]/.test(reader.text.charAt(reader.at))) {
      return unexpected(reader, 'in \\u hexadecimal character escape');
    }
  }
  return String.fromCharCode(Number.parseInt(reader.text.slice(reader.at - 4, reader.at), 16));
}

function readString(reader: Reader): string {
  reader.at += 1;
  let out = '';
  for (;;) {
    STRING_END.lastIndex = reader.at;
    const end = STRING_END.exec(reader.text)?.index ?? reader.text.length;
    out += reader.text.slice(reader.at, end);
    reader.at = end;
    const char = reader.text.charAt(end);
    if (char === '"') {
      reader.at += 1;
      return toPlainText(out);
    }
    if (char > '\u007e') {
      // Only the first 32 control characters may not stand in a text.
      out += char;
      reader.at += 1;
      continue;
    }
    if (char !== '\\') return unexpected(reader, 'in string literal');
    out += readEscape(reader);
  }
}

function readLiteral(reader: Reader, word: string, value: GoValue): GoValue {
  for (const [index, letter] of [...word].entries()) {
    if (reader.text.charAt(reader.at) !== letter) {
      return unexpected(
        reader,
        index === 0 ? 'looking for beginning of value' : `in literal ${word} (expecting '${letter}')`,
      );
    }
    reader.at += 1;
  }
  return value;
}

function deeper(reader: Reader): void {
  reader.depth += 1;
  if (reader.depth > reader.nestingLimit) throw new GoJsonError('exceeded max depth');
}

function readArray(reader: Reader): GoValue {
  deeper(reader);
  reader.at += 1;
  const items: GoValue[] = [];
  skipSpace(reader);
  for (let open = reader.text.charAt(reader.at) !== ']'; open;) {
    items.push(readValue(reader));
    skipSpace(reader);
    const next = reader.text.charAt(reader.at);
    if (next !== ',' && next !== ']') return unexpected(reader, 'after array element');
    open = next === ',';
    if (open) reader.at += 1;
  }
  reader.at += 1;
  reader.depth -= 1;
  return items;
}

function readMember(reader: Reader, target: { [key: string]: unknown }): void {
  if (reader.text.charAt(reader.at) !== '"') return unexpected(reader, 'looking for beginning of object key string');
  const key = readString(reader);
  skipSpace(reader);
  if (reader.text.charAt(reader.at) !== ':') return unexpected(reader, 'after object key');
  reader.at += 1;
  setOwn(target, key, readValue(reader));
  skipSpace(reader);
}

function readObject(reader: Reader): GoValue {
  deeper(reader);
  reader.at += 1;
  const target: { [key: string]: unknown } = {};
  skipSpace(reader);
  for (let open = reader.text.charAt(reader.at) !== '}'; open;) {
    readMember(reader, target);
    const next = reader.text.charAt(reader.at);
    if (next !== ',' && next !== '}') return unexpected(reader, 'after object key:value pair');
    open = next === ',';
    if (open) {
      reader.at += 1;
      skipSpace(reader);
    }
  }
  reader.at += 1;
  reader.depth -= 1;
  return target;
}

function readValue(reader: Reader): GoValue {
  skipSpace(reader);
  const char = reader.text.charAt(reader.at);
  switch (char) {
    case '{':
      return readObject(reader);
    case '[':
      return readArray(reader);
    case '"':
      return readString(reader);
    case 't':
      return readLiteral(reader, 'true', true);
    case 'f':
      return readLiteral(reader, 'false', false);
    case 'n':
      return readLiteral(reader, 'null', null);
    default:
      return /[-0-9]/.test(char) ? readNumber(reader) : unexpected(reader, 'looking for beginning of value');
  }
}

/**
 * Go's json.Unmarshal into `interface {}`. Throws GoJsonError with Go's words, also for values nested deeper than
 * `nestingLimit`.
 */
export function parseGoJson(
  text: string,
  numbers: NumberMode = 'float64',
  nestingLimit: number = JSON_NESTING_LIMIT,
): GoValue {
  const reader: Reader = { text, numbers, nestingLimit, at: 0, depth: 0 };
  const value = readValue(reader);
  skipSpace(reader);
  if (reader.at < text.length) return unexpected(reader, 'after top-level value');
  return value;
}

function convertNumber(value: number, numbers: NumberMode): GoValue {
  if (numbers === 'float64' || !Number.isInteger(value) || Math.abs(value) >= 2 ** 63) return value;
  return numbers === 'int' ? BigInt(value) : int64(value);
}

/** A parsed JSON value as Go values: numbers by `numbers`, members as plain own keys. Copies what it converts. */
export function fromJsonValue(value: unknown, numbers: NumberMode): GoValue {
  if (typeof value === 'number') return convertNumber(value, numbers);
  if (Array.isArray(value)) return value.map((item: unknown) => fromJsonValue(item, numbers));
  if (typeof value !== 'object' || value === null) return value;
  const target: { [key: string]: unknown } = {};
  for (const [key, member] of Object.entries(value)) setOwn(target, key, fromJsonValue(member, numbers));
  return target;
}
