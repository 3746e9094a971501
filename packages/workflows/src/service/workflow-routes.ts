import { resources } from '@argosy/api';
import { RestError, type Identity, type RestRequest, type RestResponse, type RestRoute } from '@argosy/api/rest';
import type { Workflow } from '@argosy/api/workflows';
import type { ObjectKey } from '@argosy/kube/meta';
import { deleteObject, getObject, listObjects, patchObject, type ClusterApi } from '@argosy/kube/port';
import type { Clock } from '@argosy/std';

import type { ArtifactStore } from '../artifacts/index.ts';
import { artifactRoutes } from './artifact-routes.ts';
import { resumeWorkflow, setWorkflow, shutDownWorkflow, stopNodes, suspendWorkflow } from './change-workflow.ts';
import { outputParametersIn, resubmitStored, retryStored, textOf } from './repeat-workflow.ts';
import { submitWorkflow } from './submit-workflow.ts';
import { templateRoutes } from './template-routes.ts';
import { bodyOf, createWorkflow, lintWorkflow } from './create-workflow.ts';
import { compareWorkflows, fieldTest, pageOf } from './list-workflows.ts';
import { selectFields } from './select-fields.ts';
import { workflowLogs } from './workflow-logs.ts';

/** What the service needs. */
export interface WorkflowServiceOptions {
  readonly api: ClusterApi;
  readonly clock: Clock;
  /** Decides which workflows of a list a user may see. */
  readonly policy: {
    enforce(
      identity: Identity,
      resource: string,
      request: { readonly action: string; readonly object: string },
    ): boolean;
  };
  /** Shown by /api/v1/version. @default 'v4.1.2' */
  readonly version?: string;
  /** Hands out artifacts; without it there are no downloads. */
  readonly artifacts?: ArtifactStore;
}

const json = (body: unknown): RestResponse => ({ kind: 'json', body });

function keyFrom(request: RestRequest): ObjectKey {
  return { namespace: request.params['namespace'] ?? '', name: request.params['name'] ?? '' };
}

function access(action: string): Required<Pick<RestRoute, 'access'>> {
  const object = (request: RestRequest): string => {
    const { namespace, name } = keyFrom(request);
    return `${namespace}/${name === '' ? '*' : name}`;
  };
  return { access: { resource: 'workflows', action, object } };
}

/** Login is enough; the handler leaves out what the user may not get. */
const filtered = { access: { resource: 'workflows', action: 'get', object: () => '*' } } as const;

function mayGet(options: WorkflowServiceOptions, identity: Identity): (workflow: Workflow) => boolean {
  return (workflow) => {
    const { namespace = '', name } = workflow.metadata;
    return options.policy.enforce(identity, 'workflows', { action: 'get', object: `${namespace}/${name}` });
  };
}

async function readAll(options: WorkflowServiceOptions, request: RestRequest) {
  const { namespace = '' } = request.params;
  const labelSelector = request.query.get('listOptions.labelSelector') ?? '';
  const selection = labelSelector === '' ? {} : { labelSelector };
  const target = { resource: resources.workflows, namespace };
  const list = await listObjects<Workflow>(options.api, target, { ...selection, signal: request.signal });
  const isWanted = fieldTest(request);
  const isVisible = mayGet(options, request.identity);
  const items = list.items.filter((item) => isWanted(item) && isVisible(item));
  return { list, items: [...items].sort(compareWorkflows) };
}

async function list(options: WorkflowServiceOptions, request: RestRequest): Promise<RestResponse> {
  const { offset, limit } = pageOf(request);
  const { list: answer, items } = await readAll(options, request);
  const end = limit === undefined ? items.length : Math.min(items.length, offset + limit);
  const { resourceVersion } = answer.metadata;
  const body = {
    metadata: {
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
      ...(end < items.length ? { continue: String(end) } : {}),
    },
    items: items.slice(offset, end),
  };
  return json(selectFields(body, request.query.get('fields')));
}

