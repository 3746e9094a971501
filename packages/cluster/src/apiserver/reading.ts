import { isObject } from '@argosy/std';
import { kubeError, matchesLabels, parseLabelSelector, type LabelSelector } from '@argosy/kube/meta';
import type { GetRequest, ListOptions, ListRequest } from '@argosy/kube/port';
import type { StoredObject } from '../store/index.ts';
import { forbiddenField, invalid, invalidField, methodNotAllowed, notFound } from './errors.ts';
import { matchesFields, parseFieldSelector, selectedName, type FieldRequirement } from './field-selector.ts';
import type { ServedResource } from './resource.ts';
import { scaleObject } from './scale.ts';
import type { ApiState, Outcome, StepEnv } from './state.ts';

/** A compiled pair of selectors. */
export interface Selection {
  readonly labels: LabelSelector;
  readonly fields: readonly FieldRequirement[];
  readonly matches: (stored: StoredObject) => boolean;
}

/** Compiles the selectors of a list or watch. @throws KubeError BadRequest. */
export function selectionOf(
  resource: ServedResource,
  options: { readonly labelSelector?: string; readonly fieldSelector?: string },
): Selection {
  const labels = parseLabelSelector(options.labelSelector ?? '');
  const fields = parseFieldSelector(options.fieldSelector ?? '', resource);
  return {
    labels,
    fields,
    matches: (stored) => matchesLabels(labels, stored.labels) && matchesFields(fields, stored),
  };
}

/** Reads a resourceVersion parameter; `''` and `0` are 0. @throws KubeError Invalid. */
export function parseVersion(text: string | undefined): number {
  if (text === undefined || text === '') return 0;
  if (!/^\d{1,16}$/.test(text)) {
    throw kubeError('Invalid', `resourceVersion: Invalid value: ${JSON.stringify(text)}: invalid syntax`);
  }
  return Number(text);
}

/** Refuses a version that was never given out. */
export function demandKnownVersion(state: ApiState, version: number): void {
  const current = state.store.resourceVersion();
  if (version <= current) return;
  throw kubeError('Timeout', `Too large resource version: ${version}, current: ${current}`, {
    details: {
      retryAfterSeconds: 1,
      causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    },
  });
}

/** Reads one object, its status or its scale. */
export function getObject(state: ApiState, resource: ServedResource, request: GetRequest): Outcome {
  demandKnownVersion(state, parseVersion(request.resourceVersion));
  const stored = state.store.get(resource.storage, request.key.namespace, request.key.name);
  if (stored === undefined) throw notFound(resource, request.key.name);
  const base = { code: 200, tells: stored.resourceVersion, warnings: [] };
  if (request.subresource === 'scale' && resource.scale !== undefined) {
    return { ...base, body: { kind: 'object', object: scaleObject(state, resource, stored) } };
  }
  const served = resource.subresources.find((item) => item.name === request.subresource);
  if (request.subresource !== undefined && served?.verbs.includes('get') !== true) throw methodNotAllowed('get');
  return { ...base, body: { kind: 'stored', resource, stored } };
}

interface ContinueToken {
  readonly version: number;
  readonly start: string;
}

function encodeToken(token: ContinueToken): string {
  const text = JSON.stringify({ v: 'meta.k8s.io/v1', rv: token.version, start: token.start });
  return Buffer.from(text, 'utf8').toString('base64url');
}

function decodeToken(text: string): ContinueToken {
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
  } catch {
    parsed = undefined;
  }
  const version = isObject(parsed) ? parsed['rv'] : undefined;
  const start = isObject(parsed) ? parsed['start'] : undefined;
  if (typeof version !== 'number' || !Number.isSafeInteger(version) || typeof start !== 'string') {
    throw kubeError('BadRequest', 'continue key is not valid: it was not given out by this server');
  }
  return { version, start };
}

const startOf = (stored: StoredObject): string => `${stored.namespace}/${stored.name}`;

const EXPIRED =
  'The provided continue parameter is too old to display a consistent list result. You can start a new list without ' +
  'the continue parameter, or use the continue token in this response to retrieve the remainder of the results. ' +
  'Continuing with the provided token results in an inconsistent list - objects that were created, modified, or ' +
  'deleted between the time the first chunk was returned and now may show up in the list.';

function expired(token: ContinueToken): Error {
  const error = kubeError('Expired', EXPIRED);
  return Object.assign(error, {
    status: { ...error.status, metadata: { continue: encodeToken({ version: -1, start: token.start }) } },
  });
}

interface ListPage {
  readonly items: readonly StoredObject[];
  readonly version: number;
}

const LIST_OPTIONS = { group: 'meta.k8s.io', kind: 'ListOptions' };

/** Which combinations of resourceVersionMatch are forbidden, in upstream's words. */
function matchProblem(request: ListOptions): string | undefined {
  const { resourceVersionMatch: match, resourceVersion: version = '', continue: token = '' } = request;
  if (match === undefined) return undefined;
  if (token !== '') return 'resourceVersionMatch is forbidden when continue is provided';
  if (version === '') return 'resourceVersionMatch is forbidden unless resourceVersion is provided';
  if (match === 'Exact' && version === '0') return 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"';
  return undefined;
}

