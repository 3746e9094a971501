import { tokenize, type Token } from './lexer.ts';
import { parseObject } from './parse-object.ts';
import type { SourceFile } from './source.ts';
import { nodeFrom, parseAssert, parseBinding, parseComprehension, parseParameters } from './parse-parts.ts';
import type { Binding, Node } from './syntax.ts';
import { showKind, showToken, TokenReader } from './token-reader.ts';

/** Binary operators by how tightly they bind: a larger number binds tighter. */
const PRECEDENCE: ReadonlyMap<string, number> = new Map([
  ['||', 1],
  ['&&', 2],
  ['|', 3],
  ['^', 4],
  ['&', 5],
  ['==', 6],
  ['!=', 6],
  ['<', 7],
  ['<=', 7],
  ['>', 7],
  ['>=', 7],
  ['in', 7],
  ['<<', 8],
  ['>>', 8],
  ['+', 9],
  ['-', 9],
  ['*', 10],
  ['/', 10],
  ['%', 10],
]);
/** Operator tokens that may follow a whole expression. */
const ENDS_EXPRESSION = new Set([':', '::', '$']);
const UNARY = new Set(['+', '-', '!', '~']);

/** Parses a whole source. Throws a DiagnosticError; `depthLimit` bounds how deep expressions nest. */
export function parseJsonnet(file: SourceFile, depthLimit: number): Node {
  const reader = new TokenReader({ file, tokens: tokenize(file), depthLimit, parseExpression });
  const node = parseExpression(reader);
  if (reader.peek().kind !== 'end') reader.fail(`Did not expect: ${showToken(reader.peek())}`);
  return node;
}

/** An expression that extends as far as possible. */
function parseExpression(reader: TokenReader): Node {
  return reader.nested(() => parseBinary(reader, 1));
}

function parseBinary(reader: TokenReader, minimum: number): Node {
  const start = reader.peek();
  let left = parseUnary(reader);
  for (;;) {
    const token = reader.peek();
    const precedence = precedenceOf(reader);
    if (precedence < minimum) return left;
    reader.next();
    if (token.text === 'in' && isBareSuper(reader)) {
      reader.next();
      left = nodeFrom(reader, start, { kind: 'inSuper', index: left });
    } else {
      const right = reader.nested(() => parseBinary(reader, precedence + 1));
      left = nodeFrom(reader, start, { kind: 'binary', operator: token.text, left, right });
    }
  }
}

/** How tightly the next token binds as a binary operator; 0 when the expression ends before it. */
function precedenceOf(reader: TokenReader): number {
  const token = reader.peek();
  if (token.kind !== 'operator') return reader.at('in') ? (PRECEDENCE.get('in') ?? 0) : 0;
  const precedence = PRECEDENCE.get(token.text);
  if (precedence === undefined && !ENDS_EXPRESSION.has(token.text)) {
    reader.fail(`Not a binary operator: ${token.text}`);
  }
  return precedence ?? 0;
}

function isBareSuper(reader: TokenReader): boolean {
  const after = reader.peek(1);
  return reader.at('super') && !(after.kind === 'symbol' && (after.text === '.' || after.text === '['));
}

function parseUnary(reader: TokenReader): Node {
  const token = reader.peek();
  if (token.kind === 'operator' && token.text !== '$') {
    if (!UNARY.has(token.text)) reader.fail(`Not a unary operator: ${token.text}`);
    reader.next();
    const operand = reader.nested(() => parseUnary(reader));
    return nodeFrom(reader, token, { kind: 'unary', operator: token.text, operand });
  }
  return token.kind === 'keyword' ? parseKeyword(reader, token) : parsePostfix(reader, token, parsePrimary(reader));
}

