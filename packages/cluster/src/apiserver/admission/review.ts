import type { KubeObject } from '@argosy/kube/meta';
import type { UserInfo } from '@argosy/kube/port';
import { convertNow } from '../conversion.ts';
import { convertObject } from '../convert.ts';
import type { Draft } from '../draft.ts';
import type { KindContext } from '../kinds/kind-rules.ts';
import type { ServedResource } from '../resource.ts';
import type { AnsweredCall } from './webhook-calls.ts';

/** What admission knows of the write beside its objects. */
export interface AdmissionContext extends KindContext {
  readonly resource: ServedResource;
  readonly dryRun: boolean;
  /** Facts for the audit log, by key; admission adds to it. */
  readonly annotations: Map<string, string>;
}

/** A write that asks for admission. `object` is the private draft: mutating admission changes it in place. */
export interface WriteReview {
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';
  readonly subresource: string;
  readonly object: Draft | undefined;
  readonly oldObject: KubeObject | undefined;
  /** The settled name and namespace. */
  readonly key: { readonly namespace: string; readonly name: string };
}

/** The object of a review as another version of its kind shows it; `null` when there is none. @throws WebhooksNeeded. */
export function shownAs(
  context: AdmissionContext,
  resource: ServedResource,
  object: KubeObject | Draft | undefined,
): KubeObject | null {
  if (object === undefined) return null;
  const tree = object as unknown as KubeObject;
  const { conversion } = resource;
  if (conversion !== undefined) return convertNow(conversion, tree, { ...answersOf(context), to: resource.apiVersion });
  return resource.converts ? convertObject(tree, resource.apiVersion) : tree;
}

/** The answers that this try of a request brings. */
export function answersOf(context: AdmissionContext): { readonly answered?: readonly AnsweredCall[] } {
  const { answered } = context.env;
  return answered === undefined ? {} : { answered };
}

function userInfoOf(user: UserInfo): { readonly [field: string]: unknown } {
  return {
    username: user.name,
    ...(user.uid === undefined ? {} : { uid: user.uid }),
    groups: user.groups,
    ...(user.extra === undefined ? {} : { extra: user.extra }),
  };
}

const OPTIONS = {
  CREATE: 'CreateOptions',
  UPDATE: 'UpdateOptions',
  DELETE: 'DeleteOptions',
  CONNECT: undefined,
} as const;

/** The AdmissionRequest of a review without uid and objects, told as `resource`, a version of what was asked for. */
export function requestFacts(
  context: AdmissionContext,
  review: WriteReview,
  resource: ServedResource,
): { readonly [field: string]: unknown } {
  const asked = context.resource;
  const { key, operation, subresource } = review;
  const kindOf = (item: ServedResource): object => {
    const { group, version, kind } = item.subresources.find((sub) => sub.name === subresource) ?? item;
    return { group, version, kind };
  };
  const refOf = ({ group, version, resource: name }: ServedResource): object => ({ group, version, resource: name });
  return {
    kind: kindOf(resource),
    resource: refOf(resource),
    ...(subresource === '' ? {} : { subResource: subresource }),
    requestKind: kindOf(asked),
    requestResource: refOf(asked),
    ...(subresource === '' ? {} : { requestSubResource: subresource }),
    name: key.name,
    ...(key.namespace === '' ? {} : { namespace: key.namespace }),
    operation,
    userInfo: userInfoOf(context.env.user),
    dryRun: context.dryRun,
    options: OPTIONS[operation] === undefined ? null : { kind: OPTIONS[operation], apiVersion: 'meta.k8s.io/v1' },
  };
}
