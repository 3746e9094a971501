import { instant, parseTime, safeNameHash, type Instant } from '@argosy/std';
import { controllerRef, findCondition, type KubeObject, type OwnerReference } from '@argosy/kube/meta';
import type { Pod, PodTemplate } from './kinds.ts';

/** True when the pod has ended for good. */
export function isTerminal(pod: Pod): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
}

/** True when the pod counts towards replicas: not ended, not being deleted. */
export function isActive(pod: Pod): boolean {
  return !isTerminal(pod) && pod.metadata.deletionTimestamp === undefined;
}

/** True when the Ready condition holds. */
export function isReady(pod: Pod): boolean {
  return findCondition(pod.status?.conditions, 'Ready')?.status === 'True';
}

/** When the pod became, or will become, available: ready for `minReadySeconds`. `undefined` while it is not ready. */
export function availableAt(pod: Pod, minReadySeconds: number): Instant | undefined {
  const ready = findCondition(pod.status?.conditions, 'Ready');
  if (ready?.status !== 'True') return undefined;
  if (minReadySeconds === 0) return instant(0);
  const since = parseTime(ready.lastTransitionTime ?? '');
  return since === undefined ? undefined : instant(since + minReadySeconds * 1000);
}

/** True when the pod has been ready for `minReadySeconds`. */
export function isAvailable(pod: Pod, minReadySeconds: number, now: Instant): boolean {
  const at = availableAt(pod, minReadySeconds);
  return at !== undefined && at <= now;
}

/** Milliseconds until the next ready pod becomes available; `undefined` when none is on the way. */
export function nextAvailabilityMs(pods: readonly Pod[], minReadySeconds: number, now: Instant): number | undefined {
  let soonest: number | undefined;
  for (const pod of pods) {
    const at = availableAt(pod, minReadySeconds);
    if (at !== undefined && at > now) soonest = Math.min(soonest ?? Infinity, at - now);
  }
  return soonest;
}

/** All restarts of a pod's containers. */
export function restartsOf(pod: Pod): number {
  const statuses = [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])];
  return statuses.reduce((sum, status) => sum + (status.restartCount ?? 0), 0);
}

/** When the pod ended: its last container's end, or the best other clue. */
export function finishedAt(pod: Pod): Instant {
  const ends = (pod.status?.containerStatuses ?? [])
    .map((status) => parseTime(status.state?.terminated?.finishedAt ?? ''))
    .filter((at) => at !== undefined);
  return ends.length > 0 ? instant(Math.max(...ends)) : endClue(pod);
}

/** Without a container's word: when it was deleted, stopped being ready, or at worst was made. */
function endClue(pod: Pod): Instant {
  const ready = findCondition(pod.status?.conditions, 'Ready')?.lastTransitionTime;
  const clue = pod.metadata.deletionTimestamp ?? ready ?? pod.metadata.creationTimestamp;
  return parseTime(clue ?? '') ?? instant(0);
}

/** When an object was created; the epoch when it does not say. */
export function createdAt(object: KubeObject): Instant {
  return parseTime(object.metadata.creationTimestamp ?? '') ?? instant(0);
}

/**
 * `count` names `<prefix><5 characters>` that are not in `taken`, drawn from the owner's uid and the lowest ordinals
 * that give a free one: the same question always gets the same answer, so a plan made twice creates once.
 */
export function freePodNames(
  owner: { readonly prefix: string; readonly uid: string },
  taken: ReadonlySet<string>,
  count: number,
): readonly string[] {
  const names: string[] = [];
  const chosen = new Set<string>();
  for (let ordinal = 0; names.length < count; ordinal += 1) {
    const name = `${owner.prefix}${safeNameHash(`${owner.uid}/${ordinal}`, 5)}`;
    if (taken.has(name) || chosen.has(name)) continue;
    chosen.add(name);
    names.push(name);
  }
  return names;
}

/** What distinguishes one pod of an owner from its template. */
export interface PodIdentity {
  readonly name: string;
  readonly generateName?: string;
  readonly labels?: { readonly [key: string]: string };
  readonly annotations?: { readonly [key: string]: string };
  readonly finalizers?: readonly string[];
}

/** A pod of `owner` as its template says. */
export function podFromTemplate(owner: KubeObject, template: PodTemplate, identity: PodIdentity): Pod {
  const labels = { ...template.metadata?.labels, ...identity.labels };
  const annotations = { ...template.metadata?.annotations, ...identity.annotations };
  const finalizers = [...(template.metadata?.finalizers ?? []), ...(identity.finalizers ?? [])];
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: identity.name,
      ...(identity.generateName === undefined ? {} : { generateName: identity.generateName }),
      namespace: owner.metadata.namespace ?? '',
      labels,
      ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
      ownerReferences: [controllerRef(owner)],
      ...(finalizers.length === 0 ? {} : { finalizers }),
    },
    spec: template.spec,
  };
}

/** The owner references without those to `uid`. */
export function withoutOwner(object: KubeObject, uid: string): readonly OwnerReference[] {
  return (object.metadata.ownerReferences ?? []).filter((reference) => reference.uid !== uid);
}
