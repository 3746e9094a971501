import type { KubeObject } from '@argosy/kube/meta';

import {
  array,
  boolean,
  integer,
  map,
  object,
  oneOf,
  opaque,
  partial,
  string,
  time,
  type Infer,
  type KindDefinition,
} from '../schema/index.ts';
import {
  argumentsSchema,
  inputs,
  open,
  outputs,
  podGc,
  retryStrategy,
  templateRef,
  ttlStrategy,
} from './parameters.ts';
import { hooks, template } from './template.ts';

/** The spec of a Workflow and of a WorkflowTemplate. */
export const workflowSpec = partial(
  {
    entrypoint: string(),
    templates: array(template),
    arguments: argumentsSchema,
    onExit: string(),
    hooks,
    parallelism: integer(),
    priority: integer(),
    suspend: boolean(),
    shutdown: oneOf('', 'Terminate', 'Stop'),
    activeDeadlineSeconds: integer(),
    ttlStrategy,
    podGC: podGc,
    retryStrategy,
    serviceAccountName: string(),
    automountServiceAccountToken: boolean(),
    workflowTemplateRef: partial({ name: string(), clusterScope: boolean() }),
    templateDefaults: template,
    podMetadata: partial({ labels: map(string()), annotations: map(string()) }),
    workflowMetadata: partial({ labels: map(string()), annotations: map(string()), labelsFrom: opaque() }, open),
    nodeSelector: map(string()),
    affinity: opaque(),
    tolerations: array(opaque()),
    schedulerName: string(),
    podPriorityClassName: string(),
    imagePullSecrets: array(opaque()),
    hostAliases: array(opaque()),
    hostNetwork: boolean(),
    dnsPolicy: string(),
    dnsConfig: opaque(),
    securityContext: opaque(),
    volumes: array(opaque()),
    podSpecPatch: string(),
    synchronization: opaque(),
    volumeClaimTemplates: array(opaque()),
    volumeClaimGC: opaque(),
    podDisruptionBudget: opaque(),
    archiveLogs: boolean(),
  },
  open,
);

const nodeType = oneOf(
  'Pod',
  'Container',
  'Steps',
  'StepGroup',
  'DAG',
  'TaskGroup',
  'Retry',
  'Skipped',
  'Suspend',
  'HTTP',
  'Plugin',
);

const nodePhase = oneOf('Pending', 'Running', 'Succeeded', 'Skipped', 'Failed', 'Error', 'Omitted');

/** One node of the tree of what ran; keyed by `id`, the hash of `name`. */
export const nodeStatus = object(
  { id: string(), name: string(), displayName: string(), type: nodeType },
  {
    templateName: string(),
    templateRef,
    templateScope: string(),
    phase: nodePhase,
    boundaryID: string(),
    message: string(),
    startedAt: time(),
    finishedAt: time(),
    estimatedDuration: integer(),
    progress: string(),
    resourcesDuration: map(integer()),
    podIP: string(),
    daemoned: boolean(),
    nodeFlag: partial({ hooked: boolean(), retried: boolean() }),
    inputs,
    outputs,
    children: array(string()),
    outboundNodes: array(string()),
    hostNodeName: string(),
    taskResultSynced: boolean(),
    synchronizationStatus: partial({ waiting: string() }, open),
    memoizationStatus: partial({ hit: boolean(), key: string(), cacheName: string() }, open),
  },
  open,
);

const phase = oneOf('', 'Pending', 'Running', 'Succeeded', 'Failed', 'Error');

/** A condition of a workflow: type and status, without times. */
export const workflowCondition = partial({ type: string(), status: string(), message: string() });

/** What a workflow did so far. */
export const workflowStatus = partial(
  {
    phase,
    startedAt: { ...time(), json: { ...time().json, nullable: true } },
    finishedAt: { ...time(), json: { ...time().json, nullable: true } },
    estimatedDuration: integer(),
    progress: string(),
    message: string(),
    nodes: map(nodeStatus),
    conditions: array(workflowCondition),
    outputs,
    resourcesDuration: map(integer()),
    persistentVolumeClaims: array(opaque()),
    synchronization: opaque(),
    compressedNodes: string(),
    storedTemplates: map(template),
    storedWorkflowTemplateSpec: workflowSpec,
  },
  open,
);

/** The spec of a Workflow and of a WorkflowTemplate. */
export type WorkflowSpec = Infer<typeof workflowSpec>;
/** What a workflow did so far. */
export type WorkflowStatus = Infer<typeof workflowStatus>;
/** A condition of a workflow. */
export type WorkflowCondition = Infer<typeof workflowCondition>;
/** A workflow's phase; `''` before its first round. */
export type WorkflowPhase = Infer<typeof phase>;
/** One node of the tree of what ran. */
export type NodeStatus = Infer<typeof nodeStatus>;
/** What a node is. */
export type NodeType = Infer<typeof nodeType>;
/** A node's phase. */
export type NodePhase = Infer<typeof nodePhase>;

/** `argoproj.io/v1alpha1` Workflow. */
export interface Workflow extends KubeObject {
  readonly spec: WorkflowSpec;
  readonly status?: WorkflowStatus;
}

/** `argoproj.io/v1alpha1` WorkflowTemplate. */
export interface WorkflowTemplate extends KubeObject {
  readonly spec: WorkflowSpec;
}

/** Workflow as its CustomResourceDefinition says; status is no subresource, as upstream. */
export const workflowKind: KindDefinition = {
  group: 'argoproj.io',
  version: 'v1alpha1',
  kind: 'Workflow',
  plural: 'workflows',
  singular: 'workflow',
  shortNames: ['wf'],
  namespaced: true,
  hasStatusSubresource: false,
  columns: [
    { name: 'Status', type: 'string', jsonPath: '.status.phase', description: 'Status of the workflow' },
    { name: 'Age', type: 'date', jsonPath: '.status.startedAt', description: 'When the workflow was started' },
    {
      name: 'Message',
      type: 'string',
      jsonPath: '.status.message',
      description: 'Human readable message indicating details about why the workflow is in this condition.',
    },
  ],
  fields: { spec: workflowSpec.json, status: workflowStatus.json },
  required: ['spec'],
};

/** WorkflowTemplate as its CustomResourceDefinition says. */
export const workflowTemplateKind: KindDefinition = {
  group: 'argoproj.io',
  version: 'v1alpha1',
  kind: 'WorkflowTemplate',
  plural: 'workflowtemplates',
  singular: 'workflowtemplate',
  shortNames: ['wftmpl'],
  namespaced: true,
  hasStatusSubresource: false,
  columns: [],
  fields: { spec: workflowSpec.json },
  required: ['spec'],
};

/** `argoproj.io/v1alpha1` ClusterWorkflowTemplate. */
export interface ClusterWorkflowTemplate extends KubeObject {
  readonly spec: WorkflowSpec;
}

/** ClusterWorkflowTemplate as its CustomResourceDefinition says. */
export const clusterWorkflowTemplateKind: KindDefinition = {
  ...workflowTemplateKind,
  kind: 'ClusterWorkflowTemplate',
  plural: 'clusterworkflowtemplates',
  singular: 'clusterworkflowtemplate',
  shortNames: ['clusterwftmpl', 'cwft'],
  namespaced: false,
};
