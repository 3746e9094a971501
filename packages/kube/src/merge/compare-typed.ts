import { equalJson, isObject } from '@argosy/std';

import type { TypeSchema } from '../schema/index.ts';
import { EMPTY_SET, LEAF, SELF, withSelf, type FieldSet, type FieldSetDraft } from './field-set.ts';
import { atomOf, indexList, itemOf, memberOf, wholeSet, type Members } from './typed-value.ts';

/** What differs between two values: paths added or modified, and paths removed. `undefined` means none. */
export interface TypedDelta {
  readonly changed: FieldSet | undefined;
  readonly removed: FieldSet | undefined;
}

interface DeltaDraft {
  changed: FieldSetDraft | undefined;
  removed: FieldSetDraft | undefined;
}

const CHANGED_LEAF: TypedDelta = { changed: LEAF, removed: undefined };

function put(draft: DeltaDraft, element: string, delta: TypedDelta | undefined): void {
  if (delta === undefined) return;
  if (delta.changed !== undefined) {
    draft.changed ??= {};
    draft.changed[element] = delta.changed;
  }
  if (delta.removed !== undefined) {
    draft.removed ??= {};
    draft.removed[element] = delta.removed;
  }
}

function finished(draft: DeltaDraft): TypedDelta | undefined {
  return draft.changed === undefined && draft.removed === undefined ? undefined : draft;
}

const NO_MEMBERS: Members = Object.freeze({});

function compareMembers(schema: TypeSchema, before: unknown, after: unknown): TypedDelta | undefined {
  const left = isObject(before) ? before : NO_MEMBERS;
  const right = isObject(after) ? after : NO_MEMBERS;
  const draft: DeltaDraft = { changed: undefined, removed: undefined };
  let count = 0;
  for (const key of Object.keys(right)) {
    count += 1;
    const old = Object.hasOwn(left, key) ? left[key] : undefined;
    if (old !== right[key]) put(draft, `f:${key}`, compareTyped(memberOf(schema, key), old, right[key]));
  }
  for (const key of Object.keys(left)) {
    count += 1;
    if (!Object.hasOwn(right, key)) put(draft, `f:${key}`, compareTyped(memberOf(schema, key), left[key], undefined));
  }
  // Null and {} are told apart only when there is nothing else to tell.
  if (count === 0) return equalJson(before, after) ? undefined : CHANGED_LEAF;
  return finished(draft);
}

/** The value that tells items apart, when it is one scalar: quick to compare without writing a path element. */
function sameKeys(schema: TypeSchema, before: unknown, after: unknown): boolean {
  if (schema.relation === 'set') return before === after;
  if (!isObject(before) || !isObject(after)) return false;
  return schema.keys.every((key) => before[key] === after[key] && before[key] !== undefined);
}

/** Most lists keep their items in place: then equal ones need no index. Undefined when that is not so. */
function compareInPlace(
  schema: TypeSchema,
  left: readonly unknown[],
  right: readonly unknown[],
): readonly (TypedDelta | undefined)[] | undefined {
  if (left.length !== right.length) return undefined;
  for (let index = 0; index < left.length; index += 1) {
    if (left[index] !== right[index] && !sameKeys(schema, left[index], right[index])) return undefined;
  }
  const item = itemOf(schema);
  return left.map((before, index) => compareTyped(item, before, right[index]));
}

function compareIndexed(
  schema: TypeSchema,
  left: readonly unknown[],
  right: readonly unknown[],
): TypedDelta | undefined {
  const draft: DeltaDraft = { changed: undefined, removed: undefined };
  const [old, next] = [indexList(schema, left), indexList(schema, right)];
  for (const [element, item] of next.byElement) {
    const repeated = old.repeated?.has(element) === true || next.repeated?.has(element) === true;
    const delta = repeated
      ? compareRepeated(old.repeated?.get(element), next.repeated?.get(element))
      : compareTyped(itemOf(schema), old.byElement.get(element), item);
    put(draft, element, delta);
  }
  for (const [element, item] of old.byElement) {
    if (!next.byElement.has(element)) put(draft, element, compareTyped(itemOf(schema), item, undefined));
  }
  return finished(draft);
}

const NO_ITEMS: readonly unknown[] = Object.freeze([]);

function compareItems(schema: TypeSchema, before: unknown, after: unknown): TypedDelta | undefined {
  const left = Array.isArray(before) ? before : NO_ITEMS;
  const right = Array.isArray(after) ? after : NO_ITEMS;
  if (left.length === 0 && right.length === 0) return equalJson(before, after) ? undefined : CHANGED_LEAF;
  const deltas = compareInPlace(schema, left, right);
  if (deltas === undefined) return compareIndexed(schema, left, right);
  if (deltas.every((delta) => delta === undefined)) return undefined;
  const { elements, repeated } = indexList(schema, right);
  if (repeated !== undefined) return compareIndexed(schema, left, right);
  const draft: DeltaDraft = { changed: undefined, removed: undefined };
  elements.forEach((element, index) => put(draft, element, deltas[index]));
  return finished(draft);
}

function compareRepeated(
  before: readonly unknown[] | undefined,
  after: readonly unknown[] | undefined,
): TypedDelta | undefined {
  return equalJson(before, after) ? undefined : CHANGED_LEAF;
}

/** A value without schema that changed its kind: modified itself, its old members gone, its new ones added. */
function compareKinds(schema: TypeSchema, before: unknown, after: unknown): TypedDelta {
  const gone = wholeSet(schema, before);
  const removed: FieldSetDraft = { ...gone };
  delete removed[SELF];
  return {
    changed: withSelf(wholeSet(schema, after)),
    removed: Object.keys(removed).length === 0 ? undefined : removed,
  };
}

/** Compares two values of one type; `undefined` stands for absent. The result is the node of the value itself. */
export function compareTyped(schema: TypeSchema, before: unknown, after: unknown): TypedDelta | undefined {
  if (before === after) return undefined;
  if (before === undefined) return { changed: wholeSet(schema, after), removed: undefined };
  if (after === undefined) return { changed: undefined, removed: wholeSet(schema, before) };
  const atom = atomOf(schema, after);
  if (schema.shape === 'any' && atom !== atomOf(schema, before)) return compareKinds(schema, before, after);
  if (atom === 'members') return compareMembers(schema, before, after);
  if (atom === 'items') return compareItems(schema, before, after);
  return equalJson(before, after) ? undefined : CHANGED_LEAF;
}

/** What differs between two whole objects, as root sets: empty when nothing does. */
export interface ObjectDelta {
  readonly changed: FieldSet;
  readonly removed: FieldSet;
}

/** Compares two whole objects. */
export function compareObjects(schema: TypeSchema, before: Members, after: Members): ObjectDelta {
  const delta = compareMembers(schema, before, after);
  return { changed: delta?.changed ?? EMPTY_SET, removed: delta?.removed ?? EMPTY_SET };
}
