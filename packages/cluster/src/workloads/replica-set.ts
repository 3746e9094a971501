import { assert, milliseconds, type Instant } from '@argosy/std';
import { keyOf, matchesLabels, selectorFromSpec, setCondition, type Condition } from '@argosy/kube/meta';
import {
  mergeNext,
  requeue,
  settled,
  type Next,
  type Plan,
  type PlanEnv,
  type StandardAction,
} from '@argosy/kube/plan';
import { claimChildren } from './claim.ts';
import { creationWait, type CreationFailure } from './creation-failure.ts';
import type { Pod, ReplicaSet, ReplicaSetStatus } from './kinds.ts';
import { rankForDeletion } from './pod-ranking.ts';
import { freePodNames, isActive, isAvailable, isReady, nextAvailabilityMs, podFromTemplate } from './pods.ts';
import { targets } from './resources.ts';

/** Pods that one round creates or deletes at most; the changes they cause wake the next round. */
export const REPLICA_BURST = 500;

/** What the planner sees. `pods`: those it controls and those without a controller that match its selector. */
export interface ReplicaSetObserved {
  readonly replicaSet: ReplicaSet;
  readonly pods: readonly Pod[];
  /** Names in use that begin with the ReplicaSet's prefix, whoever owns them: a released pod keeps its name. */
  readonly takenNames: readonly string[];
  readonly failure?: CreationFailure;
}

/** The next actions and status of a ReplicaSet. */
export function planReplicaSet(seen: ReplicaSetObserved, env: PlanEnv): Plan<StandardAction, ReplicaSetStatus> {
  const { replicaSet } = seen;
  const claims = claimChildren(replicaSet, selectorFromSpec(replicaSet.spec.selector), {
    resource: targets.pods,
    objects: seen.pods,
  });
  const active = claims.owned.filter(isActive);
  const wanted = replicaSet.spec.replicas ?? 1;
  assert(Number.isInteger(wanted) && wanted >= 0, 'spec.replicas is a validated count');
  const isGoing = replicaSet.metadata.deletionTimestamp !== undefined;
  const scaling = isGoing ? NO_SCALING : planScaling(seen, active, env.now);
  const minReadySeconds = replicaSet.spec.minReadySeconds ?? 0;
  const wake = nextAvailabilityMs(active, minReadySeconds, env.now);
  return {
    actions: [...claims.actions, ...scaling.actions],
    status: statusOf(seen, active, env.now),
    next: wake === undefined ? scaling.next : mergeNext(scaling.next, requeue(milliseconds(wake), 'MinReadySeconds')),
  };
}

interface Scaling {
  readonly actions: readonly StandardAction[];
  readonly next: Next;
}

const NO_SCALING: Scaling = { actions: [], next: settled };

function planScaling(seen: ReplicaSetObserved, active: readonly Pod[], now: Instant): Scaling {
  const missing = (seen.replicaSet.spec.replicas ?? 1) - active.length;
  if (missing < 0) {
    const surplus = rankForDeletion(active).slice(0, Math.min(-missing, REPLICA_BURST));
    return { actions: surplus.flatMap((pod) => deletion(seen.replicaSet, pod)), next: settled };
  }
  if (missing === 0) return NO_SCALING;
  const wait = creationWait(seen.failure, now);
  if (wait > 0) return { actions: [], next: requeue(wait, 'FailedCreate') };
  return { actions: creations(seen, Math.min(missing, REPLICA_BURST)), next: settled };
}

function creations(seen: ReplicaSetObserved, count: number): readonly StandardAction[] {
  const { replicaSet } = seen;
  const prefix = `${replicaSet.metadata.name}-`;
  const taken = new Set([...seen.takenNames, ...seen.pods.map((pod) => pod.metadata.name)]);
  const names = freePodNames({ prefix, uid: replicaSet.metadata.uid ?? '' }, taken, count);
  return names.flatMap((name): StandardAction[] => [
    {
      kind: 'create',
      resource: targets.pods,
      object: podFromTemplate(replicaSet, replicaSet.spec.template, { name, generateName: prefix }),
    },
    {
      kind: 'record-event',
      about: replicaSet,
      event: { type: 'Normal', reason: 'SuccessfulCreate', message: `Created pod: ${name}` },
    },
  ]);
}

function deletion(replicaSet: ReplicaSet, pod: Pod): readonly StandardAction[] {
  const uid = pod.metadata.uid;
  return [
    {
      kind: 'delete',
      resource: targets.pods,
      key: keyOf(pod),
      options: { propagationPolicy: 'Background', ...(uid === undefined ? {} : { preconditions: { uid } }) },
    },
    {
      kind: 'record-event',
      about: replicaSet,
      event: { type: 'Normal', reason: 'SuccessfulDelete', message: `Deleted pod: ${pod.metadata.name}` },
    },
  ];
}

function statusOf(seen: ReplicaSetObserved, active: readonly Pod[], now: Instant): ReplicaSetStatus {
  const { replicaSet } = seen;
  const template = Object.entries(replicaSet.spec.template.metadata?.labels ?? {});
  const templateSelector = template.map(([key, value]) => ({ key, operator: 'In' as const, values: [value] }));
  const minReadySeconds = replicaSet.spec.minReadySeconds ?? 0;
  const count = (holds: (pod: Pod) => boolean): number => active.reduce((sum, pod) => sum + (holds(pod) ? 1 : 0), 0);
  const conditions = failureConditions(seen, active, now);
  return {
    replicas: active.length,
    ...countField(
      'fullyLabeledReplicas',
      count((pod) => matchesLabels(templateSelector, pod.metadata.labels)),
    ),
    ...countField('readyReplicas', count(isReady)),
    ...countField(
      'availableReplicas',
      count((pod) => isAvailable(pod, minReadySeconds, now)),
    ),
    ...(replicaSet.metadata.generation === undefined ? {} : { observedGeneration: replicaSet.metadata.generation }),
    ...(conditions.length === 0 ? {} : { conditions }),
  };
}

/** Counts of zero are left out, as the API leaves them out. */
function countField<K extends string>(name: K, count: number): { readonly [key in K]?: number } {
  return (count === 0 ? {} : { [name]: count }) as { readonly [key in K]?: number };
}

function failureConditions(seen: ReplicaSetObserved, active: readonly Pod[], now: Instant): readonly Condition[] {
  const old = (seen.replicaSet.status?.conditions ?? []).filter((condition) => condition.type !== 'ReplicaFailure');
  const isShort = active.length < (seen.replicaSet.spec.replicas ?? 1);
  if (seen.failure === undefined || !isShort) return old;
  const { message } = seen.failure;
  const failure: Condition = { type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message };
  return setCondition(seen.replicaSet.status?.conditions, failure, now);
}
