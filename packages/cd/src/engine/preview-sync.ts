import type { Application, OperationState, SyncOperationResource } from '@argosy/api/cd';
import { formatTime, getPath, instant } from '@argosy/std';
import { parseApiVersion, type KubeObject } from '@argosy/kube/meta';
import { compare } from './compare.ts';
import { desiredState } from './desired.ts';
import type { KindTable } from './observed.ts';
import { defaultProject } from './project.ts';
import { kindKey } from './resource-key.ts';
import type { SyncPhase } from './sync-order.ts';
import { syncTasks, type SyncTask } from './sync-tasks.ts';
import { withTracking } from './tracking.ts';

/** What a sync is previewed from: everything that is desired, and everything that is live and managed. */
export interface SyncPreviewInput {
  readonly targets: readonly KubeObject[];
  readonly live: readonly KubeObject[];
  /** Where objects without a namespace go; `''` leaves them without. */
  readonly namespace: string;
  readonly prune: boolean;
  readonly syncOptions: readonly string[];
  /** Sync only these; empty means all. */
  readonly resources: readonly SyncOperationResource[];
}

/** One step of a previewed sync. */
export interface PreviewTask {
  readonly phase: SyncPhase;
  readonly wave: number;
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly action: 'apply' | 'prune' | 'hook';
}

/** Built-in kinds that live outside namespaces. Source: Kubernetes 1.32's API resources. */
const CLUSTER_KINDS: ReadonlySet<string> = new Set([
  '/ComponentStatus',
  '/Namespace',
  '/Node',
  '/PersistentVolume',
  'admissionregistration.k8s.io/MutatingAdmissionPolicy',
  'admissionregistration.k8s.io/MutatingAdmissionPolicyBinding',
  'admissionregistration.k8s.io/MutatingWebhookConfiguration',
  'admissionregistration.k8s.io/ValidatingAdmissionPolicy',
  'admissionregistration.k8s.io/ValidatingAdmissionPolicyBinding',
  'admissionregistration.k8s.io/ValidatingWebhookConfiguration',
  'apiextensions.k8s.io/CustomResourceDefinition',
  'apiregistration.k8s.io/APIService',
  'certificates.k8s.io/CertificateSigningRequest',
  'certificates.k8s.io/ClusterTrustBundle',
  'flowcontrol.apiserver.k8s.io/FlowSchema',
  'flowcontrol.apiserver.k8s.io/PriorityLevelConfiguration',
  'gateway.networking.k8s.io/GatewayClass',
  'networking.k8s.io/IPAddress',
  'networking.k8s.io/IngressClass',
  'networking.k8s.io/ServiceCIDR',
  'node.k8s.io/RuntimeClass',
  'policy/PodSecurityPolicy',
  'rbac.authorization.k8s.io/ClusterRole',
  'rbac.authorization.k8s.io/ClusterRoleBinding',
  'resource.k8s.io/DeviceClass',
  'resource.k8s.io/ResourceSlice',
  'scheduling.k8s.io/PriorityClass',
  'storage.k8s.io/CSIDriver',
  'storage.k8s.io/CSINode',
  'storage.k8s.io/StorageClass',
  'storage.k8s.io/VolumeAttachment',
  'storagemigration.k8s.io/StorageVersionMigration',
]);

/** `group/Kind` of the kinds that the definitions among the objects place outside namespaces. */
function definedClusterKinds(objects: readonly KubeObject[]): ReadonlySet<string> {
  const definitions = objects.filter(
    (object) => object.kind === 'CustomResourceDefinition' && getPath(object, ['spec', 'scope']) === 'Cluster',
  );
  const nameOf = (object: KubeObject): string =>
    `${String(getPath(object, ['spec', 'group']))}/${String(getPath(object, ['spec', 'names', 'kind']))}`;
  return new Set(definitions.map(nameOf));
}

/** The scopes of all kinds; without a cluster to ask, what is not known to be cluster-scoped is namespaced. */
function assumedKinds(objects: readonly KubeObject[]): KindTable {
  const defined = definedClusterKinds(objects);
  const infos = objects.map(
    (object): [string, { resource: { group: string; version: string; resource: string }; namespaced: boolean }] => {
      const { group, version } = parseApiVersion(object.apiVersion);
      const name = `${group}/${object.kind}`;
      const resource = { group, version, resource: object.kind.toLowerCase() };
      return [kindKey(object), { resource, namespaced: !CLUSTER_KINDS.has(name) && !defined.has(name) }];
    },
  );
  return Object.fromEntries(infos);
}

const INSTANCE = 'preview';

function applicationOf(input: SyncPreviewInput): Application {
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name: INSTANCE, namespace: INSTANCE },
    spec: {
      project: 'default',
      destination: { server: 'https://kubernetes.default.svc', namespace: input.namespace },
      syncPolicy: { syncOptions: input.syncOptions },
    },
  };
}

function toPreview(task: SyncTask): PreviewTask {
  const action = task.desired === undefined ? 'prune' : task.hookType === undefined ? 'apply' : 'hook';
  const { group, namespace } = task.key;
  return { phase: task.phase, wave: task.wave, group, kind: task.kind, namespace, name: task.name, action };
}

/**
 * What a sync would do, in order, without a cluster: the tasks of the real planner for an Application that manages
 * every live object. Prunes are only told when pruning is asked for. Hooks with a generated name get their suffix.
 */
export function previewSync(input: SyncPreviewInput): readonly PreviewTask[] {
  const app = applicationOf(input);
  const kinds = assumedKinds([...input.targets, ...input.live]);
  const live = input.live.map((object) => withTracking(object, INSTANCE, input.namespace));
  const desired = desiredState(input.targets, { instance: INSTANCE, namespace: input.namespace, kinds }).resources;
  const common = { app, controlNamespace: INSTANCE, live, kinds };
  const { resources } = compare({ ...common, project: defaultProject(), desired });
  const sync = { prune: input.prune, resources: input.resources, syncOptions: input.syncOptions };
  const state: OperationState = { phase: 'Running', operation: { sync }, startedAt: formatTime(instant(0)) };
  const options = input.syncOptions;
  const tasks = syncTasks({ ...common, sync, state, revision: '', resources, options, outcomes: [] });
  return tasks.map(toPreview).filter((task) => input.prune || task.action !== 'prune');
}
