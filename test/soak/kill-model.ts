import type { KubeObject } from '@argosy/kube/meta';

/** What is known of one ConfigMap. Only one writer changes it, one write at a time. */
export interface Slot {
  readonly name: string;
  /** As the last acknowledged write left it; undefined: it does not exist. */
  held: KubeObject | undefined;
  /** The write that was under way when the server died; `value` undefined: a deletion. */
  pending: { readonly value: string | undefined } | undefined;
}

/** The version of an object, as a number. */
export const versionOf = (object: KubeObject): number => Number(object.metadata.resourceVersion);

/** The value that a writer put into a ConfigMap. */
export function valueOf(object: KubeObject | undefined): string | undefined {
  const data = object?.['data'] as { readonly value?: string } | undefined;
  return data?.value;
}

const told = (object: KubeObject | undefined): string =>
  object === undefined ? 'nothing' : `${String(valueOf(object))} at version ${versionOf(object)}`;

const image = (object: KubeObject | undefined): string =>
  object === undefined ? '' : `${object.metadata.uid} ${versionOf(object)} ${String(valueOf(object))}`;

/**
 * What is wrong with an object that was found after a kill, or undefined. Right is what was acknowledged, or what the
 * write under way would have made of it; only the latter when a watch has already told of it.
 */
export function faultOf(slot: Slot, found: KubeObject | undefined, seen: KubeObject | undefined): string | undefined {
  const { held, pending } = slot;
  const newer = held === undefined || found === undefined || versionOf(found) > versionOf(held);
  const applied = pending !== undefined && valueOf(found) === pending.value && newer;
  const toldOf = pending?.value !== undefined && valueOf(seen) === pending.value;
  if (applied || (image(found) === image(held) && !toldOf)) return undefined;
  return `${slot.name}: acknowledged ${told(held)}, under way ${JSON.stringify(pending)}, watched ${told(seen)}, found ${told(found)}`;
}
