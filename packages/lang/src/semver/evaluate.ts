import { err, isObject, ok, type Result } from '@argosy/std';
import { diagnostic, type Diagnostic } from '../diagnostic/index.ts';
import { parseConstraint } from './constraint.ts';
import { parseVersion } from './version.ts';

/**
 * The batch form: `source` is a constraint, `vars.versions` a list of texts. The value is the list of those that
 * satisfy it, as they were written and in their order; a text that is no version satisfies nothing.
 */
export function evaluateSemver(source: string, vars: unknown): Result<unknown, Diagnostic> {
  const versions: unknown = isObject(vars) ? (vars['versions'] ?? []) : [];
  if (!Array.isArray(versions) || !versions.every((item) => typeof item === 'string')) {
    return err(diagnostic('vars.versions must be a list of texts'));
  }
  const constraint = parseConstraint(source);
  if (!constraint.ok) return constraint;
  const satisfies = (text: string): boolean => {
    const version = parseVersion(text);
    return version.ok && constraint.value.check(version.value);
  };
  return ok(versions.filter((text: string) => satisfies(text)));
}
