import { equalJson, isObject } from '@argosy/std';
import { kubeError, type KubeObject } from '@argosy/kube/meta';
import type { UserInfo } from '@argosy/kube/port';
import { escalationMessage, uncoveredRules } from './escalation.ts';
import { readRules, type PolicyRule } from './policy-rule.ts';
import { MASTERS_GROUP, type RbacAuthorizer } from './rbac-authorizer.ts';

/** The part of an admission review that the check looks at. */
export interface EscalationReview {
  readonly user: UserInfo;
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE';
  readonly resource: { readonly group: string; readonly resource: string };
  readonly object: KubeObject | undefined;
  readonly oldObject: KubeObject | undefined;
}

const GROUP = 'rbac.authorization.k8s.io';
const ROLES = ['roles', 'clusterroles'];
const BINDINGS = ['rolebindings', 'clusterrolebindings'];

const EVERYTHING: readonly PolicyRule[] = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'], resourceNames: [], nonResourceURLs: [] },
  { verbs: ['*'], apiGroups: [], resources: [], resourceNames: [], nonResourceURLs: ['*'] },
];

/** Finalizers and labels may be changed by anybody who may write; only what grants is checked. */
function grantsNothingNew(review: EscalationReview, fields: readonly string[]): boolean {
  const { object, oldObject } = review;
  return oldObject !== undefined && fields.every((field) => equalJson(object?.[field], oldObject[field]));
}

interface Wanted {
  readonly rules: readonly PolicyRule[];
  /** The verb that allows granting without holding, and on what. */
  readonly permit: { readonly verb: string; readonly resource: string; readonly name: string };
}

function wantedByRole(review: EscalationReview, object: KubeObject): Wanted {
  const permit = { verb: 'escalate', resource: review.resource.resource, name: object.metadata.name };
  const own = readRules(object['rules']);
  return { rules: object['aggregationRule'] === undefined ? own : [...own, ...EVERYTHING], permit };
}

function wantedByBinding(authorizer: RbacAuthorizer, object: KubeObject): Wanted | undefined {
  const ref = object['roleRef'];
  if (!isObject(ref) || typeof ref['name'] !== 'string') return undefined;
  const ofCluster = ref['kind'] === 'ClusterRole';
  const permit = { verb: 'bind', resource: ofCluster ? 'clusterroles' : 'roles', name: ref['name'] };
  const namespace = ofCluster ? '' : (object.metadata.namespace ?? '');
  // A role that does not exist yet may be created later by somebody else with any rules: binding it needs the permit.
  return { rules: authorizer.rulesOf(namespace, ref['name']) ?? EVERYTHING, permit };
}

function demand(
  authorizer: RbacAuthorizer,
  review: EscalationReview,
  given: { object: KubeObject; wanted: Wanted },
): void {
  const { object, wanted } = given;
  const { user, resource } = review;
  const namespace = object.metadata.namespace ?? '';
  const permit = { ...wanted.permit, group: GROUP, subresource: '', namespace };
  if (authorizer.authorize(user, permit).allowed) return;
  const missing = uncoveredRules(authorizer.rulesFor(user, namespace), wanted.rules);
  if (missing.length === 0) return;
  const { name } = object.metadata;
  const what = `${resource.resource}.${GROUP} ${JSON.stringify(name)} is forbidden`;
  throw kubeError('Forbidden', `${what}: ${escalationMessage(user, missing)}`, {
    details: { name, group: GROUP, kind: resource.resource },
  });
}

/** True for creates and updates of roles and bindings by anybody but the masters: what the check looks at. */
function isChecked({ user, operation, resource }: EscalationReview): boolean {
  if (operation === 'DELETE' || resource.group !== GROUP || user.groups.includes(MASTERS_GROUP)) return false;
  return ROLES.includes(resource.resource) || BINDINGS.includes(resource.resource);
}

/**
 * The admission check of RBAC objects: nobody grants what he does not hold, unless he may `escalate` or `bind`. Give it
 * to the control plane as a plug-in.
 */
export function createEscalationCheck(authorizer: RbacAuthorizer): (review: EscalationReview) => readonly string[] {
  return (review) => {
    const { object } = review;
    if (object === undefined || !isChecked(review)) return [];
    const ofRole = ROLES.includes(review.resource.resource);
    const granting = ofRole ? ['rules', 'aggregationRule'] : ['roleRef', 'subjects'];
    if (grantsNothingNew(review, granting)) return [];
    const wanted = ofRole ? wantedByRole(review, object) : wantedByBinding(authorizer, object);
    if (wanted !== undefined) demand(authorizer, review, { object, wanted });
    return [];
  };
}
