import { DiagnosticError, limitReached } from '../diagnostic/index.ts';
import type {
  BinaryOperator,
  Block,
  CallExpression,
  Clause,
  Expression,
  Field,
  FunctionBody,
  LocalVariable,
  ParsedSource,
  Statement,
  Target,
} from './ast.ts';
import { syntaxError } from './lexer.ts';
import { TokenCursor } from './token-cursor.ts';
import { FunctionScope } from './scope.ts';

/** Levels that blocks, functions and expressions may nest in a source (as in Lua 5.1). */
export const LUA_LIMIT_NESTING = 200;

/** Binding power left and right; `..` and `^` bind to the right. */
const POWERS: ReadonlyMap<string, readonly [left: number, right: number]> = new Map([
  ['or', [1, 1]],
  ['and', [2, 2]],
  ['<', [3, 3]],
  ['>', [3, 3]],
  ['<=', [3, 3]],
  ['>=', [3, 3]],
  ['~=', [3, 3]],
  ['==', [3, 3]],
  ['..', [5, 4]],
  ['+', [6, 6]],
  ['-', [6, 6]],
  ['*', [7, 7]],
  ['/', [7, 7]],
  ['%', [7, 7]],
  ['^', [10, 9]],
]);
const UNARY_POWER = 8;
const BLOCK_END = new Set(['end', 'else', 'elseif', 'until', '<eof>']);

/**
 * Parses a source (one byte a character), names resolved.
 * @throws DiagnosticError with the place of the first mistake, or the limit that was reached.
 */
export function parseLua(source: string): ParsedSource {
  return new Parser(source).chunk();
}

class Parser extends TokenCursor {
  private scope = new FunctionScope(undefined, true);
  private depth = 0;
  private readonly functions: FunctionBody[] = [];

  chunk(): ParsedSource {
    const body = this.block(false);
    if (this.token.kind !== 'end') throw this.unexpected();
    const name = 'main chunk';
    const main = this.define({ name, parameters: [], variadic: true, captures: [], body, line: 1, execute: undefined });
    return { main, functions: this.functions };
  }

  private define(body: FunctionBody): FunctionBody {
    this.functions.push(body);
    return body;
  }

  /** Runs a part that may contain itself, counting levels. */
  private nested<T>(part: () => T): T {
    this.depth += 1;
    if (this.depth > LUA_LIMIT_NESTING) {
      throw new DiagnosticError(limitReached('levels of nesting', LUA_LIMIT_NESTING, this.token));
    }
    const value = part();
    this.depth -= 1;
    return value;
  }

  private block(loop: boolean, before?: () => void): Block {
    return this.nested(() => {
      this.scope.open(loop);
      before?.();
      const statements = this.statements();
      return { statements, labels: this.scope.close(statements.length) };
    });
  }

  private statements(): readonly Statement[] {
    const statements: Statement[] = [];
    while (!this.blockEnds()) {
      if (this.at('::')) {
        this.label(statements.length);
        continue;
      }
      if (this.at('return')) {
        statements.push(this.returnStatement());
        break;
      }
      const statement = this.statement();
      if (statement !== undefined) statements.push(statement);
    }
    return statements;
  }

  private blockEnds(): boolean {
    return (this.token.kind === 'keyword' || this.token.kind === 'end') && BLOCK_END.has(this.token.text);
  }

  private label(position: number): void {
    const { line, column } = this.advance();
    const name = this.name();
    this.expect('::');
    this.scope.label({ name, line, column, position });
  }

  private returnStatement(): Statement {
    const { line } = this.advance();
    const values = this.blockEnds() || this.at(';') ? [] : this.expressions();
    this.accept(';');
    if (!this.blockEnds()) throw this.unexpected();
    return { kind: 'return', values, line };
  }

  private statement(): Statement | undefined {
    const parse = this.token.kind === 'keyword' ? this.keywordStatement(this.token.text) : undefined;
    if (parse === undefined && this.accept(';')) return undefined;
    const statement = parse ?? this.expressionStatement();
    this.accept(';');
    return statement;
  }

  private keywordStatement(keyword: string): Statement | undefined {
    const { line } = this.token;
    switch (keyword) {
      case 'if':
        return this.ifStatement(line);
      case 'while':
        return this.whileStatement(line);
      case 'do':
        this.advance();
        return { kind: 'do', body: this.closed(false), line };
      case 'for':
        return this.forStatement(line);
      case 'repeat':
        return this.repeatStatement(line);
      case 'function':
        return this.functionStatement(line);
      case 'local':
        this.advance();
        return this.accept('function') ? this.localFunction(line) : this.localStatement(line);
      case 'break':
        return this.breakStatement(line);
      case 'goto':
        return this.gotoStatement();
      default:
        return undefined;
    }
  }

  /** A block up to its `end`. */
  private closed(loop: boolean, before?: () => void): Block {
    const body = this.block(loop, before);
    this.expect('end');
    return body;
  }

