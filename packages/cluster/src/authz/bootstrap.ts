// @table: the default roles and bindings that every Kubernetes cluster starts with, cut to the kinds served here
import type { KubeObject } from '@argosy/kube/meta';

interface RuleRow {
  readonly groups?: readonly string[];
  readonly resources?: readonly string[];
  readonly names?: readonly string[];
  readonly paths?: readonly string[];
  readonly verbs: readonly string[];
}

const API = 'rbac.authorization.k8s.io/v1';
const GROUP = 'rbac.authorization.k8s.io';
const READ = ['get', 'list', 'watch'] as const;
const WRITE = ['create', 'delete', 'deletecollection', 'patch', 'update'] as const;
const LABELS = { 'kubernetes.io/bootstrapping': 'rbac-defaults' } as const;
const ANNOTATIONS = { 'rbac.authorization.kubernetes.io/autoupdate': 'true' } as const;

const rule = (row: RuleRow): { readonly [field: string]: readonly string[] } => ({
  ...(row.groups === undefined ? {} : { apiGroups: row.groups }),
  ...(row.resources === undefined ? {} : { resources: row.resources }),
  ...(row.names === undefined ? {} : { resourceNames: row.names }),
  ...(row.paths === undefined ? {} : { nonResourceURLs: row.paths }),
  verbs: row.verbs,
});

const clusterRole = (
  name: string,
  rows: readonly RuleRow[],
  labels: { readonly [key: string]: string } = {},
): KubeObject => ({
  apiVersion: API,
  kind: 'ClusterRole',
  metadata: { name, labels: { ...LABELS, ...labels }, annotations: ANNOTATIONS },
  rules: rows.map(rule),
});

/** A role made of others by label; its rules are written by the aggregation controller. */
const aggregatedRole = (
  name: string,
  words: readonly string[],
  labels: { readonly [key: string]: string } = {},
): KubeObject => ({
  apiVersion: API,
  kind: 'ClusterRole',
  metadata: { name, labels: { ...LABELS, ...labels }, annotations: ANNOTATIONS },
  aggregationRule: {
    clusterRoleSelectors: words.map((word) => ({ matchLabels: { [aggregateTo(word)]: 'true' } })),
  },
  rules: [],
});

const aggregateTo = (word: string): string => `rbac.authorization.k8s.io/aggregate-to-${word}`;

const clusterBinding = (name: string, role: string, groups: readonly string[]): KubeObject => ({
  apiVersion: API,
  kind: 'ClusterRoleBinding',
  metadata: { name, labels: LABELS, annotations: ANNOTATIONS },
  roleRef: { apiGroup: GROUP, kind: 'ClusterRole', name: role },
  subjects: groups.map((group) => ({ apiGroup: GROUP, kind: 'Group', name: group })),
});

const userBinding = (name: string, user: string): KubeObject => ({
  apiVersion: API,
  kind: 'ClusterRoleBinding',
  metadata: { name, labels: LABELS, annotations: ANNOTATIONS },
  roleRef: { apiGroup: GROUP, kind: 'ClusterRole', name },
  subjects: [{ apiGroup: GROUP, kind: 'User', name: user }],
});

/** Bound to the controller's ServiceAccount in kube-system of the same name. */
const controller = (name: string, rows: readonly RuleRow[]): readonly KubeObject[] => [
  clusterRole(`system:controller:${name}`, rows),
  {
    apiVersion: API,
    kind: 'ClusterRoleBinding',
    metadata: { name: `system:controller:${name}`, labels: LABELS, annotations: ANNOTATIONS },
    roleRef: { apiGroup: GROUP, kind: 'ClusterRole', name: `system:controller:${name}` },
    subjects: [{ kind: 'ServiceAccount', name, namespace: 'kube-system' }],
  },
];

const EVENTS: RuleRow = { groups: ['', 'events.k8s.io'], resources: ['events'], verbs: ['create', 'patch', 'update'] };

