import { equalJson } from '@argosy/std';
import { keyOf, selectorFromSpec } from '@argosy/kube/meta';
import { settled, type Plan, type PlanEnv, type StandardAction } from '@argosy/kube/plan';
import { claimChildren } from './claim.ts';
import {
  annotations,
  buildReplicaSet,
  findNewReplicaSet,
  highestRevision,
  newReplicaSetAnnotations,
  replicasOf,
  revisionOf,
  scaleAnnotations,
  templateHash,
} from './deployment-replica-sets.ts';
import {
  allOf,
  isScalingEvent,
  newReplicaSetSize,
  oldReplicaSetSizes,
  proportionalSizes,
  type ReplicaSets,
  type Scale,
} from './deployment-scaling.ts';
import { deploymentCounts, deploymentStatus, isComplete } from './deployment-status.ts';
import type { Deployment, DeploymentStatus, ReplicaSet } from './kinds.ts';
import { targets } from './resources.ts';

/** Old ReplicaSets that are kept when the spec does not say. */
export const DEFAULT_HISTORY_LIMIT = 10;

/** What the planner sees. `replicaSets`: those it controls and those without a controller that match its selector. */
export interface DeploymentObserved {
  readonly deployment: Deployment;
  readonly replicaSets: readonly ReplicaSet[];
  /** Names of ReplicaSets in the namespace that begin with the deployment's, whoever owns them. */
  readonly takenNames: readonly string[];
  /** For Recreate: pods that have not ended, being deleted or not, by the uid of their ReplicaSet. */
  readonly livePods: { readonly [replicaSetUid: string]: number };
}

/**
 * What the round does. `undefined` as status: the round rewrites the deployment itself, whose change wakes the key
 * again, so that a status written now could only conflict.
 */
export type DeploymentPlan = Plan<StandardAction, DeploymentStatus | undefined>;

/** The next actions and status of a Deployment. */
export function planDeployment(seen: DeploymentObserved, env: PlanEnv): DeploymentPlan {
  const { deployment } = seen;
  const claims = claimChildren(deployment, selectorFromSpec(deployment.spec.selector), {
    resource: targets.replicaSets,
    objects: seen.replicaSets,
  });
  const current = findNewReplicaSet(deployment, claims.owned);
  const sets: ReplicaSets = { current, old: claims.owned.filter((each) => each !== current) };
  const rest = planRollout(seen, sets, env);
  return { ...rest, actions: [...claims.actions, ...rest.actions] };
}

function planRollout(seen: DeploymentObserved, sets: ReplicaSets, env: PlanEnv): DeploymentPlan {
  const { deployment } = seen;
  if (deployment.metadata.deletionTimestamp !== undefined) {
    return { actions: [], ...deploymentStatus(deployment, sets, { now: env.now, judgesProgress: false }) };
  }
  if (deployment.spec.paused === true) return planScale(deployment, sets, env);
  if (deployment.spec.strategy?.type === 'Recreate') return planRecreate(seen, sets, env);
  if (isScalingEvent(deployment, sets)) return planScale(deployment, sets, env);
  return planRolling(seen, sets, env);
}

/** No rollout: the sizes follow spec.replicas, each ReplicaSet keeps its share. */
function planScale(deployment: Deployment, sets: ReplicaSets, env: PlanEnv): DeploymentPlan {
  const sizes = proportionalSizes(deployment, sets);
  const actions = allOf(sets).flatMap((each) => scaling(deployment, each, { size: sizes.get(each.metadata.name) }));
  const history = deployment.spec.paused === true ? planHistory(deployment, sets) : [];
  const { status, next } = deploymentStatus(deployment, sets, { now: env.now, judgesProgress: false });
  return { actions: [...actions, ...history], status, next };
}

function planRolling(seen: DeploymentObserved, sets: ReplicaSets, env: PlanEnv): DeploymentPlan {
  const { deployment } = seen;
  if (sets.current === undefined) {
    const size = newReplicaSetSize(deployment, sets, 0);
    return withNewReplicaSet(seen, sets, { size, env, oldSizes: oldReplicaSetSizes(deployment, sets, size) });
  }
  const size = newReplicaSetSize(deployment, sets, replicasOf(sets.current));
  // One step at a time: what the old ones may give up is decided after the new one's growth has been seen.
  const isGrowing = size !== replicasOf(sets.current);
  const oldSizes: Scale = isGrowing ? new Map() : oldReplicaSetSizes(deployment, sets, size);
  return withExisting(deployment, sets, { current: sets.current, size, oldSizes, env });
}

