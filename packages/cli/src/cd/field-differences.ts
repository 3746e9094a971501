import { equalJson, isObject } from '@argosy/std';

/** One field that differs; `undefined` is absent. */
export interface FieldDifference {
  readonly path: string;
  readonly found: unknown;
  readonly wanted: unknown;
}

/** Every field in which two values differ, the deepest that can be named. Lists of other lengths differ as a whole. */
export function fieldDifferences(found: unknown, wanted: unknown, path = ''): readonly FieldDifference[] {
  if (equalJson(found, wanted)) return [];
  if (Array.isArray(found) && Array.isArray(wanted) && found.length === wanted.length) {
    return found.flatMap((item, index) => fieldDifferences(item, wanted[index], `${path}[${index}]`));
  }
  if (!isObject(found) || !isObject(wanted)) return [{ path, found, wanted }];
  const names = [...new Set([...Object.keys(found), ...Object.keys(wanted)])].sort();
  return names.flatMap((name) => fieldDifferences(found[name], wanted[name], path === '' ? name : `${path}.${name}`));
}

/** A value on one line, as it is shown. */
export const valueText = (value: unknown): string => (value === undefined ? '(absent)' : JSON.stringify(value));
