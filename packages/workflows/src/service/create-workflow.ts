import { resources } from '@argosy/api';
import { RestError, type Identity, type RestRequest } from '@argosy/api/rest';
import { workflowLabels, type Workflow } from '@argosy/api/workflows';
import type { KubeObject } from '@argosy/kube/meta';
import { createObject, type ClusterApi } from '@argosy/kube/port';
import { isObject } from '@argosy/std';

import { readTemplates } from '../controller/index.ts';
import { compileWorkflow } from '../engine/index.ts';
import { userLabel } from './change-workflow.ts';

/** The members of a request's body. */
export function bodyOf(request: RestRequest): { readonly [key: string]: unknown } {
  if (request.body === undefined || request.body === null) return {};
  if (isObject(request.body)) return request.body;
  throw new RestError('InvalidArgument', 'the body must be a JSON object');
}

/** The workflow in a request's body, with the path's namespace. */
export function submittedWorkflow(request: RestRequest): Workflow {
  const { workflow } = bodyOf(request) as { readonly workflow?: unknown };
  if (!isObject(workflow)) throw new RestError('InvalidArgument', 'workflow: unable to find a workflow in the body');
  const metadata = isObject(workflow['metadata']) ? workflow['metadata'] : {};
  const { namespace = '' } = request.params;
  const own = typeof metadata['namespace'] === 'string' ? metadata['namespace'] : namespace;
  if (own !== namespace) {
    throw new RestError(
      'InvalidArgument',
      `metadata.namespace '${own}' is not the namespace of the path: '${namespace}'`,
    );
  }
  if (!isObject(workflow['spec'])) throw new RestError('InvalidArgument', 'workflow.spec: an object is required');
  const { status: _status, ...given } = workflow;
  return {
    ...given,
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Workflow',
    metadata: { ...metadata, namespace } as Workflow['metadata'],
    spec: workflow['spec'],
  };
}

/**
 * Checks a workflow as the controller would.
 * @throws RestError InvalidArgument naming everything that is wrong.
 */
export async function validateWorkflow(
  api: ClusterApi,
  workflow: Workflow,
  options: { readonly lint: boolean },
): Promise<void> {
  const compiled = compileWorkflow(workflow, { ...options, sources: await readTemplates(api, workflow) });
  if (compiled.ok) return;
  throw new RestError('InvalidArgument', compiled.error.map((problem) => problem.message).join('; '));
}

function named(workflow: Workflow): Workflow {
  const { name, generateName } = workflow.metadata;
  if (name !== undefined || generateName !== undefined) return workflow;
  const metadata = { ...(workflow.metadata as object), generateName: 'workflow-' } as Workflow['metadata'];
  return { ...workflow, metadata };
}

/**
 * Checks a workflow without creating it: first its shape, by the API server, then its meaning.
 * @throws RestError InvalidArgument naming everything that is wrong; KubeError Invalid for a wrong shape.
 */
export async function lintWorkflow(api: ClusterApi, request: RestRequest): Promise<Workflow> {
  const workflow = submittedWorkflow(request);
  await tryCreate(api, request, workflow);
  await validateWorkflow(api, workflow, { lint: true });
  return workflow;
}

/** A wrong shape is told by the API server, so that engines only ever see what the CRD describes. */
async function tryCreate(api: ClusterApi, request: RestRequest, workflow: Workflow): Promise<Workflow> {
  return createObject<Workflow>(api, {
    resource: resources.workflows,
    namespace: request.params['namespace'] ?? '',
    object: named(workflow),
    dryRun: true,
    signal: request.signal,
  });
}

/** The object with a label that says who made it. */
export function withCreator<T extends KubeObject>(workflow: T, identity: Identity): T {
  const creator = userLabel(identity.username);
  const labels = { ...workflow.metadata.labels, ...(creator === '' ? {} : { [workflowLabels.creator]: creator }) };
  return { ...workflow, metadata: { ...workflow.metadata, labels } };
}

function isDryRun(body: { readonly [key: string]: unknown }): boolean {
  const options = body['createOptions'];
  const dryRun = isObject(options) ? options['dryRun'] : undefined;
  return body['serverDryRun'] === true || (Array.isArray(dryRun) && dryRun.includes('All'));
}

/** Creates the workflow of a request after checking it. */
export async function createWorkflow(api: ClusterApi, request: RestRequest): Promise<Workflow> {
  const workflow = submittedWorkflow(request);
  await tryCreate(api, request, workflow);
  await validateWorkflow(api, workflow, { lint: false });
  return createObject<Workflow>(api, {
    resource: resources.workflows,
    namespace: request.params['namespace'] ?? '',
    object: withCreator(workflow, request.identity),
    fieldManager: 'argo-server',
    ...(isDryRun(bodyOf(request)) ? { dryRun: true } : {}),
    signal: request.signal,
  });
}
