/** Continuous delivery, decided: compare, sync, heal, delete. Pure; `planApplication` is the entry point. */
export { planApplication } from './plan-application.ts';
export { listActions, runAction, type ActionImpact, type ActionOffer, type ActionParams } from './actions/index.ts';
export { isAutomated } from './auto-sync.ts';
export { isOrphan } from './orphans.ts';
export { defined } from './defined.ts';
export { compare, compareObjects, diffOptionsOf, type ComparedResource, type Comparison } from './compare.ts';
export { desiredState, destinationNamespace, targetOf, type DesiredState } from './desired.ts';
export { diffObjects, FIELD_MANAGER, type Difference, type DiffStrategy } from './diff.ts';
export { applyPatchOf, lastAppliedOf, withLastApplied } from './predict.ts';
export { matchesGlob } from './glob.ts';
export { healthOf, type Health, type HealthOverrides } from './health/index.ts';
export { isHook } from './hooks.ts';
export { isIgnoredUpdate } from './ignore-updates.ts';
export { ignoreRulesOf } from './ignore-differences.ts';
export { manifestRequest } from './manifests.ts';
export { isCompleted } from './operation.ts';
export type {
  ApplicationAction,
  ApplicationObserved,
  ApplicationResult,
  ApplyTask,
  DeleteTarget,
  DesiredResource,
  EngineSettings,
  KindInfo,
  KindTable,
  ManifestOutcome,
  ManifestRequest,
  ManifestSlot,
  TaskOutcome,
} from './observed.ts';
export {
  defaultProject,
  IN_CLUSTER,
  isDestinationPermitted,
  isKindPermitted,
  isSourcePermitted,
  normalizeRepoUrl,
} from './project.ts';
export { kindKey, resourceKeyOf, resourceKeyText, type ResourceKey } from './resource-key.ts';
export { isSecret, sealSecret } from './seal.ts';
export { findSpecProblems, projectNameOf, sourcesOf } from './spec-problems.ts';
export {
  DEFAULT_RESOURCE_SETTINGS,
  readResourceSettings,
  type ReadSettings,
  type ResourceSettings,
} from './settings/index.ts';
export { respectIgnored } from './respect-ignored.ts';
export { judgeWindows } from './sync-windows.ts';
export { applicationKeyOfInstance, instanceName, trackingOf, withTracking } from './tracking.ts';
export { previewSync, type PreviewTask, type SyncPreviewInput } from './preview-sync.ts';
export { resourceNode, resourceTree, type ApplicationTree, type ResourceNode } from './tree.ts';
