import { resources } from '@argosy/api';
import type { Workflow } from '@argosy/api/workflows';
import { gvkOf, hasReason, kubeError, type KubeObject, type ObjectKey, type ResourceRef } from '@argosy/kube/meta';
import {
  createObject,
  deleteObject,
  getObject,
  getObjectOrUndefined,
  patchObject,
  updateObject,
  type ClusterApi,
  type RestMapper,
  type UserInfo,
} from '@argosy/kube/port';
import type { Clock } from '@argosy/std';

import {
  CREATED_BY_ANNOTATION,
  judgeResource,
  readResourceOutputs,
  type ResourceOrder,
  type TaskOutcome,
} from '../engine/index.ts';
import { pause } from './pause.ts';

/** How often a request is repeated that failed for a reason that may pass. */
export const MAX_RESOURCE_ATTEMPTS = 10;

/** How often an object is read whose changes may not be watched. */
export const RESOURCE_CHECK_INTERVAL_MS = 5000;

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 8000;

/** What resource templates need of the world; `signal` ends all waiting. */
export interface ResourceIo {
  readonly api: ClusterApi;
  readonly clock: Clock;
  /** Finds where a kind is served. */
  readonly kinds: Pick<RestMapper, 'resourceFor'>;
  readonly signal: AbortSignal;
}

interface Job {
  readonly order: ResourceOrder;
  readonly io: ResourceIo;
  readonly object: KubeObject;
  readonly resource: ResourceRef;
  readonly key: ObjectKey;
  /** Every request is made with the rights of the workflow's ServiceAccount, never with the controller's. */
  readonly as: { readonly impersonate: UserInfo; readonly signal: AbortSignal };
}

const FINAL = [
  'AlreadyExists',
  'BadRequest',
  'Conflict',
  'Forbidden',
  'Invalid',
  'MethodNotAllowed',
  'NotFound',
  'RequestEntityTooLarge',
  'Unauthorized',
] as const;

async function patiently<T>(io: ResourceIo, work: () => Promise<T>): Promise<T> {
  let waitMs = FIRST_WAIT_MS;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (io.signal.aborted || attempt >= MAX_RESOURCE_ATTEMPTS || hasReason(error, ...FINAL)) throw error;
    }
    await pause(io.clock, waitMs, io.signal);
    waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS);
  }
}

async function openJob(workflow: Workflow, order: ResourceOrder, io: ResourceIo): Promise<Job> {
  const own = workflow.metadata.namespace ?? '';
  const account = { namespace: own, name: order.serviceAccount };
  // Rights may outlive an account; a pod of an account that is gone would not start either.
  const known = await patiently(io, () =>
    getObjectOrUndefined(io.api, { resource: resources.serviceAccounts, key: account }),
  );
  if (known === undefined) throw kubeError('NotFound', `serviceaccount "${account.name}" not found`);
  const { kind, apiVersion, metadata } = order.object;
  const mapping = await patiently(io, () => io.kinds.resourceFor(gvkOf(order.object)));
  if (mapping === undefined) throw kubeError('NotFound', `no matches for kind "${kind}" in version "${apiVersion}"`);
  const namespace = mapping.namespaced ? (metadata.namespace ?? own) : '';
  const scoped = mapping.namespaced ? { ...metadata, namespace } : metadata;
  return {
    order,
    io,
    object: { ...order.object, metadata: scoped },
    resource: mapping.resource,
    key: { namespace, name: metadata.name },
    as: { impersonate: { name: `system:serviceaccount:${own}:${account.name}`, groups: [] }, signal: io.signal },
  };
}

function marked(job: Job): KubeObject {
  const { metadata } = job.object;
  const annotations = { ...metadata.annotations, [CREATED_BY_ANNOTATION]: job.order.createdBy };
  return { ...job.object, metadata: { ...metadata, annotations } };
}

async function create(job: Job): Promise<KubeObject> {
  const { resource, key, as, order } = job;
  try {
    return await createObject(job.io.api, { ...as, resource, namespace: key.namespace, object: marked(job) });
  } catch (error) {
    if (!hasReason(error, 'AlreadyExists')) throw error;
    const stored = await getObject(job.io.api, { resource, key }, as);
    // A controller that died after the request and before it could record what came of it.
    if (stored.metadata.annotations?.[CREATED_BY_ANNOTATION] === order.createdBy) return stored;
    throw error;
  }
}

async function replace(job: Job): Promise<KubeObject> {
  const { resource, key, as, object } = job;
  const stored = await getObject(job.io.api, { resource, key }, as);
  const resourceVersion = object.metadata.resourceVersion ?? stored.metadata.resourceVersion;
  const metadata = { ...object.metadata, ...(resourceVersion === undefined ? {} : { resourceVersion }) };
  return updateObject(job.io.api, { ...as, resource, key, object: { ...object, metadata } });
}

