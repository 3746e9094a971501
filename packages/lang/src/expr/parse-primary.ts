import { isName } from './lexer.ts';
import type { Node } from './nodes.ts';
import type { Cursor } from './parser.ts';
import { parseArguments, type Grammar } from './parse-call.ts';
import { readIntegerText } from './numbers.ts';
import type { Token } from './scanner.ts';

const UNARY: ReadonlyMap<string, number> = new Map([
  ['not', 50],
  ['!', 50],
  ['-', 90],
  ['+', 90],
]);

const INTEGER_KINDS: readonly (readonly [string, string])[] = [
  ['0x', 'hex'],
  ['0b', 'binary'],
  ['0o', 'octal'],
];

function failNumber(cursor: Cursor, text: string, words: { kind: string; parser: string; why: string }): never {
  const { kind, parser, why } = words;
  return cursor.fail(`invalid ${kind} literal: strconv.${parser}: parsing ${JSON.stringify(text)}: ${why}`);
}

function parseFloatLiteral(cursor: Cursor, text: string): number {
  const words = { kind: 'float', parser: 'ParseFloat' };
  if (!/^(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) failNumber(cursor, text, { ...words, why: 'invalid syntax' });
  const value = Number(text);
  if (!Number.isFinite(value)) failNumber(cursor, text, { ...words, why: 'value out of range' });
  return value;
}

function numberValue(cursor: Cursor, token: Token): bigint | number {
  const text = token.value.replaceAll('_', '');
  const lower = text.toLowerCase();
  if (!lower.startsWith('0x') && /[.e]/.test(lower)) return parseFloatLiteral(cursor, text);
  const prefixed = INTEGER_KINDS.find(([prefix]) => lower.startsWith(prefix));
  const parsed = readIntegerText(text, prefixed === undefined ? 10 : 0);
  if (typeof parsed === 'bigint') return parsed;
  return failNumber(cursor, text, { kind: prefixed?.[1] ?? 'integer', parser: 'ParseInt', why: parsed });
}

function parseArray(cursor: Cursor, grammar: Grammar): Node {
  const { at } = cursor.next();
  const nodes: Node[] = [];
  while (!cursor.is('Bracket', ']')) {
    if (nodes.length > 0) {
      cursor.expect('Operator', ',');
      if (cursor.is('Bracket', ']')) break;
    }
    nodes.push(grammar.expression(cursor, 0));
  }
  cursor.expect('Bracket', ']');
  return cursor.node({ kind: 'array', at, nodes }, ...nodes);
}

const KEY_WORDS = 'a map key must be a quoted string, a number, a identifier, or an expression enclosed in parentheses';

function parseKey(cursor: Cursor, grammar: Grammar): Node {
  const { kind, value, at } = cursor.current;
  if (kind === 'Number' || kind === 'String' || kind === 'Identifier') {
    cursor.next();
    return cursor.node({ kind: 'literal', at, value });
  }
  if (cursor.is('Bracket', '(')) return grammar.expression(cursor, 0);
  const found = value === '' ? kind : `${kind}(${JSON.stringify(value)})`;
  return cursor.fail(`${KEY_WORDS} (unexpected token ${found})`);
}

function parseMap(cursor: Cursor, grammar: Grammar): Node {
  const { at } = cursor.next();
  const pairs: { readonly key: Node; readonly value: Node }[] = [];
  while (!cursor.is('Bracket', '}')) {
    if (pairs.length > 0) {
      cursor.expect('Operator', ',');
      if (cursor.is('Bracket', '}')) break;
      if (cursor.is('Operator', ',')) cursor.unexpected();
    }
    const key = parseKey(cursor, grammar);
    cursor.expect('Operator', ':');
    pairs.push({ key, value: grammar.expression(cursor, 0) });
  }
  cursor.expect('Bracket', '}');
  return cursor.node({ kind: 'map', at, pairs }, ...pairs.flatMap(({ key, value }) => [key, value]));
}

const CONSTANTS: ReadonlyMap<string, boolean | null> = new Map([
  ['true', true],
  ['false', false],
  ['nil', null],
]);

function parseSecondary(cursor: Cursor, grammar: Grammar): Node {
  const token = cursor.current;
  const { at } = token;
  if (token.kind === 'Number') {
    cursor.next();
    return cursor.node({ kind: 'literal', at, value: numberValue(cursor, token) });
  }
  if (token.kind === 'Identifier') {
    cursor.next();
    const value = CONSTANTS.get(token.value);
    if (value !== undefined) return cursor.node({ kind: 'literal', at, value });
    const called = cursor.is('Bracket', '(');
    return parsePostfix(
      cursor,
      grammar,
      called
        ? grammar.call(cursor, { name: token, given: [], overridable: true })
        : cursor.node({ kind: 'identifier', at, name: token.value }),
    );
  }
  if (token.kind === 'String') {
    cursor.next();
    return parsePostfix(cursor, grammar, cursor.node({ kind: 'literal', at, value: token.value }));
  }
  if (cursor.is('Bracket', '[')) return parsePostfix(cursor, grammar, parseArray(cursor, grammar));
  if (cursor.is('Bracket', '{')) return parsePostfix(cursor, grammar, parseMap(cursor, grammar));
  return cursor.unexpected();
}

function parsePointer(cursor: Cursor): Node {
  const { at } = cursor.current;
  if (cursor.is('Operator', '.')) return cursor.node({ kind: 'pointer', at, name: '' });
  cursor.next();
  const name = cursor.is('Identifier') ? cursor.next().value : '';
  return cursor.node({ kind: 'pointer', at, name });
}

/** An operand with everything that follows it: members, indexes, slices, calls. */
export function parsePrimary(cursor: Cursor, grammar: Grammar): Node {
  const token = cursor.current;
  const binding = token.kind === 'Operator' ? UNARY.get(token.value) : undefined;
  if (binding !== undefined) {
    cursor.next();
    const node = grammar.expression(cursor, binding);
    const unary = cursor.node({ kind: 'unary', at: token.at, operator: token.value, node }, node);
    return parsePostfix(cursor, grammar, unary);
  }
  if (cursor.is('Bracket', '(')) {
    cursor.next();
    const node = grammar.sequence(cursor);
    cursor.expect('Bracket', ')');
    return parsePostfix(cursor, grammar, node);
  }
  if (cursor.predicates > 0 && (cursor.is('Operator', '#') || cursor.is('Operator', '.'))) {
    return parsePostfix(cursor, grammar, parsePointer(cursor));
  }
  if (!cursor.is('Operator', '::')) return parseSecondary(cursor, grammar);
  cursor.next();
  const name = cursor.expect('Identifier');
  return parsePostfix(cursor, grammar, grammar.call(cursor, { name, given: [], overridable: false }));
}

/** What a postfix stands behind, and whether it is a `?.`. */
interface Postfix {
  readonly base: Node;
  readonly optional: boolean;
}

/** `.name`, `?.name`, `.name()`: the whole run of them is one chain once a `?.` is in it. */
function parseMember(cursor: Cursor, grammar: Grammar, { base, optional }: Postfix): Node {
  const name = cursor.current;
  cursor.next();
  const valid = name.kind === 'Identifier' || (name.kind === 'Operator' && isName(name.value));
  if (!valid) cursor.fail('expected name');
  const property = cursor.node({ kind: 'literal', at: name.at, value: name.value });
  const chained = base.kind === 'chain';
  const inner = chained ? base.node : base;
  const method = cursor.is('Bracket', '(');
  const draft = { kind: 'member', at: name.at, node: inner, property, optional, method } as const;
  const member = cursor.node(draft, inner);
  let node = member;
  if (method) {
    const args = parseArguments(cursor, grammar, []);
    node = cursor.node({ kind: 'call', at: name.at, callee: member, args }, member, ...args);
  }
  return chained || optional ? cursor.node({ kind: 'chain', at: node.at, node }, node) : node;
}

function parseSliceEnd(cursor: Cursor, grammar: Grammar): Node | undefined {
  cursor.next();
  return cursor.is('Bracket', ']') ? undefined : grammar.expression(cursor, 0);
}

function parseIndex(cursor: Cursor, grammar: Grammar, { base: node, optional }: Postfix): Node {
  const { at } = cursor.next();
  const from = cursor.is('Operator', ':') ? undefined : grammar.expression(cursor, 0);
  if (from === undefined || cursor.is('Operator', ':')) {
    const to = parseSliceEnd(cursor, grammar);
    cursor.expect('Bracket', ']');
    return cursor.node({ kind: 'slice', at, node, from, to }, node, from, to);
  }
  const member = cursor.node({ kind: 'member', at, node, property: from, optional, method: false }, node, from);
  cursor.expect('Bracket', ']');
  return optional ? cursor.node({ kind: 'chain', at, node: member }, member) : member;
}

function parsePostfix(cursor: Cursor, grammar: Grammar, first: Node): Node {
  let node = first;
  for (;;) {
    const optional = cursor.is('Operator', '?.');
    if (optional || cursor.is('Operator', '.')) {
      cursor.next();
      node =
        optional && cursor.is('Bracket', '[')
          ? parseIndex(cursor, grammar, { base: node, optional })
          : parseMember(cursor, grammar, { base: node, optional });
    } else if (cursor.is('Bracket', '[')) node = parseIndex(cursor, grammar, { base: node, optional });
    else return node;
  }
}
