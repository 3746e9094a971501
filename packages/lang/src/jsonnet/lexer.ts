import { readString, startsString } from './lex-string.ts';
import { staticError, type SourceFile } from './source.ts';

/** What a token is; keywords and symbols are their own kind, so the parser compares one field. */
export type TokenKind = 'identifier' | 'keyword' | 'number' | 'string' | 'operator' | 'symbol' | 'end';

/** One token. `text` is the source text, for strings the value. */
export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

const KEYWORDS = new Set(
  (
    'assert else error false for function if import importstr importbin in local null ' +
    'tailstrict then self super true'
  ).split(' '),
);
const SYMBOLS = '{}[],.();';
const OPERATOR_CHARACTERS = '!$:~+-&|^=<>*/%';
const IDENTIFIER = /[a-zA-Z_][a-zA-Z0-9_]*/y;
const NUMBER = /(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;

function matchAt(pattern: RegExp, text: string, offset: number): string {
  pattern.lastIndex = offset;
  return pattern.exec(text)?.[0] ?? '';
}

function skipBlockComment(file: SourceFile, offset: number): number {
  const end = file.text.indexOf('*/', offset + 2);
  if (end < 0) throw staticError('Multi-line comment has no terminating */', { file, start: offset, end: offset });
  return end + 2;
}

function skipSpace(file: SourceFile, from: number): number {
  const { text } = file;
  let offset = from;
  for (;;) {
    const character = text[offset];
    if (character === ' ' || character === '\t' || character === '\n' || character === '\r') offset += 1;
    else if (character === '#' || text.startsWith('//', offset)) {
      const end = text.indexOf('\n', offset);
      offset = end < 0 ? text.length : end + 1;
    } else if (text.startsWith('/*', offset)) offset = skipBlockComment(file, offset);
    else return offset;
  }
}

/** What may not follow a number: the part that a fraction or an exponent misses. */
function numberFault(rest: string): string | undefined {
  if (/^\.[^0-9]?/.test(rest)) return `Couldn't lex number, junk after decimal point: ${quoted(rest.charAt(1))}`;
  if (/^[eE][+-]/.test(rest)) return `Couldn't lex number, junk after exponent sign: ${quoted(rest.charAt(2))}`;
  if (/^[eE]/.test(rest)) return `Couldn't lex number, junk after 'E': ${quoted(rest.charAt(1))}`;
  return undefined;
}

function quoted(character: string): string {
  return `'${character}'`;
}

function readNumber(file: SourceFile, start: number): Token {
  const text = matchAt(NUMBER, file.text, start);
  const end = start + text.length;
  const fault = numberFault(file.text.slice(end, end + 3));
  if (fault !== undefined) throw staticError(fault, { file, start, end: start });
  return { kind: 'number', text, start, end };
}

/** How far a run of operator characters is followed: no operator is nearly so long. */
const OPERATOR_LIMIT_CHARACTERS = 64;

/** Operators are runs of operator characters; a run of several never ends in one that can only be unary. */
function readOperator(file: SourceFile, start: number): Token {
  const { text } = file;
  let end = start;
  const limit = Math.min(text.length, start + OPERATOR_LIMIT_CHARACTERS);
  while (end < limit && OPERATOR_CHARACTERS.includes(text.charAt(end))) {
    if (end > start && (text.startsWith('//', end) || text.startsWith('/*', end))) break;
    if (text.startsWith('|||', end)) break;
    end += 1;
  }
  while (end > start + 1 && '+-~!$'.includes(text.charAt(end - 1))) end -= 1;
  return { kind: 'operator', text: text.slice(start, end), start, end };
}

function readToken(file: SourceFile, start: number): Token {
  const { text } = file;
  const character = text.charAt(start);
  if (SYMBOLS.includes(character)) return { kind: 'symbol', text: character, start, end: start + 1 };
  if (startsString(text, start)) return readString(file, start);
  if (character >= '0' && character <= '9') return readNumber(file, start);
  if (character === '@') {
    const junk = text.charAt(start + 1);
    throw staticError(`Couldn't lex verbatim string, junk after '@': ${junk}`, { file, start, end: start });
  }
  const word = matchAt(IDENTIFIER, text, start);
  if (word !== '')
    return { kind: KEYWORDS.has(word) ? 'keyword' : 'identifier', text: word, start, end: start + word.length };
  if (OPERATOR_CHARACTERS.includes(character)) return readOperator(file, start);
  const shown = String.fromCodePoint(text.codePointAt(start) ?? 0);
  throw staticError(`Could not lex the character ${quoted(shown)}`, { file, start, end: start });
}

/** The tokens of a source, the last of kind `end`. Throws a DiagnosticError for text that is no token. */
export function tokenize(file: SourceFile): readonly Token[] {
  const tokens: Token[] = [];
  for (let offset = skipSpace(file, 0); offset < file.text.length; offset = skipSpace(file, offset)) {
    const token = readToken(file, offset);
    tokens.push(token);
    offset = token.end;
  }
  const end = file.text.length;
  tokens.push({ kind: 'end', text: '', start: end, end });
  return tokens;
}
