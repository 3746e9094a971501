import type { KubeObject } from '@argosy/kube/meta';

import { crdOf } from '../schema/index.ts';
import { cronWorkflowKind } from './cron-workflow.ts';
import { clusterWorkflowTemplateKind, workflowKind, workflowTemplateKind } from './workflow.ts';

/** The CustomResourceDefinitions of Argo Workflows, ready to be applied. */
export function workflowCrds(): KubeObject[] {
  const kinds = [workflowKind, workflowTemplateKind, clusterWorkflowTemplateKind, cronWorkflowKind];
  return kinds.map((kind) => ({ ...crdOf(kind) }));
}
