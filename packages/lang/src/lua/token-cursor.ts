import type { DiagnosticError } from '../diagnostic/index.ts';
import { Lexer, syntaxError, type Token } from './lexer.ts';

/** The tokens of a source with one token of look-ahead; the parser builds on it. */
export class TokenCursor {
  /** The token that is read next. */
  protected token: Token;
  /** The line of the token before it. */
  protected lastLine = 1;
  private readonly lexer: Lexer;
  private ahead: Token | undefined = undefined;

  constructor(source: string) {
    this.lexer = new Lexer(source);
    this.token = this.lexer.next();
  }

  protected advance(): Token {
    const current = this.token;
    this.lastLine = current.line;
    this.token = this.ahead ?? this.lexer.next();
    this.ahead = undefined;
    return current;
  }

  protected peek(): Token {
    this.ahead ??= this.lexer.next();
    return this.ahead;
  }

  protected at(text: string): boolean {
    return this.token.text === text && (this.token.kind === 'sign' || this.token.kind === 'keyword');
  }

  protected accept(text: string): boolean {
    if (!this.at(text)) return false;
    this.advance();
    return true;
  }

  protected expect(text: string): void {
    if (!this.accept(text)) throw this.unexpected();
  }

  protected name(): string {
    if (this.token.kind !== 'name') throw this.unexpected();
    return this.advance().text;
  }

  protected unexpected(): DiagnosticError {
    return syntaxError(this.token, this.token.text, 'syntax error');
  }
}
