import { resources } from '@argosy/api';
import { RestError, type RestRequest, type RestResponse, type RestRoute } from '@argosy/api/rest';
import type { KubeObject, ResourceRef } from '@argosy/kube/meta';
import {
  createObject,
  deleteObject,
  getObject,
  listObjects,
  patchObject,
  updateObject,
  type ClusterApi,
} from '@argosy/kube/port';
import { isObject } from '@argosy/std';

import { bodyOf, withCreator } from './create-workflow.ts';
import { validateCron, validateTemplate } from './validate-template.ts';
import type { WorkflowServiceOptions } from './workflow-routes.ts';

interface Family {
  readonly kind: string;
  readonly resource: ResourceRef;
  /** The first part of its paths, with the namespace when it has one. */
  readonly path: string;
  /** The member of a body that holds the object. */
  readonly member: string;
  /** Says everything that is wrong with an object. @throws RestError InvalidArgument */
  readonly validate: (api: ClusterApi, object: KubeObject) => Promise<void>;
}

const FAMILIES: readonly Family[] = [
  {
    kind: 'WorkflowTemplate',
    resource: resources.workflowTemplates,
    path: '/api/v1/workflow-templates/{namespace}',
    member: 'template',
    validate: validateTemplate,
  },
  {
    kind: 'ClusterWorkflowTemplate',
    resource: resources.clusterWorkflowTemplates,
    path: '/api/v1/cluster-workflow-templates',
    member: 'template',
    validate: validateTemplate,
  },
  {
    kind: 'CronWorkflow',
    resource: resources.cronWorkflows,
    path: '/api/v1/cron-workflows/{namespace}',
    member: 'cronWorkflow',
    validate: validateCron,
  },
];

const json = (body: unknown): RestResponse => ({ kind: 'json', body });

/** The same rights as for workflows: who may write a template decides what workflows do. */
function access(action: string): Required<Pick<RestRoute, 'access'>> {
  const object = (request: RestRequest): string => {
    const { namespace = '', name = '*' } = request.params;
    return `${namespace}/${name}`;
  };
  return { access: { resource: 'workflows', action, object } };
}

function objectOf(family: Family, request: RestRequest): KubeObject {
  const given = bodyOf(request)[family.member];
  if (!isObject(given) || !isObject(given['metadata']) || !isObject(given['spec'])) {
    throw new RestError('InvalidArgument', `${family.member}: a ${family.kind} with metadata and spec is required`);
  }
  const { namespace, name } = request.params;
  const { namespace: own, name: ownName } = given['metadata'];
  if (namespace !== undefined && own !== undefined && own !== namespace) {
    throw new RestError(
      'InvalidArgument',
      `metadata.namespace: found ${JSON.stringify(own)}, allowed is '${namespace}'`,
    );
  }
  if (name !== undefined && ownName !== name) {
    throw new RestError('InvalidArgument', `metadata.name: found ${JSON.stringify(ownName)}, allowed is '${name}'`);
  }
  const metadata = { ...given['metadata'], ...(namespace === undefined ? {} : { namespace }) };
  return { ...given, apiVersion: 'argoproj.io/v1alpha1', kind: family.kind, metadata } as unknown as KubeObject;
}

async function list(options: WorkflowServiceOptions, family: Family, request: RestRequest): Promise<RestResponse> {
  const { namespace = '' } = request.params;
  const labelSelector = request.query.get('listOptions.labelSelector') ?? '';
  const pattern = request.query.get('namePattern') ?? '';
  const found = await listObjects(
    options.api,
    { resource: family.resource, namespace },
    { signal: request.signal, ...(labelSelector === '' ? {} : { labelSelector }) },
  );
  const items = found.items.filter((item) => {
    const { namespace: own = '', name } = item.metadata;
    const isVisible = options.policy.enforce(request.identity, 'workflows', {
      action: 'get',
      object: `${own}/${name}`,
    });
    return isVisible && name.includes(pattern);
  });
  return json({ metadata: found.metadata, items });
}

async function create(api: ClusterApi, family: Family, request: RestRequest): Promise<RestResponse> {
  const object = objectOf(family, request);
  const { namespace = '' } = request.params;
  const target = { resource: family.resource, namespace, signal: request.signal };
  // A wrong shape is told by the API server, so that what follows only ever sees what the CRD describes.
  await createObject(api, { ...target, object, dryRun: true });
  await family.validate(api, object);
  return json(
    await createObject(api, { ...target, object: withCreator(object, request.identity), fieldManager: 'argo-server' }),
  );
}

async function lint(api: ClusterApi, family: Family, request: RestRequest): Promise<RestResponse> {
  const object = objectOf(family, request);
  await family.validate(api, object);
  return json(object);
}

async function update(api: ClusterApi, family: Family, request: RestRequest): Promise<RestResponse> {
  const object = objectOf(family, request);
  await family.validate(api, object);
  return json(await updateObject(api, { ...targetOf(family, request), object, fieldManager: 'argo-server' }));
}

function targetOf(family: Family, request: RestRequest) {
  const { namespace = '', name = '' } = request.params;
  return { resource: family.resource, key: { namespace, name } };
}

async function remove(api: ClusterApi, family: Family, request: RestRequest): Promise<RestResponse> {
  // Tells NotFound: deleting an object that is gone is success for the port, but not for this operation.
  await getObject(api, targetOf(family, request));
  await deleteObject(api, targetOf(family, request), { propagationPolicy: 'Background' });
  return json({});
}

function familyRoutes(options: WorkflowServiceOptions, family: Family): readonly RestRoute[] {
  const { api } = options;
  const one = `${family.path}/{name}`;
  return [
    {
      method: 'GET',
      path: family.path,
      access: { resource: 'workflows', action: 'get', object: () => '*' },
      handle: (request) => list(options, family, request),
    },
    { method: 'POST', path: family.path, ...access('create'), handle: (request) => create(api, family, request) },
    { method: 'POST', path: `${family.path}/lint`, ...access('get'), handle: (request) => lint(api, family, request) },
    {
      method: 'GET',
      path: one,
      ...access('get'),
      handle: async (request) => json(await getObject(api, targetOf(family, request))),
    },
    { method: 'PUT', path: one, ...access('update'), handle: (request) => update(api, family, request) },
    { method: 'DELETE', path: one, ...access('delete'), handle: (request) => remove(api, family, request) },
  ];
}

function suspendRoute(api: ClusterApi, verb: 'suspend' | 'resume'): RestRoute {
  return {
    method: 'PUT',
    path: `/api/v1/cron-workflows/{namespace}/{name}/${verb}`,
    ...access('update'),
    handle: async (request) => {
      const { namespace = '', name = '' } = request.params;
      const patch = { spec: { suspend: verb === 'suspend' } };
      const target = {
        resource: resources.cronWorkflows,
        key: { namespace, name },
        patchType: 'merge',
        patch,
      } as const;
      return json(await patchObject(api, { ...target, fieldManager: 'argo-server' }));
    },
  };
}

/** The operations on WorkflowTemplates, ClusterWorkflowTemplates and CronWorkflows, on upstream's paths. */
export function templateRoutes(options: WorkflowServiceOptions): readonly RestRoute[] {
  const { api } = options;
  return [
    ...FAMILIES.flatMap((family) => familyRoutes(options, family)),
    suspendRoute(api, 'suspend'),
    suspendRoute(api, 'resume'),
  ];
}
