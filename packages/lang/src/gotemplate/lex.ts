import { isPrint, quoteGo } from '../gofmt/index.ts';

/** What a token is. Keywords carry their own word. */
export type TokenType =
  | 'error'
  | 'bool'
  | 'char'
  | 'charConstant'
  | 'complex'
  | 'assign'
  | 'declare'
  | 'eof'
  | 'field'
  | 'identifier'
  | 'leftDelim'
  | 'leftParen'
  | 'number'
  | 'pipe'
  | 'rawString'
  | 'rightDelim'
  | 'rightParen'
  | 'space'
  | 'string'
  | 'text'
  | 'variable'
  | Keyword;

/** A word with a meaning of its own. */
export type Keyword =
  | '.'
  | 'block'
  | 'break'
  | 'continue'
  | 'define'
  | 'else'
  | 'end'
  | 'if'
  | 'nil'
  | 'range'
  | 'template'
  | 'with';

const KEYWORDS: ReadonlySet<string> = new Set<Keyword>([
  '.',
  'block',
  'break',
  'continue',
  'define',
  'else',
  'end',
  'if',
  'nil',
  'range',
  'template',
  'with',
]);

/** A piece of the source. `pos` counts UTF-16 units from 0, `line` from 1. */
export interface Token {
  readonly type: TokenType;
  readonly pos: number;
  readonly text: string;
  readonly line: number;
}

/** What marks an action's two ends, and which words are functions here although they are keywords elsewhere. */
export interface LexOptions {
  readonly left: string;
  readonly right: string;
  readonly notKeywords: ReadonlySet<string>;
}

/** A token as parse errors show it. */
export function showToken(token: Token): string {
  if (token.type === 'eof') return 'EOF';
  if (token.type === 'error') return token.text;
  if (KEYWORDS.has(token.type)) return `<${token.text}>`;
  const chars = [...token.text];
  return chars.length > 10 ? `${quoteGo(chars.slice(0, 10).join(''))}...` : quoteGo(token.text);
}

/** A character as Go's `%#U` shows it. */
function showChar(char: string): string {
  if (char === '') return 'U+FFFFFFFFFFFFFFFF';
  const hex = (char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  return isPrint(char) ? `U+${hex} '${char}'` : `U+${hex}`;
}

const SPACES = /[ \t\r\n]*/y;
const TRAILING_SPACES = /[ \t\r\n]+$/;
const WORD = /[\p{L}\p{Nd}_]*/uy;
const ALPHANUMERIC = /[\p{L}\p{Nd}_]/uy;
const NUMBER =
  /[+-]?(?:0[xX][0-9a-fA-F_]*(?:\.[0-9a-fA-F_]*)?(?:[pP][+-]?[0-9_]*)?|0[oO][0-7_]*(?:\.[0-7_]*)?|0[bB][01_]*(?:\.[01_]*)?|[0-9_]*(?:\.[0-9_]*)?(?:[eE][+-]?[0-9_]*)?)i?/y;
const STRING = /"(?:[^"\\\n]|\\[^\n])*"/y;
const CHAR = /'(?:[^'\\\n]|\\[^\n])*'/y;
const TERMINATORS = new Set(['', ' ', '\t', '\r', '\n', '.', ',', '|', ':', ')', '(']);
const SPACE_CHARS = ' \t\r\n';

class Lexer {
  readonly tokens: Token[] = [];
  private readonly source: string;
  private readonly options: LexOptions;
  private at = 0;
  private line = 1;
  private nextBreak: number;
  private parens = 0;
  private failed = false;

  constructor(source: string, options: LexOptions) {
    this.source = source;
    this.options = options;
    this.nextBreak = this.breakAfter(0);
  }

  run(): readonly Token[] {
    while (!this.failed && this.lexText()) this.lexAction();
    return this.tokens;
  }

  /** Where the next line ends; looked for once a line. */
  private breakAfter(from: number): number {
    const found = this.source.indexOf('\n', from);
    return found < 0 ? Number.POSITIVE_INFINITY : found;
  }

