import type { KubeObject } from '@argosy/kube/meta';
import {
  array,
  boolean,
  integer,
  object,
  oneOf,
  opaque,
  partial,
  string,
  time,
  type Infer,
  type KindDefinition,
} from '../schema/index.ts';
import { operation, operationInitiator, operationState, type Operation } from './operation.ts';
import {
  applicationDestination,
  applicationSource,
  managedNamespaceMetadata,
  resourceIgnoreDifferences,
  retryStrategy,
  sourceHydrator,
} from './source.ts';

const syncPolicy = partial({
  automated: partial({ prune: boolean(), selfHeal: boolean(), allowEmpty: boolean(), enabled: boolean() }),
  syncOptions: array(string()),
  retry: retryStrategy,
  managedNamespaceMetadata,
});

const applicationSpec = object(
  { project: string(), destination: applicationDestination },
  {
    source: applicationSource,
    sources: array(applicationSource),
    sourceHydrator,
    syncPolicy,
    ignoreDifferences: array(resourceIgnoreDifferences),
    info: array(object({ name: string(), value: string() }, {})),
    revisionHistoryLimit: integer(),
  },
);

const healthCode = oneOf('Healthy', 'Suspended', 'Progressing', 'Missing', 'Degraded', 'Unknown');
const syncCode = oneOf('Synced', 'OutOfSync', 'Unknown');
const resourceHealth = partial({ status: healthCode, message: string() });

const resourceStatus = object(
  { kind: string(), name: string() },
  {
    group: string(),
    version: string(),
    namespace: string(),
    status: syncCode,
    health: resourceHealth,
    hook: boolean(),
    requiresPruning: boolean(),
    requiresDeletionConfirmation: boolean(),
    syncWave: integer(),
  },
);

const revisionHistory = object(
  { id: integer(), deployedAt: time() },
  {
    revision: string(),
    revisions: array(string()),
    source: applicationSource,
    sources: array(applicationSource),
    deployStartedAt: time(),
    initiatedBy: operationInitiator,
  },
);

const applicationCondition = object({ type: string(), message: string() }, { lastTransitionTime: time() });

const comparedTo = object(
  { destination: applicationDestination },
  {
    source: applicationSource,
    sources: array(applicationSource),
    ignoreDifferences: array(resourceIgnoreDifferences),
  },
);

const applicationStatus = partial({
  sync: object({ status: syncCode }, { revision: string(), revisions: array(string()), comparedTo }),
  health: partial({ status: healthCode, message: string(), lastTransitionTime: time() }),
  resources: array(resourceStatus),
  resourceHealthSource: string(),
  operationState,
  history: array(revisionHistory),
  conditions: array(applicationCondition),
  reconciledAt: time(),
  observedAt: time(),
  controllerNamespace: string(),
  sourceType: string(),
  sourceTypes: array(string()),
  summary: partial({ externalURLs: array(string()), images: array(string()), isAppOfApps: boolean() }),
  sourceHydrator: opaque(),
});

/** An Application's spec. */
export type ApplicationSpec = Infer<typeof applicationSpec>;
/** An Application's status. */
export type ApplicationStatus = Infer<typeof applicationStatus>;
/** One entry of status.resources. */
export type ResourceStatus = Infer<typeof resourceStatus>;
/** One entry of status.history. */
export type RevisionHistory = Infer<typeof revisionHistory>;
/** One entry of status.conditions. */
export type ApplicationCondition = Infer<typeof applicationCondition>;
/** Healthy, Suspended, Progressing, Missing, Degraded or Unknown; best first. */
export type HealthStatusCode = Infer<typeof healthCode>;
/** Synced, OutOfSync or Unknown. */
export type SyncStatusCode = Infer<typeof syncCode>;
/** A verdict on a resource's health. */
export type ResourceHealth = Infer<typeof resourceHealth>;

/** argoproj.io/v1alpha1 Application: a source, a destination, and how to keep them equal. */
export interface Application extends KubeObject {
  readonly spec: ApplicationSpec;
  readonly operation?: Operation;
  readonly status?: ApplicationStatus;
}

/** The Application kind. It has no status subresource: status and operation are written with the object. */
export const applicationKind: KindDefinition = {
  group: 'argoproj.io',
  version: 'v1alpha1',
  kind: 'Application',
  plural: 'applications',
  singular: 'application',
  shortNames: ['app', 'apps'],
  namespaced: true,
  hasStatusSubresource: false,
  columns: [
    { name: 'Sync Status', type: 'string', jsonPath: '.status.sync.status' },
    { name: 'Health Status', type: 'string', jsonPath: '.status.health.status' },
    { name: 'Revision', type: 'string', jsonPath: '.status.sync.revision', priority: 10 },
    { name: 'Project', type: 'string', jsonPath: '.spec.project', priority: 10 },
  ],
  fields: { spec: applicationSpec.json, operation: operation.json, status: applicationStatus.json },
  required: ['spec'],
};
