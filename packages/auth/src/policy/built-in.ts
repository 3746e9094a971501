// @table: the built-in roles of Argo CD (role:readonly, role:admin) and the admin account's membership
import type { PolicyDocument, PolicyRule } from './csv.ts';

const READABLE = [
  'applications',
  'applicationsets',
  'certificates',
  'clusters',
  'repositories',
  'write-repositories',
  'projects',
  'accounts',
  'gpgkeys',
  'logs',
  'workflows',
];

const WRITABLE: readonly (readonly [resource: string, actions: readonly string[]])[] = [
  ['applications', ['create', 'update', 'update/*', 'delete', 'delete/*', 'sync', 'rollback', 'override', 'action/*']],
  ['applicationsets', ['create', 'update', 'delete']],
  ['certificates', ['create', 'update', 'delete']],
  ['clusters', ['create', 'update', 'delete']],
  ['repositories', ['create', 'update', 'delete']],
  ['write-repositories', ['create', 'update', 'delete']],
  ['projects', ['create', 'update', 'delete']],
  ['accounts', ['update']],
  ['gpgkeys', ['create', 'delete']],
  ['exec', ['create']],
  ['workflows', ['*']],
];

const allow = (subject: string, resource: string, action: string): PolicyRule => ({
  subject,
  resource,
  action,
  object: '*',
  effect: 'allow',
});

/**
 * What every installation starts from: `role:readonly` reads all but exec, `role:admin` may do everything, the account
 * `admin` has `role:admin`. `workflows` is ours: one RBAC over all systems.
 */
export const builtInPolicy: PolicyDocument = Object.freeze({
  rules: [
    ...READABLE.map((resource) => allow('role:readonly', resource, 'get')),
    ...WRITABLE.flatMap(([resource, actions]) => actions.map((action) => allow('role:admin', resource, action))),
  ],
  grants: [
    { member: 'role:admin', role: 'role:readonly' },
    { member: 'admin', role: 'role:admin' },
  ],
});