  private lineAt(pos: number): number {
    while (this.nextBreak < pos) {
      this.line += 1;
      this.nextBreak = this.breakAfter(this.nextBreak + 1);
    }
    return this.line;
  }

  private push(type: TokenType, start: number, text: string): void {
    this.tokens.push({ type, pos: start, text, line: this.lineAt(start) });
  }

  private emit(type: TokenType, end: number): void {
    this.push(type, this.at, this.source.slice(this.at, end));
    this.at = end;
  }

  private fail(message: string, start = this.at): void {
    this.push('error', start, message);
    this.failed = true;
  }

  private match(pattern: RegExp, at: number): string | undefined {
    pattern.lastIndex = at;
    return pattern.exec(this.source)?.[0];
  }

  private skipSpaces(): void {
    this.at += this.match(SPACES, this.at)?.length ?? 0;
  }

  /** Text up to the next action; false at the end of the source. */
  private lexText(): boolean {
    const { left } = this.options;
    const found = this.source.indexOf(left, this.at);
    const stop = found < 0 ? this.source.length : found;
    let end = stop;
    const after = stop + left.length;
    if (found >= 0 && this.trimsLeft(after))
      end -= TRAILING_SPACES.exec(this.source.slice(this.at, stop))?.[0].length ?? 0;
    if (end > this.at) this.emit('text', end);
    this.at = stop;
    if (found < 0) this.emit('eof', stop);
    return found >= 0;
  }

  private isSpaceAt(at: number): boolean {
    return at < this.source.length && SPACE_CHARS.includes(this.source.charAt(at));
  }

  private trimsLeft(at: number): boolean {
    return this.source.charAt(at) === '-' && this.isSpaceAt(at + 1);
  }

  private trimsRight(at: number): boolean {
    return (
      this.isSpaceAt(at) && this.source.charAt(at + 1) === '-' && this.source.startsWith(this.options.right, at + 2)
    );
  }

  /** Everything between two delimiters. */
  private lexAction(): void {
    const inside = this.at + this.options.left.length;
    const marker = this.trimsLeft(inside) ? 2 : 0;
    if (this.source.startsWith('/*', inside + marker)) {
      this.at = inside + marker;
      return this.lexComment();
    }
    this.emit('leftDelim', inside);
    this.at += marker;
    this.parens = 0;
    while (!this.failed && !this.atRight()) this.lexInside();
    if (this.failed) return;
    if (this.parens > 0) return this.fail('unclosed left paren');
    this.lexRight();
  }

  private atRight(): boolean {
    return this.trimsRight(this.at) || this.source.startsWith(this.options.right, this.at);
  }

  private lexRight(): void {
    const trims = this.trimsRight(this.at);
    if (trims) this.at += 2;
    this.emit('rightDelim', this.at + this.options.right.length);
    if (trims) this.skipSpaces();
  }

  private lexComment(): void {
    const close = this.source.indexOf('*/', this.at + 2);
    if (close < 0) return this.fail('unclosed comment');
    const end = close + 2;
    const trims = this.trimsRight(end);
    if (!trims && !this.source.startsWith(this.options.right, end)) {
      return this.fail('comment ends before closing delimiter');
    }
    this.at = end + (trims ? 2 : 0) + this.options.right.length;
    if (trims) this.skipSpaces();
  }

  private lexInside(): void {
    const char = this.source.charAt(this.at);
    if (char === '') return this.fail('unclosed action');
    if (SPACE_CHARS.includes(char)) return this.lexSpace();
    switch (char) {
      case '=':
        return this.emit('assign', this.at + 1);
      case '|':
        return this.emit('pipe', this.at + 1);
      case ':':
        return this.source.charAt(this.at + 1) === '=' ? this.emit('declare', this.at + 2) : this.fail('expected :=');
      case '(':
        this.parens += 1;
        return this.emit('leftParen', this.at + 1);
      case ')':
        return this.lexRightParen();
      default:
        return this.lexTerm(char);
    }
  }

  private lexRightParen(): void {
    this.emit('rightParen', this.at + 1);
    this.parens -= 1;
    if (this.parens < 0) this.fail(`unexpected right paren ${showChar(')')}`);
  }

