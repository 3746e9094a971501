import { numberText, parseLuaNumber } from './number.ts';
import { pow } from '../gomath/index.ts';
import { NOTHING, type Run } from './run.ts';
import { LuaFunction, LuaTable, typeName, type LuaValue } from './value.ts';

/** Tables that a chain of `__index` or `__newindex` may pass. */
const METATABLE_CHAIN_LIMIT = 100;

/** The metatable of any value; nil when it has none. */
export function metatableOf(run: Run, value: LuaValue): LuaTable | undefined {
  if (value instanceof LuaTable) return value.metatable;
  return typeof value === 'string' ? run.stringMetatable : undefined;
}

/** The handler of an event such as `__add`; nil when there is none. */
export function metamethod(run: Run, value: LuaValue, event: string): LuaValue {
  return metatableOf(run, value)?.get(event);
}

/** Calls any value: functions, and what has `__call`. */
export function callValue(run: Run, callee: LuaValue, args: readonly LuaValue[]): readonly LuaValue[] {
  if (callee instanceof LuaFunction) return callee.call(run, args);
  const handler = metamethod(run, callee, '__call');
  if (handler instanceof LuaFunction) return handler.call(run, [callee, ...args]);
  throw run.failure('attempt to call a non-function object');
}

/** The first result of a call. */
export function callOne(run: Run, callee: LuaValue, ...args: readonly LuaValue[]): LuaValue {
  return callValue(run, callee, args)[0];
}

/** A key as an error names it. */
function keyText(run: Run, key: LuaValue): string {
  return plainText(run, key);
}

/** `object[key]`, with metatables. */
export function indexValue(run: Run, object: LuaValue, key: LuaValue): LuaValue {
  let current = object;
  for (let passed = 0; passed < METATABLE_CHAIN_LIMIT; passed += 1) {
    const isTable = current instanceof LuaTable;
    if (isTable) {
      const value = (current as LuaTable).get(key);
      if (value !== undefined || (current as LuaTable).metatable === undefined) return value;
    }
    const handler = metamethod(run, current, '__index');
    if (handler === undefined) {
      if (isTable) return undefined;
      const type = typeName(current);
      throw run.failure(`attempt to index a non-table object(${type}) with key '${keyText(run, key)}'`);
    }
    if (handler instanceof LuaFunction) return callOne(run, handler, current, key);
    current = handler;
  }
  throw run.failure('too many recursions in gettable');
}

/** `object[key] = value`, with metatables. */
export function setIndex(run: Run, slot: { readonly object: LuaValue; readonly key: LuaValue }, value: LuaValue): void {
  let current = slot.object;
  const { key } = slot;
  for (let passed = 0; passed < METATABLE_CHAIN_LIMIT; passed += 1) {
    const table = current instanceof LuaTable ? current : undefined;
    if (table !== undefined && (table.metatable === undefined || table.get(key) !== undefined)) {
      return rawSet(run, { table, key }, value);
    }
    const handler = metamethod(run, current, '__newindex');
    if (handler === undefined) {
      if (table !== undefined) return rawSet(run, { table, key }, value);
      const type = typeName(current);
      throw run.failure(`attempt to index a non-table object(${type}) with key '${keyText(run, key)}'`);
    }
    if (handler instanceof LuaFunction) {
      callValue(run, handler, [current, key, value]);
      return;
    }
    current = handler;
  }
  throw run.failure('too many recursions in settable');
}

/** Sets a member without metatables; nil and NaN are no keys. */
export function rawSet(run: Run, slot: { readonly table: LuaTable; readonly key: LuaValue }, value: LuaValue): void {
  const { table, key } = slot;
  if (key === undefined) throw run.failure('table index is nil');
  if (typeof key === 'number' && Number.isNaN(key)) throw run.failure('table index is NaN');
  const grown = table.set(key, value);
  if (grown > 0) run.allocate(grown);
}

/** A value as a number, if it is one or reads as one. */
export function toNumber(value: LuaValue): number | undefined {
  if (typeof value === 'number') return value;
  return typeof value === 'string' ? parseLuaNumber(value) : undefined;
}

/** A value as text, if it is a string or a number. */
export function toText(value: LuaValue): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' ? numberText(value) : undefined;
}

/** Lua's `%`: the result takes the sign of the divisor. */
export function modulo(left: number, right: number): number {
  const rest = left % right;
  return rest !== 0 && rest < 0 !== right < 0 ? rest + right : rest;
}

/** Operators of arithmetic with the name of their event. */
export const ARITHMETIC: { readonly [operator: string]: readonly [event: string, name: string] } = {
  '+': ['__add', 'add'],
  '-': ['__sub', 'sub'],
  '*': ['__mul', 'mul'],
  '/': ['__div', 'div'],
  '%': ['__mod', 'mod'],
  '^': ['__pow', 'pow'],
};

/** Arithmetic that is not on two numbers: numerals in strings, then metatables. */
export function arithmetic(
  run: Run,
  operator: string,
  operands: { readonly left: LuaValue; readonly right: LuaValue },
): LuaValue {
  const { left, right } = operands;
  const [event, name] = ARITHMETIC[operator] ?? ['', ''];
  const handler = metamethod(run, left, event) ?? metamethod(run, right, event);
  if (handler !== undefined) return callOne(run, handler, left, right);
  const first = toNumber(left);
  const second = toNumber(right);
  if (first !== undefined && second !== undefined) return compute(operator, first, second);
  // compat(lang-0515): a string that reads as a number is called a number in the message.
  const names = [first === undefined ? typeName(left) : 'number', second === undefined ? typeName(right) : 'number'];
  throw run.failure(`cannot perform ${name} operation between ${names.join(' and ')}`);
}

