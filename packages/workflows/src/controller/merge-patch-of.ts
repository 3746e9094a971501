import { equalJson, isObject, setOwn } from '@argosy/std';

function member(object: { readonly [key: string]: unknown }, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

/**
 * The RFC 7386 patch that turns `before` into `after`; `undefined` when they are the same. Members that `after` lacks
 * become null, lists are replaced whole. Shapes: JSON objects in, a patch out.
 */
export function mergePatchOf(
  before: { readonly [key: string]: unknown },
  after: { readonly [key: string]: unknown },
): { readonly [key: string]: unknown } | undefined {
  const patch: { [key: string]: unknown } = {};
  for (const key of Object.keys(before)) {
    if (member(before, key) !== undefined && member(after, key) === undefined) setOwn(patch, key, null);
  }
  for (const key of Object.keys(after)) {
    const [old, now] = [member(before, key), member(after, key)];
    if (now === undefined || equalJson(old, now)) continue;
    setOwn(patch, key, isObject(old) && isObject(now) ? mergePatchOf(old, now) : now);
  }
  return Object.keys(patch).length === 0 ? undefined : patch;
}
