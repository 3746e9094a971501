import { equalJson, isObject } from '@argosy/std';
import { resources } from '@argosy/api';
import { cdNames, type Application } from '@argosy/api/cd';
import { RestError, type RestRequest } from '@argosy/api/rest';
import { hasReason, keyOf, matchesLabels, parseLabelSelector, type ObjectKey } from '@argosy/kube/meta';
import { applyJsonPatch, applyMergePatch } from '@argosy/kube/merge';
import { createObject, deleteObject, getObject, patchObject, updateObject } from '@argosy/kube/port';
import { systemTimeZones } from '@argosy/kube/runtime';
import { defined, findSpecProblems, normalizeRepoUrl, projectNameOf, sourcesOf } from '../engine/index.ts';
import { rbacObject, type ServiceContext } from './context.ts';

const MAX_CONFLICTS = 10;

/** What a list or watch request selects, RBAC included. */
export function selection(context: ServiceContext, request: RestRequest): (app: Application) => boolean {
  const { query, identity } = request;
  const name = query.get('name') ?? '';
  const namespace = query.get('appNamespace') ?? '';
  const projects = [...query.getAll('projects'), ...query.getAll('project')].filter((project) => project !== '');
  const selector = parseLabelSelector(query.get('selector') ?? '');
  const repo = query.get('repo') ?? '';
  return (app) =>
    (name === '' || app.metadata.name === name) &&
    (namespace === '' || app.metadata.namespace === namespace) &&
    (projects.length === 0 || projects.includes(projectNameOf(app))) &&
    matchesLabels(selector, app.metadata.labels) &&
    (repo === '' ||
      sourcesOf(app.spec).some((source) => normalizeRepoUrl(source.repoURL) === normalizeRepoUrl(repo))) &&
    context.options.policy.enforce(identity, 'applications', { action: 'get', object: rbacObject(context, app) });
}

/** Reads, changes and writes an Application; a conflict is tried again. */
export async function changeApplication(
  context: ServiceContext,
  key: ObjectKey,
  change: (app: Application) => Application,
): Promise<Application> {
  const { api } = context.options;
  for (let attempt = 0; attempt < MAX_CONFLICTS; attempt += 1) {
    const app = await getObject<Application>(api, { resource: resources.applications, key });
    const changed = change(app);
    if (equalJson(changed, app)) return app;
    try {
      return await updateObject<Application>(api, { resource: resources.applications, key, object: changed });
    } catch (error) {
      if (!hasReason(error, 'Conflict')) throw error;
    }
  }
  throw new RestError('Internal', 'Failed to update application. Too many conflicts');
}

/** The Application of a request body, with what users may set and no more. */
export function readApplication(body: unknown, namespace: string): Application {
  const { metadata, spec } = givenApplication(body);
  const { name, labels, annotations, finalizers } = metadata;
  if (typeof name !== 'string' || name === '') {
    throw new RestError('InvalidArgument', 'application.metadata.name is required');
  }
  const place = metadata.namespace ?? namespace;
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: defined({ name, namespace: place, labels, annotations, finalizers }),
    spec: { ...spec, project: projectNameOf({ spec }), destination: spec.destination ?? {} },
  };
}

function givenApplication(body: unknown): Application {
  const wrapped = isObject(body) ? body['application'] : undefined;
  const given = isObject(wrapped) ? wrapped : body;
  if (isObject(given) && isObject(given['metadata']) && isObject(given['spec'])) return given as unknown as Application;
  throw new RestError('InvalidArgument', 'application: metadata and spec are required');
}

/** Refuses a spec that could never be delivered. */
export async function validateApplication(context: ServiceContext, app: Application): Promise<void> {
  await context.projects.synced();
  const project = context.projects.lister.get({ namespace: context.namespace, name: projectNameOf(app) });
  const problems = findSpecProblems(app, project, { namespace: context.namespace, zones: systemTimeZones });
  if (problems.length === 0) return;
  const text = problems.map((problem) => problem.message).join(';');
  throw new RestError('InvalidArgument', `application spec for ${app.metadata.name} is invalid: ${text}`);
}

function isSame(stored: Application, asked: Application): boolean {
  const { labels, annotations, finalizers } = stored.metadata;
  return (
    equalJson(stored.spec, asked.spec) &&
    equalJson(labels ?? {}, asked.metadata.labels ?? {}) &&
    equalJson(annotations ?? {}, asked.metadata.annotations ?? {}) &&
    equalJson(finalizers ?? [], asked.metadata.finalizers ?? [])
  );
}

/** The stored Application with metadata and spec as asked. */
export function withAsked(stored: Application, asked: Application): Application {
  const { labels: _labels, annotations: _annotations, finalizers: _finalizers, ...identity } = stored.metadata;
  const { labels, annotations, finalizers } = asked.metadata;
  return {
    ...stored,
    spec: asked.spec,
    metadata: {
      ...identity,
      ...(labels === undefined ? {} : { labels }),
      ...(annotations === undefined ? {} : { annotations }),
      ...(finalizers === undefined ? {} : { finalizers }),
    },
  };
}

