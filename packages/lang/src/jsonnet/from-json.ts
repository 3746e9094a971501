import { isObject, type JsonValue } from '@argosy/std';
import { objectOf } from './object.ts';
import { JsonnetArray, type Value } from './value.ts';

/** JSON as a Jsonnet value. */
export function fromJson(value: JsonValue): Value {
  if (Array.isArray(value)) return new JsonnetArray((value as readonly JsonValue[]).map(fromJson));
  if (!isObject(value)) return value as null | boolean | number | string;
  const object = value as { readonly [key: string]: JsonValue };
  return objectOf(Object.keys(object).map((name) => [name, fromJson(object[name] ?? null)] as const));
}
