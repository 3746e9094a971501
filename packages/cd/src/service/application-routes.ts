import { randomUUID } from 'node:crypto';
import { resources } from '@argosy/api';
import type { Application } from '@argosy/api/cd';
import { RestError, type RestRequest, type RestRoute } from '@argosy/api/rest';
import { compareKeys, keyOf } from '@argosy/kube/meta';
import { listObjects } from '@argosy/kube/port';
import { resourceKeyText } from '../engine/index.ts';
import { actionRoutes } from './action-routes.ts';
import {
  changeApplication,
  createApplication,
  deleteApplication,
  patchedApplication,
  readApplication,
  refreshApplication,
  selection,
  validateApplication,
  withAsked,
} from './application-store.ts';
import { ApplicationView, manifestText } from './application-view.ts';
import { ApplicationWatchHub, MAX_WATCHERS } from './application-watch.ts';
import {
  applicationObject,
  bodyObject,
  json,
  namedApplication,
  rbacObject,
  route,
  serviceContext,
  type DeliveryServiceOptions,
  type ServiceContext,
} from './context.ts';
import { podLogs } from './logs.ts';
import { rollbackApplication, syncApplication, terminateOperation } from './operations.ts';
import { accessFor } from './repository-access.ts';

const BASE = '/api/v1/applications';

interface Parts {
  readonly context: ServiceContext;
  readonly view: ApplicationView;
  readonly hub: ApplicationWatchHub;
}

type Access = NonNullable<RestRoute['access']>;

function may(context: ServiceContext, action: string): Access {
  return { resource: 'applications', action, object: (request) => applicationObject(context, request) };
}

const flag = (request: RestRequest, name: string, fallback: boolean): boolean => {
  const value = request.query.get(name);
  return value === undefined || value === '' ? fallback : value === 'true';
};

function listRoutes({ context, hub }: Parts): readonly RestRoute[] {
  const everybody: Access = { resource: 'applications', action: 'get', object: () => '*' };
  return [
    route({
      method: 'GET',
      path: BASE,
      access: everybody,
      handle: async (request) => {
        await context.applications.synced();
        const matches = selection(context, request);
        const items = context.applications.lister.list().filter(matches);
        const sorted = [...items].sort((a, b) => compareKeys(keyOf(a), keyOf(b)));
        const newest = Math.max(0, ...sorted.map((app) => Number(app.metadata.resourceVersion ?? 0)));
        return json({ metadata: { resourceVersion: String(newest) }, items: sorted });
      },
    }),
    route({
      method: 'GET',
      path: '/api/v1/stream/applications',
      access: everybody,
      handle: (request) => {
        if (hub.size >= MAX_WATCHERS)
          throw new RestError('ResourceExhausted', `more than ${MAX_WATCHERS} watches are open`);
        const initial = (request.query.get('resourceVersion') ?? '') === '' || (request.query.get('name') ?? '') !== '';
        const items = hub.watch({ matches: selection(context, request), initial, signal: request.signal });
        return Promise.resolve({ kind: 'stream', items });
      },
    }),
  ];
}

function asked(context: ServiceContext, request: RestRequest): Application {
  return readApplication(request.body, context.namespace);
}

function createRoutes({ context }: Parts): readonly RestRoute[] {
  const object = (request: RestRequest): string => rbacObject(context, asked(context, request));
  return [
    route({
      method: 'POST',
      path: BASE,
      access: { resource: 'applications', action: 'create', object },
      handle: async (request) => {
        const app = asked(context, request);
        if (flag(request, 'validate', true)) await validateApplication(context, app);
        const { policy } = context.options;
        const mayUpdate = (stored: Application): boolean =>
          policy.enforce(request.identity, 'applications', { action: 'update', object: rbacObject(context, stored) });
        return json(await createApplication(context, app, { upsert: flag(request, 'upsert', false), mayUpdate }));
      },
    }),
    route({
      method: 'PUT',
      path: `${BASE}/{name}`,
      access: may(context, 'update'),
      handle: async (request) => {
        const stored = await namedApplication(context, request);
        const app = asked(context, request);
        demandProject(context, request, app);
        if (flag(request, 'validate', true)) await validateApplication(context, app);
        return json(await changeApplication(context, keyOf(stored), (found) => withAsked(found, app)));
      },
    }),
    route({
      method: 'PUT',
      path: `${BASE}/{name}/spec`,
      access: may(context, 'update'),
      handle: async (request) => {
        const stored = await namedApplication(context, request);
        const app = readApplication({ metadata: stored.metadata, spec: bodyObject(request) }, context.namespace);
        demandProject(context, request, app);
        if (flag(request, 'validate', true)) await validateApplication(context, app);
        const changed = await changeApplication(context, keyOf(stored), (found) => ({ ...found, spec: app.spec }));
        return json(changed.spec);
      },
    }),
    route({
      method: 'PATCH',
      path: `${BASE}/{name}`,
      access: may(context, 'update'),
      handle: async (request) => {
        const stored = await namedApplication(context, request);
        const { patch, patchType } = bodyObject(request);
        const type = typeof patchType === 'string' ? patchType : '';
        const text = typeof patch === 'string' ? patch : '';
        const change = (app: Application): Application => patchedApplication(app, text, type);
        demandProject(context, request, change(stored));
        await validateApplication(context, change(stored));
        return json(await changeApplication(context, keyOf(stored), change));
      },
    }),
  ];
}

