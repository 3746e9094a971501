import type { CallExpression, Expression, Field } from './ast.ts';
import { compileClosure } from './closure.ts';
import {
  arithmetic,
  callValue,
  concatenate,
  equals,
  indexValue,
  isTrue,
  lengthOf,
  lessOrEqual,
  lessThan,
  modulo,
  negate,
  rawSet,
} from './operations.ts';
import { pow } from '../gomath/index.ts';
import { type Cell, type Frame, NOTHING } from './run.ts';
import { LuaFunction, LuaTable, type LuaValue } from './value.ts';

/** An expression that gives one value. */
export type Evaluate = (frame: Frame) => LuaValue;
/** An expression or a list that gives any number of values. */
export type EvaluateMany = (frame: Frame) => readonly LuaValue[];

/** True for what may give any number of values: calls and `...`. */
export function isOpen(expression: Expression): boolean {
  return expression.kind === 'call' || expression.kind === 'varargs';
}

/** Compiles an expression to a closure that gives its (first) value. */
export function compileExpression(expression: Expression): Evaluate {
  switch (expression.kind) {
    case 'constant': {
      const { value } = expression;
      return () => value;
    }
    case 'local':
      return compileLocal(expression.variable);
    case 'upvalue': {
      const { index } = expression;
      return (frame) => (frame.upvalues[index] as Cell).value;
    }
    case 'global':
      return compileGlobal(expression.name, expression.line);
    case 'index':
      return compileIndex(expression);
    case 'call': {
      const many = compileCall(expression);
      return (frame) => many(frame)[0];
    }
    case 'varargs':
      return (frame) => frame.varargs[0];
    case 'function':
      return compileClosure(expression.body);
    default:
      return compileComposite(expression);
  }
}

function compileComposite(expression: Expression): Evaluate {
  switch (expression.kind) {
    case 'table':
      return compileTable(expression.fields, expression.line);
    case 'group':
      return compileExpression(expression.inner);
    case 'unary':
      return compileUnary(expression);
    case 'concat':
      return compileConcat(expression.parts, expression.line);
    case 'logical':
      return compileLogical(expression);
    case 'binary':
      return compileBinary(expression);
    default:
      return () => undefined;
  }
}

function compileLocal({ slot, captured }: { readonly slot: number; readonly captured: boolean }): Evaluate {
  if (captured) return (frame) => (frame.slots[slot] as Cell).value;
  return (frame) => frame.slots[slot] as LuaValue;
}

function compileGlobal(name: string, line: number): Evaluate {
  return (frame) => {
    const { globals } = frame.run;
    const value = globals.get(name);
    if (value !== undefined || globals.metatable === undefined) return value;
    frame.line = line;
    return indexValue(frame.run, globals, name);
  };
}

function compileIndex(expression: Expression & { readonly kind: 'index' }): Evaluate {
  const { line } = expression;
  const object = compileExpression(expression.object);
  if (expression.key.kind === 'constant') {
    const { value: key } = expression.key;
    return (frame) => {
      const base = object(frame);
      if (base instanceof LuaTable) {
        const value = base.get(key);
        if (value !== undefined || base.metatable === undefined) return value;
      }
      frame.line = line;
      return indexValue(frame.run, base, key);
    };
  }
  const key = compileExpression(expression.key);
  return (frame) => {
    const base = object(frame);
    const member = key(frame);
    if (base instanceof LuaTable) {
      const value = base.get(member);
      if (value !== undefined || base.metatable === undefined) return value;
    }
    frame.line = line;
    return indexValue(frame.run, base, member);
  };
}

/** Compiles a list: all but the last give one value, the last gives all of its. */
export function compileList(expressions: readonly Expression[]): EvaluateMany {
  const last = expressions.at(-1);
  if (last === undefined) return () => NOTHING;
  if (isOpen(last)) return compileOpenList(expressions, last);
  const parts = expressions.map(compileExpression);
  const [first, second] = parts;
  if (first !== undefined && parts.length === 1) return (frame) => [first(frame)];
  if (first !== undefined && second !== undefined && parts.length === 2)
    return (frame) => [first(frame), second(frame)];
  return (frame) => {
    const values: LuaValue[] = [];
    for (const part of parts) values.push(part(frame));
    return values;
  };
}

function compileOpenList(expressions: readonly Expression[], last: Expression): EvaluateMany {
  const open = compileMany(last);
  if (expressions.length === 1) return open;
  const parts = expressions.slice(0, -1).map(compileExpression);
  return (frame) => {
    const values: LuaValue[] = [];
    for (const part of parts) values.push(part(frame));
    for (const value of open(frame)) values.push(value);
    frame.run.spend(values.length >> 2);
    return values;
  };
}

/** Compiles an expression so that it gives all its values. */
function compileMany(expression: Expression): EvaluateMany {
  if (expression.kind === 'call') return compileCall(expression);
  if (expression.kind === 'varargs') return (frame) => frame.varargs;
  const one = compileExpression(expression);
  return (frame) => [one(frame)];
}

/** What a call is about to call, and with what. */
export interface PreparedCall {
  readonly callee: LuaValue;
  readonly args: readonly LuaValue[];
}

