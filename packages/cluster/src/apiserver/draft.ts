import { isObject, setOwn } from '@argosy/std';

/** A private, mutable copy of an object on its way into the store. Nobody else holds parts of it. */
export interface Draft {
  [field: string]: unknown;
}

/**
 * A deep private copy of JSON data from outside. Members that are `undefined` are left out; with `dropNulls`,
 * null members of objects are left out too, as typed decoding does.
 */
export function draftOf(value: unknown, dropNulls: boolean): Draft {
  return copy(value, dropNulls) as Draft;
}

function copy(value: unknown, dropNulls: boolean): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const list: unknown[] = [];
    for (const item of value) list.push(item === undefined ? null : copy(item, dropNulls));
    return list;
  }
  const target: { [key: string]: unknown } = {};
  const source = value as { readonly [key: string]: unknown };
  for (const key of Object.keys(source)) {
    const member = source[key];
    if (member === undefined || (dropNulls && member === null)) continue;
    setOwn(target, key, copy(member, dropNulls));
  }
  return target;
}

/** The object at `key`, or `undefined` when there is none. */
export function part(draft: Draft | undefined, key: string): Draft | undefined {
  if (draft === undefined || !Object.hasOwn(draft, key)) return undefined;
  const value = draft[key];
  return isObject(value) ? (value as Draft) : undefined;
}

/** The object at `key`; an empty one is put there when there is none. */
export function ensurePart(draft: Draft, key: string): Draft {
  const known = part(draft, key);
  if (known !== undefined) return known;
  const fresh: Draft = {};
  draft[key] = fresh;
  return fresh;
}

/** The objects of the list at `key`; other elements are skipped. */
export function parts(draft: Draft | undefined, key: string): readonly Draft[] {
  const list = draft !== undefined && Object.hasOwn(draft, key) ? draft[key] : undefined;
  return Array.isArray(list) ? (list as unknown[]).filter((item): item is Draft => isObject(item)) : [];
}

/** The text at `key`, or `''`. */
export function textAt(draft: Draft | undefined, key: string): string {
  const value = draft !== undefined && Object.hasOwn(draft, key) ? draft[key] : undefined;
  return typeof value === 'string' ? value : '';
}

/** The number at `key`, if it is one. */
export function numberAt(draft: Draft | undefined, key: string): number | undefined {
  const value = draft !== undefined && Object.hasOwn(draft, key) ? draft[key] : undefined;
  return typeof value === 'number' ? value : undefined;
}

/** Sets `key` when it is absent or null. */
export function setDefault(draft: Draft, key: string, value: unknown): void {
  if (!Object.hasOwn(draft, key) || draft[key] === null || draft[key] === undefined) draft[key] = value;
}
