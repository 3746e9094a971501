import { fetchMember, slice } from './access.ts';
import { BUILTINS } from './builtins.ts';
import { asCondition, interfaceType, type Compiler } from './compiler.ts';
import { compileBinary } from './compile-binary.ts';
import { compilePredicateCall } from './compile-predicates.ts';
import { fail } from './failure.ts';
import { BROKEN, MAP_ELEMENT, readable, type Exec, type Frame } from './frame.ts';
import { offeredIn, type ExprFunction, type FunctionTable } from './functions.ts';
import type {
  BuiltinNode,
  CallNode,
  ConditionalNode,
  IdentifierNode,
  LetNode,
  MapNode,
  MemberNode,
  Node,
  PointerNode,
  UnaryNode,
} from './nodes.ts';
import { negate } from './operators.ts';
import { formatValue, goTypeOf, type ExprValue } from './values.ts';
import { setOwn } from '@argosy/std';

function compileIdentifier(compiler: Compiler, node: IdentifierNode): Exec {
  const { name, at } = node;
  const slot = compiler.variables.lastIndexOf(name);
  if (slot >= 0) return (frame) => frame.variables[slot];
  if (name === '$env') return (frame) => frame.environment;
  const offered = compiler.functions.get(name);
  if (offered !== undefined) return () => offered;
  return (frame) => {
    frame.at = at;
    const { environment } = frame;
    return Object.hasOwn(environment, name) ? (environment[name] ?? null) : null;
  };
}

function compileUnary(compiler: Compiler, node: UnaryNode): Exec {
  const inner = compile(compiler, node.node);
  const { at, operator } = node;
  if (operator === '!' || operator === 'not') {
    const condition = asCondition(inner, at);
    return (frame) => !condition(frame);
  }
  if (operator === '+') return inner;
  return (frame) => {
    const value = inner(frame);
    frame.at = at;
    return negate(value);
  };
}

function memberOfTable(table: FunctionTable, key: ExprValue): ExprValue {
  return (typeof key === 'string' ? table.get(key) : undefined) ?? null;
}

/** Reads a member of a value, or of a table of functions. */
function memberOf(base: ExprValue, key: ExprValue, offered: ReadonlySet<unknown>): ExprValue {
  if (!offered.has(base)) return fetchMember(base, key);
  if (base instanceof Map) return memberOfTable(base as FunctionTable, key);
  // A function of the table is opaque: its parts are ours, not the expression's.
  return fail(`cannot fetch ${formatValue(key)} from func`);
}

function compileMember(compiler: Compiler, node: MemberNode): Exec {
  const base = compile(compiler, node.node);
  const offered = offeredIn(compiler.functions);
  const { at, optional, property } = node;
  const constant = property.kind === 'literal' ? property.value : undefined;
  const key = constant === undefined ? compile(compiler, property) : undefined;
  return (frame) => {
    const value = base(frame);
    if (value === BROKEN) return BROKEN;
    if (optional && (value === null || value === undefined)) return BROKEN;
    const wanted = key === undefined ? constant : key(frame);
    frame.at = at;
    return memberOf(value, wanted, offered);
  };
}

function callOffered(frame: Frame, item: ExprFunction, args: readonly ExprValue[]): ExprValue {
  frame.step();
  frame.readAll(args);
  const { parameters, variadic = false } = item;
  const wanted = parameters?.length ?? 0;
  if (parameters !== undefined && (variadic ? args.length < wanted - 1 : args.length !== wanted)) {
    fail(`reflect: Call with too ${args.length < wanted ? 'few' : 'many'} input arguments`);
  }
  const value = item.call(args, frame.context);
  return typeof value === 'string' ? frame.text(value) : (value ?? null);
}

function compileCall(compiler: Compiler, node: CallNode): Exec {
  const callee = compile(compiler, node.callee);
  const args = node.args.map((arg) => compile(compiler, arg));
  const offered = offeredIn(compiler.functions);
  const { at } = node;
  return (frame) => {
    const target = callee(frame);
    if (target === BROKEN) return BROKEN;
    const values = args.map((arg) => arg(frame));
    frame.at = at;
    if (typeof target === 'function') {
      frame.step();
      return (target as (...items: readonly ExprValue[]) => ExprValue)(...values);
    }
    // Only functions of the table are called: an object of the environment never is one.
    if (offered.has(target) && !(target instanceof Map)) return callOffered(frame, target as ExprFunction, values);
    if (target === null) fail('reflect: call of reflect.Value.Call on zero Value');
    return fail(`reflect: call of Call on ${goTypeOf(target)} Value`);
  };
}

