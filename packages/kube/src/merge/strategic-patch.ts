import { equalJson, isObject, setOwn } from '@argosy/std';

import { apiVersionOf, kubeError, type GroupVersionKind, type KubeError } from '../meta/index.ts';
import { ANY_SCHEMA, builtinSchema, checkDepth, type TypeSchema } from '../schema/index.ts';
import { goText } from './go-text.ts';
import { itemIdentity, mergeOrder } from './list-order.ts';

type Members = { readonly [key: string]: unknown };
type Draft = { [key: string]: unknown };

/** The directive that deletes or replaces the map or list item it stands in. */
export const PATCH_DIRECTIVE = '$patch';
/** The directive that names the members of a union that stay. */
export const RETAIN_KEYS = '$retainKeys';
/** Before a list's name: the order of its items, by merge key. */
export const SET_ELEMENT_ORDER = '$setElementOrder/';
/** Before a list's name: the plain values that go. */
export const DELETE_FROM_PRIMITIVE_LIST = '$deleteFromPrimitiveList/';

const CUSTOM_RESOURCE_TYPES = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/apply-patch+yaml',
];

function badPatch(message: string): KubeError {
  return kubeError('BadRequest', message);
}

/**
 * The schema strategic merge follows.
 * @throws KubeError UnsupportedMediaType for kinds that are not built in: they have no merge keys.
 */
export function strategicSchema(gvk: GroupVersionKind): TypeSchema {
  const schema = builtinSchema(gvk);
  if (schema !== undefined) return schema;
  const accepted = `accepted media types include: ${CUSTOM_RESOURCE_TYPES.join(', ')}`;
  throw kubeError('UnsupportedMediaType', `the body of the request was in an unknown format - ${accepted}`);
}

/** The schema of a member; what the schema does not know merges like plain JSON. */
export function memberSchema(schema: TypeSchema, key: string): TypeSchema {
  return schema.fields.get(key) ?? (schema.shape === 'map' ? schema.element : undefined) ?? ANY_SCHEMA;
}

/** True for the keys that instruct instead of holding data. */
export function isDirective(key: string): boolean {
  return (
    key === PATCH_DIRECTIVE ||
    key === RETAIN_KEYS ||
    key.startsWith(SET_ELEMENT_ORDER) ||
    key.startsWith(DELETE_FROM_PRIMITIVE_LIST)
  );
}

/** A value new to the target, taken without its nulls and directives; undefined when it only deletes. */
function withoutDirectives(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutDirectives).filter((item) => item !== undefined);
  if (!isObject(value)) return value;
  if (ownValue(value, PATCH_DIRECTIVE) === 'delete') return undefined;
  const result: Draft = {};
  for (const key of Object.keys(value)) {
    const member = isDirective(key) || value[key] === null ? undefined : withoutDirectives(value[key]);
    if (member !== undefined) setOwn(result, key, member);
  }
  return result;
}

