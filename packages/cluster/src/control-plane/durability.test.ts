import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import type { KubeObject } from '@argosy/kube/meta';
import type { WatchEvent } from '@argosy/kube/port';
import type { ControlPlane } from '../apiserver/index.ts';
import { CommitError } from '../disk/index.ts';
import { admin, countingUids, mastersOnly, openTestPlane, stepClock } from './test-plane.ts';
import { openControlPlane } from './open-control-plane.ts';

const maps = { group: '', version: 'v1', resource: 'configmaps' };
const map = (name: string, value = ''): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, labels: { value } },
  data: { value },
});
const full = new CommitError('disk-full', 'the disk is full: free some space in the data directory');
const create = (plane: ControlPlane, name: string, value = ''): Promise<KubeObject> =>
  plane.send(admin, { verb: 'create', resource: maps, namespace: 'default', object: map(name, value) });
const names = async (plane: ControlPlane): Promise<string[]> => {
  const list = await plane.send(admin, { verb: 'list', resource: maps, namespace: '' });
  return (list['items'] as KubeObject[]).map((item) => item.metadata.name);
};
/** True when the promise settled within the present microtasks. */
const settled = async (promise: Promise<unknown>): Promise<boolean> => {
  let done = false;
  const mark = (): void => void (done = true);
  promise.then(mark, mark);
  for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
  return done;
};

describe('durability', () => {
  it('answers writes, and reads of them, only when the log has them', async () => {
    const { plane, log } = await openTestPlane();
    const release = log.hold();
    const written = create(plane, 'a');
    const read = plane.send(admin, { verb: 'get', resource: maps, key: { namespace: 'default', name: 'a' } });
    const taken = create(plane, 'a');
    const others = plane.send(admin, {
      verb: 'get',
      resource: { ...maps, resource: 'namespaces' },
      key: { namespace: '', name: 'default' },
    });
    expect(await settled(others)).toBe(true);
    expect(await Promise.all([written, read, taken].map(settled))).toEqual([false, false, false]);
    release();
    expect((await read).metadata.resourceVersion).toBe((await written).metadata.resourceVersion);
    await expect(taken).rejects.toMatchObject({ code: 409 });
    await plane.close();
  });

  it('takes back what the log refuses and accepts again when the log does', async () => {
    const { plane, log } = await openTestPlane();
    await create(plane, 'kept', 'old');
    log.refuse(full);
    const key = { namespace: 'default', name: 'kept' };
    const refused = await Promise.allSettled([
      create(plane, 'lost'),
      plane.send(admin, { verb: 'patch', resource: maps, key, patchType: 'merge', patch: { data: { value: 'new' } } }),
      plane.send(admin, { verb: 'delete', resource: maps, key }),
    ]);
    for (const item of refused) {
      expect(item).toMatchObject({ status: 'rejected', reason: { code: 500, reason: 'InternalError' } });
      expect(String((item as PromiseRejectedResult).reason)).toMatch(
        /the data directory refuses writes: the disk is full/,
      );
    }
    expect(plane.health()).toMatchObject({ ready: false });
    expect((await plane.send(admin, { verb: 'get', resource: maps, key }))['data']).toEqual({ value: 'old' });
    expect(await names(plane)).toEqual(['kept']);
    log.refuse(undefined);
    await create(plane, 'later');
    expect(plane.health()).toEqual({ ready: true, message: 'ok' });
    expect(await names(plane)).toEqual(['kept', 'later']);
    await plane.close();
  });

  it('answers a reader of a refused write with what is true afterwards', async () => {
    const { plane, log } = await openTestPlane();
    const release = log.hold();
    const lost = create(plane, 'lost');
    const read = names(plane);
    const seen = expect(lost).rejects.toMatchObject({ code: 500 });
    log.refuse(full);
    release();
    await seen;
    expect(await read).toEqual([]);
    await plane.close();
  });

  it('comes back after a restart with everything it acknowledged', async () => {
    const { plane, log, clock } = await openTestPlane();
    const made = await create(plane, 'a', 'x');
    const again = await openControlPlane({ log, clock, authorizer: mastersOnly, newUid: countingUids() });
    expect(await again.send(admin, { verb: 'get', resource: maps, key: { namespace: 'default', name: 'a' } })).toEqual(
      made,
    );
    const next = await create(again, 'b');
    expect(Number(next.metadata.resourceVersion)).toBeGreaterThan(Number(made.metadata.resourceVersion));
    await plane.close();
  });
});

