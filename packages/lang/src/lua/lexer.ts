import { DiagnosticError } from '../diagnostic/index.ts';

/** What a token is. Keywords and signs are their own text in `text`. */
export type TokenKind = 'name' | 'keyword' | 'sign' | 'number' | 'string' | 'end';

/** A token with its place (both from 1). */
export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  /** The number, for a number token. */
  readonly value: number;
  readonly line: number;
  readonly column: number;
}

const KEYWORDS = new Set(
  'and break do else elseif end false for function goto if in local nil not or repeat return then true until while'.split(
    ' ',
  ),
);
const SPACE = /[ \t\r\n\f\v]*/y;
const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;
const NUMBER = /0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/y;
const SIGN = /\.\.\.|\.\.|==|~=|<=|>=|::|[-+*/%^#<>=(){}[\];:,.]/y;
const LONG_OPEN = /\[(=*)\[(?:\r\n|\n\r|\r|\n)?/y;
const PLAIN_TEXT = /[^\\"'\r\n]+/y;
const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['a', '\u0007'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['v', '\v'],
]);

/** Splits a source (one byte a character) into tokens, one call a token. */
export class Lexer {
  private readonly source: string;
  private offset = 0;
  private line = 1;
  private lineStart = 0;

  constructor(source: string) {
    this.source = source;
    if (source.startsWith('#')) this.skipLine();
  }

  /**
   * The next token; at the end of the source one of kind `end`, again and again.
   * @throws DiagnosticError for text that is no token.
   */
  next(): Token {
    this.skipBlanks();
    const start = this.offset;
    if (start >= this.source.length) return this.token('end', '<eof>', start);
    const name = this.take(NAME);
    if (name !== undefined) return this.token(KEYWORDS.has(name) ? 'keyword' : 'name', name, start);
    const number = this.take(NUMBER);
    if (number !== undefined) return this.numberToken(number, start);
    const first = this.source[start];
    if (first === '"' || first === "'") return this.stringToken(first, start);
    const open = this.take(LONG_OPEN);
    if (open !== undefined) return this.longToken(open, start);
    const sign = this.take(SIGN);
    if (sign === undefined) throw this.failure(first ?? '', 'Invalid token');
    return this.token('sign', sign, start);
  }

  private token(kind: TokenKind, text: string, start: number): Token {
    return { kind, text, value: 0, line: this.line, column: start - this.lineStart + 1 };
  }

  private numberToken(text: string, start: number): Token {
    const after = this.source[this.offset];
    if (after !== undefined && /[A-Za-z0-9_]/.test(after)) throw this.failure(text + after, 'malformed number');
    return { kind: 'number', text, value: Number(text), line: this.line, column: start - this.lineStart + 1 };
  }

  private stringToken(quote: string, start: number): Token {
    const { line, lineStart } = this;
    const parts: string[] = [];
    this.offset += 1;
    for (;;) {
      const plain = this.take(PLAIN_TEXT);
      if (plain !== undefined) parts.push(plain);
      const at = this.source[this.offset];
      if (at === undefined || at === '\n' || at === '\r') throw this.failure(parts.join(''), 'unterminated string');
      this.offset += 1;
      if (at === quote) break;
      parts.push(at === '\\' ? this.escape() : at);
    }
    return { kind: 'string', text: parts.join(''), value: 0, line, column: start - lineStart + 1 };
  }

  private escape(): string {
    const digits = /^\d{1,3}/.exec(this.source.slice(this.offset, this.offset + 3))?.[0];
    if (digits !== undefined) {
      this.offset += digits.length;
      return String.fromCharCode(Number(digits) & 0xff);
    }
    const letter = this.source[this.offset] ?? '';
    if (letter === '\n' || letter === '\r') {
      this.newline();
      return '\n';
    }
    this.offset += 1;
    return ESCAPES.get(letter) ?? letter;
  }

  private longToken(open: string, start: number): Token {
    const column = start - this.lineStart + 1;
    const { line } = this;
    return { kind: 'string', text: this.longText(open, start), value: 0, line, column };
  }

  private longText(open: string, start: number): string {
    const level = open.lastIndexOf('[') - 1;
    const close = `]${'='.repeat(level)}]`;
    const end = this.source.indexOf(close, this.offset);
    if (end < 0) throw this.failure(open, 'unterminated multiline string');
    const text = this.source.slice(this.offset, end);
    this.offset = end + close.length;
    this.countLines(start, this.offset);
    return text.replaceAll(/\r\n|\n\r|\r/g, '\n');
  }

  private skipBlanks(): void {
    for (;;) {
      const start = this.offset;
      if (this.take(SPACE) !== undefined) this.countLines(start, this.offset);
      if (!this.source.startsWith('--', this.offset)) return;
      this.offset += 2;
      const commentStart = this.offset;
      const open = this.take(LONG_OPEN);
      if (open === undefined) this.skipLine();
      else this.longText(open, commentStart);
    }
  }

  private skipLine(): void {
    const rest = /[^\r\n]*/y;
    rest.lastIndex = this.offset;
    rest.exec(this.source);
    this.offset = rest.lastIndex;
  }

  private newline(): void {
    const start = this.offset;
    const pair = this.source.slice(start, start + 2);
    this.offset += pair === '\r\n' || pair === '\n\r' ? 2 : 1;
    this.line += 1;
    this.lineStart = this.offset;
  }

  private countLines(from: number, to: number): void {
    const { source } = this;
    for (let at = from; at < to; at += 1) {
      const code = source.charCodeAt(at);
      if (code !== 10 && code !== 13) continue;
      const next = source.charCodeAt(at + 1);
      if (next !== code && (next === 10 || next === 13)) at += 1;
      this.line += 1;
      this.lineStart = at + 1;
    }
  }

  private take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.offset;
    const found = pattern.exec(this.source);
    if (found === null || found[0].length === 0) return undefined;
    this.offset = pattern.lastIndex;
    return found[0];
  }

  private failure(near: string, message: string): DiagnosticError {
    return syntaxError({ line: this.line, column: this.offset - this.lineStart + 1 }, near, message);
  }
}

/** A syntax error at a place, worded as gopher-lua words it. Near `<eof>` it says so instead of a place. */
export function syntaxError(
  place: { readonly line: number; readonly column: number },
  near: string,
  message: string,
): DiagnosticError {
  const { line, column } = place;
  const where = near === '<eof>' ? 'at EOF' : `line:${line}(column:${column}) near '${near.slice(0, 80)}'`;
  return new DiagnosticError({ message: `<string> ${where}:   ${message}`, line, column });
}
