import { getPath, isObject } from '@argosy/std';
import type { HealthStatusCode } from '@argosy/api/cd';
import type { KubeObject } from '@argosy/kube/meta';

/** A verdict on one live object; `message` is absent where upstream has none. */
export interface Health {
  readonly status: HealthStatusCode;
  readonly message?: string;
}

/** Judges one live object of one kind; `undefined`: the kind says nothing about health in this state. */
export type HealthRule = (object: KubeObject) => Health | undefined;

/** Builds a verdict; an empty message is left out. */
export function verdict(status: HealthStatusCode, message?: string): Health {
  return message === undefined || message === '' ? { status } : { status, message };
}

/** A number at a path, or `fallback`. */
export function numberAt(object: KubeObject, path: readonly string[], fallback = 0): number {
  const value = getPath(object, path);
  return typeof value === 'number' ? value : fallback;
}

/** Text at a path, or `''`. */
export function textAt(value: unknown, path: readonly string[]): string {
  const found = getPath(value, path);
  return typeof found === 'string' ? found : '';
}

/** A list of objects at a path, or nothing. */
export function listAt(value: unknown, path: readonly string[]): readonly { readonly [key: string]: unknown }[] {
  const found = getPath(value, path);
  return Array.isArray(found) ? found.filter(isObject) : [];
}

/** True when the controller of the object has not yet seen its newest generation. */
export function isBehind(object: KubeObject): boolean {
  return (object.metadata.generation ?? 0) > numberAt(object, ['status', 'observedGeneration']);
}
