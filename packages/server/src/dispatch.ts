import { RestError, type Identity, type RestRequest, type RestResponse, type RestRoute } from '@argosy/api/rest';
import { formatTime, instant, type Clock, type Logger } from '@argosy/std';
import { AuditError, type Audit } from '@argosy/auth/audit';
import type { Policy } from '@argosy/auth/policy';
import type { Session, Sessions } from '@argosy/auth/sessions';
import { isJson, readBody, type Body } from './body.ts';
import { credentialsOf, isSameOrigin, type Credentials } from './credentials.ts';
import { errorAnswer, HttpError } from './errors.ts';
import { headerOf, sendJson, type Exchange } from './exchange.ts';
import type { ServerLimits } from './limits.ts';
import { respond, withinTime, type StreamBudget } from './respond.ts';
import type { PathParams, Router } from './router.ts';
import type { OwnRoute } from './session-routes.ts';

/** A route given by a domain, told apart from the server's own. */
export interface DomainRoute extends RestRoute {
  readonly kind: 'domain';
}

/** What dispatching needs. */
export interface DispatchContext {
  readonly router: Router<DomainRoute | OwnRoute>;
  readonly sessions: Sessions;
  readonly policy: Policy;
  readonly audit: Audit;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits: ServerLimits;
  readonly streams: StreamBudget;
}

/** Who asks: an identity (anonymous when nobody is logged in), and how the session can be looked at again. */
interface Caller {
  readonly identity: Identity;
  readonly session: Session | undefined;
  readonly credentials: Credentials | undefined;
}

const ANONYMOUS: Identity = Object.freeze({ subject: '', username: '', groups: Object.freeze([]), issuer: '' });

/** Answers a request under /api. Never rejects: whatever is thrown becomes an answer, and unforeseen errors a log line. */
export async function dispatch(context: DispatchContext, exchange: Exchange): Promise<void> {
  try {
    await answer(context, exchange);
  } catch (error) {
    fail(context, exchange, error);
  }
}

/** Tells the client of an error, and the log of an unforeseen one. */
export function fail(context: Pick<DispatchContext, 'logger'>, exchange: Exchange, error: unknown): void {
  const told = errorAnswer(error instanceof AuditError ? auditRefusal() : error, exchange.id);
  if (told.isUnforeseen || error instanceof AuditError) reportUnforeseen(context, exchange, error);
  const { outgoing } = exchange;
  if (outgoing.headersSent) {
    outgoing.destroy();
    return;
  }
  if (told.status === 401) outgoing.setHeader('www-authenticate', 'Bearer');
  // What is left of a refused body is not read; HTTP/1.1 then cannot go on with the connection.
  if (!exchange.incoming.complete && exchange.incoming.httpVersionMajor === 1)
    outgoing.setHeader('connection', 'close');
  sendJson(exchange, told.status, told.body);
}

const auditRefusal = (): RestError =>
  new RestError('Unavailable', 'the security log cannot take records, so nothing may be changed now');

function reportUnforeseen(context: Pick<DispatchContext, 'logger'>, exchange: Exchange, error: unknown): void {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  context.logger.error('request failed', { incident: exchange.id, method: exchange.method, error: text });
}

async function answer(context: DispatchContext, exchange: Exchange): Promise<void> {
  const found = context.router.find(exchange.method, segmentsOf(exchange.path));
  if (found.kind === 'none') throw new RestError('NotFound', 'Not Found');
  if (found.kind === 'wrong-method') {
    exchange.outgoing.setHeader('allow', found.allowed.join(', '));
    throw new HttpError(405, 'Unimplemented', `Method Not Allowed, use ${found.allowed.join(' or ')}`);
  }
  const { route, params } = found;
  const needsLogin = route.kind === 'own' ? !route.isOpen : route.access !== undefined;
  const caller = identify(context, exchange);
  if (needsLogin && caller.session === undefined) throw unauthenticated(caller);
  checkForgery(exchange, caller, { needsLogin, isOwn: route.kind === 'own' });
  const body = await bodyOf(context, exchange);
  if (route.kind === 'own') await runOwn(context, exchange, { route, params, caller, body });
  else await runDomain(context, exchange, { route, params, caller, body });
}

/** Splits before unescaping, so that `%2F` stays inside its segment. */
function segmentsOf(path: string): readonly string[] {
  try {
    return path.split('/').slice(1).map(decodeURIComponent);
  } catch {
    throw new RestError('InvalidArgument', 'the path has a broken % escape');
  }
}

function identify(context: DispatchContext, exchange: Exchange): Caller {
  const credentials = credentialsOf(exchange);
  const session = credentials === undefined ? undefined : context.sessions.authenticate(credentials.token);
  return { identity: session?.identity ?? ANONYMOUS, session, credentials };
}

const unauthenticated = (caller: Caller): RestError =>
  new RestError('Unauthenticated', caller.credentials === undefined ? 'no session information' : 'invalid session');

/**
 * Changes need a JSON content type (a plain form of another site cannot send it) and, when a cookie or a login is
 * involved, a browser's word that the request is from our own page. Webhooks are neither.
 */
