import { afterAll, beforeAll, expect, it } from 'vitest';
import { openWire } from './open-wire.ts';
import { openToolSession, type ToolSession } from './tool-session.ts';

interface AuditEvent {
  readonly verb: string;
  readonly requestURI: string;
  readonly user?: { readonly username: string };
  readonly objectRef?: { readonly [field: string]: string };
  readonly responseStatus: { readonly code: number };
  readonly [field: string]: unknown;
}

let session: ToolSession;
const events: AuditEvent[] = [];

beforeAll(async () => {
  session = await openToolSession(await openWire({ http: { audit: (event) => events.push(event as AuditEvent) } }));
});
afterAll(() => session.close());

it('tells of writes, refusals and reads of secrets: who, what and how it ended, never what was in it', async () => {
  await session.good('kubectl create secret generic s --from-literal=word=hunter2');
  await session.good('kubectl get secret s -o yaml');
  await session.good('kubectl get configmaps');
  await session.bad('kubectl create secret generic s --from-literal=word=hunter2');
  await session.bad('kubectl get pods --as=jane');
  await session.good('kubectl create configmap other --as=jane --as-group=system:masters');
  const told = events.map((event) => [event.verb, event.objectRef?.['resource'], event.responseStatus.code]);
  expect(told).toEqual([
    ['create', 'secrets', 201],
    ['get', 'secrets', 200],
    ['create', 'secrets', 409],
    ['list', 'pods', 403],
    ['create', 'configmaps', 201],
  ]);
  expect(events[0]).toMatchObject({
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level: 'Metadata',
    stage: 'ResponseComplete',
    user: { username: 'admin', groups: ['system:masters', 'system:authenticated'] },
    sourceIPs: ['127.0.0.1'],
    userAgent: expect.stringContaining('kubectl') as string,
    objectRef: { resource: 'secrets', namespace: 'default', apiVersion: 'v1' },
    annotations: { 'authorization.k8s.io/decision': 'allow' },
  });
  expect(events[3]).toMatchObject({
    impersonatedUser: { username: 'jane' },
    responseStatus: { reason: 'Forbidden', message: expect.stringContaining('cannot list resource "pods"') as string },
    annotations: { 'authorization.k8s.io/decision': 'forbid' },
  });
  expect(JSON.stringify(events)).not.toContain('hunter2');
  expect(JSON.stringify(events)).not.toContain(Buffer.from('hunter2').toString('base64'));
});

it('tells of strangers, and cuts what is too long', async () => {
  events.length = 0;
  const stranger = session.wire.httpWith({ token: 'not-a-token' });
  const list = {
    verb: 'list',
    resource: { group: '', version: 'v1', resource: 'pods' },
    namespace: 'default',
  } as const;
  await expect(stranger.send({ ...list, labelSelector: `a=${'b'.repeat(2000)}` })).rejects.toMatchObject({ code: 401 });
  expect(events).toHaveLength(1);
  expect(events[0]?.responseStatus.code).toBe(401);
  expect(events[0]?.user).toBeUndefined();
  expect(events[0]?.requestURI.length).toBe(1024);
  expect(JSON.stringify(events)).not.toContain('not-a-token');
});