/** The constructs whose last part extends as far as possible; other keywords are ordinary operands. */
function parseKeyword(reader: TokenReader, start: Token): Node {
  switch (start.text) {
    case 'if':
      return parseIf(reader);
    case 'local':
      return parseLocal(reader);
    case 'function':
      return parseFunction(reader);
    case 'assert':
      return parseAssertExpression(reader);
    case 'error':
      reader.next();
      return nodeFrom(reader, start, { kind: 'error', message: parseExpression(reader) });
    case 'import':
    case 'importstr':
    case 'importbin':
      return parseImport(reader, start.text);
    default:
      return parsePostfix(reader, start, parsePrimary(reader));
  }
}

function parseIf(reader: TokenReader): Node {
  const start = reader.next();
  const condition = parseExpression(reader);
  reader.expect('then');
  const consequent = parseExpression(reader);
  const otherwise = reader.take('else') ? parseExpression(reader) : undefined;
  return nodeFrom(reader, start, {
    kind: 'if',
    condition,
    consequent,
    ...(otherwise === undefined ? {} : { otherwise }),
  });
}

function parseLocal(reader: TokenReader): Node {
  const start = reader.next();
  const bindings: Binding[] = [];
  do {
    const at = reader.peek();
    const binding = parseBinding(reader);
    if (bindings.some((other) => other.name === binding.name)) reader.fail(`Duplicate local var: ${binding.name}`, at);
    bindings.push(binding);
  } while (reader.take(','));
  if (!reader.at(';')) reader.fail(`Expected , or ; but got ${showToken(reader.peek())}`);
  reader.next();
  return nodeFrom(reader, start, { kind: 'local', bindings, body: parseExpression(reader) });
}

function parseFunction(reader: TokenReader): Node {
  const start = reader.next();
  if (!reader.at('(')) reader.fail(`Expected ( but got ${showToken(reader.peek())}`);
  const parameters = parseParameters(reader);
  return nodeFrom(reader, start, { kind: 'function', parameters, body: parseExpression(reader) });
}

function parseAssertExpression(reader: TokenReader): Node {
  const start = reader.peek();
  const item = parseAssert(reader);
  reader.expect(';');
  return nodeFrom(reader, start, { kind: 'assert', assert: item, rest: parseExpression(reader) });
}

function parseImport(reader: TokenReader, form: 'import' | 'importstr' | 'importbin'): Node {
  const start = reader.next();
  const first = reader.peek();
  const path = parseExpression(reader);
  if (path.kind !== 'literal' || typeof path.value !== 'string') {
    reader.fail('Computed imports are not allowed', first);
  }
  return nodeFrom(reader, start, { kind: 'import', form, path: path.value });
}

function parsePostfix(reader: TokenReader, start: Token, first: Node): Node {
  let node = first;
  for (;;) {
    if (reader.take('.')) {
      const name = reader.identifier();
      const index = literalNode(reader, name, name.text);
      node = nodeFrom(reader, start, { kind: 'index', target: node, index });
    } else if (reader.at('[')) node = parseIndex(reader, start, node);
    else if (reader.at('(')) node = parseArguments(reader, start, node);
    else if (reader.at('{')) {
      const right = parseObject(reader);
      node = nodeFrom(reader, start, { kind: 'binary', operator: '+', left: node, right });
    } else return node;
  }
}

function literalNode(reader: TokenReader, token: Token, value: null | boolean | number | string): Node {
  return nodeFrom(reader, token, { kind: 'literal', value });
}

/** `[index]` or `[from:to:step]`; `::` is one operator token that stands for two colons. */
function parseIndex(reader: TokenReader, start: Token, target: Node): Node {
  reader.next();
  const bounds: (Node | undefined)[] = [undefined];
  if (reader.at(']')) reader.fail('Unexpected: "]" while parsing index');
  while (!reader.at(']')) {
    const colon = reader.peek();
    if (reader.take('::')) bounds.push(undefined, undefined);
    else if (reader.take(':')) bounds.push(undefined);
    else if (bounds.at(-1) === undefined) bounds[bounds.length - 1] = parseExpression(reader);
    else reader.fail(`Unexpected: ${showKind(reader.peek())} while parsing slice`);
    if (bounds.length > 3) reader.fail('Expected token "]" but got ":"', colon);
  }
  reader.next();
  const [index] = bounds;
  if (bounds.length === 1 && index !== undefined) return nodeFrom(reader, start, { kind: 'index', target, index });
  return nodeFrom(reader, start, { kind: 'slice', target, bounds });
}

