import { createRandom, err, ok, type Instant, type Result } from '@argosy/std';
import { diagnostic, DiagnosticError, limitReached, type Diagnostic } from '../diagnostic/index.ts';
import { toPlainText, type GoValue } from '../gofmt/index.ts';
import { BUILTINS } from './builtins.ts';
import type { MissingKey, Program } from './eval.ts';
import { renderNamed } from './exec.ts';
import { failCall, type FunctionContext, type FunctionTable, type TemplateEnv } from './function.ts';
import { newMeter, type ExecutionLimits, type Meter } from './meter.ts';
import { isEmptyList, type Tree } from './nodes.ts';
import { parseTrees } from './parse.ts';

/** Named limits of a template. */
export interface TemplateLimits extends ExecutionLimits {
  /** Characters of one source. */
  readonly sourceCharacters: number;
  /** How deep blocks and parentheses may nest. */
  readonly nesting: number;
}

/** What holds when nothing else is said. */
export const DEFAULT_TEMPLATE_LIMITS: TemplateLimits = {
  sourceCharacters: 4_194_304,
  nesting: 250,
  steps: 500_000,
  outputCharacters: 16_777_216,
  depth: 250,
  cryptography: 1000,
};

/** How a template is read. */
export interface TemplateOptions {
  /** Shown in errors; `template` when not given. */
  readonly name?: string;
  /** Functions beside text/template's own; they win over those of the same name. */
  readonly functions?: FunctionTable;
  /** What a missing map key is; `default` prints `<no value>`. */
  readonly missingKey?: MissingKey;
  /** The marks of an action; `{{` and `}}` when empty or not given. */
  readonly leftDelimiter?: string;
  readonly rightDelimiter?: string;
  readonly limits?: Partial<TemplateLimits>;
}

/** One text of a set. */
export interface TemplateFile {
  readonly name: string;
  readonly source: string;
}

/** A compiled text: execute it as often as wanted; nothing is kept between executions. */
export interface Template {
  readonly name: string;
  /** The names of all templates in it, sorted. */
  readonly defined: readonly string[];
  /** `data` is `.`, in Go values (plain JSON is one, its numbers being float64; see fromJsonValue). */
  readonly execute: (data: GoValue, env?: TemplateEnv) => Result<string, Diagnostic>;
}

/** Several texts that see each other's templates, as a Helm chart's files do. */
export interface TemplateSet {
  readonly defined: readonly string[];
  readonly execute: (name: string, data: GoValue, env?: TemplateEnv) => Result<string, Diagnostic>;
  /**
   * Begins a render of several templates: together they may do what one execution may, and they draw from one stream of
   * random numbers. The first error ends it.
   */
  readonly begin: (env?: TemplateEnv) => (name: string, data: GoValue) => Result<string, Diagnostic>;
}

const NO_FUNCTIONS: FunctionTable = new Map();
/** The environment of a render that is given none. */
export const EPOCH: TemplateEnv = { now: 0 as Instant, seed: 0 };

/** Runs an engine; every error it may end with becomes a diagnostic. */
export function guarded<T>(run: () => T): Result<T, Diagnostic> {
  try {
    return ok(run());
  } catch (error) {
    if (error instanceof DiagnosticError) return err(error.diagnostic);
    if (error instanceof RangeError) return err({ ...diagnostic('template is nested too deeply'), limit: 'stack' });
    throw error;
  }
}

interface Settings {
  readonly functions: FunctionTable;
  readonly missingKey: MissingKey;
  readonly left: string;
  readonly right: string;
  readonly limits: TemplateLimits;
}

function settingsOf(options: TemplateOptions): Settings {
  return {
    functions: options.functions ?? NO_FUNCTIONS,
    missingKey: options.missingKey ?? 'default',
    left: options.leftDelimiter === undefined || options.leftDelimiter === '' ? '{{' : options.leftDelimiter,
    right: options.rightDelimiter === undefined || options.rightDelimiter === '' ? '}}' : options.rightDelimiter,
    limits: { ...DEFAULT_TEMPLATE_LIMITS, ...options.limits },
  };
}

