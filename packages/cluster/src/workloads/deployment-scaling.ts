import { assert } from '@argosy/std';
import { annotations, byCreation, replicasOf, rollingBounds } from './deployment-replica-sets.ts';
import type { Deployment, ReplicaSet } from './kinds.ts';

/** How many replicas each ReplicaSet shall have, by name; those that stay as they are may be missing. */
export type Scale = ReadonlyMap<string, number>;

/** All ReplicaSets of a deployment at one look. */
export interface ReplicaSets {
  readonly current: ReplicaSet | undefined;
  readonly old: readonly ReplicaSet[];
}

const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);

/**
 * The pods that may be counted on. A status that was written before the last scaling down still counts pods that are
 * about to go: of those no more than spec.replicas will stay. Upstream takes the status at its word, and gives up pods
 * twice when it plans again before the ReplicaSet has answered.
 */
function availableOf(replicaSet: ReplicaSet): number {
  return Math.min(replicaSet.status?.availableReplicas ?? 0, replicasOf(replicaSet));
}

/** All of them, the new one last. */
export function allOf(sets: ReplicaSets): readonly ReplicaSet[] {
  return sets.current === undefined ? sets.old : [...sets.old, sets.current];
}

/** The size at which the new ReplicaSet may be now, as a rolling update allows. `size` is what it has. */
export function newReplicaSetSize(deployment: Deployment, sets: ReplicaSets, size: number): number {
  const wanted = replicasOf(deployment);
  if (deployment.spec.strategy?.type === 'Recreate') return wanted;
  if (size >= wanted) return wanted;
  const others = sum(sets.old.map(replicasOf));
  const room = wanted + rollingBounds(deployment).surge - (others + size);
  return room <= 0 ? size : size + Math.min(room, wanted - size);
}

/** The sizes of the old ReplicaSets after one step of a rolling update, given the new one's size. */
export function oldReplicaSetSizes(deployment: Deployment, sets: ReplicaSets, newSize: number): Scale {
  const sizes = new Map(sets.old.map((each) => [each.metadata.name, replicasOf(each)]));
  const oldTotal = sum([...sizes.values()]);
  if (oldTotal === 0) return sizes;
  const least = replicasOf(deployment) - rollingBounds(deployment).unavailable;
  const newAvailable = sets.current === undefined ? 0 : availableOf(sets.current);
  let budget = oldTotal + newSize - least - (newSize - newAvailable);
  if (budget <= 0) return sizes;
  const oldest = [...sets.old].sort(byCreation);
  // Pods that do not work anyway go first: they can never be what keeps the deployment available.
  for (const each of oldest) {
    const size = sizes.get(each.metadata.name) ?? 0;
    const gone = Math.min(budget, Math.max(0, size - availableOf(each)));
    sizes.set(each.metadata.name, size - gone);
    budget -= gone;
  }
  let spare = sum(allOf(sets).map(availableOf)) - least;
  for (const each of oldest) {
    const size = sizes.get(each.metadata.name) ?? 0;
    const gone = Math.max(0, Math.min(size, spare));
    sizes.set(each.metadata.name, size - gone);
    spare -= gone;
  }
  assert(
    [...sizes.values()].every((size) => size >= 0),
    'no ReplicaSet is scaled below zero',
  );
  return sizes;
}

/** True when a ReplicaSet with replicas was last scaled for another size of the deployment. */
export function isScalingEvent(deployment: Deployment, sets: ReplicaSets): boolean {
  return allOf(sets).some((each) => {
    const desired = countAnnotation(each, annotations.desired);
    return replicasOf(each) > 0 && desired !== undefined && desired !== replicasOf(deployment);
  });
}

function countAnnotation(replicaSet: ReplicaSet, name: string): number | undefined {
  const text = replicaSet.metadata.annotations?.[name];
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}

/** The one ReplicaSet to scale when there is no choice: the only active one, or the latest when none is active. */
function onlyCandidate(sets: ReplicaSets): ReplicaSet | undefined {
  const active = allOf(sets).filter((each) => replicasOf(each) > 0);
  if (active.length === 1) return active[0];
  if (active.length > 1) return undefined;
  return sets.current ?? [...sets.old].sort(byCreation).at(-1);
}

function isSaturated(deployment: Deployment, current: ReplicaSet): boolean {
  const wanted = replicasOf(deployment);
  return (
    replicasOf(current) === wanted &&
    countAnnotation(current, annotations.desired) === wanted &&
    availableOf(current) === wanted
  );
}

/** Sizes after a change of scale in the middle of a rollout (or while paused): each ReplicaSet gets its share. */
export function proportionalSizes(deployment: Deployment, sets: ReplicaSets): Scale {
  const wanted = replicasOf(deployment);
  const only = onlyCandidate(sets);
  if (only !== undefined) return new Map([[only.metadata.name, wanted]]);
  if (sets.current !== undefined && isSaturated(deployment, sets.current)) {
    return new Map(sets.old.map((each) => [each.metadata.name, 0]));
  }
  if (deployment.spec.strategy?.type === 'Recreate') return new Map();
  return sharedSizes(
    deployment,
    allOf(sets).filter((each) => replicasOf(each) > 0),
  );
}

function sharedSizes(deployment: Deployment, active: readonly ReplicaSet[]): Scale {
  const wanted = replicasOf(deployment);
  const allowed = wanted > 0 ? wanted + rollingBounds(deployment).surge : 0;
  const toAdd = allowed - sum(active.map(replicasOf));
  const newestFirst = toAdd > 0;
  const ordered = [...active].sort(
    (a, b) => replicasOf(b) - replicasOf(a) || (newestFirst ? byCreation(b, a) : byCreation(a, b)),
  );
  const sizes = new Map<string, number>();
  let added = 0;
  for (const each of ordered) {
    const share = toAdd === added ? 0 : clampShare(shareOf(deployment, each, allowed), toAdd - added);
    sizes.set(each.metadata.name, replicasOf(each) + share);
    added += share;
  }
  // What rounding left over goes to the largest.
  const first = ordered[0]?.metadata.name;
  if (first !== undefined) sizes.set(first, Math.max(0, (sizes.get(first) ?? 0) + toAdd - added));
  return sizes;
}

const clampShare = (share: number, left: number): number => (left > 0 ? Math.min(share, left) : Math.max(share, left));

/** How much a ReplicaSet grows or shrinks when the deployment's maximum changes; rounds half up, in integers. */
function shareOf(deployment: Deployment, replicaSet: ReplicaSet, allowed: number): number {
  const size = replicasOf(replicaSet);
  if (replicasOf(deployment) === 0) return -size;
  const before = countAnnotation(replicaSet, annotations.max) ?? deployment.status?.replicas ?? 0;
  if (before <= 0) return 0;
  return Math.floor((2 * size * allowed + before) / (2 * before)) - size;
}
