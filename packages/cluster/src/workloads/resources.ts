import type { ResourceRef } from '@argosy/kube/meta';

const ref = (group: string, resource: string): ResourceRef => Object.freeze({ group, version: 'v1', resource });

/** The resources that the built-in planners write. */
export const targets = Object.freeze({
  pods: ref('', 'pods'),
  services: ref('', 'services'),
  endpoints: ref('', 'endpoints'),
  configMaps: ref('', 'configmaps'),
  serviceAccounts: ref('', 'serviceaccounts'),
  namespaces: ref('', 'namespaces'),
  persistentVolumeClaims: ref('', 'persistentvolumeclaims'),
  persistentVolumes: ref('', 'persistentvolumes'),
  storageClasses: ref('storage.k8s.io', 'storageclasses'),
  deployments: ref('apps', 'deployments'),
  replicaSets: ref('apps', 'replicasets'),
  statefulSets: ref('apps', 'statefulsets'),
  daemonSets: ref('apps', 'daemonsets'),
  controllerRevisions: ref('apps', 'controllerrevisions'),
  jobs: ref('batch', 'jobs'),
  cronJobs: ref('batch', 'cronjobs'),
  endpointSlices: ref('discovery.k8s.io', 'endpointslices'),
  podDisruptionBudgets: ref('policy', 'poddisruptionbudgets'),
  horizontalPodAutoscalers: Object.freeze({
    group: 'autoscaling',
    version: 'v2',
    resource: 'horizontalpodautoscalers',
  }) as ResourceRef,
  clusterRoles: ref('rbac.authorization.k8s.io', 'clusterroles'),
});
