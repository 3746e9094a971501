/** The kinds of continuous delivery: Application and AppProject, their types, and their CRD manifests. */
import type { KubeObject } from '@argosy/kube/meta';
import { crdOf } from '../schema/index.ts';
import { appProjectKind } from './app-project.ts';
import { applicationKind } from './application.ts';

export { appProjectKind, type AppProject, type AppProjectSpec } from './app-project.ts';
export {
  applicationKind,
  type Application,
  type ApplicationCondition,
  type ApplicationSpec,
  type ApplicationStatus,
  type HealthStatusCode,
  type ResourceHealth,
  type ResourceStatus,
  type RevisionHistory,
  type SyncStatusCode,
} from './application.ts';
export type {
  Operation,
  OperationPhase,
  OperationState,
  ResourceResult,
  SyncOperation,
  SyncOperationResource,
  SyncOperationResult,
} from './operation.ts';
export type { ApplicationDestination, ApplicationSource, ResourceIgnoreDifferences, RetryStrategy } from './source.ts';
export { cdNames } from './well-known.ts';

/** The CustomResourceDefinitions of this domain, ready to be applied. */
export function cdCrds(): readonly KubeObject[] {
  return [applicationKind, appProjectKind].map((kind) => crdOf(kind));
}