/** Moving an Application needs the right to create it where it goes. */
function demandProject(context: ServiceContext, request: RestRequest, app: Application): void {
  const object = rbacObject(context, app);
  const stored = context.applications.lister.get(keyOf(app));
  if (stored !== undefined && rbacObject(context, stored) === object) return;
  if (!context.options.policy.enforce(request.identity, 'applications', { action: 'create', object })) {
    throw new RestError('PermissionDenied', 'permission denied');
  }
}

function oneRoutes({ context }: Parts): readonly RestRoute[] {
  return [
    route({
      method: 'GET',
      path: `${BASE}/{name}`,
      access: may(context, 'get'),
      handle: async (request) => {
        const app = await namedApplication(context, request);
        const type = request.query.get('refresh') ?? '';
        return json(type === '' ? app : await refreshApplication(context, app, { type, signal: request.signal }));
      },
    }),
    route({
      method: 'DELETE',
      path: `${BASE}/{name}`,
      access: may(context, 'delete'),
      handle: async (request) => {
        const app = await namedApplication(context, request);
        const policy = request.query.get('propagationPolicy') ?? '';
        await deleteApplication(context, keyOf(app), { cascade: flag(request, 'cascade', true), policy });
        return json({});
      },
    }),
  ];
}

function operationRoutes({ context }: Parts): readonly RestRoute[] {
  return [
    route({
      method: 'POST',
      path: `${BASE}/{name}/sync`,
      access: may(context, 'sync'),
      handle: async (request) =>
        json(await syncApplication(context, await namedApplication(context, request), request)),
    }),
    route({
      method: 'POST',
      path: `${BASE}/{name}/rollback`,
      access: may(context, 'sync'),
      handle: async (request) =>
        json(await rollbackApplication(context, await namedApplication(context, request), request)),
    }),
    route({
      method: 'DELETE',
      path: `${BASE}/{name}/operation`,
      access: may(context, 'sync'),
      handle: async (request) => {
        await terminateOperation(context, await namedApplication(context, request));
        return json({});
      },
    }),
  ];
}

function viewRoutes({ context, view, hub }: Parts): readonly RestRoute[] {
  const named = (request: RestRequest): Promise<Application> => namedApplication(context, request);
  return [
    route({
      method: 'GET',
      path: `${BASE}/{name}/resource-tree`,
      access: may(context, 'get'),
      handle: async (request) => json(await view.tree(await named(request))),
    }),
    route({
      method: 'GET',
      path: `/api/v1/stream/applications/{name}/resource-tree`,
      access: may(context, 'get'),
      handle: async (request) => {
        const key = keyOf(await named(request));
        const matches = (app: Application): boolean =>
          app.metadata.name === key.name && app.metadata.namespace === key.namespace;
        return { kind: 'stream', items: trees(view, hub.watch({ matches, initial: true, signal: request.signal })) };
      },
    }),
    route({
      method: 'GET',
      path: `${BASE}/{name}/managed-resources`,
      access: may(context, 'get'),
      handle: async (request) => {
        const { query } = request;
        const items = await view.managedResources(await named(request));
        const fits = (asked: string, found: string | undefined): boolean =>
          (query.get(asked) ?? '') === '' || query.get(asked) === (found ?? '');
        return json({
          items: items.filter(
            (item) => fits('group', item.group) && fits('kind', item.kind) && fits('namespace', item.namespace),
          ),
        });
      },
    }),
    route({
      method: 'GET',
      path: `${BASE}/{name}/resource`,
      access: may(context, 'get'),
      handle: async (request) =>
        json({ manifest: manifestText(await view.resource(await named(request), request.query)) }),
    }),
  ];
}

