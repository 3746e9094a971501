import { isObject, parseTime } from '@argosy/std';

import { childPath, type FieldError } from './field-error.ts';
import { isBase64 } from './formats.ts';
import { parseQuantity } from './quantity.ts';
import type { Report } from './rule-check.ts';
import type { TypeSchema } from './type-schema.ts';

/** Where the walk stands, as a chain to the root: a path is only written out when there is something to say. */
interface Place {
  readonly parent: Place | undefined;
  /** A field name, a map key or a list index below `parent`. */
  readonly segment: string | number;
  readonly isField: boolean;
  /** The Go struct that holds the field. */
  readonly owner: string;
  readonly report: Report;
}

/** The path with indexes and keys, for causes. */
function pathOf(place: Place): string {
  const above = place.parent === undefined ? '' : pathOf(place.parent);
  return place.isField ? childPath(above, String(place.segment)) : `${above}[${place.segment}]`;
}

/** The path of field names only, as Go's decoder writes it. */
function goPathOf(place: Place): string {
  const above = place.parent === undefined ? '' : goPathOf(place.parent);
  return place.isField ? childPath(above, String(place.segment)) : above;
}

const GO_SCALARS: { readonly [scalar: string]: string } = {
  string: 'string',
  number: 'float64',
  boolean: 'bool',
  bytes: '[]uint8',
  time: 'v1.Time',
  'micro-time': 'v1.MicroTime',
  duration: 'v1.Duration',
  quantity: 'resource.Quantity',
  'int-or-string': 'intstr.IntOrString',
};

function goType(schema: TypeSchema): string {
  switch (schema.shape) {
    case 'list':
      return `[]${schema.element === undefined ? 'string' : goType(schema.element)}`;
    case 'map':
      return `map[string]${schema.element === undefined ? 'string' : goType(schema.element)}`;
    case 'scalar':
      return schema.scalar === 'integer'
        ? `int${schema.go?.bits ?? 64}`
        : (GO_SCALARS[schema.scalar ?? ''] ?? 'string');
    case 'struct':
      return `v1.${schema.name}`;
    default:
      return 'runtime.RawExtension';
  }
}

function goKind(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'number') return Number.isInteger(value) ? 'number' : `number ${value}`;
  return typeof value;
}

function refuse(place: Place, message: string): void {
  const error: FieldError = { field: pathOf(place), reason: 'FieldValueTypeInvalid', message };
  place.report(error);
}

function refuseKind(schema: TypeSchema, kind: string, place: Place): void {
  const field = `Go struct field ${place.owner}.${goPathOf(place)}`;
  refuse(place, `json: cannot unmarshal ${kind} into ${field} of type ${goType(schema)}`);
}

function mismatch(schema: TypeSchema, value: unknown, place: Place): void {
  refuseKind(schema, goKind(value), place);
}

function checkInteger(schema: TypeSchema, value: unknown, place: Place): void {
  if (typeof value !== 'number') return mismatch(schema, value, place);
  const limit = schema.go?.bits === 32 ? 2 ** 31 : 2 ** 63;
  if (!Number.isInteger(value) || value < -limit || value >= limit) refuseKind(schema, `number ${value}`, place);
}

function checkQuantity(schema: TypeSchema, value: unknown, place: Place): void {
  if (typeof value !== 'string' && typeof value !== 'number') return mismatch(schema, value, place);
  try {
    parseQuantity(value);
  } catch (error) {
    refuse(place, error instanceof Error ? error.message : String(error));
  }
}

function checkTime(schema: TypeSchema, value: unknown, place: Place): void {
  if (typeof value !== 'string') return mismatch(schema, value, place);
  if (value !== '' && parseTime(value) === undefined) {
    refuse(place, `parsing time ${JSON.stringify(value)} as "2006-01-02T15:04:05Z07:00": it is no RFC 3339 time`);
  }
}

function checkBytes(schema: TypeSchema, value: unknown, place: Place): void {
  if (typeof value !== 'string') return mismatch(schema, value, place);
  if (isBase64(value)) return;
  const bad = /[^A-Za-z0-9+/\r\n]/.exec(value);
  refuse(place, `illegal base64 data at input byte ${bad?.index ?? value.length}`);
}

function checkScalar(schema: TypeSchema, value: unknown, place: Place): void {
  switch (schema.scalar) {
    case 'integer':
      return checkInteger(schema, value, place);
    case 'quantity':
      return checkQuantity(schema, value, place);
    case 'time':
    case 'micro-time':
      return checkTime(schema, value, place);
    case 'bytes':
      return checkBytes(schema, value, place);
    case 'int-or-string':
      if (typeof value !== 'string' && !Number.isInteger(value)) mismatch(schema, value, place);
      return;
    case 'number':
      if (typeof value !== 'number') mismatch(schema, value, place);
      return;
    case 'boolean':
      if (typeof value !== 'boolean') mismatch(schema, value, place);
      return;
    default:
      if (typeof value !== 'string') mismatch(schema, value, place);
  }
}

function checkStruct(schema: TypeSchema, value: { readonly [key: string]: unknown }, at: Place | Root): void {
  const parent = 'parent' in at ? at : undefined;
  for (const name of Object.keys(value)) {
    const field = schema.fields.get(name);
    const child = value[name];
    if (field === undefined || child === null || child === undefined) continue;
    check(field, child, { parent, segment: name, isField: true, owner: schema.name, report: at.report });
  }
}

function checkItems(schema: TypeSchema, value: readonly unknown[], place: Place): void {
  const { element } = schema;
  if (element === undefined) return;
  for (let index = 0; index < value.length; index += 1) {
    check(element, value[index], {
      parent: place,
      segment: index,
      isField: false,
      owner: place.owner,
      report: place.report,
    });
  }
}

function checkEntries(schema: TypeSchema, value: { readonly [key: string]: unknown }, place: Place): void {
  const { element } = schema;
  if (element === undefined) return;
  for (const key of Object.keys(value)) {
    check(element, value[key], {
      parent: place,
      segment: key,
      isField: false,
      owner: place.owner,
      report: place.report,
    });
  }
}

function check(schema: TypeSchema, value: unknown, place: Place): void {
  if (value === null || value === undefined || schema.shape === 'any') return;
  if (schema.shape === 'scalar') return checkScalar(schema, value, place);
  if (schema.shape === 'list')
    return Array.isArray(value) ? checkItems(schema, value, place) : mismatch(schema, value, place);
  if (!isObject(value)) return mismatch(schema, value, place);
  if (schema.shape === 'struct') return checkStruct(schema, value, place);
  checkEntries(schema, value, place);
}

/** The place of a whole object. */
interface Root {
  readonly report: Report;
}

/** Checks what Go's decoder would refuse: JSON types, integer ranges, quantities, times, base64. Null is zero. */
export function checkBuiltin(schema: TypeSchema, value: unknown, at: { path: string; report: Report }): void {
  const { path, report } = at;
  if (path === '' && isObject(value)) return checkStruct(schema, value, { report });
  check(schema, value, { parent: undefined, segment: path, isField: true, owner: schema.name, report });
}
