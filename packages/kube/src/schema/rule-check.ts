import { equalJson, isObject } from '@argosy/std';

import { childPath, invalidError, requiredError, tooLongError, tooManyError, typeError } from './field-error.ts';
import { unsupportedError, type FieldError } from './field-error.ts';
import { hasFormat } from './formats.ts';
import type { NestedRules, ValueRules } from './value-rules.ts';

/** Where errors go. */
export type Report = (error: FieldError) => void;

/** The JSON type of a value in the words of Kubernetes' messages. */
export function typeName(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}

/** True when a value of type `found` may stand where `wanted` is asked for. */
export function fitsType(found: string, wanted: string): boolean {
  return found === wanted || (wanted === 'number' && found === 'integer');
}

function codePoints(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

function checkText(rules: ValueRules, value: string, at: { path: string; report: Report }): void {
  const { path, report } = at;
  const { minLength, maxLength, pattern, format } = rules;
  if (maxLength !== undefined && codePoints(value) > maxLength) report(tooLongError(path, maxLength));
  if (minLength !== undefined && codePoints(value) < minLength) {
    report(invalidError(path, value, `${path} in body should be at least ${minLength} chars long`));
  }
  if (pattern?.matcher !== undefined && !pattern.matcher.test(value)) {
    report(invalidError(path, value, `${path} in body should match '${pattern.text}'`));
  }
  if (format !== undefined && !hasFormat(format, value)) {
    report(invalidError(path, value, `${path} in body must be of type ${format}: ${JSON.stringify(value)}`));
  }
}

function isMultiple(value: number, factor: number | undefined): boolean {
  if (factor === undefined || factor === 0) return true;
  const ratio = value / factor;
  return Math.abs(ratio - Math.round(ratio)) < 1e-9 * Math.max(1, Math.abs(ratio));
}

function atLeastText(rules: ValueRules): string {
  return `greater than ${rules.exclusiveMinimum ? '' : 'or equal to '}${rules.minimum}`;
}

function atMostText(rules: ValueRules): string {
  return `less than ${rules.exclusiveMaximum ? '' : 'or equal to '}${rules.maximum}`;
}

/** What a number should be and is not, in the words of the message. */
function numberProblems(rules: ValueRules, value: number): readonly string[] {
  const minimum = rules.minimum ?? -Infinity;
  const maximum = rules.maximum ?? Infinity;
  const problems: string[] = [];
  const [tooLow, tooHigh] = [value < minimum, value > maximum];
  if (tooLow || (rules.exclusiveMinimum && value === minimum)) problems.push(atLeastText(rules));
  if (tooHigh || (rules.exclusiveMaximum && value === maximum)) problems.push(atMostText(rules));
  if (!isMultiple(value, rules.multipleOf)) problems.push(`a multiple of ${rules.multipleOf}`);
  return problems;
}

function checkNumber(rules: ValueRules, value: number, at: { path: string; report: Report }): void {
  for (const words of numberProblems(rules, value)) {
    at.report(invalidError(at.path, value, `${at.path} in body should be ${words}`));
  }
}

function checkList(rules: ValueRules, value: readonly unknown[], at: { path: string; report: Report }): void {
  const { path, report } = at;
  if (rules.maxItems !== undefined && value.length > rules.maxItems) {
    report(tooManyError(path, value.length, rules.maxItems));
  }
  if (rules.minItems !== undefined && value.length < rules.minItems) {
    report(invalidError(path, value.length, `${path} in body should have at least ${rules.minItems} items`));
  }
  const texts = rules.uniqueItems ? new Set(value.map((item) => JSON.stringify(item))) : undefined;
  if (texts !== undefined && texts.size < value.length) {
    report(invalidError(path, value, `${path} in body shouldn't contain duplicates`));
  }
}

function checkMembers(rules: ValueRules, value: object, at: { path: string; report: Report }): void {
  const { path, report } = at;
  const count = Object.keys(value).length;
  if (rules.maxProperties !== undefined && count > rules.maxProperties) {
    report(tooManyError(path, count, rules.maxProperties));
  }
  if (rules.minProperties !== undefined && count < rules.minProperties) {
    report(invalidError(path, count, `${path} in body should have at least ${rules.minProperties} properties`));
  }
}

function checkByType(rules: ValueRules, value: unknown, at: { path: string; report: Report }): void {
  if (typeof value === 'string') checkText(rules, value, at);
  else if (typeof value === 'number') checkNumber(rules, value, at);
  else if (Array.isArray(value)) checkList(rules, value, at);
  else if (isObject(value)) checkMembers(rules, value, at);
}

function checkNestedMembers(
  nested: NestedRules,
  value: { readonly [key: string]: unknown },
  at: { path: string; report: Report },
): void {
  const { path, report } = at;
  for (const name of nested.required) if (!Object.hasOwn(value, name)) report(requiredError(childPath(path, name)));
  for (const [name, member] of nested.properties) {
    if (Object.hasOwn(value, name)) checkNested(member, value[name], { path: childPath(path, name), report });
  }
}

function checkNested(nested: NestedRules, value: unknown, at: { path: string; report: Report }): void {
  const { path, report } = at;
  const found = typeName(value);
  const { element, type, rules } = nested;
  if (type !== undefined && !fitsType(found, type)) report(typeError(path, found, type));
  if (rules !== undefined) checkRules(rules, value, at);
  if (Array.isArray(value) && element !== undefined) {
    value.forEach((item, index) => checkNested(element, item, { path: `${path}[${index}]`, report }));
  }
  if (isObject(value)) checkNestedMembers(nested, value, at);
}

function isMet(nested: NestedRules, value: unknown, path: string): boolean {
  let met = true;
  checkNested(nested, value, { path, report: () => (met = false) });
  return met;
}

function checkCombinations(rules: ValueRules, value: unknown, at: { path: string; report: Report }): void {
  const { path, report } = at;
  const name = JSON.stringify(path);
  for (const nested of rules.allOf) checkNested(nested, value, at);
  if (rules.anyOf.length > 0 && !rules.anyOf.some((nested) => isMet(nested, value, path))) {
    report(invalidError(path, '', `${name} must validate at least one schema (anyOf)`));
  }
  if (rules.oneOf.length > 0) {
    const count = rules.oneOf.filter((nested) => isMet(nested, value, path)).length;
    const found = count === 0 ? 'Found none valid' : `Found ${count} valid alternatives`;
    if (count !== 1) report(invalidError(path, '', `${name} must validate one and only one schema (oneOf). ${found}`));
  }
  if (rules.not !== undefined && isMet(rules.not, value, path)) {
    report(invalidError(path, '', `${name} must not validate the schema (not)`));
  }
}

/** Checks the value validations of a node: limits, patterns, enums, combinations. */
export function checkRules(rules: ValueRules, value: unknown, at: { path: string; report: Report }): void {
  const { enumValues } = rules;
  if (enumValues !== undefined && !enumValues.some((allowed) => equalJson(allowed, value))) {
    at.report(unsupportedError(at.path, value, enumValues));
  }
  checkByType(rules, value, at);
  checkCombinations(rules, value, at);
}
