import { optionalValue, shapedValue, type CelBudget } from '@argosy/lang/cel';
import { equalJson, isObject } from '@argosy/std';

import { celShapeOf } from './cel-shape.ts';
import {
  childPath,
  forbiddenError,
  invalidError,
  MAX_FIELD_ERRORS,
  requiredError,
  duplicateError,
  type FieldError,
} from './field-error.ts';
import { oldItemOf, oldMember, type Old } from './old-value.ts';
import type { TypeSchema } from './type-schema.ts';
import type { ValidationRule } from './validation-rules.ts';

/** Steps that all rules of one object may take together; one rule may take a million. */
export const MAX_RULE_STEPS = 10_000_000;

// compat(kube-0211): the path of the root is Go's word for an absent path.
/** The path of the root, as upstream shows it. */
const ROOT = '<nil>';

const SKIPPED =
  'some validation rules were not checked because the object was invalid; correct the existing errors to complete validation';

/** Stands for the rules that were not asked because the object is not even of the right form. */
export const UNCHECKED_RULES: FieldError = {
  field: ROOT,
  reason: 'FieldValueInvalid',
  message: `Invalid value: "null": ${SKIPPED}`,
};

interface Evaluation {
  readonly errors: FieldError[];
  readonly budget: CelBudget;
  stopped: boolean;
}

interface At {
  readonly path: string;
  /** True below a value that did not change: only rules about changes are asked there. */
  readonly unchanged: boolean;
  readonly evaluation: Evaluation;
}

/** The type of a node in the words of messages; empty for int-or-string. */
function typeText(schema: TypeSchema): string {
  if (schema.shape === 'list') return 'array';
  if (schema.shape !== 'scalar') return schema.shape === 'any' ? '' : 'object';
  return schema.scalar === 'int-or-string' ? '' : (schema.scalar ?? '');
}

const shownPath = (path: string): string => (path === '' ? ROOT : path);

function report(at: At, error: FieldError): void {
  if (at.evaluation.errors.length < MAX_FIELD_ERRORS) at.evaluation.errors.push(error);
  else at.evaluation.stopped = true;
}

const ruleText = (rule: ValidationRule): string => (rule.message === '' ? rule.rule : rule.message).trim();

function failureError(rule: ValidationRule, schema: TypeSchema, given: { path: string; message: string }): FieldError {
  const path = rule.fieldPath.reduce(childPath, given.path);
  const { message } = given;
  switch (rule.reason) {
    case 'FieldValueForbidden':
      return forbiddenError(shownPath(path), message);
    case 'FieldValueRequired':
      return requiredError(shownPath(path), message);
    case 'FieldValueDuplicate':
      return duplicateError(shownPath(path), typeText(schema));
    default:
      return invalidError(shownPath(path), typeText(schema), message);
  }
}

type Vars = { readonly [name: string]: unknown };

/** What a failed rule says: its computed message, when that is a text of one line, else its own, else the rule. */
function messageOf(rule: ValidationRule, vars: Vars, evaluation: Evaluation): string {
  const computed = rule.messageProgram?.evaluate(vars, evaluation.budget);
  if (computed?.ok === true && typeof computed.value === 'string') {
    const text = computed.value.trim();
    if (text !== '' && !text.includes('\n')) return text;
  }
  return rule.message === '' ? `failed rule: ${ruleText(rule)}` : rule.message.trim();
}

function troubleText(rule: ValidationRule, problem: { readonly message: string; readonly limit?: string }): string {
  if (problem.limit !== undefined) {
    const what = `'${problem.message}': no further validation rules will be run due to call cost exceeds limit`;
    return `${what} for rule: ${ruleText(rule)}`;
  }
  if (problem.message.startsWith('found no matching overload')) {
    const what = 'call arguments did not match a supported operator, function or macro signature';
    return `'${problem.message}': ${what} for rule: ${ruleText(rule)}`;
  }
  return `${problem.message} evaluating rule: ${ruleText(rule)}`;
}

function trouble(
  rule: ValidationRule,
  schema: TypeSchema,
  given: { at: At; problem: { readonly message: string; readonly limit?: string } },
): void {
  const { at, problem } = given;
  report(at, invalidError(shownPath(at.path), typeText(schema), troubleText(rule, problem)));
  if (problem.limit !== undefined) at.evaluation.stopped = true;
}

