import { formatTime, milliseconds, parseTime, type Instant } from '@argosy/std';
import { findCondition, setCondition, type Condition } from '@argosy/kube/meta';
import { requeue, settled, type Next } from '@argosy/kube/plan';
import { replicasOf, rollingBounds } from './deployment-replica-sets.ts';
import { allOf, type ReplicaSets } from './deployment-scaling.ts';
import type { Deployment, DeploymentStatus, ReplicaSet } from './kinds.ts';

/** A progress deadline at or above this means none. */
const NO_DEADLINE_SECONDS = 2_147_483_647;

/** What the round found out that conditions must tell. */
export interface RolloutFacts {
  readonly now: Instant;
  /** Name of the ReplicaSet that this round creates. */
  readonly created?: string;
  /** A rollout is judged for progress; a paused or scaled deployment is not. */
  readonly judgesProgress: boolean;
}

/** A status and when a deadline asks for another look. */
export interface StatusAndNext {
  readonly status: DeploymentStatus;
  readonly next: Next;
}

type Counts = Required<
  Pick<DeploymentStatus, 'replicas' | 'updatedReplicas' | 'readyReplicas' | 'availableReplicas' | 'unavailableReplicas'>
>;

function countsOf(sets: ReplicaSets): Counts {
  const all = allOf(sets);
  const total = (count: (each: ReplicaSet) => number): number => all.reduce((sum, each) => sum + count(each), 0);
  const availableReplicas = total((each) => each.status?.availableReplicas ?? 0);
  return {
    replicas: total((each) => each.status?.replicas ?? 0),
    updatedReplicas: sets.current?.status?.replicas ?? 0,
    readyReplicas: total((each) => each.status?.readyReplicas ?? 0),
    availableReplicas,
    unavailableReplicas: Math.max(0, total(replicasOf) - availableReplicas),
  };
}

/** True when all replicas are updated and available and nothing old is left. */
export function isComplete(deployment: Deployment, counts: Partial<Counts>): boolean {
  const wanted = replicasOf(deployment);
  return (
    (counts.updatedReplicas ?? 0) === wanted &&
    (counts.replicas ?? 0) === wanted &&
    (counts.availableReplicas ?? 0) === wanted
  );
}

/** The counts of a deployment's status, for callers that decide on completeness. */
export function deploymentCounts(sets: ReplicaSets): Counts {
  return countsOf(sets);
}

function hasProgressed(old: DeploymentStatus | undefined, counts: Counts): boolean {
  const before = (name: keyof Counts): number => old?.[name] ?? 0;
  return (
    counts.updatedReplicas > before('updatedReplicas') ||
    counts.replicas - counts.updatedReplicas < before('replicas') - before('updatedReplicas') ||
    counts.readyReplicas > before('readyReplicas') ||
    counts.availableReplicas > before('availableReplicas')
  );
}

type ProgressReason =
  | 'NewReplicaSetCreated'
  | 'FoundNewReplicaSet'
  | 'ReplicaSetUpdated'
  | 'NewReplicaSetAvailable'
  | 'ProgressDeadlineExceeded'
  | 'DeploymentPaused'
  | 'DeploymentResumed';

function progressing(status: Condition['status'], reason: ProgressReason, message: string): Condition {
  return { type: 'Progressing', status, reason, message };
}

/** Sets a condition with lastUpdateTime; one of the same status and reason stays as it is unless `touch`. */
function put(conditions: readonly Condition[], next: Condition, facts: { now: Instant; touch?: boolean }) {
  const old = findCondition(conditions, next.type);
  if (facts.touch !== true && old !== undefined && old.status === next.status && old.reason === next.reason) {
    return conditions;
  }
  return setCondition(conditions, { ...next, lastUpdateTime: formatTime(facts.now) }, facts.now);
}

function withAvailable(deployment: Deployment, conditions: readonly Condition[], facts: Facts): readonly Condition[] {
  const least = replicasOf(deployment) - rollingBounds(deployment).unavailable;
  const isEnough = facts.counts.availableReplicas >= least;
  const next: Condition = isEnough
    ? {
        type: 'Available',
        status: 'True',
        reason: 'MinimumReplicasAvailable',
        message: 'Deployment has minimum availability.',
      }
    : {
        type: 'Available',
        status: 'False',
        reason: 'MinimumReplicasUnavailable',
        message: 'Deployment does not have minimum availability.',
      };
  return put(conditions, next, facts);
}

interface Facts extends RolloutFacts {
  readonly counts: Counts;
  readonly setName: string;
}

function deadlineSeconds(deployment: Deployment): number | undefined {
  const deadline = deployment.spec.progressDeadlineSeconds;
  return deadline === undefined || deadline >= NO_DEADLINE_SECONDS ? undefined : deadline;
}

