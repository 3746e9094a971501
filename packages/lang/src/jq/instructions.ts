import { setOwn } from '@argosy/std';
import { indexValue } from './access.ts';
import { Failure, describe, expected, failure } from './failure.ts';
import {
  Closure,
  type Frame,
  type Instruction,
  type Label,
  type Machine,
  type Routine,
  type Source,
} from './machine.ts';
import { type JqObject, type Value, isArray, isObject, sortedKeys } from './value.ts';

/** A builtin: input and arguments in, a value or a failure out. */
export type Native = (input: Value, args: readonly Value[], machine: Machine) => Value | Failure;

/** A place of a variable: how many functions outwards, and which slot. */
export interface Place {
  readonly outwards: number;
  readonly slot: number;
}

function frameAt(machine: Machine, outwards: number): Frame {
  let { frame } = machine;
  for (let count = outwards; count > 0 && frame.parent !== undefined; count -= 1) frame = frame.parent;
  return frame;
}

function invalidPath(value: Value): Failure {
  return failure(`invalid path against: ${describe(value)}`);
}

/** Adds a value. */
export const push =
  (value: Value): Instruction =>
  (machine) =>
    machine.push(value);

/** Drops the newest value. */
export const drop: Instruction = (machine) => void machine.popItem();

/** Doubles the newest value. */
export const duplicate: Instruction = (machine) => machine.push(machine.top());

/** Puts a value in the place of the newest. */
export const replace =
  (value: Value): Instruction =>
  (machine) =>
    machine.replace(value);

/** Adds the value of a variable. */
export function load(place: Place): Instruction {
  const { outwards, slot } = place;
  if (outwards === 0) return (machine) => machine.push(machine.frame.slots[slot] ?? null);
  return (machine) => machine.push(frameAt(machine, outwards).slots[slot] ?? null);
}

/** Puts the value of a variable in the place of the newest. */
export function loadOver(place: Place): Instruction {
  const { outwards, slot } = place;
  return (machine) => machine.replace(frameAt(machine, outwards).slots[slot] ?? null);
}

/** Moves the newest value into a variable. */
export function store(place: Place): Instruction {
  const { outwards, slot } = place;
  return (machine) => {
    frameAt(machine, outwards).slots[slot] = machine.popItem();
  };
}

/** Sets a variable to a new empty array that `append` fills. */
export function newArray(place: Place): Instruction {
  return (machine) => {
    frameAt(machine, place.outwards).slots[place.slot] = [];
  };
}

/** Moves the newest value to the end of the array in a variable. */
export function append(place: Place): Instruction {
  return (machine) => {
    const array = frameAt(machine, place.outwards).slots[place.slot];
    const value = machine.pop();
    // The array came from `newArray` of this very call, so nobody else has it yet.
    if (Array.isArray(array)) array.push(value);
  };
}

/** Makes an object of the newest pairs; of equal keys the first wins. */
export const makeObject =
  (pairs: number): Instruction =>
  (machine) => {
    const object: { [key: string]: Value } = {};
    for (let count = 0; count < pairs; count += 1) {
      const value = machine.pop();
      const key = machine.pop();
      if (typeof key !== 'string') return machine.fail(expected('a string for object key', key));
      setOwn(object, key, value);
    }
    return machine.push(object);
  };

/** Tries what follows, then what stands at `other`. */
export const fork =
  (other: Label): Instruction =>
  (machine) =>
    machine.fork('choice', other.at);

/** Tries what follows; a failure in it continues at `recovery` with its message. */
export const tryBegin =
  (recovery: Label): Instruction =>
  (machine) =>
    machine.fork('try', recovery.at);

/** What fails after this is not the business of the `try` that ends here. */
export const tryEnd: Instruction = (machine) => machine.fork('try-end', 0);

/** Tries what follows; any failure from then on continues at `other`. */
export const tryPattern =
  (other: Label): Instruction =>
  (machine) =>
    machine.fork('alternative', other.at);

/** Opens a label whose number goes into a variable. */
export const openLabel =
  (slot: number): Instruction =>
  (machine) => {
    const number = machine.newLabel();
    machine.fork('label', 0, { label: number });
    machine.frame.slots[slot] = number;
  };

/** Leaves the label whose number is the newest value. */
export const breakOut =
  (name: string): Instruction =>
  (machine) =>
    machine.fail(new Failure(`label not defined: ${name}`, { label: Number(machine.pop()) }));

/** Gives up this alternative. */
export const backtrack: Instruction = (machine) => machine.backtrack();

/** Goes on elsewhere. */
export const jump =
  (target: Label): Instruction =>
  (machine) => {
    machine.pc = target.at;
  };

/** Goes on elsewhere when the newest value is null or false; takes the value in any case. */
export const jumpUnless =
  (target: Label): Instruction =>
  (machine) => {
    const value = machine.pop();
    if (value === null || value === false) machine.pc = target.at;
  };

/** Counts what a step copies or scans: a slice of an array, a string whose characters must be found. */
function chargeStep(machine: Machine, value: Value, key: Value): void {
  if (typeof value === 'string') machine.charge(value.length / 8);
  else if (isArray(value) && typeof key === 'object') machine.charge(value.length / 8);
}

