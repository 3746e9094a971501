import { equalJson } from '@argosy/std';
import { keyOf } from '@argosy/kube/meta';
import { settled, type KubeEventRecord, type Plan, type StandardAction } from '@argosy/kube/plan';
import { targets } from './resources.ts';
import {
  LOCAL_PROVISIONER,
  PROVISIONED_BY,
  type PersistentVolume,
  type StorageClass,
  type VolumeClaim,
  type VolumeClaimStatus,
} from './storage-kinds.ts';
import { bestVolume, isReservedFor } from './volume-match.ts';

/** What the planner of claims sees. */
export interface VolumeClaimObserved {
  readonly claim: VolumeClaim;
  /** The volume that the claim names, and those that are free or reserved for it. */
  readonly volumes: readonly PersistentVolume[];
  readonly storageClass?: StorageClass;
  /** Pods that name the claim and have not ended, whether they are placed or not. */
  readonly consumers: number;
  /** Those of them that are placed on a node. */
  readonly users: number;
  /** Where folders for new volumes are made; `undefined` when this cluster makes none. */
  readonly localRoot?: string;
  /** The node that the folders are on. */
  readonly nodeName?: string;
}

type ClaimPlan = Plan<StandardAction, VolumeClaimStatus | undefined>;

const PROTECTION = 'kubernetes.io/pvc-protection';
const BIND_COMPLETED = 'pv.kubernetes.io/bind-completed';
const BOUND_BY_CONTROLLER = 'pv.kubernetes.io/bound-by-controller';

function plan(actions: readonly StandardAction[], status?: VolumeClaimStatus): ClaimPlan {
  return { actions, status, next: settled };
}

function tell(seen: VolumeClaimObserved, event: KubeEventRecord): StandardAction {
  return { kind: 'record-event', about: seen.claim, event };
}

function patchClaim(claim: VolumeClaim, patch: { readonly [field: string]: unknown }): StandardAction {
  const { uid, resourceVersion } = claim.metadata;
  const metadata = { uid, resourceVersion, ...(patch['metadata'] as object | undefined) };
  const resource = targets.persistentVolumeClaims;
  return { kind: 'patch', resource, key: keyOf(claim), patchType: 'merge', patch: { ...patch, metadata } };
}

/** The first half of binding: the volume says whose it is. It alone decides when two claims want one volume. */
function reserve(claim: VolumeClaim, volume: PersistentVolume): StandardAction {
  const { namespace, name, uid } = claim.metadata;
  const claimRef = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name, uid };
  const isOurs = volume.spec.claimRef === undefined;
  const metadata = {
    uid: volume.metadata.uid,
    resourceVersion: volume.metadata.resourceVersion,
    ...(isOurs ? { annotations: { [BOUND_BY_CONTROLLER]: 'yes' } } : {}),
  };
  return {
    kind: 'patch',
    resource: targets.persistentVolumes,
    key: { namespace: '', name: volume.metadata.name },
    patchType: 'merge',
    patch: { metadata, spec: { claimRef } },
  };
}

/** The second half: the claim says which volume it has. */
function complete(claim: VolumeClaim, volume: PersistentVolume): StandardAction {
  const isChosen = (claim.spec.volumeName ?? '') === '';
  const annotations = { [BIND_COMPLETED]: 'yes', ...(isChosen ? { [BOUND_BY_CONTROLLER]: 'yes' } : {}) };
  return patchClaim(claim, { metadata: { annotations }, spec: { volumeName: volume.metadata.name } });
}

function isReserved(volume: PersistentVolume, claim: VolumeClaim): boolean {
  return isReservedFor(volume, claim) && volume.spec.claimRef?.uid === claim.metadata.uid;
}

function bind(claim: VolumeClaim, volume: PersistentVolume): ClaimPlan {
  const reserving = isReserved(volume, claim) ? [] : [reserve(claim, volume)];
  const isComplete =
    claim.spec.volumeName === volume.metadata.name && claim.metadata.annotations?.[BIND_COMPLETED] === 'yes';
  // One write of the claim in a round: the status follows when the second half is seen.
  if (!isComplete) return plan([...reserving, complete(claim, volume)]);
  const { accessModes = [], capacity = {} } = volume.spec;
  const status = { ...claim.status, phase: 'Bound', accessModes, capacity };
  return plan(reserving, equalJson(status, claim.status ?? {}) ? undefined : status);
}

function pending(seen: VolumeClaimObserved, event: KubeEventRecord): ClaimPlan {
  const { claim } = seen;
  return plan(
    [tell(seen, event)],
    claim.status?.phase === 'Pending' ? undefined : { ...claim.status, phase: 'Pending' },
  );
}

/** A claim that names its volume: bound to it, waiting for it, or lost without it. */
function planNamed(seen: VolumeClaimObserved, name: string): ClaimPlan {
  const { claim } = seen;
  const volume = seen.volumes.find((each) => each.metadata.name === name);
  const wasBound = claim.metadata.annotations?.[BIND_COMPLETED] === 'yes';
  if (volume !== undefined && (volume.spec.claimRef === undefined || isReservedFor(volume, claim))) {
    return bind(claim, volume);
  }
  if (!wasBound) {
    const reason = 'FailedBinding';
    const state = volume === undefined ? 'not found' : 'already bound to a different claim.';
    const message = `volume "${name}" ${state}`;
    return pending(seen, { type: 'Warning', reason, message });
  }
  if (claim.status?.phase === 'Lost') return plan([]);
  const isMisbound = volume !== undefined;
  const event: KubeEventRecord = isMisbound
    ? {
        type: 'Warning',
        reason: 'ClaimMisbound',
        message: 'Two claims are bound to the same volume, this one is bound incorrectly',
      }
    : {
        type: 'Warning',
        reason: 'ClaimLost',
        message: 'Bound claim has lost its PersistentVolume. Data on the volume is lost!',
      };
  return plan([tell(seen, event)], { ...claim.status, phase: 'Lost' });
}

