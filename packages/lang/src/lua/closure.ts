import type { Capture, FunctionBody, LocalVariable } from './ast.ts';
import { Cell, Frame, type Run } from './run.ts';
import { LuaFunction, type LuaCallEnd, type LuaValue } from './value.ts';

/** Steps that a call of a Lua function counts as. */
const CALL_STEPS = 3;
/** Bytes that a closure is counted as. */
const CLOSURE_BYTES = 512;

/** Compiles a function expression: each evaluation makes a closure over the cells of the moment. */
export function compileClosure(body: FunctionBody): (frame: Frame) => LuaFunction {
  const { captures } = body;
  return (frame) => {
    frame.run.allocate(CLOSURE_BYTES);
    return closure(body, captureCells(frame, captures));
  };
}

/** The function of a compiled main chunk. */
export function mainFunction(body: FunctionBody): LuaFunction {
  return closure(body, []);
}

function captureCells(frame: Frame, captures: readonly Capture[]): readonly Cell[] {
  return captures.map((capture) =>
    capture.from === 'local'
      ? (frame.slots[capture.variable.slot] as Cell)
      : (frame.upvalues[capture.index] ?? new Cell(undefined)),
  );
}

function closure(body: FunctionBody, upvalues: readonly Cell[]): LuaFunction {
  const once = (run: Run, args: readonly LuaValue[]): Frame => runBody(body, upvalues, { run, args });
  const call = (run: Run, args: readonly LuaValue[]): readonly LuaValue[] => {
    let end: LuaCallEnd = once(run, args);
    // Tail calls run here, after the frame that made them is gone, so they may go on for ever.
    while (end.tail?.once !== undefined) end = end.tail.once(run, end.results);
    return end.results;
  };
  return new LuaFunction(body.name, call, once);
}

function runBody(
  { parameters, variadic, execute }: FunctionBody,
  upvalues: readonly Cell[],
  { run, args }: { readonly run: Run; readonly args: readonly LuaValue[] },
): Frame {
  const outer = run.frame;
  enter(run);
  const frame = new Frame(run, upvalues);
  for (let at = 0; at < parameters.length; at += 1) {
    const { captured, slot } = parameters[at] as LocalVariable;
    frame.slots[slot] = captured ? new Cell(args[at]) : args[at];
  }
  if (variadic) frame.varargs = parameters.length === 0 ? args : args.slice(parameters.length);
  run.frame = frame;
  execute?.(frame);
  run.frame = outer;
  run.depth -= 1;
  return frame;
}

function enter(run: Run): void {
  run.spend(CALL_STEPS);
  if (run.depth >= run.limits.callDepth) throw run.failure('stack overflow');
  run.depth += 1;
}
