import { getPath, isObject } from '@argosy/std';
import type { HealthStatusCode } from '@argosy/api/cd';
import type { KubeObject } from '@argosy/kube/meta';

/** A verdict on one live object; `message` is absent where upstream has none. */
export interface Health {
  readonly status: HealthStatusCode;
  readonly message?: string;
  /** Why the verdict could not be reached; only a script of the settings fails. */
  readonly error?: string;
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

/** One entry of `status.conditions`, or of a list like it. */
export interface Condition {
  readonly [field: string]: unknown;
}

/** The conditions of an object, in its order. */
export function conditionsOf(object: KubeObject): readonly Condition[] {
  return listAt(object, ['status', 'conditions']);
}

/** The condition of a type, if there is one. */
export function conditionOf(object: KubeObject, type: string): Condition | undefined {
  return conditionsOf(object).find((item) => item['type'] === type);
}

/** A text, number or boolean as text; `undefined` for anything else. */
export function scalarText(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

/** `Type=Status` of a condition. */
export function conditionName(condition: Condition): string {
  return `${textAt(condition, ['type'])}=${textAt(condition, ['status'])}`;
}

/** The names of an object's conditions, each as `Type=Status`. */
export function conditionNames(object: KubeObject): ReadonlySet<string> {
  return new Set(conditionsOf(object).map(conditionName));
}