  private ifStatement(line: number): Statement {
    const clauses: Clause[] = [];
    do {
      this.advance();
      const condition = this.expression();
      this.expect('then');
      clauses.push({ condition, body: this.block(false) });
    } while (this.at('elseif'));
    if (this.accept('else')) clauses.push({ condition: undefined, body: this.block(false) });
    this.expect('end');
    return { kind: 'if', clauses, line };
  }

  private whileStatement(line: number): Statement {
    this.advance();
    const condition = this.expression();
    this.expect('do');
    return { kind: 'while', condition, body: this.closed(true), line };
  }

  private repeatStatement(line: number): Statement {
    this.advance();
    return this.nested(() => {
      // The condition sees the locals of the body, so the block is closed after it.
      this.scope.open(true);
      const statements = this.statements();
      this.expect('until');
      const condition = this.expression();
      return { kind: 'repeat', condition, body: { statements, labels: this.scope.close(statements.length) }, line };
    });
  }

  private breakStatement(line: number): Statement {
    if (!this.scope.inLoop()) throw syntaxError(this.token, 'break', 'no loop to break');
    this.advance();
    return { kind: 'break', line };
  }

  private gotoStatement(): Statement {
    const place = this.advance();
    return this.scope.jump(this.name(), place);
  }

  private forStatement(line: number): Statement {
    this.advance();
    const names = [this.name()];
    if (this.accept('=')) return this.numericFor(names[0] ?? '', line);
    while (this.accept(',')) names.push(this.name());
    this.expect('in');
    const values = this.expressions();
    this.expect('do');
    const variables: LocalVariable[] = [];
    const body = this.closed(true, () => {
      for (const name of names) variables.push(this.scope.declare(name, line));
    });
    return { kind: 'forIn', variables, values, body, line };
  }

  private numericFor(name: string, line: number): Statement {
    const start = this.expression();
    this.expect(',');
    const limit = this.expression();
    const step = this.accept(',') ? this.expression() : undefined;
    this.expect('do');
    const variables: LocalVariable[] = [];
    const body = this.closed(true, () => variables.push(this.scope.declare(name, line)));
    const variable = variables[0] ?? { name, slot: 0, captured: false };
    return { kind: 'for', variable, start, limit, step, body, line };
  }

  private functionStatement(line: number): Statement {
    this.advance();
    let name = this.name();
    let target: Target = { ...this.scope.resolve(name), line };
    let method = false;
    while (this.at('.') || this.at(':')) {
      method = this.advance().text === ':';
      const part = this.name();
      name = `${name}${method ? ':' : '.'}${part}`;
      target = { kind: 'index', object: target, key: { kind: 'constant', value: part, line }, line };
      if (method) break;
    }
    const body = this.functionBody(name, { line, method });
    return { kind: 'assign', targets: [target], values: [{ kind: 'function', body, line }], line };
  }

  private localFunction(line: number): Statement {
    const name = this.name();
    const variable = this.scope.declare(name, line);
    return { kind: 'localFunction', variable, body: this.functionBody(name, { line, method: false }), line };
  }

  private localStatement(line: number): Statement {
    const names = [this.name()];
    while (this.accept(',')) names.push(this.name());
    const values = this.accept('=') ? this.expressions() : [];
    return { kind: 'local', variables: names.map((name) => this.scope.declare(name, line)), values, line };
  }

  private expressionStatement(): Statement {
    const { line } = this.token;
    const first = this.suffixed();
    if (first.kind === 'call') return { kind: 'call', call: first, line };
    const targets = [this.assignable(first)];
    while (this.accept(',')) targets.push(this.assignable(this.suffixed()));
    this.expect('=');
    return { kind: 'assign', targets, values: this.expressions(), line };
  }

  private assignable(expression: Expression): Target {
    switch (expression.kind) {
      case 'local':
      case 'upvalue':
      case 'global':
      case 'index':
        return expression;
      default:
        throw this.unexpected();
    }
  }

  private functionBody(name: string, options: { readonly line: number; readonly method: boolean }): FunctionBody {
    const { line, method } = options;
    this.expect('(');
    const names = method ? ['self'] : [];
    let variadic = false;
    while (!this.at(')')) {
      if (this.accept('...')) {
        variadic = true;
        break;
      }
      names.push(this.name());
      if (!this.accept(',')) break;
      if (this.at(')')) throw this.unexpected();
    }
    this.expect(')');
    const scope = new FunctionScope(this.scope, variadic);
    this.scope = scope;
    const parameters: LocalVariable[] = [];
    const body = this.closed(false, () => {
      for (const parameter of names) parameters.push(scope.declare(parameter, line));
    });
    this.scope = scope.parent ?? scope;
    return this.define({ name, parameters, variadic, captures: scope.captures, body, line, execute: undefined });
  }

  private expressions(): readonly Expression[] {
    const list = [this.expression()];
    while (this.accept(',')) list.push(this.expression());
    return list;
  }

