import { DiagnosticError, limitReached, placeOf } from '../diagnostic/index.ts';
import type { Token } from './lexer.ts';
import { staticError, type SourceFile, type Span } from './source.ts';
import type { Node } from './syntax.ts';

const NAMES: Readonly<Record<Token['kind'], string>> = {
  identifier: 'IDENTIFIER',
  keyword: 'keyword',
  number: 'NUMBER',
  string: 'STRING',
  operator: 'OPERATOR',
  symbol: 'symbol',
  end: 'end of file',
};

/** The kind of a token as error messages show it. */
export function showKind(token: Token): string {
  if (token.kind === 'symbol') return `"${token.text}"`;
  return token.kind === 'keyword' ? token.text : NAMES[token.kind];
}

/** A token as error messages show it. */
export function showToken(token: Token): string {
  if (token.kind === 'end' || token.kind === 'symbol') return showKind(token);
  return `(${showKind(token)}, "${token.text}")`;
}

interface ReaderOptions {
  readonly file: SourceFile;
  readonly tokens: readonly Token[];
  readonly depthLimit: number;
  /** The grammar's entry; given in, so that the parts of the grammar need not import each other in a circle. */
  readonly parseExpression: (reader: TokenReader) => Node;
}

/** The parser's place in the tokens, and how deep it has gone. */
export class TokenReader {
  readonly file: SourceFile;
  readonly #tokens: readonly Token[];
  readonly #end: Token;
  readonly #depthLimit: number;
  readonly #parseExpression: (reader: TokenReader) => Node;
  #position = 0;
  #depth = 0;

  constructor(options: ReaderOptions) {
    this.file = options.file;
    this.#tokens = options.tokens;
    this.#end = options.tokens.at(-1) ?? { kind: 'end', text: '', start: 0, end: 0 };
    this.#depthLimit = options.depthLimit;
    this.#parseExpression = options.parseExpression;
  }

  /** Parses an expression that extends as far as possible. */
  expression(): Node {
    return this.#parseExpression(this);
  }

  /** The token `ahead` places on; the end token from the end onwards. */
  peek(ahead = 0): Token {
    return this.#tokens[this.#position + ahead] ?? this.#end;
  }

  /** Takes the next token. */
  next(): Token {
    const token = this.peek();
    this.#position += 1;
    return token;
  }

  /** True if the next token is this keyword, symbol or operator. */
  at(text: string): boolean {
    const token = this.peek();
    return token.text === text && token.kind !== 'string' && token.kind !== 'identifier';
  }

  /** Takes the next token if it is this keyword, symbol or operator. */
  take(text: string): boolean {
    const found = this.at(text);
    if (found) this.#position += 1;
    return found;
  }

  /** Takes this keyword, symbol or operator, or fails. */
  expect(text: string): Token {
    if (!this.at(text)) this.fail(`Expected token ${this.#describe(text)} but got ${showToken(this.peek())}`);
    return this.next();
  }

  #describe(text: string): string {
    if (/^[a-z]/.test(text)) return text;
    return '{}[](),.;'.includes(text) ? `"${text}"` : 'OPERATOR';
  }

  /** Takes an identifier, or fails. */
  identifier(): Token {
    if (this.peek().kind !== 'identifier') {
      this.fail(`Expected token IDENTIFIER but got ${showToken(this.peek())}`);
    }
    return this.next();
  }

  /** The stretch from a token to the last one taken. */
  spanFrom(start: Token): Span {
    const last = this.#tokens[this.#position - 1] ?? start;
    return { file: this.file, start: start.start, end: Math.max(start.end, last.end) };
  }

  /** Refuses the source at a token, by default the next one. */
  fail(message: string, at: Token = this.peek()): never {
    throw staticError(message, { file: this.file, start: at.start, end: at.end });
  }

  /** Runs a part of the parser one level deeper. */
  nested<T>(parse: () => T): T {
    this.#depth += 1;
    if (this.#depth > this.#depthLimit) {
      const place = placeOf(this.file.text, this.peek().start);
      throw new DiagnosticError(limitReached('jsonnet nesting', this.#depthLimit, place));
    }
    const result = parse();
    this.#depth -= 1;
    return result;
  }
}
