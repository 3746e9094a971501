import type { Instant } from '@argosy/std';
import { type Deadline, DiagnosticError, limitReached, StepMeter } from '../diagnostic/index.ts';
import type { Failure } from './failure.ts';
import type { JqLimits } from './limits.ts';
import type { PatternCache } from './patterns.ts';
import { type Value, Float, NO_ITEMS } from './value.ts';

/** One instruction: it changes the machine. */
export type Instruction = (machine: Machine) => void;

/** A place in the code, known once the code is complete. */
export interface Label {
  at: number;
}

/** A function's code: where it starts and how many variables a call needs. */
export interface Routine {
  readonly entry: Label;
  slots: number;
}

/** A function with the frame that it was written in: how filters are passed as arguments. */
export class Closure {
  readonly routine: Routine;
  readonly frame: Frame;

  constructor(routine: Routine, frame: Frame) {
    this.routine = routine;
    this.frame = frame;
  }
}

/** What the stack and the variables hold. */
export type Item = Value | Closure;

/** The variables of one call. They are not undone by backtracking; `reduce` relies on that. */
export interface Frame {
  readonly slots: Item[];
  /** The frame of the function around this one in the source. */
  readonly parent: Frame | undefined;
  readonly caller: Frame | undefined;
  readonly back: number;
  readonly depth: number;
}

/** The stack is a linked list, so that remembering it costs nothing. */
interface Cell {
  readonly item: Item;
  readonly next: Cell | undefined;
}

/** The path walked so far. A cell without a step is where `path(…)` began. */
interface Trail {
  readonly step: Value | undefined;
  readonly value: Value;
  readonly next: Trail | undefined;
  /** How deep in `$__` the machine was when `path(…)` began. */
  readonly detours: number;
}

/** Gives values one after the other; `undefined` at the end. */
export type Source = () => { readonly step: Value | undefined; readonly value: Value } | undefined;

type ForkKind = 'choice' | 'try' | 'try-end' | 'alternative' | 'label' | 'source';

/** A remembered state to go back to. */
interface Fork {
  readonly kind: ForkKind;
  readonly pc: number;
  readonly stack: Cell | undefined;
  readonly frame: Frame;
  readonly trail: Trail | undefined;
  readonly detours: number;
  readonly label: number;
  readonly source: Source | undefined;
}

/** Compiled code. `tail` marks calls that nothing follows. */
export interface Code {
  readonly instructions: readonly Instruction[];
  readonly tail: Uint8Array;
  readonly main: Routine;
}

/** What a run brings besides its code and input. */
export interface MachineSettings {
  readonly limits: JqLimits;
  readonly now: Instant | undefined;
  readonly patterns: PatternCache;
  readonly deadline?: Deadline | undefined;
}

const NO_SOURCE = undefined;

/** compat(lang-0416): all empty arrays count as one and the same, except those that `unique` and its like make. */
const isPlainEmpty = (value: Value): boolean => Array.isArray(value) && value.length === 0 && value !== NO_ITEMS;

function sameValue(a: Value, b: Value): boolean {
  if (a === b) return true;
  if (a instanceof Float) return b instanceof Float && a.value === b.value;
  if (Array.isArray(a)) return isPlainEmpty(a) && isPlainEmpty(b);
  return typeof a === 'number' && typeof b === 'number' && Number.isNaN(a) && Number.isNaN(b);
}

/** True when a `break` has come to its label, with no finished `try` between. */
function isAnswer(fork: Fork, failure: Failure): boolean {
  return failure.passes === 0 && failure.label === fork.label;
}

/**
 * Runs code with backtracking. Every alternative leaves a fork behind; when a value has been given, or something fails,
 * the machine goes back to the newest fork. Nothing recurses, so no program can exhaust the host's stack.
 */
export class Machine {
  pc = 0;
  frame: Frame;
  /** What `now` says; `undefined` where the caller gave no time. */
  readonly now: Instant | undefined;
  /** Regular expressions that this program has used already. */
  readonly patterns: PatternCache;
  private stack: Cell | undefined;
  private trail: Trail | undefined = undefined;
  private detours = 0;
  private readonly forks: Fork[] = [];
  private readonly code: Code;
  private readonly limits: JqLimits;
  private readonly meter: StepMeter;
  private labels = 0;
  private state: 'running' | 'gave' | 'finished' = 'running';
  private failed: Failure | undefined = undefined;

  constructor(code: Code, input: Value, settings: MachineSettings) {
    this.code = code;
    this.limits = settings.limits;
    this.now = settings.now;
    this.patterns = settings.patterns;
    this.meter = new StepMeter({ limit: 'steps', allowed: settings.limits.steps, deadline: settings.deadline });
    this.stack = { item: input, next: undefined };
    this.frame = { slots: [], parent: undefined, caller: undefined, back: -1, depth: 0 };
    this.pc = code.main.entry.at;
  }

  /** The next output; a failure that nobody caught; `undefined` at the end. */
  next(): Value | Failure | undefined {
    if (this.state === 'gave') this.backtrack();
    if (this.state !== 'finished') this.state = 'running';
    const { meter } = this;
    const { instructions } = this.code;
    while (this.state === 'running') {
      meter.spend(1);
      const instruction = instructions[this.pc];
      this.pc += 1;
      instruction?.(this);
    }
    if (this.failed !== undefined) return this.failed;
    return this.state === 'finished' ? undefined : this.pop();
  }

