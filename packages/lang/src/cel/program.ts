import { err, isObject, ok, type Result } from '@argosy/std';
import type { TimeZones } from '../cron/index.ts';
import {
  DiagnosticError,
  limitReached,
  placeOf,
  StepMeter,
  type Deadline,
  type Diagnostic,
} from '../diagnostic/index.ts';
import { compileNode, placeOfError, type Code, type Scope } from './compile.ts';
import { unescapeField } from './field-names.ts';
import { toJson } from './json.ts';
import { DEFAULT_CEL_LIMITS, type CelLimits } from './limits.ts';
import { parseCel } from './parser.ts';
import type { Run } from './run.ts';
import type { CelShape } from './shape.ts';
import { fromJson, isMap, mapOf, type CelMap } from './values.ts';

/** What an expression is compiled with. */
export interface CelOptions {
  /** The variables that exist; any other name is refused. Absent: names are looked up when evaluating. */
  readonly variables?: readonly string[];
  /** What is known of variables: fields that they do not have are refused. */
  readonly shapes?: { readonly [name: string]: CelShape };
  /** Fields are written as Kubernetes escapes them: `a__dash__b` reads `a-b`. */
  readonly escapedFields?: boolean;
  /** Zones by IANA name; without them only offsets such as `+02:00` and `UTC` are known. */
  readonly zones?: TimeZones;
  readonly limits?: Partial<CelLimits>;
}

/** Steps that several evaluations share. */
export interface CelBudget {
  left: number;
  readonly deadline?: Deadline;
}

/** A compiled expression. */
export interface CelProgram {
  /**
   * Evaluates; `vars` and the value are JSON (see `toJson` for what JSON cannot hold), or values with a shape. The steps
   * are taken from `budget` too, which may end below zero; its deadline is asked now and then.
   */
  readonly evaluate: (vars: { readonly [name: string]: unknown }, budget?: CelBudget) => Result<unknown, Diagnostic>;
  /** Like `evaluate`, but gives the value itself: for use as a variable of another expression. */
  readonly value: (vars: { readonly [name: string]: unknown }, budget?: CelBudget) => Result<unknown, Diagnostic>;
  /** The variables that the expression mentions. */
  readonly variables: ReadonlySet<string>;
}

interface Prepared {
  readonly source: string;
  readonly code: Code;
  readonly slots: number;
  readonly limits: CelLimits;
  readonly zones: TimeZones | undefined;
}

function explain(
  error: unknown,
  prepared: { readonly source: string; readonly limits: CelLimits },
  at = 0,
): Diagnostic {
  if (error instanceof DiagnosticError) {
    const { diagnostic } = error;
    if (diagnostic.line > 0) return diagnostic;
    return { ...diagnostic, ...placeOf(prepared.source, placeOfError(error) ?? at) };
  }
  // Values may nest deeper than the stack, even where expressions may not.
  if (error instanceof RangeError) return limitReached('cel depth', prepared.limits.depth);
  throw error;
}

const EMPTY: CelMap = mapOf(new Map());

/** What is made of the value while the evaluation still counts its steps. */
type Finish = (value: unknown, run: Run) => unknown;

const AS_IT_IS: Finish = (value) => value;

function evaluate(
  prepared: Prepared,
  given: { readonly vars: unknown; readonly budget: CelBudget | undefined },
  finish: Finish,
): Result<unknown, Diagnostic> {
  const { budget } = given;
  const known = isObject(given.vars) ? fromJson(given.vars) : EMPTY;
  const run: Run = {
    variables: isMap(known) ? known : EMPTY,
    slots: Array.from({ length: prepared.slots }, () => null),
    zones: prepared.zones,
    meter: new StepMeter({ limit: 'cel steps', allowed: prepared.limits.steps, deadline: budget?.deadline }),
    at: 0,
  };
  try {
    return ok(finish(prepared.code(run), run));
  } catch (error) {
    return err(explain(error, prepared, run.at));
  } finally {
    if (budget !== undefined) budget.left -= run.meter.spent;
  }
}

/**
 * Compiles an expression of Kubernetes' CEL. Fails with one diagnostic: a syntax error, a name or function that does
 * not exist, or a named limit.
 */
export function compileCel(source: string, options: CelOptions = {}): Result<CelProgram, Diagnostic> {
  const limits: CelLimits = { ...DEFAULT_CEL_LIMITS, ...options.limits };
  if (source.length > limits.sourceCharacters)
    return err(limitReached('cel source characters', limits.sourceCharacters));
  const scope: Scope = {
    source,
    locals: new Map(),
    localShapes: new Map(),
    shapes: options.shapes ?? {},
    mentioned: new Set(),
    declared: options.variables === undefined ? undefined : new Set(options.variables),
    rename: options.escapedFields === true ? unescapeField : (field) => field,
    slots: { count: 0 },
  };
  try {
    const code = compileNode(parseCel(source, limits), scope);
    const prepared: Prepared = { source, code, slots: scope.slots.count, limits, zones: options.zones };
    const program: CelProgram = {
      evaluate: (vars, budget) => evaluate(prepared, { vars, budget }, toJson),
      value: (vars, budget) => evaluate(prepared, { vars, budget }, AS_IT_IS),
      variables: scope.mentioned,
    };
    return ok(Object.freeze(program));
  } catch (error) {
    return err(explain(error, { source, limits }));
  }
}

/** The batch form: compiles `source` with the members of `vars` as variables and evaluates it once. */
export function evaluateCel(source: string, vars: unknown, deadline?: Deadline): Result<unknown, Diagnostic> {
  const given = isObject(vars) ? vars : {};
  const program = compileCel(source, { variables: Object.keys(given) });
  return program.ok
    ? program.value.evaluate(given, deadline === undefined ? undefined : { left: 0, deadline })
    : program;
}