/** Compiles a call up to the point where the function would run. */
export function compilePreparedCall(call: CallExpression): (frame: Frame) => PreparedCall {
  const { line, method } = call;
  const object = compileExpression(call.callee);
  const args = compileList(call.args);
  if (method === undefined) return (frame) => ({ callee: object(frame), args: args(frame) });
  return (frame) => {
    const self = object(frame);
    frame.line = line;
    const callee = indexValue(frame.run, self, method);
    return { callee, args: [self, ...args(frame)] };
  };
}

/** Compiles a call so that it gives all its results. */
export function compileCall(call: CallExpression): EvaluateMany {
  const { line } = call;
  if (call.method !== undefined) {
    const prepare = compilePreparedCall(call);
    return (frame) => {
      const { callee, args } = prepare(frame);
      frame.line = line;
      return callValue(frame.run, callee, args);
    };
  }
  const object = compileExpression(call.callee);
  const args = compileList(call.args);
  return (frame) => {
    const callee = object(frame);
    const values = args(frame);
    frame.line = line;
    return callee instanceof LuaFunction ? callee.call(frame.run, values) : callValue(frame.run, callee, values);
  };
}

function compileTable(fields: readonly Field[], line: number): Evaluate {
  if (fields.length === 0) return (frame) => frame.run.table();
  const last = fields.at(-1);
  const tail = last !== undefined && last.key === undefined && isOpen(last.value) ? compileMany(last.value) : undefined;
  const listed = tail === undefined ? fields : fields.slice(0, -1);
  const parts = listed.map(({ key, value }) => ({
    key: key === undefined ? undefined : compileExpression(key),
    value: compileExpression(value),
  }));
  return (frame) => {
    const { run } = frame;
    const table = run.table();
    const positional: LuaValue[] = [];
    for (const { key, value } of parts) {
      if (key === undefined) {
        positional.push(value(frame));
        continue;
      }
      const name = key(frame);
      const content = value(frame);
      frame.line = line;
      rawSet(run, { table, key: name }, content);
    }
    if (tail !== undefined) for (const value of tail(frame)) positional.push(value);
    for (const [at, content] of positional.entries()) {
      if (content !== undefined) run.allocate(table.set(at + 1, content));
    }
    return table;
  };
}

function compileUnary(expression: Expression & { readonly kind: 'unary' }): Evaluate {
  const { line } = expression;
  const operand = compileExpression(expression.operand);
  if (expression.operator === 'not') return (frame) => !isTrue(operand(frame));
  const apply = expression.operator === '-' ? negate : lengthOf;
  return (frame) => {
    const value = operand(frame);
    frame.line = line;
    return apply(frame.run, value);
  };
}

function compileConcat(expressions: readonly Expression[], line: number): Evaluate {
  const parts = expressions.map(compileExpression);
  return (frame) => {
    const values: LuaValue[] = [];
    for (const part of parts) values.push(part(frame));
    frame.line = line;
    return concatenate(frame.run, values);
  };
}

function compileLogical(expression: Expression & { readonly kind: 'logical' }): Evaluate {
  const left = compileExpression(expression.left);
  const right = compileExpression(expression.right);
  if (expression.operator === 'and') {
    return (frame) => {
      const value = left(frame);
      return value === undefined || value === false ? value : right(frame);
    };
  }
  return (frame) => {
    const value = left(frame);
    return value === undefined || value === false ? right(frame) : value;
  };
}

type Binary = Expression & { readonly kind: 'binary' };

function compileBinary(expression: Binary): Evaluate {
  const left = compileExpression(expression.left);
  const right = compileExpression(expression.right);
  const { line, operator } = expression;
  const compare = compileComparison(expression, left, right);
  if (compare !== undefined) return compare;
  const quick = QUICK[operator] ?? modulo;
  return (frame) => {
    const a = left(frame);
    const b = right(frame);
    if (typeof a === 'number' && typeof b === 'number') return quick(a, b);
    frame.line = line;
    return arithmetic(frame.run, operator, { left: a, right: b });
  };
}

const QUICK: { readonly [operator: string]: (left: number, right: number) => number } = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  '/': (left, right) => left / right,
  '^': pow,
};

function compileComparison({ operator, line }: Binary, left: Evaluate, right: Evaluate): Evaluate | undefined {
  switch (operator) {
    case '==':
    case '~=':
      return compileEquality(operator === '==', { left, right }, line);
    case '<':
      return compileOrder(lessThan, { left, right }, line);
    case '>':
      return compileOrder((run, a, b) => lessThan(run, b, a), { left, right }, line);
    case '<=':
      return compileOrder(lessOrEqual, { left, right }, line);
    case '>=':
      return compileOrder((run, a, b) => lessOrEqual(run, b, a), { left, right }, line);
    default:
      return undefined;
  }
}

interface Operands {
  readonly left: Evaluate;
  readonly right: Evaluate;
}

function compileEquality(positive: boolean, { left, right }: Operands, line: number): Evaluate {
  return (frame) => {
    const a = left(frame);
    const b = right(frame);
    if (a === b) return positive;
    if (!(a instanceof LuaTable) || !(b instanceof LuaTable)) return !positive;
    frame.line = line;
    return equals(frame.run, a, b) === positive;
  };
}

function compileOrder(order: typeof lessThan, { left, right }: Operands, line: number): Evaluate {
  return (frame) => {
    const a = left(frame);
    const b = right(frame);
    frame.line = line;
    return order(frame.run, a, b);
  };
}
