import { formatMicroTime, formatTime, isObject, parseTime, setOwn } from '@argosy/std';

import { checkDepth } from './depth.ts';
import { formatQuantity, parseQuantity, scaledQuantity } from './quantity.ts';
import type { TypeSchema } from './type-schema.ts';

type Members = { readonly [key: string]: unknown };

/** Finest step of the amounts in a ResourceList: a thousandth. */
const MILLI = -3;

function canonicalAmount(value: unknown, milli: boolean): unknown {
  if (typeof value !== 'string' && typeof value !== 'number') return value;
  try {
    const quantity = parseQuantity(value);
    if (!milli || quantity.exponent >= MILLI) return formatQuantity(quantity);
    return formatQuantity({ digits: scaledQuantity(quantity, MILLI), exponent: MILLI, format: quantity.format });
  } catch {
    return value; // Validation names the malformed quantity; there is nothing to normalise.
  }
}

/** Times in the form that `formatTime` gives; days that not every month has are looked at closely. */
const CANONICAL_TIME = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\dZ$/;

function canonicalTime(value: unknown, format: typeof formatTime): unknown {
  const at = typeof value === 'string' ? parseTime(value) : undefined;
  return at === undefined ? value : format(at);
}

function scalarValue(schema: TypeSchema, value: unknown, milli: boolean): unknown {
  switch (schema.scalar) {
    case 'quantity':
      return canonicalAmount(value, milli);
    case 'time':
      return typeof value === 'string' && CANONICAL_TIME.test(value) ? value : canonicalTime(value, formatTime);
    case 'micro-time':
      // Whole microseconds in UTC are canonical; an instant would cut them to milliseconds.
      return typeof value === 'string' && /\.\d{6}Z$/.test(value) ? value : canonicalTime(value, formatMicroTime);
    case 'bytes':
      return typeof value === 'string' ? value.replace(/[\r\n]/g, '') : value;
    default:
      return value;
  }
}

function isEmpty(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  return isObject(value) && Object.keys(value).length === 0;
}

/** Scalars whose zero Go's encoder leaves out of omitempty fields; structs such as Quantity it always writes. */
function isZeroScalar(schema: TypeSchema, value: unknown): boolean {
  if (schema.scalar === 'quantity' || schema.scalar === 'int-or-string') return false;
  return value === '' || value === 0 || value === false;
}

/** True when encoding/json leaves the field out: zero, held by value, tagged omitempty. */
function isDropped(schema: TypeSchema, value: unknown): boolean {
  const { go, shape } = schema;
  if (value === null || value === undefined) return true;
  if (go === undefined || go.always) return false;
  if (shape === 'list' || shape === 'map') return isEmpty(value);
  return shape === 'scalar' && !go.pointer && isZeroScalar(schema, value);
}

/** Structs by value are always written by Go's encoder; ObjectMeta and ListMeta are left out where nobody gave them. */
function addsEmptyStruct(field: TypeSchema): boolean {
  if (field.shape !== 'struct' || field.go?.pointer !== false) return false;
  return field.name !== 'ObjectMeta' && field.name !== 'ListMeta';
}

function normalizeGiven(schema: TypeSchema, object: Members): Members {
  let copy: { [key: string]: unknown } | undefined;
  for (const name of Object.keys(object)) {
    const field = schema.fields.get(name);
    if (field === undefined) continue;
    const next = normalize(field, object[name], false);
    const dropped = isDropped(field, next);
    if (!dropped && next === object[name]) continue;
    copy ??= { ...object };
    if (dropped) delete copy[name];
    else setOwn(copy, name, next);
  }
  return copy ?? object;
}

const valueStructs = new WeakMap<TypeSchema, readonly (readonly [string, TypeSchema])[]>();

function valueStructsOf(schema: TypeSchema): readonly (readonly [string, TypeSchema])[] {
  const known = valueStructs.get(schema);
  if (known !== undefined) return known;
  const made = [...schema.fields].filter(([, field]) => addsEmptyStruct(field));
  valueStructs.set(schema, made);
  return made;
}

function normalizeStruct(schema: TypeSchema, object: Members): Members {
  const given = normalizeGiven(schema, object);
  let copy: { [key: string]: unknown } | undefined;
  for (const [name, field] of valueStructsOf(schema)) {
    if (Object.hasOwn(given, name)) continue;
    copy ??= { ...given };
    setOwn(copy, name, normalize(field, {}, false));
  }
  return copy ?? given;
}

function normalizeMap(element: TypeSchema, object: Members): Members {
  let copy: { [key: string]: unknown } | undefined;
  for (const key of Object.keys(object)) {
    // A null in a map of values is the zero value there; maps keep their zeros.
    const given = object[key] === null && element.scalar === 'string' ? '' : object[key];
    const next = normalize(element, given, true);
    if (next === object[key]) continue;
    copy ??= { ...object };
    setOwn(copy, key, next);
  }
  return copy ?? object;
}

function normalizeList(element: TypeSchema, list: readonly unknown[]): readonly unknown[] {
  let copy: unknown[] | undefined;
  list.forEach((item: unknown, index) => {
    const next = normalize(element, item, false);
    if (next === item) return;
    copy ??= list.slice();
    copy[index] = next;
  });
  return copy ?? list;
}

function normalize(schema: TypeSchema, value: unknown, milli: boolean): unknown {
  if (schema.shape === 'scalar') return scalarValue(schema, value, milli);
  if (Array.isArray(value))
    return schema.shape === 'list' && schema.element !== undefined ? normalizeList(schema.element, value) : value;
  if (!isObject(value)) return value;
  if (schema.shape === 'struct') return normalizeStruct(schema, value);
  return schema.shape === 'map' && schema.element !== undefined ? normalizeMap(schema.element, value) : value;
}

/**
 * What a built-in object looks like after Go decoded and encoded it: canonical quantities (resource lists rounded up
 * to a thousandth), times in UTC, nulls and zeros of omitempty fields dropped, structs held by value present as `{}`.
 * Only for built-in schemas, after `validateObject`. Returns `object` itself when nothing changes.
 * @throws KubeError BadRequest when the object is nested too deeply.
 */
export function normalizeObject<T>(schema: TypeSchema, object: T): T {
  checkDepth(object, 'object');
  return normalize(schema, object, false) as T;
}