function compute(operator: string, left: number, right: number): number {
  switch (operator) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
      return left / right;
    case '%':
      return modulo(left, right);
    default:
      return pow(left, right);
  }
}

/** `-value`, with numerals in strings and metatables. */
export function negate(run: Run, value: LuaValue): LuaValue {
  if (typeof value === 'number') return -value;
  const handler = metamethod(run, value, '__unm');
  if (handler !== undefined) return callOne(run, handler, value);
  const number = toNumber(value);
  if (number === undefined) throw run.failure('__unm undefined');
  return -number;
}

/** `#value`: bytes of a string, the border of a table, or `__len`. */
export function lengthOf(run: Run, value: LuaValue): LuaValue {
  if (typeof value === 'string') return value.length;
  const handler = metamethod(run, value, '__len');
  if (handler !== undefined) return callOne(run, handler, value);
  if (value instanceof LuaTable) return borderOf(run, value);
  throw run.failure('__len undefined');
}

/** The border of a table, its search counted. */
export function borderOf(run: Run, table: LuaTable): number {
  const size = table.length();
  run.spend(table.lengthSteps());
  return size;
}

/** `a .. b .. c`: from the right, as Lua does. */
export function concatenate(run: Run, values: readonly LuaValue[]): LuaValue {
  let right = values[values.length - 1];
  for (let at = values.length - 2; at >= 0; at -= 1) {
    const left = values[at];
    const [first, second] = [toText(left), toText(right)];
    if (first !== undefined && second !== undefined) {
      run.allocateText(first.length + second.length);
      right = first + second;
      continue;
    }
    const handler = metamethod(run, left, '__concat') ?? metamethod(run, right, '__concat');
    if (handler === undefined) {
      throw run.failure(`cannot perform concat operation between ${typeName(left)} and ${typeName(right)}`);
    }
    right = callOne(run, handler, left, right);
  }
  return right;
}

/** `left == right`: `__eq` counts when both are tables with the same handler. */
export function equals(run: Run, left: LuaValue, right: LuaValue): boolean {
  if (left === right) return true;
  if (!(left instanceof LuaTable) || !(right instanceof LuaTable)) return false;
  const handler = left.metatable?.get('__eq');
  if (handler === undefined || handler !== right.metatable?.get('__eq')) return false;
  return isTrue(callOne(run, handler, left, right));
}

/** `left < right`. */
export function lessThan(run: Run, left: LuaValue, right: LuaValue): boolean {
  if (typeof left === 'number' && typeof right === 'number') return left < right;
  if (typeof left === 'string' && typeof right === 'string') return left < right;
  const handler = orderHandler(run, '__lt', { left, right });
  if (handler === undefined) throw orderFailure(run, left, right);
  return isTrue(callOne(run, handler, left, right));
}

/** `left <= right`; without `__le` it is `not (right < left)`. */
export function lessOrEqual(run: Run, left: LuaValue, right: LuaValue): boolean {
  if (typeof left === 'number' && typeof right === 'number') return left <= right;
  if (typeof left === 'string' && typeof right === 'string') return left <= right;
  const handler = orderHandler(run, '__le', { left, right });
  if (handler !== undefined) return isTrue(callOne(run, handler, left, right));
  const reversed = orderHandler(run, '__lt', { left, right });
  if (reversed === undefined) throw orderFailure(run, left, right);
  return !isTrue(callOne(run, reversed, right, left));
}

/** Handlers of order count only when both operands have the same. */
function orderHandler(
  run: Run,
  event: string,
  { left, right }: { readonly left: LuaValue; readonly right: LuaValue },
): LuaValue {
  const handler = metamethod(run, left, event);
  return handler !== undefined && handler === metamethod(run, right, event) ? handler : undefined;
}

function orderFailure(run: Run, left: LuaValue, right: LuaValue): Error {
  return run.failure(`attempt to compare ${typeName(left)} with ${typeName(right)}`);
}

/** Everything but nil and false is true. */
export function isTrue(value: LuaValue): boolean {
  return value !== undefined && value !== false;
}

/** A value as text without metatables. */
export function plainText(run: Run, value: LuaValue): string {
  if (value === undefined) return 'nil';
  if (value instanceof LuaTable) return `table: ${run.addressOf(value)}`;
  if (value instanceof LuaFunction) return `function: ${run.addressOf(value)}`;
  return typeof value === 'boolean' ? String(value) : (toText(value) ?? '');
}

/** A value as `tostring` gives it, with `__tostring`. */
export function displayText(run: Run, value: LuaValue): string {
  if (typeof value === 'string') return value;
  const handler = value instanceof LuaTable ? metamethod(run, value, '__tostring') : undefined;
  if (handler === undefined) return plainText(run, value);
  const text = callOne(run, handler, value);
  return toText(text) ?? plainText(run, text);
}

/** No results, for functions that answer nothing. */
export { NOTHING };