/** Creates, or with `upsert` replaces, an Application. `mayUpdate` is asked before an existing one is changed. */
export async function createApplication(
  context: ServiceContext,
  app: Application,
  options: { readonly upsert: boolean; readonly mayUpdate: (stored: Application) => boolean },
): Promise<Application> {
  const { api } = context.options;
  const { namespace = context.namespace } = app.metadata;
  try {
    return await createObject<Application>(api, { resource: resources.applications, namespace, object: app });
  } catch (error) {
    if (!hasReason(error, 'AlreadyExists')) throw error;
  }
  const stored = await getObject<Application>(api, { resource: resources.applications, key: keyOf(app) });
  if (isSame(stored, app)) return stored;
  if (!options.upsert) {
    throw new RestError('InvalidArgument', 'existing application spec is different, use upsert flag to force update');
  }
  if (!options.mayUpdate(stored)) throw new RestError('PermissionDenied', 'permission denied');
  return await changeApplication(context, keyOf(app), (found) => withAsked(found, app));
}

/** Applies a JSON or merge patch to what users may change: metadata and spec. */
export function patchedApplication(app: Application, patch: string, patchType: string): Application {
  let decoded: unknown;
  try {
    decoded = JSON.parse(patch);
  } catch {
    throw new RestError('InvalidArgument', 'patch must be JSON text');
  }
  if (!['', 'json', 'merge'].includes(patchType)) {
    throw new RestError('InvalidArgument', `Patch type '${patchType}' is not supported`);
  }
  const result = patchType === 'merge' ? applyMergePatch(app, decoded) : applyJsonPatch(app, decoded);
  return withAsked(app, readApplication(result, app.metadata.namespace ?? ''));
}

const CASCADES: { readonly [policy: string]: string | undefined } = {
  '': cdNames.cascadeFinalizer,
  foreground: cdNames.cascadeFinalizer,
  background: cdNames.backgroundFinalizer,
  orphan: undefined,
};

/** Deletes an Application; the finalizer that fits the policy decides about its resources. */
export async function deleteApplication(
  context: ServiceContext,
  key: ObjectKey,
  options: { readonly cascade: boolean; readonly policy: string },
): Promise<void> {
  if (!options.cascade && options.policy !== '') {
    throw new RestError('InvalidArgument', 'cannot set propagation policy when cascading is disabled');
  }
  if (!Object.hasOwn(CASCADES, options.policy)) {
    throw new RestError('InvalidArgument', `invalid propagation policy: ${options.policy}`);
  }
  const wanted = options.cascade ? CASCADES[options.policy] : undefined;
  const ours: readonly string[] = [cdNames.cascadeFinalizer, cdNames.foregroundFinalizer, cdNames.backgroundFinalizer];
  const app = await getObject<Application>(context.options.api, { resource: resources.applications, key });
  if (app.metadata.deletionTimestamp === undefined) {
    await changeApplication(context, key, (found) => {
      const others = (found.metadata.finalizers ?? []).filter((name) => !ours.includes(name));
      return {
        ...found,
        metadata: { ...found.metadata, finalizers: wanted === undefined ? others : [...others, wanted] },
      };
    });
  }
  await deleteObject(context.options.api, { resource: resources.applications, key });
}

const REFRESH_LIMIT_MS = 60_000;

/** Asks for a refresh and waits until the controller has answered it. */
export async function refreshApplication(
  context: ServiceContext,
  app: Application,
  options: { readonly type: string; readonly signal: AbortSignal },
): Promise<Application> {
  const { api, clock } = context.options;
  const type = options.type === 'hard' ? 'hard' : 'normal';
  const annotations = { [cdNames.refresh]: type, [cdNames.refreshTimestamp]: `${clock.now()}` };
  const key = keyOf(app);
  const patch = { metadata: { annotations } };
  const asked = await patchObject<Application>(api, {
    resource: resources.applications,
    key,
    patchType: 'merge',
    patch,
  });
  await answered(context, key, { since: Number(asked.metadata.resourceVersion ?? 0), signal: options.signal });
  return context.applications.lister.get(key) ?? asked;
}

function answered(
  context: ServiceContext,
  key: ObjectKey,
  wait: { since: number; signal: AbortSignal },
): Promise<void> {
  const { clock } = context.options;
  return new Promise((resolve, reject) => {
    const ends: (() => void)[] = [];
    const finish = (end: () => void): void => {
      for (const each of ends) each();
      end();
    };
    const look = (): void => {
      const app = context.applications.lister.get(key);
      const seen = Number(app?.metadata.resourceVersion ?? 0) >= wait.since;
      if (app === undefined || (seen && app.metadata.annotations?.[cdNames.refresh] === undefined)) finish(resolve);
    };
    const late = (): void =>
      finish(() => reject(new RestError('DeadlineExceeded', 'the refresh was not answered in time')));
    const timer = clock.schedule((clock.now() + REFRESH_LIMIT_MS) as ReturnType<typeof clock.now>, late);
    const gone = (): void => finish(resolve);
    wait.signal.addEventListener('abort', gone);
    ends.push(
      () => timer.cancel(),
      () => wait.signal.removeEventListener('abort', gone),
    );
    ends.push(context.applications.onChange(look));
    look();
  });
}
