import { failAt, type Source } from './source.ts';
import { readQuoted, readRaw } from './lexer-text.ts';
import { peek, type Scanner, type Token, type TokenKind } from './scanner.ts';

const WORD_OPERATORS: ReadonlySet<string> = new Set([
  'not',
  'in',
  'or',
  'and',
  'matches',
  'contains',
  'startsWith',
  'endsWith',
  'let',
  'if',
  'else',
]);

const LETTER = /^\p{L}$/u;
const DIGIT = /^\p{Nd}$/u;
const SPACE = /^[\t\n\v\f\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]$/;

function isAscii(char: string, low: number, high: number): boolean {
  const code = char.charCodeAt(0);
  return char.length === 1 && code >= low && code <= high;
}

/** True for a digit 0–9. */
export const isDecimal = (char: string): boolean => isAscii(char, 48, 57);

function isWordStart(char: string): boolean {
  if (char === '_' || char === '$' || isAscii(char, 97, 122) || isAscii(char, 65, 90)) return true;
  return char !== '' && char > '\u007f' && LETTER.test(char);
}

/** True for what may stand in a name: letters, digits, `_` and `$`. */
export function isWord(char: string): boolean {
  return isWordStart(char) || isDecimal(char) || (char > '\u007f' && DIGIT.test(char));
}

/** True when a whole text is a name. */
export function isName(text: string): boolean {
  const chars = Array.from(text);
  return chars.length > 0 && isWordStart(chars[0] ?? '') && chars.every(isWord);
}

function emit(scanner: Scanner, kind: TokenKind, start: number): void {
  const value = scanner.source.runes.slice(start, scanner.at).join('');
  scanner.tokens.push({ kind, value, at: start, end: scanner.at });
}

function accept(scanner: Scanner, chars: string): boolean {
  const char = peek(scanner);
  if (char === '' || !chars.includes(char)) return false;
  scanner.at += 1;
  return true;
}

function acceptRun(scanner: Scanner, chars: string): void {
  while (accept(scanner, chars));
}

function digitsOf(scanner: Scanner): string {
  if (!accept(scanner, '0')) return '0123456789_';
  if (accept(scanner, 'xX')) return '0123456789abcdefABCDEF_';
  if (accept(scanner, 'oO')) return '01234567_';
  return accept(scanner, 'bB') ? '01_' : '0123456789_';
}

function readNumber(scanner: Scanner): void {
  const start = scanner.at;
  const digits = digitsOf(scanner);
  acceptRun(scanner, digits);
  if (peek(scanner) === '.' && peek(scanner, 1) !== '.') {
    scanner.at += 1;
    acceptRun(scanner, digits);
  }
  if (accept(scanner, 'eE')) {
    accept(scanner, '+-');
    acceptRun(scanner, digits);
  }
  if (isWord(peek(scanner))) {
    scanner.at += 1;
    const text = scanner.source.runes.slice(start, scanner.at).join('');
    failAt(scanner.source, scanner.at - 1, `bad number syntax: ${JSON.stringify(text)}`);
  }
  emit(scanner, 'Number', start);
}

function readWord(scanner: Scanner): void {
  const start = scanner.at;
  while (isWord(peek(scanner))) scanner.at += 1;
  const word = scanner.source.runes.slice(start, scanner.at).join('');
  emit(scanner, WORD_OPERATORS.has(word) ? 'Operator' : 'Identifier', start);
}

function readPointer(scanner: Scanner): void {
  const start = scanner.at;
  scanner.at += 1;
  accept(scanner, '#');
  emit(scanner, 'Operator', start);
  const name = scanner.at;
  while (isWord(peek(scanner))) scanner.at += 1;
  if (scanner.at > name) emit(scanner, 'Identifier', name);
}

function skipComment(scanner: Scanner): boolean {
  const opening = peek(scanner) + peek(scanner, 1);
  if (opening === '//') {
    while (peek(scanner) !== '' && peek(scanner) !== '\n') scanner.at += 1;
    return true;
  }
  if (opening !== '/*') return false;
  scanner.at += 2;
  while (peek(scanner) + peek(scanner, 1) !== '*/') {
    if (peek(scanner) === '') failAt(scanner.source, scanner.at, 'unclosed comment');
    scanner.at += 1;
  }
  scanner.at += 2;
  return true;
}

/** Which second character makes an operator of two. */
const SECOND: ReadonlyMap<string, string> = new Map([
  ['|', '|'],
  [':', ':'],
  ['?', '.?'],
  ['.', '.'],
  ['/', ''],
  ...Array.from(',;%+-^', (char): [string, string] => [char, '']),
  ...Array.from('&!=*<>', (char): [string, string] => [char, '&=*']),
]);

function unrecognized(char: string): string {
  const code = (char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  const printable = /^[\p{L}\p{M}\p{N}\p{P}\p{S}]$/u.test(char);
  return `unrecognized character: U+${code}${printable ? ` '${char}'` : ''}`;
}

function readOperator(scanner: Scanner, char: string): void {
  const start = scanner.at;
  const second = SECOND.get(char);
  if (second === undefined) failAt(scanner.source, start, unrecognized(char));
  scanner.at += 1;
  accept(scanner, second);
  emit(scanner, 'Operator', start);
}

function readToken(scanner: Scanner, char: string): void {
  if (char === "'" || char === '"') return readQuoted(scanner, char);
  if (char === '`') return readRaw(scanner);
  if (isDecimal(char)) return readNumber(scanner);
  if (char === '.' && isDecimal(peek(scanner, 1))) return readNumber(scanner);
  if (char === '#') return readPointer(scanner);
  if ('([{}])'.includes(char)) {
    scanner.at += 1;
    return emit(scanner, 'Bracket', scanner.at - 1);
  }
  return isWord(char) ? readWord(scanner) : readOperator(scanner, char);
}

/** Splits a source into tokens; the last is EOF, placed on the last character as upstream does. */
export function lex(source: Source): readonly Token[] {
  const scanner: Scanner = { source, tokens: [], at: 0 };
  for (let char = peek(scanner); char !== ''; char = peek(scanner)) {
    if (SPACE.test(char)) scanner.at += 1;
    else if (char !== '/' || !skipComment(scanner)) readToken(scanner, char);
  }
  const last = Math.max(0, source.runes.length - 1);
  scanner.tokens.push({ kind: 'EOF', value: '', at: last, end: source.runes.length });
  return scanner.tokens;
}
