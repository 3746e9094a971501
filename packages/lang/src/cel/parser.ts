import { diagnostic, DiagnosticError, limitReached, placeOf } from '../diagnostic/index.ts';
import { parseGoFloat64, parseGoInt, parseGoUint } from '../gofmt/index.ts';
import { syntaxError, tokenize, type Token } from './lexer.ts';
import type { CelLimits } from './limits.ts';
import { readQuoted } from './literal.ts';
import { expandMacro } from './macros.ts';
import type { CelNode, ListItem, MapEntry } from './nodes.ts';
import { CelUint } from './values.ts';

interface Parser {
  readonly source: string;
  readonly tokens: readonly Token[];
  readonly limits: CelLimits;
  index: number;
  depth: number;
}

/** What cel-go says it would have taken where an expression should begin. */
const STARTERS =
  "{'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}";

const RESERVED = new Set(
  'as break const continue else for function if import let loop package namespace return var void while'.split(' '),
);

const END: Token = { kind: 'end', text: '<EOF>', at: 0 };

const current = (parser: Parser): Token => parser.tokens[parser.index] ?? parser.tokens.at(-1) ?? END;

function isOperator(parser: Parser, text: string): boolean {
  const token = current(parser);
  return token.kind === 'operator' && token.text === text;
}

function accept(parser: Parser, text: string): boolean {
  if (!isOperator(parser, text)) return false;
  parser.index += 1;
  return true;
}

function unexpected(parser: Parser, expecting: string): never {
  const token = current(parser);
  return syntaxError(parser.source, token.at, `mismatched input '${token.text}' expecting ${expecting}`);
}

function expect(parser: Parser, text: string): void {
  if (!accept(parser, text)) unexpected(parser, `'${text}'`);
}

function invalid(parser: Parser, at: number, message: string): never {
  throw new DiagnosticError(diagnostic(message, placeOf(parser.source, at)));
}

/** Runs `read` one level deeper. */
function nested(parser: Parser, read: (inner: Parser) => CelNode): CelNode {
  parser.depth += 1;
  if (parser.depth > parser.limits.depth) {
    const place = placeOf(parser.source, current(parser).at);
    throw new DiagnosticError(limitReached('cel depth', parser.limits.depth, place));
  }
  const node = read(parser);
  parser.depth -= 1;
  return node;
}

function call(name: string, at: number, args: readonly CelNode[]): CelNode {
  return { kind: 'call', name, target: undefined, args, at };
}

function parseExpression(parser: Parser): CelNode {
  return nested(parser, () => {
    const condition = parseBinary(parser, 0);
    const at = current(parser).at;
    if (!accept(parser, '?')) return condition;
    const yes = parseBinary(parser, 0);
    expect(parser, ':');
    return call('_?_:_', at, [condition, yes, parseExpression(parser)]);
  });
}

/** Operators by how loosely they bind, with the names that cel-go gives them. */
const LEVELS: readonly ReadonlyMap<string, string>[] = [
  new Map([['||', '_||_']]),
  new Map([['&&', '_&&_']]),
  new Map([
    ['<', '_<_'],
    ['<=', '_<=_'],
    ['>', '_>_'],
    ['>=', '_>=_'],
    ['==', '_==_'],
    ['!=', '_!=_'],
    ['in', '@in'],
  ]),
  new Map([
    ['+', '_+_'],
    ['-', '_-_'],
  ]),
  new Map([
    ['*', '_*_'],
    ['/', '_/_'],
    ['%', '_%_'],
  ]),
];

