import { resources } from '@argosy/api';
import type { Workflow, WorkflowSpec, WorkflowTemplate } from '@argosy/api/workflows';
import { getObjectOrUndefined, type ClusterApi } from '@argosy/kube/port';

import { MAX_TEMPLATE_OBJECTS, missingSources, storedSources, type TemplateSources } from '../engine/index.ts';

async function readSpec(api: ClusterApi, namespace: string, scope: string): Promise<WorkflowSpec | undefined> {
  const [kind, name = ''] = scope.split('/');
  const isCluster = kind === 'cluster';
  const resource = isCluster ? resources.clusterWorkflowTemplates : resources.workflowTemplates;
  const key = { namespace: isCluster ? '' : namespace, name };
  return (await getObjectOrUndefined<WorkflowTemplate>(api, { resource, key }))?.spec;
}

/**
 * Reads the WorkflowTemplates and ClusterWorkflowTemplates that a workflow refers to, and those that they refer to.
 * What its status holds already is not read again. One that does not exist is missing from the answer.
 * @throws KubeError refusals; the adapter's own error when the cluster cannot be reached.
 */
export async function readTemplates(
  api: ClusterApi,
  workflow: Workflow,
  defaults?: WorkflowSpec,
): Promise<TemplateSources> {
  const sources = new Map(storedSources(workflow.status));
  const asked = new Set<string>();
  const { namespace = '' } = workflow.metadata;
  const next = (): readonly string[] =>
    missingSources(workflow, sources, defaults).filter((scope) => !asked.has(scope));
  for (let wanted = next(); wanted.length > 0; wanted = next()) {
    for (const scope of wanted) {
      asked.add(scope);
      if (asked.size > MAX_TEMPLATE_OBJECTS) return sources;
      const spec = await readSpec(api, namespace, scope);
      if (spec !== undefined) sources.set(scope, spec);
    }
  }
  return sources;
}
