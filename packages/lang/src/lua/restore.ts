import { isObject, setOwn } from '@argosy/std';

/**
 * Repairs what a script cannot say: an empty table comes back as `[]` although the source object has an object there.
 * `result` is what the script returned, `source` the object it was given; both are JSON. What a script emptied on purpose
 * is indistinguishable, so the source's object comes back, as in Argo CD.
 */
export function restoreEmptyObjects(result: unknown, source: unknown): unknown {
  if (Array.isArray(result)) {
    if (Array.isArray(source)) return result.map((item: unknown, at) => restoreItem(item, source[at]));
    // compat(lang-0511): an object that the script emptied gets its old members back.
    return isObject(source) && result.length === 0 ? source : result;
  }
  if (!isObject(result) || !isObject(source)) return result;
  const restored: { [key: string]: unknown } = {};
  for (const [key, value] of Object.entries(result)) {
    setOwn(restored, key, Object.hasOwn(source, key) ? restoreEmptyObjects(value, source[key]) : value);
  }
  return restored;
}

/** Items of lists are repaired inside only: Argo CD leaves an empty table in a list as it is. */
function restoreItem(item: unknown, source: unknown): unknown {
  return Array.isArray(item) && !Array.isArray(source) ? item : restoreEmptyObjects(item, source);
}
