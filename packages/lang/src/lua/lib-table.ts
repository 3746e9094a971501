import { checkFunction, checkInteger, checkTable, checkText, optionalInteger } from './arguments.ts';
import type { Library } from './lib-base.ts';
import { borderOf, callOne, isTrue, lessThan, rawSet, toText } from './operations.ts';
import { NOTHING, type Run } from './run.ts';
import { arrayOf, typeName, type LuaFunction, type LuaTable, type LuaValue } from './value.ts';

type Arguments = readonly LuaValue[];

function concat(run: Run, args: Arguments): Arguments {
  const table = checkTable(run, args, { at: 0, name: 'concat' });
  const separator = args[1] === undefined ? '' : checkText(run, args, { at: 1, name: 'concat' });
  const from = optionalInteger(run, args, { at: 2, name: 'concat', otherwise: 1 });
  // compat(lang-0516): an end beyond the list is cut to the list instead of refused.
  const size = borderOf(run, table);
  const to = Math.min(size, optionalInteger(run, args, { at: 3, name: 'concat', otherwise: size }));
  const parts: string[] = [];
  let bytes = 0;
  for (let at = from; at <= to; at += 1) {
    const value = table.get(at);
    const text = toText(value);
    if (text === undefined) {
      throw run.failure(`invalid value (${typeName(value)}) at index ${at} in table for concat`);
    }
    bytes += text.length + separator.length;
    if (bytes > run.limits.stringBytes) run.allocateText(bytes);
    run.spend(1);
    parts.push(text);
  }
  run.allocateText(bytes);
  return [parts.join(separator)];
}

function insert(run: Run, args: Arguments): Arguments {
  const table = checkTable(run, args, { at: 0, name: 'insert' });
  const size = borderOf(run, table);
  if (args.length === 2) {
    rawSet(run, { table, key: size + 1 }, args[1]);
    return NOTHING;
  }
  if (args.length !== 3) throw run.failure('wrong number of arguments');
  const at = checkInteger(run, args, { at: 1, name: 'insert' });
  const array = arrayOf(table);
  if (at < 1 || at > size || array.length !== size || args[2] === undefined) {
    shiftUp(run, table, { at, size });
    rawSet(run, { table, key: at }, args[2]);
    return NOTHING;
  }
  run.allocate(8);
  run.spend((size - at) >> 6);
  array.splice(at - 1, 0, args[2]);
  return NOTHING;
}

function shiftUp(run: Run, table: LuaTable, { at, size }: { readonly at: number; readonly size: number }): void {
  if (at < 1) return;
  for (let key = size; key >= at; key -= 1) {
    run.spend(1);
    rawSet(run, { table, key: key + 1 }, table.get(key));
  }
}

function remove(run: Run, args: Arguments): Arguments {
  const table = checkTable(run, args, { at: 0, name: 'remove' });
  const size = borderOf(run, table);
  const at = optionalInteger(run, args, { at: 1, name: 'remove', otherwise: size });
  if (at < 1 || at > size) return [undefined];
  const value = table.get(at);
  const array = arrayOf(table);
  if (array.length === size && at < size) {
    run.spend((size - at) >> 6);
    array.splice(at - 1, 1);
    return [value];
  }
  for (let key = at; key < size; key += 1) {
    run.spend(1);
    rawSet(run, { table, key }, table.get(key + 1));
  }
  table.set(size, undefined);
  return [value];
}

function sort(run: Run, args: Arguments): Arguments {
  const table = checkTable(run, args, { at: 0, name: 'sort' });
  const order = args[1] === undefined ? undefined : checkFunction(run, args, { at: 1, name: 'sort' });
  const array = arrayOf(table);
  run.spend(array.length);
  if (array.includes(undefined)) throw run.failure('attempt to compare nil with a value in sort');
  array.sort((left, right) => {
    run.spend(3);
    if (precedes(run, order, [left, right])) return -1;
    return precedes(run, order, [right, left]) ? 1 : 0;
  });
  return NOTHING;
}

function precedes(run: Run, order: LuaFunction | undefined, pair: readonly [LuaValue, LuaValue]): boolean {
  return order === undefined ? lessThan(run, pair[0], pair[1]) : isTrue(callOne(run, order, pair[0], pair[1]));
}

function each(run: Run, args: Arguments): Arguments {
  const table = checkTable(run, args, { at: 0, name: 'foreach' });
  const callee = checkFunction(run, args, { at: 1, name: 'foreach' });
  for (const [at, value] of arrayOf(table).entries()) {
    const found = value === undefined ? undefined : callOne(run, callee, at + 1, value);
    if (found !== undefined) return [found];
  }
  let member = table.memberFrom(0);
  while (member !== undefined) {
    const found = callOne(run, callee, member.key, member.value);
    if (found !== undefined) return [found];
    member = table.memberFrom(member.place + 1);
  }
  return NOTHING;
}

function eachIndexed(run: Run, args: Arguments): Arguments {
  const table = checkTable(run, args, { at: 0, name: 'foreachi' });
  const callee = checkFunction(run, args, { at: 1, name: 'foreachi' });
  for (let at = 1; at <= borderOf(run, table); at += 1) {
    const found = callOne(run, callee, at, table.get(at));
    if (found !== undefined) return [found];
  }
  return NOTHING;
}

/** The `table` library, with the functions that Lua 5.1 keeps from 5.0. */
export const TABLE: Library = {
  concat,
  foreach: each,
  foreachi: eachIndexed,
  getn: (run, args) => [borderOf(run, checkTable(run, args, { at: 0, name: 'getn' }))],
  insert,
  // Only keys in the array part and outlying integers count, which is what scripts of Argo CD have.
  maxn: (run, args) => [borderOf(run, checkTable(run, args, { at: 0, name: 'maxn' }))],
  remove,
  sort,
};
