import { cdNames } from '@argosy/api/cd';
import { isObject, setOwn, withPath } from '@argosy/std';
import { gvkOf, KubeError, type KubeObject } from '@argosy/kube/meta';
import { applyMergePatch, applyStrategicMergePatch, createThreeWayMergePatch } from '@argosy/kube/merge';
import { builtinSchema, defaultObject, normalizeObject } from '@argosy/kube/schema';

/** What client-side apply looks at: the last applied object, the one to apply, the live one. */
export interface ThreeWayInputs {
  readonly original: KubeObject;
  readonly desired: KubeObject;
  readonly live: KubeObject;
}

/** A patch in the dialect that the kind of object takes. */
export interface ApplyPatch {
  readonly type: 'strategic' | 'merge';
  readonly patch: object;
}

/** What was applied last by client-side apply; `undefined` when the annotation is missing or unreadable. */
export function lastAppliedOf(live: KubeObject): KubeObject | undefined {
  const text = live.metadata.annotations?.[cdNames.lastApplied];
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) && isObject(value['metadata']) ? (value as unknown as KubeObject) : undefined;
  } catch {
    return undefined;
  }
}

/** `object` with the memory that `applied` was applied last, as `kubectl apply` leaves it. */
export function withLastApplied(object: KubeObject, applied: KubeObject): KubeObject {
  const { [cdNames.lastApplied]: _old, ...annotations } = applied.metadata.annotations ?? {};
  const { annotations: _all, ...metadata } = applied.metadata;
  const kept = Object.keys(annotations).length === 0 ? {} : { annotations };
  const remembered = { ...applied, metadata: { ...metadata, ...kept } };
  return withPath(object, ['metadata', 'annotations', cdNames.lastApplied], `${JSON.stringify(remembered)}\n`);
}

/** What an object says of itself that a patch must not move: its namespace, and annotations that are none. */
function withoutPlace(object: KubeObject): KubeObject {
  const { namespace: _namespace, annotations, ...metadata } = object.metadata;
  const isEmpty = annotations === undefined || annotations === null || Object.keys(annotations).length === 0;
  return { ...object, metadata: isEmpty ? metadata : { ...metadata, annotations } };
}

function commonItems(shape: readonly unknown[], value: readonly unknown[]): readonly unknown[] {
  return value.map((item, index) => (index < shape.length ? commonMembers(shape[index], item) : item));
}

/** `value` without the members that `shape` does not have: what was asked for, with the values that are there. */
function commonMembers(shape: unknown, value: unknown): unknown {
  if (Array.isArray(shape) && Array.isArray(value)) return commonItems(shape, value);
  if (!isObject(shape) || !isObject(value)) return value;
  const kept: { [key: string]: unknown } = {};
  for (const key of Object.keys(value)) {
    if (Object.hasOwn(shape, key)) setOwn(kept, key, commonMembers(shape[key], value[key]));
  }
  return kept;
}

const CLAIMS = ['spec', 'volumeClaimTemplates'];

function claimsOf(object: KubeObject): unknown {
  return isObject(object['spec']) ? object['spec']['volumeClaimTemplates'] : undefined;
}

/** The live object as far as the patch may look: defaults that nobody asked for are no drift. */
function comparableLive({ original, live }: ThreeWayInputs, isBuiltIn: boolean): KubeObject {
  if (!isBuiltIn) return commonMembers(original, live) as KubeObject;
  // Templates of claims are one immutable value; the server's defaults inside them must not replace it.
  const claims = live.kind === 'StatefulSet' ? claimsOf(live) : undefined;
  return claims === undefined ? live : withPath(live, CLAIMS, commonMembers(claimsOf(original), claims));
}

/** The patch of client-side apply: strategic for built-in kinds, RFC 7386 for the others. `{}` when nothing changes. */
export function applyPatchOf(inputs: ThreeWayInputs): ApplyPatch {
  const type = gvkOf(inputs.live);
  const isBuiltIn = builtinSchema(type) !== undefined;
  const patch = createThreeWayMergePatch(isBuiltIn ? type : undefined, {
    original: withoutPlace(inputs.original),
    modified: withoutPlace(inputs.desired),
    current: comparableLive(inputs, isBuiltIn),
    overwrite: true,
  });
  return { type: isBuiltIn ? 'strategic' : 'merge', patch: patch as object };
}

/** The live object as client-side apply would leave it, before the server fills in defaults. */
export function predictLive(inputs: ThreeWayInputs): KubeObject {
  const { type, patch } = applyPatchOf(inputs);
  const applied =
    type === 'strategic'
      ? applyStrategicMergePatch(gvkOf(inputs.live), inputs.live, patch)
      : applyMergePatch(inputs.live, patch);
  return applied as KubeObject;
}

/**
 * A built-in object in the form in which the server keeps it: canonical quantities and times, defaults filled in.
 * Objects of other kinds, and those that do not fit their type, come back as they are.
 */
export function asStored(object: KubeObject): KubeObject {
  const schema = builtinSchema(gvkOf(object));
  if (schema === undefined) return object;
  try {
    return defaultObject(schema, normalizeObject(schema, object));
  } catch (error) {
    if (error instanceof KubeError) return object;
    throw error;
  }
}
