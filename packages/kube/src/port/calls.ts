import { hasReason, type KubeList, type KubeObject, type ObjectKey, type ResourceRef } from '../meta/index.ts';
import type {
  ClusterApi,
  CreateRequest,
  DeleteOptions,
  DeleteRequest,
  ListOptions,
  PatchRequest,
  RequestOptions,
  UpdateRequest,
} from './cluster-api.ts';

type Target = { readonly resource: ResourceRef; readonly key: ObjectKey };
type Rest<T, K extends string> = Omit<T, 'verb' | K>;

/**
 * Reads one object.
 * @throws KubeError NotFound and every other refusal.
 */
export async function getObject<T extends KubeObject>(
  api: ClusterApi,
  target: Target,
  options: RequestOptions = {},
): Promise<T> {
  return (await api.send({ ...options, ...target, verb: 'get' })) as T;
}

/** Reads one object; `undefined` when it does not exist. Other refusals throw. */
export async function getObjectOrUndefined<T extends KubeObject>(
  api: ClusterApi,
  target: Target,
  options: RequestOptions = {},
): Promise<T | undefined> {
  try {
    return await getObject<T>(api, target, options);
  } catch (error) {
    if (hasReason(error, 'NotFound')) return undefined;
    throw error;
  }
}

/** Lists a resource; `namespace` `''` means all. */
export async function listObjects<T extends KubeObject>(
  api: ClusterApi,
  target: { readonly resource: ResourceRef; readonly namespace: string },
  options: ListOptions & RequestOptions = {},
): Promise<KubeList<T>> {
  const answer: unknown = await api.send({ ...options, ...target, verb: 'list' });
  return answer as KubeList<T>;
}

/** Creates an object and gives it back as stored. */
export async function createObject<T extends KubeObject>(
  api: ClusterApi,
  request: Rest<CreateRequest, never>,
): Promise<T> {
  return (await api.send({ ...request, verb: 'create' })) as T;
}

/** Replaces an object and gives it back as stored. */
export async function updateObject<T extends KubeObject>(
  api: ClusterApi,
  request: Rest<UpdateRequest, never>,
): Promise<T> {
  return (await api.send({ ...request, verb: 'update' })) as T;
}

/** Replaces only the status of an object that has the subresource. */
export async function updateStatus<T extends KubeObject>(
  api: ClusterApi,
  request: Rest<UpdateRequest, 'subresource'>,
): Promise<T> {
  return (await api.send({ ...request, verb: 'update', subresource: 'status' })) as T;
}

/** Patches an object and gives it back as stored. */
export async function patchObject<T extends KubeObject>(
  api: ClusterApi,
  request: Rest<PatchRequest, never>,
): Promise<T> {
  return (await api.send({ ...request, verb: 'patch' })) as T;
}

/** Deletes an object; an object that is already gone is success. Other refusals throw. */
export async function deleteObject(
  api: ClusterApi,
  target: Rest<DeleteRequest, 'options'>,
  options: DeleteOptions = {},
): Promise<void> {
  try {
    await api.send({ ...target, options, verb: 'delete' });
  } catch (error) {
    if (!hasReason(error, 'NotFound')) throw error;
  }
}
