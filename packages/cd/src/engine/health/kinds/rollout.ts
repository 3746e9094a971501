import { getPath, isObject } from '@argosy/std';
import type { HealthStatusCode } from '@argosy/api/cd';
import type { KubeObject } from '@argosy/kube/meta';
import { conditionsOf, listAt, numberAt, textAt, verdict, type Health, type HealthRule } from '../verdict.ts';

const WORKLOAD_GENERATION = 'rollout.argoproj.io/workload-generation';
const UNOBSERVED = 'Waiting for rollout spec update to be observed';
const ROLLING = 'Waiting for roll out to finish:';

/** A generation as Argo Rollouts writes it: a number, or decimal text; anything else is of an old version. */
function generationOf(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string' || value.trim() === '') return undefined;
  const number = Number(value);
  return Number.isFinite(number) ? number : undefined;
}

function isGenerationSeen(object: KubeObject): boolean {
  if (!isObject(object['status'])) return false;
  const observed = generationOf(getPath(object, ['status', 'observedGeneration']));
  // compat(cd-0101): text that is no number, and a number that is ahead, were written by old versions and count as seen.
  return observed === undefined || observed >= (object.metadata.generation ?? 0);
}

function isWorkloadSeen(object: KubeObject): boolean {
  const { annotations } = object.metadata;
  if (getPath(object, ['spec', 'workloadRef']) === undefined || annotations === undefined) return true;
  return (
    generationOf(annotations[WORKLOAD_GENERATION]) ===
    generationOf(getPath(object, ['status', 'workloadObservedGeneration']))
  );
}

/** What the phase says; Argo Rollouts names its phases as health is named, save that it is paused, not suspended. */
function phaseHealth(object: KubeObject): Health | undefined {
  const phase = textAt(object, ['status', 'phase']);
  if (phase === '') return undefined;
  const known: readonly string[] = ['Healthy', 'Progressing', 'Degraded', 'Unknown', 'Suspended', 'Missing'];
  const message = textAt(object, ['status', 'message']);
  if (phase === 'Paused') return verdict('Suspended', message);
  if (!known.includes(phase)) return verdict('Unknown', 'Lua returned an invalid health status');
  return verdict(phase as HealthStatusCode, message);
}

function troubleHealth(object: KubeObject): Health | undefined {
  const trouble = conditionsOf(object).find(
    (item) =>
      item['type'] === 'InvalidSpec' ||
      (item['type'] === 'Progressing' &&
        (item['reason'] === 'RolloutAborted' || item['reason'] === 'ProgressDeadlineExceeded')),
  );
  return trouble === undefined ? undefined : verdict('Degraded', textAt(trouble, ['message']));
}

function replicasHealth(object: KubeObject): Health | undefined {
  const updated = numberAt(object, ['status', 'updatedReplicas']);
  if (updated < numberAt(object, ['spec', 'replicas'], 1)) {
    return verdict('Progressing', `${ROLLING} More replicas need to be updated`);
  }
  if (numberAt(object, ['status', 'availableReplicas']) < updated) {
    return verdict('Progressing', `${ROLLING} updated replicas are still becoming available`);
  }
  return undefined;
}

function strategyHealth(object: KubeObject): Health | undefined {
  const hash = textAt(object, ['status', 'currentPodHash']);
  const stable = textAt(object, ['status', 'stableRS']) || textAt(object, ['status', 'canary', 'stableRS']);
  if (isObject(getPath(object, ['spec', 'strategy', 'blueGreen']))) {
    if (textAt(object, ['status', 'blueGreen', 'activeSelector']) !== hash) {
      return verdict('Progressing', 'active service cutover pending');
    }
    const waits = stable !== '' && stable !== hash;
    return waits ? verdict('Progressing', 'waiting for analysis to complete') : undefined;
  }
  if (!isObject(getPath(object, ['spec', 'strategy', 'canary']))) return undefined;
  if (numberAt(object, ['status', 'replicas']) > numberAt(object, ['status', 'updatedReplicas'])) {
    return verdict('Progressing', `${ROLLING} old replicas are pending termination`);
  }
  return stable === hash ? undefined : verdict('Progressing', 'Waiting for rollout to finish steps');
}

const isPaused = (object: KubeObject): boolean =>
  listAt(object, ['status', 'pauseConditions']).length > 0 || getPath(object, ['spec', 'paused']) === true;

/** argoproj.io/Rollout: by its phase, and for versions before 1.0 by conditions and replicas. Also spot.io/SpotDeployment. */
export const rolloutHealth: HealthRule = (object) => {
  if (!isGenerationSeen(object) || !isWorkloadSeen(object)) return verdict('Progressing', UNOBSERVED);
  const told = phaseHealth(object) ?? troubleHealth(object);
  if (told !== undefined) return told;
  if (isPaused(object)) return verdict('Suspended', 'Rollout is paused');
  if (textAt(object, ['status', 'currentPodHash']) === '') {
    return verdict('Progressing', 'Waiting for rollout to finish: status has not been reconciled.');
  }
  return replicasHealth(object) ?? strategyHealth(object) ?? verdict('Healthy');
};
