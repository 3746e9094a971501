import { err, isObject, ok, type Result } from '@argosy/std';
import { DiagnosticError, diagnostic, limitReached, type Diagnostic } from '../diagnostic/index.ts';
import { compileRegex, ExprFailure, formatValue } from '../expr/index.ts';
import { formatGoTime, SECOND_NS, UTC_ZONE } from '../gotime/index.ts';
import { evaluateStage, plain, type Parameters, type WhenValue } from './evaluate.ts';
import { planStages, WHEN_LIMIT_DEPTH, type Stage } from './stages.ts';
import { checkSyntax, prefixAfter, type Printers } from './syntax.ts';
import { failAt, tokenize, type Token } from './tokens.ts';

/** A compiled condition. */
export interface WhenProgram {
  readonly source: string;
  /** Evaluates with parameters by name; the value is Go's: number, text, bool, null, or a list. */
  readonly run: (parameters: Parameters) => Result<WhenValue, Diagnostic>;
  /** The names of the parameters, in the order of the source. */
  readonly names: readonly string[];
}

function guarded<T>(work: () => T): Result<T, Diagnostic> {
  try {
    return ok(work());
  } catch (error) {
    if (error instanceof DiagnosticError) return err(error.diagnostic);
    // Only the stack of the platform can run over here.
    if (error instanceof RangeError) return err(limitReached('when depth', WHEN_LIMIT_DEPTH));
    throw error;
  }
}

const printers: Printers = {
  number: (value) => formatValue(value),
  time: (token) =>
    formatGoTime({ epochNs: BigInt(Number(token.value)) * SECOND_NS, zone: UTC_ZONE }, '2006-01-02 15:04:05 -0700 MST'),
};

/** A constant pattern is compiled at once: its mistakes show before anything runs. */
function withPatterns(tokens: readonly Token[]): readonly Token[] {
  return tokens.map((token, index) => {
    const before = tokens[index - 1];
    const follows = before?.kind === 'COMPARATOR' && (before.value === '=~' || before.value === '!~');
    if (!follows || token.kind !== 'STRING') return token;
    try {
      compileRegex(String(token.value));
    } catch (error) {
      if (error instanceof ExprFailure) failAt(error.message, token.at);
      throw error;
    }
    return { ...token, kind: 'PATTERN' };
  });
}

function programOf(source: string, tokens: readonly Token[], root: Stage | undefined): WhenProgram {
  return {
    source,
    names: tokens.filter(({ kind }) => kind === 'VARIABLE').map(({ value }) => String(value)),
    run: (parameters) => guarded(() => (root === undefined ? null : plain(evaluateStage(root, parameters)))),
  };
}

/** How a condition is read. */
export interface WhenOptions {
  /** True for Argo Workflows' `when`: a bare word is a text, not a parameter. */
  readonly bareWords?: boolean;
}

/** Compiles a condition of govaluate. */
export function compileWhen(source: string, options: WhenOptions = {}): Result<WhenProgram, Diagnostic> {
  return guarded(() => {
    const tokens = tokenize(source, prefixAfter);
    checkSyntax(tokens, printers);
    const planned = withPatterns(tokens);
    const root = planStages(planned);
    if (options.bareWords !== true) return programOf(source, tokens, root);
    // compat(lang-0253): words become texts after the first check, so that `!word` is refused by the second.
    const texts = planned.map((token): Token => (token.kind === 'VARIABLE' ? { ...token, kind: 'STRING' } : token));
    checkSyntax(texts, printers);
    return programOf(source, [], planStages(withPatterns(texts)));
  });
}

/** Parameters from an object: numbers, texts, bools, null, lists. Only own members count. */
export function parametersOf(values: { readonly [name: string]: unknown }): Parameters {
  return (name) => (Object.hasOwn(values, name) ? { value: values[name] } : undefined);
}

/** Evaluates a condition to a bool; anything else is an error. The empty condition is true. */
export function evaluateWhen(source: string, vars: unknown): Result<boolean, Diagnostic> {
  if (source.trim() === '') return ok(true);
  if (!isObject(vars ?? {})) return err(diagnostic('vars must be a JSON object'));
  const program = compileWhen(source);
  if (!program.ok) return program;
  const value = program.value.run(parametersOf((vars ?? {}) as { readonly [name: string]: unknown }));
  if (!value.ok) return value;
  if (typeof value.value === 'boolean') return ok(value.value);
  return err(diagnostic(`Expected boolean evaluation for '${source}'. Got ${formatValue(value.value)}`));
}

const WRAP_HINT = ' (hint: try wrapping the affected expression in quotes ("))';

/**
 * Evaluates `when` of Argo Workflows after its tags were replaced: bare words are texts, the empty condition is true.
 * The error is Argo's message.
 */
export function evaluateArgoWhen(source: string): Result<boolean, string> {
  if (source.trim() === '') return ok(true);
  const program = compileWhen(source, { bareWords: true });
  const value = program.ok ? program.value.run(() => undefined) : program;
  if (!value.ok) {
    const { message } = value.error;
    const shown = source.length > 200 ? `${source.slice(0, 200)}…` : source;
    const hint = message.includes('Invalid token') ? WRAP_HINT : '';
    return err(`Invalid 'when' expression '${shown}': ${message}${hint}`);
  }
  if (typeof value.value === 'boolean') return ok(value.value);
  return err(`Expected boolean evaluation for '${source}'. Got ${formatValue(value.value)}`);
}
