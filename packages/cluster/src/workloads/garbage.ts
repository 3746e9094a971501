import { keyOf, type KubeObject, type ObjectKey, type OwnerReference, type ResourceRef } from '@argosy/kube/meta';
import { settled, type Plan, type PlanEnv, type StandardAction } from '@argosy/kube/plan';

/** Keeps an owner until the dependents that block its deletion are gone. */
export const FOREGROUND_FINALIZER = 'foregroundDeletion';

/** Keeps an owner until its dependents have been set free. */
export const ORPHAN_FINALIZER = 'orphan';

/** An object as the garbage collector knows it: metadata only. */
export interface GarbageNode {
  readonly resource: ResourceRef;
  readonly object: KubeObject;
}

/** What is known of one owner reference. `waiting`: it is deleted in the foreground and waits for its dependents. */
export type OwnerState = 'solid' | 'absent' | 'waiting' | 'unknown' | 'invalid';

/** What the planner sees of one object. */
export interface GarbageObserved {
  readonly node: GarbageNode;
  readonly owners: readonly { readonly reference: OwnerReference; readonly state: OwnerState }[];
  /** Those that refer to it; needed only while it is being deleted. */
  readonly dependents: readonly GarbageNode[];
  /** True when something refers to it. */
  readonly hasDependents: boolean;
}

/** True when `object` is being deleted and waits on `finalizer`. */
export function waitsFor(object: KubeObject, finalizer: string): boolean {
  const { deletionTimestamp, finalizers } = object.metadata;
  return deletionTimestamp !== undefined && (finalizers?.includes(finalizer) ?? false);
}

/** What the garbage collector does about one object. */
export function planGarbage(seen: GarbageObserved, _env: PlanEnv): Plan<StandardAction, undefined> {
  const actions = seen.node.object.metadata.deletionTimestamp === undefined ? collect(seen) : finish(seen);
  return { actions, status: undefined, next: settled };
}

function metadataPatch(node: GarbageNode, change: { readonly [field: string]: unknown }): StandardAction {
  const { uid, resourceVersion } = node.object.metadata;
  return {
    kind: 'patch',
    resource: node.resource,
    key: keyOf(node.object),
    patchType: 'merge',
    patch: { metadata: { uid, resourceVersion, ...change } },
  };
}

function withoutFinalizer(node: GarbageNode, finalizer: string): StandardAction {
  const finalizers = (node.object.metadata.finalizers ?? []).filter((each) => each !== finalizer);
  return metadataPatch(node, { finalizers });
}

/** An object that is being deleted: sets its dependents free, or waits until those that block are gone. */
function finish(seen: GarbageObserved): readonly StandardAction[] {
  const { node, dependents } = seen;
  const { uid } = node.object.metadata;
  const refers = (reference: OwnerReference): boolean => reference.uid === uid;
  if (waitsFor(node.object, ORPHAN_FINALIZER)) {
    const freed = dependents.map((each) => {
      const rest = (each.object.metadata.ownerReferences ?? []).filter((reference) => !refers(reference));
      return metadataPatch(each, { ownerReferences: rest });
    });
    return [...freed, withoutFinalizer(node, ORPHAN_FINALIZER)];
  }
  if (!waitsFor(node.object, FOREGROUND_FINALIZER)) return [];
  const isBlocked = dependents.some((each) =>
    each.object.metadata.ownerReferences?.some((one) => refers(one) && one.blockOwnerDeletion === true),
  );
  return isBlocked ? [] : [withoutFinalizer(node, FOREGROUND_FINALIZER)];
}

