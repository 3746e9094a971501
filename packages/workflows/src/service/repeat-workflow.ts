import { resources } from '@argosy/api';
import { RestError, type RestRequest } from '@argosy/api/rest';
import { workflowLabels, type Parameter, type Workflow } from '@argosy/api/workflows';
import type { ObjectKey } from '@argosy/kube/meta';
import { createObject, deleteObject, getObject, updateObject, type ClusterApi } from '@argosy/kube/port';
import { fnv32a, isObject, type Clock } from '@argosy/std';

import { parseNodeSelector, resubmitWorkflow, retryWorkflow } from '../engine/index.ts';
import { userLabel } from './change-workflow.ts';
import { bodyOf } from './create-workflow.ts';

/** Reads `["k=v"]`. */
export function parametersIn(given: unknown, field: string): readonly Parameter[] {
  if (given === undefined || given === null) return [];
  if (!Array.isArray(given)) throw new RestError('InvalidArgument', `${field}: a list of NAME=VALUE is required`);
  return given.map((item: unknown) => {
    const text = typeof item === 'string' ? item : JSON.stringify(item);
    const equals = text.indexOf('=');
    if (equals < 1) {
      throw new RestError('InvalidArgument', `expected parameter of the form: NAME=VALUE. Received: ${text}`);
    }
    return { name: text.slice(0, equals), value: text.slice(equals + 1) };
  });
}

/** A text member of a body; `''` when it is not there. */
export function textOf(body: { readonly [key: string]: unknown }, key: string): string {
  const value = body[key];
  if (value === undefined || value === null) return '';
  if (typeof value === 'string') return value;
  throw new RestError('InvalidArgument', `${key}: a text is required`);
}

async function read(api: ClusterApi, key: ObjectKey): Promise<Workflow> {
  return getObject<Workflow>(api, { resource: resources.workflows, key });
}

/**
 * Lets a finished workflow run its failed part again: first the old pods go, then the workflow is changed.
 * @throws RestError InvalidArgument when it cannot be retried; KubeError Conflict when somebody changed it meanwhile.
 */
export async function retryStored(api: ClusterApi, request: RestRequest, clock: Clock): Promise<Workflow> {
  const { namespace = '', name = '' } = request.params;
  const body = bodyOf(request);
  const selector = textOf(body, 'nodeFieldSelector');
  const selects = parseNodeSelector(selector);
  if (!selects.ok) throw new RestError('InvalidArgument', selects.error);
  const workflow = await read(api, { namespace, name });
  const retried = retryWorkflow(workflow, {
    restartSuccessful: body['restartSuccessful'] === true,
    selects: selects.value,
    isSelective: selector !== '',
    parameters: parametersIn(body['parameters'], 'parameters'),
    now: clock.now(),
  });
  if (!retried.ok) throw new RestError('InvalidArgument', retried.error);
  for (const pod of retried.value.podsToDelete) {
    const target = { resource: resources.pods, key: { namespace, name: pod } };
    await deleteObject(api, target, { propagationPolicy: 'Background', gracePeriodSeconds: 0 });
  }
  const { metadata } = retried.value.workflow;
  const labels = {
    ...metadata.labels,
    [workflowLabels.actor]: userLabel(request.identity.username),
    [workflowLabels.action]: 'Retry',
  };
  return updateObject<Workflow>(api, {
    resource: resources.workflows,
    key: { namespace, name },
    object: { ...retried.value.workflow, metadata: { ...metadata, labels } },
    fieldManager: 'argo-server',
  });
}

/**
 * Submits a workflow once more under a new name.
 * @throws RestError InvalidArgument when memoized and the workflow did not fail.
 */
export async function resubmitStored(api: ClusterApi, request: RestRequest, clock: Clock): Promise<Workflow> {
  const { namespace = '', name = '' } = request.params;
  const body = bodyOf(request);
  const workflow = await read(api, { namespace, name });
  const now = clock.now();
  // The old workflow's last state and the moment are as good as chance for a suffix; a clash is told by the API server.
  const seed = fnv32a(`${workflow.metadata.uid ?? ''}/${workflow.metadata.resourceVersion ?? ''}/${now}`);
  const fresh = resubmitWorkflow(workflow, {
    memoized: body['memoized'] === true,
    parameters: parametersIn(body['parameters'], 'parameters'),
    env: { now, seed },
  });
  if (!fresh.ok) throw new RestError('InvalidArgument', fresh.error);
  const creator = userLabel(request.identity.username);
  const labels = { ...fresh.value.metadata.labels, ...(creator === '' ? {} : { [workflowLabels.creator]: creator }) };
  return createObject<Workflow>(api, {
    resource: resources.workflows,
    namespace,
    object: { ...fresh.value, metadata: { ...fresh.value.metadata, labels } },
    fieldManager: 'argo-server',
    signal: request.signal,
  });
}

/** Reads `outputParameters`: JSON text of an object of texts. */
export function outputParametersIn(body: { readonly [key: string]: unknown }): { readonly [name: string]: string } {
  const text = textOf(body, 'outputParameters');
  if (text === '') return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new RestError('InvalidArgument', 'outputParameters: a JSON object is required');
  }
  if (!isObject(value)) throw new RestError('InvalidArgument', 'outputParameters: a JSON object is required');
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, typeof item === 'string' ? item : JSON.stringify(item)]),
  );
}
