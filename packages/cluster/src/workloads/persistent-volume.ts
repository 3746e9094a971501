import { equalJson } from '@argosy/std';
import { settled, type KubeEventRecord, type Plan, type StandardAction } from '@argosy/kube/plan';
import { targets } from './resources.ts';
import { type PersistentVolume, type VolumeClaim, type VolumeStatus } from './storage-kinds.ts';

/** What the planner of volumes sees. */
export interface PersistentVolumeObserved {
  readonly volume: PersistentVolume;
  /** The claim of the volume's claimRef, if it exists with that uid. */
  readonly claim?: VolumeClaim;
  /** Where this cluster makes folders; `undefined` when it makes none. */
  readonly localRoot?: string;
}

/** The one effect that is not a write to the API: the folder of a volume goes. */
export type VolumeAction = StandardAction | { readonly kind: 'remove-folder'; readonly path: string };

type VolumePlan = Plan<VolumeAction, VolumeStatus | undefined>;

const PROTECTION = 'kubernetes.io/pv-protection';

function withPhase(
  seen: PersistentVolumeObserved,
  next: VolumeStatus,
  actions: readonly VolumeAction[] = [],
): VolumePlan {
  const { reason: _reason, message: _message, ...before } = seen.volume.status ?? {};
  const status = { ...before, ...next };
  return { actions, status: equalJson(status, seen.volume.status ?? {}) ? undefined : status, next: settled };
}

function isInside(path: string, root: string | undefined): boolean {
  if (root === undefined || !path.startsWith(`${root}/`)) return false;
  const rest = path.slice(root.length + 1);
  return rest !== '' && !rest.split('/').some((part) => part === '' || part === '.' || part === '..');
}

const folderOf = ({ spec }: PersistentVolume): string => spec.hostPath?.path ?? spec.local?.path ?? '';

function deletion(volume: PersistentVolume): VolumeAction {
  const { name, uid } = volume.metadata;
  const options = uid === undefined ? {} : { options: { preconditions: { uid } } };
  return { kind: 'delete', resource: targets.persistentVolumes, key: { namespace: '', name }, ...options };
}

function reclaimFailure(volume: PersistentVolume, policy: string): KubeEventRecord {
  const type = 'Warning';
  if (policy !== 'Delete') {
    const message = `reclaim policy "${policy}" is not offered; allowed are Retain and Delete`;
    return { type, reason: 'VolumeFailedRecycle', message };
  }
  const { name } = volume.metadata;
  const message = `error getting deleter volume plugin for volume "${name}": no deletable volume plugin matched`;
  return { type, reason: 'VolumeFailedDelete', message };
}

/** The claim is gone: the volume is kept or removed, as its policy says. */
function planReleased(seen: PersistentVolumeObserved): VolumePlan {
  const { volume } = seen;
  const policy = volume.spec.persistentVolumeReclaimPolicy ?? 'Retain';
  if (policy === 'Retain') return withPhase(seen, { phase: 'Released' });
  const path = folderOf(volume);
  if (policy === 'Delete' && isInside(path, seen.localRoot)) {
    return withPhase(seen, { phase: 'Released' }, [{ kind: 'remove-folder', path }, deletion(volume)]);
  }
  const event = reclaimFailure(volume, policy);
  const { reason, message } = event;
  const isNews = volume.status?.phase !== 'Failed';
  const told: readonly VolumeAction[] = isNews ? [{ kind: 'record-event', about: volume, event }] : [];
  return withPhase(seen, { phase: 'Failed', reason, message }, told);
}

function planDeleted(seen: PersistentVolumeObserved): VolumePlan {
  const { volume, claim } = seen;
  const finalizers = volume.metadata.finalizers ?? [];
  const isUsed = claim !== undefined && claim.spec.volumeName === volume.metadata.name;
  if (isUsed || !finalizers.includes(PROTECTION)) return { actions: [], status: undefined, next: settled };
  const { uid, resourceVersion, name } = volume.metadata;
  const metadata = { uid, resourceVersion, finalizers: finalizers.filter((each) => each !== PROTECTION) };
  const action: VolumeAction = {
    kind: 'patch',
    resource: targets.persistentVolumes,
    key: { namespace: '', name },
    patchType: 'merge',
    patch: { metadata },
  };
  return { actions: [action], status: undefined, next: settled };
}

/**
 * Keeps the phase of a PersistentVolume: Available, Bound, Released, Failed; and removes what a released volume leaves
 * when its policy says so. Only folders below the cluster's own root are ever removed.
 */
export function planPersistentVolume(seen: PersistentVolumeObserved): VolumePlan {
  const { volume, claim } = seen;
  if (volume.metadata.deletionTimestamp !== undefined) return planDeleted(seen);
  const reference = volume.spec.claimRef;
  if (reference === undefined || (reference.uid ?? '') === '') return withPhase(seen, { phase: 'Available' });
  if (claim === undefined) return planReleased(seen);
  const isBound = claim.spec.volumeName === volume.metadata.name;
  return withPhase(seen, { phase: isBound ? 'Bound' : 'Available' });
}
