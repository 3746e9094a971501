import { isObject } from '@argosy/std';
import { kubeError, type KubeObject } from '@argosy/kube/meta';
import { applyMergePatch } from '@argosy/kube/merge';
import { invalid, invalidField } from './errors.ts';
import { nestedValue } from './patching.ts';
import { scaleObject } from './scale.ts';
import type { Outcome } from './state.ts';
import { changeObject, liveObject, type Change } from './updating.ts';
import type { WriteContext } from './writing.ts';

function wantedReplicas(context: WriteContext, scale: unknown, name: string): number {
  const spec = isObject(scale) ? scale['spec'] : undefined;
  const replicas = isObject(spec) ? (spec['replicas'] ?? 0) : 0;
  if (typeof replicas !== 'number' || !Number.isSafeInteger(replicas)) {
    throw kubeError('BadRequest', `Scale spec.replicas must be a whole number, found ${JSON.stringify(replicas)}`);
  }
  if (replicas < 0) {
    const error = invalidField('spec.replicas', replicas, 'must be greater than or equal to 0');
    throw invalid({ group: 'autoscaling', kind: 'Scale' }, name, [error]);
  }
  return replicas;
}

/** Writes through the scale subresource: the Scale's spec.replicas goes to where the resource keeps it. */
export function changeScale(context: WriteContext, change: Change): Outcome {
  const { state, resource } = context;
  const before = scaleObject(state, resource, liveObject(context, change.key));
  const wanted = change.transform(before);
  const replicas = wantedReplicas(context, wanted, change.key.name);
  const version = isObject(wanted) && isObject(wanted['metadata']) ? wanted['metadata']['resourceVersion'] : undefined;
  const metadata = typeof version === 'string' && version !== '' ? { resourceVersion: version } : {};
  const transform = (live: KubeObject): unknown => {
    const scaled = applyMergePatch(live, nestedValue(resource.scale?.specReplicas ?? [], replicas));
    return applyMergePatch(scaled, { metadata });
  };
  const main = { ...change, subresource: '', trackedAs: 'scale', transform, replace: false };
  const outcome = changeObject(context, main);
  if (outcome.body.kind !== 'stored') return { ...outcome, body: { kind: 'object', object: before } };
  return { ...outcome, body: { kind: 'object', object: scaleObject(state, resource, outcome.body.stored) } };
}
