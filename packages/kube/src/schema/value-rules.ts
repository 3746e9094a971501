import { compileRegex, type Regex } from '@argosy/lang/regex';
import { isObject } from '@argosy/std';

/** The value validations of one OpenAPI node, in the form they are checked in. */
export interface ValueRules {
  readonly enumValues: readonly unknown[] | undefined;
  /** Without a matcher a definition from before the check of patterns holds what cannot be compiled: not enforced. */
  readonly pattern: { readonly text: string; readonly matcher: Regex | undefined } | undefined;
  readonly format: string | undefined;
  readonly minimum: number | undefined;
  readonly exclusiveMinimum: boolean;
  readonly maximum: number | undefined;
  readonly exclusiveMaximum: boolean;
  readonly multipleOf: number | undefined;
  readonly minLength: number | undefined;
  readonly maxLength: number | undefined;
  readonly minItems: number | undefined;
  readonly maxItems: number | undefined;
  readonly uniqueItems: boolean;
  readonly minProperties: number | undefined;
  readonly maxProperties: number | undefined;
  readonly allOf: readonly NestedRules[];
  readonly anyOf: readonly NestedRules[];
  readonly oneOf: readonly NestedRules[];
  readonly not: NestedRules | undefined;
}

/** What stands inside allOf, anyOf, oneOf and not: validations without structure of their own. */
export interface NestedRules {
  readonly type: string | undefined;
  readonly rules: ValueRules | undefined;
  readonly required: readonly string[];
  readonly properties: ReadonlyMap<string, NestedRules>;
  readonly element: NestedRules | undefined;
}

/** Deepest nesting of allOf, anyOf, oneOf and not that is looked into. */
export const MAX_RULE_DEPTH = 64;

const KEYWORDS = [
  'enum',
  'pattern',
  'format',
  'minimum',
  'maximum',
  'multipleOf',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'uniqueItems',
  'minProperties',
  'maxProperties',
  'allOf',
  'anyOf',
  'oneOf',
  'not',
];

type Raw = { readonly [key: string]: unknown };

function numberAt(raw: Raw, key: string): number | undefined {
  const value = raw[key];
  return typeof value === 'number' ? value : undefined;
}

/** The strings of a list member; anything else is left out. */
export function stringsAt(raw: Raw, key: string): readonly string[] {
  const value = raw[key];
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
}

function nestedList(raw: Raw, key: string, depth: number): readonly NestedRules[] {
  const value = raw[key];
  return Array.isArray(value) ? value.filter(isObject).map((item) => compileNested(item, depth + 1)) : [];
}

/** Patterns are Go's (RE2): matching is linear in the text, so no definition can stall the server. */
function compilePattern(text: string): ValueRules['pattern'] {
  const compiled = compileRegex(text);
  return { text, matcher: compiled.ok ? compiled.value : undefined };
}

/** Why a pattern is not a regular expression, in Go's words, or `undefined` when it is one. */
export function patternProblem(text: string): string | undefined {
  const compiled = compileRegex(text);
  return compiled.ok ? undefined : compiled.error.message;
}

function compileNested(raw: Raw, depth: number): NestedRules {
  const properties = new Map<string, NestedRules>();
  const members = isObject(raw['properties']) ? raw['properties'] : {};
  for (const name of Object.keys(members)) {
    const member = members[name];
    if (isObject(member)) properties.set(name, compileNested(member, depth + 1));
  }
  const items = raw['items'];
  return {
    type: typeof raw['type'] === 'string' ? raw['type'] : undefined,
    rules: compileRules(raw, depth),
    required: stringsAt(raw, 'required'),
    properties,
    element: isObject(items) ? compileNested(items, depth + 1) : undefined,
  };
}

/** The rules of an OpenAPI node, `undefined` when it has none. */
export function compileRules(raw: Raw, depth = 0): ValueRules | undefined {
  if (depth > MAX_RULE_DEPTH || !KEYWORDS.some((keyword) => Object.hasOwn(raw, keyword))) return undefined;
  const pattern = raw['pattern'];
  return {
    enumValues: Array.isArray(raw['enum']) ? raw['enum'] : undefined,
    pattern: typeof pattern === 'string' ? compilePattern(pattern) : undefined,
    format: typeof raw['format'] === 'string' ? raw['format'] : undefined,
    minimum: numberAt(raw, 'minimum'),
    exclusiveMinimum: raw['exclusiveMinimum'] === true,
    maximum: numberAt(raw, 'maximum'),
    exclusiveMaximum: raw['exclusiveMaximum'] === true,
    multipleOf: numberAt(raw, 'multipleOf'),
    minLength: numberAt(raw, 'minLength'),
    maxLength: numberAt(raw, 'maxLength'),
    minItems: numberAt(raw, 'minItems'),
    maxItems: numberAt(raw, 'maxItems'),
    uniqueItems: raw['uniqueItems'] === true,
    minProperties: numberAt(raw, 'minProperties'),
    maxProperties: numberAt(raw, 'maxProperties'),
    allOf: nestedList(raw, 'allOf', depth),
    anyOf: nestedList(raw, 'anyOf', depth),
    oneOf: nestedList(raw, 'oneOf', depth),
    not: isObject(raw['not']) ? compileNested(raw['not'], depth + 1) : undefined,
  };
}
