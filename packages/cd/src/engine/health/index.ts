import { parseApiVersion, type KubeObject } from '@argosy/kube/meta';
import { cdNames, type HealthStatusCode } from '@argosy/api/cd';
import { apiServiceHealth } from './api-service.ts';
import { applicationHealth } from './application.ts';
import { daemonSetHealth } from './daemon-set.ts';
import { deploymentHealth } from './deployment.ts';
import { customHealth } from './kinds/index.ts';
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

/** Verdicts of the settings. `undefined`: the rules here decide; `none`: the kind shall have no health. */
export interface HealthOverrides {
  readonly judge: (object: KubeObject) => Health | undefined | 'none';
}

const NO_OVERRIDES: HealthOverrides = { judge: () => undefined };

const remembered = new WeakMap<HealthOverrides, WeakMap<KubeObject, { readonly health: Health | undefined }>>();

/** A deleted object goes, unless it is a hook that is only held until its operation ends. */
function isGoing({ metadata }: KubeObject): boolean {
  if (metadata.deletionTimestamp === undefined) return false;
  return !(metadata.finalizers ?? []).includes(cdNames.hookFinalizer);
}

function judge(object: KubeObject, overrides: HealthOverrides): Health | undefined {
  if (isGoing(object)) return verdict('Progressing', 'Pending deletion');
  const overridden = overrides.judge(object);
  if (overridden !== undefined) return overridden === 'none' ? undefined : overridden;
  const { group } = parseApiVersion(object.apiVersion);
  const rule = RULES.get(`${group}/${object.kind}`);
  return rule === undefined ? customHealth(object) : rule(object);
}

/**
 * The health of a live object; `undefined` when its kind has no rule. The settings come first, then the rules here.
 * Remembered per object, which is frozen, and per overrides.
 */
export function healthOf(object: KubeObject, overrides: HealthOverrides = NO_OVERRIDES): Health | undefined {
  const memory = remembered.get(overrides) ?? new WeakMap<KubeObject, { readonly health: Health | undefined }>();
  remembered.set(overrides, memory);
  const known = memory.get(object);
  if (known !== undefined) return known.health;
  const health = judge(object, overrides);
  memory.set(object, { health });
  return health;
}

/** A verdict as status and trees tell it: without what went wrong in reaching it. */
export function plainHealth(health: Health | undefined): Omit<Health, 'error'> | undefined {
  if (health === undefined) return undefined;
  const { error: _error, ...told } = health;
  return told;
}
