import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KubeObject } from '@argosy/kube/meta';
import type { UserInfo } from '@argosy/kube/port';
import type { AccessAttributes } from '../apiserver/index.ts';
import {
  bootstrapRbacObjects,
  createRbacAuthorizer,
  escalationMessage,
  planAggregation,
  readRules,
  ruleAllows,
  uncoveredRules,
} from './index.ts';

const ROLE = 'rbac.authorization.k8s.io/v1';

function role(name: string, rules: readonly object[], namespace = ''): KubeObject {
  const kind = namespace === '' ? 'ClusterRole' : 'Role';
  return { apiVersion: ROLE, kind, metadata: { name, ...(namespace === '' ? {} : { namespace }) }, rules };
}

function binding(
  name: string,
  more: { ref: [string, string]; subjects: readonly object[]; namespace?: string },
): KubeObject {
  const kind = more.namespace === undefined ? 'ClusterRoleBinding' : 'RoleBinding';
  return {
    apiVersion: ROLE,
    kind,
    metadata: { name, ...(more.namespace === undefined ? {} : { namespace: more.namespace }) },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: more.ref[0], name: more.ref[1] },
    subjects: more.subjects,
  };
}

function ask(text: string): AccessAttributes {
  const [verb, target, namespace, name] = [...text.split(' '), '', '', ''] as [string, string, string, string];
  const nothing = { group: '', resource: '', subresource: '', namespace: '', name: '' };
  if (target.startsWith('/')) return { ...nothing, verb, path: target };
  const [full, group] = [...target.split('@'), ''] as [string, string];
  const [resource, subresource] = [...full.split('/'), ''] as [string, string];
  return { verb, group, resource, subresource, namespace: namespace === '-' ? '' : namespace, name };
}

const user = (name: string, ...groups: readonly string[]): UserInfo => ({ name, groups });
const rules = (...list: readonly object[]) => readRules(list);

