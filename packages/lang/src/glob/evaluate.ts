import { err, isObject, ok, type Result } from '@argosy/std';
import { diagnostic, DiagnosticError, type Diagnostic } from '../diagnostic/index.ts';
import { compileGlob } from './gobwas.ts';

const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string');

/**
 * The batch form: `source` is the pattern, `vars.inputs` the texts, `vars.separators` the characters that `*` does not
 * cross (one text, or a list of them). The value is one boolean for each input.
 */
export function evaluateGlob(source: string, vars: unknown): Result<unknown, Diagnostic> {
  const given = isObject(vars) ? vars : {};
  const { inputs = [], separators = '' } = given as { readonly inputs?: unknown; readonly separators?: unknown };
  if (!isTexts(inputs)) {
    return err(diagnostic('vars.inputs must be a list of texts'));
  }
  const joined: unknown = Array.isArray(separators) ? separators.join('') : separators;
  if (typeof joined !== 'string') return err(diagnostic('vars.separators must be a text or a list of texts'));
  const glob = compileGlob(source, joined);
  if (!glob.ok) return glob;
  try {
    return ok(inputs.map((input) => glob.value.match(input)));
  } catch (error) {
    if (error instanceof DiagnosticError) return err(error.diagnostic);
    throw error;
  }
}
