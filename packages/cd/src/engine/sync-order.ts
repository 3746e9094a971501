import { compareText } from '@argosy/std';
import { cdNames } from '@argosy/api/cd';
import type { KubeObject } from '@argosy/kube/meta';

/** The phases in which a sync applies things, in their order. */
export type SyncPhase = 'PreSync' | 'Sync' | 'PostSync' | 'SyncFail';

const PHASES: readonly SyncPhase[] = ['PreSync', 'Sync', 'PostSync', 'SyncFail'];

const KIND_ORDER: readonly string[] = [
  'Namespace',
  'NetworkPolicy',
  'ResourceQuota',
  'LimitRange',
  'PodSecurityPolicy',
  'PodDisruptionBudget',
  'ServiceAccount',
  'Secret',
  'SecretList',
  'ConfigMap',
  'StorageClass',
  'PersistentVolume',
  'PersistentVolumeClaim',
  'CustomResourceDefinition',
  'ClusterRole',
  'ClusterRoleList',
  'ClusterRoleBinding',
  'ClusterRoleBindingList',
  'Role',
  'RoleList',
  'RoleBinding',
  'RoleBindingList',
  'Service',
  'DaemonSet',
  'Pod',
  'ReplicationController',
  'ReplicaSet',
  'Deployment',
  'HorizontalPodAutoscaler',
  'StatefulSet',
  'Job',
  'CronJob',
  'IngressClass',
  'Ingress',
  'APIService',
];

const RANKS: ReadonlyMap<string, number> = new Map(KIND_ORDER.map((kind, index) => [kind, index]));

/** The wave of an object: Argo CD's annotation, else Helm's hook weight, else 0. Unreadable text counts as 0. */
export function waveOf(object: KubeObject): number {
  const annotations = object.metadata.annotations;
  for (const name of [cdNames.syncWave, cdNames.helmHookWeight]) {
    const text = annotations?.[name]?.trim() ?? '';
    if (/^[+-]?\d{1,9}$/.test(text)) return Number(text) + 0;
  }
  return 0;
}

/** What places a task in the order of a sync. */
export interface Placed {
  readonly phase: SyncPhase;
  readonly wave: number;
  readonly kind: string;
  readonly name: string;
}

/** The index of a phase. */
export function phaseRank(phase: SyncPhase): number {
  return PHASES.indexOf(phase);
}

/** The rank of a kind; kinds that are not listed come last. */
export function kindRank(kind: string): number {
  return RANKS.get(kind) ?? KIND_ORDER.length;
}

/** Phase, wave, kind, name. */
export function comparePlaced(a: Placed, b: Placed): number {
  return (
    phaseRank(a.phase) - phaseRank(b.phase) ||
    a.wave - b.wave ||
    kindRank(a.kind) - kindRank(b.kind) ||
    compareText(a.name, b.name)
  );
}

/** The waves of prunes mirrored (smallest with largest, and so on), so that deletion runs against creation. */
export function mirrorWaves(waves: readonly number[]): ReadonlyMap<number, number> {
  const distinct = [...new Set(waves)].sort((a, b) => a - b);
  return new Map(distinct.map((wave, index) => [wave, distinct[distinct.length - 1 - index] ?? wave]));
}