/** An object that lives: deleted when no owner is left, else its dead references are dropped. */
function collect(seen: GarbageObserved): readonly StandardAction[] {
  const { node, owners } = seen;
  const inState = (...states: readonly OwnerState[]): typeof owners =>
    owners.filter((one) => states.includes(one.state));
  const gone = inState('absent', 'waiting');
  // Nothing is deleted on a guess: an owner of unknown kind may well exist.
  if (gone.length === 0 || inState('unknown').length > 0) return [];
  if (inState('invalid').length > 0) return [];
  if (inState('solid').length > 0) {
    const kept = inState('solid').map((one) => one.reference);
    return [metadataPatch(node, { ownerReferences: kept })];
  }
  const { uid, resourceVersion } = node.object.metadata;
  const preconditions = {
    ...(uid === undefined ? {} : { uid }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
  };
  const options = { propagationPolicy: policyFor(seen), preconditions };
  return [{ kind: 'delete', resource: node.resource, key: keyOf(node.object), options }];
}

/** A finalizer that is there already decides; else the foreground is passed on to objects that have dependents. */
function policyFor({ node, owners, hasDependents }: GarbageObserved): 'Orphan' | 'Foreground' | 'Background' {
  const { finalizers = [] } = node.object.metadata;
  if (finalizers.includes(ORPHAN_FINALIZER)) return 'Orphan';
  if (finalizers.includes(FOREGROUND_FINALIZER)) return 'Foreground';
  const isForeground = hasDependents && owners.some((one) => one.state === 'waiting');
  return isForeground ? 'Foreground' : 'Background';
}

/**
 * The ownership graph: objects by uid and dependents by owner uid. Filing costs the object's owners, asking costs the
 * answer; nothing ever walks the whole graph.
 */
export class GarbageGraph {
  readonly #nodes = new Map<string, GarbageNode>();
  readonly #dependents = new Map<string, Set<string>>();

  get size(): number {
    return this.#nodes.size;
  }

  get(uid: string): GarbageNode | undefined {
    return this.#nodes.get(uid);
  }

  dependentsOf(uid: string): readonly GarbageNode[] {
    const nodes: GarbageNode[] = [];
    for (const dependent of this.#dependents.get(uid) ?? []) {
      const node = this.#nodes.get(dependent);
      if (node !== undefined) nodes.push(node);
    }
    return nodes.sort((a, b) => ((a.object.metadata.uid ?? '') < (b.object.metadata.uid ?? '') ? -1 : 1));
  }

  hasDependents(uid: string): boolean {
    return this.#dependents.has(uid);
  }

  /** Files an object; the uids that must be looked at because of it. */
  put(node: GarbageNode): readonly string[] {
    const uid = node.object.metadata.uid ?? '';
    const before = this.#nodes.get(uid)?.object;
    if (before !== undefined) this.#unlink(uid, before);
    this.#nodes.set(uid, node);
    for (const reference of node.object.metadata.ownerReferences ?? []) this.#link(reference.uid, uid);
    return this.#touched(uid, before, node.object);
  }

  /** Forgets an object; the uids that must be looked at because of it: its dependents and its waiting owners. */
  remove(uid: string): readonly string[] {
    const node = this.#nodes.get(uid);
    if (node === undefined) return [];
    this.#nodes.delete(uid);
    this.#unlink(uid, node.object);
    return [...(this.#dependents.get(uid) ?? []), ...this.#waitingOwners(node.object)];
  }

  #touched(uid: string, before: KubeObject | undefined, after: KubeObject): readonly string[] {
    const finishing = waitsFor(after, ORPHAN_FINALIZER) || waitsFor(after, FOREGROUND_FINALIZER);
    const uids = [...this.#waitingOwners(after), ...(before === undefined ? [] : this.#waitingOwners(before))];
    if (this.#mustExamine(after) || finishing) uids.push(uid);
    const startsWaiting = waitsFor(after, FOREGROUND_FINALIZER) && !(before && waitsFor(before, FOREGROUND_FINALIZER));
    if (startsWaiting) uids.push(...(this.#dependents.get(uid) ?? []));
    return uids;
  }

  /** An object whose owners are all known and stay needs no look. */
  #mustExamine(object: KubeObject): boolean {
    return (object.metadata.ownerReferences ?? []).some((reference) => {
      const owner = this.#nodes.get(reference.uid);
      return owner === undefined || waitsFor(owner.object, FOREGROUND_FINALIZER);
    });
  }

  #waitingOwners(object: KubeObject): readonly string[] {
    return (object.metadata.ownerReferences ?? [])
      .map((reference) => this.#nodes.get(reference.uid))
      .filter((owner) => owner !== undefined && owner.object.metadata.deletionTimestamp !== undefined)
      .map((owner) => owner?.object.metadata.uid ?? '');
  }

  #link(owner: string, dependent: string): void {
    const set = this.#dependents.get(owner) ?? new Set<string>();
    set.add(dependent);
    this.#dependents.set(owner, set);
  }

  #unlink(uid: string, object: KubeObject): void {
    for (const reference of object.metadata.ownerReferences ?? []) {
      const set = this.#dependents.get(reference.uid);
      set?.delete(uid);
      if (set?.size === 0) this.#dependents.delete(reference.uid);
    }
  }
}

/** The key of a node for work queues: the uid stands for the name. */
export function garbageKey(uid: string): ObjectKey {
  return { namespace: '', name: uid };
}
