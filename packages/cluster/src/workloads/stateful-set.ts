import { milliseconds, type Instant } from '@argosy/std';
import { keyOf, selectorFromSpec } from '@argosy/kube/meta';
import { mergeNext, requeue, settled, type Plan, type PlanEnv, type StandardAction } from '@argosy/kube/plan';
import { claimChildren } from './claim.ts';
import { creationWait, type CreationFailure } from './creation-failure.ts';
import { replicasOf } from './deployment-replica-sets.ts';
import type { ControllerRevision, Pod, PodTemplate, StatefulSet, StatefulSetStatus } from './kinds.ts';
import { isAvailable, isReady, isTerminal, nextAvailabilityMs } from './pods.ts';
import { targets } from './resources.ts';
import {
  buildRevision,
  createOrdinal,
  deleteOrdinal,
  ordinalOf,
  REVISION_LABEL,
  revisionName,
  templateOf,
} from './stateful-set-pods.ts';

/** Revisions that no pod runs which are kept when the spec does not say. */
export const DEFAULT_STATEFUL_HISTORY = 10;

/** What the planner sees. */
export interface StatefulSetObserved {
  readonly statefulSet: StatefulSet;
  readonly pods: readonly Pod[];
  /** Revisions that the set controls. */
  readonly revisions: readonly ControllerRevision[];
  readonly failure?: CreationFailure;
}

interface World {
  readonly set: StatefulSet;
  readonly byOrdinal: ReadonlyMap<number, Pod>;
  readonly first: number;
  readonly replicas: number;
  readonly update: string;
  readonly current: string;
  readonly revisions: readonly ControllerRevision[];
  readonly now: Instant;
}

/** The next actions and status of a StatefulSet. */
export function planStatefulSet(seen: StatefulSetObserved, env: PlanEnv): Plan<StandardAction, StatefulSetStatus> {
  const { statefulSet: set } = seen;
  const claims = claimChildren(set, selectorFromSpec(set.spec.selector), {
    resource: targets.pods,
    objects: seen.pods.filter((pod) => ordinalOf(set, pod) !== undefined),
  });
  const world = worldOf(seen, claims.owned, env.now);
  const status = statusOf(world);
  if (set.metadata.deletionTimestamp !== undefined) return { actions: [], status, next: settled };
  const wait = creationWait(seen.failure, env.now);
  const pods = wait > 0 ? [] : planPods(world);
  const wake = nextAvailabilityMs([...world.byOrdinal.values()], set.spec.minReadySeconds ?? 0, env.now);
  const soon = wake === undefined ? settled : requeue(milliseconds(wake), 'MinReadySeconds');
  return {
    actions: [...claims.actions, ...planRevision(world), ...pods, ...planHistory(world)],
    status,
    next: wait > 0 ? mergeNext(soon, requeue(wait, 'FailedCreate')) : soon,
  };
}

function worldOf(seen: StatefulSetObserved, pods: readonly Pod[], now: Instant): World {
  const set = seen.statefulSet;
  const byOrdinal = new Map<number, Pod>();
  for (const pod of pods) byOrdinal.set(ordinalOf(set, pod) ?? -1, pod);
  const update = revisionName(set);
  return {
    set,
    byOrdinal,
    first: set.spec.ordinals?.start ?? 0,
    replicas: replicasOf(set),
    update,
    current: set.status?.currentRevision ?? update,
    revisions: seen.revisions,
    now,
  };
}

const isGoing = (pod: Pod): boolean => pod.metadata.deletionTimestamp !== undefined;
const revisionLabel = (pod: Pod): string => pod.metadata.labels?.[REVISION_LABEL] ?? '';

/** The template's revision is stored before any pod runs it; an old one that is used again becomes the newest. */
function planRevision({ set, update, revisions }: World): readonly StandardAction[] {
  const highest = Math.max(0, ...revisions.map((each) => each.revision));
  const stored = revisions.find((each) => each.metadata.name === update);
  if (stored === undefined) {
    const object = buildRevision(set, update, highest + 1);
    return [{ kind: 'create', resource: targets.controllerRevisions, object }];
  }
  if (stored.revision === highest) return [];
  const object = { ...stored, revision: highest + 1 };
  return [{ kind: 'update', resource: targets.controllerRevisions, object }];
}

function planHistory({ set, update, current, revisions, byOrdinal }: World): readonly StandardAction[] {
  const used = new Set([update, current, ...[...byOrdinal.values()].map(revisionLabel)]);
  const idle = revisions.filter((each) => !used.has(each.metadata.name)).sort((a, b) => a.revision - b.revision);
  const surplus = Math.max(0, idle.length - (set.spec.revisionHistoryLimit ?? DEFAULT_STATEFUL_HISTORY));
  return idle.slice(0, surplus).map((each) => ({
    kind: 'delete',
    resource: targets.controllerRevisions,
    key: keyOf(each),
  }));
}

function isHealthy(world: World, pod: Pod): boolean {
  return !isGoing(pod) && isAvailable(pod, world.set.spec.minReadySeconds ?? 0, world.now);
}

