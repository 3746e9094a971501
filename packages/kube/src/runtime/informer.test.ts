import { afterEach, describe, expect, it } from 'vitest';
import { instant, silentLogger } from '@argosy/std';
import { inMemoryCommitLog, openControlPlane } from '@argosy/cluster/control-plane';
import { createVirtualClock, type VirtualClock } from '@argosy/sim';
import { connectInProcess } from '../client/index.ts';
import { kubeError, parseLabelSelector, type KubeObject } from '../meta/index.ts';
import { createObject, deleteObject, patchObject, type ClusterApi, type WatchRequest } from '../port/index.ts';
import type { Change } from './contract.ts';
import { createInformerFactory } from './informer.ts';

const CONFIG_MAPS = Object.freeze({ group: '', version: 'v1', resource: 'configmaps' });

/** What may go wrong between an informer and the API server; everything else is the real thing. */
interface Faults {
  /** Ends each open watch cleanly. */
  dropWatches(): void;
  /** Ends each open watch and refuses to resume once, as a server does whose history does not reach back. */
  expireWatches(): void;
  /** The next sends are refused. */
  refuseNext(count: number): void;
  readonly watches: WatchRequest[];
  readonly lists: number;
}

function withFaults(api: ClusterApi): { readonly api: ClusterApi; readonly faults: Faults } {
  const open = new Set<AbortController>();
  const watches: WatchRequest[] = [];
  let expired = 0;
  let refused = 0;
  let lists = 0;
  async function* watch(request: WatchRequest) {
    watches.push(request);
    if (expired > 0) {
      expired -= 1;
      throw kubeError('Expired', 'too old resource version');
    }
    const drop = new AbortController();
    open.add(drop);
    const signal = AbortSignal.any([drop.signal, request.signal ?? drop.signal]);
    try {
      yield* api.watch({ ...request, signal });
    } catch (error) {
      if (!drop.signal.aborted) throw error;
    } finally {
      open.delete(drop);
    }
  }
  const faults: Faults = {
    dropWatches: () => open.forEach((each) => each.abort()),
    expireWatches: () => {
      expired = open.size;
      open.forEach((each) => each.abort());
    },
    refuseNext: (count) => (refused = count),
    watches,
    get lists() {
      return lists;
    },
  };
  const send: ClusterApi['send'] = async (request) => {
    if (request.verb === 'list') lists += 1;
    if (request.verb === 'list' && refused > 0) {
      refused -= 1;
      throw kubeError('ServiceUnavailable', 'not now');
    }
    return api.send(request);
  };
  return { api: { send, watch, logs: (request) => api.logs(request) }, faults };
}

interface World {
  readonly clock: VirtualClock;
  readonly api: ClusterApi;
  readonly faults: Faults;
  readonly signal: AbortSignal;
  readonly faulty: ClusterApi;
}

let close: () => Promise<void> = () => Promise.resolve();
afterEach(() => close());

async function openWorld(): Promise<World> {
  const clock = createVirtualClock(1_767_225_600_000);
  let count = 0;
  const plane = await openControlPlane({
    log: inMemoryCommitLog(),
    clock,
    authorizer: { authorize: () => ({ allowed: true, reason: '' }) },
    newUid: () => `uid-${(count += 1)}`,
  });
  const api = connectInProcess(plane, { name: 'admin', groups: ['system:masters'] });
  const abort = new AbortController();
  close = async () => {
    abort.abort();
    await plane.close();
  };
  const { api: faulty, faults } = withFaults(api);
  return { clock, api, faults, faulty, signal: abort.signal };
}

function configMap(name: string, labels: { readonly [key: string]: string } = {}): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default', labels }, data: { a: '1' } };
}

const create = (world: World, object: KubeObject): Promise<KubeObject> =>
  createObject(world.api, { resource: CONFIG_MAPS, namespace: 'default', object });
const remove = (world: World, name: string): Promise<void> =>
  deleteObject(world.api, { resource: CONFIG_MAPS, key: { namespace: 'default', name } });

function changeText({ key, before, after }: Change): string {
  return `${before === undefined ? '+' : after === undefined ? '-' : '~'}${key.name}`;
}

function open(world: World) {
  const { clock, signal, faulty } = world;
  return createInformerFactory({ api: faulty, clock, signal, logger: silentLogger });
}

