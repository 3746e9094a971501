import { kubeError, type ObjectKey } from '@argosy/kube/meta';
import { admitMutating, admitValidating, type WriteReview } from './admission/index.ts';
import { draftOf } from './draft.ts';
import type { ApiState, StepEnv } from './state.ts';

/** A stream into a pod that asks for admission. */
export interface StreamReview {
  readonly key: ObjectKey;
  readonly subresource: 'exec' | 'attach' | 'portforward';
  /** PodExecOptions and their kin, as webhooks and policies see them. */
  readonly options: { readonly [field: string]: unknown };
}

/**
 * Admission of a stream into a pod: webhooks and policies for the operation CONNECT. Gives the warnings for its caller.
 * @throws WebhooksNeeded for answers that `env` does not bring yet, KubeError for a refusal.
 */
export function admitStream(state: ApiState, stream: StreamReview, env: StepEnv): readonly string[] {
  const resource = state.registry.find({ group: '', version: 'v1', resource: 'pods' });
  if (resource === undefined) return [];
  const { key, subresource } = stream;
  const warnings: string[] = [];
  const context = { state, env, resource, warnings, dryRun: false, annotations: new Map<string, string>() };
  const object = draftOf(stream.options, false);
  const review: WriteReview = { operation: 'CONNECT', subresource, object, oldObject: undefined, key };
  const before = JSON.stringify(object);
  admitMutating(context, review);
  if (JSON.stringify(object) !== before) {
    const why = `a mutating webhook changed the options of ${subresource}; they cannot be changed on the way`;
    throw kubeError('Forbidden', `pods ${JSON.stringify(key.name)} is forbidden: ${why}`);
  }
  admitValidating(context, review);
  return warnings;
}