function parseBinary(parser: Parser, level: number): CelNode {
  const operators = LEVELS[level];
  if (operators === undefined) return parseUnary(parser);
  let left = parseBinary(parser, level + 1);
  let chained = 0;
  for (;;) {
    const token = current(parser);
    const name = token.kind === 'operator' || token.text === 'in' ? operators.get(token.text) : undefined;
    if (name === undefined || token.kind === 'quotedName') return left;
    parser.index += 1;
    chained += 1;
    left = call(name, token.at, [left, parseBinary(parser, level + 1)]);
    // `a + b + c …` nests to the left: bound it like any other nesting.
    if (chained > parser.limits.depth * 4) {
      throw new DiagnosticError(limitReached('cel depth', parser.limits.depth, placeOf(parser.source, token.at)));
    }
  }
}

/** The run of `!` or `-` that begins here; `undefined` when there is none. */
function acceptSigns(parser: Parser): { readonly sign: '!' | '-'; readonly count: number } | undefined {
  const sign = isOperator(parser, '!') ? '!' : isOperator(parser, '-') ? '-' : undefined;
  let count = 0;
  while (sign !== undefined && accept(parser, sign)) count += 1;
  return sign === undefined ? undefined : { sign, count };
}

function parseUnary(parser: Parser): CelNode {
  const token = current(parser);
  const signs = acceptSigns(parser);
  if (signs === undefined) return parseMember(parser);
  const isNumber = ['int', 'double'].includes(current(parser).kind);
  // The sign that stands right at a number belongs to it, so that the least int can be written.
  if (signs.sign === '-' && signs.count === 1 && isNumber) return parseMember(parser, token);
  const operand = nested(parser, parseMember);
  return signs.count % 2 === 0 ? operand : call(signs.sign === '!' ? '!_' : '-_', token.at, [operand]);
}

function parseArguments(parser: Parser): readonly CelNode[] {
  const args: CelNode[] = [];
  if (accept(parser, ')')) return args;
  do args.push(parseExpression(parser));
  while (accept(parser, ','));
  expect(parser, ')');
  return args;
}

function fieldName(parser: Parser): string {
  const token = current(parser);
  if (token.kind !== 'name' && token.kind !== 'quotedName') {
    return syntaxError(parser.source, token.at, `no viable alternative at input '.${token.text}'`);
  }
  parser.index += 1;
  return token.kind === 'quotedName' ? token.text.slice(1, -1) : token.text;
}

/** A macro's expansion, or the call as it stands. */
function finishCall(parser: Parser, node: CelNode & { readonly kind: 'call' }): CelNode {
  return expandMacro(node, (at, message) => invalid(parser, at, message)) ?? node;
}

function parseDot(parser: Parser, target: CelNode, at: number): CelNode {
  const optional = accept(parser, '?');
  const quoted = current(parser).kind === 'quotedName';
  const field = fieldName(parser);
  const open = current(parser).at;
  if (quoted || optional || !accept(parser, '(')) return { kind: 'select', target, field, optional, at };
  return finishCall(parser, { kind: 'call', name: field, target, args: parseArguments(parser), at: open });
}

function parseIndex(parser: Parser, target: CelNode, at: number): CelNode {
  const optional = accept(parser, '?');
  const index = parseExpression(parser);
  expect(parser, ']');
  return { kind: 'index', target, index, optional, at };
}

function parseMember(parser: Parser, minus?: Token): CelNode {
  let node = parsePrimary(parser, minus);
  let chained = 0;
  for (;;) {
    const at = current(parser).at;
    if (accept(parser, '.')) node = parseDot(parser, node, at);
    else if (accept(parser, '[')) node = parseIndex(parser, node, at);
    else if (isOperator(parser, '{') && node.kind !== 'literal') {
      return invalid(parser, at, 'message construction is not supported: there are no message types');
    } else return node;
    chained += 1;
    if (chained > parser.limits.depth * 4) {
      throw new DiagnosticError(limitReached('cel depth', parser.limits.depth, placeOf(parser.source, at)));
    }
  }
}

function parseList(parser: Parser, at: number): CelNode {
  const items: ListItem[] = [];
  while (!accept(parser, ']')) {
    const optional = accept(parser, '?');
    items.push({ value: parseExpression(parser), optional });
    if (!accept(parser, ',') && !isOperator(parser, ']')) unexpected(parser, "']'");
  }
  return { kind: 'list', items, at };
}

