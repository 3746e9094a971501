import { isObject, setOwn } from '@argosy/std';

import { checkDepth } from '../schema/index.ts';

function merge(target: unknown, patch: { readonly [key: string]: unknown }): { readonly [key: string]: unknown } {
  const result: { [key: string]: unknown } = isObject(target) ? { ...target } : {};
  for (const key of Object.keys(patch)) {
    const change = patch[key];
    if (change === null || change === undefined) delete result[key];
    else if (isObject(change)) setOwn(result, key, merge(Object.hasOwn(result, key) ? result[key] : undefined, change));
    else setOwn(result, key, change);
  }
  return result;
}

/**
 * RFC 7386: members of `patch` replace those of `target`, null deletes, lists are replaced whole, a patch that is no
 * object replaces everything. Shapes: any JSON in, JSON out; neither input is changed, parts are shared.
 * @throws KubeError BadRequest when the patch is nested too deeply.
 */
export function applyMergePatch(target: unknown, patch: unknown): unknown {
  checkDepth(patch, 'merge patch');
  return isObject(patch) ? merge(target, patch) : patch;
}