/** Up in order, down in reverse, and only then the update: each step waits for the one before unless Parallel. */
function planPods(world: World): readonly StandardAction[] {
  const isParallel = world.set.spec.podManagementPolicy === 'Parallel';
  const up = planUp(world, isParallel);
  if (!isParallel && (up.actions.length > 0 || !up.complete)) return up.actions;
  const down = planDown(world, isParallel);
  if (up.actions.length + down.actions.length > 0 || !down.complete) return [...up.actions, ...down.actions];
  return planUpdate(world);
}

interface Stage {
  readonly actions: readonly StandardAction[];
  /** False while something of the stage is still on its way. */
  readonly complete: boolean;
}

function planUp(world: World, isParallel: boolean): Stage {
  const actions: StandardAction[] = [];
  let complete = true;
  for (let ordinal = world.first; ordinal < world.first + world.replicas; ordinal += 1) {
    const pod = world.byOrdinal.get(ordinal);
    if (pod === undefined) actions.push(...createOrdinal(world.set, ordinal, versionFor(world, ordinal)));
    else if (isTerminal(pod) && !isGoing(pod)) actions.push(...deleteOrdinal(world.set, pod));
    else if (isHealthy(world, pod)) continue;
    complete = false;
    if (!isParallel) break;
  }
  return { actions, complete };
}

function planDown(world: World, isParallel: boolean): Stage {
  const { set, byOrdinal, first, replicas } = world;
  const condemned = [...byOrdinal.keys()].filter((ordinal) => ordinal < first || ordinal >= first + replicas);
  condemned.sort((a, b) => b - a);
  const actions: StandardAction[] = [];
  for (const ordinal of condemned) {
    const pod = byOrdinal.get(ordinal);
    if (pod !== undefined && !isGoing(pod)) actions.push(...deleteOrdinal(set, pod));
    if (!isParallel) break;
  }
  return { actions, complete: condemned.length === 0 };
}

/** The highest ordinal that runs another revision is replaced, when all above it are healthy. */
function planUpdate(world: World): readonly StandardAction[] {
  const { set, byOrdinal, first, replicas, update } = world;
  if (set.spec.updateStrategy?.type === 'OnDelete') return [];
  const least = Math.max(first, first + partitionOf(set));
  for (let ordinal = first + replicas - 1; ordinal >= least; ordinal -= 1) {
    const pod = byOrdinal.get(ordinal);
    if (pod === undefined) return [];
    if (revisionLabel(pod) !== update) return isGoing(pod) ? [] : deleteOrdinal(set, pod);
    if (!isHealthy(world, pod)) return [];
  }
  return [];
}

function partitionOf(set: StatefulSet): number {
  return set.spec.updateStrategy?.rollingUpdate?.partition ?? 0;
}

/** Ordinals that the update has not reached yet come back as they were. */
function versionFor(world: World, ordinal: number): { readonly revision: string; readonly template: PodTemplate } {
  const { set, first, update, current } = world;
  const partition = partitionOf(set);
  // Counted from the pods: the status still counts the one that the update has just taken away.
  const untouched = [...world.byOrdinal.values()].filter((pod) => !isGoing(pod) && revisionLabel(pod) === current);
  const reached = partition > 0 ? partition : untouched.length;
  const isOld = set.spec.updateStrategy?.type !== 'OnDelete' && current !== update && ordinal < first + reached;
  const template = isOld ? templateOf(world.revisions.find((each) => each.metadata.name === current)) : undefined;
  return template === undefined ? { revision: update, template: set.spec.template } : { revision: current, template };
}

function statusOf(world: World): StatefulSetStatus {
  const { set, byOrdinal, update, current, replicas, now } = world;
  const pods = [...byOrdinal.values()];
  const count = (holds: (pod: Pod) => boolean): number => pods.filter(holds).length;
  const readyReplicas = count((pod) => isReady(pod) && !isTerminal(pod));
  const updatedReplicas = count((pod) => !isGoing(pod) && revisionLabel(pod) === update);
  const isUpdated = updatedReplicas === replicas && readyReplicas === replicas && pods.length === replicas;
  const currentRevision = isUpdated && set.spec.updateStrategy?.type !== 'OnDelete' ? update : current;
  return {
    ...(set.metadata.generation === undefined ? {} : { observedGeneration: set.metadata.generation }),
    replicas: pods.length,
    ...shown('readyReplicas', readyReplicas),
    availableReplicas: count((pod) => isReady(pod) && isAvailable(pod, set.spec.minReadySeconds ?? 0, now)),
    ...shown(
      'currentReplicas',
      count((pod) => !isGoing(pod) && revisionLabel(pod) === currentRevision),
    ),
    ...shown('updatedReplicas', updatedReplicas),
    currentRevision,
    updateRevision: update,
    collisionCount: set.status?.collisionCount ?? 0,
  };
}

function shown(name: string, value: number): { readonly [field: string]: number } {
  return value === 0 ? {} : { [name]: value };
}
