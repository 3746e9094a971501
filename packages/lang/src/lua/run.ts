import { createRandom, type Instant, type Random } from '@argosy/std';
import { DiagnosticError, limitReached, StepMeter, type Deadline } from '../diagnostic/index.ts';
import { type LuaFunction, LuaTable, TABLE_BYTES, type LuaValue } from './value.ts';

/** What a run may use. Every one is a hard stop that a script cannot catch, save `callDepth`. */
export interface LuaLimits {
  /** Steps: about one a statement, call, loop round, or 64 bytes that a library function touches. */
  readonly steps: number;
  /** Bytes that a run may allocate in all, also what it has let go of. */
  readonly memoryBytes: number;
  /** Bytes of one string. */
  readonly stringBytes: number;
  /** Calls within calls; deeper is the Lua error `stack overflow`. */
  readonly callDepth: number;
}

/**
 * The limits unless a caller sets others. A step is about five instructions of upstream's machine.
 * @default
 */
export const LUA_LIMITS: LuaLimits = {
  steps: 1_000_000,
  memoryBytes: 32 * 1024 * 1024,
  stringBytes: 1024 * 1024,
  callDepth: 200,
};

/** Time and randomness as a script sees them. */
export interface LuaEnv {
  readonly now: Instant;
  readonly seed: number;
  /** Asked now and then whether time is over. */
  readonly deadline?: Deadline;
}

/** A variable that an inner function shares. */
export class Cell {
  value: LuaValue;

  constructor(value: LuaValue) {
    this.value = value;
  }
}

/** One call of a Lua function: its locals and where it stands. */
export class Frame {
  readonly run: Run;
  readonly parent: Frame | undefined;
  readonly upvalues: readonly Cell[];
  readonly slots: (LuaValue | Cell)[] = [];
  varargs: readonly LuaValue[] = NOTHING;
  /** The line being run, for error messages. */
  line = 0;
  /** What a `return` left. */
  results: readonly LuaValue[] = NOTHING;
  /** The function of a tail call, which runs when this frame is gone; its arguments are in `results`. */
  tail: LuaFunction | undefined = undefined;

  constructor(run: Run, upvalues: readonly Cell[]) {
    this.run = run;
    this.parent = run.frame;
    this.upvalues = upvalues;
  }
}

/** No values. */
export const NOTHING: readonly LuaValue[] = [];

/** An error that a script raised or caused; `pcall` catches it. */
export class LuaError extends Error {
  override readonly name = 'LuaError';
  readonly value: LuaValue;
  /** Where it was raised. */
  readonly line: number;

  constructor(value: LuaValue, line: number) {
    super(typeof value === 'string' ? value : 'Lua error');
    this.value = value;
    this.line = line;
  }
}

/** Steps that raising an error counts as: it costs as much as so many plain statements. */
export const ERROR_STEPS = 200;

/** What is known of one run of a chunk. */
export class Run {
  readonly limits: LuaLimits;
  readonly env: LuaEnv;
  readonly globals: LuaTable;
  readonly print: (line: string) => void;
  /** Where strings find their methods; nil without the string library. */
  stringMetatable: LuaTable | undefined = undefined;
  frame: Frame | undefined = undefined;
  depth = 0;
  random: Random;
  private readonly meter: StepMeter;
  private memory: number;
  private readonly addresses = new Map<LuaTable | LuaFunction, number>();

  constructor(options: { limits: LuaLimits; env: LuaEnv; globals: LuaTable; print?: (line: string) => void }) {
    this.limits = options.limits;
    this.env = options.env;
    this.globals = options.globals;
    this.print = options.print ?? (() => undefined);
    const { steps } = options.limits;
    this.meter = new StepMeter({
      limit: 'steps',
      allowed: steps,
      deadline: options.env.deadline,
      place: () => this.place(),
    });
    this.memory = options.limits.memoryBytes;
    this.random = createRandom(options.env.seed);
  }

  /**
   * Counts work.
   * @throws DiagnosticError when the run has used up its steps.
   */
  spend(steps: number): void {
    this.meter.spend(steps);
  }

  /**
   * Counts bytes, and work by the size.
   * @throws DiagnosticError when the run has used up its memory.
   */
  allocate(bytes: number): void {
    this.memory -= bytes;
    if (this.memory < 0) throw this.stop('bytes of memory', this.limits.memoryBytes);
    this.meter.spend(bytes >> 6);
  }

  /** Counts a new string before it is made. */
  allocateText(bytes: number): void {
    if (bytes > this.limits.stringBytes) throw this.stop('bytes of a string', this.limits.stringBytes);
    this.allocate(bytes);
  }

  /** A new empty table, counted. */
  table(): LuaTable {
    this.allocate(TABLE_BYTES);
    return new LuaTable();
  }

  /** A number for a table or function that stays the same within a run and from run to run. */
  addressOf(value: LuaTable | LuaFunction): string {
    const known = this.addresses.get(value) ?? this.addresses.size + 1;
    this.addresses.set(value, known);
    return `0x${(0xc0_0000_0000 + known * 0x40).toString(16)}`;
  }

  /** An error with the place of the running Lua function in front, `level` 1 being the innermost. */
  failure(message: string, level = 1): LuaError {
    // Unwinding costs by the depth.
    this.meter.spend(ERROR_STEPS + this.depth * 8);
    let { frame } = this;
    for (let up = 1; up < level && frame !== undefined; up += 1) frame = frame.parent;
    const line = this.frame?.line ?? 0;
    return new LuaError(frame === undefined ? ` ${message}` : `<string>:${frame.line}: ${message}`, line);
  }

  private stop(limit: string, allowed: number): DiagnosticError {
    return new DiagnosticError(limitReached(limit, allowed, this.place()));
  }

  private place(): { readonly line: number; readonly column: number } {
    return { line: this.frame?.line ?? 0, column: 1 };
  }
}
