export { workflowCrds } from './crds.ts';
export { workflowAnnotations, workflowLabels } from './names.ts';
export type {
  Arguments,
  Artifact,
  ContinueOn,
  Inputs,
  Outputs,
  Parameter,
  PodGc,
  RetryStrategy,
  Sequence,
  TemplateRef,
  TtlStrategy,
  ValueFrom,
} from './parameters.ts';
export type { Container, DagTask, DagTemplate, LifecycleHook, Script, Template, WorkflowStep } from './template.ts';
export {
  cronWorkflowKind,
  type CronWorkflow,
  type CronWorkflowSpec,
  type CronWorkflowStatus,
} from './cron-workflow.ts';
export {
  clusterWorkflowTemplateKind,
  workflowKind,
  workflowTemplateKind,
  type ClusterWorkflowTemplate,
  type NodePhase,
  type NodeStatus,
  type NodeType,
  type Workflow,
  type WorkflowCondition,
  type WorkflowPhase,
  type WorkflowSpec,
  type WorkflowStatus,
  type WorkflowTemplate,
} from './workflow.ts';
