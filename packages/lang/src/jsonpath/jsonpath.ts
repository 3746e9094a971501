import { err, isObject, ok, type Result } from '@argosy/std';
import { DiagnosticError, limitReached, type Diagnostic } from '../diagnostic/index.ts';
import { evaluateParts, printParts } from './evaluate.ts';
import { JSONPATH_LIMIT_CHARACTERS } from './nodes.ts';
import { parseTemplate } from './parse.ts';

/** A compiled template; missing keys give nothing. */
export interface JsonPath {
  /** What `kubectl get -o jsonpath=…` prints. */
  readonly print: (object: unknown) => Result<string, Diagnostic>;
  /** The values themselves, in order. */
  readonly values: (object: unknown) => Result<readonly unknown[], Diagnostic>;
}

function guarded<T>(work: () => T): Result<T, Diagnostic> {
  try {
    return ok(work());
  } catch (error) {
    if (error instanceof DiagnosticError) return err(error.diagnostic);
    // Deep objects and filters exhaust the stack before any other limit.
    if (error instanceof RangeError) return err(limitReached('jsonpath stack', 1));
    throw error;
  }
}

/** Reads a template in kubectl's dialect: text with `{.path}` in it. */
export function compileJsonPath(template: string): Result<JsonPath, Diagnostic> {
  if (template.length > JSONPATH_LIMIT_CHARACTERS) {
    return err(limitReached('jsonpath characters', JSONPATH_LIMIT_CHARACTERS));
  }
  const parts = guarded(() => parseTemplate(template));
  if (!parts.ok) return parts;
  return ok({
    print: (object) => guarded(() => printParts(evaluateParts(parts.value, object))),
    values: (object) => guarded(() => evaluateParts(parts.value, object).flat()),
  });
}

/** A path as `-o custom-columns` takes it: braces and the leading dot may be left out. */
export function relaxedTemplate(path: string): string {
  if (path === '') return path;
  const inner = path
    .replace(/^\{\.?/, '')
    .replace(/\}$/, '')
    .replace(/^\./, '');
  return `{.${inner}}`;
}

/** The command line's form: `vars` is the object, the value is the printed text. */
export function evaluateJsonpath(source: string, vars: unknown): Result<string, Diagnostic> {
  const compiled = compileJsonPath(source);
  return compiled.ok ? compiled.value.print(isObject(vars) || Array.isArray(vars) ? vars : (vars ?? {})) : compiled;
}
