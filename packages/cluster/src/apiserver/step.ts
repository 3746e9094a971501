import type {
  CreateRequest,
  DeleteCollectionRequest,
  DeleteRequest,
  KubeRequest,
  PatchRequest,
  UpdateRequest,
} from '@argosy/kube/port';
import { hasReason, type KubeObject } from '@argosy/kube/meta';
import { admitValidating, WebhooksNeeded, type WebhookCall, type WriteReview } from './admission/index.ts';
import { applyObject } from './applying.ts';
import { absorbConversions, missingConversions } from './conversion.ts';
import { createObject } from './creating.ts';
import { draftOf } from './draft.ts';
import { deleteObject, deleteStored } from './deleting.ts';
import { methodNotAllowed, notFound, unknownResource } from './errors.ts';
import { patchTransform } from './patching.ts';
import { bindPod, evictPod } from './pod-subresources.ts';
import { getObject, listObjects } from './reading.ts';
import type { ServedResource } from './resource.ts';
import { changeScale } from './scaling.ts';
import type { ApiState, Outcome, StepEnv } from './state.ts';
import { changeObject, type Change } from './updating.ts';
import { admit, demandFieldManager, type WriteContext } from './writing.ts';

interface Given {
  readonly env: StepEnv;
  readonly dryRun: boolean;
  readonly fieldManager: string | undefined;
}

function contextOf(state: ApiState, resource: ServedResource, given: Given): WriteContext {
  return { state, resource, ...given, warnings: [], annotations: new Map() };
}

/** Posts to a subresource are admitted as what they are: a Binding, an Eviction. */
function createSubresource(context: WriteContext, request: CreateRequest, subresource: string): Outcome {
  const work = context.resource.storage === '/pods' ? { binding: bindPod, eviction: evictPod }[subresource] : undefined;
  if (work === undefined) throw methodNotAllowed('create');
  const key = { namespace: request.namespace, name: request.name ?? '' };
  const object = draftOf(request.object, false);
  const review: WriteReview = { operation: 'CREATE', subresource, object, oldObject: undefined, key };
  admit(context, review);
  admitValidating(context, review);
  return work(context, key, object as unknown as KubeObject);
}

function create(context: WriteContext, request: CreateRequest): Outcome {
  if (request.subresource !== undefined) {
    return createSubresource(context, request, request.subresource);
  }
  const { namespace, object, fieldValidation = 'Warn' } = request;
  return createObject(context, { namespace, object, fieldValidation });
}

function update(context: WriteContext, request: UpdateRequest): Outcome {
  const { key, subresource = '', object, fieldValidation = 'Warn' } = request;
  const { resource, state } = context;
  const change: Change = { key, subresource, transform: () => object, replace: true, fieldValidation };
  if (subresource === 'scale' && resource.scale !== undefined) return changeScale(context, change);
  const exists = state.store.get(resource.storage, key.namespace, key.name) !== undefined;
  if (!exists && subresource === '' && resource.traits.createOnUpdate) {
    const { resourceVersion: _asked, ...metadata } = object.metadata;
    const named = { ...object, metadata: { ...metadata, name: key.name } };
    return createObject(context, { namespace: key.namespace, object: named, fieldValidation });
  }
  return changeObject(context, change);
}

function patch(context: WriteContext, request: PatchRequest): Outcome {
  const { key, subresource = '', fieldValidation = 'Warn' } = request;
  const scales = subresource === 'scale' && context.resource.scale !== undefined;
  if (request.patchType === 'apply' && !scales) return applyObject(context, request);
  const transform = patchTransform(context.resource, request);
  const change: Change = { key, subresource, transform, replace: false, fieldValidation };
  return scales ? changeScale(context, change) : changeObject(context, change);
}

function remove(context: WriteContext, request: DeleteRequest): Outcome {
  return deleteObject(context, request.key, request.options ?? {});
}

