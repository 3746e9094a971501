import { isBehind, listAt, numberAt, textAt, verdict, type HealthRule } from './verdict.ts';

/** apps/ReplicaSet. */
export const replicaSetHealth: HealthRule = (object) => {
  if (isBehind(object)) {
    return verdict(
      'Progressing',
      'Waiting for rollout to finish: observed replica set generation less than desired generation',
    );
  }
  const failure = listAt(object, ['status', 'conditions']).find((item) => item['type'] === 'ReplicaFailure');
  if (failure?.['status'] === 'True') return verdict('Degraded', textAt(failure, ['message']));
  const desired = numberAt(object, ['spec', 'replicas'], 1);
  const available = numberAt(object, ['status', 'availableReplicas']);
  if (available < desired) {
    return verdict(
      'Progressing',
      `Waiting for rollout to finish: ${available} out of ${desired} new replicas are available...`,
    );
  }
  return verdict('Healthy');
};