interface Operation {
  readonly kind: 'put' | 'drop' | 'refuse' | 'accept';
  readonly name: number;
  readonly value: number;
}

const operation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('put' as const), name: fc.nat(4), value: fc.nat(3) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('drop' as const), name: fc.nat(4), value: fc.constant(0) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constantFrom('refuse' as const, 'accept' as const),
      name: fc.constant(0),
      value: fc.constant(0),
    }),
  },
);

const put = async (plane: ControlPlane, name: string, value: string): Promise<KubeObject> => {
  const key = { namespace: 'default', name };
  return plane
    .send(admin, { verb: 'patch', resource: maps, key, patchType: 'merge', patch: map(name, value) })
    .catch(() => create(plane, name, value));
};

function replay(state: Map<string, string>, event: WatchEvent): void {
  if (event.type === 'DELETED') state.delete(event.object.metadata.name);
  else state.set(event.object.metadata.name, JSON.stringify(event.object));
}

describe('watch', () => {
  it('replayed over a list gives the next list; versions grow; refused writes never show', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { maxLength: 40 }), fc.nat(3), async (operations, wanted) => {
        const { plane, log } = await openTestPlane();
        const selector = { labelSelector: `value!=${wanted}` };
        const list = async (): Promise<KubeObject> =>
          plane.send(admin, { verb: 'list', resource: maps, namespace: '', ...selector });
        const start = await list();
        const stop = new AbortController();
        const seen: WatchEvent[] = [];
        const resourceVersion = start.metadata.resourceVersion ?? '';
        const reading = (async () => {
          const request = { resource: maps, namespace: '', resourceVersion, signal: stop.signal, ...selector };
          for await (const event of plane.watch(admin, request)) seen.push(event);
        })();
        const model = new Map<string, string>();
        let refusing = false;
        for (const item of operations) {
          if (item.kind === 'refuse' || item.kind === 'accept') {
            refusing = item.kind === 'refuse';
            log.refuse(refusing ? full : undefined);
            continue;
          }
          const name = `m${item.name}`;
          const done =
            item.kind === 'put'
              ? put(plane, name, String(item.value))
              : plane.send(admin, { verb: 'delete', resource: maps, key: { namespace: 'default', name } });
          const kept = await done.then(
            () => true,
            () => false,
          );
          if (!kept) continue;
          if (item.kind === 'put') model.set(name, String(item.value));
          else model.delete(name);
        }
        log.refuse(undefined);
        await settled(Promise.resolve());
        const end = await list();
        await settled(Promise.resolve());
        stop.abort();
        await reading;
        const state = new Map<string, string>();
        for (const event of seen) replay(state, event);
        const listed = new Map(
          (end['items'] as KubeObject[]).map((object) => [object.metadata.name, JSON.stringify(object)]),
        );
        expect(state).toEqual(listed);
        const versions = seen.map((event) => Number(event.object.metadata.resourceVersion));
        expect(versions).toEqual([...new Set(versions)].sort((a, b) => a - b));
        const expected = [...model].filter(([, value]) => value !== String(wanted)).map(([name]) => name);
        expect([...listed.keys()]).toEqual(expected.sort());
        await plane.close();
      }),
      { numRuns: 60 },
    );
  });

  it('begins with what exists, and marks the end of it on request', async () => {
    const { plane } = await openTestPlane();
    await create(plane, 'a');
    await create(plane, 'b');
    const stop = new AbortController();
    const seen: string[] = [];
    const request = {
      resource: maps,
      namespace: '',
      signal: stop.signal,
      allowWatchBookmarks: true,
      sendInitialEvents: true,
      resourceVersionMatch: 'NotOlderThan',
    } as const;
    for await (const event of plane.watch(admin, request)) {
      seen.push(
        `${event.type} ${event.object.metadata.name ?? event.object.metadata.annotations?.['k8s.io/initial-events-end']}`,
      );
      if (event.type === 'BOOKMARK') stop.abort();
    }
    expect(seen).toEqual(['ADDED a', 'ADDED b', 'BOOKMARK true']);
    await plane.close();
  });

  it('says that a version is too old, and that one before a restart is', async () => {
    const { plane, log } = await openTestPlane();
    await create(plane, 'a');
    const again = await openControlPlane({
      log,
      clock: stepClock(0 as never),
      authorizer: mastersOnly,
      newUid: countingUids(),
    });
    const read = async (): Promise<void> => {
      for await (const event of again.watch(admin, { resource: maps, namespace: '', resourceVersion: '1' })) {
        throw new Error(`unexpected ${event.type}`);
      }
    };
    await expect(read()).rejects.toMatchObject({
      code: 410,
      reason: 'Expired',
      message: /too old resource version: 1 \(\d+\)/,
    });
    await again.close();
    await plane.close();
  });

  it('ends a receiver that cannot keep up, and only that one', async () => {
    const { plane } = await openTestPlane();
    let slowEnds = 0;
    let quick = 0;
    plane.openWatch(admin, { resource: maps, namespace: '' }, { push: () => false, end: () => (slowEnds += 1) });
    plane.openWatch(admin, { resource: maps, namespace: '' }, { push: () => (quick += 1) > 0, end: () => undefined });
    await create(plane, 'a');
    await create(plane, 'b');
    expect([slowEnds, quick]).toEqual([1, 2]);
    await plane.close();
  });

  it('sends bookmarks and ends by the clock', async () => {
    const { plane, clock } = await openTestPlane();
    const seen: string[] = [];
    let ended = false;
    plane.openWatch(
      admin,
      { resource: maps, namespace: '', allowWatchBookmarks: true, timeoutSeconds: 100 },
      { push: (frame) => seen.push(frame.type) > 0, end: () => (ended = true) },
    );
    await settled(Promise.resolve());
    clock.advanceTo((clock.now() + 61_000) as never);
    expect([seen, ended]).toEqual([['BOOKMARK'], false]);
    clock.advanceTo((clock.now() + 60_000) as never);
    expect([seen, ended]).toEqual([['BOOKMARK', 'BOOKMARK'], true]);
    await plane.close();
  });

  it('ends every watch when the plane closes', async () => {
    const { plane } = await openTestPlane();
    const ends: unknown[] = [];
    plane.openWatch(admin, { resource: maps, namespace: '' }, { push: () => true, end: (error) => ends.push(error) });
    await plane.close();
    expect(ends).toEqual([undefined]);
    await expect(names(plane)).rejects.toMatchObject({ code: 503 });
  });
});

