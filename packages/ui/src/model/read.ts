import { getPath, isObject } from '@argosy/std';

/** An object as the API sent it: nothing in it is trusted to be there. */
export interface ApiObject {
  readonly [key: string]: unknown;
}

/** The text at a path; `''` when there is none. */
export function textAt(value: unknown, ...path: readonly string[]): string {
  const found = getPath(value, path);
  return typeof found === 'string' ? found : '';
}

/** The objects of the list at a path; other items are left out. */
export function objectsAt(value: unknown, ...path: readonly string[]): readonly ApiObject[] {
  const found = getPath(value, path);
  return Array.isArray(found) ? found.filter(isObject) : [];
}

/** The texts of the list at a path; other items are left out. */
export function textsAt(value: unknown, ...path: readonly string[]): readonly string[] {
  const found = getPath(value, path);
  return Array.isArray(found) ? found.filter((item): item is string => typeof item === 'string') : [];
}

/** `namespace/name` of an object. */
export function keyAt(value: unknown): string {
  return `${textAt(value, 'metadata', 'namespace')}/${textAt(value, 'metadata', 'name')}`;
}
