import { canonicalJson, compareText, isObject } from '@argosy/std';

import { ANY_SCHEMA, type TypeSchema } from '../schema/index.ts';
import { LEAF, SELF, type FieldSet, type FieldSetDraft } from './field-set.ts';

/** How a value is owned: as one, by member, or by item. */
export type Atom = 'leaf' | 'members' | 'items';

/** A map that may be read by own keys. */
export type Members = { readonly [key: string]: unknown };

/** How `value` is owned under `schema`. Without a schema maps go by member and lists as one: the deduced type. */
export function atomOf(schema: TypeSchema, value: unknown): Atom {
  switch (schema.shape) {
    case 'scalar':
      return 'leaf';
    case 'list':
      return schema.relation === 'atomic' ? 'leaf' : 'items';
    case 'any':
      return schema.relation !== 'atomic' && isObject(value) ? 'members' : 'leaf';
    default:
      return schema.relation === 'atomic' ? 'leaf' : 'members';
  }
}

/** The schema of a member of a map or struct. */
export function memberOf(schema: TypeSchema, name: string): TypeSchema {
  return schema.fields.get(name) ?? (schema.shape === 'map' ? schema.element : undefined) ?? ANY_SCHEMA;
}

/** The schema of the items of a list. */
export function itemOf(schema: TypeSchema): TypeSchema {
  return schema.element ?? ANY_SCHEMA;
}

/** The path element of a list item; undefined when it lacks a key that has no default. */
export function itemElement(schema: TypeSchema, item: unknown): string | undefined {
  if (schema.relation === 'set') return `v:${typeof item === 'object' ? canonicalJson(item) : JSON.stringify(item)}`;
  if (!isObject(item)) return undefined;
  const parts: string[] = [];
  for (const key of sortedKeys(schema)) {
    const given = Object.hasOwn(item, key) ? item[key] : undefined;
    const value = given ?? itemOf(schema).fields.get(key)?.fallback;
    if (value === undefined) return undefined;
    parts.push(`${JSON.stringify(key)}:${typeof value === 'object' ? canonicalJson(value) : JSON.stringify(value)}`);
  }
  return `k:{${parts.join(',')}}`;
}

const sorted = new WeakMap<readonly string[], readonly string[]>();

function sortedKeys(schema: TypeSchema): readonly string[] {
  const { keys } = schema;
  if (keys.length < 2) return keys;
  const known = sorted.get(keys);
  if (known !== undefined) return known;
  const made = [...keys].sort(compareText);
  sorted.set(keys, made);
  return made;
}

/** A list by path element, in order. Items without a usable key go by index; of equal keys the first is kept. */
export interface IndexedList {
  readonly elements: readonly string[];
  readonly byElement: ReadonlyMap<string, unknown>;
  /** Elements that stand more than once, with all their values. */
  readonly repeated: ReadonlyMap<string, readonly unknown[]> | undefined;
}

/** Indexes a list that is owned by item. */
export function indexList(schema: TypeSchema, list: readonly unknown[]): IndexedList {
  const elements: string[] = [];
  const byElement = new Map<string, unknown>();
  let repeated: Map<string, unknown[]> | undefined;
  for (let index = 0; index < list.length; index += 1) {
    const item = list[index];
    const element = itemElement(schema, item) ?? `i:${index}`;
    elements.push(element);
    if (byElement.has(element)) {
      repeated ??= new Map();
      const values = repeated.get(element) ?? [byElement.get(element)];
      values.push(item);
      repeated.set(element, values);
    } else {
      byElement.set(element, item);
    }
  }
  return { elements, byElement, repeated };
}

/** Every path at and below a value: what adding or removing it touches. Shape: the node of the value itself. */
export function wholeSet(schema: TypeSchema, value: unknown): FieldSet {
  const atom = atomOf(schema, value);
  if (atom === 'members' && isObject(value)) {
    const keys = Object.keys(value);
    if (keys.length === 0) return LEAF;
    const node: FieldSetDraft = { [SELF]: LEAF };
    for (const key of keys) node[`f:${key}`] = wholeSet(memberOf(schema, key), value[key]);
    return node;
  }
  if (atom !== 'items' || !Array.isArray(value) || value.length === 0) return LEAF;
  const node: FieldSetDraft = { [SELF]: LEAF };
  const { byElement } = indexList(schema, value);
  for (const [element, item] of byElement) node[element] = wholeSet(itemOf(schema), item);
  return node;
}