describe('access', () => {
  it('asks for every request and speaks as upstream does', async () => {
    const { plane } = await openTestPlane();
    const jane = { name: 'jane', groups: ['system:authenticated'] };
    const request = { verb: 'list', resource: maps, namespace: 'default' } as const;
    const words =
      'configmaps is forbidden: User "jane" cannot list resource "configmaps" in API group "" in the namespace "default"';
    await expect(plane.send(jane, request)).rejects.toMatchObject({ code: 403, message: words });
    expect(() =>
      plane.openWatch(jane, { resource: maps, namespace: '' }, { push: () => true, end: () => undefined }),
    ).toThrow(/cannot watch/);
    await expect(plane.send(jane, { ...request, impersonate: admin })).rejects.toMatchObject({
      message: expect.stringMatching(
        /User "jane" cannot impersonate resource "users" in API group "" at the cluster scope/,
      ),
    });
    await expect(plane.send(admin, { ...request, impersonate: jane })).rejects.toMatchObject({ message: words });
    await plane.close();
  });
});

describe('events', () => {
  it('go when their hour is over', async () => {
    const { plane, clock } = await openTestPlane();
    const events = { ...maps, resource: 'events' };
    const object = {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: 'e' },
      involvedObject: { kind: 'Pod', name: 'p', namespace: 'default' },
    };
    await plane.send(admin, { verb: 'create', resource: events, namespace: 'default', object });
    clock.advanceTo((clock.now() + 3_599_000) as never);
    const key = { namespace: 'default', name: 'e' };
    expect((await plane.send(admin, { verb: 'get', resource: events, key })).metadata.name).toBe('e');
    clock.advanceTo((clock.now() + 2000) as never);
    await expect(plane.send(admin, { verb: 'get', resource: events, key })).rejects.toMatchObject({ code: 404 });
    await plane.close();
  });
});