function demandSoundOptions(request: ListOptions): void {
  const { limit, continue: token = '', resourceVersion: version = '' } = request;
  if (limit !== undefined && (!Number.isSafeInteger(limit) || limit < 0)) {
    throw invalid(LIST_OPTIONS, '', [invalidField('limit', limit, 'must be a whole number, 0 or more')]);
  }
  const problem = matchProblem(request);
  if (problem !== undefined) throw invalid(LIST_OPTIONS, '', [forbiddenField('resourceVersionMatch', problem)]);
  if (token !== '' && version !== '' && version !== '0') {
    throw kubeError('BadRequest', 'specifying resource version is not allowed when using continue');
  }
}

interface ListScope {
  readonly state: ApiState;
  readonly resource: ServedResource;
  readonly namespace: string;
  readonly env: Pick<StepEnv, 'now'>;
}

const pinScope = (scope: ListScope): string => `${scope.resource.storage} ${scope.namespace}`;

/** The whole list of a scope at a version: pinned, or the present one when nothing changed since. */
function listAt(scope: ListScope, version: number): readonly StoredObject[] | undefined {
  const { state, resource, namespace, env } = scope;
  const pinned = state.pins.find(pinScope(scope), version, env.now);
  if (pinned !== undefined) return pinned;
  const unchanged = version >= state.store.changedAt(resource.storage) && state.store.changedAt(resource.storage) > 0;
  return unchanged || version === state.store.resourceVersion()
    ? state.store.list(resource.storage, namespace)
    : undefined;
}

function continued(scope: ListScope, text: string): ListPage {
  const token = decodeToken(text);
  const { state, resource, namespace } = scope;
  const all = token.version === -1 ? state.store.list(resource.storage, namespace) : listAt(scope, token.version);
  if (all === undefined) throw expired(token);
  const [startNamespace = '', startName = ''] = token.start.split('/');
  const items = all.filter(
    (stored) => stored.namespace > startNamespace || (stored.namespace === startNamespace && stored.name >= startName),
  );
  return { items, version: token.version === -1 ? state.store.resourceVersion() : token.version };
}

function firstPage(scope: ListScope, request: ListRequest): ListPage {
  const { state, resource, namespace } = scope;
  const version = parseVersion(request.resourceVersion);
  demandKnownVersion(state, version);
  if (request.resourceVersionMatch !== 'Exact') {
    return { items: state.store.list(resource.storage, namespace), version: state.store.resourceVersion() };
  }
  const items = listAt(scope, version);
  if (items === undefined) {
    throw kubeError('Expired', 'The resourceVersion for the provided list is too old.');
  }
  return { items, version };
}

function selectItems(scope: ListScope, page: ListPage, selection: Selection): readonly StoredObject[] {
  if (selection.labels.length === 0 && selection.fields.length === 0) return page.items;
  const name = selectedName(selection.fields);
  if (name !== undefined && scope.namespace !== '' && page.version === scope.state.store.resourceVersion()) {
    const stored = scope.state.store.get(scope.resource.storage, scope.namespace, name);
    return stored !== undefined && selection.matches(stored) ? [stored] : [];
  }
  return page.items.filter(selection.matches);
}

/** How many items a page has at most; 0 is all of them. A list at version 0 comes whole, as from upstream's cache. */
function pageLimit(request: ListRequest): number {
  const { limit = 0, continue: token = '', resourceVersion, resourceVersionMatch } = request;
  return resourceVersion === '0' && token === '' && resourceVersionMatch === undefined ? 0 : limit;
}

/** Lists a resource, page by page when `limit` asks for it. Pages of one list show one moment. */
export function listObjects(
  state: ApiState,
  resource: ServedResource,
  given: { readonly request: ListRequest; readonly env: Pick<StepEnv, 'now'> },
): Outcome {
  const { request, env } = given;
  demandSoundOptions(request);
  const selection = selectionOf(resource, request);
  const scope: ListScope = { state, resource, namespace: resource.namespaced ? request.namespace : '', env };
  const token = request.continue ?? '';
  const page = token === '' ? firstPage(scope, request) : continued(scope, token);
  const selected = selectItems(scope, page, selection);
  const limit = pageLimit(request);
  const next = limit > 0 ? selected[limit] : undefined;
  const base = { code: 200, tells: page.version, warnings: [] };
  const version = { resourceVersion: String(page.version) };
  if (next === undefined) return { ...base, body: { kind: 'list', resource, items: selected, metadata: version } };
  if (token === '') state.pins.pin(pinScope(scope), page.version, { items: page.items, now: env.now });
  const plain = selection.labels.length === 0 && selection.fields.length === 0;
  const metadata = {
    ...version,
    continue: encodeToken({ version: page.version, start: startOf(next) }),
    ...(plain ? { remainingItemCount: selected.length - limit } : {}),
  };
  return { ...base, body: { kind: 'list', resource, items: selected.slice(0, limit), metadata } };
}
