import type { KubeObject } from '@argosy/kube/meta';
import type { UserInfo } from '@argosy/kube/port';
import type { AccessAttributes, Authorizer } from '../apiserver/index.ts';
import { aggregateRules, aggregationSelectors, uniqueRules } from './aggregation.ts';
import { allowedReason, readBinding, roleKey, subjectKeys, type Binding, type BindingSubject } from './bindings.ts';
import { readRules, ruleAllows, type PolicyRule } from './policy-rule.ts';

/** A change of a Role, ClusterRole, RoleBinding or ClusterRoleBinding. Other kinds are ignored. */
export interface RbacChange {
  readonly type: 'upsert' | 'delete';
  readonly object: KubeObject;
}

/** What an authorizer decided. `reason` names the binding that allowed it, or the roles that were missing. */
export interface AccessDecision {
  readonly allowed: boolean;
  readonly reason: string;
}

/** The RBAC authorizer: additive, deny by default, kept up to date change by change. */
export interface RbacAuthorizer extends Authorizer {
  /** Takes one change in. Cost grows with the subjects of the binding, not with the number of bindings. */
  apply(change: RbacChange): void;
  authorize(user: UserInfo, attributes: AccessAttributes): AccessDecision;
  /** All rules that hold for the user in a namespace (`''`: only those that hold everywhere), without repeats. */
  rulesFor(user: UserInfo, namespace: string): readonly PolicyRule[];
  /** The effective rules of a Role (`namespace` set) or ClusterRole; `undefined` when there is no such role. */
  rulesOf(namespace: string, name: string): readonly PolicyRule[] | undefined;
}

/** The group that may do everything, also when RBAC objects are lost. */
export const MASTERS_GROUP = 'system:masters';

interface Grant {
  readonly binding: Binding;
  readonly subject: BindingSubject;
}

interface State {
  readonly roles: Map<string, KubeObject>;
  readonly bindings: Map<string, Binding>;
  /** Subject key → namespace (`''` for everywhere) → grants. */
  readonly grants: Map<string, Map<string, Grant[]>>;
  /** Effective rules by role key; emptied when any ClusterRole changes, for aggregation. */
  readonly rules: Map<string, readonly PolicyRule[]>;
}

const ANY_RULE: PolicyRule = {
  verbs: ['*'],
  apiGroups: ['*'],
  resources: ['*'],
  resourceNames: [],
  nonResourceURLs: [],
};
const ANY_PATH: PolicyRule = { ...ANY_RULE, apiGroups: [], resources: [], nonResourceURLs: ['*'] };

function effectiveRules(state: State, key: string): readonly PolicyRule[] | undefined {
  const known = state.rules.get(key);
  if (known !== undefined) return known;
  const role = state.roles.get(key);
  if (role === undefined) return undefined;
  const rules = resolveRules(state, role, new Set([key]));
  state.rules.set(key, rules);
  return rules;
}

/** Aggregated roles may aggregate each other; `visited` ends the walk when they do so in a circle. */
function resolveRules(state: State, role: KubeObject, visited: Set<string>): readonly PolicyRule[] {
  const selectors = role.kind === 'ClusterRole' ? aggregationSelectors(role) : undefined;
  if (selectors === undefined) return readRules(role['rules']);
  const resolved: KubeObject[] = [];
  for (const [key, other] of state.roles) {
    if (visited.has(key)) continue;
    if (aggregationSelectors(other) === undefined) resolved.push(other);
    else resolved.push({ ...other, rules: resolveRules(state, other, new Set([...visited, key])) });
  }
  return aggregateRules(selectors, resolved);
}

function dropBinding(state: State, key: string): void {
  const old = state.bindings.get(key);
  if (old === undefined) return;
  state.bindings.delete(key);
  for (const subject of old.subjects) {
    const byNamespace = state.grants.get(subject.key);
    const left = (byNamespace?.get(old.namespace) ?? []).filter((grant) => grant.binding !== old);
    if (left.length > 0) byNamespace?.set(old.namespace, left);
    else byNamespace?.delete(old.namespace);
    if (byNamespace?.size === 0) state.grants.delete(subject.key);
  }
}

function addBinding(state: State, key: string, binding: Binding): void {
  state.bindings.set(key, binding);
  for (const subject of binding.subjects) {
    const byNamespace = state.grants.get(subject.key) ?? new Map<string, Grant[]>();
    state.grants.set(subject.key, byNamespace);
    const grants = byNamespace.get(binding.namespace) ?? [];
    byNamespace.set(binding.namespace, [...grants, { binding, subject }]);
  }
}

function applyRole(state: State, key: string, { type, object }: RbacChange): void {
  if (type === 'delete') state.roles.delete(key);
  else state.roles.set(key, object);
  if (object.kind === 'ClusterRole') state.rules.clear();
  else state.rules.delete(key);
}

function applyBinding(state: State, key: string, { type, object }: RbacChange): void {
  dropBinding(state, key);
  const binding = type === 'delete' ? undefined : readBinding(object);
  if (binding !== undefined) addBinding(state, key, binding);
}

function applyChange(state: State, change: RbacChange): void {
  const { name, namespace = '' } = change.object.metadata;
  switch (change.object.kind) {
    case 'ClusterRole':
      return applyRole(state, roleKey('', name), change);
    case 'Role':
      return applyRole(state, roleKey(namespace, name), change);
    case 'ClusterRoleBinding':
      return applyBinding(state, roleKey('', name), change);
    case 'RoleBinding':
      return applyBinding(state, roleKey(namespace, name), change);
    default:
      return undefined;
  }
}

/** Every grant that counts in a namespace, those that hold everywhere first. */
function* grantsFor(state: State, user: UserInfo, namespace: string): Generator<Grant> {
  for (const key of subjectKeys(user)) {
    const byNamespace = state.grants.get(key);
    if (byNamespace === undefined) continue;
    yield* byNamespace.get('') ?? [];
    if (namespace !== '') yield* byNamespace.get(namespace) ?? [];
  }
}

function decide(state: State, user: UserInfo, attributes: AccessAttributes): AccessDecision {
  const missing: string[] = [];
  for (const { binding, subject } of grantsFor(state, user, attributes.namespace)) {
    const rules = effectiveRules(state, binding.roleKey);
    if (rules === undefined) missing.push(binding.roleText);
    else if (rules.some((rule) => ruleAllows(rule, attributes))) {
      return { allowed: true, reason: allowedReason(binding, subject) };
    }
  }
  return { allowed: false, reason: missing.length === 0 ? '' : `RBAC: not found: ${missing.join(', ')}` };
}

function collectRules(state: State, user: UserInfo, namespace: string): readonly PolicyRule[] {
  const rules = user.groups.includes(MASTERS_GROUP) ? [ANY_RULE, ANY_PATH] : [];
  for (const { binding } of grantsFor(state, user, namespace)) {
    rules.push(...(effectiveRules(state, binding.roleKey) ?? []));
  }
  return uniqueRules(rules);
}

/** Makes an authorizer that knows no roles yet: it allows only `system:masters` until changes are applied. */
export function createRbacAuthorizer(): RbacAuthorizer {
  const state: State = { roles: new Map(), bindings: new Map(), grants: new Map(), rules: new Map() };
  return {
    apply: (change) => applyChange(state, change),
    authorize: (user, attributes) =>
      user.groups.includes(MASTERS_GROUP) ? { allowed: true, reason: '' } : decide(state, user, attributes),
    rulesFor: (user, namespace) => collectRules(state, user, namespace),
    rulesOf: (namespace, name) => effectiveRules(state, roleKey(namespace, name)),
  };
}