/** `.key`, `.[3]`, `.[1:2]` with a key known beforehand. */
export function index(key: Value, arraysOnly: boolean): Instruction {
  return (machine) => {
    const value = machine.pop();
    if (arraysOnly && value !== null && !Array.isArray(value)) return machine.fail(expected('an array', value));
    chargeStep(machine, value, key);
    const found = indexValue(value, key);
    if (found instanceof Failure) return machine.fail(found);
    machine.push(found);
    if (!machine.isWalking()) return undefined;
    if (!machine.isOnPath(value)) return machine.fail(invalidPath(value));
    return machine.walk(key, found);
  };
}

function takeArgs(machine: Machine, count: number): Value[] {
  const args: Value[] = [];
  for (let at = 0; at < count; at += 1) args.push(machine.pop());
  return args;
}

/** Calls a builtin with the newest values: the input on top, the first argument under it. */
export function callNative(native: Native, count: number): Instruction {
  return (machine) => {
    const input = machine.pop();
    const result = native(input, takeArgs(machine, count), machine);
    if (!(result instanceof Failure)) machine.push(result);
    else if (result.value === null) machine.backtrack();
    else machine.fail(result);
  };
}

/** An operator: both sides in, a value or a failure out. */
export type Operator = (left: Value, right: Value, machine: Machine) => Value | Failure;

/** Computes from the two newest values: the left side on top. */
export function callBinary(operator: Operator): Instruction {
  return (machine) => {
    const left = machine.pop();
    const result = operator(left, machine.pop(), machine);
    if (result instanceof Failure) machine.fail(result);
    else machine.push(result);
  };
}

/** Calls a builtin that is a step of a path: `steps` says which steps, from its arguments; the first one is the start. */
export function callStep(
  native: Native,
  count: number,
  steps: (args: readonly Value[]) => readonly Value[],
): Instruction {
  return (machine) => {
    const input = machine.pop();
    const args = takeArgs(machine, count);
    // Two arguments are the bounds of a slice.
    chargeStep(machine, input, count === 2 ? args : (args[0] ?? null));
    const result = native(input, args, machine);
    if (result instanceof Failure) return machine.fail(result);
    machine.push(result);
    if (!machine.isWalking()) return undefined;
    if (!machine.isOnPath(input)) return machine.fail(invalidPath(input));
    for (const step of steps(args)) machine.walk(step, result);
    return undefined;
  };
}

/** Calls a function that stands `outwards` functions outside. */
export function callRoutine(routine: Routine, outwards: number | undefined): Instruction {
  return (machine) => machine.call(routine, outwards === undefined ? undefined : frameAt(machine, outwards));
}

/** Adds a filter as an argument. */
export const pushClosure =
  (routine: Routine, outwards: number): Instruction =>
  (machine) =>
    machine.push(new Closure(routine, frameAt(machine, outwards)));

/** Runs the filter on top of the stack on the value under it. */
export const callClosure: Instruction = (machine) => {
  const closure = machine.popItem();
  if (closure instanceof Closure) machine.call(closure.routine, closure.frame);
};

/** Returns from a function; at the outermost level gives an output. */
export const leave: Instruction = (machine) => machine.leave();

/** The elements of an array or the members of an object, in order, each with its step. */
function elements(value: readonly Value[] | JqObject): Source {
  let at = -1;
  if (isArray(value)) {
    return () => {
      at += 1;
      return at < value.length ? { step: at, value: value[at] ?? null } : undefined;
    };
  }
  const keys = sortedKeys(value);
  return () => {
    at += 1;
    const step = keys[at];
    return step === undefined ? undefined : { step, value: value[step] ?? null };
  };
}

/** `.[]`. */
export const iterate: Instruction = (machine) => {
  const value = machine.pop();
  if (!isArray(value) && !isObject(value)) return machine.fail(failure(`cannot iterate over: ${describe(value)}`));
  if (machine.isWalking() && !machine.isOnPath(value)) {
    return machine.fail(failure(`invalid path on iterating against: ${describe(value)}`));
  }
  if (!machine.advance(elements(value))) machine.backtrack();
  return undefined;
};

/** Gives the values of a source that a builtin makes. */
export function generate(make: (args: readonly Value[]) => Source | Failure, count: number): Instruction {
  return (machine) => {
    machine.pop();
    const source = make(takeArgs(machine, count));
    if (source instanceof Failure) machine.fail(source);
    else if (!machine.advance(source)) machine.backtrack();
  };
}

/** What follows is no part of a path. */
export const enterDetour: Instruction = (machine) => machine.enterDetour();

/** What follows is part of a path again. */
export const leaveDetour: Instruction = (machine) => machine.leaveDetour();

/** `path(` */
export const beginPath: Instruction = (machine) => machine.beginPath();

/** The end of `path(…)`: the newest value must be where the path leads; the path takes its place. */
export const endPath: Instruction = (machine) => {
  machine.popItem();
  const value = machine.pop();
  if (!machine.isOnPath(value)) return machine.fail(invalidPath(value));
  return machine.push(machine.endPath());
};
