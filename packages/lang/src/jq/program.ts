import { type Instant, type JsonValue, type Result, err, ok, setOwn } from '@argosy/std';
import { type Deadline, type Diagnostic, DiagnosticError, diagnostic, limitReached } from '../diagnostic/index.ts';
import { Compiler } from './compiler.ts';
import { Failure } from './failure.ts';
import { toJson } from './json-text.ts';
import { JQ_LIMITS, JQ_NESTING_LIMIT, JQ_SOURCE_LIMIT_CHARACTERS, type JqLimits } from './limits.ts';
import { type Code, Machine } from './machine.ts';
import { Parser } from './parser.ts';
import { PatternCache } from './patterns.ts';
import { weigh } from './weight.ts';
import { Float, type Value, isArray } from './value.ts';

/** What a run may be told: its limits, and the time that `now` gives (without one `now` fails). */
export interface JqOptions {
  readonly limits?: Partial<JqLimits>;
  readonly now?: Instant;
  /** Asked now and then whether time is over. */
  readonly deadline?: Deadline;
}

/** A compiled jq program. It holds no state of a run, so it may be kept and shared. */
export interface JqProgram {
  /**
   * All outputs for an input, in order. Integers beyond ±2^53 lose digits here; NaN is null and infinities are the
   * largest floats, as jq prints them. An error that the program does not catch is the diagnostic, with gojq's message;
   * outputs before it are lost.
   */
  run(input: JsonValue, options?: JqOptions): Result<readonly JsonValue[], Diagnostic>;
  /** All outputs as JSON texts with sorted keys, as `gojq --compact-output` prints them; integers keep all digits. */
  print(input: JsonValue, options?: JqOptions): Result<readonly string[], Diagnostic>;
  /** The outputs before an error, as texts, and that error: what a terminal would have shown. */
  trace(input: JsonValue, options?: JqOptions): { readonly outputs: readonly string[]; readonly error?: Diagnostic };
}

/** An output as a JSON value that others can hold. */
function toJsonValue(value: Value): JsonValue {
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof Float) return value.value;
  if (typeof value === 'number') {
    if (Number.isNaN(value)) return null;
    return Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, value));
  }
  if (value === null || typeof value !== 'object') return value;
  if (isArray(value)) return value.map(toJsonValue);
  const object: { [key: string]: JsonValue } = {};
  for (const key of Object.keys(value)) {
    const item = value[key];
    if (item !== undefined) setOwn(object, key, toJsonValue(item));
  }
  return object;
}

/** Turns what an engine throws into its diagnostic. */
function diagnosticOf(error: unknown): Diagnostic {
  if (error instanceof DiagnosticError) return error.diagnostic;
  // The host's stack ended: something is nested too deeply.
  if (error instanceof RangeError) return limitReached('nesting', JQ_NESTING_LIMIT);
  throw error;
}

class CompiledProgram implements JqProgram {
  private readonly code: Code;
  private readonly patterns = new PatternCache();

  constructor(code: Code) {
    this.code = code;
  }

  run(input: JsonValue, options: JqOptions = {}): Result<readonly JsonValue[], Diagnostic> {
    const outputs: JsonValue[] = [];
    const error = this.each(input, options, (value) => outputs.push(toJsonValue(value)));
    return error === undefined ? ok(outputs) : err(error);
  }

  print(input: JsonValue, options: JqOptions = {}): Result<readonly string[], Diagnostic> {
    const { outputs, error } = this.trace(input, options);
    return error === undefined ? ok(outputs) : err(error);
  }

  trace(
    input: JsonValue,
    options: JqOptions = {},
  ): { readonly outputs: readonly string[]; readonly error?: Diagnostic } {
    const outputs: string[] = [];
    const error = this.each(input, options, (value) => outputs.push(toJson(value)));
    return { outputs, ...(error === undefined ? {} : { error }) };
  }

  private each(input: JsonValue, options: JqOptions, take: (value: Value) => void): Diagnostic | undefined {
    const limits = { ...JQ_LIMITS, ...options.limits };
    try {
      const machine = new Machine(this.code, input as Value, {
        limits,
        now: options.now,
        patterns: this.patterns,
        deadline: options.deadline,
      });
      let left = limits.outputs;
      for (let value = machine.next(); value !== undefined; value = machine.next()) {
        if (value instanceof Failure) return diagnostic(value.message);
        left -= 1;
        if (left < 0) machine.overLimit('outputs');
        weigh(value, machine);
        take(value);
      }
      return undefined;
    } catch (error) {
      return diagnosticOf(error);
    }
  }
}

/** Compiles a jq program; the diagnostic says where it is broken. */
export function compileJq(source: string): Result<JqProgram, Diagnostic> {
  if (source.length > JQ_SOURCE_LIMIT_CHARACTERS) return err(limitReached('source', JQ_SOURCE_LIMIT_CHARACTERS));
  try {
    const tree = new Parser(source).program();
    return ok(new CompiledProgram(new Compiler(source).program(tree)));
  } catch (error) {
    return err(diagnosticOf(error));
  }
}

/** Compiles and runs a program once; the value is the list of its outputs. */
export function evaluateJq(source: string, vars: unknown, deadline?: Deadline): Result<unknown, Diagnostic> {
  const program = compileJq(source);
  return program.ok
    ? program.value.run((vars ?? null) as JsonValue, deadline === undefined ? {} : { deadline })
    : program;
}
