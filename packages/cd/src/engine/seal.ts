import { isObject, sha256Hex } from '@argosy/std';
import { cdNames } from '@argosy/api/cd';
import type { KubeObject } from '@argosy/kube/meta';
import { normalizeDesired } from './normalize.ts';

/** True for core/v1 Secret, the one kind whose content never enters plans, journals or answers. */
export function isSecret(object: { readonly apiVersion: string; readonly kind: string }): boolean {
  return object.kind === 'Secret' && object.apiVersion === 'v1';
}

function sealValues(data: unknown, salt: string): { readonly [key: string]: string } {
  if (!isObject(data)) return {};
  const entries = Object.entries(data).map(([key, value]): [string, string] => [
    key,
    `sealed:${sha256Hex(`${salt}${JSON.stringify(value ?? '')}`).slice(0, 32)}`,
  ]);
  return Object.fromEntries(entries);
}

function sealLastApplied(object: KubeObject, salt: string): KubeObject['metadata'] {
  const text = object.metadata.annotations?.[cdNames.lastApplied];
  if (text === undefined) return object.metadata;
  let sealed = '{}';
  try {
    const applied: unknown = JSON.parse(text);
    if (isObject(applied)) sealed = JSON.stringify(sealFields(applied as unknown as KubeObject, salt));
  } catch {
    sealed = '{}';
  }
  return { ...object.metadata, annotations: { ...object.metadata.annotations, [cdNames.lastApplied]: sealed } };
}

function sealFields(object: KubeObject, salt: string): KubeObject {
  const folded = normalizeDesired(object);
  return isObject(folded['data']) ? { ...folded, data: sealValues(folded['data'], salt) } : folded;
}

/**
 * A Secret with each value replaced by a salted digest: equal values stay equal, nothing can be read back. Other
 * objects come back as they are. `salt` is private to the process.
 */
export function sealSecret(object: KubeObject, salt: string): KubeObject {
  if (!isSecret(object)) return object;
  const folded = isObject(object['stringData']) ? normalizeDesired(object) : object;
  const metadata = sealLastApplied(folded, salt);
  const data = isObject(folded['data']) ? { data: sealValues(folded['data'], salt) } : {};
  return { ...folded, metadata, ...data };
}