async function latest(options: WorkflowServiceOptions, request: RestRequest): Promise<Workflow> {
  const { items } = await readAll(options, request);
  const created = (item: Workflow): string => item.metadata.creationTimestamp ?? '';
  const newest = items.reduce<Workflow | undefined>(
    (best, item) => (best === undefined || created(item) > created(best) ? item : best),
    undefined,
  );
  if (newest === undefined) throw new RestError('NotFound', 'no workflow found');
  return newest;
}

async function get(options: WorkflowServiceOptions, request: RestRequest): Promise<RestResponse> {
  const key = keyFrom(request);
  const workflow =
    key.name === '@latest'
      ? await latest(options, request)
      : await getObject<Workflow>(options.api, { resource: resources.workflows, key }, { signal: request.signal });
  return json(selectFields(workflow, request.query.get('fields')));
}

async function remove(options: WorkflowServiceOptions, request: RestRequest): Promise<RestResponse> {
  const target = { resource: resources.workflows, key: keyFrom(request) };
  // Tells NotFound: deleting an object that is gone is success for the port, but not for this operation.
  await getObject(options.api, target);
  if (request.query.get('force') === 'true') {
    await patchObject(options.api, { ...target, patchType: 'merge', patch: { metadata: { finalizers: null } } });
  }
  await deleteObject(options.api, target, { propagationPolicy: 'Background' });
  return json({});
}

function watchOptions(request: RestRequest) {
  const option = (name: string): string => request.query.get(`listOptions.${name}`) ?? '';
  const [labelSelector, fieldSelector, resourceVersion] = [
    option('labelSelector'),
    option('fieldSelector'),
    option('resourceVersion'),
  ];
  return {
    resource: resources.workflows,
    namespace: request.params['namespace'] ?? '',
    signal: request.signal,
    ...(labelSelector === '' ? {} : { labelSelector }),
    ...(fieldSelector === '' ? {} : { fieldSelector }),
    ...(resourceVersion === '' ? {} : { resourceVersion }),
  };
}

async function* watch(options: WorkflowServiceOptions, request: RestRequest): AsyncGenerator<unknown> {
  const isVisible = mayGet(options, request.identity);
  const fields = request.query.get('fields');
  try {
    for await (const event of options.api.watch(watchOptions(request))) {
      if (event.type === 'BOOKMARK' || !isVisible(event.object as Workflow)) continue;
      yield selectFields(
        { type: event.type, object: event.object },
        fields === undefined ? undefined : eventFields(fields),
      );
    }
  } catch (error) {
    if (!request.signal.aborted) throw error;
  }
}

/** `fields` of a watch may name members of the event (`result.object.…`) or of the object. */
function eventFields(fields: string): string {
  const exclusion = fields.startsWith('-') ? '-' : '';
  const paths = fields.split(',').map((path) => path.replace(/^-/, '').replace(/^result\./, ''));
  const kept = exclusion === '' && !paths.includes('type') ? ['type', ...paths] : paths;
  return exclusion + kept.join(',');
}

function selectorOf(request: RestRequest): string {
  const text = bodyOf(request)['nodeFieldSelector'];
  return typeof text === 'string' ? text : '';
}

function setRequestOf(request: RestRequest) {
  const body = bodyOf(request);
  return {
    nodeFieldSelector: selectorOf(request),
    phase: textOf(body, 'phase'),
    message: textOf(body, 'message'),
    outputParameters: outputParametersIn(body),
  };
}

const ONE = '/api/v1/workflows/{namespace}/{name}';

