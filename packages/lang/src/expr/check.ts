import { failCheck, type Checker } from './checker.ts';
import { checkBinary } from './check-binary.ts';
import { checkArguments, checkBuiltinCall, checkPredicateCall } from './check-calls.ts';
import { isBuiltin } from './builtin-names.ts';
import type { ExprFunction } from './functions.ts';
import { hasMethod } from './methods.ts';
import {
  ANY,
  arrayOf,
  ARRAY,
  assignable,
  BOOL,
  FLOAT,
  FUNCTION,
  INT,
  isNumber,
  isUnknown,
  MAP,
  NIL,
  STRING,
  UNKNOWN,
  type Nature,
} from './natures.ts';
import type {
  ArrayNode,
  CallNode,
  ConditionalNode,
  IdentifierNode,
  LetNode,
  LiteralNode,
  MapNode,
  MemberNode,
  Node,
  PointerNode,
  SequenceNode,
  SliceNode,
  UnaryNode,
} from './nodes.ts';

function literalNature(node: LiteralNode): Nature {
  switch (typeof node.value) {
    case 'boolean':
      return BOOL;
    case 'bigint':
      return INT;
    case 'number':
      return FLOAT;
    case 'string':
      return STRING;
    default:
      return NIL;
  }
}

function checkIdentifier(checker: Checker, node: IdentifierNode): Nature {
  const variable = checker.variables.findLast(({ name }) => name === node.name);
  if (variable !== undefined) return variable.nature;
  if (node.name === '$env') return UNKNOWN;
  const known = checker.lookup(node.name);
  if (known !== undefined) return known;
  if (isBuiltin(node.name)) return FUNCTION;
  return checker.strict ? failCheck(checker, node, `unknown name ${node.name}`) : UNKNOWN;
}

function checkUnary(checker: Checker, node: UnaryNode): Nature {
  const nature = check(checker, node.node);
  const logical = node.operator === '!' || node.operator === 'not';
  if (logical && (nature.kind === 'bool' || isUnknown(nature))) return BOOL;
  if (!logical && isNumber(nature)) return nature;
  if (!logical && isUnknown(nature)) return UNKNOWN;
  return failCheck(checker, node, `invalid operation: ${node.operator} (mismatched type ${nature.text})`);
}

const literalText = (node: Node): string | undefined =>
  node.kind === 'literal' && typeof node.value === 'string' ? node.value : undefined;

function checkEnvMember(checker: Checker, node: MemberNode, name: string | undefined): Nature {
  if (name === undefined) {
    check(checker, node.property);
    return UNKNOWN;
  }
  const known = checker.lookup(name);
  if (known !== undefined) return known;
  return checker.strict && !node.optional ? failCheck(checker, node, `unknown name ${name}`) : UNKNOWN;
}

function checkMapMember(checker: Checker, node: MemberNode, natures: { base: Nature; key: Nature }): Nature {
  const { base, key } = natures;
  const fits = isUnknown(key) || key.kind === 'string' || base.key === 'any';
  if (!fits) failCheck(checker, node.property, `cannot use ${key.text} to get an element from ${base.text}`);
  return base.element ?? ANY;
}

function checkArrayMember(checker: Checker, node: MemberNode, natures: { base: Nature; key: Nature }): Nature {
  const { base, key } = natures;
  if (key.kind === 'int' || isUnknown(key)) return base.element ?? ANY;
  return failCheck(checker, node.property, `array elements can only be selected using an integer (got ${key.text})`);
}

/** A member of what is neither map nor array: a method of a time, or nothing. */
function checkOtherMember(checker: Checker, node: MemberNode, natures: { base: Nature; key: Nature }): Nature {
  const { base, key } = natures;
  const name = literalText(node.property);
  if (name === undefined) return failCheck(checker, node, `type ${base.text}[${key.text}] is undefined`);
  if (base.kind === 'nil') return failCheck(checker, node, `type nil has no field ${name}`);
  const methods = base.kind === 'time' || base.kind === 'duration' || base.kind === 'location';
  if (methods && hasMethod(base.kind, name)) return UNKNOWN;
  return failCheck(checker, node, `type ${base.text} has no ${node.method ? 'method' : 'field'} ${name}`);
}

function checkMember(checker: Checker, node: MemberNode): Nature {
  if (node.node.kind === 'identifier' && node.node.name === '$env') {
    return checkEnvMember(checker, node, literalText(node.property));
  }
  const natures = { base: check(checker, node.node), key: check(checker, node.property) };
  if (isUnknown(natures.base)) return UNKNOWN;
  if (natures.base.kind === 'map') return checkMapMember(checker, node, natures);
  if (natures.base.kind === 'array') return checkArrayMember(checker, node, natures);
  return checkOtherMember(checker, node, natures);
}

function checkPlace(checker: Checker, node: Node | undefined): void {
  if (node === undefined) return;
  const nature = check(checker, node);
  if (nature.kind !== 'int' && !isUnknown(nature)) {
    failCheck(checker, node, `non-integer slice index ${nature.text}`);
  }
}

