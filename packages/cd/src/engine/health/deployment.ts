import { getPath } from '@argosy/std';
import { isBehind, listAt, numberAt, verdict, type HealthRule } from './verdict.ts';

const waiting = (detail: string): string => `Waiting for rollout to finish: ${detail}`;

/** apps/Deployment: paused, behind, over its deadline, still rolling, or done. */
export const deploymentHealth: HealthRule = (object) => {
  if (getPath(object, ['spec', 'paused']) === true) return verdict('Suspended', 'Deployment is paused');
  if (isBehind(object)) {
    return verdict('Progressing', waiting('observed deployment generation less than desired generation'));
  }
  const progressing = listAt(object, ['status', 'conditions']).find((item) => item['type'] === 'Progressing');
  if (progressing?.['reason'] === 'ProgressDeadlineExceeded') {
    return verdict('Degraded', `Deployment ${JSON.stringify(object.metadata.name)} exceeded its progress deadline`);
  }
  const desired = numberAt(object, ['spec', 'replicas'], 1);
  const updated = numberAt(object, ['status', 'updatedReplicas']);
  const total = numberAt(object, ['status', 'replicas']);
  const available = numberAt(object, ['status', 'availableReplicas']);
  if (updated < desired) {
    return verdict('Progressing', waiting(`${updated} out of ${desired} new replicas have been updated...`));
  }
  if (total > updated) {
    return verdict('Progressing', waiting(`${total - updated} old replicas are pending termination...`));
  }
  if (available < updated) {
    return verdict('Progressing', waiting(`${available} of ${updated} updated replicas are available...`));
  }
  return verdict('Healthy');
};
