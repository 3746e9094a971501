import { randomUUID } from 'node:crypto';

import { resources } from '@argosy/api';
import type { Workflow } from '@argosy/api/workflows';
import { createRbacAuthorizer } from '@argosy/cluster/authz';
import { inMemoryCommitLog, openControlPlane } from '@argosy/cluster/control-plane';
import { connectInProcess, createRestMapper, mappingsOf } from '@argosy/kube/client';
import type { KubeObject } from '@argosy/kube/meta';
import { createObject, getObject, getObjectOrUndefined, patchObject, type ClusterApi } from '@argosy/kube/port';
import { systemClock } from '@argosy/kube/runtime';
import type { Clock } from '@argosy/std';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { CREATED_BY_ANNOTATION, type ResourceOrder } from '../engine/index.ts';
import { performResource, type ResourceIo } from './perform-resource.ts';

const NAMESPACE = 'default';
const CONTROLLER = { name: 'system:serviceaccount:argo:argo', groups: ['system:authenticated'] };

const WORKFLOW = {
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'Workflow',
  metadata: { name: 'demo', namespace: NAMESPACE, uid: 'uid-1' },
  spec: {},
} as unknown as Workflow;

/** Waits end at once. */
const hasty: Clock = { ...systemClock, schedule: (_at, work) => systemClock.schedule(systemClock.now(), work) };

function rbac(kind: string, name: string, more: object): KubeObject {
  const namespace = kind.startsWith('Cluster') ? {} : { namespace: NAMESPACE };
  return { apiVersion: 'rbac.authorization.k8s.io/v1', kind, metadata: { name, ...namespace }, ...more } as KubeObject;
}

function bound(kind: 'RoleBinding' | 'ClusterRoleBinding', name: string, namespace: string): KubeObject {
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: kind.replace('Binding', ''), name };
  return rbac(kind, name, { roleRef, subjects: [{ kind: 'ServiceAccount', name, namespace }] });
}

const MAY = (verbs: readonly string[], resource: string): object => ({
  rules: [{ apiGroups: [''], resources: [resource], verbs }],
});

