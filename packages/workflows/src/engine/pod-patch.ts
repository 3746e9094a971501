import type { KubeObject } from '@argosy/kube/meta';
import { applyStrategicMergePatch } from '@argosy/kube/merge';
import { parseYaml } from '@argosy/lang/yaml';
import { err, getPath, isObject, ok, type Result } from '@argosy/std';

/** Longest podSpecPatch, in characters. */
export const MAX_POD_SPEC_PATCH_LENGTH = 64 * 1024;

const POD = { group: '', version: 'v1', kind: 'Pod' };

function applyOne(pod: KubeObject, text: string): Result<KubeObject, string> {
  if (text.length > MAX_POD_SPEC_PATCH_LENGTH) {
    return err(`podSpecPatch has ${text.length} characters: at most ${MAX_POD_SPEC_PATCH_LENGTH} are allowed`);
  }
  const patch = parseYaml(text);
  if (!patch.ok) return err(`podSpecPatch cannot be read: ${patch.error.message}`);
  if (!isObject(patch.value)) return err('podSpecPatch must be an object');
  try {
    return ok(applyStrategicMergePatch(POD, pod, { spec: patch.value }) as KubeObject);
  } catch (error) {
    // Only the patch can be at fault here: the pod is ours.
    return err(`Error applying PodSpecPatch: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** A pod after its patches, YAML or JSON of parts of a PodSpec, the workflow's before the template's. */
export function patchPod(pod: KubeObject, patches: readonly (string | undefined)[]): Result<KubeObject, string> {
  let patched = pod;
  for (const text of patches) {
    if (text === undefined || text.trim() === '') continue;
    const next = applyOne(patched, text);
    if (!next.ok) return next;
    patched = next.value;
  }
  return ok(patched);
}

/** The label of a node's name, which failed attempts are kept away from. */
const HOST_LABEL = 'kubernetes.io/hostname';

function terms(affinity: unknown): readonly { readonly [key: string]: unknown }[] {
  const path = ['nodeAffinity', 'requiredDuringSchedulingIgnoredDuringExecution', 'nodeSelectorTerms'];
  const found = getPath(affinity, path);
  const list = Array.isArray(found) ? found.filter(isObject) : [];
  return list.length === 0 ? [{}] : list;
}

/** The affinity of an attempt that must not run where others failed. */
export function avoidHosts(affinity: unknown, hosts: readonly string[]): unknown {
  if (hosts.length === 0) return affinity;
  const expression = { key: HOST_LABEL, operator: 'NotIn', values: [...new Set(hosts)].sort() };
  const nodeSelectorTerms = terms(affinity).map((term) => ({
    ...term,
    matchExpressions: [...(Array.isArray(term['matchExpressions']) ? term['matchExpressions'] : []), expression],
  }));
  const given = isObject(affinity) ? affinity : {};
  const nodeAffinity = isObject(given['nodeAffinity']) ? given['nodeAffinity'] : {};
  const required = { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } };
  return { ...given, nodeAffinity: { ...nodeAffinity, ...required } };
}