const VIEW_ROWS: readonly RuleRow[] = [
  {
    groups: [''],
    resources: [
      'configmaps',
      'endpoints',
      'persistentvolumeclaims',
      'persistentvolumeclaims/status',
      'pods',
      'replicationcontrollers',
      'replicationcontrollers/scale',
      'serviceaccounts',
      'services',
      'services/status',
    ],
    verbs: READ,
  },
  {
    groups: [''],
    resources: [
      'bindings',
      'events',
      'limitranges',
      'namespaces/status',
      'pods/log',
      'pods/status',
      'replicationcontrollers/status',
      'resourcequotas',
      'resourcequotas/status',
      'namespaces',
    ],
    verbs: READ,
  },
  { groups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: READ },
  { groups: ['events.k8s.io'], resources: ['events'], verbs: READ },
  {
    groups: ['apps'],
    resources: [
      'controllerrevisions',
      'daemonsets',
      'daemonsets/status',
      'deployments',
      'deployments/scale',
      'deployments/status',
      'replicasets',
      'replicasets/scale',
      'replicasets/status',
      'statefulsets',
      'statefulsets/scale',
      'statefulsets/status',
    ],
    verbs: READ,
  },
  { groups: ['autoscaling'], resources: ['horizontalpodautoscalers', 'horizontalpodautoscalers/status'], verbs: READ },
  { groups: ['batch'], resources: ['cronjobs', 'cronjobs/status', 'jobs', 'jobs/status'], verbs: READ },
  { groups: ['policy'], resources: ['poddisruptionbudgets', 'poddisruptionbudgets/status'], verbs: READ },
  { groups: ['networking.k8s.io'], resources: ['ingresses', 'ingresses/status', 'networkpolicies'], verbs: READ },
];

const EDIT_ROWS: readonly RuleRow[] = [
  {
    groups: [''],
    resources: ['pods/attach', 'pods/exec', 'pods/portforward', 'pods/proxy', 'secrets', 'services/proxy'],
    verbs: READ,
  },
  { groups: [''], resources: ['serviceaccounts'], verbs: ['impersonate'] },
  { groups: [''], resources: ['pods', 'pods/attach', 'pods/exec', 'pods/portforward', 'pods/proxy'], verbs: WRITE },
  { groups: [''], resources: ['pods/eviction'], verbs: ['create'] },
  {
    groups: [''],
    resources: [
      'configmaps',
      'events',
      'persistentvolumeclaims',
      'replicationcontrollers',
      'replicationcontrollers/scale',
      'secrets',
      'serviceaccounts',
      'services',
      'services/proxy',
    ],
    verbs: WRITE,
  },
  { groups: [''], resources: ['serviceaccounts/token'], verbs: ['create'] },
  {
    groups: ['apps'],
    resources: [
      'daemonsets',
      'deployments',
      'deployments/rollback',
      'deployments/scale',
      'replicasets',
      'replicasets/scale',
      'statefulsets',
      'statefulsets/scale',
    ],
    verbs: WRITE,
  },
  { groups: ['autoscaling'], resources: ['horizontalpodautoscalers'], verbs: WRITE },
  { groups: ['batch'], resources: ['cronjobs', 'jobs'], verbs: WRITE },
  { groups: ['policy'], resources: ['poddisruptionbudgets'], verbs: WRITE },
  { groups: ['networking.k8s.io'], resources: ['ingresses', 'networkpolicies'], verbs: WRITE },
  { groups: ['coordination.k8s.io'], resources: ['leases'], verbs: [...READ, ...WRITE] },
];

const ADMIN_ROWS: readonly RuleRow[] = [
  { groups: ['authorization.k8s.io'], resources: ['localsubjectaccessreviews'], verbs: ['create'] },
  { groups: [GROUP], resources: ['rolebindings', 'roles'], verbs: [...READ, ...WRITE] },
];

const PUBLIC_PATHS = ['/healthz', '/livez', '/readyz', '/version', '/version/'] as const;
const DISCOVERY_PATHS = [
  '/api',
  '/api/*',
  '/apis',
  '/apis/*',
  '/healthz',
  '/livez',
  '/openapi',
  '/openapi/*',
  '/readyz',
  '/version',
  '/version/',
] as const;

