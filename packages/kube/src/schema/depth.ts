import { kubeError } from '../meta/index.ts';

/** Deepest nesting an object, a patch or a configuration may have. The engines recurse, so depth is bounded. */
export const MAX_DEPTH = 500;

function tooDeep(value: unknown, left: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (left === 0) return true;
  if (Array.isArray(value)) return value.some((item) => tooDeep(item, left - 1));
  const object = value as { readonly [key: string]: unknown };
  for (const key of Object.keys(object)) if (tooDeep(object[key], left - 1)) return true;
  return false;
}

/**
 * Refuses nesting deeper than `MAX_DEPTH`.
 * @throws KubeError BadRequest naming `what`.
 */
export function checkDepth(value: unknown, what: string): void {
  if (tooDeep(value, MAX_DEPTH)) {
    throw kubeError('BadRequest', `${what} is nested too deeply: at most ${MAX_DEPTH} levels are allowed`);
  }
}
