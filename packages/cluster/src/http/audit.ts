import { formatMicroTime, instant } from '@argosy/std';
import type { UserInfo } from '@argosy/kube/port';
import type { Route } from './route.ts';

/** Longest text of one field of an audit event, in characters; the rest is cut. */
export const MAX_AUDIT_TEXT_LENGTH = 1024;
/** Most annotations of one audit event. */
export const MAX_AUDIT_ANNOTATIONS = 32;

/** Takes one audit event: an Event of audit.k8s.io/v1 at level Metadata. Must not throw and not wait. */
export type AuditSink = (event: object) => void;

/** What is found out about a request while it is answered. */
export interface AuditFacts {
  route?: Route;
  user?: UserInfo;
  impersonated?: UserInfo;
  code?: number;
  reason?: string;
  message?: string;
  annotations?: ReadonlyMap<string, string>;
}

/** A request as it arrived. */
export interface AuditedRequest {
  readonly auditId: string;
  readonly method: string;
  readonly url: string;
  readonly userAgent: string | undefined;
  readonly address: string;
  /** Milliseconds since the epoch. */
  readonly receivedAt: number;
}

// oxlint-disable-next-line no-control-regex -- control characters are exactly what must be found
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g;

const clean = (text: string): string => text.replace(CONTROL, '\ufffd').slice(0, MAX_AUDIT_TEXT_LENGTH);

/** Reads of these are told of, too. */
const WATCHED_READS = ['secrets'];

/** Writes, refusals for lack of rights, and reads of secrets are worth an event; other reads are not. */
export function isAudited(facts: AuditFacts, method: string): boolean {
  // A stream into a container (101) does what its caller wants, whatever the method says.
  if (facts.code === 401 || facts.code === 403 || facts.code === 101) return true;
  if (facts.route?.kind === 'resource' && WATCHED_READS.includes(facts.route.resource.resource)) return true;
  return !['GET', 'HEAD', 'OPTIONS'].includes(method);
}

function userOf(user: UserInfo): object {
  return {
    username: clean(user.name),
    ...(user.uid === undefined ? {} : { uid: clean(user.uid) }),
    groups: user.groups.map(clean),
  };
}

function objectRefOf(route: Route | undefined): object {
  if (route?.kind !== 'resource') return {};
  const { resource, namespace, name, subresource } = route;
  return {
    objectRef: {
      resource: resource.resource,
      ...(namespace === '' ? {} : { namespace: clean(namespace) }),
      ...(name === '' ? {} : { name: clean(name) }),
      ...(resource.group === '' ? {} : { apiGroup: resource.group }),
      apiVersion: resource.version,
      ...(subresource === '' ? {} : { subresource }),
    },
  };
}

/** A refusal for lack of rights says who cannot do what; admission refuses in other words. */
const isRightsRefusal = ({ code, message }: AuditFacts): boolean =>
  code === 403 && / cannot \w+ (resource|path) /.test(message ?? '');

function annotationsOf(facts: AuditFacts): { readonly [key: string]: string } {
  const decision = isRightsRefusal(facts) ? 'forbid' : 'allow';
  const own: readonly (readonly [string, string])[] =
    facts.user === undefined ? [] : [['authorization.k8s.io/decision', decision]];
  const given = [...(facts.annotations ?? [])].slice(0, MAX_AUDIT_ANNOTATIONS);
  return Object.fromEntries([...own, ...given.map(([key, value]) => [clean(key), clean(value)] as const)]);
}

const VERBS: { readonly [method: string]: string } = {
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};

function statusOf({ code = 0, reason = '', message = '' }: AuditFacts): object {
  return {
    ...(code >= 400 ? { status: 'Failure', reason } : {}),
    // Other messages may show what was in the body.
    ...(code === 401 || code === 403 ? { message: clean(message) } : {}),
    code,
  };
}

function usersOf({ user, impersonated }: AuditFacts): object {
  return {
    ...(user === undefined ? {} : { user: userOf(user) }),
    ...(impersonated === undefined ? {} : { impersonatedUser: userOf(impersonated) }),
  };
}

/** Builds the event of an answered request: who, what, how it ended and how long it took; never a body or a token. */
export function auditEvent(request: AuditedRequest, facts: AuditFacts, answeredAt: number): object {
  return {
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level: 'Metadata',
    auditID: request.auditId,
    stage: 'ResponseComplete',
    requestURI: clean(request.url),
    verb: facts.route?.verb ?? VERBS[request.method] ?? 'get',
    ...usersOf(facts),
    sourceIPs: [request.address],
    ...(request.userAgent === undefined ? {} : { userAgent: clean(request.userAgent) }),
    ...objectRefOf(facts.route),
    responseStatus: statusOf(facts),
    requestReceivedTimestamp: formatMicroTime(instant(request.receivedAt)),
    stageTimestamp: formatMicroTime(instant(answeredAt)),
    latencyMs: answeredAt - request.receivedAt,
    annotations: annotationsOf(facts),
  };
}
