import { hasReason, type KubeObject, type ObjectKey, type OwnerReference, type ResourceRef } from '@argosy/kube/meta';
import type { StandardAction } from '@argosy/kube/plan';
import { getObject } from '@argosy/kube/port';
import {
  applyStandardAction,
  startController,
  type ControllerContext,
  type MeasuredController,
  type Reconciler,
} from '@argosy/kube/runtime';
import {
  FOREGROUND_FINALIZER,
  garbageKey,
  GarbageGraph,
  planGarbage,
  waitsFor,
  type GarbageNode,
  type GarbageObserved,
  type OwnerState,
} from '../workloads/index.ts';
import type { MetadataWatch } from './metadata-watch.ts';

/** Owners known to be gone that are remembered; a uid never comes back. */
export const MAX_ABSENT_OWNERS = 10_000;

/** Starts the garbage collector over everything that `watch` follows. */
export function startGarbageCollector(context: ControllerContext, watch: MetadataWatch): MeasuredController {
  const graph = new GarbageGraph();
  const stateOf = createOwnerLookup(context, { graph, watch });
  const reconciler: Reconciler<GarbageObserved, StandardAction, undefined> = {
    name: 'garbage-collector',
    observe: async ({ name: uid }) => {
      const node = graph.get(uid);
      if (node === undefined) return undefined;
      const references = node.object.metadata.ownerReferences ?? [];
      const owners = await Promise.all(
        references.map(async (reference) => ({ reference, state: await stateOf(node, reference) })),
      );
      const isGoing = node.object.metadata.deletionTimestamp !== undefined;
      const hasDependents = graph.hasDependents(uid);
      return { node, owners, dependents: isGoing ? graph.dependentsOf(uid) : [], hasDependents };
    },
    plan: planGarbage,
    apply: async (action) => {
      try {
        await applyStandardAction(action, context);
      } catch (error) {
        // What has gone by itself needs neither its references nor its finalizers changed.
        if (!hasReason(error, 'NotFound')) throw error;
      }
    },
    publish: () => Promise.resolve(),
  };
  const controller = startController({ context, reconciler, sources: [], workers: 8 });
  watch.onChange(({ group, version, resource }, { before, after }) => {
    const uid = (after ?? before)?.metadata.uid ?? '';
    const node = after === undefined ? undefined : { resource: { group, version, resource }, object: after };
    const uids = node === undefined ? graph.remove(uid) : graph.put(node);
    for (const each of new Set(uids)) controller.enqueue(garbageKey(each));
  });
  return controller;
}

type OwnerLookup = (node: GarbageNode, reference: OwnerReference) => Promise<OwnerState>;

/** Owners that the graph does not know are asked for once: the copies of two resources are never equally fresh. */
function createOwnerLookup(
  context: ControllerContext,
  world: { readonly graph: GarbageGraph; readonly watch: MetadataWatch },
): OwnerLookup {
  const absent = new Set<string>();

  function noteAbsent(uid: string): 'absent' {
    absent.add(uid);
    for (const oldest of absent) {
      if (absent.size <= MAX_ABSENT_OWNERS) break;
      absent.delete(oldest);
    }
    return 'absent';
  }

  const living = (owner: KubeObject): OwnerState => (waitsFor(owner, FOREGROUND_FINALIZER) ? 'waiting' : 'solid');

  function knownState(known: GarbageNode, namespace: string): OwnerState {
    const ownerNamespace = known.object.metadata.namespace ?? '';
    return ownerNamespace === '' || ownerNamespace === namespace ? living(known.object) : 'absent';
  }

  async function ask(resource: ResourceRef, key: ObjectKey, uid: string): Promise<OwnerState> {
    try {
      const owner = await getObject(context.api, { resource, key });
      return owner.metadata.uid === uid ? living(owner) : noteAbsent(uid);
    } catch (error) {
      if (hasReason(error, 'NotFound')) return noteAbsent(uid);
      throw error;
    }
  }

  return async (node, reference) => {
    const descriptor = world.watch.resourceOf(reference);
    const dependentNamespace = node.object.metadata.namespace ?? '';
    if (descriptor?.namespaced === true && dependentNamespace === '') return 'invalid';
    const known = world.graph.get(reference.uid);
    if (known !== undefined) return knownState(known, dependentNamespace);
    if (absent.has(reference.uid)) return 'absent';
    if (descriptor === undefined) return 'unknown';
    const { group, version, resource } = descriptor;
    const key = { namespace: descriptor.namespaced ? dependentNamespace : '', name: reference.name };
    return ask({ group, version, resource }, key, reference.uid);
  };
}