  private expression(least = 0): Expression {
    return this.nested(() => {
      let left = this.unary();
      for (;;) {
        const operator = this.token.kind === 'string' || this.token.kind === 'name' ? '' : this.token.text;
        const power = POWERS.get(operator);
        if (power === undefined || power[0] <= least) return left;
        this.advance();
        left = this.combine(operator, left, this.expression(power[1]));
      }
    });
  }

  private combine(operator: string, left: Expression, right: Expression): Expression {
    const { line } = left;
    if (operator === 'and' || operator === 'or') return { kind: 'logical', operator, left, right, line };
    if (operator === '..') {
      const parts = right.kind === 'concat' ? [left, ...right.parts] : [left, right];
      return { kind: 'concat', parts, line };
    }
    return { kind: 'binary', operator: operator as BinaryOperator, left, right, line };
  }

  private unary(): Expression {
    const { line } = this.token;
    const operator = this.at('not') ? 'not' : this.at('-') ? '-' : this.at('#') ? '#' : undefined;
    if (operator === undefined) return this.simple();
    this.advance();
    const operand = this.expression(UNARY_POWER);
    if (operator === '-' && operand.kind === 'constant' && typeof operand.value === 'number') {
      return { kind: 'constant', value: -operand.value, line };
    }
    return { kind: 'unary', operator, operand, line };
  }

  private simple(): Expression {
    const { kind, text, line, value } = this.token;
    if (kind === 'number' || kind === 'string') {
      this.advance();
      return { kind: 'constant', value: kind === 'number' ? value : text, line };
    }
    if (kind === 'keyword') return this.keywordExpression(text, line);
    if (this.at('...')) {
      if (!this.scope.variadic) throw syntaxError(this.token, '...', "cannot use '...' outside a vararg function");
      this.advance();
      return { kind: 'varargs', line };
    }
    return this.at('{') ? this.table() : this.suffixed();
  }

  private keywordExpression(text: string, line: number): Expression {
    switch (text) {
      case 'nil':
      case 'true':
      case 'false':
        this.advance();
        return { kind: 'constant', value: text === 'nil' ? undefined : text === 'true', line };
      case 'function': {
        this.advance();
        return { kind: 'function', body: this.functionBody('anonymous', { line, method: false }), line };
      }
      default:
        throw this.unexpected();
    }
  }

  private primary(): Expression {
    const { line } = this.token;
    if (this.token.kind === 'name') return { ...this.scope.resolve(this.advance().text), line };
    this.expect('(');
    const inner = this.expression();
    this.expect(')');
    // Parentheses cut a list of values to one; around anything else they change nothing.
    return inner.kind === 'call' || inner.kind === 'varargs' || inner.kind === 'concat' || this.targetLike(inner)
      ? { kind: 'group', inner, line }
      : inner;
  }

  private targetLike(inner: Expression): boolean {
    return ['local', 'upvalue', 'global', 'index'].includes(inner.kind);
  }

  private suffixed(): Expression {
    let expression = this.primary();
    for (;;) {
      const next = this.suffix(expression);
      if (next === undefined) return expression;
      expression = next;
    }
  }

  private suffix(object: Expression): Expression | undefined {
    const { line } = this.token;
    if (this.accept('.')) {
      return { kind: 'index', object, key: { kind: 'constant', value: this.name(), line }, line };
    }
    if (this.accept('[')) {
      const key = this.expression();
      this.expect(']');
      return { kind: 'index', object, key, line };
    }
    if (this.accept(':')) return this.call(object, this.name());
    return this.startsArguments() ? this.call(object, undefined) : undefined;
  }

  private startsArguments(): boolean {
    return this.token.kind === 'string' || this.at('{') || this.at('(');
  }

  private call(callee: Expression, method: string | undefined): CallExpression {
    const { line } = callee;
    const { token } = this;
    if (token.kind === 'string') {
      this.advance();
      return { kind: 'call', callee, method, args: [{ kind: 'constant', value: token.text, line: token.line }], line };
    }
    if (this.at('{')) return { kind: 'call', callee, method, args: [this.table()], line };
    if (this.at('(') && token.line !== this.lastLine) {
      throw syntaxError(token, '(', 'ambiguous syntax (function call x new statement)');
    }
    this.expect('(');
    const args = this.at(')') ? [] : this.expressions();
    this.expect(')');
    return { kind: 'call', callee, method, args, line };
  }

  private table(): Expression {
    return this.nested(() => {
      const { line } = this.advance();
      const fields: Field[] = [];
      while (!this.at('}')) {
        fields.push(this.field());
        if (!this.accept(',') && !this.accept(';')) break;
      }
      this.expect('}');
      return { kind: 'table', fields, line };
    });
  }

  private field(): Field {
    const { line } = this.token;
    if (this.accept('[')) {
      const key = this.expression();
      this.expect(']');
      this.expect('=');
      return { key, value: this.expression() };
    }
    if (this.token.kind === 'name' && this.peek().kind === 'sign' && this.peek().text === '=') {
      const key: Expression = { kind: 'constant', value: this.advance().text, line };
      this.advance();
      return { key, value: this.expression() };
    }
    return { key: undefined, value: this.expression() };
  }
}