describe('informer', () => {
  it('files what exists and what changes, announces both, and lists in key order', async () => {
    const world = await openWorld();
    await create(world, configMap('b', { app: 'x' }));
    const informer = open(world).informer(CONFIG_MAPS);
    await informer.synced();
    const seen: string[] = [];
    informer.onChange((change) => seen.push(changeText(change)));
    expect(seen).toEqual(['+b']);
    await create(world, configMap('a', { app: 'x' }));
    const key = { namespace: 'default', name: 'b' };
    await patchObject(world.api, { resource: CONFIG_MAPS, key, patchType: 'merge', patch: { data: { a: '2' } } });
    await remove(world, 'a');
    await world.clock.advanceUntil(() => seen.length === 4, 1000);
    expect(seen).toEqual(['+b', '+a', '~b', '-a']);
    await create(world, configMap('a'));
    await world.clock.advanceUntil(() => informer.lister.list('default').length === 2, 1000);
    expect(informer.lister.list().map((each) => each.metadata.name)).toEqual(['a', 'b']);
    expect(informer.lister.list('default', parseLabelSelector('app=x')).length).toBe(1);
    expect(informer.lister.list('other')).toEqual([]);
  });

  it('resumes a dropped watch where it ended, without listing again', async () => {
    const world = await openWorld();
    const informer = open(world).informer(CONFIG_MAPS);
    const seen: string[] = [];
    await informer.synced();
    informer.onChange((change) => seen.push(changeText(change)));
    await create(world, configMap('a'));
    await world.clock.advanceUntil(() => seen.length === 1, 1000);
    world.faults.dropWatches();
    await create(world, configMap('b'));
    await world.clock.advanceUntil(() => seen.length === 2, 60_000);
    expect(seen).toEqual(['+a', '+b']);
    expect(world.faults.lists).toBe(1);
    expect(world.faults.watches.length).toBe(2);
  });

  it('lists again when its version has expired, and announces deletions and re-creations that it missed', async () => {
    const world = await openWorld();
    for (const name of ['keep', 'lose', 'swap']) await create(world, configMap(name));
    const informer = open(world).informer(CONFIG_MAPS);
    await informer.synced();
    await world.clock.advanceUntil(() => world.faults.watches.length === 1, 1000);
    const seen: string[] = [];
    const leave = informer.onChange((change) => seen.push(changeText(change)));
    seen.length = 0;
    world.faults.expireWatches();
    await remove(world, 'lose');
    await remove(world, 'swap');
    await create(world, configMap('swap'));
    await create(world, configMap('gain'));
    await world.clock.advanceUntil(() => seen.length >= 4, 60_000);
    expect(seen.sort()).toEqual(['+gain', '+swap', '-lose', '-swap']);
    expect(world.faults.lists).toBe(2);
    leave();
  });

  it('backs off when it is refused, then syncs', async () => {
    const world = await openWorld();
    world.faults.refuseNext(3);
    const informer = open(world).informer(CONFIG_MAPS);
    let synced = false;
    void informer.synced().then(() => (synced = true));
    await world.clock.settle();
    expect(synced).toBe(false);
    const from = world.clock.now();
    await world.clock.advanceUntil(() => synced, 60_000);
    expect(world.clock.now() - from).toBeGreaterThan(800 + 1600);
    expect(world.faults.lists).toBe(4);
  });

  it('is shared by all who ask for the same scope', async () => {
    const world = await openWorld();
    const factory = open(world);
    const one = factory.informer(CONFIG_MAPS, { labelSelector: 'a=b, c' });
    expect(factory.informer(CONFIG_MAPS, { labelSelector: 'a==b,c' })).toBe(one);
    expect(factory.informer(CONFIG_MAPS)).not.toBe(one);
    expect(factory.informer(CONFIG_MAPS, { namespace: 'default' })).not.toBe(factory.informer(CONFIG_MAPS));
  });

  it('keeps indexes true under additions, changes and removals', async () => {
    const world = await openWorld();
    await create(world, configMap('a', { team: 'x' }));
    const informer = open(world).informer(CONFIG_MAPS);
    await informer.synced();
    const byTeam = (object: KubeObject): string[] => [object.metadata.labels?.['team'] ?? ''];
    informer.addIndex('team', byTeam);
    informer.addIndex('team', byTeam);
    expect(() => informer.addIndex('team', () => [])).toThrow('exists with another function');
    expect(() => informer.lister.byIndex('nope', 'x')).toThrow('no index "nope"');
    const names = (team: string): string =>
      informer.lister
        .byIndex('team', team)
        .map((each) => each.metadata.name)
        .join();
    expect(names('x')).toBe('a');
    const key = { namespace: 'default', name: 'a' };
    const patch = { metadata: { labels: { team: 'y' } } };
    await patchObject(world.api, { resource: CONFIG_MAPS, key, patchType: 'merge', patch });
    await create(world, configMap('b', { team: 'y' }));
    await world.clock.advanceUntil(() => names('y') === 'a,b', 1000);
    expect(names('x')).toBe('');
    await remove(world, 'a');
    await world.clock.advanceUntil(() => names('y') === 'b', 1000);
  });

  it('applies the transform before filing', async () => {
    const world = await openWorld();
    await create(world, configMap('a'));
    const { clock, signal, faulty: api } = world;
    const transform = ({ apiVersion, kind, metadata }: KubeObject): KubeObject => ({ apiVersion, kind, metadata });
    const informer = createInformerFactory({ api, clock, signal, logger: silentLogger, transform }).informer(
      CONFIG_MAPS,
    );
    await informer.synced();
    expect(informer.lister.get({ namespace: 'default', name: 'a' })?.['data']).toBeUndefined();
    expect(clock.now()).toBe(instant(1_767_225_600_000));
  });
});
