import { timingSafeEqual } from 'node:crypto';
import { hasReason, kubeError, type KubeObject, type ObjectKey, type ResourceRef } from '@argosy/kube/meta';
import type { ClusterServer, UserInfo } from '@argosy/kube/port';
import {
  hashToken,
  looksLikeJwt,
  TokenError,
  type ServiceAccountTokens,
  type TokenClaims,
} from './service-account-tokens.ts';

/** A token that is configured, known only by its digest, and the user it stands for. */
export interface StaticToken {
  /** SHA-256, hex; see `hashToken`. */
  readonly sha256: string;
  readonly user: UserInfo;
}

/** A verified token: its user, and which of the asked audiences it is for. */
export interface TokenIdentity {
  readonly user: UserInfo;
  readonly audiences: readonly string[];
}

/** The subject of a client certificate whose chain was verified against our authority. */
export interface CertificateSubject {
  readonly commonName: string;
  readonly organizations: readonly string[];
}

/** What a request shows. */
export interface Credentials {
  readonly certificate?: CertificateSubject;
  /** The `Authorization` header. */
  readonly authorization?: string;
}

/** Tells who asks. */
export interface Authenticator {
  /** `undefined` when no credentials were shown. @throws KubeError Unauthorized for bad ones. */
  authenticate(credentials: Credentials): Promise<UserInfo | undefined>;
  /** Verifies a token for TokenReview; `undefined` when it is not valid. No audiences asked: those of the API server. */
  identify(token: string, audiences?: readonly string[]): Promise<TokenIdentity | undefined>;
}

/** Settings of `createAuthenticator`. */
export interface AuthenticatorOptions {
  readonly server: Pick<ClusterServer, 'send'>;
  readonly tokens: ServiceAccountTokens;
  readonly staticTokens?: readonly StaticToken[];
  /** Another kind of bearer token (OIDC); asked last. */
  readonly foreignTokens?: (token: string) => Promise<UserInfo | undefined>;
}

/** The API server itself, for reads that no user asked for. */
export const SERVER_USER: UserInfo = { name: 'system:apiserver', groups: ['system:masters'] };

/** Who asks without credentials. */
export const ANONYMOUS: UserInfo = { name: 'system:anonymous', groups: ['system:unauthenticated'] };

const AUTHENTICATED = 'system:authenticated';
const CORE = (resource: string): ResourceRef => ({ group: '', version: 'v1', resource });

/** The groups that every ServiceAccount of a namespace is in. */
export function serviceAccountGroups(namespace: string): readonly string[] {
  return ['system:serviceaccounts', `system:serviceaccounts:${namespace}`];
}

function withAuthenticated(user: UserInfo): UserInfo {
  return user.groups.includes(AUTHENTICATED) ? user : { ...user, groups: [...user.groups, AUTHENTICATED] };
}

async function find(options: AuthenticatorOptions, resource: string, key: ObjectKey): Promise<KubeObject | undefined> {
  try {
    return await options.server.send(SERVER_USER, { verb: 'get', resource: CORE(resource), key });
  } catch (error) {
    if (hasReason(error, 'NotFound')) return undefined;
    throw error;
  }
}

/** A token holds only while everything it is bound to exists, is the same object, and is not being deleted. */
async function checkBindings(options: AuthenticatorOptions, claims: TokenClaims): Promise<void> {
  const { namespace, serviceAccount, pod, secret, node } = claims;
  const bound = [
    { resource: 'serviceaccounts', namespace, ref: serviceAccount },
    ...(pod === undefined ? [] : [{ resource: 'pods', namespace, ref: pod }]),
    ...(secret === undefined ? [] : [{ resource: 'secrets', namespace, ref: secret }]),
    ...(node === undefined || pod !== undefined ? [] : [{ resource: 'nodes', namespace: '', ref: node }]),
  ];
  for (const { resource, namespace: place, ref } of bound) {
    const object = await find(options, resource, { namespace: place, name: ref.name });
    if (object === undefined || object.metadata.uid !== ref.uid) throw new TokenError(`${resource} is gone`);
    if (resource !== 'pods' && object.metadata.deletionTimestamp !== undefined) {
      throw new TokenError(`${resource} is being deleted`);
    }
  }
}

function userOf(claims: TokenClaims): UserInfo {
  const { namespace, serviceAccount, pod, node } = claims;
  return {
    name: `system:serviceaccount:${namespace}:${serviceAccount.name}`,
    uid: serviceAccount.uid,
    groups: [...serviceAccountGroups(namespace), AUTHENTICATED],
    extra: {
      'authentication.kubernetes.io/credential-id': [`JTI=${claims.tokenId}`],
      ...(pod === undefined
        ? {}
        : { 'authentication.kubernetes.io/pod-name': [pod.name], 'authentication.kubernetes.io/pod-uid': [pod.uid] }),
      ...(node === undefined
        ? {}
        : {
            'authentication.kubernetes.io/node-name': [node.name],
            'authentication.kubernetes.io/node-uid': [node.uid],
          }),
    },
  };
}

function staticUser(options: AuthenticatorOptions, token: string): UserInfo | undefined {
  const digest = Buffer.from(hashToken(token));
  let found: UserInfo | undefined;
  for (const { sha256, user } of options.staticTokens ?? []) {
    const expected = Buffer.from(sha256.toLowerCase());
    if (expected.length === digest.length && timingSafeEqual(expected, digest)) found = user;
  }
  return found;
}

async function identifyJwt(
  options: AuthenticatorOptions,
  token: string,
  audiences: readonly string[],
): Promise<TokenIdentity | undefined> {
  try {
    const claims = options.tokens.read(token, audiences);
    await checkBindings(options, claims);
    return { user: userOf(claims), audiences: claims.audiences.filter((audience) => audiences.includes(audience)) };
  } catch (error) {
    if (error instanceof TokenError) return undefined;
    throw error;
  }
}

async function identify(
  options: AuthenticatorOptions,
  token: string,
  asked: readonly string[] | undefined,
): Promise<TokenIdentity | undefined> {
  const audiences = asked === undefined || asked.length === 0 ? options.tokens.audiences : asked;
  const fixed = staticUser(options, token);
  const forServer = options.tokens.audiences.filter((audience) => audiences.includes(audience));
  if (fixed !== undefined)
    return forServer.length === 0 ? undefined : { user: withAuthenticated(fixed), audiences: forServer };
  const known = looksLikeJwt(token) ? await identifyJwt(options, token, audiences) : undefined;
  if (known !== undefined || forServer.length === 0) return known;
  const foreign = await options.foreignTokens?.(token);
  return foreign === undefined ? undefined : { user: withAuthenticated(foreign), audiences: forServer };
}

const unauthorized = (): Error => kubeError('Unauthorized', 'Unauthorized');

/** Makes the authenticator: verified client certificates, then bearer tokens. Anything else is refused, not ignored. */
export function createAuthenticator(options: AuthenticatorOptions): Authenticator {
  return {
    authenticate: async ({ certificate, authorization }) => {
      if (authorization !== undefined) {
        const token = /^Bearer +([^\s]+)$/i.exec(authorization)?.[1];
        const found = token === undefined ? undefined : await identify(options, token, undefined);
        if (found === undefined) throw unauthorized();
        return found.user;
      }
      if (certificate === undefined) return undefined;
      return withAuthenticated({ name: certificate.commonName, groups: certificate.organizations });
    },
    identify: (token, audiences) => identify(options, token, audiences),
  };
}