function removeCollection(context: WriteContext, request: DeleteCollectionRequest): Outcome {
  const { state, resource, env } = context;
  const { options: _options, ...list } = request;
  const outcome = listObjects(state, resource, { request: { ...list, verb: 'list' }, env });
  if (outcome.body.kind !== 'list') return outcome;
  const calls: WebhookCall[] = [];
  for (const stored of outcome.body.items) {
    try {
      deleteStored(context, stored, request.options ?? {});
    } catch (error) {
      // All questions about all objects are asked together.
      if (error instanceof WebhooksNeeded) calls.push(...error.calls);
      else if (!hasReason(error, 'NotFound')) throw error;
    }
  }
  if (calls.length > 0) throw new WebhooksNeeded(calls);
  return { ...outcome, tells: context.dryRun ? 0 : state.store.resourceVersion(), warnings: context.warnings };
}

function write(context: WriteContext, request: KubeRequest): Outcome {
  switch (request.verb) {
    case 'create':
      return create(context, request);
    case 'update':
      return update(context, request);
    case 'patch':
      return patch(context, request);
    case 'delete':
      return remove(context, request);
    case 'deletecollection':
      return removeCollection(context, request);
    default:
      throw methodNotAllowed(request.verb);
  }
}

function isDryRun(request: KubeRequest): boolean {
  if (request.verb === 'delete' || request.verb === 'deletecollection') return request.options?.dryRun === true;
  return 'dryRun' in request && request.dryRun === true;
}

/** Finds the served resource of a request. @throws KubeError NotFound or MethodNotAllowed. */
export function servedResource(state: ApiState, request: KubeRequest): ServedResource {
  const resource = state.registry.find(request.resource);
  if (resource === undefined) throw unknownResource();
  const subresource = 'subresource' in request ? request.subresource : undefined;
  if (subresource !== undefined && !resource.subresources.some((item) => item.name === subresource)) {
    throw notFound(resource, 'key' in request ? request.key.name : subresource);
  }
  if (subresource === undefined && !resource.verbs.includes(request.verb)) throw methodNotAllowed(request.verb);
  return resource;
}

/**
 * Answers one request and writes what it asks for into the store, or leaves the store as it was and throws.
 * @throws KubeError for every refusal, WebhooksNeeded when it depends on answers that `env` does not bring yet.
 */
export function step(state: ApiState, request: KubeRequest, env: StepEnv): Outcome {
  const resource = servedResource(state, request);
  absorbConversions(state.store, resource, env.answered ?? []);
  const outcome = stepResource(state, resource, { request, env });
  demandConverted(state, resource, outcome);
  const deprecation = resource.definition?.deprecation;
  return deprecation === undefined ? outcome : { ...outcome, warnings: [deprecation, ...outcome.warnings] };
}

/** What is answered can be shown at once. @throws WebhooksNeeded for conversions that were not asked for yet. */
function demandConverted(state: ApiState, resource: ServedResource, { body }: Outcome): void {
  if (resource.conversion === undefined || body.kind === 'object') return;
  const shown = body.kind === 'list' ? body.items : [body.stored];
  const calls = missingConversions(state.store, resource, shown);
  if (calls.length > 0) throw new WebhooksNeeded(calls);
}

function stepResource(
  state: ApiState,
  resource: ServedResource,
  given: { readonly request: KubeRequest; readonly env: StepEnv },
): Outcome {
  const { request, env } = given;
  if (request.verb === 'get') return getObject(state, resource, request);
  if (request.verb === 'list') return listObjects(state, resource, { request, env });
  const dryRun = isDryRun(request);
  const fieldManager = 'fieldManager' in request && request.fieldManager !== '' ? request.fieldManager : undefined;
  demandFieldManager(fieldManager);
  const mark = state.store.mark();
  let done = false;
  try {
    const context = contextOf(state, resource, { env, dryRun, fieldManager });
    const outcome = write(context, request);
    done = !dryRun;
    return context.annotations.size === 0 ? outcome : { ...outcome, annotations: context.annotations };
  } finally {
    if (!done) state.store.rollback(mark);
  }
}
