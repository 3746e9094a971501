import { resources } from '@argosy/api';
import { workflowLabels, type Workflow } from '@argosy/api/workflows';
import {
  controllerOf,
  hasReason,
  keyOf,
  kubeError,
  type KubeObject,
  type ObjectKey,
  type ResourceRef,
} from '@argosy/kube/meta';
import { createObject, deleteObject, getObject, patchObject, type ClusterApi } from '@argosy/kube/port';
import type { EventRecorder } from '@argosy/kube/runtime';
import { getPath, must, unreachable } from '@argosy/std';

import { ArtifactFault, type ArtifactStore } from '../artifacts/index.ts';
import {
  ARTIFACT_VOLUME_DRIVER,
  CACHE_TYPE,
  CONFIG_MAP_TYPE_LABEL,
  type CollectRequest,
  type ResourceOrder,
  type WorkflowAction,
} from '../engine/index.ts';

/** Where a workflow's actions are performed. */
export interface ActionIo {
  readonly api: ClusterApi;
  readonly events: EventRecorder;
  /** A pod that the API server will never take; the node is told in the next round. */
  readonly refuse: (nodeId: string, message: string) => void;
  /** A pod that was there already, made by a round that did not live to record it: it may even be through by now. */
  readonly adopt: (nodeId: string) => void;
  /** Starts to read a finished pod's output; the next round after it has ended sees it. */
  readonly collect: (request: CollectRequest) => void;
  /** Begins with a resource template, unless it is under way; the next round after its end sees what came of it. */
  readonly perform: (order: ResourceOrder) => void;
  /** Lays out what a pod is given; absent when pods cannot be given artifacts. */
  readonly artifacts?: ArtifactStore | undefined;
  readonly signal: AbortSignal;
}

/** Refusals that repeating the request cannot cure. A quota can free up again. */
function isFinal(error: unknown): error is Error {
  if (hasReason(error, 'Forbidden')) return !/exceeded quota/.test(error.message);
  return hasReason(error, 'Invalid', 'BadRequest', 'RequestEntityTooLarge', 'NotFound');
}

async function isOurs(io: ActionIo, workflow: Workflow, pod: KubeObject): Promise<boolean> {
  const stored = await getObject(io.api, { resource: resources.pods, key: keyOf(pod) });
  // One that is being deleted makes room soon; it is not what this round wants.
  if (stored.metadata.deletionTimestamp !== undefined && controllerOf(stored)?.uid === workflow.metadata.uid) {
    throw kubeError('Conflict', `pod ${pod.metadata.name} is being deleted`);
  }
  return controllerOf(stored)?.uid === workflow.metadata.uid;
}

/** Longest time that laying out what one pod is given may take. */
export const STAGE_TIMEOUT_MS = 15 * 60_000;

function needsFolder(pod: KubeObject): boolean {
  const volumes = getPath(pod, ['spec', 'volumes']);
  if (!Array.isArray(volumes)) return false;
  return volumes.some((volume) => getPath(volume, ['csi', 'driver']) === ARTIFACT_VOLUME_DRIVER);
}

function layOut(
  artifacts: ArtifactStore,
  action: Extract<WorkflowAction, { kind: 'create-pod' }>,
  ending: AbortSignal,
): Promise<void> {
  const signal = AbortSignal.any([ending, AbortSignal.timeout(STAGE_TIMEOUT_MS)]);
  return artifacts.stage(keyOf(action.object), action.loads, signal);
}

async function createPod(
  io: ActionIo,
  workflow: Workflow,
  action: Extract<WorkflowAction, { kind: 'create-pod' }>,
): Promise<void> {
  const { object, nodeId } = action;
  const { namespace } = keyOf(object);
  try {
    if (io.artifacts !== undefined && needsFolder(action.object)) await layOut(io.artifacts, action, io.signal);
    await createObject(io.api, { resource: resources.pods, namespace, object });
  } catch (error) {
    if (hasReason(error, 'AlreadyExists')) {
      if (await isOurs(io, workflow, object)) io.adopt(nodeId);
      else io.refuse(nodeId, `pod ${object.metadata.name} already exists and belongs to somebody else`);
    } else if (isFinal(error) || error instanceof ArtifactFault) io.refuse(nodeId, error.message);
    else throw error;
  }
}

/** The kinds that a workflow owns beside its pods. */
const OWNED: { readonly [kind: string]: ResourceRef } = {
  PersistentVolumeClaim: resources.persistentVolumeClaims,
  PodDisruptionBudget: resources.podDisruptionBudgets,
};

function resourceOf(kind: string): ResourceRef {
  return must(Object.hasOwn(OWNED, kind) ? OWNED[kind] : undefined, `resource of ${kind}`);
}

