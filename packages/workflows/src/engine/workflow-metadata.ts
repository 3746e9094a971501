import type { Workflow } from '@argosy/api/workflows';

type Texts = { readonly [key: string]: string };

/** Labels and annotations, as the workflow has them or is about to get them. */
export interface WorkflowMetadata {
  readonly labels: Texts;
  readonly annotations: Texts;
}

/** What `spec.workflowMetadata` adds: in the first round only, so that a later change by a person stays. */
export function metadataToAdd(workflow: Workflow): WorkflowMetadata {
  const { labels = {}, annotations = {} } = workflow.spec.workflowMetadata ?? {};
  const isFirstRound = (workflow.status?.phase ?? '') === '';
  return isFirstRound ? { labels, annotations } : { labels: {}, annotations: {} };
}

/** The workflow's labels and annotations as variables see them, those that this round adds included. */
export function metadataOf(workflow: Workflow): WorkflowMetadata {
  const added = metadataToAdd(workflow);
  return {
    labels: { ...workflow.metadata.labels, ...added.labels },
    annotations: { ...workflow.metadata.annotations, ...added.annotations },
  };
}
