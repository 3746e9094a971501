import { cloneJson, isObject, setOwn } from '@argosy/std';
import { kubeError, type KubeObject } from '@argosy/kube/meta';
import { applyJsonPatch, applyMergePatch, applyStrategicMergePatch } from '@argosy/kube/merge';
import type { PatchRequest } from '@argosy/kube/port';
import { invalid, requiredField } from './errors.ts';
import type { ServedResource } from './resource.ts';

const CUSTOM_TYPES =
  'the body of the request was in an unknown format - accepted media types include: application/json-patch+json, ' +
  'application/merge-patch+json, application/apply-patch+yaml';

function demandSound(request: PatchRequest): void {
  const kind = { group: 'meta.k8s.io', kind: 'PatchOptions' };
  if (request.patchType === 'apply' && (request.fieldManager ?? '') === '') {
    throw invalid(kind, '', [requiredField('fieldManager', 'is required for apply patch')]);
  }
  if (request.patchType !== 'apply' && request.force !== undefined) {
    throw invalid(kind, '', [
      { reason: 'FieldValueForbidden', field: 'force', message: 'Forbidden: may not be specified for non-apply patch' },
    ]);
  }
}

/** The function from the live object to the patched one. The patch is copied: its parts end up in the store. */
export function patchTransform(resource: ServedResource, request: PatchRequest): (live: KubeObject) => unknown {
  demandSound(request);
  const patch = cloneJson(request.patch);
  switch (request.patchType) {
    case 'json':
      return (live) => applyJsonPatch(live, patch);
    case 'merge':
      if (!isObject(patch)) throw kubeError('BadRequest', 'a merge patch must be a JSON object');
      return (live) => applyMergePatch(live, patch);
    case 'strategic':
      if (resource.custom) throw kubeError('UnsupportedMediaType', CUSTOM_TYPES);
      return (live) => applyStrategicMergePatch(resource, live, patch);
    default:
      throw kubeError('UnsupportedMediaType', 'an apply patch has no plain transform');
  }
}

/** `{a: {b: value}}` for the path a.b. */
export function nestedValue(path: readonly string[], value: unknown): unknown {
  return path.reduceRight<unknown>((inner, key) => {
    const outer: { [key: string]: unknown } = {};
    setOwn(outer, key, inner);
    return outer;
  }, value);
}
