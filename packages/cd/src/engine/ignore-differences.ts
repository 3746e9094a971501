import type { ResourceIgnoreDifferences } from '@argosy/api/cd';
import { isObject, setOwn, type JsonValue } from '@argosy/std';
import { compileJq, type JqProgram } from '@argosy/lang/jq';
import type { KubeObject } from '@argosy/kube/meta';
import { matchesGlob } from './glob.ts';
import type { ResourceKey } from './resource-key.ts';

/** What never counts as a difference of one resource. */
export interface IgnoreRules {
  readonly jsonPointers: readonly string[];
  readonly jqPathExpressions: readonly string[];
  readonly managers: readonly string[];
  /** Equal for equal rules: what a remembered comparison depends on. */
  readonly signature: string;
}

/** Rules that ignore nothing. */
export const NO_IGNORE_RULES: IgnoreRules = { jsonPointers: [], jqPathExpressions: [], managers: [], signature: '' };

/** Compiled expressions that are kept at once; the oldest goes first. */
export const MAX_JQ_PROGRAMS = 1000;

/** Steps that one expression may take on one object. */
export const MAX_JQ_STEPS = 500_000;

/** The rules that hold for one resource: group and kind are globs, name and namespace exact or empty. */
export function ignoreRulesOf(rules: readonly ResourceIgnoreDifferences[] | undefined, key: ResourceKey): IgnoreRules {
  const same = (asked: string | undefined, found: string): boolean =>
    asked === undefined || asked === '' || asked === found;
  const matching = (rules ?? [])
    .filter((rule) => matchesGlob(rule.group ?? '', key.group) && matchesGlob(rule.kind, key.kind))
    .filter((rule) => same(rule.name, key.name) && same(rule.namespace, key.namespace));
  if (matching.length === 0) return NO_IGNORE_RULES;
  const jsonPointers = matching.flatMap((rule) => rule.jsonPointers ?? []);
  const jqPathExpressions = matching.flatMap((rule) => rule.jqPathExpressions ?? []);
  const managers = matching.flatMap((rule) => rule.managedFieldsManagers ?? []);
  const signature = JSON.stringify([jsonPointers, jqPathExpressions, managers]);
  return { jsonPointers, jqPathExpressions, managers, signature };
}

/** Names of everything that a JSON pointer passes. */
function pointerPath(pointer: string): readonly string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function removeElement(list: readonly unknown[], index: number, rest: readonly string[]): readonly unknown[] {
  if (!Number.isInteger(index)) return list;
  if (rest.length === 0) return list.filter((_, at) => at !== index);
  return list.map((item, at) => (at === index ? removeAt(item, rest) : item));
}

function removeAt(value: unknown, path: readonly string[]): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  if (Array.isArray(value)) return removeElement(value, Number(key), rest);
  if (!isObject(value) || !Object.hasOwn(value, key)) return value;
  const copy: { [key: string]: unknown } = {};
  for (const name of Object.keys(value)) {
    if (name !== key) setOwn(copy, name, value[name]);
    else if (rest.length > 0) setOwn(copy, name, removeAt(value[name], rest));
  }
  return copy;
}

/** Programs by expression; `undefined` for one that does not compile. */
const programs = new Map<string, JqProgram | undefined>();

function programOf(expression: string): JqProgram | undefined {
  if (programs.has(expression)) return programs.get(expression);
  const compiled = compileJq(`del(${expression})`);
  const [oldest] = programs.keys();
  if (programs.size >= MAX_JQ_PROGRAMS && oldest !== undefined) programs.delete(oldest);
  const program = compiled.ok ? compiled.value : undefined;
  programs.set(expression, program);
  return program;
}

/** An expression that fails, or that does not leave exactly one object, removes nothing: upstream's rule. */
function removeByJq(object: unknown, expression: string): unknown {
  const outputs = programOf(expression)?.run(object as JsonValue, { limits: { steps: MAX_JQ_STEPS } });
  if (outputs === undefined || !outputs.ok || outputs.value.length !== 1) return object;
  const [left] = outputs.value;
  return isObject(left) ? left : object;
}

/** The object without what the pointers and expressions name. A missing path is no error. */
export function removeIgnored(object: KubeObject, rules: IgnoreRules): KubeObject {
  let result: unknown = object;
  for (const pointer of rules.jsonPointers) result = removeAt(result, pointerPath(pointer));
  for (const expression of rules.jqPathExpressions) result = removeByJq(result, expression);
  return result as KubeObject;
}

/** What is wrong with the expressions of an Application, for its author; empty when all compile. */
export function brokenExpressions(rules: readonly ResourceIgnoreDifferences[] | undefined): readonly string[] {
  return (rules ?? []).flatMap((rule, index) =>
    (rule.jqPathExpressions ?? []).flatMap((expression, at) => {
      const compiled = compileJq(`del(${expression})`);
      const field = `spec.ignoreDifferences[${index}].jqPathExpressions[${at}]`;
      return compiled.ok ? [] : [`${field}: ${JSON.stringify(expression)} is no jq path: ${compiled.error.message}`];
    }),
  );
}