describe('performResource', () => {
  let plane: Awaited<ReturnType<typeof openControlPlane>>;
  let admin: ClusterApi;
  let io: ResourceIo;
  let stop: AbortController;

  beforeEach(async () => {
    const authorizer = createRbacAuthorizer();
    plane = await openControlPlane({
      log: inMemoryCommitLog(),
      clock: systemClock,
      authorizer,
      newUid: () => randomUUID(),
    });
    admin = connectInProcess(plane, { name: 'admin', groups: ['system:masters'] });
    stop = new AbortController();
    const kinds = createRestMapper({
      discover: () => Promise.resolve(mappingsOf(plane.discovery())),
      now: () => systemClock.now(),
    });
    // The controller itself may read accounts and act as them, and nothing else.
    io = { api: connectInProcess(plane, CONTROLLER), clock: systemClock, kinds, signal: stop.signal };
    const objects = [
      rbac('ClusterRole', 'argo', MAY(['get', 'impersonate'], 'serviceaccounts')),
      bound('ClusterRoleBinding', 'argo', 'argo'),
      rbac('Role', 'keeper', MAY(['get', 'watch', 'create', 'update', 'patch', 'delete'], 'configmaps')),
      bound('RoleBinding', 'keeper', NAMESPACE),
      rbac('Role', 'writer', MAY(['get', 'create'], 'configmaps')),
      bound('RoleBinding', 'writer', NAMESPACE),
    ];
    for (const object of objects) authorizer.apply({ type: 'upsert', object });
    for (const name of ['keeper', 'writer', 'nobody']) await createAccount(name);
  });
  afterEach(async () => {
    stop.abort();
    await plane.close();
  });

  const PALETTE = { namespace: NAMESPACE, name: 'palette' };

  const createAccount = (name: string) =>
    createObject(admin, {
      resource: resources.serviceAccounts,
      namespace: NAMESPACE,
      object: { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name } },
    });

  const createPalette = (data: object = {}) =>
    createObject(admin, {
      resource: resources.configMaps,
      namespace: NAMESPACE,
      object: { apiVersion: 'v1', kind: 'ConfigMap', metadata: PALETTE, data } as KubeObject,
    });

  const stored = (name: string) =>
    getObjectOrUndefined(admin, { resource: resources.configMaps, key: { namespace: NAMESPACE, name } });

  function order(change: Partial<ResourceOrder>, data: object = { color: 'green' }): ResourceOrder {
    return {
      nodeId: 'demo-1',
      action: 'create',
      mergeStrategy: 'merge',
      object: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'palette' }, data } as KubeObject,
      createdBy: 'uid-1/demo-1/now',
      serviceAccount: 'keeper',
      conditions: { success: '', failure: '' },
      outputs: [{ name: 'color', valueFrom: { jsonPath: '{.data.color}' } }],
      ...change,
    };
  }

  it('creates once however often it is asked, and tells a stranger’s object from its own', async () => {
    const made = await performResource(WORKFLOW, order({}), io);
    expect(made).toMatchObject({ outputs: { parameters: [{ name: 'color', value: 'green' }] } });
    const uid = (await stored('palette'))?.metadata.uid;
    expect(await performResource(WORKFLOW, order({}), io)).toEqual(made);
    expect((await stored('palette'))?.metadata).toMatchObject({
      uid,
      annotations: { [CREATED_BY_ANNOTATION]: 'uid-1/demo-1/now' },
    });
    const other = await performResource(WORKFLOW, order({ createdBy: 'uid-1/demo-1/later' }), io);
    expect(other.error).toContain('already exists');
  });

  it.each([
    { serviceAccount: 'nobody', error: 'User "system:serviceaccount:default:nobody" cannot create' },
    { serviceAccount: 'missing', error: 'serviceaccount "missing" not found' },
  ])('has the rights of the ServiceAccount and no others: $serviceAccount', async ({ serviceAccount, error }) => {
    const outcome = await performResource(WORKFLOW, order({ serviceAccount }), io);
    expect(outcome.error).toContain(error);
    expect(await stored('palette')).toBeUndefined();
  });

  it.each([
    { action: 'patch', mergeStrategy: 'merge' },
    { action: 'patch', mergeStrategy: 'strategic' },
    { action: 'apply', mergeStrategy: 'merge' },
    { action: 'replace', mergeStrategy: 'merge' },
  ] as const)('$action $mergeStrategy changes what is there', async ({ action, mergeStrategy }) => {
    await createPalette({ color: 'red', size: '1' });
    const outcome = await performResource(WORKFLOW, order({ action, mergeStrategy }), io);
    expect(outcome.outputs?.parameters?.[0]?.value).toBe('green');
    const size = action === 'replace' ? {} : { size: '1' };
    expect((await stored('palette'))?.['data']).toEqual({ color: 'green', ...size });
  });

  it('gets an object, and fails when there is none', async () => {
    expect((await performResource(WORKFLOW, order({ action: 'get' }), io)).error).toContain('"palette" not found');
    await createPalette({ color: 'red' });
    const outcome = await performResource(WORKFLOW, order({ action: 'get' }), io);
    expect(outcome.outputs?.parameters?.[0]?.value).toBe('red');
  });

  it('deletes an object, and is content when there is none', async () => {
    await createPalette();
    const wish = order({ action: 'delete', outputs: [] });
    expect(await performResource(WORKFLOW, wish, io)).toEqual({ outputs: {} });
    expect(await stored('palette')).toBeUndefined();
    expect(await performResource(WORKFLOW, wish, io)).toEqual({ outputs: {} });
  });

  /** Begins, and changes the object once it is there. */
  async function changed(wish: ResourceOrder, change: () => Promise<unknown>) {
    const outcome = performResource(WORKFLOW, wish, io);
    const where = { resource: resources.configMaps, namespace: NAMESPACE, signal: stop.signal };
    for await (const event of admin.watch(where)) {
      if (event.object.metadata.name === 'palette') break;
    }
    await change();
    return outcome;
  }

  const paint = (color: string) => () =>
    patchObject(admin, {
      resource: resources.configMaps,
      key: PALETTE,
      patchType: 'merge',
      patch: { data: { color } },
    });
  const conditions = { success: 'data.color = blue', failure: 'data.color in (black, white)' };

  it('waits by events until the success condition holds', async () => {
    const outcome = await changed(order({ conditions }), paint('blue'));
    expect(outcome.outputs?.parameters?.[0]?.value).toBe('blue');
  });

  it('fails when the failure condition holds', async () => {
    const outcome = await changed(order({ conditions }), paint('black'));
    expect(outcome.error).toBe("failure condition 'data.color in (black,white)' evaluated true");
  });

  it('fails when the object is deleted meanwhile', async () => {
    const target = { resource: resources.configMaps, key: PALETTE };
    const outcome = await changed(order({ conditions }), () => admin.send({ verb: 'delete', ...target }));
    expect(outcome.error).toContain('The resource has been deleted while its status was still being checked');
  });

  it('looks again from time to time where the account may not watch', async () => {
    io = { ...io, clock: hasty };
    const outcome = await changed(order({ conditions, serviceAccount: 'writer' }), paint('blue'));
    expect(outcome.outputs?.parameters?.[0]?.value).toBe('blue');
  });

  it('says that a kind is unknown, and stops when it is told to', async () => {
    const object = { apiVersion: 'example.com/v1', kind: 'Gizmo', metadata: { name: 'x' } };
    const outcome = await performResource(WORKFLOW, order({ object }), io);
    expect(outcome.error).toBe('no matches for kind "Gizmo" in version "example.com/v1"');
    const waiting = changed(order({ conditions }), async () => stop.abort(new Error('stopped')));
    expect((await waiting).error).toBeDefined();
    expect(await getObject(admin, { resource: resources.configMaps, key: PALETTE })).toBeDefined();
  });
});
