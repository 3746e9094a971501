import { describe, expect, it } from 'vitest';
import type { KubeObject } from '@argosy/kube/meta';
import { at, deployment, refusal, testServer } from './test-server.ts';

const deployments = at('apps/v1', 'deployments');
const key = { namespace: 'default', name: 'd' };
type Server = ReturnType<typeof testServer>;
const apply = (
  server: Server,
  patch: unknown,
  options: { manager?: string; force?: boolean } = {},
): { code: number; object: KubeObject } => {
  const { manager = 'one', force = false } = options;
  return server.ask({
    verb: 'patch',
    resource: deployments,
    key,
    patchType: 'apply',
    patch,
    fieldManager: manager,
    force,
  });
};
const replicas = (count: number): unknown => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'd' },
  spec: { replicas: count },
});

describe('server-side apply', () => {
  it('creates, records who owns what, and changes nothing the second time', () => {
    const server = testServer();
    const made = apply(server, deployment('d', { replicas: 2 }));
    expect(made.code).toBe(201);
    expect(made.object.metadata.managedFields).toMatchObject([
      { manager: 'one', operation: 'Apply', apiVersion: 'apps/v1' },
    ]);
    const again = apply(server, deployment('d', { replicas: 2 }));
    expect(again.code).toBe(200);
    expect(again.object).toEqual(made.object);
  });

  it('refuses to change what another manager owns, unless forced', () => {
    const server = testServer();
    apply(server, deployment('d', { replicas: 2 }));
    const answer = refusal(() => apply(server, replicas(3), { manager: 'two' }));
    expect(answer).toMatchObject({
      code: 409,
      reason: 'Conflict',
      message: expect.stringMatching(/Apply failed with 1 conflict: conflict with "one".*\.spec\.replicas/),
    });
    expect(apply(server, replicas(3), { manager: 'two', force: true }).object['spec']).toMatchObject({ replicas: 3 });
  });

  it('sees what plain writes took over', () => {
    const server = testServer();
    apply(server, deployment('d', { replicas: 2 }));
    server.patch(deployments, 'd', { patch: { spec: { replicas: 7 } } });
    expect(refusal(() => apply(server, deployment('d', { replicas: 2 }))).message).toMatch(/conflict with "tester"/);
  });

  it('removes what it applied before and does no longer', () => {
    const server = testServer();
    expect(apply(server, deployment('d', { minReadySeconds: 4 })).object['spec']).toMatchObject({ minReadySeconds: 4 });
    expect(apply(server, deployment('d')).object['spec']).not.toHaveProperty('minReadySeconds');
  });

  const refused: readonly { reason: string; act: (server: Server) => unknown; code: number }[] = [
    { reason: 'no field manager', act: (s) => apply(s, deployment('d'), { manager: '' }), code: 422 },
    {
      reason: 'a manager of 129 characters',
      act: (s) => apply(s, deployment('d'), { manager: 'x'.repeat(129) }),
      code: 422,
    },
    { reason: 'another kind', act: (s) => apply(s, { ...deployment('d'), kind: 'ReplicaSet' }), code: 400 },
    { reason: 'another name', act: (s) => apply(s, deployment('other')), code: 400 },
    {
      reason: 'managed fields in the configuration',
      act: (s) => apply(s, { ...deployment('d'), metadata: { name: 'd', managedFields: [{ manager: 'x' }] } }),
      code: 400,
    },
  ];
  it.each(refused)('refuses $reason', ({ act, code }) => {
    expect(refusal(() => act(testServer())).code).toBe(code);
  });

  it('drops the only label and keeps the rest of metadata', () => {
    const server = testServer();
    const labelled = { ...deployment('d'), metadata: { name: 'd', labels: { a: 'b' } } };
    const made = apply(server, labelled).object;
    const { object } = apply(server, { ...deployment('d'), metadata: { name: 'd' } });
    expect(object.metadata).toMatchObject({ name: 'd', namespace: 'default', uid: made.metadata.uid });
    expect(object.metadata.labels).toBeUndefined();
  });

  it.each([
    { reason: 'another uid', metadata: { uid: 'other' }, message: /UID in precondition: other/ },
    { reason: 'an old resourceVersion', metadata: { resourceVersion: '1' }, message: /has been modified/ },
  ])('refuses a configuration that means another object: $reason', ({ metadata, message }) => {
    const server = testServer();
    apply(server, deployment('d'));
    const answer = refusal(() => apply(server, { ...deployment('d'), metadata: { name: 'd', ...metadata } }));
    expect(answer).toMatchObject({ code: 409, reason: 'Conflict', message: expect.stringMatching(message) });
  });

  it('does not create what a configuration knows by uid', () => {
    const answer = refusal(() => apply(testServer(), { ...deployment('d'), metadata: { name: 'd', uid: 'gone' } }));
    expect(answer).toMatchObject({ code: 409, message: expect.stringContaining('no existing object was found') });
  });

  it('tracks creates of callers that name their manager', () => {
    const server = testServer();
    const request = { verb: 'create', resource: deployments, namespace: 'default', object: deployment('d') } as const;
    const made = server.ask({ ...request, fieldManager: 'kubectl-create' }).object;
    expect(made.metadata.managedFields).toMatchObject([{ manager: 'kubectl-create', operation: 'Update' }]);
  });
});
