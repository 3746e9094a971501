import { DiagnosticError, diagnostic, limitReached, placeOf } from '../diagnostic/index.ts';
import { numberFromText } from './json-parse.ts';
import { Lexer, type Token, unexpected } from './lexer.ts';
import { JQ_NESTING_LIMIT } from './limits.ts';
import { parsePattern, parsePatterns } from './parse-pattern.ts';
import type { BinaryOperator, Definition, Index, ObjectEntry, Program, Query, UpdateOperator } from './syntax.ts';

interface Operator {
  readonly level: number;
  readonly bind: 'left' | 'right' | 'none';
}

const OPERATORS: ReadonlyMap<string, Operator> = new Map(
  (
    [
      ['|', 1, 'right'],
      [',', 2, 'left'],
      ['//', 3, 'right'],
      ['= |= += -= *= /= %= //=', 4, 'none'],
      ['or', 5, 'left'],
      ['and', 6, 'left'],
      ['== != < <= > >=', 7, 'none'],
      ['+ -', 8, 'left'],
      ['* / %', 9, 'left'],
    ] as const
  ).flatMap(([texts, level, bind]) => texts.split(' ').map((text) => [text, { level, bind }] as const)),
);

const JOINS: { readonly [text: string]: 'pipe' | 'comma' | 'alternative' | 'and' | 'or' | undefined } = {
  '|': 'pipe',
  ',': 'comma',
  '//': 'alternative',
  and: 'and',
  or: 'or',
};

/** The query `.`. */
export const IDENTITY: Query = { kind: 'identity' };

/** Reads a jq program by precedence climbing. */
export class Parser {
  readonly lexer: Lexer;
  token: Token;
  private depth = 0;

  constructor(source: string) {
    this.lexer = new Lexer(source);
    this.token = this.lexer.next();
  }

  /** The whole source. */
  program(): Program {
    this.refuseModules();
    const definitions: Definition[] = [];
    while (this.token.text === 'def' && this.token.kind === 'keyword') definitions.push(this.definition());
    const body = this.token.kind === 'end' ? IDENTITY : this.query(0);
    if (this.token.kind !== 'end') this.unexpected();
    return { definitions, body };
  }

  /** Throws: the current token may not stand here. */
  unexpected(): never {
    throw this.lexer.fault(unexpected(this.token), this.token.offset);
  }

  /** Takes the current token. */
  take(): Token {
    const token = this.token;
    this.token = this.lexer.next();
    return token;
  }

  /** True when the current token is this operator or keyword. */
  is(text: string): boolean {
    return this.token.text === text && (this.token.kind === 'operator' || this.token.kind === 'keyword');
  }

  private isKind(kind: Token['kind']): boolean {
    return this.token.kind === kind;
  }

  /** Takes this operator or keyword; anything else is an error. */
  expect(text: string): void {
    if (!this.is(text)) this.unexpected();
    this.take();
  }

  /** Takes this operator or keyword if it stands here. */
  accept(text: string): boolean {
    if (!this.is(text)) return false;
    this.take();
    return true;
  }

  /** Takes a token of a kind; anything else is an error. */
  expectKind(kind: Token['kind']): Token {
    if (this.token.kind !== kind) this.unexpected();
    return this.take();
  }

  /** Runs a part of the parser one level deeper. */
  nested<T>(read: () => T): T {
    this.depth += 1;
    if (this.depth > JQ_NESTING_LIMIT) {
      const place = placeOf(this.lexer.source, this.token.offset);
      throw new DiagnosticError(limitReached('nesting', JQ_NESTING_LIMIT, place));
    }
    const value = read();
    this.depth -= 1;
    return value;
  }

  private refuseModules(): void {
    const { text, kind, offset } = this.token;
    if (kind !== 'keyword' || (text !== 'import' && text !== 'include' && text !== 'module')) return;
    const place = placeOf(this.lexer.source, offset);
    throw new DiagnosticError(diagnostic(`cannot load module: modules are not available here`, place));
  }

  /** A query whose operators bind at least as tightly as `least`. */
  query(least: number): Query {
    return this.nested(() => this.climb(least));
  }

  private climb(least: number): Query {
    let left = this.operand();
    let most = 9;
    const stages: Query[] = [];
    for (;;) {
      const operator = this.operator();
      if (operator === undefined || operator.level < least) return inPipe(stages, left);
      if (operator.level > most) this.unexpected();
      if (this.accept('|')) {
        stages.push(left);
        left = this.query(2);
        most = 1;
        continue;
      }
      const text = this.take().text;
      const right = this.query(operator.bind === 'right' ? operator.level : operator.level + 1);
      left = combine(text, left, right);
      most = operator.bind === 'none' ? operator.level - 1 : operator.level;
    }
  }