function checkSlice(checker: Checker, node: SliceNode): Nature {
  const nature = check(checker, node.node);
  if (isUnknown(nature)) return UNKNOWN;
  if (nature.kind !== 'string' && nature.kind !== 'array') {
    return failCheck(checker, node, `cannot slice ${nature.text}`);
  }
  checkPlace(checker, node.from);
  checkPlace(checker, node.to);
  return nature;
}

function calleeName(callee: Node): string {
  if (callee.kind === 'identifier') return callee.name;
  return callee.kind === 'member' ? (literalText(callee.property) ?? 'function') : 'function';
}

function checkOffered(checker: Checker, node: CallNode, item: ExprFunction): Nature {
  const { parameters, variadic = false, result = ANY } = item;
  if (parameters === undefined) {
    for (const arg of node.args) check(checker, arg);
    return result;
  }
  const overloads = [{ parameters, variadic, result }];
  return checkArguments(checker, { name: calleeName(node.callee), overloads, node, args: node.args });
}

function checkCall(checker: Checker, node: CallNode): Nature {
  const nature = check(checker, node.callee);
  if (nature.callee !== undefined) return checkOffered(checker, node, nature.callee);
  if (nature.kind === 'nil') {
    failCheck(checker, node, `${calleeName(node.callee)} is nil; cannot call nil as function`);
  }
  for (const arg of node.args) check(checker, arg);
  if (isUnknown(nature) || nature.kind === 'func') return UNKNOWN;
  return failCheck(checker, node, `${nature.text} is not callable`);
}

function checkPointer(checker: Checker, node: PointerNode): Nature {
  const scope = checker.scopes.at(-1);
  if (scope === undefined) return failCheck(checker, node, 'cannot use pointer accessor outside predicate');
  if (node.name === '') return isUnknown(scope.collection) ? UNKNOWN : (scope.collection.element ?? ANY);
  if (node.name === 'index' && scope.index) return INT;
  if (node.name === 'acc' && scope.accumulator) return UNKNOWN;
  return failCheck(checker, node, `unknown pointer #${node.name}`);
}

function checkLet(checker: Checker, node: LetNode): Nature {
  const { name } = node;
  if (checker.lookup(name) !== undefined) failCheck(checker, node, `cannot redeclare ${name}`);
  if (isBuiltin(name)) failCheck(checker, node, `cannot redeclare builtin ${name}`);
  if (checker.variables.some((item) => item.name === name)) {
    failCheck(checker, node, `cannot redeclare variable ${name}`);
  }
  const nature = check(checker, node.value);
  checker.variables.push({ name, nature });
  const result = check(checker, node.body);
  checker.variables.pop();
  return result;
}

function checkConditional(checker: Checker, node: ConditionalNode): Nature {
  const condition = check(checker, node.condition);
  if (condition.kind !== 'bool' && !isUnknown(condition)) {
    failCheck(checker, node.condition, `non-bool expression (type ${condition.text}) used as condition`);
  }
  const [consequent, otherwise] = [check(checker, node.consequent), check(checker, node.otherwise)];
  if (consequent.kind === 'nil') return otherwise;
  if (otherwise.kind === 'nil') return consequent;
  return assignable(consequent, otherwise) ? consequent : UNKNOWN;
}

function checkArray(checker: Checker, node: ArrayNode): Nature {
  const natures = node.nodes.map((item) => check(checker, item));
  const [first] = natures;
  if (first === undefined) return arrayOf(UNKNOWN);
  const same = natures.every((item) => item.kind === first.kind);
  return same ? arrayOf(natures.at(-1) ?? first) : ARRAY;
}

function checkMap(checker: Checker, node: MapNode): Nature {
  for (const { key, value } of node.pairs) {
    check(checker, key);
    check(checker, value);
  }
  return MAP;
}

function checkSequence(checker: Checker, node: SequenceNode): Nature {
  let last = UNKNOWN;
  for (const item of node.nodes) last = check(checker, item);
  return last;
}

type Check<K extends Node['kind']> = (checker: Checker, node: Extract<Node, { kind: K }>) => Nature;

const CHECKS: { readonly [K in Node['kind']]: Check<K> } = {
  literal: (_, node) => literalNature(node),
  identifier: checkIdentifier,
  unary: checkUnary,
  binary: checkBinary,
  chain: (checker, node) => check(checker, node.node),
  member: checkMember,
  slice: checkSlice,
  call: checkCall,
  builtin: (checker, node) => checkPredicateCall(checker, node) ?? checkBuiltinCall(checker, node),
  predicate: (checker, node) => check(checker, node.node),
  pointer: checkPointer,
  let: checkLet,
  sequence: checkSequence,
  conditional: checkConditional,
  array: checkArray,
  map: checkMap,
};

/** The nature of a node. Throws DiagnosticError with upstream's message where the types do not fit. */
export function check(checker: Checker, node: Node): Nature {
  return (CHECKS[node.kind] as Check<Node['kind']>)(checker, node);
}