const ROLES: readonly KubeObject[] = [
  clusterRole('cluster-admin', [
    { groups: ['*'], resources: ['*'], verbs: ['*'] },
    { paths: ['*'], verbs: ['*'] },
  ]),
  aggregatedRole('admin', ['admin']),
  aggregatedRole('edit', ['edit'], { [aggregateTo('admin')]: 'true' }),
  aggregatedRole('view', ['view'], { [aggregateTo('edit')]: 'true' }),
  clusterRole('system:aggregate-to-admin', ADMIN_ROWS, { [aggregateTo('admin')]: 'true' }),
  clusterRole('system:aggregate-to-edit', EDIT_ROWS, { [aggregateTo('edit')]: 'true' }),
  clusterRole('system:aggregate-to-view', VIEW_ROWS, { [aggregateTo('view')]: 'true' }),
  clusterRole('system:discovery', [{ paths: DISCOVERY_PATHS, verbs: ['get'] }]),
  clusterRole('system:public-info-viewer', [{ paths: PUBLIC_PATHS, verbs: ['get'] }]),
  clusterRole('system:monitoring', [{ paths: ['/metrics', '/healthz/*', '/livez/*', '/readyz/*'], verbs: ['get'] }]),
  clusterRole('system:service-account-issuer-discovery', [
    {
      paths: [
        '/.well-known/openid-configuration',
        '/.well-known/openid-configuration/',
        '/openid/v1/jwks',
        '/openid/v1/jwks/',
      ],
      verbs: ['get'],
    },
  ]),
  clusterRole('system:basic-user', [
    {
      groups: ['authorization.k8s.io'],
      resources: ['selfsubjectaccessreviews', 'selfsubjectrulesreviews'],
      verbs: ['create'],
    },
    { groups: ['authentication.k8s.io'], resources: ['selfsubjectreviews'], verbs: ['create'] },
  ]),
  clusterRole('system:auth-delegator', [
    { groups: ['authentication.k8s.io'], resources: ['tokenreviews'], verbs: ['create'] },
    { groups: ['authorization.k8s.io'], resources: ['subjectaccessreviews'], verbs: ['create'] },
  ]),
  clusterRole('system:kube-controller-manager', [
    EVENTS,
    { groups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['create', 'get', 'update'] },
    { groups: [''], resources: ['namespaces', 'secrets', 'serviceaccounts', 'configmaps'], verbs: ['get'] },
    { groups: [''], resources: ['secrets', 'serviceaccounts'], verbs: ['create', 'update'] },
    { groups: [''], resources: ['serviceaccounts/token'], verbs: ['create'] },
    { groups: ['authentication.k8s.io'], resources: ['tokenreviews'], verbs: ['create'] },
    { groups: ['authorization.k8s.io'], resources: ['subjectaccessreviews'], verbs: ['create'] },
    { groups: ['*'], resources: ['*'], verbs: ['list', 'watch'] },
  ]),
  clusterRole('system:kube-scheduler', [
    EVENTS,
    { groups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['create', 'get', 'list', 'update', 'watch'] },
    {
      groups: [''],
      resources: ['nodes', 'namespaces', 'persistentvolumes', 'replicationcontrollers', 'services'],
      verbs: READ,
    },
    { groups: [''], resources: ['pods'], verbs: [...READ, 'delete'] },
    { groups: [''], resources: ['bindings', 'pods/binding'], verbs: ['create'] },
    { groups: [''], resources: ['pods/status'], verbs: ['patch', 'update'] },
    { groups: [''], resources: ['persistentvolumeclaims'], verbs: [...READ, 'patch', 'update'] },
    { groups: ['apps'], resources: ['replicasets', 'statefulsets'], verbs: READ },
    { groups: ['policy'], resources: ['poddisruptionbudgets'], verbs: READ },
    { groups: ['storage.k8s.io'], resources: ['storageclasses'], verbs: READ },
  ]),
  clusterRole('system:node', [
    EVENTS,
    { groups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['create', 'delete', 'get', 'patch', 'update'] },
    { groups: [''], resources: ['nodes'], verbs: [...READ, 'create', 'patch', 'update'] },
    { groups: [''], resources: ['nodes/status', 'pods/status'], verbs: ['patch', 'update'] },
    { groups: [''], resources: ['pods'], verbs: [...READ, 'create', 'delete'] },
    {
      groups: [''],
      resources: ['configmaps', 'secrets', 'services', 'persistentvolumeclaims', 'persistentvolumes'],
      verbs: READ,
    },
    { groups: [''], resources: ['serviceaccounts/token'], verbs: ['create'] },
    { groups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: READ },
  ]),
];

