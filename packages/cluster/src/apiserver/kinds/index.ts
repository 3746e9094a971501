import { policyBindingRules, policyRules, webhookRules } from './admission-configuration.ts';
import { configMapRules, secretRules } from './configuration.ts';
import { definitionRules } from './custom-definition.ts';
import { cronJobRules, jobRules } from './job.ts';
import type { KindRules } from './kind-rules.ts';
import { limitRangeRules } from './limit-range.ts';
import { namespaceRules } from './namespace.ts';
import {
  apiServiceRules,
  bindingRules,
  budgetRules,
  clusterRoleRules,
  endpointSliceRules,
  endpointsRules,
  eventRules,
  ingressRules,
  networkPolicyRules,
  revisionRules,
  roleRules,
  scalerRules,
} from './plain-rules.ts';
import { podRules } from './pod.ts';
import { priorityClassRules } from './priority-class.ts';
import { resourceQuotaRules } from './resource-quota.ts';
import { serviceRules } from './service.ts';
import { claimRules, storageClassRules, volumeRules } from './storage.ts';
import {
  daemonSetRules,
  deploymentRules,
  replicaSetRules,
  replicationControllerRules,
  statefulSetRules,
} from './workload.ts';

const RULES: ReadonlyMap<string, KindRules> = new Map([
  ['/namespaces', namespaceRules],
  ['/pods', podRules],
  ['/services', serviceRules],
  ['/configmaps', configMapRules],
  ['/secrets', secretRules],
  ['/endpoints', endpointsRules],
  ['/events', eventRules],
  ['/limitranges', limitRangeRules],
  ['/resourcequotas', resourceQuotaRules],
  ['/persistentvolumeclaims', claimRules],
  ['/persistentvolumes', volumeRules],
  ['/replicationcontrollers', replicationControllerRules],
  ['apps/deployments', deploymentRules],
  ['apps/replicasets', replicaSetRules],
  ['apps/statefulsets', statefulSetRules],
  ['apps/daemonsets', daemonSetRules],
  ['apps/controllerrevisions', revisionRules],
  ['batch/jobs', jobRules],
  ['batch/cronjobs', cronJobRules],
  ['autoscaling/horizontalpodautoscalers', scalerRules],
  ['policy/poddisruptionbudgets', budgetRules],
  ['networking.k8s.io/ingresses', ingressRules],
  ['networking.k8s.io/networkpolicies', networkPolicyRules],
  ['discovery.k8s.io/endpointslices', endpointSliceRules],
  ['storage.k8s.io/storageclasses', storageClassRules],
  ['scheduling.k8s.io/priorityclasses', priorityClassRules],
  ['rbac.authorization.k8s.io/roles', roleRules],
  ['rbac.authorization.k8s.io/clusterroles', clusterRoleRules],
  ['rbac.authorization.k8s.io/rolebindings', bindingRules],
  ['rbac.authorization.k8s.io/clusterrolebindings', bindingRules],
  ['apiextensions.k8s.io/customresourcedefinitions', definitionRules],
  ['apiregistration.k8s.io/apiservices', apiServiceRules],
  ['admissionregistration.k8s.io/mutatingwebhookconfigurations', webhookRules(true)],
  ['admissionregistration.k8s.io/validatingwebhookconfigurations', webhookRules(false)],
  ['admissionregistration.k8s.io/validatingadmissionpolicies', policyRules],
  ['admissionregistration.k8s.io/validatingadmissionpolicybindings', policyBindingRules],
]);

const NO_RULES: KindRules = Object.freeze({});

/** The rules of what is stored under `group/resource`; empty for kinds that are plain objects. */
export function rulesOf(storage: string): KindRules {
  return RULES.get(storage) ?? NO_RULES;
}