function parseArguments(reader: TokenReader, start: Token, target: Node): Node {
  reader.next();
  const positional: Node[] = [];
  const named: { name: string; value: Node }[] = [];
  while (!reader.take(')')) {
    const first = reader.peek();
    const equals = reader.peek(1);
    if (first.kind === 'identifier' && equals.kind === 'operator' && equals.text === '=') {
      reader.next();
      reader.next();
      named.push({ name: first.text, value: parseExpression(reader) });
    } else {
      if (named.length > 0) reader.fail('Positional argument after a named argument is not allowed', first);
      positional.push(parseExpression(reader));
    }
    if (!reader.at(')') && !reader.take(',')) {
      reader.fail('Expected a comma before next function argument');
    }
  }
  const tailstrict = reader.take('tailstrict');
  return nodeFrom(reader, start, { kind: 'apply', target, positional, named, tailstrict });
}

const CONSTANTS: ReadonlyMap<string, null | boolean> = new Map([
  ['null', null],
  ['true', true],
  ['false', false],
]);

function parsePrimary(reader: TokenReader): Node {
  const token = reader.peek();
  switch (token.kind) {
    case 'number':
      reader.next();
      return literalNode(reader, token, parseNumber(reader, token));
    case 'string':
      reader.next();
      return literalNode(reader, token, token.text);
    case 'identifier':
      reader.next();
      return nodeFrom(reader, token, { kind: 'variable', name: token.text });
    case 'operator':
      reader.next();
      return nodeFrom(reader, token, { kind: 'dollar' });
    case 'end':
      return reader.fail('Unexpected end of file');
    case 'symbol':
      return parseBracketed(reader, token);
    default:
      return parseKeywordOperand(reader, token);
  }
}

function parseNumber(reader: TokenReader, token: Token): number {
  const value = Number(token.text);
  if (!Number.isFinite(value)) reader.fail('Overflow', token);
  return value;
}

function parseBracketed(reader: TokenReader, token: Token): Node {
  if (token.text === '{') return parseObject(reader);
  if (token.text === '[') return parseArray(reader);
  if (token.text !== '(') reader.fail(`Unexpected: ${showKind(token)} while parsing terminal`);
  reader.next();
  const inner = parseExpression(reader);
  if (!reader.at(')')) reader.fail(`Expected token ")" but got ${showToken(reader.peek())}`);
  reader.next();
  return inner;
}

function parseKeywordOperand(reader: TokenReader, token: Token): Node {
  reader.next();
  const constant = CONSTANTS.get(token.text);
  if (constant !== undefined) return literalNode(reader, token, constant);
  if (token.text === 'self') return nodeFrom(reader, token, { kind: 'self' });
  if (token.text !== 'super') reader.fail(`Unexpected: ${showKind(token)} while parsing terminal`, token);
  if (reader.take('.')) {
    const name = reader.identifier();
    return nodeFrom(reader, token, { kind: 'superIndex', index: literalNode(reader, name, name.text) });
  }
  if (!reader.take('[')) reader.fail('Expected . or [ after super', token);
  const index = parseExpression(reader);
  reader.expect(']');
  return nodeFrom(reader, token, { kind: 'superIndex', index });
}

function parseArray(reader: TokenReader): Node {
  const start = reader.next();
  const items: Node[] = [];
  while (!reader.take(']')) {
    items.push(parseExpression(reader));
    const comma = reader.take(',');
    const body = items[0];
    if (items.length === 1 && body !== undefined && reader.at('for')) {
      const parts = parseComprehension(reader, ']');
      return nodeFrom(reader, start, { kind: 'arrayComprehension', body, parts });
    }
    if (!comma && !reader.at(']')) reader.fail('Expected a comma before next array element');
  }
  return nodeFrom(reader, start, { kind: 'array', items });
}