function checkForgery(
  exchange: Exchange,
  caller: Caller,
  route: { readonly needsLogin: boolean; readonly isOwn: boolean },
): void {
  if (isRead(exchange) || !(route.needsLogin || route.isOwn)) return;
  if (!isJson(exchange)) throw new HttpError(415, 'InvalidArgument', 'Invalid content type');
  const comesFromBrowser = ['sec-fetch-site', 'origin'].some((name) => headerOf(exchange, name) !== undefined);
  const needsOrigin = caller.credentials?.source === 'cookie' || comesFromBrowser;
  if (needsOrigin && !isSameOrigin(exchange)) throw new RestError('PermissionDenied', 'cross-site request refused');
}

const isRead = (exchange: Exchange): boolean => exchange.method === 'GET' || exchange.method === 'HEAD';

async function bodyOf(context: DispatchContext, exchange: Exchange): Promise<Body> {
  if (isRead(exchange)) return { raw: new Uint8Array(), json: undefined };
  return readBody(exchange, context.limits, context.clock);
}

interface Call<Route> {
  readonly route: Route;
  readonly params: PathParams;
  readonly caller: Caller;
  readonly body: Body;
}

async function runOwn(context: DispatchContext, exchange: Exchange, call: Call<OwnRoute>): Promise<void> {
  const request = {
    params: call.params,
    body: call.body.json,
    address: exchange.address,
    token: call.caller.credentials?.token,
    session: call.caller.session,
  };
  const done = await call.route.handle(request);
  for (const [name, value] of Object.entries(done.headers ?? {})) exchange.outgoing.setHeader(name, value);
  await send(context, exchange, { caller: call.caller, response: done.response });
}

async function runDomain(context: DispatchContext, exchange: Exchange, call: Call<DomainRoute>): Promise<void> {
  const { route, caller } = call;
  const request = requestOf(exchange, call);
  const time = { clock: context.clock, limitMs: route.timeout ?? context.limits.handlerTimeoutMs };
  const work = async (): Promise<RestResponse> => {
    const object = await authorise(context, exchange, { route, caller, request });
    try {
      return await route.handle(request);
    } catch (error) {
      recordChange(context, exchange, { route, caller, object, outcome: 'failed' });
      throw error;
    }
  };
  const response = await withinTime(work(), exchange, time);
  await send(context, exchange, { caller, response });
}

function requestOf(exchange: Exchange, call: Call<DomainRoute>): RestRequest {
  const { query } = exchange;
  return {
    params: call.params,
    query: { get: (name) => query.get(name) ?? undefined, getAll: (name) => query.getAll(name) },
    body: call.body.json,
    identity: call.caller.identity,
    signal: exchange.abort.signal,
    header: (name) => headerOf(exchange, name),
    address: exchange.address,
    ...(call.route.access === undefined ? { rawBody: call.body.raw } : {}),
  };
}

interface Wish {
  readonly route: DomainRoute;
  readonly caller: Caller;
  readonly request: RestRequest;
}

/** Enforces the policy and records changes before they are made. Gives the object that was decided about. */
async function authorise(context: DispatchContext, exchange: Exchange, wish: Wish): Promise<string> {
  const { route, caller, request } = wish;
  const { access } = route;
  if (access === undefined) return '';
  const object = await access.object(request);
  const isAllowed =
    object === '*' || context.policy.enforce(caller.identity, access.resource, { action: access.action, object });
  recordChange(context, exchange, { route, caller, object, outcome: isAllowed ? 'allowed' : 'denied' });
  if (isAllowed) return object;
  const issuedAt = formatTime(instant((caller.session?.issuedAt ?? 0) * 1000));
  const wanted = `${access.resource}, ${access.action}, ${object}`;
  throw new RestError(
    'PermissionDenied',
    `permission denied: ${wanted}, sub: ${caller.identity.subject}, iat: ${issuedAt}`,
  );
}

interface Change {
  readonly route: DomainRoute;
  readonly caller: Caller;
  readonly object: string;
  readonly outcome: 'allowed' | 'denied' | 'failed';
}

/** Changes and refusals go to the security log; allowed reads do not. */
function recordChange(context: DispatchContext, exchange: Exchange, change: Change): void {
  const { access } = change.route;
  if (access === undefined || (exchange.method === 'GET' && change.outcome !== 'denied')) return;
  context.audit.record({
    actor: change.caller.identity.username,
    action: `${access.resource}/${access.action}`,
    object: change.object,
    outcome: change.outcome,
    address: exchange.address,
  });
}

async function send(
  context: DispatchContext,
  exchange: Exchange,
  done: { readonly caller: Caller; readonly response: RestResponse },
): Promise<void> {
  const { credentials, identity, session } = done.caller;
  await respond(exchange, done.response, {
    budget: context.streams,
    identity,
    scope: {
      clock: context.clock,
      limits: context.limits,
      isStillAllowed: () =>
        session === undefined ||
        (credentials !== undefined && context.sessions.authenticate(credentials.token) !== undefined),
      onUnforeseen: (error) => reportUnforeseen(context, exchange, error),
    },
  });
}
