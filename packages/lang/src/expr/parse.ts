import type { Node } from './nodes.ts';
import { Cursor } from './parser.ts';
import type { Token } from './scanner.ts';
import { parseCall, type Grammar } from './parse-call.ts';
import { parsePrimary } from './parse-primary.ts';
import type { Source } from './source.ts';

/** How strongly operators bind, from `|` to `??`. */
const BINARY: ReadonlyMap<string, number> = new Map([
  ['|', 0],
  ['or', 10],
  ['||', 10],
  ['and', 15],
  ['&&', 15],
  ['==', 20],
  ['!=', 20],
  ['<', 20],
  ['>', 20],
  ['>=', 20],
  ['<=', 20],
  ['in', 20],
  ['matches', 20],
  ['contains', 20],
  ['startsWith', 20],
  ['endsWith', 20],
  ['..', 25],
  ['+', 30],
  ['-', 30],
  ['*', 60],
  ['/', 60],
  ['%', 60],
  ['**', 100],
  ['^', 100],
  ['??', 500],
]);

const RIGHT: ReadonlySet<string> = new Set(['**', '^']);
const CHAINED: ReadonlySet<string> = new Set(['<', '>', '<=', '>=']);
const NEGATED: ReadonlySet<string> = new Set(['contains', 'matches', 'startsWith', 'endsWith', 'in']);

function parseLet(cursor: Cursor): Node {
  cursor.next();
  const name = cursor.expect('Identifier');
  cursor.expect('Operator', '=');
  const value = parseExpression(cursor, 0);
  cursor.expect('Operator', ';');
  const body = parseSequence(cursor);
  return cursor.node({ kind: 'let', at: name.at, name: name.value, value, body }, value, body);
}

function parseBlock(cursor: Cursor): Node {
  cursor.expect('Bracket', '{');
  const node = parseSequence(cursor);
  cursor.expect('Bracket', '}');
  return node;
}

function parseIf(cursor: Cursor): Node {
  const { at } = cursor.next();
  const condition = parseExpression(cursor, 0);
  const consequent = parseBlock(cursor);
  cursor.expect('Operator', 'else');
  const otherwise = cursor.is('Operator', 'if') ? cursor.deeper(() => parseIf(cursor)) : parseBlock(cursor);
  return cursor.node({ kind: 'conditional', at, condition, consequent, otherwise }, condition, consequent, otherwise);
}

function parseTernary(cursor: Cursor, first: Node): Node {
  let node = first;
  while (cursor.is('Operator', '?')) {
    cursor.next();
    let consequent = node;
    if (cursor.is('Operator', ':')) cursor.next();
    else {
      consequent = parseExpression(cursor, 0);
      cursor.expect('Operator', ':');
    }
    const otherwise = parseExpression(cursor, 0);
    const { at } = cursor.current;
    node = cursor.node(
      { kind: 'conditional', at, condition: node, consequent, otherwise },
      node,
      consequent,
      otherwise,
    );
  }
  return node;
}

/** `a < b < c` is `a < b && b < c`. */
function parseChained(cursor: Cursor, first: Node, operator: Token): Node {
  let left = first;
  let token = operator;
  let root: Node | undefined;
  for (;;) {
    const right = parseExpression(cursor, 21);
    const draft = { kind: 'binary', at: token.at, operator: token.value, left, right } as const;
    const compared = cursor.node(draft, left, right);
    root =
      root === undefined
        ? compared
        : cursor.node({ kind: 'binary', at: token.at, operator: '&&', left: root, right: compared }, root, compared);
    left = right;
    token = cursor.current;
    if (token.kind !== 'Operator' || !CHAINED.has(token.value)) return root;
    cursor.next();
  }
}

interface Operation {
  readonly token: Token;
  readonly binding: number;
  readonly negated: boolean;
}

/** The operator at the cursor if it binds strongly enough; passes a `not` that belongs to it. */
function operationAt(cursor: Cursor, least: number): Operation | undefined {
  let token = cursor.current;
  if (token.kind !== 'Operator') return undefined;
  const negated = token.value === 'not';
  if (negated) {
    const following = cursor.tokens[cursor.position + 1] ?? token;
    if (!NEGATED.has(following.value)) cursor.unexpected(following);
    if ((BINARY.get(following.value) ?? -1) < least) return undefined;
    token = cursor.next() && cursor.current;
  }
  const binding = BINARY.get(token.value);
  return binding === undefined || binding < least ? undefined : { token, binding, negated };
}

function parseOperation(cursor: Cursor, left: Node, operation: Operation): Node {
  const { token, binding, negated } = operation;
  if (CHAINED.has(token.value)) return parseChained(cursor, left, token);
  const right = parseExpression(cursor, RIGHT.has(token.value) ? binding : binding + 1);
  const node = cursor.node({ kind: 'binary', at: token.at, operator: token.value, left, right }, left, right);
  return negated ? cursor.node({ kind: 'unary', at: token.at, operator: 'not', node }, node) : node;
}

function refuseMixedCoalesce(cursor: Cursor, before: string, token: Token): void {
  if (before !== '??' || token.value === '??') return;
  const why = 'and coalesce expressions (??) cannot be mixed. Wrap either by parentheses.';
  cursor.fail(`Operator (${token.value}) ${why}`, token);
}

function parseOperators(cursor: Cursor, least: number): Node {
  let left = parsePrimary(cursor, GRAMMAR);
  let before = '';
  for (;;) {
    const operation = operationAt(cursor, least);
    if (operation === undefined) return least === 0 ? parseTernary(cursor, left) : left;
    cursor.next();
    if (operation.token.value === '|') {
      const name = cursor.expect('Identifier');
      left = GRAMMAR.call(cursor, { name, given: [left], overridable: true });
    } else {
      refuseMixedCoalesce(cursor, before, operation.token);
      left = parseOperation(cursor, left, operation);
    }
    before = operation.token.value;
  }
}

function parseExpression(cursor: Cursor, least: number): Node {
  return cursor.deeper(() => {
    if (least === 0 && cursor.is('Operator', 'let')) return parseLet(cursor);
    if (least === 0 && cursor.is('Operator', 'if')) return parseIf(cursor);
    return parseOperators(cursor, least);
  });
}

function parseSequence(cursor: Cursor): Node {
  const first = parseExpression(cursor, 0);
  const nodes = [first];
  while (cursor.is('Operator', ';')) {
    cursor.next();
    if (cursor.is('EOF')) break;
    nodes.push(parseExpression(cursor, 0));
  }
  return nodes.length === 1 ? first : cursor.node({ kind: 'sequence', at: first.at, nodes }, ...nodes);
}

const GRAMMAR: Grammar = {
  expression: parseExpression,
  sequence: parseSequence,
  call: (cursor, call) => parseCall(cursor, GRAMMAR, call),
};

/** Reads a whole source. Throws DiagnosticError with upstream's message and place. */
export function parse(source: Source, overridden: (name: string) => boolean): Node {
  const cursor = new Cursor(source, overridden);
  const node = parseSequence(cursor);
  return cursor.is('EOF') ? node : cursor.unexpected();
}
