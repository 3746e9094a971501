import { formatTime, instant, isObject } from '@argosy/std';
import { kubeError, type KubeObject, type ResourceRef } from '@argosy/kube/meta';
import type { ClusterServer } from '@argosy/kube/port';
import { SERVER_USER } from './authenticate.ts';
import { invalidReview, specOf, textField, textList } from './review-attributes.ts';
import type { BoundRef, ServiceAccountTokens, TokenClaims } from './service-account-tokens.ts';

const LEAST_SECONDS = 600;
const DEFAULT_SECONDS = 3600;
/** Longer wishes are shortened to this: every token expires. */
const MOST_SECONDS = 90 * 86_400;

/** What issuing needs. */
export interface TokenRequestContext {
  readonly server: Pick<ClusterServer, 'send'>;
  readonly tokens: ServiceAccountTokens;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** One TokenRequest: for which account, and its body. */
export interface TokenRequestInput {
  readonly namespace: string;
  readonly name: string;
  readonly object: KubeObject;
}

const CORE = (resource: string): ResourceRef => ({ group: '', version: 'v1', resource });

function lifetimeSeconds(spec: { readonly [field: string]: unknown }): number {
  const asked = spec['expirationSeconds'] ?? DEFAULT_SECONDS;
  if (typeof asked !== 'number' || !Number.isInteger(asked)) {
    throw invalidReview(
      'TokenRequest',
      'spec.expirationSeconds',
      'Invalid value: allowed is a whole number of seconds',
    );
  }
  if (asked < LEAST_SECONDS) {
    const message = `Invalid value: ${asked}: may not specify a duration less than 10 minutes`;
    throw invalidReview('TokenRequest', 'spec.expirationSeconds', message);
  }
  return Math.min(asked, MOST_SECONDS);
}

const refOf = (object: KubeObject): BoundRef => ({ name: object.metadata.name, uid: object.metadata.uid ?? '' });

function podNodeName(pod: KubeObject): string {
  const spec = pod['spec'];
  const name = isObject(spec) ? spec['nodeName'] : undefined;
  return typeof name === 'string' ? name : '';
}

function checkPodAccount(pod: KubeObject, account: string): void {
  const spec = pod['spec'];
  const uses = isObject(spec) ? spec['serviceAccountName'] : undefined;
  if (uses === account) return;
  throw kubeError(
    'BadRequest',
    `cannot bind token for serviceaccount ${JSON.stringify(account)} to pod running with different serviceaccount name.`,
  );
}

type Bound = Pick<TokenClaims, 'pod' | 'secret' | 'node'>;

const BOUND_RESOURCES: { readonly [kind: string]: string } = { Pod: 'pods', Secret: 'secrets', Node: 'nodes' };

function checkUid(wanted: { readonly [field: string]: unknown }, ref: BoundRef, resource: string): void {
  const uid = textField('TokenRequest', wanted, 'uid');
  if (uid === '' || uid === ref.uid) return;
  const message =
    `the UID in the bound object reference (${uid}) does not match the UID in record. ` +
    'The object might have been deleted and then recreated';
  throw kubeError('Conflict', message, { details: { name: ref.name, kind: resource } });
}

async function boundObject(context: TokenRequestContext, input: TokenRequestInput): Promise<Bound> {
  const wanted = specOf(input.object)['boundObjectRef'];
  if (!isObject(wanted)) return {};
  const kind = textField('TokenRequest', wanted, 'kind');
  const resource = Object.hasOwn(BOUND_RESOURCES, kind) ? BOUND_RESOURCES[kind] : undefined;
  if (resource === undefined) {
    throw kubeError('BadRequest', `cannot bind token to object of type ${kind}: allowed are Pod, Secret and Node`);
  }
  const key = { namespace: kind === 'Node' ? '' : input.namespace, name: textField('TokenRequest', wanted, 'name') };
  const object = await context.server.send(SERVER_USER, { verb: 'get', resource: CORE(resource), key });
  const ref = refOf(object);
  checkUid(wanted, ref, resource);
  if (kind === 'Secret') return { secret: ref };
  if (kind === 'Node') return { node: ref };
  checkPodAccount(object, input.name);
  return { pod: ref, ...(await nodeOf(context, podNodeName(object))) };
}

async function nodeOf(context: TokenRequestContext, name: string): Promise<Pick<Bound, 'node'>> {
  if (name === '') return {};
  const request = { verb: 'get', resource: CORE('nodes'), key: { namespace: '', name } } as const;
  try {
    return { node: refOf(await context.server.send(SERVER_USER, request)) };
  } catch {
    // A node that is not registered is named without a uid; the token is bound to the pod in any case.
    return { node: { name, uid: '' } };
  }
}

/**
 * Issues a token for a ServiceAccount. The caller was allowed to before.
 * @throws KubeError NotFound for an unknown account, Invalid or BadRequest for the rest.
 */
export async function answerTokenRequest(context: TokenRequestContext, input: TokenRequestInput): Promise<KubeObject> {
  const { namespace, name, object } = input;
  const spec = specOf(object);
  const seconds = lifetimeSeconds(spec);
  const asked = textList('TokenRequest', spec, 'audiences');
  const audiences = asked.length === 0 ? context.tokens.audiences : asked;
  const key = { namespace, name };
  const account = await context.server.send(SERVER_USER, { verb: 'get', resource: CORE('serviceaccounts'), key });
  const bound = await boundObject(context, input);
  const issuedAt = Math.floor(context.now() / 1000);
  const expiresAt = issuedAt + seconds;
  const claims = { audiences, issuedAt, expiresAt, namespace, serviceAccount: refOf(account), ...bound };
  const { token } = context.tokens.issue(claims);
  return {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    metadata: { name, namespace, creationTimestamp: formatTime(instant(issuedAt * 1000)) },
    spec: { ...spec, audiences, expirationSeconds: seconds },
    status: { token, expirationTimestamp: formatTime(instant(expiresAt * 1000)) },
  };
}
