import { isObject } from '@argosy/std';
import { resources } from '@argosy/api';
import type { Application, Operation, SyncOperation } from '@argosy/api/cd';
import { RestError, type RestRequest } from '@argosy/api/rest';
import { keyOf } from '@argosy/kube/meta';
import { patchObject } from '@argosy/kube/port';
import { systemTimeZones } from '@argosy/kube/runtime';
import { defined, isAutomated, isCompleted, judgeWindows, projectNameOf, sourcesOf } from '../engine/index.ts';
import { bodyObject, type ServiceContext } from './context.ts';
import { accessFor } from './repository-access.ts';

function refuse(code: 'FailedPrecondition' | 'InvalidArgument' | 'PermissionDenied', message: string): never {
  throw new RestError(code, message);
}

/** Starts an operation: the intent is written, the controller carries it out. */
/** Nobody may start what a window of the project forbids now. */
async function checkWindows(context: ServiceContext, app: Application): Promise<void> {
  await context.projects.synced();
  const project = context.projects.lister.get({ namespace: context.namespace, name: projectNameOf(app) });
  const facts = { now: context.options.clock.now(), zones: systemTimeZones, manual: true };
  if (judgeWindows(project?.spec.syncWindows, app, facts).allowed) return;
  refuse('PermissionDenied', 'cannot sync: blocked by sync window');
}

async function startOperation(context: ServiceContext, app: Application, operation: Operation): Promise<Application> {
  if (app.metadata.deletionTimestamp !== undefined) refuse('FailedPrecondition', 'application is deleting');
  if (app.operation !== undefined || !isCompleted(app.status?.operationState)) {
    refuse('FailedPrecondition', 'another operation is already in progress');
  }
  await checkWindows(context, app);
  const { resourceVersion } = app.metadata;
  const patch = { metadata: { resourceVersion }, operation, status: { operationState: null } };
  return await patchObject<Application>(context.options.api, {
    resource: resources.applications,
    key: keyOf(app),
    patchType: 'merge',
    patch,
  });
}

const list = (value: unknown): readonly unknown[] | undefined => (Array.isArray(value) ? value : undefined);
const text = (value: unknown): string => (typeof value === 'string' ? value : '');

function syncOptionsIn(body: { readonly [key: string]: unknown }): readonly string[] | undefined {
  const { syncOptions } = body;
  const items = isObject(syncOptions) ? list(syncOptions['items']) : list(syncOptions);
  return items as readonly string[] | undefined;
}

const whenTrue = (value: unknown): true | undefined => (value === true ? true : undefined);
const objectIn = <T>(value: unknown): T | undefined => (isObject(value) ? (value as T) : undefined);

async function resolveRevision(context: ServiceContext, app: Application, asked: string): Promise<string> {
  const [source] = sourcesOf(app.spec);
  if (source === undefined) return refuse('InvalidArgument', 'application has no source');
  const target = source.targetRevision ?? '';
  const access = await accessFor(context, source.repoURL, app.spec.project);
  return await context.options.repositories.resolve(access, asked === '' ? target : asked, true);
}

function checkRevision(app: Application, asked: string, dryRun: boolean): void {
  const target = sourcesOf(app.spec)[0]?.targetRevision ?? '';
  const differs = asked !== '' && asked !== (target === '' ? 'HEAD' : target);
  if (differs && !dryRun && isAutomated(app)) {
    refuse('FailedPrecondition', `Cannot sync to ${asked}: auto-sync currently set to ${target}`);
  }
}

/** Starts a sync as the request asks. */
export async function syncApplication(
  context: ServiceContext,
  app: Application,
  request: RestRequest,
): Promise<Application> {
  const body = bodyObject(request);
  const [asked, dryRun] = [text(body['revision']), body['dryRun'] === true];
  if ((list(body['manifests']) ?? []).length > 0) {
    throw new RestError('Unimplemented', 'manifests: syncing local manifests is not served yet');
  }
  checkRevision(app, asked, dryRun);
  const multi = (app.spec.sources ?? []).length > 0;
  const revision = multi ? undefined : await resolveRevision(context, app, asked);
  const sync: SyncOperation = defined({
    revision,
    prune: whenTrue(body['prune']),
    dryRun: whenTrue(dryRun),
    syncStrategy: objectIn<NonNullable<SyncOperation['syncStrategy']>>(body['strategy']),
    resources: list(body['resources']) as SyncOperation['resources'] | undefined,
    syncOptions: syncOptionsIn(body) ?? app.spec.syncPolicy?.syncOptions,
  });
  const operation: Operation = defined({
    sync,
    initiatedBy: { username: request.identity.username },
    retry: objectIn<NonNullable<Operation['retry']>>(body['retryStrategy']) ?? app.spec.syncPolicy?.retry,
    info: list(body['infos']) as Operation['info'] | undefined,
  });
  return await startOperation(context, app, operation);
}

/** Starts a sync to what history says was delivered under an id. */
export async function rollbackApplication(
  context: ServiceContext,
  app: Application,
  request: RestRequest,
): Promise<Application> {
  const body = bodyObject(request);
  if (isAutomated(app)) refuse('FailedPrecondition', 'rollback cannot be initiated when auto-sync is enabled');
  const id = Number(body['id'] ?? -1);
  const entry = app.status?.history?.find((each) => each.id === id);
  if (entry === undefined)
    return refuse('InvalidArgument', `application ${app.metadata.name} does not have deployment with id ${id}`);
  const { revision, revisions, source, sources } = entry;
  const sync: SyncOperation = defined({
    revision,
    revisions,
    source,
    sources,
    prune: whenTrue(body['prune']),
    dryRun: whenTrue(body['dryRun']),
    syncStrategy: { apply: {} },
    syncOptions: app.spec.syncPolicy?.syncOptions,
  });
  return await startOperation(context, app, { sync, initiatedBy: { username: request.identity.username } });
}

/** Asks the controller to end the running operation. */
export async function terminateOperation(context: ServiceContext, app: Application): Promise<void> {
  if (isCompleted(app.status?.operationState)) {
    refuse('InvalidArgument', 'Unable to terminate operation. No operation is in progress');
  }
  const { resourceVersion } = app.metadata;
  const patch = { metadata: { resourceVersion }, status: { operationState: { phase: 'Terminating' } } };
  await patchObject(context.options.api, {
    resource: resources.applications,
    key: keyOf(app),
    patchType: 'merge',
    patch,
  });
}