function planRecreate(seen: DeploymentObserved, sets: ReplicaSets, env: PlanEnv): DeploymentPlan {
  const { deployment } = seen;
  const down: Scale = new Map(sets.old.map((each) => [each.metadata.name, 0]));
  const isDown = sets.old.every((each) => replicasOf(each) === 0);
  const lives = sets.old.some((each) => (seen.livePods[each.metadata.uid ?? ''] ?? 0) > 0);
  if (!isDown || lives) {
    const actions = sets.old.flatMap((each) => scaling(deployment, each, { size: down.get(each.metadata.name) }));
    return { actions, ...deploymentStatus(deployment, sets, { now: env.now, judgesProgress: true }) };
  }
  const size = replicasOf(deployment);
  if (sets.current === undefined) return withNewReplicaSet(seen, sets, { size, env, oldSizes: new Map() });
  return withExisting(deployment, sets, { current: sets.current, size, oldSizes: new Map(), env });
}

interface Step {
  readonly size: number;
  readonly oldSizes: Scale;
  readonly env: PlanEnv;
}

function withNewReplicaSet(seen: DeploymentObserved, sets: ReplicaSets, step: Step): DeploymentPlan {
  const { deployment } = seen;
  const collisions = deployment.status?.collisionCount ?? 0;
  const hash = templateHash(deployment.spec.template, collisions);
  const name = `${deployment.metadata.name}-${hash}`;
  if (seen.takenNames.includes(name)) {
    // Somebody else has the name: the next round hashes with another count.
    const { status } = deploymentStatus(deployment, sets, { now: step.env.now, judgesProgress: false });
    return { actions: [], status: { ...status, collisionCount: collisions + 1 }, next: settled };
  }
  const revision = highestRevision(sets.old) + 1;
  const replicaSet = buildReplicaSet(deployment, { hash, replicas: step.size, revision });
  const actions: StandardAction[] = [
    { kind: 'create', resource: targets.replicaSets, object: replicaSet },
    ...(step.size === 0 ? [] : [scaleEvent(deployment, { name, from: 0, to: step.size })]),
    ...sets.old.flatMap((each) => scaling(deployment, each, { size: step.oldSizes.get(each.metadata.name) })),
    ...revisionUpdate(deployment, revision),
  ];
  const facts = { now: step.env.now, created: name, judgesProgress: true };
  const { status, next } = deploymentStatus(deployment, sets, facts);
  const rewrites = revisionOf(deployment) !== revision;
  // The status must tell of the creation in any case, so it goes with the rewrite when there is one.
  const withStatus = rewrites ? moveStatusFirst(deployment, status, actions) : actions;
  return { actions: withStatus, status: rewrites ? undefined : status, next };
}

/** Puts the status write before a rewrite of the deployment, which then no longer can carry a resourceVersion. */
function moveStatusFirst(
  deployment: Deployment,
  status: DeploymentStatus,
  actions: readonly StandardAction[],
): readonly StandardAction[] {
  const write: StandardAction = {
    kind: 'update-status',
    resource: targets.deployments,
    object: { ...deployment, status },
  };
  return [...actions.slice(0, -1), write, ...actions.slice(-1)];
}

function withExisting(
  deployment: Deployment,
  sets: ReplicaSets,
  step: Step & { readonly current: ReplicaSet },
): DeploymentPlan {
  const { current } = step;
  const revision = Math.max(highestRevision(sets.old) + 1, revisionOf(current));
  const marks = newReplicaSetAnnotations(deployment, current, revision);
  const judged = deploymentStatus(deployment, sets, { now: step.env.now, judgesProgress: true });
  const rewrite = revisionUpdate(deployment, revision);
  const actions: StandardAction[] = [
    ...scaling(deployment, current, { size: step.size, marks }),
    ...sets.old.flatMap((each) => scaling(deployment, each, { size: step.oldSizes.get(each.metadata.name) })),
    ...(isComplete(deployment, deploymentCounts(sets)) ? planHistory(deployment, sets) : []),
    ...rewrite,
  ];
  return { actions, status: rewrite.length === 0 ? judged.status : undefined, next: judged.next };
}

