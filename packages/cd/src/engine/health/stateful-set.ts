import { getPath, isObject } from '@argosy/std';
import type { KubeObject } from '@argosy/kube/meta';
import { isBehind, numberAt, textAt, verdict, type Health, type HealthRule } from './verdict.ts';

function partitionedHealth(object: KubeObject, replicas: number): Health {
  const partition = numberAt(object, ['spec', 'updateStrategy', 'rollingUpdate', 'partition']);
  const updated = numberAt(object, ['status', 'updatedReplicas']);
  if (partition > 0 && updated < replicas - partition) {
    const progress = `${updated} out of ${replicas - partition} new pods have been updated...`;
    return verdict('Progressing', `Waiting for partitioned roll out to finish: ${progress}`);
  }
  return verdict('Healthy', `partitioned roll out complete: ${updated} new pods have been updated...`);
}

/** apps/StatefulSet. */
export const statefulSetHealth: HealthRule = (object) => {
  if (numberAt(object, ['status', 'observedGeneration']) === 0 || isBehind(object)) {
    return verdict('Progressing', 'Waiting for statefulset spec update to be observed...');
  }
  const replicas = numberAt(object, ['spec', 'replicas'], 1);
  const ready = numberAt(object, ['status', 'readyReplicas']);
  if (ready < replicas) return verdict('Progressing', `Waiting for ${replicas - ready} pods to be ready...`);
  const strategy = textAt(object, ['spec', 'updateStrategy', 'type']);
  if (strategy === 'OnDelete') return verdict('Healthy', `statefulset has ${ready} ready pods`);
  if (strategy === 'RollingUpdate' && isObject(getPath(object, ['spec', 'updateStrategy', 'rollingUpdate']))) {
    return partitionedHealth(object, replicas);
  }
  const update = textAt(object, ['status', 'updateRevision']);
  if (update !== textAt(object, ['status', 'currentRevision'])) {
    const updated = numberAt(object, ['status', 'updatedReplicas']);
    const progress = `${updated} pods at revision ${update}...`;
    return verdict('Progressing', `waiting for statefulset rolling update to complete ${progress}`);
  }
  const current = numberAt(object, ['status', 'currentReplicas']);
  return verdict('Healthy', `statefulset rolling update complete ${current} pods at revision ${update}...`);
};