/** Pausing and resuming are told once; while paused the deadline does not run. */
function withPause(deployment: Deployment, conditions: readonly Condition[], facts: Facts): readonly Condition[] {
  if (deadlineSeconds(deployment) === undefined) return conditions;
  const old = findCondition(conditions, 'Progressing');
  if (old?.reason === 'ProgressDeadlineExceeded') return conditions;
  const wasPaused = old?.reason === 'DeploymentPaused';
  if (deployment.spec.paused === true && !wasPaused) {
    return put(conditions, progressing('Unknown', 'DeploymentPaused', 'Deployment is paused'), facts);
  }
  if (deployment.spec.paused !== true && wasPaused) {
    return put(conditions, progressing('Unknown', 'DeploymentResumed', 'Deployment is resumed'), facts);
  }
  return conditions;
}

function withReplicaSetFound(conditions: readonly Condition[], facts: Facts): readonly Condition[] {
  if (facts.created !== undefined) {
    const message = `Created new replica set "${facts.created}"`;
    return put(conditions, progressing('True', 'NewReplicaSetCreated', message), facts);
  }
  if (facts.setName === '' || findCondition(conditions, 'Progressing') !== undefined) return conditions;
  const message = `Found new replica set "${facts.setName}"`;
  return put(conditions, progressing('True', 'FoundNewReplicaSet', message), facts);
}

/** When the deadline passes: counted from the last time the Progressing condition was renewed. */
function deadlineAt(deployment: Deployment, condition: Condition | undefined): number | undefined {
  const deadline = deadlineSeconds(deployment);
  if (deadline === undefined || condition === undefined || condition.reason === 'NewReplicaSetAvailable') {
    return undefined;
  }
  const from = parseTime(condition.lastUpdateTime ?? condition.lastTransitionTime ?? '');
  return from === undefined ? undefined : from + deadline * 1000;
}

function withProgress(deployment: Deployment, conditions: readonly Condition[], facts: Facts): readonly Condition[] {
  const current = findCondition(conditions, 'Progressing');
  const isDone = facts.counts.replicas === facts.counts.updatedReplicas && current?.reason === 'NewReplicaSetAvailable';
  if (isDone) return conditions;
  const subject = facts.setName === '' ? `Deployment "${deployment.metadata.name}"` : `ReplicaSet "${facts.setName}"`;
  if (isComplete(deployment, facts.counts)) {
    const message = `${subject} has successfully progressed.`;
    return put(conditions, progressing('True', 'NewReplicaSetAvailable', message), facts);
  }
  if (hasProgressed(deployment.status, facts.counts)) {
    const next = progressing('True', 'ReplicaSetUpdated', `${subject} is progressing.`);
    return put(conditions, next, { now: facts.now, touch: true });
  }
  const limit = deadlineAt(deployment, current);
  if (limit === undefined || facts.now < limit) return conditions;
  const next = progressing('False', 'ProgressDeadlineExceeded', `${subject} has timed out progressing.`);
  return put(conditions, next, facts);
}

function withReplicaFailure(sets: ReplicaSets, conditions: readonly Condition[]): readonly Condition[] {
  const rest = conditions.filter((condition) => condition.type !== 'ReplicaFailure');
  const found = [sets.current, ...sets.old]
    .map((each) => findCondition(each?.status?.conditions, 'ReplicaFailure'))
    .find((condition) => condition !== undefined);
  return found === undefined ? rest : [...rest, found];
}

function conditionsOf(deployment: Deployment, sets: ReplicaSets, facts: Facts): readonly Condition[] {
  let conditions = deployment.status?.conditions ?? [];
  conditions = withPause(deployment, conditions, facts);
  if (facts.judgesProgress) conditions = withReplicaSetFound(conditions, facts);
  conditions = withAvailable(deployment, conditions, facts);
  if (deadlineSeconds(deployment) === undefined) {
    conditions = conditions.filter((condition) => condition.type !== 'Progressing');
  } else if (facts.judgesProgress) {
    conditions = withProgress(deployment, conditions, facts);
  }
  return withReplicaFailure(sets, conditions);
}

/** The whole next status of a deployment, from its ReplicaSets' own. */
export function deploymentStatus(deployment: Deployment, sets: ReplicaSets, facts: RolloutFacts): StatusAndNext {
  const counts = countsOf(sets);
  const all: Facts = { ...facts, counts, setName: facts.created ?? sets.current?.metadata.name ?? '' };
  const conditions = conditionsOf(deployment, sets, all);
  const { collisionCount } = deployment.status ?? {};
  const shown = Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
  const status: DeploymentStatus = {
    ...(deployment.metadata.generation === undefined ? {} : { observedGeneration: deployment.metadata.generation }),
    ...shown,
    ...(collisionCount === undefined ? {} : { collisionCount }),
    conditions,
  };
  return { status, next: facts.judgesProgress ? nextLook(deployment, conditions, facts.now) : settled };
}

function nextLook(deployment: Deployment, conditions: readonly Condition[], now: Instant): Next {
  const condition = findCondition(conditions, 'Progressing');
  if (condition?.reason === 'ProgressDeadlineExceeded') return settled;
  const limit = deadlineAt(deployment, condition);
  return limit === undefined ? settled : requeue(milliseconds(Math.max(1, limit - now)), 'ProgressDeadline');
}
