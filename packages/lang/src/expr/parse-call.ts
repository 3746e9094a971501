import { BUILTIN_NAMES, PREDICATE_SHAPES } from './builtin-names.ts';
import type { Node } from './nodes.ts';
import type { Cursor } from './parser.ts';
import type { Token } from './scanner.ts';

/** A call whose name is read: `given` is what a pipe puts in front of the arguments. */
export interface CallStart {
  readonly name: Token;
  readonly given: readonly Node[];
  /** False after `::`, which always means the built-in. */
  readonly overridable: boolean;
}

/** The parts of the grammar that need each other. */
export interface Grammar {
  readonly expression: (cursor: Cursor, least: number) => Node;
  readonly sequence: (cursor: Cursor) => Node;
  readonly call: (cursor: Cursor, call: CallStart) => Node;
}

/** `(a, b,)`; the last comma may be followed by nothing. */
export function parseArguments(cursor: Cursor, grammar: Grammar, given: readonly Node[]): readonly Node[] {
  const args = [...given];
  cursor.expect('Bracket', '(');
  while (!cursor.is('Bracket', ')')) {
    if (args.length > given.length) cursor.expect('Operator', ',');
    if (cursor.is('Bracket', ')')) break;
    args.push(grammar.expression(cursor, 0));
  }
  cursor.expect('Bracket', ')');
  return args;
}

function parsePredicate(cursor: Cursor, grammar: Grammar): Node {
  const { at } = cursor.current;
  const braces = cursor.is('Bracket', '{');
  if (braces) cursor.next();
  cursor.predicates += 1;
  const node = braces ? grammar.sequence(cursor) : grammar.expression(cursor, 0);
  if (!braces && cursor.is('Operator', ';')) cursor.fail('wrap predicate with brackets { and }');
  cursor.predicates -= 1;
  if (braces) cursor.expect('Bracket', '}');
  return cursor.node({ kind: 'predicate', at, node }, node);
}

function parsePredicateArguments(cursor: Cursor, grammar: Grammar, call: CallStart): readonly Node[] {
  const shape = (PREDICATE_SHAPES.get(call.name.value) ?? []).slice(call.given.length);
  const args = [...call.given];
  cursor.expect('Bracket', '(');
  for (const [index, { kind, optional }] of shape.entries()) {
    if (cursor.is('Bracket', ')')) {
      if (optional) break;
      cursor.fail(`expected at least ${shape.length} arguments`);
    }
    if (index > 0) cursor.expect('Operator', ',');
    // A comma may be the last thing in front of an optional argument.
    if (optional && cursor.is('Bracket', ')')) break;
    args.push(kind === 'predicate' ? parsePredicate(cursor, grammar) : grammar.expression(cursor, 0));
  }
  if (cursor.is('Operator', ',')) cursor.next();
  cursor.expect('Bracket', ')');
  return args;
}

/** A call by name: a predicate function, another built-in, or something of the environment. */
export function parseCall(cursor: Cursor, grammar: Grammar, call: CallStart): Node {
  const { at, value: name } = call.name;
  const own = call.overridable && cursor.overridden(name);
  if (!own && PREDICATE_SHAPES.has(name)) {
    const args = parsePredicateArguments(cursor, grammar, call);
    return cursor.node({ kind: 'builtin', at, name, args }, ...args);
  }
  const callee = cursor.node({ kind: 'identifier', at, name });
  const args = parseArguments(cursor, grammar, call.given);
  if (!own && BUILTIN_NAMES.has(name)) return cursor.node({ kind: 'builtin', at, name, args }, ...args);
  return cursor.node({ kind: 'call', at, callee, args }, callee, ...args);
}
