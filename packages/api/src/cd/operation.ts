import { array, boolean, integer, object, oneOf, partial, string, time, type Infer } from '../schema/index.ts';
import { applicationSource, managedNamespaceMetadata, retryStrategy } from './source.ts';

const info = object({ name: string(), value: string() }, {});

/** The schema of one resource named by a selective sync. */
const syncOperationResource = object(
  { kind: string(), name: string() },
  { group: string(), namespace: string(), exclude: boolean() },
);

const forceable = partial({ force: boolean() });

const syncOperation = partial({
  revision: string(),
  revisions: array(string()),
  prune: boolean(),
  dryRun: boolean(),
  syncStrategy: partial({ apply: forceable, hook: forceable }),
  resources: array(syncOperationResource),
  source: applicationSource,
  sources: array(applicationSource),
  manifests: array(string()),
  syncOptions: array(string()),
  autoHealAttemptsCount: integer(),
});

/** The schema of `initiatedBy`. */
export const operationInitiator = partial({ username: string(), automated: boolean() });

/** The schema of the top-level `operation` field. */
export const operation = partial({
  sync: syncOperation,
  initiatedBy: operationInitiator,
  info: array(info),
  retry: retryStrategy,
});

const operationPhase = oneOf('Running', 'Terminating', 'Succeeded', 'Failed', 'Error');

const resourceResult = object(
  { group: string(), version: string(), kind: string(), namespace: string(), name: string() },
  {
    status: oneOf('Synced', 'SyncFailed', 'Pruned', 'PruneSkipped'),
    message: string(),
    images: array(string()),
    hookType: oneOf('PreSync', 'Sync', 'PostSync', 'Skip', 'SyncFail', 'PreDelete', 'PostDelete'),
    hookPhase: operationPhase,
    syncPhase: oneOf('PreSync', 'Sync', 'PostSync', 'SyncFail'),
  },
);

const syncOperationResult = object(
  { revision: string() },
  {
    revisions: array(string()),
    source: applicationSource,
    sources: array(applicationSource),
    managedNamespaceMetadata,
    resources: array(resourceResult),
  },
);

/** The schema of `status.operationState`. */
export const operationState = object(
  { operation, phase: operationPhase, startedAt: time() },
  { message: string(), finishedAt: time(), retryCount: integer(), syncResult: syncOperationResult },
);

/** One resource of a selective sync. */
export type SyncOperationResource = Infer<typeof syncOperationResource>;
/** What a sync shall do. */
export type SyncOperation = Infer<typeof syncOperation>;
/** A requested operation. */
export type Operation = Infer<typeof operation>;
/** Running, Terminating, Succeeded, Failed or Error. */
export type OperationPhase = Infer<typeof operationPhase>;
/** What became of one resource in a sync. */
export type ResourceResult = Infer<typeof resourceResult>;
/** What a sync did. */
export type SyncOperationResult = Infer<typeof syncOperationResult>;
/** The running or the last operation. */
export type OperationState = Infer<typeof operationState>;