const PODS: RuleRow = { groups: [''], resources: ['pods'], verbs: [...READ, 'create', 'delete', 'patch', 'update'] };
const REVISIONS: RuleRow = {
  groups: ['apps'],
  resources: ['controllerrevisions'],
  verbs: [...READ, 'create', 'delete', 'patch', 'update'],
};
const EVERYTHING_READ: RuleRow = { groups: ['*'], resources: ['*'], verbs: READ };

const CONTROLLERS: readonly (readonly KubeObject[])[] = [
  controller('deployment-controller', [
    { groups: ['apps'], resources: ['deployments'], verbs: [...READ, 'update'] },
    { groups: ['apps'], resources: ['deployments/status', 'deployments/finalizers'], verbs: ['update', 'patch'] },
    { groups: ['apps'], resources: ['replicasets'], verbs: [...READ, 'create', 'delete', 'patch', 'update'] },
    { groups: [''], resources: ['pods'], verbs: [...READ, 'update'] },
    EVENTS,
  ]),
  controller('replicaset-controller', [
    { groups: ['apps'], resources: ['replicasets'], verbs: [...READ, 'update'] },
    { groups: ['apps'], resources: ['replicasets/status', 'replicasets/finalizers'], verbs: ['update', 'patch'] },
    PODS,
    EVENTS,
  ]),
  controller('statefulset-controller', [
    { groups: ['apps'], resources: ['statefulsets'], verbs: READ },
    { groups: ['apps'], resources: ['statefulsets/status', 'statefulsets/finalizers'], verbs: ['update', 'patch'] },
    PODS,
    REVISIONS,
    { groups: [''], resources: ['persistentvolumeclaims'], verbs: [...READ, 'create', 'delete', 'update'] },
    EVENTS,
  ]),
  controller('daemon-set-controller', [
    { groups: ['apps'], resources: ['daemonsets'], verbs: READ },
    { groups: ['apps'], resources: ['daemonsets/status', 'daemonsets/finalizers'], verbs: ['update', 'patch'] },
    { groups: [''], resources: ['nodes'], verbs: READ },
    PODS,
    REVISIONS,
    EVENTS,
  ]),
  controller('job-controller', [
    { groups: ['batch'], resources: ['jobs'], verbs: [...READ, 'patch', 'update'] },
    { groups: ['batch'], resources: ['jobs/status', 'jobs/finalizers'], verbs: ['update', 'patch'] },
    PODS,
    EVENTS,
  ]),
  controller('cronjob-controller', [
    { groups: ['batch'], resources: ['cronjobs'], verbs: [...READ, 'update'] },
    { groups: ['batch'], resources: ['cronjobs/status', 'cronjobs/finalizers'], verbs: ['update', 'patch'] },
    { groups: ['batch'], resources: ['jobs'], verbs: [...READ, 'create', 'delete', 'patch', 'update'] },
    EVENTS,
  ]),
  controller('endpoint-controller', [
    { groups: [''], resources: ['services', 'pods'], verbs: READ },
    { groups: [''], resources: ['endpoints'], verbs: [...READ, 'create', 'delete', 'update'] },
    EVENTS,
  ]),
  controller('endpointslice-controller', [
    { groups: [''], resources: ['services', 'pods', 'nodes'], verbs: READ },
    { groups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: [...READ, 'create', 'delete', 'update'] },
    EVENTS,
  ]),
  controller('namespace-controller', [
    { groups: [''], resources: ['namespaces'], verbs: [...READ, 'delete'] },
    { groups: [''], resources: ['namespaces/finalize', 'namespaces/status'], verbs: ['update'] },
    { groups: ['*'], resources: ['*'], verbs: ['get', 'list', 'delete', 'deletecollection'] },
  ]),
  controller('generic-garbage-collector', [
    EVERYTHING_READ,
    { groups: ['*'], resources: ['*'], verbs: ['delete', 'patch', 'update'] },
  ]),
  controller('service-account-controller', [
    { groups: [''], resources: ['serviceaccounts'], verbs: [...READ, 'create'] },
    { groups: [''], resources: ['namespaces'], verbs: READ },
    EVENTS,
  ]),
  controller('persistent-volume-binder', [
    { groups: [''], resources: ['persistentvolumes'], verbs: [...READ, 'create', 'delete', 'patch', 'update'] },
    { groups: [''], resources: ['persistentvolumes/status', 'persistentvolumeclaims/status'], verbs: ['update'] },
    { groups: [''], resources: ['persistentvolumeclaims'], verbs: [...READ, 'patch', 'update'] },
    { groups: ['storage.k8s.io'], resources: ['storageclasses'], verbs: [...READ, 'create'] },
    { groups: [''], resources: ['pods'], verbs: [...READ, 'create', 'delete'] },
    EVENTS,
  ]),
  controller('horizontal-pod-autoscaler', [
    { groups: ['autoscaling'], resources: ['horizontalpodautoscalers'], verbs: READ },
    { groups: ['autoscaling'], resources: ['horizontalpodautoscalers/status'], verbs: ['update'] },
    { groups: ['*'], resources: ['*/scale'], verbs: ['get', 'update'] },
    { groups: [''], resources: ['pods'], verbs: ['list'] },
    { groups: ['metrics.k8s.io'], resources: ['pods'], verbs: ['list'] },
    EVENTS,
  ]),
  controller('disruption-controller', [
    { groups: ['apps'], resources: ['deployments', 'replicasets', 'statefulsets'], verbs: READ },
    { groups: [''], resources: ['pods', 'replicationcontrollers'], verbs: READ },
    { groups: ['policy'], resources: ['poddisruptionbudgets'], verbs: READ },
    { groups: ['policy'], resources: ['poddisruptionbudgets/status'], verbs: ['update'] },
    { groups: ['*'], resources: ['*/scale'], verbs: ['get'] },
    EVENTS,
  ]),
  controller('resourcequota-controller', [
    { groups: ['*'], resources: ['*'], verbs: ['list', 'watch'] },
    { groups: [''], resources: ['resourcequotas/status'], verbs: ['update'] },
    EVENTS,
  ]),
  controller('clusterrole-aggregation-controller', [
    { groups: [GROUP], resources: ['clusterroles'], verbs: [...READ, 'escalate', 'patch', 'update'] },
  ]),
  controller('root-ca-cert-publisher', [
    { groups: [''], resources: ['configmaps'], verbs: [...READ, 'create', 'update'] },
    { groups: [''], resources: ['namespaces'], verbs: READ },
    EVENTS,
  ]),
  controller('ttl-after-finished-controller', [
    { groups: ['batch'], resources: ['jobs'], verbs: [...READ, 'delete'] },
    EVENTS,
  ]),
];

