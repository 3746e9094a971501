import { isObject, setOwn } from '@argosy/std';
import { kubeError, type KubeObject, type ObjectKey, type ResourceRef } from '@argosy/kube/meta';
import type {
  ClusterApi,
  CreateRequest,
  DeleteRequest,
  KubeRequest,
  PatchRequest,
  UpdateRequest,
  WatchEvent,
  WatchRequest,
} from '@argosy/kube/port';

/** A cluster for tests of this package: holds objects and tells watchers. */
export interface SmallCluster extends ClusterApi {
  /** Every object's key, `resource namespace/name`, sorted. */
  readonly names: () => readonly string[];
}

interface State {
  version: number;
  readonly objects: Map<string, KubeObject>;
  readonly history: { readonly version: number; readonly resource: string; readonly event: WatchEvent }[];
  readonly wake: Set<() => void>;
}

const idOf = (resource: ResourceRef, key: ObjectKey): string => `${resource.resource} ${key.namespace}/${key.name}`;

/**
 * Creates an empty cluster: get, list (by name), create, update (with conflicts), merge patch, delete and watch of any
 * resource. Auth stands below the embedded control plane, so its tests cannot use that one.
 */
export function createSmallCluster(): SmallCluster {
  const state: State = { version: 0, objects: new Map(), history: [], wake: new Set() };
  return {
    send: (request) => Promise.resolve().then(() => answer(state, request)),
    watch: (request) => watch(state, request),
    logs: () => {
      throw kubeError('MethodNotAllowed', 'no logs here');
    },
    names: () => [...state.objects.keys()].sort(),
  };
}

function answer(state: State, request: KubeRequest): KubeObject {
  switch (request.verb) {
    case 'get':
      return existing(state, request.resource, request.key);
    case 'list':
      return list(state, request);
    case 'create':
      return create(state, request);
    case 'update':
      return update(state, request);
    case 'patch':
      return patch(state, request);
    case 'delete':
      return remove(state, request);
    default:
      throw kubeError('MethodNotAllowed', `no ${request.verb} here`);
  }
}

function existing(state: State, resource: ResourceRef, key: ObjectKey): KubeObject {
  const found = state.objects.get(idOf(resource, key));
  if (found === undefined) throw kubeError('NotFound', `${resource.resource} "${key.name}" not found`);
  return found;
}

function store(state: State, target: { readonly resource: ResourceRef; readonly object: KubeObject }): KubeObject {
  state.version += 1;
  const { resource, object } = target;
  const metadata = { ...object.metadata, resourceVersion: String(state.version) };
  const stored: KubeObject = { ...object, metadata };
  const id = idOf(resource, { namespace: metadata.namespace ?? '', name: metadata.name });
  tell(state, resource, { type: state.objects.has(id) ? 'MODIFIED' : 'ADDED', object: stored });
  state.objects.set(id, stored);
  return stored;
}

function tell(state: State, resource: ResourceRef, event: WatchEvent): void {
  state.history.push({ version: state.version, resource: resource.resource, event });
  for (const wake of state.wake) wake();
}

function list(state: State, request: Extract<KubeRequest, { verb: 'list' }>): KubeObject {
  const name = /^metadata\.name=(.+)$/.exec(request.fieldSelector ?? '')?.[1];
  const prefix = `${request.resource.resource} ${request.namespace}/`;
  const items = [...state.objects]
    .filter(([id, object]) => id.startsWith(prefix) && (name === undefined || object.metadata.name === name))
    .map(([, object]) => object);
  return {
    apiVersion: 'v1',
    kind: 'List',
    metadata: { name: '', resourceVersion: String(state.version) },
    items,
  } as KubeObject;
}

function create(state: State, request: CreateRequest): KubeObject {
  const key = { namespace: request.namespace, name: request.object.metadata.name };
  if (state.objects.has(idOf(request.resource, key))) throw kubeError('AlreadyExists', `"${key.name}" already exists`);
  return store(state, request);
}

function update(state: State, request: UpdateRequest): KubeObject {
  const found = existing(state, request.resource, request.key);
  const wanted = request.object.metadata.resourceVersion;
  if (wanted !== undefined && wanted !== found.metadata.resourceVersion) {
    throw kubeError('Conflict', `"${request.key.name}" has been changed`);
  }
  return store(state, request);
}

function patch(state: State, request: PatchRequest): KubeObject {
  const found = existing(state, request.resource, request.key);
  return store(state, { resource: request.resource, object: mergePatch(found, request.patch) as KubeObject });
}

function mergePatch(value: unknown, change: unknown): unknown {
  if (!isObject(change)) return change;
  const merged: { [key: string]: unknown } = isObject(value) ? { ...value } : {};
  for (const [key, part] of Object.entries(change)) {
    if (part === null) delete merged[key];
    else setOwn(merged, key, mergePatch(merged[key], part));
  }
  return merged;
}

function remove(state: State, request: DeleteRequest): KubeObject {
  const found = existing(state, request.resource, request.key);
  state.objects.delete(idOf(request.resource, request.key));
  state.version += 1;
  tell(state, request.resource, { type: 'DELETED', object: found });
  return found;
}

async function* watch(state: State, request: WatchRequest): AsyncGenerator<WatchEvent> {
  const isWanted = nameFilter(request.fieldSelector);
  const since = Number(request.resourceVersion ?? '0');
  let at = state.history.findIndex((entry) => entry.version > since);
  if (at < 0) at = state.history.length;
  while (request.signal?.aborted !== true) {
    const entry = state.history[at];
    if (entry === undefined) {
      await changed(state, request.signal);
      continue;
    }
    at += 1;
    if (entry.resource === request.resource.resource && isWanted(entry.event.object)) yield entry.event;
  }
}

function nameFilter(fieldSelector: string | undefined): (object: KubeObject) => boolean {
  const name = /^metadata\.name=(.+)$/.exec(fieldSelector ?? '')?.[1];
  return (object) => name === undefined || object.metadata.name === name;
}

function changed(state: State, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const finish = (): void => {
      state.wake.delete(finish);
      signal?.removeEventListener('abort', finish);
      resolve();
    };
    state.wake.add(finish);
    signal?.addEventListener('abort', finish);
  });
}
