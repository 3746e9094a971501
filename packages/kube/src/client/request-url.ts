import type { KubeRequest, LogRequest, PatchType, WatchRequest } from '../port/index.ts';
import { kubeError, type ResourceRef } from '../meta/index.ts';

/** A request in the words of HTTP. `body` is JSON text. */
export interface WireRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly contentType?: string;
  readonly body?: string;
}

const PATCH_CONTENT: { readonly [type in PatchType]: string } = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  // The media type says YAML; JSON is a part of it.
  apply: 'application/apply-patch+yaml',
};

interface Place {
  readonly namespace: string;
  readonly name?: string;
  readonly subresource?: string;
}

/** A path segment; what a server on the way could take for another path is refused here. */
function segment(text: string): string {
  if (text === '' || text === '.' || text === '..' || text.includes('/') || text.includes('%')) {
    throw kubeError('BadRequest', `invalid name ${JSON.stringify(text)}: "", ".", "..", "/" and "%" are not allowed`);
  }
  return encodeURIComponent(text);
}

function pathOf(resource: ResourceRef, place: Place): string {
  const { group, version } = resource;
  const parts = group === '' ? ['api', version] : ['apis', group, version];
  if (place.namespace !== '') parts.push('namespaces', place.namespace);
  parts.push(resource.resource);
  if (place.name !== undefined) parts.push(place.name);
  if (place.subresource !== undefined && place.subresource !== '') parts.push(place.subresource);
  return `/${parts.map(segment).join('/')}`;
}

type Parameter = string | number | boolean | undefined;

function withQuery(path: string, parameters: { readonly [name: string]: Parameter }): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined && value !== '') query.set(name, String(value));
  }
  const text = query.toString();
  return text === '' ? path : `${path}?${text}`;
}

function writeParameters(request: {
  readonly dryRun?: boolean;
  readonly fieldManager?: string;
  readonly fieldValidation?: string;
}): { readonly [name: string]: Parameter } {
  const { fieldManager, fieldValidation } = request;
  return { dryRun: request.dryRun === true ? 'All' : undefined, fieldManager, fieldValidation };
}

function listParameters(request: {
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly limit?: number;
  readonly continue?: string;
  readonly resourceVersion?: string;
  readonly resourceVersionMatch?: string;
}): { readonly [name: string]: Parameter } {
  const { labelSelector, fieldSelector, limit, resourceVersion, resourceVersionMatch } = request;
  return { labelSelector, fieldSelector, limit, continue: request.continue, resourceVersion, resourceVersionMatch };
}

function deleteBody(
  options: Extract<KubeRequest, { verb: 'delete' }>['options'],
): Pick<WireRequest, 'body' | 'contentType'> {
  if (options === undefined) return {};
  const { dryRun, ...rest } = options;
  const body = { kind: 'DeleteOptions', apiVersion: 'v1', ...rest, ...(dryRun === true ? { dryRun: ['All'] } : {}) };
  return { body: JSON.stringify(body), contentType: 'application/json' };
}

const JSON_BODY = (value: unknown): { body: string; contentType: string } => ({
  body: JSON.stringify(value),
  contentType: 'application/json',
});

/** Puts a request into the words of HTTP. */
export function wireRequest(request: KubeRequest): WireRequest {
  const { resource } = request;
  switch (request.verb) {
    case 'get': {
      const { subresource, resourceVersion } = request;
      const path = pathOf(resource, { ...request.key, ...(subresource === undefined ? {} : { subresource }) });
      return { method: 'GET', path: withQuery(path, { resourceVersion }) };
    }
    case 'list':
      return {
        method: 'GET',
        path: withQuery(pathOf(resource, { namespace: request.namespace }), listParameters(request)),
      };
    case 'delete':
      return { method: 'DELETE', path: pathOf(resource, request.key), ...deleteBody(request.options) };
    case 'deletecollection': {
      const path = withQuery(pathOf(resource, { namespace: request.namespace }), listParameters(request));
      return { method: 'DELETE', path, ...deleteBody(request.options) };
    }
    default:
      return writeRequest(request);
  }
}

function writeRequest(request: Extract<KubeRequest, { verb: 'create' | 'update' | 'patch' }>): WireRequest {
  const sub = request.subresource === undefined ? {} : { subresource: request.subresource };
  const parameters = writeParameters(request);
  if (request.verb === 'create') {
    const name = request.name === undefined ? {} : { name: request.name };
    const path = pathOf(request.resource, { namespace: request.namespace, ...name, ...sub });
    return { method: 'POST', path: withQuery(path, parameters), ...JSON_BODY(request.object) };
  }
  const path = pathOf(request.resource, { ...request.key, ...sub });
  if (request.verb === 'update')
    return { method: 'PUT', path: withQuery(path, parameters), ...JSON_BODY(request.object) };
  const { patchType, patch, force } = request;
  return {
    method: 'PATCH',
    path: withQuery(path, { ...parameters, force: patchType === 'apply' ? force : undefined }),
    body: JSON.stringify(patch),
    contentType: PATCH_CONTENT[patchType],
  };
}

/** The path of a watch. */
export function watchPath(request: WatchRequest): string {
  const { allowWatchBookmarks, sendInitialEvents, timeoutSeconds } = request;
  return withQuery(pathOf(request.resource, { namespace: request.namespace }), {
    ...listParameters(request),
    allowWatchBookmarks,
    sendInitialEvents,
    timeoutSeconds,
    watch: true,
  });
}

/** The path of a container's log. */
export function logPath(request: LogRequest): string {
  const { container, follow, previous, tailLines, sinceSeconds, sinceTime, timestamps, limitBytes, stream } = request;
  const path = pathOf({ group: '', version: 'v1', resource: 'pods' }, { ...request.key, subresource: 'log' });
  const times = { sinceSeconds, sinceTime, timestamps };
  return withQuery(path, { container, follow, previous, tailLines, ...times, limitBytes, stream });
}