function compileBuiltin(compiler: Compiler, node: BuiltinNode): Exec {
  const predicate = compilePredicateCall(compiler, node);
  if (predicate !== undefined) return predicate;
  const builtin = BUILTINS.get(node.name);
  const args = node.args.map((arg) => compile(compiler, arg));
  const { at } = node;
  if (builtin === undefined) return () => fail(`unknown builtin ${node.name}`);
  const [first] = args;
  if (args.length === 1 && first !== undefined) {
    return (frame) => {
      const value = first(frame);
      frame.at = at;
      frame.read(value);
      return builtin([value], frame);
    };
  }
  return (frame) => {
    const values = args.map((arg) => arg(frame));
    frame.at = at;
    frame.readAll(values);
    return builtin(values, frame);
  };
}

function compilePointer(node: PointerNode): Exec {
  if (node.name === '') {
    return (frame) => {
      if (frame.item === MAP_ELEMENT) frame.at = node.at;
      return readable(frame.item);
    };
  }
  return node.name === 'acc' ? (frame) => frame.accumulator : (frame) => BigInt(frame.index);
}

function compileLet(compiler: Compiler, node: LetNode): Exec {
  const value = compile(compiler, node.value);
  const slot = compiler.variables.push(node.name) - 1;
  const body = compile(compiler, node.body);
  compiler.variables.pop();
  return (frame) => {
    frame.variables[slot] = value(frame);
    return body(frame);
  };
}

function compileConditional(compiler: Compiler, node: ConditionalNode): Exec {
  const condition = asCondition(compile(compiler, node.condition), node.condition.at);
  const consequent = compile(compiler, node.consequent);
  const otherwise = compile(compiler, node.otherwise);
  return (frame) => (condition(frame) ? consequent(frame) : otherwise(frame));
}

function compileSequence(compiler: Compiler, nodes: readonly Node[]): Exec {
  const parts = nodes.map((item) => compile(compiler, item));
  return (frame) => {
    let last: ExprValue = null;
    for (const part of parts) last = part(frame);
    return last;
  };
}

function compileMap(compiler: Compiler, node: MapNode): Exec {
  const pairs = node.pairs.map(({ key, value }) => [compile(compiler, key), compile(compiler, value)] as const);
  const { at } = node;
  return (frame) => {
    const record: { [key: string]: ExprValue } = {};
    const built: [ExprValue, ExprValue][] = [];
    for (const [key, value] of pairs) built.push([key(frame), value(frame)]);
    frame.at = at;
    frame.grow(pairs.length);
    // compat(lang-0205): the pairs are stored from the last to the first, so of two equal keys the first counts.
    for (const [key, value] of built.toReversed()) {
      if (typeof key !== 'string') fail(`interface conversion: interface {} is ${interfaceType(key)}, not string`);
      setOwn(record, key as string, value);
    }
    return record;
  };
}

function compileArray(compiler: Compiler, nodes: readonly Node[], at: number): Exec {
  const parts = nodes.map((item) => compile(compiler, item));
  return (frame) => {
    const list = parts.map((part) => part(frame));
    frame.at = at;
    frame.grow(parts.length);
    return list;
  };
}

function compileSlice(compiler: Compiler, node: Extract<Node, { kind: 'slice' }>): Exec {
  const base = compile(compiler, node.node);
  const from = node.from && compile(compiler, node.from);
  const to = node.to && compile(compiler, node.to);
  const { at } = node;
  return (frame) => {
    const value = base(frame);
    const [start, end] = [from?.(frame), to?.(frame)];
    frame.at = at;
    frame.read(value);
    return slice(value, start, end);
  };
}

function compileChain(compiler: Compiler, inner: Node): Exec {
  const exec = compile(compiler, inner);
  return (frame) => {
    const value = exec(frame);
    return value === BROKEN ? null : value;
  };
}

/** Turns a node into a function. The checker has seen the tree before. */
export function compile(compiler: Compiler, node: Node): Exec {
  switch (node.kind) {
    case 'literal': {
      const { value } = node;
      return () => value;
    }
    case 'identifier':
      return compileIdentifier(compiler, node);
    case 'unary':
      return compileUnary(compiler, node);
    case 'binary':
      return compileBinary(compiler, node);
    case 'chain':
      return compileChain(compiler, node.node);
    case 'member':
      return compileMember(compiler, node);
    case 'slice':
      return compileSlice(compiler, node);
    case 'call':
      return compileCall(compiler, node);
    case 'builtin':
      return compileBuiltin(compiler, node);
    case 'predicate':
      return compile(compiler, node.node);
    case 'pointer':
      return compilePointer(node);
    case 'let':
      return compileLet(compiler, node);
    case 'sequence':
      return compileSequence(compiler, node.nodes);
    case 'conditional':
      return compileConditional(compiler, node);
    case 'array':
      return compileArray(compiler, node.nodes, node.at);
    default:
      return compileMap(compiler, node);
  }
}