/** Why the folder provisioner cannot serve a claim; `undefined` when it can. */
function provisionFault(seen: VolumeClaimObserved): string | undefined {
  const { claim, localRoot } = seen;
  if (localRoot === undefined) return 'this cluster makes no folders for volumes';
  if (claim.spec.selector !== undefined)
    return 'claim.Spec.Selector is not supported for dynamic provisioning on this machine';
  if (claim.spec.volumeMode === 'Block') return 'volumeMode is "Block"; folders of this machine offer Filesystem';
  return undefined;
}

/** The volume that is made for a claim: its name follows from the claim, so that it is made once. */
function newVolume(seen: VolumeClaimObserved, storageClass: StorageClass): PersistentVolume {
  const { claim, nodeName, localRoot = '' } = seen;
  const { namespace = '', name, uid = '' } = claim.metadata;
  const volumeName = `pvc-${uid}`;
  const hosts = [{ key: 'kubernetes.io/hostname', operator: 'In', values: [nodeName] }];
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: volumeName, annotations: { [PROVISIONED_BY]: LOCAL_PROVISIONER } },
    spec: {
      capacity: { storage: claim.spec.resources?.requests?.['storage'] ?? '0' },
      accessModes: claim.spec.accessModes ?? [],
      volumeMode: 'Filesystem',
      storageClassName: storageClass.metadata.name,
      persistentVolumeReclaimPolicy: storageClass.reclaimPolicy ?? 'Delete',
      claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name, uid },
      hostPath: { path: `${localRoot}/${volumeName}_${namespace}_${name}`, type: 'DirectoryOrCreate' },
      ...(nodeName === undefined
        ? {}
        : { nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: hosts }] } } }),
    },
  };
}

function provision(seen: VolumeClaimObserved, storageClass: StorageClass): ClaimPlan {
  if (storageClass.provisioner !== LOCAL_PROVISIONER) {
    const message =
      `Waiting for a volume to be created either by the external provisioner '${storageClass.provisioner}' or manually ` +
      'by the system administrator. If volume creation is delayed, please verify that the provisioner is running and ' +
      'correctly registered.';
    return pending(seen, { type: 'Normal', reason: 'ExternalProvisioning', message });
  }
  const fault = provisionFault(seen);
  if (fault !== undefined) {
    const message = `failed to provision volume with StorageClass "${storageClass.metadata.name}": ${fault}`;
    return pending(seen, { type: 'Warning', reason: 'ProvisioningFailed', message });
  }
  const object = newVolume(seen, storageClass);
  const message = `Successfully provisioned volume ${object.metadata.name}`;
  return plan([
    { kind: 'create', resource: targets.persistentVolumes, object },
    tell(seen, { type: 'Normal', reason: 'ProvisioningSucceeded', message }),
  ]);
}

/** A claim without a volume: the best there is, else a new one, once a pod wants it where the class says so. */
function planUnbound(seen: VolumeClaimObserved): ClaimPlan {
  const { claim, storageClass, volumes } = seen;
  const reserved = volumes.find((volume) => isReservedFor(volume, claim));
  const isWaiting = storageClass?.volumeBindingMode === 'WaitForFirstConsumer' && seen.consumers === 0;
  if (isWaiting && reserved === undefined) {
    const message = 'waiting for first consumer to be created before binding';
    return pending(seen, { type: 'Normal', reason: 'WaitForFirstConsumer', message });
  }
  const found = bestVolume(claim, volumes);
  if (found !== undefined) return bind(claim, found);
  const className = claim.spec.storageClassName ?? '';
  if (storageClass !== undefined) return provision(seen, storageClass);
  if (className !== '') {
    const message = `storageclass.storage.k8s.io "${className}" not found`;
    return pending(seen, { type: 'Warning', reason: 'ProvisioningFailed', message });
  }
  const message = 'no persistent volumes available for this claim and no storage class is set';
  return pending(seen, { type: 'Normal', reason: 'FailedBinding', message });
}

/** A claim that is being deleted stays as long as a pod uses it. */
function planDeleted(seen: VolumeClaimObserved): ClaimPlan {
  const finalizers = seen.claim.metadata.finalizers ?? [];
  if (seen.users > 0 || !finalizers.includes(PROTECTION)) return plan([]);
  return plan([patchClaim(seen.claim, { metadata: { finalizers: finalizers.filter((name) => name !== PROTECTION) } })]);
}

/**
 * Binds a PersistentVolumeClaim: to the volume that it names, to the best free one, or to a new folder of this machine.
 * A volume is reserved before the claim says that it has it, so any prefix of a plan may be all that happens.
 */
export function planVolumeClaim(seen: VolumeClaimObserved): ClaimPlan {
  if (seen.claim.metadata.deletionTimestamp !== undefined) return planDeleted(seen);
  const name = seen.claim.spec.volumeName ?? '';
  return name === '' ? planUnbound(seen) : planNamed(seen, name);
}
