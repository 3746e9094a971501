import { err, isObject, ok, setOwn, type Result } from '@argosy/std';
import { DiagnosticError, diagnostic, type Deadline, type Diagnostic } from '../diagnostic/index.ts';
import { ExprFailure, newExprMeter, type GoRecord } from '../expr/index.ts';
import { compileTags } from './compile-tags.ts';
import { renderTags, type RenderOptions } from './render-tags.ts';
import { scopeOf, type Lookup, type TagScope } from './scope.ts';

/** Deepest nesting that a JSON value with tags may have. */
export const SUBSTITUTE_LIMIT_DEPTH = 100;

/** Which tags must be known. */
export interface SubstituteOptions {
  /** True when a tag that nobody knows is a failure; false leaves it as it stands. */
  readonly strict: (name: string) => boolean;
}

/** Nobody is strict: what templates get before all variables are known. */
export const lenient: SubstituteOptions = Object.freeze({ strict: () => false });

/** `steps.`, `tasks.` and `item` must be known when a step or task starts; artifacts are resolved separately. */
export const strictReferences: SubstituteOptions = Object.freeze({
  strict: (name: string) => /^(steps|tasks|item)(\.|$)/.test(name) && !name.includes('.outputs.artifacts.'),
});

const scopeFrom = (source: Lookup | TagScope): TagScope => (typeof source === 'function' ? { lookup: source } : source);

function optionsFrom(options: SubstituteOptions, source: Lookup | TagScope): RenderOptions {
  const expressions = typeof source !== 'function';
  if (options === lenient) return { mode: 'lenient', expressions };
  return { mode: 'strict', strict: options.strict, expressions };
}

/**
 * Replaces `{{name}}` in one text; with a scope also `{{=expression}}`. A tag inside a tag is resolved first. What
 * comes in is data: it is not searched for tags again.
 */
export function substituteText(
  text: string,
  source: Lookup | TagScope,
  options: SubstituteOptions,
): Result<string, string> {
  if (!text.includes('{{')) return ok(text);
  const rendered = renderTags(compileTags(text), scopeFrom(source), optionsFrom(options, source));
  return rendered.ok ? rendered : err(rendered.error.message);
}

interface Walk {
  readonly source: Lookup | TagScope;
  readonly options: SubstituteOptions;
}

function walkList(list: readonly unknown[], walk: Walk, depth: number): Result<unknown, string> {
  const copy: unknown[] = [];
  for (const item of list) {
    const value = walkValue(item, walk, depth + 1);
    if (!value.ok) return value;
    copy.push(value.value);
  }
  return ok(copy);
}

function walkObject(object: object, walk: Walk, depth: number): Result<unknown, string> {
  const copy: { [key: string]: unknown } = {};
  for (const [key, item] of Object.entries(object)) {
    const name = substituteText(key, walk.source, walk.options);
    if (!name.ok) return name;
    const value = walkValue(item, walk, depth + 1);
    if (!value.ok) return value;
    setOwn(copy, name.value, value.value);
  }
  return ok(copy);
}

function walkValue(value: unknown, walk: Walk, depth: number): Result<unknown, string> {
  if (depth > SUBSTITUTE_LIMIT_DEPTH) {
    return err(`template is nested too deeply: at most ${SUBSTITUTE_LIMIT_DEPTH} levels`);
  }
  if (typeof value === 'string') return substituteText(value, walk.source, walk.options);
  if (Array.isArray(value)) return walkList(value, walk, depth);
  return typeof value === 'object' && value !== null ? walkObject(value, walk, depth) : ok(value);
}

/**
 * Replaces tags in every text of a JSON value. The structure cannot change: values are put into parsed texts, never
 * into JSON source.
 */
export function substitute<T>(value: T, source: Lookup | TagScope, options: SubstituteOptions): Result<T, string> {
  return walkValue(value, { source, options }, 0) as Result<T, string>;
}

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

/** Replaces tags in JSON source, as Argo does with whole objects: values are escaped, and JSON must come out. */
export function renderJsonTags(text: string, scope: TagScope, options: RenderOptions): Result<string, Diagnostic> {
  if (!isJson(text)) return err(diagnostic('cannot do template replacements with invalid JSON'));
  const rendered = renderTags(compileTags(text, 'json'), scope, options);
  if (!rendered.ok || isJson(rendered.value)) return rendered;
  return err(diagnostic('cannot finish template replacement because the result was invalid JSON'));
}

/**
 * One lenient pass over a text. `vars`: a flat map of dotted names to texts. What nobody knows stays; an expression
 * that cannot be read and a tag that never closes are errors.
 */
export function evaluateTags(source: string, vars: unknown, deadline?: Deadline): Result<string, Diagnostic> {
  if (!isObject(vars ?? {})) return err(diagnostic('vars must be a JSON object'));
  const compiled = compileTags(source);
  const [problem] = compiled.problems;
  if (problem !== undefined) return err(problem);
  try {
    return renderTags(compiled, scopeOf((vars ?? {}) as GoRecord, { moment: { meter: newExprMeter(deadline) } }), {
      mode: 'lenient',
    });
  } catch (error) {
    if (error instanceof DiagnosticError) return err(error.diagnostic);
    if (error instanceof ExprFailure) return err(diagnostic(error.message));
    throw error;
  }
}