  private operator(): Operator | undefined {
    const { kind, text } = this.token;
    return kind === 'operator' || kind === 'keyword' ? OPERATORS.get(text) : undefined;
  }

  /** What stands between operators, with the question marks after it. */
  operand(): Query {
    if (this.is('def')) {
      const definition = this.definition();
      return { kind: 'define', definition, body: this.query(0) };
    }
    if (this.is('label')) {
      this.take();
      const name = this.expectKind('variable').value;
      this.expect('|');
      return { kind: 'label', name, body: this.query(1) };
    }
    const term = this.term();
    if (!this.is('as')) return term;
    this.take();
    const patterns = parsePatterns(this);
    this.expect('|');
    return { kind: 'bind', target: term, patterns, body: this.query(1) };
  }

  private definition(): Definition {
    this.expect('def');
    const name = this.expectKind('word').value;
    const parameters: string[] = [];
    if (this.accept('(')) {
      do {
        if (this.token.kind !== 'word' && this.token.kind !== 'variable') this.unexpected();
        parameters.push(this.take().value);
      } while (this.accept(';'));
      this.expect(')');
    }
    this.expect(':');
    const body = this.query(0);
    this.expect(';');
    return { name, parameters, body };
  }

  /** A term with everything that may follow it: names, brackets, question marks. */
  term(): Query {
    let term = this.nested(() => this.primary());
    for (;;) {
      const { kind, value } = this.token;
      if (kind === 'field') {
        this.take();
        term = indexBy(term, { kind: 'constant', value });
      } else if (this.is('[')) term = this.brackets(term);
      else if (this.accept('?')) term = { kind: 'optional', target: term };
      else if (this.is('.')) term = this.dotted(term);
      else return term;
    }
  }

  private dotted(target: Query): Query {
    this.expect('.');
    if (this.is('[')) return this.brackets(target);
    if (this.token.kind === 'string' || this.token.kind === 'text-start')
      return indexBy(target, this.string(undefined));
    return this.unexpected();
  }

  private brackets(target: Query): Query {
    this.expect('[');
    if (this.accept(']')) return { kind: 'iterate', target };
    const index = this.index();
    this.expect(']');
    return { kind: 'index', target, index };
  }

  private index(): Index {
    if (this.accept(':')) return { kind: 'slice', start: undefined, end: this.query(0) };
    const key = this.query(0);
    if (!this.accept(':')) return { kind: 'key', key };
    return { kind: 'slice', start: key, end: this.is(']') ? undefined : this.query(0) };
  }

  private primary(): Query {
    const { kind, value, offset } = this.token;
    switch (kind) {
      case 'number':
        this.take();
        return { kind: 'constant', value: numberFromText(value) };
      case 'field':
        this.take();
        return indexBy(IDENTITY, { kind: 'constant', value });
      case 'variable':
        this.take();
        return { kind: 'variable', name: value, offset };
      case 'word':
        return this.call();
      case 'format':
        return this.format();
      case 'string':
      case 'text-start':
        return this.string(undefined);
      case 'keyword':
        return this.keyword();
      default:
        return this.punctuated();
    }
  }

  private call(): Query {
    const { value: name, offset } = this.take();
    const args: Query[] = [];
    if (this.accept('(')) {
      do args.push(this.query(0));
      while (this.accept(';'));
      this.expect(')');
    }
    return { kind: 'call', name, args, offset };
  }

  private format(): Query {
    const format = this.take().value;
    const isText = this.token.kind === 'string' || this.token.kind === 'text-start';
    return isText ? this.string(format) : { kind: 'format', format };
  }

  /** A string; with interpolation it is a sum of its parts. */
  string(format: string | undefined): Query {
    if (this.token.kind === 'string') return { kind: 'constant', value: this.take().value };
    this.expectKind('text-start');
    const parts: Query[] = [];
    while (!this.isKind('text-end')) {
      if (this.isKind('string')) {
        parts.push({ kind: 'constant', value: this.take().value });
        continue;
      }
      this.expectKind('text-query');
      parts.push({ kind: 'group', body: this.query(0) });
      if (!this.is(')')) this.unexpected();
      this.lexer.inString = true;
      this.take();
    }
    this.take();
    return { kind: 'text', format, parts };
  }

