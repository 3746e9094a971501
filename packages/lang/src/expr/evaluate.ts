import { err, isObject, ok, type Result } from '@argosy/std';
import { DiagnosticError, diagnostic, type Deadline, type Diagnostic } from '../diagnostic/index.ts';
import { ARGO_FUNCTIONS } from './argo-functions.ts';
import { ExprFailure } from './failure.ts';
import { compileExpr, environmentOf } from './program.ts';
import { fromJsonIntegers, toJsonValue, type GoRecord } from './values.ts';

/**
 * Evaluates one expression. `vars`: a JSON object, the environment; whole numbers are ints, others floats. Types are
 * checked against it first. The value is JSON; an int beyond 2^53 is a bigint.
 */
export function evaluateExpr(source: string, vars: unknown, deadline?: Deadline): Result<unknown, Diagnostic> {
  if (!isObject(vars ?? {})) return err(diagnostic('vars must be a JSON object'));
  try {
    const variables = fromJsonIntegers(vars ?? {}) as GoRecord;
    const program = compileExpr(source, { functions: ARGO_FUNCTIONS, environment: environmentOf(variables) });
    if (!program.ok) return program;
    const value = program.value.run(variables, deadline === undefined ? {} : { deadline });
    return value.ok ? ok(toJsonValue(value.value)) : value;
  } catch (error) {
    if (error instanceof DiagnosticError) return err(error.diagnostic);
    if (error instanceof ExprFailure) return err(diagnostic(error.message));
    throw error;
  }
}