function parseMap(parser: Parser, at: number): CelNode {
  const entries: MapEntry[] = [];
  while (!accept(parser, '}')) {
    const optional = accept(parser, '?');
    const key = parseExpression(parser);
    expect(parser, ':');
    entries.push({ key, value: parseExpression(parser), optional });
    if (!accept(parser, ',') && !isOperator(parser, '}')) unexpected(parser, "'}'");
  }
  return { kind: 'map', entries, at };
}

const WORDS: ReadonlyMap<string, boolean | null> = new Map([
  ['true', true],
  ['false', false],
  ['null', null],
]);

function parseName(parser: Parser, absolute: boolean, at: number): CelNode {
  const token = current(parser);
  if (token.kind !== 'name' || token.text === 'in') return unexpected(parser, absolute ? 'IDENTIFIER' : STARTERS);
  parser.index += 1;
  const word = absolute ? undefined : WORDS.get(token.text);
  if (word !== undefined) return { kind: 'literal', value: word, at };
  if (RESERVED.has(token.text)) return invalid(parser, token.at, `reserved identifier: ${token.text}`);
  const open = current(parser).at;
  if (!accept(parser, '(')) return { kind: 'name', name: token.text, absolute, at };
  const name = token.text;
  return finishCall(parser, { kind: 'call', name, target: undefined, args: parseArguments(parser), at: open });
}

function parseUint(parser: Parser, token: Token, at: number): CelNode {
  const digits = token.text.slice(0, -1);
  const hex = digits.startsWith('0x');
  const value = parseGoUint(hex ? digits.slice(2) : digits, hex ? 16 : 10);
  return typeof value === 'bigint'
    ? { kind: 'literal', value: new CelUint(value), at }
    : invalid(parser, at, 'invalid uint literal');
}

function parseNumber(parser: Parser, token: Token, minus: Token | undefined): CelNode {
  const at = minus?.at ?? token.at;
  if (token.kind === 'uint') return parseUint(parser, token, at);
  const text = `${minus === undefined ? '' : '-'}${token.text}`;
  const hex = /^-?0x/.test(text);
  const integer = (): ReturnType<typeof parseGoInt> => parseGoInt(text.replace('0x', ''), hex ? 16 : 10);
  const value = token.kind === 'int' ? integer() : parseGoFloat64(text);
  if (typeof value === 'string') invalid(parser, at, `invalid ${token.kind} literal`);
  return { kind: 'literal', value, at };
}

function parsePrimary(parser: Parser, minus: Token | undefined): CelNode {
  const token = current(parser);
  if (token.kind === 'int' || token.kind === 'uint' || token.kind === 'double') {
    parser.index += 1;
    return parseNumber(parser, token, minus);
  }
  if (token.kind === 'string') {
    parser.index += 1;
    const value = readQuoted(token.text);
    if (value === undefined) invalid(parser, token.at, 'invalid string literal: unable to unescape string');
    return { kind: 'literal', value, at: token.at };
  }
  if (accept(parser, '(')) {
    const node = parseExpression(parser);
    expect(parser, ')');
    return node;
  }
  if (accept(parser, '[')) return parseList(parser, token.at);
  if (accept(parser, '{')) return parseMap(parser, token.at);
  const absolute = accept(parser, '.');
  return parseName(parser, absolute, token.at);
}

/** Reads an expression. @throws DiagnosticError with the place and cel-go's words, or a named limit. */
export function parseCel(source: string, limits: CelLimits): CelNode {
  const parser: Parser = { source, tokens: tokenize(source), limits, index: 0, depth: 0 };
  const node = parseExpression(parser);
  const rest = current(parser);
  if (rest.kind !== 'end') syntaxError(source, rest.at, `extraneous input '${rest.text}' expecting <EOF>`);
  return node;
}
