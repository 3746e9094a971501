import { canonicalJson, isObject } from '@argosy/std';

import type { TypeSchema } from './type-schema.ts';

/** The value that stood here before, where that is known. */
export type Old = { readonly value: unknown } | undefined;

/** What stood at a member before. */
export function oldMember(old: Old, name: string): Old {
  if (old === undefined || !isObject(old.value) || !Object.hasOwn(old.value, name)) return undefined;
  const value = old.value[name];
  return value === undefined || value === null ? undefined : { value };
}

/** The members that tell an item of a keyed list from the others; defaults count. */
export function keyMembers(schema: TypeSchema, item: unknown): { readonly [key: string]: unknown } {
  const members: { [key: string]: unknown } = {};
  for (const key of schema.keys) {
    const given = isObject(item) && Object.hasOwn(item, key) ? item[key] : schema.element?.fields.get(key)?.fallback;
    if (given !== undefined) members[key] = given;
  }
  return members;
}

const NOTHING = (): Old => undefined;

/** Finds the old item of a new one: only items of keyed lists have an identity. */
export function oldItemOf(schema: TypeSchema, old: Old): (item: unknown) => Old {
  if (old === undefined || schema.relation !== 'map' || !Array.isArray(old.value)) return NOTHING;
  const items = new Map<string, unknown>();
  for (const item of old.value) items.set(canonicalJson(keyMembers(schema, item)), item);
  return (item) => {
    const key = canonicalJson(keyMembers(schema, item));
    return items.has(key) ? { value: items.get(key) } : undefined;
  };
}