describe('ruleAllows', () => {
  const cases: readonly { rule: object; asked: string; allowed: boolean; reason: string }[] = [
    {
      rule: { verbs: ['get'], apiGroups: [''], resources: ['pods'] },
      asked: 'get pods d',
      allowed: true,
      reason: 'exact match',
    },
    {
      rule: { verbs: ['get'], apiGroups: [''], resources: ['pods'] },
      asked: 'get pods/log d',
      allowed: false,
      reason: 'a resource does not cover its subresources',
    },
    {
      rule: { verbs: ['get'], apiGroups: [''], resources: ['pods/*'] },
      asked: 'get pods/log d',
      allowed: false,
      reason: 'pods/* is no wildcard',
    },
    {
      rule: { verbs: ['get'], apiGroups: [''], resources: ['*/log'] },
      asked: 'get pods/log d',
      allowed: true,
      reason: 'subresource of anything',
    },
    {
      rule: { verbs: ['get'], apiGroups: [''], resources: ['*'] },
      asked: 'get pods/log d',
      allowed: true,
      reason: 'star covers subresources',
    },
    {
      rule: { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
      asked: 'delete deployments@apps d',
      allowed: true,
      reason: 'all stars',
    },
    {
      rule: { verbs: ['get'], apiGroups: [''], resources: ['deployments'] },
      asked: 'get deployments@apps d',
      allowed: false,
      reason: 'other group',
    },
    {
      rule: { verbs: ['get'], apiGroups: [''], resources: ['secrets'], resourceNames: ['a'] },
      asked: 'get secrets d a',
      allowed: true,
      reason: 'named',
    },
    {
      rule: { verbs: ['get'], apiGroups: [''], resources: ['secrets'], resourceNames: ['a'] },
      asked: 'get secrets d b',
      allowed: false,
      reason: 'other name',
    },
    {
      rule: { verbs: ['list'], apiGroups: [''], resources: ['secrets'], resourceNames: ['a'] },
      asked: 'list secrets d',
      allowed: false,
      reason: 'a list without a name is not covered',
    },
    {
      rule: { verbs: ['get'], nonResourceURLs: ['/healthz/*'] },
      asked: 'get /healthz/etcd',
      allowed: true,
      reason: 'path prefix',
    },
    {
      rule: { verbs: ['get'], nonResourceURLs: ['/healthz/*'] },
      asked: 'get /healthz',
      allowed: false,
      reason: 'the prefix keeps its slash',
    },
    {
      rule: { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
      asked: 'get /metrics',
      allowed: false,
      reason: 'resource stars cover no paths',
    },
  ];
  it.each(cases)('$asked: $reason', ({ rule, asked, allowed }) => {
    const [only] = rules(rule);
    expect(only !== undefined && ruleAllows(only, ask(asked))).toBe(allowed);
  });
});

describe('createRbacAuthorizer', () => {
  const pods = { verbs: ['get', 'list'], apiGroups: [''], resources: ['pods'] };

  it('denies by default and lets system:masters do everything', () => {
    const rbac = createRbacAuthorizer();
    expect(rbac.authorize(user('jane', 'system:authenticated'), ask('get pods d'))).toEqual({
      allowed: false,
      reason: '',
    });
    expect(rbac.authorize(user('root', 'system:masters'), ask('delete nodes - n')).allowed).toBe(true);
  });

  it('follows bindings as they come, change and go', () => {
    const rbac = createRbacAuthorizer();
    const jane = user('jane', 'dev');
    const bound = (groups: readonly string[]) =>
      binding('readers', { ref: ['ClusterRole', 'reader'], subjects: groups.map((name) => ({ kind: 'Group', name })) });
    rbac.apply({ type: 'upsert', object: bound(['dev']) });
    expect(rbac.authorize(jane, ask('get pods d'))).toEqual({
      allowed: false,
      reason: 'RBAC: not found: ClusterRole "reader"',
    });
    rbac.apply({ type: 'upsert', object: role('reader', [pods]) });
    expect(rbac.authorize(jane, ask('get pods d'))).toEqual({
      allowed: true,
      reason: 'RBAC: allowed by ClusterRoleBinding "readers" of ClusterRole "reader" to Group "dev"',
    });
    rbac.apply({ type: 'upsert', object: bound(['ops']) });
    expect(rbac.authorize(jane, ask('get pods d')).allowed).toBe(false);
    expect(rbac.authorize(user('o', 'ops'), ask('get pods d')).allowed).toBe(true);
    rbac.apply({ type: 'delete', object: bound(['ops']) });
    expect(rbac.authorize(user('o', 'ops'), ask('get pods d')).allowed).toBe(false);
  });

  it('keeps a RoleBinding inside its namespace, also for ClusterRoles and ServiceAccounts', () => {
    const rbac = createRbacAuthorizer();
    rbac.apply({ type: 'upsert', object: role('reader', [pods]) });
    const subjects = [{ kind: 'ServiceAccount', name: 'bot', namespace: 'tools' }];
    rbac.apply({
      type: 'upsert',
      object: binding('b', { ref: ['ClusterRole', 'reader'], subjects, namespace: 'one' }),
    });
    const bot = user('system:serviceaccount:tools:bot', 'system:serviceaccounts');
    expect(rbac.authorize(bot, ask('get pods one'))).toEqual({
      allowed: true,
      reason: 'RBAC: allowed by RoleBinding "b/one" of ClusterRole "reader" to ServiceAccount "bot/tools"',
    });
    expect(rbac.authorize(bot, ask('get pods two')).allowed).toBe(false);
    expect(rbac.authorize(bot, ask('list pods -')).allowed).toBe(false);
  });

  it('does not let a ClusterRoleBinding reach a Role, nor a Role of another namespace', () => {
    const rbac = createRbacAuthorizer();
    rbac.apply({ type: 'upsert', object: role('r', [pods], 'one') });
    rbac.apply({
      type: 'upsert',
      object: binding('c', { ref: ['Role', 'r'], subjects: [{ kind: 'User', name: 'u' }] }),
    });
    rbac.apply({
      type: 'upsert',
      object: binding('n', { ref: ['Role', 'r'], subjects: [{ kind: 'User', name: 'u' }], namespace: 'two' }),
    });
    expect(rbac.authorize(user('u'), ask('get pods one')).allowed).toBe(false);
    expect(rbac.authorize(user('u'), ask('get pods two')).allowed).toBe(false);
  });

  it('aggregates by label at once, through several steps, and survives circles', () => {
    const rbac = createRbacAuthorizer();
    for (const object of bootstrapRbacObjects()) rbac.apply({ type: 'upsert', object });
    rbac.apply({
      type: 'upsert',
      object: binding('b', { ref: ['ClusterRole', 'admin'], subjects: [{ kind: 'User', name: 'u' }] }),
    });
    expect(rbac.authorize(user('u'), ask('get pods/log d')).allowed).toBe(true);
    expect(rbac.authorize(user('u'), ask('get rollouts@argoproj.io d')).allowed).toBe(false);
    const argo = role('argo-aggregate-to-view', [
      { verbs: ['get'], apiGroups: ['argoproj.io'], resources: ['rollouts'] },
    ]);
    const labels = { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' };
    rbac.apply({ type: 'upsert', object: { ...argo, metadata: { ...argo.metadata, labels } } });
    expect(rbac.authorize(user('u'), ask('get rollouts@argoproj.io d')).allowed).toBe(true);
    const loop = (name: string, other: string): KubeObject => ({
      ...role(name, []),
      metadata: { name, labels: { [name]: '1' } },
      aggregationRule: { clusterRoleSelectors: [{ matchLabels: { [other]: '1' } }] },
    });
    rbac.apply({ type: 'upsert', object: loop('x', 'y') });
    rbac.apply({ type: 'upsert', object: loop('y', 'x') });
    expect(rbac.rulesOf('', 'x')).toEqual([]);
  });

  it('the aggregation controller writes what the authorizer already honours, then has nothing to do', () => {
    let roles = bootstrapRbacObjects().filter((object) => object.kind === 'ClusterRole');
    for (let pass = 0; pass < 4; pass += 1) {
      const changed = new Map(planAggregation(roles).map((object) => [object.metadata.name, object]));
      roles = roles.map((object) => changed.get(object.metadata.name) ?? object);
    }
    expect(planAggregation(roles)).toEqual([]);
    const admin = roles.find((object) => object.metadata.name === 'admin');
    const edit = roles.find((object) => object.metadata.name === 'edit');
    expect(uncoveredRules(readRules(admin?.['rules']), readRules(edit?.['rules']))).toEqual([]);
    expect(uncoveredRules(readRules(edit?.['rules']), readRules(admin?.['rules']))).not.toEqual([]);
  });

  it('agrees with asking every binding in turn, whatever the order of changes', () => {
    const names = fc.constantFrom('a', 'b', 'c');
    const changes = fc.array(
      fc.record({
        drop: fc.boolean(),
        kind: fc.constantFrom('role', 'binding'),
        name: names,
        who: names,
        what: names,
        namespace: fc.constantFrom('', 'one'),
      }),
      { maxLength: 30 },
    );
    fc.assert(
      fc.property(changes, names, names, (list, who, what) => {
        const rbac = createRbacAuthorizer();
        const stored = new Map<string, KubeObject>();
        for (const change of list) {
          const object =
            change.kind === 'role'
              ? role(change.name, [{ verbs: ['get'], apiGroups: [''], resources: [change.what] }])
              : binding(change.name, {
                  ref: ['ClusterRole', change.what],
                  subjects: [{ kind: 'User', name: change.who }],
                  ...(change.namespace === '' ? {} : { namespace: change.namespace }),
                });
          const key = `${object.kind}/${object.metadata.namespace ?? ''}/${object.metadata.name}`;
          if (change.drop) stored.delete(key);
          else stored.set(key, object);
          rbac.apply({ type: change.drop ? 'delete' : 'upsert', object });
        }
        const twin = [...stored.values()].some((object) => {
          const ref = object['roleRef'] as { name: string } | undefined;
          const subjects = object['subjects'] as readonly { name: string }[] | undefined;
          const target = ref === undefined ? undefined : stored.get(`ClusterRole//${ref.name}`);
          const grants = readRules(target?.['rules']).some((rule) => rule.resources.includes(what));
          return grants && subjects?.some((subject) => subject.name === who) === true;
        });
        expect(rbac.authorize(user(who), ask(`get ${what} one`)).allowed).toBe(twin);
      }),
    );
  });

  it('lists the rules of a user without repeats', () => {
    const rbac = createRbacAuthorizer();
    for (const object of bootstrapRbacObjects()) rbac.apply({ type: 'upsert', object });
    const listed = rbac.rulesFor(user('jane', 'system:authenticated'), 'default');
    expect(listed.some((rule) => rule.resources.includes('selfsubjectaccessreviews'))).toBe(true);
    expect(listed.every((rule) => !rule.resources.includes('pods'))).toBe(true);
    expect(rbac.rulesFor(user('root', 'system:masters'), '').some((rule) => rule.resources.includes('*'))).toBe(true);
  });
});

describe('escalation', () => {
  const cases: readonly { held: object[]; wanted: object[]; missing: number; reason: string }[] = [
    {
      held: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }],
      wanted: [{ verbs: ['get'], apiGroups: ['apps'], resources: ['deployments'] }],
      missing: 0,
      reason: 'stars cover',
    },
    {
      held: [{ verbs: ['get'], apiGroups: ['apps'], resources: ['deployments'] }],
      wanted: [{ verbs: ['*'], apiGroups: ['apps'], resources: ['deployments'] }],
      missing: 1,
      reason: 'a star is only covered by a star',
    },
    {
      held: [{ verbs: ['get'], apiGroups: [''], resources: ['secrets'], resourceNames: ['a'] }],
      wanted: [{ verbs: ['get'], apiGroups: [''], resources: ['secrets'] }],
      missing: 1,
      reason: 'a name does not cover all',
    },
    {
      held: [{ verbs: ['get'], apiGroups: [''], resources: ['*/scale'] }],
      wanted: [{ verbs: ['get'], apiGroups: [''], resources: ['x/scale'] }],
      missing: 0,
      reason: 'subresource star',
    },
    {
      held: [{ verbs: ['get'], nonResourceURLs: ['/a/*'] }],
      wanted: [{ verbs: ['get'], nonResourceURLs: ['/a/b', '/c'] }],
      missing: 1,
      reason: 'paths one by one',
    },
  ];
  it.each(cases)('$reason', ({ held, wanted, missing }) => {
    expect(uncoveredRules(rules(...held), rules(...wanted))).toHaveLength(missing);
  });

  it('says what was not held, verbs joined', () => {
    const missing = uncoveredRules(
      [],
      rules({ verbs: ['get', 'list'], apiGroups: ['apps'], resources: ['deployments'] }),
    );
    expect(escalationMessage(user('u', 'g'), missing)).toBe(
      'user "u" (groups=["g"]) is attempting to grant RBAC permissions not currently held:\n{APIGroups:["apps"], Resources:["deployments"], Verbs:["get","list"]}',
    );
  });
});