/** kubectl reads the revision of the rollout from the deployment. A merge patch: it concerns one annotation only. */
function revisionUpdate(deployment: Deployment, revision: number): readonly StandardAction[] {
  if (revisionOf(deployment) === revision) return [];
  const patch = { metadata: { annotations: { [annotations.revision]: String(revision) } } };
  return [{ kind: 'patch', resource: targets.deployments, key: keyOf(deployment), patchType: 'merge', patch }];
}

interface ScaleWish {
  readonly size: number | undefined;
  /** Annotations of the new ReplicaSet; an old one keeps its own and notes the scale. */
  readonly marks?: { readonly [key: string]: string };
}

/** The ReplicaSet as it shall be. */
function wishedReplicaSet(deployment: Deployment, replicaSet: ReplicaSet, wish: ScaleWish): ReplicaSet {
  const noted = wish.size === undefined ? {} : scaleAnnotations(deployment);
  const marks = wish.marks ?? { ...replicaSet.metadata.annotations, ...noted };
  const minReadySeconds = deployment.spec.minReadySeconds ?? 0;
  const isCurrent = wish.marks !== undefined;
  const hasSame = (replicaSet.spec.minReadySeconds ?? 0) === minReadySeconds;
  return {
    ...replicaSet,
    metadata: { ...replicaSet.metadata, annotations: marks },
    spec: {
      ...replicaSet.spec,
      replicas: wish.size ?? replicasOf(replicaSet),
      ...(isCurrent && !hasSame ? { minReadySeconds } : {}),
    },
  };
}

/** The write that gives a ReplicaSet its size and its annotations; nothing when it has both. */
function scaling(deployment: Deployment, replicaSet: ReplicaSet, wish: ScaleWish): readonly StandardAction[] {
  const object = wishedReplicaSet(deployment, replicaSet, wish);
  const [from, to] = [replicasOf(replicaSet), replicasOf(object)];
  const isSame =
    from === to &&
    (object.spec.minReadySeconds ?? 0) === (replicaSet.spec.minReadySeconds ?? 0) &&
    equalJson(object.metadata.annotations, replicaSet.metadata.annotations ?? {});
  if (isSame) return [];
  const update: StandardAction = { kind: 'update', resource: targets.replicaSets, object };
  if (from === to) return [update];
  return [update, scaleEvent(deployment, { name: replicaSet.metadata.name, from, to })];
}

function scaleEvent(
  deployment: Deployment,
  change: { readonly name: string; readonly from: number; readonly to: number },
): StandardAction {
  const direction = change.to > change.from ? 'up' : 'down';
  const message = `Scaled ${direction} replica set ${change.name} from ${change.from} to ${change.to}`;
  return { kind: 'record-event', about: deployment, event: { type: 'Normal', reason: 'ScalingReplicaSet', message } };
}

/** Deletes the oldest revisions over the limit that hold no pods any more. */
function planHistory(deployment: Deployment, sets: ReplicaSets): readonly StandardAction[] {
  const limit = deployment.spec.revisionHistoryLimit ?? DEFAULT_HISTORY_LIMIT;
  const kept = sets.old.filter((each) => each.metadata.deletionTimestamp === undefined);
  const surplus = kept.length - limit;
  if (surplus <= 0) return [];
  const byRevision = [...kept].sort(
    (a, b) => revisionOf(a) - revisionOf(b) || (a.metadata.name < b.metadata.name ? -1 : 1),
  );
  return byRevision
    .slice(0, surplus)
    .filter(isIdle)
    .map((each) => ({
      kind: 'delete',
      resource: targets.replicaSets,
      key: keyOf(each),
      options: {
        propagationPolicy: 'Background',
        ...(each.metadata.uid === undefined ? {} : { preconditions: { uid: each.metadata.uid } }),
      },
    }));
}

function isIdle(replicaSet: ReplicaSet): boolean {
  const seenGeneration = replicaSet.status?.observedGeneration ?? 0;
  return (
    replicasOf(replicaSet) === 0 &&
    (replicaSet.status?.replicas ?? 0) === 0 &&
    seenGeneration >= (replicaSet.metadata.generation ?? 0)
  );
}
