import type { KubeObject } from '@argosy/kube/meta';

/** An object's JSON as UTF-8 bytes. Shape: JSON tree in, bytes out. */
export function encodeObject(object: KubeObject): Uint8Array {
  return Buffer.from(JSON.stringify(object), 'utf8');
}

/** The tree behind stored bytes. The bytes are ours, so a syntax error is a broken invariant and throws. */
export function decodeObject(bytes: Uint8Array): KubeObject {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  return JSON.parse(text) as KubeObject;
}

/** Freezes a JSON tree; stops at parts that are frozen already, so a shared subtree is walked once. */
export function freezeTree<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const part of Object.values(value)) freezeTree(part);
  return value;
}
