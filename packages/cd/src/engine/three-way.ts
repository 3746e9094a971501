import { equalJson, isObject, setOwn } from '@argosy/std';
import { elementNamer } from './merge-keys.ts';

type Item = { readonly [key: string]: unknown };

interface Merge {
  /** What was asked for last time; equals `desired` when that is not known. */
  readonly original: unknown;
  readonly desired: unknown;
  readonly live: unknown;
}

interface Options {
  /** Lists of the built-in kinds are merged by their keys; those of other kinds are replaced. */
  readonly builtIn: boolean;
}

const own = (value: unknown, key: string): unknown =>
  isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;

function mergeObjects(merge: Merge, desired: Item, options: Options): unknown {
  const live = isObject(merge.live) ? merge.live : {};
  const result: { [key: string]: unknown } = {};
  for (const key of Object.keys(live)) {
    const removed = own(merge.original, key) !== undefined && desired[key] === undefined;
    if (!removed) setOwn(result, key, live[key]);
  }
  for (const key of Object.keys(desired)) {
    if (desired[key] === undefined) continue;
    const parts = { original: own(merge.original, key), desired: own(desired, key), live: own(live, key) };
    const merged = mergeValue(parts, options, key);
    if (merged === null) delete result[key];
    else setOwn(result, key, merged);
  }
  return result;
}

const objectsOf = (value: unknown): readonly Item[] | undefined =>
  Array.isArray(value) && value.every(isObject) ? value : undefined;

/** Elements in live order when that agrees with the desired order, so that foreign elements do not move ours. */
function orderElements(desired: readonly string[], live: readonly string[]): readonly string[] {
  const wanted = new Set(desired);
  const kept = live.filter((name) => wanted.has(name));
  const agrees = equalJson(
    kept,
    desired.filter((name) => kept.includes(name)),
  );
  const known = new Set(live);
  if (agrees) return [...live, ...desired.filter((name) => !known.has(name))];
  return [...desired, ...live.filter((name) => !wanted.has(name))];
}

function mergeKeyed(merge: Merge, name: (item: Item) => string, options: Options): readonly unknown[] {
  const index = (list: unknown): ReadonlyMap<string, Item> =>
    new Map((objectsOf(list) ?? []).map((item) => [name(item), item]));
  const [original, desired, live] = [index(merge.original), index(merge.desired), index(merge.live)];
  const result: unknown[] = [];
  for (const key of orderElements([...desired.keys()], [...live.keys()])) {
    const wanted = desired.get(key);
    if (wanted === undefined) {
      if (!original.has(key)) result.push(live.get(key));
    } else {
      result.push(mergeValue({ original: original.get(key), desired: wanted, live: live.get(key) }, options, ''));
    }
  }
  return result;
}

/** An atomic list that the user has not changed keeps what the server added inside its elements; else it is replaced. */
function mergeAtomic(merge: Merge, desired: readonly unknown[], options: Options): readonly unknown[] {
  const live = Array.isArray(merge.live) ? merge.live : [];
  const original: readonly unknown[] = Array.isArray(merge.original) ? merge.original : [];
  if (live.length !== desired.length || !equalJson(original, desired)) return desired;
  return desired.map((item, index) =>
    isObject(item) ? mergeValue({ original: original[index], desired: item, live: live[index] }, options, '') : item,
  );
}

function mergeValue(merge: Merge, options: Options, field: string): unknown {
  const { desired } = merge;
  if (isObject(desired)) return mergeObjects(merge, desired, options);
  if (!Array.isArray(desired)) return desired;
  const wanted = objectsOf(desired);
  const live = objectsOf(merge.live);
  const name =
    options.builtIn && wanted !== undefined && live !== undefined ? elementNamer(field, wanted, live) : undefined;
  return name === undefined ? mergeAtomic(merge, desired, options) : mergeKeyed(merge, name, options);
}

/**
 * What the live value becomes when `desired` is applied over it: desired members win, members that were asked for last
 * time and are no longer desired go, everything else stays. Shapes: JSON objects in, a JSON object out.
 */
export function mergeThreeWay(merge: Merge, options: Options): unknown {
  return mergeValue(merge, options, '');
}

const membersOf = (value: unknown): Item => (isObject(value) ? value : {});

/** The RFC 7386 patch that turns `from` into `to`; `{}` when they are equal. Lists are replaced whole. */
export function createMergePatch(from: unknown, to: unknown): { readonly [key: string]: unknown } {
  const patch: { [key: string]: unknown } = {};
  const [before, behind] = [membersOf(from), membersOf(to)];
  for (const key of Object.keys(before)) {
    if (before[key] !== undefined && own(behind, key) === undefined) setOwn(patch, key, null);
  }
  for (const key of Object.keys(behind)) {
    const [old, next] = [own(before, key), behind[key]];
    if (next === undefined || equalJson(old, next)) continue;
    setOwn(patch, key, isObject(old) && isObject(next) ? createMergePatch(old, next) : next);
  }
  return patch;
}
