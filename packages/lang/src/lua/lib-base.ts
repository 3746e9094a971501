import {
  argumentFailure,
  checkAny,
  checkFunction,
  checkInteger,
  checkTable,
  checkText,
  optionalInteger,
} from './arguments.ts';
import { IPAIRS_STEP, NEXT } from './iterators.ts';
import { parseInBase } from './number.ts';
import { borderOf, callValue, displayText, isTrue, metatableOf, rawSet, toNumber } from './operations.ts';
import { ERROR_STEPS, LuaError, NOTHING, type Run } from './run.ts';
import { LuaTable, typeName, type LuaCall, type LuaValue } from './value.ts';

type Arguments = readonly LuaValue[];

/** Values that one call may hand over by `unpack`. */
export const LUA_LIMIT_UNPACK = 8000;

/** The functions of a library by name. */
export type Library = { readonly [name: string]: LuaCall };

/** Runs a call and turns a Lua error into its value; limits pass through. */
function protect(
  run: Run,
  call: () => readonly LuaValue[],
  handler: (error: LuaValue) => Arguments,
): readonly LuaValue[] {
  const { frame, depth } = run;
  try {
    return [true, ...call()];
  } catch (error) {
    if (!(error instanceof LuaError)) throw error;
    run.frame = frame;
    run.depth = depth;
    return [false, ...handler(error.value)];
  }
}

function select(run: Run, args: Arguments): readonly LuaValue[] {
  if (args[0] === '#') return [args.length - 1];
  if (typeof args[0] === 'string' && toNumber(args[0]) === undefined) {
    throw argumentFailure(run, { at: 0, name: 'select' }, `invalid string '${args[0]}'`);
  }
  const index = checkInteger(run, args, { at: 0, name: 'select' });
  if (index === 0 || index <= -args.length) throw argumentFailure(run, { at: 0, name: 'select' }, 'index out of range');
  return index > 0 ? args.slice(index) : args.slice(args.length + index);
}

function setMetatable(run: Run, args: Arguments): readonly LuaValue[] {
  const table = checkTable(run, args, { at: 0, name: 'setmetatable' });
  const metatable = args[1];
  if (args.length < 2 || (metatable !== undefined && !(metatable instanceof LuaTable))) {
    const message = `nil or table expected, got ${typeName(metatable)}`;
    throw argumentFailure(run, { at: 1, name: 'setmetatable' }, message);
  }
  if (table.metatable?.get('__metatable') !== undefined) throw run.failure('cannot change a protected metatable');
  table.metatable = metatable;
  return [table];
}

function toNumberCall(run: Run, args: Arguments): readonly LuaValue[] {
  const value = checkAny(run, args, { at: 0, name: 'tonumber' });
  const radix = optionalInteger(run, args, { at: 1, name: 'tonumber', otherwise: 10 });
  if (radix < 2 || radix > 36) throw argumentFailure(run, { at: 1, name: 'tonumber' }, 'base out of range');
  if (typeof value !== 'string' || radix === 10) return [toNumber(value)];
  return [parseInBase(value, radix)];
}

function unpack(run: Run, args: Arguments): readonly LuaValue[] {
  const table = checkTable(run, args, { at: 0, name: 'unpack' });
  const from = optionalInteger(run, args, { at: 1, name: 'unpack', otherwise: 1 });
  const to = optionalInteger(run, args, { at: 2, name: 'unpack', otherwise: borderOf(run, table) });
  if (to - from >= LUA_LIMIT_UNPACK) throw run.failure('too many results to unpack');
  const values: LuaValue[] = [];
  for (let at = from; at <= to; at += 1) values.push(table.get(at));
  run.spend(values.length);
  return values;
}

function raise(run: Run, args: Arguments): never {
  const value = args[0];
  const level = optionalInteger(run, args, { at: 1, name: 'error', otherwise: 1 });
  // compat(lang-0513): level 2 names the same line as level 1, and each further level one caller more.
  if (typeof value === 'string' && level > 0) throw run.failure(value, level - 1);
  run.spend(ERROR_STEPS);
  throw new LuaError(value, run.frame?.line ?? 0);
}

function assert(run: Run, args: Arguments): Arguments {
  if (isTrue(args[0])) return args;
  checkAny(run, args, { at: 0, name: 'assert' });
  throw run.failure(args[1] === undefined ? 'assertion failed!' : checkText(run, args, { at: 1, name: 'assert' }));
}

function print(run: Run, args: Arguments): Arguments {
  const line = args.map((value) => displayText(run, value)).join('\t');
  run.allocateText(line.length);
  run.print(line);
  return NOTHING;
}

function pairs(run: Run, args: Arguments): Arguments {
  return [NEXT, checkTable(run, args, { at: 0, name: 'pairs' }), undefined];
}

/** The functions that every script has. */
export const BASE: Library = {
  assert,
  error: raise,
  getmetatable: (run, args) => {
    const metatable = metatableOf(run, checkAny(run, args, { at: 0, name: 'getmetatable' }));
    return [metatable?.get('__metatable') ?? metatable];
  },
  ipairs: (run, args) => [IPAIRS_STEP, checkTable(run, args, { at: 0, name: 'ipairs' }), 0],
  pairs,
  pcall: (run, args) => {
    const [callee, ...rest] = args;
    checkAny(run, args, { at: 0, name: 'pcall' });
    return protect(
      run,
      () => callValue(run, callee, rest),
      (error) => [error],
    );
  },
  print,
  rawequal: (run, args) => [
    checkAny(run, args, { at: 0, name: 'rawequal' }) === checkAny(run, args, { at: 1, name: 'rawequal' }),
  ],
  rawget: (run, args) => [
    checkTable(run, args, { at: 0, name: 'rawget' }).get(checkAny(run, args, { at: 1, name: 'rawget' })),
  ],
  rawset: (run, args) => {
    const table = checkTable(run, args, { at: 0, name: 'rawset' });
    const key = checkAny(run, args, { at: 1, name: 'rawset' });
    rawSet(run, { table, key }, checkAny(run, args, { at: 2, name: 'rawset' }));
    return [table];
  },
  select,
  setmetatable: setMetatable,
  tonumber: toNumberCall,
  tostring: (run, args) => [displayText(run, checkAny(run, args, { at: 0, name: 'tostring' }))],
  type: (run, args) => [typeName(checkAny(run, args, { at: 0, name: 'type' }))],
  unpack,
  xpcall: (run, args) => {
    const callee = checkFunction(run, args, { at: 0, name: 'xpcall' });
    const handler = checkFunction(run, args, { at: 1, name: 'xpcall' });
    return protect(
      run,
      () => callValue(run, callee, NOTHING),
      (error) => callValue(run, handler, [error]),
    );
  },
};
