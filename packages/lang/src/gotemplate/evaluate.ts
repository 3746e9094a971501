import type { Result } from '@argosy/std';
import type { Diagnostic } from '../diagnostic/index.ts';
import { fromJsonValue } from '../gofmt/index.ts';
import type { FunctionTable } from './function.ts';
import { sprigFunctions } from './sprig.ts';
import { compileTemplate, guarded } from './template.ts';

let table: FunctionTable | undefined;

/**
 * Renders a template with sprig's functions for the command line: `vars` is `.`, integral JSON numbers are Go ints,
 * others float64. The clock stands at the epoch and the seed is 0.
 */
export function evaluateGotemplate(source: string, vars: unknown): Result<unknown, Diagnostic> {
  table ??= sprigFunctions();
  const template = compileTemplate(source, { functions: table });
  if (!template.ok) return template;
  const data = guarded(() => fromJsonValue(vars, 'int'));
  return data.ok ? template.value.execute(data.value) : data;
}
