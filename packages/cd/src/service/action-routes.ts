import { isObject, type Result } from '@argosy/std';
import type { Application, AppProject } from '@argosy/api/cd';
import { RestError, type RestRequest, type RestRoute } from '@argosy/api/rest';
import { gvkOf, type KubeObject } from '@argosy/kube/meta';
import { createTwoWayMergePatch } from '@argosy/kube/merge';
import { createObject } from '@argosy/kube/port';
import {
  isDestinationPermitted,
  isKindPermitted,
  listActions,
  projectNameOf,
  resourceKeyOf,
  resourceKeyText,
  runAction,
  type ActionImpact,
  type ActionParams,
} from '../engine/index.ts';
import type { ApplicationView } from './application-view.ts';
import {
  applicationObject,
  bodyObject,
  json,
  namedApplication,
  rbacObject,
  route,
  type ServiceContext,
} from './context.ts';

const PATH = '/api/v1/applications/{name}/resource/actions';

interface Parts {
  readonly context: ServiceContext;
  readonly view: ApplicationView;
}

/** What one request asks to be done to one resource. */
interface Asked {
  readonly action: string;
  readonly params: ActionParams;
  readonly query: Pick<RestRequest['query'], 'get'>;
}

function valueOf<T>(result: Result<T, string>): T {
  if (result.ok) return result.value;
  throw new RestError('InvalidArgument', result.error);
}

/** The first form: the name of the action as the body, the resource in the query. */
function askedByQuery(request: RestRequest): Asked {
  const { body, query } = request;
  const named = isObject(body) ? body['action'] : body;
  if (typeof named !== 'string' || named === '') throw new RestError('InvalidArgument', 'the body must name an action');
  return { action: named, params: {}, query };
}

/** The second form: everything in the body, with parameters. */
function askedByBody(request: RestRequest): Asked {
  const body = bodyObject(request);
  const { action, resourceActionParameters: given = [] } = body;
  if (typeof action !== 'string' || action === '') throw new RestError('InvalidArgument', 'action is required');
  const params = (Array.isArray(given) ? given : []).filter(isObject).flatMap((item) => {
    const { name, value } = item;
    return typeof name === 'string' && typeof value === 'string' ? [[name, value] as const] : [];
  });
  const text = (field: string): string | undefined => {
    const value = body[field];
    return typeof value === 'string' ? value : undefined;
  };
  return { action, params: Object.fromEntries(params), query: { get: text } };
}

function demandAction(
  { context }: Parts,
  request: RestRequest,
  on: { app: Application; object: KubeObject; action: string },
): void {
  const { group, kind } = gvkOf(on.object);
  const action = `action/${group}/${kind}/${on.action}`;
  const object = rbacObject(context, on.app);
  if (context.options.policy.enforce(request.identity, 'applications', { action, object })) return;
  throw new RestError('PermissionDenied', `permission denied: applications, ${action}, ${object}`);
}

async function projectOf(context: ServiceContext, app: Application): Promise<AppProject> {
  await context.projects.synced();
  const name = projectNameOf(app);
  const project = context.projects.lister.get({ namespace: context.namespace, name });
  if (project === undefined)
    throw new RestError('FailedPrecondition', `project ${JSON.stringify(name)} does not exist`);
  return project;
}

/** Where an impact lands, and how it is written there. */
interface Placed {
  readonly impact: ActionImpact;
  readonly mapping: NonNullable<Awaited<ReturnType<ServiceContext['options']['restMapper']['resourceFor']>>>;
}

/** The impact with where it is served; refused when the project forbids it, or when another object would be patched. */
async function place(
  { context }: Parts,
  impact: ActionImpact,
  on: { readonly app: Application; readonly project: AppProject; readonly live: KubeObject },
): Promise<Placed> {
  const key = resourceKeyOf(impact.object);
  const text = resourceKeyText(key);
  const mapping = await context.options.restMapper.resourceFor(gvkOf(impact.object));
  if (mapping === undefined) throw new RestError('InvalidArgument', `${text}: the cluster does not serve this kind`);
  if (impact.operation === 'patch' && text !== resourceKeyText(resourceKeyOf(on.live))) {
    throw new RestError('InvalidArgument', `${text}: an action may only patch the resource it runs on`);
  }
  const { spec } = on.project;
  const { destination } = on.app.spec;
  const target = mapping.namespaced ? { ...destination, namespace: key.namespace } : destination;
  if (!isKindPermitted(spec, key, mapping.namespaced) || !isDestinationPermitted(spec, target)) {
    throw new RestError('PermissionDenied', `application is not permitted to manage ${text} in ${on.app.spec.project}`);
  }
  return { impact, mapping };
}

async function create({ context }: Parts, { impact, mapping }: Placed, dryRun: boolean): Promise<void> {
  const { namespace = '' } = impact.object.metadata;
  const request = { resource: mapping.resource, namespace, object: impact.object, ...(dryRun ? { dryRun } : {}) };
  await createObject(context.options.api, request);
}

/** Status is behind its own door where the kind has one: it is changed first, then the rest. */
async function patch({ context }: Parts, { impact, mapping }: Placed, live: KubeObject): Promise<void> {
  const change = createTwoWayMergePatch(undefined, live, impact.object);
  if (!isObject(change) || Object.keys(change).length === 0) return;
  const { namespace = '', name } = live.metadata;
  const target = { verb: 'patch', resource: mapping.resource, key: { namespace, name }, patchType: 'merge' } as const;
  const split = change['status'] !== undefined && mapping.subresources?.includes('status') === true;
  const { status, ...rest } = change;
  if (split) await context.options.api.send({ ...target, subresource: 'status', patch: { status } });
  const left = split ? rest : change;
  if (Object.keys(left).length > 0) await context.options.api.send({ ...target, patch: left });
}

async function perform(parts: Parts, request: RestRequest, asked: Asked): Promise<void> {
  const { context, view } = parts;
  const app = await namedApplication(context, request);
  const live = await view.resource(app, asked.query);
  demandAction(parts, request, { app, object: live, action: asked.action });
  const now = context.options.clock.now();
  const settings = await view.settings();
  const impacts = valueOf(runAction(asked.action, { object: live, params: asked.params, now }, settings));
  const project = await projectOf(context, app);
  const placed = await Promise.all(impacts.map((impact) => place(parts, impact, { app, project, live })));
  const creates = placed.filter(({ impact }) => impact.operation === 'create');
  // Nothing is written unless everything that is new would be accepted.
  for (const item of creates) await create(parts, item, true);
  for (const item of placed) {
    if (item.impact.operation === 'create') await create(parts, item, false);
    else await patch(parts, item, live);
  }
}

/** The routes of resource actions: what is offered, and doing it in both of upstream's forms. */
export function actionRoutes(parts: Parts): readonly RestRoute[] {
  const { context, view } = parts;
  const access = {
    resource: 'applications',
    action: 'get',
    object: (request: RestRequest) => applicationObject(context, request),
  };
  const run = (path: string, read: (request: RestRequest) => Asked): RestRoute =>
    route({
      method: 'POST',
      path,
      access,
      handle: async (request) => {
        await perform(parts, request, read(request));
        return json({});
      },
    });
  return [
    route({
      method: 'GET',
      path: PATH,
      access,
      handle: async (request) => {
        const live = await view.resource(await namedApplication(context, request), request.query);
        const actions = valueOf(listActions(live, await view.settings(), context.options.clock.now()));
        return json({ actions });
      },
    }),
    run(PATH, askedByQuery),
    run(`${PATH}/v2`, askedByBody),
  ];
}
