import type { KubeObject, LabelSelectorSpec } from '@argosy/kube/meta';

type Quantities = { readonly [resource: string]: string | number };

/** core/v1 PersistentVolumeClaimStatus. */
export interface VolumeClaimStatus {
  readonly phase?: string;
  readonly accessModes?: readonly string[];
  readonly capacity?: Quantities;
  readonly [field: string]: unknown;
}

/** core/v1 PersistentVolumeClaim. */
export interface VolumeClaim extends KubeObject {
  readonly spec: {
    readonly accessModes?: readonly string[];
    readonly resources?: { readonly requests?: Quantities };
    readonly storageClassName?: string;
    readonly volumeMode?: string;
    readonly volumeName?: string;
    readonly selector?: LabelSelectorSpec;
    readonly [field: string]: unknown;
  };
  readonly status?: VolumeClaimStatus;
}

/** Which claim a volume belongs to. */
export interface ClaimReference {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly uid?: string;
}

/** core/v1 PersistentVolumeStatus. */
export interface VolumeStatus {
  readonly phase?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly [field: string]: unknown;
}

/** core/v1 PersistentVolume. */
export interface PersistentVolume extends KubeObject {
  readonly spec: {
    readonly accessModes?: readonly string[];
    readonly capacity?: Quantities;
    readonly claimRef?: ClaimReference;
    readonly storageClassName?: string;
    readonly volumeMode?: string;
    readonly persistentVolumeReclaimPolicy?: string;
    readonly hostPath?: { readonly path: string; readonly type?: string };
    readonly local?: { readonly path: string };
    readonly [source: string]: unknown;
  };
  readonly status?: VolumeStatus;
}

/** storage.k8s.io/v1 StorageClass. */
export interface StorageClass extends KubeObject {
  readonly provisioner: string;
  readonly reclaimPolicy?: string;
  readonly volumeBindingMode?: string;
}

/** The provisioner of folders on this machine. */
export const LOCAL_PROVISIONER = 'argosy.io/local-path';

/** Written on volumes that a provisioner made. */
export const PROVISIONED_BY = 'pv.kubernetes.io/provisioned-by';

/** The class that claims get when they name none: folders on this machine, made when a pod asks, removed with the claim. */
export const localPathClass: StorageClass = Object.freeze({
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: { name: 'local-path', annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
  provisioner: LOCAL_PROVISIONER,
  reclaimPolicy: 'Delete',
  volumeBindingMode: 'WaitForFirstConsumer',
});
