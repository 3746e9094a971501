import { compareText, isObject } from '@argosy/std';

import type { StatusCause } from '../meta/index.ts';

/** Reasons of field errors, as they stand in Status causes. */
export type FieldErrorReason =
  | 'FieldValueRequired'
  | 'FieldValueInvalid'
  | 'FieldValueTypeInvalid'
  | 'FieldValueNotSupported'
  | 'FieldValueDuplicate'
  | 'FieldValueForbidden'
  | 'FieldValueNotFound'
  | 'FieldValueTooLong'
  | 'FieldValueTooMany';

/** One refused field; it is a Status cause as it stands. `message` does not repeat the path. */
export interface FieldError extends StatusCause {
  readonly field: string;
  readonly reason: FieldErrorReason;
  readonly message: string;
}

/** Most errors that one validation reports. */
export const MAX_FIELD_ERRORS = 100;

/** Longest value shown inside a message. */
const MAX_VALUE_TEXT = 2048;

function goSyntax(value: unknown): string {
  if (value === null || value === undefined) return 'interface {}(nil)';
  if (typeof value === 'string') return JSON.stringify(value);
  if (Array.isArray(value)) return `[]interface {}{${value.map(goSyntax).join(', ')}}`;
  if (!isObject(value)) return JSON.stringify(value) ?? '';
  const members = Object.keys(value).sort(compareText);
  const texts = members.map((key) => `${JSON.stringify(key)}:${goSyntax(value[key])}`);
  return `map[string]interface {}{${texts.join(', ')}}`;
}

/** A JSON value as Kubernetes shows it in a field error: strings quoted, scalars plain, the rest in Go's syntax. */
export function valueText(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  return goSyntax(value).slice(0, MAX_VALUE_TEXT);
}

/** `spec.x: Required value: more` without the path. */
export function requiredError(field: string, detail = ''): FieldError {
  return {
    field,
    reason: 'FieldValueRequired',
    message: detail === '' ? 'Required value' : `Required value: ${detail}`,
  };
}

/** `Invalid value: "x": detail`. */
export function invalidError(field: string, value: unknown, detail: string): FieldError {
  return { field, reason: 'FieldValueInvalid', message: `Invalid value: ${valueText(value)}: ${detail}` };
}

/** A value of the wrong JSON type; `found` and `wanted` are type names. */
export function typeError(field: string, found: string, wanted: string): FieldError {
  const detail = `${field} in body must be of type ${wanted}: ${JSON.stringify(found)}`;
  return { field, reason: 'FieldValueTypeInvalid', message: `Invalid value: ${JSON.stringify(found)}: ${detail}` };
}

/** `Unsupported value: "x": supported values: "A", "B"`. */
export function unsupportedError(field: string, value: unknown, allowed: readonly unknown[]): FieldError {
  const names = allowed.map((item) => JSON.stringify(item)).join(', ');
  const message = `Unsupported value: ${valueText(value)}: supported values: ${names}`;
  return { field, reason: 'FieldValueNotSupported', message };
}

/** `Duplicate value: "x"`. */
export function duplicateError(field: string, value: unknown): FieldError {
  return { field, reason: 'FieldValueDuplicate', message: `Duplicate value: ${valueText(value)}` };
}

/** `Forbidden: detail`. */
export function forbiddenError(field: string, detail: string): FieldError {
  return { field, reason: 'FieldValueForbidden', message: `Forbidden: ${detail}` };
}

/** `Too long: may not be more than N bytes`. */
export function tooLongError(field: string, most: number): FieldError {
  return { field, reason: 'FieldValueTooLong', message: `Too long: may not be more than ${most} bytes` };
}

/** `Too many: N: must have at most M items`. */
export function tooManyError(field: string, count: number, most: number): FieldError {
  return { field, reason: 'FieldValueTooMany', message: `Too many: ${count}: must have at most ${most} items` };
}

/** The whole text of an error, path included. */
export function fieldErrorText(error: FieldError): string {
  return error.field === '' ? error.message : `${error.field}: ${error.message}`;
}

/** `spec` + `x` → `spec.x`; a name that is not a plain word is bracketed as Kubernetes does for map keys. */
export function childPath(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}
