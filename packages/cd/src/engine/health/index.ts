import { parseApiVersion, type KubeObject } from '@argosy/kube/meta';
import type { HealthStatusCode } from '@argosy/api/cd';
import { apiServiceHealth } from './api-service.ts';
import { applicationHealth } from './application.ts';
import { daemonSetHealth } from './daemon-set.ts';
import { deploymentHealth } from './deployment.ts';
import { horizontalPodAutoscalerHealth } from './horizontal-pod-autoscaler.ts';
import { ingressHealth } from './ingress.ts';
import { jobHealth } from './job.ts';
import { persistentVolumeClaimHealth } from './persistent-volume-claim.ts';
import { podHealth } from './pod.ts';
import { replicaSetHealth } from './replica-set.ts';
import { serviceHealth } from './service.ts';
import { statefulSetHealth } from './stateful-set.ts';
import { verdict, type Health, type HealthRule } from './verdict.ts';
import { workflowHealth } from './workflow.ts';

export type { Health } from './verdict.ts';

const RULES: ReadonlyMap<string, HealthRule> = new Map([
  ['apps/Deployment', deploymentHealth],
  ['apps/ReplicaSet', replicaSetHealth],
  ['apps/StatefulSet', statefulSetHealth],
  ['apps/DaemonSet', daemonSetHealth],
  ['/Pod', podHealth],
  ['/Service', serviceHealth],
  ['/PersistentVolumeClaim', persistentVolumeClaimHealth],
  ['batch/Job', jobHealth],
  ['networking.k8s.io/Ingress', ingressHealth],
  ['extensions/Ingress', ingressHealth],
  ['autoscaling/HorizontalPodAutoscaler', horizontalPodAutoscalerHealth],
  ['apiregistration.k8s.io/APIService', apiServiceHealth],
  ['argoproj.io/Application', applicationHealth],
  ['argoproj.io/Workflow', workflowHealth],
]);

const ORDER: readonly HealthStatusCode[] = ['Healthy', 'Suspended', 'Progressing', 'Missing', 'Degraded', 'Unknown'];

/** True when `a` is a worse verdict than `b`. */
export function isWorse(a: HealthStatusCode, b: HealthStatusCode): boolean {
  return ORDER.indexOf(a) > ORDER.indexOf(b);
}

const remembered = new WeakMap<KubeObject, { readonly health: Health | undefined }>();

function judge(object: KubeObject): Health | undefined {
  if (object.metadata.deletionTimestamp !== undefined) return verdict('Progressing', 'Pending deletion');
  const { group } = parseApiVersion(object.apiVersion);
  return RULES.get(`${group}/${object.kind}`)?.(object);
}

/** The health of a live object; `undefined` when its kind has no rule. Remembered per object, which is frozen. */
export function healthOf(object: KubeObject): Health | undefined {
  const known = remembered.get(object);
  if (known !== undefined) return known.health;
  const health = judge(object);
  remembered.set(object, { health });
  return health;
}
