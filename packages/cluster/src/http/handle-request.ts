import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import type { Logger } from '@argosy/std';
import { KubeError, kubeError } from '@argosy/kube/meta';
import type { UserInfo } from '@argosy/kube/port';
import { answerResource, laneOf, type ResourceContext } from './answer-resource.ts';
import { auditEvent, isAudited, type AuditFacts, type AuditSink } from './audit.ts';
import { ANONYMOUS, type Authenticator } from './authenticate.ts';
import { readBody } from './body.ts';
import { connectionIdentity } from './connection-identity.ts';
import type { Gate, Lane } from './gate.ts';
import { effectiveUser, readImpersonation } from './impersonate.ts';
import type { HttpLimits } from './limits.ts';
import { answerPath, isPublicPath, type PathContext } from './path-endpoints.ts';
import { abandon, sendStatus, sendText, statusOf, type Exchange, type Outgoing } from './respond.ts';
import { parseRoute, type Route } from './route.ts';

/** The part of an HTTP/1.1 or HTTP/2 request that is read. */
export interface Incoming extends Readable {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly rawHeaders: string[];
}

/** What every request is answered from. */
export interface HandlerContext {
  readonly resources: ResourceContext;
  readonly paths: PathContext;
  readonly authenticator: Authenticator;
  readonly gate: Gate;
  readonly limits: HttpLimits;
  readonly logger: Logger;
  readonly audit?: AuditSink;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** One request with its connection. */
export interface Arrival {
  readonly request: Incoming;
  readonly response: Outgoing;
  readonly socket: TLSSocket;
}

/** Who asks, as its connection and headers prove. @throws KubeError Unauthorized. */
export async function authenticateArrival(
  context: Pick<HandlerContext, 'authenticator' | 'now'>,
  arrival: Pick<Arrival, 'request' | 'socket'>,
): Promise<UserInfo | undefined> {
  const identity = connectionIdentity(arrival.socket, context.now());
  if (identity.kind === 'refused') throw kubeError('Unauthorized', 'Unauthorized');
  const { authorization } = arrival.request.headers;
  return context.authenticator.authenticate({
    ...(identity.kind === 'certificate' ? { certificate: identity.subject } : {}),
    ...(authorization === undefined ? {} : { authorization }),
  });
}

/** What a request asks for. @throws KubeError BadRequest (414 for a path and query that are too long). */
export function readRoute(
  context: Pick<HandlerContext, 'limits'>,
  request: Pick<Incoming, 'url' | 'method'>,
): Route | undefined {
  const url = request.url ?? '/';
  if (url.length > context.limits.urlBytes) {
    throw kubeError('BadRequest', `the URL has ${url.length} bytes, allowed are ${context.limits.urlBytes}`, {
      code: 414,
    });
  }
  return parseRoute(request.method ?? 'GET', url);
}

/** Ends a request that takes too long or whose client is gone. */
function watchdog(
  context: HandlerContext,
  arrival: Arrival,
  lane: Lane,
): { signal: AbortSignal; expired: Promise<never>; stop: () => void } {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<never>((_resolve, reject) => {
    if (lane === 'long') return;
    timer = setTimeout(() => {
      const message = 'Timeout: request did not complete within the allotted timeout';
      reject(kubeError('Timeout', message));
      controller.abort();
    }, context.limits.requestTimeoutMs);
  });
  expired.catch(() => undefined);
  arrival.response.on('close', () => controller.abort());
  return { signal: controller.signal, expired, stop: () => clearTimeout(timer) };
}

function lane(route: Route): Lane {
  return route.kind === 'resource' ? laneOf(route) : 'read';
}

async function answer(
  context: HandlerContext,
  exchange: Exchange,
  given: { arrival: Arrival; route: Route; user: UserInfo; signal: AbortSignal },
): Promise<void> {
  const { arrival, route, user, signal } = given;
  const { headers, rawHeaders } = arrival.request;
  const impersonate = readImpersonation(rawHeaders);
  if (impersonate !== undefined) exchange.facts.impersonated = impersonate;
  const accept = headers.accept;
  if (route.kind === 'path') {
    const acting = effectiveUser(context.paths.plane, user, impersonate);
    const ifNoneMatch = headers['if-none-match'];
    return answerPath(context.paths, exchange, { route, user: acting, accept, ifNoneMatch });
  }
  const body =
    lane(route) === 'write'
      ? await readBody(arrival.request, headers['content-length'], context.limits)
      : Buffer.alloc(0);
  return answerResource(context.resources, exchange, {
    route,
    body,
    user,
    impersonate,
    accept,
    signal,
    contentType: headers['content-type'],
    userAgent: headers['user-agent'],
  });
}

async function serve(context: HandlerContext, exchange: Exchange, arrival: Arrival): Promise<void> {
  const route = readRoute(context, arrival.request);
  if (route !== undefined) exchange.facts.route = route;
  const user = await authenticateArrival(context, arrival);
  exchange.facts.user = user ?? ANONYMOUS;
  const isPublic = route?.kind === 'path' && isPublicPath(route.path);
  if (user === undefined && !isPublic) throw kubeError('Unauthorized', 'Unauthorized');
  if (route === undefined) return sendText(exchange, 404, '404 page not found\n');
  const leave = isPublic ? () => undefined : context.gate.enter(lane(route));
  const guard = watchdog(context, arrival, lane(route));
  try {
    await Promise.race([
      answer(context, exchange, { arrival, route, user: user ?? ANONYMOUS, signal: guard.signal }),
      guard.expired,
    ]);
  } finally {
    guard.stop();
    leave();
  }
}

/** An error after the first byte cannot become a Status: the stream is cut so that the client notices. */
function fail(context: HandlerContext, exchange: Exchange, error: unknown): void {
  if (!(error instanceof KubeError)) {
    const { auditId } = exchange;
    context.logger.error('request failed', { auditId, error: error instanceof Error ? error.stack : String(error) });
  }
  if (exchange.response.headersSent) abandon(exchange);
  else sendStatus(exchange, statusOf(error, exchange.auditId));
}

/** Tells the audit log how a request ended. */
export function tellAudit(
  context: Pick<HandlerContext, 'audit' | 'now'>,
  arrival: Pick<Arrival, 'request' | 'socket'>,
  told: { readonly auditId: string; readonly receivedAt: number; readonly facts: AuditFacts },
): void {
  const { method = 'GET', url = '/', headers } = arrival.request;
  if (context.audit === undefined || !isAudited(told.facts, method)) return;
  const { auditId, receivedAt, facts } = told;
  const address = arrival.socket.remoteAddress ?? '';
  const request = { auditId, method, url, userAgent: headers['user-agent'], address, receivedAt };
  context.audit(auditEvent(request, facts, context.now()));
}

/** Answers one request, whatever happens. */
export async function handleRequest(context: HandlerContext, arrival: Arrival): Promise<void> {
  const { request, response } = arrival;
  const receivedAt = context.now();
  const headOnly = request.method === 'HEAD';
  const exchange: Exchange = { response, auditId: randomUUID(), headOnly, facts: {} };
  try {
    await serve(context, exchange, arrival);
  } catch (error) {
    fail(context, exchange, error);
  } finally {
    // An unread body would hold the connection back; what is left of it is thrown away.
    request.resume();
    tellAudit(context, arrival, { auditId: exchange.auditId, receivedAt, facts: exchange.facts });
  }
}
