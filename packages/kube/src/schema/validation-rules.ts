import { ANY_SHAPE, compileCel, type CelProgram } from '@argosy/lang/cel';
import type { Diagnostic } from '@argosy/lang/diagnostic';
import { isObject, type Result } from '@argosy/std';

import { celShapeOf } from './cel-shape.ts';
import type { TypeSchema } from './type-schema.ts';

/** Reasons that a rule may give its failure. */
export const RULE_REASONS = [
  'FieldValueRequired',
  'FieldValueForbidden',
  'FieldValueInvalid',
  'FieldValueDuplicate',
] as const;

/** One entry of `x-kubernetes-validations`, compiled. */
export interface ValidationRule {
  readonly rule: string;
  readonly message: string;
  readonly reason: string;
  /** Member names below the node, such as `['spec', 'x']`. */
  readonly fieldPath: readonly string[];
  /** A rule about a change: it is asked only where the old value is known. */
  readonly isTransition: boolean;
  /** `oldSelf` is an optional, so the rule is asked without an old value too. */
  readonly optionalOldSelf: boolean;
  /** An expression that could not be compiled (written before it was checked) is an error when it is evaluated. */
  readonly program: Result<CelProgram, Diagnostic>;
  readonly messageProgram: CelProgram | undefined;
}

type Raw = { readonly [key: string]: unknown };

const textAt = (raw: Raw, key: string): string => (typeof raw[key] === 'string' ? raw[key] : '');

/** Member names of a JSON path of dots and quoted brackets: `.spec['a.b'].c`. `undefined` when it is none. */
export function parseFieldPath(path: string): readonly string[] | undefined {
  const names: string[] = [];
  let rest = path;
  while (rest !== '') {
    const match = /^\.([A-Za-z_][^.[\]]*)|^\['([^']+)'\]/.exec(rest);
    if (match === null) return undefined;
    names.push(match[1] ?? match[2] ?? '');
    rest = rest.slice(match[0].length);
  }
  return names;
}

/** The entries of `x-kubernetes-validations` of an OpenAPI node. */
export function rawRules(raw: Raw): readonly Raw[] {
  const list = raw['x-kubernetes-validations'];
  return Array.isArray(list) ? list.filter(isObject) : [];
}

/** Compiles an expression of a rule over values of a node. */
export function compileRuleText(
  source: string,
  schema: TypeSchema,
  optionalOldSelf: boolean,
): Result<CelProgram, Diagnostic> {
  const self = celShapeOf(schema);
  return compileCel(source, {
    variables: ['self', 'oldSelf'],
    shapes: { self, oldSelf: optionalOldSelf ? ANY_SHAPE : self },
    escapedFields: true,
  });
}

function compileRule(raw: Raw, schema: TypeSchema): ValidationRule {
  const rule = textAt(raw, 'rule');
  const optionalOldSelf = raw['optionalOldSelf'] === true;
  const program = compileRuleText(rule, schema, optionalOldSelf);
  const messageExpression = textAt(raw, 'messageExpression');
  const message = messageExpression === '' ? undefined : compileRuleText(messageExpression, schema, optionalOldSelf);
  return {
    rule,
    message: textAt(raw, 'message'),
    reason: textAt(raw, 'reason'),
    fieldPath: parseFieldPath(textAt(raw, 'fieldPath')) ?? [],
    isTransition: program.ok && program.value.variables.has('oldSelf'),
    optionalOldSelf,
    program,
    messageProgram: message?.ok === true ? message.value : undefined,
  };
}

/** The compiled rules of a node. */
export function compileValidations(raw: Raw, schema: TypeSchema): readonly ValidationRule[] {
  return rawRules(raw).map((item) => compileRule(item, schema));
}