  private keyword(): Query {
    switch (this.token.text) {
      case 'null':
        this.take();
        return { kind: 'constant', value: null };
      case 'true':
      case 'false':
        return { kind: 'constant', value: this.take().text === 'true' };
      case 'if':
        return this.condition();
      case 'try':
        return this.attempt();
      case 'reduce':
      case 'foreach':
        return this.fold();
      case 'break': {
        const { offset } = this.take();
        return { kind: 'break', name: this.expectKind('variable').value, offset };
      }
      default:
        return this.unexpected();
    }
  }

  private condition(): Query {
    this.take();
    const condition = this.query(0);
    this.expect('then');
    const whenTrue = this.query(0);
    if (this.is('elif')) {
      return { kind: 'if', condition, whenTrue, whenFalse: this.nested(() => this.condition()) };
    }
    const whenFalse = this.accept('else') ? this.query(0) : undefined;
    this.expect('end');
    return { kind: 'if', condition, whenTrue, whenFalse };
  }

  private attempt(): Query {
    this.take();
    const body = this.nested(() => this.operand());
    const recovery = this.accept('catch') ? this.nested(() => this.operand()) : undefined;
    return { kind: 'try', body, recovery };
  }

  private fold(): Query {
    const kind = this.take().text;
    const source = this.term();
    this.expect('as');
    const pattern = parsePattern(this);
    this.expect('(');
    const start = this.query(0);
    this.expect(';');
    const update = this.query(0);
    const extract = kind === 'foreach' && this.accept(';') ? this.query(0) : undefined;
    this.expect(')');
    return kind === 'reduce'
      ? { kind: 'reduce', source, pattern, start, update }
      : { kind: 'foreach', source, pattern, start, update, extract };
  }

  private punctuated(): Query {
    if (this.is('.')) return this.dot();
    if (this.accept('..')) return { kind: 'recurse' };
    if (this.accept('(')) {
      const body = this.query(0);
      this.expect(')');
      return { kind: 'group', body };
    }
    if (this.accept('[')) {
      const body = this.is(']') ? undefined : this.query(0);
      this.expect(']');
      return { kind: 'array', body };
    }
    if (this.accept('{')) return this.object();
    if (this.is('-') || this.is('+')) {
      const operator = this.take().text === '-' ? '-' : '+';
      return { kind: 'sign', operator, target: this.term() };
    }
    return this.unexpected();
  }

  private dot(): Query {
    this.take();
    if (this.is('[')) return this.brackets(IDENTITY);
    const isText = this.token.kind === 'string' || this.token.kind === 'text-start';
    return isText ? indexBy(IDENTITY, this.string(undefined)) : IDENTITY;
  }

  private object(): Query {
    const entries: ObjectEntry[] = [];
    while (!this.accept('}')) {
      entries.push(this.entry());
      if (!this.is('}')) this.expect(',');
    }
    return { kind: 'object', entries };
  }

  private entry(): ObjectEntry {
    const { kind, value, offset } = this.token;
    if (kind === 'variable') {
      this.take();
      const key: Query = { kind: 'variable', name: value, offset };
      return { variable: value, key, value: this.is(':') ? this.entryValue() : undefined };
    }
    if (this.accept('(')) {
      const key = this.query(0);
      this.expect(')');
      return { variable: undefined, key, value: this.entryValue() };
    }
    const key = this.entryKey();
    return { variable: undefined, key, value: this.is(':') ? this.entryValue() : undefined };
  }

  private entryKey(): Query {
    const { kind } = this.token;
    if (kind === 'string' || kind === 'text-start') return this.string(undefined);
    if ((kind !== 'word' && kind !== 'keyword') || this.token.value.includes('::')) this.unexpected();
    return { kind: 'constant', value: this.take().value };
  }

  private entryValue(): Query {
    this.expect(':');
    let value = this.term();
    while (this.accept('|')) value = { kind: 'pipe', left: value, right: this.term() };
    return value;
  }
}

/** Joins the stages of a pipe, which may be many, without recursion. */
function inPipe(stages: readonly Query[], last: Query): Query {
  return stages.reduceRight((right, left) => ({ kind: 'pipe', left, right }), last);
}

function indexBy(target: Query, key: Query): Query {
  return { kind: 'index', target, index: { kind: 'key', key } };
}

function combine(text: string, left: Query, right: Query): Query {
  const join = JOINS[text];
  if (join !== undefined) return { kind: join, left, right };
  if (text.endsWith('=') && !['==', '!=', '<=', '>='].includes(text)) {
    return { kind: 'update', operator: text as UpdateOperator, left, right };
  }
  return { kind: 'binary', operator: text as BinaryOperator, left, right };
}
