import { cloneJson, isObject } from '@argosy/std';
import { kubeError, type KubeObject } from '@argosy/kube/meta';
import { applyServerSide } from '@argosy/kube/merge';
import type { PatchRequest } from '@argosy/kube/port';
import { createObject } from './creating.ts';
import { textAt, type Draft } from './draft.ts';
import { conflict, invalid, modified, requiredField } from './errors.ts';
import type { Outcome } from './state.ts';
import { changeObject } from './updating.ts';
import { resetFieldsOf, type WriteContext } from './writing.ts';

function demandConfig(context: WriteContext, request: PatchRequest): KubeObject {
  const { resource } = context;
  const kind = { group: 'meta.k8s.io', kind: 'PatchOptions' };
  if ((request.fieldManager ?? '') === '') {
    throw invalid(kind, '', [requiredField('fieldManager', 'is required for apply patch')]);
  }
  const config: unknown = cloneJson(request.patch);
  if (!isObject(config)) throw kubeError('BadRequest', 'an apply patch must be an object with apiVersion and kind');
  if (config['apiVersion'] !== resource.apiVersion || config['kind'] !== resource.kind) {
    throw kubeError(
      'BadRequest',
      `the apply patch is of ${String(config['apiVersion'])} ${String(config['kind'])}, but this endpoint serves ` +
        `${resource.apiVersion} ${resource.kind}`,
    );
  }
  const metadata = isObject(config['metadata']) ? config['metadata'] : {};
  const name = metadata['name'] ?? request.key.name;
  if (name !== request.key.name) {
    throw kubeError(
      'BadRequest',
      `the name of the object (${JSON.stringify(name)}) does not match the name on the URL (${request.key.name})`,
    );
  }
  const namespace = resource.namespaced ? { namespace: request.key.namespace } : {};
  return { ...config, metadata: { ...metadata, name, ...namespace } } as unknown as KubeObject;
}

/** A configuration that names a uid or a resourceVersion means that very object. @throws KubeError Conflict. */
function demandMeantObject(context: WriteContext, config: KubeObject, live: KubeObject | undefined): void {
  const { resource } = context;
  const meta = config.metadata as unknown as Draft;
  const { name } = config.metadata;
  const [uid, version] = [textAt(meta, 'uid'), textAt(meta, 'resourceVersion')];
  if (live === undefined) {
    if (uid === '') return;
    const why = `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`;
    throw conflict(resource, name, why);
  }
  if (uid !== '' && uid !== live.metadata.uid) {
    const why = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${live.metadata.uid ?? ''}`;
    throw conflict(resource, name, why);
  }
  if (version !== '' && version !== live.metadata.resourceVersion) throw modified(resource, name);
}

/** Merges the configuration into the live object. @throws KubeError Conflict naming who owns what. */
function applied(context: WriteContext, request: PatchRequest, live: KubeObject | undefined): KubeObject {
  const config = demandConfig(context, request);
  demandMeantObject(context, config, live);
  const result = applyServerSide({
    schema: context.resource.schema(),
    live,
    config,
    manager: request.fieldManager ?? '',
    force: request.force === true,
    now: context.env.now,
    subresource: request.subresource,
    resetFields: resetFieldsOf(context.resource, request.subresource ?? ''),
  });
  if (result.ok) return result.value.object;
  const { message, causes } = result.error;
  const { group, resource } = context.resource;
  throw kubeError('Conflict', message, { details: { name: request.key.name, group, kind: resource, causes } });
}

/** Server-side apply: creates what is missing, merges into what exists. */
export function applyObject(context: WriteContext, request: PatchRequest): Outcome {
  const { state, resource } = context;
  const { key, subresource = '', fieldValidation = 'Warn' } = request;
  const exists = state.store.get(resource.storage, key.namespace, key.name) !== undefined;
  if (!exists && subresource === '') {
    const object = applied(context, request, undefined);
    return createObject(context, { namespace: key.namespace, object, fieldValidation, tracked: true });
  }
  const transform = (live: KubeObject): KubeObject => applied(context, request, live);
  return changeObject(context, { key, subresource, transform, replace: false, fieldValidation, tracked: true });
}
