import { formatYaml } from '@argosy/lang/yaml';
import { kubeError, type KubeObject } from '@argosy/kube/meta';
import type { LogRequest, UserInfo } from '@argosy/kube/port';
import type { ApiAnswer, ControlPlane, ResourceDescriptor } from '../apiserver/index.ts';
import type { DecodeOptions } from './body.ts';
import type { DiscoveryIndex } from './discovery.ts';
import type { Lane } from './gate.ts';
import { effectiveUser } from './impersonate.ts';
import { streamLog } from './log-response.ts';
import { contentTypeOf, negotiate, type Negotiated } from './negotiate.ts';
import { readLogOptions } from './query-options.ts';
import { buildRequest, buildWatch, type RequestInput } from './resource-request.ts';
import { sendPayload, sendText, type Exchange } from './respond.ts';
import { queryFlag, selectedName, type ResourceRoute } from './route.ts';
import { isList, partialMetadata, partialMetadataList, readIncludeObject, tableOfAnswer } from './table-response.ts';
import { streamWatch } from './watch-response.ts';

/** Subresources that become another protocol after an upgrade. */
const UPGRADED = ['exec', 'attach', 'portforward'];

/** What resource requests are answered from. */
export interface ResourceContext {
  readonly plane: ControlPlane;
  readonly discovery: { current(): DiscoveryIndex };
  readonly decode: DecodeOptions;
  readonly watchBufferBytes: number;
  /** Ends every open watch and log when the server closes. */
  readonly openStreams: Set<() => void>;
}

/** A resource request of a user. */
export interface ResourceInput extends RequestInput {
  readonly user: UserInfo;
  readonly accept: string | undefined;
}

/** Which limit a route counts against. */
export function laneOf(route: ResourceRoute): Lane {
  if (route.verb === 'watch') return 'long';
  if (route.verb === 'get' && route.subresource === 'log' && queryFlag(route.query, 'follow')) return 'long';
  return route.verb === 'get' || route.verb === 'list' ? 'read' : 'write';
}

/** Whether a route fits what is served: resource, scope and subresource. */
function findServed(index: DiscoveryIndex, route: ResourceRoute): ResourceDescriptor | undefined {
  const served = index.find(route.resource);
  if (served === undefined) return undefined;
  const scoped = route.namespace !== '';
  if (scoped && !served.namespaced) return undefined;
  if (served.namespaced && !scoped && (route.name !== '' || route.verb === 'create')) return undefined;
  const known = route.subresource === '' || served.subresources.some((item) => item.name === route.subresource);
  return known ? served : undefined;
}

function checkVerb(served: ResourceDescriptor, route: ResourceRoute): void {
  const sub = served.subresources.find((item) => item.name === route.subresource);
  const nameFits =
    route.subresource !== '' || (route.verb === 'create') === (route.name === '') || !NAMED.includes(route.verb);
  const allowed = (sub ?? served).verbs.includes(route.verb) && nameFits;
  if (!allowed) throw kubeError('MethodNotAllowed', 'the server does not allow this method on the requested resource');
}

/** Verbs that stand with a name exactly when they are not `create`. */
const NAMED = ['create', 'update', 'patch', 'delete'];

function demandUnknown(context: ResourceContext, input: ResourceInput): void {
  const { verb, resource, subresource, namespace, name, query } = input.route;
  const named = name === '' ? selectedName(query.get('fieldSelector')) : name;
  const { group } = resource;
  const user = effectiveUser(context.plane, input.user, input.impersonate);
  context.plane.demand(user, { verb, group, resource: resource.resource, subresource, namespace, name: named });
}

function transformed(
  context: ResourceContext,
  input: ResourceInput,
  given: { negotiated: Negotiated; answer: ApiAnswer },
): unknown {
  const { negotiated, answer } = given;
  const { resource, query } = input.route;
  if (negotiated.transform === 'table') {
    const include = readIncludeObject(query.get('includeObject'));
    return tableOfAnswer(context.plane, resource, { object: answer.object, include });
  }
  if (negotiated.transform === 'none') return answer.object;
  return isList(answer.object) ? partialMetadataList(answer.object) : partialMetadata(answer.object);
}

function isStatus(object: KubeObject): boolean {
  return object.kind === 'Status' && object.apiVersion === 'v1';
}

function sendAnswer(
  context: ResourceContext,
  exchange: Exchange,
  given: { input: ResourceInput; answer: ApiAnswer; negotiated: Negotiated },
): void {
  const { input, answer, negotiated } = given;
  const { code, warnings } = answer;
  const plain = negotiated.transform === 'none' && negotiated.format === 'json';
  const stored = plain ? answer.bytes : undefined;
  if (stored !== undefined) {
    sendPayload(exchange, { code, warnings, contentType: 'application/json', body: stored });
    return;
  }
  const value = isStatus(answer.object) ? answer.object : transformed(context, input, { negotiated, answer });
  const yaml = negotiated.format === 'yaml';
  const body = yaml ? formatYaml(value) : JSON.stringify(value);
  sendPayload(exchange, { code, warnings, contentType: contentTypeOf(negotiated), body });
}

async function answerWatch(context: ResourceContext, exchange: Exchange, input: ResourceInput): Promise<void> {
  const negotiated = negotiate(input.accept);
  await streamWatch(context.plane, exchange, {
    user: input.user,
    request: buildWatch(input),
    negotiated,
    include: readIncludeObject(input.route.query.get('includeObject')),
    bufferBytes: context.watchBufferBytes,
    openStreams: context.openStreams,
  });
}

async function answerLog(context: ResourceContext, exchange: Exchange, input: ResourceInput): Promise<void> {
  const { namespace, name, query } = input.route;
  const closing = new AbortController();
  const end = (): void => closing.abort();
  const signal = AbortSignal.any([input.signal, closing.signal]);
  const request: LogRequest = {
    ...readLogOptions(query),
    key: { namespace, name },
    signal,
    ...(input.impersonate === undefined ? {} : { impersonate: input.impersonate }),
  };
  context.openStreams.add(end);
  try {
    await streamLog(context.plane, exchange, { user: input.user, request, signal });
  } finally {
    context.openStreams.delete(end);
  }
}

/**
 * Answers a resource request: one answer, a watch or a log.
 * @throws KubeError for every refusal; nothing was sent then.
 */
export async function answerResource(
  context: ResourceContext,
  exchange: Exchange,
  input: ResourceInput,
): Promise<void> {
  const { route } = input;
  const served = findServed(context.discovery.current(), route);
  if (served === undefined) {
    demandUnknown(context, input);
    sendText(exchange, 404, '404 page not found\n');
    return;
  }
  checkVerb(served, route);
  if (route.verb === 'watch') return answerWatch(context, exchange, input);
  if (route.subresource === 'log') return answerLog(context, exchange, input);
  if (UPGRADED.includes(route.subresource)) throw kubeError('BadRequest', 'Upgrade request required');
  const negotiated = negotiate(input.accept);
  const answer = await context.plane.answer(input.user, buildRequest(input, context.decode));
  if (answer.annotations !== undefined) exchange.facts.annotations = answer.annotations;
  if (!input.signal.aborted) sendAnswer(context, exchange, { input, answer, negotiated });
}
