import { DiagnosticError, diagnostic, limitReached } from '../diagnostic/index.ts';
import { floorDivide, GO_LAYOUTS, parseGoTime, SECOND_NS } from '../gotime/index.ts';

/** Longest condition, in characters. */
export const WHEN_LIMIT_CHARACTERS = 64 * 1024;

/** Most tokens of one condition. */
export const WHEN_LIMIT_TOKENS = 10_000;

/** The kinds of token, with upstream's words: they show in messages. */
export type TokenKind =
  | 'PREFIX'
  | 'NUMERIC'
  | 'BOOLEAN'
  | 'STRING'
  | 'PATTERN'
  | 'TIME'
  | 'VARIABLE'
  | 'SEPARATOR'
  | 'ACCESSOR'
  | 'COMPARATOR'
  | 'LOGICALOP'
  | 'MODIFIER'
  | 'CLAUSE'
  | 'CLAUSE_CLOSE'
  | 'TERNARY'
  | 'UNKNOWN';

/** One token. A TIME's value is in seconds; `at` counts characters from 0. */
export interface Token {
  readonly kind: TokenKind;
  readonly value: string | number | boolean;
  readonly at: number;
}

/** Stops with upstream's message at a place (characters from 0). */
export function failAt(message: string, at: number): never {
  throw new DiagnosticError(diagnostic(message, { line: 1, column: at + 1 }));
}

interface Stream {
  readonly runes: readonly string[];
  at: number;
}

const LETTER = /^\p{L}$/u;
const DIGIT = /^\p{Nd}$/u;
const SPACE = /^[\t\n\v\f\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]$/;

const isLetter = (char: string): boolean => LETTER.test(char);
const isDigit = (char: string): boolean => DIGIT.test(char);
const isNumeric = (char: string): boolean => isDigit(char) || char === '.';
const isHex = (char: string): boolean => isDigit(char) || /^[a-f]$/i.test(char);
const isQuote = (char: string): boolean => char === "'" || char === '"';
const isName = (char: string): boolean => isLetter(char) || isDigit(char) || char === '_' || char === '.';
const isSymbol = (char: string): boolean =>
  !(isDigit(char) || isLetter(char) || '()[]'.includes(char) || isQuote(char));

interface Reading {
  readonly keepSpace: boolean;
  readonly stopAtSpace: boolean;
  readonly while: (char: string) => boolean;
}

/**
 * Reads while the characters fit. A backslash takes the next character as it is, also in numbers and operators.
 * `closed` is false when the text ended first.
 */
function readWhile(stream: Stream, reading: Reading): { readonly text: string; readonly closed: boolean } {
  let text = '';
  for (; stream.at < stream.runes.length; stream.at += 1) {
    const char = stream.runes[stream.at] ?? '';
    if (char === '\\') {
      text += escaped(stream);
      continue;
    }
    const space = SPACE.test(char);
    if (space && reading.stopAtSpace && text !== '') return { text, closed: true };
    if (space && !reading.keepSpace) continue;
    if (!reading.while(char)) return { text, closed: true };
    text += char;
  }
  return { text, closed: false };
}

/** What a backslash stands for: the character behind it. */
function escaped(stream: Stream): string {
  stream.at += 1;
  // A backslash at the very end makes upstream panic; here it is an error like any other.
  return stream.runes[stream.at] ?? failAt('Unexpected end of expression', stream.at - 1);
}

function readWord(stream: Stream, fits: (char: string) => boolean): string {
  return readWhile(stream, { keepSpace: false, stopAtSpace: true, while: fits }).text;
}

function readNumber(stream: Stream, at: number): Token {
  if (stream.runes[at] === '0' && stream.runes[at + 1] === 'x' && at + 2 < stream.runes.length) {
    stream.at = at + 2;
    const text = readWord(stream, isHex);
    const valid = /^[0-9a-f]+$/i.test(text) && BigInt(`0x${text}`) < 2n ** 64n;
    // compat(lang-0251): the messages of numbers end with a line feed.
    if (!valid) failAt(`Unable to parse hex value '${text}' to uint64\n`, at);
    return { kind: 'NUMERIC', value: Number(BigInt(`0x${text}`)), at };
  }
  const text = readWord(stream, isNumeric);
  const valid = /^(\d+\.?\d*|\.\d+)$/.test(text) && Number.isFinite(Number(text));
  if (!valid) failAt(`Unable to parse numeric value '${text}' to float64\n`, at);
  return { kind: 'NUMERIC', value: Number(text), at };
}

function checkAccessor(word: string, at: number): void {
  if (word.endsWith('.')) failAt(`Hanging accessor on token '${word}'`, at);
  for (const part of word.split('.').slice(1)) {
    const first = Array.from(part)[0] ?? '';
    // Fields whose name starts in lower case are not exported in Go.
    if (first !== '' && first.toUpperCase() !== first && Array.from(first.toUpperCase()).length === 1) {
      failAt(`Unable to access unexported field '${part}' in token '${word}'`, at);
    }
  }
}