function ask(rule: ValidationRule, schema: TypeSchema, given: { at: At; vars: Vars }): void {
  const { at, vars } = given;
  const { evaluation, path } = at;
  if (!rule.program.ok) return trouble(rule, schema, { at, problem: rule.program.error });
  const answer = rule.program.value.evaluate(vars, evaluation.budget);
  if (!answer.ok) return trouble(rule, schema, { at, problem: answer.error });
  if (evaluation.budget.left < 0) {
    const why = 'validation failed due to running out of cost budget, no further validation rules will be run';
    evaluation.stopped = true;
    return report(at, invalidError(shownPath(path), typeText(schema), why));
  }
  if (answer.value === true) return;
  if (answer.value !== false) {
    return trouble(rule, schema, { at, problem: { message: 'cel expression must evaluate to a bool' } });
  }
  report(at, failureError(rule, schema, { path, message: messageOf(rule, vars, evaluation) }));
}

/** Whether a rule is asked here at all. */
function applies(rule: ValidationRule, old: Old, at: At): boolean {
  if (rule.isTransition) return rule.optionalOldSelf || old !== undefined;
  return !at.unchanged;
}

function askRules(schema: TypeSchema, value: unknown, given: { old: Old; at: At }): void {
  const { old, at } = given;
  const rules = schema.validations.filter((rule) => applies(rule, old, at));
  if (rules.length === 0) return;
  const shape = celShapeOf(schema);
  const self = shapedValue(value, shape);
  const oldSelf = old === undefined ? undefined : shapedValue(old.value, shape);
  for (const rule of rules) {
    if (at.evaluation.stopped) return;
    const before = rule.optionalOldSelf ? optionalValue(oldSelf) : oldSelf;
    ask(rule, schema, { at, vars: before === undefined ? { self } : { self, oldSelf: before } });
  }
}

function visitList(schema: TypeSchema, value: readonly unknown[], given: { old: Old; at: At }): void {
  const { element } = schema;
  if (element?.hasValidations !== true) return;
  const oldItem = oldItemOf(schema, given.old);
  value.forEach((item, index) => {
    const path = `${given.at.path}[${index}]`;
    visit(element, item, { old: oldItem(item), at: { ...given.at, path } });
  });
}

function visitMembers(
  schema: TypeSchema,
  value: { readonly [key: string]: unknown },
  given: { old: Old; at: At },
): void {
  for (const name of Object.keys(value)) {
    const member = schema.shape === 'map' ? schema.element : schema.fields.get(name);
    if (member?.hasValidations !== true) continue;
    const path = schema.shape === 'map' ? `${given.at.path}[${name}]` : childPath(given.at.path, name);
    visit(member, value[name], { old: oldMember(given.old, name), at: { ...given.at, path } });
  }
}

function visit(schema: TypeSchema, value: unknown, given: { old: Old; at: At }): void {
  const { old } = given;
  if (!schema.hasValidations || value === undefined || value === null || given.at.evaluation.stopped) return;
  const unchanged = given.at.unchanged || (old !== undefined && equalJson(old.value, value));
  const below = { old, at: { ...given.at, unchanged } };
  askRules(schema, value, below);
  if (Array.isArray(value)) visitList(schema, value, below);
  else if (isObject(value)) visitMembers(schema, value, below);
}

/**
 * Asks the rules (`x-kubernetes-validations`) of a custom resource's schema, after `validateObject` found its form
 * right. `old` is the object before an update: rules about changes compare with it, and rules about values that did
 * not change are not asked. At most `MAX_FIELD_ERRORS` errors and `MAX_RULE_STEPS` steps.
 */
export function ruleErrors(schema: TypeSchema, object: unknown, old?: unknown): readonly FieldError[] {
  if (!schema.hasValidations) return [];
  const evaluation: Evaluation = { errors: [], budget: { left: MAX_RULE_STEPS }, stopped: false };
  const before = old === undefined ? undefined : { value: old };
  visit(schema, object, { old: before, at: { path: '', unchanged: false, evaluation } });
  return evaluation.errors;
}
