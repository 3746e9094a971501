import { err, instant, ok, type Instant, type Result } from '@argosy/std';
import { DiagnosticError, limitReached, type Deadline, type Diagnostic, type StepMeter } from '../diagnostic/index.ts';
import type { TimeZones } from '../cron/index.ts';
import { check } from './check.ts';
import { compile } from './compile.ts';
import { ExprFailure } from './failure.ts';
import { Frame, newExprMeter, type Exec } from './frame.ts';
import type { FunctionTable } from './functions.ts';
import { EXPR_LIMIT_CHARACTERS, EXPR_LIMIT_HEIGHT } from './limits.ts';
import { isUnknown, natureOf, natureOfFunction, type Nature } from './natures.ts';
import type { Node } from './nodes.ts';
import { parse } from './parse.ts';
import { diagnosticAt, sourceOf, type Source } from './source.ts';
import type { ExprValue, GoRecord } from './values.ts';

/** How an expression is compiled. */
export interface ExprOptions {
  /** Functions of the environment; tables within it are addressed with a dot. */
  readonly functions?: FunctionTable;
  /**
   * The natures of the environment's names, as `environmentOf` gives them. With it unknown names and wrong types are
   * errors; without it every other name may be anything and is nil when missing.
   */
  readonly environment?: ReadonlyMap<string, Nature>;
  /** What must come out; checked where the checker knows it. */
  readonly expect?: 'bool';
}

/** What an evaluation needs beside the variables. */
export interface ExprMoment {
  /** The moment of `now()`; 0 when left out. */
  readonly now?: Instant;
  readonly seed?: number;
  /** IANA zones; without it only UTC is known. */
  readonly zones?: TimeZones;
  /** Asked now and then whether time is over. */
  readonly deadline?: Deadline;
  /** Counts the steps, for evaluations that share a budget (`newExprMeter`); it brings its own deadline. */
  readonly meter?: StepMeter;
}

/** A compiled expression. It has no state: evaluate it as often as you like. */
export interface ExprProgram {
  readonly source: string;
  /** What comes out, as far as the checker knows. */
  readonly nature: Nature;
  /** The tree, for those who look for names in it. */
  readonly tree: Node;
  /** Evaluates; `variables` are values of the language (see ExprValue). */
  readonly run: (variables: GoRecord, moment?: ExprMoment) => Result<ExprValue, Diagnostic>;
}

const NO_FUNCTIONS: FunctionTable = new Map();
const NO_ZONES: TimeZones = () => undefined;
const EPOCH = instant(0);

/** The natures of an environment: what `environment` takes. Top-level names count, as in upstream. */
export function environmentOf(variables: GoRecord): ReadonlyMap<string, Nature> {
  return new Map(Object.keys(variables).map((name) => [name, natureOf(variables[name])]));
}

/** A text that is equal for environments of the same names and types: the key of a cache of programs. */
export function environmentKey(variables: GoRecord): string {
  let key = '';
  for (const name of Object.keys(variables)) key += `${name}\u0000${natureOf(variables[name]).kind}\u0001`;
  return key;
}

/** Runs a part of the engine; whatever it throws becomes a diagnostic. */
function guarded<T>(work: () => T, placeOf: (message: string) => Diagnostic): Result<T, Diagnostic> {
  try {
    return ok(work());
  } catch (error) {
    if (error instanceof DiagnosticError) return err(error.diagnostic);
    if (error instanceof ExprFailure) return err(placeOf(error.message));
    // Only the stack of the platform can run over here: deep values, or a tree that its thread cannot hold.
    if (error instanceof RangeError) return err(limitReached('expression height', EXPR_LIMIT_HEIGHT));
    throw error;
  }
}

function compileTree(source: Source, options: ExprOptions): { tree: Node; nature: Nature; exec: Exec } {
  const functions = options.functions ?? NO_FUNCTIONS;
  const { environment } = options;
  const lookup = (name: string): Nature | undefined => {
    const known = environment?.get(name);
    if (known !== undefined) return known;
    const offered = functions.get(name);
    return offered && natureOfFunction(offered);
  };
  const tree = parse(source, (name) => lookup(name) !== undefined);
  const strict = environment !== undefined;
  const nature = check({ source, lookup, strict, scopes: [], variables: [], check }, tree);
  if (options.expect === 'bool' && nature.kind !== 'bool' && !isUnknown(nature)) {
    throw new ExprFailure(`expected bool, but got ${nature.text}`);
  }
  return { tree, nature, exec: compile({ functions, variables: [], compile }, tree) };
}

function programOf(source: Source, compiled: { tree: Node; nature: Nature; exec: Exec }): ExprProgram {
  const { exec, nature, tree } = compiled;
  const run: ExprProgram['run'] = (variables, moment = {}) => {
    const { now = EPOCH, seed = 0, zones = NO_ZONES } = moment;
    const frame = new Frame(variables, { now, seed, zones }, moment.meter ?? newExprMeter(moment.deadline));
    return guarded(
      () => exec(frame) ?? null,
      (message) => diagnosticAt(source, frame.at, message),
    );
  };
  return { source: source.text, nature, tree, run };
}

/** Compiles an expression of expr-lang 1.17: syntax and, as far as the environment tells, types. */
export function compileExpr(text: string, options: ExprOptions = {}): Result<ExprProgram, Diagnostic> {
  if (text.length > EXPR_LIMIT_CHARACTERS) return err(limitReached('expression characters', EXPR_LIMIT_CHARACTERS));
  return guarded(
    () => {
      const source = sourceOf(text);
      return programOf(source, compileTree(source, options));
    },
    (message) => ({ message, line: 0, column: 0 }),
  );
}

/** Programs by source and environment. */
export interface ExprCache {
  readonly functions: FunctionTable;
  /** Reads an expression without an environment: for its tree, not for running. */
  readonly parse: (text: string) => Result<ExprProgram, Diagnostic>;
  readonly get: (text: string, variables: GoRecord) => Result<ExprProgram, Diagnostic>;
}

/** Programs that a cache keeps unless told otherwise. */
export const EXPR_CACHE_PROGRAMS = 2000;

/** A cache of compiled programs for one table of functions. The oldest goes first. */
export function createExprCache(functions: FunctionTable, limit = EXPR_CACHE_PROGRAMS): ExprCache {
  const programs = new Map<string, Result<ExprProgram, Diagnostic>>();
  const remember = (
    key: string,
    compileNow: () => Result<ExprProgram, Diagnostic>,
  ): Result<ExprProgram, Diagnostic> => {
    const known = programs.get(key);
    if (known !== undefined) return known;
    const compiled = compileNow();
    const [oldest] = programs.keys();
    if (programs.size >= limit && oldest !== undefined) programs.delete(oldest);
    programs.set(key, compiled);
    return compiled;
  };
  return {
    functions,
    parse: (text) => remember(text, () => compileExpr(text, { functions })),
    get: (text, variables) =>
      remember(`${text}\u0002${environmentKey(variables)}`, () =>
        compileExpr(text, { functions, environment: environmentOf(variables) }),
      ),
  };
}
