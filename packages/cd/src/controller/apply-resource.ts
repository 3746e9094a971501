import { withPath } from '@argosy/std';
import { hasReason, KubeError, type KubeObject } from '@argosy/kube/meta';
import {
  createObject,
  deleteObject,
  getObjectOrUndefined,
  patchObject,
  updateObject,
  type ClusterApi,
  type FieldValidation,
} from '@argosy/kube/port';
import {
  applyPatchOf,
  FIELD_MANAGER,
  lastAppliedOf,
  respectIgnored,
  withLastApplied,
  type ApplyTask,
} from '../engine/index.ts';

const MAX_CONFLICT_RETRIES = 5;

/** What a write came to. `object` is absent for dry runs. */
export interface Applied {
  readonly message: string;
  readonly object?: KubeObject;
}

interface Write {
  readonly api: ClusterApi;
  readonly task: ApplyTask;
  readonly dryRun: boolean;
}

function nameOf(task: ApplyTask): string {
  const { group } = task.resource;
  const kind = task.object.kind.toLowerCase();
  return `${group === '' ? kind : `${kind}.${group}`}/${task.key.name}`;
}

function done(write: Write, verb: string, object: KubeObject): Applied {
  const message = `${nameOf(write.task)} ${verb}${write.dryRun ? ' (dry run)' : ''}`;
  return write.dryRun ? { message } : { message, object };
}

function callOptions(write: Write): { dryRun: boolean; fieldManager: string; fieldValidation: FieldValidation } {
  const fieldValidation = write.task.validate ? 'Strict' : 'Ignore';
  return { dryRun: write.dryRun, fieldManager: FIELD_MANAGER, fieldValidation };
}

async function create(write: Write, object: KubeObject): Promise<Applied> {
  const { resource, key } = write.task;
  const { namespace } = key;
  return done(write, 'created', await createObject(write.api, { resource, namespace, object, ...callOptions(write) }));
}

/** The object to apply over a live one: what the Application ignores keeps its live value. */
function objectOver(task: ApplyTask, live: KubeObject | undefined): KubeObject {
  return live === undefined || task.keeps === undefined ? task.object : respectIgnored(task.object, live, task.keeps);
}

async function patchOver(write: Write, live: KubeObject, object: KubeObject): Promise<Applied> {
  const { resource, key } = write.task;
  const { type, patch } = applyPatchOf({ original: lastAppliedOf(live) ?? object, desired: object, live });
  if (Object.keys(patch).length === 0) return done(write, 'unchanged', live);
  // The version is the precondition: lists without keys are replaced whole, and must not undo what somebody just added.
  const guarded = withPath(patch, ['metadata', 'resourceVersion'], live.metadata.resourceVersion);
  const request = { resource, key, patchType: type, patch: guarded, ...callOptions(write) };
  return done(write, 'configured', await patchObject(write.api, request));
}

async function applyClientSide(write: Write): Promise<Applied> {
  for (let attempt = 0; ; attempt += 1) {
    const live = await getObjectOrUndefined(write.api, write.task);
    const wanted = objectOver(write.task, live);
    const object = withLastApplied(wanted, wanted);
    try {
      return live === undefined ? await create(write, object) : await patchOver(write, live, object);
    } catch (error) {
      if (!hasReason(error, 'Conflict', 'AlreadyExists') || attempt >= MAX_CONFLICT_RETRIES) throw error;
    }
  }
}

async function applyServerSide(write: Write): Promise<Applied> {
  const { resource, key, keeps } = write.task;
  const live = keeps === undefined ? undefined : await getObjectOrUndefined(write.api, write.task);
  const object = objectOver(write.task, live);
  const request = { resource, key, patchType: 'apply' as const, patch: object, force: true, ...callOptions(write) };
  return done(write, 'serverside-applied', await patchObject(write.api, request));
}

async function replace(write: Write): Promise<Applied> {
  const { resource, key } = write.task;
  const live = await getObjectOrUndefined(write.api, write.task);
  const wanted = objectOver(write.task, live);
  const object = withLastApplied(wanted, wanted);
  if (live === undefined) return await create(write, object);
  const versioned = withPath(object, ['metadata', 'resourceVersion'], live.metadata.resourceVersion);
  return done(
    write,
    'replaced',
    await updateObject(write.api, { resource, key, object: versioned, ...callOptions(write) }),
  );
}

async function recreate(write: Write): Promise<Applied> {
  const { resource, key, object } = write.task;
  await deleteObject(write.api, { resource, key }, { propagationPolicy: 'Background', gracePeriodSeconds: 0 });
  return await create(write, withLastApplied(object, object));
}

async function write(request: Write): Promise<Applied> {
  switch (request.task.mode) {
    case 'server-side':
      return await applyServerSide(request);
    case 'replace':
      return await replace(request);
    default:
      return await applyClientSide(request);
  }
}

/**
 * Brings one object to the cluster. Safe to repeat.
 * @throws KubeError when the cluster refuses.
 */
export async function applyResource(api: ClusterApi, task: ApplyTask, dryRun: boolean): Promise<Applied> {
  const request = { api, task, dryRun };
  try {
    return await write(request);
  } catch (error) {
    const canRecreate = task.force && !dryRun && hasReason(error, 'Invalid', 'Conflict');
    if (!canRecreate) throw error;
    return await recreate(request);
  }
}

const PASSING: readonly string[] = ['TooManyRequests', 'ServiceUnavailable', 'ServerTimeout', 'Timeout'];

/** What a refusal says to the user; `undefined` when it is only passing trouble, after which the round is repeated. */
export function refusalMessage(error: unknown, task: ApplyTask): string | undefined {
  if (!(error instanceof KubeError) || PASSING.some((reason) => reason === error.reason)) return undefined;
  const { group } = task.resource;
  if (error.message.includes('the server could not find the requested resource')) {
    const place = `${task.key.namespace}/${task.key.name}`;
    return `The Kubernetes API could not find ${group}/${task.object.kind} for requested resource ${place}. Make sure the "${task.object.kind}" CRD is installed on the destination cluster.`;
  }
  if (error.message.includes('metadata.annotations: Too long')) {
    return `${error.message}; use the sync option ServerSideApply=true or Replace=true, which keep no copy in an annotation`;
  }
  return error.message;
}
