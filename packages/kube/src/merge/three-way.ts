import { equalJson, isObject, setOwn } from '@argosy/std';

import { kubeError, type GroupVersionKind } from '../meta/index.ts';
import { builtinSchema, checkDepth } from '../schema/index.ts';
import { combinePatches, diffStrategic, type DiffOptions } from './strategic-diff.ts';
import { isDirective, PATCH_DIRECTIVE } from './strategic-patch.ts';

type Members = { readonly [key: string]: unknown };
type Draft = { [key: string]: unknown };

const BOTH: DiffOptions = { changes: true, deletions: true, elementOrder: true };
const CHANGES: DiffOptions = { changes: true, deletions: false, elementOrder: true };
const DELETIONS: DiffOptions = { changes: false, deletions: true, elementOrder: true };

function members(value: unknown, what: string): Members {
  if (value === undefined || value === null) return {};
  checkDepth(value, what);
  if (isObject(value)) return value;
  throw kubeError('BadRequest', `${what} must be an object`);
}

function diffPlainMember(old: unknown, next: unknown, options: DiffOptions): unknown {
  if (isObject(old) && isObject(next)) {
    const change = diffPlain(old, next, options);
    return Object.keys(change).length > 0 ? change : undefined;
  }
  return options.changes && next !== null && !equalJson(old, next) ? next : undefined;
}

/** RFC 7386 difference, or one half of it. Nulls in `after` cannot be said in this form and are dropped. */
function diffPlain(before: Members, after: Members, options: DiffOptions): Members {
  const patch: Draft = {};
  for (const name of Object.keys(after)) {
    const change = diffPlainMember(Object.hasOwn(before, name) ? before[name] : undefined, after[name], options);
    if (change !== undefined) setOwn(patch, name, change);
  }
  if (!options.deletions) return patch;
  for (const name of Object.keys(before)) if (!Object.hasOwn(after, name)) setOwn(patch, name, null);
  return patch;
}

function combinePlain(deletions: Members, changes: Members): Members {
  const result: Draft = { ...deletions };
  for (const name of Object.keys(changes)) {
    const gone = Object.hasOwn(deletions, name) ? deletions[name] : undefined;
    const change = changes[name];
    setOwn(result, name, isObject(gone) && isObject(change) ? combinePlain(gone, change) : change);
  }
  return result;
}

/** True when both patches touch a value and disagree on it. */
function conflicts(patch: unknown, other: unknown): boolean {
  if (isObject(patch) && isObject(other)) {
    if (patch[PATCH_DIRECTIVE] !== other[PATCH_DIRECTIVE]) return true;
    return Object.keys(patch).some(
      (name) => !isDirective(name) && Object.hasOwn(other, name) && conflicts(patch[name], other[name]),
    );
  }
  return !equalJson(patch, other);
}

/**
 * The patch that turns `original` into `modified`: strategic for built-in kinds, RFC 7386 for others (`gvk` undefined
 * or not built in). Shapes: JSON objects in, a patch out.
 * @throws KubeError BadRequest when an input is no object or nested too deeply.
 */
export function createTwoWayMergePatch(
  gvk: GroupVersionKind | undefined,
  original: unknown,
  modified: unknown,
): unknown {
  const before = members(original, 'original');
  const after = members(modified, 'modified');
  const schema = gvk === undefined ? undefined : builtinSchema(gvk);
  return schema === undefined
    ? diffPlain(before, after, BOTH)
    : diffStrategic(before, after, { schema, options: BOTH });
}

/** What three-way apply looks at: the last applied configuration, the new one, the live object. */
export interface ThreeWay {
  readonly original: unknown;
  readonly modified: unknown;
  readonly current: unknown;
  /** Take changes over even where the live object was changed by others meanwhile. */
  readonly overwrite: boolean;
}

/**
 * The patch of `kubectl apply`: what `modified` sets differently from `current`, and deletions of what `original` had
 * and `modified` no longer has; fields that only the server set stay. Strategic with `$setElementOrder`,
 * `$deleteFromPrimitiveList` and `$retainKeys` for built-in kinds, RFC 7386 for others.
 * @throws KubeError Conflict when `overwrite` is false and the live object disagrees, BadRequest for malformed inputs.
 */
export function createThreeWayMergePatch(gvk: GroupVersionKind | undefined, inputs: ThreeWay): unknown {
  const original = members(inputs.original, 'original');
  const modified = members(inputs.modified, 'modified');
  const current = members(inputs.current, 'current');
  const schema = gvk === undefined ? undefined : builtinSchema(gvk);
  const diff = (before: Members, after: Members, options: DiffOptions): Members =>
    schema === undefined ? diffPlain(before, after, options) : diffStrategic(before, after, { schema, options });
  const changes = diff(current, modified, CHANGES);
  const deletions = diff(original, modified, DELETIONS);
  const patch = schema === undefined ? combinePlain(deletions, changes) : combinePatches(deletions, changes, schema);
  if (!inputs.overwrite) {
    const meanwhile = diff(original, current, { changes: true, deletions: true, elementOrder: false });
    if (conflicts(patch, meanwhile)) {
      const text = `patch:\n${JSON.stringify(patch)}\nconflicts with changes made from original to current:\n`;
      throw kubeError('Conflict', `${text}${JSON.stringify(meanwhile)}\n`);
    }
  }
  return patch;
}
