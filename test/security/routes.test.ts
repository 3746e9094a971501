import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RestRoute } from '@argosy/api/rest';
import { createPolicy } from '@argosy/auth/policy';
import { openRepositories } from '@argosy/cd/repo';
import { deliveryRoutes } from '@argosy/cd/service';
import { inMemoryCommitLog, openControlPlane } from '@argosy/cluster/control-plane';
import { connectInProcess, createRestMapper, mappingsOf } from '@argosy/kube/client';
import { createInformerFactory, systemClock } from '@argosy/kube/runtime';
import { compareText, silentLogger } from '@argosy/std';
import { workflowRoutes } from '@argosy/workflows/service';

let routes: readonly RestRoute[];
let close: () => Promise<void>;

beforeAll(async () => {
  const cacheDirectory = await mkdtemp(join(tmpdir(), 'argosy-routes-'));
  const authorizer = { authorize: () => ({ allowed: true, reason: '' }) };
  const clock = systemClock;
  const plane = await openControlPlane({ log: inMemoryCommitLog(), clock, authorizer, newUid: randomUUID });
  const repositories = await openRepositories({ cacheDirectory, clock });
  const stop = new AbortController();
  const { signal } = stop;
  const api = connectInProcess(plane, { name: 'argocd-server', groups: [] });
  const logger = silentLogger;
  const informers = createInformerFactory({ api, clock, logger, signal });
  const discover = (): Promise<ReturnType<typeof mappingsOf>> => Promise.resolve(mappingsOf(plane.discovery()));
  const restMapper = createRestMapper({ discover, now: () => clock.now() });
  const policy = createPolicy();
  routes = [
    ...deliveryRoutes({ api, informers, repositories, restMapper, policy, clock, logger, signal }),
    ...workflowRoutes({ api, clock, policy }),
  ];
  close = async () => {
    stop.abort();
    await repositories.close();
    await plane.close();
    await rm(cacheDirectory, { recursive: true, force: true });
  };
});
afterAll(() => close());

describe('operations', () => {
  it('all say what they need; the open ones are named here and read no objects', () => {
    const open = routes.filter((route) => route.access === undefined).map(({ method, path }) => `${method} ${path}`);
    expect(open).toEqual(['GET /api/v1/settings', 'POST /api/webhook']);
    expect(routes.length).toBeGreaterThan(40);
  });

  it('that change something are not asked for by GET', () => {
    const changing = ['create', 'update', 'delete', 'sync', 'override'];
    const wrong = routes.filter(({ method, access }) => method === 'GET' && changing.includes(access?.action ?? ''));
    expect(wrong.map(({ path }) => path)).toEqual([]);
  });

  it('ask for resources and actions that policies can name', () => {
    const asked = routes.flatMap(({ access }) => (access === undefined ? [] : [access]));
    const resources = new Set(asked.map(({ resource }) => resource));
    const actions = new Set(asked.map(({ action }) => action));
    expect([...resources].toSorted(compareText)).toEqual(['applications', 'projects', 'repositories', 'workflows']);
    expect([...actions].filter((action) => !/^(get|create|update|delete|sync|override|list)$/.test(action))).toEqual(
      [],
    );
  });
});
