import { isObject, setOwn } from '@argosy/std';

import { checkDepth } from './depth.ts';
import { childPath } from './field-error.ts';
import type { TypeSchema } from './type-schema.ts';

/** Most unknown fields that are named; the rest are pruned without a word. */
export const MAX_UNKNOWN_FIELDS = 100;

type Members = { readonly [key: string]: unknown };

function report(unknown: string[], path: string): void {
  if (unknown.length < MAX_UNKNOWN_FIELDS) unknown.push(`unknown field ${JSON.stringify(path)}`);
}

interface At {
  readonly path: string;
  readonly unknown: string[];
}

function pruneList(element: TypeSchema, list: readonly unknown[], at: At): readonly unknown[] {
  let copy: unknown[] | undefined;
  list.forEach((item: unknown, index) => {
    const next = prune(element, item, { path: `${at.path}[${index}]`, unknown: at.unknown });
    if (next === item) return;
    copy ??= list.slice();
    copy[index] = next;
  });
  return copy ?? list;
}

function memberSchema(schema: TypeSchema, name: string): TypeSchema | undefined {
  return schema.shape === 'map' ? schema.element : schema.fields.get(name);
}

function pruneMembers(schema: TypeSchema, object: Members, at: At): Members {
  let copy: { [key: string]: unknown } | undefined;
  for (const name of Object.keys(object)) {
    const member = memberSchema(schema, name);
    const path = childPath(at.path, name);
    if (member === undefined) {
      if (schema.preserveUnknown) continue;
      report(at.unknown, path);
      copy ??= { ...object };
      delete copy[name];
      continue;
    }
    const next = prune(member, object[name], { path, unknown: at.unknown });
    if (next === object[name]) continue;
    copy ??= { ...object };
    setOwn(copy, name, next);
  }
  return copy ?? object;
}

function prune(schema: TypeSchema, value: unknown, at: At): unknown {
  const { shape, element } = schema;
  if (typeof value !== 'object' || value === null || shape === 'scalar') return value;
  if (Array.isArray(value)) return shape === 'list' && element !== undefined ? pruneList(element, value, at) : value;
  return isObject(value) && (shape === 'struct' || shape === 'map') ? pruneMembers(schema, value, at) : value;
}

/**
 * Drops the fields that the schema does not know and names them as strict decoding does: `unknown field "spec.foo"`.
 * Respects preserve-unknown-fields, embedded resources and int-or-string. Returns the same object when nothing goes.
 * @throws KubeError BadRequest when the object is nested too deeply.
 */
export function pruneObject<T>(
  schema: TypeSchema,
  object: T,
): { readonly object: T; readonly unknown: readonly string[] } {
  checkDepth(object, 'object');
  const unknown: string[] = [];
  return { object: prune(schema, object, { path: '', unknown }) as T, unknown };
}