  private lexSpace(): void {
    const length = this.match(SPACES, this.at)?.length ?? 0;
    // The last space may belong to a trim marker.
    const trimmed = this.trimsRight(this.at + length - 1);
    if (!trimmed || length > 1) this.emit('space', this.at + length - (trimmed ? 1 : 0));
  }

  private lexTerm(char: string): void {
    switch (char) {
      case '"':
        return this.lexQuoted(STRING, 'string', 'unterminated quoted string');
      case "'":
        return this.lexQuoted(CHAR, 'charConstant', 'unterminated character constant');
      case '`':
        return this.lexRaw();
      case '$':
        return this.lexName('variable');
      default:
        return this.lexOther(char);
    }
  }

  private lexOther(char: string): void {
    const next = this.source.charAt(this.at + 1);
    if (char === '.' && next !== '' && (next < '0' || next > '9')) return this.lexName('field');
    if (/[-+.0-9]/.test(char)) return this.lexNumber();
    if (this.match(ALPHANUMERIC, this.at) !== undefined) return this.lexWord();
    const whole = String.fromCodePoint(this.source.codePointAt(this.at) ?? 0);
    if (whole <= '\u007f' && isPrint(whole)) return this.emit('char', this.at + 1);
    return this.fail(`unrecognized character in action: ${showChar(whole)}`);
  }

  private lexQuoted(pattern: RegExp, type: TokenType, fault: string): void {
    const literal = this.match(pattern, this.at);
    if (literal === undefined) return this.fail(fault);
    this.emit(type, this.at + literal.length);
  }

  private lexRaw(): void {
    const close = this.source.indexOf('`', this.at + 1);
    if (close < 0) return this.fail('unterminated raw quoted string');
    this.emit('rawString', close + 1);
  }

  private atTerminator(at: number): boolean {
    return TERMINATORS.has(this.source.charAt(at)) || this.source.startsWith(this.options.right, at);
  }

  private badCharacter(at: number): void {
    this.fail(`bad character ${showChar(String.fromCodePoint(this.source.codePointAt(at) ?? 0))}`);
  }

  /** `.field` or `$variable`; alone, the dot or the dollar. */
  private lexName(type: 'field' | 'variable'): void {
    if (this.atTerminator(this.at + 1)) return this.emit(type === 'field' ? '.' : type, this.at + 1);
    const end = this.at + 1 + (this.match(WORD, this.at + 1)?.length ?? 0);
    if (!this.atTerminator(end)) return this.badCharacter(end);
    this.emit(type, end);
  }

  private lexWord(): void {
    const word = this.match(WORD, this.at) ?? '';
    const end = this.at + word.length;
    if (!this.atTerminator(end)) return this.badCharacter(end);
    if (KEYWORDS.has(word) && !this.options.notKeywords.has(word)) return this.emit(word as Keyword, end);
    this.emit(word === 'true' || word === 'false' ? 'bool' : 'identifier', end);
  }

  private scanNumber(at: number): { readonly end: number; readonly good: boolean } {
    const end = at + (this.match(NUMBER, at)?.length ?? 0);
    const next = this.match(ALPHANUMERIC, end);
    return next === undefined ? { end, good: true } : { end: end + next.length, good: false };
  }

  private lexNumber(): void {
    let scan = this.scanNumber(this.at);
    const pair = scan.good && /[-+]/.test(this.source.charAt(scan.end));
    if (pair) {
      scan = this.scanNumber(scan.end);
      scan = { end: scan.end, good: scan.good && this.source.charAt(scan.end - 1) === 'i' };
    }
    if (!scan.good) return this.fail(`bad number syntax: ${quoteGo(this.source.slice(this.at, scan.end))}`);
    this.emit(pair ? 'complex' : 'number', scan.end);
  }
}

/** Takes a template's source apart. A fault is an `error` token at the end of the list. */
export function lexTemplate(source: string, options: LexOptions): readonly Token[] {
  return new Lexer(source, options).run();
}
