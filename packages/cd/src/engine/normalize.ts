import { isObject } from '@argosy/std';
import { cdNames } from '@argosy/api/cd';
import type { KubeObject } from '@argosy/kube/meta';

type Fields = { [key: string]: unknown };

function base64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64');
}

/** stringData folded into data, as the API server stores it. */
function foldStringData(object: KubeObject): KubeObject {
  const { stringData, ...rest } = object as KubeObject & { readonly stringData?: unknown };
  if (object.kind !== 'Secret' || object.apiVersion !== 'v1' || !isObject(stringData)) return object;
  const entries = Object.entries(stringData).map(([key, value]): [string, unknown] => [
    key,
    typeof value === 'string' ? base64(value) : value,
  ]);
  const data = isObject(rest['data']) ? rest['data'] : {};
  return { ...rest, data: Object.fromEntries([...Object.entries(data), ...entries]) } as KubeObject;
}

function withoutEmptyRules(object: KubeObject): KubeObject {
  if (object.kind !== 'Role' && object.kind !== 'ClusterRole') return object;
  const rules = object['rules'];
  return Array.isArray(rules) && rules.length === 0 ? { ...object, rules: null } : object;
}

/** The desired object in the form in which the server will keep it; what the server decides is left out. */
export function normalizeDesired(object: KubeObject): KubeObject {
  const folded = withoutEmptyRules(foldStringData(object));
  const metadata: Fields = { ...folded.metadata };
  delete metadata['creationTimestamp'];
  const { status: _status, ...rest } = folded as KubeObject & { readonly status?: unknown };
  return { ...rest, metadata } as unknown as KubeObject;
}

const SERVER_OWNED = ['creationTimestamp', 'managedFields', 'resourceVersion', 'uid', 'generation', 'selfLink'];

/** The live object without what only the server writes, without status, and without the memory of the last apply. */
export function normalizeLive(object: KubeObject): KubeObject {
  const metadata: Fields = { ...object.metadata };
  for (const field of SERVER_OWNED) delete metadata[field];
  const annotations: Fields = { ...object.metadata.annotations };
  delete annotations[cdNames.lastApplied];
  if (Object.keys(annotations).length === 0) delete metadata['annotations'];
  else metadata['annotations'] = annotations;
  if (isObject(metadata['labels']) && Object.keys(metadata['labels']).length === 0) delete metadata['labels'];
  const { status: _status, ...rest } = withoutEmptyRules(object) as KubeObject & { readonly status?: unknown };
  return { ...rest, metadata } as unknown as KubeObject;
}
