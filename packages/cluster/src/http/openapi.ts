import { isObject } from '@argosy/std';
import { parseApiVersion } from '@argosy/kube/meta';
import { builtinSchema, openApiComponents } from '@argosy/kube/schema';
import type { ControlPlane, ResourceDescriptor } from '../apiserver/index.ts';
import { jsonDocument, type DiscoveryIndex, type Document } from './discovery.ts';

type Json = { readonly [field: string]: unknown };

/** The OpenAPI v3 documents: an index, and one document for each group-version. */
export interface OpenApi {
  /** `/openapi/v3`. */
  index(): Document;
  /** `/openapi/v3/<path>`, such as `apis/apps/v1`; `undefined` when the group-version is not served. */
  document(path: string): Document | undefined;
}

const PATCH_PARAMETERS: readonly Json[] = [
  { name: 'dryRun', in: 'query', schema: { type: 'string', uniqueItems: true } },
  { name: 'fieldManager', in: 'query', schema: { type: 'string', uniqueItems: true } },
  { name: 'fieldValidation', in: 'query', schema: { type: 'string', uniqueItems: true } },
  { name: 'force', in: 'query', schema: { type: 'boolean', uniqueItems: true } },
];

const PATCH_TYPES = ['application/apply-patch+yaml', 'application/json-patch+json', 'application/merge-patch+json'];

function groupVersionPath(resource: ResourceDescriptor): string {
  return resource.group === '' ? `api/${resource.version}` : `apis/${resource.group}/${resource.version}`;
}

/** The name under which a custom kind is published: `io.argoproj.v1alpha1.Rollout`. */
export function schemaName(resource: ResourceDescriptor): string {
  return [...resource.group.split('.').reverse(), resource.version, resource.kind].join('.');
}

function itemPath(resource: ResourceDescriptor): string {
  const base = `/${groupVersionPath(resource)}`;
  const place = resource.namespaced ? `${base}/namespaces/{namespace}` : base;
  return `${place}/${resource.resource}/{name}`;
}

function pathItem(resource: ResourceDescriptor): Json {
  const types = resource.custom ? PATCH_TYPES : [...PATCH_TYPES, 'application/strategic-merge-patch+json'];
  const { group, version, kind } = resource;
  const names = resource.namespaced ? ['name', 'namespace'] : ['name'];
  return {
    parameters: names.map((name) => ({
      name,
      in: 'path',
      required: true,
      schema: { type: 'string', uniqueItems: true },
    })),
    patch: {
      tags: [`${group === '' ? 'core' : group}_${version}`],
      'x-kubernetes-action': 'patch',
      'x-kubernetes-group-version-kind': { group, version, kind },
      parameters: PATCH_PARAMETERS,
      requestBody: {
        required: true,
        content: Object.fromEntries(types.map((type) => [type, { schema: { type: 'object' } }])),
      },
      responses: { 200: { description: 'OK' } },
    },
  };
}

type CustomSchemas = readonly (Json | undefined)[];

/** What a custom kind publishes: its own schema, with the members that every object has. */
function customComponent(resource: ResourceDescriptor, schema: Json): Json {
  const { group, version, kind } = resource;
  const own = isObject(schema['properties']) ? schema['properties'] : {};
  const common = { apiVersion: { type: 'string' }, kind: { type: 'string' }, metadata: { type: 'object' } };
  return {
    ...schema,
    properties: { ...own, ...common },
    'x-kubernetes-group-version-kind': [{ group, version, kind }],
  };
}

function builtinComponents(resources: readonly ResourceDescriptor[]): Json {
  const kinds = resources.flatMap((resource) => {
    const gvk = { group: resource.group, version: resource.version, kind: resource.kind };
    const schema = resource.custom ? undefined : builtinSchema(gvk);
    return schema === undefined ? [] : [{ gvk, schema }];
  });
  return openApiComponents(kinds);
}

function describe(resources: readonly ResourceDescriptor[], schemas: CustomSchemas): Json {
  const paths: { [path: string]: Json } = {};
  const components: { [name: string]: unknown } = { ...builtinComponents(resources) };
  for (const [index, resource] of resources.entries()) {
    if (resource.verbs.includes('patch')) paths[itemPath(resource)] = pathItem(resource);
    const schema = schemas[index];
    if (schema !== undefined) components[schemaName(resource)] = customComponent(resource, schema);
  }
  return {
    openapi: '3.0.0',
    info: { title: 'Argosy', version: 'v1.32.0' },
    paths,
    components: { schemas: components },
  };
}

interface Cached {
  readonly schemas: CustomSchemas;
  readonly document: Document;
}

/** Keeps the OpenAPI documents; each is made anew only when a schema of its group-version changed. */
export function createOpenApi(
  plane: Pick<ControlPlane, 'openApiSchema'>,
  discovery: { current(): DiscoveryIndex },
): OpenApi {
  const cache = new Map<string, Cached>();
  const build = (resources: readonly ResourceDescriptor[]): Document => {
    const [first] = resources;
    const path = first === undefined ? '' : groupVersionPath(first);
    const schemas = resources.map((resource) => plane.openApiSchema(resource));
    const known = cache.get(path);
    const same =
      known?.schemas.length === schemas.length && schemas.every((schema, at) => schema === known.schemas[at]);
    if (known !== undefined && same) return known.document;
    const document = jsonDocument(describe(resources, schemas));
    cache.set(path, { schemas, document });
    return document;
  };
  return {
    index: () => {
      const paths: { [path: string]: Json } = {};
      for (const { apiVersion, resources } of discovery.current().groupVersions()) {
        const path = parseApiVersion(apiVersion).group === '' ? `api/${apiVersion}` : `apis/${apiVersion}`;
        paths[path] = { serverRelativeURL: `/openapi/v3/${path}?hash=${hashOf(build(resources))}` };
      }
      return jsonDocument({ paths });
    },
    document: (path) => {
      const apiVersion = path.replace(/^apis?\//, '');
      const found = discovery
        .current()
        .groupVersions()
        .find((item) => item.apiVersion === apiVersion);
      if (found === undefined || !path.startsWith(apiVersion.includes('/') ? 'apis/' : 'api/')) return undefined;
      return build(found.resources);
    },
  };
}

/** The hash that the index puts into a document's URL: its ETag without quotes. */
export function hashOf(document: Document): string {
  return document.etag.slice(1, -1);
}
