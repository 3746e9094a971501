import { isPrint } from './unicode.ts';
import { decodeBytes, encodeBytes, isWellFormed } from './utf8.ts';

const SIMPLE_ESCAPES = new Map([
  ['\u0007', '\\a'],
  ['\b', '\\b'],
  ['\f', '\\f'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
  ['\v', '\\v'],
  ['\\', '\\\\'],
]);

const hex = (value: number, width: number): string => value.toString(16).padStart(width, '0');

function escapeRune(char: string, quote: string, asciiOnly: boolean): string {
  if (char === quote) return `\\${char}`;
  const simple = SIMPLE_ESCAPES.get(char);
  if (simple !== undefined) return simple;
  const code = char.codePointAt(0) ?? 0;
  if (code >= 0xdc80 && code <= 0xdcff) return `\\x${hex(code - 0xdc00, 2)}`;
  const shown = code < 0x80 || !asciiOnly;
  if (shown && isPrint(char)) return char;
  return escapeCode(code);
}

function escapeCode(code: number): string {
  if (code < 0x20 || code === 0x7f) return `\\x${hex(code, 2)}`;
  return code < 0x10000 ? `\\u${hex(code, 4)}` : `\\U${hex(code, 8)}`;
}

const NEEDS_NOTHING = /^[ !#-[\]-~]*$/;

/** Go's strconv.Quote: text between double quotes with Go's escapes. */
export function quoteGo(text: string): string {
  if (NEEDS_NOTHING.test(text)) return `"${text}"`;
  return `"${Array.from(text, (char) => escapeRune(char, '"', false)).join('')}"`;
}

/** Go's strconv.QuoteToASCII. */
export function quoteGoAscii(text: string): string {
  return `"${Array.from(text, (char) => escapeRune(char, '"', true)).join('')}"`;
}

/** Go's strconv.QuoteRune and QuoteRuneToASCII: one code point between single quotes; what is none becomes U+FFFD. */
export function quoteGoRune(code: number, asciiOnly = false): string {
  const valid = code >= 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
  return `'${escapeRune(String.fromCodePoint(valid ? code : 0xfffd), "'", asciiOnly)}'`;
}

/** Go's strconv.CanBackquote: may the text stand between back quotes unchanged? */
export function canBackquote(text: string): boolean {
  const bad = (char: string): boolean => (char < ' ' && char !== '\t') || char === '\u007f';
  return !/[`\ufeff]/.test(text) && isWellFormed(text) && !Array.from(text).some(bad);
}

const UNESCAPES = new Map([
  ['a', 7],
  ['b', 8],
  ['f', 12],
  ['n', 10],
  ['r', 13],
  ['t', 9],
  ['v', 11],
  ['\\', 92],
  ["'", 39],
  ['"', 34],
]);

/** One character of a literal: a code point, or a raw byte (`\xff`, `\377`), and how many UTF-16 units it took. */
export interface UnquotedChar {
  readonly code: number;
  readonly raw: boolean;
  readonly length: number;
}

const HEX_LENGTHS = new Map([
  ['x', 2],
  ['u', 4],
  ['U', 8],
]);

function unquoteHex(text: string, at: number, digits: number): UnquotedChar | undefined {
  const part = text.slice(at + 2, at + 2 + digits);
  if (part.length !== digits || !/^[0-9a-fA-F]+$/.test(part)) return undefined;
  const code = Number.parseInt(part, 16);
  if (digits > 2 && (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))) return undefined;
  return { code, raw: digits === 2, length: 2 + digits };
}

function otherQuote(char: string, quote: string): boolean {
  return (char === "'" || char === '"') && char !== quote;
}

function unquoteOctal(text: string, at: number): UnquotedChar | undefined {
  const octal = /^[0-7]{3}/.exec(text.slice(at + 1, at + 4))?.[0];
  const code = octal === undefined ? 256 : Number.parseInt(octal, 8);
  return code > 255 ? undefined : { code, raw: true, length: 4 };
}

/** Go's strconv.UnquoteChar at `at`; `undefined` where the syntax is wrong. */
export function unquoteChar(text: string, at: number, quote: string): UnquotedChar | undefined {
  const char = String.fromCodePoint(text.codePointAt(at) ?? 0);
  if (at >= text.length || char === quote) return undefined;
  if (char !== '\\') return { code: char.codePointAt(0) ?? 0, raw: false, length: char.length };
  const next = text.charAt(at + 1);
  const digits = HEX_LENGTHS.get(next);
  if (digits !== undefined) return unquoteHex(text, at, digits);
  if (/[0-7]/.test(next)) return unquoteOctal(text, at);
  // Each kind of literal may escape only its own quote.
  const code = otherQuote(next, quote) ? undefined : UNESCAPES.get(next);
  return code === undefined ? undefined : { code, raw: false, length: 2 };
}

function unquoteEscaped(body: string): string | undefined {
  const bytes: number[] = [];
  for (let at = 0; at < body.length;) {
    const item = body.charAt(at) === '\n' ? undefined : unquoteChar(body, at, '"');
    if (item === undefined) return undefined;
    if (item.raw) bytes.push(item.code);
    else bytes.push(...encodeBytes(String.fromCodePoint(item.code)));
    at += item.length;
  }
  return decodeBytes(Uint8Array.from(bytes));
}

/** Go's strconv.Unquote of a double-quoted or back-quoted literal; `undefined` where the syntax is wrong. */
export function unquoteGo(literal: string): string | undefined {
  const quote = literal.charAt(0);
  if (literal.length < 2 || !literal.endsWith(quote)) return undefined;
  const body = literal.slice(1, -1);
  if (quote === '`') return body.includes('`') ? undefined : body.replaceAll('\r', '');
  if (quote !== '"') return undefined;
  return body.includes('\\') || /["\n]/.test(body) ? unquoteEscaped(body) : body;
}
