import { compileCel, lazyMap, type CelBudget, type CelProgram } from '@argosy/lang/cel';
import type { Diagnostic } from '@argosy/lang/diagnostic';
import { err, type Result } from '@argosy/std';
import type { KubeObject } from '@argosy/kube/meta';
import type { FieldError } from '@argosy/kube/schema';
import { parts, textAt, type Draft } from '../draft.ts';
import { invalidField, requiredField } from '../errors.ts';
import type { ServedResource } from '../resource.ts';
import { namespaceOf } from './matching.ts';
import { requestFacts, shownAs, type AdmissionContext, type WriteReview } from './review.ts';

/** Steps that all expressions of one policy or webhook may take together for one write. */
export const MAX_ADMISSION_STEPS = 10_000_000;

/** The variables of match conditions. */
export const MATCH_VARIABLES = ['object', 'oldObject', 'request'] as const;
/** The variables of policies. `authorizer` is not among them: what mentions it is refused. */
export const POLICY_VARIABLES = [...MATCH_VARIABLES, 'params', 'namespaceObject', 'variables'] as const;

/** An expression of a configuration, compiled once. */
export type Expression = Result<CelProgram, Diagnostic>;

/** Compiles an expression of a policy or a match condition. */
export function compileExpression(source: string, variables: readonly string[]): Expression {
  return compileCel(source, { variables, escapedFields: true });
}

/** An expression with its name. */
export interface NamedExpression {
  readonly name: string;
  readonly source: string;
  readonly expression: Expression;
}

/** The `{name, expression}` entries of a list. */
export function namedExpressions(
  source: Draft | undefined,
  key: string,
  variables: readonly string[],
): readonly NamedExpression[] {
  return parts(source, key).map((item) => {
    const text = textAt(item, 'expression');
    return { name: textAt(item, 'name'), source: text, expression: compileExpression(text, variables) };
  });
}

/** Why an expression cannot stand at `field`, in upstream's words. */
export function expressionErrors(source: string, field: string, variables: readonly string[]): readonly FieldError[] {
  if (source.trim() === '') return [requiredField(field)];
  const compiled = compileExpression(source, variables);
  if (compiled.ok) return [];
  const { line, column, message } = compiled.error;
  const text = source.split('\n')[line - 1] ?? '';
  const why = `compilation failed: ERROR: <input>:${line}:${column}: ${message}\n | ${text}\n | ${'.'.repeat(Math.max(column - 1, 0))}^`;
  return [invalidField(field, source, why)];
}

/** What expressions are evaluated with. */
export type Vars = { readonly [name: string]: unknown };

/** The variables that every admission expression has, with the objects as `resource` shows them. */
export function reviewVars(context: AdmissionContext, review: WriteReview, resource: ServedResource): Vars {
  return {
    object: shownAs(context, resource, review.object),
    oldObject: shownAs(context, resource, review.oldObject),
    request: requestFacts(context, review, resource),
  };
}

const VISIBLE_METADATA = [
  'name',
  'generateName',
  'labels',
  'annotations',
  'creationTimestamp',
  'deletionTimestamp',
  'uid',
  'resourceVersion',
  'generation',
  'finalizers',
];

function shownNamespace(namespace: KubeObject | undefined): unknown {
  if (namespace === undefined) return null;
  const members = Object.entries(namespace.metadata).filter(([key]) => VISIBLE_METADATA.includes(key));
  return { ...namespace, metadata: Object.fromEntries(members) };
}

/** Adds the namespace and the computed variables of a policy, each computed when it is first looked at. */
export function policyVars(
  given: { readonly context: AdmissionContext; readonly review: WriteReview; readonly base: Vars },
  variables: readonly NamedExpression[],
  budget: CelBudget,
): Vars {
  const namespace = namespaceOf(given.context, given.review);
  const own = given.context.resource.storage === '/namespaces' ? undefined : namespace;
  const vars: { [name: string]: unknown } = { ...given.base, namespaceObject: shownNamespace(own) };
  vars['variables'] = lazyMap(
    variables.map((item) => item.name),
    (name) => variableValue(variables, { name, vars, budget }),
  );
  return vars;
}

function variableValue(
  variables: readonly NamedExpression[],
  given: { readonly name: string; readonly vars: Vars; readonly budget: CelBudget },
): Result<unknown, Diagnostic> {
  const found = variables.find((item) => item.name === given.name)?.expression;
  const value = found?.ok === true ? found.value.value(given.vars, given.budget) : found;
  if (value === undefined || value.ok) return value ?? err({ message: 'no such variable', line: 0, column: 0 });
  const message = `composited variable ${JSON.stringify(given.name)} fails to evaluate: ${value.error.message}`;
  return err({ ...value.error, message });
}

/** Whether all conditions hold; a text when one of them cannot be evaluated and none is false. */
export function conditionsHold(
  conditions: readonly NamedExpression[],
  vars: Vars,
  budget: CelBudget,
): boolean | { readonly problem: string } {
  let problem: string | undefined;
  for (const { name, expression } of conditions) {
    const answer = expression.ok ? expression.value.evaluate(vars, budget) : expression;
    if (answer.ok && answer.value === false) return false;
    if (answer.ok && answer.value === true) continue;
    const why = answer.ok ? 'must evaluate to a bool' : answer.error.message;
    problem ??= `matchCondition ${JSON.stringify(name)}: ${why}`;
  }
  return problem === undefined ? true : { problem };
}