function readName(stream: Stream, at: number): Token {
  const word = readWord(stream, isName);
  if (word === 'true' || word === 'false') return { kind: 'BOOLEAN', value: word === 'true', at };
  if (word === 'in' || word === 'IN') return { kind: 'COMPARATOR', value: 'in', at };
  if (word.indexOf('.') <= 0) return { kind: 'VARIABLE', value: word, at };
  checkAccessor(word, at);
  return { kind: 'ACCESSOR', value: word, at };
}

/** The layouts in which a quoted text counts as a time. */
const TIME_LAYOUTS: readonly string[] = [
  GO_LAYOUTS.ansic,
  GO_LAYOUTS.unixDate,
  GO_LAYOUTS.rubyDate,
  GO_LAYOUTS.kitchen,
  GO_LAYOUTS.rfc3339,
  GO_LAYOUTS.rfc3339Nano,
  '2006-01-02',
  '2006-01-02 15:04',
  '2006-01-02 15:04:05',
  '2006-01-02 15:04:05-07:00',
  '2006-01-02T15Z0700',
  '2006-01-02T15:04Z0700',
  '2006-01-02T15:04:05Z0700',
  '2006-01-02T15:04:05.999999999Z0700',
];

/** Seconds since 1970 of a text that is a time; the zone is UTC where it names none. */
function timeOf(text: string): number | undefined {
  // Every layout has a digit in front of a colon or a dash, so most texts need no further look.
  if (!/\d[:-]|\d[AP]M|T\d/.test(text) || text.length > 64) return undefined;
  for (const layout of TIME_LAYOUTS) {
    const parsed = parseGoTime(layout, text);
    if (parsed.ok) return Number(floorDivide(parsed.value.epochNs, SECOND_NS));
  }
  return undefined;
}

function readText(stream: Stream, at: number): Token {
  stream.at = at + 1;
  // compat(lang-0252): either quote ends a text, whichever opened it.
  const read = readWhile(stream, { keepSpace: true, stopAtSpace: false, while: (char) => !isQuote(char) });
  if (!read.closed) failAt('Unclosed string literal', at);
  stream.at += 1;
  const seconds = timeOf(read.text);
  return seconds === undefined ? { kind: 'STRING', value: read.text, at } : { kind: 'TIME', value: seconds, at };
}

function readBracketed(stream: Stream, at: number): Token {
  stream.at = at + 1;
  const read = readWhile(stream, { keepSpace: true, stopAtSpace: false, while: (char) => char !== ']' });
  if (!read.closed) failAt('Unclosed parameter bracket', at);
  stream.at += 1;
  return { kind: 'VARIABLE', value: read.text, at };
}

const PREFIXES: ReadonlySet<string> = new Set(['-', '!', '~']);
const SYMBOLS: ReadonlyMap<string, TokenKind> = new Map<string, TokenKind>([
  ...['+', '-', '*', '/', '%', '**', '&', '|', '^', '>>', '<<'].map((text): [string, TokenKind] => [text, 'MODIFIER']),
  ...['&&', '||'].map((text): [string, TokenKind] => [text, 'LOGICALOP']),
  ...['==', '!=', '>', '>=', '<', '<=', '=~', '!~'].map((text): [string, TokenKind] => [text, 'COMPARATOR']),
  ...['?', ':', '??'].map((text): [string, TokenKind] => [text, 'TERNARY']),
]);

function readSymbol(stream: Stream, at: number, prefixAllowed: boolean): Token {
  const text = readWord(stream, isSymbol);
  if (prefixAllowed && PREFIXES.has(text)) return { kind: 'PREFIX', value: text, at };
  const kind = SYMBOLS.get(text);
  return kind === undefined ? failAt(`Invalid token: '${text}'`, at) : { kind, value: text, at };
}

function readToken(stream: Stream, prefixAllowed: boolean): Token {
  const { at } = stream;
  const char = stream.runes[at] ?? '';
  const single = { ',': 'SEPARATOR', '(': 'CLAUSE', ')': 'CLAUSE_CLOSE' }[char] as TokenKind | undefined;
  if (single !== undefined) {
    stream.at += 1;
    return { kind: single, value: char, at };
  }
  if (isNumeric(char)) return readNumber(stream, at);
  if (char === '[') return readBracketed(stream, at);
  if (isLetter(char)) return readName(stream, at);
  return isQuote(char) ? readText(stream, at) : readSymbol(stream, at, prefixAllowed);
}

/** Splits a condition into tokens. `prefixAfter`: after which kinds a sign is a prefix. */
export function tokenize(text: string, prefixAfter: (kind: TokenKind) => boolean): readonly Token[] {
  if (text.length > WHEN_LIMIT_CHARACTERS) {
    throw new DiagnosticError(limitReached('when characters', WHEN_LIMIT_CHARACTERS));
  }
  const stream: Stream = { runes: Array.from(text), at: 0 };
  const tokens: Token[] = [];
  let last: TokenKind = 'UNKNOWN';
  while (stream.at < stream.runes.length) {
    if (SPACE.test(stream.runes[stream.at] ?? '')) {
      stream.at += 1;
      continue;
    }
    const token = readToken(stream, prefixAfter(last));
    tokens.push(token);
    last = token.kind;
    if (tokens.length > WHEN_LIMIT_TOKENS) throw new DiagnosticError(limitReached('when tokens', WHEN_LIMIT_TOKENS));
  }
  return tokens;
}
