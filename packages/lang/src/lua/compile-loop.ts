import type { Statement } from './ast.ts';
import { compileExpression, compileList } from './compile-expression.ts';
import { callValue, toNumber } from './operations.ts';
import type { Frame } from './run.ts';
import { BREAK, storeLocal, type Execute } from './signal.ts';
import { arrayOf, LuaFunction, LuaTable, type LuaValue } from './value.ts';
import { IPAIRS_STEP, NEXT } from './iterators.ts';

/** Compiles `for name = start, limit, step`. */
export function compileFor(statement: Statement & { readonly kind: 'for' }, body: Execute): Execute {
  const start = compileExpression(statement.start);
  const limit = compileExpression(statement.limit);
  const step = statement.step === undefined ? () => 1 : compileExpression(statement.step);
  const store = storeLocal(statement.variable);
  const { line } = statement;
  return (frame) => {
    const from = start(frame);
    const to = limit(frame);
    const by = step(frame);
    frame.line = line;
    const [first, last, stride] = loopNumbers(frame, [from, to, by]);
    for (let value = first; stride > 0 ? value <= last : value >= last; value += stride) {
      store(frame, value);
      const signal = body(frame);
      if (signal === BREAK) return undefined;
      if (signal !== undefined) return signal;
    }
    return undefined;
  };
}

function loopNumbers(frame: Frame, values: readonly LuaValue[]): readonly [number, number, number] {
  const names = ['init', 'limit', 'step'];
  const numbers = values.map((value, at) => {
    const number = toNumber(value);
    if (number === undefined) throw frame.run.failure(`for statement ${names[at] ?? ''} must be a number`);
    return number;
  });
  return [numbers[0] ?? 0, numbers[1] ?? 0, numbers[2] ?? 1];
}

type ForIn = Statement & { readonly kind: 'forIn' };

/** Compiles `for names in values`; `pairs` and `ipairs` of plain tables run without calling the iterator. */
export function compileForIn(statement: ForIn, body: Execute): Execute {
  const list = compileList(statement.values);
  const round = compileRound(statement, body);
  const { line } = statement;
  return (frame) => {
    const [iterator, state, control] = list(frame);
    frame.line = line;
    if (state instanceof LuaTable && iterator === NEXT && control === undefined) return eachPair(frame, state, round);
    if (state instanceof LuaTable && iterator === IPAIRS_STEP && control === 0) return eachItem(frame, state, round);
    return eachCall(frame, { iterator, state, control, line }, round);
  };
}

/** Runs the body for one round. */
type Round = (frame: Frame, values: readonly LuaValue[]) => ReturnType<Execute>;

function compileRound(statement: ForIn, body: Execute): Round {
  const stores = statement.variables.map(storeLocal);
  return (frame, values) => {
    for (let at = 0; at < stores.length; at += 1) stores[at]?.(frame, values[at]);
    return body(frame);
  };
}

function eachItem(frame: Frame, table: LuaTable, round: Round): ReturnType<Execute> {
  for (let at = 1; ; at += 1) {
    const value = table.get(at);
    if (value === undefined) return undefined;
    const signal = round(frame, [at, value]);
    if (signal === BREAK) return undefined;
    if (signal !== undefined) return signal;
  }
}

function eachPair(frame: Frame, table: LuaTable, round: Round): ReturnType<Execute> {
  const array = arrayOf(table);
  for (let at = 0; at < array.length; at += 1) {
    if (array[at] === undefined) continue;
    const signal = round(frame, [at + 1, array[at]]);
    if (signal === BREAK) return undefined;
    if (signal !== undefined) return signal;
  }
  return eachMember(frame, table, round);
}

function eachMember(frame: Frame, table: LuaTable, round: Round): ReturnType<Execute> {
  let member = table.memberFrom(0);
  while (member !== undefined) {
    const { place, key, value } = member;
    const signal = round(frame, [key, value]);
    if (signal === BREAK) return undefined;
    if (signal !== undefined) return signal;
    member = table.memberFrom(place + 1);
  }
  return undefined;
}

interface Iteration {
  readonly iterator: LuaValue;
  readonly state: LuaValue;
  readonly control: LuaValue;
  readonly line: number;
}

function eachCall(frame: Frame, iteration: Iteration, round: Round): ReturnType<Execute> {
  const { iterator, state, line } = iteration;
  let { control } = iteration;
  for (;;) {
    frame.line = line;
    const values =
      iterator instanceof LuaFunction
        ? iterator.call(frame.run, [state, control])
        : callValue(frame.run, iterator, [state, control]);
    [control] = values;
    if (control === undefined) return undefined;
    const signal = round(frame, values);
    if (signal === BREAK) return undefined;
    if (signal !== undefined) return signal;
  }
}
