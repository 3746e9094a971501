import { isBehind, numberAt, textAt, verdict, type HealthRule } from './verdict.ts';

/** apps/DaemonSet. */
export const daemonSetHealth: HealthRule = (object) => {
  if (isBehind(object)) {
    return verdict(
      'Progressing',
      'Waiting for rollout to finish: observed daemon set generation less than desired generation',
    );
  }
  const desired = numberAt(object, ['status', 'desiredNumberScheduled']);
  const updated = numberAt(object, ['status', 'updatedNumberScheduled']);
  const available = numberAt(object, ['status', 'numberAvailable']);
  if (textAt(object, ['spec', 'updateStrategy', 'type']) === 'OnDelete') {
    return verdict('Healthy', `daemon set ${updated} out of ${desired} new pods have been updated`);
  }
  const waiting = `Waiting for daemon set ${JSON.stringify(object.metadata.name)} rollout to finish:`;
  if (updated < desired) {
    return verdict('Progressing', `${waiting} ${updated} out of ${desired} new pods have been updated...`);
  }
  if (available < desired) {
    return verdict('Progressing', `${waiting} ${available} of ${desired} updated pods are available...`);
  }
  return verdict('Healthy');
};
