import { fail } from './failure.ts';
import type { Exec, Frame } from './frame.ts';
import type { FunctionTable } from './functions.ts';
import type { Node } from './nodes.ts';
import { goTypeOf, type ExprValue } from './values.ts';

/** What compiling works with. */
export interface Compiler {
  readonly functions: FunctionTable;
  /** The variables in reach, by slot. */
  readonly variables: string[];
  /** Compiles any node: each kind of node needs all the others. */
  readonly compile: (compiler: Compiler, node: Node) => Exec;
}

function toCondition(value: ExprValue): boolean {
  if (typeof value === 'boolean') return value;
  return fail(`interface conversion: interface {} is ${interfaceType(value)}, not bool`);
}

/** A type as Go's failed conversion prints it. */
export const interfaceType = (value: ExprValue): string =>
  value === null || value === undefined ? 'nil' : goTypeOf(value);

/** Evaluates a node whose value must be a bool. */
export function asCondition(exec: Exec, at: number): (frame: Frame) => boolean {
  return (frame) => {
    const value = exec(frame);
    if (typeof value === 'boolean') return value;
    frame.at = at;
    return toCondition(value);
  };
}
