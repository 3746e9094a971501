import { cloneJson, isObject, setOwn } from '@argosy/std';

import { checkDepth } from './depth.ts';
import type { TypeSchema } from './type-schema.ts';

type Members = { readonly [key: string]: unknown };

function defaultList(element: TypeSchema, list: readonly unknown[]): readonly unknown[] {
  let copy: unknown[] | undefined;
  for (let index = 0; index < list.length; index += 1) {
    const item = list[index];
    const next = apply(element, item);
    if (next === item) continue;
    copy ??= list.slice();
    copy[index] = next;
  }
  return copy ?? list;
}

function defaultMap(element: TypeSchema, map: Members): Members {
  let copy: { [key: string]: unknown } | undefined;
  for (const key of Object.keys(map)) {
    const next = apply(element, map[key]);
    if (next === map[key]) continue;
    copy ??= { ...map };
    setOwn(copy, key, next);
  }
  return copy ?? map;
}

/** A struct that Go holds by value exists even when the JSON leaves it out, so its defaults apply too. */
function alwaysThere(field: TypeSchema): unknown {
  return field.shape === 'struct' && field.go?.pointer === false ? {} : undefined;
}

/** The value a member gets: its default when it is absent, or null where null is not allowed. */
function memberValue(field: TypeSchema, struct: Members, name: string): unknown {
  const given = Object.hasOwn(struct, name) ? struct[name] : undefined;
  if (given === undefined) return field.fallback === undefined ? alwaysThere(field) : cloneJson(field.fallback);
  if (given === null && !field.nullable && field.fallback !== undefined) return cloneJson(field.fallback);
  return given;
}

function defaultStruct(schema: TypeSchema, struct: Members): Members {
  let copy: { [key: string]: unknown } | undefined;
  for (const [name, field] of schema.fields) {
    if (!field.hasDefaults) continue;
    const given = Object.hasOwn(struct, name) ? struct[name] : undefined;
    const next = apply(field, memberValue(field, struct, name));
    if (next === given) continue;
    copy ??= { ...struct };
    setOwn(copy, name, next);
  }
  return copy ?? struct;
}

function apply(schema: TypeSchema, value: unknown): unknown {
  if (!schema.hasDefaults || value === null || value === undefined) return value;
  if (Array.isArray(value))
    return schema.shape === 'list' && schema.element !== undefined ? defaultList(schema.element, value) : value;
  if (!isObject(value)) return value;
  if (schema.shape === 'map') return schema.element === undefined ? value : defaultMap(schema.element, value);
  return defaultStruct(schema, value);
}

/**
 * Fills in defaults: a member that is absent gets its default when its parent exists, a null gets it where null is
 * not allowed. Returns `object` itself when nothing is missing; never changes it.
 * @throws KubeError BadRequest when the object is nested too deeply.
 */
export function defaultObject<T>(schema: TypeSchema, object: T): T {
  checkDepth(object, 'object');
  return apply(schema, object) as T;
}
