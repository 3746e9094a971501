import type { KubeObject } from '@argosy/kube/meta';

import { crdOf } from '../schema/index.ts';
import { workflowKind, workflowTemplateKind } from './workflow.ts';

/** The CustomResourceDefinitions of Argo Workflows, ready to be applied. */
export function workflowCrds(): KubeObject[] {
  return [workflowKind, workflowTemplateKind].map((kind) => ({ ...crdOf(kind) }));
}
