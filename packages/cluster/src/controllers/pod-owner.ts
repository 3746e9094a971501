import { getPath } from '@argosy/std';
import { hasReason, KubeError, keyOf, type KubeObject } from '@argosy/kube/meta';
import type { StandardAction } from '@argosy/kube/plan';
import { applyStandardAction, type ControllerContext } from '@argosy/kube/runtime';
import type { CreationFailure, Pod } from '../workloads/index.ts';
import type { PodInformer } from './pod-informer.ts';
import { createWriteOverlay } from './write-overlay.ts';

/** Owners whose last refusal is remembered at most. */
export const MAX_REMEMBERED_FAILURES = 10_000;

/** What the edges of pod-owning controllers share: their own writes over the copy, and refused creations. */
export interface PodOwner {
  view(pods: readonly Pod[]): readonly Pod[];
  /** The last refusal, for the planner; absent when the last creation worked. */
  failureOf(owner: KubeObject): { readonly failure?: CreationFailure };
  /** Performs a planned write and remembers what the copy does not show yet. */
  apply(owner: KubeObject | undefined, action: StandardAction): Promise<void>;
  forget(uid: string): void;
}

function isPodCreation(action: StandardAction): boolean {
  return action.kind === 'create' && action.resource.resource === 'pods' && action.subresource === undefined;
}

/** Creates the shared edge of one controller. */
export function createPodOwner(context: ControllerContext, pods: PodInformer): PodOwner {
  const overlay = createWriteOverlay(pods, context.clock);
  const failures = new Map<string, CreationFailure>();

  function noteRefusal(owner: KubeObject, error: KubeError): void {
    const uid = owner.metadata.uid ?? '';
    const count = (failures.get(uid)?.count ?? 0) + 1;
    failures.delete(uid);
    failures.set(uid, { message: error.message, count, at: context.clock.now() });
    for (const oldest of failures.keys()) {
      if (failures.size <= MAX_REMEMBERED_FAILURES) break;
      failures.delete(oldest);
    }
    const message = `Error creating: ${error.message}`;
    context.events.record(owner, { type: 'Warning', reason: 'FailedCreate', message });
  }

  function noteDeletion(action: StandardAction & { readonly kind: 'delete' }): void {
    const uid = pods.lister.get(action.key)?.metadata.uid;
    if (uid !== undefined && action.options?.preconditions?.uid === uid) overlay.noteDeleted(uid);
  }

  function noteFinalizers(action: StandardAction & { readonly kind: 'patch' }): void {
    const uid = pods.lister.get(action.key)?.metadata.uid;
    const finalizers = getPath(action.patch, ['metadata', 'finalizers']);
    if (uid !== undefined && Array.isArray(finalizers)) overlay.noteFinalizers(uid, finalizers as readonly string[]);
  }

  function noteWrite(action: StandardAction): void {
    if (action.kind === 'record-event' || action.resource.resource !== 'pods') return;
    if (action.kind === 'delete') noteDeletion(action);
    if (action.kind === 'patch') noteFinalizers(action);
  }

  async function apply(owner: KubeObject | undefined, action: StandardAction): Promise<void> {
    const isCreation = owner !== undefined && isPodCreation(action);
    try {
      await applyStandardAction(action, context);
    } catch (error) {
      if (isCreation && error instanceof KubeError && !hasReason(error, 'Conflict')) noteRefusal(owner, error);
      // A pod that went away on its own needs no release any more.
      if (action.kind === 'patch' && hasReason(error, 'NotFound')) return;
      throw error;
    }
    if (isCreation) failures.delete(owner.metadata.uid ?? '');
    noteWrite(action);
  }

  return {
    view: (list) => list.map((pod) => overlay.view(pod)),
    failureOf: (owner) => {
      const failure = failures.get(owner.metadata.uid ?? '');
      return failure === undefined ? {} : { failure };
    },
    apply,
    forget: (uid) => failures.delete(uid),
  };
}

/** Names for `takenNames` that a planner must keep clear of. */
export function takenNames(pods: PodInformer, owner: KubeObject): readonly string[] {
  const { namespace, name } = keyOf(owner);
  return pods.namesFrom(namespace, `${name}-`);
}