async function* trees(
  view: ApplicationView,
  events: AsyncIterable<{ readonly application: Application }>,
): AsyncGenerator<unknown> {
  for await (const { application } of events) yield await view.tree(application);
}

function detailRoutes({ context, view }: Parts): readonly RestRoute[] {
  return [
    route({
      method: 'GET',
      path: `${BASE}/{name}/manifests`,
      access: may(context, 'get'),
      handle: async (request) => {
        const app = await namedApplication(context, request);
        const { revision, sourceType, desired } = await view.manifests(app, request.query.get('revision'));
        const { server = '', namespace = '' } = app.spec.destination;
        const manifests = desired.map((item) => manifestText(item.object));
        return json({ manifests, namespace, server, revision, sourceType });
      },
    }),
    route({
      method: 'GET',
      path: `${BASE}/{name}/revisions/{revision}/metadata`,
      access: may(context, 'get'),
      handle: async (request) => {
        const app = await namedApplication(context, request);
        const index = Number(request.query.get('sourceIndex') ?? 0);
        const source = app.spec.sources?.[index] ?? app.spec.source;
        if (source === undefined) throw new RestError('InvalidArgument', `sourceIndex ${index} names no source`);
        const access = await accessFor(context, source.repoURL, app.spec.project);
        return json(await context.options.repositories.commit(access, request.params['revision'] ?? ''));
      },
    }),
    route({
      method: 'GET',
      path: `${BASE}/{name}/events`,
      access: may(context, 'get'),
      handle: async (request) => {
        const about = await eventSubject(view, await namedApplication(context, request), request.query);
        const uid = about.uid === '' ? '' : `,involvedObject.uid=${about.uid}`;
        const fieldSelector = `involvedObject.name=${about.name}${uid}`;
        const target = { resource: resources.events, namespace: about.namespace };
        return json(await listObjects(context.options.api, target, { fieldSelector }));
      },
    }),
    ...['logs', 'pods/{podName}/logs'].map((path) =>
      route({
        method: 'GET',
        path: `${BASE}/{name}/${path}`,
        access: may(context, 'get'),
        handle: async (request) => {
          const app = await namedApplication(context, request);
          const allowed = context.options.policy.enforce(request.identity, 'logs', {
            action: 'get',
            object: rbacObject(context, app),
          });
          if (!allowed) throw new RestError('PermissionDenied', 'permission denied');
          const tree = await view.tree(app);
          return { kind: 'stream', items: podLogs(context, tree, request) };
        },
      }),
    ),
  ];
}

interface EventSubject {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
}

/** Whose events are asked for: those of the Application, or of an object in its tree. */
async function eventSubject(
  view: ApplicationView,
  app: Application,
  query: RestRequest['query'],
): Promise<EventSubject> {
  const resource = query.get('resourceName') ?? '';
  if (resource === '') {
    const { name, namespace = '', uid = '' } = app.metadata;
    return { name, namespace, uid };
  }
  const asked = {
    name: resource,
    namespace: query.get('resourceNamespace') ?? '',
    uid: query.get('resourceUID') ?? '',
  };
  await demandInTree(view, app, asked);
  return asked;
}

async function demandInTree(
  view: ApplicationView,
  app: Application,
  target: { name: string; namespace: string },
): Promise<void> {
  const tree = await view.tree(app);
  if (tree.nodes.some((node) => node.name === target.name && (node.namespace ?? '') === target.namespace)) return;
  const text = resourceKeyText({ group: '', kind: '', ...target });
  throw new RestError('InvalidArgument', `${text} not found as part of application ${app.metadata.name}`);
}

/** All routes about Applications, on upstream's paths. */
export function applicationRoutes(options: DeliveryServiceOptions): readonly RestRoute[] {
  const context = serviceContext(options);
  const view = new ApplicationView(context, randomUUID());
  const hub = new ApplicationWatchHub(context.applications, options.signal);
  const parts: Parts = { context, view, hub };
  return [listRoutes, createRoutes, oneRoutes, operationRoutes, viewRoutes, detailRoutes, actionRoutes].flatMap(
    (make) => make(parts),
  );
}