  /** Throws the diagnostic of a limit. */
  overLimit(limit: keyof JqLimits): never {
    throw new DiagnosticError(limitReached(limit, this.limits[limit]));
  }

  /** Counts bulk work: elements copied, characters scanned. */
  charge(units: number): void {
    this.meter.spend(units);
  }

  /** Refuses strings that are too long; called before they are made. */
  chargeText(characters: number): void {
    if (characters > this.limits.text) this.overLimit('text');
    this.charge(characters / 4);
  }

  push(item: Item): void {
    this.stack = { item, next: this.stack };
  }

  popItem(): Item {
    const cell = this.stack;
    this.stack = cell?.next;
    return cell?.item ?? null;
  }

  pop(): Value {
    return this.popItem() as Value;
  }

  /** The newest item, left where it is. */
  top(): Item {
    return this.stack?.item ?? null;
  }

  /** Replaces the newest item. */
  replace(item: Item): void {
    this.stack = { item, next: this.stack?.next };
  }

  /** Remembers this state; the machine comes back to it at `pc`. */
  fork(kind: ForkKind, pc: number, more: { readonly label?: number; readonly source?: Source } = {}): void {
    if (this.forks.length >= this.limits.alternatives) this.overLimit('alternatives');
    const { stack, frame, trail, detours } = this;
    const source = more.source ?? NO_SOURCE;
    this.forks.push({ kind, pc, stack, frame, trail, detours, label: more.label ?? 0, source });
  }

  /** A fresh label number. */
  newLabel(): number {
    this.labels += 1;
    return this.labels;
  }

  private restore(fork: Fork): void {
    this.pc = fork.pc;
    this.stack = fork.stack;
    this.frame = fork.frame;
    this.trail = fork.trail;
    this.detours = fork.detours;
  }

  /** Goes back to the newest fork that has something left. */
  backtrack(): void {
    for (let fork = this.forks.pop(); fork !== undefined; fork = this.forks.pop()) {
      if (fork.kind === 'choice') return this.restore(fork);
      if (fork.kind === 'source' && fork.source !== undefined) {
        this.restore(fork);
        if (this.advance(fork.source)) return undefined;
      }
    }
    this.state = 'finished';
    return undefined;
  }

  /** Takes the next value of a source and stays ready to take another; false when there is none. */
  advance(source: Source): boolean {
    const taken = source();
    if (taken === undefined) return false;
    this.fork('source', this.pc, { source });
    this.push(taken.value);
    if (taken.step !== undefined) this.walk(taken.step, taken.value);
    return true;
  }

  /** Leaves the present computation with a failure, to the newest fork that takes it. */
  fail(failure: Failure): void {
    for (let fork = this.forks.pop(); fork !== undefined; fork = this.forks.pop()) {
      if (fork.kind === 'alternative') return this.restore(fork);
      if (fork.kind === 'try-end') failure.passes += 1;
      else if (fork.kind === 'try') {
        if (failure.passes === 0 && failure.label === undefined) return this.recover(fork, failure);
        failure.passes = Math.max(0, failure.passes - 1);
      } else if (fork.kind === 'label' && isAnswer(fork, failure)) return this.backtrack();
    }
    this.failed = failure;
    this.state = 'finished';
    return undefined;
  }

  private recover(fork: Fork, failure: Failure): void {
    // compat(lang-0401): `error(null)` is no error: it ends the alternative, like `empty`.
    if (failure.value === null) return this.backtrack();
    this.restore(fork);
    return this.replace(failure.value === undefined ? failure.message : failure.value);
  }

  /** Enters a routine. A call in tail position takes the place of its caller. */
  call(routine: Routine, parent: Frame | undefined): void {
    const isTail = this.code.tail[this.pc - 1] === 1;
    const caller = isTail ? this.frame.caller : this.frame;
    const depth = isTail ? this.frame.depth : this.frame.depth + 1;
    if (depth > this.limits.callDepth) this.overLimit('callDepth');
    this.frame = { slots: [], parent, caller, back: isTail ? this.frame.back : this.pc, depth };
    this.pc = routine.entry.at;
  }

  /** Leaves the present routine; the outermost one gives an output. */
  leave(): void {
    const { caller, back } = this.frame;
    if (caller === undefined) {
      this.state = 'gave';
      return;
    }
    this.frame = caller;
    this.pc = back;
  }

  /** Enters a part that is no path (an index, a condition). */
  enterDetour(): void {
    this.detours += 1;
  }

  leaveDetour(): void {
    this.detours -= 1;
  }

  beginPath(): void {
    this.trail = { step: undefined, value: this.top() as Value, next: this.trail, detours: this.detours };
    this.detours = 0;
  }

  /** The path walked since `beginPath`. */
  endPath(): readonly Value[] {
    const steps: Value[] = [];
    let trail = this.trail;
    for (; trail?.step !== undefined; trail = trail.next) steps.push(trail.step);
    this.detours = trail?.detours ?? 0;
    this.trail = trail?.next;
    return steps.length === 0 ? NO_ITEMS : steps.reverse();
  }

  /** True while steps are recorded. */
  isWalking(): boolean {
    return this.trail !== undefined && this.detours === 0;
  }

  /** True when `value` is what the path leads to. */
  isOnPath(value: Value): boolean {
    return this.trail !== undefined && sameValue(value, this.trail.value);
  }

  /** Records a step, while steps are recorded. */
  walk(step: Value, value: Value): void {
    if (this.isWalking()) this.trail = { step, value, next: this.trail, detours: 0 };
  }
}
