import { isObject } from '@argosy/std';
import { cdNames } from '@argosy/api/cd';
import type { KubeObject } from '@argosy/kube/meta';

const MASK = '++++++++';

function maskValues(values: unknown): { readonly [key: string]: string } {
  return isObject(values) ? Object.fromEntries(Object.keys(values).map((key) => [key, MASK])) : {};
}

/** A Secret without its content: every value, and the copy in last-applied, replaced by a mask. */
export function maskSecret(secret: KubeObject): KubeObject {
  const annotations = { ...secret.metadata.annotations };
  if (annotations[cdNames.lastApplied] !== undefined) annotations[cdNames.lastApplied] = MASK;
  const metadata = Object.keys(annotations).length === 0 ? secret.metadata : { ...secret.metadata, annotations };
  const content = ['data', 'stringData'].filter((field) => isObject(secret[field]));
  return { ...secret, metadata, ...Object.fromEntries(content.map((field) => [field, maskValues(secret[field])])) };
}
