import { fail, spend, type Run } from './run.ts';
import {
  CelList,
  typeName,
  type CelDuration,
  type CelMap,
  type CelObject,
  type CelOptional,
  type CelTimestamp,
  type CelType,
  type CelUint,
} from './values.ts';

/** Parameter types by name, with what the implementation receives. */
interface TypeMap {
  readonly any: unknown;
  readonly string: string;
  readonly int: bigint;
  readonly uint: CelUint;
  readonly double: number;
  readonly bool: boolean;
  readonly bytes: Uint8Array;
  readonly list: CelList;
  readonly map: CelMap;
  readonly type: CelType;
  readonly null_type: null;
  readonly optional_type: CelOptional;
  readonly 'google.protobuf.Timestamp': CelTimestamp;
  readonly 'google.protobuf.Duration': CelDuration;
  readonly 'kubernetes.Quantity': CelObject;
  readonly 'kubernetes.Semver': CelObject;
  readonly 'kubernetes.URL': CelObject;
  readonly 'kubernetes.NamedFormat': CelObject;
  readonly 'net.IP': CelObject;
  readonly 'net.CIDR': CelObject;
}

type TypeName = keyof TypeMap;
type Arguments<T extends readonly TypeName[]> = { readonly [K in keyof T]: TypeMap[T[K]] };

/** One implementation of a function for one list of argument types. */
export interface Overload {
  readonly name: string;
  readonly types: readonly string[];
  readonly call: (run: Run, args: readonly unknown[]) => unknown;
}

/** Declares an implementation. For a method the first type is that of its target. */
export function overload<const T extends readonly TypeName[]>(
  name: string,
  types: T,
  implementation: (args: Arguments<T>, run: Run) => unknown,
): Overload {
  // The arguments are checked against `types` before the call.
  return { name, types, call: (run, args) => implementation(args as unknown as Arguments<T>, run) };
}

/** Functions by name. */
export type FunctionTable = ReadonlyMap<string, readonly Overload[]>;

/** Sorts implementations by function. */
export function tableOf(overloads: readonly Overload[]): FunctionTable {
  const table = new Map<string, Overload[]>();
  for (const item of overloads) table.set(item.name, [...(table.get(item.name) ?? []), item]);
  return table;
}

function fits(item: Overload, args: readonly unknown[]): boolean {
  if (item.types.length !== args.length) return false;
  return item.types.every((type, index) => type === 'any' || type === typeName(args[index]));
}

const SHOWN: ReadonlyMap<string, string> = new Map([
  ['list', 'list(dyn)'],
  ['map', 'map(dyn, dyn)'],
  ['null_type', 'null'],
  ['optional_type', 'optional_type(dyn)'],
]);

/** Ends the evaluation because no implementation takes these arguments. */
export function noOverload(name: string, args: readonly unknown[], isMethod = false): never {
  const types = args.map(typeName).map((type) => SHOWN.get(type) ?? type);
  const target = isMethod ? `${types[0] ?? ''}.` : '';
  const shown = `${target}(${types.slice(isMethod ? 1 : 0).join(', ')})`;
  return fail(`found no matching overload for '${name}' applied to '${shown}'`);
}

/** Calls the implementation that takes the arguments. */
export function callOverload(overloads: readonly Overload[], args: readonly unknown[], run: Run): unknown {
  const item = overloads.find((candidate) => fits(candidate, args));
  if (item === undefined) return undefined;
  for (const arg of args) if (arg instanceof CelList) spend(run, arg.size >> 2);
  return item.call(run, args);
}
