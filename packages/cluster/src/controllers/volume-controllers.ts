import { rm } from 'node:fs/promises';
import { keyOf, type ObjectKey } from '@argosy/kube/meta';
import type { StandardAction } from '@argosy/kube/plan';
import { getObjectOrUndefined } from '@argosy/kube/port';
import {
  aborted,
  applyStandardAction,
  ownKeys,
  startController,
  type Change,
  type ControllerContext,
  type Informer,
  type MeasuredController,
  type Reconciler,
} from '@argosy/kube/runtime';
import {
  isTerminal,
  localPathClass,
  planPersistentVolume,
  planVolumeClaim,
  targets,
  type PersistentVolume,
  type PersistentVolumeObserved,
  type Pod,
  type StorageClass,
  type VolumeAction,
  type VolumeClaim,
  type VolumeClaimObserved,
  type VolumeClaimStatus,
  type VolumeStatus,
} from '../workloads/index.ts';
import { podInformer } from './pod-informer.ts';
import { publishStatus } from './publish.ts';

/** Where volumes of claims are made. */
export interface LocalVolumes {
  /** An absolute folder of this machine; only what lies below it is ever removed. */
  readonly root: string;
  /** The node that has it. */
  readonly nodeName: string;
}

interface Stores {
  readonly claims: Informer<VolumeClaim>;
  readonly volumes: Informer<PersistentVolume>;
  readonly classes: Informer<StorageClass>;
  readonly pods: Informer<Pod>;
}

const ALL_UNCLAIMED = 'free';

function claimKey(namespace: string, name: string): string {
  return `${namespace}/${name}`;
}

/** A volume is filed under the claim that it names, and under `free` without one. */
function byClaim(volume: PersistentVolume): readonly string[] {
  const { claimRef } = volume.spec;
  return [claimRef === undefined ? ALL_UNCLAIMED : claimKey(claimRef.namespace ?? '', claimRef.name ?? '')];
}

function claimsOf(pod: Pod): readonly string[] {
  return (pod.spec.volumes ?? []).flatMap((volume) => {
    const source = volume['persistentVolumeClaim'] as { readonly claimName?: string } | undefined;
    return source?.claimName === undefined ? [] : [claimKey(pod.metadata.namespace ?? '', source.claimName)];
  });
}

const isUnbound = (claim: VolumeClaim): readonly string[] => ((claim.spec.volumeName ?? '') === '' ? ['yes'] : []);

function openStores(context: ControllerContext): Stores {
  const claims = context.informers.informer<VolumeClaim>(targets.persistentVolumeClaims);
  const volumes = context.informers.informer<PersistentVolume>(targets.persistentVolumes);
  const pods = podInformer(context);
  claims.addIndex('unbound', isUnbound);
  volumes.addIndex('claim', byClaim);
  pods.addIndex('volume-claim', claimsOf);
  return { claims, volumes, pods, classes: context.informers.informer<StorageClass>(targets.storageClasses) };
}

function observeClaim(
  stores: Stores,
  key: ObjectKey,
  local: LocalVolumes | undefined,
): VolumeClaimObserved | undefined {
  const claim = stores.claims.lister.get(key);
  if (claim === undefined) return undefined;
  const { volumeName = '', storageClassName = '' } = claim.spec;
  const text = claimKey(key.namespace, key.name);
  const named = volumeName === '' ? undefined : stores.volumes.lister.get({ namespace: '', name: volumeName });
  const open = [
    ...stores.volumes.lister.byIndex('claim', text),
    ...stores.volumes.lister.byIndex('claim', ALL_UNCLAIMED),
  ];
  const storageClass = stores.classes.lister.get({ namespace: '', name: storageClassName });
  const pods = stores.pods.lister.byIndex('volume-claim', text).filter((pod) => !isTerminal(pod));
  return {
    claim,
    volumes: volumeName === '' ? open : named === undefined ? [] : [named],
    ...(storageClass === undefined ? {} : { storageClass }),
    consumers: pods.filter((pod) => pod.metadata.deletionTimestamp === undefined).length,
    users: pods.filter((pod) => (pod.spec.nodeName ?? '') !== '').length,
    ...(local === undefined ? {} : { localRoot: local.root, nodeName: local.nodeName }),
  };
}

