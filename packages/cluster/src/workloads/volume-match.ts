import { compareText } from '@argosy/std';
import { matchesLabels, selectorFromSpec } from '@argosy/kube/meta';
import { quantityMilli } from './quantity.ts';
import type { PersistentVolume, VolumeClaim } from './storage-kinds.ts';

/** What a claim asks for, in thousandths of a byte. */
const requestOf = (claim: VolumeClaim): number => quantityMilli(claim.spec.resources?.requests?.['storage']);

const capacityOf = (volume: PersistentVolume): number => quantityMilli(volume.spec.capacity?.['storage']);

/** True when a volume names this claim: by uid, or by name as long as no uid is set. */
export function isReservedFor(volume: PersistentVolume, claim: VolumeClaim): boolean {
  const reference = volume.spec.claimRef;
  if (reference === undefined) return false;
  const { namespace = '', name, uid } = claim.metadata;
  if (reference.namespace !== namespace || reference.name !== name) return false;
  return (reference.uid ?? '') === '' || reference.uid === uid;
}

function isFree(volume: PersistentVolume, claim: VolumeClaim): boolean {
  if (volume.metadata.deletionTimestamp !== undefined) return false;
  return volume.spec.claimRef === undefined || isReservedFor(volume, claim);
}

/** Class and form, which must be the same on both sides. */
const kindOf = ({ spec }: { readonly spec: VolumeClaim['spec'] | PersistentVolume['spec'] }): string =>
  `${spec.volumeMode ?? 'Filesystem'} ${spec.storageClassName ?? ''}`;

/** True when a volume can serve a claim, whatever its size and place in line. */
function isSuitable(volume: PersistentVolume, claim: VolumeClaim): boolean {
  const modes = volume.spec.accessModes ?? [];
  const selector = claim.spec.selector;
  return (
    kindOf(volume) === kindOf(claim) &&
    (claim.spec.accessModes ?? []).every((mode) => modes.includes(mode)) &&
    (selector === undefined || matchesLabels(selectorFromSpec(selector), volume.metadata.labels))
  );
}

/** The volume for a claim that has none: one that is reserved for it, else the smallest that is large enough. */
export function bestVolume(claim: VolumeClaim, volumes: readonly PersistentVolume[]): PersistentVolume | undefined {
  const wanted = requestOf(claim);
  const fitting = volumes.filter(
    (volume) => isFree(volume, claim) && isSuitable(volume, claim) && capacityOf(volume) >= wanted,
  );
  const rank = (volume: PersistentVolume): number => (isReservedFor(volume, claim) ? 0 : 1);
  const [best] = fitting.toSorted(
    (a, b) => rank(a) - rank(b) || capacityOf(a) - capacityOf(b) || compareText(a.metadata.name, b.metadata.name),
  );
  return best;
}
