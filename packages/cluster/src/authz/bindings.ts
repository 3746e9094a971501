import { isObject } from '@argosy/std';
import type { KubeObject } from '@argosy/kube/meta';
import type { UserInfo } from '@argosy/kube/port';

/** Who a binding names, with the key under which users are looked up. */
export interface BindingSubject {
  /** `user:<name>` or `group:<name>`; a ServiceAccount is the user it logs in as. */
  readonly key: string;
  /** How reasons name it: `Group "g"`, `ServiceAccount "name/namespace"`. */
  readonly text: string;
}

/** A RoleBinding or ClusterRoleBinding, read. `namespace` is `''` for the latter. */
export interface Binding {
  readonly kind: 'RoleBinding' | 'ClusterRoleBinding';
  readonly namespace: string;
  readonly name: string;
  readonly roleKey: string;
  readonly roleText: string;
  readonly subjects: readonly BindingSubject[];
}

/** Names a role: `namespace/name`, with an empty namespace for a ClusterRole. */
export function roleKey(namespace: string, name: string): string {
  return `${namespace}/${name}`;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function readSubject(value: unknown, bindingNamespace: string): BindingSubject | undefined {
  if (!isObject(value)) return undefined;
  const name = text(value['name']);
  if (name === '') return undefined;
  switch (value['kind']) {
    case 'User':
      return { key: `user:${name}`, text: `User "${name}"` };
    case 'Group':
      return { key: `group:${name}`, text: `Group "${name}"` };
    case 'ServiceAccount': {
      const namespace = text(value['namespace']) || bindingNamespace;
      if (namespace === '') return undefined;
      return { key: `user:system:serviceaccount:${namespace}:${name}`, text: `ServiceAccount "${name}/${namespace}"` };
    }
    default:
      return undefined;
  }
}

/** The role that a roleRef names from inside `namespace`; a ClusterRoleBinding (`''`) cannot name a Role. */
function readRoleRef(ref: unknown, namespace: string): { readonly key: string; readonly text: string } | undefined {
  if (!isObject(ref)) return undefined;
  const name = text(ref['name']);
  if (name === '') return undefined;
  if (ref['kind'] === 'ClusterRole') return { key: roleKey('', name), text: `ClusterRole "${name}"` };
  if (ref['kind'] !== 'Role' || namespace === '') return undefined;
  return { key: roleKey(namespace, name), text: `Role "${name}"` };
}

/** Reads a binding object; `undefined` when its roleRef names nothing that could grant. */
export function readBinding(object: KubeObject): Binding | undefined {
  const kind = object.kind === 'RoleBinding' ? 'RoleBinding' : 'ClusterRoleBinding';
  const namespace = kind === 'RoleBinding' ? (object.metadata.namespace ?? '') : '';
  const role = readRoleRef(object['roleRef'], namespace);
  if (role === undefined) return undefined;
  const subjects = Array.isArray(object['subjects']) ? object['subjects'] : [];
  return {
    kind,
    namespace,
    name: object.metadata.name,
    roleKey: role.key,
    roleText: role.text,
    subjects: subjects
      .map((item: unknown) => readSubject(item, namespace))
      .filter((item): item is BindingSubject => item !== undefined),
  };
}

/** The keys under which a user's bindings are found. */
export function subjectKeys(user: UserInfo): readonly string[] {
  return [`user:${user.name}`, ...user.groups.map((group) => `group:${group}`)];
}

/** The sentence that says why a binding allowed something. */
export function allowedReason(binding: Binding, subject: BindingSubject): string {
  const name = binding.kind === 'RoleBinding' ? `${binding.name}/${binding.namespace}` : binding.name;
  return `RBAC: allowed by ${binding.kind} "${name}" of ${binding.roleText} to ${subject.text}`;
}