function changeRoutes(options: WorkflowServiceOptions): readonly RestRoute[] {
  const { api, clock } = options;
  const who = (request: RestRequest) => ({ key: keyFrom(request), identity: request.identity });
  const put = (verb: string, handle: RestRoute['handle']): RestRoute => ({
    method: 'PUT',
    path: `${ONE}/${verb}`,
    ...access('update'),
    handle,
  });
  return [
    put('stop', async (request) => {
      const nodeFieldSelector = selectorOf(request);
      if (nodeFieldSelector === '') return json(await shutDownWorkflow(api, who(request), 'Stop'));
      const message = textOf(bodyOf(request), 'message');
      return json(await stopNodes(api, { ...who(request), nodeFieldSelector, message, now: clock.now() }));
    }),
    put('terminate', async (request) => json(await shutDownWorkflow(api, who(request), 'Terminate'))),
    put('suspend', async (request) => json(await suspendWorkflow(api, who(request)))),
    put('resume', async (request) => {
      const nodeFieldSelector = selectorOf(request);
      return json(await resumeWorkflow(api, { ...who(request), nodeFieldSelector, now: clock.now() }));
    }),
    put('retry', async (request) => json(await retryStored(api, request, clock))),
    put('resubmit', async (request) => json(await resubmitStored(api, request, clock))),
    put('set', async (request) =>
      json(await setWorkflow(api, { ...who(request), ...setRequestOf(request), now: clock.now() })),
    ),
  ];
}

function fixedRoutes(options: WorkflowServiceOptions): readonly RestRoute[] {
  const anyone = { access: { resource: 'workflows', action: 'get', object: () => '*' } } as const;
  const version = options.version ?? 'v4.1.2';
  return [
    {
      method: 'GET',
      path: '/api/v1/info',
      ...anyone,
      handle: async () => json({ managedNamespace: '', links: [], modals: {}, navColor: '', columns: [] }),
    },
    {
      method: 'GET',
      path: '/api/v1/version',
      ...anyone,
      handle: async () =>
        json({
          version,
          buildDate: '',
          gitCommit: '',
          gitTag: version,
          gitTreeState: '',
          goVersion: '',
          compiler: 'typescript',
          platform: '',
        }),
    },
    {
      method: 'GET',
      path: '/api/v1/userinfo',
      ...anyone,
      handle: async ({ identity }) =>
        json({ issuer: identity.issuer, subject: identity.subject, groups: identity.groups, name: identity.username }),
    },
  ];
}

function logRoute(options: WorkflowServiceOptions, path: string): RestRoute {
  return {
    method: 'GET',
    path,
    ...access('get'),
    handle: async (request) => ({
      kind: 'stream',
      items: await workflowLogs({ api: options.api, artifacts: options.artifacts }, request),
    }),
  };
}

/** The operations of Argo Workflows on upstream's paths. */
export function workflowRoutes(options: WorkflowServiceOptions): readonly RestRoute[] {
  const { api } = options;
  return [
    { method: 'GET', path: '/api/v1/workflows/{namespace}', ...filtered, handle: (request) => list(options, request) },
    {
      method: 'POST',
      path: '/api/v1/workflows/{namespace}',
      ...access('create'),
      handle: async (request) => json(await createWorkflow(api, request)),
    },
    {
      method: 'POST',
      path: '/api/v1/workflows/{namespace}/lint',
      ...access('get'),
      handle: async (request) => json(await lintWorkflow(api, request)),
    },
    {
      method: 'POST',
      path: '/api/v1/workflows/{namespace}/submit',
      ...access('create'),
      handle: async (request) => json(await submitWorkflow(api, request, options.clock)),
    },
    { method: 'GET', path: ONE, ...access('get'), handle: (request) => get(options, request) },
    { method: 'DELETE', path: ONE, ...access('delete'), handle: (request) => remove(options, request) },
    logRoute(options, `${ONE}/log`),
    logRoute(options, `${ONE}/{podName}/log`),
    {
      method: 'GET',
      path: '/api/v1/workflow-events/{namespace}',
      ...filtered,
      handle: async (request) => ({ kind: 'stream', items: watch(options, request) }),
    },
    ...(options.artifacts === undefined ? [] : artifactRoutes({ api, artifacts: options.artifacts })),
    ...changeRoutes(options),
    ...templateRoutes(options),
    ...fixedRoutes(options),
  ];
}