/** Creates what the workflow owns; one that is there already is taken, pods will tell if it does not fit. */
async function createOwned(io: ActionIo, workflow: Workflow, object: KubeObject): Promise<void> {
  const { namespace } = keyOf(object);
  try {
    await createObject(io.api, { resource: resourceOf(object.kind), namespace, object });
  } catch (error) {
    if (hasReason(error, 'AlreadyExists')) return;
    if (!isFinal(error)) throw error;
    const message = `cannot create ${object.kind} ${object.metadata.name}: ${error.message}`;
    io.events.record(workflow, { type: 'Warning', reason: 'WorkflowObjectRefused', message });
  }
}

/** Writes one entry of a cache; the cache is made when it is not there. A full cache is told and nothing else. */
async function saveMemo(
  io: ActionIo,
  workflow: Workflow,
  memo: { readonly cacheName: string; readonly key: string; readonly entry: string },
): Promise<void> {
  const key = { namespace: workflow.metadata.namespace ?? '', name: memo.cacheName };
  const data = { [memo.key]: memo.entry };
  const labels = { [CONFIG_MAP_TYPE_LABEL]: CACHE_TYPE };
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { ...key, labels }, data };
  try {
    await patchObject(io.api, { resource: resources.configMaps, key, patchType: 'merge', patch: { data } });
  } catch (error) {
    if (hasReason(error, 'NotFound')) {
      await createObject(io.api, { resource: resources.configMaps, namespace: key.namespace, object });
    } else if (!isFinal(error)) throw error;
    else io.events.record(workflow, { type: 'Warning', reason: 'WorkflowCacheRefused', message: error.message });
  }
}

/** A pod that is gone needs no change. */
async function patchPod(io: ActionIo, key: ObjectKey, patch: unknown): Promise<void> {
  try {
    await patchObject(io.api, { resource: resources.pods, key, patchType: 'merge', patch });
  } catch (error) {
    if (!hasReason(error, 'NotFound')) throw error;
  }
}

async function deletePod(io: ActionIo, key: ObjectKey, uid: string | undefined): Promise<void> {
  const preconditions = uid === undefined ? {} : { preconditions: { uid } };
  try {
    await deleteObject(
      io.api,
      { resource: resources.pods, key },
      { propagationPolicy: 'Background', ...preconditions },
    );
  } catch (error) {
    // Another pod has the name by now: ours is gone.
    if (!hasReason(error, 'Conflict')) throw error;
  }
}

async function deleteWorkflow(io: ActionIo, workflow: Workflow): Promise<void> {
  const { uid } = workflow.metadata;
  const preconditions = uid === undefined ? {} : { preconditions: { uid } };
  const target = { resource: resources.workflows, key: keyOf(workflow) };
  await deleteObject(io.api, target, { propagationPolicy: 'Background', ...preconditions });
}

/**
 * Performs one planned write; every one of them may be repeated.
 * @throws KubeError refusals that may pass; the adapter's own error when the cluster cannot be reached.
 */
export async function applyWorkflowAction(action: WorkflowAction, workflow: Workflow, io: ActionIo): Promise<void> {
  const namespace = workflow.metadata.namespace ?? '';
  switch (action.kind) {
    case 'create-pod':
      return createPod(io, workflow, action);
    case 'create-object':
      return createOwned(io, workflow, action.object);
    case 'save-memo':
      return saveMemo(io, workflow, action);
    case 'delete-object': {
      const resource = resourceOf(action.objectKind);
      return deleteObject(
        io.api,
        { resource, key: { namespace, name: action.name } },
        { propagationPolicy: 'Background' },
      );
    }
    case 'delete-pod':
      await deletePod(io, { namespace, name: action.podName }, action.podUid);
      return io.artifacts?.release({ namespace, name: action.podName });
    case 'terminate-pod':
      // A shorter deadline ends a running pod with its grace period and keeps it for its log; deleting would not.
      return patchPod(io, { namespace, name: action.podName }, { spec: { activeDeadlineSeconds: 1 } });
    case 'label-pod-completed': {
      const patch = { metadata: { labels: { [workflowLabels.completed]: 'true' } } };
      await patchPod(io, { namespace, name: action.podName }, patch);
      // Only now is what the pod left recorded: before, it may have to be stored again.
      return io.artifacts?.release({ namespace, name: action.podName });
    }
    case 'collect-outputs':
      io.collect(action.request);
      return;
    case 'perform-resource':
      io.perform(action.order);
      return;
    case 'record-event':
      io.events.record(workflow, action.event);
      return;
    case 'delete-workflow':
      return deleteWorkflow(io, workflow);
    default:
      return unreachable(action);
  }
}
