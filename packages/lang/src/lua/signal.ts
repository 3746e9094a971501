import type { Label, LocalVariable } from './ast.ts';
import { Cell, type Frame } from './run.ts';
import type { LuaValue } from './value.ts';

/** The signal of `break`. */
export const BREAK = 'break';
/** The signal of `return`; the values are in the frame. */
export const RETURN = 'return';

/** How a statement ended, when not by running through: a jump to a label, `break`, or `return`. */
export type Signal = undefined | Label | typeof BREAK | typeof RETURN;
/** A compiled statement. */
export type Execute = (frame: Frame) => Signal;

/** Puts a value into a fresh local: a new cell when an inner function may keep it. */
export function storeLocal(variable: LocalVariable): (frame: Frame, value: LuaValue) => void {
  const { slot } = variable;
  if (variable.captured) {
    return (frame, value) => {
      frame.slots[slot] = new Cell(value);
    };
  }
  return (frame, value) => {
    frame.slots[slot] = value;
  };
}