function parseInto(trees: Map<string, Tree>, file: TemplateFile, settings: Settings): void {
  const { sourceCharacters, nesting } = settings.limits;
  if (file.source.length > sourceCharacters) {
    throw new DiagnosticError(limitReached('template source characters', sourceCharacters));
  }
  const origin = { parseName: file.name, source: file.source };
  const hasFunction = (name: string): boolean => settings.functions.has(name) || BUILTINS.has(name);
  const parsed = parseTrees(origin, { left: settings.left, right: settings.right, hasFunction, nestingLimit: nesting });
  for (const [name, tree] of parsed) {
    // A later definition replaces an earlier one, unless it is empty.
    if (!trees.has(name) || !isEmptyList(tree.root)) trees.set(name, tree);
  }
}

function programOf(trees: ReadonlyMap<string, Tree>, settings: Settings): Program {
  return {
    trees,
    functions: settings.functions,
    builtins: BUILTINS,
    missingKey: settings.missingKey,
    limits: settings.limits,
    extend: (name, source) => {
      const more = new Map(trees);
      parseInto(more, { name, source }, settings);
      return programOf(more, settings);
    },
  };
}

function meterOf(program: Program, env: TemplateEnv): Meter {
  return newMeter(env, { limit: 'template steps', allowed: program.limits.steps });
}

/**
 * What functions are given when another language calls them through callGoFunction: the same limits, one stream of random
 * numbers, and no templates to render. One for each evaluation.
 */
export function createFunctionContext(
  env: TemplateEnv,
  limits: ExecutionLimits = DEFAULT_TEMPLATE_LIMITS,
): FunctionContext {
  const meter = newMeter(env, { limit: 'function steps', allowed: limits.steps });
  const count = (what: 'characters' | 'cryptography', amount: number, limit: readonly [string, number]): void => {
    meter[what] += amount;
    if (meter[what] > limit[1]) throw new DiagnosticError(limitReached(limit[0], limit[1]));
  };
  const noTemplates = (): never => failCall('there are no templates here');
  return {
    env,
    random: () => (meter.random ??= createRandom(env.seed)),
    spend: (steps) => meter.steps.spend(steps),
    spendCryptography: (units) => count('cryptography', units, ['function cryptography', limits.cryptography]),
    reserve: (characters) => {
      count('characters', characters, ['function output characters', limits.outputCharacters]);
      meter.steps.spend(characters / 256);
    },
    renderNamed: noTemplates,
    renderText: noTemplates,
  };
}

/** Compiles several texts into one set. The error of the first text that does not parse is given. */
export function compileTemplateSet(
  files: readonly TemplateFile[],
  options: TemplateOptions = {},
): Result<TemplateSet, Diagnostic> {
  return guarded(() => {
    const settings = settingsOf(options);
    const trees = new Map<string, Tree>();
    for (const file of files) parseInto(trees, file, settings);
    const program = programOf(trees, settings);
    const begin: TemplateSet['begin'] = (env = EPOCH) => {
      const meter = meterOf(program, env);
      return (name, data) => guarded(() => toPlainText(renderNamed(program, { name, data }, meter)));
    };
    const execute: TemplateSet['execute'] = (name, data, env) => begin(env)(name, data);
    return { defined: [...trees.keys()].sort(), execute, begin };
  });
}

/** Compiles one text, as Go's template.New(name).Parse(source). */
export function compileTemplate(source: string, options: TemplateOptions = {}): Result<Template, Diagnostic> {
  const name = options.name ?? 'template';
  const set = compileTemplateSet([{ name, source }], options);
  if (!set.ok) return set;
  const { defined, execute } = set.value;
  return ok({ name, defined, execute: (data, env) => execute(name, data, env) });
}
