import { RestError } from '@argosy/api/rest';
import type { CronWorkflow, Workflow, WorkflowSpec, WorkflowTemplate } from '@argosy/api/workflows';
import type { KubeObject } from '@argosy/kube/meta';
import type { ClusterApi } from '@argosy/kube/port';
import { systemTimeZones } from '@argosy/kube/runtime';

import { readTemplates } from '../controller/index.ts';
import { compileWorkflow, cronProblems } from '../engine/index.ts';

function asWorkflow(object: KubeObject, spec: WorkflowSpec): Workflow {
  const { namespace } = object.metadata;
  const metadata = { name: object.metadata.name, ...(namespace === undefined ? {} : { namespace }) };
  return { apiVersion: 'argoproj.io/v1alpha1', kind: 'Workflow', metadata, spec };
}

function refuse(messages: readonly string[]): void {
  if (messages.length > 0) throw new RestError('InvalidArgument', messages.join('; '));
}

/**
 * Checks a WorkflowTemplate or a ClusterWorkflowTemplate: arguments may lack values, an entrypoint is not needed.
 * @throws RestError InvalidArgument naming everything that is wrong.
 */
export async function validateTemplate(api: ClusterApi, object: KubeObject): Promise<void> {
  const workflow = asWorkflow(object, (object as WorkflowTemplate).spec);
  const compiled = compileWorkflow(workflow, { template: true, sources: await readTemplates(api, workflow) });
  refuse(compiled.ok ? [] : compiled.error.map((problem) => problem.message));
}

/**
 * Checks a CronWorkflow: its schedules, its time zone, and the workflow that it makes.
 * @throws RestError InvalidArgument naming everything that is wrong.
 */
export async function validateCron(api: ClusterApi, object: KubeObject): Promise<void> {
  const cron = object as CronWorkflow;
  const workflow = asWorkflow(object, cron.spec.workflowSpec ?? {});
  const compiled = compileWorkflow(workflow, { sources: await readTemplates(api, workflow) });
  const inside = compiled.ok ? [] : compiled.error.map((problem) => `cannot validate Workflow: ${problem.message}`);
  refuse([...cronProblems(cron, systemTimeZones).map((problem) => problem.message), ...inside]);
}
