import type { ResourceRef } from '@argosy/kube/meta';

const ref = (group: string, version: string, resource: string): ResourceRef =>
  Object.freeze({ group, version, resource });

/** The resources that Argosy's own controllers name in code. Everything else is found by discovery. */
export const resources = Object.freeze({
  pods: ref('', 'v1', 'pods'),
  services: ref('', 'v1', 'services'),
  endpoints: ref('', 'v1', 'endpoints'),
  configMaps: ref('', 'v1', 'configmaps'),
  secrets: ref('', 'v1', 'secrets'),
  serviceAccounts: ref('', 'v1', 'serviceaccounts'),
  namespaces: ref('', 'v1', 'namespaces'),
  nodes: ref('', 'v1', 'nodes'),
  events: ref('', 'v1', 'events'),
  persistentVolumes: ref('', 'v1', 'persistentvolumes'),
  persistentVolumeClaims: ref('', 'v1', 'persistentvolumeclaims'),
  deployments: ref('apps', 'v1', 'deployments'),
  replicaSets: ref('apps', 'v1', 'replicasets'),
  statefulSets: ref('apps', 'v1', 'statefulsets'),
  daemonSets: ref('apps', 'v1', 'daemonsets'),
  jobs: ref('batch', 'v1', 'jobs'),
  cronJobs: ref('batch', 'v1', 'cronjobs'),
  leases: ref('coordination.k8s.io', 'v1', 'leases'),
  customResourceDefinitions: ref('apiextensions.k8s.io', 'v1', 'customresourcedefinitions'),
  roles: ref('rbac.authorization.k8s.io', 'v1', 'roles'),
  roleBindings: ref('rbac.authorization.k8s.io', 'v1', 'rolebindings'),
  clusterRoles: ref('rbac.authorization.k8s.io', 'v1', 'clusterroles'),
  clusterRoleBindings: ref('rbac.authorization.k8s.io', 'v1', 'clusterrolebindings'),
  ingresses: ref('networking.k8s.io', 'v1', 'ingresses'),
  ingressClasses: ref('networking.k8s.io', 'v1', 'ingressclasses'),
  gatewayClasses: ref('gateway.networking.k8s.io', 'v1', 'gatewayclasses'),
  gateways: ref('gateway.networking.k8s.io', 'v1', 'gateways'),
  httpRoutes: ref('gateway.networking.k8s.io', 'v1', 'httproutes'),
  endpointSlices: ref('discovery.k8s.io', 'v1', 'endpointslices'),
  applications: ref('argoproj.io', 'v1alpha1', 'applications'),
  appProjects: ref('argoproj.io', 'v1alpha1', 'appprojects'),
  workflows: ref('argoproj.io', 'v1alpha1', 'workflows'),
  workflowTemplates: ref('argoproj.io', 'v1alpha1', 'workflowtemplates'),
  clusterWorkflowTemplates: ref('argoproj.io', 'v1alpha1', 'clusterworkflowtemplates'),
  cronWorkflows: ref('argoproj.io', 'v1alpha1', 'cronworkflows'),
  podDisruptionBudgets: ref('policy', 'v1', 'poddisruptionbudgets'),
});