const FIELD_MANAGER = 'argo-workflows-resource';

/** Does what the order says, once. `undefined` when no object is left. */
async function act(job: Job): Promise<KubeObject | undefined> {
  const { order, resource, key, as, object: patch } = job;
  const { api } = job.io;
  const fieldManager = FIELD_MANAGER;
  switch (order.action) {
    case 'get':
      return getObject(api, { resource, key }, as);
    case 'create':
      return create(job);
    case 'apply':
      return patchObject(api, { ...as, resource, key, patchType: 'apply', patch, force: true, fieldManager });
    case 'replace':
      return replace(job);
    case 'patch':
      return patchObject(api, { ...as, resource, key, patchType: order.mergeStrategy, patch, fieldManager });
    default:
      await deleteObject(api, { ...as, resource, key }, { propagationPolicy: 'Background' });
      return undefined;
  }
}

type Look = (object: KubeObject | undefined) => TaskOutcome | 'wait';

/** Follows the object's events until it is settled or the stream ends. */
async function watchOnce(job: Job, from: KubeObject | undefined, look: Look): Promise<TaskOutcome | 'wait'> {
  const { resource, key, as } = job;
  const { resourceVersion } = from?.metadata ?? {};
  const where = { resource, namespace: key.namespace, fieldSelector: `metadata.name=${key.name}` };
  const since = resourceVersion === undefined ? {} : { resourceVersion };
  for await (const event of job.io.api.watch({ ...as, ...where, ...since })) {
    if (event.type === 'BOOKMARK' || event.object.metadata.name !== key.name) continue;
    const verdict = look(event.type === 'DELETED' ? undefined : event.object);
    if (verdict !== 'wait') return verdict;
  }
  return 'wait';
}

/** Waits for a change: by events where the account may watch, else for the next look. */
async function awaitChange(job: Job, from: KubeObject | undefined, look: Look): Promise<TaskOutcome | 'wait'> {
  const { clock, signal } = job.io;
  let isForbidden = false;
  try {
    const verdict = await watchOnce(job, from, look);
    if (verdict !== 'wait') return verdict;
  } catch (error) {
    if (signal.aborted) throw error;
    isForbidden = hasReason(error, 'Forbidden', 'MethodNotAllowed');
  }
  await pause(clock, isForbidden ? RESOURCE_CHECK_INTERVAL_MS : FIRST_WAIT_MS, signal);
  return 'wait';
}

async function follow(job: Job, first: KubeObject | undefined, look: Look): Promise<TaskOutcome> {
  const { resource, key, as, io } = job;
  let current = first;
  for (;;) {
    const now = look(current);
    if (now !== 'wait') return now;
    const later = await awaitChange(job, current, look);
    if (later !== 'wait') return later;
    io.signal.throwIfAborted();
    current = await patiently(io, () => getObjectOrUndefined(io.api, { resource, key }, as));
  }
}

function outcomeOf(order: ResourceOrder, object: KubeObject | undefined): TaskOutcome {
  const parameters = readResourceOutputs(order.outputs, object);
  if (!parameters.ok) return { error: parameters.error };
  return { outputs: parameters.value.length === 0 ? {} : { parameters: parameters.value } };
}

function judge({ order, key }: Job, object: KubeObject | undefined): TaskOutcome | 'wait' {
  if (object === undefined) {
    const why = 'The resource has been deleted while its status was still being checked. Will not be retried';
    return { error: `${why}: ${order.object.kind} "${key.name}" not found` };
  }
  const verdict = judgeResource(order.conditions, object);
  if (!verdict.ok) return { error: verdict.error };
  return verdict.value === 'done' ? outcomeOf(order, object) : 'wait';
}

/** kubectl waits until a deleted object is gone; one that may not be read is not waited for. */
async function awaitDeletion(job: Job): Promise<TaskOutcome> {
  const { resource, key, as, io } = job;
  const look: Look = (object) => (object === undefined ? { outputs: {} } : 'wait');
  try {
    const left = await patiently(io, () => getObjectOrUndefined(io.api, { resource, key }, as));
    return await follow(job, left, look);
  } catch (error) {
    if (hasReason(error, 'Forbidden', 'MethodNotAllowed')) return { outputs: {} };
    throw error;
  }
}

/**
 * Performs a resource template with the rights of the workflow's ServiceAccount, and waits until the object meets its
 * conditions. Never throws: what goes wrong is the outcome. What is aborted by `signal` has an outcome that nobody needs.
 */
export async function performResource(workflow: Workflow, order: ResourceOrder, io: ResourceIo): Promise<TaskOutcome> {
  try {
    const job = await openJob(workflow, order, io);
    const object = await patiently(io, () => act(job));
    return await (order.action === 'delete' ? awaitDeletion(job) : follow(job, object, (seen) => judge(job, seen)));
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}
