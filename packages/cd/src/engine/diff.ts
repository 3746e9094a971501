import { equalJson, getPath, isObject, setOwn } from '@argosy/std';
import { cdNames } from '@argosy/api/cd';
import { parseApiVersion, type KubeObject } from '@argosy/kube/meta';
import { isBuiltInGroup } from './merge-keys.ts';
import { normalizeLive, normalizeDesired } from './normalize.ts';
import { mergeThreeWay } from './three-way.ts';

/** How a desired object stands against its live one. */
export interface Difference {
  readonly modified: boolean;
  /** The live object without what never counts. */
  readonly normalizedLive: KubeObject;
  /** What applying the desired object would make of it. */
  readonly predictedLive: KubeObject;
}

/** What was applied last by client-side apply; `undefined` when the annotation is missing or unreadable. */
export function lastAppliedOf(live: KubeObject): { readonly [key: string]: unknown } | undefined {
  const text = live.metadata.annotations?.[cdNames.lastApplied];
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The object that applying `desired` over `live` makes: last-applied, desired and live merged. */
export function predictLive(desired: KubeObject, live: KubeObject): KubeObject {
  const original = lastAppliedOf(live) ?? desired;
  const builtIn = isBuiltInGroup(parseApiVersion(live.apiVersion).group);
  const merged = mergeThreeWay({ original, desired, live }, { builtIn });
  return merged as KubeObject;
}

/** Names of everything that a JSON pointer passes. */
function pointerPath(pointer: string): readonly string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function removeElement(list: readonly unknown[], index: number, rest: readonly string[]): readonly unknown[] {
  if (!Number.isInteger(index)) return list;
  if (rest.length === 0) return list.filter((_, at) => at !== index);
  return list.map((item, at) => (at === index ? removeAt(item, rest) : item));
}

function removeAt(value: unknown, path: readonly string[]): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  if (Array.isArray(value)) return removeElement(value, Number(key), rest);
  if (!isObject(value) || !Object.hasOwn(value, key)) return value;
  const copy: { [key: string]: unknown } = {};
  for (const name of Object.keys(value)) {
    if (name !== key) setOwn(copy, name, value[name]);
    else if (rest.length > 0) setOwn(copy, name, removeAt(value[name], rest));
  }
  return copy;
}

/** The object without what the JSON pointers name; a missing path is no error. */
export function removePointers<T extends object>(object: T, pointers: readonly string[]): T {
  let result: unknown = object;
  for (const pointer of pointers) result = removeAt(result, pointerPath(pointer));
  return result as T;
}

/**
 * Compares by prediction: modified when applying `desired` would change the normalised live object.
 * `ignoredPointers` are left out on both sides.
 */
export function diffObjects(
  desired: KubeObject,
  live: KubeObject,
  ignoredPointers: readonly string[] = [],
): Difference {
  const target = normalizeDesired(desired);
  const current = normalizeLive(live);
  const predicted = removePointers(normalizeLive(predictLive(target, live)), ignoredPointers);
  const normalized = removePointers(current, ignoredPointers);
  return { modified: !equalJson(predicted, normalized), normalizedLive: normalized, predictedLive: predicted };
}

/** Text at a path of an object; `''` when there is none. */
export function fieldText(object: KubeObject, path: readonly string[]): string {
  const value = getPath(object, path);
  return typeof value === 'string' ? value : '';
}
