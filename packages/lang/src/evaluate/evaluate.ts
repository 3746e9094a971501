import { err, isObject, type Result } from '@argosy/std';
import { evaluateCel } from '../cel/index.ts';
import { evaluateCron, type TimeZones } from '../cron/index.ts';
import { diagnostic, DiagnosticError, limitReached, type Deadline, type Diagnostic } from '../diagnostic/index.ts';
import { evaluateExpr } from '../expr/index.ts';
import { evaluateGlob } from '../glob/index.ts';
import { evaluateGotemplate, type GotemplateSupport } from '../gotemplate/index.ts';
import { evaluateJq } from '../jq/index.ts';
import { evaluateJsonnet } from '../jsonnet/index.ts';
import { evaluateJsonpath } from '../jsonpath/index.ts';
import { evaluateLua } from '../lua/index.ts';
import { evaluateSemver } from '../semver/index.ts';
import { evaluateTags } from '../tags/index.ts';
import { evaluateWhen } from '../when/index.ts';
import { evaluateYaml } from '../yaml/index.ts';

/** What the platform lends to languages that need it. */
export interface EvaluateEnv {
  /** Time zones by IANA name. */
  readonly zones?: TimeZones;
  /** Cryptography, time and randomness of Go templates. */
  readonly templates?: GotemplateSupport;
  /** Says when an evaluation has taken too long; languages whose work is not linear ask it now and then. */
  readonly deadline?: Deadline;
}

const timed =
  (evaluate: (source: string, vars: unknown, deadline?: Deadline) => Result<unknown, Diagnostic>): Evaluate =>
  (source, vars, env) =>
    evaluate(source, vars, env.deadline);

type Evaluate = (source: string, vars: unknown, env: EvaluateEnv) => Result<unknown, Diagnostic>;

/** Every language by the name that `argosy eval --lang` takes. */
const TABLE: ReadonlyMap<string, Evaluate> = new Map<string, Evaluate>([
  ['cel', timed(evaluateCel)],
  ['cron', (source, vars, env) => evaluateCron(source, vars, env.zones)],
  ['expr', timed(evaluateExpr)],
  ['glob', evaluateGlob],
  [
    'gotemplate',
    (source, vars, { templates, zones, deadline }) =>
      evaluateGotemplate(source, vars, { ...templates, zones, deadline }),
  ],
  ['jq', timed(evaluateJq)],
  ['jsonnet', timed(evaluateJsonnet)],
  ['jsonpath', evaluateJsonpath],
  ['lua', timed(evaluateLua)],
  ['semver', evaluateSemver],
  ['tags', timed(evaluateTags)],
  ['when', evaluateWhen],
  ['yaml', evaluateYaml],
]);

/** Languages whose variables have names: nothing but an object can hold them. */
const NAMED_VARS: ReadonlySet<string> = new Set([
  'cel',
  'cron',
  'expr',
  'glob',
  'jsonnet',
  'lua',
  'semver',
  'tags',
  'when',
]);

/** The variables as the language takes them: null is a value of its own to jq and templates, elsewhere it is none. */
function varsFor(language: string, vars: unknown): unknown {
  if (language === 'jq') return vars ?? null;
  if (vars === undefined || (vars === null && language !== 'gotemplate')) return {};
  if (!NAMED_VARS.has(language) || isObject(vars)) return vars;
  const found = Array.isArray(vars) ? 'a list' : `a ${typeof vars === 'bigint' ? 'number' : typeof vars}`;
  throw new DiagnosticError(diagnostic(`vars must be a JSON object, found ${found}`));
}

/** The languages, sorted. */
export const LANGUAGES: readonly string[] = [...TABLE.keys()].toSorted();

/** The stack is the last limit: what nests so deep was refused by no other. */
const STACK_LIMIT = 'nesting';

/**
 * Evaluates `source` in a language. `vars` mean what the language says (see docs/languages); the value is JSON, with
 * bigints for integers beyond 2^53. Whatever goes wrong is a diagnostic; nothing is thrown.
 */
export function evaluateLanguage(
  language: string,
  source: string,
  options: { readonly vars?: unknown; readonly env?: EvaluateEnv } = {},
): Result<unknown, Diagnostic> {
  const evaluate = TABLE.get(language);
  if (evaluate === undefined) {
    return err(diagnostic(`unknown language ${JSON.stringify(language)}, allowed are ${LANGUAGES.join(', ')}`));
  }
  try {
    return evaluate(source, varsFor(language, options.vars), options.env ?? {});
  } catch (error) {
    if (error instanceof DiagnosticError) return err(error.diagnostic);
    if (error instanceof RangeError) return err(limitReached(STACK_LIMIT, JSON_NESTING));
    return err(diagnostic(`internal error: ${error instanceof Error ? error.message : String(error)}`));
  }
}

/** What the stack surely holds. */
const JSON_NESTING = 1000;
