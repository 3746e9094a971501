import { describe, expect, it } from 'vitest';
import { after, seconds } from '@argosy/std';
import type { KubeObject } from '@argosy/kube/meta';
import type { DeleteOptions } from '@argosy/kube/port';
import { at, configMap, deployment, refusal, template, testServer } from './test-server.ts';

const maps = at('v1', 'configmaps');
const pods = at('v1', 'pods');
const deployments = at('apps/v1', 'deployments');
const namespaces = at('v1', 'namespaces');
const pod = (name: string): KubeObject => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec: template.spec });

describe('delete', () => {
  it('answers a Status for most kinds and the object for a few', () => {
    const server = testServer();
    const made = server.create(maps, configMap('a'));
    expect(server.remove(maps, 'a')).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Success',
      details: { name: 'a', kind: 'configmaps', uid: made.metadata.uid },
    });
    server.create(pods, pod('p'));
    expect(server.remove(pods, 'p').kind).toBe('Pod');
  });

  const policies: readonly { reason: string; options: DeleteOptions; finalizers: readonly string[] | undefined }[] = [
    { reason: 'background removes at once', options: { propagationPolicy: 'Background' }, finalizers: undefined },
    { reason: 'no policy is background for apps', options: {}, finalizers: undefined },
    {
      reason: 'foreground waits for dependents',
      options: { propagationPolicy: 'Foreground' },
      finalizers: ['foregroundDeletion'],
    },
    {
      reason: 'orphan waits for the references to go',
      options: { propagationPolicy: 'Orphan' },
      finalizers: ['orphan'],
    },
  ];
  it.each(policies)('$reason', ({ options, finalizers }) => {
    const server = testServer();
    server.create(deployments, deployment('d'));
    const answer = server.remove(deployments, 'd', options);
    if (finalizers === undefined) {
      expect(server.names(deployments)).toEqual([]);
      return;
    }
    expect(answer.metadata).toMatchObject({ finalizers, deletionTimestamp: '2026-01-01T00:00:00Z', generation: 2 });
    const released = server.patch(deployments, 'd', { patch: { metadata: { finalizers: null } } });
    expect(released.metadata.deletionTimestamp).toBeDefined();
    expect(server.names(deployments)).toEqual([]);
  });

  it('orphans the pods of a Job by default, and says so', () => {
    const server = testServer();
    const jobs = at('batch/v1', 'jobs');
    server.create(jobs, {
      metadata: { name: 'j' },
      spec: { template: { spec: { ...template.spec, restartPolicy: 'Never' } } },
    });
    const answer = server.ask({ verb: 'delete', resource: jobs, key: { namespace: 'default', name: 'j' } });
    expect(answer.object.metadata.finalizers).toEqual(['orphan']);
    expect(answer.warnings[0]).toMatch(/child pods are preserved by default/);
  });

  it('holds an object until its last finalizer is gone, and takes no new ones meanwhile', () => {
    const server = testServer();
    server.create(maps, { ...configMap('a'), metadata: { name: 'a', finalizers: ['x.org/one', 'x.org/two'] } });
    server.remove(maps, 'a');
    const marked = server.get(maps, 'a').metadata.deletionTimestamp;
    expect(marked).toBeDefined();
    const more = { metadata: { finalizers: ['x.org/one', 'x.org/two', 'x.org/three'] } };
    expect(refusal(() => server.patch(maps, 'a', { patch: more })).message).toMatch(
      /no new finalizers can be added if the object is being deleted/,
    );
    server.patch(maps, 'a', { patch: { metadata: { finalizers: ['x.org/two'] } } });
    expect(server.remove(maps, 'a').metadata.finalizers).toEqual(['x.org/two']);
    server.patch(maps, 'a', { patch: { metadata: { finalizers: [] } } });
    expect(server.names(maps)).toEqual([]);
  });

  const running = (server: ReturnType<typeof testServer>): void => {
    server.create(pods, { ...pod('p'), spec: { ...template.spec, nodeName: 'n1' } });
  };
  const graces: readonly { reason: string; options: DeleteOptions; grace: number | undefined }[] = [
    { reason: 'a running pod gets its own grace', options: {}, grace: 30 },
    { reason: 'a caller may shorten it', options: { gracePeriodSeconds: 5 }, grace: 5 },
    { reason: 'zero removes at once', options: { gracePeriodSeconds: 0 }, grace: undefined },
  ];
  it.each(graces)('$reason', ({ options, grace }) => {
    const server = testServer();
    running(server);
    const answer = server.remove(pods, 'p', options);
    expect(server.names(pods)).toEqual(grace === undefined ? [] : ['p']);
    if (grace !== undefined) expect(answer.metadata.deletionGracePeriodSeconds).toBe(grace);
  });

  it('shortens the grace of a pod that is ending, never lengthens it, and ends it with zero', () => {
    const server = testServer();
    running(server);
    server.remove(pods, 'p');
    server.now = after(server.now, seconds(1));
    expect(server.remove(pods, 'p', { gracePeriodSeconds: 60 }).metadata.deletionGracePeriodSeconds).toBe(30);
    expect(server.remove(pods, 'p', { gracePeriodSeconds: 2 }).metadata.deletionGracePeriodSeconds).toBe(2);
    server.remove(pods, 'p', { gracePeriodSeconds: 0 });
    expect(server.names(pods)).toEqual([]);
  });

  it('keeps to preconditions', () => {
    const server = testServer();
    server.create(maps, configMap('a'));
    const wrong = refusal(() => server.remove(maps, 'a', { preconditions: { uid: 'other' } }));
    expect(wrong).toMatchObject({
      code: 409,
      message: expect.stringMatching(/the UID in the precondition \(other\) does not match the UID in record/),
    });
    const version = refusal(() => server.remove(maps, 'a', { preconditions: { resourceVersion: '1' } }));
    expect(version.message).toMatch(/the ResourceVersion in the precondition \(1\)/);
    expect(server.names(maps)).toEqual(['a']);
  });

  it('deletes what a collection selects', () => {
    const server = testServer();
    for (const name of ['a', 'b', 'c']) {
      server.create(maps, { ...configMap(name), metadata: { name, labels: { keep: String(name === 'b') } } });
    }
    server.ask({ verb: 'deletecollection', resource: maps, namespace: 'default', labelSelector: 'keep=false' });
    expect(server.names(maps)).toEqual(['b']);
  });

  it('ends a namespace in two steps and lets nothing new in between', () => {
    const server = testServer();
    server.create(namespaces, { metadata: { name: 'team' } });
    const key = { namespace: '', name: 'team' };
    const marked = server.ask({ verb: 'delete', resource: namespaces, key }).object;
    expect(marked).toMatchObject({ status: { phase: 'Terminating' }, spec: { finalizers: ['kubernetes'] } });
    const late = refusal(() => server.create(maps, configMap('a'), 'team'));
    expect(late.code).toBe(403);
    expect(late.message).toMatch(/unable to create new content in namespace team because it is being terminated/);
    const object = { ...marked, spec: { finalizers: [] } };
    server.ask({ verb: 'update', resource: namespaces, key, subresource: 'finalize', object });
    expect(server.names(namespaces)).not.toContain('team');
  });

  it('keeps the built-in namespaces', () => {
    const answer = refusal(() =>
      testServer().ask({ verb: 'delete', resource: namespaces, key: { namespace: '', name: 'default' } }),
    );
    expect(answer).toMatchObject({ code: 403, message: expect.stringMatching(/this namespace may not be deleted/) });
  });

  it('evicts a pod only when its budget allows, and spends it', () => {
    const server = testServer();
    const budgets = at('policy/v1', 'poddisruptionbudgets');
    server.create(pods, {
      ...pod('p'),
      metadata: { name: 'p', labels: { app: 'web' } },
      spec: { ...template.spec, nodeName: 'n' },
    });
    server.patch(pods, 'p', { patch: { status: { phase: 'Running' } }, subresource: 'status' });
    server.create(budgets, {
      metadata: { name: 'b' },
      spec: { minAvailable: 1, selector: { matchLabels: { app: 'web' } } },
    });
    const evict = (): unknown =>
      server.ask({
        verb: 'create',
        resource: pods,
        namespace: 'default',
        name: 'p',
        subresource: 'eviction',
        object: { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'p' } },
      });
    expect(refusal(evict)).toMatchObject({
      code: 429,
      message: "Cannot evict pod as it would violate the pod's disruption budget.",
    });
    server.patch(budgets, 'b', { patch: { status: { disruptionsAllowed: 1 } }, subresource: 'status' });
    evict();
    expect(server.get(pods, 'p').metadata.deletionTimestamp).toBeDefined();
    expect(server.get(budgets, 'b')['status']).toMatchObject({ disruptionsAllowed: 0 });
  });
});
