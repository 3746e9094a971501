import { kubeError, type KubeObject } from '@argosy/kube/meta';
import type { KubeRequest, UserInfo, WatchRequest } from '@argosy/kube/port';
import { decodeBody, decodePatch, mediaType, type DecodeOptions } from './body.ts';
import { readDeleteOptions, readListOptions, readWriteOptions, withNameSelector } from './query-options.ts';
import { queryFlag, type ResourceRoute } from './route.ts';

/** A resource request with what came beside its URL. */
export interface RequestInput {
  readonly route: ResourceRoute;
  readonly body: Buffer;
  readonly contentType: string | undefined;
  readonly userAgent: string | undefined;
  readonly impersonate: UserInfo | undefined;
  readonly signal: AbortSignal;
}

const OPTIONS_KIND: { readonly [verb: string]: string } = {
  create: 'CreateOptions',
  update: 'UpdateOptions',
  patch: 'PatchOptions',
};

function requiredObject(input: RequestInput, options: DecodeOptions): KubeObject {
  const object = decodeBody(input.body, mediaType(input.contentType), options);
  if (object === undefined) throw kubeError('BadRequest', 'the request needs a body');
  return object as KubeObject;
}

function caller(input: RequestInput): { signal: AbortSignal; impersonate?: UserInfo } {
  const { signal, impersonate } = input;
  return { signal, ...(impersonate === undefined ? {} : { impersonate }) };
}

function writeRequest(input: RequestInput, options: DecodeOptions): KubeRequest {
  const { route } = input;
  const { verb, resource, namespace, name, query } = route;
  const sub = route.subresource === '' ? {} : { subresource: route.subresource };
  const write = {
    ...caller(input),
    ...sub,
    resource,
    ...readWriteOptions(query, input.userAgent, OPTIONS_KIND[verb] ?? ''),
  };
  const key = { namespace, name };
  if (verb === 'patch') {
    const patch = decodePatch(input.body, mediaType(input.contentType), options);
    const force = queryFlag(query, 'force') ? { force: true } : {};
    return { ...write, ...patch, ...(patch.patchType === 'apply' ? force : {}), verb, key };
  }
  const object = requiredObject(input, options);
  if (verb === 'update') return { ...write, verb, key, object };
  return { ...write, verb: 'create', namespace, object, ...(name === '' ? {} : { name }) };
}

/**
 * Builds the request for the control plane.
 * @throws KubeError for bodies and options that cannot be read, and MethodNotAllowed for verbs without meaning.
 */
export function buildRequest(input: RequestInput, options: DecodeOptions): KubeRequest {
  const { verb, resource, namespace, name, query, subresource } = input.route;
  const key = { namespace, name };
  switch (verb) {
    case 'get': {
      const version = query.get('resourceVersion');
      return {
        ...caller(input),
        verb,
        resource,
        key,
        ...(subresource === '' ? {} : { subresource }),
        ...(version === null || version === '' ? {} : { resourceVersion: version }),
      };
    }
    case 'list':
      return { ...caller(input), ...readListOptions(query), verb, resource, namespace };
    case 'delete': {
      const body = decodeBody(input.body, mediaType(input.contentType), options);
      return { ...caller(input), verb, resource, key, options: readDeleteOptions(query, body) };
    }
    case 'deletecollection': {
      const body = decodeBody(input.body, mediaType(input.contentType), options);
      const selection = readListOptions(query);
      return { ...caller(input), ...selection, verb, resource, namespace, options: readDeleteOptions(query, body) };
    }
    default:
      return writeRequest(input, options);
  }
}

/** Watches without a limit of their own end after this long, at random up to twice it, so that they do not all return at once. */
const WATCH_SECONDS = 1800;

/** Builds the watch that a route asks for. A name in the path selects that object. */
export function buildWatch(input: RequestInput): WatchRequest {
  const { resource, namespace, name, query } = input.route;
  const { labelSelector, fieldSelector, resourceVersion, resourceVersionMatch } = readListOptions(query);
  const selected = withNameSelector(fieldSelector, name);
  const asked = Number(query.get('timeoutSeconds') ?? '0');
  const timeoutSeconds = asked > 0 ? asked : WATCH_SECONDS + Math.floor(Math.random() * WATCH_SECONDS);
  if (resourceVersionMatch === 'Exact') {
    throw kubeError('Invalid', 'resourceVersionMatch: Forbidden: Exact is not supported for watch');
  }
  return {
    ...caller(input),
    resource,
    namespace,
    timeoutSeconds,
    ...(labelSelector === undefined ? {} : { labelSelector }),
    ...(selected === undefined ? {} : { fieldSelector: selected }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
    ...(resourceVersionMatch === undefined ? {} : { resourceVersionMatch }),
    ...(queryFlag(query, 'allowWatchBookmarks') ? { allowWatchBookmarks: true } : {}),
    ...(query.has('sendInitialEvents') ? { sendInitialEvents: queryFlag(query, 'sendInitialEvents') } : {}),
  };
}
