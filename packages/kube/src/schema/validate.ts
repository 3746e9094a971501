import { canonicalJson, equalJson, isObject } from '@argosy/std';

import { checkBuiltin } from './builtin-check.ts';
import { checkDepth } from './depth.ts';
import {
  childPath,
  duplicateError,
  MAX_FIELD_ERRORS,
  requiredError,
  typeError,
  type FieldError,
} from './field-error.ts';
import { keyMembers, oldItemOf, oldMember, type Old } from './old-value.ts';
import { checkRules, fitsType, typeName, type Report } from './rule-check.ts';
import type { TypeSchema } from './type-schema.ts';

const EXPECTED: { readonly [shape: string]: string } = { struct: 'object', map: 'object', list: 'array' };

interface At {
  readonly path: string;
  readonly report: Report;
  /** What stood here before an update: a custom resource's value that did not change is not checked again. */
  readonly old: Old;
}

function checkType(schema: TypeSchema, value: unknown, at: At): boolean {
  const found = typeName(value);
  if (schema.scalar === 'int-or-string') {
    if (found === 'integer' || found === 'string') return true;
    at.report(typeError(at.path, found, 'integer,string'));
    return false;
  }
  const wanted = schema.shape === 'scalar' ? (schema.scalar ?? 'string') : EXPECTED[schema.shape];
  if (wanted === undefined || fitsType(found, wanted)) return true;
  at.report(typeError(at.path, found, wanted));
  return false;
}

function checkDuplicates(schema: TypeSchema, value: readonly unknown[], at: At): void {
  if (schema.relation !== 'set' && schema.relation !== 'map') return;
  const seen = new Set<string>();
  value.forEach((item, index) => {
    const identity = schema.relation === 'set' ? item : keyMembers(schema, item);
    const text = canonicalJson(identity);
    if (seen.has(text)) at.report(duplicateError(`${at.path}[${index}]`, identity));
    seen.add(text);
  });
}

function checkMembers(schema: TypeSchema, value: { readonly [key: string]: unknown }, at: At): void {
  const { path, report } = at;
  for (const name of schema.required) {
    if (!Object.hasOwn(value, name)) report(requiredError(childPath(path, name)));
  }
  if (schema.embedded && path !== '') checkEmbedded(value, at);
  const { element } = schema;
  for (const name of Object.keys(value)) {
    const member = schema.shape === 'map' ? element : schema.fields.get(name);
    if (member === undefined) continue;
    check(member, value[name], { path: childPath(path, name), report, old: oldMember(at.old, name) });
  }
}

function checkEmbedded(value: { readonly [key: string]: unknown }, at: At): void {
  for (const name of ['apiVersion', 'kind']) {
    const given = value[name];
    if (given === undefined || given === '') at.report(requiredError(childPath(at.path, name), 'must not be empty'));
  }
}

function checkItems(schema: TypeSchema, value: readonly unknown[], at: At): void {
  checkDuplicates(schema, value, at);
  const { element } = schema;
  if (element === undefined) return;
  const oldItem = oldItemOf(schema, at.old);
  value.forEach((item, index) => {
    check(element, item, { path: `${at.path}[${index}]`, report: at.report, old: oldItem(item) });
  });
}

function isUnchanged(value: unknown, old: Old): boolean {
  return old !== undefined && equalJson(old.value, value);
}

/** Null passes where it is allowed; built-in types inside a custom one are checked as such. */
function check(schema: TypeSchema, value: unknown, at: At): void {
  const builtin = schema.source === undefined && schema.shape !== 'any';
  if (builtin || schema.name === 'ObjectMeta') checkBuiltin(schema, value, at);
  if (builtin || value === undefined || (value === null && schema.nullable)) return;
  if (!isUnchanged(value, at.old) && checkType(schema, value, at)) checkTyped(schema, value, at);
}

function checkTyped(schema: TypeSchema, value: unknown, at: At): void {
  if (schema.rules !== undefined) checkRules(schema.rules, value, at);
  if (Array.isArray(value)) checkItems(schema, value, at);
  else if (isObject(value)) checkMembers(schema, value, at);
}

/**
 * Checks an object against its schema, after pruning and defaulting. Custom resources: types, required members and
 * all value validations, in Kubernetes' words. Built-in kinds: what Go's decoder refuses (reason
 * FieldValueTypeInvalid, `json: cannot unmarshal …`); their rules proper belong to the API server.
 * Errors stand in the order of the schema walk, at most `MAX_FIELD_ERRORS` of them. `old` is the object before an
 * update: what is wrong there already and did not change is tolerated, so that a stricter schema leaves old objects
 * writable.
 * @throws KubeError BadRequest when the object is nested too deeply.
 */
export function validateObject(schema: TypeSchema, object: unknown, old?: unknown): readonly FieldError[] {
  checkDepth(object, 'object');
  const errors: FieldError[] = [];
  const report: Report = (error) => {
    if (errors.length < MAX_FIELD_ERRORS) errors.push(error);
  };
  check(schema, object, { path: '', report, old: old === undefined ? undefined : { value: old } });
  return errors;
}
