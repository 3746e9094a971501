import type { Diagnostic } from '@argosy/lang/diagnostic';

import { childPath, invalidError, requiredError, unsupportedError, type FieldError } from './field-error.ts';
import { compileFragment } from './open-api.ts';
import { compileRuleText, parseFieldPath, rawRules, RULE_REASONS } from './validation-rules.ts';
import type { TypeSchema } from './type-schema.ts';

type Raw = { readonly [key: string]: unknown };

/** Most rules that one node may have. */
export const MAX_NODE_RULES = 100;

const textAt = (raw: Raw, key: string): string => (typeof raw[key] === 'string' ? raw[key] : '');

// compat(kube-0212): the value of the message is the whole rule as Go prints a struct.
/** A rule in the Go syntax of upstream's messages. */
function shownRule(raw: Raw): string {
  const text = (key: string): string => JSON.stringify(textAt(raw, key));
  return (
    `apiextensions.ValidationRule{Rule:${text('rule')}, Message:${text('message')}, ` +
    `MessageExpression:${text('messageExpression')}, Reason:(*apiextensions.FieldValueErrorReason)(nil), ` +
    `FieldPath:${text('fieldPath')}, OptionalOldSelf:(*bool)(nil)}`
  );
}

function compilationText(source: string, problem: Diagnostic): string {
  if (problem.line === 0) return `compilation failed: ${problem.message}`;
  const line = source.split('\n')[problem.line - 1] ?? '';
  const place = `<input>:${problem.line}:${problem.column}`;
  return `compilation failed: ERROR: ${place}: ${problem.message}\n | ${line}\n | ${'.'.repeat(problem.column - 1)}^`;
}

function compilationError(field: string, raw: Raw, given: { source: string; problem: Diagnostic }): FieldError {
  const why = compilationText(given.source, given.problem);
  return { field, reason: 'FieldValueInvalid', message: `Invalid value: ${shownRule(raw)}: ${why}` };
}

interface RulePlace {
  readonly path: string;
  readonly schema: TypeSchema;
  /** The list without keys above this node, if there is one: nothing below it can be told from its neighbours. */
  readonly uncorrelatable: string | undefined;
}

function expressionErrors(raw: Raw, place: RulePlace): readonly FieldError[] {
  const { path, schema, uncorrelatable } = place;
  const rule = textAt(raw, 'rule');
  const optional = raw['optionalOldSelf'] === true;
  const compiled = compileRuleText(rule, schema, optional);
  if (!compiled.ok) return [compilationError(`${path}.rule`, raw, { source: rule, problem: compiled.error })];
  const errors: FieldError[] = [];
  const isTransition = compiled.value.variables.has('oldSelf');
  if (isTransition && uncorrelatable !== undefined) {
    const why = `oldSelf cannot be used on the uncorrelatable portion of the schema within ${uncorrelatable}`;
    errors.push(invalidError(`${path}.rule`, rule, why));
  }
  if (raw['optionalOldSelf'] !== undefined && !isTransition) {
    const why = 'may not be set if oldSelf is not used in rule';
    errors.push(invalidError(`${path}.optionalOldSelf`, raw['optionalOldSelf'], why));
  }
  const source = textAt(raw, 'messageExpression');
  const message = source === '' ? undefined : compileRuleText(source, schema, optional);
  if (message?.ok !== false) return errors;
  return [...errors, compilationError(`${path}.messageExpression`, raw, { source, problem: message.error })];
}

function messageErrors(raw: Raw, path: string): readonly FieldError[] {
  const message = textAt(raw, 'message');
  const errors: FieldError[] = [];
  if (raw['message'] !== undefined && message.trim() === '') {
    errors.push(invalidError(`${path}.message`, message, 'message must be non-empty if specified'));
  }
  if (message.trim().includes('\n')) {
    errors.push(invalidError(`${path}.message`, message, 'message must not contain line breaks'));
  }
  if (message === '' && textAt(raw, 'rule').trim().includes('\n')) {
    errors.push(requiredError(`${path}.message`, 'message must be specified if rule contains line breaks'));
  }
  return errors;
}

/** True when the path leads from the node to a field that its schema names. */
function leadsSomewhere(schema: TypeSchema, names: readonly string[]): boolean {
  let node: TypeSchema | undefined = schema;
  for (const name of names) node = node?.shape === 'map' ? node.element : node?.fields.get(name);
  return node !== undefined;
}

function placeErrors(raw: Raw, { path, schema }: RulePlace): readonly FieldError[] {
  const errors: FieldError[] = [];
  const fieldPath = textAt(raw, 'fieldPath');
  const names = parseFieldPath(fieldPath);
  if (raw['fieldPath'] !== undefined && (names === undefined || fieldPath === '' || !leadsSomewhere(schema, names))) {
    errors.push(invalidError(`${path}.fieldPath`, fieldPath, 'fieldPath must be a valid path'));
  }
  const { reason } = raw;
  if (reason !== undefined && !(RULE_REASONS as readonly unknown[]).includes(reason)) {
    errors.push(unsupportedError(`${path}.reason`, reason, RULE_REASONS));
  }
  return errors;
}

/** What is wrong with the rules (`x-kubernetes-validations`) of one OpenAPI node that stands at `path`. */
export function validationRuleErrors(
  node: Raw,
  path: string,
  uncorrelatable: string | undefined,
): readonly FieldError[] {
  const rules = rawRules(node);
  if (rules.length === 0) return [];
  const field = childPath(path, 'x-kubernetes-validations');
  if (rules.length > MAX_NODE_RULES) {
    return [invalidError(field, rules.length, `must have at most ${MAX_NODE_RULES} rules`)];
  }
  const schema = compileFragment(node);
  return rules.flatMap((raw, index) => {
    const place: RulePlace = { path: `${field}[${index}]`, schema, uncorrelatable };
    const missing = textAt(raw, 'rule').trim() === '';
    return [
      ...(missing ? [requiredError(`${place.path}.rule`, 'rule is not specified')] : expressionErrors(raw, place)),
      ...messageErrors(raw, place.path),
      ...placeErrors(raw, place),
    ];
  });
}
