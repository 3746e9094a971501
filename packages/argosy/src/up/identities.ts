import type { KubeObject } from '@argosy/kube/meta';
import type { UserInfo } from '@argosy/kube/port';

/** One rule of a role. */
interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

/** A part of Argosy as the cluster knows it: its ServiceAccount, and all that it may do. */
export interface Component {
  readonly namespace: string;
  readonly name: string;
  readonly rules: readonly Rule[];
}

const READ = ['get', 'list', 'watch'];
const WRITE = ['create', 'update', 'patch', 'delete'];
const ALL = [...READ, ...WRITE];
const EVENTS: Rule = {
  apiGroups: ['', 'events.k8s.io'],
  resources: ['events'],
  verbs: ['create', 'patch', 'update', 'get', 'list', 'watch'],
};
const LEASES: Rule = { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['get', 'create', 'update'] };

/** The namespaces of the two systems, as upstream installs them. */
export const ARGOCD_NAMESPACE = 'argocd';
/** Where the workflow controller's own objects live. */
export const ARGO_NAMESPACE = 'argo';

/**
 * The delivery controller deploys any kind anywhere: on one machine it may do everything to objects, but it may not
 * impersonate, escalate or approve.
 */
export const applicationController: Component = {
  namespace: ARGOCD_NAMESPACE,
  name: 'argocd-application-controller',
  rules: [{ apiGroups: ['*'], resources: ['*'], verbs: [...ALL, 'deletecollection', 'escalate', 'bind'] }],
};

/** The workflow controller: workflows, their pods, and what pods need. */
export const workflowController: Component = {
  namespace: ARGO_NAMESPACE,
  name: 'argo',
  rules: [
    {
      apiGroups: ['argoproj.io'],
      resources: [
        'workflows',
        'workflows/finalizers',
        'workflowtemplates',
        'clusterworkflowtemplates',
        'cronworkflows',
        'cronworkflows/finalizers',
        'workflowtaskresults',
        'workflowtasksets',
      ],
      verbs: ALL,
    },
    { apiGroups: [''], resources: ['pods', 'configmaps', 'persistentvolumeclaims'], verbs: ALL },
    { apiGroups: ['policy'], resources: ['poddisruptionbudgets'], verbs: ALL },
    { apiGroups: [''], resources: ['pods/log'], verbs: ['get'] },
    // Resource templates act as the workflow's ServiceAccount, with its rights alone.
    { apiGroups: [''], resources: ['serviceaccounts'], verbs: ['get', 'list', 'impersonate'] },
    EVENTS,
    LEASES,
  ],
};

/** The HTTPS front acts with its own, narrow rights; what a user may do there is decided by Argosy's own RBAC. */
export const apiServer: Component = {
  namespace: ARGOCD_NAMESPACE,
  name: 'argocd-server',
  rules: [
    {
      apiGroups: ['argoproj.io'],
      resources: [
        'applications',
        'appprojects',
        'applicationsets',
        'workflows',
        'workflowtemplates',
        'clusterworkflowtemplates',
        'cronworkflows',
      ],
      verbs: ALL,
    },
    { apiGroups: ['*'], resources: ['*'], verbs: ['get', 'list', 'watch', 'patch', 'delete'] },
    { apiGroups: [''], resources: ['secrets', 'configmaps'], verbs: ['create', 'update'] },
    { apiGroups: [''], resources: ['pods/log'], verbs: ['get'] },
    EVENTS,
  ],
};

/** The node agent: pods of its node and what they refer to. */
export const nodeAgent: Component = {
  namespace: 'kube-system',
  name: 'node-agent',
  rules: [
    { apiGroups: [''], resources: ['nodes', 'nodes/status'], verbs: ALL },
    { apiGroups: [''], resources: ['pods', 'pods/status'], verbs: [...READ, 'update', 'patch', 'delete'] },
    {
      apiGroups: [''],
      resources: ['configmaps', 'secrets', 'services', 'endpoints', 'persistentvolumeclaims', 'persistentvolumes'],
      verbs: READ,
    },
    { apiGroups: [''], resources: ['namespaces'], verbs: ['get', 'create'] },
    { apiGroups: [''], resources: ['serviceaccounts'], verbs: READ },
    { apiGroups: [''], resources: ['serviceaccounts/token'], verbs: ['create'] },
    { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['get', 'create', 'update', 'patch'] },
    EVENTS,
  ],
};

/** The gateway: what it routes by, and the statuses that it writes. */
export const gatewayController: Component = {
  namespace: 'kube-system',
  name: 'gateway',
  rules: [
    { apiGroups: [''], resources: ['services', 'endpoints', 'namespaces', 'secrets'], verbs: READ },
    { apiGroups: ['networking.k8s.io'], resources: ['ingresses', 'ingressclasses'], verbs: READ },
    { apiGroups: ['networking.k8s.io'], resources: ['ingresses/status'], verbs: ['update', 'patch'] },
    {
      apiGroups: ['gateway.networking.k8s.io'],
      resources: ['gatewayclasses', 'gateways', 'httproutes'],
      verbs: READ,
    },
    {
      apiGroups: ['gateway.networking.k8s.io'],
      resources: ['gatewayclasses/status', 'gateways/status', 'httproutes/status'],
      verbs: ['update', 'patch'],
    },
    EVENTS,
  ],
};

/** All components that get a ServiceAccount, a ClusterRole and a binding. */
export const components: readonly Component[] = [
  applicationController,
  workflowController,
  apiServer,
  nodeAgent,
  gatewayController,
];

/** The user that a component's requests are made as. */
export function userOf(component: Component): UserInfo {
  return {
    name: `system:serviceaccount:${component.namespace}:${component.name}`,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${component.namespace}`, 'system:authenticated'],
  };
}

/** The cluster's own controllers: what kube-controller-manager and the scheduler are elsewhere. */
export const clusterControllers: UserInfo = {
  name: 'system:kube-controller-manager',
  groups: ['system:masters', 'system:authenticated'],
};

/** The user of the kubeconfig that `argosy up` writes, and of its own first steps. */
export const administrator: UserInfo = {
  name: 'argosy-admin',
  groups: ['system:masters', 'system:authenticated'],
};

/** ServiceAccount, ClusterRole and ClusterRoleBinding of each component. */
export function componentObjects(list: readonly Component[]): readonly KubeObject[] {
  return list.flatMap(({ namespace, name, rules }) => [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } },
    { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name }, rules },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
      subjects: [{ kind: 'ServiceAccount', name, namespace }],
    },
  ]);
}
