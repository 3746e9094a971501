import { kubeError, type ResourceRef } from '@argosy/kube/meta';

/** A request for a resource, as its URL and method say it. */
export interface ResourceRoute {
  readonly kind: 'resource';
  readonly verb: string;
  readonly resource: ResourceRef;
  readonly namespace: string;
  readonly name: string;
  readonly subresource: string;
  readonly query: URLSearchParams;
}

/** A request for something that is not a resource: discovery, health, version. `path` has no trailing slash. */
export interface PathRoute {
  readonly kind: 'path';
  readonly verb: string;
  readonly path: string;
  readonly query: URLSearchParams;
}

/** What a request asks for. */
export type Route = ResourceRoute | PathRoute;

const VERBS: { readonly [method: string]: string } = {
  GET: 'get',
  HEAD: 'get',
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};

const NO_NAME: { readonly [verb: string]: string } = { get: 'list', delete: 'deletecollection' };

/** Subresources of namespaces; any other third segment after a namespace is a resource inside it. */
const NAMESPACE_SUBRESOURCES = ['status', 'finalize'];

function decodeSegment(segment: string): string {
  let decoded: string;
  try {
    decoded = decodeURIComponent(segment);
  } catch {
    throw kubeError('BadRequest', `the path segment ${JSON.stringify(segment)} is not valid percent-encoding`);
  }
  if (decoded === '.' || decoded === '..' || decoded.includes('/') || decoded.includes('%') || decoded.includes('\0')) {
    throw kubeError(
      'BadRequest',
      `invalid name ${JSON.stringify(decoded)}: "." and ".." and "/" and "%" are not allowed`,
    );
  }
  return decoded;
}

/** True for `1`, `true`, `True` and an empty value, as query flags are read. */
export function queryFlag(query: URLSearchParams, name: string): boolean {
  const value = query.get(name);
  return value !== null && !['0', 'false', 'False', 'FALSE', 'f', 'F'].includes(value);
}

/** The name that a field selector pins, when it consists of `metadata.name=x` (alone or among others). */
export function selectedName(fieldSelector: string | null): string {
  for (const part of (fieldSelector ?? '').split(',')) {
    const match = /^metadata\.name==?([^=!]+)$/.exec(part.trim());
    if (match !== null) return match[1] ?? '';
  }
  return '';
}

function resourceVerb(method: string, name: string, query: URLSearchParams): string {
  const verb = VERBS[method] ?? method.toLowerCase();
  if (verb === 'get' && queryFlag(query, 'watch')) return 'watch';
  return name === '' ? (NO_NAME[verb] ?? verb) : verb;
}

interface Place {
  readonly namespace: string;
  readonly resource: string;
  readonly name: string;
  readonly subresource: string;
}

/** Reads what follows the version: `[namespaces/ns/]resource[/name[/subresource…]]`. */
function readPlace(segments: readonly string[]): Place | undefined {
  const [first = '', second = '', third = '', ...rest] = segments;
  if (first === 'namespaces' && third !== '' && !NAMESPACE_SUBRESOURCES.includes(third)) {
    const [name = '', ...subresource] = rest;
    return { namespace: second, resource: third, name, subresource: subresource.join('/') };
  }
  if (first === '') return undefined;
  return { namespace: '', resource: first, name: second, subresource: [third, ...rest].filter(Boolean).join('/') };
}

function versionedPath(
  segments: readonly string[],
): { group: string; version: string; rest: readonly string[] } | undefined {
  const [root, ...more] = segments;
  if (root === 'api') return { group: '', version: more[0] ?? '', rest: more.slice(1) };
  if (root === 'apis') return { group: more[0] ?? '', version: more[1] ?? '', rest: more.slice(2) };
  return undefined;
}

/**
 * Reads a method and a URL (path and query).
 * @throws KubeError BadRequest for segments that no name may have; `undefined` for a path with empty segments (404).
 */
export function parseRoute(method: string, url: string): Route | undefined {
  const mark = url.indexOf('?');
  const path = mark < 0 ? url : url.slice(0, mark);
  const query = new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1));
  const raw = path.replace(/\/$/, '').split('/').slice(1);
  if (raw.includes('')) return undefined;
  const segments = raw.map(decodeSegment);
  const versioned = versionedPath(segments);
  if (versioned === undefined || versioned.rest.length === 0) {
    return { kind: 'path', verb: VERBS[method] ?? method.toLowerCase(), path: `/${segments.join('/')}`, query };
  }
  const place = readPlace(versioned.rest);
  if (place === undefined) return undefined;
  const { group, version } = versioned;
  const { namespace, name, subresource } = place;
  const resource: ResourceRef = { group, version, resource: place.resource };
  return { kind: 'resource', verb: resourceVerb(method, name, query), resource, namespace, name, subresource, query };
}
