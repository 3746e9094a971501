import { DiagnosticError, diagnostic, placeOf } from '../diagnostic/index.ts';
import { stringToJson } from './json-text.ts';
import { parseJson } from './json-parse.ts';

/** What kinds of token there are; an operator's kind is its own text. */
export type TokenKind =
  | 'word'
  | 'keyword'
  | 'variable'
  | 'number'
  | 'field'
  | 'format'
  | 'string'
  | 'text-start'
  | 'text-query'
  | 'text-end'
  | 'operator'
  | 'end';

/** One token. `text` is the source, `value` what it stands for (a name without dot, a string decoded). */
export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  readonly value: string;
  readonly offset: number;
}

const KEYWORDS = new Set(
  'or and module import include def as label break null true false if then elif else end try catch reduce foreach'.split(
    ' ',
  ),
);
const BLANK = /(?:[ \t\r\n]|#[^\r\n]*)*/y;
const WORD = /[A-Za-z_]\w*(?:::[A-Za-z_]\w*)?/y;
const VARIABLE = /\$[A-Za-z_]\w*(?:::[A-Za-z_]\w*)?/y;
const FIELD = /\.[A-Za-z_]\w*/y;
const FORMAT = /@\w+/y;
const NUMBER_START = /\.?\d/y;
const NUMBER = /(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/y;
const OPERATOR = /\?\/\/|\/\/=|\|=|\+=|-=|\*=|\/=|\/\/|%=|==|!=|>=|<=|\.\.|[^]/uy;

/** Tokens that one pattern tells. */
const NAMES: readonly (readonly [TokenKind, RegExp])[] = [
  ['word', WORD],
  ['field', FIELD],
  ['variable', VARIABLE],
  ['format', FORMAT],
];

const kindOf = (kind: TokenKind, text: string): TokenKind => (kind === 'word' && KEYWORDS.has(text) ? 'keyword' : kind);

function take(pattern: RegExp, source: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(source)?.[0];
}

/** Splits a program into tokens; the parser tells it when it stands inside a string. */
export class Lexer {
  readonly source: string;
  /** Where the next token starts. */
  at = 0;
  /** True while the next token is a piece of an interpolated string. */
  inString = false;

  constructor(source: string) {
    this.source = source;
  }

  /** A diagnostic at a place in this source. */
  fault(message: string, offset: number): DiagnosticError {
    return new DiagnosticError(diagnostic(message, placeOf(this.source, offset)));
  }

  /** The next token. */
  next(): Token {
    if (this.inString) return this.piece();
    this.at += take(BLANK, this.source, this.at)?.length ?? 0;
    const offset = this.at;
    if (offset >= this.source.length) return { kind: 'end', text: '', value: '', offset };
    return take(NUMBER_START, this.source, offset) === undefined ? this.named(offset) : this.number();
  }

  private named(offset: number): Token {
    for (const [kind, pattern] of NAMES) {
      const text = take(pattern, this.source, offset);
      if (text !== undefined) return this.token(kindOf(kind, text), text, kind === 'field' ? text.slice(1) : text);
    }
    if (this.source[offset] === '"') return this.string(offset);
    const operator = take(OPERATOR, this.source, offset) ?? '';
    return this.token('operator', operator, operator);
  }

  private token(kind: TokenKind, text: string, value: string): Token {
    const offset = this.at;
    this.at += text.length;
    return { kind, text, value, offset };
  }

  private number(): Token {
    const offset = this.at;
    const text = take(NUMBER, this.source, offset) ?? '';
    const next = this.source[offset + text.length] ?? '';
    if (/[A-Za-z_.]/.test(next)) {
      const tail = take(/[eE][+-]?[A-Za-z_.]?|./y, this.source, offset + text.length) ?? next;
      throw this.fault(`invalid token ${stringToJson(text + tail)}`, offset);
    }
    return this.token('number', text, text);
  }

  /** Scans to the end of a piece of string: a quote, or the start of an interpolation. */
  private scan(from: number): { readonly end: number; readonly stop: '"' | '(' } {
    for (let at = from; at < this.source.length; at += 1) {
      const character = this.source[at];
      if (character === '"') return { end: at, stop: '"' };
      if (character !== '\\') continue;
      at += 1;
      const escape = this.source[at] ?? '';
      if (escape === '(') return { end: at - 1, stop: '(' };
      if (escape === 'u') this.checkHex(at);
      else if (escape !== '' && !'"/\\bfnrt'.includes(escape)) throw this.badEscape(at - 1, at + 1);
    }
    throw this.fault('unterminated string literal', this.source.length);
  }

  private checkHex(at: number): void {
    for (let count = 1; count <= 4; count += 1) {
      if (!/^[0-9a-fA-F]$/.test(this.source[at + count] ?? '')) throw this.badEscape(at - 1, at + count);
    }
  }

  private badEscape(from: number, to: number): DiagnosticError {
    return this.fault(`invalid escape sequence "${this.source.slice(from, to)}" in string literal`, from);
  }

  private decode(raw: string): string {
    if (!raw.includes('\\')) return raw;
    // Controls may stand in jq's strings but not in JSON's.
    // oxlint-disable-next-line no-control-regex -- the controls are what this escapes
    const json = raw.replaceAll(/[\u0000-\u001f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
    const value = parseJson(`"${json}"`);
    return typeof value === 'string' ? value : raw;
  }

  private string(offset: number): Token {
    const { end, stop } = this.scan(offset + 1);
    if (stop === '(') {
      this.inString = true;
      return this.token('text-start', '"', '');
    }
    const text = this.source.slice(offset, end + 1);
    return this.token('string', text, this.decode(text.slice(1, -1)));
  }

  private piece(): Token {
    const offset = this.at;
    if (offset >= this.source.length) return { kind: 'end', text: '', value: '', offset };
    const { end, stop } = this.scan(offset);
    if (end > offset) {
      const text = this.source.slice(offset, end);
      return this.token('string', text, this.decode(text));
    }
    this.inString = false;
    return stop === '"' ? this.token('text-end', '"', '') : this.token('text-query', '\\(', '');
  }
}

/** The message for a token that may not stand where it stands. */
export function unexpected(token: Token): string {
  return token.kind === 'end' ? 'unexpected EOF' : `unexpected token ${stringToJson(token.text)}`;
}