/** Starts the controller that binds claims to volumes, and makes volumes for them. */
export function startVolumeClaimController(
  context: ControllerContext,
  local: LocalVolumes | undefined,
): MeasuredController {
  const stores = openStores(context);
  // With half of the volumes known, a claim would get a new one beside the one it has.
  const synced = Promise.all(Object.values(stores).map((informer: Informer) => informer.synced()));
  const complete = Promise.race([synced, aborted(context.signal)]);
  const reconciler: Reconciler<VolumeClaimObserved, StandardAction, VolumeClaimStatus | undefined> = {
    name: 'persistent-volume-claim-controller',
    observe: async (key) => {
      await complete;
      return observeClaim(stores, key, local);
    },
    plan: planVolumeClaim,
    apply: (action) => applyStandardAction(action, context),
    publish: (seen, status) => publishStatus(context, targets.persistentVolumeClaims, { object: seen.claim, status }),
  };
  const unbound = (): readonly ObjectKey[] => stores.claims.lister.byIndex('unbound', 'yes').map(keyOf);
  const ofPod = ({ before, after }: Change<Pod>): readonly ObjectKey[] =>
    [...new Set([before, after].flatMap((pod) => (pod === undefined ? [] : claimsOf(pod))))].map(keyFrom);
  const ofVolume = ({ before, after }: Change<PersistentVolume>): readonly ObjectKey[] => {
    const named = [before, after].flatMap((volume) => (volume === undefined ? [] : byClaim(volume)));
    return named.includes(ALL_UNCLAIMED) ? [...unbound(), ...claimsNamed(named)] : claimsNamed(named);
  };
  return startController({
    context,
    reconciler,
    sources: [
      ownKeys(stores.claims),
      { informer: stores.pods, keysOf: ofPod },
      { informer: stores.volumes, keysOf: ofVolume },
      { informer: stores.classes, keysOf: unbound },
    ],
  });
}

function keyFrom(text: string): ObjectKey {
  const [namespace = '', name = ''] = text.split('/');
  return { namespace, name };
}

const claimsNamed = (names: readonly string[]): readonly ObjectKey[] =>
  [...new Set(names)].filter((name) => name !== ALL_UNCLAIMED).map(keyFrom);

/** The claim of a volume. A local copy may lag behind; since data is removed for want of it, a miss is asked again. */
async function claimOf(
  volume: PersistentVolume,
  stores: Stores,
  context: ControllerContext,
): Promise<VolumeClaim | undefined> {
  const { namespace = '', name = '', uid = '' } = volume.spec.claimRef ?? {};
  if (uid === '') return undefined;
  const key = { namespace, name };
  const known = stores.claims.lister.get(key);
  if (known?.metadata.uid === uid) return known;
  const resource = targets.persistentVolumeClaims;
  const asked = await getObjectOrUndefined<VolumeClaim>(context.api, { resource, key });
  return asked?.metadata.uid === uid ? asked : undefined;
}

/** Performs one action of a volume: removing its folder, or a write. */
async function applyVolumeAction(action: VolumeAction, context: ControllerContext): Promise<void> {
  if (action.kind !== 'remove-folder') return applyStandardAction(action, context);
  await rm(action.path, { recursive: true, force: true });
}

/** Starts the controller that keeps the phases of volumes and removes what released ones leave. */
export function startPersistentVolumeController(
  context: ControllerContext,
  local: LocalVolumes | undefined,
): MeasuredController {
  const stores = openStores(context);
  const synced = Promise.all([stores.claims.synced(), stores.volumes.synced()]);
  const complete = Promise.race([synced, aborted(context.signal)]);
  const reconciler: Reconciler<PersistentVolumeObserved, VolumeAction, VolumeStatus | undefined> = {
    name: 'persistent-volume-controller',
    observe: async (key) => {
      await complete;
      const volume = stores.volumes.lister.get(key);
      if (volume === undefined) return undefined;
      const claim = await claimOf(volume, stores, context);
      const localRoot = local === undefined ? {} : { localRoot: local.root };
      return { volume, ...(claim === undefined ? {} : { claim }), ...localRoot };
    },
    plan: planPersistentVolume,
    apply: (action) => applyVolumeAction(action, context),
    publish: (seen, status) => publishStatus(context, targets.persistentVolumes, { object: seen.volume, status }),
  };
  const ofClaim = ({ key }: Change<VolumeClaim>): readonly ObjectKey[] =>
    stores.volumes.lister.byIndex('claim', claimKey(key.namespace, key.name)).map(keyOf);
  return startController({
    context,
    reconciler,
    sources: [ownKeys(stores.volumes), { informer: stores.claims, keysOf: ofClaim }],
  });
}

/** Makes the default StorageClass when it is not there. @throws KubeError when the API refuses it. */
export async function ensureLocalPathClass(context: ControllerContext): Promise<void> {
  await applyStandardAction({ kind: 'create', resource: targets.storageClasses, object: localPathClass }, context);
}
