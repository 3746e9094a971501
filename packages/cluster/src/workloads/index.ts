/** Planners of the built-in kinds: what is observed in, planned writes out. Pure; performed by `controllers`. */
export {
  AUTOSCALING_PERIOD_MS,
  planAutoscaler,
  type AutoscalerObserved,
  type AutoscalerOutcome,
  type AutoscalerPlan,
  type Scale,
  type ScaleTarget,
} from './autoscaling.ts';
export type { Autoscaler, AutoscalerStatus, PodMetrics } from './autoscaling-kinds.ts';
export { NO_MEMORY, type ScalingMemory } from './autoscaling-limits.ts';
export { claimChildren, type Claims } from './claim.ts';
export { planClusterRoleAggregation, type ClusterRolesObserved } from './cluster-role-aggregation.ts';
export { creationWait, type CreationFailure } from './creation-failure.ts';
export {
  activeJobKeys,
  cronJobChildName,
  planCronJob,
  SCHEDULED_ANNOTATION,
  type CronJob,
  type CronJobObserved,
  type CronJobPlan,
  type CronJobStatus,
} from './cron-job.ts';
export { planDaemonSet, type DaemonSetObserved } from './daemon-set.ts';
export { planDeployment, type DeploymentObserved, type DeploymentPlan } from './deployment.ts';
export { templateHash, TEMPLATE_HASH_LABEL } from './deployment-replica-sets.ts';
export {
  DISRUPTION_TIMEOUT_MS,
  planDisruptionBudget,
  type DisruptionBudget,
  type DisruptionBudgetObserved,
  type DisruptionBudgetStatus,
} from './disruption-budget.ts';
export { planEndpoints, type EndpointsObserved } from './endpoints.ts';
export {
  FOREGROUND_FINALIZER,
  garbageKey,
  GarbageGraph,
  ORPHAN_FINALIZER,
  planGarbage,
  waitsFor,
  type GarbageNode,
  type GarbageObserved,
  type OwnerState,
} from './garbage.ts';
export { resolveIntOrPercent, type IntOrPercent } from './int-or-percent.ts';
export { isTracked, TRACKING_FINALIZER } from './job-accounting.ts';
export { COMPLETION_INDEX } from './job-indexes.ts';
export { finishedCondition, planJob, type JobObserved, type JobPlan } from './job.ts';
export type {
  ControllerRevision,
  DaemonSet,
  DaemonSetStatus,
  Deployment,
  DeploymentStatus,
  Job,
  JobStatus,
  Namespace,
  Node,
  Pod,
  PodSpec,
  PodTemplate,
  ReplicaSet,
  ReplicaSetStatus,
  Service,
  StatefulSet,
  StatefulSetStatus,
} from './kinds.ts';
export { planLoadBalancer, type LoadBalancerObserved } from './load-balancer.ts';
export {
  NAMESPACE_FINALIZER,
  planNamespace,
  type NamespaceContent,
  type NamespaceObserved,
  type NamespaceStatus,
} from './namespace.ts';
export { planNamespaceDefaults, ROOT_CA_CONFIG_MAP, type NamespaceDefaultsObserved } from './namespace-defaults.ts';
export { rankForDeletion } from './pod-ranking.ts';
export { freePodNames, isActive, isAvailable, isReady, isTerminal, podFromTemplate } from './pods.ts';
export { quantityMilli } from './quantity.ts';
export { planReplicaSet, type ReplicaSetObserved } from './replica-set.ts';
export { targets } from './resources.ts';
export {
  boundKey,
  planScheduling,
  podRequests,
  wantsScheduling,
  type NodeLoad,
  type ResourceAmounts,
  type SchedulingObserved,
} from './scheduling.ts';
export { planStatefulSet, type StatefulSetObserved } from './stateful-set.ts';
export { planVolumeClaim, type VolumeClaimObserved } from './volume-claim.ts';
export { planPersistentVolume, type PersistentVolumeObserved, type VolumeAction } from './persistent-volume.ts';
export {
  localPathClass,
  type PersistentVolume,
  type StorageClass,
  type VolumeClaim,
  type VolumeClaimStatus,
  type VolumeStatus,
} from './storage-kinds.ts';