function ownValue(object: Members, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

function listOf(value: unknown, what: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw badPatch(`invalid patch: ${what} must be a list`);
}

/** Drops the members that `$retainKeys` does not name. The patch may not bring others either. */
function retainKeys(target: Members, patch: Members): Members {
  if (!Object.hasOwn(patch, RETAIN_KEYS)) return target;
  const names = listOf(patch[RETAIN_KEYS], RETAIN_KEYS);
  for (const key of Object.keys(patch)) {
    if (isDirective(key) || patch[key] === null || names.includes(key)) continue;
    throw badPatch(`invalid patch format of retainKeys: ${JSON.stringify(key)} is in the patch but not in the list`);
  }
  const kept: Draft = {};
  for (const key of Object.keys(target)) if (names.includes(key)) setOwn(kept, key, target[key]);
  return kept;
}

function mergeKeyOf(item: unknown, key: string): string {
  if (isObject(item) && Object.hasOwn(item, key)) return itemIdentity(item, key);
  throw kubeError('Invalid', `map: ${goText(item)} does not contain declared merge key: ${key}`);
}

/** What the items of a patch list ask for: items to merge, keys to delete, or the whole list to be replaced. */
interface ListPatch {
  readonly items: readonly Members[];
  readonly deleted: ReadonlySet<string>;
  readonly replace: boolean;
}

function readListPatch(patch: readonly unknown[], key: string): ListPatch {
  const deleted = new Set<string>();
  const items: Members[] = [];
  let replace = false;
  for (const item of patch) {
    if (!isObject(item))
      throw badPatch(`invalid patch: items of a list with a merge key must be maps, found ${goText(item)}`);
    const directive = ownValue(item, PATCH_DIRECTIVE);
    if (directive === undefined) items.push(item);
    else if (directive === 'delete') deleted.add(mergeKeyOf(item, key));
    else if (directive === 'replace') replace = true;
    else throw badPatch(`unknown patch type found in a list: ${JSON.stringify(directive)}`);
  }
  return { items, deleted, replace };
}

/** Merges a list of maps by its key; `$patch: delete` removes, `$patch: replace` keeps only the patch's items. */
function mergeKeyedList(live: readonly unknown[], patch: readonly unknown[], schema: TypeSchema): unknown[] {
  const key = schema.patch?.key ?? '';
  const { items, deleted, replace } = readListPatch(patch, key);
  if (replace) return items.map(withoutDirectives);
  const result = live.filter((item) => !deleted.has(itemIdentity(item, key)));
  const places = new Map<string, number>();
  result.forEach((item, index) => {
    const identity = itemIdentity(item, key);
    if (!places.has(identity)) places.set(identity, index);
  });
  for (const item of items) {
    const identity = mergeKeyOf(item, key);
    const place = places.get(identity) ?? result.length;
    const known = places.has(identity);
    places.set(identity, place);
    result[place] = known ? mergeValue(result[place], item, schema.element ?? ANY_SCHEMA) : withoutDirectives(item);
  }
  return mergeOrder(result, { patchOrder: items, liveOrder: live }, key);
}

function mergeScalarList(live: readonly unknown[], patch: readonly unknown[]): unknown[] {
  const merged = [...live];
  const seen = new Set(live.map((item) => itemIdentity(item, undefined)));
  for (const item of patch) {
    const identity = itemIdentity(item, undefined);
    if (!seen.has(identity)) merged.push(item);
    seen.add(identity);
  }
  return mergeOrder(merged, { patchOrder: patch, liveOrder: live }, undefined);
}

function mergeList(live: readonly unknown[], patch: readonly unknown[], schema: TypeSchema): readonly unknown[] {
  if (schema.patch?.merge !== true) return withoutDirectives(patch) as readonly unknown[];
  return schema.patch.key === undefined ? mergeScalarList(live, patch) : mergeKeyedList(live, patch, schema);
}

function mergeValue(live: unknown, patch: unknown, schema: TypeSchema): unknown {
  if (isObject(patch)) {
    if (schema.patch?.replace === true || !isObject(live)) return withoutDirectives(patch) ?? {};
    return mergeMembers(live, patch, schema);
  }
  if (Array.isArray(patch)) return Array.isArray(live) ? mergeList(live, patch, schema) : withoutDirectives(patch);
  return patch;
}

/** The patch's own items must stand in the list as `$setElementOrder` has them. */
function checkOrderList(patch: readonly unknown[], order: readonly unknown[], key: string | undefined): void {
  let next = 0;
  for (const item of patch) {
    if (isObject(item) && Object.hasOwn(item, PATCH_DIRECTIVE)) continue;
    const identity = itemIdentity(item, key);
    while (next < order.length && itemIdentity(order[next], key) !== identity) next += 1;
    if (next < order.length) continue;
    const lists = `${goText(patch)}\n doesn't match $setElementOrder list:\n${goText(order)}`;
    throw badPatch(`The order in patch list:\n${lists}`);
  }
}

/** Puts the merged list of every `$setElementOrder/…` directive in its order. */
function applyElementOrders(result: Draft, live: Members, context: { patch: Members; schema: TypeSchema }): void {
  for (const directive of Object.keys(context.patch)) {
    if (!directive.startsWith(SET_ELEMENT_ORDER)) continue;
    const name = directive.slice(SET_ELEMENT_ORDER.length);
    const patchOrder = listOf(context.patch[directive], directive);
    const key = memberSchema(context.schema, name).patch?.key;
    const patchList = ownValue(context.patch, name);
    if (Array.isArray(patchList)) checkOrderList(patchList, patchOrder, key);
    const list = ownValue(result, name);
    if (!Array.isArray(list)) continue;
    const before = ownValue(live, name);
    const liveOrder = Array.isArray(before) ? before : [];
    setOwn(result, name, mergeOrder(list, { patchOrder, liveOrder }, key));
  }
}

function deleteScalars(result: Draft, directive: string, value: unknown): void {
  const name = directive.slice(DELETE_FROM_PRIMITIVE_LIST.length);
  const gone = listOf(value, directive);
  const list = ownValue(result, name);
  if (Array.isArray(list))
    setOwn(
      result,
      name,
      list.filter((item) => !gone.some((other) => equalJson(item, other))),
    );
}

function mergePlainMembers(result: Draft, patch: Members, schema: TypeSchema): void {
  for (const key of Object.keys(patch)) {
    if (isDirective(key)) continue;
    if (patch[key] === null) {
      delete result[key];
      continue;
    }
    const member = mergeValue(ownValue(result, key), patch[key], memberSchema(schema, key));
    if (member !== undefined) setOwn(result, key, member);
  }
}

function mergeMembers(live: Members, patch: Members, schema: TypeSchema): Members {
  const directive = ownValue(patch, PATCH_DIRECTIVE);
  if (directive === 'delete') return {};
  if (directive === 'replace') return (withoutDirectives({ ...patch, [PATCH_DIRECTIVE]: 'merge' }) ?? {}) as Members;
  if (directive !== undefined && directive !== 'merge') {
    throw badPatch(`unknown patch type found in a map: ${JSON.stringify(directive)}`);
  }
  const result: Draft = { ...retainKeys(live, patch) };
  for (const key of Object.keys(patch)) {
    if (key.startsWith(DELETE_FROM_PRIMITIVE_LIST)) deleteScalars(result, key, patch[key]);
  }
  mergePlainMembers(result, patch, schema);
  applyElementOrders(result, live, { patch, schema });
  return result;
}

/**
 * Kubernetes' strategic merge: maps merge, lists with a merge key merge by it, other lists are replaced, and the
 * directives `$patch`, `$retainKeys`, `$setElementOrder/…`, `$deleteFromPrimitiveList/…` are obeyed. Shapes: JSON in,
 * JSON out; inputs are never changed.
 * @throws KubeError UnsupportedMediaType for kinds that are not built in, BadRequest for a malformed patch, Invalid
 *   for a list item without its merge key.
 */
export function applyStrategicMergePatch(gvk: GroupVersionKind, target: unknown, patch: unknown): unknown {
  const schema = strategicSchema(gvk);
  checkDepth(patch, 'strategic merge patch');
  if (!isObject(patch)) throw badPatch(`strategic merge patch of ${apiVersionOf(gvk)} ${gvk.kind} must be an object`);
  return mergeMembers(isObject(target) ? target : {}, patch, schema);
}
