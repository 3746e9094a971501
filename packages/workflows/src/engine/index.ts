export { compileWorkflow, MAX_TEMPLATES, MAX_WORKFLOW_NAME_LENGTH, type CompileOptions } from './compile-workflow.ts';
export type { CompiledTemplate, CompiledWorkflow, ValidationProblem } from './compiled.ts';
export { CONFIG_MAP_TYPE_LABEL, type ConfigReference } from './config-references.ts';
export type {
  ArtifactFacts,
  Carried,
  CollectRequest,
  CacheFacts,
  ConfigMapFacts,
  LockFacts,
  PodFacts,
  TaskOutcome,
  WorkflowAction,
  WorkflowObserved,
  WorkflowSettings,
  WorkflowStatusChange,
} from './contract.ts';
export { definedMembers } from './defined-members.ts';
export { suppliedDefaults } from './leaf-nodes.ts';
export { absorbChange, indexNodes, isFulfilled, type NodeMemory } from './node-memory.ts';
export { nodeId, podName } from './node-names.ts';
export { planWorkflow, type WorkflowPlan } from './plan-workflow.ts';
export { podFacts } from './pod-facts.ts';
export { MAX_RESULT_LENGTH } from './pod-nodes.ts';
export { CREATED_BY_ANNOTATION, type ResourceOrder } from './resource-nodes.ts';
export { judgeResource } from './resource-conditions.ts';
export { readResourceOutputs } from './resource-outputs.ts';
export { missingSources } from './exec-spec.ts';
export { MAX_TEMPLATE_OBJECTS, scopeOfRef, storedSources, type TemplateSources } from './template-sources.ts';
export { parseNodeSelector, type NodeTest } from './node-selector.ts';
export { resubmitWorkflow, type ResubmitOptions } from './resubmit-workflow.ts';
export { retryWorkflow, type RetriedWorkflow, type RetryOptions } from './retry-workflow.ts';
export { overlaySpec } from './exec-spec.ts';
export { cronProblems } from './cron-schedule.ts';
export { planCron, type CronAction, type CronChange, type CronObserved, type CronPlan } from './plan-cron.ts';
export { createLockManager, type LockManager, type LockOwner } from './lock-manager.ts';
export { MAX_LOCKS, readLocks, type LockTable } from './locks.ts';
export { archiveOf, keyOfLocation, locationKind, MAX_KEY_LENGTH, withoutLocation } from './artifact-locations.ts';
export { ARTIFACT_VOLUME_DRIVER, DEFAULT_KEY_FORMAT, type ArtifactLoad, type ArtifactSave } from './pod-artifacts.ts';
export { CACHE_TYPE, MAX_CACHES } from './memoize.ts';
export { simulateWorkflow, type SimulatedOutcome, type SimulationOptions, type SimulationReport } from './simulate.ts';
