import { equalJson, isObject, setOwn } from '@argosy/std';

import { ANY_SCHEMA, type TypeSchema } from '../schema/index.ts';
import { itemIdentity, sortedBy } from './list-order.ts';
import {
  DELETE_FROM_PRIMITIVE_LIST,
  memberSchema,
  PATCH_DIRECTIVE,
  RETAIN_KEYS,
  SET_ELEMENT_ORDER,
} from './strategic-patch.ts';

type Members = { readonly [key: string]: unknown };
type Draft = { [key: string]: unknown };

/** Which half of a difference is wanted; a two-way patch wants both. */
export interface DiffOptions {
  readonly changes: boolean;
  readonly deletions: boolean;
  /** Say the wanted order of merged lists. */
  readonly elementOrder: boolean;
}

function own(object: Members, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

function sameKind(a: unknown, b: unknown): boolean {
  return typeof a === typeof b && Array.isArray(a) === Array.isArray(b) && (a === null) === (b === null);
}

function sameOrder(before: readonly unknown[], after: readonly unknown[], key: string): boolean {
  return (
    before.length === after.length &&
    before.every((item, index) => itemIdentity(item, key) === itemIdentity(after[index], key))
  );
}

function keyOnly(item: unknown, key: string): Draft {
  const named: Draft = {};
  setOwn(named, key, isObject(item) ? own(item, key) : undefined);
  return named;
}

function diffItem(
  before: unknown,
  after: unknown,
  context: { schema: TypeSchema; options: DiffOptions },
): Draft | undefined {
  const { schema, options } = context;
  const key = schema.patch?.key ?? '';
  if (!isObject(before) || !isObject(after)) return undefined;
  const retainKeys = schema.patch?.retainKeys === true;
  const patch = diffMembers(before, after, { schema: schema.element ?? ANY_SCHEMA, options, retainKeys });
  return Object.keys(patch).length === 0 ? undefined : { ...patch, ...keyOnly(after, key) };
}

interface ListPair {
  readonly before: readonly unknown[];
  readonly after: readonly unknown[];
}

function keyedChanges(lists: ListPair, schema: TypeSchema, options: DiffOptions): unknown[] {
  const key = schema.patch?.key ?? '';
  const old = new Map(lists.before.map((item) => [itemIdentity(item, key), item]));
  const items: unknown[] = [];
  for (const item of lists.after) {
    const identity = itemIdentity(item, key);
    if (old.has(identity)) {
      const change = diffItem(old.get(identity), item, { schema, options });
      if (change !== undefined) items.push(change);
    } else if (options.changes) {
      items.push(item);
    }
  }
  return sortedBy(items, lists.after, key);
}

function keyedDeletions(lists: ListPair, key: string): Draft[] {
  const wanted = new Set(lists.after.map((item) => itemIdentity(item, key)));
  const gone = lists.before.filter((item) => !wanted.has(itemIdentity(item, key)));
  return gone.map((item) => ({ ...keyOnly(item, key), [PATCH_DIRECTIVE]: 'delete' }));
}

function diffKeyedList(
  lists: ListPair,
  place: { readonly name: string; readonly schema: TypeSchema; readonly options: DiffOptions },
  patch: Draft,
): void {
  const { name, schema, options } = place;
  const key = schema.patch?.key ?? '';
  const items = keyedChanges(lists, schema, options);
  if (options.deletions) items.push(...keyedDeletions(lists, key));
  if (items.length > 0) patch[name] = items;
  const reordered = options.changes && !sameOrder(lists.before, lists.after, key);
  if (options.elementOrder && (items.length > 0 || reordered)) {
    patch[`${SET_ELEMENT_ORDER}${name}`] = lists.after.map((item) => keyOnly(item, key));
  }
}

function diffScalarList(
  lists: ListPair,
  place: { readonly name: string; readonly options: DiffOptions },
  patch: Draft,
): void {
  const { before, after } = lists;
  const { name, options } = place;
  const added = after.filter((item) => !before.some((other) => equalJson(item, other)));
  const gone = before.filter((item) => !after.some((other) => equalJson(item, other)));
  if (options.changes && added.length > 0) patch[name] = added;
  if (options.deletions && gone.length > 0) patch[`${DELETE_FROM_PRIMITIVE_LIST}${name}`] = gone;
  const changed = options.changes && !equalJson(before, after);
  if (options.elementOrder && (changed || (options.deletions && gone.length > 0))) {
    patch[`${SET_ELEMENT_ORDER}${name}`] = after;
  }
}

function diffList(
  lists: ListPair,
  place: { readonly name: string; readonly schema: TypeSchema; readonly options: DiffOptions },
  patch: Draft,
): void {
  const { before, after } = lists;
  const { schema, options, name } = place;
  if (schema.patch?.merge !== true) {
    if (options.changes && !equalJson(before, after)) setOwn(patch, name, after);
  } else if (before.length === 0) {
    if (options.changes && after.length > 0) setOwn(patch, name, after);
  } else if (schema.patch.key === undefined) {
    diffScalarList(lists, place, patch);
  } else {
    diffKeyedList(lists, place, patch);
  }
}

function diffMap(
  before: Members,
  after: Members,
  place: { name: string; schema: TypeSchema; options: DiffOptions; patch: Draft },
): void {
  const { name, schema, options, patch } = place;
  if (schema.patch?.replace === true) {
    if (options.changes && !equalJson(before, after)) setOwn(patch, name, after);
    return;
  }
  const change = diffMembers(before, after, { schema, options, retainKeys: schema.patch?.retainKeys === true });
  if (Object.keys(change).length > 0) setOwn(patch, name, change);
}

function diffMember(
  before: unknown,
  after: unknown,
  place: { name: string; schema: TypeSchema; options: DiffOptions; patch: Draft },
): void {
  const { name, schema, options, patch } = place;
  if (isObject(before) && isObject(after)) diffMap(before, after, place);
  else if (Array.isArray(before) && Array.isArray(after)) diffList({ before, after }, { name, schema, options }, patch);
  else if (options.changes && !(sameKind(before, after) && before === after)) setOwn(patch, name, after);
}

function diffMembers(
  before: Members,
  after: Members,
  context: { readonly schema: TypeSchema; readonly options: DiffOptions; readonly retainKeys: boolean },
): Draft {
  const { schema, options, retainKeys } = context;
  const patch: Draft = {};
  for (const name of Object.keys(after)) {
    const place = { name, schema: memberSchema(schema, name), options, patch };
    if (Object.hasOwn(before, name)) diffMember(before[name], after[name], place);
    else if (options.changes) setOwn(patch, name, after[name]);
  }
  const gone = Object.keys(before).filter((name) => !Object.hasOwn(after, name));
  if (options.deletions) for (const name of gone) setOwn(patch, name, null);
  if (retainKeys) {
    const names = Object.keys(after).filter((name) => after[name] !== null);
    const others = gone.some((name) => before[name] !== null);
    if (names.length > 0 && (Object.keys(patch).length > 0 || others)) patch[RETAIN_KEYS] = names.sort();
  }
  return patch;
}

/** The strategic merge patch (or the wanted half of it) that turns `before` into `after`. */
export function diffStrategic(
  before: Members,
  after: Members,
  context: { schema: TypeSchema; options: DiffOptions },
): Members {
  return diffMembers(before, after, { ...context, retainKeys: false });
}

function isDeletion(item: unknown): boolean {
  return isObject(item) && own(item, PATCH_DIRECTIVE) === 'delete';
}

function combineItems(gone: unknown, change: unknown, schema: TypeSchema): unknown {
  return isObject(gone) && isObject(change) ? combinePatches(gone, change, schema.element ?? ANY_SCHEMA) : change;
}

function combineLists(
  deletions: readonly unknown[],
  changes: readonly unknown[],
  place: { schema: TypeSchema; order: unknown },
): unknown {
  const { schema, order } = place;
  const key = schema.patch?.key;
  if (schema.patch?.merge !== true || key === undefined) return changes;
  const kept = deletions.filter((item) => !isDeletion(item));
  const items = new Map(kept.map((item) => [itemIdentity(item, key), item]));
  for (const item of changes) {
    const identity = itemIdentity(item, key);
    items.set(identity, combineItems(items.get(identity), item, schema));
  }
  return [...sortedBy([...items.values()], Array.isArray(order) ? order : [], key), ...deletions.filter(isDeletion)];
}

/** One patch of two halves that agree: deletions against the old, changes against the live object. */
export function combinePatches(deletions: Members, changes: Members, schema: TypeSchema): Members {
  const result: Draft = { ...deletions };
  for (const name of Object.keys(changes)) {
    const change = changes[name];
    const gone = own(deletions, name);
    const member = memberSchema(schema, name);
    let value = change;
    if (isObject(gone) && isObject(change)) value = combinePatches(gone, change, member);
    else if (Array.isArray(gone) && Array.isArray(change) && !name.startsWith('$')) {
      const orderName = `${SET_ELEMENT_ORDER}${name}`;
      value = combineLists(gone, change, {
        schema: member,
        order: own(changes, orderName) ?? own(deletions, orderName),
      });
    }
    setOwn(result, name, value);
  }
  return result;
}
