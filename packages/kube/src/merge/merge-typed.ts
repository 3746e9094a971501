import { equalJson, isObject, setOwn } from '@argosy/std';

import type { TypeSchema } from '../schema/index.ts';
import { isMember, LEAF, type FieldSet } from './field-set.ts';
import { atomOf, indexList, itemElement, itemOf, memberOf, type IndexedList, type Members } from './typed-value.ts';

function mergeMembers(schema: TypeSchema, live: Members, config: Members): Members {
  let result: { [key: string]: unknown } | undefined;
  for (const key of Object.keys(config)) {
    const old = Object.hasOwn(live, key) ? live[key] : undefined;
    const next = mergeTyped(memberOf(schema, key), old, config[key]);
    if (next === old) continue;
    result ??= { ...live };
    setOwn(result, key, next);
  }
  return result ?? live;
}

/** One walk over two ordered lists: the items of the config in its order, those of the live list where they fit. */
interface ListWalk {
  readonly live: IndexedList;
  readonly config: IndexedList;
  readonly liveItems: readonly unknown[];
  /** Elements both have, in the config's order; `next` is the one that must come next. */
  readonly shared: readonly string[];
  next: number;
  readonly merged: Set<string>;
  readonly out: unknown[];
  readonly item: TypeSchema;
}

function takeConfig(walk: ListWalk, element: string): void {
  walk.merged.add(element);
  const old = walk.live.byElement.get(element);
  walk.out.push(mergeTyped(walk.item, old, walk.config.byElement.get(element)));
  if (walk.shared[walk.next] === element) walk.next += 1;
}

/** Handles the live item at `index` against the next config item; true when the live side moved on. */
function stepLive(walk: ListWalk, index: number, configElement: string | undefined): boolean {
  const element = walk.live.elements[index];
  if (element === undefined) return false;
  if (!walk.config.byElement.has(element)) {
    walk.out.push(walk.liveItems[index]);
    return true;
  }
  if (walk.merged.has(element)) return true;
  // A shared item whose turn has not come: the config's order wins, so it waits.
  return configElement !== undefined && element !== configElement && walk.shared[walk.next] !== element;
}

function mergeItems(schema: TypeSchema, live: readonly unknown[], config: readonly unknown[]): readonly unknown[] {
  const [old, next] = [indexList(schema, live), indexList(schema, config)];
  const walk: ListWalk = {
    live: old,
    config: next,
    liveItems: live,
    shared: next.elements.filter((element) => old.byElement.has(element)),
    next: 0,
    merged: new Set(),
    out: [],
    item: itemOf(schema),
  };
  let [left, right] = [0, 0];
  while (left < old.elements.length || right < next.elements.length) {
    const element = next.elements[right];
    if (stepLive(walk, left, element)) {
      left += 1;
    } else if (element === undefined) {
      left += 1;
    } else {
      if (old.elements[left] === element) left += 1;
      takeConfig(walk, element);
      right += 1;
    }
  }
  const same = walk.out.length === live.length && walk.out.every((item, index) => item === live[index]);
  return same ? live : walk.out;
}

function sameLeaf(live: unknown, config: unknown): boolean {
  return live === config || (typeof live === 'object' && typeof config === 'object' && equalJson(live, config));
}

function isFilled(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length > 0;
}

/** Merges where members or items are owned one by one. Null names the field without any: what is there stays. */
function mergeParts(schema: TypeSchema, live: unknown, config: unknown): unknown {
  if (isObject(live) && isObject(config)) return mergeMembers(schema, live, config);
  if (Array.isArray(live) && Array.isArray(config)) return mergeItems(schema, live, config);
  return config === null && isFilled(live) ? live : config;
}

/**
 * `live` with `config` merged into it by type: maps by member, keyed lists and sets by item, everything else replaced.
 * `undefined` stands for absent. Returns `live` itself when nothing changes.
 */
export function mergeTyped(schema: TypeSchema, live: unknown, config: unknown): unknown {
  if (config === undefined) return live;
  if (live === undefined) return config;
  if (atomOf(schema, config) === 'leaf') return sameLeaf(live, config) ? live : config;
  return mergeParts(schema, live, config);
}

/** What pruning knows at a node: the applier's last set, everybody's sets now, whether something above goes. */
interface PruneAt {
  readonly last: FieldSet;
  readonly managed: FieldSet | undefined;
  readonly doomed: boolean;
}

/** True when a path belongs to a set in which named fields with members below count too. */
function holds(node: FieldSet | undefined, named: boolean): boolean {
  return node !== undefined && (named || isMember(node));
}

/** The place of a child, and whether the child goes. */
function childPlace(
  at: PruneAt,
  element: string,
  named: boolean,
): { readonly at: PruneAt; readonly gone: boolean } | undefined {
  const last = at.last[element];
  if (last === undefined) return undefined;
  const managed = at.managed?.[element];
  const wasMine = holds(last, named);
  const doomed = at.doomed || (wasMine && !holds(managed, named));
  return { at: { last, managed, doomed }, gone: doomed && wasMine };
}

function pruneMembers(schema: TypeSchema, value: Members, at: PruneAt): Members {
  let copy: { [key: string]: unknown } | undefined;
  for (const key of Object.keys(value)) {
    const place = childPlace(at, `f:${key}`, schema.fields.has(key));
    if (place === undefined) continue;
    const next = place.gone ? undefined : pruneTyped(memberOf(schema, key), value[key], place.at);
    if (next === value[key]) continue;
    copy ??= { ...value };
    if (next === undefined) delete copy[key];
    else setOwn(copy, key, next);
  }
  return copy ?? value;
}

function pruneItems(schema: TypeSchema, value: readonly unknown[], at: PruneAt): readonly unknown[] {
  const kept: unknown[] = [];
  let changed = false;
  value.forEach((item, index) => {
    const place = childPlace(at, itemElement(schema, item) ?? `i:${index}`, false);
    const next = place === undefined ? item : place.gone ? undefined : pruneTyped(itemOf(schema), item, place.at);
    changed ||= next !== item;
    if (next !== undefined) kept.push(next);
  });
  return changed ? kept : value;
}

/**
 * Takes out of a merged object what the applier owned last time and nobody owns now. A list item goes as a whole.
 * A map or list that loses all its members goes too; undefined then. `at` starts with the root sets.
 */
export function pruneTyped(schema: TypeSchema, value: unknown, at: PruneAt): unknown {
  if (at.last === LEAF) return value;
  const atom = atomOf(schema, value);
  if (atom === 'members' && isObject(value)) {
    const next = pruneMembers(schema, value, at);
    return next !== value && Object.keys(next).length === 0 ? undefined : next;
  }
  if (atom !== 'items' || !Array.isArray(value)) return value;
  const next = pruneItems(schema, value, at);
  return next !== value && next.length === 0 ? undefined : next;
}