const BINDINGS: readonly KubeObject[] = [
  clusterBinding('cluster-admin', 'cluster-admin', ['system:masters']),
  clusterBinding('system:monitoring', 'system:monitoring', ['system:monitoring']),
  clusterBinding('system:discovery', 'system:discovery', ['system:authenticated']),
  clusterBinding('system:basic-user', 'system:basic-user', ['system:authenticated']),
  clusterBinding('system:public-info-viewer', 'system:public-info-viewer', [
    'system:authenticated',
    'system:unauthenticated',
  ]),
  clusterBinding('system:service-account-issuer-discovery', 'system:service-account-issuer-discovery', [
    'system:serviceaccounts',
  ]),
  userBinding('system:kube-controller-manager', 'system:kube-controller-manager'),
  userBinding('system:kube-scheduler', 'system:kube-scheduler'),
  {
    apiVersion: API,
    kind: 'ClusterRoleBinding',
    metadata: { name: 'system:node', labels: LABELS, annotations: ANNOTATIONS },
    roleRef: { apiGroup: GROUP, kind: 'ClusterRole', name: 'system:node' },
    subjects: [{ apiGroup: GROUP, kind: 'Group', name: 'system:nodes' }],
  },
];

/** The roles and bindings to create at first start, in an order in which every roleRef exists before its binding. */
export function bootstrapRbacObjects(): readonly KubeObject[] {
  return [...ROLES, ...BINDINGS, ...CONTROLLERS.flat()];
}
