import { toNumber, toText } from './operations.ts';
import type { Run } from './run.ts';
import { LuaFunction, LuaTable, typeName, type LuaValue } from './value.ts';

/** An argument of a library function: its index from 0, and the function's name for messages. */
export interface ArgumentPlace {
  readonly at: number;
  readonly name: string;
}

type Arguments = readonly LuaValue[];

/** The error of an argument that does not fit. */
export function argumentFailure(run: Run, place: ArgumentPlace, message: string): Error {
  return run.failure(`bad argument #${place.at + 1} to ${place.name} (${message})`);
}

function typeFailure(run: Run, args: Arguments, { place, wanted }: { place: ArgumentPlace; wanted: string }): Error {
  return argumentFailure(run, place, `${wanted} expected, got ${typeName(args[place.at])}`);
}

/** An argument that must be given, be it nil. */
export function checkAny(run: Run, args: Arguments, place: ArgumentPlace): LuaValue {
  if (place.at >= args.length) throw argumentFailure(run, place, 'value expected');
  return args[place.at];
}

/** An argument that must be a table. */
export function checkTable(run: Run, args: Arguments, place: ArgumentPlace): LuaTable {
  const value = args[place.at];
  if (value instanceof LuaTable) return value;
  throw typeFailure(run, args, { place, wanted: 'table' });
}

/** An argument that must be a function. */
export function checkFunction(run: Run, args: Arguments, place: ArgumentPlace): LuaFunction {
  const value = args[place.at];
  if (value instanceof LuaFunction) return value;
  throw typeFailure(run, args, { place, wanted: 'function' });
}

/** An argument that must be a string; numbers are written out. */
export function checkText(run: Run, args: Arguments, place: ArgumentPlace): string {
  const text = toText(args[place.at]);
  if (text !== undefined) return text;
  throw typeFailure(run, args, { place, wanted: 'string' });
}

/** An argument that must be a number; numerals in strings count. */
export function checkNumber(run: Run, args: Arguments, place: ArgumentPlace): number {
  const number = toNumber(args[place.at]);
  if (number !== undefined) return number;
  throw typeFailure(run, args, { place, wanted: 'number' });
}

/** An argument that must be a number, cut to an integer; what int64 cannot hold is at its ends. */
export function checkInteger(run: Run, args: Arguments, place: ArgumentPlace): number {
  const number = Math.trunc(checkNumber(run, args, place));
  return Number.isNaN(number) ? 0 : Math.min(Math.max(number, -(2 ** 53)), 2 ** 53);
}

/** An optional integer; nil and none give `otherwise`. */
export function optionalInteger(run: Run, args: Arguments, place: ArgumentPlace & { otherwise: number }): number {
  return args[place.at] === undefined ? place.otherwise : checkInteger(run, args, place);
}
