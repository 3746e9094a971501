import { kubeError, resourceText, type ResourceRef } from '@argosy/kube/meta';
import type { KubeRequest, UserInfo, WatchRequest } from '@argosy/kube/port';
import type { AccessAttributes, Authorizer } from '../apiserver/index.ts';

function subjectText(attributes: AccessAttributes): string {
  const path = attributes.subresource === '' ? attributes.resource : `${attributes.resource}/${attributes.subresource}`;
  return JSON.stringify(path);
}

function whereText(attributes: AccessAttributes): string {
  return attributes.namespace === '' || attributes.resource === 'namespaces'
    ? 'at the cluster scope'
    : `in the namespace ${JSON.stringify(attributes.namespace)}`;
}

/** Upstream's sentence for a refused request. */
export function forbiddenText(user: UserInfo, attributes: AccessAttributes): string {
  const who = `User ${JSON.stringify(user.name)}`;
  if (attributes.path !== undefined) {
    return `forbidden: ${who} cannot ${attributes.verb} path ${JSON.stringify(attributes.path)}`;
  }
  const named = attributes.name === '' ? '' : ` ${JSON.stringify(attributes.name)}`;
  const subject = `${resourceText(attributes)}${named}`;
  return (
    `${subject} is forbidden: ${who} cannot ${attributes.verb} resource ${subjectText(attributes)} in API group ` +
    `${JSON.stringify(attributes.group)} ${whereText(attributes)}`
  );
}

/** Asks the authorizer. @throws KubeError Forbidden. */
export function demandAccess(authorizer: Authorizer, user: UserInfo, attributes: AccessAttributes): void {
  const decision = authorizer.authorize(user, attributes);
  if (decision.allowed) return;
  const why = decision.reason === '' ? '' : `: ${decision.reason}`;
  throw kubeError('Forbidden', forbiddenText(user, attributes) + why, {
    details: {
      ...(attributes.name === '' ? {} : { name: attributes.name }),
      group: attributes.group,
      kind: attributes.resource,
    },
  });
}

/** The name that `metadata.name=x` pins: lists and watches with it count as asking for that object. */
function pinnedName(fieldSelector: string | undefined): string {
  return /(?:^|,)metadata\.name==?([^,]*)/.exec(fieldSelector ?? '')?.[1] ?? '';
}

function attributes(
  verb: string,
  resource: ResourceRef,
  target: { readonly namespace: string; readonly name: string; readonly subresource?: string },
): AccessAttributes {
  const { name } = target;
  // A namespace is a member of itself, so that a RoleBinding inside may grant reading it.
  const namespace = resource.group === '' && resource.resource === 'namespaces' ? name : target.namespace;
  const { group } = resource;
  return { verb, group, resource: resource.resource, subresource: target.subresource ?? '', namespace, name };
}

/** What a request needs to be allowed to do. */
export function attributesOf(request: KubeRequest): AccessAttributes {
  const { verb, resource } = request;
  switch (request.verb) {
    case 'list':
    case 'deletecollection':
      return attributes(verb, resource, { namespace: request.namespace, name: pinnedName(request.fieldSelector) });
    case 'create':
      return attributes(verb, resource, {
        namespace: request.namespace,
        name: request.name ?? '',
        ...(request.subresource === undefined ? {} : { subresource: request.subresource }),
      });
    case 'delete':
      return attributes(verb, resource, request.key);
    default:
      return attributes(verb, resource, {
        ...request.key,
        ...(request.subresource === undefined ? {} : { subresource: request.subresource }),
      });
  }
}

/** What a watch needs to be allowed to do. */
export function watchAttributes(request: WatchRequest): AccessAttributes {
  const name = pinnedName(request.fieldSelector);
  return attributes('watch', request.resource, { namespace: request.namespace, name });
}

const SERVICE_ACCOUNT = /^system:serviceaccount:([^:]+):([^:]+)$/;

function impersonationTargets(user: UserInfo): readonly AccessAttributes[] {
  const target = (resource: string, name: string, more: Partial<AccessAttributes> = {}): AccessAttributes => ({
    verb: 'impersonate',
    group: '',
    resource,
    subresource: '',
    namespace: '',
    name,
    ...more,
  });
  const account = SERVICE_ACCOUNT.exec(user.name);
  const who =
    account === null
      ? target('users', user.name)
      : target('serviceaccounts', account[2] ?? '', { namespace: account[1] ?? '' });
  const authentication = { group: 'authentication.k8s.io' };
  const extras = Object.entries(user.extra ?? {}).flatMap(([key, values]) =>
    values.map((value) => target('userextras', value, { ...authentication, subresource: key })),
  );
  return [
    who,
    ...user.groups.map((group) => target('groups', group)),
    ...(user.uid === undefined ? [] : [target('uids', user.uid, authentication)]),
    ...extras,
  ];
}

function withImpliedGroups(user: UserInfo): UserInfo {
  const account = SERVICE_ACCOUNT.exec(user.name);
  const own =
    account === null || user.groups.length > 0
      ? []
      : ['system:serviceaccounts', `system:serviceaccounts:${account[1] ?? ''}`];
  const groups = [...user.groups, ...own];
  const anonymous = user.name === 'system:anonymous' || groups.includes('system:unauthenticated');
  const implied = anonymous ? 'system:unauthenticated' : 'system:authenticated';
  return { ...user, groups: groups.includes(implied) ? groups : [...groups, implied] };
}

/**
 * Who acts: the caller, or whom it may impersonate.
 * @throws KubeError Forbidden when it may not.
 */
export function actingUser(authorizer: Authorizer, caller: UserInfo, impersonate: UserInfo | undefined): UserInfo {
  if (impersonate === undefined) return caller;
  for (const target of impersonationTargets(impersonate)) demandAccess(authorizer, caller, target);
  return withImpliedGroups(impersonate);
}
