import { isObject } from '@argosy/std';
import { kubeError, type KubeObject } from '@argosy/kube/meta';
import type { ClusterServer, CreateRequest, UserInfo } from '@argosy/kube/port';
import type { ApiAnswer, Authorizer } from '../apiserver/index.ts';
import { writeRule, type PolicyRule } from '../authz/index.ts';
import type { Authenticator } from './authenticate.ts';
import { attributesOf, invalidReview, specOf, textField, textList } from './review-attributes.ts';
import type { ServiceAccountTokens } from './service-account-tokens.ts';
import { answerTokenRequest } from './token-request.ts';

/** An authorizer that can also list what a user may do. */
export interface RuleAuthorizer extends Authorizer {
  rulesFor(user: UserInfo, namespace: string): readonly PolicyRule[];
}

/** What reviews are answered from. */
export interface ReviewOptions {
  /** The control plane that the extensions are given to; asked for only when a request is answered. */
  readonly server: () => Pick<ClusterServer, 'send'>;
  readonly authorizer: RuleAuthorizer;
  readonly authenticator: Pick<Authenticator, 'identify'>;
  readonly tokens: ServiceAccountTokens;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

type Status = { readonly [field: string]: unknown };
type Review = (user: UserInfo, request: CreateRequest) => Promise<Status>;

function userInfo(user: UserInfo): Status {
  const { name, uid, groups, extra } = user;
  return {
    username: name,
    ...(uid === undefined ? {} : { uid }),
    groups,
    ...(extra === undefined || Object.keys(extra).length === 0 ? {} : { extra }),
  };
}

function accessStatus(options: ReviewOptions, user: UserInfo, request: CreateRequest): Status {
  const attributes = attributesOf(request.object.kind, specOf(request.object));
  const { allowed, reason } = options.authorizer.authorize(user, attributes);
  return { allowed, ...(reason === '' ? {} : { reason }) };
}

/** The user that a SubjectAccessReview asks about. */
function reviewedUser(object: KubeObject): UserInfo {
  const spec = specOf(object);
  const name = textField(object.kind, spec, 'user');
  const groups = textList(object.kind, spec, 'groups');
  if (name === '' && groups.length === 0) {
    throw invalidReview(object.kind, 'spec.user', 'Invalid value: "": at least one of user or group must be specified');
  }
  const extra = isObject(spec['extra']) ? (spec['extra'] as { readonly [key: string]: readonly string[] }) : undefined;
  return { name, groups, uid: textField(object.kind, spec, 'uid'), ...(extra === undefined ? {} : { extra }) };
}

function localAccess(options: ReviewOptions, request: CreateRequest): Status {
  const wanted = specOf(request.object)['resourceAttributes'];
  const namespace = isObject(wanted) ? wanted['namespace'] : undefined;
  if (namespace !== request.namespace) {
    throw kubeError('BadRequest', `spec.resourceAttributes.namespace must match namespace: ${request.namespace}`);
  }
  return accessStatus(options, reviewedUser(request.object), request);
}

function rulesStatus(options: ReviewOptions, user: UserInfo, request: CreateRequest): Status {
  const namespace = textField('SelfSubjectRulesReview', specOf(request.object), 'namespace');
  if (namespace === '') throw kubeError('BadRequest', 'no namespace on request');
  const rules = options.authorizer.rulesFor(user, namespace);
  const ofResources = rules.filter((rule) => rule.nonResourceURLs.length === 0);
  const ofPaths = rules.filter((rule) => rule.nonResourceURLs.length > 0);
  return { resourceRules: ofResources.map(writeRule), nonResourceRules: ofPaths.map(writeRule), incomplete: false };
}

async function tokenStatus(options: ReviewOptions, object: KubeObject): Promise<Status> {
  const spec = specOf(object);
  const token = textField('TokenReview', spec, 'token');
  if (token === '') throw kubeError('BadRequest', 'token is required for TokenReview in authentication');
  const identity = await options.authenticator.identify(token, textList('TokenReview', spec, 'audiences'));
  if (identity === undefined) return { user: {}, error: 'the token is not valid' };
  return { authenticated: true, user: userInfo(identity.user), audiences: identity.audiences };
}

function reviewTable(options: ReviewOptions): ReadonlyMap<string, Review> {
  return new Map<string, Review>([
    ['authentication.k8s.io/v1/selfsubjectreviews', async (user) => ({ userInfo: userInfo(user) })],
    ['authentication.k8s.io/v1/tokenreviews', async (_user, request) => tokenStatus(options, request.object)],
    ['authorization.k8s.io/v1/selfsubjectaccessreviews', async (user, request) => accessStatus(options, user, request)],
    ['authorization.k8s.io/v1/selfsubjectrulesreviews', async (user, request) => rulesStatus(options, user, request)],
    [
      'authorization.k8s.io/v1/subjectaccessreviews',
      async (_user, request) => accessStatus(options, reviewedUser(request.object), request),
    ],
    ['authorization.k8s.io/v1/localsubjectaccessreviews', async (_user, request) => localAccess(options, request)],
  ]);
}

const KINDS: { readonly [resource: string]: string } = {
  selfsubjectreviews: 'SelfSubjectReview',
  tokenreviews: 'TokenReview',
  selfsubjectaccessreviews: 'SelfSubjectAccessReview',
  selfsubjectrulesreviews: 'SelfSubjectRulesReview',
  subjectaccessreviews: 'SubjectAccessReview',
  localsubjectaccessreviews: 'LocalSubjectAccessReview',
};

/** A TokenReview's answer does not repeat the token. */
function echo(object: KubeObject): KubeObject {
  if (object.kind !== 'TokenReview') return object;
  const { token: _secret, ...spec } = specOf(object);
  return { ...object, spec };
}

function created(object: KubeObject): ApiAnswer {
  return { code: 201, object, warnings: [] };
}

/** Answers one kind of create; the caller was allowed to before, and `user` is whom it acts as. */
export type ReviewExtension = (user: UserInfo, request: CreateRequest) => Promise<ApiAnswer>;

function reviewExtension(resource: string, group: string, review: Review): ReviewExtension {
  const kind = KINDS[resource] ?? '';
  return async (user, request) => {
    // Bodies may leave the kind out, whatever the type says: it follows from the URL.
    const found: unknown = request.object.kind;
    if (found !== undefined && found !== kind) {
      throw kubeError('BadRequest', `the kind is ${JSON.stringify(found)}, expected is ${kind}`);
    }
    const object: KubeObject = { ...request.object, apiVersion: `${group}/v1`, kind };
    const status = await review(user, { ...request, object });
    return created({ ...echo(object), metadata: { creationTimestamp: null, ...object.metadata }, status });
  };
}

function tokenExtension(options: ReviewOptions): ReviewExtension {
  return async (_user, request) => {
    const { namespace, name = '', object } = request;
    const context = { server: options.server(), tokens: options.tokens, now: options.now };
    return created(await answerTokenRequest(context, { namespace, name, object }));
  };
}

/**
 * The resources that are questions and not storage: access reviews, token reviews and TokenRequest. Give them to
 * `openControlPlane` as `extensions`; then in-process callers have them as well as those over the wire.
 */
export function reviewExtensions(options: ReviewOptions): { readonly [path: string]: ReviewExtension } {
  const extensions: { [path: string]: ReviewExtension } = { 'serviceaccounts/token': tokenExtension(options) };
  for (const [path, review] of reviewTable(options)) {
    const [group = '', , resource = ''] = path.split('/');
    extensions[`${resource}.${group}`] = reviewExtension(resource, group, review);
  }
  return extensions;
}
