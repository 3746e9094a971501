import type { AppProjectSpec } from '@argosy/api/cd';
import type { KubeObject } from '@argosy/kube/meta';
import type { ConditionFact } from './conditions.ts';
import { matchesGlob } from './glob.ts';
import { isKindPermitted } from './project.ts';
import { resourceKeyOf, type ResourceKey } from './resource-key.ts';
import { trackingOf } from './tracking.ts';

/** What every namespace has and nobody brought. */
const WELL_KNOWN: readonly { readonly kind: string; readonly name: string; readonly namespace?: string }[] = [
  { kind: 'Service', name: 'kubernetes', namespace: 'default' },
  { kind: 'ServiceAccount', name: 'default' },
  { kind: 'ConfigMap', name: 'kube-root-ca.crt' },
];

function isWellKnown(object: KubeObject, key: ResourceKey): boolean {
  if (key.group !== '') return false;
  if (object.kind === 'Secret' && object['type'] === 'kubernetes.io/service-account-token') return true;
  return WELL_KNOWN.some(
    ({ kind, name, namespace }) =>
      kind === key.kind && name === key.name && (namespace === undefined || namespace === key.namespace),
  );
}

function isListed(spec: AppProjectSpec, key: ResourceKey): boolean {
  const fits = (pattern: string | undefined, text: string): boolean =>
    pattern === undefined || pattern === '' || matchesGlob(pattern, text);
  return (spec.orphanedResources?.ignore ?? []).some(
    ({ group, kind, name }) => matchesGlob(group ?? '', key.group) && fits(kind, key.kind) && fits(name, key.name),
  );
}

/**
 * True for an object that nobody owns and no Application tracks, as far as the project may see it and does not ask to
 * leave it out.
 */
export function isOrphan(object: KubeObject, spec: AppProjectSpec): boolean {
  if ((object.metadata.ownerReferences ?? []).length > 0 || trackingOf(object) !== undefined) return false;
  const key = resourceKeyOf(object);
  if (key.namespace === '' || isWellKnown(object, key)) return false;
  return isKindPermitted(spec, key, true) && !isListed(spec, key);
}

/** The warning of a project that wants to be warned, which it does unless it says otherwise. */
export function orphanWarning(spec: AppProjectSpec, count: number): readonly ConditionFact[] {
  const { orphanedResources } = spec;
  if (orphanedResources === undefined || orphanedResources.warn === false || count === 0) return [];
  return [{ type: 'OrphanedResourceWarning', message: `Application has ${count} orphaned resources` }];
}
