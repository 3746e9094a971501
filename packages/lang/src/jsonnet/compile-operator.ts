import type { Compiler } from './compile.ts';
import { JsonnetObject } from './object.ts';
import { BINARY_OPERATORS, bitwiseNot, type BinaryOperator } from './operators.ts';
import { formatNumber } from './print.ts';
import type { Runtime } from './runtime.ts';
import type { Scope } from './scope.ts';
import { sliceValue } from './slice.ts';
import type { Span } from './source.ts';
import { staticError } from './source.ts';
import type { Node } from './syntax.ts';
import { characters, hasAstral } from './text.ts';
import { JsonnetArray, typeName, type Code, type Value } from './value.ts';

interface Step {
  readonly operator: BinaryOperator | '&&' | '||';
  readonly right: Code;
  readonly span: Span;
}

/** Chains such as `a + b + c` run as a loop, so that long ones need no stack. */
export function compileBinary(node: Extract<Node, { kind: 'binary' }>, scope: Scope, compiler: Compiler): Code {
  const steps: Step[] = [];
  let first: Node = node;
  while (first.kind === 'binary') {
    steps.push({ operator: operatorOf(first), right: compiler.code(first.right, scope), span: first.span });
    first = first.left;
  }
  steps.reverse();
  const start = compiler.code(first, scope);
  return (frame, runtime) => {
    let value = start(frame, runtime);
    for (const { operator, right, span } of steps) {
      if (typeof operator === 'function') {
        const other = right(frame, runtime);
        runtime.place = span;
        value = operator(value, other, runtime);
      } else {
        runtime.place = span;
        if (runtime.boolean(value) === (operator === '||')) continue;
        value = right(frame, runtime);
        runtime.place = span;
        runtime.boolean(value);
      }
    }
    return value;
  };
}

function operatorOf(node: Extract<Node, { kind: 'binary' }>): BinaryOperator | '&&' | '||' {
  if (node.operator === '&&' || node.operator === '||') return node.operator;
  const operator = BINARY_OPERATORS.get(node.operator);
  if (operator === undefined) throw staticError(`Not a binary operator: ${node.operator}`, node.span);
  return operator;
}

const UNARY_OPERATORS: ReadonlyMap<string, (value: Value, runtime: Runtime) => Value> = new Map([
  ['!', (value: Value, runtime: Runtime): Value => !runtime.boolean(value)],
  ['-', (value: Value, runtime: Runtime): Value => -runtime.number(value)],
  ['+', (value: Value, runtime: Runtime): Value => runtime.number(value)],
  ['~', bitwiseNot],
]);

/** `!`, `-`, `+` and `~`. */
export function compileUnary(node: Extract<Node, { kind: 'unary' }>, scope: Scope, compiler: Compiler): Code {
  const operand = compiler.code(node.operand, scope);
  const operator = UNARY_OPERATORS.get(node.operator);
  if (operator === undefined) throw staticError(`Not a unary operator: ${node.operator}`, node.span);
  const { span } = node;
  return (frame, runtime) => {
    const value = operand(frame, runtime);
    runtime.place = span;
    return operator(value, runtime);
  };
}

/** `target.name` and `target[index]`. */
export function compileIndex(node: Extract<Node, { kind: 'index' }>, scope: Scope, compiler: Compiler): Code {
  const target = compiler.code(node.target, scope);
  const index = compiler.code(node.index, scope);
  const { span } = node;
  return (frame, runtime) => {
    const from = target(frame, runtime);
    const at = index(frame, runtime);
    runtime.place = span;
    if (from instanceof JsonnetObject) return from.get(typeof at === 'string' ? at : runtime.string(at), runtime);
    if (from instanceof JsonnetArray) {
      return runtime.force(from.items[checkIndex(at, from.items.length, runtime)] ?? null);
    }
    if (typeof from === 'string') return indexText(from, at, runtime);
    throw runtime.error(`Value non indexable: ${typeName(from)}`);
  };
}

function indexText(text: string, at: Value, runtime: Runtime): string {
  runtime.step(text.length >>> 6);
  if (!hasAstral(text)) return text.charAt(checkIndex(at, text.length, runtime));
  const all = characters(text);
  return all[checkIndex(at, all.length, runtime)] ?? '';
}

function checkIndex(at: Value, length: number, runtime: Runtime): number {
  const index = runtime.number(at);
  if (!Number.isInteger(index)) throw runtime.error(`Expected an integer, but got ${formatNumber(index)}`);
  if (index < 0 || index >= length) {
    throw runtime.error(`Index ${formatNumber(index)} out of bounds, not within [0, ${length})`);
  }
  return index;
}

/** `target[from:to:step]`. */
export function compileSlice(node: Extract<Node, { kind: 'slice' }>, scope: Scope, compiler: Compiler): Code {
  const target = compiler.code(node.target, scope);
  const bounds = node.bounds.map((bound) => (bound === undefined ? undefined : compiler.code(bound, scope)));
  const { span } = node;
  return (frame, runtime) => {
    const from = target(frame, runtime);
    const values = bounds.map((bound) => bound?.(frame, runtime) ?? null);
    runtime.place = span;
    return sliceValue(from, values, runtime);
  };
}
