import { equalJson, formatTime, instant, isObject, type Instant } from '@argosy/std';
import {
  controllerOf,
  keyText,
  keyOf,
  matchesLabels,
  selectorFromSpec,
  setCondition,
  type KubeObject,
  type ObjectKey,
  type ResourceRef,
} from '@argosy/kube/meta';
import type { Plan, StandardAction } from '@argosy/kube/plan';
import { planDeployment, type DeploymentObserved } from './deployment.ts';
import type { Deployment, Pod, ReplicaSet } from './kinds.ts';
import { isTerminal } from './pods.ts';
import { planReplicaSet, type ReplicaSetObserved } from './replica-set.ts';
import { targets } from './resources.ts';

/** A cluster reduced to a map, for property tests of planners: no server, no watches, no time of its own. */
export class PureWorld {
  readonly #objects = new Map<string, { readonly resource: ResourceRef; readonly object: KubeObject }>();
  now: Instant = instant(1_767_225_600_000);
  #version = 0;
  /** How often a write was refused because it was planned from an older version. */
  conflicts = 0;

  put(resource: ResourceRef, object: KubeObject): KubeObject {
    this.#version += 1;
    const { uid = `uid-${this.#version}`, creationTimestamp = formatTime(this.now), generation = 1 } = object.metadata;
    const resourceVersion = String(this.#version);
    const stored = { ...object, metadata: { ...object.metadata, uid, creationTimestamp, generation, resourceVersion } };
    this.#objects.set(this.#id(resource, object), { resource, object: stored });
    return stored;
  }

  list<T extends KubeObject>(resource: ResourceRef): T[] {
    const found = [...this.#objects.values()].filter((each) => each.resource.resource === resource.resource);
    return found.map((each) => each.object as T).sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  }

  /** Performs a planned write; false when it was refused. */
  perform(action: StandardAction): boolean {
    switch (action.kind) {
      case 'record-event':
        return true;
      case 'delete':
        this.#objects.delete(this.#id(action.resource, { metadata: action.key }));
        return true;
      case 'create':
        if (this.#stored(action.resource, keyOf(action.object)) === undefined) this.put(action.resource, action.object);
        return true;
      case 'patch':
        return this.#patch(action.resource, this.#stored(action.resource, action.key), action.patch);
      default:
        return this.#replace(action, this.#stored(action.resource, keyOf(action.object)));
    }
  }

  #stored(resource: ResourceRef, key: ObjectKey): KubeObject | undefined {
    return this.#objects.get(this.#id(resource, { metadata: key }))?.object;
  }

  #replace(
    action: StandardAction & { readonly kind: 'update' | 'update-status' },
    stored: KubeObject | undefined,
  ): boolean {
    if (stored === undefined) return false;
    if (action.object.metadata.resourceVersion !== stored.metadata.resourceVersion) {
      this.conflicts += 1;
      return false;
    }
    const isStatus = action.kind === 'update-status';
    this.put(action.resource, isStatus ? { ...stored, status: action.object['status'] } : action.object);
    return true;
  }

  #patch(resource: ResourceRef, stored: KubeObject | undefined, patch: unknown): boolean {
    if (stored === undefined) return false;
    const change = isObject(patch) && isObject(patch['metadata']) ? patch['metadata'] : {};
    const { annotations, resourceVersion: _version, ...rest } = change;
    const merged = { ...stored.metadata.annotations, ...(isObject(annotations) ? annotations : {}) };
    const metadata = { ...stored.metadata, ...rest, annotations: merged as { [key: string]: string } };
    this.put(resource, { ...stored, metadata });
    return true;
  }

  #id(resource: ResourceRef, object: { readonly metadata: { readonly namespace?: string; readonly name: string } }) {
    return `${resource.resource}/${keyText(keyOf(object))}`;
  }
}

/** What the edge would show the ReplicaSet planner. */
export function observeReplicaSet(world: PureWorld, replicaSet: ReplicaSet): ReplicaSetObserved {
  const selector = selectorFromSpec(replicaSet.spec.selector);
  const pods = world.list<Pod>(targets.pods);
  const seen = pods.filter((pod) => {
    const owner = controllerOf(pod)?.uid;
    if (owner !== undefined) return owner === replicaSet.metadata.uid;
    return matchesLabels(selector, pod.metadata.labels);
  });
  const prefix = `${replicaSet.metadata.name}-`;
  const takenNames = pods.filter((pod) => pod.metadata.generateName === prefix).map((pod) => pod.metadata.name);
  return { replicaSet, pods: seen, takenNames };
}

/** What the edge would show the Deployment planner. */
export function observeDeployment(world: PureWorld): DeploymentObserved | undefined {
  const [deployment] = world.list<Deployment>(targets.deployments);
  if (deployment === undefined) return undefined;
  const replicaSets = world.list<ReplicaSet>(targets.replicaSets);
  const livePods: { [uid: string]: number } = {};
  for (const pod of world.list<Pod>(targets.pods)) {
    const uid = controllerOf(pod)?.uid ?? '';
    if (!isTerminal(pod)) livePods[uid] = (livePods[uid] ?? 0) + 1;
  }
  return { deployment, replicaSets, takenNames: replicaSets.map((each) => each.metadata.name), livePods };
}

/** One round of a planner that may be cut off after `crashAfter` actions; false when it was cut off or refused. */
export function performPlan(
  world: PureWorld,
  plan: Plan<StandardAction, unknown>,
  more: { readonly resource: ResourceRef; readonly object: KubeObject; readonly crashAfter: number },
): boolean {
  for (const [index, action] of plan.actions.entries()) {
    if (index >= more.crashAfter || !world.perform(action)) return false;
  }
  if (plan.status === undefined || plan.actions.length >= more.crashAfter) return plan.status === undefined;
  if (equalJson(more.object['status'] ?? {}, plan.status)) return true;
  const object = { ...more.object, status: plan.status };
  return world.perform({ kind: 'update-status', resource: more.resource, object });
}

/** One round of the deployment and of each ReplicaSet. */
export function reconcileAll(world: PureWorld, crashAfter = Number.POSITIVE_INFINITY): void {
  const env = { now: world.now, seed: 1 };
  const seen = observeDeployment(world);
  if (seen !== undefined) {
    const object = seen.deployment;
    performPlan(world, planDeployment(seen, env), { resource: targets.deployments, object, crashAfter });
  }
  for (const object of world.list<ReplicaSet>(targets.replicaSets)) {
    const plan = planReplicaSet(observeReplicaSet(world, object), env);
    performPlan(world, plan, { resource: targets.replicaSets, object, crashAfter });
  }
}

/** Makes a pod ready. */
export function makeReady(world: PureWorld, pod: Pod): void {
  const ready = { type: 'Ready', status: 'True' } as const;
  const conditions = setCondition(pod.status?.conditions, ready, world.now);
  world.put(targets.pods, { ...pod, status: { ...pod.status, phase: 'Running', conditions } });
}
